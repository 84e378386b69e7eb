//! The order of versions: by their numbers, then by build code, then by date; what comes in are names, what goes out
//! is which came first, and the line that a backport belongs to.

use super::observed::Observed;
use super::releases::Releases;
use crate::stats::compare_versions;
use chrono::NaiveDate;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// What orders the versions of an app on a system.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// What logs say of them.
    pub observed: &'a BTreeMap<String, Observed>,
    /// What the team says of them.
    pub releases: Option<&'a Releases>,
}

impl Order<'_> {
    /// Which came first. Numbers decide where both names have them and these differ.
    #[must_use]
    pub fn compare(&self, a: &str, b: &str) -> Ordering {
        let by_name = if is_numbered(a) && is_numbered(b) { compare_versions(bare(a), bare(b)) } else { Ordering::Equal };
        by_name
            .then_with(|| both(self.build(a), self.build(b)))
            .then_with(|| both(self.date(a), self.date(b)))
            .then_with(|| compare_versions(a, b))
    }

    fn build(&self, version: &str) -> Option<u64> {
        self.observed.get(version)?.build
    }

    fn date(&self, version: &str) -> Option<NaiveDate> {
        let released = self.releases.and_then(|r| r.get(version)).and_then(|r| r.released_on);
        released.or_else(|| self.observed.get(version)?.first_day)
    }
}

/// The order of what both have.
fn both<T: Ord>(a: Option<T>, b: Option<T>) -> Ordering {
    a.zip(b).map_or(Ordering::Equal, |(a, b)| a.cmp(&b))
}

/// Whether a version is numbers with dots, before anything else.
fn is_numbered(version: &str) -> bool {
    let release = bare(version).trim_start_matches(['v', 'V']).split(['-', '+']).next().unwrap_or_default();
    !release.is_empty() && release.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// A version with its channel, as tables name it.
#[must_use]
pub fn with_channel(version: &str, channel: Option<&str>) -> String {
    channel.map_or_else(|| version.to_owned(), |channel| format!("{version} ({channel})"))
}

/// A version without its channel.
#[must_use]
pub fn bare(version: &str) -> &str {
    version.split(" (").next().unwrap_or(version)
}

/// The channel of a version that names one.
#[must_use]
pub fn channel(version: &str) -> Option<&str> {
    version.split_once(" (")?.1.strip_suffix(')')
}

/// The line of a version: what a backport shares with the versions that it was made for, its first two numbers and its
/// channel.
#[must_use]
pub fn line(version: &str) -> (Vec<&str>, Option<&str>) {
    (bare(version).split(['.', '-', '+']).take(2).collect(), channel(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(all: &[(&str, Option<u64>, Option<&str>)]) -> Vec<String> {
        let observed =
            |build: Option<u64>, day: Option<&str>| Observed { build, first_day: day.and_then(|d| d.parse().ok()), ..Observed::default() };
        let observed: BTreeMap<String, Observed> = all.iter().map(|(name, b, d)| ((*name).to_owned(), observed(*b, *d))).collect();
        let order = Order { observed: &observed, releases: None };
        let mut names: Vec<String> = all.iter().map(|(name, ..)| (*name).to_owned()).collect();
        names.sort_by(|a, b| order.compare(a, b));
        names
    }

    #[test]
    fn numbers_come_before_builds_and_builds_before_dates() {
        assert_eq!(sorted(&[("3.10.0", Some(1), None), ("3.9.1", Some(2), None)]), ["3.9.1", "3.10.0"]);
        assert_eq!(sorted(&[("nightly-b", Some(7), None), ("nightly-a", Some(9), None)]), ["nightly-b", "nightly-a"]);
        assert_eq!(sorted(&[("7f3a", None, Some("2026-11-20")), ("91cc", None, Some("2026-11-02"))]), ["91cc", "7f3a"]);
        assert_eq!(sorted(&[("3.5.0 (beta)", Some(51), None), ("3.5.0 (store)", Some(50), None)]), ["3.5.0 (store)", "3.5.0 (beta)"]);
    }

    #[test]
    fn a_backport_belongs_to_the_line_it_was_made_for() {
        assert_eq!(line("3.4.9"), line("3.4.1"));
        assert_ne!(line("3.4.9"), line("3.5.0"));
        assert_ne!(line("3.4.9 (beta)"), line("3.4.9"));
        assert_eq!((bare("3.4.9 (beta)"), channel("3.4.9 (beta)"), channel("3.4.9")), ("3.4.9", Some("beta"), None));
    }
}
