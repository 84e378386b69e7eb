//! What stands around messages: of every unsent message that no rule explains, and of as many that were sent, the records
//! from a minute before its first statement to a little after its last one.
//!
//! These are no marks, so the documents that hold such messages are read once more. The statements of the messages
//! themselves are left out: they say that it failed, not why.

use super::Reader;
use super::templates::message;
use super::text::lines;
use crate::event::{EventRow, Near};
use crate::format::{GRAMMARS, jsonl};
use crate::scan::head;
use crate::session::Session;
use crate::source::{Document, Upload};
use crate::taxonomy::{Cause, Kind, Outcome};
use std::collections::{BTreeSet, HashSet, VecDeque};

/// How long before its first statement the neighbourhood of a message begins.
const BEFORE_US: i64 = 60_000_000;
/// How long after its last statement it ends.
const AFTER_US: i64 = 5_000_000;
/// Records of a neighbourhood at most: the last ones.
pub const RECORDS_MAX: usize = 200;
/// Messages of an upload without explanation that are looked at.
pub const MESSAGES_MAX: usize = 500;
/// Bytes kept of what a record says.
const TEXT_MAX_BYTES: usize = 1_024;

/// A message whose neighbourhood is wanted.
struct Wanted {
    row: usize,
    document: usize,
    from_us: i64,
    to_us: i64,
    ended_us: i64,
}

/// Which messages of an upload are looked at: those without explanation, and for each the sent one of the same app that
/// began next to it. Rows must not be redacted yet.
pub(super) struct Selection(Vec<Wanted>);

impl Selection {
    /// Selects; rows in order of time.
    pub(super) fn of(rows: &[EventRow], session: &Session<'_>) -> Self {
        let is_unexplained = |r: &EventRow| r.outcome == Some(Outcome::Unsent) && r.cause == Some(Cause::Unknown);
        let messages = || rows.iter().enumerate().filter(|(_, r)| r.kind == Kind::Message && r.started_at.is_some());
        let mut chosen: BTreeSet<usize> = messages().filter(|(_, r)| is_unexplained(r)).map(|(n, _)| n).take(MESSAGES_MAX).collect();
        let mut sent: Vec<usize> = messages().filter(|(_, r)| r.outcome == Some(Outcome::Sent)).map(|(n, _)| n).collect();
        for unsent in chosen.clone() {
            let next = sent.partition_point(|n| *n < unsent);
            let same = |at: &usize| rows[sent[*at]].app == rows[unsent].app;
            let near = (next..sent.len()).find(same).or_else(|| (0..next).rev().find(same));
            if let Some(at) = near {
                chosen.insert(sent.remove(at));
            }
        }
        let wanted = |row: usize| {
            let cited = rows[row].evidence.as_ref()?.first()?;
            let document = session.documents.iter().position(|d| d.file == cited.file)?;
            let started = rows[row].started_at?.0;
            let ended_us = rows[row].ended_at.map_or(started, |at| at.0.max(started));
            Some(Wanted { row, document, from_us: started - BEFORE_US, to_us: ended_us + AFTER_US, ended_us })
        };
        Selection(chosen.into_iter().filter_map(wanted).collect())
    }

    /// Reads the records around the messages; `rows` are the same rows, redacted.
    pub(super) fn read(self, reader: &Reader<'_>, upload: &Upload, session: &Session<'_>, rows: &[EventRow]) -> Vec<EventRow> {
        let own: HashSet<(u32, u64)> =
            session.marks.iter().filter(|t| session.profiles.step(t.statement).is_some()).map(|t| (t.document, t.record_line)).collect();
        let mut all = Vec::new();
        for (number, document) in session.documents.iter().enumerate() {
            let wanted: Vec<&Wanted> = self.0.iter().filter(|w| w.document == number).collect();
            let Some(source) = upload.documents.iter().find(|d| d.file == document.file).filter(|_| !wanted.is_empty()) else { continue };
            let is_own = |line: u64| u32::try_from(number).is_ok_and(|n| own.contains(&(n, line)));
            let found = reader.records(source, document, &wanted, &is_own);
            let form = document.scanned.grammar.map_or("", |g| GRAMMARS[g as usize].info().id);
            for (wanted, near) in wanted.into_iter().zip(found) {
                all.push(EventRow {
                    kind: Kind::Neighbourhood,
                    evidence: None,
                    steps: None,
                    also: None,
                    formats: Some(vec![form.to_owned()]),
                    near: Some(near),
                    ..rows[wanted.row].clone()
                });
            }
        }
        all
    }
}

impl Reader<'_> {
    /// Of each message the records around it.
    fn records(
        &self,
        source: &Document,
        document: &crate::session::Document,
        wanted: &[&Wanted],
        is_own: &dyn Fn(u64) -> bool,
    ) -> Vec<Vec<Near>> {
        let mut found: Vec<VecDeque<Near>> = wanted.iter().map(|_| VecDeque::new()).collect();
        let Ok(mut text) = source.reader(&self.settings.source.limits) else { return Vec::new() };
        let (from, to) = (wanted.iter().map(|w| w.from_us).min(), wanted.iter().map(|w| w.to_us).max());
        let (Some(from), Some(to)) = (from, to) else { return Vec::new() };
        let longest = wanted.iter().map(|w| w.to_us - w.from_us).max().unwrap_or(0);
        let (grammar, file) = (document.scanned.grammar, self.door.path(&document.file));
        let mut number = 0;
        let _ = lines(&mut text, &mut |line| {
            number += 1;
            let Some((id, quick)) = head(line, grammar).filter(|_| !is_own(number)) else { return Ok(()) };
            let shape = GRAMMARS[id as usize];
            let Some(parsed) = shape.parse(line) else { return Ok(()) };
            let at = parsed.stamp.and_then(|stamp| document.calendar.instant(stamp, number)).filter(|at| (from..=to).contains(at));
            let Some(at) = at else { return Ok(()) };
            // They come in order of time.
            let first = wanted.partition_point(|w| w.from_us < at - longest);
            let last = wanted.partition_point(|w| w.from_us <= at);
            let near: Vec<usize> = (first..last).filter(|n| at <= wanted[*n].to_us).collect();
            if near.is_empty() {
                return Ok(());
            }
            let said = message(id, line, quick.message(line));
            let said = String::from_utf8_lossy(&said[..said.len().min(TEXT_MAX_BYTES)]).into_owned();
            let tag = if shape.is_json() {
                shape.object(line).and_then(|o| jsonl::first(&o, jsonl::TAG_KEYS).and_then(jsonl::text)).unwrap_or_default()
            } else {
                String::from_utf8_lossy(parsed.tag).into_owned()
            };
            let record = Near {
                file: file.clone(),
                line: document.scanned.strip.place(number, 0).0,
                before_ms: 0,
                tag: self.door.text(&tag),
                text: self.door.text(&said),
            };
            for n in near {
                if found[n].len() == RECORDS_MAX {
                    found[n].pop_front();
                }
                found[n].push_back(Near { before_ms: (wanted[n].ended_us - at).div_euclid(1_000), ..record.clone() });
            }
            Ok(())
        });
        found.into_iter().map(Vec::from).collect()
    }
}
