//! The pipeline told on one page: paths → uploads → documents → marks → session → attempts →
//! verdicts → rows.
//!
//! Uploads run in parallel; what has state is a fold over the sparse marks of one upload. Output is
//! in the order of uploads whatever the number of threads.

use crate::attempt::outcome::{Limits, ending};
use crate::attempt::{self, Attempt};
use crate::cause::incident::Incident;
use crate::cause::{self, incident, predicate, receipt, row};
use crate::event::EventRow;
use crate::format::stamp::{Stamp, Zone};
use crate::format::{GRAMMARS, detect as detection};
use crate::profile::syntax::{AppKind, Join};
use crate::profile::{ProfileError, Profiles};
use crate::redact::{Door, Key};
use crate::scan::{Counts, LINE_MAX_BYTES, Scanner, scan};
use crate::session::{self, Session, metadata};
use crate::settings::Settings;
use crate::source::{self, Problem, ProblemKind, Unit, Upload};
use crate::taxonomy::{Kind, Outcome};
use rayon::prelude::*;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Mutex;

/// Units (files, directories or archives) that are worked on together, per worker.
const UNITS_PER_JOB: usize = 16;
/// Bytes at a document's end that the grouping of uploads looks at.
const PROBE_TAIL_BYTES: u64 = 64 * 1024;

/// Bytes of text that [`cat`] reads at a time.
const PIECE_STEP_BYTES: usize = 64 << 10;

/// Hears how far the work is.
pub trait Progress: Sync {
    /// How many bytes there are.
    fn total(&self, bytes: u64);
    /// That this many more were read, and of which upload.
    fn advance(&self, bytes: u64, upload: &str);
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
/// What the sink says, or that no thread pool could be made.
pub fn analyze(
    paths: &[PathBuf],
    settings: &Settings,
    profiles: &Profiles,
    key: &Key,
    progress: &dyn Progress,
    sink: &mut dyn FnMut(Vec<EventRow>) -> anyhow::Result<()>,
) -> anyhow::Result<Summary> {
    let collected = source::collect(paths, &settings.source);
    progress.total(collected.bytes);
    let mut summary = Summary::default();
    summary.add_problems(collected.problems);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(settings.jobs.max(1)).build()?;
    let reader = Reader {
        settings,
        scanner: Scanner::new(profiles),
        rules: profiles.version(),
        door: Door::new(settings.redact, key.clone()),
        progress,
    };
    for units in collected.units.chunks(settings.jobs.max(1) * UNITS_PER_JOB) {
        let read: Vec<UnitRows> = pool.install(|| units.par_iter().map(|unit| reader.unit(unit)).collect());
        for unit in read {
            summary.uploads += unit.uploads;
            summary.files += unit.files;
            summary.add_problems(unit.problems);
            if !unit.rows.is_empty() {
                sink(unit.rows)?;
            }
        }
    }
    Ok(summary)
}

impl Summary {
    fn add_problems(&mut self, problems: Vec<Problem>) {
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

impl Reader<'_> {
    fn unit(&self, unit: &Unit) -> UnitRows {
        let mut read = UnitRows::default();
        let probe = |document: &source::Document| probe(document, self.settings);
        let mut rows = Vec::new();
        let mut own = Vec::new();
        let problems = source::open(unit, &self.settings.source, &probe, &mut |upload| {
            let told = self.upload(&upload, &mut own);
            read.uploads += 1;
            read.files += upload.documents.len() as u64;
            rows.extend(told);
        });
        read.problems.extend(problems);
        read.problems.extend(own);
        read.rows = rows;
        read
    }

    /// collect → read → assemble → reconstruct → judge → rows.
    fn upload(&self, upload: &Upload, problems: &mut Vec<Problem>) -> Vec<EventRow> {
        let mut scanned = self.documents(upload, problems);
        let facts = self.metadata(upload, &mut scanned.members, problems);
        let zone = self.settings.time_zone;
        let session = session::assemble(self.scanner.profiles, scanned.documents, &facts, zone);
        let common =
            row::Common { bundle: source::bundle_id(&mut scanned.members), bundle_path: upload.path.clone(), rules: self.rules.clone() };
        let mut rows = tell(&session, self.settings, &common);
        rows.push(receipt::receipt(&session, upload, &rows, scanned.counts, scanned.partial, &common));
        drop(session);
        if self.settings.redact {
            rows.par_iter_mut().for_each(|row| {
                let open = std::mem::replace(row, EventRow::new(Kind::Message));
                *row = self.door.row(open);
            });
        }
        rows
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
            let result = scan(&mut reader, &self.scanner, self.settings.jobs, &advance);
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
                    read.documents.push(session::Document { file, name, modified_us: document.modified_us, scanned });
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

/// The documents of an upload, scanned.
#[derive(Default)]
struct Read {
    documents: Vec<session::Document>,
    counts: Counts,
    partial: bool,
    /// Name and content hash of each.
    members: Vec<(String, [u8; 32])>,
}

/// Tells a session: one row per message, action and incident, by start, key and line.
#[must_use]
pub fn tell(session: &Session<'_>, settings: &Settings, common: &row::Common) -> Vec<EventRow> {
    let attempts = attempt::assemble(session);
    let incidents = incident::incidents(session, &attempts);
    let others = predicate::Others::gather(session, &attempts);
    let mut rows: Vec<(u64, EventRow)> = Vec::new();
    for attempt in &attempts {
        let death = death_of(session, attempt, &incidents, &others);
        let limits = limits(session, attempt, settings, death.map(|d| d.mark));
        let ending = ending(attempt, &limits);
        let blamed = matches!(ending.outcome, Some(Outcome::Unsent | Outcome::Delayed));
        let verdict = blamed.then(|| cause::judge(session, attempt, &ending, &others));
        let cost = death.filter(|d| {
            ending.outcome == Some(Outcome::Unsent)
                && verdict
                    .as_ref()
                    .is_some_and(|v| v.proof == Some(d.mark) || v.rule.is_some_and(|r| r.tier == crate::profile::syntax::Tier::Death))
        });
        let line = session.marks.get(attempt.first_mark()).map_or(0, |t| t.mark.record_line);
        rows.push((line, row::message(session, attempt, &ending, verdict.as_ref(), cost, common)));
    }
    let app = only_app(session, &attempts);
    for incident in &incidents {
        rows.push((session.marks[incident.mark].mark.record_line, row::incident(session, incident, app, common)));
    }
    rows.sort_by(|(a_line, a), (b_line, b)| (a.started_at, &a.key, a_line).cmp(&(b.started_at, &b.key, b_line)));
    rows.into_iter().map(|(_, row)| row).collect()
}

/// The profile of the app whose messages an upload tells, if it is one: its incidents are that app's.
fn only_app(session: &Session<'_>, attempts: &[attempt::Attempt]) -> Option<usize> {
    let is_app = |p: &&usize| session.profiles.all[**p].file.app.kind == crate::profile::syntax::AppKind::App;
    let mut apps = attempts.iter().filter_map(|a| a.profiles.iter().find(is_app)).copied();
    let first = apps.next()?;
    apps.all(|p| p == first).then_some(first)
}

/// The incident that ended a message's process while it was open, unless the message went on later.
fn death_of<'i>(session: &Session<'_>, attempt: &Attempt, incidents: &'i [Incident], others: &predicate::Others) -> Option<&'i Incident> {
    let open = attempt.steps.iter().all(|s| s.phase != crate::taxonomy::Phase::Ack);
    let last = attempt.steps.last()?.mark;
    let ending = ending(
        attempt,
        &Limits { delayed_after_us: 0, pending_after_us: i64::MAX, log_end_us: None, logs_acks: false, lost_after: false, died: None },
    );
    let moment = predicate::Moment::new(session, attempt, &ending, others);
    let fatal = |i: &&Incident| {
        let rule = session.profiles.rule(session.marks[i.mark].mark.statement);
        matches!(i.kind, Kind::Crash | Kind::Kill | Kind::Anr | Kind::Incompatibility) && rule.is_some_and(|r| r.join == Join::Process)
    };
    let tied = |i: &&Incident| i.mark >= last && cause::candidate::in_open_interval(&moment, i.mark);
    incidents.iter().filter(fatal).filter(tied).find(|_| open)
}

fn limits(session: &Session<'_>, attempt: &Attempt, settings: &Settings, died: Option<usize>) -> Limits {
    let app = |p: &usize| &session.profiles.all[*p].file.app;
    let last = attempt.steps.last().map(|s| &session.marks[s.mark]);
    let lost_after = last.is_some_and(|timed| {
        let offset = timed.mark.cited.first().map_or(0, |c| c.offset);
        session::loss::after(&session.losses, &session.documents, timed.mark.document, offset, timed.at)
    });
    Limits {
        delayed_after_us: settings.delayed_after_ms.saturating_mul(1_000),
        pending_after_us: settings.pending_after_ms.saturating_mul(1_000),
        log_end_us: session.last_us,
        logs_acks: attempt.logs_acks.unwrap_or_else(|| attempt.profiles.iter().any(|p| app(p).logs_acks && app(p).kind != AppKind::System)),
        lost_after,
        died,
    }
}

/// What the grouping of uploads asks of a document: its time span and whose it is.
fn probe(document: &source::Document, settings: &Settings) -> source::Probe {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let limits = &settings.source.limits;
    let head = document.head(detection::DETECT_BYTES, limits).unwrap_or_default();
    let Some((grammar, _)) = detection::detect(&head).best else { return source::Probe::default() };
    let tail = document.plain_path().and_then(|path| {
        let mut file = std::fs::File::open(path).ok()?;
        let length = file.metadata().ok()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(PROBE_TAIL_BYTES))).ok()?;
        let mut bytes = Vec::new();
        file.take(PROBE_TAIL_BYTES).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    });
    let stamp = |line: &[u8]| GRAMMARS[grammar as usize].parse(line.strip_suffix(b"\r").unwrap_or(line)).and_then(|h| h.stamp);
    let utc = |s: Stamp| match s.zone {
        Zone::Offset(minutes) => s.wall_us - i64::from(minutes) * 60_000_000,
        Zone::Ambiguous(_) | Zone::Local => s.wall_us,
    };
    let first = head.split(|b| *b == b'\n').find_map(stamp);
    let last = tail.as_deref().unwrap_or(&head).split(|b| *b == b'\n').rev().find_map(stamp);
    let facts = crate::format::preamble::facts(&head);
    source::Probe {
        first_us: first.map(utc),
        last_us: last.map(utc),
        year_assumed: first.is_some_and(|s| !s.has_year),
        zone_assumed: first.is_some_and(|s| !matches!(s.zone, Zone::Offset(_))),
        device: facts.iter().find(|f| f.name == "device_model").map(|f| f.value.clone()),
        user: None,
        is_log: true,
    }
}

/// What a document was taken for.
#[derive(Clone, Debug, PartialEq)]
pub struct Detected {
    /// The document.
    pub file: String,
    /// Its upload.
    pub upload: String,
    /// Id of the form, or `unknown`.
    pub format: String,
    /// Share of its first lines that are of that form.
    pub score: f64,
    /// One sentence of reason.
    pub why: String,
    /// The second best form.
    pub runner_up: Option<(String, f64)>,
}

/// Says what each document was taken for.
///
/// # Errors
/// None at present; kept for the shape of [`analyze`].
pub fn detect(paths: &[PathBuf], settings: &Settings, _profiles: &Profiles) -> anyhow::Result<(Vec<Detected>, Summary)> {
    let collected = source::collect(paths, &settings.source);
    let mut summary = Summary::default();
    summary.add_problems(collected.problems);
    let mut all = Vec::new();
    let id = |g: u8| GRAMMARS[g as usize].info().id.to_owned();
    for unit in &collected.units {
        let found = Mutex::new(Vec::new());
        let problems = source::open(unit, &settings.source, &|d| probe(d, settings), &mut |upload| {
            summary.uploads += 1;
            for document in &upload.documents {
                let head = document.head(detection::DETECT_BYTES, &settings.source.limits).unwrap_or_default();
                let detected = detection::detect(&head);
                let mut found = found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                found.push(Detected {
                    file: document.file.clone(),
                    upload: upload.path.clone(),
                    format: detected.best.map_or_else(|| "unknown".to_owned(), |(g, _)| id(g)),
                    score: detected.best.map_or(0.0, |(_, s)| s),
                    why: detected.why,
                    runner_up: detected.runner_up.map(|(g, s)| (id(g), s)),
                });
            }
        });
        summary.add_problems(problems);
        all.extend(found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
    summary.files = all.len() as u64;
    Ok((all, summary))
}

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
fn pieces(reader: &mut source::Reader, sink: &mut dyn FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<bool> {
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

/// Runs every `[[case]]` of the profiles through all stages.
#[must_use]
pub fn check_cases(profiles: &Profiles) -> Vec<ProfileError> {
    let reader = Scanner::new(profiles);
    let settings = Settings { redact: false, ..Settings::default() };
    let mut problems = Vec::new();
    for profile in &profiles.all {
        for case in &profile.file.case {
            let Ok(scanned) = scan(&mut case.log.as_bytes(), &reader, 1, &|_| {}) else { continue };
            let document = session::Document { file: "case".into(), name: "case".into(), modified_us: Some(0), scanned };
            let session = session::assemble(profiles, vec![document], &[], None);
            let common = row::Common { bundle: "case".into(), bundle_path: "case".into(), rules: String::new() };
            let rows = tell(&session, &settings, &common);
            if let Some(what) = differs(&case.expect, &rows) {
                problems.push(profile.error_at_text_of_case(&case.name, &what));
            }
        }
    }
    problems
}

fn differs(expect: &crate::profile::syntax::Expect, rows: &[EventRow]) -> Option<String> {
    let messages: Vec<&EventRow> = rows.iter().filter(|r| r.kind == Kind::Message).collect();
    if let Some(wanted) = expect.attempts
        && wanted != messages.len()
    {
        return Some(format!("expected {wanted} messages, found {}", messages.len()));
    }
    let subject = messages.iter().find(|r| r.outcome == Some(Outcome::Unsent)).or(messages.first());
    let (outcome, cause) = (subject.and_then(|r| r.outcome), subject.and_then(|r| r.cause));
    if expect.outcome.is_some() && expect.outcome != outcome {
        return Some(format!("expected the outcome {:?}, found {outcome:?}", expect.outcome));
    }
    if expect.cause.is_some() && expect.cause != cause {
        return Some(format!("expected the cause {:?}, found {cause:?}", expect.cause));
    }
    let cited: Vec<u64> = subject.and_then(|r| r.evidence.as_ref()).into_iter().flatten().map(|e| e.line).collect();
    let missing = expect.evidence_lines.iter().find(|l| !cited.contains(l))?;
    Some(format!("expected line {missing} as evidence, found {cited:?}"))
}
