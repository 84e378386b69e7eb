//! Causes of two weeks -> what is new, worse, better or gone, and what cannot be told from chance.

use crate::stats::blame::levels::at_least_crude;
use crate::stats::blame::ratio::{Compared, false_discovery};
use crate::stats::facts::{CauseFact, Facts};
use crate::stats::interval::{float, ratio, wilson_of};
use crate::taxonomy::{Cause, words};
use std::collections::{BTreeMap, BTreeSet};

/// Messages of a cause in both weeks below which it is not tested.
const TESTED_MIN: u64 = 5;
/// Share of false changes among changes.
const FALSE_SHARE: f64 = 0.05;
/// Users that a new cause must have.
const USERS_NEW_MIN: u64 = 2;
/// Level of the interval of a ratio.
const INTERVAL: f64 = 0.95;

words! {
    /// How a cause changed.
    Direction {
        /// It was not there last week.
        New = "new",
        /// More frequent.
        Worse = "worse",
        /// Less frequent.
        Better = "better",
        /// It is no longer there.
        Gone = "gone",
        /// Not distinguishable from chance.
        Noise = "noise",
    }
}

/// A cause in two weeks.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which.
    pub cause: Cause,
    /// How it changed.
    pub direction: Direction,
    /// Messages not sent for it, this week and last.
    pub unsent: (u64, u64),
    /// Users hit, this week and last.
    pub users: (u64, u64),
    /// Its share of judged messages over last week's.
    pub ratio: Option<f64>,
    /// Difference of the shares, with its interval.
    pub difference: (f64, (f64, f64)),
    /// Adjusted probability of chance.
    pub q: f64,
}

/// The changes, those beyond chance first, by the size of their difference.
#[must_use]
pub fn changes(now: &Facts, last: &Facts) -> Vec<Change> {
    let of = |facts: &Facts, cause: Cause| facts.causes.iter().find(|c| c.cause == cause).cloned();
    let causes: BTreeSet<Cause> = now.causes.iter().chain(&last.causes).map(|c| c.cause).collect();
    let sides: Vec<(Cause, [Side; 2])> = causes
        .into_iter()
        .map(|cause| (cause, [Side::of(of(now, cause), now.messages.judged()), Side::of(of(last, cause), last.messages.judged())]))
        .filter(|(_, [a, b])| a.unsent + b.unsent > 0)
        .collect();
    let judged = judge(&sides.iter().map(|(_, sides)| *sides).collect::<Vec<_>>());
    let mut all: Vec<Change> = sides
        .iter()
        .zip(judged)
        .map(|((cause, [now, last]), judged)| Change {
            cause: *cause,
            direction: judged.direction,
            unsent: (now.unsent, last.unsent),
            users: (now.users, last.users),
            ratio: (last.unsent > 0).then(|| now.share() / last.share()),
            difference: difference(now, last),
            q: judged.q,
        })
        .collect();
    let size = |c: &Change| c.difference.0.abs();
    all.sort_by(|a, b| {
        let noise = |c: &Change| c.direction == Direction::Noise;
        noise(a).cmp(&noise(b)).then(size(b).total_cmp(&size(a))).then(a.cause.cmp(&b.cause))
    });
    all
}

/// How something changed, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// How.
    pub direction: Direction,
    /// Adjusted probability of chance.
    pub q: f64,
}

/// Judges things that are told apart together: this period and the one before of each.
#[must_use]
pub fn judge(sides: &[[Side; 2]]) -> Vec<Judgement> {
    let is_tested = |[a, b]: &[Side; 2]| a.unsent + b.unsent >= TESTED_MIN;
    let tested: Vec<usize> = (0..sides.len()).filter(|i| is_tested(&sides[*i])).collect();
    let p: Vec<f64> = tested.iter().map(|i| chance(&sides[*i])).collect();
    let mut q = vec![1.0; sides.len()];
    for (i, adjusted) in tested.iter().zip(false_discovery(&p)) {
        q[*i] = adjusted;
    }
    sides.iter().zip(q).map(|(sides, q)| Judgement { direction: direction(sides, q), q }).collect()
}

/// Messages that were not sent for one reason in one period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Side {
    /// How many.
    pub unsent: u64,
    /// Their users.
    pub users: u64,
    clusters: u64,
    judged: u64,
    /// How much more messages of one user fail together than chance would have it.
    scatter: f64,
}

/// Whose messages may fail together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// A user, by number.
    User(u32),
    /// An upload whose user is not known, by number.
    Upload(u32),
}

impl Side {
    fn of(fact: Option<CauseFact>, judged: u64) -> Self {
        let Some(fact) = fact else { return Self { unsent: 0, users: 0, clusters: 0, judged, scatter: 1.0 } };
        let scatter = (float(fact.squares) / float(fact.unsent.max(1))).max(1.0);
        Self { unsent: fact.unsent, users: fact.users, clusters: fact.clusters, judged, scatter }
    }

    /// Of the units that its messages come from, one a message: their users, else their uploads; and of how many messages
    /// were judged in the period.
    pub fn of_units(units: impl Iterator<Item = Unit>, judged: u64) -> Self {
        let mut of: BTreeMap<Unit, u64> = BTreeMap::new();
        for unit in units {
            *of.entry(unit).or_default() += 1;
        }
        let unsent: u64 = of.values().sum();
        let squares: u64 = of.values().map(|n| n * n).sum();
        let scatter = (float(squares) / float(unsent.max(1))).max(1.0);
        let users = of.keys().filter(|unit| matches!(unit, Unit::User(_))).count() as u64;
        Self { unsent, users, clusters: of.len() as u64, judged, scatter }
    }

    fn share(&self) -> f64 {
        ratio(self.unsent, self.judged)
    }

    fn interval(&self) -> (f64, f64) {
        wilson_of(float(self.unsent) / self.scatter, float(self.judged) / self.scatter)
    }
}

fn compared([now, last]: &[Side; 2]) -> Compared {
    let scatter = now.scatter.max(last.scatter);
    let expected = float(now.judged) * last.share();
    let (expected, worth) = at_least_crude((expected, float(last.unsent) + 0.5), float(now.judged), float(last.unsent), float(last.judged));
    Compared::new(float(now.unsent), expected, worth / scatter, scatter)
}

/// Two-sided probability of so great a change by chance.
fn chance(sides: &[Side; 2]) -> f64 {
    let below = compared(sides).at_most(1.0);
    (2.0 * below.min(1.0 - below)).min(1.0)
}

fn direction(sides: &[Side; 2], q: f64) -> Direction {
    let [now, last] = sides;
    let (low, high) = compared(sides).interval(INTERVAL);
    match (now.unsent, last.unsent) {
        _ if q > FALSE_SHARE => Direction::Noise,
        (0, _) => Direction::Gone,
        (_, 0) if now.clusters >= USERS_NEW_MIN => Direction::New,
        _ if low > 1.0 => Direction::Worse,
        _ if high < 1.0 => Direction::Better,
        _ => Direction::Noise,
    }
}

fn difference(now: &Side, last: &Side) -> (f64, (f64, f64)) {
    newcombe((now.share(), now.interval()), (last.share(), last.interval()))
}

/// The difference of two shares with their intervals, and its interval.
#[must_use]
pub fn newcombe(now: (f64, (f64, f64)), last: (f64, (f64, f64))) -> (f64, (f64, f64)) {
    let ((p1, (l1, u1)), (p0, (l0, u0))) = (now, last);
    let d = p1 - p0;
    let low = d - ((p1 - l1).powi(2) + (u0 - p0).powi(2)).sqrt();
    let high = d + ((u1 - p1).powi(2) + (p0 - l0).powi(2)).sqrt();
    (d, (low, high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::facts::Tally;

    fn facts(attempted: u64, causes: &[(Cause, u64, u64)]) -> Facts {
        let unsent = causes.iter().map(|(_, n, _)| n).sum();
        let fact = |(cause, unsent, users): &(Cause, u64, u64)| CauseFact {
            cause: *cause,
            unsent: *unsent,
            delayed: 0,
            users: *users,
            attributable: *unsent,
            clusters: *users,
            squares: unsent * unsent / (*users).max(1),
            first_version: None,
            samples: Vec::new(),
        };
        let messages = Tally { attempted, unsent, sent: attempted - unsent, ..Tally::default() };
        Facts { messages, causes: causes.iter().map(fact).collect(), ..Facts::default() }
    }

    fn directions(now: &Facts, last: &Facts) -> Vec<(Cause, Direction)> {
        changes(now, last).into_iter().map(|c| (c.cause, c.direction)).collect()
    }

    #[test]
    fn the_same_week_again_has_no_change() {
        let week = facts(5_000, &[(Cause::NetworkDns, 90, 60), (Cause::SoftwareCrypto, 40, 20), (Cause::Unknown, 3, 3)]);
        assert!(directions(&week, &week).iter().all(|(_, d)| *d == Direction::Noise));
    }

    #[test]
    fn new_worse_better_and_gone_are_told_apart_from_chance() {
        let last = facts(
            5_000,
            &[(Cause::NetworkDns, 50, 45), (Cause::NetworkTls, 60, 50), (Cause::NetworkWeak, 40, 35), (Cause::NetworkOffline, 30, 28)],
        );
        let now = facts(
            5_000,
            &[(Cause::NetworkDns, 140, 120), (Cause::NetworkTls, 15, 14), (Cause::NetworkOffline, 33, 30), (Cause::SoftwareCrypto, 25, 20)],
        );
        assert_eq!(
            directions(&now, &last),
            [
                (Cause::NetworkDns, Direction::Worse),
                (Cause::NetworkTls, Direction::Better),
                (Cause::NetworkWeak, Direction::Gone),
                (Cause::SoftwareCrypto, Direction::New),
                (Cause::NetworkOffline, Direction::Noise),
            ]
        );
    }

    #[test]
    fn one_user_with_many_failures_is_no_change() {
        let (last, now) = (facts(5_000, &[(Cause::NetworkDns, 10, 9)]), facts(5_000, &[(Cause::NetworkDns, 60, 1)]));
        assert_eq!(directions(&now, &last), [(Cause::NetworkDns, Direction::Noise)]);
        let bug = facts(5_000, &[(Cause::NetworkDns, 11, 9), (Cause::SoftwareBug, 40, 1)]);
        assert!(directions(&bug, &last).iter().all(|(_, d)| *d == Direction::Noise));
    }

    #[test]
    fn the_interval_of_a_difference_agrees_with_newcombes_example() {
        // Newcombe 1998, table II, row a, method 10: 56/70 - 48/80 = 0.2000, 0.0524 to 0.3339.
        let side = |k: f64, n: f64| (k / n, wilson_of(k, n));
        let (d, (low, high)) = newcombe(side(56.0, 70.0), side(48.0, 80.0));
        assert!((d - 0.2).abs() < 1e-12 && (low - 0.0524).abs() < 5e-5 && (high - 0.3339).abs() < 5e-5, "{d} {low} {high}");
    }
}
