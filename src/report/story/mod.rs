//! Rows of one upload -> its story: who sent from what, what became of each message and why, what proves it
//! and what to do; and the reply to the user or to engineering.
//!
//! What comes in are the rows of one upload, closed by its receipt; what goes out are sections of a
//! [`super::Report`], so that every form can write them, or the text of a [`reply`].

pub mod advice;
mod message;
mod overview;
pub mod reply;

use super::help::Help;
use super::model::Section;
use super::view::View;
use crate::event::EventRow;
use crate::profile::Profiles;
use crate::profile::syntax::Says;
use crate::taxonomy::{Kind, Outcome};
use std::collections::HashSet;

/// Messages that are told in full where nobody names one: one for each way in which messages failed.
const TOLD_MAX: usize = 10;

/// Who tells, and with what.
pub struct Teller<'t> {
    /// Language, zone and length.
    pub view: &'t View,
    /// What the team adds.
    pub help: &'t Help,
    /// The rules, for their sentences.
    pub profiles: &'t Profiles,
    /// Attempts before and after this instant are compared, µs UTC.
    pub since_us: Option<i64>,
}

/// The rows of one upload.
pub struct Upload<'r> {
    /// All of them.
    pub rows: &'r [EventRow],
}

impl<'r> Upload<'r> {
    /// Its messages.
    pub fn messages(&self) -> impl Iterator<Item = &'r EventRow> {
        self.rows.iter().filter(|r| r.kind == Kind::Message)
    }

    /// Its incidents.
    pub fn incidents(&self) -> impl Iterator<Item = &'r EventRow> {
        self.rows.iter().filter(|r| !matches!(r.kind, Kind::Message | Kind::Action | Kind::Neighbourhood | Kind::Upload))
    }

    /// Its receipt.
    #[must_use]
    pub fn receipt(&self) -> Option<&'r EventRow> {
        self.rows.iter().rev().find(|r| r.kind == Kind::Upload)
    }

    /// How many messages ended so.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.messages().filter(|r| r.outcome == Some(outcome)).count()
    }

    /// What is most worth telling: unsent messages, else late ones; the first of each cause and rule.
    fn examples(&self, since_us: Option<i64>) -> Vec<&'r EventRow> {
        let mut seen = HashSet::new();
        let told = move |r: &&EventRow| is_since(r, since_us);
        let of = |outcome| self.messages().filter(told).filter(move |r| r.outcome == Some(outcome));
        let mut found: Vec<&EventRow> = of(Outcome::Unsent).chain(of(Outcome::Delayed)).collect();
        found.retain(|r| seen.insert((r.outcome, r.cause, r.rule.clone(), r.signature.clone())));
        found.truncate(TOLD_MAX);
        found
    }
}

/// Whether a row began at or after an instant; what has no time counts as later.
fn is_since(row: &EventRow, since_us: Option<i64>) -> bool {
    since_us.is_none_or(|since| row.started_at.is_none_or(|at| at.0 >= since))
}

impl Teller<'_> {
    /// What a rule says, by its id.
    fn says(&self, rule: &str) -> Option<String> {
        let Says { en, zh } = self.profiles.says(rule)?;
        Some(match self.view.lang {
            crate::words::Lang::En => {
                let mut letters = en.chars();
                letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
            }
            crate::words::Lang::Zh => zh.clone(),
        })
    }
}

/// Tells an upload, with one example of everything that went wrong.
#[must_use]
pub fn upload(upload: &Upload<'_>, teller: &Teller<'_>) -> Vec<Section> {
    let mut sections = vec![overview::compose(upload, teller)];
    sections.extend(overview::incidents(upload, teller));
    sections.extend(upload.examples(teller.since_us).into_iter().map(|row| message::compose(row, upload, teller)));
    sections
}

/// Tells one message.
#[must_use]
pub fn one(row: &EventRow, upload: &Upload<'_>, teller: &Teller<'_>) -> Vec<Section> {
    vec![overview::compose(upload, teller), message::compose(row, upload, teller)]
}
