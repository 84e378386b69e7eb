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
        let (n, max_ms) = (delays_ms.len() as u64, delays_ms.iter().copied().max());
        let mut from = 0;
        // Delays up to a rank stand before it, so that a higher one is looked for behind it; to sort all takes longer.
        let mut at_rank = |percent: usize| {
            let place = rank(delays_ms.len(), percent) - 1;
            let rest = delays_ms.get_mut(from..).filter(|rest| !rest.is_empty())?;
            let (_, delay, _) = rest.select_nth_unstable(place - from);
            from = place;
            Some(*delay)
        };
        Self { n, p50_ms: at_rank(50), p95_ms: at_rank(95), p99_ms: at_rank(99), max_ms }
    }
}

/// The number, from 1 on, of the smallest of `n` values that at least `percent` of them do not exceed.
fn rank(n: usize, percent: usize) -> usize {
    (n * percent).div_ceil(100).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The smallest value that at least `percent` of the sorted values do not exceed.
    fn nearest_rank(sorted: &[i64], percent: usize) -> Option<i64> {
        sorted.get(rank(sorted.len(), percent) - 1).copied()
    }

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
        assert_eq!(Quantiles::of(vec![]), Quantiles::default());
    }

    proptest! {
        #[test]
        fn quantiles_are_the_nearest_ranks_of_the_sorted_delays(delays in prop::collection::vec(0..50_i64, 1..300)) {
            let mut sorted = delays.clone();
            sorted.sort_unstable();
            let of = |percent| nearest_rank(&sorted, percent);
            let expected = Quantiles { n: sorted.len() as u64, p50_ms: of(50), p95_ms: of(95), p99_ms: of(99), max_ms: sorted.last().copied() };
            prop_assert_eq!(Quantiles::of(delays), expected);
        }
    }
}
