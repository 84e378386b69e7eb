//! One pass over a line -> what the shapes ask of it before their patterns run.

use aho_corasick::AhoCorasick;
use std::sync::LazyLock;

/// What one pass over a line tells of the shapes it can have.
#[allow(clippy::struct_excessive_bools, reason = "facts, each by itself")]
pub(in crate::redact) struct Traits<'t> {
    pub(super) text: &'t str,
    seen: [bool; 128],
    /// Longest run of digits.
    pub(super) digit_run: usize,
    /// Whether four digits, a blank or a dash, and four digits occur.
    pub(super) fours: bool,
    /// Whether a digit, a dash and four digits occur.
    pub(super) dashed: bool,
    /// Longest run of `[A-Za-z0-9+/_=.~-]`.
    pub(super) word_run: usize,
    pub(super) colons: usize,
    pub(super) dots: usize,
    pub(super) dashes: usize,
    /// Whether there are enough `:` and `-` for six pairs.
    pub(super) hex_pairs: bool,
    /// Whether `%40`, `%21` or `%23` may occur.
    pub(super) has_escape: bool,
    pub(super) has_comma: bool,
    /// Whether two letters and two digits follow each other.
    pub(super) iban_head: bool,
    /// Whether the name of an authorization scheme may occur.
    pub(super) has_scheme: bool,
}

impl<'t> Traits<'t> {
    pub(in crate::redact) fn of(text: &'t str) -> Self {
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
            iban_head: false,
            has_scheme: false,
        };
        let (mut digits, mut word, mut wide) = (0, 0, false);
        let (mut letters, mut led) = (0, false);
        // The run of digits before a single blank or dash, and which of the two it was.
        let mut before = (0, 0);
        for byte in text.bytes() {
            match t.seen.get_mut(usize::from(byte)) {
                Some(seen) => *seen = true,
                None => wide = true,
            }
            let digit = byte.is_ascii_digit();
            if digit {
                if digits == 0 {
                    led = letters >= 2;
                }
                t.iban_head |= led && digits >= 1;
                digits += 1;
                t.digit_run = t.digit_run.max(digits);
                t.fours |= digits >= 4 && before.0 >= 4;
                t.dashed |= digits >= 4 && before.0 >= 1 && before.1 == b'-';
            } else {
                before = if matches!(byte, b' ' | b'-') { (digits, byte) } else { (0, 0) };
                digits = 0;
            }
            letters = if byte.is_ascii_alphabetic() { letters + 1 } else { 0 };
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

    pub(super) fn has(&self, byte: u8) -> bool {
        self.seen[usize::from(byte)]
    }
}

/// Names of authorization schemes.
static SCHEMES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder().ascii_case_insensitive(true).build(["bearer", "basic", "digest", "negotiate"]).expect("four words")
});
