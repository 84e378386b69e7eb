//! Uploads that are handed over one by one -> their rows, each upload's together and closed by its receipt. For whoever is
//! given work piece by piece: the worker of a cluster job, the worker of an isolated ingest.

use super::detect::probe;
use super::failure::{self, Covered};
use super::{Reader, Silent};
use crate::event::EventRow;
use crate::profile::Profiles;
use crate::redact::{Door, Key};
use crate::settings::Settings;
use crate::source::{self, Collected, Problem, ProblemKind};
use crate::taxonomy::Status;

/// Hears of each upload before it is read, and takes its rows.
pub trait Taker {
    /// That an upload is read now.
    ///
    /// # Errors
    /// That nobody listens any more.
    fn begin(&mut self, upload: &str) -> anyhow::Result<()>;
    /// Its rows, or the receipt of something that gave no upload.
    ///
    /// # Errors
    /// As [`Taker::begin`].
    fn take(&mut self, rows: Vec<EventRow>) -> anyhow::Result<()>;
}

/// Reads what is handed over.
pub struct Hand<'r>(Reader<'r>);

impl<'r> Hand<'r> {
    /// Makes ready; scanners are built once for all that follows.
    #[must_use]
    pub fn new(settings: &'r Settings, profiles: &'r Profiles, key: &Key) -> Self {
        Self(Reader::new(settings, profiles, Door::new(settings.redact, key.clone()), &Silent))
    }

    /// Reads all uploads but the first `skip` ones; what gave none gets a receipt, so that there is at least one.
    ///
    /// # Errors
    /// What the taker says.
    pub fn read(&self, handed: Collected, skip: u64, taker: &mut dyn Taker) -> anyhow::Result<Vec<Problem>> {
        let reader = &self.0;
        let mut uploads = 0;
        let mut failed = Covered::of(&handed.units).receipts(&handed.problems, &reader.rules);
        let mut problems = handed.problems;
        for unit in &handed.units {
            let (mut covered, mut own, mut told) = (Covered::default(), Vec::new(), Ok(()));
            let mut found = source::open(unit, &reader.settings.source, &|document| probe(document, reader.settings), &mut |upload| {
                uploads += 1;
                covered.add(&upload);
                if uploads > skip && told.is_ok() {
                    told = taker.begin(&upload.path).and_then(|()| taker.take(reader.upload(upload, &mut own)));
                }
            });
            told?;
            found.append(&mut own);
            failed.extend(covered.receipts(&found, &reader.rules));
            problems.append(&mut found);
        }
        let skipped = problems.iter().find(|problem| problem.kind == ProblemKind::Skipped);
        if let Some(problem) = skipped.filter(|_| failed.is_empty() && uploads == 0) {
            let why = format!("skipped: {}", problem.reason);
            failed.push(failure::receipt(&problem.file, Status::Unsupported, &why, &reader.rules));
        }
        for row in failed {
            taker.take(vec![reader.door.row(row)])?;
        }
        Ok(problems)
    }
}
