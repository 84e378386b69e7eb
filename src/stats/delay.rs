//! Messages -> how long acknowledgements took, for whom, and where the time went.

use super::quantile::Quantiles;
use super::slim::{PARTS, Slim};
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
    pub(super) fn of(messages: &[Slim]) -> Self {
        let mut parts_ms = [0_i64; PARTS];
        let mut causes: BTreeMap<Cause, u64> = BTreeMap::new();
        for message in messages.iter().filter(|m| m.outcome == Outcome::Delayed) {
            for (sum, part) in parts_ms.iter_mut().zip(message.parts_ms.iter().flat_map(|p| p.iter())) {
                *sum = sum.saturating_add(*part);
            }
            if let Some(cause) = message.cause {
                *causes.entry(cause).or_insert(0) += 1;
            }
        }
        let mut causes: Vec<(Cause, u64)> = causes.into_iter().collect();
        causes.sort_by(|(a, n), (b, m)| m.cmp(n).then(a.cmp(b)));
        let within = WITHIN_MS.map(|limit| messages.iter().filter(|m| m.latency_ms.is_some_and(|ms| ms <= limit)).count() as u64);
        let mut buckets = [0; BUCKETS_MS.len() + 1];
        for ms in messages.iter().filter_map(|m| m.latency_ms) {
            buckets[BUCKETS_MS.partition_point(|upper| *upper < ms)] += 1;
        }
        Self { within, buckets, overall: Quantiles::of(messages.iter().filter_map(|m| m.latency_ms).collect()), causes, parts_ms }
    }
}
