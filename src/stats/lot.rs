//! Messages -> lots: those of one user at one spot with one fate, counted. A report over a fleet holds lots, which are
//! as many as users have versions, networks and troubles, and not messages.

use super::delay::BUCKETS_MS;
use super::latency::Latencies;
use super::slim::{Fate, PARTS, Slim, Who, is_user};
use crate::taxonomy::{Clock, Outcome};
use foldhash::fast::RandomState;
use rayon::slice::ParallelSliceMut;
use std::collections::{BTreeMap, HashMap};

/// Messages of one user at one spot with one fate.
#[derive(Clone, Copy, Debug)]
pub struct Lot {
    /// Whose they are.
    pub who: Who,
    /// Where they were tried.
    pub spot: u32,
    /// What became of them.
    pub fate: Fate,
    /// How many.
    pub count: u32,
    first_us: i64,
    last_us: i64,
}

impl Lot {
    fn of(slim: &Slim) -> Self {
        let (first_us, last_us) = slim.started_us.map_or((i64::MAX, i64::MIN), |at| (at, at));
        Self { who: slim.who, spot: slim.spot, fate: slim.fate, count: 0, first_us, last_us }
    }

    /// How many.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.count.into()
    }

    /// First and last start of a message, where any is stated.
    #[must_use]
    pub fn span_us(&self) -> Option<(i64, i64)> {
        (self.first_us <= self.last_us).then_some((self.first_us, self.last_us))
    }

    /// Whether these were not sent.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        self.fate.outcome == Outcome::Unsent
    }
}

/// Takes messages, each once; those of one upload one after the other.
#[derive(Debug, Default)]
pub struct Lots {
    of_one: HashMap<(u32, Fate), Lot, RandomState>,
    who: Option<Who>,
    made: Messages,
}

/// All messages, counted.
#[derive(Debug, Default)]
pub struct Messages {
    /// Those of one user next to each other.
    pub lots: Vec<Lot>,
    /// How long acknowledgements took.
    pub latencies: Latencies,
    /// Acknowledged messages by [`BUCKETS_MS`].
    pub buckets: [u64; BUCKETS_MS.len() + 1],
    /// Time that late messages spent in each part.
    pub parts_ms: [i64; PARTS],
    /// Messages by how sure their times are.
    pub clocks: BTreeMap<Clock, u64>,
    /// Unsent messages by the upload and the number of the incident that cost them.
    pub lost: HashMap<(u32, u32), u64>,
}

impl Lots {
    /// Takes a message.
    pub fn add(&mut self, slim: &Slim) {
        if self.who != Some(slim.who) {
            self.close();
            self.who = Some(slim.who);
        }
        let lot = self.of_one.entry((slim.spot, slim.fate)).or_insert_with(|| Lot::of(slim));
        if lot.count == u32::MAX {
            self.made.lots.push(std::mem::replace(lot, Lot::of(slim)));
        }
        lot.count += 1;
        if let Some(at) = slim.started_us {
            (lot.first_us, lot.last_us) = (lot.first_us.min(at), lot.last_us.max(at));
        }
        let made = &mut self.made;
        if let Some(ms) = slim.latency_ms {
            made.latencies.add(slim.route, ms);
            made.buckets[BUCKETS_MS.partition_point(|upper| *upper < ms)] += 1;
        }
        for (sum, part) in made.parts_ms.iter_mut().zip(slim.parts_ms.iter().flat_map(|p| p.iter())) {
            *sum = sum.saturating_add(*part);
        }
        if let Some(clock) = slim.clock {
            *made.clocks.entry(clock).or_insert(0) += 1;
        }
        if let Some(incident) = slim.incident.filter(|_| slim.fate.outcome == Outcome::Unsent) {
            *made.lost.entry((slim.bundle, incident)).or_insert(0) += 1;
        }
    }

    fn close(&mut self) {
        self.made.lots.extend(self.of_one.drain().map(|(_, lot)| lot));
    }

    /// All of them.
    #[must_use]
    pub fn finish(mut self) -> Messages {
        self.close();
        self.made.lots.par_sort_unstable_by_key(|lot| (lot.who, lot.spot, lot.fate, lot.first_us, lot.count));
        self.made
    }
}

impl Messages {
    /// First and last start of a message.
    #[must_use]
    pub fn span_us(&self) -> Option<(i64, i64)> {
        let spans = self.lots.iter().filter_map(Lot::span_us);
        spans.reduce(|(a, b), (first, last)| (a.min(first), b.max(last)))
    }

    /// The lots of each user, or of an upload that states none.
    pub fn by_user(&self) -> impl Iterator<Item = &[Lot]> {
        self.lots.chunk_by(|a, b| a.who == b.who)
    }
}

/// Counts the users of lots that come user by user.
#[derive(Clone, Copy, Debug, Default)]
pub struct Users {
    last: Option<Who>,
    /// Accounts, or uploads that state none.
    pub all: u64,
    /// Accounts alone.
    pub accounts: u64,
}

impl Users {
    /// Takes the user of a lot.
    pub fn add(&mut self, who: Who) {
        if self.last != Some(who) {
            self.last = Some(who);
            self.all += 1;
            self.accounts += u64::from(is_user(who));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventRow, Micros};
    use crate::stats::names::Names;
    use crate::stats::slim::Slimming;
    use crate::taxonomy::{Cause, Kind};

    fn messages(rows: &[EventRow]) -> (Messages, Names) {
        let (mut names, mut lots) = (Names::default(), Lots::default());
        let mut slimming = Slimming::new(Vec::new(), chrono_tz::Tz::UTC);
        for row in rows {
            lots.add(&slimming.slim(row, None, &mut names).unwrap());
        }
        (lots.finish(), names)
    }

    fn row(user: Option<&str>, outcome: Outcome, at: i64) -> EventRow {
        let mut row = EventRow::new(Kind::Message);
        (row.bundle, row.user, row.outcome) = ("b".into(), user.map(str::to_owned), Some(outcome));
        (row.started_at, row.latency_ms) = (Some(Micros(at)), (outcome == Outcome::Sent).then_some(at));
        row
    }

    #[test]
    fn messages_that_share_user_spot_and_fate_are_one_lot_with_first_and_last_start() {
        let rows = [
            row(Some("u"), Outcome::Sent, 5),
            row(None, Outcome::Unsent, 1),
            row(Some("u"), Outcome::Sent, 2),
            row(Some("u"), Outcome::Unsent, 9),
            EventRow { network_type: Some("wifi".into()), ..row(Some("u"), Outcome::Unsent, 9) },
        ];
        let (messages, _) = messages(&rows);
        assert_eq!(messages.lots.iter().map(Lot::n).sum::<u64>(), 5);
        assert_eq!(messages.by_user().map(<[Lot]>::len).collect::<Vec<_>>().len(), 2);
        assert_eq!(messages.span_us(), Some((1, 9)));
        assert_eq!(messages.buckets[0], 2);
        let mut users = Users::default();
        for lot in &messages.lots {
            users.add(lot.who);
        }
        assert_eq!((users.all, users.accounts), (2, 1));
    }

    #[test]
    fn messages_without_a_time_have_no_span_and_count() {
        let rows = [EventRow { started_at: None, ..row(Some("u"), Outcome::Pending, 0) }];
        let (messages, _) = messages(&rows);
        assert_eq!((messages.lots[0].span_us(), messages.lots[0].n(), messages.span_us()), (None, 1, None));
    }

    #[test]
    fn a_late_message_adds_its_parts_and_one_lost_in_a_crash_its_incident() {
        let late = EventRow { queue_ms: Some(7), cause: Some(Cause::NetworkWeak), ..row(Some("u"), Outcome::Delayed, 3) };
        let lost = EventRow { incident: Some("crash-1".into()), ..row(Some("u"), Outcome::Unsent, 3) };
        let (messages, _) = messages(&[late.clone(), late, lost]);
        assert_eq!(messages.parts_ms[0], 14);
        assert_eq!(messages.lost.into_values().collect::<Vec<_>>(), [1]);
    }
}
