//! Numbers of people, devices and accounts, and places.

use super::{ALL, LINES, STATED, Shape, Shown, number};
use crate::redact::checks::{digits, is_id_card, joins_word, luhn};
use std::ops::Range;

/// Those with check digits first.
pub(super) const SHAPES: &[Shape] = &[
    Shape {
        shown: Shown::Mask("id_card"),
        pattern: r"[1-9][0-9]{16}[0-9Xx]",
        may: |t| t.digit_run >= 17,
        places: ALL,
        accept: |text, at| glued(text, at).filter(|at| is_id_card(&text[at.clone()])),
    },
    Shape {
        shown: Shown::Mask("imei"),
        pattern: r"(?:01|35|86|98|99)(?:[0-9]{13}|[ -]?[0-9]{4}[ -]?[0-9]{2}[ -][0-9]{6}[ -][0-9]|-[0-9]{6}-[0-9]{6}-[0-9])",
        may: |t| t.digit_run >= 15 || t.sixes,
        places: ALL,
        accept: |text, at| glued(text, at).filter(|at| luhn(&digits(&text[at.clone()]))),
    },
    Shape {
        shown: Shown::Mask("iban"),
        pattern: r"(?i)[A-Z]{2}[0-9]{2}(?:(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)",
        may: |t| t.iban,
        places: ALL,
        accept: |text, at| iban(text, at),
    },
    Shape {
        shown: Shown::Mask("card"),
        // Not beginning with 1, as times in µs and ns do.
        pattern: r"[2-6](?:[0-9]{14,18}|[0-9]{3}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}(?:[ -]?[0-9]{1,3})?)",
        may: |t| t.digit_run >= 15 || t.fours,
        places: ALL,
        accept: |text, at| glued(text, at).filter(|at| luhn(&digits(&text[at.clone()]))),
    },
    Shape {
        shown: Shown::Mask("phone"),
        // With the prefix of international calls (ITU-T E.123) instead of a plus.
        pattern: r"00[1-9](?:[0-9]{0,2}(?: [0-9]{2,8}){2,4}|[0-9]{8,13})",
        may: |t| t.text.contains("00"),
        places: STATED,
        accept: |text, at| number(text, at).filter(|at| (11..=17).contains(&digits(&text[at.clone()]).len())),
    },
    Shape {
        shown: Shown::Mask("phone"),
        // Zones (`+0800`) have four digits.
        pattern: r"\+[1-9](?:[0-9]{7,14}|[0-9]{0,2}(?:[ .-]\(?|\()[0-9]{1,4}\)?(?:[ .-]?[0-9]{2,8}){1,4})",
        may: |t| t.has(b'+'),
        places: ALL,
        accept: |text, at| number(text, at).filter(|at| (8..=15).contains(&digits(&text[at.clone()]).len())),
    },
    Shape {
        shown: Shown::Mask("phone"),
        pattern: r"(?:(?:00)?86[ -]?)?1[3-9][0-9](?:[0-9]{8}|[ -][0-9]{4}[ -][0-9]{4})",
        may: |t| t.digit_run >= 11 || t.fours,
        places: ALL,
        accept: |text, at| is_phone_boundary(text, &at).then_some(at),
    },
    Shape {
        shown: Shown::Mask("phone"),
        pattern: r"0[1-9][0-9]{1,2}-[2-9][0-9]{6,7}|\(?[2-9][0-9]{2}\)?[ -][2-9][0-9]{2}-[0-9]{4}",
        may: |t| t.dashed,
        places: ALL,
        accept: |text, at| {
            let apart = !text[..at.start].ends_with(['-', '/']) && !text[at.end..].starts_with('-');
            number(text, at).filter(|_| apart)
        },
    },
    Shape {
        shown: Shown::Mask("coordinates"),
        pattern: r"-?[0-9]{1,3}\.[0-9]{4,}\s*[,，]\s*-?[0-9]{1,3}\.[0-9]{4,}",
        may: |t| t.decimals >= 2 && t.has_comma,
        places: ALL,
        accept: |text, at| {
            let inside = text[at.clone()].split([',', '，']).all(|n| n.trim().parse::<f64>().is_ok_and(|n| n.abs() <= 180.0));
            (inside && !joins_word(text, at.start, at.end)).then_some(at)
        },
    },
    Shape {
        shown: Shown::Mask("coordinates"),
        // RFC 5870.
        pattern: r"(?i)(?-u:\b)geo:(?P<v>-?[0-9]{1,3}(?:\.[0-9]+)?,-?[0-9]{1,3}(?:\.[0-9]+)?)",
        may: |t| t.has_comma && t.colons >= 1,
        places: LINES,
        accept: |_, at| Some(at),
    },
];

/// An account number (ISO 13616): its check digits are right, in groups of four or without.
fn iban(text: &str, at: Range<usize>) -> Option<Range<usize>> {
    let valid = |value: &str| {
        let compact: String = value.chars().filter(|c| *c != ' ').collect();
        let moved = compact.chars().skip(4).chain(compact.chars().take(4));
        let rest =
            moved.filter_map(|c| c.to_digit(36)).fold(0, |rest, d| if d < 10 { (rest * 10 + d) % 97 } else { (rest * 100 + d) % 97 });
        (15..=34).contains(&compact.len()) && rest == 1
    };
    let before = text[..at.start].ends_with(|c: char| c.is_ascii_alphanumeric());
    // Words behind it may look like a further group.
    let ends = text[at.clone()].char_indices().map(|(n, c)| at.start + n + c.len_utf8()).rev();
    let whole = |end: &usize| !text[*end..].starts_with(|c: char| c.is_ascii_alphanumeric());
    let mut ends = ends.filter(|end| *end - at.start >= 15 && whole(end));
    (!before).then(|| ends.find(|end| valid(&text[at.start..*end]))).flatten().map(|end| at.start..end)
}

/// A number with check digits, which may follow a word without a blank (`imei86…`), but not stand in a hash.
fn glued(text: &str, at: Range<usize>) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let in_word = at.start > 0 && bytes[at.start - 1].is_ascii_alphabetic() && !bytes[at.start - 1].is_ascii_hexdigit();
    if !in_word {
        return number(text, at);
    }
    let ends = match &bytes[at.end..] {
        [b'.', next, ..] => !next.is_ascii_digit(),
        [next, ..] => !next.is_ascii_alphanumeric(),
        [] => true,
    };
    ends.then_some(at)
}

/// A phone number may stand inside a name (`wx13800138000`), but not inside a number or a hash.
fn is_phone_boundary(text: &str, at: &Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let hex = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_hexdigit);
    let point = at.start >= 2 && bytes[at.start - 1] == b'.' && bytes[at.start - 2].is_ascii_digit();
    let after_hex = at.start > 0 && hex(at.start - 1);
    !(after_hex || point || hex(at.end))
}
