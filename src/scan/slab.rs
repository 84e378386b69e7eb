//! Slabs: whole lines that start at a record's head, cut from a stream, and the loop over them.

use super::batch::Batch;
use super::cited::Line;
use super::mark::{Counts, Point};
use super::quotes::{Drafts, Drawn};
use super::record::{Asked, Context, Open};
use super::{PLAIN_BYTES, RECORD_MAX_BYTES};
use crate::format::preamble::{is_structural, key_value};
use crate::format::{GRAMMARS, Quick, by_first, jsonl};
use std::cell::RefCell;
use std::io::{self, Read};
use std::sync::atomic::Ordering;

/// Bytes that are read at first, where nothing says how many there are.
const FIRST_BYTES: usize = 64 << 10;

thread_local! {
    /// The buffer that a worker keeps for its next document.
    static KEPT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The buffer that this worker kept.
pub fn buffer() -> Vec<u8> {
    KEPT.with_borrow_mut(std::mem::take)
}

/// Keeps a buffer for the next document.
pub fn keep(buffer: Vec<u8>) {
    KEPT.with_borrow_mut(|kept| *kept = buffer);
}

/// Whole lines of a document.
pub struct Slab {
    /// Filled so far; what is behind is what a slab before left there, so that it need not be cleared.
    buffer: Vec<u8>,
    len: usize,
    /// Where they start in the decoded text.
    pub offset: u64,
    /// Whether they start inside a line that the slab before has begun: a line longer than a slab.
    pub mid_line: bool,
}

impl Slab {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.len]
    }

    /// What held them, for the next one.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }
}

/// Cuts a stream into slabs.
pub struct Feed<'r> {
    reader: &'r mut (dyn Read + Send),
    slab_bytes: usize,
    carry: Vec<u8>,
    offset: u64,
    mid_line: bool,
    done: bool,
}

impl<'r> Feed<'r> {
    /// A feed over a reader of slabs of about this size.
    pub fn new(reader: &'r mut (dyn Read + Send), slab_bytes: usize) -> Self {
        Feed { reader, slab_bytes, carry: Vec::new(), offset: 0, mid_line: false, done: false }
    }

    /// Whether all is read.
    pub const fn is_done(&self) -> bool {
        self.done
    }

    /// The next slab, in a buffer that it takes, or `None` at the end.
    pub fn next(&mut self, own: &mut Vec<u8>) -> io::Result<Option<Slab>> {
        if self.done && self.carry.is_empty() {
            return Ok(None);
        }
        let mut buffer = std::mem::take(own);
        let carried = self.carry.len();
        if buffer.len() < carried {
            buffer.resize(carried, 0);
        }
        buffer[..carried].copy_from_slice(&self.carry);
        self.carry.clear();
        let mut len = self.fill(&mut buffer, carried, self.slab_bytes + carried.min(RECORD_MAX_BYTES))?;
        if !self.done {
            let cut = cut(&buffer[..len]);
            if cut > 0 {
                self.carry.extend_from_slice(&buffer[cut..len]);
                len = cut;
            }
        }
        if len == 0 {
            return Ok(None);
        }
        let slab = Slab { offset: self.offset, mid_line: self.mid_line, buffer, len };
        self.offset += len as u64;
        self.mid_line = !slab.bytes().ends_with(b"\n");
        Ok(Some(slab))
    }

    /// Reads behind what is there, up to `target`; how much is there then.
    fn fill(&mut self, buffer: &mut Vec<u8>, mut at: usize, target: usize) -> io::Result<usize> {
        while at < target {
            if at == buffer.len() {
                buffer.resize((at * 4).clamp(FIRST_BYTES, target.max(FIRST_BYTES)), 0);
            }
            let end = buffer.len().min(target);
            match self.reader.read(&mut buffer[at..end]) {
                Ok(0) => {
                    self.done = true;
                    break;
                }
                Ok(n) => at += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.done = true;
                    // What was read is worth more than the error: the caller reports it after.
                    return if at > 0 { Ok(at) } else { Err(e) };
                }
            }
        }
        Ok(at)
    }
}

/// Where to cut: the start of the last record, else the start of the last line, else nowhere.
fn cut(bytes: &[u8]) -> usize {
    let floor = bytes.len().saturating_sub(RECORD_MAX_BYTES);
    let mut end = bytes.len();
    let mut last_line = 0;
    while let Some(newline) = memchr::memrchr(b'\n', &bytes[floor..end]) {
        let start = floor + newline + 1;
        if last_line == 0 {
            last_line = start;
        }
        let line = &bytes[start..];
        let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
        let fresh = head(line, None).is_some_and(|(_, q)| !continues(line, q));
        if fresh && start > 0 {
            return start;
        }
        end = floor + newline;
    }
    last_line
}

/// What a slab gave; lines and offsets are relative to the slab.
#[derive(Default)]
pub struct Found {
    pub marks: Drawn,
    pub points: Vec<Point>,
    pub counts: Counts,
    /// Lines before the first record.
    pub orphans: u64,
    /// Whether any record began.
    pub record_open: bool,
}

/// The head of a line: by the document's grammar, else by any other that may stand inside it.
#[inline]
pub fn head(line: &[u8], grammar: Option<u8>) -> Option<(u8, Quick)> {
    if let Some(id) = grammar
        && let Some(q) = GRAMMARS[id as usize].quick(line)
    {
        return Some((id, q));
    }
    foreign_head(line, grammar)
}

/// The head of a line by another grammar than the document's.
pub fn foreign_head(line: &[u8], grammar: Option<u8>) -> Option<(u8, Quick)> {
    // Whatever stands in a report belongs to it.
    if grammar.is_some_and(|id| GRAMMARS[id as usize].is_report()) {
        return None;
    }
    let mut mask = by_first(*line.first()?);
    while mask != 0 {
        let id = mask.trailing_zeros();
        mask &= mask - 1;
        let g = GRAMMARS[id as usize];
        let elsewhere = g.is_report() || (grammar.is_some_and(|own| u32::from(own) != id) && (g.is_json() || g.only_at_home()));
        if !elsewhere && let Some(q) = g.quick(line) {
            return Some((u8::try_from(id).ok()?, q));
        }
    }
    None
}

/// Whether a line with a head continues the record before it: a stack frame, `Caused by`, or the
/// name of an exception, each of which repeats the whole prefix (Android liblog; Signal); or a further
/// line of the system's crash and hang reports (`RuntimeInit`, `ProcessErrorStateRecord`).
#[inline]
pub fn continues(line: &[u8], q: Quick) -> bool {
    let message = q.message(line);
    let trace = match message.first() {
        Some(b'\t') => true,
        Some(b'C') => message.starts_with(b"Caused by"),
        Some(b'P') => message.starts_with(b"Process: ") || message.starts_with(b"PID: ") || message.starts_with(b"Parent: "),
        Some(b'R') => message.starts_with(b"Reason: "),
        Some(b'.') => message.starts_with(b"..."),
        Some(b'a'..=b'z') => is_exception(message),
        _ => false,
    };
    trace || (q.tag(line) == b"DEBUG" && is_of_tombstone(message))
}

/// What debuggerd writes below the `pid:` line of a tombstone in the log: identity, signal, registers, frames
/// (`libdebuggerd/tombstone_proto_to_text.cpp`).
fn is_of_tombstone(message: &[u8]) -> bool {
    const BELOW: [&[u8]; 11] = [
        b" ",
        b"uid: ",
        b"tagged_addr_ctrl: ",
        b"pac_enabled_keys: ",
        b"esr: ",
        b"signal ",
        b"Cause: ",
        b"Abort message: ",
        b"backtrace:",
        b"Process uptime: ",
        b"Executable: ",
    ];
    message.is_empty() || message.ends_with(b" total frames") || BELOW.iter().any(|b| message.starts_with(b))
}

/// `java.net.SocketException` or `java.net.SocketException: text`.
fn is_exception(message: &[u8]) -> bool {
    let mut class = None;
    for (at, byte) in message.iter().enumerate() {
        match byte {
            b'.' => class = message.get(at + 1),
            b':' => break,
            b'$' | b'_' => {}
            // Most messages begin with a word and end here.
            _ if !byte.is_ascii_alphanumeric() => return false,
            _ => {}
        }
    }
    class.is_some_and(u8::is_ascii_uppercase)
}

/// Scans a slab; `marks` is empty, and is so again.
pub fn scan(slab: &Slab, context: &Context<'_, '_>, marks: &mut Drafts) -> Found {
    let mut found = Found::default();
    found.counts.bytes = slab.bytes().len() as u64;
    let mut open = Open::default();
    let mut next_point = 0;
    let mut last_head: Option<(u8, Line<'_>)> = None;
    let mut batch = Batch::new(slab, context);
    while batch.next() {
        let mut number = 0;
        while number < batch.len() {
            let quiet = batch.quiet_from(number);
            let is_quiet = quiet > 0;
            // Of those that nothing asks for only the last one can go on.
            let first = number;
            number += quiet.max(1);
            let here = batch.line(number - 1);
            let begins = match (&context.header, context.grammar) {
                (Some(_), Some(id)) => {
                    let fresh = !here.bytes.trim_ascii().is_empty() && !open.is_quoted();
                    fresh.then(|| (id, Quick::default()))
                }
                _ => batch.head(number - 1),
            };
            if let Some((grammar, q)) = begins {
                found.counts.records += (number - first) as u64;
                found.record_open = true;
                if here.offset >= next_point {
                    for line in (first..number).map(|at| batch.line(at)) {
                        if line.offset >= next_point {
                            point(&mut found, grammar, line, context);
                            next_point = line.offset + super::STRIP_BYTES;
                        }
                    }
                }
                last_head = Some((grammar, here));
                let asked = batch.asked(number - 1, (grammar, q), context);
                if is_quiet {
                    open.close(context, marks);
                    if asked.filter.is_asked(asked.entry) {
                        open.begin_quiet(here, grammar, q);
                    }
                } else {
                    step(&mut open, here, (grammar, q), asked, context, marks);
                }
            } else if here.bytes.trim_ascii().is_empty() {
                found.counts.blank += 1;
            } else if is_structural(here.bytes) {
                found.counts.records += 1;
                open.close(context, marks);
            } else if !found.record_open {
                if slab.offset == 0 && context.grammar.is_some() && key_value(here.bytes).is_some() {
                    found.counts.records += 1;
                } else {
                    found.orphans += 1;
                }
            } else {
                found.counts.continuations += 1;
                if open.is_open() {
                    open.push_bare(here);
                }
            }
        }
    }
    open.close(context, marks);
    if let Some((grammar, line)) = last_head {
        point(&mut found, grammar, line, context);
    }
    found.counts.lines = batch.lines();
    let quoted = context.quoted.fetch_add(marks.quoted_bytes(), Ordering::Relaxed);
    found.marks = marks.take(quoted > PLAIN_BYTES);
    found
}

/// Takes a line with a head: it continues the open record or begins one.
#[inline]
fn step<'s>(
    open: &mut Open<'s>,
    here: Line<'s>,
    (grammar, q): (u8, Quick),
    asked: Asked<'_, '_>,
    context: &Context<'_, '_>,
    marks: &mut Drafts,
) {
    if open.is_open() {
        if open.is_alike(q) && continues(here.bytes, q) && open.is_same(grammar, here.bytes, q) {
            open.push_headed(here, q, asked);
            return;
        }
        open.close(context, marks);
    }
    if asked.filter.is_asked(asked.entry) {
        open.begin(here, grammar, q, asked);
    }
}

fn point(found: &mut Found, grammar: u8, line: Line<'_>, context: &Context<'_, '_>) {
    let stamp = match &context.header {
        Some(header) => header.object(line.bytes).as_ref().and_then(jsonl::stamp),
        None => GRAMMARS[grammar as usize].parse(line.bytes).and_then(|h| h.stamp),
    };
    if let Some(stamp) = stamp {
        found.points.push(Point { line: line.number, offset: line.offset, stamp });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_points_whose_last_part_is_a_class_is_an_exception() {
        for name in ["java.net.SocketException", "java.net.SocketException: reset", "a.B$C_1", "org.x.Y: a b.c"] {
            assert!(is_exception(name.as_bytes()), "{name}");
        }
        for other in ["", "word", "a.b", "a.b: C", "a.B c", "event received", "a: b.C", "a.B.", "a.B.: x", "a.-B", "e.g. This"] {
            assert!(!is_exception(other.as_bytes()), "{other}");
        }
    }
}
