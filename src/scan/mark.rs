//! What the scan hands on: marks, the strip of a document, and the counts of its lines.

use super::cited::Cited;
use super::quotes::{Drawn, Quotes, Refers};
use crate::format::preamble::Fact;
use crate::format::stamp::Stamp;
use crate::profile::name::Name;
use crate::taxonomy::Clock;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A record that a statement means. What it quotes is kept with what the other marks of its slab do.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Number of the statement.
    pub statement: u32,
    /// Number of the document within its upload.
    pub document: u32,
    /// First line of the record.
    pub record_line: u64,
    /// Number of the record within its line, where a line holds several.
    pub part: u32,
    /// Where in the record's text the statement matched: the innermost exception stands last.
    pub matched_at: u32,
    /// The record's stamp.
    pub stamp: Option<Stamp>,
    /// Its instant, µs UTC, once a session has placed it.
    pub at: Option<i64>,
    /// How sure that is.
    pub clock: Clock,
    refers: Refers,
    quotes: Arc<Quotes>,
}

/// What a mark captured, to be compared: names and values.
#[derive(Clone, Copy, Debug)]
pub struct Said<'m>(&'m Mark);

impl PartialEq for Said<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.captures().eq(other.0.captures())
    }
}

impl Eq for Said<'_> {}

impl Hash for Said<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.captures().for_each(|captured| captured.hash(state));
    }
}

impl Mark {
    /// What the statement captured: names and values.
    pub fn captures(&self) -> impl Iterator<Item = (Name, &str)> {
        let names = self.quotes.names(&self.refers);
        names.iter().enumerate().map(|(number, name)| (*name, self.quotes.captured(&self.refers, number)))
    }

    /// The same, to be compared.
    #[must_use]
    pub const fn said(&self) -> Said<'_> {
        Said(self)
    }

    /// A capture by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let number = self.quotes.names(&self.refers).iter().position(|own| *own == name)?;
        Some(self.quotes.captured(&self.refers, number))
    }

    /// A capture as a number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.trim().parse().ok()
    }

    /// Process id as written, empty if none.
    #[must_use]
    pub fn pid(&self) -> &str {
        self.quotes.pid(&self.refers)
    }

    /// Thread as written, empty if none.
    #[must_use]
    pub fn tid(&self) -> &str {
        self.quotes.tid(&self.refers)
    }

    /// App version that the line states.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.quotes.version(&self.refers)
    }

    /// The line that proves it.
    #[must_use]
    pub fn proof(&self) -> Cited<'_> {
        self.quotes.proof(&self.refers)
    }

    /// Lines that show it: the proving one first.
    pub fn cited(&self) -> impl Iterator<Item = Cited<'_>> {
        std::iter::once(self.proof()).chain(self.quotes.others(&self.refers))
    }

    /// The last of them.
    #[must_use]
    pub fn last_cited(&self) -> Cited<'_> {
        self.quotes.others(&self.refers).next_back().unwrap_or_else(|| self.proof())
    }

    /// The texts of the lines that show it.
    #[must_use]
    pub fn text(&self) -> String {
        self.cited().map(|cited| cited.text()).collect::<Vec<_>>().join("\n")
    }

    /// The process that the record is about: the captured one, else the one that wrote it.
    #[must_use]
    pub fn process(&self) -> &str {
        // Who names a process without its id speaks of another than its own.
        self.get("pid").unwrap_or(if self.get("process").is_some() { "" } else { self.pid() })
    }
}

/// The marks of a slab, behind so many lines and bytes.
pub(super) fn bind(drawn: Drawn, lines: u64, bytes: u64) -> impl Iterator<Item = Mark> {
    let Drawn { drafts, quotes } = drawn;
    let quotes = Arc::new(quotes.behind(lines, bytes));
    drafts.into_iter().map(move |draft| Mark {
        statement: draft.statement,
        document: 0,
        record_line: draft.record_line + lines,
        part: draft.part,
        matched_at: draft.at,
        stamp: draft.stamp,
        at: None,
        clock: Clock::None,
        refers: draft.refers,
        quotes: Arc::clone(&quotes),
    })
}

/// A point of a strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// 1-based line.
    pub line: u64,
    /// Byte offset.
    pub offset: u64,
    /// The record's stamp.
    pub stamp: Stamp,
}

/// The time line of a document, sparsely.
#[derive(Clone, Debug, Default)]
pub struct Strip {
    /// First and last stamped record and one for every 64 KiB.
    pub points: Vec<Point>,
    /// Decoded offsets at which text is proven to be lost.
    pub losses: Vec<u64>,
    /// Decoded offsets of line ends that were added where text is lost.
    pub breaks: Vec<u64>,
}

impl Strip {
    /// Line and offset in the decoded text as it is, from those in the text with added line ends.
    #[must_use]
    pub fn place(&self, line: u64, offset: u64) -> (u64, u64) {
        let added = self.breaks.partition_point(|b| *b < offset) as u64;
        (line.saturating_sub(added).max(1), offset.saturating_sub(added))
    }
}

/// What became of each physical line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Decoded bytes.
    pub bytes: u64,
    /// Physical lines.
    pub lines: u64,
    /// Lines that begin a record, or are a header's or a separator's.
    pub records: u64,
    /// Lines that continue a record.
    pub continuations: u64,
    /// Blank lines.
    pub blank: u64,
    /// Lines of no known form with no record before them.
    pub unread: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.records += other.records;
        self.continuations += other.continuations;
        self.blank += other.blank;
        self.unread += other.unread;
    }
}

/// A scanned document.
#[derive(Clone, Debug, Default)]
pub struct Scanned {
    /// Its marks in line order.
    pub marks: Vec<Mark>,
    /// Its time line.
    pub strip: Strip,
    /// Its lines.
    pub counts: Counts,
    /// Facts of its header.
    pub facts: Vec<Fact>,
    /// The grammar it was taken for.
    pub grammar: Option<u8>,
    /// BLAKE3 of its decoded bytes.
    pub hash: [u8; 32],
    /// Whether a limit cut what was kept, and which.
    pub limits: Vec<String>,
}
