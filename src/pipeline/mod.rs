//! The pipeline told on one page: paths → uploads → documents → marks → session → attempts →
//! verdicts → rows.
//!
//! Uploads run in parallel; what has state is a fold over the sparse marks of one upload. Output is
//! in the order of uploads whatever the number of threads. What else asks for documents ([`detect()`], [`cat`],
//! [`coverage()`], the cases of profiles) stands beside it.

mod cases;
mod coverage;
mod detect;
mod difference;
mod each;
mod failure;
mod handed;
mod in_order;
mod neighbourhood;
mod share;
mod stub;
mod tell;
mod templates;
mod text;
mod upload;

pub use cases::check_cases;
pub use coverage::{AppCoverage, Coverage, StatementCost, coverage};
pub use detect::{Detected, detect};
pub use difference::{Changed, Difference, Told, difference};
pub use failure::{Covered, receipt as failed};
pub use handed::{Hand, Taker};
pub use share::share;
pub use stub::{Stub, stub};
pub use tell::{Rows, Tale};
pub use templates::{Clustered, Messages, Place, assign, templates};
pub use text::cat;

use crate::event::EventRow;
use crate::profile::Profiles;
use crate::redact::{Door, Key};
use crate::scan::Scanner;
use crate::settings::Settings;
use crate::source::{self, Problem, ProblemKind, Unit, Upload};
use anyhow::bail;
use detect::probe;
use in_order::in_order;
use rayon::prelude::*;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use upload::Untold;

/// Units (files, directories or archives) that are worked on, or done and not handed over yet, per worker.
const UNITS_PER_JOB: usize = 16;
/// Uploads of one unit whose rows are held until it is their turn; a unit with more is read a batch of
/// them at a time.
const UPLOADS_HELD_MAX: u64 = 1_000;
/// Uploads of such a unit that are worked on together, per worker.
const UPLOADS_PER_JOB: usize = 128;
/// An upload with more marks is told when it is its turn, a part at a time: most rows take several times the memory of the
/// marks that they are made of.
const MARKS_TOLD_AT_ONCE: usize = 8_192;

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

/// Reads uploads and hands over their rows: uploads by path, each upload's rows behind each other and closed by its receipt,
/// redacted if the settings say so. Those of a large one come a part at a time.
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

/// What a unit gave, in order.
#[derive(Default)]
struct UnitRows<'r> {
    uploads: u64,
    files: u64,
    /// Of the unit itself.
    problems: Vec<Problem>,
    /// Of each upload its rows, and what was wrong with it.
    told: Vec<(Part<'r>, Vec<Problem>)>,
}

/// The rows of an upload.
enum Part<'r> {
    Rows(Vec<EventRow>),
    /// They are told when it is their turn.
    Later(Box<Untold<'r>>),
}

/// Reads units one by one; shared by all workers.
struct Reader<'r> {
    settings: &'r Settings,
    scanner: Scanner<'r>,
    rules: String,
    door: Door,
    progress: &'r dyn Progress,
    /// Whether nobody takes rows any more.
    is_left: AtomicBool,
}

impl<'r> Reader<'r> {
    fn new(settings: &'r Settings, profiles: &'r Profiles, door: Door, progress: &'r dyn Progress) -> Self {
        let scanner = Scanner::new(profiles).with_slab_bytes(settings.slab_bytes);
        Reader { settings, scanner, rules: profiles.version(), door, progress, is_left: AtomicBool::new(false) }
    }

    /// Whether what is being read is for nobody.
    fn is_stopped(&self) -> bool {
        self.is_left.load(Ordering::Relaxed) || self.progress.is_stopped()
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
        let mut take = |read: UnitRows<'r>| {
            // What was read when it was stopped is cut short somewhere.
            let mut give = |rows: Vec<EventRow>| {
                if self.progress.is_stopped() {
                    bail!("stopped");
                }
                if rows.is_empty() { Ok(()) } else { sink(rows) }
            };
            give(Vec::new())?;
            summary.uploads += read.uploads;
            summary.files += read.files;
            summary.add_problems(read.problems);
            for (part, mut problems) in read.told {
                match part {
                    Part::Rows(rows) => give(rows)?,
                    Part::Later(untold) => self.tell(&untold, Some(&pool), &mut problems, &mut give)?,
                }
                summary.add_problems(problems);
            }
            Ok(())
        };
        take(UnitRows { told: vec![(Part::Rows(failed), Vec::new())], ..UnitRows::default() })?;
        in_order(&pool, &collected.units, jobs * UNITS_PER_JOB, &self.is_left, &|unit| self.unit(unit), &mut |unit, read| match read {
            Some(read) => take(read),
            None => self.large_unit(unit, &pool, &mut take),
        })?;
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
    fn unit(&self, unit: &Unit) -> Option<UnitRows<'r>> {
        let mut read = UnitRows::default();
        let probe = |document: &source::Document| probe(document, self.settings);
        let mut covered = Covered::default();
        let found = source::open(unit, &self.settings.source, &probe, &mut |upload| {
            read.uploads += 1;
            if read.uploads > UPLOADS_HELD_MAX || self.is_stopped() {
                return read.told.clear();
            }
            if self.settings.accounts_for_all {
                covered.add(&upload);
            }
            read.files += upload.documents.len() as u64;
            let mut problems = Vec::new();
            let untold = self.read(upload, &mut problems);
            // Who looks around holds all rows of an upload at once.
            let is_later = untold.marks() > MARKS_TOLD_AT_ONCE && !self.settings.looks_around;
            let part = if is_later { Part::Later(Box::new(untold)) } else { Part::Rows(self.told(&untold, &mut problems)) };
            read.told.push((part, problems));
        });
        read.problems = found;
        if self.settings.accounts_for_all {
            let own = read.told.iter().flat_map(|(_, problems)| problems);
            let problems: Vec<Problem> = read.problems.iter().chain(own).cloned().collect();
            read.told.push((Part::Rows(self.account(&covered, &problems)), Vec::new()));
        }
        (read.uploads <= UPLOADS_HELD_MAX).then_some(read)
    }

    /// Hands over the rows of a unit of many uploads as they are read. An archive may hold a million.
    fn large_unit(
        &self,
        unit: &Unit,
        pool: &rayon::ThreadPool,
        take: &mut dyn FnMut(UnitRows<'r>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let (give, taken) = std::sync::mpsc::sync_channel::<UnitRows<'r>>(1);
        std::thread::scope(|scope| {
            scope.spawn(move || pool.install(|| self.read_in_batches(unit, &give)));
            // Nothing is sent any more to one who has gone, so that the reader ends.
            taken.into_iter().try_for_each(take)
        })
    }

    /// Works on as many uploads at a time as keep all workers busy. Where nobody takes their rows any more, the rest is
    /// only listed.
    fn read_in_batches(&self, unit: &Unit, give: &std::sync::mpsc::SyncSender<UnitRows<'r>>) {
        let together = self.settings.jobs.max(1) * UPLOADS_PER_JOB;
        let probe = |document: &source::Document| probe(document, self.settings);
        let (mut batch, mut own, mut wanted, mut covered) = (Vec::with_capacity(together), Vec::new(), true, Covered::default());
        let mut read = |batch: &mut Vec<Upload>, own: &mut Vec<Problem>| {
            if !wanted {
                return batch.clear();
            }
            let told = |upload: Upload| {
                let mut problems = Vec::new();
                (self.upload(upload, &mut problems), problems)
            };
            let (uploads, files) = (batch.len() as u64, batch.iter().map(|upload| upload.documents.len() as u64).sum());
            let mut read = UnitRows { uploads, files, ..UnitRows::default() };
            for (rows, problems) in batch.par_drain(..).map(told).collect::<Vec<_>>() {
                read.told.push((Part::Rows(rows), Vec::new()));
                own.extend(problems);
            }
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
        let told = vec![(Part::Rows(self.account(&covered, &problems)), Vec::new())];
        let _ = give.send(UnitRows { problems, told, ..UnitRows::default() });
    }
}
