//! The memory of weeks: what comes in are counts of published weeks, what goes out are causes that have been too
//! frequent for long, each week a little, none of them enough by itself.
//!
//! Poisson CUSUM (Lucas 1985, "Counted data CUSUM's", Technometrics 27): S = max(0, S + O − E (ρ − 1) / ln ρ), an alarm
//! above a limit. The limit is that at which a chart without any change gives one alarm in so many weeks, from the
//! chain of its states (Brook and Evans 1972, Biometrika 59); ten charts are each ten times as strict.

use crate::taxonomy::Cause;
use nalgebra::{DMatrix, DVector};
use statrs::distribution::{DiscreteCDF, Poisson};

/// A rate that is so many times the usual one is to be found.
pub const RISE: f64 = 1.5;
/// Weeks per false alarm of all charts together.
pub const WEEKS_PER_FALSE_ALARM: f64 = 52.0;
/// States in which the sum is looked at.
const STATES: usize = 60;
/// Greatest limit that is looked for, in standard deviations of a week.
const LIMIT_MAX: f64 = 25.0;
/// More weeks than this are all time.
const WEEKS_MAX: f64 = 1e9;
/// Steps of the search for a limit.
const STEPS: usize = 20;

/// A cause above its limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alarm {
    /// Which.
    pub cause: Cause,
    /// The sum.
    pub sum: f64,
    /// Its limit.
    pub limit: f64,
    /// Messages seen this week, and expected by the weeks before.
    pub seen: f64,
    /// Messages expected.
    pub expected: f64,
}

/// The sum after a week.
#[must_use]
pub fn step(sum: f64, seen: f64, expected: f64) -> f64 {
    (sum + seen - reference(expected)).max(0.0)
}

/// What a week may have without adding to the sum.
fn reference(expected: f64) -> f64 {
    expected * (RISE - 1.0) / RISE.ln()
}

/// The limit at which a chart of this expectation gives one false alarm in so many weeks.
#[must_use]
pub fn limit(expected: f64, weeks: f64) -> f64 {
    if expected <= 0.0 {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, LIMIT_MAX * expected.sqrt().max(1.0));
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        if weeks_between_alarms(expected, middle) < weeks {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Mean weeks until an alarm, where nothing has changed.
fn weeks_between_alarms(expected: f64, limit: f64) -> f64 {
    let Ok(counts) = Poisson::new(expected) else { return f64::INFINITY };
    #[allow(clippy::cast_precision_loss)] // tens of states
    let width = limit / (STATES as f64 - 0.5);
    // State 0 is a sum of 0; state i is the stretch of one width around i · width.
    #[allow(clippy::cast_precision_loss)]
    let centre = |state: usize| state as f64 * width;
    let at_most = |x: f64| if x < 0.0 { 0.0 } else { counts.cdf(floor(x)) };
    let stays = DMatrix::from_fn(STATES, STATES, |from, to| {
        let shift = reference(expected) - centre(from);
        let upper = at_most(centre(to) + width / 2.0 + shift);
        if to == 0 { upper } else { upper - at_most(centre(to) - width / 2.0 + shift) }
    });
    let system = DMatrix::identity(STATES, STATES) - stays;
    // Where alarms are rarer than the arithmetic can tell, the solution is no number of weeks.
    let solved = system.lu().solve(&DVector::from_element(STATES, 1.0)).map(|weeks| weeks[0]);
    solved.filter(|weeks| *weeks >= 1.0 && *weeks < WEEKS_MAX).unwrap_or(f64::INFINITY)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // counts
fn floor(x: f64) -> u64 {
    x.floor() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws of a Poisson distribution by the same seed (SplitMix64, Knuth).
    struct Draws(u64);

    impl Draws {
        fn share(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            f64::from(u32::try_from((z ^ (z >> 31)) >> 32).unwrap()) / f64::from(u32::MAX)
        }

        fn poisson(&mut self, mean: f64) -> f64 {
            let (mut n, mut sum) = (0.0, -(1.0 - self.share()).max(1e-12).ln());
            while sum < mean {
                n += 1.0;
                sum -= (1.0 - self.share()).max(1e-12).ln();
            }
            n
        }
    }

    fn weeks_to_alarm(draws: &mut Draws, expected: f64, rise: f64, limit: f64) -> f64 {
        let (mut sum, mut weeks) = (0.0, 0.0);
        while sum <= limit && weeks < 5_000.0 {
            sum = step(sum, draws.poisson(expected * rise), expected);
            weeks += 1.0;
        }
        weeks
    }

    #[test]
    fn without_a_change_there_is_about_one_alarm_a_year() {
        let mut draws = Draws(7);
        for expected in [0.5, 2.0, 10.0, 60.0] {
            let limit = limit(expected, WEEKS_PER_FALSE_ALARM);
            let runs = 1_500;
            let mean = (0..runs).map(|_| weeks_to_alarm(&mut draws, expected, 1.0, limit)).sum::<f64>() / f64::from(runs);
            // Counts are whole, so that a limit between two of them may be stricter than asked for.
            assert!((40.0..=95.0).contains(&mean), "{expected}: {mean} weeks at limit {limit}");
        }
    }

    #[test]
    fn a_rise_by_half_is_found_in_a_few_weeks() {
        let mut draws = Draws(9);
        for (expected, weeks) in [(2.0, 16.0), (10.0, 6.0), (60.0, 2.0)] {
            let limit = limit(expected, WEEKS_PER_FALSE_ALARM);
            let mean = (0..500).map(|_| weeks_to_alarm(&mut draws, expected, RISE, limit)).sum::<f64>() / 500.0;
            assert!(mean <= weeks, "{expected}: {mean} weeks at limit {limit}");
        }
    }
}
