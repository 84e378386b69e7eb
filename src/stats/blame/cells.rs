//! Counts per combination of levels: what comes in are rows of level names and counts, what goes out are cells with
//! small level numbers, rare levels pooled.

use std::collections::{BTreeMap, HashMap};

/// Attempts below which a level is pooled with the other rare ones of its dimension.
pub const LEVEL_MIN: f64 = 20.0;
/// Name of pooled levels; such a level is never reported.
pub const POOLED: &str = "__other__";
/// Name of the dimension whose levels are never pooled.
pub const VERSION: &str = "version";

/// A condition: a dimension and one of its levels, by number.
pub type Literal = (usize, u32);

/// Counts of one combination of levels as they come in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Judged messages.
    pub attempts: f64,
    /// Of these, not sent.
    pub unsent: f64,
    /// User-equivalents: over users, the share of their attempts that are of this combination.
    pub users: Option<f64>,
    /// Over unsent messages, the number of their user's unsent messages: gives the design effect.
    pub unsent_sq: Option<f64>,
    /// Logarithm of the rate that was expected before; 0 without a baseline.
    pub offset: f64,
}

/// Cells of one app and system.
#[derive(Clone, Debug, Default)]
pub struct Cells {
    /// Names of the dimensions.
    pub dimensions: Vec<String>,
    /// Names of the levels of each dimension.
    pub levels: Vec<Vec<String>>,
    /// Level of each cell, per dimension.
    pub codes: Vec<Vec<u32>>,
    /// Judged messages per cell.
    pub attempts: Vec<f64>,
    /// Unsent messages per cell.
    pub unsent: Vec<f64>,
    /// Offset per cell.
    pub offset: Vec<f64>,
    /// User-equivalents per cell, where all rows state them.
    pub users: Option<Vec<f64>>,
    /// Design sums per cell, where all rows state them.
    pub unsent_sq: Option<Vec<f64>>,
}

impl Cells {
    /// Cells of rows; rows of one combination are added up, so that neither their order nor how they were split
    /// matters. Dimensions with a single level say nothing and are left out, but for the version.
    #[must_use]
    pub fn new(dimensions: &[String], rows: &[(Vec<String>, Counts)]) -> Self {
        let mut sums: BTreeMap<Vec<String>, Counts> = BTreeMap::new();
        let pooled = pooled_levels(dimensions, rows);
        for (names, counts) in rows.iter().filter(|(_, c)| c.attempts > 0.0) {
            let named = |(place, name): (usize, &String)| if pooled[place].contains_key(name) { POOLED.to_owned() } else { name.clone() };
            let key: Vec<String> = names.iter().enumerate().map(named).collect();
            sums.entry(key).and_modify(|sum| sum.add(counts)).or_insert_with(|| counts.clone());
        }
        let kept: Vec<usize> = (0..dimensions.len())
            .filter(|d| {
                let first = sums.keys().next().map(|key| &key[*d]);
                dimensions[*d] == VERSION || sums.keys().any(|key| Some(&key[*d]) != first)
            })
            .collect();
        let levels: Vec<Vec<String>> = kept
            .iter()
            .map(|d| {
                let mut names: Vec<String> = sums.keys().map(|key| key[*d].clone()).collect();
                names.sort();
                names.dedup();
                names
            })
            .collect();
        let code = |place: usize, name: &String| levels[place].binary_search(name).map_or(0, |n| u32::try_from(n).unwrap_or(u32::MAX));
        let codes = (0..kept.len()).map(|place| sums.keys().map(|key| code(place, &key[kept[place]])).collect()).collect();
        Self {
            dimensions: kept.iter().map(|d| dimensions[*d].clone()).collect(),
            codes,
            attempts: sums.values().map(|c| c.attempts).collect(),
            unsent: sums.values().map(|c| c.unsent).collect(),
            offset: sums.values().map(|c| c.offset).collect(),
            users: sums.values().map(|c| c.users).collect(),
            unsent_sq: sums.values().map(|c| c.unsent_sq).collect(),
            levels,
        }
    }

    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.attempts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.attempts.is_empty()
    }

    /// Number of the dimension of versions.
    #[must_use]
    pub fn version(&self) -> Option<usize> {
        self.dimensions.iter().position(|d| d == VERSION)
    }

    /// Whether a cell meets all conditions.
    #[must_use]
    pub fn is_in(&self, cell: usize, slice: &[Literal]) -> bool {
        slice.iter().all(|(dimension, level)| self.codes[*dimension][cell] == *level)
    }

    /// Whether a level is that of the pooled ones.
    #[must_use]
    pub fn is_pooled(&self, (dimension, level): Literal) -> bool {
        self.levels[dimension][level as usize] == POOLED
    }

    /// A value per level of a dimension, summed over cells.
    #[must_use]
    pub fn by_level(&self, dimension: usize, value: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut sums = vec![0.0; self.levels[dimension].len()];
        for (cell, code) in self.codes[dimension].iter().enumerate() {
            sums[*code as usize] += value(cell);
        }
        sums
    }
}

impl Counts {
    fn add(&mut self, other: &Self) {
        // Rows of one combination were expected to fail at one rate; their offsets are weighted by attempts.
        let total = self.attempts + other.attempts;
        self.offset = (self.offset * self.attempts + other.offset * other.attempts) / total;
        self.attempts = total;
        self.unsent += other.unsent;
        self.users = self.users.zip(other.users).map(|(a, b)| a + b);
        self.unsent_sq = self.unsent_sq.zip(other.unsent_sq).map(|(a, b)| a + b);
    }
}

/// The rare levels of each dimension, where there are at least two.
fn pooled_levels(dimensions: &[String], rows: &[(Vec<String>, Counts)]) -> Vec<HashMap<String, f64>> {
    let rare = |(place, dimension): (usize, &String)| {
        if dimension == VERSION {
            return HashMap::new();
        }
        let mut totals: HashMap<String, f64> = HashMap::new();
        for (names, counts) in rows {
            *totals.entry(names[place].clone()).or_default() += counts.attempts;
        }
        totals.retain(|_, attempts| *attempts < LEVEL_MIN);
        if totals.len() > 1 { totals } else { HashMap::new() }
    };
    dimensions.iter().enumerate().map(rare).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(names: [&str; 2], attempts: f64, unsent: f64) -> (Vec<String>, Counts) {
        (names.map(str::to_owned).to_vec(), Counts { attempts, unsent, ..Counts::default() })
    }

    #[test]
    fn rare_levels_are_pooled_but_never_versions() {
        let names = ["version".to_owned(), "device".to_owned()];
        let cells = Cells::new(&names, &[row(["1.0", "a"], 100.0, 1.0), row(["1.1", "b"], 3.0, 1.0), row(["1.0", "c"], 4.0, 0.0)]);
        assert_eq!(cells.levels, [vec!["1.0", "1.1"], vec![POOLED, "a"]]);
    }

    #[test]
    fn how_a_cell_was_split_and_a_dimension_with_one_level_change_nothing() {
        let names = ["version".to_owned(), "device".to_owned()];
        let whole = Cells::new(&names, &[row(["1.0", "a"], 100.0, 3.0), row(["1.1", "a"], 50.0, 1.0)]);
        let split = Cells::new(&names, &[row(["1.1", "a"], 50.0, 1.0), row(["1.0", "a"], 40.0, 1.0), row(["1.0", "a"], 60.0, 2.0)]);
        assert_eq!(whole.dimensions, ["version"]);
        assert_eq!((whole.codes, whole.attempts, whole.unsent), (split.codes, split.attempts, split.unsent));
    }
}
