//! Documents -> the statements that their marks are of. Marks are many and statements few, and most of what is asked of all marks can be
//! asked of their statements.

use super::Document;
use crate::profile::Profiles;
use std::collections::BTreeSet;

/// The statements that marks are of: at first of all documents, then of what gives way to nothing. Repeats that are dropped leave one of
/// each.
pub(super) struct Statements {
    /// Their numbers.
    pub numbers: BTreeSet<u32>,
}

impl Statements {
    /// Those of documents.
    pub(super) fn of(documents: &[Document]) -> Self {
        let mut numbers = BTreeSet::new();
        let mut last = None;
        for mark in documents.iter().flat_map(|document| &document.scanned.marks) {
            // One mark is often followed by another of its statement.
            if last.replace(mark.statement) != Some(mark.statement) {
                numbers.insert(mark.statement);
            }
        }
        Statements { numbers }
    }

    /// Whether one of them sets a context.
    pub(super) fn sets(&self, profiles: &Profiles, name: &str) -> bool {
        self.numbers.iter().any(|statement| profiles.context(*statement).is_some_and(|context| context.set == name))
    }
}
