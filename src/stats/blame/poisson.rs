//! The rate model: what comes in are cells, what goes out is how often each of them should fail.
//!
//! Unsent messages of a cell are Poisson with mean attempts · exp(offset + a + Σ b + Σ g): an intercept, an effect of
//! each level, an effect of each slice. Effects of levels have a normal prior whose spread the data choose (two EM
//! steps), effects of slices a wide one. The penalised likelihood is climbed by Newton's method.

use super::cells::{Cells, Literal};
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use std::collections::HashMap;

/// A cell never fails more often than this.
const RATE_MAX: f64 = 0.95;
/// Spread of the prior of a slice's effect.
const SLICE_SPREAD: f64 = 3.0;
/// Spread of the prior of levels before the data speak.
const SPREAD_START: f64 = 0.3;
/// Least spread of the prior of levels.
const SPREAD_MIN: f64 = 0.05;
/// Newton steps of the last fit, and of those that only choose spreads.
const STEPS: usize = 25;
const STEPS_EM: usize = 6;
/// The likelihood has settled when it gains less than this.
const SETTLED: f64 = 1e-6;
/// Longest step of an effect.
const STEP_MAX: f64 = 3.0;
/// Keeps the information invertible.
const RIDGE: f64 = 1e-9;

/// What a fit is asked for.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// Dimensions that have effects.
    pub dimensions: &'a [usize],
    /// Slices that have effects.
    pub slices: &'a [Vec<Literal>],
    /// Levels without an effect of their own, besides those of slices with one literal.
    pub dropped: &'a [Literal],
    /// Greatest spread of the prior of levels.
    pub spread_max: f64,
    /// EM steps.
    pub em: usize,
    /// Spreads to start from, per asked dimension.
    pub spreads: Option<&'a [f64]>,
}

/// A fitted model.
#[derive(Clone, Debug)]
pub struct Model {
    /// Effects: the intercept, those of levels, those of slices.
    pub effects: DVector<f64>,
    /// Their covariance, before any dispersion.
    pub covariance: DMatrix<f64>,
    /// Place of the effect of a level.
    places: HashMap<Literal, usize>,
    /// Slices with effects, in order, from `first_slice` on.
    slices: Vec<Vec<Literal>>,
    first_slice: usize,
    dimensions: Vec<usize>,
    /// Spread of the prior per dimension.
    pub spreads: Vec<f64>,
    /// Penalised log-likelihood.
    pub likelihood: f64,
}

/// Cells of one row of the design, added up.
struct Rows {
    exposure: Vec<f64>,
    unsent: Vec<f64>,
    cap: Vec<f64>,
    /// Places of effects of each row.
    places: Vec<Vec<usize>>,
}

/// Fits the model to the cells that `takes` admits.
#[must_use]
pub fn fit(cells: &Cells, ask: &Ask<'_>, takes: impl Fn(usize) -> bool) -> Model {
    let single = |s: &&Vec<Literal>| s.len() == 1;
    let dropped: Vec<Literal> = ask.slices.iter().filter(single).map(|s| s[0]).chain(ask.dropped.iter().copied()).collect();
    let mut places: HashMap<Literal, usize> = HashMap::new();
    let mut dimension_of: Vec<Option<usize>> = vec![None];
    for (asked, dimension) in ask.dimensions.iter().enumerate() {
        for level in 0..u32::try_from(cells.levels[*dimension].len()).unwrap_or(u32::MAX) {
            if !dropped.contains(&(*dimension, level)) {
                places.insert((*dimension, level), dimension_of.len());
                dimension_of.push(Some(asked));
            }
        }
    }
    let first_slice = dimension_of.len();
    let count = first_slice + ask.slices.len();
    let mut model = Model {
        effects: DVector::zeros(count),
        covariance: DMatrix::zeros(count, count),
        places,
        slices: ask.slices.to_vec(),
        first_slice,
        dimensions: ask.dimensions.to_vec(),
        spreads: ask.spreads.map_or_else(|| vec![SPREAD_START; ask.dimensions.len()], <[f64]>::to_vec),
        likelihood: f64::NEG_INFINITY,
    };
    let rows = model.rows(cells, takes);
    let (unsent, exposure) = (rows.unsent.iter().sum::<f64>(), rows.exposure.iter().sum::<f64>());
    model.effects[0] = ((unsent + 0.5) / (exposure + 1.0)).ln();
    for step in 0..=ask.em {
        let precision = DVector::from_iterator(
            count,
            (0..count).map(|place| match dimension_of.get(place) {
                Some(None) => 0.0,
                Some(Some(asked)) => model.spreads[*asked].powi(-2),
                None => SLICE_SPREAD.powi(-2),
            }),
        );
        model.climb(&rows, &precision, if step == ask.em { STEPS } else { STEPS_EM });
        if step < ask.em {
            for asked in 0..ask.dimensions.len() {
                let of = (0..first_slice).filter(|p| dimension_of[*p] == Some(asked));
                let squares: Vec<f64> = of.map(|p| model.effects[p].powi(2) + model.covariance[(p, p)]).collect();
                if !squares.is_empty() {
                    #[allow(clippy::cast_precision_loss)] // numbers of levels
                    let mean = squares.iter().sum::<f64>() / squares.len() as f64;
                    model.spreads[asked] = mean.sqrt().clamp(SPREAD_MIN, ask.spread_max);
                }
            }
        }
    }
    model
}

impl Model {
    /// Adds up the cells that share all effects.
    fn rows(&self, cells: &Cells, takes: impl Fn(usize) -> bool) -> Rows {
        let mut rows = Rows { exposure: Vec::new(), unsent: Vec::new(), cap: Vec::new(), places: Vec::new() };
        let mut known: HashMap<Vec<usize>, usize> = HashMap::new();
        for cell in (0..cells.len()).filter(|c| takes(*c)) {
            let places = self.effects_of(cells, cell);
            let row = *known.entry(places).or_insert_with_key(|places| {
                rows.places.push(places.clone());
                rows.exposure.push(0.0);
                rows.unsent.push(0.0);
                rows.cap.push(f64::INFINITY);
                rows.places.len() - 1
            });
            rows.exposure[row] += cells.attempts[cell] * cells.offset[cell].exp();
            rows.unsent[row] += cells.unsent[cell];
            rows.cap[row] = rows.cap[row].min(RATE_MAX.ln() - cells.offset[cell]);
        }
        rows
    }

    /// Places of the effects of a cell.
    fn effects_of(&self, cells: &Cells, cell: usize) -> Vec<usize> {
        let levels = self.dimensions.iter().filter_map(|d| self.places.get(&(*d, cells.codes[*d][cell])).copied());
        let slices = self.slices.iter().enumerate().filter(|(_, s)| cells.is_in(cell, s)).map(|(n, _)| self.first_slice + n);
        std::iter::once(0).chain(levels).chain(slices).collect()
    }

    /// Newton's method with halved steps; leaves effects, covariance and likelihood.
    fn climb(&mut self, rows: &Rows, precision: &DVector<f64>, steps: usize) {
        let (mut likelihood, mut means) = self.evaluate(rows, precision, &self.effects);
        for _ in 0..steps {
            let (gradient, information) = self.derivatives(rows, precision, &means);
            let Some(factor) = Cholesky::new(information) else { break };
            let step = factor.solve(&gradient);
            let longest = step.amax();
            let mut share = if longest > STEP_MAX { STEP_MAX / longest } else { 1.0 };
            let (next, next_means) = loop {
                let tried = &self.effects + &step * share;
                let (found, found_means) = self.evaluate(rows, precision, &tried);
                if found >= likelihood - 1e-9 || share < 1e-4 {
                    break (found, found_means);
                }
                share /= 2.0;
            };
            self.effects += &step * share;
            let done = (next - likelihood).abs() < SETTLED;
            (likelihood, means) = (next, next_means);
            if done {
                break;
            }
        }
        self.likelihood = likelihood;
        let (_, information) = self.derivatives(rows, precision, &means);
        if let Some(factor) = Cholesky::<f64, Dyn>::new(information) {
            self.covariance = factor.inverse();
        }
    }

    fn evaluate(&self, rows: &Rows, precision: &DVector<f64>, effects: &DVector<f64>) -> (f64, Vec<f64>) {
        let mut likelihood = 0.0;
        let mut means = Vec::with_capacity(rows.unsent.len());
        for (row, places) in rows.places.iter().enumerate() {
            let eta = places.iter().map(|p| effects[*p]).sum::<f64>().min(rows.cap[row]);
            let mean = rows.exposure[row] * eta.exp();
            likelihood += rows.unsent[row] * eta - mean;
            means.push(mean);
        }
        let penalty: f64 = effects.iter().zip(precision.iter()).map(|(e, p)| p * e * e).sum();
        (likelihood - penalty / 2.0, means)
    }

    fn derivatives(&self, rows: &Rows, precision: &DVector<f64>, means: &[f64]) -> (DVector<f64>, DMatrix<f64>) {
        let count = self.effects.len();
        let mut gradient = -precision.component_mul(&self.effects);
        let mut information = DMatrix::zeros(count, count);
        for (row, places) in rows.places.iter().enumerate() {
            let residual = rows.unsent[row] - means[row];
            for (n, a) in places.iter().enumerate() {
                gradient[*a] += residual;
                for b in &places[n..] {
                    information[(*b.max(a), *b.min(a))] += means[row];
                }
            }
        }
        for a in 0..count {
            information[(a, a)] += precision[a] + RIDGE;
            for b in 0..a {
                information[(b, a)] = information[(a, b)];
            }
        }
        (gradient, information)
    }

    /// Unsent messages that a cell should have, by effects that may differ from the fitted ones.
    #[must_use]
    pub fn expected_by(&self, cells: &Cells, cell: usize, effects: &DVector<f64>) -> f64 {
        let eta = cells.offset[cell] + self.effects_of(cells, cell).iter().map(|p| effects[*p]).sum::<f64>();
        cells.attempts[cell] * eta.min(RATE_MAX.ln()).exp()
    }

    /// Unsent messages that each cell should have.
    #[must_use]
    pub fn expected(&self, cells: &Cells) -> Vec<f64> {
        (0..cells.len()).map(|cell| self.expected_by(cells, cell, &self.effects)).collect()
    }

    /// The effects with those of levels held within ± `band`.
    #[must_use]
    pub fn clipped(&self, band: f64) -> DVector<f64> {
        let mut effects = self.effects.clone();
        for place in 1..self.first_slice {
            effects[place] = effects[place].clamp(-band, band);
        }
        effects
    }

    /// The effect of a level, if it has one.
    #[must_use]
    pub fn effect(&self, literal: Literal) -> Option<f64> {
        self.places.get(&literal).map(|p| self.effects[*p])
    }

    /// Place of the effect of a slice.
    #[must_use]
    pub fn slice_place(&self, slice: usize) -> usize {
        self.first_slice + slice
    }

    /// Expectation and variance of its logarithm over some cells, by the delta method.
    #[must_use]
    pub fn predict(&self, cells: &Cells, chosen: impl Iterator<Item = usize>) -> (f64, f64) {
        let mut total = 0.0;
        let mut weights = DVector::zeros(self.effects.len());
        for cell in chosen {
            let places = self.effects_of(cells, cell);
            let eta = cells.offset[cell] + places.iter().map(|p| self.effects[*p]).sum::<f64>();
            let mean = cells.attempts[cell] * eta.min(RATE_MAX.ln()).exp();
            total += mean;
            for place in places {
                weights[place] += mean;
            }
        }
        if total <= 0.0 {
            return (0.0, f64::INFINITY);
        }
        weights /= total;
        let variance = (&self.covariance * &weights).dot(&weights);
        (total, variance)
    }
}
