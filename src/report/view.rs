//! Who looks: language, zone and length, with the shorthand by which sections speak.

use super::model::{Head, Role};
use super::number;
use crate::stats::interval::{Rate, Reason};
use crate::words::{Lang, Phrase, Text, fill};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// Rows of a table that people are shown unless they ask for more.
pub const TOP: usize = 10;

/// How a report is looked at.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The language.
    pub lang: Lang,
    /// The zone of times.
    pub zone: Tz,
    /// Rows shown per table.
    pub top: usize,
}

impl Default for View {
    fn default() -> Self {
        Self { lang: Lang::En, zone: Tz::UTC, top: TOP }
    }
}

impl View {
    /// A phrase with its values.
    #[must_use]
    pub fn say(&self, phrase: Phrase, values: &[(&str, &str)]) -> String {
        fill(phrase.text().get(self.lang), values)
    }

    /// A text of the catalogue.
    #[must_use]
    pub fn word(&self, text: Text) -> String {
        text.get(self.lang).to_owned()
    }

    /// The head of a column.
    #[must_use]
    pub fn head(&self, key: &'static str, title: Phrase, role: Role) -> Head {
        Head { key, title: self.say(title, &[]), role }
    }

    /// A rate with its interval, or why there is none.
    #[must_use]
    pub fn rate(&self, rate: &Rate) -> String {
        match (rate.value, rate.lo, rate.hi, rate.reason) {
            (Some(value), Some(lo), Some(hi), _) => {
                format!("{} [{}, {}]", number::percent(value), number::percent_digits(lo), number::percent_digits(hi))
            }
            (_, _, _, Some(Reason::NoAcknowledgements)) => self.say(Phrase::NoAcks, &[]),
            _ => self.say(Phrase::TooLittle, &[]),
        }
    }

    /// Words in a row, as the language joins them.
    #[must_use]
    pub fn list(&self, items: &[String]) -> String {
        items.join(Phrase::ListComma.text().get(self.lang))
    }

    /// A moment to the minute, in the zone of the view.
    #[must_use]
    pub fn moment(&self, us: i64) -> String {
        let at = DateTime::<Utc>::from_timestamp_micros(us);
        at.map_or_else(String::new, |at| at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M").to_string())
    }

    /// A moment to the millisecond, in the zone of the view.
    #[must_use]
    pub fn second(&self, us: i64) -> String {
        let at = DateTime::<Utc>::from_timestamp_micros(us);
        at.map_or_else(String::new, |at| at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M:%S%.3f").to_string())
    }
}
