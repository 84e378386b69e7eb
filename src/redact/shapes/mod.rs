//! Values that are personal by their form, wherever they stand: addresses, numbers, tokens.
//!
//! One row per kind, what is most telling first: of two that overlap the earlier row wins.

mod files;
mod ids;
mod network;
mod numbers;
mod people;
mod secrets;
mod traits;

pub(super) use traits::Traits;

use super::checks::{is_whole_number, joins_word};
use super::patterns::Patterns;
use std::ops::Range;
use std::sync::LazyLock;

/// What stands in the place of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// `<kind>`.
    Mask(&'static str),
    /// `kind_` and twelve digits, the same for the same value.
    Pseudonym(&'static str),
}

/// Where else than in lines a kind is looked for.
pub(super) struct Elsewhere {
    /// In paths of files. The ids in them are of uploads, which must be found again.
    pub(super) in_paths: bool,
    /// In fields of devices and apps: makers, models, channels, carriers, regions.
    pub(super) in_fields: bool,
    /// In versions and builds, where four numbers with points and long hashes are what they should be.
    pub(super) in_versions: bool,
}

/// Nowhere.
const LINES: Elsewhere = Elsewhere { in_paths: false, in_fields: false, in_versions: false };
/// Not where an upload or a build must be found again by its id.
const FIELDS: Elsewhere = Elsewhere { in_paths: false, in_fields: true, in_versions: false };
/// Not where it could be a version.
const NAMES: Elsewhere = Elsewhere { in_paths: true, in_fields: true, in_versions: false };
/// Not in paths, where dates and numbers follow each other.
const STATED: Elsewhere = Elsewhere { in_paths: false, in_fields: true, in_versions: true };
/// Everywhere.
const ALL: Elsewhere = Elsewhere { in_paths: true, in_fields: true, in_versions: true };

/// A kind known by its form.
pub(super) struct Shape {
    /// Kind, as shown.
    pub(super) shown: Shown,
    /// The form; the group `v` is the value, else all of it.
    pub(super) pattern: &'static str,
    /// Whether a line can have one at all: cheaper than the pattern and never narrower.
    pub(super) may: fn(&Traits<'_>) -> bool,
    /// Where else than in lines it is looked for.
    pub(super) places: Elsewhere,
    /// The value at this place of the line, `None` if it only looks like one.
    pub(super) accept: fn(&str, Range<usize>) -> Option<Range<usize>>,
}

/// All rows: of two that overlap the earlier one says what is shown.
pub(super) static SHAPES: LazyLock<Vec<&'static Shape>> = LazyLock::new(|| {
    let groups = [
        secrets::SHAPES,
        people::SHAPES,
        network::ADDRESSES,
        ids::STANDARD,
        numbers::SHAPES,
        network::HOSTS,
        files::SHAPES,
        people::CHATS,
        ids::LONG,
    ];
    groups.into_iter().flatten().collect()
});

/// The patterns of the rows.
pub(super) static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(SHAPES.len(), |row| SHAPES[row].pattern.to_owned()));

/// Where a row's pattern matches from a place on, and the value in the match.
pub(super) fn find(row: usize, text: &str, from: usize) -> Option<(Range<usize>, Range<usize>)> {
    let pattern = &PATTERNS[row];
    // Most lines have no match, and most patterns no group.
    let whole = pattern.find_at(text, from)?.range();
    if pattern.captures_len() == 1 {
        return Some((whole.clone(), whole));
    }
    let value = pattern.captures_at(text, whole.start).and_then(|captures| Some(captures.name("v")?.range()));
    Some((whole.clone(), value.unwrap_or(whole)))
}

/// A value that is not a part of a word.
fn word(text: &str, at: Range<usize>) -> Option<Range<usize>> {
    (!joins_word(text, at.start, at.end)).then_some(at)
}

/// A value that is not a part of a number.
fn number(text: &str, at: Range<usize>) -> Option<Range<usize>> {
    is_whole_number(text, at.start, at.end).then_some(at)
}
