//! Messages -> what is counted of them, by which failures count.

use super::units::Unit;
use crate::stats::lot::Lot;
use crate::stats::names::Names;
use crate::taxonomy::Outcome;

/// Messages that a build could have sent, and those of them that it did not: the base of verdicts.
pub fn units<'l>(lots: impl Iterator<Item = &'l Lot>, names: &Names) -> impl Iterator<Item = Unit> {
    lots.filter_map(move |lot| unit(lot, is_unsent(lot), names))
}

/// Messages that were acknowledged, and those of them that were late.
pub fn late<'l>(lots: impl Iterator<Item = &'l Lot>, names: &Names) -> impl Iterator<Item = Unit> {
    let is_late = |lot: &Lot| {
        let outcome = lot.fate.outcome;
        matches!(outcome, Outcome::Sent | Outcome::Delayed).then_some(outcome == Outcome::Delayed)
    };
    lots.filter_map(move |lot| unit(lot, is_late(lot), names))
}

fn unit(lot: &Lot, failed: Option<bool>, names: &Names) -> Option<Unit> {
    let spot = names.spot(lot.spot);
    let failed = if failed? { lot.count } else { 0 };
    Some(Unit { user: lot.who, place: spot.place, network: spot.network, attempts: lot.count, failed })
}

/// Whether messages were lost by something that a build can fix; `None` where they do not count at all.
fn is_unsent(lot: &Lot) -> Option<bool> {
    match lot.fate.outcome {
        Outcome::Pending => None,
        Outcome::Sent | Outcome::Delayed => Some(false),
        Outcome::Unsent => (!lot.fate.is_outside()).then_some(lot.fate.attributable),
    }
}
