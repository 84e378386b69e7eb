//! Judged attempts and incidents -> rows.

use super::context::{Scribe, network_type};
use super::incident::Incident;
use super::{Verdict, spent, terms};
use crate::attempt::Attempt;
use crate::attempt::outcome::Ending;
use crate::event::{EventRow, Evidence, Micros, Step};
use crate::profile::syntax::StepClass;
use crate::session::Session;
use crate::taxonomy::{Cause, Kind, Outcome, Phase, Role};

/// Evidence entries per row.
pub const EVIDENCE_MAX: usize = 6;
/// Lines of other rules of the same cause per row.
const SUPPORT_MAX: usize = 2;
/// Steps per row; of longer lives the first and the last are kept.
pub const STEPS_MAX: usize = 64;

/// What all rows of an upload share.
#[derive(Clone, Debug)]
pub struct Common {
    /// Id of the upload.
    pub bundle: String,
    /// Where it was found.
    pub bundle_path: String,
    /// Version of the rule set.
    pub rules: String,
    /// Whether messages that were not lost cite lines too.
    pub cites_sent: bool,
}

/// The row of a message or an action.
#[must_use]
pub fn message(
    session: &Session<'_>,
    attempt: &Attempt<'_>,
    ending: &Ending,
    verdict: Option<&Verdict<'_>>,
    incident: Option<&Incident>,
    common: &Common,
    scribe: &mut Scribe<'_>,
) -> EventRow {
    let action = attempt.class == StepClass::Action || ending.outcome.is_none();
    let kind = if action { Kind::Action } else { Kind::Message };
    let (mut row, owner) = scribe.row(kind, decisive_mark(attempt, ending), attempt.profiles.first().copied());
    row.outcome = ending.outcome.filter(|_| !action);
    row.key = key(session, attempt).map(|(_, value)| value.to_owned());
    row.content = attempt.content.map(str::to_owned);
    row.conversation = attempt.conversation.map(str::to_owned);
    row.started_at = ending.started_us.map(Micros);
    row.ended_at = ending.ended_us.map(Micros);
    row.clock = session.marks.get(attempt.first_mark()).map(|t| t.clock);
    row.tries = i32::try_from(ending.tries).ok();
    row.steps = Some(steps(session, attempt));
    spent::fill(&mut row, session, attempt, ending);
    let number = |name: &str| attempt.steps.iter().find_map(|s| session.marks[s.mark].number(name));
    row.size_bytes = number("size_bytes");
    row.recipients = number("recipients");
    if let Some(verdict) = verdict {
        // A message that waited for a network was decided by that network, not by the one that came.
        let waited = |r: &&crate::profile::syntax::Rule| r.when.state.as_ref().is_some_and(|s| s.name == "network");
        if let Some(mark) = verdict.proof.filter(|_| verdict.rule.as_ref().is_some_and(waited)) {
            row.network_type = Some(network_type(session.value("network", mark)).to_owned());
        }
        row.cause = Some(verdict.cause).filter(|_| ending.outcome == Some(Outcome::Unsent) || verdict.rule.is_some());
        row.trust = row.cause.map(|_| verdict.trust);
        row.rule = verdict.rule.map(|r| r.id.clone());
        row.attributable = Some(verdict.attributable && ending.outcome == Some(Outcome::Unsent));
        row.also = Some(verdict.also.iter().map(|c| c.as_str().to_owned()).collect());
        row.code = code(session, attempt, verdict);
        if let Some(mark) = verdict.proof {
            fill_terms(&mut row, session, mark, verdict.cause);
        }
    }
    row.incident = incident.map(|i| i.id.clone());
    row.signature = incident.map(|i| i.signature.clone()).filter(|s| !s.is_empty());
    if common.cites_sent || row.outcome == Some(Outcome::Unsent) {
        row.evidence = Some(evidence(session, attempt, ending, verdict));
    }
    finish(&mut row, common);
    row.message_id = Some(message_id(session, attempt, &row, owner));
    row
}

/// How long the refusal lasts, as its own lines say.
fn fill_terms(row: &mut EventRow, session: &Session<'_>, mark: usize, cause: Cause) {
    let timed = &session.marks[mark];
    row.retry_after_ms = timed.number("retry_after_ms");
    if !terms::ends(cause) {
        return;
    }
    let text = timed.text();
    row.retry_after_ms = row.retry_after_ms.or_else(|| terms::wait_ms(&text));
    let offset_us = timed.stamp.zip(timed.at).map_or(0, |(stamp, at)| if stamp.has_year { stamp.wall_us - at } else { 0 });
    row.until = terms::until_us(&text, timed.at, offset_us).map(Micros);
}

/// The row of an incident; `app` is the profile of the app whose incident it is.
#[must_use]
pub fn incident(session: &Session<'_>, incident: &Incident, app: Option<usize>, common: &Common, scribe: &mut Scribe<'_>) -> EventRow {
    let timed = &session.marks[incident.mark];
    let (mut row, _) = scribe.row(incident.kind, incident.mark, app);
    row.cause = incident.cause;
    row.rule = Some(incident.rule.clone());
    row.incident = Some(incident.id.clone());
    row.signature = Some(incident.signature.clone()).filter(|s| !s.is_empty());
    row.started_at = timed.at.map(Micros);
    row.ended_at = row.started_at;
    row.clock = Some(timed.clock);
    let mut cited = Vec::new();
    cite(&mut cited, session, incident.mark, Role::Proves);
    row.evidence = Some(cited);
    finish(&mut row, common);
    let text = format!(
        "{:?}|{:?}|{}|{}",
        row.app,
        row.user,
        incident.kind,
        incident.at.map_or_else(|| format!("{}#{}", common.bundle, incident.id), |at| at.to_string())
    );
    row.message_id = Some(hash(&text));
    row
}

fn finish(row: &mut EventRow, common: &Common) {
    row.bundle.clone_from(&common.bundle);
    row.bundle_path.clone_from(&common.bundle_path);
    row.rules = Some(common.rules.clone());
}

/// The mark whose moment gives the row its version, device and network: the last failed or held try,
/// else the acknowledged one.
fn decisive_mark(attempt: &Attempt<'_>, ending: &Ending) -> usize {
    let step = ending.failed.or(ending.ack);
    step.and_then(|s| attempt.steps.get(s)).or(attempt.steps.last()).map_or(0, |s| s.mark)
}

/// The id that names the message, by the order of its profile's namespaces, and whether that namespace is unique.
#[must_use]
pub fn key<'s>(session: &Session<'_>, attempt: &Attempt<'s>) -> Option<(bool, &'s str)> {
    let spaces = attempt.profiles.iter().flat_map(|p| &session.profiles.all[*p].file.app.ids);
    for space in spaces {
        if let Some(value) = attempt.id(&space.name) {
            return Some((space.unique, value));
        }
    }
    attempt.ids.first().map(|(_, value)| (false, *value))
}

/// The same message in every upload that shows it.
fn message_id(session: &Session<'_>, attempt: &Attempt<'_>, row: &EventRow, owner: &str) -> String {
    let spaces = attempt.profiles.iter().flat_map(|p| &session.profiles.all[*p].file.app.ids);
    let unique = spaces.filter(|s| s.unique).find_map(|s| attempt.id(&s.name));
    let first = &session.marks[attempt.first_mark()];
    let text = match (unique, &row.key) {
        (Some(id), _) => [owner, "|", id].concat(),
        (None, Some(key)) if row.started_at.is_some() => {
            format!("{owner}|{key}|{}|{:?}", first.pid(), row.started_at.map(|t| t.0 / 1_000))
        }
        _ => format!(
            "{}|{}|{}",
            row.bundle,
            session.documents.get(first.document as usize).map_or("", |d| &d.name),
            first.last_cited().offset
        ),
    };
    hash(&text)
}

fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

fn steps(session: &Session<'_>, attempt: &Attempt<'_>) -> Vec<Step> {
    let all: Vec<Step> =
        attempt.steps.iter().map(|s| Step { phase: s.phase, at: s.at, line: session.marks[s.mark].proof().line }).collect();
    if all.len() <= STEPS_MAX {
        return all;
    }
    let half = STEPS_MAX / 2;
    all[..half].iter().chain(&all[all.len() - half..]).copied().collect()
}

fn code(session: &Session<'_>, attempt: &Attempt<'_>, verdict: &Verdict<'_>) -> Option<String> {
    let of = |mark: usize| session.marks[mark].get("code").map(str::to_owned);
    verdict.proof.and_then(of).or_else(|| attempt.steps.iter().rev().find_map(|s| of(s.mark)))
}

/// The lines that prove and support: the verdict's, the failure's, the acknowledgement's.
fn evidence(session: &Session<'_>, attempt: &Attempt<'_>, ending: &Ending, verdict: Option<&Verdict<'_>>) -> Vec<Evidence> {
    let mut cited = Vec::new();
    if let Some(verdict) = verdict
        && let Some(proof) = verdict.proof
    {
        let state = verdict.rule.is_some_and(|r| r.join == crate::profile::syntax::Join::State);
        cite(&mut cited, session, proof, if state { Role::State } else { Role::Proves });
        for mark in verdict.support.iter().take(SUPPORT_MAX) {
            cite(&mut cited, session, *mark, Role::Supports);
        }
    }
    if let Some(failed) = ending.failed.filter(|_| ending.outcome != Some(Outcome::Sent)) {
        let role = if cited.is_empty() { Role::Proves } else { Role::Supports };
        cite(&mut cited, session, attempt.steps[failed].mark, role);
        // What the failing try said besides: the hints of the same try.
        for hint in attempt.hints.iter().rev().filter(|h| h.mark <= attempt.steps[failed].mark).take(2) {
            cite(&mut cited, session, hint.mark, Role::Supports);
        }
    }
    for (number, step) in attempt.steps.iter().enumerate() {
        if step.phase == Phase::Ack && (ending.ack == Some(number) || step.weak) {
            cite(&mut cited, session, step.mark, Role::Ack);
        }
    }
    // What was late began somewhere.
    if ending.outcome == Some(Outcome::Delayed)
        && let Some(first) = attempt.steps.first()
    {
        cite(&mut cited, session, first.mark, Role::Supports);
    }
    if cited.len() < 2
        && ending.outcome != Some(Outcome::Sent)
        && let Some(last) = attempt.steps.last()
    {
        cite(&mut cited, session, last.mark, Role::Supports);
    }
    cited.truncate(EVIDENCE_MAX);
    cited
}

fn cite(into: &mut Vec<Evidence>, session: &Session<'_>, mark: usize, role: Role) {
    let mark = &session.marks[mark];
    let file = session.file(mark.document);
    let strip = session.documents.get(mark.document as usize).map(|d| &d.scanned.strip);
    for (number, cited) in mark.cited().enumerate() {
        let (line, offset) = strip.map_or((cited.line, cited.offset), |strip| strip.place(cited.line, cited.offset));
        if into.iter().any(|e| e.offset == offset && e.file == file) {
            continue;
        }
        let role = if number == 0 { role } else { Role::Supports };
        into.push(Evidence { file: file.to_owned(), line, offset, role: Some(role), text: cited.text().into_owned() });
    }
}
