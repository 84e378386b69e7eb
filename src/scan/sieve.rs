//! Texts -> whether one of many literals may stand in them, in any case: most lines hold none, and this is several times
//! cheaper than the automaton that is sure.
//!
//! Of each literal the nine bytes in a row that look rarest are kept (or as many as it has). Every second window of four
//! bytes of a text is looked up in a table that fits into a cache, so that a literal shows one of two rows of windows: those
//! at its even places, or those at its odd ones. Two windows of a row must be there, at their distance, unless one is all
//! that a short literal has. A text without a hit holds no literal; a text with one may.

/// Bytes in a row that are looked up.
const WINDOW: usize = 4;
/// From one window to the next.
const STRIDE: usize = 2;
/// Bytes of a literal that are kept: two windows at a distance of four, wherever it begins.
const KEPT: usize = 9;
/// Entries of the table, as a power of two: 32 KB.
const TABLE_BITS: u32 = 15;
/// Upper and lower case letters differ in this bit.
const CASE: u32 = 0x2020_2020;
/// Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4).
const FACTOR: u32 = 0x9E37_79B1;
/// Windows that are looked up before they are compared.
const BLOCK: usize = 128;

/// The window is enough.
const WHOLE: u8 = 1;
/// The window is the first of two at a distance of two bytes; the flag of the second is one bit up.
const FIRST_NEAR: u8 = 1 << 1;
const SECOND_NEAR: u8 = FIRST_NEAR << 1;
/// Likewise at a distance of four.
const FIRST_FAR: u8 = 1 << 3;
const SECOND_FAR: u8 = FIRST_FAR << 1;
/// Like `NEAR`, of literals that do not fill one of the windows: many entries, which shall not meet those of others.
const FIRST_LOOSE: u8 = 1 << 5;
const SECOND_LOOSE: u8 = FIRST_LOOSE << 1;

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

    /// Flags the windows of a literal of [`WINDOW`] to [`KEPT`] bytes: those of its even places and those of its odd ones.
    fn add(&mut self, literal: &[u8]) {
        let at = |from: usize| [literal[from], literal[from + 1], literal[from + 2], literal[from + 3]];
        let near = |sieve: &mut Self, first| {
            sieve.flag(at(first), FIRST_NEAR);
            sieve.flag(at(first + 2), SECOND_NEAR);
        };
        let far = |sieve: &mut Self, first| {
            sieve.flag(at(first), FIRST_FAR);
            sieve.flag(at(first + 4), SECOND_FAR);
        };
        // Of windows that stick out of the literal one byte may be any.
        let loose = |sieve: &mut Self, first: usize| {
            sieve.flag(at(first), FIRST_LOOSE);
            (0..=u8::MAX).for_each(|any| sieve.flag([literal[first + 2], literal[first + 3], literal[first + 4], any], SECOND_LOOSE));
        };
        let outside = |sieve: &mut Self| {
            (0..=u8::MAX).for_each(|any| sieve.flag([any, literal[0], literal[1], literal[2]], FIRST_LOOSE));
        };
        match literal.len() {
            4 => {
                self.flag(at(0), WHOLE);
                outside(self);
                (0..=u8::MAX).for_each(|any| self.flag([literal[1], literal[2], literal[3], any], SECOND_LOOSE));
            }
            5 => {
                loose(self, 0);
                outside(self);
                self.flag(at(1), SECOND_LOOSE);
            }
            6 => {
                near(self, 0);
                loose(self, 1);
            }
            7 => {
                near(self, 0);
                near(self, 1);
            }
            8 => {
                far(self, 0);
                // The sign behind a name tells it from the word: `network=`.
                if literal[7].is_ascii_punctuation() { loose(self, 3) } else { near(self, 1) }
            }
            _ => {
                far(self, 0);
                far(self, 1);
            }
        }
    }

    fn flag(&mut self, window: [u8; WINDOW], flag: u8) {
        self.0[entry(window)] |= flag;
    }

    /// Whether a text may hold one of the literals.
    #[inline]
    #[must_use]
    pub fn may_hit(&self, text: &[u8]) -> bool {
        let mut rest = text;
        // Blocks overlap, so that no pair of windows is cut.
        while rest.len() >= WINDOW {
            let part = &rest[..rest.len().min((BLOCK + 1) * STRIDE + WINDOW)];
            if self.block(part) {
                return true;
            }
            rest = rest.get(BLOCK * STRIDE..).unwrap_or_default();
        }
        false
    }

    #[inline]
    fn block(&self, part: &[u8]) -> bool {
        let mut flags = [0_u8; BLOCK + 4];
        // Known to be long enough for every entry.
        let Some(table) = self.0.first_chunk::<{ 1 << TABLE_BITS }>() else { return true };
        for (flag, window) in flags.iter_mut().zip(part.windows(WINDOW).step_by(STRIDE)) {
            *flag = table[entry([window[0], window[1], window[2], window[3]])];
        }
        let windows = (part.len() - WINDOW) / STRIDE + 1;
        // A window that sticks out of a literal may stick out of the text.
        if let [.., a, b, c] = *part
            && part.len() % STRIDE == 1
        {
            flags[windows] = table[entry([a, b, c, 0])];
        }
        let windows = windows.min(BLOCK);
        let mut hit = 0;
        for ((first, near), far) in flags[..windows].iter().zip(&flags[1..=windows]).zip(&flags[2..windows + 2]) {
            let second = (near & (SECOND_NEAR | SECOND_LOOSE)) | (far & SECOND_FAR);
            hit |= (first & WHOLE) | ((first << 1) & second);
        }
        hit != 0
    }
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
            for before in (0..9).chain(BLOCK * STRIDE - 20..BLOCK * STRIDE + 20) {
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
