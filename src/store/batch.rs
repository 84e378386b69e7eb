//! Rows -> a batch: what comes in are the rows of whole uploads, what goes out are part files by table and week and the
//! commit that publishes them. Until then nothing of it exists for readers.
//!
//! Rows are held until they are about [`HELD_BYTES_MAX`], then written as one more part of each week.

use super::commit::{Commit, Part, Table};
use super::frame::{frame, schema};
use super::layout::{FORMAT, Store, sync_dir};
use super::week::Week;
use crate::event::{EventRow, Near};
use crate::taxonomy::Kind;
use anyhow::Context;
use chrono::Utc;
use polars::prelude::{ParquetCompression, ParquetWriter};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// Bytes of rows that are held until they are written.
pub const HELD_BYTES_MAX: usize = 96 << 20;
/// What a row takes without the lines that it cites.
const ROW_BYTES: usize = 1_200;
/// Rows of a row group.
const ROWS_PER_GROUP: usize = 32_768;

/// A batch that is being written.
#[derive(Debug)]
pub struct Batch<'s> {
    store: &'s Store,
    draft: PathBuf,
    held: BTreeMap<(Table, Week), Vec<EventRow>>,
    held_bytes: usize,
    parts: Vec<Part>,
    uploads: u64,
    rules: BTreeSet<String>,
}

impl<'s> Batch<'s> {
    /// An empty batch; the caller holds the lock.
    #[must_use]
    pub fn new(store: &'s Store) -> Self {
        let draft = store.batches_dir().join(format!(".tmp-{}", std::process::id()));
        Self { store, draft, held: BTreeMap::new(), held_bytes: 0, parts: Vec::new(), uploads: 0, rules: BTreeSet::new() }
    }

    /// Takes the rows of an upload, its receipt included.
    ///
    /// # Errors
    /// That a part cannot be written.
    pub fn add(&mut self, rows: Vec<EventRow>) -> anyhow::Result<()> {
        let weeks = weeks(&rows, self.store.zone);
        self.held_bytes += rows.iter().map(weight).sum::<usize>();
        for (row, week) in rows.into_iter().zip(weeks) {
            self.uploads += u64::from(row.kind == Kind::Upload);
            self.rules.extend(row.rules.clone());
            self.held.entry((Table::of(row.kind), week)).or_default().push(row);
        }
        if self.held_bytes >= HELD_BYTES_MAX { self.flush() } else { Ok(()) }
    }

    /// Takes rows of a table and week as they stand in the store.
    ///
    /// # Errors
    /// As [`Batch::add`].
    pub fn keep(&mut self, table: Table, week: Week, rows: Vec<EventRow>) -> anyhow::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.held_bytes += rows.iter().map(weight).sum::<usize>();
        self.uploads += rows.iter().filter(|row| row.kind == Kind::Upload).count() as u64;
        self.rules.extend(rows.iter().filter_map(|row| row.rules.clone()));
        self.held.entry((table, week)).or_default().extend(rows);
        if self.held_bytes >= HELD_BYTES_MAX { self.flush() } else { Ok(()) }
    }

    /// Uploads so far.
    #[must_use]
    pub const fn uploads(&self) -> u64 {
        self.uploads
    }

    /// Writes what is held, one part for each table and week.
    fn flush(&mut self) -> anyhow::Result<()> {
        self.held_bytes = 0;
        for ((table, week), mut rows) in std::mem::take(&mut self.held) {
            // Those of one upload together, so that what repeats in them compresses and prunes.
            rows.sort_by(|a, b| (&a.bundle, a.started_at, &a.message_id).cmp(&(&b.bundle, b.started_at, &b.message_id)));
            let number = self.parts.iter().filter(|p| p.table == table && p.week == week.to_string()).count();
            let inside = format!("{}/week={week}/part-{number:05}.parquet", table.as_str());
            let path = self.draft.join(&inside);
            write_part(&path, &rows).with_context(|| format!("cannot write to the store {}", self.store.root().display()))?;
            let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let hash = blake3::hash(&text).to_hex()[..16].to_owned();
            self.parts.push(Part {
                table,
                week: week.to_string(),
                path: inside,
                rows: rows.len() as u64,
                bytes: text.len() as u64,
                hash: Some(hash),
            });
        }
        Ok(())
    }

    /// Publishes the batch; `None` where it is empty and replaces nothing.
    ///
    /// # Errors
    /// That it cannot be written; nothing has changed then.
    pub fn commit(mut self, delayed_after_ms: i64, pending_after_ms: i64, replaces: Vec<String>) -> anyhow::Result<Option<Commit>> {
        self.flush()?;
        if self.parts.is_empty() && replaces.is_empty() {
            return Ok(None);
        }
        let mut hasher = blake3::Hasher::new();
        for part in &self.parts {
            hasher.update(part.path.as_bytes()).update(part.hash.as_deref().unwrap_or_default().as_bytes());
        }
        for batch in &replaces {
            hasher.update(batch.as_bytes());
        }
        let batch = hasher.finalize().to_hex()[..16].to_owned();
        let parts = std::mem::take(&mut self.parts);
        let placed = |part: Part| Part { path: format!("batches/{batch}/{}", part.path), ..part };
        let rules = std::mem::take(&mut self.rules).into_iter().collect();
        let parts: Vec<Part> = parts.into_iter().map(placed).collect();
        let commit = Commit {
            format: FORMAT,
            batch: batch.clone(),
            uploads: self.uploads,
            rules,
            delayed_after_ms,
            pending_after_ms,
            replaces,
            parts,
        };
        if !commit.parts.is_empty() {
            let place = self.store.batches_dir().join(&batch);
            let failed = || format!("cannot write to the store {}", self.store.root().display());
            // What a run left there that was stopped before its commit.
            if place.exists() {
                fs::remove_dir_all(&place).with_context(failed)?;
            }
            fs::rename(&self.draft, &place).with_context(failed)?;
            sync_dir(&self.store.batches_dir());
        }
        commit.publish(self.store)?;
        Ok(Some(commit))
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.draft);
    }
}

fn weight(row: &EventRow) -> usize {
    let cited = row.evidence.iter().flatten().map(|line| line.text.len() + line.file.len()).sum::<usize>();
    let near = row.near.iter().flatten().map(|n| size_of::<Near>() + n.text.len() + n.tag.len() + n.file.len()).sum::<usize>();
    ROW_BYTES + cited + near
}

/// The weeks in which the rows of an upload stand: those of messages and incidents by their beginning, the receipt and what
/// has no usable time in that in which the upload came.
#[must_use]
pub fn weeks(rows: &[EventRow], zone: chrono_tz::Tz) -> Vec<Week> {
    let received = received(rows, zone);
    let own = |row: &EventRow| row.started_at.filter(|_| row.kind != Kind::Upload).and_then(|at| Week::of(at.0, zone));
    rows.iter().map(|row| own(row).unwrap_or(received)).collect()
}

/// The week in which an upload came: that of its last line; without times, this week.
fn received(rows: &[EventRow], zone: chrono_tz::Tz) -> Week {
    let receipt = rows.iter().find(|row| row.kind == Kind::Upload);
    let last = receipt.and_then(|r| r.last_at).and_then(|at| Week::of(at.0, zone));
    let now = || Week::of(Utc::now().timestamp_micros(), zone);
    last.or_else(now).unwrap_or_else(|| "1970-W01".parse().expect("a week"))
}

fn write_part(path: &std::path::Path, rows: &[EventRow]) -> anyhow::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    let mut out = BufWriter::new(File::create(path)?);
    let mut writer = ParquetWriter::new(&mut out).with_compression(ParquetCompression::Zstd(None)).batched(&schema()?)?;
    for group in rows.chunks(ROWS_PER_GROUP) {
        writer.write_batch(&frame(group)?)?;
    }
    writer.finish()?;
    drop(writer);
    out.flush()?;
    out.get_ref().sync_all()?;
    Ok(())
}
