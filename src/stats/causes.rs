//! Messages -> why they were not sent: counts per cause.

use super::cited::Samples;
use super::facts::CauseFact;
use super::lot::{Lot, Messages};
use super::names::Names;
use super::slim::is_user;
use crate::taxonomy::{Cause, Outcome};
use std::collections::BTreeMap;

/// A cause while it is counted.
#[derive(Default)]
struct Sums {
    unsent: u64,
    delayed: u64,
    users: u64,
    clusters: u64,
    attributable: u64,
    squares: u64,
    /// First message, by time: when, and of which place.
    first: Option<(i64, String)>,
}

impl Sums {
    fn add(&mut self, lot: &Lot, names: &Names) {
        if lot.fate.outcome == Outcome::Delayed {
            self.delayed += lot.n();
            return;
        }
        self.unsent += lot.n();
        self.attributable += if lot.fate.attributable { lot.n() } else { 0 };
        if let Some((at, _)) = lot.span_us()
            && self.first.as_ref().is_none_or(|(first, _)| at <= *first)
        {
            let candidate = (at, version_of(lot, names));
            self.first = Some(self.first.take().map_or_else(|| candidate.clone(), |first| first.min(candidate.clone())));
        }
    }

    /// Adds a user with so many unsent messages.
    fn add_user(&mut self, unsent: u64, is_account: bool) {
        self.clusters += 1;
        self.users += u64::from(is_account);
        self.squares += unsent * unsent;
    }

    fn fact(self, cause: Cause, samples: &Samples) -> CauseFact {
        CauseFact {
            cause,
            unsent: self.unsent,
            delayed: self.delayed,
            users: self.users,
            clusters: self.clusters,
            attributable: self.attributable,
            squares: self.squares,
            first_version: self.first.map(|(_, version)| version).filter(|v| !v.is_empty()),
            samples: samples.of(cause),
        }
    }
}

/// The causes, the most frequent first.
#[must_use]
pub fn causes(messages: &Messages, samples: &Samples, names: &Names) -> Vec<CauseFact> {
    let mut of: BTreeMap<Cause, Sums> = BTreeMap::new();
    for lots in messages.by_user() {
        let mut unsent: BTreeMap<Cause, u64> = BTreeMap::new();
        for (lot, cause) in lots.iter().filter_map(|lot| Some((lot, lot.fate.cause?))) {
            of.entry(cause).or_default().add(lot, names);
            if lot.is_unsent() {
                *unsent.entry(cause).or_insert(0) += lot.n();
            }
        }
        for (cause, n) in unsent {
            of.entry(cause).or_default().add_user(n, is_user(lots[0].who));
        }
    }
    let mut facts: Vec<CauseFact> = of.into_iter().map(|(cause, sums)| sums.fact(cause, samples)).collect();
    facts.sort_by(|a, b| b.unsent.cmp(&a.unsent).then(b.delayed.cmp(&a.delayed)).then(a.cause.cmp(&b.cause)));
    facts
}

/// App and version of messages, as far as they are stated.
fn version_of(lot: &Lot, names: &Names) -> String {
    let place = names.place(names.spot(lot.spot).place);
    let parts: Vec<&str> = [place.app, place.version].into_iter().flatten().map(|n| names.text(n)).collect();
    parts.join(" ")
}
