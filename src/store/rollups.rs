//! Roll-ups: what was counted of a week, kept so that the next report need not read the week again. A cache: what comes
//! in and goes out is any value, kept beside a key of all that it rests on, and what has another key is not there.

use super::commit::{Commit, Table};
use super::layout::{FORMAT, Store, read_json, write_json};
use super::week::Week;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A roll-up and what it rests on.
#[derive(Debug, Serialize, Deserialize)]
struct RollUp<T> {
    key: String,
    value: T,
}

fn path(store: &Store, week: Week, name: &str) -> PathBuf {
    store.root().join("rollups").join(format!("week={week}")).join(format!("{name}.json"))
}

/// The key of what rests on the rows of some weeks: the program, the thresholds and every part.
fn key(commits: &[Commit], weeks: impl Fn(Week) -> bool) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).as_bytes()).update(&FORMAT.to_le_bytes());
    for commit in commits {
        let parts = commit.parts.iter().filter(|p| p.table == Table::Events && p.week().is_some_and(&weeks));
        for part in parts {
            hasher.update(part.path.as_bytes()).update(b"\n").update(part.hash.as_deref().unwrap_or_default().as_bytes()).update(b"\n");
        }
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

/// The roll-up of this name of a week, or what is counted now, which is kept where the store can be written to.
/// `weeks` are those whose rows it rests on.
///
/// # Errors
/// What counting says.
pub fn rolled_up<T: Serialize + for<'de> Deserialize<'de>>(
    store: &Store,
    commits: &[Commit],
    (week, name): (Week, &str),
    weeks: impl Fn(Week) -> bool,
    count: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let (path, key) = (path(store, week, name), key(commits, weeks));
    // A roll-up that cannot be read is as good as none.
    if let Ok(found) = read_json::<RollUp<T>>(&path)
        && found.key == key
    {
        return Ok(found.value);
    }
    let rolled = RollUp { key, value: count()? };
    let _ = write_json(&path, &rolled);
    Ok(rolled.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventRow, Micros};
    use crate::store::batch::Batch;
    use crate::taxonomy::Kind;
    use std::cell::Cell;

    #[test]
    fn a_roll_up_is_used_until_a_row_comes_that_it_rests_on() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(dir.path(), chrono_tz::Tz::UTC, None).unwrap();
        let week: Week = "1970-W01".parse().unwrap();
        let counted = Cell::new(0);
        let ask = |n: u32| {
            let count = || {
                counted.set(counted.get() + 1);
                Ok(n)
            };
            rolled_up(&store, &store.commits().unwrap(), (week, "counts"), |w| w == week, count).unwrap()
        };
        let add = |days: i64| {
            let mut row = EventRow::new(Kind::Message);
            (row.bundle, row.started_at) = (format!("b{days}"), Some(Micros(days * 86_400_000_000)));
            let mut batch = Batch::new(&store);
            batch.add(vec![row]).unwrap();
            batch.commit(1, 2, Vec::new()).unwrap();
        };
        add(1);
        assert_eq!((ask(7), ask(8), counted.get()), (7, 7, 1));
        add(40);
        assert_eq!((ask(9), counted.get()), (7, 1), "a row of another week changes nothing");
        add(2);
        assert_eq!((ask(10), counted.get()), (10, 2));
        std::fs::write(path(&store, week, "counts"), "{\"key\":").unwrap();
        assert_eq!((ask(11), ask(12), counted.get()), (11, 11, 3), "a broken one is made anew");
    }
}
