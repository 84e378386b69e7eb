//! One row per level of a dimension: its unsent messages against those that everybody else would have had with the
//! same mix of all other dimensions.
//!
//! The model is fitted without the level, and without those already found bad, so that neither a level nor a run of
//! bad ones hides itself in the baseline.

use super::cells::{Cells, Literal};
use super::poisson::{Ask, Design, Model, fit};
use super::ratio::{Compared, false_discovery};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// "Worse" means at least this much worse.
pub const WORSE: f64 = 1.15;
/// Share of false findings among findings.
pub const FALSE_SHARE: f64 = 0.05;
/// Attempts below which a level is not tested.
pub const TESTED_MIN: f64 = 30.0;
/// Level of the intervals.
pub const INTERVAL: f64 = 0.95;
/// Share of a level's attempts that others must share in every other dimension.
pub const OVERLAP_MIN: f64 = 0.5;
/// Rounds of leaving bad levels out of the baseline.
const ROUNDS: usize = 4;
/// Greatest spread of levels in tables.
const SPREAD_MAX: f64 = 1.0;
/// With more levels than this, those whose joint effect is small are not looked at one by one.
const SCREEN_LEVELS: usize = 40;
const SCREEN_EFFECT: f64 = 0.12;
/// Unsent messages that a baseline must have.
const BASELINE_UNSENT: f64 = 5.0;
const BASELINE_CELLS: usize = 5;

/// A level against the others.
#[derive(Clone, Debug)]
pub struct LevelRow {
    /// Its number.
    pub level: u32,
    /// Judged messages.
    pub attempts: f64,
    /// Not sent.
    pub unsent: f64,
    /// Not sent, had it been like the others.
    pub expected: f64,
    /// Comparator events.
    pub worth: f64,
    /// Crude rate over that of the others.
    pub raw_ratio: f64,
    /// The comparison over the dispersion.
    pub compared: Compared,
    /// Interval of the adjusted ratio.
    pub interval: (f64, f64),
    /// Adjusted probability of being no worse; where the level was tested.
    pub q: Option<f64>,
    /// Whether it is worse than the others.
    pub worse: bool,
    /// Of a worse level, the smallest share of its attempts that others share, and the level that it shares with too few.
    pub overlap: (f64, Option<Literal>),
}

impl LevelRow {
    /// Whether there was anything to compare it with.
    #[must_use]
    pub fn is_comparable(&self) -> bool {
        self.worth > 0.0
    }

    /// A level without anything to compare it with.
    #[must_use]
    pub fn incomparable(attempts: f64, unsent: f64) -> Self {
        Self {
            level: u32::MAX,
            attempts,
            unsent,
            expected: 0.0,
            worth: 0.0,
            raw_ratio: 1.0,
            compared: Compared::new(0.0, 0.0, 0.0, 1.0),
            interval: (0.0, f64::INFINITY),
            q: None,
            worse: false,
            overlap: (1.0, None),
        }
    }

    /// Seen over expected.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.unsent / self.expected.max(1e-9)
    }
}

/// How a table is made.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Slices that are known.
    pub slices: &'a [Vec<Literal>],
    /// Factor of the variance.
    pub dispersion: f64,
    /// Leave out the cells of slices that name the dimension: what is wrong besides them.
    pub outside: bool,
    /// Skip levels whose joint effect is small, where there are many.
    pub screen: bool,
}

/// The table of a dimension: worse levels first, then by the lower end of the interval.
#[must_use]
pub fn table(cells: &Cells, dimension: usize, look: &Look<'_>) -> Vec<LevelRow> {
    let maker = Maker::new(cells, dimension, look);
    let mut cache: HashMap<(u32, Vec<u32>), Option<LevelRow>> = HashMap::new();
    let mut bad: BTreeSet<u32> = BTreeSet::new();
    let mut rows: Vec<LevelRow> = Vec::new();
    for _ in 0..ROUNDS {
        let asked: Vec<(u32, Vec<u32>)> =
            maker.levels().map(|level| (level, bad.iter().copied().filter(|b| *b != level).collect::<Vec<u32>>())).collect();
        let missing: Vec<_> = asked.iter().filter(|key| !cache.contains_key(*key)).cloned().collect();
        let made: Vec<_> = missing.into_par_iter().map(|key| (maker.row(key.0, &key.1), key)).collect();
        cache.extend(made.into_iter().map(|(row, key)| (key, row)));
        rows = asked.iter().filter_map(|key| cache[key].clone()).collect();
        let tested: Vec<usize> = (0..rows.len()).filter(|r| rows[*r].attempts >= TESTED_MIN).collect();
        let p: Vec<f64> = tested.iter().map(|r| rows[*r].compared.at_most(WORSE)).collect();
        for (row, q) in tested.iter().zip(false_discovery(&p)) {
            rows[*row].q = Some(q);
        }
        let found: BTreeSet<u32> = rows.iter().filter(|r| r.q.is_some_and(|q| q <= FALSE_SHARE)).map(|r| r.level).collect();
        if found == bad {
            break;
        }
        bad = found;
    }
    for row in &mut rows {
        row.worse = bad.contains(&row.level);
        if row.worse {
            row.overlap = overlap(cells, dimension, row.level);
        }
    }
    rows.sort_by(|a, b| b.worse.cmp(&a.worse).then(b.interval.0.total_cmp(&a.interval.0)).then(a.level.cmp(&b.level)));
    rows
}

/// Compares levels of a dimension with some of the others alone.
pub struct Against<'a>(Maker<'a>);

impl<'a> Against<'a> {
    /// For the levels of a dimension. Which of the others count is the caller's to say; only what is wrong on some
    /// devices of them is left out.
    #[must_use]
    pub fn new(cells: &'a Cells, dimension: usize, look: &Look<'a>) -> Self {
        let mut maker = Maker::new(cells, dimension, &Look { screen: false, ..*look });
        let deep: Vec<&Vec<Literal>> = look.slices.iter().filter(|s| s.len() > 1 && s.iter().any(|(d, _)| *d == dimension)).collect();
        maker.inside = (0..cells.len()).map(|cell| deep.iter().any(|s| cells.is_in(cell, s))).collect();
        Self(maker)
    }

    /// A level against those that `base` admits; `None` where these have too little.
    #[must_use]
    pub fn compare(&self, level: u32, base: impl Fn(u32) -> bool) -> Option<Compared> {
        let (cells, codes) = (self.0.cells, &self.0.cells.codes[self.0.dimension]);
        let own: Vec<usize> = (0..cells.len()).filter(|c| codes[*c] == level).collect();
        let others = |cell: usize| codes[cell] != level && base(codes[cell]) && !self.0.inside[cell];
        let known: f64 = (0..cells.len()).filter(|c| others(*c)).map(|c| cells.unsent[c]).sum();
        if known < BASELINE_UNSENT {
            return None;
        }
        let (expected, worth, _) = self.0.predict(&own, others);
        let unsent: f64 = own.iter().map(|c| cells.unsent[*c]).sum();
        Some(Compared::new(unsent, expected, worth, self.0.look.dispersion))
    }
}

struct Maker<'a> {
    cells: &'a Cells,
    dimension: usize,
    look: Look<'a>,
    /// Effects of all other dimensions, and of the known slices that do not name this one.
    design: Arc<Design>,
    /// A fit to all cells: a good start for those without a level.
    start: Model,
    /// Whether a cell is in a known slice that names the dimension.
    inside: Vec<bool>,
    /// Cells of each level.
    members: Vec<Vec<u32>>,
    /// Counts of each level, and those outside of the slices that name the dimension.
    all: Vec<Sums>,
    outside: Vec<Sums>,
    joint: Option<Model>,
}

/// Counts of some cells.
#[derive(Clone, Copy, Default)]
struct Sums {
    attempts: f64,
    unsent: f64,
    cells: usize,
}

impl Sums {
    fn plus(self, other: &Self) -> Self {
        Self { attempts: self.attempts + other.attempts, unsent: self.unsent + other.unsent, cells: self.cells + other.cells }
    }
}

impl<'a> Maker<'a> {
    fn new(cells: &'a Cells, dimension: usize, look: &Look<'a>) -> Self {
        let names = |slice: &&Vec<Literal>| slice.iter().any(|(d, _)| *d == dimension);
        let naming: Vec<&Vec<Literal>> = look.slices.iter().filter(names).collect();
        let all: Vec<usize> = (0..cells.dimensions.len()).collect();
        let others: Vec<usize> = all.iter().copied().filter(|d| *d != dimension).collect();
        let covariates: Vec<Vec<Literal>> = look.slices.iter().filter(|s| !names(s)).cloned().collect();
        let many = look.screen && cells.levels[dimension].len() > SCREEN_LEVELS;
        let ask = |em: usize| Ask { spread_max: SPREAD_MAX, em, spreads: None, start: None };
        let design = Arc::new(Design::new(cells, &others, &covariates, &[]));
        let inside: Vec<bool> = (0..cells.len()).map(|cell| naming.iter().any(|s| cells.is_in(cell, s))).collect();
        let levels = cells.levels[dimension].len();
        let (mut members, mut sums, mut outside) = (vec![Vec::new(); levels], vec![Sums::default(); levels], vec![Sums::default(); levels]);
        for (cell, is_inside) in inside.iter().enumerate() {
            let level = cells.codes[dimension][cell] as usize;
            let own = Sums { attempts: cells.attempts[cell], unsent: cells.unsent[cell], cells: 1 };
            members[level].push(u32::try_from(cell).unwrap_or(u32::MAX));
            sums[level] = sums[level].plus(&own);
            if !is_inside {
                outside[level] = outside[level].plus(&own);
            }
        }
        Self {
            cells,
            dimension,
            look: *look,
            inside,
            members,
            all: sums,
            outside,
            joint: many.then(|| fit(cells, Design::new(cells, &all, look.slices, &[]), &ask(1), |_| true)),
            start: fit(cells, Arc::clone(&design), &ask(2), |_| true),
            design,
        }
    }

    fn levels(&self) -> impl Iterator<Item = u32> {
        0..u32::try_from(self.cells.levels[self.dimension].len()).unwrap_or(u32::MAX)
    }

    fn row(&self, level: u32, bad: &[u32]) -> Option<LevelRow> {
        let codes = &self.cells.codes[self.dimension];
        let place = level as usize;
        let Sums { attempts, unsent, .. } = if self.look.outside { self.outside[place] } else { self.all[place] };
        if attempts <= 0.0 {
            return None;
        }
        let small = |joint: &Model| joint.effect((self.dimension, level)).unwrap_or(0.0) < SCREEN_EFFECT;
        if self.joint.as_ref().is_some_and(small) {
            return Some(self.unremarkable(level, attempts, unsent));
        }
        let own: Vec<usize> = self.members[place].iter().map(|c| *c as usize).filter(|c| !(self.look.outside && self.inside[*c])).collect();
        let is_good = |other: u32| other != level && !bad.contains(&other);
        let over = |sums: &[Sums], takes: &dyn Fn(u32) -> bool| {
            (0..).zip(sums).filter(|(other, _)| takes(*other)).fold(Sums::default(), |sum, (_, own)| sum.plus(own))
        };
        let (good, others) = (over(&self.outside, &is_good), over(&self.all, &|other| other != level));
        let narrow = good.unsent >= BASELINE_UNSENT && good.cells >= BASELINE_CELLS;
        if !narrow && others.cells < 2 {
            return None;
        }
        let (expected, worth, model) = if narrow {
            self.predict(&own, |cell| !self.inside[cell] && is_good(codes[cell]))
        } else {
            let (expected, worth, model) = self.predict(&own, |cell| codes[cell] != level);
            let (expected, worth) = at_least_crude((expected, worth), attempts, others.unsent, others.attempts);
            (expected, worth, model)
        };
        let dispersion = self.look.dispersion.max(self.own_scatter(&own, &model, unsent / expected.max(1e-9)));
        let compared = Compared::new(unsent, expected, worth, dispersion);
        // Crude and adjusted ratio have the same baseline, so that what differs is the mix.
        let base = if narrow { good } else { others };
        Some(LevelRow {
            level,
            attempts,
            unsent,
            expected,
            worth,
            raw_ratio: unsent / attempts / (base.unsent / base.attempts.max(1e-12)).max(1e-12),
            compared,
            interval: compared.interval(INTERVAL),
            q: None,
            worse: false,
            overlap: (1.0, None),
        })
    }

    /// What cells should have had by the rates of others, and what that is worth.
    fn predict(&self, own: &[usize], base: impl Fn(usize) -> bool) -> (f64, f64, Model) {
        let ask = Ask { spread_max: SPREAD_MAX, em: 1, spreads: Some(&self.start.spreads), start: Some(&self.start) };
        let model = fit(self.cells, Arc::clone(&self.design), &ask, base);
        let (expected, variance) = model.predict(self.cells, own.iter().copied());
        (expected, 1.0 / (variance * self.look.dispersion).max(1e-6), model)
    }

    /// The design effect of the level's own users, were all of them as much worse as the level: one user with hundreds of
    /// retries is no finding of a version.
    fn own_scatter(&self, own: &[usize], model: &Model, ratio: f64) -> f64 {
        let cells = self.cells;
        let (Some(users), Some(squares)) = (&cells.users, &cells.unsent_sq) else { return 1.0 };
        let mean = |cell: usize| model.expected_by(cells, cell, &model.effects) * ratio;
        let sum: f64 = own.iter().map(|c| squares[*c] - cells.unsent[*c] * mean(*c) / users[*c].max(1e-6)).sum();
        sum / own.iter().map(|c| cells.unsent[*c]).sum::<f64>().max(1.0)
    }

    fn unremarkable(&self, level: u32, attempts: f64, unsent: f64) -> LevelRow {
        let compared = Compared::new(unsent, unsent, 1e3, self.look.dispersion);
        LevelRow {
            level,
            attempts,
            unsent,
            expected: unsent,
            worth: 1e3,
            raw_ratio: 1.0,
            compared: Compared { observed: 0.0, ..compared },
            interval: (0.0, f64::INFINITY),
            q: None,
            worse: false,
            overlap: (1.0, None),
        }
    }
}

/// An expectation from others that hardly ever failed: the model then follows their zeros down without end, so that it is
/// held at what half a failure more of theirs would give, and worth no more than the failures that they had.
#[must_use]
pub fn at_least_crude((expected, worth): (f64, f64), attempts: f64, others_unsent: f64, others_attempts: f64) -> (f64, f64) {
    if others_unsent >= BASELINE_UNSENT {
        return (expected, worth);
    }
    let events = others_unsent + 0.5;
    (expected.max(attempts * events / others_attempts.max(1.0)), worth.min(events))
}

/// Over the other dimensions, the smallest share of a level's attempts at levels where the others have at least a
/// tenth of its volume, and the level where most of it is alone.
#[must_use]
pub fn overlap(cells: &Cells, dimension: usize, level: u32) -> (f64, Option<Literal>) {
    let own = |cell: usize| cells.codes[dimension][cell] == level;
    let total: f64 = (0..cells.len()).filter(|c| own(*c)).map(|c| cells.attempts[c]).sum();
    let mut worst = (1.0, None);
    for other in (0..cells.dimensions.len()).filter(|d| *d != dimension) {
        let mine = cells.by_level(other, |cell| if own(cell) { cells.attempts[cell] } else { 0.0 });
        let all = cells.by_level(other, |cell| cells.attempts[cell]);
        let shared: f64 = mine.iter().zip(&all).filter(|(m, a)| *a - *m >= 0.1 * *m).map(|(m, _)| m).sum();
        let share = shared / total.max(1.0);
        if share < worst.0 {
            let most = (0..mine.len()).rev().max_by(|a, b| mine[*a].total_cmp(&mine[*b]));
            worst = (share, most.and_then(|m| u32::try_from(m).ok()).map(|m| (other, m)));
        }
    }
    worst
}
