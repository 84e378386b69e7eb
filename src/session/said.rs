//! Documents -> the statements that their marks are of. Marks are many and statements few, and most of what is asked of all marks can be
//! asked of their statements.

use super::Document;
use crate::profile::Profiles;
use std::collections::BTreeSet;

/// The statements that marks are of.
pub(super) struct Said {
    /// Their numbers.
    pub statements: BTreeSet<u32>,
}

impl Said {
    /// Those of documents.
    pub(super) fn of(documents: &[Document]) -> Self {
        let mut statements = BTreeSet::new();
        let mut last = None;
        for mark in documents.iter().flat_map(|document| &document.scanned.marks) {
            // One mark is often followed by another of its statement.
            if last.replace(mark.statement) != Some(mark.statement) {
                statements.insert(mark.statement);
            }
        }
        Said { statements }
    }

    /// Whether one of them sets a context.
    pub(super) fn sets(&self, profiles: &Profiles, name: &str) -> bool {
        self.statements.iter().any(|statement| profiles.context(*statement).is_some_and(|context| context.set == name))
    }
}
