//! What one upload and one of its messages may cost while messages are put together; each limit that is met is said.

use std::cell::Cell;

/// Messages of one upload at most; further ones are not told apart and are dropped.
pub const OPEN_MAX: usize = 1_000_000;
/// Open messages of one upload that are looked at in all for lines that name none: 1,000 lines about the oldest of 50,000.
pub const LOOKS_MAX: usize = 50_000_000;
/// Ids of one message that are kept; by further ones it is found all the same.
pub const IDS_MAX: usize = 64;
/// Steps of one message, and rule marks tied to one, that are sure to be kept: of twice as many the first and the last half
/// of these stay.
pub const STEPS_KEPT: usize = 2_048;

/// Adds an id that is not there yet, while there is room.
pub(super) fn add_id<T: PartialEq>(ids: &mut Vec<T>, id: T) {
    if ids.len() < IDS_MAX && !ids.contains(&id) {
        ids.push(id);
    }
}

/// What is left, and what was cut.
pub(super) struct Bounds {
    looks: Cell<usize>,
    is_thinned: Cell<bool>,
    is_full: Cell<bool>,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds { looks: Cell::new(LOOKS_MAX), is_thinned: Cell::default(), is_full: Cell::default() }
    }
}

impl Bounds {
    /// Whether open messages may still be looked at.
    pub(super) fn may_look(&self) -> bool {
        self.looks.get() > 0
    }

    /// Counts an open message that is looked at.
    pub(super) fn look(&self) {
        self.looks.set(self.looks.get().saturating_sub(1));
    }

    /// Notes that a message was dropped.
    pub(super) fn too_many_open(&self) {
        self.is_full.set(true);
    }

    /// Keeps the first and the last of what a hostile log has without end.
    pub(super) fn thin<T>(&self, all: &mut Vec<T>) {
        if all.len() >= 2 * STEPS_KEPT {
            all.drain(STEPS_KEPT / 2..all.len() - STEPS_KEPT / 2);
            self.is_thinned.set(true);
        }
    }

    /// Which limits were met.
    pub(super) fn met(&self) -> Vec<String> {
        let all = [
            (self.is_full.get(), format!("more than {OPEN_MAX} messages: further ones are left out")),
            (!self.may_look(), format!("{LOOKS_MAX} open messages were looked at for lines that name none: later such lines are left out")),
            (self.is_thinned.get(), format!("a message with {} steps or more: the first and the last are kept", 2 * STEPS_KEPT)),
        ];
        all.into_iter().filter(|(is_met, _)| *is_met).map(|(_, limit)| limit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_of_very_many_are_kept_and_that_is_said() {
        let bounds = Bounds::default();
        let mut all = Vec::new();
        for n in 0..10 * STEPS_KEPT {
            all.push(n);
            bounds.thin(&mut all);
            assert!(all.len() < 2 * STEPS_KEPT);
        }
        assert_eq!((all[..STEPS_KEPT / 2].iter().copied().eq(0..STEPS_KEPT / 2), all.last()), (true, Some(&(10 * STEPS_KEPT - 1))));
        assert_eq!(bounds.met(), ["a message with 4096 steps or more: the first and the last are kept"]);
    }

    #[test]
    fn what_is_looked_at_without_end_is_looked_at_no_more() {
        let bounds = Bounds::default();
        assert!(bounds.met().is_empty());
        bounds.looks.set(1);
        bounds.look();
        bounds.look();
        assert!(!bounds.may_look() && bounds.met().len() == 1);
    }

    #[test]
    fn ids_are_kept_once_and_not_without_end() {
        let mut ids = Vec::new();
        (0..2 * IDS_MAX).chain(0..3).for_each(|id| add_id(&mut ids, id));
        assert!(ids.iter().copied().eq(0..IDS_MAX));
    }
}
