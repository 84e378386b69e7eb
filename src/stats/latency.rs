//! Latencies per route -> quantiles of any set of routes. Up to [`EXACT_MAX`] latencies are kept as they are; more go into
//! buckets, of which each keeps its greatest latency, so that a quantile is still one that was seen, and at most 1/32
//! too long.

use super::quantile::Quantiles;
use std::collections::BTreeMap;

/// Latencies that are kept one by one.
pub const EXACT_MAX: usize = 1 << 20;
/// Steps of an octave; shorter latencies have a bucket each.
const STEPS: u64 = 32;

/// Latencies by route.
#[derive(Debug)]
pub enum Latencies {
    /// Route and latency.
    Exact(Vec<(u32, i64)>),
    /// Buckets of each route.
    Buckets(Vec<Buckets>),
}

impl Default for Latencies {
    fn default() -> Self {
        Self::Exact(Vec::new())
    }
}

/// Counts and greatest latency by bucket.
pub type Buckets = BTreeMap<u32, (u64, i64)>;

impl Latencies {
    /// Takes a latency.
    pub fn add(&mut self, route: u32, ms: i64) {
        match self {
            Self::Exact(all) => {
                all.push((route, ms));
                if all.len() > EXACT_MAX {
                    let all = std::mem::take(all);
                    *self = Self::Buckets(Vec::new());
                    for (route, ms) in all {
                        self.add(route, ms);
                    }
                }
            }
            Self::Buckets(routes) => {
                let place = route as usize;
                if routes.len() <= place {
                    routes.resize_with(place + 1, Buckets::new);
                }
                put(&mut routes[place], bucket(ms), 1, ms);
            }
        }
    }

    /// The quantiles of groups of routes: `group_of` says of each route in which of so many it is.
    #[must_use]
    pub fn quantiles(&self, groups: usize, group_of: impl Fn(u32) -> Option<usize>) -> Vec<Quantiles> {
        match self {
            Self::Exact(all) => {
                let mut delays: Vec<Vec<i64>> = vec![Vec::new(); groups];
                for (route, ms) in all {
                    if let Some(group) = group_of(*route) {
                        delays[group].push(*ms);
                    }
                }
                delays.into_iter().map(Quantiles::of).collect()
            }
            Self::Buckets(routes) => {
                let mut sums: Vec<Buckets> = vec![Buckets::new(); groups];
                for (route, buckets) in (0..).zip(routes) {
                    let Some(group) = group_of(route) else { continue };
                    for (bucket, (n, greatest)) in buckets {
                        put(&mut sums[group], *bucket, *n, *greatest);
                    }
                }
                sums.iter().map(of_buckets).collect()
            }
        }
    }
}

fn put(buckets: &mut Buckets, bucket: u32, n: u64, ms: i64) {
    let own = buckets.entry(bucket).or_insert((0, ms));
    *own = (own.0 + n, own.1.max(ms));
}

fn of_buckets(buckets: &Buckets) -> Quantiles {
    let n: u64 = buckets.values().map(|(n, _)| n).sum();
    let at = |percent: u64| {
        let rank = (u128::from(n) * u128::from(percent)).div_ceil(100).max(1);
        let mut below = 0_u128;
        let reaches = |(n, _): &&(u64, i64)| {
            below += u128::from(*n);
            below >= rank
        };
        buckets.values().find(reaches).map(|(_, greatest)| *greatest)
    };
    Quantiles { n, p50_ms: at(50), p95_ms: at(95), p99_ms: at(99), max_ms: buckets.values().map(|(_, greatest)| *greatest).max() }
}

/// The bucket of a latency: one each below 32 ms, then 32 to an octave.
#[must_use]
fn bucket(ms: i64) -> u32 {
    let ms = u64::try_from(ms).unwrap_or(0);
    let octave = (ms / STEPS).checked_ilog2().map_or(0, |n| n + 1);
    let step = if octave == 0 { ms } else { (ms >> (octave - 1)) - STEPS };
    octave * 32 + u32::try_from(step).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_rise_with_latency_and_are_at_most_a_thirty_second_wide() {
        let all: Vec<i64> = (0..4_096).chain((12..62).flat_map(|n| [(1 << n) - 1, 1 << n, (1 << n) + 1])).chain([i64::MAX]).collect();
        for pair in all.windows(2) {
            let (a, b) = (bucket(pair[0]), bucket(pair[1]));
            assert!(a <= b, "{pair:?}: {a} {b}");
            assert!(a < b || pair[1] - pair[0] <= pair[0] / 32, "{pair:?} are both in {a}");
        }
        assert_eq!([0, 31, 32, 63, 64, 65, 66].map(bucket), [0, 31, 32, 63, 64, 64, 65]);
        assert_eq!(bucket(-5), 0);
    }

    #[test]
    fn quantiles_of_many_are_seen_ones_and_close_and_no_order_changes_them() {
        let values: Vec<i64> = (0..).map(|n: i64| n * n % 1_000_003 % 90_000).take(EXACT_MAX + 5_000).collect();
        let route = |ms: i64| u32::try_from(ms % 3).unwrap();
        let (mut up, mut down) = (Latencies::default(), Latencies::default());
        for ms in &values {
            up.add(route(*ms), *ms);
        }
        for ms in values.iter().rev() {
            down.add(route(*ms), *ms);
        }
        let all = |latencies: &Latencies| latencies.quantiles(1, |_| Some(0))[0];
        let (exact, near) = (Quantiles::of(values.clone()), all(&up));
        assert_eq!(near, all(&down));
        assert_eq!((near.n, near.max_ms), (exact.n, exact.max_ms));
        for (near, exact) in [(near.p50_ms, exact.p50_ms), (near.p95_ms, exact.p95_ms), (near.p99_ms, exact.p99_ms)] {
            let (near, exact) = (near.unwrap(), exact.unwrap());
            assert!(values.contains(&near) && near >= exact && near - exact <= exact / 32, "{near} {exact}");
        }
        let groups = up.quantiles(2, |route| (route > 0).then_some(route as usize - 1));
        assert_eq!(groups.iter().map(|q| q.n).sum::<u64>(), values.iter().filter(|ms| *ms % 3 > 0).count() as u64);
    }

    #[test]
    fn few_latencies_are_exact() {
        let mut few = Latencies::default();
        for ms in [1_000_003, 1_000_001, 1_000_002] {
            few.add(7, ms);
        }
        assert_eq!(few.quantiles(1, |_| Some(0)), [Quantiles::of(vec![1_000_001, 1_000_002, 1_000_003])]);
        assert_eq!(few.quantiles(1, |_| None)[0].n, 0);
    }
}
