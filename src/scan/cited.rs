//! Lines of a slab -> what marks cite of them, and their texts, as they are or packed.
//!
//! Whoever tells of a message that was not sent reads the lines that prove it again; nobody reads those of one that was. Where
//! a document has many, the texts of a slab are packed, and unpacked for who asks: messages that follow each other ask for the
//! lines of one slab.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Lines of so many bytes are packed together: more take a little less memory, and longer to unpack for one of them.
const BLOCK_BYTES: usize = 8 << 10;
/// Unpacked blocks that a thread keeps: a message's lines are in few.
const UNPACKED_MAX: usize = 8;

/// A physical line of a slab.
#[derive(Clone, Copy)]
pub struct Line<'s> {
    /// 1-based within the slab.
    pub number: u64,
    /// Offset within the slab.
    pub offset: u64,
    /// Without line end.
    pub bytes: &'s [u8],
}

/// A part of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub start: u32,
    pub len: u32,
}

impl Span {
    /// What it is of a text; nothing, where that has no such part.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.start as usize + self.len as usize).unwrap_or_default()
    }
}

/// A physical line that a mark cites.
#[derive(Clone, Copy)]
pub struct Cited<'m> {
    /// 1-based line in the decoded text.
    pub line: u64,
    /// Byte offset of its start in the decoded text.
    pub offset: u64,
    pub(super) texts: Texts<'m>,
    pub(super) span: Span,
}

impl<'m> Cited<'m> {
    /// Its text without line end, cut at [`super::TEXT_MAX_BYTES`].
    #[must_use]
    pub fn text(&self) -> Cow<'m, str> {
        match self.texts {
            Texts::Plain(text) => self.span.of(text).into(),
            Texts::Packed(packed) => packed.line(self.span).into(),
        }
    }
}

impl PartialEq for Cited<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.line, self.offset, self.text()) == (other.line, other.offset, other.text())
    }
}

impl Eq for Cited<'_> {}

impl fmt::Debug for Cited<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}: {:?}", self.line, self.offset, self.text())
    }
}

/// Texts that lines are parts of.
#[derive(Clone, Copy)]
pub enum Texts<'m> {
    Plain(&'m str),
    Packed(&'m Packed),
}

/// Lines that are kept in less memory than they take.
#[derive(Debug)]
pub struct Packed {
    /// No others have it: what was unpacked is known by it.
    number: u64,
    blocks: Box<[Block]>,
}

/// Lines that were packed together.
#[derive(Debug)]
struct Block {
    /// Where they begin.
    start: u32,
    bytes: Box<[u8]>,
}

thread_local! {
    /// The blocks that this thread unpacked last, the latest first.
    static UNPACKED: RefCell<Vec<((u64, usize), String)>> = const { RefCell::new(Vec::new()) };
}

impl Packed {
    /// Packs the lines that spans are of a text; they are then of what is packed.
    pub fn new<'l>(text: &str, lines: impl Iterator<Item = &'l mut Span>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let (mut blocks, mut open, mut start) = (Vec::new(), String::with_capacity(BLOCK_BYTES), 0);
        let mut close = |open: &mut String, start: &mut u32| {
            blocks.push(Block { start: *start, bytes: lz4_flex::block::compress_prepend_size(open.as_bytes()).into() });
            *start = start.saturating_add(len(open));
            open.clear();
        };
        for line in lines {
            if open.len() >= BLOCK_BYTES {
                close(&mut open, &mut start);
            }
            let shown = line.of(text);
            *line = Span { start: start.saturating_add(len(&open)), len: len(shown) };
            open.push_str(shown);
        }
        close(&mut open, &mut start);
        Packed { number: NEXT.fetch_add(1, Ordering::Relaxed), blocks: blocks.into() }
    }

    /// A line of it.
    fn line(&self, span: Span) -> String {
        let at = self.blocks.partition_point(|block| block.start <= span.start).saturating_sub(1);
        let Some(block) = self.blocks.get(at) else { return String::new() };
        UNPACKED.with_borrow_mut(|recent| {
            if let Some(place) = recent.iter().position(|(which, _)| *which == (self.number, at)) {
                recent[..=place].rotate_right(1);
            } else {
                recent.truncate(UNPACKED_MAX - 1);
                recent.insert(0, ((self.number, at), block.unpacked()));
            }
            Span { start: span.start - block.start, len: span.len }.of(&recent[0].1).to_owned()
        })
    }
}

impl Block {
    fn unpacked(&self) -> String {
        let bytes = lz4_flex::block::decompress_size_prepended(&self.bytes).expect("what was packed here unpacks");
        String::from_utf8(bytes).expect("a text was packed")
    }
}

/// Of a text that is no longer than what a slab quotes.
fn len(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_lines_are_given_back_whichever_were_asked_for_before() {
        let slab = |slab: usize| -> (String, Vec<Span>) {
            let lines: Vec<String> = (0..300).map(|n| format!("line {n} of {slab} 名 {}", "and so on ".repeat(n % 50))).collect();
            let start = |n: usize| lines[..n].iter().map(|line| len(line)).sum();
            let spans = (0..lines.len()).map(|n| Span { start: start(n), len: len(&lines[n]) }).collect();
            (lines.concat(), spans)
        };
        let slabs: Vec<_> = (0..3).map(slab).collect();
        let packed: Vec<(Packed, Vec<Span>)> = slabs
            .iter()
            .map(|(text, spans)| {
                let mut spans = spans.clone();
                (Packed::new(text, spans.iter_mut()), spans)
            })
            .collect();
        let sizes = |packed: &Packed| packed.blocks.iter().map(|block| block.bytes.len()).sum::<usize>();
        for ((text, _), (packed, _)) in slabs.iter().zip(&packed) {
            assert!(packed.blocks.len() > UNPACKED_MAX && sizes(packed) * 4 < text.len(), "{} {}", packed.blocks.len(), sizes(packed));
        }
        for n in (0..3_000).map(|n| n * 7) {
            let (slab, line) = (n % slabs.len(), n * 11 % 300);
            let ((text, plain), (packed, spans)) = (&slabs[slab], &packed[slab]);
            let cited = Cited { line: 1, offset: 0, texts: Texts::Packed(packed), span: spans[line] };
            assert_eq!(cited, Cited { texts: Texts::Plain(text), span: plain[line], ..cited });
        }
        let none = Packed::new("", std::iter::empty());
        assert_eq!(none.line(Span { start: 0, len: 1 }), "");
    }
}
