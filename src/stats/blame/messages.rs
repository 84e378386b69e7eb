//! Messages -> what is counted of them, by which failures count.

use super::units::{Unit, user};
use crate::stats::dimension::Dimension;
use crate::stats::slim::{KEPT, Slim};
use crate::taxonomy::Outcome;

/// Messages that a build could have sent, and those of them that it did not: the base of verdicts.
#[must_use]
pub fn units(messages: &[&Slim]) -> Vec<Unit> {
    messages.iter().filter_map(|m| unit(m, is_unsent(m))).collect()
}

/// Messages that were acknowledged, and those of them that were late.
#[must_use]
pub fn late(messages: &[&Slim]) -> Vec<Unit> {
    let is_late = |m: &Slim| matches!(m.outcome, Outcome::Sent | Outcome::Delayed).then_some(m.outcome == Outcome::Delayed);
    messages.iter().filter_map(|m| unit(m, is_late(m))).collect()
}

fn unit(m: &Slim, failed: Option<bool>) -> Option<Unit> {
    let network = KEPT.iter().position(|k| *k == Dimension::Network)?;
    Some(Unit { user: user(m), place: m.place, network: m.levels[network], failed: failed? })
}

/// Whether a message was lost by something that a build can fix; `None` where it does not count at all.
fn is_unsent(m: &Slim) -> Option<bool> {
    match m.outcome {
        Outcome::Pending => None,
        Outcome::Sent | Outcome::Delayed => Some(false),
        Outcome::Unsent => (!m.is_outside()).then_some(m.attributable),
    }
}
