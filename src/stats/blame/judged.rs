//! Counts of one app and system -> everything that is said of them.

use super::cells::Cells;
use super::counts::Family;
use super::finding::{UpdateStatus, VersionRow, update_to, versions};
use super::observed::Observed;
use super::order::Order;
use super::slices::{Slice, search};
use super::verdict::{Evidence, Known, Verdict, verdicts};
use std::collections::BTreeMap;

/// A segment of users and what it should update to.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Dimension and level; none: the whole.
    pub of: Option<(usize, u32)>,
    /// The version.
    pub update_to: Option<String>,
    /// How sure that is.
    pub status: UpdateStatus,
}

/// All that is said of an app on a system.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The app, where it is stated.
    pub app: Option<String>,
    /// The system.
    pub os: Option<String>,
    /// The counts.
    pub cells: Cells,
    /// What logs say of its versions besides; empty for a table of counts.
    pub observed: BTreeMap<String, Observed>,
    /// Its versions, newest first.
    pub versions: Vec<VersionRow>,
    /// What to do about each.
    pub verdicts: Vec<Verdict>,
    /// Where failures concentrate, the costliest first.
    pub slices: Vec<Slice>,
    /// Update targets: of the whole, then of the segments that differ.
    pub segments: Vec<Segment>,
    /// How much more counts scatter than chance.
    pub dispersion: f64,
}

/// Judges the counts of an app on a system.
#[must_use]
pub fn judge(family: &Family, known: &Known<'_>) -> Judged {
    let cells = Cells::new(&family.dimensions, &family.rows);
    let found = search(&cells);
    let levels = cells.version().map(|d| cells.levels[d].as_slice()).unwrap_or_default();
    let order = Order::new(&levels.iter().chain(family.observed.keys()).collect::<Vec<_>>(), &family.observed, known.releases);
    let versions = versions(&cells, &found.slices, found.dispersion, &order);
    let segments = segments(&cells, &versions, &found.slices);
    let verdicts = verdicts(&Evidence { cells: &cells, rows: &versions, found: &found, family, known: *known, order });
    let (app, os, observed) = (family.app.clone(), family.os.clone(), family.observed.clone());
    Judged { app, os, cells, observed, versions, verdicts, slices: found.slices, segments, dispersion: found.dispersion }
}

/// The target of the whole, and those of levels that a slice names together with a version.
fn segments(cells: &Cells, rows: &[VersionRow], slices: &[Slice]) -> Vec<Segment> {
    let Some(dimension) = cells.version() else { return Vec::new() };
    let segment = |of: Option<(usize, u32)>| {
        // For all, a version that any slice names is out; for a segment, one that a slice of it names.
        let named = |row: &VersionRow| {
            let concerns = |s: &&Slice| s.literals.len() == 1 || of.is_none_or(|o| s.literals.contains(&o));
            slices.iter().filter(concerns).any(|s| s.literals.contains(&(dimension, row.row.level)))
        };
        let (target, status) = update_to(rows, named, of.is_some());
        Segment { of, update_to: target.map(|row| row.version.clone()), status }
    };
    let mut of: Vec<(usize, u32)> = slices
        .iter()
        .filter(|s| s.literals.iter().any(|(d, _)| *d == dimension))
        .flat_map(|s| s.literals.iter().copied().filter(|(d, _)| *d != dimension))
        .collect();
    of.sort_unstable();
    of.dedup();
    std::iter::once(None).chain(of.into_iter().map(Some)).map(segment).collect()
}
