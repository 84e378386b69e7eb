//! Where failures concentrate: what comes in are cells, what goes out are the fewest conditions that explain them.
//!
//! Greedy search: the slice that gains most over a model of main effects, held within ± 25 % so that a single
//! level's real problem is not absorbed, is fitted jointly with those found before, and kept if its own effect is
//! proven. After each, what is not needed is dropped. Findings of one condition come from the tables of levels.

use super::candidates::Candidates;
use super::cells::{Cells, Literal};
use super::dispersion::dispersion;
use super::levels::{INTERVAL, LevelRow, Look, at_least_crude, table};
use super::poisson::{Ask, Design, Model, fit};
use super::ratio::Compared;
use std::collections::HashSet;

/// Adjusted probability up to which a slice is found.
const PROVEN: f64 = 0.01;
/// Lower end of the ratio that a slice must have.
pub const RATIO_MIN: f64 = 1.25;
/// Main effects count within this factor while slices are scored.
const BAND: f64 = 1.25;
/// Most slices.
const SLICES_MAX: usize = 12;
/// Best candidates per combination of dimensions, and tried per step.
const BEST_PER_CUBOID: usize = 6;
const TRIED_MAX: usize = 25;
/// A candidate must exceed its expectation by this factor, and have this many unsent messages.
const EXCESS_MIN: f64 = 1.1;
const UNSENT_MIN: f64 = 3.0;
/// Users that must be behind a slice, where the counts say how many there are.
const REPORTERS_MIN: f64 = 3.0;
/// Greatest spread of levels in the search.
const SPREAD_MAX: f64 = 0.5;
/// Literals that select this share of each other's attempts are the same.
const ALIAS_SHARE: f64 = 0.97;
/// Rounds of dropping what is not needed.
const ROUNDS: usize = 6;

/// A slice where failures concentrate.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Its conditions.
    pub literals: Vec<Literal>,
    /// Levels of other dimensions that select the same attempts.
    pub aliases: Vec<Literal>,
    /// Judged messages.
    pub attempts: f64,
    /// Not sent.
    pub unsent: f64,
    /// Not sent, were it like the rest.
    pub expected: f64,
    /// Interval of the ratio.
    pub interval: (f64, f64),
    /// Probability of being no worse than the rest, times the number of tests.
    pub p_adjusted: f64,
}

impl Slice {
    /// Unsent messages above expectation.
    #[must_use]
    pub fn excess(&self) -> f64 {
        self.unsent - self.expected
    }
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The slices, the costliest first.
    pub slices: Vec<Slice>,
    /// Factor of the variance.
    pub dispersion: f64,
}

/// Searches the cells.
#[must_use]
pub fn search(cells: &Cells) -> Found {
    let candidates = Candidates::new(cells);
    let mut searcher = Searcher::new(cells, &candidates);
    searcher.run();
    searcher.finish()
}

struct Searcher<'a> {
    cells: &'a Cells,
    candidates: &'a Candidates,
    all: Vec<usize>,
    chosen: Vec<Vec<Literal>>,
    model: Model,
    banned: HashSet<Vec<Literal>>,
    dispersion: f64,
}

impl<'a> Searcher<'a> {
    fn new(cells: &'a Cells, candidates: &'a Candidates) -> Self {
        let all: Vec<usize> = (0..cells.dimensions.len()).collect();
        let ask = Ask { spread_max: SPREAD_MAX, em: 2, spreads: None, start: None };
        let model = fit(cells, Design::new(cells, &all, &[], &[]), &ask, |_| true);
        Self { cells, candidates, chosen: Vec::new(), model, banned: HashSet::new(), dispersion: 1.0, all }
    }

    fn run(&mut self) {
        loop {
            let expected = self.model.expected(self.cells);
            self.dispersion = dispersion(self.cells, self.candidates, &expected);
            if self.chosen.len() >= SLICES_MAX || !self.accept_one() {
                return;
            }
            let before = self.chosen.clone();
            self.simplify();
            self.banned.extend(before.into_iter().filter(|s| !self.chosen.contains(s)));
        }
    }

    /// Takes the best candidate that holds in a joint fit.
    fn accept_one(&mut self) -> bool {
        for literals in self.best() {
            if self.banned.contains(&literals) || self.chosen.contains(&literals) {
                continue;
            }
            if literals.iter().any(|l| self.cells.is_pooled(*l)) || !self.has_reporters(&literals) {
                self.banned.insert(literals);
                continue;
            }
            let depth = literals.len();
            let slices = [self.chosen.as_slice(), std::slice::from_ref(&literals)].concat();
            let model = self.refit(&slices, &[]);
            let compared = self.compare(&model, &slices, slices.len() - 1).0;
            if compared.at_most(1.0) * self.candidates.tests(depth) <= PROVEN && compared.interval(INTERVAL).0 >= RATIO_MIN {
                (self.chosen, self.model) = (slices, model);
                return true;
            }
            self.banned.insert(literals);
        }
        false
    }

    /// Whether enough users are behind a slice.
    fn has_reporters(&self, literals: &[Literal]) -> bool {
        let of = |users: &Vec<f64>| (0..self.cells.len()).filter(|c| self.cells.is_in(*c, literals)).map(|c| users[c]).sum::<f64>();
        self.cells.users.as_ref().is_none_or(|users| of(users) >= REPORTERS_MIN)
    }

    fn refit(&self, slices: &[Vec<Literal>], dropped: &[Literal]) -> Model {
        let ask = Ask { spread_max: SPREAD_MAX, em: 1, spreads: Some(&self.model.spreads), start: Some(&self.model) };
        fit(self.cells, Design::new(self.cells, &self.all, slices, dropped), &ask, |_| true)
    }

    /// Candidates by their gain in likelihood over main effects held within a band, less their penalty.
    fn best(&self) -> Vec<Vec<Literal>> {
        let clipped = self.model.clipped(BAND.ln());
        let expected: Vec<f64> = (0..self.cells.len()).map(|cell| self.model.expected_by(self.cells, cell, &clipped)).collect();
        let mut all: Vec<(f64, usize, Vec<Literal>)> = Vec::new();
        for cuboid in &self.candidates.cuboids {
            let (depth, phi) = (cuboid.dimensions.len(), self.dispersion);
            let sums = cuboid.sums(&expected);
            let gain = |group: usize| {
                let (o, e) = (cuboid.unsent[group] / phi, sums[group] / phi);
                let counts = cuboid.has_enough(group) && o > e * EXCESS_MIN && o * phi >= UNSENT_MIN;
                counts.then(|| o * (o / e.max(1e-9)).ln() - (o - e))
            };
            let mut gains: Vec<(f64, usize)> = (0..sums.len()).filter_map(|g| Some((gain(g)?, g))).collect();
            gains.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let penalty = self.candidates.penalty(depth);
            let scored = gains.into_iter().take(BEST_PER_CUBOID).map(|(gain, group)| (gain - penalty, depth, cuboid.slice(group)));
            all.extend(scored.filter(|(score, ..)| *score > 0.0));
        }
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then_with(|| a.2.cmp(&b.2)));
        all.truncate(TRIED_MAX);
        all.into_iter().map(|(.., slice)| slice).collect()
    }

    /// A slice of a joint fit against what it would be without its own effect; with attempts, unsent and expected.
    fn compare(&self, model: &Model, slices: &[Vec<Literal>], slice: usize) -> (Compared, [f64; 3]) {
        let (cells, place) = (self.cells, model.slice_place(slice));
        let (mut attempts, mut unsent, mut mean) = (0.0, 0.0, 0.0);
        for cell in (0..cells.len()).filter(|c| cells.is_in(*c, &slices[slice])) {
            attempts += cells.attempts[cell];
            unsent += cells.unsent[cell];
            mean += model.expected_by(cells, cell, &model.effects);
        }
        let expected = mean * (-model.effects[place]).exp();
        let phi = self.dispersion;
        // The effect's variance is that of the slice's own count and that of what the others say of it.
        let variance = model.slice_variance(slice) * phi - phi / unsent.max(1.0);
        let worth = (1.0 / variance.max(1e-6)).min(1e6);
        let all = |values: &[f64]| values.iter().sum::<f64>();
        let (expected, worth) = at_least_crude((expected, worth), attempts, all(&cells.unsent) - unsent, all(&cells.attempts) - attempts);
        (Compared::new(unsent, expected, worth, phi), [attempts, unsent, expected])
    }

    /// Drops slices and conditions for as long as the penalised likelihood does not fall.
    fn simplify(&mut self) {
        for _ in 0..ROUNDS {
            let Some((chosen, model)) = self.simpler() else { return };
            (self.chosen, self.model) = (chosen, model);
        }
    }

    fn simpler(&self) -> Option<(Vec<Vec<Literal>>, Model)> {
        let phi = self.dispersion;
        for (place, slice) in self.chosen.iter().enumerate() {
            let value = self.model.likelihood / phi - self.candidates.penalty(slice.len());
            for (replaced, slices) in alternatives(&self.chosen, place) {
                let dropped: &[Literal] = if slice.len() == 1 { slice } else { &[] };
                let model = self.refit(&slices, dropped);
                let penalty = replaced.map_or(0.0, |depth| self.candidates.penalty(depth));
                if model.likelihood / phi - penalty >= value - 1e-6 {
                    return Some((slices, model));
                }
            }
        }
        None
    }

    fn finish(self) -> Found {
        let deep: Vec<Vec<Literal>> = self.chosen.iter().filter(|s| s.len() > 1).cloned().collect();
        let look = Look { slices: &deep, dispersion: self.dispersion, outside: true, screen: true };
        let mut single: Vec<(Literal, LevelRow)> = Vec::new();
        for dimension in &self.all {
            let rows = table(self.cells, *dimension, &look);
            let worse = rows.into_iter().filter(|r| r.worse && r.interval.0 >= RATIO_MIN);
            single
                .extend(worse.map(|r| ((*dimension, r.level), r)).filter(|(l, _)| !self.cells.is_pooled(*l) && self.has_reporters(&[*l])));
        }
        single.sort_by(|a, b| b.1.unsent.total_cmp(&a.1.unsent).then(a.0.cmp(&b.0)));
        let mut kept: Vec<(Literal, LevelRow)> = Vec::new();
        for (literal, row) in single {
            if !kept.iter().any(|(other, _)| aliases(self.cells, *other).contains(&literal)) {
                kept.push((literal, row));
            }
        }
        let all: Vec<Vec<Literal>> = deep.iter().cloned().chain(kept.iter().map(|(l, _)| vec![*l])).collect();
        let model = self.refit(&all, &[]);
        let mut slices: Vec<Slice> = Vec::new();
        for (place, literals) in all.iter().enumerate() {
            let (compared, [attempts, unsent, expected]) = match place.checked_sub(deep.len()) {
                Some(n) => {
                    let row = &kept[n].1;
                    (row.compared, [row.attempts, row.unsent, row.expected])
                }
                None => self.compare(&model, &all, place),
            };
            let interval = compared.interval(INTERVAL);
            let p_adjusted = (compared.at_most(1.0) * self.candidates.tests(literals.len())).min(1.0);
            if literals.len() > 1 && (p_adjusted > PROVEN || interval.0 < RATIO_MIN) {
                continue;
            }
            let aliases = if literals.len() == 1 { aliases(self.cells, literals[0]) } else { Vec::new() };
            slices.push(Slice { literals: literals.clone(), aliases, attempts, unsent, expected, interval, p_adjusted });
        }
        slices.sort_by(|a, b| b.excess().total_cmp(&a.excess()).then_with(|| a.literals.cmp(&b.literals)));
        Found { slices, dispersion: self.dispersion }
    }
}

/// The choices without one of the slices, and with one of its conditions less; with the depth of what replaced it.
fn alternatives(chosen: &[Vec<Literal>], place: usize) -> Vec<(Option<usize>, Vec<Vec<Literal>>)> {
    let without = [&chosen[..place], &chosen[place + 1..]].concat();
    let mut all = vec![(None, without)];
    let slice = &chosen[place];
    if slice.len() > 1 {
        for literal in slice {
            let parent: Vec<Literal> = slice.iter().filter(|l| *l != literal).copied().collect();
            if !chosen.contains(&parent) {
                let depth = parent.len();
                all.push((Some(depth), [&chosen[..place], &[parent], &chosen[place + 1..]].concat()));
            }
        }
    }
    all
}

/// Levels of other dimensions that select the same attempts: they cannot be told apart.
#[must_use]
pub fn aliases(cells: &Cells, literal: Literal) -> Vec<Literal> {
    let is_in = |cell: usize| cells.codes[literal.0][cell] == literal.1;
    let total: f64 = (0..cells.len()).filter(|c| is_in(*c)).map(|c| cells.attempts[c]).sum();
    let mut found = Vec::new();
    for dimension in (0..cells.dimensions.len()).filter(|d| *d != literal.0) {
        let mine = cells.by_level(dimension, |cell| if is_in(cell) { cells.attempts[cell] } else { 0.0 });
        let all = cells.by_level(dimension, |cell| cells.attempts[cell]);
        let Some(most) = (0..mine.len()).rev().max_by(|a, b| mine[*a].total_cmp(&mine[*b])) else { continue };
        if mine[most] >= ALIAS_SHARE * total && mine[most] >= ALIAS_SHARE * all[most] {
            found.extend(u32::try_from(most).ok().map(|m| (dimension, m)));
        }
    }
    found
}
