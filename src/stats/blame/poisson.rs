//! The rate model: what comes in are cells, what goes out is how often each of them should fail.
//!
//! Unsent messages of a cell are Poisson with mean attempts · exp(offset + a + Σ b + Σ g): an intercept, an effect of
//! each level, an effect of each slice. Effects of levels have a normal prior whose spread the data choose (EM
//! steps), effects of slices a wide one. The penalised likelihood is climbed by Newton's method.
//!
//! Cells that share all effects are added up first ([`Design`]): a Poisson sum is as good as its parts. Sums over rows
//! are taken in blocks of fixed size, so that the number of threads changes no digit. A rate is the product of the
//! exponentials of its effects, so that each is taken once per effect and not once per row.

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
const SETTLED_EM: f64 = 1e-2;
/// Longest step of an effect.
const STEP_MAX: f64 = 3.0;
/// Keeps the information invertible.
const RIDGE: f64 = 1e-9;
/// The information is taken anew when effects have moved this far, and for their variances already this far.
const MOVED_MAX: f64 = 0.3;
const MOVED_AT_END_MAX: f64 = 0.003;
/// Rows whose sums are taken together.
const BLOCK: usize = 4_096;
/// Parts in which the information is summed: each is a matrix of its own.
const PARTS: usize = 8;
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
    /// Places of effects of all rows, `width` each; the intercept is left out, and a level or slice without an effect has
    /// the place after the last.
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
            design.places = design.places_of(cells, 0..cells.len());
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
        self.places = self.places_of(cells, firsts.into_iter());
        row_of
    }

    fn places_of(&self, cells: &Cells, chosen: impl Iterator<Item = usize>) -> Vec<u32> {
        let none = number(self.effects());
        let mut places = Vec::with_capacity(chosen.size_hint().0 * self.width);
        for cell in chosen {
            places.extend(self.effects_of(cells, cell).map(|place| place.min(none)));
        }
        places
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
    fn rows(&self, cells: &Cells, takes: impl Fn(usize) -> bool) -> Rows<'_> {
        let count = self.places.len().checked_div(self.width).unwrap_or(1).max(1);
        let (mut exposure, mut unsent, mut cap) = (vec![0.0; count], vec![0.0; count], vec![f64::INFINITY; count]);
        for cell in (0..cells.len()).filter(|c| takes(*c)) {
            let row = self.row_of[cell] as usize;
            exposure[row] += cells.exposure[cell];
            unsent[row] += cells.unsent[cell];
            cap[row] = f64::min(cap[row], RATE_MAX.ln() - cells.offset[cell]);
        }
        Rows { design: self, exposure, unsent, cap }
    }
}

/// A point of the penalised likelihood.
struct Point {
    likelihood: f64,
    /// Mean of each row.
    means: Vec<f64>,
    gradient: DVector<f64>,
}

/// The penalised likelihood at some effects, the mean of each row, and the gradient.
fn evaluate(rows: &Rows<'_>, precision: &DVector<f64>, effects: &DVector<f64>) -> Point {
    let count = effects.len();
    let mut values: Vec<(f64, f64)> = effects.iter().map(|e| (*e, e.exp())).collect();
    values.push((0.0, 1.0));
    let mut means = vec![0.0; rows.unsent.len()];
    let block = |(number, block): (usize, &mut [f64])| {
        let mut likelihood = 0.0;
        let mut gradient = vec![0.0; count + 1];
        for (row, mean) in (number * BLOCK..).zip(block) {
            if rows.exposure[row] <= 0.0 {
                continue;
            }
            let places = rows.of(row);
            let (mut eta, mut rate) = values[0];
            for place in places {
                let (effect, factor) = values[*place as usize];
                eta += effect;
                rate *= factor;
            }
            if eta > rows.cap[row] {
                (eta, rate) = (rows.cap[row], rows.cap[row].exp());
            }
            *mean = rows.exposure[row] * rate;
            likelihood += rows.unsent[row] * eta - *mean;
            let residual = rows.unsent[row] - *mean;
            gradient[0] += residual;
            for place in places {
                gradient[*place as usize] += residual;
            }
        }
        gradient.truncate(count);
        (likelihood, DVector::from_vec(gradient))
    };
    let blocks: Vec<(f64, DVector<f64>)> = means.par_chunks_mut(BLOCK).enumerate().map(block).collect();
    let penalty: f64 = effects.iter().zip(precision.iter()).map(|(e, p)| p * e * e).sum();
    let likelihood = blocks.iter().map(|(l, _)| l).sum::<f64>() - penalty / 2.0;
    let gradient = blocks.into_iter().fold(-precision.component_mul(effects), |sum, (_, part)| sum + part);
    Point { likelihood, means, gradient }
}

/// The information of the data, its lower triangle.
fn information(rows: &Rows<'_>, means: &[f64]) -> DMatrix<f64> {
    let count = rows.design.effects();
    let part = |range: std::ops::Range<usize>| {
        let mut sums = vec![0.0; count * count];
        for row in range.filter(|row| means[*row] > 0.0) {
            let (places, mean) = (rows.of(row), means[row]);
            sums[0] += mean;
            for (n, a) in places.iter().enumerate().filter(|(_, a)| (**a as usize) < count) {
                let column = &mut sums[*a as usize * count..(*a as usize + 1) * count];
                column[0] += mean;
                for b in places[..=n].iter().filter(|b| (**b as usize) < count) {
                    column[*b as usize] += mean;
                }
            }
        }
        DMatrix::from_vec(count, count, sums)
    };
    let length = rows.unsent.len().div_ceil(PARTS).max(BLOCK);
    let parts: Vec<std::ops::Range<usize>> =
        (0..rows.unsent.len()).step_by(length).map(|from| from..(from + length).min(rows.unsent.len())).collect();
    let parts: Vec<DMatrix<f64>> = parts.into_par_iter().map(part).collect();
    parts.into_iter().fold(DMatrix::zeros(count, count), |sum, part| sum + part)
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
    /// The factor of their information: its inverse is their covariance, before any dispersion.
    factor: Option<Cholesky<f64, Dyn>>,
    /// Spread of the prior per asked dimension.
    pub spreads: Vec<f64>,
    /// Penalised log-likelihood.
    pub likelihood: f64,
}

/// Counts of the rows of a design.
struct Rows<'a> {
    design: &'a Design,
    exposure: Vec<f64>,
    unsent: Vec<f64>,
    cap: Vec<f64>,
}

impl Rows<'_> {
    /// Places of the effects of a row, without the intercept.
    fn of(&self, row: usize) -> &[u32] {
        let width = self.design.width;
        &self.design.places[row * width..(row + 1) * width]
    }
}

/// Fits a design to the cells that `takes` admits. Models of the same effects share the design.
#[must_use]
pub fn fit(cells: &Cells, design: impl Into<Arc<Design>>, ask: &Ask<'_>, takes: impl Fn(usize) -> bool) -> Model {
    let design = design.into();
    let (count, first_slice) = (design.effects(), design.dimension_of.len());
    let shared = Arc::clone(&design);
    let rows = shared.rows(cells, takes);
    let mut model = Model {
        effects: DVector::zeros(count),
        factor: None,
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
        let last = step == ask.em;
        model.climb(&rows, &precision, if last { (STEPS, SETTLED) } else { (STEPS_EM, SETTLED_EM) }, &mut information);
        if !last {
            let variances = model.variances();
            for asked in 0..model.spreads.len() {
                let of = (0..first_slice).filter(|p| model.design.dimension_of[*p] == Some(asked));
                let squares: Vec<f64> = of.map(|p| model.effects[p].powi(2) + variances[p]).collect();
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

    /// Newton's method with halved steps; leaves effects, their factor and likelihood. The information is computed anew
    /// only where the effects have moved from where it was: close to the top it hardly changes.
    fn climb(&mut self, rows: &Rows<'_>, precision: &DVector<f64>, (steps, settled): (usize, f64), known: &mut Option<DMatrix<f64>>) {
        let mut at = evaluate(rows, precision, &self.effects);
        let mut moved = 0.0;
        let mut factor: Option<Cholesky<f64, Dyn>> = None;
        for _ in 0..steps {
            if factor.is_none() {
                let information = known.take().unwrap_or_else(|| information(rows, &at.means));
                factor = Cholesky::new(penalised(&information, precision));
                *known = Some(information);
                moved = 0.0;
            }
            let Some(current) = &factor else { break };
            let step = current.solve(&at.gradient);
            let longest = step.amax();
            let mut share = if longest > STEP_MAX { STEP_MAX / longest } else { 1.0 };
            let next = loop {
                let next = evaluate(rows, precision, &(&self.effects + &step * share));
                if next.likelihood >= at.likelihood - 1e-9 || share < 1e-4 {
                    break next;
                }
                share /= 2.0;
            };
            self.effects += &step * share;
            moved += longest * share;
            let done = (next.likelihood - at.likelihood).abs() < settled;
            at = next;
            if done {
                break;
            }
            if moved > MOVED_MAX {
                (*known, factor) = (None, None);
            }
        }
        self.likelihood = at.likelihood;
        if moved > MOVED_AT_END_MAX || known.is_none() {
            *known = Some(information(rows, &at.means));
            factor = None;
        }
        self.factor = factor.or_else(|| Cholesky::new(penalised(known.as_ref()?, precision)));
    }

    /// Variance of each effect: the diagonal of (L Lᵀ)⁻¹ from the columns of L⁻¹.
    fn variances(&self) -> Vec<f64> {
        let count = self.effects.len();
        let inverse = self.factor.as_ref().and_then(|f| f.l_dirty().solve_lower_triangular(&DMatrix::identity(count, count)));
        inverse.map_or_else(|| vec![0.0; count], |inverse| inverse.column_iter().map(|column| column.norm_squared()).collect())
    }

    /// Variance of a weighted sum of effects.
    fn variance(&self, weights: &DVector<f64>) -> f64 {
        self.factor.as_ref().and_then(|f| f.l_dirty().solve_lower_triangular(weights)).map_or(f64::INFINITY, |x| x.norm_squared())
    }

    /// Variance of the effect of a slice.
    #[must_use]
    pub fn slice_variance(&self, slice: usize) -> f64 {
        let mut weights = DVector::zeros(self.effects.len());
        weights[self.slice_place(slice)] = 1.0;
        self.variance(&weights)
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
        (total, self.variance(&weights))
    }
}
