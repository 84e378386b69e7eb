//! The regexes of the rows of a table, each compiled when a text first needs it: few texts need more than a few.

use regex::Regex;
use std::ops::Index;
use std::sync::OnceLock;

/// Regexes by the number of their row.
pub(super) struct Patterns {
    source: fn(usize) -> String,
    compiled: Vec<OnceLock<Regex>>,
}

impl Patterns {
    /// Those of so many rows.
    pub(super) fn new(rows: usize, source: fn(usize) -> String) -> Self {
        Self { source, compiled: (0..rows).map(|_| OnceLock::new()).collect() }
    }
}

impl Index<usize> for Patterns {
    type Output = Regex;

    fn index(&self, row: usize) -> &Regex {
        self.compiled[row].get_or_init(|| Regex::new(&(self.source)(row)).expect("the pattern of a row compiles, as a test proves"))
    }
}
