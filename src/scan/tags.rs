//! The tags of the lines before -> what a line's tag asks for, known at once.
//!
//! A log has some dozens of tags, and each line one of them: what the filter said of a tag is kept beside the tag, so that most
//! lines cost one look at one place.

use super::filter::{Filter, TagEntry};
use crate::format::Quick;
use crate::profile::compile::TAG_MAX;

/// Places for tags. One has two of them, side by side: a log has several times fewer tags, and three that fall together take
/// turns.
const PLACES: usize = 512;
/// Bytes of a tag that are compared: three words. The last one holds the length, so that longer tags are not kept.
const BYTES: usize = 24;
const _: () = assert!(TAG_MAX < BYTES);

/// All bits of as many bytes as are compared, and none of as many more: from any of the first on, a mask of so many bytes.
const KEPT: [u8; 2 * BYTES] = {
    let mut kept = [0; 2 * BYTES];
    let mut at = 0;
    while at < BYTES {
        kept[at] = u8::MAX;
        at += 1;
    }
    kept
};

/// A tag and its length, as words.
type Words = [u64; 3];

/// What the filter of one form says of tags, with those of late at hand.
pub struct Tags<'f, 'p> {
    /// The filter.
    pub filter: &'f Filter<'p>,
    places: [Place<'f>; PLACES],
}

/// A tag that was asked about: half a line of a processor's cache. None at all is the empty tag.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Place<'f> {
    words: Words,
    entry: &'f TagEntry,
}

impl<'f, 'p> Tags<'f, 'p> {
    /// Those of a filter.
    pub fn new(filter: &'f Filter<'p>) -> Self {
        Tags { filter, places: [Place { words: Words::default(), entry: filter.tag(b"") }; PLACES] }
    }

    /// What the tag at a place of a line asks for, as [`Filter::tag`] says.
    #[inline]
    pub fn get(&mut self, line: &[u8], quick: Quick) -> &'f TagEntry {
        let tag = quick.tag(line);
        if tag.len() >= BYTES {
            return self.filter.tag(tag);
        }
        let words = words(quick.from_tag(line), tag.len());
        let at = place_of(words);
        if self.places[at].words != words {
            if self.places[at ^ 1].words == words {
                return self.places[at ^ 1].entry;
            }
            self.keep(at, words, tag);
        }
        self.places[at].entry
    }

    /// Keeps a tag at a place, whose own moves beside it.
    #[cold]
    fn keep(&mut self, at: usize, words: Words, tag: &[u8]) {
        self.places[at ^ 1] = self.places[at];
        self.places[at] = Place { words, entry: self.filter.tag(tag) };
    }
}

/// The first `length` bytes of a text, and the length. What stands behind them is read and masked: lengths differ from line to
/// line, and no processor guesses them.
#[inline]
fn words(text: &[u8], length: usize) -> Words {
    let mut short = [0; BYTES];
    let bytes = text.first_chunk().unwrap_or_else(|| {
        short[..text.len()].copy_from_slice(text);
        &short
    });
    let mask: &[u8; BYTES] = KEPT[BYTES - length..].first_chunk().unwrap_or(&[0; BYTES]);
    let word = |at: usize| {
        let of = |all: &[u8; BYTES]| u64::from_le_bytes(std::array::from_fn(|n| all[at + n]));
        of(bytes) & of(mask)
    };
    [word(0), word(8), word(16) | (length as u64) << 56]
}

/// Where a tag is kept.
#[inline]
fn place_of([first, second, third]: Words) -> usize {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = (first ^ second.rotate_left(23) ^ third.rotate_left(41)).wrapping_mul(FACTOR);
    #[allow(clippy::cast_possible_truncation)] // the upper bits are the well-mixed ones
    let place = (mixed >> 40) as usize % PLACES;
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::GRAMMARS;
    use crate::profile::Profiles;

    #[test]
    fn a_tag_asks_for_the_same_whether_it_was_seen_before_or_not() {
        let profiles = Profiles::builtin();
        let mut found = 0;
        for grammar in 0..u8::try_from(GRAMMARS.len()).unwrap() {
            let filter = Filter::new(&profiles, grammar);
            let mut tags = Tags::new(&filter);
            let others =
                ["", "x", "JobRunne", "JobRunner\0", "a tag of twenty-four byt", "a tag that is much longer than any place", "GroupSend"];
            let asked = profiles.statements.iter().flat_map(|statement| &statement.matcher.tags);
            let of_system = profiles.all.iter().flat_map(|profile| &profile.file.app.system_tags).map(String::as_bytes);
            let all: Vec<&[u8]> = asked.map(|tag| &**tag).chain(of_system).chain(others.map(str::as_bytes)).collect();
            // More than there are places, so that tags take turns; then each twice, behind itself.
            for tag in all.iter().chain(&all).chain(all.iter().flat_map(|tag| [tag; 2])) {
                for behind in ["", ": text behind it that is long enough"] {
                    let line = [b"[", *tag, behind.as_bytes()].concat();
                    let quick = Quick::new(1, 1 + tag.len(), 0).unwrap();
                    let (own, said) = (tags.get(&line, quick), filter.tag(tag));
                    assert!(std::ptr::eq(own, said), "{}", String::from_utf8_lossy(&line));
                    found += usize::from(!std::ptr::eq(own, filter.nothing()));
                }
            }
        }
        assert!(found > 10_000, "{found}");
    }

    #[test]
    fn a_tag_is_told_from_one_that_goes_on_with_nothing() {
        assert_ne!(words(b"Job", 3), words(b"Job\0", 4));
        assert_eq!(words(b"Job", 3), words(b"Job: and much more text behind it", 3));
    }
}
