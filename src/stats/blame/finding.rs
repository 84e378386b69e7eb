//! The table of versions: what comes in are the comparisons of each version with the others and the slices found, what
//! goes out is what the statistics say of each, and what to update to.

use super::cells::{Cells, Literal};
use super::levels::{LevelRow, Look, OVERLAP_MIN, TESTED_MIN, table};
use super::order::Order;
use super::slices::Slice;
use crate::taxonomy::words;

/// Upper end below which a version is shown to be no worse than this.
pub const OK_MAX: f64 = 1.25;
/// Expected unsent messages below which nothing is said.
pub const EXPECTED_MIN: f64 = 3.0;
/// What an update target must have and may have at most.
const UPDATE_EXPECTED_MIN: f64 = 8.0;
const UPDATE_SHRUNK_MAX: f64 = 1.2;
const UPDATE_LOW_MAX: f64 = 1.1;
/// One-sided 95 % bound up to which a target is proven.
const UPDATE_PROVEN_MAX: f64 = 1.33;
const ONE_SIDED: f64 = 0.90;

words! {
    /// What the statistics say of a version.
    Finding {
        /// At least 15 % worse than the others would have been.
        Bad = "bad",
        /// Bad, but it runs where hardly any other version does.
        Confounded = "confounded",
        /// Bad on some devices, systems or networks only.
        BadInSlice = "bad_in_slice",
        /// Not enough to say anything.
        TooLittleData = "too_little_data",
        /// Shown to be no worse than 1.25 times the others.
        Ok = "ok",
        /// Neither shown bad nor shown good.
        NotProven = "not_proven",
    }
}

/// A version and what is found of it.
#[derive(Clone, Debug)]
pub struct VersionRow {
    /// Its name.
    pub version: String,
    /// Its comparison.
    pub row: LevelRow,
    /// What the statistics say.
    pub finding: Finding,
}

words! {
    /// How sure an update target is.
    UpdateStatus {
        /// Shown to be hardly worse than the good versions.
        Proven = "proven",
        /// Nothing speaks against it.
        NotProven = "not_proven",
        /// No version can be named: wait for a fix.
        Stay = "stay",
    }
}

/// The versions of some cells, newest first; also those that nothing can be compared with, and those that logs name
/// without a message that counts.
#[must_use]
pub fn versions(cells: &Cells, slices: &[Slice], dispersion: f64, order: &Order<'_>) -> Vec<VersionRow> {
    let mut rows = cells.version().map_or_else(Vec::new, |dimension| counted(cells, dimension, slices, dispersion));
    let sum = |values: &[f64], version: &String| {
        let level = cells.version().and_then(|d| Some((d, cells.levels[d].binary_search(version).ok()?)));
        level.map_or(0.0, |(d, level)| cells.by_level(d, |cell| values[cell])[level])
    };
    let levels = cells.version().map(|d| cells.levels[d].as_slice()).unwrap_or_default();
    let mut alone: Vec<&String> = levels.iter().chain(order.observed().keys()).filter(|v| rows.iter().all(|r| r.version != **v)).collect();
    alone.sort_unstable();
    alone.dedup();
    let incomparable = |version: &String| VersionRow {
        version: version.clone(),
        row: LevelRow::incomparable(sum(&cells.attempts, version), sum(&cells.unsent, version)),
        finding: Finding::TooLittleData,
    };
    rows.extend(alone.into_iter().map(incomparable));
    rows.sort_by(|a, b| order.compare(&b.version, &a.version));
    rows
}

fn counted(cells: &Cells, dimension: usize, slices: &[Slice], dispersion: f64) -> Vec<VersionRow> {
    let literals: Vec<Vec<Literal>> = slices.iter().map(|s| s.literals.clone()).collect();
    let look = Look { slices: &literals, dispersion, outside: false, screen: false };
    let in_slice = |level: u32| literals.iter().any(|s| s.len() > 1 && s.contains(&(dimension, level)));
    table(cells, dimension, &look)
        .into_iter()
        .map(|row| VersionRow {
            version: cells.levels[dimension][row.level as usize].clone(),
            finding: finding(&row, in_slice(row.level)),
            row,
        })
        .collect()
}

fn finding(row: &LevelRow, in_slice: bool) -> Finding {
    if row.worse {
        return if row.overlap.0 < OVERLAP_MIN { Finding::Confounded } else { Finding::Bad };
    }
    if in_slice {
        return Finding::BadInSlice;
    }
    if row.attempts < TESTED_MIN || row.expected < EXPECTED_MIN {
        return Finding::TooLittleData;
    }
    if row.interval.1 < OK_MAX { Finding::Ok } else { Finding::NotProven }
}

/// The newest version with nothing against it, of rows with the newest first. `excluded` tells versions that a slice names; of a segment, only slices
/// that concern it count.
#[must_use]
pub fn update_to(rows: &[VersionRow], excluded: impl Fn(&VersionRow) -> bool, in_segment: bool) -> (Option<&VersionRow>, UpdateStatus) {
    let acceptable = |r: &&VersionRow| {
        !matches!(r.finding, Finding::Bad | Finding::Confounded)
            && (in_segment || r.finding != Finding::BadInSlice)
            && r.row.attempts >= TESTED_MIN
            && r.row.expected >= UPDATE_EXPECTED_MIN
            && r.row.compared.shrunk() <= UPDATE_SHRUNK_MAX
            && r.row.interval.0 <= UPDATE_LOW_MAX
            && !excluded(r)
    };
    let Some(target) = rows.iter().find(acceptable) else {
        return (None, UpdateStatus::Stay);
    };
    let proven = target.row.compared.interval(ONE_SIDED).1 <= UPDATE_PROVEN_MAX;
    (Some(target), if proven { UpdateStatus::Proven } else { UpdateStatus::NotProven })
}
