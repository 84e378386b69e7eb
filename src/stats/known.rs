//! Issues that a team knows, and how often uploads show them: what comes in are the entries of a file of
//! known issues and rows, what goes out are counts per issue.

use super::compare_versions;
use super::lot::{Lot, Messages};
use super::names::Names;
use super::slim::is_user;
use crate::event::EventRow;
use crate::profile::syntax::Says;
use crate::taxonomy::Cause;
use crate::words::Lang;
use serde::Deserialize;
use std::cmp::Ordering;
use std::collections::HashSet;

/// Longest sentence of a known issue in English, in words.
pub const SAYS_WORDS_MAX: usize = 30;
/// Longest sentence of a known issue in Chinese, in characters.
pub const SAYS_CHARS_MAX: usize = 50;

/// `[[known]]`: an issue that the team knows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The cause it shows as.
    pub cause: Cause,
    /// Part of the signature; without it, any.
    pub signature: Option<String>,
    /// The app; without it, any.
    pub app: Option<String>,
    /// Versions: `7.6.1`, `7.6.*` or `7.5.0..7.6.1` (both ends included); without it, any.
    #[serde(default)]
    pub versions: Vec<String>,
    /// Link to the issue.
    pub issue: String,
    /// What users may be told, a sentence in each language.
    pub says: Says,
}

/// A file of known issues.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownFile {
    #[serde(default)]
    known: Vec<Known>,
}

impl Known {
    /// Reads the text of a file of known issues.
    ///
    /// # Errors
    /// `line:column: what is wrong`, or which sentence is too long.
    pub fn parse(text: &str) -> Result<Vec<Self>, String> {
        let file: KnownFile = toml::from_str(text).map_err(|error| {
            let (line, column) = error.span().map_or((1, 1), |span| crate::profile::position(text, span.start));
            format!("{line}:{column}: {}", error.message())
        })?;
        for known in &file.known {
            let (words, chars) = (known.says.en.split_whitespace().count(), known.says.zh.chars().count());
            if words > SAYS_WORDS_MAX || chars > SAYS_CHARS_MAX {
                return Err(format!(
                    "the sentence of {} is too long for a reply: {words} words and {chars} characters (at most {SAYS_WORDS_MAX} and {SAYS_CHARS_MAX})",
                    known.issue
                ));
            }
        }
        Ok(file.known)
    }

    /// Whether a row is of this issue.
    #[must_use]
    pub fn is_of(&self, row: &EventRow) -> bool {
        let signature = row.signature.as_deref().unwrap_or_default();
        let version = row.app_version.as_deref();
        row.cause == Some(self.cause)
            && self.signature.as_ref().is_none_or(|part| signature.contains(part))
            && self.app.as_ref().is_none_or(|app| row.app.as_ref().is_some_and(|a| a.eq_ignore_ascii_case(app)))
            && (self.versions.is_empty() || version.is_some_and(|v| self.versions.iter().any(|range| is_in(v, range))))
    }

    /// Its sentence.
    #[must_use]
    pub fn says(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.says.en,
            Lang::Zh => &self.says.zh,
        }
    }
}

/// What uploads show of a known issue.
#[derive(Clone, Debug)]
pub struct KnownFact {
    /// The issue.
    pub known: Known,
    /// Messages that it kept from being sent.
    pub unsent: u64,
    /// Its crashes, hangs and other incidents.
    pub incidents: u64,
    /// Users hit.
    pub users: u64,
}

/// Counts known issues.
#[derive(Debug, Default)]
pub struct KnownIssues {
    known: Vec<Known>,
    incidents: Vec<Incidents>,
}

/// Incidents that an issue shows in.
#[derive(Clone, Debug, Default)]
struct Incidents {
    /// Those with an id, each once however many uploads show it.
    ids: HashSet<u32>,
    without_id: u64,
    users: HashSet<u32>,
}

impl KnownIssues {
    /// Counts these issues.
    #[must_use]
    pub fn new(known: Vec<Known>) -> Self {
        Self { incidents: vec![Incidents::default(); known.len()], known }
    }

    /// The issue of a row: of several that fit, the first counts.
    #[must_use]
    pub fn of(&self, row: &EventRow) -> Option<u16> {
        self.known.iter().position(|known| known.is_of(row)).and_then(|place| u16::try_from(place).ok())
    }

    /// Takes an incident.
    pub fn add(&mut self, row: &EventRow, names: &mut Names) {
        if let Some(incidents) = self.of(row).and_then(|place| self.incidents.get_mut(usize::from(place))) {
            match &row.message_id {
                Some(id) => drop(incidents.ids.insert(names.number(id))),
                None => incidents.without_id += 1,
            }
            incidents.users.extend(row.user.as_deref().map(|u| names.number(u)));
        }
    }

    /// The issues that were seen, the costliest first.
    #[must_use]
    pub fn finish(self, messages: &Messages) -> Vec<KnownFact> {
        let count = |place: usize, (known, incidents): (Known, Incidents)| {
            let Incidents { ids, without_id, mut users } = incidents;
            let incidents = ids.len() as u64 + without_id;
            let shows = |lot: &&Lot| lot.fate.known.is_some_and(|k| usize::from(k) == place) && lot.is_unsent();
            let mut unsent = 0;
            for lot in messages.lots.iter().filter(shows) {
                unsent += lot.n();
                users.extend(is_user(lot.who).then_some(lot.who.1));
            }
            KnownFact { known, unsent, incidents, users: users.len() as u64 }
        };
        let pairs = self.known.into_iter().zip(self.incidents);
        let mut facts: Vec<KnownFact> = pairs.enumerate().map(|(place, pair)| count(place, pair)).collect();
        facts.retain(|fact| fact.unsent + fact.incidents > 0);
        facts.sort_by(|a, b| (b.unsent, b.incidents).cmp(&(a.unsent, a.incidents)).then_with(|| a.known.issue.cmp(&b.known.issue)));
        facts
    }
}

/// Whether a version is of a range.
fn is_in(version: &str, range: &str) -> bool {
    if let Some((from, to)) = range.split_once("..") {
        return compare_versions(version, from) != Ordering::Less && compare_versions(version, to) != Ordering::Greater;
    }
    range.strip_suffix('*').map_or(version == range, |start| version.starts_with(start) || version == start.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Collector;
    use crate::taxonomy::{Kind, Outcome};

    #[test]
    fn ranges_name_versions_exactly_by_their_start_or_by_both_ends() {
        assert!(is_in("7.6.1", "7.6.1") && !is_in("7.6.10", "7.6.1"));
        assert!(is_in("7.6.10", "7.6.*") && is_in("7.6", "7.6.*") && !is_in("7.61", "7.6.*"));
        assert!(is_in("7.6.10", "7.5.9..7.7") && !is_in("7.10", "7.5.9..7.7"));
    }

    #[test]
    fn messages_and_incidents_of_an_issue_are_counted_once_each_with_the_users_of_both() {
        let text = "[[known]]\ncause = \"software.crash\"\nissue = \"https://chat.example.org/1\"\nsays = { en = \"x\", zh = \"x\" }\n";
        let mut collector = Collector::new(Vec::new(), chrono_tz::Tz::UTC).with_known(Known::parse(text).unwrap());
        let row = |kind: Kind, id: &str, user: &str| {
            let mut row = EventRow::new(kind);
            row.cause = Some(Cause::SoftwareCrash);
            row.outcome = (kind == Kind::Message).then_some(Outcome::Unsent);
            (row.message_id, row.user) = (Some(id.into()), Some(user.into()));
            row
        };
        let mut sent = row(Kind::Message, "m-2", "ana");
        (sent.outcome, sent.cause) = (Some(Outcome::Sent), None);
        let crash = row(Kind::Crash, "c-1", "bo");
        collector.add(&[row(Kind::Message, "m-1", "ana"), row(Kind::Message, "m-1", "ana"), sent, crash.clone(), crash]);
        let facts = collector.finish(&crate::stats::blame::verdict::Known::default());
        let [fact] = facts.known.as_slice() else { panic!("{:?}", facts.known) };
        assert_eq!((fact.unsent, fact.incidents, fact.users), (1, 1, 2));
    }

    #[test]
    fn a_known_issue_is_found_by_cause_signature_and_version() {
        let text = "[[known]]\ncause = \"software.crash\"\nsignature = \"Outbox\"\nversions = [\"3.5.*\"]\nissue = \"https://chat.example.org/1\"\nsays = { en = \"We know it.\", zh = \"已知问题。\" }\n";
        let known = Known::parse(text).unwrap();
        let mut row = EventRow::new(Kind::Message);
        row.cause = Some(Cause::SoftwareCrash);
        row.signature = Some("E at Outbox.run".into());
        row.app_version = Some("3.5.2".into());
        assert!(known[0].is_of(&row));
        row.app_version = Some("3.6.0".into());
        assert!(!known[0].is_of(&row));
        assert!(Known::parse("[[known]]\ncause = \"software.crsh\"\n").unwrap_err().starts_with("2:"));
    }
}
