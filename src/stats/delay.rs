//! Messages -> how long acknowledgements took, for whom, and where the time went.

use super::lot::{Lot, Messages};
use super::quantile::Quantiles;
use super::slim::PARTS;
use crate::taxonomy::{Cause, Outcome};
use std::collections::BTreeMap;

/// The parts that a delay is made of, as the columns name them.
pub const PART_NAMES: [&str; PARTS] = ["queue", "offline", "encrypt", "upload", "server"];

/// Delays within which a user hardly notices, waits, or gives up (response times of Easemob's quality report).
pub const WITHIN_MS: [i64; 3] = [1_000, 3_000, 5_000];

/// Upper ends of the buckets of delays; one more takes what is longer.
pub const BUCKETS_MS: [i64; 11] = [250, 500, 1_000, 2_000, 3_000, 5_000, 10_000, 30_000, 60_000, 300_000, 1_800_000];

/// Delays of all messages.
#[derive(Clone, Debug, Default)]
pub struct Delays {
    /// Over sent and delayed messages.
    pub overall: Quantiles,
    /// Messages acknowledged within [`WITHIN_MS`].
    pub within: [u64; 3],
    /// Acknowledged messages by [`BUCKETS_MS`].
    pub buckets: [u64; BUCKETS_MS.len() + 1],
    /// Late messages by cause, most frequent first; those without a known cause are not in it.
    pub causes: Vec<(Cause, u64)>,
    /// Time that late messages spent in each part.
    pub parts_ms: [i64; PARTS],
}

impl Delays {
    /// The delays of messages.
    pub(super) fn of(messages: &Messages) -> Self {
        let mut causes: BTreeMap<Cause, u64> = BTreeMap::new();
        let late = |lot: &&Lot| lot.fate.outcome == Outcome::Delayed;
        for (lot, cause) in messages.lots.iter().filter(late).filter_map(|lot| Some((lot, lot.fate.cause?))) {
            *causes.entry(cause).or_insert(0) += lot.n();
        }
        let mut causes: Vec<(Cause, u64)> = causes.into_iter().collect();
        causes.sort_by(|(a, n), (b, m)| m.cmp(n).then(a.cmp(b)));
        let buckets = messages.buckets;
        // Each of WITHIN_MS is the upper end of a bucket.
        let within = WITHIN_MS.map(|limit| buckets[..BUCKETS_MS.partition_point(|upper| *upper <= limit)].iter().sum());
        let overall = messages.latencies.quantiles(1, |_| Some(0))[0];
        Self { overall, within, buckets, causes, parts_ms: messages.parts_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_within_a_limit_is_a_sum_of_buckets() {
        assert!(WITHIN_MS.iter().all(|limit| BUCKETS_MS.contains(limit)));
    }
}
