//! Neighbourhoods -> what unexplained failures have in common: the templates, and pairs of templates one after the other,
//! that stand near them more often than near messages that were sent.
//!
//! What comes in are rows of neighbourhoods, of both groups, in any order; what goes out are [`Unknowns`]: clusters with their
//! support in both, strongest first. A record that is as common near sent messages says nothing, however often it
//! occurs. [`gather`] keeps of each neighbourhood the numbers of its templates, [`find`] compares, [`suggest`] writes rules.

mod association;
pub mod find;
pub mod gather;
pub mod stored;
pub mod suggest;

pub use find::Unknowns;
pub use gather::{Gathered, Period};

use crate::event::Near;
use crate::stats::weekly::change::Side;

/// Share of false clusters that is allowed among those named.
pub const FALSE_DISCOVERY: f64 = 0.05;
/// Unexplained messages that a template must stand near: fewer are no pattern.
pub const SUPPORT_MIN: u64 = 3;

impl Cluster {
    /// Its template; of a pair, both.
    #[must_use]
    pub fn text(&self) -> String {
        self.then.as_ref().map_or_else(|| self.template.clone(), |then| format!("{} … {then}", self.template))
    }
}

/// One record of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Form of the file.
    pub form: String,
    /// The record.
    pub record: Near,
}

/// Unexplained messages with a kind of record near them.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its signature, the same from week to week: the id of its template; of a pair, both with a `-` between.
    pub id: String,
    /// The template.
    pub template: String,
    /// Of a pair, the template of the record that follows.
    pub then: Option<String>,
    /// Templates that stand near the same messages.
    pub also: Vec<String>,
    /// Unexplained messages that it stands near.
    pub unsent: u64,
    /// Sent messages that it stands near.
    pub sent: u64,
    /// Senders of the former.
    pub users: u64,
    /// Versions of the former, by name.
    pub versions: Vec<String>,
    /// When the first of them began, in whatever period, µs UTC.
    pub first_us: i64,
    /// Share of the unexplained less share of the sent.
    pub difference: f64,
    /// Correlation of being unexplained and having such a record near.
    pub phi: f64,
    /// The G statistic.
    pub g: f64,
    /// Its p-value, adjusted for all templates looked at.
    pub q: f64,
    /// The longest time before a message's end at which it stood, ms.
    pub before_ms: i64,
    /// Records of it, one a message, of the first messages.
    pub samples: Vec<Sample>,
    /// A record that stands near sent messages alone, or nothing of them.
    pub counter: Option<Near>,
    /// Its unexplained messages of now and of the period before.
    pub sides: [Side; 2],
}
