//! The decoded text of documents, whatever they are packed in.

use super::Summary;
use super::each::each;
use crate::scan::LINE_MAX_BYTES;
use crate::settings::Settings;
use crate::source::{Problem, ProblemKind};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Bytes of text that [`cat`] reads at a time.
const PIECE_STEP_BYTES: usize = 64 << 10;

/// Hands over the decoded text of every document, piece by piece: a line with its end, or a part of one
/// longer than [`LINE_MAX_BYTES`]. Before each of several documents comes a line with its name.
///
/// # Errors
/// What the sink says.
pub fn cat(paths: &[PathBuf], settings: &Settings, sink: &mut dyn FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<Summary> {
    let mut documents = Vec::new();
    let mut summary = each(paths, settings, &mut |upload| {
        documents.extend(upload.metadata);
        documents.extend(upload.documents);
        ControlFlow::Continue(())
    });
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

/// Hands over a text by lines without their ends; of a line longer than [`LINE_MAX_BYTES`] its beginning.
pub(super) fn lines(reader: &mut impl Read, sink: &mut dyn FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut is_inside = false;
    pieces(reader, &mut |piece| {
        let line = piece.strip_suffix(b"\n");
        let was_inside = std::mem::replace(&mut is_inside, line.is_none());
        let line = line.unwrap_or(piece);
        if was_inside { Ok(()) } else { sink(line.strip_suffix(b"\r").unwrap_or(line)) }
    })?;
    Ok(())
}

/// Hands over a text by lines; whether its last line is open.
pub(super) fn pieces(reader: &mut impl Read, sink: &mut dyn FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<bool> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_line_its_beginning_counts_and_the_next_line_is_found() {
        let long = "x".repeat(3 * LINE_MAX_BYTES + 5);
        let mut all = Vec::new();
        lines(&mut format!("{long}\nshort\r\n{long}").as_bytes(), &mut |line| {
            all.push(line.len().min(LINE_MAX_BYTES));
            Ok(())
        })
        .unwrap();
        assert_eq!(all, [LINE_MAX_BYTES, 5, LINE_MAX_BYTES]);
    }
}
