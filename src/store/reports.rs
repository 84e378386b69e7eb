//! Published reports: one JSON file per week and revision; the latest revision of a week counts.

use super::commit::entries;
use super::layout::{Store, read_json, write_json};
use super::week::Week;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

fn dir(store: &Store, week: Week) -> PathBuf {
    store.root().join("reports").join(format!("week={week}"))
}

/// The revisions of a week, oldest first, by their numbers.
fn revisions(store: &Store, week: Week) -> anyhow::Result<Vec<(u32, PathBuf)>> {
    let number = |path: &PathBuf| path.file_stem()?.to_str()?.strip_prefix("rev=")?.parse().ok();
    let mut all: Vec<(u32, PathBuf)> = entries(&dir(store, week))?.into_iter().filter_map(|path| Some((number(&path)?, path))).collect();
    all.sort();
    Ok(all)
}

/// Publishes a report as the next revision of its week; the number of the revision.
///
/// # Errors
/// That the store cannot be written.
pub fn publish<T: Serialize>(store: &Store, week: Week, report: &T) -> anyhow::Result<u32> {
    let next = revisions(store, week)?.last().map_or(1, |(number, _)| number + 1);
    write_json(&dir(store, week).join(format!("rev={next}.json")), report)?;
    Ok(next)
}

/// The latest revisions of the weeks before one, oldest first.
///
/// # Errors
/// A report that cannot be read.
pub fn before<T: for<'de> Deserialize<'de>>(store: &Store, week: Week) -> anyhow::Result<Vec<T>> {
    let name = |path: &PathBuf| path.file_name()?.to_str()?.strip_prefix("week=")?.parse::<Week>().ok();
    let mut weeks: Vec<Week> = entries(&store.root().join("reports"))?.iter().filter_map(name).filter(|w| *w < week).collect();
    weeks.sort_unstable();
    let mut reports = Vec::new();
    for week in weeks {
        if let Some((_, path)) = revisions(store, week)?.last() {
            reports.push(read_json(path)?);
        }
    }
    Ok(reports)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Tz;

    #[test]
    fn the_latest_revision_of_each_earlier_week_counts() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(dir.path(), Tz::UTC, None).unwrap();
        let week = |text: &str| text.parse::<Week>().unwrap();
        for (name, text) in [("2026-W45", "a"), ("2026-W46", "b"), ("2026-W46", "c"), ("2026-W47", "d")] {
            publish(&store, week(name), &text.to_owned()).unwrap();
        }
        assert_eq!(before::<String>(&store, week("2026-W47")).unwrap(), ["a", "c"]);
        assert_eq!(publish(&store, week("2026-W46"), &"e".to_owned()).unwrap(), 3);
    }
}
