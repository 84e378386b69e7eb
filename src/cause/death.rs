//! Incidents -> the one that ended a message's process while the message was open.

use super::candidate;
use super::incident::Incident;
use super::predicate::{Moment, Others};
use crate::attempt::Attempt;
use crate::attempt::outcome::{Limits, ending};
use crate::profile::syntax::Join;
use crate::session::Session;
use crate::taxonomy::{Kind, Phase};
use std::collections::HashMap;

/// Incidents of one process that are looked at for one message.
const LOOKS_MAX: usize = 64;

/// The incidents that end a process, each list in order of their marks.
pub struct Deaths<'i> {
    all: Vec<&'i Incident>,
    by_process: HashMap<&'i str, Vec<&'i Incident>>,
}

impl<'i> Deaths<'i> {
    /// Those among the incidents of a session.
    #[must_use]
    pub fn among(incidents: &'i [Incident], session: &Session<'_>) -> Self {
        let fatal = |i: &&Incident| {
            let rule = session.profiles.rule(session.marks[i.mark].statement);
            matches!(i.kind, Kind::Crash | Kind::Kill | Kind::Anr | Kind::Incompatibility) && rule.is_some_and(|r| r.join == Join::Process)
        };
        let mut all: Vec<&Incident> = incidents.iter().filter(fatal).collect();
        all.sort_by_key(|incident| incident.mark);
        let mut by_process: HashMap<&str, Vec<&Incident>> = HashMap::new();
        for incident in &all {
            by_process.entry(&incident.process).or_default().push(incident);
        }
        Deaths { all, by_process }
    }

    /// The first that ended a message's process while it was open, unless the message went on later.
    #[must_use]
    pub fn of(&self, session: &Session<'_>, attempt: &Attempt<'_>, others: &Others) -> Option<&'i Incident> {
        if self.all.is_empty() || attempt.reached(Phase::Ack) {
            return None;
        }
        let last = attempt.steps.last()?.mark;
        let ending = ending(
            attempt,
            &Limits {
                delayed_after_us: 0,
                pending_after_us: i64::MAX,
                log_end_us: None,
                logs_acks: false,
                lost_after: false,
                died: None,
                barred: false,
            },
        );
        let moment = Moment::new(session, attempt, &ending, others);
        let first = |incidents: &[&'i Incident]| {
            let later = &incidents[incidents.partition_point(|i| i.mark < last)..];
            later.iter().take(LOOKS_MAX).find(|i| candidate::in_open_interval(&moment, i.mark)).copied()
        };
        // One whose process nobody names may have ended any.
        let of = |process: &str| self.by_process.get(process).and_then(|incidents| first(incidents));
        match attempt.steps.iter().rev().map(|s| session.marks[s.mark].pid()).find(|pid| !pid.is_empty()) {
            Some(process) => of(process).into_iter().chain(of("")).min_by_key(|incident| incident.mark),
            None => first(&self.all),
        }
    }
}
