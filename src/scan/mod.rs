//! Records -> marks and strips: the one pass over the bytes of a document.
//!
//! What comes in is a reader of decoded text and the profiles; what goes out is a [`Scanned`]. Slabs
//! start at a record's head, so that each can be scanned by itself; line numbers come from prefix
//! sums. What cannot match is never parsed.

mod batch;
mod cited;
mod ends;
mod filter;
mod gate;
mod head;
mod mark;
mod needs;
mod opening;
mod pass;
mod quotes;
mod record;
mod sieve;
mod slab;
mod tags;

pub(crate) use head::head;

pub use cited::Cited;
pub use mark::{Counts, Mark, Point, Said, Scanned, Strip};

use crate::format::{GRAMMARS, detect, preamble};
use crate::profile::Profiles;
use crate::profile::matcher::{Bars, Hit, Text, matches};
use filter::Filter;
use quotes::Drafts;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Bytes read at a time, unless a setting says otherwise. A larger slab costs memory, a smaller one would cut lines.
pub const SLAB_BYTES: usize = 1 << 20;
/// The largest slab that can be set: each worker holds one.
pub const SLAB_MAX_BYTES: usize = 64 << 20;
/// A physical line longer than this is looked at only so far; the rest is counted.
pub const LINE_MAX_BYTES: usize = SLAB_BYTES;
/// A record longer than this ends there for matching.
pub const RECORD_MAX_LINES: usize = 512;
/// Likewise in bytes.
pub const RECORD_MAX_BYTES: usize = 256 * 1024;
/// Lines of a report that are looked at.
pub const REPORT_MAX_LINES: usize = 32_768;
/// Bytes of a report that are looked at.
pub const REPORT_MAX_BYTES: usize = SLAB_BYTES;
/// Kept of a cited line.
pub const TEXT_MAX_BYTES: usize = 4 * 1024;
/// Where marks of one document quote more bytes than these, the lines of further slabs are packed.
pub const PLAIN_BYTES: u64 = 1 << 20;
/// Bytes between two points of a strip.
pub const STRIP_BYTES: u64 = 64 * 1024;
/// Marks of one document at most; further ones are counted and reported.
pub const MARKS_MAX: usize = 500_000;

/// The profiles with the filters made of them, one per grammar, each built when first needed.
pub struct Scanner<'p> {
    /// The profiles in force.
    pub profiles: &'p Profiles,
    filters: Vec<OnceLock<Filter<'p>>>,
    /// How often each statement was tried on a record, where somebody counts.
    tried: Option<Vec<AtomicU64>>,
    slab_bytes: usize,
}

impl<'p> Scanner<'p> {
    /// A scanner; costs nothing until it scans.
    #[must_use]
    pub fn new(profiles: &'p Profiles) -> Self {
        Scanner { profiles, filters: GRAMMARS.iter().map(|_| OnceLock::new()).collect(), tried: None, slab_bytes: SLAB_BYTES }
    }

    /// This scanner with slabs of another size, from [`SLAB_BYTES`] to [`SLAB_MAX_BYTES`].
    #[must_use]
    pub fn with_slab_bytes(self, slab_bytes: usize) -> Self {
        Scanner { slab_bytes: slab_bytes.clamp(SLAB_BYTES, SLAB_MAX_BYTES), ..self }
    }

    /// A scanner that counts how often each statement is tried.
    #[must_use]
    pub fn counting(profiles: &'p Profiles) -> Self {
        Scanner { tried: Some(profiles.statements.iter().map(|_| AtomicU64::new(0)).collect()), ..Self::new(profiles) }
    }

    /// Whether it counts how often each statement is tried: then all are that a literal picks.
    const fn counts_tries(&self) -> bool {
        self.tried.is_some()
    }

    /// How often a statement was tried; 0 where nobody counts.
    #[must_use]
    pub fn tried(&self, statement: u32) -> u64 {
        self.tried.as_ref().map_or(0, |t| t[statement as usize].load(Ordering::Relaxed))
    }

    /// Matches a statement that its gate let through.
    fn matches<'t>(&self, statement: u32, bars: Bars, text: &'t Text, json: Option<&Value>) -> Option<Hit<'t>> {
        if let Some(tried) = &self.tried {
            tried[statement as usize].fetch_add(1, Ordering::Relaxed);
        }
        matches(&self.profiles.statements[statement as usize].matcher, text, json, bars)
    }

    /// The filter of a grammar.
    fn filter(&self, grammar: u8) -> &Filter<'p> {
        self.filters[grammar as usize].get_or_init(|| Filter::new(self.profiles, grammar))
    }
}

/// Scans a document. With `jobs` > 1 that many workers read, hash and scan slabs of it, each its own.
///
/// # Errors
/// What the reader says; what was read before is lost with it only if nothing could be read at all.
pub fn scan(reader: &mut (dyn Read + Send), scanner: &Scanner<'_>, jobs: usize, advance: &(dyn Fn(u64) + Sync)) -> io::Result<Scanned> {
    let mut feed = slab::Feed::new(reader, scanner.slab_bytes);
    let Some(first) = feed.next(&mut slab::buffer())? else {
        return Ok(Scanned { hash: *blake3::hash(&[]).as_bytes(), ..Scanned::default() });
    };
    let head = &first.bytes()[..first.bytes().len().min(detect::DETECT_BYTES)];
    let grammar = detect::detect(head).best.map(|(id, _)| id);
    let is_csv = grammar.is_some_and(|id| GRAMMARS[id as usize].info().id == "csv");
    let context = record::Context { scanner, grammar, header: detect::csv_header(head).filter(|_| is_csv), quoted: AtomicU64::new(0) };
    let begun = Scanned { grammar, facts: preamble::facts(head), ..Scanned::default() };
    // Small documents are not worth a second thread.
    let others = if feed.is_done() { 0 } else { jobs.saturating_sub(1) };
    let work = Work {
        source: Mutex::new(Source { feed, first: Some(first), number: 0, failure: None }),
        hasher: Mutex::default(),
        merge: Mutex::new(Merge { scanned: begun, marks_max: MARKS_MAX, ..Merge::default() }),
        context,
        advance,
    };
    if others == 0 {
        work.run();
    } else {
        rayon::scope(|scope| {
            (0..others).for_each(|_| scope.spawn(|_| work.run()));
            work.run();
        });
    }
    Ok(work.finish())
}

/// What the workers on one document share. Each part is held for as long as one slab takes there, and nothing that is done
/// meanwhile waits for the pool, which might give this thread a worker to run that waits for the same part.
struct Work<'w, 'p> {
    source: Mutex<Source<'w>>,
    hasher: Mutex<blake3::Hasher>,
    merge: Mutex<Merge>,
    context: record::Context<'w, 'p>,
    advance: &'w (dyn Fn(u64) + Sync),
}

/// The slabs that are not taken yet.
struct Source<'w> {
    feed: slab::Feed<'w>,
    /// The one that was looked at to know the form.
    first: Option<slab::Slab>,
    number: usize,
    failure: Option<io::Error>,
}

impl Source<'_> {
    /// The next slab and its number. A reader that fails is not asked again.
    fn next(&mut self, buffer: &mut Vec<u8>) -> Option<(usize, slab::Slab)> {
        let slab = match self.first.take() {
            Some(first) => Some(first),
            None if self.failure.is_some() => None,
            None => self.feed.next(buffer).unwrap_or_else(|error| {
                self.failure = Some(error);
                None
            }),
        };
        self.number += 1;
        Some((self.number - 1, slab?))
    }
}

impl Work<'_, '_> {
    /// Takes slabs until there are no more.
    fn run(&self) {
        let (mut buffer, mut marks) = (slab::buffer(), Drafts::default());
        loop {
            let (number, slab, mut hasher) = {
                let mut source = lock(&self.source);
                let Some((number, slab)) = source.next(&mut buffer) else { break };
                // Taken before the source is given on: slabs are hashed in their order.
                (number, slab, lock(&self.hasher))
            };
            hasher.update(slab.bytes());
            drop(hasher);
            let found = pass::scan(&slab, &self.context, &mut marks);
            (self.advance)(slab.bytes().len() as u64);
            lock(&self.merge).take(number, slab.offset, found);
            buffer = slab.into_buffer();
        }
        slab::keep(buffer);
    }

    fn finish(self) -> Scanned {
        let mut scanned = self.merge.into_inner().unwrap_or_else(PoisonError::into_inner).finish();
        if let Some(error) = self.source.into_inner().unwrap_or_else(PoisonError::into_inner).failure {
            scanned.limits.insert(0, format!("reading stopped at byte {}: {error}", scanned.counts.bytes));
        }
        scanned.hash = *self.hasher.into_inner().unwrap_or_else(PoisonError::into_inner).finalize().as_bytes();
        scanned
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts slabs together in order: absolute lines, orphans, the strip.
#[derive(Default)]
struct Merge {
    scanned: Scanned,
    /// The number of the slab whose turn it is.
    next: usize,
    /// What slabs behind it gave, with their offsets.
    waiting: BTreeMap<usize, (u64, pass::Found)>,
    lines: u64,
    record_open: bool,
    /// As many are kept: [`MARKS_MAX`].
    marks_max: usize,
    last: Option<Point>,
    dropped: u64,
}

impl Merge {
    /// Takes what a slab gave, and adds what it was its turn for.
    fn take(&mut self, number: usize, offset: u64, found: pass::Found) {
        self.waiting.insert(number, (offset, found));
        // However many slabs wait for a slow one: what marks before them leave no room for goes at once.
        let mut room = self.marks_max - self.scanned.marks.len();
        for (_, found) in self.waiting.values_mut() {
            self.dropped += found.marks.len().saturating_sub(room) as u64;
            found.marks.truncate(room);
            room -= found.marks.len();
        }
        while let Some((offset, found)) = self.waiting.remove(&self.next) {
            self.add(offset, found);
            self.next += 1;
        }
    }

    fn add(&mut self, offset: u64, mut found: pass::Found) {
        // Lines before a slab's first record continue the last record of the slabs before.
        if self.record_open {
            found.counts.continuations += found.orphans;
        } else {
            found.counts.unread += found.orphans;
        }
        self.record_open |= found.record_open;
        if found.marks.len() > 0 {
            self.scanned.marks.extend(mark::bind(found.marks, self.lines, offset));
        }
        for point in &found.points {
            let point = Point { line: point.line + self.lines, offset: point.offset + offset, ..*point };
            let points = &mut self.scanned.strip.points;
            if points.last().is_none_or(|p| point.offset >= p.offset + STRIP_BYTES) {
                points.push(point);
            }
            self.last = Some(point);
        }
        self.lines += found.counts.lines;
        self.scanned.counts += found.counts;
    }

    fn finish(mut self) -> Scanned {
        let result = &mut self.scanned;
        if let Some(last) = self.last
            && result.strip.points.last() != Some(&last)
        {
            result.strip.points.push(last);
        }
        if self.dropped > 0 {
            result.limits.push(format!("more than {} marks: {} were not kept", self.marks_max, self.dropped));
        }
        self.scanned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[u8], jobs: usize) -> Scanned {
        check_in_slabs(text, jobs, SLAB_BYTES)
    }

    fn check_in_slabs(text: &[u8], jobs: usize, slab_bytes: usize) -> Scanned {
        let profiles = Profiles::builtin();
        let scanned = scan(&mut { text }, &Scanner::new(&profiles).with_slab_bytes(slab_bytes), jobs, &|_| {}).unwrap();
        let c = scanned.counts;
        assert_eq!(c.lines, c.records + c.continuations + c.blank + c.unread, "{c:?}");
        assert_eq!(c.bytes, text.len() as u64);
        assert_eq!(scanned.hash, *blake3::hash(text).as_bytes());
        scanned
    }

    #[test]
    fn every_line_is_counted_once() {
        let c = check(b"hello\n\n03-04 18:20:01.003  9211  9260 D NetMon  : onLost 101\n\tat x\nlast", 1).counts;
        assert_eq!((c.lines, c.records, c.continuations, c.blank, c.unread), (5, 1, 2, 1, 1));
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(check(b"", 1).counts, Counts::default());
    }

    #[test]
    fn a_line_longer_than_a_slab_is_one_line() {
        let mut text = b"03-04 18:20:01.003  9211  9260 D A: ".to_vec();
        text.resize(3 * SLAB_BYTES + 17, b'x');
        text.extend_from_slice(b"\n03-04 18:20:01.004  9211  9260 D A: y\n");
        let c = check(&text, 1).counts;
        assert_eq!((c.lines, c.records), (2, 2));
        assert_eq!(check(&text, 2).counts, c);
        assert_eq!(check_in_slabs(&text, 1, 8 * SLAB_BYTES).counts, c);
    }

    #[test]
    fn statements_without_a_tag_do_not_mean_what_components_of_the_system_print() {
        let line = |tag: &str| format!("03-04 18:20:01.003  9211  9260 E {tag}: send failed msg_id=77\n\tat a.B.c(B.java:1) msg_id=78\n");
        assert!(!check(line("HopSend").as_bytes(), 1).marks.is_empty());
        let silent = check(line("SurfaceFlinger").as_bytes(), 1);
        assert!(silent.marks.is_empty());
        assert_eq!((silent.counts.records, silent.counts.continuations), (1, 1));
        let own = check(b"03-04 18:20:01.003  9211  9260 D ConnectivityService: [104 WIFI] validation passed\n", 1);
        assert!(!own.marks.is_empty(), "what the system's own profile says of its tags is meant");
    }

    #[test]
    fn slabs_that_come_out_of_order_are_merged_in_order_and_bounded_while_they_wait() {
        let found = |number: u64| {
            let text = format!("line {number}");
            let line = cited::Line { number: 1, offset: 0, bytes: text.as_bytes() };
            let seen = quotes::Seen { record_line: 1, ..quotes::Seen::default() };
            let mut marks = Drafts::default();
            (0..2).for_each(|_| marks.add(&seen, &[(line, 0)], (0, &[]), |_| None));
            pass::Found { marks: marks.take(false), counts: Counts { lines: 1, bytes: 10, ..Counts::default() }, ..pass::Found::default() }
        };
        let merged = |order: [usize; 4]| {
            let mut merge = Merge { marks_max: 5, ..Merge::default() };
            for number in order {
                merge.take(number, 10 * number as u64, found(number as u64));
                let waiting: usize = merge.waiting.values().map(|(_, found)| found.marks.len()).sum();
                assert!(waiting <= 5, "{waiting}");
            }
            merge.finish()
        };
        let in_order = merged([0, 1, 2, 3]);
        assert_eq!(in_order.limits, ["more than 5 marks: 3 were not kept"]);
        let told = |scanned: &Scanned| {
            let marks = scanned.marks.iter().map(|m| (m.record_line, m.proof().offset, m.text()));
            (marks.collect::<Vec<_>>(), scanned.counts, scanned.limits.clone())
        };
        assert_eq!(told(&in_order).0.iter().map(|(line, ..)| *line).collect::<Vec<_>>(), [1, 1, 2, 2, 3]);
        for order in [[3, 2, 1, 0], [1, 3, 0, 2], [2, 3, 1, 0]] {
            assert_eq!(told(&merged(order)), told(&in_order), "{order:?}");
        }
    }

    #[test]
    fn slabs_scanned_in_parallel_give_the_same_marks() {
        let mut text = Vec::new();
        for i in 0..60_000 {
            text.extend_from_slice(format!("[7.43.3] [304  ] 2025-06-03 21:15:01.120 GMT-04:00 I JobRunner: [JOB::00fdd1c7-f36d-d910-65a6-{i:012x}][IndividualSendJob][1] Running job. (Time Since Submission: 40 ms, Lifespan: 86400000 ms, Run Attempt: 1/Unlimited)\n").as_bytes());
            if i % 7 == 0 {
                text.extend_from_slice(b"\tat a.b.C.d(C.java:1)\n");
            }
        }
        let (one, two) = (check(&text, 1), check(&text, 2));
        assert_eq!(one.counts, two.counts);
        assert_eq!(one.marks.len(), 60_000);
        let places = |s: &Scanned| s.marks.iter().map(|m| (m.record_line, m.proof().offset)).collect::<Vec<_>>();
        assert_eq!(places(&one), places(&two));
        assert_eq!(places(&one), places(&check_in_slabs(&text, 2, 3 * SLAB_BYTES)), "the size of slabs changes nothing");
        for mark in one.marks.iter().step_by(997) {
            let cited = mark.proof();
            let at = usize::try_from(cited.offset).unwrap();
            assert!(text[at..].starts_with(cited.text().as_bytes()));
        }
    }
}
