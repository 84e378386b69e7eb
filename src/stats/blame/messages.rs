//! Messages -> counts: one family per app and system, with the users that scatter them.

use super::cells::Counts;
use super::counts::Family;
use crate::stats::dimension::Dimension;
use crate::stats::names::Names;
use crate::stats::slim::{KEPT, Slim};
use crate::taxonomy::Outcome;
use std::collections::{BTreeMap, HashMap};

/// Which failures count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// All of them, of all judged messages.
    All,
    /// Those that a build can fix, of the messages that did not fail for another reason.
    Attributable,
}

/// Dimensions besides app and system.
const DIMENSIONS: [(Dimension, &str); 3] =
    [(Dimension::Version, "version"), (Dimension::Device, "device"), (Dimension::Network, "network")];
/// What a log does not state.
const NOT_STATED: &str = "(not stated)";

type AppAndOs = (Option<String>, Option<String>);

/// The counts of messages, per app and system.
#[must_use]
pub fn families(messages: &[Slim], names: &Names, measure: Measure) -> Vec<Family> {
    let place = |dimension: Dimension| KEPT.iter().position(|k| *k == dimension);
    let level = |m: &Slim, dimension: Dimension| place(dimension).and_then(|p| m.levels[p]).map(|n| names.text(n).to_owned());
    // Without an account, an upload is the cluster.
    let user = |m: &Slim| m.user.map_or((1, m.bundle), |user| (0, user));
    let counted: Vec<(&Slim, bool)> = messages.iter().filter_map(|m| Some((m, is_unsent(m, measure)?))).collect();
    let mut of_user: HashMap<(u8, u32), (f64, f64)> = HashMap::new();
    for (m, unsent) in &counted {
        let sums = of_user.entry(user(m)).or_default();
        sums.0 += 1.0;
        sums.1 += f64::from(u8::from(*unsent));
    }
    let mut all: BTreeMap<AppAndOs, BTreeMap<Vec<String>, Counts>> = BTreeMap::new();
    for (m, unsent) in counted {
        let key = (level(m, Dimension::App), level(m, Dimension::Os));
        let levels = DIMENSIONS.map(|(d, _)| level(m, d).unwrap_or_else(|| NOT_STATED.to_owned())).to_vec();
        let (attempts, failed) = of_user[&user(m)];
        let empty = || Counts { users: Some(0.0), unsent_sq: Some(0.0), ..Counts::default() };
        let counts = all.entry(key).or_default().entry(levels).or_insert_with(empty);
        let share = f64::from(u8::from(unsent));
        counts.attempts += 1.0;
        counts.unsent += share;
        counts.users = counts.users.map(|sum| sum + 1.0 / attempts);
        counts.unsent_sq = counts.unsent_sq.map(|sum| sum + share * failed);
    }
    let dimensions: Vec<String> = DIMENSIONS.iter().map(|(_, name)| (*name).to_owned()).collect();
    all.into_iter().map(|((app, os), rows)| Family { app, os, dimensions: dimensions.clone(), rows: rows.into_iter().collect() }).collect()
}

/// Whether a message counts as unsent; `None` where it does not count at all.
fn is_unsent(m: &Slim, measure: Measure) -> Option<bool> {
    match (m.outcome, measure) {
        (Outcome::Pending, _) => None,
        (Outcome::Sent | Outcome::Delayed, _) => Some(false),
        (Outcome::Unsent, Measure::All) => Some(true),
        (Outcome::Unsent, Measure::Attributable) => (!m.is_outside()).then_some(m.attributable),
    }
}
