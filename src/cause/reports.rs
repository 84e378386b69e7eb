//! Reports of incidents, in order of time -> incidents: one that is reported twice is one.

use super::incident::Incident;
use crate::profile::signature::{app_frame, signature};
use crate::profile::syntax::{CauseOf, Rule};
use crate::session::Session;
use crate::taxonomy::Kind;
use std::collections::{HashMap, VecDeque};

/// Two lines about the same incident stand at most this far apart (app log and crash buffer; the
/// report of a crash and its tombstone).
const SAME_US: i64 = 5_000_000;
/// A hang that is reported again and again is one as long as its reports are at most this far apart.
const SAME_HANG_US: i64 = 3_600_000_000;

/// The incidents so far.
#[derive(Default)]
pub(super) struct Reports {
    /// In order of their first reports.
    pub incidents: Vec<Incident>,
    /// Those that may be reported once more: numbers, the oldest first.
    by_kind: HashMap<Kind, VecDeque<usize>>,
    by_process: HashMap<(Kind, String), VecDeque<usize>>,
}

impl Reports {
    /// Takes a mark as an incident of a kind, or as another report of one that is known.
    pub fn add(&mut self, session: &Session<'_>, rule: &Rule, number: usize, kind: Kind) {
        let timed = &session.marks[number];
        let process = timed.process().to_owned();
        let frames = timed.get("frames");
        let signature = signature(timed.get("class"), frames, timed.get("process"));
        if let Some(same) = self.same(kind, &process, timed.at) {
            let same = &mut self.incidents[same];
            same.last_us = timed.at.max(same.last_us);
            // The report that names a frame of the app is the better witness.
            let bare = session.marks[same.mark].get("frames").and_then(app_frame).is_none();
            if bare && frames.and_then(app_frame).is_some() {
                (same.mark, same.signature, same.rule) = (number, signature, rule.id.clone());
            }
            return;
        }
        let cause = match rule.cause {
            CauseOf::Fixed(cause) => Some(cause),
            CauseOf::Looked(_) => None,
        };
        let id = format!("{}{}", kind.as_str(), self.incidents.len() + 1);
        self.push(Incident { kind, cause, mark: number, at: timed.at, last_us: timed.at, signature, id, process, rule: rule.id.clone() });
    }

    fn push(&mut self, incident: Incident) {
        let number = self.incidents.len();
        self.by_kind.entry(incident.kind).or_default().push_back(number);
        self.by_process.entry((incident.kind, incident.process.clone())).or_default().push_back(number);
        self.incidents.push(incident);
    }

    /// The first incident of a kind that a report at a time may be of: the process is the same, or not known of one.
    fn same(&mut self, kind: Kind, process: &str, at: Option<i64>) -> Option<usize> {
        let reach = if kind == Kind::Anr { SAME_HANG_US } else { SAME_US };
        let all = &self.incidents;
        let first = |known: Option<&mut VecDeque<usize>>| {
            let known = known?;
            // Marks come in order of time: what is too old once stays so.
            while let Some(first) = known.front() {
                match (all[*first].last_us, at) {
                    (Some(last), Some(at)) if at - last > reach => known.pop_front(),
                    (Some(last), Some(at)) if last - at > reach => return None,
                    _ => return Some(*first),
                };
            }
            None
        };
        if process.is_empty() {
            return first(self.by_kind.get_mut(&kind));
        }
        let of_it = first(self.by_process.get_mut(&(kind, process.to_owned())));
        let of_unknown = first(self.by_process.get_mut(&(kind, String::new())));
        of_it.into_iter().chain(of_unknown).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incident(kind: Kind, process: &str, seconds: Option<i64>) -> Incident {
        let last_us = seconds.map(|s| s * 1_000_000);
        Incident {
            kind,
            cause: None,
            mark: 0,
            at: last_us,
            last_us,
            signature: String::new(),
            id: String::new(),
            process: process.to_owned(),
            rule: String::new(),
        }
    }

    /// Which of these incidents a report is of.
    fn same(known: &[(Kind, &str, Option<i64>)], kind: Kind, process: &str, at_s: Option<i64>) -> Option<usize> {
        let mut reports = Reports::default();
        for (kind, process, seconds) in known {
            reports.push(incident(*kind, process, *seconds));
        }
        reports.same(kind, process, at_s.map(|s| s * 1_000_000))
    }

    #[test]
    fn a_report_is_of_the_first_incident_of_its_kind_and_process_that_is_near() {
        let known = [(Kind::Crash, "1", Some(0)), (Kind::Crash, "2", Some(8)), (Kind::Crash, "1", Some(9)), (Kind::Kill, "1", Some(9))];
        assert_eq!(same(&known, Kind::Crash, "1", Some(10)), Some(2));
        assert_eq!(same(&known, Kind::Kill, "1", Some(10)), Some(3));
        assert_eq!(same(&known, Kind::Crash, "3", Some(10)), None);
        assert_eq!(same(&known, Kind::Crash, "1", Some(100)), None);
    }

    #[test]
    fn a_process_that_nobody_names_may_be_any() {
        let known = [(Kind::Crash, "1", Some(0)), (Kind::Crash, "", Some(8)), (Kind::Crash, "2", Some(9))];
        assert_eq!(same(&known, Kind::Crash, "", Some(10)), Some(1));
        assert_eq!(same(&known, Kind::Crash, "2", Some(10)), Some(1));
        assert_eq!(same(&known, Kind::Crash, "3", Some(10)), Some(1));
    }

    #[test]
    fn hangs_are_one_for_longer_and_what_has_no_time_is_near_anything() {
        assert_eq!(same(&[(Kind::Anr, "1", Some(0))], Kind::Anr, "1", Some(3_000)), Some(0));
        assert_eq!(same(&[(Kind::Crash, "1", None)], Kind::Crash, "1", Some(3_000)), Some(0));
        assert_eq!(same(&[(Kind::Crash, "1", Some(0))], Kind::Crash, "1", None), Some(0));
    }
}
