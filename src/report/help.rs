//! What a team adds to advice: where its app keeps settings and feedback, how to reach support, and the
//! issues that it knows. Nothing of this is ever invented: without it, the texts do without.

use crate::event::EventRow;
use crate::profile::syntax::Says;
use crate::stats::compare_versions;
use crate::taxonomy::{Cause, Channel};
use crate::words::Lang;
use serde::Deserialize;
use std::cmp::Ordering;

/// Longest text of a channel or a path, in characters: replies stay short.
pub const VALUE_CHARS_MAX: usize = 60;
/// Longest sentence of a known issue in English, in words.
pub const SAYS_WORDS_MAX: usize = 30;
/// Longest sentence of a known issue in Chinese, in characters.
pub const SAYS_CHARS_MAX: usize = 50;

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Help {
    /// Menu path of the privacy settings, as the app names it.
    pub privacy_path: Option<String>,
    /// Ways to reach support, the preferred one first.
    pub channels: Vec<Reach>,
    /// Known issues; of several that fit, the first counts.
    pub known: Vec<Known>,
}

/// A way to reach support.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// What kind.
    pub kind: Channel,
    /// Number, address, link or menu path.
    pub value: String,
}

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

impl Help {
    /// The known issue of a row.
    #[must_use]
    pub fn known(&self, row: &EventRow) -> Option<&Known> {
        self.known.iter().find(|known| known.is_of(row))
    }

    /// What is wrong with its texts.
    ///
    /// # Errors
    /// Which text is empty or too long for a reply.
    pub fn check(&self) -> Result<(), String> {
        let texts = self.channels.iter().map(|c| ("channel", &c.value)).chain(self.privacy_path.iter().map(|p| ("privacy", p)));
        for (name, text) in texts {
            let chars = text.chars().count();
            if chars == 0 || chars > VALUE_CHARS_MAX {
                return Err(format!("{name} `{text}` has {chars} characters (1 to {VALUE_CHARS_MAX} fit into a reply)"));
            }
        }
        Ok(())
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
    use crate::taxonomy::Kind;

    #[test]
    fn ranges_name_versions_exactly_by_their_start_or_by_both_ends() {
        assert!(is_in("7.6.1", "7.6.1") && !is_in("7.6.10", "7.6.1"));
        assert!(is_in("7.6.10", "7.6.*") && is_in("7.6", "7.6.*") && !is_in("7.61", "7.6.*"));
        assert!(is_in("7.6.10", "7.5.9..7.7") && !is_in("7.10", "7.5.9..7.7"));
    }

    #[test]
    fn a_known_issue_is_found_by_cause_signature_and_version() {
        let text = "[[known]]\ncause = \"software.crash\"\nsignature = \"Outbox\"\nversions = [\"3.5.*\"]\nissue = \"https://chat.example.org/1\"\nsays = { en = \"We know it.\", zh = \"已知问题。\" }\n";
        let help = Help { known: Known::parse(text).unwrap(), ..Help::default() };
        let mut row = EventRow::new(Kind::Message);
        row.cause = Some(Cause::SoftwareCrash);
        row.signature = Some("E at Outbox.run".into());
        row.app_version = Some("3.5.2".into());
        assert!(help.known(&row).is_some());
        row.app_version = Some("3.6.0".into());
        assert!(help.known(&row).is_none());
        assert!(Known::parse("[[known]]\ncause = \"software.crsh\"\n").unwrap_err().starts_with("2:"));
    }

    #[test]
    fn what_does_not_fit_into_a_reply_is_refused() {
        let help = Help { privacy_path: Some("x".repeat(61)), ..Help::default() };
        assert!(help.check().unwrap_err().contains("61 characters"));
    }
}
