//! Delays -> nearest-rank quantiles: always a delay that was really seen.

use serde::Serialize;

/// Quantiles of a set of delays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Quantiles {
    /// How many delays.
    pub n: u64,
    /// Half are at most this.
    pub p50_ms: Option<i64>,
    /// 95 % are at most this.
    pub p95_ms: Option<i64>,
    /// 99 % are at most this.
    pub p99_ms: Option<i64>,
    /// The longest.
    pub max_ms: Option<i64>,
}

impl Quantiles {
    /// The quantiles of delays in any order.
    #[must_use]
    pub fn of(mut delays_ms: Vec<i64>) -> Self {
        delays_ms.sort_unstable();
        Self {
            n: delays_ms.len() as u64,
            p50_ms: nearest_rank(&delays_ms, 50),
            p95_ms: nearest_rank(&delays_ms, 95),
            p99_ms: nearest_rank(&delays_ms, 99),
            max_ms: delays_ms.last().copied(),
        }
    }
}

/// The smallest value that at least `percent` of the sorted values do not exceed.
#[must_use]
pub fn nearest_rank(sorted: &[i64], percent: usize) -> Option<i64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_the_nearest_ones_from_above() {
        let values: Vec<i64> = (1..=100).collect();
        assert_eq!(nearest_rank(&values, 50), Some(50));
        assert_eq!(nearest_rank(&values, 95), Some(95));
        assert_eq!(nearest_rank(&[15, 20, 35, 40, 50], 30), Some(20));
        assert_eq!(nearest_rank(&[7], 99), Some(7));
        assert_eq!(nearest_rank(&[], 50), None);
    }

    #[test]
    fn the_order_of_delays_does_not_matter() {
        assert_eq!(Quantiles::of(vec![3, 1, 2]), Quantiles::of(vec![1, 2, 3]));
        assert_eq!(Quantiles::of(vec![]).p50_ms, None);
    }
}
