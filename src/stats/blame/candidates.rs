//! All slices that could be blamed: what comes in are cells, what goes out are the combinations of up to three
//! levels of different dimensions with enough attempts.

use super::cells::{Cells, LEVEL_MIN, Literal};
use rayon::prelude::*;
use std::collections::HashMap;

/// Most conditions of a slice.
pub const DEPTH_MAX: usize = 3;

/// Largest plain table of combinations.
const TABLE_MAX: usize = 1 << 22;

/// The combinations of levels of some dimensions.
#[derive(Debug)]
pub struct Cuboid {
    /// Its dimensions, ascending.
    pub dimensions: Vec<usize>,
    /// Its combination of each cell.
    pub group_of: Vec<u32>,
    /// Levels of each combination, in the order of the dimensions.
    pub groups: Vec<Vec<u32>>,
    /// Attempts of each combination.
    pub attempts: Vec<f64>,
    /// Unsent messages of each combination.
    pub unsent: Vec<f64>,
}

impl Cuboid {
    fn new(cells: &Cells, dimensions: Vec<usize>) -> Self {
        let mut known = Known::new(dimensions.iter().map(|d| cells.levels[*d].len() as u64).product());
        let mut group_of = Vec::with_capacity(cells.len());
        let mut groups: Vec<Vec<u32>> = Vec::new();
        for cell in 0..cells.len() {
            let key = dimensions.iter().fold(0, |key, d| key * cells.levels[*d].len() as u64 + u64::from(cells.codes[*d][cell]));
            let next = u32::try_from(groups.len()).unwrap_or(u32::MAX);
            let group = known.number(key, next);
            if group == next {
                groups.push(dimensions.iter().map(|d| cells.codes[*d][cell]).collect());
            }
            group_of.push(group);
        }
        let mut cuboid = Self { dimensions, attempts: Vec::new(), unsent: Vec::new(), group_of, groups };
        cuboid.attempts = cuboid.sums(&cells.attempts);
        cuboid.unsent = cuboid.sums(&cells.unsent);
        cuboid
    }

    /// A value per combination, summed over cells.
    #[must_use]
    pub fn sums(&self, values: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.groups.len()];
        for (group, value) in self.group_of.iter().zip(values) {
            sums[*group as usize] += value;
        }
        sums
    }

    /// Whether a combination has enough attempts.
    #[must_use]
    pub fn has_enough(&self, group: usize) -> bool {
        self.attempts[group] >= LEVEL_MIN
    }

    /// The conditions of a combination.
    #[must_use]
    pub fn slice(&self, group: usize) -> Vec<Literal> {
        self.dimensions.iter().copied().zip(self.groups[group].iter().copied()).collect()
    }
}

/// Combinations by their packed key: a plain table where that is small.
enum Known {
    Table(Vec<u32>),
    Map(HashMap<u64, u32>),
}

impl Known {
    /// For keys below `size`.
    fn new(size: u64) -> Self {
        match usize::try_from(size) {
            Ok(size) if size <= TABLE_MAX => Known::Table(vec![u32::MAX; size]),
            _ => Known::Map(HashMap::new()),
        }
    }

    /// The number of a key: `next` for a new one.
    fn number(&mut self, key: u64, next: u32) -> u32 {
        match self {
            Known::Table(table) => {
                let slot = &mut table[usize::try_from(key).unwrap_or_default()];
                if *slot == u32::MAX {
                    *slot = next;
                }
                *slot
            }
            Known::Map(map) => *map.entry(key).or_insert(next),
        }
    }
}

/// All of them.
#[derive(Debug)]
pub struct Candidates {
    /// One per combination of dimensions.
    pub cuboids: Vec<Cuboid>,
    /// Number of slices with enough attempts, per number of conditions.
    counts: [f64; DEPTH_MAX + 1],
}

impl Candidates {
    /// Builds the candidates of some cells.
    #[must_use]
    pub fn new(cells: &Cells) -> Self {
        let sets = combinations(cells.dimensions.len());
        let mut cuboids: Vec<Cuboid> = sets.into_par_iter().map(|dimensions| Cuboid::new(cells, dimensions)).collect();
        cuboids.retain(|cuboid| cuboid.groups.len() > 1);
        let mut counts = [0.0; DEPTH_MAX + 1];
        for cuboid in &cuboids {
            for group in 0..cuboid.groups.len() {
                counts[cuboid.dimensions.len()] += f64::from(u8::from(cuboid.has_enough(group)));
            }
        }
        Self { cuboids, counts }
    }

    /// How many tests a slice of this depth stands for: all of its depth, and twice as many for each condition.
    #[must_use]
    pub fn tests(&self, depth: usize) -> f64 {
        #[allow(clippy::cast_possible_wrap, clippy::cast_possible_truncation)] // at most three
        let doubled = 2.0_f64.powi(depth as i32);
        self.counts[depth].max(1.0) * doubled
    }

    /// What a slice of this depth has to gain in likelihood.
    #[must_use]
    pub fn penalty(&self, depth: usize) -> f64 {
        self.tests(depth).ln()
    }
}

/// The sets of one to three dimensions.
fn combinations(dimensions: usize) -> Vec<Vec<usize>> {
    let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
    let mut all = Vec::new();
    for _ in 0..DEPTH_MAX {
        sets = sets.iter().flat_map(|set| (set.last().map_or(0, |l| l + 1)..dimensions).map(|d| [set.as_slice(), &[d]].concat())).collect();
        all.extend(sets.iter().cloned());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_one_to_three_dimensions_are_each_there_once() {
        assert_eq!(combinations(3), [vec![0], vec![1], vec![2], vec![0, 1], vec![0, 2], vec![1, 2], vec![0, 1, 2]]);
        assert_eq!(combinations(6).len(), 6 + 15 + 20);
    }
}
