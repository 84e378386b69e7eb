//! Lines of objects -> how many bytes at their beginning a search need not look at.
//!
//! The lines of a log write the same keys in the same order, and most begin with a stamp: up to their level or their name they
//! differ in digits only. What is known to hold no literal, whatever the digits are, need not be searched in each line.

use super::sieve::{Sieve, any_digit};
use wide::u8x16;

/// Bytes of a line that are compared.
const BYTES: usize = 64;
/// A shorter beginning is not worth the comparison.
const SHORTEST: usize = 16;
/// So many times in a row nothing is learnt, and no more is tried.
const FAILURES_MAX: u32 = 8;
/// Seconds since 1970 have as many digits.
const EPOCH_MIN_DIGITS: usize = 10;
/// Of these the first ones change once in eleven days.
const EPOCH_DIGITS: usize = 4;

/// The first bytes of a line.
type Start = [u8; BYTES];

/// How lines begin.
#[derive(Default)]
pub struct Opening {
    parts: [Part; BYTES / 16],
    /// Bytes that need not be searched; none is known where there are none.
    len: usize,
    /// Times in a row that nothing was learnt.
    failures: u32,
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

    /// Whether lines may yet be found to have something in common.
    #[inline]
    pub const fn is_worth_a_try(&self) -> bool {
        self.failures < FAILURES_MAX
    }

    /// Takes what some lines have in common, as far as no literal can stand there or across its end.
    #[cold]
    pub fn learn(&mut self, lines: &[&[u8]], literals: &Sieve) {
        (self.len, self.parts) = (0, Default::default());
        self.failures += 1;
        let starts: Vec<&Start> = lines.iter().filter_map(|line| line.first_chunk()).collect();
        let Some(first) = starts.first().filter(|_| starts.len() == lines.len() && lines.len() > 1) else { return };
        let is_common = |at: &usize| starts.iter().all(|start| any_digit(start[*at]) == any_digit(first[*at])) && first[*at] != b'\\';
        let common = &first[..(0..BYTES).take_while(is_common).count()];
        let bytes: Vec<(u8, u8)> = (0..common.len())
            .map(|at| {
                let is_fixed =
                    !common[at].is_ascii_digit() || (is_of_epoch(common, at) && starts.iter().all(|start| start[at] == first[at]));
                if is_fixed { (common[at], 0) } else { (b'0', 9) }
            })
            .collect();
        let Some(len) = (SHORTEST..common.len()).rev().find(|len| literals.is_clear(&bytes, *len)) else { return };
        // What stands behind the end must stand there, too: another byte may go on with a literal.
        for (bytes, part) in bytes[..=len].chunks(16).zip(&mut self.parts) {
            for (at, (low, more)) in bytes.iter().enumerate() {
                (part.low[at], part.more[at]) = (*low, *more);
            }
        }
        (self.len, self.failures) = (len, 0);
    }
}

/// Whether a digit is one of the first of a long number: those of a time in milliseconds stay the same for days, and would be any
/// number's if they could be any.
fn is_of_epoch(common: &[u8], at: usize) -> bool {
    let before = common[..at].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let behind = common[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    before < EPOCH_DIGITS && before + behind >= EPOCH_MIN_DIGITS
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
        let number = Sieve::new([&b"2343432205"[..]].into_iter());
        let mut opening = Opening::default();
        let lines = ["1764201610686", "1764201619999"].map(|time| line(&format!("{{\"ts\":{time},\"level\":")));
        opening.learn(&[lines[0].as_bytes(), lines[1].as_bytes()], &number);
        assert!(opening.of(lines[0].as_bytes()) > 20 && opening.of(line("{\"ts\":2343432205999,\"level\":").as_bytes()) == 0);
        assert_eq!(of("{\"ts\":[17642016,\"n\":"), 0, "[17 may be [50");
        assert_eq!(of("{\"a\":\"code=111\",\"b\":\"cc\",\"n\":"), 0);
        assert_eq!(of("{\"UUID\":\"0000-0000\",\"b\":\"cc\",\"n\":"), 0);
        assert_eq!(of("{\"a\":\"\\u0041\",\"ccccccccccc\":"), 0, "letters may be written otherwise");
    }

    #[test]
    fn a_literal_that_begins_in_what_is_common_and_goes_on_otherwise_is_seen() {
        let lines = ["msg#a opened", "msg#b opened"].map(|rest| line(&format!("{{\"t\":\"2026-11-02T10:00:00Z\",\"msg\":\"{rest}")));
        let opening = learnt(&[&lines[0], &lines[1]]);
        assert!(opening.of(lines[0].as_bytes()) > 30);
        let other = line("{\"t\":\"2026-11-02T10:00:01Z\",\"msg\":\"msgid=m1");
        assert!(sieve().hits(&other.as_bytes()[opening.of(other.as_bytes())..]));
    }

    #[test]
    fn what_cannot_be_learnt_is_not_tried_for_ever() {
        let mut opening = Opening::default();
        let same = line("{\"t\":\"2026-11-02T10:00:00Z\",\"msg\":\"m");
        for _ in 1..FAILURES_MAX {
            opening.learn(&[line("abc").as_bytes(), line("xyz").as_bytes()], &sieve());
        }
        assert!(opening.is_worth_a_try());
        opening.learn(&[line("abc").as_bytes(), line("xyz").as_bytes()], &sieve());
        assert!(!opening.is_worth_a_try() && opening.of(same.as_bytes()) == 0);
    }

    proptest! {
        #[test]
        fn what_is_passed_over_holds_no_literal_and_begins_none(
            starts in prop::collection::vec("[{\"a-d:=\\[0-9]{20,40}", 1..4),
            cut in 0_usize..40,
            kind in 0_usize..LITERALS.len(),
            begun in 1_usize..8,
            digits in "[0-9]{64}",
        ) {
            let literal = String::from_utf8_lossy(LITERALS[kind]).into_owned();
            let head = &starts[0][..cut.min(starts[0].len())];
            let lines: Vec<String> = starts.iter().map(|rest| line(&format!("{head}{rest}"))).collect();
            let opening = learnt(&lines.iter().map(String::as_str).collect::<Vec<_>>());
            let across = |cut: usize| line(&format!("{head}{}{}", &literal[..cut.min(literal.len())], starts[0]));
            let begun = across(begun);
            let with_begun = learnt(&[&begun, &begun]);
            let whole = line(&format!("{head}{literal}{}", starts[0]));
            prop_assert_eq!(sieve().hits(&whole.as_bytes()[with_begun.of(whole.as_bytes())..]), sieve().hits(whole.as_bytes()), "{}", whole);
            for base in [whole, lines[0].clone(), format!("{head}{literal}")] {
                let other: String = base.chars().zip(digits.chars().cycle()).map(|(c, d)| if c.is_ascii_digit() { d } else { c }).collect();
                for text in [base, other] {
                    let skipped = opening.of(text.as_bytes());
                    prop_assert_eq!(sieve().hits(&text.as_bytes()[skipped..]), sieve().hits(text.as_bytes()), "{} of {}", skipped, text);
                }
            }
        }
    }
}
