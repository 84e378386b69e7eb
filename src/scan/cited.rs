//! Lines of a slab -> what marks cite of them, and their texts, as they are or packed.
//!
//! Whoever tells of a message that was not sent reads the lines that prove it again; nobody reads those of one that was. Where
//! a document has many, the texts of a slab are packed, and unpacked for who asks: messages that follow each other ask for the
//! lines of one slab.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Unpacked texts that a thread keeps: a message's lines are in one slab or in two.
const UNPACKED_MAX: usize = 4;

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
            Texts::Packed(packed) => packed.part(self.span).into(),
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

/// A text that is kept in less memory than it takes.
#[derive(Debug)]
pub struct Packed {
    /// No other has it: what was unpacked is known by it.
    number: u64,
    bytes: Box<[u8]>,
    len: usize,
}

thread_local! {
    /// What this thread unpacked last, the latest first.
    static UNPACKED: RefCell<Vec<(u64, String)>> = const { RefCell::new(Vec::new()) };
}

impl Packed {
    /// Packs a text.
    pub fn new(text: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let bytes = lz4_flex::block::compress(text.as_bytes()).into_boxed_slice();
        Packed { number: NEXT.fetch_add(1, Ordering::Relaxed), bytes, len: text.len() }
    }

    /// A part of it.
    fn part(&self, span: Span) -> String {
        UNPACKED.with_borrow_mut(|recent| {
            if let Some(at) = recent.iter().position(|(number, _)| *number == self.number) {
                recent[..=at].rotate_right(1);
            } else {
                recent.truncate(UNPACKED_MAX - 1);
                recent.insert(0, (self.number, self.unpacked()));
            }
            span.of(&recent[0].1).to_owned()
        })
    }

    fn unpacked(&self) -> String {
        let bytes = lz4_flex::block::decompress(&self.bytes, self.len).expect("what was packed here unpacks");
        String::from_utf8(bytes).expect("a text was packed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_text_gives_back_its_parts_whichever_were_asked_for_before() {
        let text = |n: usize| format!("line {n} 名 {}", "and so on ".repeat(50));
        let all: Vec<(String, Packed)> = (0..3 * UNPACKED_MAX).map(|n| (text(n), Packed::new(&text(n)))).collect();
        assert!(all.iter().all(|(text, packed)| packed.bytes.len() * 4 < text.len()));
        for step in [1, 5, 7] {
            for n in (0..200).map(|n| n * step % all.len()) {
                let (text, packed) = &all[n];
                let cited = Cited { line: 1, offset: 0, texts: Texts::Packed(packed), span: Span { start: 5, len: 12 } };
                assert_eq!(cited.text(), text[5..17]);
                let plain = Cited { texts: Texts::Plain(text), ..cited };
                assert_eq!(cited, plain);
            }
        }
        assert_eq!(Packed::new("").part(Span { start: 0, len: 1 }), "");
    }
}
