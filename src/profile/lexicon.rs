//! Phrases in which servers and clients say why a send was refused, in Chinese and English.
//!
//! What comes in is a text tied to a message; what goes out is the cause of the longest phrase in it.

use crate::taxonomy::Cause;
use aho_corasick::AhoCorasick;
use serde::Deserialize;
use std::sync::OnceLock;

/// The TOML of a lexicon.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    phrase: Vec<Phrase>,
}

/// `[[phrase]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrase {
    /// What it means.
    pub cause: Cause,
    /// Lower-case texts.
    pub words: Vec<String>,
    /// Texts beside which it does not mean it.
    #[serde(default)]
    pub not: Vec<String>,
    /// Says little: loses to an error code.
    #[serde(default)]
    pub generic: bool,
}

/// A phrase found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its cause.
    pub cause: Cause,
    /// Whether it says little.
    pub generic: bool,
    /// Where it starts in the text.
    pub at: usize,
    /// Its length in bytes.
    pub len: usize,
}

/// The lexicon.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    phrases: Vec<Phrase>,
    /// The number of the phrase of each word.
    owner: Vec<usize>,
    /// Finds all words at once; made when a message first asks for it.
    automaton: OnceLock<Option<AhoCorasick>>,
}

impl Lexicon {
    /// Reads a lexicon.
    ///
    /// # Errors
    /// The message of the TOML parser, with line and column.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        let owner = file.phrase.iter().enumerate().flat_map(|(i, p)| p.words.iter().map(move |_| i)).collect();
        Ok(Lexicon { owner, automaton: OnceLock::new(), phrases: file.phrase })
    }

    fn automaton(&self) -> Option<&AhoCorasick> {
        let words = || self.phrases.iter().flat_map(|p| &p.words);
        // Of texts in lower case: one that minds no case takes three times as long to make.
        let build = || AhoCorasick::new(words()).ok();
        self.automaton.get_or_init(build).as_ref()
    }

    /// The causes that some phrase gives.
    pub fn causes(&self) -> impl Iterator<Item = Cause> {
        self.phrases.iter().map(|p| p.cause)
    }

    /// The phrase that says most: not generic before generic, longer before shorter, later before
    /// earlier (the innermost error stands last).
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Found> {
        let automaton = self.automaton()?;
        // Of the same length, so that places are the same; words hold no other letters that have two cases.
        let lower = text.to_ascii_lowercase();
        // A text may be full of one phrase.
        let mut known: Option<(usize, bool)> = None;
        automaton
            .find_overlapping_iter(&lower)
            .filter_map(|m| {
                let owner = self.owner[m.pattern().as_usize()];
                let phrase = &self.phrases[owner];
                let look = || phrase.not.iter().any(|n| lower.contains(n.as_str()));
                let excluded = known.filter(|(of, _)| *of == owner).map_or_else(look, |(_, excluded)| excluded);
                known = Some((owner, excluded));
                let whole = whole_word(text.as_bytes(), m.start(), m.end());
                (!excluded && whole).then_some(Found { cause: phrase.cause, generic: phrase.generic, at: m.start(), len: m.len() })
            })
            .max_by_key(|f| (!f.generic, f.len, f.at))
    }
}

/// Whether an ASCII word does not begin or end inside another one (`muted` is not in `commuted`;
/// in `MutedInGroup` it is).
fn whole_word(text: &[u8], start: usize, end: usize) -> bool {
    let lower = |i: usize| text.get(i).is_some_and(u8::is_ascii_lowercase);
    let starts_inside = start > 0 && lower(start - 1) && lower(start);
    // A plural is the same word.
    let end = if text.get(end) == Some(&b's') { end + 1 } else { end };
    let ends_inside = lower(end) && text[end - 1].is_ascii_lowercase();
    !starts_inside && !ends_inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_is_in_the_case_in_which_texts_are_looked_at() {
        let file: File = toml::from_str(include_str!("builtin/lexicon.toml")).unwrap();
        let mut letters = file.phrase.iter().flat_map(|phrase| phrase.words.iter().chain(&phrase.not)).flat_map(|word| word.chars());
        assert!(letters.all(|letter| !letter.is_uppercase() && (letter.is_ascii() || !letter.is_lowercase())));
    }

    const LEXICON: &str = r#"
        [[phrase]]
        cause = "permission.muted"
        words = ["muted", "禁言"]
        [[phrase]]
        cause = "network.timeout"
        words = ["timeout"]
        generic = true
        [[phrase]]
        cause = "account.disabled_security"
        words = ["登录异常"]
        not = ["已解除"]
    "#;

    #[test]
    fn the_phrase_that_says_most_wins() {
        let lexicon = Lexicon::parse(LEXICON).unwrap();
        let cause = |text: &str| lexicon.find(text).map(|f| f.cause);
        assert_eq!(cause("timeout: MutedInGroup"), Some(Cause::PermissionMuted));
        assert_eq!(cause("该账号近期登录异常"), Some(Cause::AccountDisabledSecurity));
        assert_eq!(cause("登录异常已解除"), None);
        assert_eq!(cause("commuted"), None);
        assert_eq!(cause("two timeouts"), Some(Cause::NetworkTimeout));
        assert_eq!(cause("ok"), None);
    }
}
