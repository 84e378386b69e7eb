//! What logs say of a version besides counts of messages: what comes in are messages, what goes out is who was hit,
//! by which causes, and when the version came and spread.

use super::order::line;
use super::units::{Labels, user};
use crate::stats::facts::Tally;
use crate::stats::interval::{ratio, wilson};
use crate::stats::names::Names;
use crate::stats::slim::Slim;
use crate::taxonomy::{Cause, Outcome};
use chrono::{DateTime, NaiveDate};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

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
    /// Users with a message lost to [`CORRUPTION`].
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

/// What is observed of the versions of each app and system.
#[must_use]
pub fn observe(messages: &[&Slim], labels: &Labels, names: &Names) -> BTreeMap<AppAndOs, BTreeMap<String, Observed>> {
    let mut families: BTreeMap<AppAndOs, BTreeMap<String, Vec<&Slim>>> = BTreeMap::new();
    for m in messages {
        let place = names.place(m.place);
        let versions = families.entry((place.app, place.os)).or_default();
        versions.entry(labels.version(&place, names)).or_default().push(m);
    }
    families.into_iter().map(|(key, versions)| (key, of_family(&versions, names))).collect()
}

fn of_family(versions: &BTreeMap<String, Vec<&Slim>>, names: &Names) -> BTreeMap<String, Observed> {
    let times = || versions.values().flatten().filter_map(|m| m.started_us);
    let middle =
        times().min().zip(times().max()).filter(|(first, last)| last - first >= SPAN_DAYS_MIN * DAY_US).map(|(a, b)| i64::midpoint(a, b));
    // Users of a version in each half of the time.
    let halves = |messages: &[&Slim]| {
        let mut halves = [HashSet::new(), HashSet::new()];
        for (m, (middle, at)) in messages.iter().filter_map(|m| Some((m, middle.zip(m.started_us)?))) {
            halves[usize::from(at > middle)].insert(user(m));
        }
        halves.map(|users| users.len() as u64)
    };
    let counts: Vec<[u64; 2]> = versions.values().map(|messages| halves(messages)).collect();
    let all = [0, 1].map(|half| counts.iter().map(|c| c[half]).sum::<u64>());
    let grew = |own: [u64; 2]| (all[0] > 0 && all[1] > 0).then(|| ratio(own[1], all[1]) > ratio(own[0], all[0]));
    versions.iter().zip(counts).map(|((name, messages), halves)| (name.clone(), of_version(messages, grew(halves), names))).collect()
}

fn of_version(messages: &[&Slim], grew: Option<bool>, names: &Names) -> Observed {
    let failed = || messages.iter().filter(|m| m.outcome == Outcome::Unsent);
    let cause = |m: &Slim| m.cause.unwrap_or(Cause::Unknown);
    let users =
        |chosen: &dyn Fn(&Slim) -> bool| messages.iter().filter(|m| chosen(m)).map(|m| user(m)).collect::<HashSet<_>>().len() as u64;
    let is_lost = |m: &Slim| m.outcome == Outcome::Unsent && m.attributable;
    let mut causes = BTreeMap::new();
    for m in failed().filter(|m| m.attributable) {
        *causes.entry(cause(m)).or_insert(0) += 1;
    }
    let day = |m: &&Slim| m.started_us.and_then(DateTime::from_timestamp_micros).map(|at| at.date_naive());
    Observed {
        tally: Tally::of(messages.iter().copied()),
        unsent_outdated: failed().filter(|m| m.cause == Some(Cause::SoftwareOutdated)).count() as u64,
        users: users(&|_| true),
        users_hit: users(&is_lost),
        users_corrupted: users(&|m| is_lost(m) && CORRUPTION.contains(&cause(m))),
        causes,
        build: messages.iter().filter_map(|m| names.text(names.place(m.place).build?).parse().ok()).min(),
        first_day: messages.iter().filter_map(day).min(),
        grew,
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
