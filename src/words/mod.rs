//! The one catalogue of everything that people read: what comes in are values of the taxonomy and
//! phrases of the report, what goes out is their text in English or Chinese.
//!
//! Every text is written in both languages at one place, so that neither can be missing: a label or
//! a phrase without a text does not compile. Texts are neutral: they say what the log shows, never
//! who is to blame among people.

mod cause;
mod phrase;
mod remedy;
mod term;

pub use cause::{label, meaning};
pub use phrase::Phrase;
pub use remedy::advice;
pub use term::{channel, class, kind, outcome, phase, status, sureness, trust};

use std::fmt;
use std::str::FromStr;

/// A language of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese, simplified.
    Zh,
}

impl Lang {
    /// The languages there are.
    pub const ALL: &'static [Lang] = &[Lang::En, Lang::Zh];

    /// The name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Zh => "zh",
        }
    }

    /// The language of a locale such as `zh_CN.UTF-8`; English where it is none of ours.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("zh") { Lang::Zh } else { Lang::En }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Lang {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().copied().find(|lang| lang.as_str() == text);
        known.ok_or_else(|| format!("language `{text}` is not known (known: en, zh)"))
    }
}

/// A text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: &'static str,
    /// Chinese.
    pub zh: &'static str,
}

impl Text {
    /// The text in one language.
    #[must_use]
    pub const fn get(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }
}

/// Shorthand of the catalogue's tables.
const fn text(en: &'static str, zh: &'static str) -> Text {
    Text { en, zh }
}

/// Puts values into the `{name}` places of a text, in one pass: what a value holds is never taken
/// for a place. An unknown place stays as it is.
#[must_use]
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        filled.push_str(before);
        let value = from.find('}').and_then(|close| {
            let name = &from[1..close];
            values.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v, close + 1))
        });
        let (value, used) = value.unwrap_or((&from[..1], 1));
        filled.push_str(value);
        rest = &from[used..];
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::{Cause, Channel, Class, Kind, Outcome, Phase, Remedy, Status, Trust};

    #[test]
    fn values_are_filled_in_one_pass() {
        assert_eq!(fill("{a} of {b}", &[("a", "{b}"), ("b", "2")]), "{b} of 2");
        assert_eq!(fill("{x} and {", &[("a", "1")]), "{x} and {");
    }

    #[test]
    fn a_locale_names_its_language() {
        assert_eq!(Lang::of_locale("zh_CN.UTF-8"), Lang::Zh);
        assert_eq!(Lang::of_locale("C"), Lang::En);
        assert!("fr".parse::<Lang>().unwrap_err().contains("en, zh"));
    }

    #[test]
    fn every_text_is_written_in_both_languages() {
        for text in all() {
            assert!(!text.en.is_empty() && !text.zh.is_empty(), "{text:?}");
            assert!(text.en.is_ascii() || text.en.contains(['–', '…', '▲', '▼', '→', '✓']), "{text:?}");
            assert!(!text.zh.is_ascii() || Phrase::is_symbol(text), "{text:?}");
        }
    }

    #[test]
    fn both_languages_have_the_same_places() {
        for text in all() {
            assert_eq!(places(text.en), places(text.zh), "{text:?}");
        }
    }

    fn all() -> Vec<Text> {
        let mut texts: Vec<Text> = Phrase::ALL.iter().map(|p| p.text()).collect();
        texts.extend(Cause::ALL.iter().flat_map(|c| [label(*c), meaning(*c)]));
        texts.extend(Cause::ALL.iter().flat_map(|c| Remedy::ALL.iter().map(|r| advice(*c, *r))));
        texts.extend(Phase::ALL.iter().map(|p| phase(*p)));
        texts.extend(Trust::ALL.iter().map(|t| sureness(*t)));
        texts.extend(Channel::ALL.iter().map(|c| channel(*c)));
        texts.extend(Outcome::ALL.iter().map(|o| outcome(*o)));
        texts.extend(Kind::ALL.iter().map(|k| kind(*k)));
        texts.extend(Trust::ALL.iter().map(|t| trust(*t)));
        texts.extend(Status::ALL.iter().map(|s| status(*s)));
        texts.extend(Cause::ALL.iter().map(|c| class(c.class())));
        texts.push(class(Class::Unknown));
        texts
    }

    fn places(text: &str) -> Vec<&str> {
        let mut found: Vec<&str> = text.split('{').skip(1).filter_map(|p| p.split('}').next()).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}
