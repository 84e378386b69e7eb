//! Lines of objects -> how many bytes at their beginning a search need not look at.
//!
//! The lines of a log write the same keys in the same order, and most begin with a stamp: up to their level or their name they
//! differ in digits only. What is known to hold no literal, whatever the digits are, need not be searched in each line.

use super::sieve::Sieve;
use wide::u8x16;

/// Bytes of a line that are compared.
const BYTES: usize = 64;
/// A shorter beginning is not worth the comparison.
const SHORTEST: usize = 16;

/// The first bytes of a line.
type Start = [u8; BYTES];

/// How lines begin.
#[derive(Default)]
pub struct Opening {
    parts: [Part; BYTES / 16],
    /// Bytes that need not be searched; none is known where there are none.
    len: usize,
}

/// Some bytes of it.
#[derive(Clone, Copy)]
struct Part {
    /// The lowest byte that may stand at each place.
    low: [u8; 16],
    /// How many above it may, too.
    more: [u8; 16],
}

impl Default for Part {
    /// Any bytes.
    fn default() -> Self {
        Part { low: [0; 16], more: [u8::MAX; 16] }
    }
}

impl Opening {
    /// The bytes of a line that need not be searched.
    #[inline]
    pub fn of(&self, line: &[u8]) -> usize {
        let Some(start) = line.first_chunk::<BYTES>() else { return 0 };
        let mut differs = u8x16::splat(0);
        for (bytes, part) in start.as_chunks::<16>().0.iter().zip(&self.parts) {
            // What is below is far above, if one counts around.
            let above = u8x16::from(*bytes) - u8x16::from(part.low);
            differs |= above ^ above.min(u8x16::from(part.more));
        }
        if differs.simd_eq(u8x16::splat(0)).to_bitmask() == 0xffff { self.len } else { 0 }
    }

    /// Takes what some lines have in common, as far as no literal can stand there or across its end.
    #[cold]
    pub fn learn(&mut self, lines: &[&[u8]], literals: &Sieve) {
        *self = Opening::default();
        let starts: Vec<&Start> = lines.iter().filter_map(|line| line.first_chunk()).collect();
        let Some(first) = starts.first().filter(|_| starts.len() == lines.len()) else { return };
        let is_common = |at: &usize| starts.iter().all(|start| plain(start[*at]) == plain(first[*at])) && first[*at] != b'\\';
        let common = (0..BYTES).take_while(is_common).count();
        // What stands behind the end is of the common part, too.
        let Some(len) = (SHORTEST..common).rev().find(|len| literals.is_clear(&first[..common], *len)) else { return };
        self.len = len;
        let signs = first[..len].chunks(16).zip(&mut self.parts);
        for (signs, part) in signs {
            for (at, sign) in signs.iter().enumerate() {
                (part.low[at], part.more[at]) = if sign.is_ascii_digit() { (b'0', 9) } else { (*sign, 0) };
            }
        }
    }
}

/// A byte, of digits any.
const fn plain(byte: u8) -> u8 {
    if byte.is_ascii_digit() { b'0' } else { byte }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LITERALS: [&[u8]; 7] = [b"code=533", b"msgid", b"\"send\"", b"[50", b"uuid", b"\":\"acked", b"timeout"];

    fn sieve() -> Sieve {
        Sieve::new(LITERALS.into_iter())
    }

    fn learnt(lines: &[&str]) -> Opening {
        let mut opening = Opening::default();
        opening.learn(&lines.iter().map(|line| line.as_bytes()).collect::<Vec<_>>(), &sieve());
        opening
    }

    /// A line that is long enough, whatever it begins with.
    fn line(start: &str) -> String {
        format!("{start}{}", ".".repeat(BYTES))
    }

    #[test]
    fn lines_that_differ_in_digits_are_not_searched_up_to_where_they_differ_otherwise() {
        let lines = ["2026-11-02T01:00:00.533Z\",\"level\":\"info\"", "2026-11-02T01:00:07.001Z\",\"level\":\"warn\""];
        let lines = lines.map(|rest| line(&format!("{{\"ts\":\"{rest}")));
        let opening = learnt(&[&lines[0], &lines[1]]);
        let known = "{\"ts\":\"2026-11-02T01:00:00.533Z\",\"level";
        assert_eq!(opening.of(lines[0].as_bytes()), known.len(), "a literal may begin with what stands behind");
        assert_eq!(opening.of(line("{\"ts\":\"2031-01-12T11:10:00.000Z\",\"level\":\"x").as_bytes()), known.len());
        for other in
            ["{\"ts\":\"2031-01-12T11:10:00.000 \",\"level\":\"x", "{\"ts\":\"2031-01-12T11:10:00.00:Z\",\"level\":\"x", "{\"at\":\"20"]
        {
            assert_eq!(opening.of(line(other).as_bytes()), 0, "{other}");
        }
        assert_eq!(opening.of(known.as_bytes()), 0, "too short to be compared");
    }

    #[test]
    fn nothing_is_passed_over_that_may_be_a_literal_with_other_digits() {
        let of = |start: &str| learnt(&[&line(start), &line(start)]).of(line(start).as_bytes());
        assert!(of("{\"ts\":1764201610686,\"n\":") > 20);
        assert_eq!(of("{\"ts\":[17642016106,\"n\":"), 0, "[17 may be [50");
        assert_eq!(of("{\"a\":\"code=111\",\"b\":\"cc\",\"n\":"), 0);
        assert_eq!(of("{\"UUID\":\"0000-0000\",\"b\":\"cc\",\"n\":"), 0);
        assert_eq!(of("{\"a\":\"\\u0041\",\"ccccccccccc\":"), 0, "letters may be written otherwise");
    }

    proptest! {
        #[test]
        fn what_is_passed_over_holds_no_literal_and_begins_none(
            starts in prop::collection::vec("[{\"a-d:=\\[0-9]{20,40}", 1..4),
            cut in 0_usize..40,
            kind in 0_usize..LITERALS.len(),
            digits in "[0-9]{64}",
        ) {
            let literal = String::from_utf8_lossy(LITERALS[kind]).into_owned();
            let head = &starts[0][..cut.min(starts[0].len())];
            let lines: Vec<String> = starts.iter().map(|rest| line(&format!("{head}{rest}"))).collect();
            let opening = learnt(&lines.iter().map(String::as_str).collect::<Vec<_>>());
            for base in [line(&format!("{head}{literal}{}", starts[0])), lines[0].clone(), format!("{head}{literal}")] {
                let other: String = base.chars().zip(digits.chars().cycle()).map(|(c, d)| if c.is_ascii_digit() { d } else { c }).collect();
                for text in [base, other] {
                    let skipped = opening.of(text.as_bytes());
                    prop_assert_eq!(sieve().hits(&text.as_bytes()[skipped..]), sieve().hits(text.as_bytes()), "{} of {}", skipped, text);
                }
            }
        }
    }
}
