//! The order of versions: by their numbers, then by build code, then by date; what comes in are names, what goes out
//! is which came first, and the line that a backport belongs to.

use super::observed::Observed;
use super::releases::Releases;
use super::units::NOT_STATED;
use crate::stats::compare_versions;
use chrono::NaiveDate;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Between a version and its channel, as tables name them: nothing that stands in a version of a log.
const CHANNEL: &str = "\u{2009}·\u{2009}";

/// What orders the versions of an app on a system: one thing for all of them, so that no three can form a circle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Basis {
    /// Their numbers; also where nothing else is known of all.
    Numbers,
    /// Their build codes.
    Builds,
    /// Their dates.
    Dates,
}

/// The order of the versions of an app on a system.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    observed: &'a BTreeMap<String, Observed>,
    releases: Option<&'a Releases>,
    basis: Basis,
}

impl<'a> Order<'a> {
    /// The order of some versions, by what logs and the team say of them.
    #[must_use]
    pub fn new(versions: &[&String], observed: &'a BTreeMap<String, Observed>, releases: Option<&'a Releases>) -> Self {
        let mut order = Self { observed, releases, basis: Basis::Numbers };
        let versions: Vec<&&String> = versions.iter().filter(|v| v.as_str() != NOT_STATED).collect();
        // One odd name among numbers does not make dates of first messages a better order.
        if 2 * versions.iter().filter(|v| is_numbered(v)).count() < versions.len() {
            if versions.iter().all(|v| order.build(v).is_some()) {
                order.basis = Basis::Builds;
            } else if versions.iter().all(|v| order.date(v).is_some()) {
                order.basis = Basis::Dates;
            }
        }
        order
    }

    /// Which came first.
    #[must_use]
    pub fn compare(&self, a: &str, b: &str) -> Ordering {
        let by_basis = match self.basis {
            Basis::Numbers => compare_versions(bare(a), bare(b)),
            Basis::Builds => self.build(a).cmp(&self.build(b)),
            Basis::Dates => self.date(a).cmp(&self.date(b)),
        };
        (a != NOT_STATED)
            .cmp(&(b != NOT_STATED))
            .then(by_basis)
            .then_with(|| self.build(a).cmp(&self.build(b)))
            .then_with(|| self.date(a).cmp(&self.date(b)))
            .then_with(|| compare_versions(a, b))
    }

    /// What logs say of the versions.
    #[must_use]
    pub const fn observed(&self) -> &'a BTreeMap<String, Observed> {
        self.observed
    }

    fn build(&self, version: &str) -> Option<u64> {
        self.observed.get(version)?.build
    }

    fn date(&self, version: &str) -> Option<NaiveDate> {
        let released = self.releases.and_then(|r| r.get(version)).and_then(|r| r.released_on);
        released.or_else(|| self.observed.get(version)?.first_day)
    }
}

/// Whether a version is numbers with dots, before anything else.
fn is_numbered(version: &str) -> bool {
    let release = bare(version).trim_start_matches(['v', 'V']).split(['-', '+']).next().unwrap_or_default();
    !release.is_empty() && release.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// A version with its channel, as tables name it.
#[must_use]
pub fn with_channel(version: &str, channel: Option<&str>) -> String {
    channel.map_or_else(|| version.to_owned(), |channel| format!("{version}{CHANNEL}{channel}"))
}

/// A version without its channel.
#[must_use]
pub fn bare(version: &str) -> &str {
    version.split(CHANNEL).next().unwrap_or(version)
}

/// The channel of a version that names one.
#[must_use]
pub fn channel(version: &str) -> Option<&str> {
    version.split_once(CHANNEL).map(|(_, channel)| channel)
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
        let mut names: Vec<String> = all.iter().map(|(name, ..)| (*name).to_owned()).collect();
        let order = Order::new(&names.iter().collect::<Vec<_>>(), &observed, None);
        names.sort_by(|a, b| order.compare(a, b));
        names
    }

    #[test]
    fn numbers_come_before_builds_and_builds_before_dates() {
        assert_eq!(sorted(&[("3.10.0", Some(1), None), ("3.9.1", Some(2), None)]), ["3.9.1", "3.10.0"]);
        assert_eq!(sorted(&[("nightly-b", Some(7), None), ("nightly-a", Some(9), None)]), ["nightly-b", "nightly-a"]);
        assert_eq!(sorted(&[("7f3a", None, Some("2026-11-20")), ("91cc", None, Some("2026-11-02"))]), ["91cc", "7f3a"]);
        let channels = ["beta", "store"].map(|channel| with_channel("3.5.0", Some(channel)));
        assert_eq!(sorted(&[(&channels[0], Some(51), None), (&channels[1], Some(50), None)]), [channels[1].clone(), channels[0].clone()]);
    }

    #[test]
    fn numbers_names_and_missing_builds_together_form_no_circle() {
        let names = ["3.5.0", "3.6.0", "nightly", "7f3a", NOT_STATED, "x (12)"];
        let observed = |i: usize| Observed {
            build: [Some(9), Some(1), Some(5), None, Some(7), Some(2)][i],
            first_day: [Some("2026-11-03"), None, Some("2026-11-02"), Some("2026-11-09"), None, None][i].and_then(|d| d.parse().ok()),
            ..Observed::default()
        };
        let all: BTreeMap<String, Observed> = names.iter().enumerate().map(|(i, name)| ((*name).to_owned(), observed(i))).collect();
        for some in [&names[..], &names[..3], &names[2..], &names[..2]] {
            let some: Vec<String> = some.iter().map(|n| (*n).to_owned()).collect();
            let order = Order::new(&some.iter().collect::<Vec<_>>(), &all, None);
            for a in &some {
                for b in &some {
                    assert_eq!(order.compare(a, b), order.compare(b, a).reverse(), "{a} {b}");
                    for c in &some {
                        let before = |x: &str, y: &str| order.compare(x, y) != Ordering::Greater;
                        assert!(!(before(a, b) && before(b, c)) || before(a, c), "{a} {b} {c}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_build_in_brackets_is_part_of_a_version_and_no_channel() {
        assert_eq!((bare("8.4.0 (1520)"), channel("8.4.0 (1520)")), ("8.4.0 (1520)", None));
    }

    #[test]
    fn a_backport_belongs_to_the_line_it_was_made_for() {
        assert_eq!(line("3.4.9"), line("3.4.1"));
        assert_ne!(line("3.4.9"), line("3.5.0"));
        let beta = with_channel("3.4.9", Some("beta"));
        assert_ne!(line(&beta), line("3.4.9"));
        assert_eq!((bare(&beta), channel(&beta), channel("3.4.9")), ("3.4.9", Some("beta"), None));
    }
}
