//! What the scan hands on: marks, the strip of a document, and the counts of its lines.

use crate::format::preamble::Fact;
use crate::format::stamp::Stamp;
use std::sync::Arc;

/// A physical line that can be cited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cited {
    /// 1-based line in the decoded text.
    pub line: u64,
    /// Byte offset of its start in the decoded text.
    pub offset: u64,
    /// Its text without line end, cut at [`super::TEXT_MAX_BYTES`].
    pub text: Box<str>,
}

/// A record that a statement means.
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
    /// Lines that show it: the proving one first.
    pub cited: Vec<Cited>,
    /// The record's stamp.
    pub stamp: Option<Stamp>,
    /// Process id as written, empty if none.
    pub pid: Box<str>,
    /// Thread as written, empty if none.
    pub tid: Box<str>,
    /// App version that the line states.
    pub version: Option<Box<str>>,
    /// What the statement captured.
    pub captures: Vec<(Arc<str>, Box<str>)>,
    /// Where in the record's text the statement matched: the innermost exception stands last.
    pub at: u32,
}

impl Mark {
    /// A capture by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.captures.iter().find(|(n, _)| &**n == name).map(|(_, v)| &**v)
    }

    /// A capture as a number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.trim().parse().ok()
    }

    /// The process that the record is about: the captured one, else the one that wrote it.
    #[must_use]
    pub fn process(&self) -> &str {
        // Who names a process without its id speaks of another than its own.
        self.get("pid").unwrap_or(if self.get("process").is_some() { "" } else { &self.pid })
    }
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
