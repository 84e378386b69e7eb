//! Lines of a slab -> the same, up to 64 at a time, each with its head, what its tag asks for, and whether anything may mean it.
//!
//! All lines of a batch take one step before any takes the next: heads are read, tags looked up, messages searched as one text.
//! Lines differ, so that what is done with one by itself waits for it, and a search of each would take as long to begin and end
//! as to look. What holds of a line is a bit. Most turn out to begin a record in which nothing stands that is asked for, and are
//! passed over together.

use super::LINE_MAX_BYTES;
use super::cited::Line;
use super::ends::{Ends, TOGETHER};
use super::filter::{Filter, TagEntry};
use super::head::{continues, foreign_head, head};
use super::opening::Opening;
use super::record::{Asked, Context};
use super::sieve::Sieve;
use super::slab::Slab;
use super::tags::Tags;
use crate::format::shape::Shape;
use crate::format::{GRAMMARS, Grammar, Quick};

/// Bytes that are copied of each message: of a shorter one some too many, which costs less than to mind its length.
const COPIED: usize = 128;
/// Lines of a batch of which the beginning is learnt.
const LEARNT: u32 = 4;
/// Something for each line.
type Each<T> = [T; TOGETHER];

/// The lines of a slab.
pub struct Batch<'s, 'f, 'p> {
    bytes: &'s [u8],
    ends: Ends<'s>,
    /// Where the next line begins.
    at: usize,
    /// Lines in the batches before.
    before: u64,
    /// Where lines begin and end, without their line ends.
    lines: Each<(usize, usize)>,
    len: usize,
    own: Option<Own<'f, 'p>>,
    /// Whether heads are known only from the rows before, which may have line ends in their values.
    is_csv: bool,
}

/// What is known of lines with a head of the document's form.
struct Own<'f, 'p> {
    id: u8,
    grammar: &'static dyn Grammar,
    shape: Shape,
    tags: Tags<'f, 'p>,
    /// The literals for which messages are searched together, where they are all that is asked.
    literals: Option<&'f Sieve>,
    /// The record that the lines before left.
    left: Left,
    heads: Each<Quick>,
    entries: Each<&'f TagEntry>,
    /// Lines that have such a head.
    headed: u64,
    /// Of these, lines whose record may be what a statement of their tag means, if they begin one.
    tagged: u64,
    /// Of these, lines that statements without a tag may mean.
    untagged: u64,
    /// Of these, lines that begin a record in which nothing stands that is asked for.
    quiet: u64,
    texts: Texts,
    /// How lines of objects begin.
    opening: Opening,
}

/// The line before a batch.
#[derive(Clone, Copy, Default)]
struct Left {
    /// Whether it has a head of the document's form; if not, a record further up may be open.
    is_headed: bool,
    /// Whether a record with its tag may mean something, so that it is open.
    is_asked: bool,
    head: Quick,
}

/// Messages of a batch that are searched.
struct Texts {
    /// Each with a line end behind it; what is behind all of them is of no meaning.
    copy: Vec<u8>,
    len: usize,
    /// Where each begins.
    starts: Each<usize>,
    /// The number of its line.
    numbers: Each<u8>,
    count: usize,
}

impl<'s, 'f, 'p> Batch<'s, 'f, 'p> {
    /// Those of a slab.
    pub fn new(slab: &'s Slab, context: &Context<'f, 'p>) -> Self {
        let bytes = slab.bytes();
        let mut ends = Ends::new(bytes);
        let at = if slab.mid_line { ends.next().map_or(bytes.len(), |end| end + 1) } else { 0 };
        let is_csv = context.header.is_some();
        let own = context.grammar.filter(|_| !is_csv).map(|id| Own::new(id, context.scanner.filter(id)));
        Batch { bytes, ends, at, before: 0, lines: [(0, 0); TOGETHER], len: 0, own, is_csv }
    }

    /// Takes the next lines; whether there are any.
    pub fn next(&mut self) -> bool {
        self.before += self.len as u64;
        self.len = 0;
        for end in self.ends.next_many() {
            self.lines[self.len] = (self.at, trimmed(self.bytes, self.at, end));
            (self.at, self.len) = (end + 1, self.len + 1);
        }
        if self.len == 0 && self.at < self.bytes.len() {
            self.lines[0] = (self.at, trimmed(self.bytes, self.at, self.bytes.len()));
            (self.at, self.len) = (self.bytes.len(), 1);
        }
        if let Some(own) = &mut self.own {
            own.look(self.bytes, &self.lines[..self.len]);
        }
        self.len > 0
    }

    /// How many lines there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Lines of all batches so far.
    pub const fn lines(&self) -> u64 {
        self.before + self.len as u64
    }

    /// How many lines from one on begin a record in which nothing stands that is asked for.
    #[inline]
    pub fn quiet_from(&self, number: usize) -> usize {
        self.own.as_ref().map_or(0, |own| (!(own.quiet >> number)).trailing_zeros() as usize)
    }

    /// A line.
    #[inline]
    pub fn line(&self, number: usize) -> Line<'s> {
        let (start, end) = self.lines[number];
        Line { number: self.before + number as u64 + 1, offset: start as u64, bytes: &self.bytes[start..end] }
    }

    /// The head of a line, and whose.
    #[inline]
    pub fn head(&self, number: usize) -> Option<(u8, Quick)> {
        match &self.own {
            Some(own) if own.headed >> number & 1 == 1 => Some((own.id, own.heads[number])),
            Some(own) => foreign_head(self.line(number).bytes, Some(own.id)),
            None if self.is_csv => None,
            None => head(self.line(number).bytes, None),
        }
    }

    /// What may mean a line with a head.
    #[inline]
    pub fn asked(&self, number: usize, (id, quick): (u8, Quick), context: &Context<'f, 'p>) -> Asked<'f, 'p> {
        match &self.own {
            Some(own) if own.headed >> number & 1 == 1 => {
                let is = |bits: u64| bits >> number & 1 == 1;
                Asked { filter: own.tags.filter, entry: own.entries[number], tagged: is(own.tagged), untagged: is(own.untagged) }
            }
            _ => {
                let (filter, line) = (context.scanner.filter(id), self.line(number));
                let entry = filter.tag(quick.tag(line.bytes));
                let tagged = filter.hits_tag(entry, quick.message(line.bytes));
                Asked { filter, entry, tagged, untagged: filter.hits_untagged(entry, line.bytes, quick) }
            }
        }
    }
}

/// Where a line that ends at a place ends as it is read.
#[inline]
fn trimmed(bytes: &[u8], start: usize, end: usize) -> usize {
    let end = end - usize::from(end > start && bytes[end - 1] == b'\r');
    end.min(start + LINE_MAX_BYTES)
}

impl<'f, 'p> Own<'f, 'p> {
    fn new(id: u8, filter: &'f Filter<'p>) -> Self {
        Own {
            id,
            grammar: GRAMMARS[id as usize],
            shape: Shape::default(),
            tags: Tags::new(filter),
            literals: filter.untagged.literals_alone(),
            left: Left::default(),
            heads: [Quick::default(); TOGETHER],
            entries: [filter.nothing(); TOGETHER],
            headed: 0,
            tagged: 0,
            untagged: 0,
            quiet: 0,
            texts: Texts { copy: Vec::new(), len: 0, starts: [0; TOGETHER], numbers: [0; TOGETHER], count: 0 },
            opening: Opening::default(),
        }
    }

    /// Looks at lines of a slab.
    fn look(&mut self, bytes: &[u8], lines: &[(usize, usize)]) {
        let filter = self.tags.filter;
        self.headed = self.grammar.heads(bytes, lines, &mut self.shape, &mut self.heads);
        let (mut by_tag, mut of_app) = (0, self.headed);
        // Of objects nothing is asked by tag.
        for number in ones(if filter.is_json { 0 } else { self.headed }) {
            let (start, end) = lines[number];
            let entry = self.tags.get(&bytes[start..end], self.heads[number]);
            by_tag |= u64::from(entry.has_statements()) << number;
            of_app &= !(u64::from(!entry.may_be_of_app()) << number);
            self.entries[number] = entry;
        }
        let asked = if filter.untagged.is_empty() { by_tag } else { by_tag | of_app };
        self.untagged = if filter.untagged.is_empty() || of_app == 0 { 0 } else { self.search(bytes, lines, of_app) };
        // What is an object by itself goes on with nothing.
        let continuing = if filter.is_json { 0 } else { self.continuing(bytes, lines, asked) };
        let is_meant = |number: &usize| {
            let (start, end) = lines[*number];
            filter.hits_tag(self.entries[*number], self.heads[*number].message(&bytes[start..end]))
        };
        self.tagged = ones(by_tag).filter(is_meant).fold(0, with);
        // Behind a line without a head nobody knows here which record is open.
        self.quiet = self.headed & (self.headed << 1 | u64::from(self.left.is_headed)) & !(self.tagged | self.untagged | continuing);
        if let Some(last) = lines.len().checked_sub(1) {
            let is = |bits: u64| bits >> last & 1 == 1;
            self.left = Left { is_headed: is(self.headed), is_asked: is(asked), head: self.heads[last] };
        }
    }

    /// Lines that may go on with the record of the line before.
    fn continuing(&self, bytes: &[u8], lines: &[(usize, usize)], asked: u64) -> u64 {
        let mut alike = 0;
        let mut before = self.left.head;
        for (number, head) in self.heads[..lines.len()].iter().enumerate() {
            alike |= u64::from(*head == before) << number;
            before = *head;
        }
        let open = (self.headed & asked) << 1 | u64::from(self.left.is_headed && self.left.is_asked);
        let is_more = |number: &usize| {
            let (start, end) = lines[*number];
            continues(&bytes[start..end], self.heads[*number])
        };
        ones(alike & open & self.headed).filter(is_more).fold(0, with)
    }

    /// Searches messages, of objects all that differs: lines that statements without a tag may mean.
    fn search(&mut self, bytes: &[u8], lines: &[(usize, usize)], asked: u64) -> u64 {
        let filter = self.tags.filter;
        let Some(literals) = self.literals else {
            let is_meant = |number: &usize| {
                let (start, end) = lines[*number];
                filter.hits_untagged(self.entries[*number], &bytes[start..end], self.heads[*number])
            };
            return ones(asked).filter(is_meant).fold(0, with);
        };
        self.texts.clear();
        let mut whole = 0;
        for number in ones(asked) {
            let (start, end) = lines[number];
            let head = if filter.is_json { self.opening.of(&bytes[start..end]) } else { self.heads[number].message_start() };
            whole |= u64::from(head == 0) << number;
            let from = (start + head).min(end);
            self.texts.add(&bytes[from..], end - from, number);
        }
        let mut met = 0;
        literals.find(self.texts.all(), |_, at| {
            let text = self.texts.at(at);
            met |= 1 << self.texts.numbers[text];
            // One is enough. A literal of the next message begins behind the line end.
            self.texts.end(text)
        });
        if filter.is_json {
            // What is written otherwise may be any of them.
            memchr::memmem::find_iter(self.texts.all(), b"\\u").for_each(|at| met |= 1 << self.texts.numbers[self.texts.at(at)]);
            if whole.count_ones() > asked.count_ones() / 2 && self.opening.is_worth_a_try() {
                let some: Vec<usize> = ones(asked).step_by(asked.count_ones().div_ceil(LEARNT) as usize).collect();
                self.opening.learn(&some.iter().map(|number| &bytes[lines[*number].0..lines[*number].1]).collect::<Vec<_>>(), literals);
            }
        }
        met
    }
}

impl Texts {
    fn clear(&mut self) {
        (self.len, self.count) = (0, 0);
    }

    /// Adds the message of a line, given with all that stands behind it.
    #[inline]
    fn add(&mut self, with_rest: &[u8], len: usize, number: usize) {
        let (from, to) = (self.len, self.len + len);
        if self.copy.len() <= from + len.max(COPIED) {
            self.grow(from + len.max(COPIED) + 1);
        }
        match (with_rest.first_chunk::<COPIED>(), self.copy[from..].first_chunk_mut()) {
            (Some(bytes), Some(place)) if len <= COPIED => *place = *bytes,
            _ => self.copy_other(&with_rest[..len]),
        }
        self.copy[to] = b'\n';
        self.starts[self.count] = from;
        #[allow(clippy::cast_possible_truncation)] // of 64
        let number = number as u8;
        self.numbers[self.count] = number;
        (self.len, self.count) = (to + 1, self.count + 1);
    }

    /// Copies a long message, or one at the end of its slab; apart, as both copies would be made one of any length.
    #[cold]
    #[inline(never)]
    fn copy_other(&mut self, message: &[u8]) {
        self.copy[self.len..self.len + message.len()].copy_from_slice(message);
    }

    #[cold]
    fn grow(&mut self, len: usize) {
        self.copy.resize(len.next_power_of_two(), 0);
    }

    fn all(&self) -> &[u8] {
        &self.copy[..self.len]
    }

    /// Which message stands at a place.
    fn at(&self, place: usize) -> usize {
        self.starts[..self.count].partition_point(|start| *start <= place).saturating_sub(1)
    }

    /// Where the line end behind a message stands.
    fn end(&self, text: usize) -> usize {
        self.starts[..self.count].get(text + 1).map_or(self.len, |next| *next) - 1
    }
}

/// Bits and a further one.
#[inline]
const fn with(bits: u64, place: usize) -> u64 {
    bits | 1 << place
}

/// The places of bits that are set.
#[inline]
fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (bits != 0).then_some(bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profiles;
    use crate::scan::Scanner;
    use crate::scan::slab::Feed;
    use proptest::prelude::*;
    use std::sync::atomic::AtomicU64;

    /// What is told of a line by itself.
    struct Alone<'f> {
        head: Option<(u8, Quick)>,
        untagged: bool,
        /// Whether the record of the line before ends there, and nothing asks for the one that begins.
        quiet: bool,
        entry: &'f TagEntry,
    }

    fn alone<'f>(line: &[u8], id: u8, filter: &'f Filter<'_>, before: Option<&Alone<'f>>) -> Alone<'f> {
        let head = GRAMMARS[id as usize].quick(line).map(|quick| (id, quick)).or_else(|| foreign_head(line, Some(id)));
        let Some((_, quick)) = head.filter(|(whose, _)| *whose == id) else {
            return Alone { head, untagged: false, quiet: false, entry: filter.nothing() };
        };
        let entry = filter.tag(quick.tag(line));
        let untagged = filter.hits_untagged(entry, line, quick);
        let ends = before.is_some_and(|before| {
            let goes_on = before.head == head && filter.is_asked(before.entry) && continues(line, quick);
            before.head.is_some_and(|(whose, _)| whose == id) && !goes_on
        });
        Alone { head, untagged, quiet: ends && !untagged && !filter.hits_tag(entry, quick.message(line)), entry }
    }

    /// Compares what batches say of lines with what is told of each by itself; how many lines are quiet, and how many meant.
    fn check(lines: &[String], id: u8, scanner: &Scanner<'_>) -> (usize, usize) {
        let text = lines.join("\n");
        let Some(slab) = Feed::new(&mut text.as_bytes(), 1 << 20).next(&mut Vec::new()).unwrap() else { return (0, 0) };
        let context = Context { scanner, grammar: Some(id), header: None, quoted: AtomicU64::new(0) };
        let filter = scanner.filter(id);
        let mut batch = Batch::new(&slab, &context);
        let mut before: Option<Alone<'_>> = None;
        let (mut at, mut quiet, mut meant) = (0, 0, 0);
        while batch.next() {
            for number in 0..batch.len() {
                let (line, told) = (batch.line(number), lines[at].strip_suffix('\r').unwrap_or(&lines[at]));
                at += 1;
                assert_eq!((line.number, line.bytes), (at as u64, told.as_bytes()));
                let alone = alone(line.bytes, id, filter, before.as_ref());
                assert_eq!(batch.head(number), alone.head, "{told}");
                assert_eq!(batch.quiet_from(number) > 0, alone.quiet, "{told}");
                if let Some(head) = alone.head.filter(|(whose, _)| *whose == id) {
                    let asked = batch.asked(number, head, &context);
                    assert_eq!(asked.untagged, alone.untagged, "{told}");
                    assert!(std::ptr::eq(asked.entry, alone.entry), "{told}");
                    meant += usize::from(asked.untagged);
                }
                quiet += usize::from(alone.quiet);
                before = Some(alone);
            }
        }
        assert_eq!(batch.lines(), at as u64);
        assert_eq!(
            lines.len() - at,
            usize::from(text.is_empty() || text.ends_with('\n')),
            "an empty line behind the last line end is none"
        );
        (quiet, meant)
    }

    /// Lines of a form and of others, and what may stand in, behind and between them.
    fn lines_of(id: u8, picks: &[(u8, u8, u8)]) -> Vec<String> {
        let own = GRAMMARS[id as usize].samples();
        let others: Vec<&str> = GRAMMARS.iter().flat_map(|grammar| grammar.samples()).copied().collect();
        let behind = [
            "",
            "",
            "",
            " msgid=7",
            " UnknownHostException: x",
            " \\u0041",
            "\"timeout\"",
            "\r",
            " network",
            " kicked",
            " of ten, all there",
        ];
        let line = |(kind, which, what): &(u8, u8, u8)| {
            let of = |samples: &[&str]| samples.get(*which as usize % samples.len().max(1)).copied().unwrap_or_default().to_owned();
            match kind % 16 {
                0 => String::new(),
                1 => format!("\tat a.b.C.d(C.java:{which})"),
                2 => of(&others),
                3 => format!("{}{}", of(own), "x".repeat(usize::from(*what) * 3)),
                _ => {
                    let line = of(own);
                    // JSON ends with its bracket.
                    match line.strip_suffix("\"}") {
                        Some(line) => format!("{line}{}\"}}", behind[*what as usize % 6].replace('"', "")),
                        None => line + behind[*what as usize % behind.len()],
                    }
                }
            }
        };
        picks.iter().map(line).collect()
    }

    #[test]
    fn a_batch_says_of_each_line_of_each_form_what_the_line_does() {
        let profiles = Profiles::builtin();
        let scanner = Scanner::new(&profiles);
        let mut all = (0, 0);
        for id in 0..u8::try_from(GRAMMARS.len()).unwrap() {
            let mut seed = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(u64::from(id) + 1);
            let mut next = || {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                seed.to_be_bytes()[0]
            };
            let picks: Vec<(u8, u8, u8)> = (0..3_000).map(|_| (next(), next(), next())).collect();
            let (quiet, meant) = check(&lines_of(id, &picks), id, &scanner);
            all = (all.0 + quiet, all.1 + meant);
        }
        assert!(all.0 > 10_000 && all.1 > 10_000, "{all:?}");
    }

    proptest! {
        #[test]
        fn a_batch_says_of_lines_what_each_does(id in 0..u8::try_from(GRAMMARS.len()).unwrap(), picks in prop::collection::vec(any::<(u8, u8, u8)>(), 0..200)) {
            let profiles = Profiles::builtin();
            check(&lines_of(id, &picks), id, &Scanner::new(&profiles));
        }
    }
}
