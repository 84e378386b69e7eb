//! Candidates for a verdict: which rules hold for a message, and which of them wins.

use super::predicate::{InWords, Moment, mixes};
use super::proof_of;
use crate::profile::codes::CodeMeaning;
use crate::profile::syntax::{CauseOf, Join, Lookup, Rule, Tier};
use crate::taxonomy::{Cause, Class, Kind, Phase, Trust};
use foldhash::fast::RandomState;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::atomic::Ordering;

/// Evidence near in time may stand this long after the failure: a client logs its own result first.
const NEAR_AFTER_MS: i64 = 2_000;
/// `near` rules that state no window.
const NEAR_BEFORE_MS: i64 = 30_000;
/// The longest window that a rule may state.
pub const NEAR_REACH_MS: i64 = 900_000;
/// A process's death may be logged this long before the message's first statement: two writers'
/// clocks differ by less.
const DEATH_BEFORE_US: i64 = 500_000;

/// Records about processes, and records near in time, that are looked at for one failure: the last of them.
pub(super) const WITNESSES_MAX: usize = 2_048;

/// An exception that fails a message and kills its process logs both within this time.
const FAIL_TO_DEATH_US: i64 = 1_000_000;

/// A rule that holds for a message.
#[derive(Clone, Debug)]
pub struct Candidate<'p> {
    /// The rule.
    pub rule: &'p Rule,
    /// Its cause, looked up.
    pub cause: Cause,
    /// Whether it loses to any other.
    pub generic: bool,
    /// Its tier: the rule's, or the one of a cause that was looked up.
    pub tier: Tier,
    /// How it is tied.
    pub trust: Trust,
    /// Number of the mark that proves it.
    pub proof: Option<usize>,
    /// Number of the try it speaks of.
    pub try_number: usize,
    /// Number of its mark: later ones are nearer.
    pub order: usize,
    /// Where in its record it matched: later ones are inner.
    pub at: u32,
}

/// Collects all rules that hold.
#[must_use]
pub fn collect<'p>(moment: &Moment<'_, 'p>) -> Vec<Candidate<'p>> {
    let session = moment.session;
    let mut found: Vec<Candidate<'p>> = Vec::new();
    let add = |found: &mut Vec<Candidate<'p>>, number: usize, tie: Join, rule: &'p Rule| {
        if number > moment.until {
            return;
        }
        // What the user never saw and what the phone cannot do concern no message under way.
        if matches!(rule.incident, Some(Kind::NotificationMissed | Kind::FeatureMissing)) {
            return;
        }
        let mark = &session.marks[number];
        let Some((cause, weak)) = cause_of(moment, number, rule) else { return };
        found.push(Candidate {
            rule,
            cause,
            generic: rule.generic || weak,
            tier: tier_of(rule, cause),
            trust: rule.trust.unwrap_or(Moment::trust_of(tie)),
            proof: Some(number),
            try_number: moment.try_of(number),
            order: number,
            at: mark.matched_at,
        });
    };
    for hint in &moment.attempt.hints {
        if let Some(rule) = session.profiles.rule(session.marks[hint.mark].statement) {
            add(&mut found, hint.mark, hint.tie, rule);
        }
    }
    let hints: HashSet<usize, RandomState> = moment.attempt.hints.iter().map(|hint| hint.mark).collect();
    let (process, near) = (last_of(process_range(moment), moment), last_of(near_range(moment), moment));
    for number in process.iter().chain(near).copied().filter(|number| !hints.contains(number)) {
        let statement = session.marks[number].statement;
        let Some(rule) = session.profiles.rule(statement) else { continue };
        if !moment.speaks_for(session.profiles.statements[statement as usize].profile) {
            continue;
        }
        let holds = match rule.join {
            Join::Process => in_open_interval(moment, number),
            _ => is_near(moment, number, rule.within_ms.unwrap_or(NEAR_BEFORE_MS)),
        };
        if holds {
            add(&mut found, number, rule.join, rule);
        }
    }
    let mut causes: Vec<Cause> = found.iter().filter(|c| !c.generic && mixes(c.cause)).map(|c| c.cause).collect();
    causes.sort_unstable();
    causes.dedup();
    found.retain(|c| moment.holds(&c.rule.when, c.proof, causes.len()));
    found.extend(states(moment, causes.len()));
    found
}

/// Rules without a record, which hold by their conditions alone.
fn states<'p>(moment: &Moment<'_, 'p>, network_causes: usize) -> Vec<Candidate<'p>> {
    let profiles: &'p crate::profile::Profiles = moment.session.profiles;
    let rules = profiles.all.iter().enumerate().filter(|(i, _)| moment.speaks_for(*i)).flat_map(|(_, p)| &p.file.rule);
    rules
        .filter(|r| r.join == Join::State && r.r#match.is_none() && moment.holds(&r.when, None, network_causes))
        .filter_map(|rule| {
            let CauseOf::Fixed(cause) = rule.cause else { return None };
            let change = || rule.when.network_changes_min.and_then(|_| moment.network_changes().1);
            let entry = rule.when.state.as_ref().and_then(|s| moment.state(s)).or_else(change);
            Some(Candidate {
                rule,
                cause,
                generic: rule.generic,
                tier: rule.tier,
                trust: rule.trust.unwrap_or(Trust::Implied),
                proof: entry.and_then(|e| proof_of(&e.source)).or_else(|| rule.when.abandoned.and_then(|_| moment.abandoned())),
                try_number: usize::MAX,
                order: moment.failed_at,
                at: 0,
            })
        })
        .collect()
}

/// The cause of a rule at a mark, and whether it says little.
fn cause_of(moment: &Moment<'_, '_>, number: usize, rule: &Rule) -> InWords {
    let (profiles, mark) = (moment.session.profiles, &moment.session.marks[number]);
    let by_code = || {
        let app = &profiles.profile_of(mark.statement).file.app;
        let sdk = mark.get("sdk").map(str::to_lowercase).or_else(|| app.codes.clone())?;
        match profiles.codes.get(&sdk, &spelled(mark.get("code")?))? {
            CodeMeaning::Cause(cause) => Some((cause, false)),
            CodeMeaning::OfType(cause) => Some((cause, true)),
            CodeMeaning::None => None,
        }
    };
    let look_up = || {
        let text = mark.get("text").map_or_else(|| mark.text().into(), Cow::from);
        profiles.lexicon.find(&text).map(|f| (f.cause, f.generic))
    };
    let by_text = || moment.others.in_words(number, look_up);
    match &rule.cause {
        CauseOf::Fixed(cause) => Some((*cause, false)),
        CauseOf::Looked(Lookup::ByCode) => by_code(),
        CauseOf::Looked(Lookup::ByText) => by_text(),
        CauseOf::Looked(Lookup::ByTextThenCode) => {
            let text = by_text();
            text.filter(|(_, generic)| !generic).or_else(by_code).or(text)
        }
    }
}

/// A code as tables have it: Mars's of two parts is printed `9, -6`, or with the names of its callback, `9 errCode=-6`.
fn spelled(code: &str) -> Cow<'_, str> {
    let parts = code.split_once([',', ' ']).filter(|(kind, _)| kind.bytes().all(|b| b.is_ascii_digit()));
    let number = |rest: &str| rest.trim_start_matches(|c: char| c != '-' && !c.is_ascii_digit()).to_owned();
    parts.map_or(Cow::Borrowed(code), |(kind, rest)| Cow::Owned(format!("{kind}/{}", number(rest))))
}

/// Whether a record about a process stands while the message was open in that process.
#[must_use]
pub fn in_open_interval(moment: &Moment<'_, '_>, number: usize) -> bool {
    let timed = &moment.session.marks[number];
    let process = timed.process();
    let own = moment.attempt.steps.iter().map(|s| moment.session.marks[s.mark].pid());
    let mut last = "";
    for (step, pid) in moment.attempt.steps.iter().zip(own) {
        if step.mark <= number && !pid.is_empty() {
            last = pid;
        }
    }
    if last != process && !last.is_empty() && !process.is_empty() {
        return false;
    }
    let package = timed.get("process").is_none_or(|name| is_own_package(moment, name) || (last == process && !last.is_empty()))
        || super::incident::is_report_of(moment.session, std::slice::from_ref(moment.attempt), number);
    let after = match (timed.at, moment.began_us()) {
        (Some(at), Some(began)) => at >= began - DEATH_BEFORE_US,
        _ => number >= moment.attempt.first_mark(),
    };
    package && after && number <= moment.until && !failed_before(moment, number)
}

/// Whether the message had failed for good, and was left alone, well before a record.
fn failed_before(moment: &Moment<'_, '_>, number: usize) -> bool {
    let marks = &moment.session.marks;
    let last = moment.attempt.steps.iter().rev().find(|s| s.mark <= number);
    let Some(last) = last.filter(|s| s.phase == Phase::Fail) else { return false };
    match (last.at, marks[number].at) {
        (Some(failed), Some(died)) => died - failed > FAIL_TO_DEATH_US,
        _ => true,
    }
}

/// Whether a process name is one of the message's app .
fn is_own_package(moment: &Moment<'_, '_>, name: &str) -> bool {
    moment
        .attempt
        .profiles
        .iter()
        .any(|p| moment.session.profiles.all[*p].file.app.packages.iter().any(|own| super::incident::is_process_of(own, name)))
        || moment.session.packages.contains(name)
}

/// The last of what is looked at, and a note where that is not all.
fn last_of<'a>(witnesses: &'a [usize], moment: &Moment<'_, '_>) -> &'a [usize] {
    let cut = witnesses.len().saturating_sub(WITNESSES_MAX);
    if cut > 0 {
        moment.others.cut.store(true, Ordering::Relaxed);
    }
    &witnesses[cut..]
}

/// The marks about processes that may stand while the message was open: marks are in order of time.
fn process_range<'a>(moment: &Moment<'a, '_>) -> &'a [usize] {
    let all = &moment.others.process_marks;
    let first = moment.attempt.first_mark();
    let early =
        |n: &usize| *n < first && moment.session.marks[*n].at.zip(moment.began_us()).is_none_or(|(at, began)| at < began - DEATH_BEFORE_US);
    let from = all.partition_point(early);
    let to = from + all[from..].partition_point(|n| *n <= moment.until);
    &all[from..to]
}

/// The near marks that any window can reach: marks are in order of time.
fn near_range<'a>(moment: &Moment<'a, '_>) -> &'a [usize] {
    let all = &moment.others.near_marks;
    let early = |n: &usize| moment.before_failure_ms(*n).is_some_and(|ms| ms > NEAR_REACH_MS);
    let late = |n: &usize| moment.before_failure_ms(*n).is_none_or(|ms| ms >= -NEAR_AFTER_MS);
    let from = all.partition_point(early);
    let to = from + all[from..].partition_point(late);
    &all[from..to]
}

fn is_near(moment: &Moment<'_, '_>, number: usize, before_ms: i64) -> bool {
    let first = moment.attempt.first_mark();
    match moment.before_failure_ms(number) {
        Some(ms) => (-NEAR_AFTER_MS..=before_ms).contains(&ms) && number <= moment.until,
        // Without times: between the message's first and last statement.
        None => (first..=moment.failed_at).contains(&number),
    }
}

/// Keeps what speaks of the last try that anything specific speaks of: an earlier try's cause has
/// gone. What only says that a try failed counts where nothing else does.
pub fn keep_last_failing_try(found: &mut Vec<Candidate<'_>>) {
    let tries = |c: &&Candidate<'_>| !c.generic && c.try_number != usize::MAX;
    let Some(last) = found.iter().filter(tries).map(|c| c.try_number).max() else { return };
    found.retain(|c| c.try_number >= last || c.generic);
}

/// Orders candidates, the best first.
pub fn rank(found: &mut [Candidate<'_>]) {
    // A log may show one rule thousands of times.
    let mut rivals: Vec<&Candidate<'_>> = Vec::new();
    for o in found.iter().filter(|o| !o.rule.beats.is_empty()) {
        if !rivals.iter().any(|known| std::ptr::eq(known.rule, o.rule) && known.generic == o.generic) {
            rivals.push(o);
        }
    }
    let beaten: Vec<bool> = found
        .iter()
        .map(|c| {
            rivals.iter().any(|o| {
                (!o.generic || c.generic)
                    && o.rule.id != c.rule.id
                    && o.rule.beats.iter().any(|b| *b == c.rule.id || *b == c.cause.as_str())
            })
        })
        .collect();
    let mut keyed: Vec<(Candidate<'_>, bool)> = found.iter().cloned().zip(beaten).collect();
    keyed.sort_by(|(a, a_beaten), (b, b_beaten)| key(a, *a_beaten).cmp(&key(b, *b_beaten)));
    for (slot, (candidate, _)) in found.iter_mut().zip(keyed) {
        *slot = candidate;
    }
}

/// The whole order of precedence: what is specific before what is generic; what no other rule beats;
/// the tier; within the tier of states the order of the network's causes; trust; the nearest record;
/// the innermost match.
fn key<'c>(c: &'c Candidate<'_>, beaten: bool) -> impl Ord + use<'c> {
    let order = match c.tier {
        Tier::State => network_order(c.cause),
        Tier::Death => death_order(c.cause),
        Tier::Refusal | Tier::Local | Tier::Stuck => 0,
    };
    (c.generic, beaten, c.tier, order, Reverse(c.trust), Reverse(c.order), Reverse(c.at), c.rule.id.as_str())
}

/// The tier of a rule whose cause was looked up is that of the cause.
fn tier_of(rule: &Rule, cause: Cause) -> Tier {
    match (&rule.cause, cause.class(), cause) {
        (CauseOf::Fixed(_), ..) => rule.tier,
        (CauseOf::Looked(_), Class::Network, _) => Tier::State,
        (CauseOf::Looked(_), _, Cause::SoftwareStorage | Cause::SoftwareCrypto) => Tier::Local,
        (CauseOf::Looked(_), ..) => Tier::Refusal,
    }
}

/// The exception that killed the process names the cause.
const fn death_order(cause: Cause) -> u8 {
    match cause {
        Cause::SoftwareIncompatible => 1,
        Cause::SoftwareStorage => 2,
        Cause::PermissionOsDenied => 3,
        Cause::SoftwareCrash => 4,
        Cause::SoftwareUnresponsive => 5,
        Cause::SoftwareKilled => 6,
        _ => 7,
    }
}

/// States explain what comes after them: no link explains a name that does not resolve, a portal
/// explains a wrong certificate, a phone that puts its apps to sleep explains that one is cut off, a poor
/// link explains a time-out.
const fn network_order(cause: Cause) -> u8 {
    match cause {
        Cause::NetworkOffline => 1,
        Cause::NetworkDns => 3,
        Cause::NetworkTls => 4,
        Cause::SoftwareKilled => 5,
        Cause::NetworkBlocked => 6,
        Cause::NetworkWeak => 7,
        Cause::NetworkTimeout => 8,
        _ => 0,
    }
}
