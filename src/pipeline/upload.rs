//! One upload -> its rows, closed by its receipt: its documents are scanned and its session is assembled, which is what is
//! held of it; then its rows are told, a part at a time.

use super::Reader;
use super::neighbourhood::Selection;
use super::tell::Tale;
use crate::cause::{receipt, row};
use crate::event::EventRow;
use crate::scan::{Counts, scan};
use crate::session::{self, Session, metadata};
use crate::source::{self, Problem, ProblemKind, Upload};
use rayon::ThreadPool;
use std::convert::Infallible;

/// An upload that is read and not told yet. Its documents are held only for who reads them once more: they may be open files
/// and what archives hold.
pub(super) struct Untold<'r> {
    named: receipt::Named,
    path: String,
    around: Option<Upload>,
    session: Session<'r>,
    counts: Counts,
    partial: bool,
    common: row::Common,
}

impl Untold<'_> {
    /// How many marks its session has, which is what its rows will be made of.
    pub(super) const fn marks(&self) -> usize {
        self.session.marks.len()
    }

    /// The row that closes an upload, of which all others are told.
    fn receipt(&self, tale: &Tale<'_>, tally: &receipt::Tally, problems: &mut Vec<Problem>) -> EventRow {
        let Untold { named, path, session, counts, partial, common, .. } = self;
        let limits = tale.limits();
        let partial = *partial || !limits.is_empty();
        let problem = |limit| Problem::new(path, ProblemKind::Limit, limit).action("messages are told as far as they were followed");
        problems.extend(limits.into_iter().map(problem));
        receipt::receipt(session, named, tally, *counts, partial, common)
    }
}

impl<'r> Reader<'r> {
    /// All rows of an upload.
    pub(super) fn upload(&self, upload: Upload, problems: &mut Vec<Problem>) -> Vec<EventRow> {
        let untold = self.read(upload, problems);
        self.told(&untold, problems)
    }

    /// All rows of an upload that was read.
    pub(super) fn told(&self, untold: &Untold<'_>, problems: &mut Vec<Problem>) -> Vec<EventRow> {
        let mut rows: Vec<EventRow> = Vec::new();
        let Ok(()) = self.tell(untold, None, problems, &mut |part| {
            // Most uploads are one part, which need not be moved.
            if rows.is_empty() {
                rows = part;
            } else {
                rows.extend(part);
            }
            Ok::<(), Infallible>(())
        });
        rows
    }

    /// Reads an upload.
    pub(super) fn read(&self, upload: Upload, problems: &mut Vec<Problem>) -> Untold<'r> {
        let mut scanned = self.documents(&upload, problems);
        let facts = self.metadata(&upload, &mut scanned.members, problems);
        let session = session::assemble(self.scanner.profiles, scanned.documents, &facts, self.settings.time_zone);
        let common = row::Common {
            bundle: source::bundle_id(&mut scanned.members),
            bundle_path: upload.path.clone(),
            rules: self.rules.clone(),
            cites_sent: self.settings.cites_sent,
        };
        let named = receipt::Named { upload: upload.name.clone(), files: upload.documents.len() };
        let (path, around) = (upload.path.clone(), Some(upload).filter(|_| self.settings.looks_around));
        Untold { named, path, around, session, counts: scanned.counts, partial: scanned.partial, common }
    }

    /// Tells an upload: hands its rows over, redacted if the settings say so, and the receipt behind them. They are made by the
    /// workers of the pool, where one is given.
    ///
    /// # Errors
    /// What the one who takes them says.
    pub(super) fn tell<E: Send>(
        &self,
        untold: &Untold<'_>,
        pool: Option<&ThreadPool>,
        problems: &mut Vec<Problem>,
        give: &mut dyn FnMut(Vec<EventRow>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Untold { session, common, around, .. } = untold;
        let tale = on(pool, || Tale::of(session));
        let mut rows = on(pool, || tale.rows(self.settings, common));
        let mut tally = receipt::Tally::default();
        if let Some(upload) = around {
            let mut rows: Vec<EventRow> = on(pool, || rows.flatten().collect());
            tally.add(&rows);
            let selected = Selection::of(&rows, session);
            rows = on(pool, || self.door.rows(rows));
            let near = on(pool, || selected.read(self, upload, session, &rows));
            rows.extend(near);
            rows.push(self.door.row(untold.receipt(&tale, &tally, problems)));
            return give(rows);
        }
        let mut limits = Vec::new();
        let mut next = || {
            let mut part = rows.next()?;
            tally.add(&part);
            if rows.is_done() {
                part.push(untold.receipt(&tale, &tally, &mut limits));
            }
            Some(self.door.rows(part))
        };
        let mut part = on(pool, &mut next);
        while let Some(told) = part {
            let given;
            (part, given) = beside(pool, &mut next, || give(told));
            given?;
        }
        problems.extend(limits);
        Ok(())
    }

    /// Its documents, scanned.
    pub(super) fn documents(&self, upload: &Upload, problems: &mut Vec<Problem>) -> Read {
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
            let mut stoppable = Stoppable { reader: &mut reader, work: self };
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

/// Works where the pool is, if there is one.
fn on<T: Send>(pool: Option<&ThreadPool>, work: impl FnOnce() -> T + Send) -> T {
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// Works where the pool is and meanwhile here, if there is a pool with workers to spare.
fn beside<T: Send, U>(pool: Option<&ThreadPool>, work: impl FnOnce() -> T + Send, here: impl FnOnce() -> U) -> (T, U) {
    let Some(pool) = pool.filter(|pool| pool.current_num_threads() > 1) else {
        let done = here();
        return (on(pool, work), done);
    };
    let mut worked = None;
    let done = pool.in_place_scope(|scope| {
        scope.spawn(|_| worked = Some(work()));
        here()
    });
    (worked.expect("a scope waits for its work"), done)
}

/// A document that ends where the work is stopped.
struct Stoppable<'s, 'r> {
    reader: &'s mut source::Reader,
    work: &'s Reader<'r>,
}

impl std::io::Read for Stoppable<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.work.is_stopped() { Ok(0) } else { self.reader.read(out) }
    }
}

/// The documents of an upload, scanned.
#[derive(Default)]
pub(super) struct Read {
    pub(super) documents: Vec<session::Document>,
    pub(super) counts: Counts,
    partial: bool,
    /// Name and content hash of each.
    members: Vec<(String, [u8; 32])>,
}
