//! What logs say of a version besides counts of messages: what comes in are messages, what goes out is who was hit,
//! by which causes, and when the version came and spread.

use super::order::line;
use super::units::Labels;
use crate::stats::facts::{Counting, Tally};
use crate::stats::interval::{ratio, wilson};
use crate::stats::lot::{Lot, Users};
use crate::stats::names::Names;
use crate::taxonomy::Cause;
use chrono::{DateTime, NaiveDate};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Causes whose first appearance stops a rollout: what a user has may be lost.
const CORRUPTION: [Cause; 2] = [Cause::SoftwareCrypto, Cause::SoftwareStorage];
/// Days that logs must span before a version can be seen to spread.
const SPAN_DAYS_MIN: i64 = 2;
const DAY_US: i64 = 86_400_000_000;
/// A fix has less than this share of the old rate.
const FIXED_SHARE: f64 = 0.5;

/// What is observed of a version.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Its messages, whatever the cause.
    pub tally: Tally,
    /// Messages refused because the version is too old.
    pub unsent_outdated: u64,
    /// Users with a message; without accounts, uploads.
    pub users: u64,
    /// Users with a message that a build failed.
    pub users_hit: u64,
    /// Users with a message lost to `CORRUPTION`.
    pub users_corrupted: u64,
    /// Messages that a build failed, by cause.
    pub causes: BTreeMap<Cause, u64>,
    /// The least build code.
    pub build: Option<u64>,
    /// The first day of a message, UTC.
    pub first_day: Option<NaiveDate>,
    /// Whether its share of users grew from the first half of the time to the second.
    pub grew: Option<bool>,
}

impl Observed {
    /// Whether a later version has shed a cause: the upper end of its rate lies under half of the rate here.
    #[must_use]
    pub fn is_fixed_by(&self, later: &Self, cause: Cause) -> bool {
        let count = |o: &Self| o.causes.get(&cause).copied().unwrap_or(0);
        later.tally.eligible > 0 && wilson(count(later), later.tally.eligible).1 < FIXED_SHARE * ratio(count(self), self.tally.eligible)
    }
}

/// App and system.
pub type AppAndOs = (Option<u32>, Option<u32>);

/// What is observed of the versions of each app and system; lots come user by user.
#[must_use]
pub fn observe<'l>(
    lots: impl Iterator<Item = &'l Lot> + Clone,
    labels: &Labels,
    names: &Names,
) -> BTreeMap<AppAndOs, BTreeMap<String, Observed>> {
    let mut families: BTreeMap<AppAndOs, BTreeMap<String, usize>> = BTreeMap::new();
    // The version of each place, and the family of each version.
    let (mut version_of, mut family_of) = (Vec::new(), Vec::new());
    let mut numbers: BTreeMap<AppAndOs, usize> = BTreeMap::new();
    for place in names.places() {
        let key = (place.app, place.os);
        let next = numbers.len();
        let family = *numbers.entry(key).or_insert(next);
        let version = *families.entry(key).or_default().entry(labels.version(&place, names)).or_insert_with(|| {
            family_of.push(family);
            family_of.len() - 1
        });
        version_of.push(version);
    }
    let version = |lot: &Lot| version_of[names.spot(lot.spot).place as usize];
    let mut spans: Vec<Option<(i64, i64)>> = vec![None; numbers.len()];
    for (lot, (first, last)) in lots.clone().filter_map(|lot| Some((lot, lot.span_us()?))) {
        let span = spans[family_of[version(lot)]].get_or_insert((first, last));
        *span = (span.0.min(first), span.1.max(last));
    }
    let middle = |(first, last): (i64, i64)| (last - first >= SPAN_DAYS_MIN * DAY_US).then(|| i64::midpoint(first, last));
    let middles: Vec<Option<i64>> = spans.into_iter().map(|span| span.and_then(middle)).collect();
    let mut seen: Vec<Seen> = vec![Seen::default(); family_of.len()];
    for lot in lots {
        let version = version(lot);
        seen[version].add(lot, middles[family_of[version]], names);
    }
    families.into_iter().map(|(key, versions)| (key, of_family(versions, &seen))).collect()
}

fn of_family(versions: BTreeMap<String, usize>, seen: &[Seen]) -> BTreeMap<String, Observed> {
    let half = |version: usize, half: usize| seen[version].halves[half].all;
    let all = [0, 1].map(|h| versions.values().map(|v| half(*v, h)).sum::<u64>());
    let grew = |v: usize| (all[0] > 0 && all[1] > 0).then(|| ratio(half(v, 1), all[1]) > ratio(half(v, 0), all[0]));
    let with_messages = versions.into_iter().filter(|(_, v)| seen[*v].users.all > 0);
    with_messages.map(|(name, v)| (name, seen[v].observed(grew(v)))).collect()
}

/// What is seen of a version, lot by lot.
#[derive(Clone, Debug, Default)]
struct Seen {
    counting: Counting,
    unsent_outdated: u64,
    users: Users,
    users_hit: Users,
    users_corrupted: Users,
    /// Users in each half of the time.
    halves: [Users; 2],
    causes: BTreeMap<Cause, u64>,
    build: Option<u64>,
    first_us: Option<i64>,
}

impl Seen {
    fn add(&mut self, lot: &Lot, middle_us: Option<i64>, names: &Names) {
        self.counting.add(lot);
        self.users.add(lot.who);
        let build = names.place(names.spot(lot.spot).place).build.and_then(|n| names.text(n).parse().ok());
        self.build = self.build.into_iter().chain(build).min();
        if let Some((first, last)) = lot.span_us() {
            self.first_us = Some(self.first_us.map_or(first, |own| own.min(first)));
            if middle_us.is_some_and(|middle| first <= middle) {
                self.halves[0].add(lot.who);
            }
            if middle_us.is_some_and(|middle| last > middle) {
                self.halves[1].add(lot.who);
            }
        }
        if !lot.is_unsent() {
            return;
        }
        let cause = lot.fate.cause.unwrap_or(Cause::Unknown);
        self.unsent_outdated += if cause == Cause::SoftwareOutdated { lot.n() } else { 0 };
        if lot.fate.attributable {
            *self.causes.entry(cause).or_insert(0) += lot.n();
            self.users_hit.add(lot.who);
            if CORRUPTION.contains(&cause) {
                self.users_corrupted.add(lot.who);
            }
        }
    }

    fn observed(&self, grew: Option<bool>) -> Observed {
        Observed {
            tally: self.counting.tally(),
            unsent_outdated: self.unsent_outdated,
            users: self.users.all,
            users_hit: self.users_hit.all,
            users_corrupted: self.users_corrupted.all,
            causes: self.causes.clone(),
            build: self.build,
            first_day: self.first_us.and_then(DateTime::from_timestamp_micros).map(|at| at.date_naive()),
            grew,
        }
    }
}

/// Whether a version is being rolled out, as far as logs show: the newest of its line, and its share of users grew.
#[must_use]
pub fn is_rolling_out(version: &str, all: &BTreeMap<String, Observed>, compare: impl Fn(&str, &str) -> Ordering) -> Option<bool> {
    let grew = all.get(version)?.grew?;
    let newest = all.keys().filter(|v| line(v) == line(version)).all(|v| compare(v, version) != Ordering::Greater);
    Some(newest && grew)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fix_must_have_shed_the_cause_for_sure() {
        let with = |eligible: u64, crypto: u64| Observed {
            tally: Tally { eligible, ..Tally::default() },
            causes: BTreeMap::from([(Cause::SoftwareCrypto, crypto)]),
            ..Observed::default()
        };
        let old = with(8_200, 283);
        assert!(old.is_fixed_by(&with(2_100, 0), Cause::SoftwareCrypto));
        assert!(!old.is_fixed_by(&with(60, 0), Cause::SoftwareCrypto));
        assert!(!old.is_fixed_by(&with(2_100, 40), Cause::SoftwareCrypto));
        assert!(!old.is_fixed_by(&with(0, 0), Cause::SoftwareCrypto));
    }

    #[test]
    fn only_the_newest_of_a_line_that_spreads_is_being_rolled_out() {
        let seen = |grew| Observed { grew, ..Observed::default() };
        let all = BTreeMap::from([
            ("3.4.9".to_owned(), seen(Some(true))),
            ("3.5.0".to_owned(), seen(Some(true))),
            ("3.5.1".to_owned(), seen(Some(true))),
            ("3.6.0".to_owned(), seen(Some(false))),
            ("3.7.0".to_owned(), seen(None)),
        ]);
        let rolling: Vec<Option<bool>> = all.keys().map(|v| is_rolling_out(v, &all, crate::stats::compare_versions)).collect();
        assert_eq!(rolling, [Some(true), Some(false), Some(true), Some(false), None]);
    }
}
