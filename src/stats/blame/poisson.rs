//! The rate model: what comes in are cells, what goes out is how often each of them should fail.
//!
//! Unsent messages of a cell are Poisson with mean attempts · exp(offset + a + Σ b + Σ g): an intercept, an effect of
//! each level, an effect of each slice. Effects of levels have a normal prior whose spread the data choose (EM
//! steps), effects of slices a wide one. The penalised likelihood is climbed by Newton's method.
//!
//! Cells that share all effects are added up first ([`Design`]): a Poisson sum is as good as its parts. Sums over rows
//! are taken in blocks of fixed size, so that the number of threads changes no digit.

use super::cells::{Cells, Literal};
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

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
/// The information is taken anew when effects have moved this far, and for the covariance already this far.
const MOVED_MAX: f64 = 0.3;
const MOVED_AT_END_MAX: f64 = 0.003;
/// Rows whose sums are taken together.
const BLOCK: usize = 4_096;
/// A level or slice without an effect.
const NONE: u32 = u32::MAX;

/// Which effects there are, and which of them each cell has.
#[derive(Clone, Debug)]
pub struct Design {
    /// Asked dimensions.
    dimensions: Vec<usize>,
    /// Place of the effect of each level, per dimension of the cells.
    levels: Vec<Vec<u32>>,
    /// Asked dimension of each effect; `None` for the intercept.
    dimension_of: Vec<Option<usize>>,
    /// Slices with effects, which come last.
    slices: Vec<Vec<Literal>>,
    /// Row of each cell.
    row_of: Vec<u32>,
    /// Places of effects of all rows, `width` each; the intercept is left out.
    places: Vec<u32>,
    width: usize,
}

impl Design {
    /// The effects of dimensions and slices; levels that are a slice by themselves, and the dropped ones, have none.
    #[must_use]
    pub fn new(cells: &Cells, dimensions: &[usize], slices: &[Vec<Literal>], dropped: &[Literal]) -> Self {
        let single = |s: &&Vec<Literal>| s.len() == 1;
        let dropped: Vec<Literal> = slices.iter().filter(single).map(|s| s[0]).chain(dropped.iter().copied()).collect();
        let mut levels: Vec<Vec<u32>> = cells.levels.iter().map(|names| vec![NONE; names.len()]).collect();
        let mut dimension_of: Vec<Option<usize>> = vec![None];
        for (asked, dimension) in dimensions.iter().enumerate() {
            for level in 0..number(cells.levels[*dimension].len()) {
                if !dropped.contains(&(*dimension, level)) {
                    levels[*dimension][level as usize] = number(dimension_of.len());
                    dimension_of.push(Some(asked));
                }
            }
        }
        let width = dimensions.len() + slices.len();
        let mut design = Self {
            dimensions: dimensions.to_vec(),
            levels,
            dimension_of,
            slices: slices.to_vec(),
            row_of: Vec::new(),
            places: Vec::new(),
            width,
        };
        design.row_of = if dimensions.len() == cells.dimensions.len() {
            // Cells are distinct already.
            design.places = (0..cells.len()).flat_map(|cell| design.effects_of(cells, cell).collect::<Vec<u32>>()).collect();
            (0..number(cells.len())).collect()
        } else {
            design.merge(cells)
        };
        design
    }

    /// Gives cells with the same effects the same row.
    fn merge(&mut self, cells: &Cells) -> Vec<u32> {
        // Levels and slices packed into one number: with the levels that cells tell apart, twelve dimensions of a hundred
        // and twelve slices are 93 bits.
        let packed = |cell: usize| {
            let levels =
                self.dimensions.iter().fold(0_u128, |key, d| key * cells.levels[*d].len() as u128 + u128::from(cells.codes[*d][cell]));
            self.slices.iter().fold(levels, |key, slice| key * 2 + u128::from(cells.is_in(cell, slice)))
        };
        let mut known: HashMap<u128, u32> = HashMap::new();
        let mut row_of = Vec::with_capacity(cells.len());
        let mut firsts: Vec<usize> = Vec::new();
        for cell in 0..cells.len() {
            let next = number(known.len());
            let row = *known.entry(packed(cell)).or_insert(next);
            if row == next {
                firsts.push(cell);
            }
            row_of.push(row);
        }
        self.places = firsts.iter().flat_map(|cell| self.effects_of(cells, *cell).collect::<Vec<u32>>()).collect();
        row_of
    }

    /// Places of the effects of a cell, [`NONE`] where there is none.
    fn effects_of<'a>(&'a self, cells: &'a Cells, cell: usize) -> impl Iterator<Item = u32> + 'a {
        let levels = self.dimensions.iter().map(move |d| self.levels[*d][cells.codes[*d][cell] as usize]);
        let first = number(self.dimension_of.len());
        let slices = (first..).zip(&self.slices).map(move |(place, slice)| if cells.is_in(cell, slice) { place } else { NONE });
        levels.chain(slices)
    }

    /// Number of effects.
    fn effects(&self) -> usize {
        self.dimension_of.len() + self.slices.len()
    }

    /// The counts of the rows that some cells make.
    fn rows(&self, cells: &Cells, takes: impl Fn(usize) -> bool) -> Rows {
        let count = self.places.len().checked_div(self.width).unwrap_or(1).max(1);
        let (mut exposure, mut unsent, mut cap) = (vec![0.0; count], vec![0.0; count], vec![f64::INFINITY; count]);
        for cell in (0..cells.len()).filter(|c| takes(*c)) {
            let row = self.row_of[cell] as usize;
            exposure[row] += cells.attempts[cell] * cells.offset[cell].exp();
            unsent[row] += cells.unsent[cell];
            cap[row] = f64::min(cap[row], RATE_MAX.ln() - cells.offset[cell]);
        }
        let mut rows = Rows::default();
        for row in (0..count).filter(|row| exposure[*row] > 0.0) {
            rows.exposure.push(exposure[row]);
            rows.unsent.push(unsent[row]);
            rows.cap.push(cap[row]);
            rows.starts.push(rows.places.len());
            rows.places.extend(self.places[row * self.width..(row + 1) * self.width].iter().filter(|p| **p != NONE));
        }
        rows.starts.push(rows.places.len());
        rows
    }
}

/// The penalised likelihood, and the mean of each row.
fn evaluate(rows: &Rows, precision: &DVector<f64>, effects: &DVector<f64>) -> (f64, Vec<f64>) {
    let mut means = vec![0.0; rows.unsent.len()];
    let block = |(number, block): (usize, &mut [f64])| {
        let mut likelihood = 0.0;
        for (row, mean) in (number * BLOCK..).zip(block) {
            let eta = (effects[0] + rows.of(row).iter().map(|p| effects[*p as usize]).sum::<f64>()).min(rows.cap[row]);
            *mean = rows.exposure[row] * eta.exp();
            likelihood += rows.unsent[row] * eta - *mean;
        }
        likelihood
    };
    let blocks: Vec<f64> = means.par_chunks_mut(BLOCK).enumerate().map(block).collect();
    let penalty: f64 = effects.iter().zip(precision.iter()).map(|(e, p)| p * e * e).sum();
    (blocks.iter().sum::<f64>() - penalty / 2.0, means)
}

/// The information with the precision of the priors; what stands above the diagonal is mirrored below it.
fn penalised(information: &DMatrix<f64>, precision: &DVector<f64>) -> DMatrix<f64> {
    let count = precision.len();
    DMatrix::from_fn(count, count, |a, b| match a.cmp(&b) {
        std::cmp::Ordering::Equal => information[(a, a)] + precision[a] + RIDGE,
        std::cmp::Ordering::Less => information[(a, b)],
        std::cmp::Ordering::Greater => information[(b, a)],
    })
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(NONE)
}

/// How a design is fitted.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Greatest spread of the prior of levels.
    pub spread_max: f64,
    /// EM steps.
    pub em: usize,
    /// Spreads to start from, per asked dimension.
    pub spreads: Option<&'a [f64]>,
    /// A model of nearly the same effects, whose values are a good start.
    pub start: Option<&'a Model>,
}

/// A fitted model.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its effects.
    design: Arc<Design>,
    /// Their values: the intercept, those of levels, those of slices.
    pub effects: DVector<f64>,
    /// Their covariance, before any dispersion.
    pub covariance: DMatrix<f64>,
    /// Spread of the prior per asked dimension.
    pub spreads: Vec<f64>,
    /// Penalised log-likelihood.
    pub likelihood: f64,
}

#[derive(Default)]
struct Rows {
    exposure: Vec<f64>,
    unsent: Vec<f64>,
    cap: Vec<f64>,
    /// Where the places of a row begin.
    starts: Vec<usize>,
    places: Vec<u32>,
}

impl Rows {
    fn blocks(&self) -> Vec<std::ops::Range<usize>> {
        (0..self.unsent.len()).step_by(BLOCK).map(|from| from..(from + BLOCK).min(self.unsent.len())).collect()
    }

    /// Places of the effects of a row, ascending, without the intercept.
    fn of(&self, row: usize) -> &[u32] {
        &self.places[self.starts[row]..self.starts[row + 1]]
    }
}

/// Fits a design to the cells that `takes` admits. Models of the same effects share the design.
#[must_use]
pub fn fit(cells: &Cells, design: impl Into<Arc<Design>>, ask: &Ask<'_>, takes: impl Fn(usize) -> bool) -> Model {
    let design = design.into();
    let (count, first_slice) = (design.effects(), design.dimension_of.len());
    let rows = design.rows(cells, takes);
    let mut model = Model {
        effects: DVector::zeros(count),
        covariance: DMatrix::zeros(count, count),
        spreads: ask.spreads.map_or_else(|| vec![SPREAD_START; design.dimensions.len()], <[f64]>::to_vec),
        likelihood: f64::NEG_INFINITY,
        design,
    };
    let (unsent, exposure) = (rows.unsent.iter().sum::<f64>(), rows.exposure.iter().sum::<f64>());
    model.effects[0] = ((unsent + 0.5) / (exposure + 1.0)).ln();
    if let Some(start) = ask.start {
        model.take_values(start);
    }
    let mut information = None;
    for step in 0..=ask.em {
        let precision = DVector::from_iterator(
            count,
            (0..count).map(|place| match model.design.dimension_of.get(place) {
                Some(None) => 0.0,
                Some(Some(asked)) => model.spreads[*asked].powi(-2),
                None => SLICE_SPREAD.powi(-2),
            }),
        );
        model.climb(&rows, &precision, if step == ask.em { STEPS } else { STEPS_EM }, &mut information);
        if step < ask.em {
            for asked in 0..model.spreads.len() {
                let of = (0..first_slice).filter(|p| model.design.dimension_of[*p] == Some(asked));
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
    /// Takes the values of the effects that another model has too.
    fn take_values(&mut self, other: &Model) {
        self.effects[0] = other.effects[0];
        for (own, others) in self.design.levels.iter().zip(&other.design.levels) {
            for (own, other_place) in own.iter().zip(others) {
                if *own != NONE && *other_place != NONE {
                    self.effects[*own as usize] = other.effects[*other_place as usize];
                }
            }
        }
        for (place, slice) in self.design.slices.iter().enumerate() {
            if let Some(known) = other.design.slices.iter().position(|s| s == slice) {
                self.effects[self.design.dimension_of.len() + place] = other.effects[other.slice_place(known)];
            }
        }
    }

    /// Newton's method with halved steps; leaves effects, covariance and likelihood. The information is computed anew
    /// only where the effects have moved from where it was: close to the top it hardly changes.
    fn climb(&mut self, rows: &Rows, precision: &DVector<f64>, steps: usize, known: &mut Option<DMatrix<f64>>) {
        let (mut likelihood, mut means) = evaluate(rows, precision, &self.effects);
        let mut moved = 0.0;
        let mut factor: Option<Cholesky<f64, Dyn>> = None;
        for _ in 0..steps {
            if factor.is_none() {
                let information = known.take().unwrap_or_else(|| self.information(rows, &means));
                factor = Cholesky::new(penalised(&information, precision));
                *known = Some(information);
                moved = 0.0;
            }
            let Some(current) = &factor else { break };
            let step = current.solve(&self.gradient(rows, precision, &means));
            let longest = step.amax();
            let mut share = if longest > STEP_MAX { STEP_MAX / longest } else { 1.0 };
            let (next, next_means) = loop {
                let tried = &self.effects + &step * share;
                let (found, found_means) = evaluate(rows, precision, &tried);
                if found >= likelihood - 1e-9 || share < 1e-4 {
                    break (found, found_means);
                }
                share /= 2.0;
            };
            self.effects += &step * share;
            moved += longest * share;
            let done = (next - likelihood).abs() < SETTLED;
            (likelihood, means) = (next, next_means);
            if done {
                break;
            }
            if moved > MOVED_MAX {
                (*known, factor) = (None, None);
            }
        }
        self.likelihood = likelihood;
        if moved > MOVED_AT_END_MAX || known.is_none() {
            *known = Some(self.information(rows, &means));
            factor = None;
        }
        let last = factor.or_else(|| Cholesky::new(penalised(known.as_ref()?, precision)));
        if let Some(last) = last {
            self.covariance = last.inverse();
        }
    }

    fn gradient(&self, rows: &Rows, precision: &DVector<f64>, means: &[f64]) -> DVector<f64> {
        let block = |range: std::ops::Range<usize>| {
            let mut gradient = DVector::zeros(self.effects.len());
            for row in range {
                let residual = rows.unsent[row] - means[row];
                gradient[0] += residual;
                for place in rows.of(row) {
                    gradient[*place as usize] += residual;
                }
            }
            gradient
        };
        let blocks: Vec<DVector<f64>> = rows.blocks().into_par_iter().map(block).collect();
        blocks.into_iter().fold(-precision.component_mul(&self.effects), |sum, part| sum + part)
    }

    /// The information of the data, its lower triangle.
    fn information(&self, rows: &Rows, means: &[f64]) -> DMatrix<f64> {
        let count = self.effects.len();
        let block = |range: std::ops::Range<usize>| {
            let mut sums = vec![0.0; count * count];
            for row in range {
                let (places, mean) = (rows.of(row), means[row]);
                sums[0] += mean;
                for (n, a) in places.iter().enumerate() {
                    let column = &mut sums[*a as usize * count..(*a as usize + 1) * count];
                    column[0] += mean;
                    for b in &places[..=n] {
                        column[*b as usize] += mean;
                    }
                }
            }
            DMatrix::from_vec(count, count, sums)
        };
        let blocks: Vec<DMatrix<f64>> = rows.blocks().into_par_iter().map(block).collect();
        blocks.into_iter().fold(DMatrix::zeros(count, count), |sum, part| sum + part)
    }

    fn eta(&self, cells: &Cells, cell: usize, effects: &DVector<f64>) -> f64 {
        let sum: f64 = self.design.effects_of(cells, cell).filter(|p| *p != NONE).map(|p| effects[p as usize]).sum();
        (cells.offset[cell] + effects[0] + sum).min(RATE_MAX.ln())
    }

    /// Unsent messages that a cell should have, by effects that may differ from the fitted ones.
    #[must_use]
    pub fn expected_by(&self, cells: &Cells, cell: usize, effects: &DVector<f64>) -> f64 {
        cells.attempts[cell] * self.eta(cells, cell, effects).exp()
    }

    /// Unsent messages that each cell should have.
    #[must_use]
    pub fn expected(&self, cells: &Cells) -> Vec<f64> {
        (0..cells.len()).into_par_iter().map(|cell| self.expected_by(cells, cell, &self.effects)).collect()
    }

    /// The effects with those of levels held within ± `band`.
    #[must_use]
    pub fn clipped(&self, band: f64) -> DVector<f64> {
        let mut effects = self.effects.clone();
        for place in 1..self.design.dimension_of.len() {
            effects[place] = effects[place].clamp(-band, band);
        }
        effects
    }

    /// The effect of a level, if it has one.
    #[must_use]
    pub fn effect(&self, (dimension, level): Literal) -> Option<f64> {
        let place = self.design.levels[dimension][level as usize];
        (place != NONE).then(|| self.effects[place as usize])
    }

    /// Place of the effect of a slice.
    #[must_use]
    pub fn slice_place(&self, slice: usize) -> usize {
        self.design.dimension_of.len() + slice
    }

    /// Expectation and variance of its logarithm over some cells, by the delta method.
    #[must_use]
    pub fn predict(&self, cells: &Cells, chosen: impl Iterator<Item = usize>) -> (f64, f64) {
        let mut total = 0.0;
        let mut weights = DVector::zeros(self.effects.len());
        for cell in chosen {
            let mean = self.expected_by(cells, cell, &self.effects);
            total += mean;
            for place in self.design.effects_of(cells, cell).filter(|p| *p != NONE) {
                weights[place as usize] += mean;
            }
        }
        if total <= 0.0 {
            return (0.0, f64::INFINITY);
        }
        weights[0] = total;
        weights /= total;
        let variance = (&self.covariance * &weights).dot(&weights);
        (total, variance)
    }
}
