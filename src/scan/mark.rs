//! What the scan hands on: marks, the strip of a document, and the counts of its lines.

use crate::format::preamble::Fact;
use crate::format::stamp::Stamp;
use crate::profile::matcher::Capture;
use crate::profile::name::Name;
use std::borrow::Cow;

/// A physical line that a mark cites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cited<'m> {
    /// 1-based line in the decoded text.
    pub line: u64,
    /// Byte offset of its start in the decoded text.
    pub offset: u64,
    /// Its text without line end, cut at [`super::TEXT_MAX_BYTES`].
    pub text: &'m str,
}

/// What a mark quotes of its record.
#[derive(Clone, Debug, Default)]
pub struct Quoted<'r> {
    /// What the statement captured.
    pub captures: Vec<Capture<'r>>,
    /// Process id as written, empty if none.
    pub pid: Cow<'r, str>,
    /// Thread as written, empty if none.
    pub tid: Cow<'r, str>,
    /// App version that the line states.
    pub version: Option<Cow<'r, str>>,
    /// The line that proves it.
    pub proof: Line<'r>,
    /// Further lines that show it.
    pub others: Vec<Line<'r>>,
}

/// A line of a record: its number, its offset, its text.
pub type Line<'r> = (u64, u64, Cow<'r, str>);

/// A record that a statement means. An upload may have as many as [`super::MARKS_MAX`], so all that one quotes is one text.
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
    pub at: u32,
    /// The record's stamp.
    pub stamp: Option<Stamp>,
    /// Captures, process, thread, version and cited lines, one behind the other.
    quoted: Box<str>,
    /// Names of captures and where they end in it.
    captures: Box<[(Name, u32)]>,
    /// Where the process ends, where the thread does, and the version, which may be missing.
    ends: [u32; 3],
    has_version: bool,
    proof: Place,
    others: Box<[Place]>,
}

/// Line, offset, and where its text ends in what is quoted.
#[derive(Clone, Copy, Debug)]
struct Place {
    line: u64,
    offset: u64,
    end: u32,
}

impl Mark {
    /// A mark of a record that begins at a line.
    #[must_use]
    pub fn new(statement: u32, record_line: u64, at: usize, stamp: Option<Stamp>, quoted: &Quoted<'_>) -> Self {
        let lines = || std::iter::once(&quoted.proof).chain(&quoted.others);
        let values = quoted.captures.iter().map(|(_, value)| value.len()).sum::<usize>();
        let version = quoted.version.as_deref().unwrap_or_default();
        let cited = lines().map(|(.., text)| text.len()).sum::<usize>();
        let mut text = String::with_capacity(values + quoted.pid.len() + quoted.tid.len() + version.len() + cited);
        let mut push = |part: &str| {
            text.push_str(part);
            u32::try_from(text.len()).unwrap_or(u32::MAX)
        };
        let captures = quoted.captures.iter().map(|(name, value)| (*name, push(value))).collect();
        let ends = [push(&quoted.pid), push(&quoted.tid), push(version)];
        let mut place = |(line, offset, text): &Line<'_>| Place { line: *line, offset: *offset, end: push(text) };
        let proof = place(&quoted.proof);
        let others = quoted.others.iter().map(place).collect();
        Mark {
            statement,
            document: 0,
            record_line,
            part: 0,
            at: u32::try_from(at).unwrap_or(u32::MAX),
            stamp,
            quoted: text.into_boxed_str(),
            captures,
            ends,
            has_version: quoted.version.is_some(),
            proof,
            others,
        }
    }

    fn quote(&self, from: u32, to: u32) -> &str {
        self.quoted.get(from as usize..to as usize).unwrap_or_default()
    }

    fn captured_end(&self) -> u32 {
        self.captures.last().map_or(0, |(_, end)| *end)
    }

    /// What the statement captured: names and values.
    pub fn captures(&self) -> impl Iterator<Item = (Name, &str)> {
        let starts = std::iter::once(0).chain(self.captures.iter().map(|(_, end)| *end));
        self.captures.iter().zip(starts).map(|((name, end), start)| (*name, self.quote(start, *end)))
    }

    /// The same, to be compared: it is equal where captures are.
    #[must_use]
    pub fn said(&self) -> (&[(Name, u32)], &str) {
        (&self.captures, self.quote(0, self.captured_end()))
    }

    /// A capture by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let at = self.captures.iter().position(|(own, _)| *own == name)?;
        let start = at.checked_sub(1).map_or(0, |before| self.captures[before].1);
        Some(self.quote(start, self.captures[at].1))
    }

    /// A capture as a number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.trim().parse().ok()
    }

    /// Process id as written, empty if none.
    #[must_use]
    pub fn pid(&self) -> &str {
        self.quote(self.captured_end(), self.ends[0])
    }

    /// Thread as written, empty if none.
    #[must_use]
    pub fn tid(&self) -> &str {
        self.quote(self.ends[0], self.ends[1])
    }

    /// App version that the line states.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.has_version.then(|| self.quote(self.ends[1], self.ends[2]))
    }

    /// The line that proves it.
    #[must_use]
    pub fn proof(&self) -> Cited<'_> {
        Cited { line: self.proof.line, offset: self.proof.offset, text: self.quote(self.ends[2], self.proof.end) }
    }

    /// Lines that show it: the proving one first.
    pub fn cited(&self) -> impl Iterator<Item = Cited<'_>> {
        let starts = std::iter::once(self.proof.end).chain(self.others.iter().map(|place| place.end));
        let others = self.others.iter().zip(starts);
        let others = others.map(|(place, start)| Cited { line: place.line, offset: place.offset, text: self.quote(start, place.end) });
        std::iter::once(self.proof()).chain(others)
    }

    /// The last of them.
    #[must_use]
    pub fn last_cited(&self) -> Cited<'_> {
        self.cited().last().unwrap_or_else(|| self.proof())
    }

    /// The texts of the lines that show it.
    #[must_use]
    pub fn text(&self) -> String {
        self.cited().map(|cited| cited.text).collect::<Vec<_>>().join("\n")
    }

    /// Moves it behind so many lines and bytes.
    pub(super) fn shift(&mut self, lines: u64, bytes: u64) {
        self.record_line += lines;
        for place in std::iter::once(&mut self.proof).chain(&mut self.others) {
            place.line += lines;
            place.offset += bytes;
        }
    }

    /// The process that the record is about: the captured one, else the one that wrote it.
    #[must_use]
    pub fn process(&self) -> &str {
        // Who names a process without its id speaks of another than its own.
        self.get("pid").unwrap_or(if self.get("process").is_some() { "" } else { self.pid() })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_gives_back_all_that_it_quotes() {
        let quoted = Quoted {
            captures: vec![("id_msg", "名7".into()), ("code", "".into()), ("text", "late".into())],
            pid: "9211".into(),
            tid: "main".into(),
            version: Some("7.43.3".into()),
            proof: (3, 40, "first line".into()),
            others: vec![(4, 51, "second".into())],
        };
        let mut mark = Mark::new(5, 3, 6, None, &quoted);
        mark.shift(10, 100);
        assert_eq!(mark.captures().collect::<Vec<_>>(), [("id_msg", "名7"), ("code", ""), ("text", "late")]);
        assert_eq!((mark.get("text"), mark.get("code"), mark.get("id")), (Some("late"), Some(""), None));
        assert_eq!((mark.pid(), mark.tid(), mark.version()), ("9211", "main", Some("7.43.3")));
        let lines: Vec<_> = mark.cited().map(|c| (c.line, c.offset, c.text)).collect();
        assert_eq!(lines, [(13, 140, "first line"), (14, 151, "second")]);
        assert_eq!((mark.record_line, mark.text(), mark.last_cited().line), (13, "first line\nsecond".to_owned(), 14));
    }

    #[test]
    fn marks_that_captured_the_same_say_the_same() {
        let mark = |captures: &[Capture<'static>], line| {
            let proof = (line, 0, Cow::from(format!("line {line}")));
            Mark::new(0, line, 0, None, &Quoted { captures: captures.to_vec(), proof, ..Quoted::default() })
        };
        let (a, b) = (("id_msg", "12".into()), ("code", "3".into()));
        assert_eq!(mark(&[a.clone(), b.clone()], 1).said(), mark(&[a, b], 9).said());
        let other = mark(&[("id_msg", "1".into()), ("code", "23".into())], 1);
        assert_ne!(other.said(), mark(&[("id_msg", "12".into()), ("code", "3".into())], 1).said());
        assert_eq!(mark(&[], 1).version(), None);
    }
}
