//! Values that are personal by their form, wherever they stand: addresses, numbers, tokens.
//!
//! One row per kind, what is most telling first: of two that overlap the earlier row wins.

use super::checks::{
    digits, is_address, is_build, is_foreign_ipv4, is_foreign_ipv6, is_id_card, is_random, is_redacted, is_version, is_whole_number,
    joins_word, luhn,
};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// What stands in the place of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// `<kind>`.
    Mask(&'static str),
    /// `kind_` and twelve digits, the same for the same value.
    Pseudonym(&'static str),
}

/// A kind known by its form.
pub(super) struct Shape {
    /// Kind, as shown.
    pub(super) shown: Shown,
    /// The form; the group `v` is the value, else all of it.
    pattern: &'static str,
    /// Whether a line can have one at all: cheaper than the pattern and never narrower.
    pub(super) may: fn(&Traits<'_>) -> bool,
    /// Whether it is looked for in paths too.
    pub(super) in_paths: bool,
    /// The value at this place of the line, `None` if it only looks like one.
    pub(super) accept: fn(&str, Range<usize>) -> Option<Range<usize>>,
}

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        shown: Shown::Mask("secret"),
        pattern: r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?P<v>.+)",
        may: |t| t.has(b'-') && t.text.contains("-----BEGIN"),
        in_paths: false,
        accept: |_, at| Some(at),
    },
    Shape {
        shown: Shown::Mask("secret"),
        pattern: r"[A-Za-z][A-Za-z0-9+.-]*://(?P<v>[^\s/@:]+:[^\s/@]+)@",
        may: |t| t.has(b'@') && t.text.contains("://"),
        in_paths: true,
        accept: |_, at| Some(at),
    },
    Shape {
        shown: Shown::Mask("token"),
        pattern: r"eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?",
        may: |t| t.has(b'.') && t.text.contains("eyJ"),
        in_paths: false,
        accept: |text, at| (!joins_word(text, at.start, at.end)).then_some(at),
    },
    Shape {
        shown: Shown::Mask("token"),
        pattern: r"(?i)(?-u:\b)(?:bearer|basic|digest|negotiate)\s+(?P<v>[A-Za-z0-9._~+/=-]{8,})",
        may: |t| t.word_run >= 8 && t.has_scheme,
        in_paths: false,
        accept: |text, at| {
            let value = &text[at.clone()];
            let telling = value.len() >= 20 || value.ends_with('=') || value.bytes().any(|b| b.is_ascii_digit());
            (telling && !is_redacted(value)).then_some(at)
        },
    },
    Shape {
        shown: Shown::Mask("text"),
        pattern: r"(?i)<(?:body|subject)(?:\s[^<>]*)?>(?P<v>[^<>]+)",
        may: |t| t.has(b'<'),
        in_paths: false,
        accept: |text, at| (!text[..at.start].to_ascii_lowercase().contains("<html")).then_some(at),
    },
    Shape {
        shown: Shown::Pseudonym("room"),
        pattern: r"(?i)(?:!|%21)(?:[A-Za-z0-9._~=+/-]{1,255}(?::|%3A)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::\d{1,5})?|[A-Za-z0-9_-]{43})",
        may: |t| t.has(b'!') || t.has_escape,
        in_paths: false,
        accept: word,
    },
    Shape {
        shown: Shown::Pseudonym("u"),
        pattern: r"(?i)(?:@|%40)[A-Za-z0-9._=/+-]{1,255}(?::|%3A)(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?::\d{1,5})?",
        may: |t| t.has(b'@') || t.has_escape,
        in_paths: false,
        accept: word,
    },
    Shape {
        shown: Shown::Pseudonym("room"),
        pattern: r"(?i)(?:#|%23)[a-z][A-Za-z0-9._=+-]{1,255}(?::|%3A)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[a-z]{2,24}",
        may: |t| t.has(b'#') || t.has_escape,
        in_paths: false,
        accept: |text, at| word(text, at).filter(|at| is_address(&text[at.clone()])),
    },
    Shape {
        shown: Shown::Pseudonym("event"),
        pattern: r"\$(?:[A-Za-z0-9_-]{43}|[A-Za-z0-9]{10,}:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)",
        may: |t| t.has(b'$'),
        in_paths: false,
        accept: word,
    },
    Shape {
        shown: Shown::Pseudonym("u"),
        pattern: r"(?i)(?P<v>[\p{Han}A-Za-z0-9._+-]+(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[a-z]{2,24})(?:/[A-Za-z0-9._-]+)?",
        may: |t| t.has(b'@') || t.has_escape,
        in_paths: true,
        accept: |text, at| is_address(&text[at.clone()]).then_some(at),
    },
    Shape {
        shown: Shown::Mask("mac"),
        pattern: r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}",
        may: |t| t.hex_pairs,
        in_paths: false,
        accept: |text, at| {
            let next = text.as_bytes().get(at.end);
            (!joins_word(text, at.start, at.end) && !matches!(next, Some(b':' | b'-'))).then_some(at)
        },
    },
    Shape {
        shown: Shown::Mask("ip"),
        pattern: r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3})?",
        may: |t| t.colons >= 2,
        in_paths: false,
        accept: |text, at| {
            let value = text[at.clone()].trim_end_matches(':');
            let value = if at.len() - value.len() == 2 { &text[at.clone()] } else { value };
            let end = at.start + value.len();
            (!joins_word(text, at.start, end) && is_foreign_ipv6(value)).then_some(at.start..end)
        },
    },
    Shape {
        shown: Shown::Mask("ip"),
        pattern: r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}",
        may: |t| t.dots >= 3,
        in_paths: true,
        accept: |text, at| {
            let alone = is_whole_number(text, at.start, at.end);
            (alone && is_foreign_ipv4(&text[at.clone()]) && !is_version(text, at.start, at.end)).then_some(at)
        },
    },
    Shape {
        shown: Shown::Pseudonym("id"),
        pattern: r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        may: |t| t.dashes >= 4,
        in_paths: false,
        // The id of a job is made for one send and names nobody.
        accept: |text, at| word(text, at).filter(|at| !text[..at.start].ends_with("JOB::")),
    },
    Shape {
        shown: Shown::Mask("id_card"),
        pattern: r"[1-9][0-9]{16}[0-9Xx]",
        may: |t| t.digit_run >= 17,
        in_paths: true,
        accept: |text, at| number(text, at).filter(|at| is_id_card(&text[at.clone()])),
    },
    Shape {
        shown: Shown::Mask("imei"),
        pattern: r"(?:01|35|86|98|99)[0-9]{13}",
        may: |t| t.digit_run >= 15,
        in_paths: true,
        accept: |text, at| number(text, at).filter(|at| luhn(&digits(&text[at.clone()]))),
    },
    Shape {
        shown: Shown::Mask("card"),
        // Not beginning with 1, as times in µs and ns do.
        pattern: r"[2-6](?:[0-9]{14,18}|[0-9]{3}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}(?:[ -]?[0-9]{1,3})?)",
        may: |t| t.digit_run >= 15 || t.fours,
        in_paths: true,
        accept: |text, at| number(text, at).filter(|at| luhn(&digits(&text[at.clone()]))),
    },
    Shape {
        shown: Shown::Mask("phone"),
        // Zones (`+0800`) have four digits.
        pattern: r"\+[1-9](?:[0-9]{7,14}|[0-9]{0,2}(?:[ .-]\(?|\()[0-9]{1,4}\)?(?:[ .-]?[0-9]{2,8}){1,4})",
        may: |t| t.has(b'+'),
        in_paths: true,
        accept: |text, at| number(text, at).filter(|at| (8..=15).contains(&digits(&text[at.clone()]).len())),
    },
    Shape {
        shown: Shown::Mask("phone"),
        pattern: r"(?:(?:00)?86[ -]?)?1[3-9][0-9](?:[0-9]{8}|[ -][0-9]{4}[ -][0-9]{4})",
        may: |t| t.digit_run >= 11 || t.fours,
        in_paths: true,
        accept: |text, at| is_phone_boundary(text, &at).then_some(at),
    },
    Shape {
        shown: Shown::Mask("phone"),
        pattern: r"0[1-9][0-9]{1,2}-[2-9][0-9]{6,7}|\(?[2-9][0-9]{2}\)?[ -][2-9][0-9]{2}-[0-9]{4}",
        may: |t| t.dashed,
        in_paths: true,
        accept: |text, at| {
            let apart = !text[..at.start].ends_with(['-', '/']) && !text[at.end..].starts_with('-');
            number(text, at).filter(|_| apart)
        },
    },
    Shape {
        shown: Shown::Mask("coordinates"),
        pattern: r"-?[0-9]{1,3}\.[0-9]{4,}\s*[,，]\s*-?[0-9]{1,3}\.[0-9]{4,}",
        may: |t| t.dots >= 2 && t.has_comma,
        in_paths: false,
        accept: |text, at| {
            let inside = text[at.clone()].split([',', '，']).all(|n| n.trim().parse::<f64>().is_ok_and(|n| n.abs() <= 180.0));
            (inside && !joins_word(text, at.start, at.end)).then_some(at)
        },
    },
    Shape { shown: Shown::Pseudonym("u"), pattern: r"wxid_[A-Za-z0-9]{6,}", may: |t| t.has(b'_'), in_paths: true, accept: word },
    Shape {
        shown: Shown::Pseudonym("id"),
        pattern: r"[0-9A-Fa-f]{32,}",
        may: |t| t.word_run >= 32,
        in_paths: false,
        accept: |text, at| word(text, at).filter(|at| !is_build(text, at.start)),
    },
    Shape {
        shown: Shown::Pseudonym("id"),
        pattern: r"[A-Za-z0-9+/_-]{24,}={0,2}",
        may: |t| t.word_run >= 24,
        in_paths: false,
        accept: |text, at| is_random(&text[at.clone()]).then_some(at),
    },
    Shape {
        shown: Shown::Mask("user"),
        pattern: r#"(?:/Users/|/home/|[A-Za-z]:\\{1,2}Users\\{1,2})(?P<v>[^/\\\s"':,;<>]+)"#,
        may: |t| t.has(b'/') || t.has(b'\\'),
        in_paths: true,
        accept: |_, at| Some(at),
    },
];

/// The patterns of the rows.
pub(super) static PATTERNS: LazyLock<Vec<Regex>> =
    LazyLock::new(|| SHAPES.iter().map(|row| Regex::new(row.pattern).expect("the pattern of a row is a constant")).collect());
/// What one pass over a line tells of the shapes it can have.
#[allow(clippy::struct_excessive_bools, reason = "facts, each by itself")]
pub(super) struct Traits<'t> {
    text: &'t str,
    seen: [bool; 128],
    /// Longest run of digits.
    digit_run: usize,
    /// Whether four digits, a blank or a dash, and four digits occur.
    fours: bool,
    /// Whether a digit, a dash and four digits occur.
    dashed: bool,
    /// Longest run of `[A-Za-z0-9+/_=.~-]`.
    word_run: usize,
    colons: usize,
    dots: usize,
    dashes: usize,
    /// Whether there are enough `:` and `-` for six pairs.
    hex_pairs: bool,
    /// Whether `%40`, `%21` or `%23` may occur.
    has_escape: bool,
    has_comma: bool,
    /// Whether the name of an authorization scheme may occur.
    has_scheme: bool,
}

impl<'t> Traits<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut t = Traits {
            text,
            seen: [false; 128],
            digit_run: 0,
            fours: false,
            dashed: false,
            word_run: 0,
            colons: 0,
            dots: 0,
            dashes: 0,
            hex_pairs: false,
            has_escape: false,
            has_comma: false,
            has_scheme: false,
        };
        let (mut digits, mut word, mut wide) = (0, 0, false);
        // The run of digits before a single blank or dash, and which of the two it was.
        let mut before = (0, 0);
        for byte in text.bytes() {
            match t.seen.get_mut(usize::from(byte)) {
                Some(seen) => *seen = true,
                None => wide = true,
            }
            let digit = byte.is_ascii_digit();
            if digit {
                digits += 1;
                t.digit_run = t.digit_run.max(digits);
                t.fours |= digits >= 4 && before.0 >= 4;
                t.dashed |= digits >= 4 && before.0 >= 1 && before.1 == b'-';
            } else {
                before = if matches!(byte, b' ' | b'-') { (digits, byte) } else { (0, 0) };
                digits = 0;
            }
            word = if byte.is_ascii_alphanumeric() || b"+/_=.~-".contains(&byte) { word + 1 } else { 0 };
            t.word_run = t.word_run.max(word);
            t.colons += usize::from(byte == b':');
            t.dots += usize::from(byte == b'.');
            t.dashes += usize::from(byte == b'-');
        }
        t.has_escape = t.has(b'%') && (t.has(b'4') || t.has(b'2'));
        t.has_comma = t.has(b',') || wide;
        t.hex_pairs = t.colons + t.dashes >= 5;
        t.has_scheme = (t.has(b'b') || t.has(b'B') || t.has(b'd') || t.has(b'D') || t.has(b'n') || t.has(b'N')) && SCHEMES.is_match(text);
        t
    }

    fn has(&self, byte: u8) -> bool {
        self.seen[usize::from(byte)]
    }
}

/// Names of authorization schemes.
static SCHEMES: LazyLock<aho_corasick::AhoCorasick> = LazyLock::new(|| {
    aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(["bearer", "basic", "digest", "negotiate"]).expect("four words")
});

/// A value that is not a part of a word.
fn word(text: &str, at: Range<usize>) -> Option<Range<usize>> {
    (!joins_word(text, at.start, at.end)).then_some(at)
}

/// A value that is not a part of a number.
fn number(text: &str, at: Range<usize>) -> Option<Range<usize>> {
    is_whole_number(text, at.start, at.end).then_some(at)
}

/// A phone number may stand inside a name (`wx13800138000`), but not inside a number or a hash.
fn is_phone_boundary(text: &str, at: &Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let hex = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_hexdigit);
    let point = at.start >= 2 && bytes[at.start - 1] == b'.' && bytes[at.start - 2].is_ascii_digit();
    let after_hex = at.start > 0 && hex(at.start - 1);
    !(after_hex || point || hex(at.end))
}
