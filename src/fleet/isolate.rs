//! A local ingest that workers read for: units come in as a walk finds them, rows come back, so that an upload which breaks
//! or stalls its reader costs a receipt and not the run.

use super::encode::{Encoder, Form, decode};
use super::request::{Asked, Request};
use super::supervisor::{Outcome, Supervisor};
use crate::event::EventRow;
use crate::pipeline::{Progress, Summary};
use crate::source::{self, Options, Unit};
use anyhow::bail;
use std::path::PathBuf;

/// What workers of an isolated run write with.
///
/// # Errors
/// As [`Encoder::new`].
pub fn encoder() -> anyhow::Result<Encoder> {
    Encoder::new(Form::Arrow, None)
}

/// Reads the uploads of paths by workers; see [`crate::pipeline::analyze`].
///
/// # Errors
/// As there, and standard input, which no other process can be given.
pub fn analyze(
    paths: &[PathBuf],
    options: &Options,
    supervisor: &Supervisor<'_>,
    failed: &dyn Fn(&source::Collected) -> Vec<EventRow>,
    progress: &dyn Progress,
    sink: &mut dyn FnMut(Vec<EventRow>) -> anyhow::Result<()>,
) -> anyhow::Result<Summary> {
    let collected = source::collect(paths, options);
    progress.total(collected.bytes);
    let mut summary = Summary::default();
    let rows = failed(&collected);
    if !rows.is_empty() {
        sink(rows)?;
    }
    summary.add_problems(collected.problems);
    let (encoder, mut at, mut uploads) = (encoder()?, 0, 0);
    let units = collected.units;
    supervisor.run(units.iter().map(|unit| Ok(vec![request(unit)?])), &mut |outcome| {
        if progress.is_stopped() {
            bail!("stopped");
        }
        match outcome {
            Outcome::Rows(piece) => {
                let rows = decode(encoder.head(), &piece)?;
                uploads += 1;
                summary.files += rows.last().and_then(|row| u64::try_from(row.files?).ok()).unwrap_or(0);
                sink(rows)
            }
            Outcome::Problems(problems) => {
                summary.add_problems(problems);
                Ok(())
            }
            Outcome::End => {
                progress.advance(units[at].stored_bytes(), units[at].path());
                at += 1;
                Ok(())
            }
        }
    })?;
    summary.uploads = uploads;
    Ok(summary)
}

fn request(unit: &Unit) -> anyhow::Result<Request> {
    let Some(files) = unit.files() else { bail!("{}: standard input cannot be read by isolated workers; give a file", unit.path()) };
    let files = files.into_iter().map(|(name, place)| Asked { name, place: Some(place), ..Asked::default() }).collect();
    Ok(Request { input: unit.path().to_owned(), label: unit.label().to_owned(), files, ..Request::default() })
}
