//! What the forms have in common: how to find one's way in the bytes of a line.

use std::borrow::Cow;
use wide::u8x16;

/// A text, with replacements for what is none. Nearly all are texts, which is known in a third of the time that looking for the
/// parts of one takes.
#[inline]
pub fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Where a few bytes stand. They stand near the beginning of most lines, so that to make a searcher takes longer than to search.
#[inline]
pub(super) fn find(b: &[u8], what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    memchr::memchr_iter(first, b).find(|at| b[*at..].starts_with(what))
}

/// Skips the blanks at `at`.
#[inline]
pub(super) fn skip_blanks(b: &[u8], mut at: usize) -> usize {
    while b.get(at) == Some(&b' ') {
        at += 1;
    }
    at
}

/// The end of the run of decimal digits that starts at `at`.
#[inline]
pub(super) fn digits_end(b: &[u8], mut at: usize) -> usize {
    while b.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    at
}

/// Whether `b` is a level letter of Android's log (`A` is what some writers print for assert).
#[inline]
pub(super) fn is_level(b: u8) -> bool {
    matches!(b, b'V' | b'D' | b'I' | b'W' | b'E' | b'F' | b'A' | b'S')
}

/// The part of a line between two offsets, empty where they do not fit.
#[inline]
pub(super) fn part(b: &[u8], from: usize, to: usize) -> &[u8] {
    b.get(from..to).unwrap_or_default()
}

/// Finds `: ` (or a `:` that ends the line) at or after `at`; tags may hold colons, never `: `.
#[inline]
pub(super) fn colon(b: &[u8], at: usize) -> Option<usize> {
    let rest = b.get(at..)?;
    // Nearly all tags are shorter than this, and a search for a byte would be called twice for a tag with a colon.
    if let Some(near) = rest.first_chunk::<33>() {
        let found = pairs(near, *b": ");
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize);
        }
    }
    memchr::memchr_iter(b':', rest).find(|i| matches!(rest.get(i + 1), None | Some(b' '))).map(|i| at + i)
}

/// A bit for each place at which two bytes stand behind each other.
#[inline]
fn pairs(near: &[u8; 33], [first, second]: [u8; 2]) -> u32 {
    let are = |from: usize, byte: u8| {
        let bytes = near[from..].first_chunk::<16>().map_or(u8x16::splat(!byte), |bytes| u8x16::from(*bytes));
        bytes.simd_eq(u8x16::splat(byte)).to_bitmask()
    };
    let half = |from: usize| are(from, first) & are(from + 1, second);
    half(0) | half(16) << 16
}

/// Trims blanks at the end of a tag: how many there are differs from line to line, so that up to seven are counted and no loop
/// guesses its end.
#[inline]
pub(super) fn trim_end(b: &[u8], start: usize, end: usize) -> usize {
    const BLANKS: u64 = u64::from_le_bytes([b' '; 8]);
    if let Some(last) = b.get(..end).and_then(<[u8]>::last_chunk) {
        let others = u64::from_le_bytes(*last) ^ BLANKS;
        if others != 0 {
            return start.min(end).max(end - others.leading_zeros() as usize / 8);
        }
    }
    let blanks = part(b, start, end).iter().rev().take_while(|byte| **byte == b' ');
    end - blanks.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_at_its_first_place() {
        assert_eq!(find(b"a]: ]: [x]: [", b"]: ["), Some(4));
        assert_eq!((find(b"a]:", b"]: ["), find(b"", b"x"), find(b"x", b"")), (None, None, None));
    }

    #[test]
    fn all_blanks_at_the_end_of_a_tag_are_trimmed_and_none_before_it() {
        for blanks in 0..20 {
            for tag in 0..12 {
                let line = [b"  ", &b"x y z in a tag"[..tag], &[b' '; 20][..blanks], b": "].concat();
                let trimmed = b"x y z in a tag"[..tag].trim_ascii_end().len();
                assert_eq!(trim_end(&line, 2, 2 + tag + blanks), 2 + trimmed, "{tag} {blanks}");
            }
        }
        assert_eq!((trim_end(b"    ", 2, 2), trim_end(b"          ", 9, 8), trim_end(b"", 0, 0)), (2, 8, 0));
    }
}
