//! What may be spent on places where a unit may stand and does not.

/// What it costs to see whether units stand somewhere: bytes decoded for that alone, and zeros looked through. They count
/// as text, or a file could be made of places that are tried in vain, each to the end.
#[derive(Debug)]
pub(in crate::source) struct Trial {
    left: u64,
    spent: u64,
}

impl Trial {
    /// So much may be spent.
    pub(in crate::source) fn new(left: u64) -> Self {
        Self { left, spent: 0 }
    }

    /// Spends some; false once it is too much, from when on nothing is to be spent any more.
    pub(in crate::source) fn spend(&mut self, bytes: usize) -> bool {
        if self.spent <= self.left {
            self.spent = self.spent.saturating_add(bytes as u64);
        }
        self.spent <= self.left
    }

    /// What was spent.
    pub(in crate::source) fn spent(&self) -> u64 {
        self.spent
    }
}
