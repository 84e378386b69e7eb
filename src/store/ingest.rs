//! Rows as they come -> the store: each upload once, whatever the order of runs and however often one was stopped. New
//! uploads are published in batches, so that a run that is stopped loses little; uploads that
//! are judged anew replace their old rows in one commit at the end.

use super::batch::Batch;
use super::commit::{Commit, Table, tidy};
use super::layout::{Lock, Store};
use super::read::read;
use crate::event::EventRow;
use crate::taxonomy::Kind;
use std::collections::HashSet;

/// Uploads that are published together.
pub const UPLOADS_PER_COMMIT: u64 = 1_000;

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Uploads that are new.
    pub uploads: u64,
    /// Their messages, actions and incidents.
    pub events: u64,
    /// Uploads that were there already, or came twice.
    pub known: u64,
    /// Uploads that were judged anew.
    pub rejudged: u64,
    /// Commits that were published.
    pub commits: u64,
}

/// How a run adds uploads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct How {
    /// Whether uploads that are in the store are judged anew.
    pub rejudge: bool,
    /// Uploads that are published together.
    pub uploads_per_commit: u64,
    /// From when on an acknowledgement is late.
    pub delayed_after_ms: i64,
    /// From when on silence is a failure.
    pub pending_after_ms: i64,
}

/// A run that adds uploads to a store.
#[derive(Debug)]
pub struct Ingest<'s> {
    store: &'s Store,
    batch: Batch<'s>,
    /// Behind the batch: what a run that fails leaves of it is removed before the next run may begin.
    _lock: Lock,
    /// Uploads that are in the store.
    stored: HashSet<String>,
    /// Uploads that came in this run.
    seen: HashSet<String>,
    how: How,
    added: Added,
    /// Rows of an upload whose receipt has not come yet.
    open: Vec<EventRow>,
}

impl<'s> Ingest<'s> {
    /// Begins a run, which holds the lock of the store until its end.
    ///
    /// # Errors
    /// That the store cannot be read or tidied.
    pub fn new(store: &'s Store, lock: Lock, how: How) -> anyhow::Result<Self> {
        tidy(store)?;
        let mut stored = HashSet::new();
        read(store, &store.commits()?, Table::Uploads, |_| true, &["bundle", "kind"], &mut |_, rows| {
            stored.extend(rows.into_iter().map(|row| row.bundle));
            Ok(())
        })?;
        let (added, open, seen) = (Added::default(), Vec::new(), HashSet::new());
        Ok(Self { store, _lock: lock, batch: Batch::new(store), stored, seen, how, added, open })
    }

    /// Takes rows; those of an upload must be contiguous and end with its receipt.
    ///
    /// # Errors
    /// That the store cannot be written; what was published before stays.
    pub fn add(&mut self, rows: Vec<EventRow>) -> anyhow::Result<()> {
        for row in rows {
            let is_last = row.kind == Kind::Upload;
            self.open.push(row);
            if is_last {
                let upload = std::mem::take(&mut self.open);
                self.add_upload(upload)?;
            }
        }
        Ok(())
    }

    fn add_upload(&mut self, rows: Vec<EventRow>) -> anyhow::Result<()> {
        let Some(bundle) = rows.first().map(|row| row.bundle.clone()) else { return Ok(()) };
        let stored = self.stored.contains(&bundle);
        if !self.seen.insert(bundle) || (stored && !self.how.rejudge) {
            self.added.known += 1;
            return Ok(());
        }
        if stored {
            self.added.rejudged += 1;
        } else {
            self.added.uploads += 1;
        }
        self.added.events += rows.iter().filter(|row| Table::of(row.kind) == Table::Events).count() as u64;
        self.batch.add(rows)?;
        if !self.how.rejudge && self.batch.uploads() >= self.how.uploads_per_commit {
            self.publish(Vec::new())?;
        }
        Ok(())
    }

    fn publish(&mut self, replaces: Vec<String>) -> anyhow::Result<()> {
        let batch = std::mem::replace(&mut self.batch, Batch::new(self.store));
        let published = batch.commit(self.how.delayed_after_ms, self.how.pending_after_ms, replaces)?;
        self.added.commits += u64::from(published.is_some());
        Ok(())
    }

    /// Publishes what is left.
    ///
    /// # Errors
    /// As [`Ingest::add`].
    pub fn finish(mut self) -> anyhow::Result<Added> {
        let replaced = if self.added.rejudged > 0 { self.keep_the_others()? } else { Vec::new() };
        self.publish(replaced.into_iter().map(|c| c.batch).collect())?;
        Ok(self.added)
    }

    /// Takes over the uploads that were not judged anew, from the batches with some that were.
    fn keep_the_others(&mut self) -> anyhow::Result<Vec<Commit>> {
        let mut affected = Vec::new();
        for commit in self.store.commits()? {
            let one = std::slice::from_ref(&commit);
            let mut has = false;
            read(self.store, one, Table::Uploads, |_| true, &["bundle", "kind"], &mut |_, rows| {
                has |= rows.iter().any(|row| self.seen.contains(&row.bundle));
                Ok(())
            })?;
            if has {
                affected.push(commit);
            }
        }
        let (batch, seen) = (&mut self.batch, &self.seen);
        for table in Table::ALL {
            read(self.store, &affected, table, |_| true, &[], &mut |week, mut rows| {
                rows.retain(|row| !seen.contains(&row.bundle));
                batch.keep(table, week, rows)
            })?;
        }
        Ok(affected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Micros;
    use crate::store::care::{Forget, Forgotten, compact, forget, stats, verify};
    use crate::taxonomy::Outcome;
    use chrono_tz::Tz;
    use std::path::Path;

    const DAY_US: i64 = 86_400_000_000;
    /// 2026-11-16, a Monday.
    const MONDAY_US: i64 = 1_794_787_200_000_000;

    fn upload(bundle: &str, user: &str, days: &[i64]) -> Vec<EventRow> {
        let mut rows: Vec<EventRow> = days
            .iter()
            .map(|day| {
                let mut row = EventRow::new(Kind::Message);
                (row.bundle, row.user, row.outcome) = (bundle.into(), Some(user.into()), Some(Outcome::Unsent));
                (row.started_at, row.message_id) = (Some(Micros(MONDAY_US + day * DAY_US)), Some(format!("{bundle}{day}")));
                row
            })
            .collect();
        let mut receipt = EventRow::new(Kind::Upload);
        (receipt.bundle, receipt.user) = (bundle.into(), Some(user.into()));
        receipt.last_at = days.last().map(|day| Micros(MONDAY_US + day * DAY_US));
        let n = Some(i64::try_from(days.len()).unwrap());
        (receipt.sent, receipt.delayed, receipt.unsent, receipt.pending, receipt.incidents) = (Some(0), Some(0), n, Some(0), Some(0));
        rows.push(receipt);
        rows
    }

    fn ingest(root: &Path, uploads: &[Vec<EventRow>], rejudge: bool) -> (Store, Added) {
        let store = Store::open(root).or_else(|_| Store::create(root, Tz::UTC, None)).unwrap();
        let lock = Store::lock(store.root(), || {}).unwrap();
        let how = How { rejudge, uploads_per_commit: UPLOADS_PER_COMMIT, delayed_after_ms: 5_000, pending_after_ms: 600_000 };
        let mut run = Ingest::new(&store, lock, how).unwrap();
        for rows in uploads {
            run.add(rows.clone()).unwrap();
        }
        let added = run.finish().unwrap();
        (store, added)
    }

    fn content(store: &Store) -> Vec<String> {
        let mut found = Vec::new();
        for table in Table::ALL {
            read(store, &store.commits().unwrap(), table, |_| true, &[], &mut |week, rows| {
                found.extend(rows.iter().map(|row| format!("{week} {:?}", row.cells())));
                Ok(())
            })
            .unwrap();
        }
        found.sort();
        found
    }

    #[test]
    fn each_upload_is_there_once_in_the_weeks_of_its_messages_whatever_the_runs() {
        let dir = tempfile::tempdir().unwrap();
        let all = [upload("a", "u", &[0, 1, 8]), upload("b", "v", &[2]), upload("c", "u", &[-1])];
        let (once, added) = ingest(&dir.path().join("1"), &all, false);
        assert_eq!((added.uploads, added.events, added.known, added.commits), (3, 5, 0, 1));
        let weeks: Vec<(String, u64, u64)> =
            stats(&once.commits().unwrap()).weeks.iter().map(|(w, s)| (w.to_string(), s.events, s.uploads)).collect();
        assert_eq!(weeks, [("2026-W46".into(), 1, 1), ("2026-W47".into(), 3, 1), ("2026-W48".into(), 1, 1)]);
        let root = dir.path().join("2");
        ingest(&root, &all[2..], false);
        ingest(&root, &all[..1], false);
        let (parts, added) = ingest(&root, &all, false);
        assert_eq!((added.uploads, added.known), (1, 2));
        assert_eq!(content(&once), content(&parts));
        assert!(verify(&parts).unwrap().is_empty());
        assert_eq!(compact(&parts).unwrap(), 3);
        assert_eq!((content(&once), parts.commits().unwrap().len()), (content(&parts), 1));
        assert!(verify(&parts).unwrap().is_empty());
    }

    #[test]
    fn what_is_judged_anew_takes_the_place_of_its_old_rows_and_of_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let all = [upload("a", "u", &[0, 1]), upload("b", "v", &[2])];
        let (_, _) = ingest(dir.path(), &all, false);
        let mut judged = upload("a", "u", &[0, 1]);
        for row in &mut judged[..2] {
            row.outcome = Some(Outcome::Sent);
        }
        (judged[2].sent, judged[2].unsent) = (Some(2), Some(0));
        let (store, added) = ingest(dir.path(), &[judged.clone()], true);
        assert_eq!((added.rejudged, added.uploads, store.commits().unwrap().len()), (1, 0, 1));
        let (fresh, _) = ingest(&dir.path().join("fresh"), &[judged, all[1].clone()], false);
        assert_eq!(content(&store), content(&fresh));
        assert!(verify(&store).unwrap().is_empty());
    }

    #[test]
    fn a_user_and_a_time_are_forgotten_to_the_last_byte() {
        let dir = tempfile::tempdir().unwrap();
        let all = [upload("a", "secretuser", &[0, 8]), upload("b", "v", &[1, 8]), upload("c", "v", &[-7])];
        let (store, _) = ingest(dir.path(), &all, false);
        assert_eq!(forget(&store, &Forget::User(vec!["secretuser".into()])).unwrap(), Forgotten { events: 2, uploads: 1 });
        assert!(verify(&store).unwrap().is_empty());
        assert_eq!(forget(&store, &Forget::Before(MONDAY_US + 7 * DAY_US)).unwrap(), Forgotten { events: 2, uploads: 1 });
        assert!(verify(&store).unwrap().is_empty());
        assert_eq!(content(&store).len(), 2);
        assert_eq!(forget(&store, &Forget::User(vec!["nobody".into()])).unwrap(), Forgotten::default());
        for path in crate::store::commit::entries(&store.batches_dir()).unwrap() {
            assert!(store.commits().unwrap().iter().any(|c| path.ends_with(&c.batch)), "{} is left", path.display());
        }
    }

    #[test]
    fn damage_is_found_and_named() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = ingest(dir.path(), &[upload("a", "u", &[0])], false);
        let commit = store.commits().unwrap().remove(0);
        let path = dir.path().join(&commit.parts[0].path);
        let mut text = std::fs::read(&path).unwrap();
        text[20] ^= 1;
        std::fs::write(&path, &text).unwrap();
        assert!(verify(&store).unwrap()[0].contains("not those that were written"), "{:?}", verify(&store));
        std::fs::remove_file(&path).unwrap();
        assert!(verify(&store).unwrap()[0].contains("part-00000.parquet"));
        std::fs::create_dir_all(store.batches_dir().join("0123")).unwrap();
        assert!(verify(&store).unwrap().iter().any(|w| w.contains("0123 has no commit")));
        tidy(&store).unwrap();
        assert!(!store.batches_dir().join("0123").exists());
    }
}
