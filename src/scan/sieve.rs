//! Texts -> whether one of many literals may stand in them, in any case: most lines hold none, and this is several times
//! cheaper than the automaton that is sure.
//!
//! Of each literal the nine bytes in a row that look rarest are kept (or as many as it has). Every second window of four
//! bytes of a text is looked up in a table that fits into a cache, so that a literal shows the windows at its even places or
//! those at its odd ones: three in a row, or two, of which one may stick out of a short literal and stands in the table with
//! any byte that may be there, and the window between them. A text without a hit holds no literal; a text with one may.

/// Bytes in a row that are looked up.
const WINDOW: usize = 4;
/// From one window to the next.
const STRIDE: usize = 2;
/// Bytes of a literal that are kept: three windows, wherever it begins.
const KEPT: usize = 9;
/// Entries of the table, as a power of two: 32 KB.
const TABLE_BITS: u32 = 15;
/// Upper and lower case letters differ in this bit.
const CASE: u32 = 0x2020_2020;
/// Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4).
const FACTOR: u32 = 0x9E37_79B1;
/// Bytes that are read at once.
const LOADED: usize = 16;
/// Windows in them.
const TOGETHER: usize = (LOADED - WINDOW) / STRIDE + 1;

/// The window is enough.
const WHOLE: u8 = 1;
/// The window is the first of two at a distance of two bytes, which may stick out of the literal by one; the flag of the
/// second is one bit up.
const FIRST_NEAR: u8 = 1 << 1;
const SECOND_NEAR: u8 = FIRST_NEAR << 1;
/// The window between those two, which is within the literal.
const BETWEEN: u8 = 1 << 3;
/// The window is the first of three, each two bytes behind the one before; the flags of the others are one and two bits up.
const FIRST_FAR: u8 = 1 << 4;
const SECOND_FAR: u8 = FIRST_FAR << 1;
const THIRD_FAR: u8 = FIRST_FAR << 2;

/// The table of a set of literals.
#[derive(Debug)]
pub struct Sieve(Box<[u8]>);

impl Sieve {
    /// The sieve of literals; `None` where one is shorter than a window.
    pub fn new<'l>(literals: impl Iterator<Item = &'l [u8]>) -> Option<Self> {
        let mut sieve = Self(vec![0; 1 << TABLE_BITS].into_boxed_slice());
        for literal in literals {
            let rarest = literal.windows(literal.len().clamp(WINDOW, KEPT)).min_by_key(|bytes| commonness(bytes))?;
            sieve.add(rarest);
        }
        Some(sieve)
    }

    /// Flags the windows of a literal at its even places, and those at its odd ones.
    fn add(&mut self, literal: &[u8]) {
        match literal.len() {
            4 => {
                self.flag(at(literal, 0), WHOLE);
                self.flag_before(literal);
                self.flag(at(literal, 0), BETWEEN);
                self.flag_behind(literal);
            }
            5 => {
                self.flag(at(literal, 0), FIRST_NEAR);
                self.flag(at(literal, 1), BETWEEN);
                self.flag_behind(literal);
                self.flag_before(literal);
                self.flag(at(literal, 0), BETWEEN);
                self.flag(at(literal, 1), SECOND_NEAR);
            }
            6 => {
                self.near(literal, 0);
                self.flag(at(literal, 1), FIRST_NEAR);
                self.flag(at(literal, 2), BETWEEN);
                self.flag_behind(literal);
            }
            7 => {
                self.near(literal, 0);
                self.near(literal, 1);
            }
            8 => {
                self.far(literal, 0);
                // The sign behind a name tells it from the word: `network=`.
                if literal[7].is_ascii_punctuation() && !literal[0].is_ascii_punctuation() {
                    self.flag(at(literal, 3), FIRST_NEAR);
                    self.flag(at(literal, 4), BETWEEN);
                    self.flag_behind(literal);
                } else {
                    self.near(literal, 1);
                }
            }
            _ => {
                self.far(literal, 0);
                self.far(literal, 1);
            }
        }
    }

    fn near(&mut self, literal: &[u8], first: usize) {
        self.flag(at(literal, first), FIRST_NEAR);
        self.flag(at(literal, first + 1), BETWEEN);
        self.flag(at(literal, first + 2), SECOND_NEAR);
    }

    fn far(&mut self, literal: &[u8], first: usize) {
        self.flag(at(literal, first), FIRST_FAR);
        self.flag(at(literal, first + 2), SECOND_FAR);
        self.flag(at(literal, first + 4), THIRD_FAR);
    }

    /// The window that begins one byte before a literal.
    fn flag_before(&mut self, literal: &[u8]) {
        (0..=u8::MAX).for_each(|any| self.flag([any, literal[0], literal[1], literal[2]], FIRST_NEAR));
    }

    /// The window that ends one byte behind a literal.
    fn flag_behind(&mut self, literal: &[u8]) {
        if let [.., a, b, c] = *literal {
            (0..=u8::MAX).for_each(|any| self.flag([a, b, c, any], SECOND_NEAR));
        }
    }

    fn flag(&mut self, window: [u8; WINDOW], flag: u8) {
        self.0[entry(window)] |= flag;
    }

    /// Whether a text may hold one of the literals.
    #[inline]
    #[must_use]
    pub fn may_hit(&self, text: &[u8]) -> bool {
        // Known to be long enough for every entry.
        let Some(table) = self.0.first_chunk::<{ 1 << TABLE_BITS }>() else { return true };
        let (mut rest, mut from, mut before) = (text, 0, 0);
        while let Some(bytes) = rest.first_chunk::<LOADED>() {
            let flags = look_up(table, u128::from_le_bytes(*bytes));
            if shown(flags, before) != 0 && self.is_shown(text, from, shown(flags, before)) {
                return true;
            }
            before = flags >> (8 * (TOGETHER - 2));
            rest = &rest[TOGETHER * STRIDE..];
            from += TOGETHER * STRIDE;
        }
        // Nothing is behind the end, where a window may stick out of a literal.
        let bytes = match text.last_chunk::<LOADED>() {
            Some(last) => behind(u128::from_le_bytes(*last), LOADED - rest.len()),
            None => rest.iter().rev().fold(0, |bytes, byte| bytes << 8 | u128::from(*byte)),
        };
        let flags = look_up(table, bytes);
        shown(flags, before) != 0 && self.is_shown(text, from, shown(flags, before))
    }

    /// Whether what flags show is shown by the window between two near ones, too.
    #[cold]
    fn is_shown(&self, text: &[u8], from: usize, mut shown: u64) -> bool {
        if shown & !each(SECOND_NEAR) != 0 {
            return true;
        }
        while shown != 0 {
            let second = from + shown.trailing_zeros() as usize / 8 * STRIDE;
            shown &= shown - 1;
            if text.get(second - 1..second - 1 + WINDOW).is_some_and(|window| self.0[entry(at(window, 0))] & BETWEEN != 0) {
                return true;
            }
        }
        false
    }
}

/// Bytes without so many that stand before them.
#[inline]
fn behind(bytes: u128, before: usize) -> u128 {
    u32::try_from(8 * before).ok().and_then(|bits| bytes.checked_shr(bits)).unwrap_or_default()
}

/// The flags of the windows of some bytes, a byte each.
#[inline]
fn look_up(table: &[u8; 1 << TABLE_BITS], bytes: u128) -> u64 {
    #[allow(clippy::cast_possible_truncation)] // a window's bytes are the lower ones
    let flags = |at: usize| u64::from(table[entry(((bytes >> (8 * STRIDE * at)) as u32).to_le_bytes())]) << (8 * at);
    (0..TOGETHER).fold(0, |all, at| all | flags(at))
}

/// What the flags of windows show, with those of the two windows before: at each that is enough, or the last of a pair or of
/// three, the flag that says so.
#[inline]
fn shown(flags: u64, before: u64) -> u64 {
    let first = flags << 16 | before;
    let second = flags << 8 | before >> 8;
    let pairs = flags & second << 1;
    (flags & each(WHOLE)) | (pairs & each(SECOND_NEAR)) | (pairs & first << 2 & each(THIRD_FAR))
}

/// A flag in each byte.
const fn each(flag: u8) -> u64 {
    u64::from_le_bytes([flag; 8])
}

fn at(literal: &[u8], from: usize) -> [u8; WINDOW] {
    [literal[from], literal[from + 1], literal[from + 2], literal[from + 3]]
}

#[inline]
fn entry(window: [u8; WINDOW]) -> usize {
    let word = u32::from_le_bytes(window) | CASE;
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
        let literals: [&[u8]; 10] = [
            b"unknownhost",
            b" id=",
            b"ackno",
            b"msgid",
            b"kicked",
            b"localid",
            b"airplane",
            b"code=533",
            "强制下线".as_bytes(),
            b"message id",
        ];
        for literal in literals {
            let sieve = Sieve::new([literal].into_iter()).unwrap();
            for before in 0..40 {
                for behind in 0..4 {
                    let text = [vec![b'x'; before], literal.to_ascii_uppercase(), vec![b'y'; behind]].concat();
                    assert!(sieve.may_hit(&text), "{before} {}", String::from_utf8_lossy(&text));
                }
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
