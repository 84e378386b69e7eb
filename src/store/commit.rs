//! Commits: one small JSON file that names every part file of a batch. A batch without its commit does not exist; a
//! commit that names others as replaced takes their place at once.

use super::layout::{Store, write_json};
use super::week::Week;
use crate::taxonomy::Kind;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A table of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Table {
    /// Messages, actions and incidents.
    Events,
    /// Receipts of uploads.
    Uploads,
    /// What stands around messages that nothing explains, and around as many that were sent.
    Neighbourhoods,
}

impl Table {
    /// Every table.
    pub const ALL: [Table; Table::Neighbourhoods as usize + 1] = [Table::Events, Table::Uploads, Table::Neighbourhoods];

    /// Where rows of a kind stand.
    #[must_use]
    pub const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Upload => Table::Uploads,
            Kind::Neighbourhood => Table::Neighbourhoods,
            Kind::Message
            | Kind::Action
            | Kind::Crash
            | Kind::Anr
            | Kind::Kill
            | Kind::NotificationMissed
            | Kind::Incompatibility
            | Kind::FeatureMissing => Table::Events,
        }
    }

    /// Its name, and that of its directory.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Table::Events => "events",
            Table::Uploads => "uploads",
            Table::Neighbourhoods => "neighbourhoods",
        }
    }
}

/// A part file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its table.
    pub table: Table,
    /// Its week, `2026-W47`.
    pub week: String,
    /// Where it is, relative to the store, with `/`.
    pub path: String,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// First 16 hex digits of the BLAKE3 hash of its bytes; none where an engine wrote it that knows no such hash.
    pub hash: Option<String>,
}

impl Part {
    /// Its week.
    #[must_use]
    pub fn week(&self) -> Option<Week> {
        self.week.parse().ok()
    }
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Version of the format.
    pub format: u32,
    /// Name of the batch: first 16 hex digits of the BLAKE3 hash of its parts' hashes and of what it replaces; a cluster job
    /// names it by the hash of its manifest.
    pub batch: String,
    /// Uploads in it.
    pub uploads: u64,
    /// Versions of the rules that judged it.
    pub rules: Vec<String>,
    /// From when on an acknowledgement was late.
    pub delayed_after_ms: i64,
    /// From when on silence was a failure.
    pub pending_after_ms: i64,
    /// Batches that it takes the place of.
    pub replaces: Vec<String>,
    /// Its part files.
    pub parts: Vec<Part>,
}

impl Commit {
    /// Publishes the commit: from now on readers see its parts, and none of those that it replaces. These are then removed.
    ///
    /// # Errors
    /// That the commit could not be written; nothing has changed then.
    pub fn publish(&self, store: &Store) -> anyhow::Result<()> {
        let path = store.commits_dir().join(format!("{}.json", self.batch));
        write_json(&path, self)?;
        tidy(store)
    }
}

/// Removes what a run that was stopped left behind: replaced commits, batches without a commit, drafts.
///
/// # Errors
/// That something cannot be removed.
pub fn tidy(store: &Store) -> anyhow::Result<()> {
    let all = store.all_commits()?;
    let replaced: BTreeSet<&String> = all.iter().flat_map(|c| &c.replaces).collect();
    for batch in &replaced {
        remove(&store.commits_dir().join(format!("{batch}.json")))?;
    }
    let live: BTreeSet<&String> = all.iter().map(|c| &c.batch).filter(|batch| !replaced.contains(batch)).collect();
    for path in entries(&store.batches_dir())? {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        if !live.contains(&name) {
            remove(&path)?;
        }
    }
    for path in entries(&store.commits_dir())? {
        if path.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with(".tmp-")) {
            remove(&path)?;
        }
    }
    Ok(())
}

/// What lies in a directory; nothing where it is missing.
pub(super) fn entries(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    match fs::read_dir(dir) {
        Ok(entries) => entries.map(|e| Ok(e?.path())).collect(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e).with_context(|| format!("cannot read {}", dir.display())),
    }
}

fn remove(path: &Path) -> anyhow::Result<()> {
    let done = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match done {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e).with_context(|| format!("cannot remove {}", path.display())),
        _ => Ok(()),
    }
}
