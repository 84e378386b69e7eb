//! Lines -> numbers to find their templates by, and where the numbers go when clusters are merged.

/// The number under which a line was filed. It means something to the [`super::Clusters`] that gave it, and to what became of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(u32);

impl Slot {
    pub(super) fn new(place: u32) -> Self {
        Self(place)
    }

    /// Its place among the slots of its clusters, which come in the order in which they were given.
    #[must_use]
    pub fn place(self) -> usize {
        self.0 as usize
    }
}

/// Where the slots of merged clusters went: the `n`th is that of their slot `n`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moves(Vec<Slot>);

impl Moves {
    pub(super) fn new(slots: Vec<Slot>) -> Self {
        Self(slots)
    }

    /// The slot that took the place of one of the merged clusters, given by its place.
    ///
    /// # Panics
    /// At a slot of other clusters.
    #[must_use]
    pub fn place(&self, old: usize) -> Slot {
        self.0[old]
    }

    /// The slot that took the place of one of the merged clusters.
    ///
    /// # Panics
    /// At a slot of other clusters.
    #[must_use]
    pub fn slot(&self, old: Slot) -> Slot {
        self.place(old.place())
    }
}
