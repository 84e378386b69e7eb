//! What could not be read as it should, as data: the file, the place, the reason, what was done.
//!
//! Nothing here fails: every stage hands its problems back beside its value, and the report counts
//! them.

use serde::{Deserialize, Serialize};

/// What kind of problem it is, for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// Nothing of the file could be read.
    Unreadable,
    /// Part of the file could be read.
    Damaged,
    /// Left out on purpose: not a log by its kind.
    Skipped,
    /// A limit was met.
    Limit,
    /// There is nothing in the file.
    Empty,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The file, as evidence cites it.
    pub file: String,
    /// Byte offset in the file as stored, where known.
    pub offset: Option<u64>,
    /// How many bytes from there on, as stored, are not read; 0 where what is damaged was read as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped_bytes: Option<u64>,
    /// For counting.
    pub kind: ProblemKind,
    /// What is wrong: a lower-case fragment.
    pub reason: String,
    /// What was done about it.
    pub action: String,
}

impl Problem {
    /// A problem with a whole file.
    pub(crate) fn new(file: &str, kind: ProblemKind, reason: impl Into<String>) -> Self {
        let action = match kind {
            ProblemKind::Damaged => "read up to the damage",
            ProblemKind::Limit => "read up to the limit",
            ProblemKind::Unreadable | ProblemKind::Skipped | ProblemKind::Empty => "left out",
        };
        Self { file: file.to_owned(), offset: None, skipped_bytes: None, kind, reason: reason.into(), action: action.to_owned() }
    }

    /// The same problem at a place.
    pub(super) fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// The same problem with something else done about it.
    pub(crate) fn action(mut self, action: impl Into<String>) -> Self {
        self.action = action.into();
        self
    }
}
