//! Care of a store: what comes in is a store, what goes out is what is in it, what is wrong with it, or a store without
//! what was to be forgotten. Whatever rewrites does so as one new batch that replaces old ones.

use super::batch::Batch;
use super::commit::{Commit, Part, Table, entries, tidy};
use super::layout::Store;
use super::read::{read, read_part, weeks};
use super::week::Week;
use crate::event::EventRow;
use crate::taxonomy::{Kind, Outcome};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;

/// What is in a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Batches.
    pub batches: u64,
    /// Part files, rows and bytes of each week, oldest first.
    pub weeks: Vec<(Week, WeekStats)>,
}

/// What is in a week of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeekStats {
    /// Rows of events.
    pub events: u64,
    /// Receipts of uploads.
    pub uploads: u64,
    /// Neighbourhoods of messages.
    pub neighbourhoods: u64,
    /// Part files.
    pub parts: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Counts what the commits name; no part is read.
#[must_use]
pub fn stats(commits: &[Commit]) -> Stats {
    let mut by_week: BTreeMap<Week, WeekStats> = weeks(commits).into_iter().map(|week| (week, WeekStats::default())).collect();
    for part in commits.iter().flat_map(|c| &c.parts) {
        let Some(week) = part.week().and_then(|week| by_week.get_mut(&week)) else { continue };
        match part.table {
            Table::Events => week.events += part.rows,
            Table::Uploads => week.uploads += part.rows,
            Table::Neighbourhoods => week.neighbourhoods += part.rows,
        }
        week.parts += 1;
        week.bytes += part.bytes;
    }
    Stats { batches: commits.len() as u64, weeks: by_week.into_iter().collect() }
}

/// What is wrong with a store, one sentence each: parts that are missing, damaged or of another size, uploads that are
/// there twice, receipts that do not agree with their rows, leftovers.
///
/// # Errors
/// A commit that cannot be read.
pub fn verify(store: &Store) -> anyhow::Result<Vec<String>> {
    let commits = store.commits()?;
    let mut wrong = Vec::new();
    let mut of_upload: HashMap<String, [i64; 5]> = HashMap::new();
    let mut receipts: HashMap<String, ([i64; 5], u64)> = HashMap::new();
    for part in commits.iter().flat_map(|c| &c.parts) {
        if let Some(found) = check_part(store, part) {
            wrong.push(found);
            continue;
        }
        let columns = ["bundle", "kind", "outcome", "sent", "delayed", "unsent", "pending", "incidents"];
        let read = read_part(store, part, &columns, &mut |rows| {
            for row in rows {
                count(row, &mut of_upload, &mut receipts);
            }
            Ok(())
        });
        if let Err(error) = read {
            wrong.push(format!("{error:#}"));
        }
    }
    for (bundle, (_, times)) in receipts.iter().filter(|(_, (_, times))| *times > 1) {
        wrong.push(format!("upload {bundle} is there {times} times"));
    }
    let none = ([0; 5], 0);
    let bundles: BTreeSet<&String> = of_upload.keys().chain(receipts.keys()).collect();
    for bundle in bundles {
        let (rows, (receipt, times)) = (of_upload.get(bundle).unwrap_or(&none.0), receipts.get(bundle).unwrap_or(&none));
        if *times == 0 {
            wrong.push(format!("upload {bundle} has rows and no receipt"));
        } else if rows != receipt {
            wrong.push(format!(
                "upload {bundle}: its receipt counts {receipt:?} sent, delayed, unsent, pending and incidents, its rows {rows:?}"
            ));
        }
    }
    wrong.sort();
    wrong.extend(leftovers(store)?);
    Ok(wrong)
}

fn check_part(store: &Store, part: &Part) -> Option<String> {
    match store.part(&part.path).and_then(|path| Ok(fs::read(path)?)) {
        Err(error) => Some(format!("{}: {error:#}", part.path)),
        Ok(text) if text.len() as u64 != part.bytes => Some(format!("{}: {} bytes, its commit says {}", part.path, text.len(), part.bytes)),
        Ok(text) if part.hash.as_ref().is_some_and(|hash| blake3::hash(&text).to_hex()[..16] != **hash) => {
            Some(format!("{}: its bytes are not those that were written", part.path))
        }
        Ok(_) => None,
    }
}

/// Places of counts: sent, delayed, unsent, pending, incidents.
const INCIDENTS: usize = 4;

fn place(row: &EventRow) -> Option<usize> {
    match (row.kind, row.outcome) {
        (Kind::Message, Some(Outcome::Sent)) => Some(0),
        (Kind::Message, Some(Outcome::Delayed)) => Some(1),
        (Kind::Message, Some(Outcome::Unsent)) => Some(2),
        (Kind::Message, Some(Outcome::Pending)) => Some(3),
        (Kind::Message | Kind::Action | Kind::Neighbourhood | Kind::Upload, _) => None,
        (Kind::Crash | Kind::Anr | Kind::Kill | Kind::NotificationMissed | Kind::Incompatibility | Kind::FeatureMissing, _) => {
            Some(INCIDENTS)
        }
    }
}

fn count(row: EventRow, of_upload: &mut HashMap<String, [i64; 5]>, receipts: &mut HashMap<String, ([i64; 5], u64)>) {
    if row.kind == Kind::Upload {
        let counts = [row.sent, row.delayed, row.unsent, row.pending, row.incidents].map(|n| n.unwrap_or(0));
        let receipt = receipts.entry(row.bundle).or_insert((counts, 0));
        receipt.1 += 1;
    } else {
        let place = place(&row);
        let counts = of_upload.entry(row.bundle).or_default();
        if let Some(place) = place {
            counts[place] += 1;
        }
    }
}

/// What a run that was stopped left behind; harmless, and removed by the next that writes.
fn leftovers(store: &Store) -> anyhow::Result<Vec<String>> {
    let live: BTreeSet<String> = store.commits()?.into_iter().map(|c| c.batch).collect();
    let mut found = Vec::new();
    for path in entries(&store.batches_dir())? {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if !live.contains(name) {
            found.push(format!("batches/{name} has no commit: a run was stopped; the next `ingest` removes it"));
        }
    }
    found.sort();
    Ok(found)
}

/// What is to be forgotten.
#[derive(Clone, Debug)]
pub enum Forget {
    /// Everything of a user, by any of these spellings.
    User(Vec<String>),
    /// Everything before a moment, in µs since 1970 UTC.
    Before(i64),
}

/// Rows that were forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Messages, actions and incidents.
    pub events: u64,
    /// Uploads of which nothing is left.
    pub uploads: u64,
}

/// Rewrites the store without what is to be forgotten; the old files are removed.
///
/// # Errors
/// That the store cannot be read or written; nothing has changed then.
pub fn forget(store: &Store, what: &Forget) -> anyhow::Result<Forgotten> {
    store.must_be_writable()?;
    let _lock = Store::lock(store.root(), || {})?;
    tidy(store)?;
    let commits = store.commits()?;
    let mut forgotten = Forgotten::default();
    let whole = whole_uploads(store, &commits, what)?;
    let affected: Vec<Commit> = affected(store, &commits, what, &whole)?;
    let Some(first) = affected.first() else { return Ok(forgotten) };
    let limits = (first.delayed_after_ms, first.pending_after_ms);
    let mut batch = Batch::new(store);
    let mut removed: HashMap<String, [i64; 5]> = HashMap::new();
    read(store, &affected, Table::Events, |_| true, &[], &mut |week, rows| {
        let (gone, kept): (Vec<EventRow>, Vec<EventRow>) = rows.into_iter().partition(|row| what.takes(row, week, store, &whole));
        forgotten.events += gone.len() as u64;
        for row in gone {
            if let Some(place) = place(&row) {
                removed.entry(row.bundle).or_default()[place] += 1;
            }
        }
        batch.keep(Table::Events, week, kept)
    })?;
    read(store, &affected, Table::Uploads, |_| true, &[], &mut |week, rows| {
        let (gone, mut kept): (Vec<EventRow>, Vec<EventRow>) = rows.into_iter().partition(|row| what.takes(row, week, store, &whole));
        forgotten.uploads += gone.len() as u64;
        for row in &mut kept {
            let counts = removed.get(&row.bundle).copied().unwrap_or_default();
            let fields = [&mut row.sent, &mut row.delayed, &mut row.unsent, &mut row.pending, &mut row.incidents];
            for (field, gone) in fields.into_iter().zip(counts) {
                *field = field.map(|n| n - gone);
            }
        }
        batch.keep(Table::Uploads, week, kept)
    })?;
    read(store, &affected, Table::Neighbourhoods, |_| true, &[], &mut |week, mut rows| {
        rows.retain(|row| !what.takes(row, week, store, &whole));
        batch.keep(Table::Neighbourhoods, week, rows)
    })?;
    batch.commit(limits.0, limits.1, affected.iter().map(|c| c.batch.clone()).collect())?;
    Ok(forgotten)
}

impl Forget {
    fn takes(&self, row: &EventRow, week: Week, store: &Store, whole: &BTreeSet<String>) -> bool {
        match self {
            Forget::User(names) => whole.contains(&row.bundle) || row.user.as_ref().is_some_and(|user| names.contains(user)),
            Forget::Before(moment) => {
                let at = if row.kind == Kind::Upload { row.last_at } else { row.started_at };
                // What has no time is as old as its week.
                let week_end = || week.bounds(store.zone).map_or(i64::MAX, |(_, after)| after);
                at.map_or_else(|| week_end() <= *moment, |at| at.0 < *moment)
            }
        }
    }
}

/// Uploads that are the user's as a whole.
fn whole_uploads(store: &Store, commits: &[Commit], what: &Forget) -> anyhow::Result<BTreeSet<String>> {
    let mut whole = BTreeSet::new();
    let Forget::User(names) = what else { return Ok(whole) };
    read(store, commits, Table::Uploads, |_| true, &["bundle", "kind", "user"], &mut |_, rows| {
        let own = rows.into_iter().filter(|row| row.user.as_ref().is_some_and(|user| names.contains(user)));
        whole.extend(own.map(|row| row.bundle));
        Ok(())
    })?;
    Ok(whole)
}

/// The commits with something to forget, and those with the receipts of its uploads.
fn affected(store: &Store, commits: &[Commit], what: &Forget, whole: &BTreeSet<String>) -> anyhow::Result<Vec<Commit>> {
    let columns = ["bundle", "kind", "user", "started_at", "last_at"];
    let (mut found, mut touched) = (BTreeSet::new(), BTreeSet::new());
    let mut look = |commit: &Commit, table: Table, chosen: &mut dyn FnMut(&EventRow, Week) -> bool| {
        let one = std::slice::from_ref(commit);
        read(store, one, table, |_| true, &columns, &mut |week, rows| {
            if rows.iter().any(|row| chosen(row, week)) {
                found.insert(commit.batch.clone());
            }
            Ok(())
        })
    };
    for commit in commits {
        look(commit, Table::Events, &mut |row, week| {
            let taken = what.takes(row, week, store, whole);
            if taken {
                touched.insert(row.bundle.clone());
            }
            taken
        })?;
    }
    for commit in commits {
        look(commit, Table::Uploads, &mut |row, week| what.takes(row, week, store, whole) || touched.contains(&row.bundle))?;
    }
    Ok(commits.iter().filter(|c| found.contains(&c.batch)).cloned().collect())
}

/// Makes one batch of all of them; how many there were.
///
/// # Errors
/// That the store cannot be read or written; nothing has changed then.
pub fn compact(store: &Store) -> anyhow::Result<u64> {
    store.must_be_writable()?;
    let _lock = Store::lock(store.root(), || {})?;
    tidy(store)?;
    let commits = store.commits()?;
    let Some(first) = commits.first().filter(|_| commits.len() > 1) else { return Ok(commits.len() as u64) };
    let limits = (first.delayed_after_ms, first.pending_after_ms);
    let mut batch = Batch::new(store);
    for week in weeks(&commits) {
        for table in Table::ALL {
            read(store, &commits, table, |w| w == week, &[], &mut |week, rows| batch.keep(table, week, rows))?;
        }
    }
    batch.commit(limits.0, limits.1, commits.iter().map(|c| c.batch.clone()).collect())?;
    Ok(commits.len() as u64)
}
