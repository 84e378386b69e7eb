//! Days of users: what comes in are messages, incidents and receipts, what goes out is which user was active on which
//! day with which version on which device, and what went wrong on it.
//!
//! Rates of crashes and hangs are per user-day, as Play counts them (developer.android.com/topic/performance/vitals:
//! "daily active users who experienced at least one"). Active is a day with a message, an incident, the first or last
//! line of an upload; of an upload with lines on every day between, all of them.

use super::units::Unit;
use crate::event::{EventRow, Micros};
use crate::stats::names::Names;
use crate::taxonomy::{Kind, words};
use chrono::{DateTime, Datelike};
use chrono_tz::Tz;
use std::collections::BTreeMap;

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
            Kind::Message | Kind::Action | Kind::Kill | Kind::NotificationMissed | Kind::Upload => None,
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

type User = (u8, u32);

/// The days of all users: user, day and place, with the bits of what happened.
#[derive(Debug, Default)]
pub struct Days(BTreeMap<(User, i32, u32), u8>);

impl Days {
    /// Takes a row of any kind and its place.
    pub fn add(&mut self, row: &EventRow, place: u32, zone: Tz, names: &mut Names) {
        let user = match row.user.as_deref() {
            Some(user) => (0, names.number(user)),
            None => (1, names.number(&row.bundle)),
        };
        let day = |at: Option<Micros>| at.and_then(|at| day_of(at, zone));
        if row.kind == Kind::Upload {
            for day in span(day(row.first_at), day(row.last_at), row.days_seen) {
                self.0.entry((user, day, place)).or_insert(0);
            }
            return;
        }
        let flags = SHOWN | Hazard::of(row.kind).map_or(0, Hazard::bit);
        *self.0.entry((user, day(row.started_at).unwrap_or(NO_DAY), place)).or_insert(0) |= flags;
    }

    /// The days as units of a hazard. Where rows of a day name their version and device, what the receipt says of the
    /// whole upload is left out.
    #[must_use]
    pub fn units(&self, hazard: Hazard, takes: impl Fn(u32) -> bool) -> Vec<Unit> {
        let is_shown = |user, day| self.0.range((user, day, 0)..=(user, day, u32::MAX)).any(|(_, flags)| flags & SHOWN != 0);
        let counts =
            |&(&(user, day, place), flags): &(&(User, i32, u32), &u8)| takes(place) && (flags & SHOWN != 0 || !is_shown(user, day));
        let unit =
            |(&(user, _, place), flags): (&(User, i32, u32), &u8)| Unit { user, place, network: None, failed: flags & hazard.bit() != 0 };
        self.0.iter().filter(counts).map(unit).collect()
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
        let (mut days, mut names) = (Days::default(), Names::default());
        days.add(&row(Kind::Message, "u", 1), 7, Tz::UTC, &mut names);
        let mut receipt = row(Kind::Upload, "u", 1);
        receipt.last_at = Some(Micros(2 * DAY_US));
        days.add(&receipt, 8, Tz::UTC, &mut names);
        let places: Vec<u32> = days.units(Hazard::Crash, |_| true).iter().map(|u| u.place).collect();
        assert_eq!(places, [7, 8]);
    }

    #[test]
    fn a_user_with_three_crashes_on_a_day_has_one_bad_day() {
        let (mut days, mut names) = (Days::default(), Names::default());
        for day in [1, 1, 1, 3] {
            days.add(&row(Kind::Crash, "u", day), 0, Tz::UTC, &mut names);
        }
        days.add(&row(Kind::Message, "u", 2), 0, Tz::UTC, &mut names);
        days.add(&row(Kind::Message, "u", 3), 0, Tz::UTC, &mut names);
        let units = days.units(Hazard::Crash, |_| true);
        assert_eq!((units.len(), units.iter().filter(|u| u.failed).count()), (3, 2));
        assert_eq!(days.units(Hazard::Hang, |_| true).iter().filter(|u| u.failed).count(), 0);
    }

    #[test]
    fn an_upload_with_lines_on_every_day_counts_them_all_and_one_with_gaps_its_ends() {
        assert_eq!(span(Some(5), Some(8), Some(4)), [5, 6, 7, 8]);
        assert_eq!(span(Some(5), Some(8), Some(2)), [5, 8]);
        assert_eq!(span(Some(0), Some(700_000), Some(3)), [0, 700_000]);
        assert!(span(None, Some(3), Some(1)).is_empty());
    }
}
