//! The pipeline told on one page: paths → uploads → documents → marks → session → attempts →
//! verdicts → rows.
//!
//! Uploads run in parallel; what has state is a fold over the sparse marks of one upload. Output is
//! in the order of uploads whatever the number of threads. What else asks for documents ([`detect`], [`cat`],
//! [`coverage`], the cases of profiles) stands beside it.

mod cases;
mod coverage;
mod detect;
mod difference;
mod each;
mod failure;
mod handed;
mod neighbourhood;
mod share;
mod stub;
mod tell;
mod templates;
mod text;

pub use cases::check_cases;
pub use coverage::{AppCoverage, Coverage, StatementCost, coverage};
pub use detect::{Detected, detect};
pub use difference::{Changed, Difference, Told, difference};
pub use failure::{Covered, receipt as failed};
pub use handed::{Hand, Taker};
pub use share::share;
pub use stub::{Stub, stub};
pub use tell::{Tale, tell};
pub use templates::{Clustered, Messages, Place, assign, templates};
pub use text::cat;

use crate::cause::{receipt, row};
use crate::event::EventRow;
use crate::profile::Profiles;
use crate::redact::{Door, Key};
use crate::scan::{Counts, Scanner, scan};
use crate::session::{self, metadata};
use crate::settings::Settings;
use crate::source::{self, Problem, ProblemKind, Unit, Upload};
use anyhow::bail;
use detect::probe;
use neighbourhood::Selection;
use rayon::prelude::*;
use std::path::PathBuf;

/// Units (files, directories or archives) that are worked on together, per worker.
const UNITS_PER_JOB: usize = 16;
/// Uploads of one unit whose rows are held until it is their turn; a unit with more is read by itself.
const UPLOADS_HELD_MAX: u64 = 1_000;
/// Uploads of such a unit that are worked on together, per worker.
const UPLOADS_PER_JOB: usize = 128;

/// Hears how far the work is.
pub trait Progress: Sync {
    /// How many bytes there are.
    fn total(&self, bytes: u64);
    /// That this many more were read, and of which upload.
    fn advance(&self, bytes: u64, upload: &str);
    /// Whether the work is to be left as it is.
    fn is_stopped(&self) -> bool {
        false
    }
}

/// Hears nothing.
pub struct Silent;

impl Progress for Silent {
    fn total(&self, _: u64) {}
    fn advance(&self, _: u64, _: &str) {}
}

/// What a run read.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Documents read.
    pub files: u64,
    /// Files skipped by kind.
    pub files_skipped: u64,
    /// Files that could not be read.
    pub files_unreadable: u64,
    /// Uploads.
    pub uploads: u64,
    /// What went wrong, in order of uploads.
    pub problems: Vec<Problem>,
}

/// Reads uploads and hands over their rows: uploads by path, each upload's rows together and closed
/// by its receipt, redacted if the settings say so.
///
/// # Errors
/// What the sink says, that no thread pool could be made, or that the work was stopped.
pub fn analyze(
    paths: &[PathBuf],
    settings: &Settings,
    profiles: &Profiles,
    key: &Key,
    progress: &dyn Progress,
    sink: &mut dyn FnMut(Vec<EventRow>) -> anyhow::Result<()>,
) -> anyhow::Result<Summary> {
    let reader = Reader::new(settings, profiles, Door::new(settings.redact, key.clone()), progress);
    reader.units(paths, sink)
}

impl Summary {
    /// Counts problems and keeps them.
    pub fn add_problems(&mut self, problems: Vec<Problem>) {
        for problem in problems {
            match problem.kind {
                ProblemKind::Skipped => self.files_skipped += 1,
                ProblemKind::Unreadable => self.files_unreadable += 1,
                ProblemKind::Damaged | ProblemKind::Limit | ProblemKind::Empty => {}
            }
            self.problems.push(problem);
        }
    }
}

#[derive(Default)]
struct UnitRows {
    rows: Vec<EventRow>,
    problems: Vec<Problem>,
    uploads: u64,
    files: u64,
}

/// Reads units one by one; shared by all workers.
struct Reader<'r> {
    settings: &'r Settings,
    scanner: Scanner<'r>,
    rules: String,
    door: Door,
    progress: &'r dyn Progress,
}

impl<'r> Reader<'r> {
    fn new(settings: &'r Settings, profiles: &'r Profiles, door: Door, progress: &'r dyn Progress) -> Self {
        let scanner = Scanner::new(profiles).with_slab_bytes(settings.slab_bytes);
        Reader { settings, scanner, rules: profiles.version(), door, progress }
    }

    /// Reads the units of paths, many at a time, and hands over what they told in order.
    fn units(&self, paths: &[PathBuf], sink: &mut dyn FnMut(Vec<EventRow>) -> anyhow::Result<()>) -> anyhow::Result<Summary> {
        let jobs = self.settings.jobs.max(1);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?;
        let collected = pool.install(|| source::collect(paths, &self.settings.source));
        self.progress.total(collected.bytes);
        let mut summary = Summary::default();
        let failed = self.account(&Covered::of(&collected.units), &collected.problems);
        summary.add_problems(collected.problems);
        let mut take = |read: UnitRows| {
            // What was read when it was stopped is cut short somewhere.
            if self.progress.is_stopped() {
                bail!("stopped");
            }
            summary.uploads += read.uploads;
            summary.files += read.files;
            summary.add_problems(read.problems);
            if read.rows.is_empty() { Ok(()) } else { sink(read.rows) }
        };
        take(UnitRows { rows: failed, ..UnitRows::default() })?;
        for units in collected.units.chunks(jobs * UNITS_PER_JOB) {
            let read: Vec<Option<UnitRows>> = pool.install(|| units.par_iter().map(|unit| self.unit(unit)).collect());
            for (unit, read) in units.iter().zip(read) {
                match read {
                    Some(read) => take(read)?,
                    None => self.large_unit(unit, &pool, &mut take)?,
                }
            }
        }
        Ok(summary)
    }

    /// Receipts of what gave no upload, where all that was handed over is to be accounted for.
    fn account(&self, covered: &Covered, problems: &[Problem]) -> Vec<EventRow> {
        if !self.settings.accounts_for_all {
            return Vec::new();
        }
        covered.receipts(problems, &self.rules).into_iter().map(|row| self.door.row(row)).collect()
    }

    /// The rows of a unit; none if it holds so many uploads that their rows cannot be held together.
    fn unit(&self, unit: &Unit) -> Option<UnitRows> {
        let mut read = UnitRows::default();
        let probe = |document: &source::Document| probe(document, self.settings);
        let (mut own, mut covered) = (Vec::new(), Covered::default());
        let problems = source::open(unit, &self.settings.source, &probe, &mut |upload| {
            read.uploads += 1;
            if read.uploads > UPLOADS_HELD_MAX || self.progress.is_stopped() {
                return read.rows.clear();
            }
            let told = self.upload(&upload, &mut own);
            if self.settings.accounts_for_all {
                covered.add(&upload);
            }
            read.files += upload.documents.len() as u64;
            // Most units are one upload, whose rows need not be moved.
            if read.rows.is_empty() { read.rows = told } else { read.rows.extend(told) }
        });
        read.problems.extend(problems);
        read.problems.extend(own);
        read.rows.extend(self.account(&covered, &read.problems));
        (read.uploads <= UPLOADS_HELD_MAX).then_some(read)
    }

    /// Hands over the rows of a unit of many uploads as they are read. An archive may hold a million.
    fn large_unit(
        &self,
        unit: &Unit,
        pool: &rayon::ThreadPool,
        take: &mut dyn FnMut(UnitRows) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let (give, taken) = std::sync::mpsc::sync_channel::<UnitRows>(1);
        std::thread::scope(|scope| {
            scope.spawn(move || pool.install(|| self.read_in_batches(unit, &give)));
            taken.iter().try_for_each(take)
        })
    }

    /// Works on as many uploads at a time as keep all workers busy. Where nobody takes their rows any more, the rest is
    /// only listed.
    fn read_in_batches(&self, unit: &Unit, give: &std::sync::mpsc::SyncSender<UnitRows>) {
        let together = self.settings.jobs.max(1) * UPLOADS_PER_JOB;
        let probe = |document: &source::Document| probe(document, self.settings);
        let (mut batch, mut own, mut wanted, mut covered) = (Vec::with_capacity(together), Vec::new(), true, Covered::default());
        let mut read = |batch: &mut Vec<Upload>, own: &mut Vec<Problem>| {
            if !wanted {
                return batch.clear();
            }
            let told = |upload: &Upload| {
                let mut problems = Vec::new();
                (self.upload(upload, &mut problems), problems)
            };
            let mut read = UnitRows {
                uploads: batch.len() as u64,
                files: batch.iter().map(|upload| upload.documents.len() as u64).sum(),
                ..UnitRows::default()
            };
            for (rows, problems) in batch.par_iter().map(told).collect::<Vec<_>>() {
                read.rows.extend(rows);
                own.extend(problems);
            }
            batch.clear();
            wanted = give.send(read).is_ok();
        };
        let problems = source::open(unit, &self.settings.source, &probe, &mut |upload| {
            if self.settings.accounts_for_all {
                covered.add(&upload);
            }
            batch.push(upload);
            if batch.len() == together {
                read(&mut batch, &mut own);
            }
        });
        read(&mut batch, &mut own);
        let problems: Vec<Problem> = problems.into_iter().chain(own).collect();
        let rows = self.account(&covered, &problems);
        let _ = give.send(UnitRows { rows, problems, ..UnitRows::default() });
    }

    /// collect → read → assemble → reconstruct → judge → rows.
    fn upload(&self, upload: &Upload, problems: &mut Vec<Problem>) -> Vec<EventRow> {
        let mut scanned = self.documents(upload, problems);
        let facts = self.metadata(upload, &mut scanned.members, problems);
        let zone = self.settings.time_zone;
        let session = session::assemble(self.scanner.profiles, scanned.documents, &facts, zone);
        let common = row::Common {
            bundle: source::bundle_id(&mut scanned.members),
            bundle_path: upload.path.clone(),
            rules: self.rules.clone(),
            cites_sent: self.settings.cites_sent,
        };
        let Tale { mut rows, limits } = tell(&session, self.settings, &common);
        let partial = scanned.partial || !limits.is_empty();
        rows.push(receipt::receipt(&session, upload, &rows, scanned.counts, partial, &common));
        let problem =
            |limit| Problem::new(&upload.path, ProblemKind::Limit, limit).action("messages are told as far as they were followed");
        problems.extend(limits.into_iter().map(problem));
        if self.settings.looks_around {
            let around = Selection::of(&rows, &session);
            let mut rows = self.door.rows(rows);
            let near = around.read(self, upload, &session, &rows);
            // The receipt closes the upload.
            let last = rows.len() - 1;
            rows.splice(last..last, near);
            return rows;
        }
        // What the rows were told from is given back while they are redacted.
        rayon::join(|| self.door.rows(rows), || drop(session)).0
    }

    fn documents(&self, upload: &Upload, problems: &mut Vec<Problem>) -> Read {
        let mut read = Read::default();
        for document in &upload.documents {
            let advance = |bytes: u64| self.progress.advance(bytes, &upload.path);
            let unreadable = |error: std::io::Error| Problem::new(&document.file, ProblemKind::Unreadable, error.to_string());
            let mut reader = match document.reader(&self.settings.source.limits) {
                Ok(reader) => reader,
                Err(error) => {
                    problems.push(unreadable(error));
                    continue;
                }
            };
            let mut stoppable = Stoppable { reader: &mut reader, progress: self.progress };
            let result = scan(&mut stoppable, &self.scanner, self.settings.jobs, &advance);
            let found = reader.problems();
            read.partial |= reader.incomplete();
            let (losses, breaks) = (reader.losses().to_vec(), reader.breaks().to_vec());
            problems.extend(found);
            match result {
                Ok(mut scanned) => {
                    scanned.strip.losses = losses;
                    scanned.strip.breaks = breaks;
                    for limit in &scanned.limits {
                        read.partial = true;
                        let problem = Problem::new(&document.file, ProblemKind::Limit, limit.clone());
                        problems.push(problem.action("what precedes it is kept"));
                    }
                    if scanned.grammar.is_none() && scanned.counts.lines > 0 && scanned.marks.is_empty() {
                        let reason = "of no known log form (see `whyunsent formats`)";
                        let problem = Problem::new(&document.file, ProblemKind::Damaged, reason);
                        problems.push(problem.action("its lines are counted as unread"));
                    }
                    read.members.push((document.name.clone(), scanned.hash));
                    read.counts += scanned.counts;
                    let (file, name) = (document.file.clone(), document.name.clone());
                    read.documents.push(session::Document { file, name, modified_us: document.modified_us, scanned, ..Default::default() });
                }
                Err(error) => problems.push(unreadable(error)),
            }
        }
        read
    }

    fn metadata(&self, upload: &Upload, members: &mut Vec<(String, [u8; 32])>, problems: &mut Vec<Problem>) -> Vec<(&'static str, String)> {
        let limits = &self.settings.source.limits;
        let mut facts = Vec::new();
        for document in &upload.metadata {
            match document.head(usize::try_from(limits.metadata_bytes).unwrap_or(usize::MAX), limits) {
                Ok(bytes) => {
                    members.push((document.name.clone(), *blake3::hash(&bytes).as_bytes()));
                    facts.extend(metadata::facts(&bytes));
                }
                Err(error) => {
                    let problem = Problem::new(&document.file, ProblemKind::Unreadable, error.to_string());
                    problems.push(problem.action("the log is read without it"));
                }
            }
        }
        facts
    }
}

/// A document that ends where the work is stopped.
struct Stoppable<'r> {
    reader: &'r mut source::Reader,
    progress: &'r dyn Progress,
}

impl std::io::Read for Stoppable<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.progress.is_stopped() { Ok(0) } else { self.reader.read(out) }
    }
}

/// The documents of an upload, scanned.
#[derive(Default)]
struct Read {
    documents: Vec<session::Document>,
    counts: Counts,
    partial: bool,
    /// Name and content hash of each.
    members: Vec<(String, [u8; 32])>,
}
