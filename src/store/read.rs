//! Rows out of a store: what comes in are a table, weeks and the columns that are needed, what goes out are rows, part
//! by part, so that memory is that of some row groups.

use super::commit::{Commit, Part, Table};
use super::layout::Store;
use super::unframe::{each as each_row, rows};
use super::week::Week;
use crate::event::EventRow;
use crate::taxonomy::Kind;
use anyhow::Context;
use polars::prelude::{DataFrame, ParquetReader, SerReader};
use std::fs::File;
use std::sync::mpsc::sync_channel;
use std::thread;

/// Rows that are read together.
const ROWS_PER_READ: usize = 32_768;
/// Frames that wait to be taken.
const FRAMES_AHEAD: usize = 2;

/// Reads the rows of a table that stand in some weeks; `None` reads all weeks, no columns read all columns.
///
/// # Errors
/// A part that is missing or damaged, or what the sink says.
pub fn read(
    store: &Store,
    commits: &[Commit],
    table: Table,
    weeks: impl Fn(Week) -> bool,
    columns: &[&str],
    sink: &mut dyn FnMut(Week, Vec<EventRow>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for part in commits.iter().flat_map(|c| &c.parts).filter(|p| p.table == table) {
        let week = part.week().with_context(|| format!("{}: `{}` is not a week", part.path, part.week))?;
        if weeks(week) {
            read_part(store, part, columns, &mut |rows| sink(week, rows))?;
        }
    }
    Ok(())
}

/// Hands the rows over one by one, in a row that is used again: see [`each_row`]; with each comes its number, from 0,
/// which depends on table and weeks alone. The next rows are decoded meanwhile.
///
/// # Errors
/// As [`read`].
pub fn each(
    store: &Store,
    commits: &[Commit],
    table: Table,
    weeks: impl Fn(Week) -> bool,
    columns: &[&str],
    sink: &mut dyn FnMut(&EventRow, usize) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let parts: Vec<&Part> = commits.iter().flat_map(|c| &c.parts).filter(|p| p.table == table && p.week().is_some_and(&weeks)).collect();
    thread::scope(|scope| {
        let (ahead, frames) = sync_channel(FRAMES_AHEAD);
        let decoder = scope.spawn(move || {
            for part in parts {
                let mut hand_over = |frame| ahead.send((part, frame)).map_err(|_| anyhow::anyhow!("the reader stopped"));
                self::frames(store, part, columns, &mut hand_over)?;
            }
            Ok(())
        });
        let (mut row, mut number, mut last): (_, _, Option<&str>) = (EventRow::new(Kind::Message), 0, None);
        for (part, frame) in frames {
            // Columns that one part lacks are not those of the part before.
            if last != Some(part.path.as_str()) {
                (row, last) = (EventRow::new(Kind::Message), Some(part.path.as_str()));
            }
            let mut told = Ok(());
            let read = each_row(&frame, &mut row, &mut |row| {
                number += 1;
                told = sink(row, number - 1);
                if told.is_err() { Err(anyhow::anyhow!("the sink stopped")) } else { Ok(()) }
            });
            told?;
            read.with_context(|| damaged(store, part))?;
        }
        decoder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Reads one part.
///
/// # Errors
/// As [`read`].
pub fn read_part(
    store: &Store,
    part: &Part,
    columns: &[&str],
    sink: &mut dyn FnMut(Vec<EventRow>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    frames(store, part, columns, &mut |frame| sink(rows(&frame)?))
}

/// The frames of a part, one after the other.
fn frames(store: &Store, part: &Part, columns: &[&str], sink: &mut dyn FnMut(DataFrame) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let damaged = || damaged(store, part);
    let path = store.part(&part.path).with_context(damaged)?;
    let mut from = 0;
    let total = usize::try_from(part.rows).unwrap_or(usize::MAX);
    while from < total {
        let file = File::open(&path).with_context(damaged)?;
        let names = (!columns.is_empty()).then(|| columns.iter().map(|c| (*c).to_owned()).collect());
        let length = ROWS_PER_READ.min(total - from);
        let frame = ParquetReader::new(file).with_columns(names).with_slice(Some((from, length))).finish().with_context(damaged)?;
        if frame.height() == 0 {
            anyhow::bail!("{}: it has {from} rows, its commit says {total}", part.path);
        }
        from += frame.height();
        sink(frame).with_context(damaged)?;
    }
    Ok(())
}

fn damaged(store: &Store, part: &Part) -> String {
    let (path, store) = (&part.path, store.name());
    format!("{store}/{path}: the part is missing or damaged; `whyunsent store verify --store {store}` says more")
}

/// The weeks that a store has, oldest first.
#[must_use]
pub fn weeks(commits: &[Commit]) -> Vec<Week> {
    let mut all: Vec<Week> = commits.iter().flat_map(|c| &c.parts).filter_map(Part::week).collect();
    all.sort_unstable();
    all.dedup();
    all
}
