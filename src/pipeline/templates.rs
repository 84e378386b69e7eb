//! Documents -> templates of their messages: which kinds of message there are, how often, where first and last.
//!
//! A message is what a record says behind its head, or a whole line of a document of no known form. Lines that continue
//! a record are no messages of their own.

use super::Summary;
use super::each::each;
use super::text::lines;
use crate::format::{GRAMMARS, detect, jsonl};
use crate::scan::head;
use crate::settings::Settings;
use crate::source::{Document, Problem, ProblemKind};
use crate::template::{Clusters, Slot, Templates};
use anyhow::Context;
use rayon::prelude::*;
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Documents that are clustered at the same time and then merged, per worker.
const DOCUMENTS_PER_JOB: usize = 4;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Messages {
    /// What records say behind their heads.
    Records,
    /// Each line as it is.
    Lines,
}

/// A line of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Number of the document.
    pub document: usize,
    /// 1-based line.
    pub line: u64,
}

/// The templates of some documents.
#[derive(Debug)]
pub struct Clustered {
    /// The templates, those of most messages first.
    pub templates: Templates,
    /// Of each, its first and last message.
    pub places: Vec<(Place, Place)>,
    /// Names of the documents.
    pub files: Vec<String>,
    /// Messages.
    pub messages: u64,
}

/// The templates of the messages of some paths.
///
/// # Errors
/// That no thread pool could be made.
pub fn templates(paths: &[PathBuf], settings: &Settings, messages: Messages) -> anyhow::Result<(Clustered, Summary)> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(settings.jobs.max(1)).build()?;
    let (documents, mut summary) = documents(paths, settings);
    let mut all = Found::default();
    for (batch, chunk) in documents.chunks(settings.jobs.max(1) * DOCUMENTS_PER_JOB).enumerate() {
        let first = batch * settings.jobs.max(1) * DOCUMENTS_PER_JOB;
        let found: Vec<Found> = pool.install(|| {
            let found = |(at, document)| {
                let mut found = Found::default();
                found.read(first + at, document, settings, messages, &mut |_| Ok(()));
                found
            };
            chunk.par_iter().enumerate().map(found).collect()
        });
        for found in found {
            all.merge(found);
        }
    }
    summary.add_problems(std::mem::take(&mut all.problems));
    Ok((all.clustered(&documents), summary))
}

/// Takes the name of a line's document, its number, and the place of its template.
pub type Assigned<'s> = dyn FnMut(Option<&str>, u64, usize, &Templates) -> anyhow::Result<()> + 's;

/// Hands over the template of every line of some paths: the name of its document if there are several, its number, and
/// the place of its template in [`Templates::all`]. Blank lines have one, and lines that continue a record have that of the record.
///
/// # Errors
/// What the sink says, or that there is no temporary file to note the lines in.
pub fn assign(paths: &[PathBuf], settings: &Settings, messages: Messages, sink: &mut Assigned<'_>) -> anyhow::Result<Summary> {
    let (documents, mut summary) = documents(paths, settings);
    let mut found = Found { blanks: true, ..Found::default() };
    // Templates are known when all lines are; until then a line is a number of four bytes, kept on disk.
    let mut notes = BufWriter::new(tempfile::tempfile().context("no temporary file can be made")?);
    let mut lines_of = Vec::with_capacity(documents.len());
    let mut failure = None;
    for (number, document) in documents.iter().enumerate() {
        let mut lines = 0u64;
        found.read(number, document, settings, messages, &mut |slot: Slot| {
            lines += 1;
            Ok(notes.write_all(&u32::try_from(slot.place()).unwrap_or(u32::MAX).to_le_bytes())?)
        });
        failure = failure.or(found.failure.take());
        lines_of.push(lines);
    }
    if let Some(error) = failure {
        return Err(error.context("the lines cannot be noted"));
    }
    let mut notes = notes.into_inner().map_err(std::io::IntoInnerError::into_error).context("the lines cannot be noted")?;
    notes.seek(SeekFrom::Start(0))?;
    summary.add_problems(std::mem::take(&mut found.problems));
    let templates = found.clusters.finish();
    let mut notes = BufReader::<File>::new(notes);
    for (document, lines) in documents.iter().zip(lines_of) {
        let name = (documents.len() > 1).then_some(document.file.as_str());
        for line in 1..=lines {
            let mut place = [0; 4];
            notes.read_exact(&mut place)?;
            sink(name, line, templates.place(u32::from_le_bytes(place) as usize), &templates)?;
        }
    }
    Ok(summary)
}

fn documents(paths: &[PathBuf], settings: &Settings) -> (Vec<Document>, Summary) {
    let mut documents = Vec::new();
    let mut summary = each(paths, settings, &mut |upload| {
        documents.extend(upload.documents);
        ControlFlow::Continue(())
    });
    summary.files += documents.len() as u64;
    (documents, summary)
}

/// What was found so far.
#[derive(Default)]
struct Found {
    clusters: Clusters,
    /// Of each slot, its first and last message.
    places: Vec<(Place, Place)>,
    messages: u64,
    problems: Vec<Problem>,
    /// Whether blank lines are messages.
    blanks: bool,
    failure: Option<anyhow::Error>,
}

impl Found {
    /// Adds a document; `note` hears the slot of every line.
    fn read(
        &mut self,
        number: usize,
        document: &Document,
        settings: &Settings,
        messages: Messages,
        note: &mut dyn FnMut(Slot) -> anyhow::Result<()>,
    ) {
        let limits = &settings.source.limits;
        let mut reader = match document.exact(limits) {
            Ok(reader) => reader,
            Err(error) => {
                self.problems.push(Problem::new(&document.file, ProblemKind::Unreadable, error.to_string()));
                return;
            }
        };
        let grammar = match messages {
            Messages::Records => detect::detect(&document.head(detect::DETECT_BYTES, limits).unwrap_or_default()).best.map(|(id, _)| id),
            Messages::Lines => None,
        };
        let mut record: Option<Slot> = None;
        let mut line_number = 0;
        let ended = lines(&mut reader, &mut |line: &[u8]| {
            line_number += 1;
            let slot = match (messages, head(line, grammar)) {
                (Messages::Records, Some((id, quick))) => {
                    let text = quick.message(line);
                    let slot = self.add(&message(id, line, text), Place { document: number, line: line_number });
                    record = Some(slot);
                    slot
                }
                (Messages::Records, None) if line.trim_ascii().is_empty() && !self.blanks => return Ok(()),
                (Messages::Records, None) if record.is_some() && !line.trim_ascii().is_empty() => {
                    record.unwrap_or_else(|| self.clusters.add(""))
                }
                _ => self.add(line, Place { document: number, line: line_number }),
            };
            note(slot)
        });
        self.failure = ended.err();
        self.problems.extend(reader.problems());
    }

    fn add(&mut self, message: &[u8], place: Place) -> Slot {
        let slot = self.clusters.add(message);
        self.messages += 1;
        match self.places.get_mut(slot.place()) {
            Some((_, last)) => *last = place,
            None => self.places.resize(slot.place() + 1, (place, place)),
        }
        slot
    }

    /// Takes over what was found in later documents.
    fn merge(&mut self, other: Self) {
        let moves = self.clusters.merge(other.clusters);
        for (place, (first, last)) in other.places.into_iter().enumerate() {
            let slot = moves.place(place);
            match self.places.get_mut(slot.place()) {
                Some(own) => *own = (own.0.min(first), own.1.max(last)),
                None => self.places.resize(slot.place() + 1, (first, last)),
            }
        }
        self.messages += other.messages;
        self.problems.extend(other.problems);
    }

    fn clustered(self, documents: &[Document]) -> Clustered {
        let templates = self.clusters.finish();
        let mut places: Vec<Option<(Place, Place)>> = vec![None; templates.all().len()];
        for (slot, (first, last)) in self.places.into_iter().enumerate() {
            let of = &mut places[templates.place(slot)];
            *of = Some(of.map_or((first, last), |(f, l)| (f.min(first), l.max(last))));
        }
        let places = places.into_iter().map(|p| p.unwrap_or((Place { document: 0, line: 0 }, Place { document: 0, line: 0 }))).collect();
        Clustered { templates, places, files: documents.iter().map(|d| d.file.clone()).collect(), messages: self.messages }
    }
}

/// What a record says: of a JSON object its message, else what stands behind the head.
pub(super) fn message<'l>(grammar: u8, line: &'l [u8], text: &'l [u8]) -> Cow<'l, [u8]> {
    let grammar = GRAMMARS[grammar as usize];
    if !grammar.is_json() {
        return Cow::Borrowed(grammar.parse(line).map_or(text, |head| head.message));
    }
    let said = grammar.object(line).and_then(|object| jsonl::first(&object, jsonl::MESSAGE_KEYS).and_then(jsonl::text));
    said.map_or(Cow::Borrowed(line), |said| Cow::Owned(said.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(texts: &[&str], messages: Messages) -> (Clustered, Summary) {
        let dir = tempfile::tempdir().unwrap();
        for (number, text) in texts.iter().enumerate() {
            std::fs::write(dir.path().join(format!("{number}.log")), text).unwrap();
        }
        templates(&[dir.path().to_path_buf()], &Settings { jobs: 2, ..Settings::default() }, messages).unwrap()
    }

    const LOGCAT: &str = "03-04 18:20:01.003  9211  9260 D NetMon  : onLost 101\n03-04 18:20:02.003  9211  9260 D NetMon  : onLost 102\n\tat a.b(C.java:1)\n\n03-04 18:20:03.003  9211  9260 D NetMon  : gone\n";

    #[test]
    fn messages_of_records_are_clustered_without_their_heads_and_continuations() {
        let (found, _) = found(&[LOGCAT, LOGCAT], Messages::Records);
        let told: Vec<(&str, u64)> = found.templates.all().iter().map(|t| (t.text.as_str(), t.lines)).collect();
        assert_eq!(told, [("onLost <*>", 4), ("gone", 2)]);
        assert_eq!(found.messages, 6);
        let place = |document, line| Place { document, line };
        assert_eq!(found.places, [(place(0, 1), place(1, 2)), (place(0, 5), place(1, 5))]);
    }

    #[test]
    fn each_line_is_a_message_where_that_is_asked_for() {
        let (found, _) = found(&[LOGCAT], Messages::Lines);
        assert_eq!((found.messages, found.templates.all().iter().map(|t| t.lines).sum::<u64>()), (5, 5));
    }

    #[test]
    fn every_line_is_assigned_in_order_and_a_continuation_to_its_record() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.log"), LOGCAT).unwrap();
        let mut all = Vec::new();
        let paths = [dir.path().to_path_buf()];
        assign(&paths, &Settings::default(), Messages::Records, &mut |file, line, place, templates| {
            all.push((file.is_some(), line, templates.all()[place].text.clone()));
            Ok(())
        })
        .unwrap();
        let told: Vec<(bool, u64, &str)> = all.iter().map(|(f, n, t)| (*f, *n, t.as_str())).collect();
        assert_eq!(
            told,
            [(false, 1, "onLost <*>"), (false, 2, "onLost <*>"), (false, 3, "onLost <*>"), (false, 4, ""), (false, 5, "gone")]
        );
    }
}
