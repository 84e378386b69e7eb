//! Texts -> whether one of many literals may stand in them, in any case: most lines hold none, and this is several times
//! cheaper than the automaton that is sure.
//!
//! Of each literal the eight bytes in a row that look rarest are kept (or as many as it has), as two windows of four;
//! every window of a text is looked up in a table that fits into a cache. A text without a hit holds no literal; a text with one may.

/// Bytes in a row that are looked up.
const WINDOW: usize = 4;
/// Entries of the table, as a power of two: 32 KB.
const TABLE_BITS: u32 = 15;
/// Upper and lower case letters differ in this bit.
const CASE: u32 = 0x2020_2020;
/// Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4).
const FACTOR: u32 = 0x9E37_79B1;
/// Windows that are looked up before they are compared.
const BLOCK: usize = 256;

/// The window is a whole literal.
const WHOLE: u8 = 1;
/// The window is the first of five bytes; the second stands one byte on, its flag one bit up.
const FIRST_OF_FIVE: u8 = 1 << 1;
const SECOND_OF_FIVE: u8 = 1 << 2;
/// The window is the first of six bytes; the second stands two bytes on.
const FIRST_OF_SIX: u8 = 1 << 3;
const SECOND_OF_SIX: u8 = 1 << 4;
/// The window is the first of eight bytes; the second stands four bytes on.
const FIRST_OF_EIGHT: u8 = 1 << 5;
const SECOND_OF_EIGHT: u8 = 1 << 6;

/// The table of a set of literals.
#[derive(Debug)]
pub struct Sieve(Box<[u8]>);

impl Sieve {
    /// The sieve of literals; `None` where one is shorter than a window.
    pub fn new<'l>(literals: impl Iterator<Item = &'l [u8]>) -> Option<Self> {
        let mut table = vec![0; 1 << TABLE_BITS].into_boxed_slice();
        for literal in literals {
            let length = match literal.len() {
                0..=WINDOW => WINDOW,
                5 => 5,
                6 | 7 => 6,
                _ => 8,
            };
            let rarest = literal.windows(length).min_by_key(|bytes| commonness(bytes))?;
            let second = rarest.len() - WINDOW;
            let (first_is, second_is) = match second {
                0 => (WHOLE, WHOLE),
                1 => (FIRST_OF_FIVE, SECOND_OF_FIVE),
                2 => (FIRST_OF_SIX, SECOND_OF_SIX),
                _ => (FIRST_OF_EIGHT, SECOND_OF_EIGHT),
            };
            table[entry(rarest)] |= first_is;
            table[entry(&rarest[second..])] |= second_is;
        }
        Some(Self(table))
    }

    /// Whether a text may hold one of the literals.
    #[inline]
    #[must_use]
    pub fn may_hit(&self, text: &[u8]) -> bool {
        let mut from = 0;
        while from + WINDOW <= text.len() {
            // Blocks overlap, so that no pair of windows is cut.
            let part = &text[from..text.len().min(from + BLOCK + 2 * WINDOW - 1)];
            if self.block(part) {
                return true;
            }
            from += BLOCK;
        }
        false
    }

    #[inline]
    fn block(&self, part: &[u8]) -> bool {
        let mut flags = [0_u8; BLOCK + WINDOW];
        // Known to be long enough for every entry.
        let Some(table) = self.0.first_chunk::<{ 1 << TABLE_BITS }>() else { return true };
        for (flag, window) in flags.iter_mut().zip(part.windows(WINDOW)) {
            *flag = table[entry(window)];
        }
        let windows = (part.len() + 1 - WINDOW).min(BLOCK);
        let mut hit = 0;
        let on = |by: usize| flags[by..by + windows].iter();
        for (((first, one_on), two_on), four_on) in on(0).zip(on(1)).zip(on(2)).zip(on(WINDOW)) {
            let second = (one_on & SECOND_OF_FIVE) | (two_on & SECOND_OF_SIX) | (four_on & SECOND_OF_EIGHT);
            hit |= (first & WHOLE) | ((first << 1) & second);
        }
        hit != 0
    }
}

#[inline]
fn entry(window: &[u8]) -> usize {
    let word = u32::from_le_bytes([window[0], window[1], window[2], window[3]]) | CASE;
    (word.wrapping_mul(FACTOR) >> (u32::BITS - TABLE_BITS)) as usize
}

/// How common bytes look: letters by their share of English words and of logs, which are full of numbers and of
/// punctuation between fields.
fn commonness(bytes: &[u8]) -> u32 {
    let of = |byte: &u8| match byte.to_ascii_lowercase() {
        b'e' | b'i' | b'n' | b's' | b't' | b'r' | b'o' | b'a' | b' ' => 8,
        b'c' | b'd' | b'l' | b'm' | b'p' | b'u' | b'g' | b':' | b'.' | b'0'..=b'9' => 5,
        b'b' | b'f' | b'h' | b'v' | b'w' | b'y' | b'k' | b'=' | b'"' | b'_' | b'-' | b'/' => 3,
        _ => 1,
    };
    bytes.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_a_literal_hits_wherever_it_stands_and_in_any_case() {
        let literals: [&[u8]; 6] = [b"unknownhost", b" id=", b"ackno", b"kicked", "强制下线".as_bytes(), b"code=533"];
        for literal in literals {
            let sieve = Sieve::new([literal].into_iter()).unwrap();
            for before in (0..9).chain(BLOCK - 20..BLOCK + 20) {
                let text = [vec![b'x'; before], literal.to_ascii_uppercase(), vec![b'y'; before % 3]].concat();
                assert!(sieve.may_hit(&text), "{before} {}", String::from_utf8_lossy(&text));
            }
        }
    }

    #[test]
    fn few_other_texts_hit() {
        let literals: [&[u8]; 4] = [b"unknownhost", b"kickoff", b"uuid", b"msgid"];
        let sieve = Sieve::new(literals.into_iter()).unwrap();
        let words = ["wlan0", "onCapabilitiesChanged", "Displayed com.example/.Home", "gc freed 12 KB", "kick, off", "", "a", "abc"];
        assert!(words.iter().all(|word| !sieve.may_hit(word.as_bytes())));
        let hits = (0..10_000_u32).filter(|n| sieve.may_hit(format!("value {} of {}", n.wrapping_mul(FACTOR), n).as_bytes())).count();
        assert!(hits < 200, "{hits}");
    }

    #[test]
    fn a_literal_shorter_than_a_window_has_no_sieve() {
        assert!(Sieve::new([b"abcd".as_slice(), b"abc"].into_iter()).is_none());
    }
}
