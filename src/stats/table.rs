//! Messages -> one row per level of some dimensions.

use super::dimension::Dimension;
use super::facts::{Counting, Tally};
use super::interval::{JUDGED_MIN, float, ratio, round};
use super::lot::Messages;
use super::names::Names;
use super::place::Route;
use super::quantile::Quantiles;
use crate::taxonomy::Cause;
use indexmap::IndexSet;
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

/// One level of one or several dimensions.
#[derive(Clone, Debug)]
pub struct Level {
    /// Dimension and level; `None` where the log does not state it.
    pub of: Vec<(Dimension, Option<String>)>,
    /// Its messages.
    pub tally: Tally,
    /// Its unsent rate over that of the other levels of its family, where both are known.
    pub raw_ratio: Option<f64>,
    /// The cause with the largest excess over the others, or the most frequent one.
    pub main_cause: Option<Cause>,
    /// Unsent messages by that cause.
    pub main_cause_unsent: u64,
    /// How long its acknowledgements took; told apart by `Route::KNOWN` alone.
    pub delays: Quantiles,
    /// Unsent messages by cause.
    causes: BTreeMap<Cause, u64>,
}

impl Level {
    /// The level in a dimension.
    #[must_use]
    pub fn get(&self, dimension: Dimension) -> Option<&str> {
        self.of.iter().find(|(d, _)| *d == dimension).and_then(|(_, level)| level.as_deref())
    }
}

/// Groups messages by the dimensions with these numbers: see `Spot::level`.
#[must_use]
pub fn group(messages: &Messages, dimensions: &[(usize, Dimension)], names: &Names) -> Vec<Level> {
    if messages.lots.is_empty() || dimensions.is_empty() {
        return Vec::new();
    }
    // Texts have one number each, so that equal levels are equal numbers.
    let mut groups: IndexSet<Vec<Option<u32>>> = IndexSet::new();
    let levels = names.spots().map(|spot| dimensions.iter().map(|(number, _)| spot.level(*number, names)).collect());
    let group_of: Vec<usize> = levels.map(|levels| groups.insert_full(levels).0).collect();
    let mut counts: Vec<Counts> = vec![Counts::default(); groups.len()];
    for lot in &messages.lots {
        let counts = &mut counts[group_of[lot.spot as usize]];
        counts.counting.add(lot);
        if let Some(cause) = lot.fate.cause.filter(|_| lot.is_unsent()) {
            *counts.causes.entry(cause).or_insert(0) += lot.n();
        }
    }
    let delays = delays(messages, &group_of, groups.len(), dimensions, names);
    let mut levels = Vec::new();
    for ((of, counts), delays) in groups.iter().zip(counts).zip(delays) {
        let text = |number: &Option<u32>| number.map(|n| names.text(n).to_owned());
        levels.push(Level {
            of: dimensions.iter().zip(of).map(|((_, d), number)| (*d, text(number))).collect(),
            tally: counts.counting.tally(),
            raw_ratio: None,
            main_cause: None,
            main_cause_unsent: 0,
            delays,
            causes: counts.causes,
        });
    }
    // A spot of which every message counts elsewhere makes no level.
    levels.retain(|level| level.tally.attempted > 0);
    levels
}

/// Counts of a level.
#[derive(Clone, Debug, Default)]
struct Counts {
    counting: Counting,
    causes: BTreeMap<Cause, u64>,
}

/// The delays of each group, where routes tell the groups apart.
fn delays(messages: &Messages, group_of: &[usize], groups: usize, dimensions: &[(usize, Dimension)], names: &Names) -> Vec<Quantiles> {
    if !dimensions.iter().all(|(_, d)| Route::KNOWN.contains(d)) {
        return vec![Quantiles::default(); groups];
    }
    let mut of_route = vec![None; names.routes().len()];
    for (spot, group) in (0..).zip(group_of) {
        of_route[names.route_number(spot) as usize] = Some(*group);
    }
    messages.latencies.quantiles(groups, |route| of_route.get(route as usize).copied().flatten())
}

/// Compares each level with the others of its family (the levels that agree in `family`): ratio and main
/// cause.
pub fn compare(levels: &mut [Level], family: &[Dimension]) {
    let key = |level: &Level| -> Vec<Option<String>> { family.iter().map(|d| level.get(*d).map(str::to_owned)).collect() };
    let mut families: BTreeMap<Vec<Option<String>>, Vec<usize>> = BTreeMap::new();
    for (i, level) in levels.iter().enumerate() {
        families.entry(key(level)).or_default().push(i);
    }
    for members in families.values() {
        let mut sum = Sum::default();
        for i in members {
            sum.add(&levels[*i]);
        }
        for i in members {
            let others = sum.without(&levels[*i]);
            levels[*i].stand_against(&others);
        }
    }
}

/// Counts of several levels together.
#[derive(Clone, Debug, Default)]
struct Sum {
    judged: u64,
    unsent: u64,
    causes: BTreeMap<Cause, u64>,
}

impl Sum {
    fn add(&mut self, level: &Level) {
        self.judged += level.tally.judged();
        self.unsent += level.tally.unsent;
        for (cause, n) in &level.causes {
            *self.causes.entry(*cause).or_insert(0) += n;
        }
    }

    fn without(&self, level: &Level) -> Self {
        let mut rest = self.clone();
        rest.judged -= level.tally.judged();
        rest.unsent -= level.tally.unsent;
        for (cause, n) in &level.causes {
            rest.causes.entry(*cause).and_modify(|all| *all -= n);
        }
        rest
    }
}

impl Level {
    fn stand_against(&mut self, others: &Sum) {
        let (unsent, judged) = (self.tally.unsent, self.tally.judged());
        let enough = judged >= JUDGED_MIN && others.judged >= JUDGED_MIN && others.unsent > 0;
        self.raw_ratio = enough.then(|| round(ratio(unsent, judged) / ratio(others.unsent, others.judged)));
        let excess = |cause: Cause, n: u64| {
            let rest = others.causes.get(&cause).copied().unwrap_or(0);
            float(n) - float(judged) * ratio(rest, others.judged)
        };
        let main = self.causes.iter().max_by(|(a, n), (b, m)| excess(**a, **n).total_cmp(&excess(**b, **m)).then(b.cmp(a)));
        (self.main_cause, self.main_cause_unsent) = main.map_or((None, 0), |(cause, n)| (Some(*cause), *n));
    }
}

/// Most unsent first, then most attempted, then by name.
#[must_use]
pub fn by_unsent(a: &Level, b: &Level) -> Ordering {
    let size = |l: &Level| (l.tally.unsent, l.tally.attempted);
    size(b).cmp(&size(a)).then_with(|| a.of.cmp(&b.of))
}

/// By app and system, those with a name and the most messages first; in each the newest version first.
pub fn sort_by_version(levels: &mut [Level]) {
    let family = |l: &Level| (l.get(Dimension::App).map(str::to_owned), l.get(Dimension::Os).map(str::to_owned));
    let mut sizes: BTreeMap<(Option<String>, Option<String>), u64> = BTreeMap::new();
    for level in levels.iter() {
        *sizes.entry(family(level)).or_insert(0) += level.tally.attempted;
    }
    let rank = |l: &Level| {
        let family = family(l);
        (family.0.is_none(), Reverse(sizes.get(&family).copied().unwrap_or(0)), family)
    };
    levels.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| newest_first(a, b)));
}

fn newest_first(a: &Level, b: &Level) -> Ordering {
    match (a.get(Dimension::Version), b.get(Dimension::Version)) {
        (Some(a), Some(b)) => compare_versions(b, a),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// Orders versions by their numbers, then by their text: `3.10.0` is newer than `3.9.1`, and
/// `3.5.0` newer than `3.5.0-beta.1` (semver.org, item 11).
#[must_use]
pub fn compare_versions(a: &str, b: &str) -> Ordering {
    let release = |v: &str| v.split(['-', '+', ' ']).next().unwrap_or_default().to_owned();
    let numbers = |v: &str| -> Vec<u64> { v.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect() };
    let final_release = |v: &str| !v.contains('-');
    numbers(&release(a))
        .cmp(&numbers(&release(b)))
        .then_with(|| final_release(a).cmp(&final_release(b)))
        .then_with(|| numbers(a).cmp(&numbers(b)))
        .then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventRow;
    use crate::stats::lot::Lots;
    use crate::stats::slim::Slimming;
    use crate::taxonomy::{Kind, Outcome};
    use chrono_tz::Tz;

    fn rows(app: Option<&str>, version: &str, sent: usize, unsent: usize, cause: Cause) -> Vec<EventRow> {
        let mut row = EventRow::new(Kind::Message);
        row.app = app.map(str::to_owned);
        row.app_version = Some(version.into());
        row.cause = Some(cause);
        let outcome = |i: usize| if i < sent { Outcome::Sent } else { Outcome::Unsent };
        (0..sent + unsent).map(|i| EventRow { outcome: Some(outcome(i)), ..row.clone() }).collect()
    }

    fn levels(rows: &[EventRow], dimensions: &[(usize, Dimension)]) -> Vec<Level> {
        let (mut names, mut lots, mut slimming) = (Names::default(), Lots::default(), Slimming::new(Vec::new(), Tz::UTC));
        for row in rows {
            lots.add(&slimming.slim(row, None, &mut names).unwrap());
        }
        group(&lots.finish(), dimensions, &names)
    }

    #[test]
    fn the_main_cause_of_a_version_is_that_of_its_excess() {
        let mut all = rows(None, "3.4.0", 950, 50, Cause::NetworkWeak);
        all.extend(rows(None, "3.5.0", 700, 120, Cause::NetworkWeak));
        all.extend(rows(None, "3.5.0", 0, 100, Cause::SoftwareCrypto));
        let mut levels = levels(&all, &[(2, Dimension::Version)]);
        compare(&mut levels, &[]);
        sort_by_version(&mut levels);
        assert_eq!(levels[0].get(Dimension::Version), Some("3.5.0"));
        assert_eq!(levels[0].main_cause, Some(Cause::SoftwareCrypto));
        assert_eq!(levels[0].raw_ratio, Some(4.782_609));
    }

    #[test]
    fn large_families_come_first_and_unnamed_apps_last() {
        let mut all = rows(None, "9.0", 50, 0, Cause::Unknown);
        for (app, n) in [("small", 3), ("large", 9)] {
            all.extend(rows(Some(app), "1.0", n, 0, Cause::Unknown));
        }
        let mut levels = levels(&all, &[(0, Dimension::App), (2, Dimension::Version)]);
        sort_by_version(&mut levels);
        let apps: Vec<Option<&str>> = levels.iter().map(|l| l.get(Dimension::App)).collect();
        assert_eq!(apps, [Some("large"), Some("small"), None]);
    }

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        let mut versions = ["3.10.0", "3.9.1", "3.9.1-beta.2", "3.9.1-beta.10", "3.9", "x"];
        versions.sort_by(|a, b| compare_versions(a, b));
        assert_eq!(versions, ["x", "3.9", "3.9.1-beta.2", "3.9.1-beta.10", "3.9.1", "3.10.0"]);
    }
}
