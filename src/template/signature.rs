//! Lines -> signatures with their numbers of lines, within a bound.

use super::level::{LEVELS, Level, beginning, many};
use super::mask::mask;
use super::slot::{Moves, Slot};
use foldhash::fast::RandomState;
use indexmap::IndexMap;

/// Signatures that are kept: at the hundred or so bytes that one takes, tens of megabytes; at [`super::SIGNATURE_MAX_BYTES`]
/// each, 200 MB. The logs of a program have some thousands.
pub const SIGNATURES_MAX: usize = 200_000;

/// The signatures of the lines seen so far.
#[derive(Clone, Debug)]
pub struct Clusters {
    signatures: IndexMap<Box<[u8]>, Filed, RandomState>,
    /// Of each slot, the place of its signature.
    places: Vec<u32>,
    /// The level, as a place in [`LEVELS`].
    level: usize,
    /// Of each beginning, its signatures, up to one too many. Those that come then are filed under the beginning; those that were
    /// there before follow when it is time to settle.
    beginnings: IndexMap<Box<[u8]>, usize, RandomState>,
    /// Signatures that count at this level; never fewer than there are.
    counted: usize,
    signatures_max: usize,
    /// The signature of the line at hand.
    buffer: Vec<u8>,
}

/// What is known of a signature.
#[derive(Clone, Copy, Debug)]
struct Filed {
    slot: Slot,
    lines: u64,
    /// Whether it is a beginning that stands for many.
    is_beginning: bool,
}

impl Default for Clusters {
    fn default() -> Self {
        Self::new()
    }
}

impl Clusters {
    /// No lines, and room for [`SIGNATURES_MAX`] signatures.
    #[must_use]
    pub fn new() -> Self {
        Self::with_max(SIGNATURES_MAX)
    }

    /// No lines, and room for so many signatures: from 2 (one for blank lines) to [`SIGNATURES_MAX`].
    #[must_use]
    pub fn with_max(signatures_max: usize) -> Self {
        Self {
            signatures: IndexMap::default(),
            places: Vec::new(),
            level: 0,
            beginnings: IndexMap::default(),
            counted: 0,
            signatures_max: signatures_max.clamp(2, SIGNATURES_MAX),
            buffer: Vec::new(),
        }
    }

    /// Files a line, given without its line feed. Any bytes will do.
    pub fn add(&mut self, line: impl AsRef<[u8]>) -> Slot {
        let mut signature = std::mem::take(&mut self.buffer);
        mask(line.as_ref(), &mut signature);
        let slot = self.file(&signature, 1);
        self.buffer = signature;
        slot
    }

    /// Takes the lines of others over, as if all had been added here; says where their slots went.
    /// Both should have room for as many signatures; the smaller number counts.
    pub fn merge(&mut self, other: Self) -> Moves {
        let (signatures_max, level) = (self.signatures_max.min(other.signatures_max), self.level.max(other.level));
        if (signatures_max, level) != (self.signatures_max, self.level) {
            self.signatures_max = signatures_max;
            self.settle_at(level);
        }
        let mut moved = Vec::with_capacity(other.signatures.len());
        for (signature, filed) in other.signatures {
            moved.push(if filed.is_beginning { self.file_many(&signature, filed.lines) } else { self.file(&signature, filed.lines) });
        }
        self.bound();
        Moves::new(other.places.iter().map(|place| moved[*place as usize]).collect())
    }

    /// Files lines under their beginnings that came before these turned out to be too common. To be called when all lines are in.
    pub(super) fn settle(&mut self) {
        if self.level > 0 {
            self.settle_at(self.level);
        }
    }

    /// The signatures and the lines of each.
    #[must_use]
    pub fn signatures(&self) -> impl ExactSizeIterator<Item = (&[u8], u64)> {
        self.signatures.iter().map(|(signature, filed)| (&signature[..], filed.lines))
    }

    /// Of each slot, the place of its signature in [`Clusters::signatures`].
    pub(super) fn places(&self) -> impl ExactSizeIterator<Item = usize> {
        self.places.iter().map(|place| *place as usize)
    }

    /// The level that was reached, if there were too many signatures.
    pub(super) fn level(&self) -> Option<Level> {
        (self.level > 0).then(|| self.level_at(self.level))
    }

    fn level_at(&self, level: usize) -> Level {
        LEVELS[level].of(self.signatures_max)
    }

    #[inline]
    fn file(&mut self, signature: &[u8], lines: u64) -> Slot {
        match self.signatures.get_mut(signature) {
            Some(filed) => {
                filed.lines += lines;
                filed.slot
            }
            None => self.file_new(signature, lines),
        }
    }

    /// Files a signature that is not known, or the beginning of one.
    #[cold]
    fn file_new(&mut self, signature: &[u8], lines: u64) -> Slot {
        let Level { tokens, signatures: most } = self.level_at(self.level);
        let Some(beginning) = beginning(signature, tokens) else {
            self.counted += 1;
            return self.insert(signature.into(), lines, false);
        };
        let known = count_of(&mut self.beginnings, beginning);
        if *known <= most {
            *known += 1;
            self.counted += 1;
        }
        if *known > most { self.insert(many(beginning), lines, true) } else { self.insert(signature.into(), lines, false) }
    }

    /// Files a beginning that others found too common.
    fn file_many(&mut self, signature: &[u8], lines: u64) -> Slot {
        let Level { tokens, signatures: most } = self.level_at(self.level);
        let Some(beginning) = beginning(signature, tokens) else { return self.file(signature, lines) };
        let known = count_of(&mut self.beginnings, beginning);
        self.counted += most + 1 - *known;
        *known = most + 1;
        self.insert(many(beginning), lines, true)
    }

    fn insert(&mut self, signature: Box<[u8]>, lines: u64, is_beginning: bool) -> Slot {
        let place = self.signatures.len();
        let new = Filed { slot: Slot::new(number(self.places.len())), lines: 0, is_beginning };
        let filed = self.signatures.entry(signature).or_insert(new);
        filed.lines += lines;
        filed.is_beginning |= is_beginning;
        let slot = filed.slot;
        if self.signatures.len() > place {
            self.places.push(number(place));
        }
        self.bound();
        slot
    }

    /// Goes to the first level at which there are few enough signatures.
    fn bound(&mut self) {
        while self.counted > self.signatures_max && self.level + 1 < LEVELS.len() {
            self.settle_at(self.level + 1);
        }
    }

    /// Goes to a level, or files anew what is there at this one.
    fn settle_at(&mut self, level: usize) {
        let Level { tokens, signatures: most } = self.level_at(level);
        self.level = level;
        self.counted = 0;
        self.beginnings.clear();
        for (signature, filed) in &self.signatures {
            let Some(beginning) = beginning(signature, tokens) else {
                self.counted += 1;
                continue;
            };
            let known = count_of(&mut self.beginnings, beginning);
            *known = if filed.is_beginning { most + 1 } else { (*known + 1).min(most + 1) };
        }
        self.counted += self.beginnings.values().sum::<usize>();
        let mut moved = Vec::with_capacity(self.signatures.len());
        for (signature, mut filed) in std::mem::take(&mut self.signatures) {
            let common =
                beginning(&signature, tokens).filter(|beginning| self.beginnings.get(*beginning).is_some_and(|known| *known > most));
            filed.is_beginning = common.is_some();
            let entry = self.signatures.entry(common.map(many).unwrap_or(signature));
            moved.push(number(entry.index()));
            entry.and_modify(|all| all.lines += filed.lines).or_insert(filed);
        }
        for place in &mut self.places {
            *place = moved[*place as usize];
        }
    }
}

fn count_of<'c>(counts: &'c mut IndexMap<Box<[u8]>, usize, RandomState>, beginning: &[u8]) -> &'c mut usize {
    let place = counts.get_index_of(beginning).unwrap_or_else(|| counts.insert_full(beginning.into(), 0).0);
    &mut counts[place]
}

/// Slots are at most [`SIGNATURES_MAX`] for each level and merge, so that memory ends before the numbers do.
fn number(place: usize) -> u32 {
    u32::try_from(place).expect("fewer signatures than memory can hold")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(clusters: &Clusters) -> Vec<(String, u64)> {
        let mut all: Vec<_> =
            clusters.signatures().map(|(text, lines)| (String::from_utf8_lossy(text).replace('\u{3}', "…"), lines)).collect();
        all.sort();
        all
    }

    fn filed(max: usize, lines: &[&str]) -> (Clusters, Vec<Slot>) {
        let mut clusters = Clusters::with_max(max);
        let slots = lines.iter().map(|line| clusters.add(line)).collect();
        (clusters, slots)
    }

    #[test]
    fn lines_of_one_signature_have_one_slot() {
        let (clusters, slots) = filed(9, &["took 1 ms", "took 23 ms", "done"]);
        assert_eq!((slots[0] == slots[1], slots[1] == slots[2]), (true, false));
        assert_eq!(texts(&clusters), [("done".to_owned(), 1), ("took \u{1} ms".to_owned(), 2)]);
    }

    #[test]
    fn beyond_the_bound_common_beginnings_stand_for_their_lines() {
        let text: Vec<String> = (b'a'..=b'z').map(|letter| format!("she wrote {} {}", char::from(letter), char::from(letter))).collect();
        let others = ["the door is open now", "a door is shut now", "she left"];
        let lines: Vec<&str> = others.into_iter().chain(text.iter().map(String::as_str)).collect();
        let mut expected: Vec<_> = others.iter().map(|line| ((*line).to_owned(), 1)).collect();
        expected.push(("she wrote …".to_owned(), 26));
        expected.sort();
        let check = |lines: &[&str]| {
            let (mut clusters, slots) = filed(40, lines);
            assert_eq!(clusters.level(), None);
            (clusters, _) = filed(28, lines);
            clusters.settle();
            assert_eq!((texts(&clusters), clusters.level()), (expected.clone(), Some(Level { tokens: 2, signatures: 1 })));
            assert_eq!(slots.len(), lines.len());
        };
        check(&lines);
        check(&lines.iter().rev().copied().collect::<Vec<_>>());
    }

    #[test]
    fn at_the_last_level_a_line_is_blank_or_not() {
        let (mut clusters, _) = filed(2, &["", "a", "b", "c", " "]);
        clusters.settle();
        assert_eq!(texts(&clusters), [(String::new(), 2), ("…".to_owned(), 3)]);
    }

    #[test]
    fn of_two_bounds_the_smaller_one_counts() {
        let lines: Vec<String> = (b'a'..=b'z').map(|letter| format!("she wrote {} x", char::from(letter))).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        for (one, other) in [(20, 25), (25, 20), (20, 99), (99, 20)] {
            let (mut clusters, _) = filed(one, &lines[..13]);
            clusters.merge(filed(other, &lines[13..]).0);
            clusters.settle();
            assert_eq!(texts(&clusters), [("she wrote …".to_owned(), 26)], "{one} {other}");
        }
    }

    #[test]
    fn merged_slots_are_found_again() {
        let (mut one, ones) = filed(9, &["a", "b"]);
        let (two, twos) = filed(9, &["c", "b"]);
        let moves = one.merge(two);
        assert_eq!(moves.slot(twos[1]), ones[1]);
        assert_eq!(one.places().nth(moves.slot(twos[0]).place()), Some(2));
        assert_eq!(texts(&one), [("a".to_owned(), 1), ("b".to_owned(), 2), ("c".to_owned(), 1)]);
    }
}
