//! The cases of profiles, run through all stages.

use super::Tale;
use crate::cause::row;
use crate::event::EventRow;
use crate::profile::{ProfileError, Profiles};
use crate::scan::{Scanner, scan};
use crate::session;
use crate::settings::Settings;
use crate::taxonomy::{Kind, Outcome};

/// Runs every `[[case]]` of the profiles through all stages.
#[must_use]
pub fn check_cases(profiles: &Profiles) -> Vec<ProfileError> {
    let reader = Scanner::new(profiles);
    let settings = Settings { redact: false, ..Settings::default() };
    let mut problems = Vec::new();
    for profile in &profiles.all {
        for case in &profile.file.case {
            let Ok(scanned) = scan(&mut case.log.as_bytes(), &reader, 1, &|_| {}) else { continue };
            let document =
                session::Document { file: "case".into(), name: "case".into(), modified_us: Some(0), scanned, ..Default::default() };
            let session = session::assemble(profiles, vec![document], &[], None);
            let common = row::Common { bundle: "case".into(), bundle_path: "case".into(), rules: String::new(), cites_sent: true };
            let rows: Vec<EventRow> = Tale::of(&session).rows(&settings, &common).flatten().collect();
            if let Some(what) = differs(&case.expect, &rows) {
                problems.push(profile.error_at_text_of_case(&case.name, &what));
            }
        }
    }
    problems
}

fn differs(expect: &crate::profile::syntax::Expect, rows: &[EventRow]) -> Option<String> {
    let messages: Vec<&EventRow> = rows.iter().filter(|r| r.kind == Kind::Message).collect();
    if let Some(wanted) = expect.attempts
        && wanted != messages.len()
    {
        return Some(format!("expected {wanted} messages, found {}", messages.len()));
    }
    let subject = messages.iter().find(|r| r.outcome == Some(Outcome::Unsent)).or(messages.first());
    let (outcome, cause) = (subject.and_then(|r| r.outcome), subject.and_then(|r| r.cause));
    if expect.outcome.is_some() && expect.outcome != outcome {
        return Some(format!("expected the outcome {:?}, found {outcome:?}", expect.outcome));
    }
    if expect.cause.is_some() && expect.cause != cause {
        return Some(format!("expected the cause {:?}, found {cause:?}", expect.cause));
    }
    let cited: Vec<u64> = subject.and_then(|r| r.evidence.as_ref()).into_iter().flatten().map(|e| e.line).collect();
    let missing = expect.evidence_lines.iter().find(|l| !cited.contains(l))?;
    Some(format!("expected line {missing} as evidence, found {cited:?}"))
}
