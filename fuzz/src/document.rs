//! A document: each of its lines is counted once, marks cite what is there, and slabs scanned by two workers give what
//! one worker gives.

use super::{PROFILES, chosen};
use std::sync::LazyLock;
use whyunsent::scan::{SLAB_BYTES, Scanned, Scanner, scan};

/// A large text fills a slab and begins another one.
const LARGE_BYTES: usize = SLAB_BYTES + (SLAB_BYTES >> 3);
/// Marks whose places are looked up; a repeated text has many alike.
const MARKS_LOOKED_AT: usize = 8;

static SCANNER: LazyLock<Scanner<'static>> = LazyLock::new(|| Scanner::new(&PROFILES));

/// Scans the input.
///
/// # Panics
/// Where counts do not add up, a mark cites what is not there, or the number of workers shows.
pub fn check(data: &[u8]) {
    let (_, text) = chosen(data, LARGE_BYTES);
    let text = &*text;
    let one = scanned(text, 1);
    adds_up(text, &one);
    for mark in one.marks.iter().take(MARKS_LOOKED_AT) {
        for cited in mark.cited() {
            let at = usize::try_from(cited.offset).expect("a document of a test is small");
            assert_eq!(memchr::memchr_iter(b'\n', &text[..at]).count() as u64 + 1, cited.line, "{cited:?}");
            // What is no UTF-8 is shown by replacements.
            let shown = cited.text();
            assert!(shown.contains('\u{fffd}') || text[at..].starts_with(shown.as_bytes()), "{cited:?}");
        }
    }
    let two = scanned(text, 2);
    assert_eq!((one.counts, one.hash, one.grammar, &one.strip.points), (two.counts, two.hash, two.grammar, &two.strip.points));
    assert!(one.marks.is_sorted_by_key(|mark| mark.record_line));
    assert_eq!(one.marks.len(), two.marks.len());
    for (a, b) in one.marks.iter().zip(&two.marks) {
        assert_eq!(
            (a.statement, a.record_line, a.part, a.said(), a.cited().collect::<Vec<_>>()),
            (b.statement, b.record_line, b.part, b.said(), b.cited().collect::<Vec<_>>())
        );
    }
}

fn scanned(mut text: &[u8], jobs: usize) -> Scanned {
    scan(&mut text, &SCANNER, jobs, &|_| {}).expect("bytes in memory can be read")
}

fn adds_up(text: &[u8], scanned: &Scanned) {
    let c = scanned.counts;
    assert_eq!(c.lines, c.records + c.continuations + c.blank + c.unread, "{c:?}");
    let open = text.last().is_some_and(|b| *b != b'\n');
    assert_eq!(c.lines, memchr::memchr_iter(b'\n', text).count() as u64 + u64::from(open), "{c:?}");
    assert_eq!(c.bytes, text.len() as u64);
    assert_eq!(scanned.hash, *blake3::hash(text).as_bytes());
    assert!(scanned.strip.points.is_sorted_by_key(|point| (point.line, point.offset)));
}
