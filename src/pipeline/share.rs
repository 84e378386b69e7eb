//! Uploads -> a zip of the same uploads, each line of which went through the redaction door.
//!
//! An upload of one log becomes that log at its place, one of several an archive; both are decoded text. Lines keep
//! their numbers, times of change stay (they date stamps without a year), and what reads the result finds as many uploads.

use super::Summary;
use super::each::each;
use super::text::pieces;
use crate::redact::Door;
use crate::settings::Settings;
use crate::source::{Document, Problem, ProblemKind, Upload};
use anyhow::Context;
use chrono::{DateTime, Datelike, Timelike};
use std::collections::HashSet;
use std::io::{Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};

/// Endings of packed logs, whose text would not be taken for what it is under them.
const PACKED: [&str; 4] = [".xlog", ".mmap2", ".mmap3", ".logan"];

/// Writes the uploads of paths into one archive. `sink` is written from start to end.
///
/// # Errors
/// That the archive cannot be written; what cannot be read is among the problems.
pub fn share(paths: &[PathBuf], settings: &Settings, door: &Door, sink: impl Write) -> anyhow::Result<Summary> {
    let mut archive = Archive { zip: ZipWriter::new_stream(sink), names: HashSet::new() };
    let (mut read, mut written) = (Summary::default(), Ok(()));
    let mut summary = each(paths, settings, &mut |upload| {
        written = archive.add(&upload, settings, door, &mut read);
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    written?;
    summary.files += read.files;
    summary.add_problems(read.problems);
    archive.zip.finish().context("cannot write the archive")?;
    Ok(summary)
}

/// The archive, and the names that are taken in it.
struct Archive<W: Write> {
    zip: ZipWriter<StreamWriter<W>>,
    names: HashSet<String>,
}

impl<W: Write> Archive<W> {
    fn add(&mut self, upload: &Upload, settings: &Settings, door: &Door, summary: &mut Summary) -> anyhow::Result<()> {
        let path = door.path(&unnested(&upload.path));
        let (dir, name) = path.rsplit_once('/').map_or(("", path.as_str()), |(dir, name)| (dir, name));
        let within = |name: &str| if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") };
        if let ([document], []) = (upload.documents.as_slice(), upload.metadata.as_slice()) {
            let name = unpacked(document.name.rsplit('/').next().unwrap_or(&document.name));
            let name = self.free(&within(&door.path(&name)));
            self.zip.start_file(name, options(document))?;
            return copy(document, settings, door, &mut self.zip, summary);
        }
        let mut inner = ZipWriter::new(tempfile::tempfile().context("no temporary file can be made")?);
        let mut names = HashSet::new();
        for document in upload.documents.iter().chain(&upload.metadata) {
            let name = free(&mut names, &door.path(&unpacked(&document.name)));
            inner.start_file(name, options(document))?;
            copy(document, settings, door, &mut inner, summary)?;
        }
        let mut inner = inner.finish()?;
        inner.seek(SeekFrom::Start(0))?;
        let name = if std::path::Path::new(name).extension().is_some_and(|e| e.eq_ignore_ascii_case("zip")) {
            within(name)
        } else {
            within(&format!("{name}.zip"))
        };
        let name = self.free(&name);
        // Its members are packed already; a stream cannot hold stored members whose size comes behind them.
        self.zip.start_file(name, SimpleFileOptions::default().compression_level(Some(1)).large_file(true))?;
        std::io::copy(&mut inner, &mut self.zip)?;
        Ok(())
    }

    fn free(&mut self, name: &str) -> String {
        free(&mut self.names, name)
    }
}

/// A name that leads nowhere else and is not taken.
fn free(names: &mut HashSet<String>, name: &str) -> String {
    let parts: Vec<&str> = name.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | "..")).collect();
    let name = if parts.is_empty() { "log".to_owned() } else { parts.join("/") };
    let (stem, ending) = name.rfind('.').filter(|at| !name[*at..].contains('/')).map_or((name.as_str(), ""), |at| name.split_at(at));
    let numbered = |n: usize| if n == 1 { name.clone() } else { format!("{stem}-{n}{ending}") };
    // One more number than there are names is enough.
    let free = (1..=names.len() + 1).map(numbered).find(|name| !names.contains(name)).unwrap_or_default();
    names.insert(free.clone());
    free
}

/// A path with folders for archives: `a.zip!/b.log` is `a/b.log`, so that an upload `a.zip` has its place beside it.
fn unnested(path: &str) -> String {
    let parts: Vec<&str> = path.split("!/").collect();
    let Some((last, outer)) = parts.split_last() else { return path.to_owned() };
    let folder =
        |name: &&str| name.rfind('.').filter(|at| !name[*at..].contains('/') && *at > 0).map_or(*name, |at| &name[..at]).to_owned();
    outer.iter().map(folder).chain([(*last).to_owned()]).collect::<Vec<_>>().join("/")
}

/// The name of a document's text.
fn unpacked(name: &str) -> String {
    if PACKED.iter().any(|ending| name.ends_with(ending)) { format!("{name}.log") } else { name.to_owned() }
}

fn options(document: &Document) -> SimpleFileOptions {
    let modified = document.modified_us.and_then(DateTime::from_timestamp_micros).and_then(|at| {
        let part = |n: u32| u8::try_from(n).ok();
        let year = u16::try_from(at.year()).ok()?;
        zip::DateTime::from_date_and_time(
            year,
            part(at.month())?,
            part(at.day())?,
            part(at.hour())?,
            part(at.minute())?,
            part(at.second())?,
        )
        .ok()
    });
    SimpleFileOptions::default().large_file(true).last_modified_time(modified.unwrap_or_default())
}

/// The text of a document through the door, line by line.
fn copy(document: &Document, settings: &Settings, door: &Door, sink: &mut impl Write, summary: &mut Summary) -> anyhow::Result<()> {
    let mut reader = match document.exact(&settings.source.limits) {
        Ok(reader) => reader,
        Err(error) => {
            summary.add_problems(vec![Problem::new(&document.file, ProblemKind::Unreadable, error.to_string())]);
            return Ok(());
        }
    };
    pieces(&mut reader, &mut |piece| {
        let text = String::from_utf8_lossy(piece);
        let line = text.trim_end_matches(['\r', '\n']);
        sink.write_all(door.text(line).as_bytes())?;
        Ok(sink.write_all(text[line.len()..].as_bytes())?)
    })?;
    summary.files += 1;
    summary.add_problems(reader.problems());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else_and_are_taken_once() {
        let mut names = HashSet::new();
        assert_eq!(free(&mut names, "/a/../b.log"), "a/b.log");
        assert_eq!(free(&mut names, "a/b.log"), "a/b-2.log");
        assert_eq!(free(&mut names, "a\\b.log"), "a/b-3.log");
        assert_eq!(free(&mut names, "../.."), "log");
    }

    #[test]
    fn what_an_archive_holds_lies_in_a_folder_beside_what_is_the_archive() {
        assert_eq!(unnested("x/a.zip!/b.tar.gz!/c.log"), "x/a/b.tar/c.log");
        assert_eq!(unnested("x.y/a.zip"), "x.y/a.zip");
        assert_eq!(unnested(".zip!/c.log"), ".zip/c.log");
    }
}
