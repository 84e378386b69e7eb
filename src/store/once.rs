//! Which rows of messages count: uploads overlap, and of the rows of one message the one counts that knows most. What
//! comes in are the weeks that are reported and those beside them, what goes out are the numbers of rows that are left out.
//!
//! Most messages have one row. Their ids are read first and sorted as numbers, at most `IDS_MAX` at a time, and only
//! those that come twice are compared, at most `TWICE_MAX` at a time.

use super::commit::{Commit, Table};
use super::layout::Store;
use super::read::each;
use super::week::Week;
use crate::event::EventRow;
use crate::taxonomy::{Kind, Outcome};
use indexmap::IndexSet;
use rayon::slice::ParallelSliceMut;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

/// Ids that are sorted at a time: 512 MB.
const IDS_MAX: u64 = 64 << 20;
/// Ids that came twice whose rows are compared at a time.
const TWICE_MAX: usize = 8 << 20;
/// Columns by which the rows of a message compete.
const RANKED: [&str; 6] = ["bundle", "kind", "message_id", "outcome", "tries", "ended_at"];
/// Hex digits of an id.
const ID_DIGITS: usize = 16;
/// Leading bits by which sorted ids are looked up.
const LOOKED_UP_BITS: u32 = 20;

/// The rows that do not count, by their numbers in [`each`].
#[derive(Debug, Default)]
pub struct LeftOut(Vec<u64>);

impl LeftOut {
    /// Whether a row is left out.
    #[must_use]
    pub fn has(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    fn add(&mut self, number: usize) {
        if self.0.len() <= number / 64 {
            self.0.resize(number / 64 + 1, 0);
        }
        self.0[number / 64] |= 1 << (number % 64);
    }
}

/// A store and the weeks that are read.
pub struct Weeks<'a, Own, Beside> {
    /// The store.
    pub store: &'a Store,
    /// Its commits in force.
    pub commits: &'a [Commit],
    /// The weeks that are reported.
    pub own: Own,
    /// Those in which another upload may show the same message: a log that was cut makes it begin later.
    pub beside: Beside,
}

impl<Own: Fn(Week) -> bool, Beside: Fn(Week) -> bool> Weeks<'_, Own, Beside> {
    /// The rows of the weeks that are reported which do not count.
    ///
    /// # Errors
    /// A part that cannot be read.
    pub fn left_out(&self) -> anyhow::Result<LeftOut> {
        let mut left_out = LeftOut::default();
        let passes = self.rows(&self.own).div_ceil(IDS_MAX);
        for pass in 0..passes {
            let is_of_pass = |id: u64| (u128::from(id) * u128::from(passes)) >> 64 == u128::from(pass);
            for twice in self.twice(is_of_pass)?.chunks(TWICE_MAX) {
                self.compare(&Sorted::new(twice), &mut left_out)?;
            }
        }
        Ok(left_out)
    }

    fn rows(&self, weeks: &impl Fn(Week) -> bool) -> u64 {
        let parts = self.commits.iter().flat_map(|c| &c.parts).filter(|p| p.table == Table::Events);
        parts.filter(|p| p.week().is_some_and(weeks)).map(|p| p.rows).sum()
    }

    fn each(&self, is_own: bool, columns: &[&str], sink: &mut dyn FnMut(&EventRow, usize)) -> anyhow::Result<()> {
        let weeks = |week| if is_own { (self.own)(week) } else { (self.beside)(week) };
        each(self.store, self.commits, Table::Events, weeks, columns, &mut |row, number| {
            sink(row, number);
            Ok(())
        })
    }

    /// The ids of messages that have a row in the own weeks and another there or beside, sorted.
    fn twice(&self, is_of_pass: impl Fn(u64) -> bool) -> anyhow::Result<Vec<u64>> {
        let has_beside = self.rows(&self.beside) > 0;
        let mut ids: Vec<u64> = Vec::with_capacity(usize::try_from(self.rows(&self.own).min(IDS_MAX)).unwrap_or(0));
        self.each(true, &["kind", "message_id"], &mut |row, _| ids.extend(id_of(row).filter(|id| is_of_pass(*id))))?;
        ids.par_sort_unstable();
        let mut twice: Vec<u64> = ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        if has_beside {
            ids.dedup();
            let own = Sorted::new(&ids);
            self.each(false, &["kind", "message_id"], &mut |row, _| twice.extend(id_of(row).filter(|id| own.find(*id).is_some())))?;
            twice.par_sort_unstable();
        }
        twice.dedup();
        Ok(twice)
    }

    /// Compares the rows of these ids.
    fn compare(&self, twice: &Sorted<'_>, left_out: &mut LeftOut) -> anyhow::Result<()> {
        let mut uploads: IndexSet<String> = IndexSet::new();
        let mut best: Vec<Option<Best>> = vec![None; twice.ids.len()];
        for is_own in [true, false] {
            self.each(is_own, &RANKED, &mut |row, number| {
                let Some(place) = id_of(row).and_then(|id| twice.find(id)) else { return };
                let upload = uploads.get_index_of(&row.bundle).unwrap_or_else(|| uploads.insert_full(row.bundle.clone()).0);
                let own = Best { known: known(row), upload, number: is_own.then_some(number) };
                let loser = match best[place] {
                    Some(other) if !own.replaces(&other, &uploads) => Some(own),
                    _ => best[place].replace(own),
                };
                if let Some(number) = loser.and_then(|loser| loser.number) {
                    left_out.add(number);
                }
            })?;
        }
        Ok(())
    }
}

/// What a row knows of its message: whether its end is known, tries, the last statement. Of the rows of one message the
/// one counts with the greatest, of equals that of the smaller upload (contract, row `message_id`).
pub type Known = (bool, i32, i64);

/// What a row knows of its message.
#[must_use]
pub fn known(row: &EventRow) -> Known {
    (row.outcome != Some(Outcome::Pending), row.tries.unwrap_or(0), row.ended_at.map_or(i64::MIN, |at| at.0))
}

/// Of messages by id, the upload whose row counts.
///
/// # Errors
/// A part that cannot be read.
pub fn winners(
    store: &Store,
    commits: &[Commit],
    weeks: impl Fn(Week) -> bool,
    ids: &BTreeSet<String>,
) -> anyhow::Result<HashMap<String, String>> {
    let mut best: HashMap<String, (Known, String)> = HashMap::new();
    each(store, commits, Table::Events, weeks, &RANKED, &mut |row, _| {
        let Some(id) = row.message_id.as_ref().filter(|id| row.kind == Kind::Message && ids.contains(*id)) else { return Ok(()) };
        let knows = known(row);
        let is_better = |(other, upload): &(Known, String)| (knows, Reverse(&row.bundle)) > (*other, Reverse(upload));
        if best.get(id).is_none_or(is_better) {
            best.insert(id.clone(), (knows, row.bundle.clone()));
        }
        Ok(())
    })?;
    Ok(best.into_iter().map(|(id, (_, upload))| (id, upload)).collect())
}

/// The row of a message that counts so far.
#[derive(Clone, Copy, Debug)]
struct Best {
    known: Known,
    upload: usize,
    /// Its number, where it is of an own week.
    number: Option<usize>,
}

impl Best {
    fn replaces(&self, other: &Self, uploads: &IndexSet<String>) -> bool {
        (self.known, Reverse(&uploads[self.upload])) > (other.known, Reverse(&uploads[other.upload]))
    }
}

/// The id of a message as a number: see [`number`].
fn id_of(row: &EventRow) -> Option<u64> {
    row.message_id.as_deref().filter(|_| row.kind == Kind::Message).map(number)
}

/// An id is 16 hex digits, the first 64 bits of a hash; what has another form is hashed likewise.
fn number(id: &str) -> u64 {
    let hashed = || blake3::hash(id.as_bytes()).as_bytes()[..8].iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
    stated_number(id).unwrap_or_else(hashed)
}

/// The number of an id, where writing it gives the id again.
#[must_use]
pub fn stated_number(id: &str) -> Option<u64> {
    let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    (id.len() == ID_DIGITS && id.bytes().all(is_digit)).then(|| u64::from_str_radix(id, 16).ok()).flatten()
}

/// Sorted numbers that are spread evenly, looked up by their leading bits.
struct Sorted<'a> {
    ids: &'a [u64],
    starts: Vec<usize>,
}

impl<'a> Sorted<'a> {
    fn new(ids: &'a [u64]) -> Self {
        let mut starts = vec![0; (1 << LOOKED_UP_BITS) + 1];
        for id in ids {
            starts[Self::head(*id) + 1] += 1;
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        Self { ids, starts }
    }

    fn head(id: u64) -> usize {
        usize::try_from(id >> (u64::BITS - LOOKED_UP_BITS)).unwrap_or(0)
    }

    fn find(&self, id: u64) -> Option<usize> {
        let from = self.starts[Self::head(id)];
        let own = &self.ids[from..self.starts[Self::head(id) + 1]];
        own.binary_search(&id).ok().map(|place| from + place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Micros;
    use crate::store::batch::Batch;

    const WEEK_US: i64 = 7 * 86_400_000_000;

    fn row(upload: &str, id: &str, week: i64, outcome: Outcome, tries: i32) -> EventRow {
        let mut row = EventRow::new(Kind::Message);
        (row.bundle, row.message_id, row.outcome) = (upload.into(), Some(id.into()), Some(outcome));
        (row.tries, row.started_at, row.ended_at) = (Some(tries), Some(Micros(week * WEEK_US)), Some(Micros(week * WEEK_US)));
        row
    }

    /// Uploads and ids of the rows that count in a week.
    fn counted(rows: &[EventRow], week: i64) -> Vec<(String, String)> {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(&dir.path().join("s"), chrono_tz::Tz::UTC, None).unwrap();
        for row in rows {
            let mut batch = Batch::new(&store);
            let receipt = EventRow { last_at: row.started_at, ..EventRow { bundle: row.bundle.clone(), ..EventRow::new(Kind::Upload) } };
            batch.add(vec![row.clone(), receipt]).unwrap();
            batch.commit(1, 2, Vec::new()).unwrap();
        }
        let commits = store.commits().unwrap();
        let own = Week::of(week * WEEK_US, store.zone).unwrap();
        let beside = |w: Week| Some(w) == own.before(1) || Some(w) == own.next();
        let left_out = Weeks { store: &store, commits: &commits, own: |w| w == own, beside }.left_out().unwrap();
        let mut counted = Vec::new();
        each(&store, &commits, Table::Events, |w| w == own, &[], &mut |row, number| {
            if !left_out.has(number) {
                counted.push((row.bundle.clone(), row.message_id.clone().unwrap()));
            }
            Ok(())
        })
        .unwrap();
        counted.sort();
        counted
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn of_rows_of_one_message_the_one_counts_that_knows_most_whatever_its_id_looks_like() {
        for id in ["00000000000000ff", "not-hex"] {
            let rows = [
                row("a", id, 10, Outcome::Pending, 9),
                row("b", id, 10, Outcome::Unsent, 2),
                row("c", id, 10, Outcome::Unsent, 3),
                row("d", id, 10, Outcome::Sent, 3),
                row("e", "other", 10, Outcome::Sent, 1),
            ];
            assert_eq!(counted(&rows, 10), pairs(&[("c", id), ("e", "other")]));
            let back: Vec<EventRow> = rows.iter().rev().cloned().collect();
            assert_eq!(counted(&back, 10), pairs(&[("c", id), ("e", "other")]));
        }
    }

    #[test]
    fn a_message_that_the_week_beside_knows_better_counts_there_alone() {
        let rows = [row("a", "00000000000000ff", 10, Outcome::Pending, 1), row("b", "00000000000000ff", 11, Outcome::Unsent, 2)];
        assert_eq!(counted(&rows, 10), []);
        assert_eq!(counted(&rows, 11), pairs(&[("b", "00000000000000ff")]));
        assert_eq!(counted(&rows[..1], 10), pairs(&[("a", "00000000000000ff")]));
    }

    #[test]
    fn sorted_numbers_are_found_and_others_are_not() {
        let mut ids: Vec<u64> = (0..5_000_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).chain([u64::MAX]).collect();
        ids.sort_unstable();
        let sorted = Sorted::new(&ids);
        for (place, id) in ids.iter().enumerate() {
            assert_eq!((sorted.find(*id), sorted.find(id ^ 1)), (Some(place), ids.binary_search(&(id ^ 1)).ok()));
        }
        assert_eq!(Sorted::new(&[]).find(7), None);
    }
}
