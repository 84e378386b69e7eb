//! Days of users: what comes in are messages, incidents and receipts, what goes out is which user was active on which
//! day with which version on which device, and what went wrong on it.
//!
//! Rates of crashes and hangs are per user-day, as Play counts them (developer.android.com/topic/performance/vitals:
//! "daily active users who experienced at least one"). Active is a day with a message, an incident, the first or last
//! line of an upload; of an upload with lines on every day between, all of them.

use super::units::Unit;
use crate::event::{EventRow, Micros};
use crate::stats::slim::Who;
use crate::taxonomy::{Kind, words};
use chrono::{DateTime, Datelike};
use chrono_tz::Tz;
use foldhash::fast::RandomState;
use rayon::slice::ParallelSliceMut;
use std::collections::HashMap;

/// Days of one upload that are counted at most: a clock that jumped makes no years of use.
const DAYS_PER_UPLOAD_MAX: i32 = 400;
/// The day of what has no usable time.
const NO_DAY: i32 = i32::MIN;

words! {
    /// What can go wrong on a day.
    Hazard {
        /// The app crashed.
        Crash = "crash",
        /// The app hung.
        Hang = "anr",
        /// The app or one of its features does not run there.
        Incompatibility = "incompatibility",
    }
}

impl Hazard {
    const fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Crash => Some(Hazard::Crash),
            Kind::Anr => Some(Hazard::Hang),
            Kind::Incompatibility | Kind::FeatureMissing => Some(Hazard::Incompatibility),
            Kind::Message | Kind::Action | Kind::Kill | Kind::NotificationMissed | Kind::Neighbourhood | Kind::Upload => None,
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Hazard::Crash => 1,
            Hazard::Hang => 2,
            Hazard::Incompatibility => 4,
        }
    }
}

/// A day with a row of its own.
const SHOWN: u8 = 128;

/// User, day and place.
type Key = (Who, i32, u32);

/// Collects days.
#[derive(Debug, Default)]
pub struct Days {
    of_one: HashMap<(i32, u32), u8, RandomState>,
    who: Option<Who>,
    all: Vec<(Key, u8)>,
}

/// The days of all users, with the bits of what happened.
#[derive(Debug)]
pub struct UserDays(Vec<(Key, u8)>);

impl Days {
    /// Takes a row of any kind with its user and place.
    pub fn add(&mut self, row: &EventRow, who: Who, place: u32, zone: Tz) {
        if self.who != Some(who) {
            self.close();
            self.who = Some(who);
        }
        let day = |at: Option<Micros>| at.and_then(|at| day_of(at, zone));
        if row.kind == Kind::Upload {
            for day in span(day(row.first_at), day(row.last_at), row.days_seen) {
                self.of_one.entry((day, place)).or_insert(0);
            }
            return;
        }
        let flags = SHOWN | Hazard::of(row.kind).map_or(0, Hazard::bit);
        *self.of_one.entry((day(row.started_at).unwrap_or(NO_DAY), place)).or_insert(0) |= flags;
    }

    fn close(&mut self) {
        let Some(who) = self.who else { return };
        self.all.extend(self.of_one.drain().map(|((day, place), flags)| ((who, day, place), flags)));
    }

    /// All days, each once.
    #[must_use]
    pub fn finish(mut self) -> UserDays {
        self.close();
        self.all.par_sort_unstable();
        self.all.dedup_by(|next, own| {
            let is_same = next.0 == own.0;
            own.1 |= if is_same { next.1 } else { 0 };
            is_same
        });
        UserDays(self.all)
    }
}

impl UserDays {
    /// The days as units of a hazard, user by user. Where rows of a day name their version and device, what the receipt
    /// says of the whole upload is left out.
    pub fn units(&self, hazard: Hazard, takes: impl Fn(u32) -> bool) -> impl Iterator<Item = Unit> {
        let of_day = self.0.chunk_by(|((a, day_a, _), _), ((b, day_b, _), _)| (a, day_a) == (b, day_b));
        of_day
            .flat_map(|day| {
                let is_shown = day.iter().any(|(_, flags)| flags & SHOWN != 0);
                day.iter().filter(move |(_, flags)| flags & SHOWN != 0 || !is_shown)
            })
            .filter(move |((.., place), _)| takes(*place))
            .map(move |((user, _, place), flags)| {
                let failed = u32::from(flags & hazard.bit() != 0);
                Unit { user: *user, place: *place, network: None, attempts: 1, failed }
            })
    }
}

fn day_of(at: Micros, zone: Tz) -> Option<i32> {
    Some(DateTime::from_timestamp_micros(at.0)?.with_timezone(&zone).num_days_from_ce())
}

/// The days on which an upload has lines, as far as its receipt tells.
fn span(first: Option<i32>, last: Option<i32>, seen: Option<i64>) -> Vec<i32> {
    let (Some(first), Some(last)) = (first, last) else { return Vec::new() };
    let length = last.saturating_sub(first).saturating_add(1);
    if (1..=DAYS_PER_UPLOAD_MAX).contains(&length) && seen == Some(i64::from(length)) {
        (first..=last).collect()
    } else {
        vec![first, last]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_US: i64 = 86_400_000_000;

    fn row(kind: Kind, user: &str, day: i64) -> EventRow {
        let mut row = EventRow::new(kind);
        (row.bundle, row.user) = ("b".into(), Some(user.into()));
        (row.started_at, row.first_at) = (Some(Micros(day * DAY_US)), Some(Micros(day * DAY_US)));
        row
    }

    #[test]
    fn what_rows_of_a_day_show_goes_before_what_the_receipt_says_of_the_upload() {
        let mut days = Days::default();
        days.add(&row(Kind::Message, "u", 1), (0, 3), 7, Tz::UTC);
        let mut receipt = row(Kind::Upload, "u", 1);
        receipt.last_at = Some(Micros(2 * DAY_US));
        days.add(&row(Kind::Message, "v", 1), (0, 4), 9, Tz::UTC);
        days.add(&receipt, (0, 3), 8, Tz::UTC);
        let places: Vec<u32> = days.finish().units(Hazard::Crash, |place| place != 9).map(|u| u.place).collect();
        assert_eq!(places, [7, 8]);
    }

    #[test]
    fn a_user_with_three_crashes_on_a_day_has_one_bad_day() {
        let mut days = Days::default();
        for day in [1, 1, 1, 3] {
            days.add(&row(Kind::Crash, "u", day), (0, 3), 0, Tz::UTC);
        }
        days.add(&row(Kind::Crash, "v", 1), (0, 4), 0, Tz::UTC);
        days.add(&row(Kind::Message, "u", 2), (0, 3), 0, Tz::UTC);
        days.add(&row(Kind::Message, "u", 3), (0, 3), 0, Tz::UTC);
        let days = days.finish();
        let failed = |hazard| days.units(hazard, |_| true).filter(|u| u.user == (0, 3)).map(|u| u.failed).collect::<Vec<_>>();
        assert_eq!(failed(Hazard::Crash), [1, 0, 1]);
        assert_eq!(failed(Hazard::Hang), [0, 0, 0]);
    }

    #[test]
    fn an_upload_with_lines_on_every_day_counts_them_all_and_one_with_gaps_its_ends() {
        assert_eq!(span(Some(5), Some(8), Some(4)), [5, 6, 7, 8]);
        assert_eq!(span(Some(5), Some(8), Some(2)), [5, 8]);
        assert_eq!(span(Some(0), Some(700_000), Some(3)), [0, 700_000]);
        assert!(span(None, Some(3), Some(1)).is_empty());
    }
}
