//! Losses of text -> when they were: the places that the decoders report, and those that a log admits itself
//! ("expire 12 lines"), become intervals of time, and a message asks whether something of it may stand in one.

use super::Document;
use super::time::Calendar;
use crate::profile::Profiles;
use std::collections::BTreeMap;
use std::path::Path;

/// Name of the context that says that lines of its process are gone.
const LOST_LINES: &str = "lost_lines";

/// Processes that a document may have lost lines of, told apart.
const PROCESSES_MAX: usize = 256;

/// The last place where text of a document is lost: whoever asks is answered by it, since what is lost before it is
/// lost earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Number of the document.
    pub document: u32,
    /// Process whose lines are gone; `None`: any's.
    pub process: Option<Box<str>>,
    /// Where in its text.
    pub offset: u64,
    /// The text up to this instant was lost there, µs UTC; `None`: any later one may have been.
    pub until_us: Option<i64>,
}

/// The last loss of a document, and the last of each process that the log admits, up to the next stamp behind.
pub(super) fn of<'d>(
    number: u32,
    document: &'d Document,
    profiles: &Profiles,
    calendar: &'d Calendar,
) -> impl Iterator<Item = Loss> + use<'d> {
    let admits = |statement: u32| profiles.context(statement).is_some_and(|c| c.set == LOST_LINES);
    let mut last: BTreeMap<Option<Box<str>>, u64> = BTreeMap::new();
    for mark in document.scanned.marks.iter().filter(|m| admits(m.statement)) {
        let process: Option<Box<str>> = (!mark.pid().is_empty()).then(|| mark.pid().into());
        // A log that has lost lines of very many has lost some of any.
        let process = process.filter(|p| last.len() < PROCESSES_MAX || last.contains_key(&Some(p.clone())));
        last.insert(process, mark.proof().offset);
    }
    let strip = &document.scanned.strip;
    if let Some(offset) = strip.losses.last() {
        let any = last.entry(None).or_default();
        *any = (*any).max(*offset);
    }
    last.into_iter().map(move |(process, offset)| {
        let behind = &strip.points[strip.points.partition_point(|p| p.offset < offset)..];
        let until_us = behind.iter().find_map(|p| calendar.instant(p.stamp, p.line));
        Loss { document: number, process, offset, until_us }
    })
}

/// What is lost at the end of a file ends where the next file of its form begins: `spans` has the first
/// and last instant of each document.
pub(super) fn bound(losses: &mut [Loss], documents: &[Document], spans: &[Option<(i64, i64)>]) {
    for loss in losses.iter_mut().filter(|l| l.until_us.is_none()) {
        let own = loss.document as usize;
        let Some((_, last)) = spans[own] else { continue };
        let others = (0..documents.len()).filter(|other| *other != own && alike(&documents[own], &documents[*other]));
        loss.until_us = others.filter_map(|other| spans[other]).map(|(first, _)| first).filter(|first| *first >= last).min();
    }
}

/// Whether what is lost may be of a message whose last statement `process` wrote in `document` at `offset`, at `at_us`.
#[must_use]
pub fn after(losses: &[Loss], documents: &[Document], process: &str, document: u32, offset: u64, at_us: Option<i64>) -> bool {
    let concerned = |loss: &&Loss| loss.process.as_deref().is_none_or(|p| process.is_empty() || p == process);
    losses.iter().filter(concerned).any(|loss| {
        if loss.document == document {
            return loss.offset > offset;
        }
        let kin = documents.get(loss.document as usize).zip(documents.get(document as usize)).is_some_and(|(a, b)| alike(a, b));
        kin && loss.until_us.zip(at_us).is_none_or(|(until, at)| until > at)
    })
}

/// Whether two documents carry on one log: they are of one form; one of which nothing is left tells it by
/// the ending of its name.
fn alike(a: &Document, b: &Document) -> bool {
    let ending = |d: &Document| Path::new(&d.name).extension().map(std::ffi::OsStr::to_ascii_lowercase);
    match (a.scanned.grammar, b.scanned.grammar) {
        (Some(a), Some(b)) => a == b,
        _ => ending(a) == ending(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::stamp::Stamp;
    use crate::scan::{Point, Scanned, Strip};
    use crate::session::time::Reference;

    /// Seconds of some day, in µs.
    fn at(seconds: i64) -> i64 {
        (1_760_000_000 + seconds) * 1_000_000
    }

    /// A document of one form with a stamp every 100 bytes.
    fn document(name: &str, seconds: &[i64], losses: &[u64]) -> Document {
        let points = (0u64..).zip(seconds).map(|(n, s)| Point { line: n + 1, offset: n * 100, stamp: Stamp::utc(at(*s)) }).collect();
        let strip = Strip { points, losses: losses.to_vec(), breaks: Vec::new() };
        let grammar = (!seconds.is_empty()).then_some(0);
        Document {
            file: name.to_owned(),
            name: name.to_owned(),
            modified_us: None,
            scanned: Scanned { strip, grammar, ..Scanned::default() },
            calendar: Calendar::default(),
        }
    }

    fn losses(documents: &[Document]) -> Vec<Loss> {
        let calendar = |d: &Document| Calendar::new(&d.scanned, Reference::default());
        let profiles = Profiles::builtin();
        let mut found: Vec<Loss> =
            (0u32..).zip(documents).flat_map(|(n, d)| of(n, d, &profiles, &calendar(d)).collect::<Vec<_>>()).collect();
        let spans: Vec<_> = documents
            .iter()
            .map(|d| {
                let us = |p: &Point| p.stamp.wall_us;
                d.scanned.strip.points.first().map(us).zip(d.scanned.strip.points.last().map(us))
            })
            .collect();
        bound(&mut found, documents, &spans);
        found
    }

    #[test]
    fn a_loss_in_the_next_file_of_the_log_may_have_held_the_acknowledgement() {
        let documents = [document("1.log", &[10, 20], &[]), document("2.log", &[30, 40, 50], &[150])];
        let found = losses(&documents);
        assert!(after(&found, &documents, "", 0, 100, Some(at(20))));
        // What was sent after it lost nothing there.
        assert!(!after(&found, &documents, "", 1, 200, Some(at(50))));
        assert!(!after(&found, &documents, "", 0, 100, Some(at(60))));
    }

    #[test]
    fn what_is_lost_at_the_end_of_an_old_file_ends_where_the_next_one_begins() {
        let documents = [document("old.log", &[10, 20], &[200]), document("new.log", &[30, 40], &[])];
        let found = losses(&documents);
        assert_eq!(found[0].until_us, Some(at(30)));
        assert!(!after(&found, &documents, "", 1, 100, Some(at(40))));
        assert!(after(&found, &documents, "", 0, 100, Some(at(20))));
    }

    #[test]
    fn a_file_of_which_nothing_is_left_counts_where_its_name_ends_alike() {
        let documents = [document("a.xlog", &[10, 20], &[]), document("b.xlog", &[], &[0])];
        assert!(after(&losses(&documents), &documents, "", 0, 100, Some(at(20))));
        let documents = [document("a.log", &[10, 20], &[]), document("b.gz", &[], &[0])];
        assert!(!after(&losses(&documents), &documents, "", 0, 100, Some(at(20))));
    }
}
