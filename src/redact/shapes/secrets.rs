//! Keys, tokens and passwords.

use super::{ALL, LINES, Shape, Shown};
use crate::redact::checks::{is_redacted, joins_word};

/// Known by what stands before them, or by their own beginning.
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
];
