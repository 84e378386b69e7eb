//! What messages are looked up by: an id in its namespace, within what it names one message.

use std::hash::{Hash, Hasher};

/// What an id is looked up by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct IdKey<'s> {
    pub value: &'s str,
    /// Number of the [`Within`] that it holds in; 0: the whole upload.
    pub within: u32,
    /// Namespace.
    pub space: &'static str,
}

impl Hash for IdKey<'_> {
    // Two namespaces seldom have the same value.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
        self.within.hash(state);
    }
}

/// Where an id names one message: the process, of which account, by the count of its connections.
pub(super) type Within<'s> = (&'s str, &'s str, u32);
