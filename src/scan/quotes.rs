//! What the marks of one slab quote of its text, kept together: a line that several marks cite is kept once, and what was
//! captured of it is a place in it; where lines are packed, what was captured is kept once beside them. Marks are many, so that
//! none has memory of its own.

use super::TEXT_MAX_BYTES;
use super::cited::{Cited, Line, Packed, Span, Texts};
use crate::format::lossy;
use crate::format::stamp::Stamp;
use crate::profile::matcher::Capture;
use crate::profile::name::Name;
use foldhash::fast::RandomState;
use std::borrow::Cow;
use std::collections::HashMap;

/// Lines kept last that are looked at for one that is kept already: a record has a few marks.
const RECENT: usize = 8;
/// Texts of a mark before its captures: process, thread, version.
const OWN: usize = 3;

/// Texts that marks refer to.
#[derive(Debug, Default)]
pub struct Quotes {
    text: Box<str>,
    /// The texts of lines, where they are not parts of that.
    packed: Option<Packed>,
    lines: Box<[Kept]>,
    /// Numbers of the lines that marks cite besides their proof.
    others: Box<[u32]>,
    /// Of each mark process, thread, version, and its captures.
    spans: Box<[Span]>,
    /// Names of captures; marks of one statement have theirs in common.
    names: Box<[Name]>,
    /// Lines and bytes before the slab.
    before: (u64, u64),
}

/// A line: its number and offset in the slab, and where its text is.
#[derive(Clone, Copy, Debug)]
struct Kept {
    line: u32,
    offset: u32,
    text: Span,
}

/// What a mark refers to.
#[derive(Clone, Copy, Debug)]
pub struct Refers {
    spans: u32,
    names: u32,
    captured: u16,
    others_count: u16,
    others: u32,
    proof: u32,
    has_version: bool,
}

impl Quotes {
    /// The same behind so many lines and bytes.
    pub fn behind(self, lines: u64, bytes: u64) -> Self {
        Quotes { before: (lines, bytes), ..self }
    }

    fn own(&self, refers: &Refers, which: usize) -> &str {
        self.spans.get(refers.spans as usize + which).map_or("", |span| span.of(&self.text))
    }

    /// Process of a mark.
    pub fn pid(&self, refers: &Refers) -> &str {
        self.own(refers, 0)
    }

    /// Thread of a mark.
    pub fn tid(&self, refers: &Refers) -> &str {
        self.own(refers, 1)
    }

    /// Version that the line of a mark states.
    pub fn version(&self, refers: &Refers) -> Option<&str> {
        refers.has_version.then(|| self.own(refers, 2))
    }

    /// Names of what a mark captured.
    pub fn names(&self, refers: &Refers) -> &[Name] {
        let start = refers.names as usize;
        self.names.get(start..start + usize::from(refers.captured)).unwrap_or_default()
    }

    /// What it captured under the name of this number.
    pub fn captured(&self, refers: &Refers, number: usize) -> &str {
        self.own(refers, OWN + number)
    }

    fn cited(&self, number: u32) -> Cited<'_> {
        let (lines, bytes) = self.before;
        let texts = self.packed.as_ref().map_or(Texts::Plain(&self.text), Texts::Packed);
        let none = Kept { line: 0, offset: 0, text: Span::default() };
        let kept = self.lines.get(number as usize).unwrap_or(&none);
        Cited { line: lines + u64::from(kept.line), offset: bytes + u64::from(kept.offset), texts, span: kept.text }
    }

    /// The line that proves a mark.
    pub fn proof(&self, refers: &Refers) -> Cited<'_> {
        self.cited(refers.proof)
    }

    /// The others that show it.
    pub fn others(&self, refers: &Refers) -> impl DoubleEndedIterator<Item = Cited<'_>> {
        let start = refers.others as usize;
        let others = self.others.get(start..start + usize::from(refers.others_count)).unwrap_or_default();
        others.iter().map(|number| self.cited(*number))
    }
}

/// A mark to be made, beside what it cites.
#[derive(Clone, Debug, Default)]
pub struct Seen<'r> {
    /// Number of the statement.
    pub statement: u32,
    /// First line of the record, within the slab.
    pub record_line: u64,
    /// Number of the record within its line.
    pub part: u32,
    /// Where in the record's text the statement matched.
    pub at: usize,
    /// The record's stamp.
    pub stamp: Option<Stamp>,
    /// What the statement captured.
    pub captures: Vec<Capture<'r>>,
    /// Process id as written, empty if none.
    pub pid: Cow<'r, str>,
    /// Thread as written, empty if none.
    pub tid: Cow<'r, str>,
    /// App version that the line states.
    pub version: Option<Cow<'r, str>>,
}

/// A mark whose slab is not in its place yet.
#[derive(Clone, Copy, Debug)]
pub struct Draft {
    pub statement: u32,
    pub record_line: u64,
    pub part: u32,
    pub at: u32,
    pub stamp: Option<Stamp>,
    pub refers: Refers,
}

/// The marks of a slab, while it is read; a worker uses one for all its slabs.
#[derive(Debug, Default)]
pub struct Drafts {
    marks: Vec<Draft>,
    text: String,
    lines: Vec<Kept>,
    others: Vec<u32>,
    spans: Vec<Span>,
    names: Vec<Name>,
    /// Where the names are that a statement captured last.
    names_of: HashMap<u32, (u32, u16), RandomState>,
}

/// The marks of a slab that is read, and what they quote; they need its place to be what they are.
#[derive(Debug, Default)]
pub struct Drawn {
    pub drafts: Vec<Draft>,
    pub quotes: Quotes,
}

impl Drawn {
    /// How many there are.
    pub const fn len(&self) -> usize {
        self.drafts.len()
    }

    /// Keeps the first ones.
    pub fn truncate(&mut self, count: usize) {
        self.drafts.truncate(count);
        if count == 0 {
            *self = Self::default();
        }
    }
}

impl Drafts {
    /// Bytes that it quotes.
    pub const fn quoted_bytes(&self) -> u64 {
        self.text.len() as u64
    }

    /// Gives what it has, its lines packed if they shall be, and is empty for the next slab.
    pub fn take(&mut self, packs: bool) -> Drawn {
        self.names_of.clear();
        if self.marks.is_empty() {
            return Drawn::default();
        }
        let packed = packs.then(|| self.pack());
        let quotes = Quotes {
            text: self.text.as_str().into(),
            packed,
            lines: self.lines.as_slice().into(),
            others: self.others.as_slice().into(),
            spans: self.spans.as_slice().into(),
            names: self.names.as_slice().into(),
            before: (0, 0),
        };
        self.text.clear();
        self.lines.clear();
        self.others.clear();
        self.spans.clear();
        self.names.clear();
        let drafts = self.marks.as_slice().to_vec();
        self.marks.clear();
        Drawn { drafts, quotes }
    }

    /// Takes the lines out of the text, so that what is left of it is what was captured, once.
    fn pack(&mut self) -> Packed {
        let text = std::mem::take(&mut self.text);
        let packed = Packed::new(&text, self.lines.iter_mut().map(|kept| &mut kept.text));
        let mut known: HashMap<&str, Span, RandomState> = HashMap::default();
        for span in &mut self.spans {
            let captured = span.of(&text);
            *span = *known.entry(captured).or_insert_with(|| {
                self.text.push_str(captured);
                Span { start: number(self.text.len() - captured.len()), len: number(captured.len()) }
            });
        }
        packed
    }

    /// Adds a mark with the line that proves it and others that show it. `place` knows of a text where in a line of the
    /// record it stands: the line's number in the record and the offset in it.
    pub fn add(
        &mut self,
        seen: &Seen<'_>,
        lines: &[(Line<'_>, usize)],
        (proof, others): (usize, &[usize]),
        place: impl Fn(&str) -> Option<(usize, usize)>,
    ) {
        let kept = self.cite(lines, proof);
        let from = number(self.others.len());
        for other in others {
            let kept = self.cite(lines, *other);
            self.others.push(kept);
        }
        let spans = number(self.spans.len());
        let version = seen.version.as_deref().unwrap_or_default();
        let own = [&*seen.pid, &*seen.tid, version];
        for value in own.into_iter().chain(seen.captures.iter().map(|(_, value)| &**value)) {
            // A text that stands in the line that proves it is a part of that.
            let shown = place(value).filter(|(line, _)| *line == proof);
            let span = shown.and_then(|(_, offset)| self.part(kept, offset, value)).unwrap_or_else(|| self.push(value));
            self.spans.push(span);
        }
        let (names, captured) = self.names(seen);
        let refers = Refers {
            spans,
            names,
            captured,
            others: from,
            others_count: u16::try_from(others.len()).unwrap_or(u16::MAX),
            proof: kept,
            has_version: seen.version.is_some(),
        };
        let (statement, record_line, part) = (seen.statement, seen.record_line, seen.part);
        self.marks.push(Draft { statement, record_line, part, at: number(seen.at), stamp: seen.stamp, refers });
    }

    /// Keeps a line of a record, once.
    fn cite(&mut self, lines: &[(Line<'_>, usize)], which: usize) -> u32 {
        let line = &lines[which].0;
        let (own, offset) = (small(line.number), small(line.offset));
        let recent = self.lines.len().saturating_sub(RECENT);
        if let Some(at) = self.lines[recent..].iter().position(|kept| kept.line == own) {
            return number(recent + at);
        }
        let text = lossy(&line.bytes[..line.bytes.len().min(TEXT_MAX_BYTES)]);
        let text = self.push(&text);
        self.lines.push(Kept { line: own, offset, text });
        number(self.lines.len() - 1)
    }

    /// A text as a part of a line, if it stands there.
    fn part(&self, kept: u32, offset: usize, value: &str) -> Option<Span> {
        let line = self.lines[kept as usize].text;
        let start = line.start as usize + offset;
        let is_within = offset + value.len() <= line.len as usize && self.text.get(start..start + value.len()) == Some(value);
        is_within.then(|| Span { start: number(start), len: number(value.len()) })
    }

    fn push(&mut self, text: &str) -> Span {
        let start = number(self.text.len());
        self.text.push_str(text);
        Span { start, len: number(text.len()) }
    }

    /// Where the names of captures are.
    fn names(&mut self, seen: &Seen<'_>) -> (u32, u16) {
        let captured = u16::try_from(seen.captures.len()).unwrap_or(u16::MAX);
        let own = || seen.captures.iter().map(|(name, _)| *name);
        if let Some((start, count)) = self.names_of.get(&seen.statement).copied()
            && count == captured
            && self.names[start as usize..].iter().copied().take(usize::from(count)).eq(own())
        {
            return (start, count);
        }
        let start = number(self.names.len());
        self.names.extend(own());
        self.names_of.insert(seen.statement, (start, captured));
        (start, captured)
    }
}

/// A place in what one slab quotes. Of more than 4 GiB, which no slab's lines come to, nothing behind is quoted.
fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn small(place: u64) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::mark::{self, Mark};
    use super::*;

    const LINES: [&str; 2] = ["9211 main [7.43.3] sending 名7 late", "second"];

    /// Adds a mark of a record of two lines that starts at a line; captures are looked for in its first line.
    fn add(drafts: &mut Drafts, first: u64, captures: &[Capture<'static>], others: &[usize]) {
        let line = |n: u64, bytes: &'static str| (Line { number: first + n, offset: 40 * first + 11 * n, bytes: bytes.as_bytes() }, 0);
        let (pid, tid, version) = ("9211".into(), "main".into(), Some("7.43.3".into()));
        let seen = Seen { statement: 5, record_line: first, at: 6, captures: captures.to_vec(), pid, tid, version, ..Seen::default() };
        let place = |value: &str| LINES[0].find(value).map(|at| (0, at));
        drafts.add(&seen, &[line(0, LINES[0]), line(1, LINES[1])], (0, others), place);
    }

    #[test]
    fn a_mark_gives_back_all_that_it_quotes_packed_or_not() {
        for packs in [false, true] {
            let mut drafts = Drafts::default();
            add(&mut drafts, 1, &[("id_msg", "名7".into())], &[]);
            add(&mut drafts, 3, &[("id_msg", "名7".into()), ("code", "".into()), ("text", "not there".into())], &[1]);
            let mark = mark::bind(drafts.take(packs), 10, 100).nth(1).unwrap();
            assert_eq!(mark.captures().collect::<Vec<_>>(), [("id_msg", "名7"), ("code", ""), ("text", "not there")]);
            assert_eq!((mark.get("text"), mark.get("code"), mark.get("id")), (Some("not there"), Some(""), None));
            assert_eq!((mark.pid(), mark.tid(), mark.version()), ("9211", "main", Some("7.43.3")));
            let lines: Vec<_> = mark.cited().map(|c| (c.line, c.offset, c.text())).collect();
            assert_eq!(lines, [(13, 220, LINES[0].into()), (14, 231, LINES[1].into())]);
            assert_eq!((mark.record_line, mark.text(), mark.last_cited().line), (13, LINES.join("\n"), 14));
        }
    }

    #[test]
    fn what_marks_captured_is_kept_once_where_lines_are_packed() {
        let mut drafts = Drafts::default();
        (0..90).for_each(|n| add(&mut drafts, 2 * n, &[("id_msg", "名7".into())], &[1]));
        let Drawn { quotes, .. } = drafts.take(true);
        assert_eq!(&*quotes.text, "9211main7.43.3名7");
    }

    #[test]
    fn marks_that_captured_the_same_say_the_same() {
        let mut drafts = Drafts::default();
        let (a, b) = (("id_msg", "12".into()), ("code", "3".into()));
        for captures in [vec![a.clone(), b.clone()], vec![a, b], vec![("id_msg", "1".into()), ("code", "23".into())], vec![]] {
            add(&mut drafts, 1, &captures, &[]);
        }
        let marks: Vec<Mark> = mark::bind(drafts.take(false), 0, 0).collect();
        assert_eq!(marks[0].said(), marks[1].said());
        assert_ne!(marks[0].said(), marks[2].said());
        assert_ne!(marks[0].said(), marks[3].said());
    }

    #[test]
    fn a_line_that_several_marks_cite_and_what_they_captured_of_it_is_kept_once() {
        let mut drafts = Drafts::default();
        (0..3).for_each(|_| add(&mut drafts, 1, &[("id_msg", "名7".into())], &[1]));
        add(&mut drafts, 3, &[("id_msg", "名7".into())], &[]);
        assert_eq!((drafts.lines.len(), drafts.text.len()), (3, 2 * LINES[0].len() + LINES[1].len()));
        assert_eq!(drafts.names, ["id_msg"]);
        assert_eq!(mark::bind(drafts.take(false), 0, 0).map(|mark| mark.proof().line).collect::<Vec<_>>(), [1, 1, 1, 3]);
    }
}
