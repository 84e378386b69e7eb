//! Ids without a meaning of their own.

use super::{FIELDS, Shape, Shown, word};
use crate::redact::checks::{is_build, is_random};
use std::ops::Range;

/// UUIDs (RFC 9562).
pub(super) const STANDARD: &[Shape] = &[Shape {
    shown: Shown::Pseudonym("id"),
    pattern: r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    may: |t| t.dashes >= 4,
    places: FIELDS,
    // The id of a job is made for one send and names nobody.
    accept: |text, at| word(text, at).filter(|at| !text[..at.start].ends_with("JOB::")),
}];

/// Long hashes and what looks random.
pub(super) const LONG: &[Shape] = &[
    Shape {
        shown: Shown::Pseudonym("id"),
        pattern: r"[0-9A-Fa-f]{32,}",
        may: |t| t.hex_run >= 32,
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
];

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
