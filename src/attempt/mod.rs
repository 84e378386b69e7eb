//! Session -> attempts: the life cycle of every message, its tries, its outcome.
//!
//! What comes in is a session; what goes out are [`Attempt`]s with their steps and the rule marks
//! that are tied to them. A message is one local id, however often it was tried. It is judged when
//! the upload ends, since an acknowledgement, a kick or a restart may follow.

mod assemble;
pub mod bounds;
mod key;
pub mod outcome;

pub use assemble::{Assembled, assemble};

use crate::profile::syntax::{Join, StepClass};
use crate::taxonomy::Phase;

/// A step of a message's life.
#[derive(Clone, Debug)]
pub struct StepSeen {
    /// Number of the mark in the session.
    pub mark: usize,
    /// Which phase.
    pub phase: Phase,
    /// When, µs UTC.
    pub at: Option<i64>,
    /// The transport's acknowledgement only.
    pub weak: bool,
}

/// A rule mark tied to a message.
#[derive(Clone, Copy, Debug)]
pub struct Hint {
    /// Number of the mark in the session.
    pub mark: usize,
    /// How it is tied.
    pub tie: Join,
}

/// A message as the log tells it.
#[derive(Clone, Debug)]
pub struct Attempt<'s> {
    /// Numbers of the profiles whose steps tell it, the first one first.
    pub profiles: Vec<usize>,
    /// Its ids: namespace and value.
    pub ids: Vec<(&'s str, &'s str)>,
    /// The process it lives in, as written; empty if no line says.
    pub process: &'s str,
    /// Its steps in order.
    pub steps: Vec<StepSeen>,
    /// Rule marks tied to it by id, record or thread.
    pub hints: Vec<Hint>,
    /// What it is.
    pub class: StepClass,
    /// What its content is.
    pub content: Option<&'s str>,
    /// `direct` or `group`.
    pub conversation: Option<&'s str>,
    /// Whether its acknowledgement would be logged, if a step tells.
    pub logs_acks: Option<bool>,
    /// When it was enqueued, if a later line tells ("time since submission").
    pub enqueued_us: Option<i64>,
    /// Whether it is a part whose message is named.
    pub is_named_part: bool,
}

impl<'s> Attempt<'s> {
    /// An id by its namespace.
    #[must_use]
    pub fn id(&self, space: &str) -> Option<&'s str> {
        self.ids.iter().find(|(s, _)| *s == space).map(|(_, v)| *v)
    }

    /// When it began, µs UTC.
    #[must_use]
    pub fn began_us(&self) -> Option<i64> {
        let first = self.steps.iter().find_map(|s| s.at);
        match (self.enqueued_us, first) {
            (Some(e), Some(f)) => Some(e.min(f)),
            (e, f) => e.or(f),
        }
    }

    /// The number of the mark that it begins with.
    #[must_use]
    pub fn first_mark(&self) -> usize {
        self.steps.first().map_or(0, |s| s.mark)
    }

    /// Whether it reached a phase.
    #[must_use]
    pub fn reached(&self, phase: Phase) -> bool {
        self.steps.iter().any(|s| s.phase == phase)
    }
}
