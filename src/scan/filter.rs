//! The scan's filter of one grammar: which tags and literals are worth a closer look.
//!
//! What comes in are compiled statements; what goes out is a collision-free tag table with the
//! literals of each tag, and one automaton for statements without a tag.

use crate::format::GRAMMARS;
use crate::profile::Profiles;
use crate::profile::compile::cut;
use aho_corasick::AhoCorasick;

/// Slots of the tag table; grown until no two tags share one.
const SLOTS_MIN: usize = 1 << 10;
const SLOTS_MAX: usize = 1 << 20;

/// What a tag asks for.
#[derive(Debug)]
pub struct TagEntry {
    tag: Box<[u8]>,
    /// Statements of this tag.
    pub statements: Vec<u32>,
    /// Literals of which a line must have one; `None`: every line counts.
    literals: Option<AhoCorasick>,
}

impl TagEntry {
    /// Whether a line of this tag is worth matching.
    #[inline]
    #[must_use]
    pub fn hits(&self, text: &[u8]) -> bool {
        self.literals.as_ref().is_none_or(|l| l.is_match(text))
    }
}

/// The filter.
#[derive(Debug)]
pub struct Filter {
    /// Slot -> entry number + 1.
    slots: Vec<u16>,
    seed: u64,
    entries: Vec<TagEntry>,
    /// Statements without a tag.
    pub untagged: Vec<u32>,
    untagged_literals: Option<AhoCorasick>,
}

impl Filter {
    /// The filter of a grammar.
    #[must_use]
    pub fn new(profiles: &Profiles, grammar: u8) -> Self {
        let id = GRAMMARS[grammar as usize].profile_id();
        let is_json = GRAMMARS[grammar as usize].is_json();
        let mut by_tag: std::collections::BTreeMap<Box<[u8]>, Vec<u32>> = std::collections::BTreeMap::new();
        let mut untagged = Vec::new();
        for (number, statement) in (0u32..).zip(&profiles.statements) {
            let formats = &profiles.all[statement.profile].file.app.formats;
            if !formats.is_empty() && !formats.iter().any(|f| f == id) {
                continue;
            }
            // JSON records are found by literal; their tag is checked when they are parsed.
            if is_json || statement.matcher.tags.is_empty() {
                untagged.push(number);
            } else {
                for tag in &statement.matcher.tags {
                    by_tag.entry(tag.clone()).or_default().push(number);
                }
            }
        }
        let entries: Vec<TagEntry> =
            by_tag.into_iter().map(|(tag, statements)| TagEntry { tag, literals: automaton(profiles, &statements), statements }).collect();
        let (slots, seed) = table(&entries);
        let untagged_literals = automaton(profiles, &untagged);
        Filter { slots, seed, entries, untagged, untagged_literals }
    }

    /// What a tag asks for, if anything.
    #[inline]
    #[must_use]
    pub fn tag(&self, tag: &[u8]) -> Option<&TagEntry> {
        let tag = cut(tag);
        let slot = self.slots[hash(tag, self.seed) & (self.slots.len() - 1)];
        let entry = self.entries.get(usize::from(slot).checked_sub(1)?)?;
        (*entry.tag == *tag).then_some(entry)
    }

    /// Whether a line is worth matching against the statements without a tag.
    #[inline]
    #[must_use]
    pub fn untagged_hits(&self, text: &[u8]) -> bool {
        !self.untagged.is_empty() && self.untagged_literals.as_ref().is_none_or(|l| l.is_match(text))
    }
}

/// One automaton over the literals of some statements, or `None` if one of them has none.
fn automaton(profiles: &Profiles, statements: &[u32]) -> Option<AhoCorasick> {
    let mut all: Vec<&[u8]> = Vec::new();
    for number in statements {
        let literals = &profiles.statements[*number as usize].matcher.literals;
        if literals.is_empty() {
            return None;
        }
        all.extend(literals.iter().map(Vec::as_slice));
    }
    all.sort_unstable();
    all.dedup();
    AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(aho_corasick::AhoCorasickKind::DFA)).build(all).ok()
}

/// Mixes the first and last eight bytes and the length: two tags that agree in all are the same tag
/// for most apps, and the entry is compared in full anyway.
#[inline]
fn hash(tag: &[u8], seed: u64) -> usize {
    let word = |bytes: &[u8]| {
        let mut word = [0u8; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    };
    let n = tag.len();
    let first = word(&tag[..n.min(8)]);
    let middle = if n > 8 { word(&tag[8..n.min(16)]) } else { 0 };
    let last = if n > 16 { word(&tag[n - 8..]) } else { 0 };
    let mixed = (first ^ middle.rotate_left(23) ^ last.rotate_left(41) ^ n as u64).wrapping_mul(seed | 1);
    #[allow(clippy::cast_possible_truncation)] // the upper bits are the well-mixed ones
    let slot = (mixed >> 40) as usize;
    slot
}

/// A table in which no two tags share a slot: sizes and seeds are tried in a fixed order.
fn table(entries: &[TagEntry]) -> (Vec<u16>, u64) {
    let mut size = SLOTS_MIN;
    loop {
        for seed in 1..64u64 {
            let seed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let mut slots = vec![0u16; size];
            let fits = (1u16..).zip(entries).all(|(number, entry)| {
                let slot = &mut slots[hash(&entry.tag, seed) & (size - 1)];
                let free = *slot == 0;
                *slot = number;
                free
            });
            if fits || size >= SLOTS_MAX {
                return (slots, seed);
            }
        }
        size *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_of_every_grammar_finds_its_entry() {
        let profiles = Profiles::builtin();
        for grammar in 0..u8::try_from(GRAMMARS.len()).unwrap() {
            let filter = Filter::new(&profiles, grammar);
            for entry in &filter.entries {
                assert_eq!(filter.tag(&entry.tag).map(|e| &e.tag), Some(&entry.tag));
            }
            assert!(filter.tag(b"NoSuchTagAtAll").is_none());
        }
    }
}
