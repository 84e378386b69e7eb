//! One pass over a line -> what the shapes ask of it before their patterns run.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::cell::OnceCell;
use std::sync::LazyLock;

/// Country and check digits of an account number.
const IBAN_HEAD_BYTES: usize = 4;
/// The shortest account number (Norway; ISO 13616).
const IBAN_MIN_BYTES: usize = 15;

/// A digit.
const DIGIT: u8 = 1;
/// A letter from a to f, in any case.
const HEX: u8 = 2;
/// Any letter.
const LETTER: u8 = 4;
/// What else stands in keys and tokens: `+ / _ = . ~ -`.
const JOINT: u8 = 8;

/// What each byte is.
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        classes[byte as usize] = match byte {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' | b'A'..=b'F' => HEX | LETTER,
            b'g'..=b'z' | b'G'..=b'Z' => LETTER,
            b'+' | b'/' | b'_' | b'=' | b'.' | b'~' | b'-' => JOINT,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// What one pass over a line tells of the shapes it can have: never less than their patterns find.
#[allow(clippy::struct_excessive_bools, reason = "facts, each by itself")]
pub(in crate::redact) struct Traits<'t> {
    pub(super) text: &'t str,
    seen: [bool; 256],
    /// Longest run of digits.
    pub(super) digit_run: usize,
    /// Longest run of hex digits.
    pub(super) hex_run: usize,
    /// Longest run of `[A-Za-z0-9+/_=.~-]`.
    pub(super) word_run: usize,
    /// Whether four digits, a blank or a dash, and four digits occur.
    pub(super) fours: bool,
    /// Whether three digits, a dash and four digits occur.
    pub(super) dashed: bool,
    /// Whether six digits, a blank or a dash, and a digit occur.
    pub(super) sixes: bool,
    /// Whether a stretch of fifteen letters, digits and blanks or more has two letters and two digits in a row.
    pub(super) iban: bool,
    /// Whether five `:` or `-` follow each other with two letters or digits before each.
    pub(super) pairs: bool,
    /// Whether four letters or digits stand between two points.
    pub(super) dotted: bool,
    /// Whether three points follow each other with digits before each.
    pub(super) quads: bool,
    /// Numbers with four decimals or more.
    pub(super) decimals: usize,
    pub(super) colons: usize,
    pub(super) dots: usize,
    pub(super) dashes: usize,
    /// Whether `%40`, `%21` or `%23` may occur.
    pub(super) has_escape: bool,
    pub(super) has_comma: bool,
    /// Whether the name of an authorization scheme may occur.
    pub(super) has_scheme: bool,
    storage: OnceCell<bool>,
}

/// The runs that end where the pass is.
#[derive(Default)]
struct Runs {
    digits: usize,
    letters: usize,
    hex: usize,
    word: usize,
    /// Letters and digits.
    name: usize,
    /// Digits before a single blank or dash, and which of the two it was.
    before: (usize, u8),
    /// Whether the digits stand behind two letters.
    led: bool,
    account: usize,
    pairs: usize,
    quads: usize,
    /// Whether the letters and digits stand behind a point.
    behind_point: bool,
    /// Whether the digits stand behind a point with a digit before it.
    is_decimal: bool,
}

impl<'t> Traits<'t> {
    pub(in crate::redact) fn of(text: &'t str) -> Self {
        let mut t = Traits {
            text,
            seen: [false; 256],
            digit_run: 0,
            hex_run: 0,
            word_run: 0,
            fours: false,
            dashed: false,
            sixes: false,
            iban: false,
            pairs: false,
            dotted: false,
            quads: false,
            decimals: 0,
            colons: 0,
            dots: 0,
            dashes: 0,
            has_escape: false,
            has_comma: false,
            has_scheme: false,
            storage: OnceCell::new(),
        };
        let mut runs = Runs::default();
        for byte in text.bytes() {
            t.seen[usize::from(byte)] = true;
            match CLASSES[usize::from(byte)] {
                DIGIT => t.digit(&mut runs),
                class if class & LETTER != 0 => {
                    runs.end_digits(0);
                    runs.letters += 1;
                    runs.hex = if class & HEX != 0 { runs.hex + 1 } else { 0 };
                    t.hex_run = t.hex_run.max(runs.hex);
                    t.joined(&mut runs);
                }
                class => t.separator(&mut runs, byte, class),
            }
        }
        t.has_escape = t.has(b'%') && (t.has(b'4') || t.has(b'2'));
        // The Chinese comma is no ASCII.
        t.has_comma = t.has(b',') || t.seen[0xef];
        t.has_scheme = b"bBdDnN".iter().any(|b| t.has(*b)) && SCHEMES.is_match(text);
        t
    }

    #[inline]
    fn digit(&mut self, runs: &mut Runs) {
        if runs.digits == 0 {
            runs.led = runs.letters >= 2;
            self.sixes |= runs.before.0 >= 6;
        } else if runs.account == 0 && runs.led {
            runs.account = IBAN_HEAD_BYTES - 1;
        }
        runs.digits += 1;
        runs.letters = 0;
        runs.hex += 1;
        self.hex_run = self.hex_run.max(runs.hex);
        self.digit_run = self.digit_run.max(runs.digits);
        if runs.digits >= 4 {
            self.fours |= runs.before.0 >= 4;
            self.dashed |= runs.before.0 >= 3 && runs.before.1 == b'-';
            self.decimals += usize::from(runs.digits == 4 && runs.is_decimal);
        }
        self.joined(runs);
    }

    /// What letters and digits have in common.
    #[inline]
    fn joined(&mut self, runs: &mut Runs) {
        runs.name += 1;
        runs.word += 1;
        self.word_run = self.word_run.max(runs.word);
        runs.account += usize::from(runs.account > 0);
        self.iban |= runs.account >= IBAN_MIN_BYTES;
    }

    fn separator(&mut self, runs: &mut Runs, byte: u8, class: u8) {
        match byte {
            b':' | b'-' => {
                runs.pairs = match runs.name {
                    2 => runs.pairs + 1,
                    0 | 1 => 0,
                    _ => 1,
                };
                self.pairs |= runs.pairs >= 5;
                self.colons += usize::from(byte == b':');
                self.dashes += usize::from(byte == b'-');
            }
            _ => runs.pairs = 0,
        }
        let is_point = byte == b'.';
        self.dots += usize::from(is_point);
        self.dotted |= is_point && runs.behind_point && runs.name == 4;
        runs.quads = match runs.digits {
            _ if !is_point => 0,
            0 => 0,
            1..=3 if runs.digits == runs.name => runs.quads + 1,
            _ => 1,
        };
        self.quads |= runs.quads >= 3;
        runs.is_decimal = is_point && runs.digits > 0;
        runs.behind_point = is_point;
        runs.end_digits(byte);
        runs.account = if byte == b' ' && runs.account > 0 { runs.account + 1 } else { 0 };
        self.iban |= runs.account >= IBAN_MIN_BYTES;
        runs.word = if class & JOINT != 0 { runs.word + 1 } else { 0 };
        self.word_run = self.word_run.max(runs.word);
        (runs.letters, runs.name, runs.hex) = (0, 0, 0);
    }

    /// Whether a folder of users' files may be named.
    pub(super) fn names_storage(&self) -> bool {
        let may = || (self.has(b'/') || self.has(b'\\')) && STORAGE.is_match(self.text);
        *self.storage.get_or_init(may)
    }

    pub(super) fn has(&self, byte: u8) -> bool {
        self.seen[usize::from(byte)]
    }
}

impl Runs {
    #[inline]
    fn end_digits(&mut self, byte: u8) {
        self.before = if matches!(byte, b' ' | b'-') { (self.digits, byte) } else { (0, 0) };
        if self.digits > 0 && byte == 0 {
            self.is_decimal = false;
        }
        self.digits = 0;
    }
}

/// Names of authorization schemes.
static SCHEMES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(["bearer", "basic", "digest", "negotiate"])
        .expect("four words")
});

/// Where users' files are.
static STORAGE: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let roots =
        ["/storage/", "/sdcard", "/data/user", "/data/data", "/var/mobile", "content:/", "file://", "/users/", "/home/", "\\users\\"];
    AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(roots).expect("ten words")
});
