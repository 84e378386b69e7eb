//! Counts per combination of levels: what comes in are rows of level names and counts, what goes out are cells with
//! small level numbers, rare levels pooled.

use std::collections::HashMap;

/// Attempts below which a level is pooled with the other rare ones of its dimension.
pub const LEVEL_MIN: f64 = 20.0;
/// Levels that are told apart, over all dimensions; each may have this many at least. More are pooled, the rarest first:
/// an effect of each has to be fitted together with all others.
const LEVELS_IN_ALL: usize = 1_200;
const LEVELS_AT_LEAST: usize = 50;
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
    /// Judged messages times the rate that was expected before.
    pub exposure: Vec<f64>,
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
        let rows: Vec<&(Vec<String>, Counts)> = rows.iter().filter(|(_, c)| c.attempts > 0.0).collect();
        let mut coded: Vec<Coded> = (0..dimensions.len()).map(|d| Coded::new(&dimensions[d], d, &rows, dimensions.len())).collect();
        let kept: Vec<usize> = (0..dimensions.len()).filter(|d| dimensions[*d] == VERSION || coded[*d].levels.len() > 1).collect();
        let key = |row: u32| kept.iter().map(move |d| (*d, row));
        let code = |coded: &[Coded], (d, row): (usize, u32)| coded[d].codes[row as usize];
        let bits = |c: &Counts| [c.attempts, c.unsent, c.users.unwrap_or(0.0), c.unsent_sq.unwrap_or(0.0), c.offset].map(f64::to_bits);
        let mut order: Vec<u32> = (0..u32::try_from(rows.len()).unwrap_or(u32::MAX)).collect();
        order.sort_unstable_by(|a, b| {
            let keys = key(*a).map(|k| code(&coded, k)).cmp(key(*b).map(|k| code(&coded, k)));
            keys.then_with(|| bits(&rows[*a as usize].1).cmp(&bits(&rows[*b as usize].1)))
        });
        let mut sums: Vec<(u32, Counts)> = Vec::new();
        for row in order {
            let counts = &rows[row as usize].1;
            match sums.last_mut().filter(|(first, _)| key(*first).all(|(d, f)| coded[d].codes[f as usize] == coded[d].codes[row as usize]))
            {
                Some((_, sum)) => sum.add(counts),
                None => sums.push((row, counts.clone())),
            }
        }
        Self {
            dimensions: kept.iter().map(|d| dimensions[*d].clone()).collect(),
            codes: kept.iter().map(|d| sums.iter().map(|(row, _)| coded[*d].codes[*row as usize]).collect()).collect(),
            levels: kept.iter().map(|d| std::mem::take(&mut coded[*d].levels)).collect(),
            attempts: sums.iter().map(|(_, c)| c.attempts).collect(),
            unsent: sums.iter().map(|(_, c)| c.unsent).collect(),
            offset: sums.iter().map(|(_, c)| c.offset).collect(),
            exposure: sums.iter().map(|(_, c)| c.attempts * c.offset.exp()).collect(),
            users: sums.iter().map(|(_, c)| c.users).collect(),
            unsent_sq: sums.iter().map(|(_, c)| c.unsent_sq).collect(),
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

/// Attempts below which a level of a dimension is pooled: [`LEVEL_MIN`], or more where there are too many levels.
fn least_attempts(mut attempts: Vec<f64>, dimensions: usize) -> f64 {
    let most = (LEVELS_IN_ALL / dimensions.max(1)).max(LEVELS_AT_LEAST);
    attempts.sort_by(|a, b| b.total_cmp(a));
    attempts.get(most).map_or(LEVEL_MIN, |beyond| LEVEL_MIN.max(beyond + 1.0))
}

/// The levels of a dimension and their numbers in rows.
struct Coded {
    levels: Vec<String>,
    codes: Vec<u32>,
}

impl Coded {
    /// Numbers levels by name; rare ones are pooled, where there are at least two.
    fn new(dimension: &str, place: usize, rows: &[&(Vec<String>, Counts)], dimensions: usize) -> Self {
        let mut known: HashMap<&str, u32> = HashMap::new();
        let mut totals: Vec<(&str, f64)> = Vec::new();
        let mut codes: Vec<u32> = Vec::with_capacity(rows.len());
        for (names, counts) in rows {
            let next = u32::try_from(totals.len()).unwrap_or(u32::MAX);
            let number = *known.entry(&names[place]).or_insert(next);
            if number == next {
                totals.push((&names[place], 0.0));
            }
            totals[number as usize].1 += counts.attempts;
            codes.push(number);
        }
        let least = least_attempts(totals.iter().map(|(_, attempts)| *attempts).collect(), dimensions);
        let is_rare = |attempts: f64| dimension != VERSION && attempts < least;
        let pools = totals.iter().filter(|(_, attempts)| is_rare(*attempts)).count() > 1;
        let named = |(name, attempts): &(&str, f64)| if pools && is_rare(*attempts) { POOLED.to_owned() } else { (*name).to_owned() };
        let mut levels: Vec<String> = totals.iter().map(named).collect();
        levels.sort_unstable();
        levels.dedup();
        let number = |level: &(&str, f64)| levels.binary_search(&named(level)).ok().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
        let numbers: Vec<u32> = totals.iter().map(number).collect();
        for code in &mut codes {
            *code = numbers[*code as usize];
        }
        Self { levels, codes }
    }
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
