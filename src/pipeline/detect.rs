//! What each document was taken for, and what the grouping of uploads asks of it.

use super::Summary;
use crate::format::stamp::{Stamp, Zone};
use crate::format::{GRAMMARS, detect as detection};
use crate::profile::Profiles;
use crate::settings::Settings;
use crate::source;
use std::path::PathBuf;
use std::sync::Mutex;

/// Bytes at a document's end that the grouping of uploads looks at.
const PROBE_TAIL_BYTES: u64 = 64 * 1024;

/// What the grouping of uploads asks of a document: its time span and whose it is.
pub(super) fn probe(document: &source::Document, settings: &Settings) -> source::Probe {
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
/// None at present; kept for the shape of [`analyze`](super::analyze).
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
