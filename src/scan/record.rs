//! An open record: its head, its continuation lines, and whether it is worth matching.

use super::cited::Line;
use super::filter::{Filter, TagEntry};
use super::gate::Gate;
use super::quotes::{Drafts, Seen};
use super::{RECORD_MAX_BYTES, RECORD_MAX_LINES, REPORT_MAX_BYTES, REPORT_MAX_LINES, Scanner, TEXT_MAX_BYTES};
use crate::format::{GRAMMARS, Head, Quick, csv, jsonl, lossy, parts};
use crate::profile::Profiles;
use crate::profile::compile::Use;
use crate::profile::matcher::{Bars, Hit, Text, json_tail};
use crate::profile::signature;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::atomic::AtomicU64;

/// What a scan of a slab needs.
pub struct Context<'c, 'p> {
    /// Profiles and filters.
    pub scanner: &'c Scanner<'p>,
    /// The document's grammar.
    pub grammar: Option<u8>,
    /// The header, if it is CSV.
    pub header: Option<csv::Header>,
    /// Bytes that marks quote so far.
    pub quoted: AtomicU64,
}

/// What may mean a line with a head.
#[derive(Clone, Copy)]
pub struct Asked<'f, 'p> {
    /// The filter of its form.
    pub filter: &'f Filter<'p>,
    /// What its tag asks for.
    pub entry: &'f TagEntry,
    /// Whether a statement of its tag may, if the line begins a record.
    pub tagged: bool,
    /// Whether statements without a tag may.
    pub untagged: bool,
}

/// A record as statements see it.
#[derive(Clone, Copy)]
struct Parsed<'p> {
    head: &'p Head<'p>,
    json: Option<&'p Value>,
    text: &'p Text,
}

/// The record that is being read, where it may be worth matching. One is used for all records of a slab.
#[derive(Default)]
pub struct Open<'s> {
    active: bool,
    grammar: u8,
    quick: Quick,
    /// Its lines, each with where its text begins.
    lines: Vec<(Line<'s>, usize)>,
    bytes: usize,
    tag_hit: bool,
    untagged_hit: bool,
}

impl<'s> Open<'s> {
    /// Opens a record at its head.
    #[inline]
    pub fn begin(&mut self, line: Line<'s>, grammar: u8, quick: Quick, asked: Asked<'_, '_>) {
        self.lines.clear();
        (self.active, self.grammar, self.quick, self.bytes) = (true, grammar, quick, 0);
        (self.tag_hit, self.untagged_hit) = (asked.tagged, asked.untagged);
        self.push(line, quick.message_start());
    }

    /// Whether a record is open.
    #[inline]
    pub const fn is_open(&self) -> bool {
        self.active
    }

    /// Whether a line with a head may be of this record: tag and message stand where they do in its head.
    #[inline]
    pub fn is_alike(&self, quick: Quick) -> bool {
        quick == self.quick
    }

    /// Whether a line with such a head is of this record: the same form, tag, process, thread and level,
    /// that is, the same bytes around the stamp.
    pub fn is_same(&self, grammar: u8, line: &'s [u8], quick: Quick) -> bool {
        let head = self.lines[0].0.bytes;
        if grammar != self.grammar || quick.tag(line) != self.quick.tag(head) {
            return false;
        }
        let grammar = GRAMMARS[grammar as usize];
        let (Some(a), Some(b)) = (grammar.parse(head), grammar.parse(line)) else { return false };
        let near = match (a.stamp, b.stamp) {
            (Some(a), Some(b)) => (b.wall_us - a.wall_us).abs() <= 1_000_000,
            _ => true,
        };
        near && a.pid == b.pid && a.tid == b.tid && a.level == b.level
    }

    /// Adds a line that repeats the prefix.
    pub fn push_headed(&mut self, line: Line<'s>, quick: Quick, asked: Asked<'_, '_>) {
        let text = quick.message(line.bytes);
        self.tag_hit = self.tag_hit || asked.filter.gate(asked.entry).hits(text);
        self.untagged_hit = self.untagged_hit || asked.untagged;
        self.push(line, quick.message_start());
    }

    /// Adds a line without prefix.
    pub fn push_bare(&mut self, line: Line<'s>) {
        // A trace below a head that says nothing itself may hold the literal.
        self.push(line, 0);
    }

    fn push(&mut self, line: Line<'s>, text_at: usize) {
        if self.lines.is_empty() || self.has_room() {
            self.bytes += line.bytes.len();
            self.lines.push((line, text_at));
        }
    }

    /// Whether a further line is kept.
    fn has_room(&self) -> bool {
        let (lines, bytes) = if GRAMMARS[self.grammar as usize].is_report() {
            (REPORT_MAX_LINES, REPORT_MAX_BYTES)
        } else {
            (RECORD_MAX_LINES, RECORD_MAX_BYTES)
        };
        self.lines.len() < lines && self.bytes < bytes
    }

    /// Ends the record: matches it against the statements that may mean it.
    #[inline]
    pub fn close(&mut self, context: &Context<'_, '_>, marks: &mut Drafts) {
        if !std::mem::take(&mut self.active) {
            return;
        }
        match &context.header {
            Some(header) => self.close_row(header, context, marks),
            // Most records are one line that nothing asks for.
            None if self.lines.len() == 1 && !self.tag_hit && !self.untagged_hit => {}
            None => self.close_record(context, marks),
        }
    }

    fn close_record(&mut self, context: &Context<'_, '_>, marks: &mut Drafts) {
        let filter = context.scanner.filter(self.grammar);
        let entry = filter.tag(self.quick.tag(self.lines[0].0.bytes));
        for (line, text_at) in self.lines.iter().filter(|_| self.lines.len() > 1) {
            if *text_at == 0 {
                self.tag_hit = self.tag_hit || filter.gate(entry).hits(line.bytes);
                self.untagged_hit = self.untagged_hit || (entry.may_be_of_app() && filter.untagged.hits(line.bytes));
            }
        }
        if !self.tag_hit && !self.untagged_hit {
            return;
        }
        let grammar = GRAMMARS[self.grammar as usize];
        let first = self.lines[0].0.bytes;
        let read = if grammar.is_report() && grammar.is_json() {
            let all = self.lines.iter().map(|(line, _)| line.bytes).collect::<Vec<_>>().join(&b'\n');
            grammar.parse(first).map(|head| (head, grammar.object(&all)))
        } else {
            grammar.parse_with_object(first)
        };
        let Some((mut head, json)) = read else { return };
        if let Some((object, parts)) = json.as_ref().and_then(|o| Some((o, parts::parts(o)?))) {
            self.close_parts(object, &parts, &head, context, marks);
            return;
        }
        let text = match &json {
            Some(object) => Text::of_json(object, self.lines[0].0.bytes),
            None => Text::of_lines(self.texts(&head)),
        };
        head.stamp = grammar.stamp_within(text.as_bytes()).or(head.stamp);
        let tail = json.is_none().then(|| json_tail(head.message)).flatten();
        let (mut picked, mut free) = (Vec::new(), Vec::new());
        let gates = [Some(filter.gate(entry)).filter(|_| self.tag_hit), Some(&filter.untagged).filter(|_| self.untagged_hit)];
        for gate in gates.into_iter().flatten() {
            let from = picked.len();
            // The line of an object holds what its text holds, and the tag.
            let said = if json.is_some() { self.lines[0].0.bytes } else { text.as_bytes() };
            if json.is_some() || tail.is_some() {
                gate.pick_json(said, said, &mut picked);
            } else {
                gate.pick(said, &mut picked);
            }
            if !context.scanner.counts_tries() {
                gate.narrow(context.scanner.profiles, text.as_bytes(), &mut picked, from, &mut free);
            }
        }
        for number in picked {
            let bars = if free.contains(&number) { Bars::Absent } else { Bars::Untried };
            if let Some(mut hit) = context.scanner.matches(number, bars, &text, json.as_ref().or(tail.as_ref())) {
                let told = if self.lines.len() > 1 { self.told_below(context.scanner.profiles, number, &text, &mut hit) } else { None };
                self.mark(number, Parsed { head: &head, json: json.as_ref(), text: &text }, hit, told, marks);
            }
        }
    }

    /// The line that gives the reason which a rule looks up in words: an exception stands below the line that names the
    /// message. Where the rule captures none it is captured, too.
    fn told_below(&self, profiles: &Profiles, number: u32, text: &Text, hit: &mut Hit<'_>) -> Option<usize> {
        let rule = profiles.rule(number)?;
        if !rule.cause.is_in_words() {
            return None;
        }
        let bytes = text.as_bytes();
        let captured = hit.captures.iter().find(|(name, _)| *name == "text").map(|(_, text)| profiles.lexicon.find(text));
        // What is no text in the middle of it hides what is behind: places in it would be others.
        let found = profiles.lexicon.find(bytes[..bytes.len().min(TEXT_MAX_BYTES)].utf8_chunks().next()?.valid())?;
        // Another line is cited for what is captured only if it says the same.
        if captured.as_ref().is_some_and(|said| said.as_ref().is_none_or(|said| said.cause != found.cause)) {
            return None;
        }
        let line = text.line_at(found.at);
        let (told, text_at) = self.lines.get(line)?;
        if captured.is_none() {
            let told = lossy(&told.bytes[(*text_at).min(told.bytes.len())..]).into_owned();
            hit.captures.push(("text", told.into()));
        }
        Some(line)
    }

    /// The texts of the lines; a head without text (logcat's `long`) does not hold up the first line
    /// below it, and what stands behind the message of a head is left out.
    fn texts<'a>(&'a self, head: &Head<'a>) -> impl Iterator<Item = &'a [u8]> {
        let first = head.message;
        self.lines.iter().enumerate().map(move |(n, (line, at))| if n == 0 { first } else { &line.bytes[(*at).min(line.bytes.len())..] })
    }

    /// Whether a quoted value of a CSV row is still open.
    pub fn is_quoted(&self) -> bool {
        self.active && self.lines.iter().filter(|(line, _)| csv::is_open(line.bytes)).count() % 2 == 1
    }

    /// Matches a CSV row, which is an object only together with the header.
    fn close_row(&self, header: &csv::Header, context: &Context<'_, '_>, marks: &mut Drafts) {
        let filter = context.scanner.filter(self.grammar);
        let row = self.lines.iter().map(|(line, _)| line.bytes).collect::<Vec<_>>().join(&b'\n');
        let Some(object) = header.object(&row) else { return };
        let rendered = object.to_string();
        if !filter.untagged.hits(rendered.as_bytes()) {
            return;
        }
        let head = Head { stamp: jsonl::stamp(&object), ..Head::default() };
        let text = Text::of_json(&object, rendered.as_bytes());
        for number in picked(&filter.untagged, &text) {
            if let Some(hit) = context.scanner.matches(number, Bars::Untried, &text, Some(&object)) {
                self.mark(number, Parsed { head: &head, json: Some(&object), text: &text }, hit, None, marks);
            }
        }
    }

    /// Matches an object that holds records: contexts and deaths against the whole, all else against each.
    fn close_parts(&self, object: &Value, parts: &[Value], head: &Head<'_>, context: &Context<'_, '_>, marks: &mut Drafts) {
        let (filter, profiles) = (context.scanner.filter(self.grammar), context.scanner.profiles);
        let text = Text::of_json(object, self.lines[0].0.bytes);
        for number in picked(&filter.untagged, &text) {
            let whole = match profiles.statements[number as usize].role {
                Use::Context(_) => true,
                Use::Step(_) => false,
                Use::Rule(_) => profiles.rule(number).is_some_and(|r| r.incident.is_some()),
            };
            if whole && let Some(hit) = context.scanner.matches(number, Bars::Untried, &text, Some(object)) {
                self.mark(number, Parsed { head, json: Some(object), text: &text }, hit, None, marks);
            }
        }
        let mut from = 0;
        for (part, record) in (1u32..).zip(parts) {
            let rendered = record.to_string();
            from = self.line_of(record, from);
            if !filter.untagged.hits(rendered.as_bytes()) {
                continue;
            }
            let head = Head { stamp: jsonl::stamp(record).or(head.stamp), ..Head::default() };
            let text = Text::of_json(record, rendered.as_bytes());
            for number in picked(&filter.untagged, &text) {
                if let Some(mut hit) = context.scanner.matches(number, Bars::Untried, &text, Some(record)) {
                    // The line says more than this record does.
                    if hit.captures.iter().all(|(name, _)| *name != "text") {
                        hit.captures.push(("text", rendered.as_str().into()));
                    }
                    let seen = Seen { part, ..self.seen(number, &head, Some(record), hit) };
                    marks.add(&seen, &self.lines, (from, &[]), |_| None);
                }
            }
        }
    }

    /// The line, at or after `from`, that shows the longest text of a record within this one.
    fn line_of(&self, record: &Value, from: usize) -> usize {
        let mut texts: Vec<&str> = record.as_object().into_iter().flatten().filter_map(|(_, v)| v.as_str()).collect();
        texts.sort_by_key(|t| std::cmp::Reverse(t.len()));
        let shows = |text: &str| {
            let written = Value::from(text).to_string();
            let mut lines = self.lines.iter().enumerate().skip(from);
            lines.find(|(_, (line, _))| memchr::memmem::find(line.bytes, written.as_bytes()).is_some()).map(|(n, _)| n)
        };
        texts.into_iter().take(4).find_map(shows).unwrap_or(from)
    }

    /// Notes that a statement means it; `told` is a further line that says why.
    fn mark(&self, statement: u32, parsed: Parsed<'_>, hit: Hit<'_>, told: Option<usize>, marks: &mut Drafts) {
        let Parsed { head, json, text } = parsed;
        let proof = text.line_at(hit.proof);
        let start = Some(text.line_at(hit.start)).filter(|start| *start != proof);
        // Of a trace the frame that names the app is as good a proof as the exception.
        let frames = hit.captures.iter().find(|(name, _)| *name == "frames");
        let frame = frames.and_then(|(_, frames)| {
            let frame = signature::app_frame(frames)?;
            self.lines.iter().position(|(line, _)| memchr::memmem::find(line.bytes, frame.as_bytes()).is_some())
        });
        let frame = frame.filter(|line| *line != proof && Some(*line) != start);
        let told = told.filter(|line| *line != proof && Some(*line) != start && Some(*line) != frame);
        let others: Vec<usize> = start.into_iter().chain(told).chain(frame).collect();
        let seen = self.seen(statement, head, json, hit);
        marks.add(&seen, &self.lines, (proof, &others), |value| self.place(value.as_bytes(), head, text));
    }

    /// Where a text stands in a line: its number and the offset in it. What was captured is a part of the record's text, whose
    /// lines are parts of these.
    fn place(&self, value: &[u8], head: &Head<'_>, text: &Text) -> Option<(usize, usize)> {
        let first = self.lines[0].0.bytes;
        if let Some(at) = within(first, value) {
            return Some((0, at));
        }
        let at = within(text.as_bytes(), value)?;
        let line = text.line_at(at);
        let message = if line == 0 { within(first, head.message) } else { self.lines.get(line).map(|(_, text_at)| *text_at) };
        Some((line, message? + at - text.start_of(line)))
    }

    /// What a hit says, and what the head of the record does.
    fn seen<'h>(&self, statement: u32, head: &Head<'h>, json: Option<&Value>, hit: Hit<'h>) -> Seen<'h> {
        let field = |keys: &[&str]| json.and_then(|o| jsonl::first(o, keys)).and_then(jsonl::text);
        Seen {
            statement,
            record_line: self.lines[0].0.number,
            part: 0,
            at: hit.proof,
            stamp: head.stamp,
            captures: hit.captures,
            pid: field(jsonl::PID_KEYS).map_or_else(|| lossy(head.pid), |pid| process_number(&pid).to_owned().into()),
            tid: field(jsonl::TID_KEYS).map_or_else(|| lossy(head.tid), Cow::from),
            version: field(jsonl::VERSION_KEYS).map(Cow::from).or_else(|| (!head.version.is_empty()).then(|| lossy(head.version))),
        }
    }
}

/// The offset of a part in a text, if it is a part of that very text.
fn within(text: &[u8], part: &[u8]) -> Option<usize> {
    let at = part.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    (at + part.len() <= text.len()).then_some(at)
}

/// The statements behind a gate that a JSON record can be of.
fn picked(gate: &Gate, text: &Text) -> Vec<u32> {
    let mut picked = Vec::new();
    gate.pick_json(text.as_bytes(), text.as_bytes(), &mut picked);
    picked
}

/// Monal writes a process as `990-1`: its number, and how often the log was opened.
fn process_number(pid: &str) -> &str {
    let digits = pid.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && pid[digits..].starts_with('-') { &pid[..digits] } else { pid }
}
