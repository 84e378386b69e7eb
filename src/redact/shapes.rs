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

/// What stands around a value is looked at so far.
const AROUND_MAX_BYTES: usize = 4 << 10;

/// What stands in the place of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// `<kind>`.
    Mask(&'static str),
    /// `kind_` and twelve digits, the same for the same value.
    Pseudonym(&'static str),
}

/// Where else than in lines a kind is looked for.
pub(super) struct Elsewhere {
    /// In paths of files. The ids in them are of uploads, which must be found again.
    pub(super) in_paths: bool,
    /// In fields of devices and apps: makers, models, channels, carriers, regions.
    pub(super) in_fields: bool,
    /// In versions and builds, where four numbers with points and long hashes are what they should be.
    pub(super) in_versions: bool,
}

/// Nowhere.
const LINES: Elsewhere = Elsewhere { in_paths: false, in_fields: false, in_versions: false };
/// Not where an upload or a build must be found again by its id.
const FIELDS: Elsewhere = Elsewhere { in_paths: false, in_fields: true, in_versions: false };
/// Not where it could be a version.
const NAMES: Elsewhere = Elsewhere { in_paths: true, in_fields: true, in_versions: false };
/// Not in paths, where dates and numbers follow each other.
const STATED: Elsewhere = Elsewhere { in_paths: false, in_fields: true, in_versions: true };
/// Everywhere.
const ALL: Elsewhere = Elsewhere { in_paths: true, in_fields: true, in_versions: true };

/// A kind known by its form.
pub(super) struct Shape {
    /// Kind, as shown.
    pub(super) shown: Shown,
    /// The form; the group `v` is the value, else all of it.
    pattern: &'static str,
    /// Whether a line can have one at all: cheaper than the pattern and never narrower.
    pub(super) may: fn(&Traits<'_>) -> bool,
    /// Where else than in lines it is looked for.
    pub(super) places: Elsewhere,
    /// The value at this place of the line, `None` if it only looks like one.
    pub(super) accept: fn(&str, Range<usize>) -> Option<Range<usize>>,
}

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        shown: Shown::Mask("secret"),
        pattern: r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?P<v>.+)",
        may: |t| t.has(b'-') && t.text.contains("-----BEGIN"),
        places: LINES,
        accept: |_, at| Some(at),
    },
    Shape {
        shown: Shown::Mask("secret"),
        pattern: r"[A-Za-z][A-Za-z0-9+.-]*://(?P<v>[^\s/@:]+:[^\s/@]+)@",
        may: |t| t.has(b'@') && t.text.contains("://"),
        places: ALL,
        accept: |_, at| Some(at),
    },
    Shape {
        shown: Shown::Mask("token"),
        pattern: r"eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?",
        may: |t| t.has(b'.') && t.text.contains("eyJ"),
        places: ALL,
        accept: |text, at| (!joins_word(text, at.start, at.end)).then_some(at),
    },
    Shape {
        shown: Shown::Mask("token"),
        pattern: r"(?i)(?-u:\b)(?:bearer|basic|digest|negotiate)\s+(?P<v>[A-Za-z0-9._~+/=-]{8,})",
        may: |t| t.word_run >= 8 && t.has_scheme,
        places: LINES,
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
        places: LINES,
        accept: |text, at| (!before(text, at.start).to_ascii_lowercase().contains("<html")).then_some(at),
    },
    Shape {
        shown: Shown::Pseudonym("room"),
        pattern: r"(?i)(?:!|%21)(?:[A-Za-z0-9._~=+/-]{1,255}(?::|%3A)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::\d{1,5})?|[A-Za-z0-9_-]{43})",
        may: |t| t.has(b'!') || t.has_escape,
        places: ALL,
        accept: word,
    },
    Shape {
        shown: Shown::Pseudonym("u"),
        pattern: r"(?i)(?:@|%40)[A-Za-z0-9._=/+-]{1,255}(?::|%3A)(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?::\d{1,5})?",
        may: |t| t.has(b'@') || t.has_escape,
        places: ALL,
        accept: word,
    },
    Shape {
        shown: Shown::Pseudonym("room"),
        pattern: r"(?i)(?:#|%23)[a-z][A-Za-z0-9._=+-]{1,255}(?::|%3A)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[a-z]{2,24}",
        may: |t| t.has(b'#') || t.has_escape,
        places: ALL,
        accept: |text, at| word(text, at).filter(|at| is_address(&text[at.clone()])),
    },
    Shape {
        shown: Shown::Pseudonym("event"),
        // The sigil stays: clients tell events by it.
        pattern: r"\$(?P<v>[A-Za-z0-9_-]{43}|[A-Za-z0-9]{10,}:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)",
        may: |t| t.has(b'$'),
        places: LINES,
        accept: word,
    },
    Shape {
        shown: Shown::Pseudonym("u"),
        pattern: r"(?i)(?P<v>[\p{Han}A-Za-z0-9._+-]+(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[a-z]{2,24})(?:/[A-Za-z0-9._-]+)?",
        may: |t| t.has(b'@') || t.has_escape,
        places: ALL,
        accept: |text, at| {
            // In a path the ending of the file follows.
            let value = &text[at.clone()];
            let ending = [".log", ".txt", ".zip", ".gz", ".json", ".jsonl", ".xlog", ".csv"].into_iter().find(|end| value.ends_with(end));
            let at = at.start..at.end - ending.map_or(0, str::len);
            let is_whole = text[at.clone()].rsplit('@').next().is_some_and(|host| host.contains('.'));
            (is_whole && is_address(&text[at.clone()])).then_some(at)
        },
    },
    Shape {
        shown: Shown::Mask("mac"),
        pattern: r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}",
        may: |t| t.hex_pairs,
        places: ALL,
        accept: |text, at| {
            let next = text.as_bytes().get(at.end..).unwrap_or_default();
            let goes_on = matches!(next, [b':' | b'-', b, ..] if b.is_ascii_hexdigit());
            (!joins_word(text, at.start, at.end) && !goes_on).then_some(at)
        },
    },
    Shape {
        shown: Shown::Mask("mac"),
        // As Cisco writes it.
        pattern: r"[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}",
        may: |t| t.dots >= 2 && t.word_run >= 14,
        places: ALL,
        accept: |text, at| {
            let value = &text[at.clone()];
            let mixed = value.bytes().any(|b| b.is_ascii_digit()) && value.bytes().any(|b| b.is_ascii_alphabetic());
            let goes_on = text[at.end..].starts_with('.') && !text[at.end + 1..].starts_with([' ', '\n']) && text.len() > at.end + 1;
            (mixed && !goes_on && !joins_word(text, at.start, at.end)).then_some(at)
        },
    },
    Shape {
        shown: Shown::Mask("ip"),
        pattern: r"[0-9A-Fa-f]{0,4}(?:(?::[0-9A-Fa-f]{0,4}){1,6}:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|(?::[0-9A-Fa-f]{0,4}){2,7})",
        may: |t| t.colons >= 2,
        places: ALL,
        accept: |text, at| {
            let value = text[at.clone()].trim_end_matches(':');
            let value = if at.len() - value.len() == 2 { &text[at.clone()] } else { value };
            let end = at.start + value.len();
            // `Addr:2001:db8::1`: the first colon is not the address's.
            let start = at.start + usize::from(value.starts_with(':') && !value.starts_with("::"));
            (!joins_word(text, start, end) && is_foreign_ipv6(&text[start..end])).then_some(start..end)
        },
    },
    Shape {
        shown: Shown::Mask("ip"),
        pattern: r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}",
        may: |t| t.dots >= 3,
        places: NAMES,
        accept: |text, at| {
            let alone = is_whole_number(text, at.start, at.end);
            (alone && is_foreign_ipv4(&text[at.clone()]) && !is_version(text, at.start, at.end)).then_some(at)
        },
    },
    Shape {
        shown: Shown::Pseudonym("id"),
        pattern: r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        may: |t| t.dashes >= 4,
        places: FIELDS,
        // The id of a job is made for one send and names nobody.
        accept: |text, at| word(text, at).filter(|at| !text[..at.start].ends_with("JOB::")),
    },
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
        may: |t| t.digit_run >= 6,
        places: ALL,
        accept: |text, at| glued(text, at).filter(|at| luhn(&digits(&text[at.clone()]))),
    },
    Shape {
        shown: Shown::Mask("iban"),
        pattern: r"(?i)[A-Z]{2}[0-9]{2}(?:(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)",
        may: |t| t.iban_head,
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
        may: |t| t.dots >= 2 && t.has_comma,
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
    Shape {
        shown: Shown::Mask("host"),
        // Names for private networks: RFC 6762 (appendix G), RFC 8375, `.internal` (ICANN, 2024).
        pattern: r"(?i)[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9_-]+)*\.(?:local|localdomain|localnet|lan|intranet|internal|corp|private|home\.arpa)",
        may: |t| t.dots >= 1 && PRIVATE.is_match(t.text),
        places: FIELDS,
        accept: host,
    },
    Shape {
        shown: Shown::Mask("host"),
        // A name without a point can be found in a private network only.
        pattern: r#"(?i)(?:(?:https?|wss?|ftps?|mqtts?|xmpp|tcp|udp|tls|ssl|socks[45]?h?|redis|smb)://(?:[^\s/@"']*@)?|resolve host:? ")(?P<v>[a-z0-9][a-z0-9_-]*)"#,
        may: |t| t.text.contains("://") || (t.has(b'"') && HOST.is_match(t.text)),
        places: LINES,
        accept: |text, at| {
            let goes_on =
                text[at.end..].starts_with(['.', '%', '@']) && text[at.end + 1..].starts_with(|c: char| c.is_ascii_alphanumeric());
            let value = &text[at.clone()];
            let known = ["localhost", "host", "server", "proxy"].iter().any(|w| w.eq_ignore_ascii_case(value));
            (!goes_on && !known && !is_redacted(value)).then_some(at)
        },
    },
    Shape {
        shown: Shown::Mask("file"),
        // Below a user's storage all of a path is the user's, up to the ending of the file.
        pattern: r#"(?i)(?:/storage/(?:emulated/[0-9]+|[0-9A-F]{4}-[0-9A-F]{4})|/(?:mnt/)?sdcard[0-9]?|/data/(?:user(?:_de)?/[0-9]+|data)|/var/mobile|content:/|file://|/(?:Users|home)/[^/\s]+|[A-Z]:\\{1,2}Users\\{1,2}[^\\/]+)[/\\]+(?P<v>[^"'<>|\n\r]*?)\.(?:jpe?g|png|gif|webp|hei[cf]|bmp|tiff?|mp4|mov|m4[av]|3gp|avi|mkv|webm|mp3|aac|amr|og[ag]|opus|wav|flac|silk|pdf|docx?|xlsx?|pptx?|od[tsp]|txt|csv|rtf|pages|numbers|key|zip|rar|7z|tar|gz|apk|ipa|vcf|ics|eml)(?-u:\b)"#,
        may: |t| t.dots >= 1 && STORAGE.is_match(t.text),
        places: LINES,
        accept: |_, at| Some(at),
    },
    Shape {
        shown: Shown::Mask("file"),
        pattern: r#"(?i)(?P<v>[^\s/\\"'“”‘’「」《》<>|*?,，;；:：。=()（）\[\]{}&%]+)\.(?:jpe?g|png|gif|webp|hei[cf]|bmp|tiff?|mp4|mov|m4[av]|3gp|avi|mkv|webm|mp3|aac|amr|og[ag]|opus|wav|flac|silk|pdf|docx?|xlsx?|pptx?|od[tsp]|rtf|vcf)(?-u:\b)"#,
        may: |t| t.dots >= 1 && ENDINGS.is_match(t.text),
        places: LINES,
        accept: |text, at| (!is_redacted(&text[at.clone()]) && !text[at.start..].starts_with("http")).then_some(at),
    },
    Shape {
        shown: Shown::Pseudonym("u"),
        // Conversations of Tencent IM are named after the peer or the group.
        pattern: r"(?i)(?:(?-u:\b)c2c_|conv(?:ersation)?(?:_?id)?[^A-Za-z0-9_]{1,4}group_)(?P<v>[A-Za-z0-9_.@#$+-]{3,})",
        may: |t| t.has(b'_'),
        places: LINES,
        accept: |_, at| Some(at),
    },
    Shape {
        shown: Shown::Pseudonym("u"),
        // The receiver among the arguments of OpenIM's `SendMessage`.
        pattern: r#""args":.*\}\s*,\s*"(?P<v>[^"\\]+)"\s*,\s*""#,
        may: |t| t.has(b'}') && t.text.contains("\"args\":"),
        places: LINES,
        accept: |text, at| (!is_redacted(&text[at.clone()])).then_some(at),
    },
    Shape {
        shown: Shown::Pseudonym("g"),
        // And the group.
        pattern: r#""args":.*\}\s*,\s*"[^"\\]*"\s*,\s*"(?P<v>[^"\\]+)""#,
        may: |t| t.has(b'}') && t.text.contains("\"args\":"),
        places: LINES,
        accept: |text, at| (!is_redacted(&text[at.clone()])).then_some(at),
    },
    Shape {
        shown: Shown::Mask("text"),
        // What Rocket.Chat sends: `msg` is the log's word elsewhere.
        pattern: r#""msg\\*"\s*:\s*\\*"(?P<v>[^"]+?)\\*""#,
        may: |t| t.has(b'"') && t.text.contains("\"rid"),
        places: LINES,
        // The object that says where a message goes holds its text.
        accept: |text, at| {
            let (before, after) = (before(text, at.start), after(text, at.end));
            let before = before.rfind('{').is_some_and(|start| before[start..].contains("\"rid"));
            let after = after.find(['{', '}']).is_some_and(|end| after[..end].contains("\"rid"));
            (before || after).then_some(at)
        },
    },
    Shape { shown: Shown::Pseudonym("u"), pattern: r"wxid_[A-Za-z0-9]{6,}", may: |t| t.has(b'_'), places: ALL, accept: word },
    Shape {
        shown: Shown::Pseudonym("id"),
        pattern: r"[0-9A-Fa-f]{32,}",
        may: |t| t.word_run >= 32,
        places: FIELDS,
        accept: |text, at| word(text, at).filter(|at| !is_build(text, at.start)),
    },
    Shape {
        shown: Shown::Pseudonym("id"),
        pattern: r"[A-Za-z0-9+/_-]{24,}={0,2}",
        may: |t| t.word_run >= 24,
        places: FIELDS,
        accept: random,
    },
    Shape {
        shown: Shown::Mask("user"),
        pattern: r#"(?i)(?:/Users/|/home/|[A-Za-z]:\\{1,2}Users\\{1,2})(?P<v>[^/\\\s"':,;<>]+)"#,
        may: |t| t.has(b'/') || t.has(b'\\'),
        places: ALL,
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
    /// Whether two letters and two digits follow each other.
    iban_head: bool,
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

    fn has(&self, byte: u8) -> bool {
        self.seen[usize::from(byte)]
    }
}

/// Names of authorization schemes.
static SCHEMES: LazyLock<aho_corasick::AhoCorasick> = LazyLock::new(|| {
    aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(["bearer", "basic", "digest", "negotiate"]).expect("four words")
});

/// Where users' files are.
static STORAGE: LazyLock<aho_corasick::AhoCorasick> = LazyLock::new(|| {
    let roots =
        ["/storage/", "/sdcard", "/data/user", "/data/data", "/var/mobile", "content:/", "file://", "/users/", "/home/", "\\users\\"];
    aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(roots).expect("ten words")
});

/// Before the name of a host that was not found.
static HOST: LazyLock<aho_corasick::AhoCorasick> =
    LazyLock::new(|| aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(["resolve host"]).expect("two words"));

/// Endings of the names of private networks.
static PRIVATE: LazyLock<aho_corasick::AhoCorasick> = LazyLock::new(|| {
    let endings = [".local", ".lan", ".intranet", ".internal", ".corp", ".private", ".home.arpa"];
    aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(endings).expect("seven words")
});

/// Beginnings of the endings of files that people send.
static ENDINGS: LazyLock<aho_corasick::AhoCorasick> = LazyLock::new(|| {
    let endings = [
        ".jp", ".png", ".gif", ".webp", ".hei", ".bmp", ".tif", ".mp", ".mov", ".m4", ".3gp", ".avi", ".mkv", ".webm", ".aac", ".amr",
        ".og", ".opus", ".wav", ".flac", ".silk", ".pdf", ".doc", ".xls", ".ppt", ".od", ".rtf", ".vcf",
    ];
    aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(endings).expect("short words")
});

/// The text before a place, as far as it is looked at.
fn before(text: &str, at: usize) -> &str {
    &text[text.ceil_char_boundary(at.saturating_sub(AROUND_MAX_BYTES))..at]
}

/// The text behind a place, as far as it is looked at.
fn after(text: &str, at: usize) -> &str {
    &text[at..text.floor_char_boundary(at + AROUND_MAX_BYTES)]
}

/// A name for private networks: not a package of classes, which may have such a part.
fn host(text: &str, at: Range<usize>) -> Option<Range<usize>> {
    const PACKAGES: [&str; 10] = ["com.", "org.", "net.", "io.", "java.", "javax.", "kotlin.", "kotlinx.", "android.", "androidx."];
    let value = &text[at.clone()];
    let rest = &text[at.end..];
    let goes_on = rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$'))
        || (rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
    // `NetworkConnectivity.LOCAL` is a constant.
    let constant = value.ends_with(|c: char| c.is_ascii_uppercase()) && value.bytes().any(|b| b.is_ascii_lowercase());
    let joined = text[..at.start].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
    (!goes_on && !joined && !constant && !PACKAGES.iter().any(|package| value.starts_with(package))).then_some(at)
}

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

/// A text that looks like a key. `/` is a letter of Base64 and parts paths: beside a word it parts a path, whose
/// pieces are looked at by themselves.
fn random(text: &str, at: Range<usize>) -> Option<Range<usize>> {
    const PIECE_MIN_BYTES: usize = 24;
    let is_word = |piece: &str| piece.len() >= 3 && piece.bytes().all(|b| b.is_ascii_lowercase());
    let pieces = || text[at.clone()].split('/');
    if !pieces().any(is_word) {
        return is_random(&text[at.clone()]).then_some(at);
    }
    let piece = pieces().find(|piece| piece.len() >= PIECE_MIN_BYTES && is_random(piece))?;
    let start = at.start + text[at.clone()].find(piece)?;
    Some(start..start + piece.len())
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
