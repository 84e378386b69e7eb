//! The decoded text of documents, whatever they are packed in.

use super::Summary;
use super::detect::probe;
use crate::scan::LINE_MAX_BYTES;
use crate::settings::Settings;
use crate::source::{self, Problem, ProblemKind};
use std::io::Read as _;
use std::path::PathBuf;

/// Bytes of text that [`cat`] reads at a time.
const PIECE_STEP_BYTES: usize = 64 << 10;

/// Hands over the decoded text of every document, piece by piece: a line with its end, or a part of one
/// longer than [`LINE_MAX_BYTES`]. Before each of several documents comes a line with its name.
///
/// # Errors
/// What the sink says.
pub fn cat(paths: &[PathBuf], settings: &Settings, sink: &mut dyn FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<Summary> {
    let collected = source::collect(paths, &settings.source);
    let mut summary = Summary::default();
    summary.add_problems(collected.problems);
    let mut documents = Vec::new();
    for unit in &collected.units {
        let problems = source::open(unit, &settings.source, &|d| probe(d, settings), &mut |upload| {
            summary.uploads += 1;
            documents.extend(upload.metadata);
            documents.extend(upload.documents);
        });
        summary.add_problems(problems);
    }
    for document in &documents {
        if documents.len() > 1 {
            sink(format!("==> {} <==\n", document.file).as_bytes())?;
        }
        let mut reader = match document.exact(&settings.source.limits) {
            Ok(reader) => reader,
            Err(error) => {
                summary.add_problems(vec![Problem::new(&document.file, ProblemKind::Unreadable, error.to_string())]);
                continue;
            }
        };
        let in_line = pieces(&mut reader, sink)?;
        if in_line && documents.len() > 1 {
            sink(b"\n")?;
        }
        summary.files += 1;
        summary.add_problems(reader.problems());
    }
    Ok(summary)
}

/// Hands over a text by lines; whether its last line is open.
pub(super) fn pieces(reader: &mut source::Reader, sink: &mut dyn FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<bool> {
    let mut buffer = Vec::new();
    let mut step = vec![0; PIECE_STEP_BYTES];
    loop {
        let n = reader.read(&mut step)?;
        buffer.extend_from_slice(&step[..n]);
        let mut done = 0;
        for end in memchr::memchr_iter(b'\n', &buffer) {
            sink(&buffer[done..=end])?;
            done = end + 1;
        }
        buffer.drain(..done);
        if buffer.len() >= LINE_MAX_BYTES || n == 0 && !buffer.is_empty() {
            sink(&buffer)?;
            buffer.clear();
            if n == 0 {
                return Ok(true);
            }
        }
        if n == 0 {
            return Ok(false);
        }
    }
}
