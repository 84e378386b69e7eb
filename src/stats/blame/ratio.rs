//! The one test behind every comparison: what comes in are unsent messages seen, unsent messages that the others
//! would have had, and how much the others are worth; what goes out is how sure their ratio is.
//!
//! Given O events seen and E expected from m events of a comparator, O out of O + m is binomial with the odds
//! RR·E/m, so that with Jeffreys' prior RR·E/(RR·E + m) has a Beta(O + ½, m + ½) distribution. At large counts it
//! tends to the usual interval on the logarithm; at one to ten events it stays honest; what few others inform
//! (small m) is never significant.

use statrs::function::beta::{beta_reg, inv_beta_reg, ln_beta};

/// Least expectation: below it nothing can be compared.
const EXPECTED_MIN: f64 = 1e-9;
/// Least worth of a comparator.
const WORTH_MIN: f64 = 1e-3;
/// Events added to both sides where ratios are only sorted by.
const SHRINK: f64 = 8.0;

/// A set of messages against what the others would have had.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// Unsent messages seen, over the dispersion.
    pub observed: f64,
    /// Unsent messages expected, over the dispersion.
    pub expected: f64,
    /// Comparator events that the expectation is worth: 1 / Var(log E).
    pub worth: f64,
}

impl Compared {
    /// Counts over the dispersion; the worth takes the dispersion in its variance already.
    #[must_use]
    pub fn new(observed: f64, expected: f64, worth: f64, dispersion: f64) -> Self {
        Self { observed: observed / dispersion, expected: (expected / dispersion).max(EXPECTED_MIN), worth: worth.max(WORTH_MIN) }
    }

    /// Seen over expected.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.observed / self.expected
    }

    /// The probability that the true ratio is at most `bound`.
    #[must_use]
    pub fn at_most(&self, bound: f64) -> f64 {
        let odds = bound * self.expected;
        beta_reg(self.observed + 0.5, self.worth + 0.5, odds / (odds + self.worth))
    }

    /// The ratio below which the true one lies with this probability.
    #[must_use]
    pub fn quantile(&self, probability: f64) -> f64 {
        let x = beta_quantile(self.observed + 0.5, self.worth + 0.5, probability).min(1.0 - 1e-15);
        x / (1.0 - x) * self.worth / self.expected
    }

    /// The two-sided interval of this level.
    #[must_use]
    pub fn interval(&self, level: f64) -> (f64, f64) {
        let tail = (1.0 - level) / 2.0;
        (self.quantile(tail), self.quantile(1.0 - tail))
    }

    /// The ratio drawn towards 1, to sort by.
    #[must_use]
    pub fn shrunk(&self) -> f64 {
        (self.observed + SHRINK) / (self.expected + SHRINK)
    }
}

/// The inverse of the regularised incomplete beta function. `statrs` starts it; Newton's steps on its own
/// distribution function bring the relative error from 1e-6 to that of the function itself.
#[must_use]
pub fn beta_quantile(a: f64, b: f64, probability: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    let mut x = inv_beta_reg(a, b, probability).clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON);
    for _ in 0..60 {
        let error = beta_reg(a, b, x) - probability;
        if error > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let log_density = (a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p() - ln_beta(a, b);
        let step = error / log_density.exp();
        let next = if step.is_finite() && x - step > low && x - step < high { x - step } else { f64::midpoint(low, high) };
        let done = (next - x).abs() <= 1e-15 * x.max(1e-300);
        x = next;
        if done {
            break;
        }
    }
    x
}

/// Adjusts p-values so that of the findings at most a share q is false (Benjamini and Hochberg 1995).
#[must_use]
pub fn false_discovery(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*b].total_cmp(&p[*a]));
    let mut q = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (place, index) in order.into_iter().enumerate() {
        #[allow(clippy::cast_precision_loss)] // counts of levels
        let scale = p.len() as f64 / (p.len() - place) as f64;
        least = least.min(p[index] * scale);
        q[index] = least;
    }
    q
}

#[cfg(test)]
mod tests {
    use super::*;

    /// a, b, x and I_x(a, b) (NIST DLMF 8.17.2), computed with 40 digits.
    #[rustfmt::skip]
    #[allow(clippy::unreadable_literal, clippy::excessive_precision)]
    const PUBLISHED: &[(f64, f64, f64, f64)] = &[
        (0.5, 0.5, 0.01, 0.063768560858519848),
        (0.5, 0.5, 0.5, 0.5),
        (0.5, 0.5, 0.99, 0.93623143914148015),
        (1.0, 1.0, 0.3, 0.3),
        (1.5, 2.5, 0.1, 0.097880642941379786),
        (2.0, 3.0, 0.4, 0.5248),
        (2.5, 7.5, 0.25, 0.54914885387263048),
        (3.5, 0.5, 0.9, 0.40708382206558896),
        (4.0, 9.0, 0.2, 0.20543105024),
        (5.0, 5.0, 0.5, 0.5),
        (5.5, 20.5, 0.15, 0.23138866024648128),
        (8.0, 10.0, 0.6, 0.9081007458287616),
        (10.0, 1.0, 0.8, 0.1073741824),
        (10.5, 100.5, 0.12, 0.82530533898881813),
        (20.0, 20.0, 0.5, 0.5),
        (20.0, 30.0, 0.35, 0.23856016353438215),
        (30.5, 60.5, 0.4, 0.90265354590254969),
        (50.0, 50.0, 0.55, 0.84134780106290121),
        (100.5, 900.5, 0.11, 0.84404526695504849),
        (150.0, 100.0, 0.62, 0.73895318243564133),
        (0.5, 1000.5, 0.001, 0.84285647663448116),
        (3.5, 250.5, 0.02, 0.8209606047165816),
        (11.5, 1000.5, 0.02, 0.98697511316121656),
        (400.5, 4000.5, 0.09, 0.41387751271847649),
    ];

    #[test]
    fn the_distribution_agrees_with_published_values_to_ten_digits() {
        assert!(PUBLISHED.len() >= 20);
        for (a, b, x, value) in PUBLISHED {
            let found = beta_reg(*a, *b, *x);
            assert!((found - value).abs() <= 1e-10 * value.max(1e-3), "I_{x}({a}, {b}) = {found}, not {value}");
            let back = beta_quantile(*a, *b, *value);
            assert!((back - x).abs() <= 1e-9 * x, "quantile of {value} at ({a}, {b}) = {back}, not {x}");
        }
    }

    #[test]
    fn nothing_seen_is_no_proof_of_a_good_version() {
        let none = Compared::new(0.0, 2.0, 1e4, 1.0);
        let (low, high) = none.interval(0.95);
        assert!(low < 0.01 && high > 1.2, "{low} {high}");
        assert!(none.at_most(1.0) > 0.9);
    }

    #[test]
    fn a_comparison_that_nobody_can_inform_is_never_significant() {
        let alone = Compared::new(90.0, 3.0, 0.02, 1.0);
        assert!(alone.at_most(1.15) > 0.05, "{}", alone.at_most(1.15));
    }

    #[test]
    fn adjusted_p_values_keep_their_order_and_never_pass_one() {
        let q = false_discovery(&[0.01, 0.04, 0.03, 0.9]);
        let want = [0.04, 0.053_333_333_333_333_34, 0.053_333_333_333_333_34, 0.9];
        assert!(q.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-12), "{q:?}");
        assert!(false_discovery(&[]).is_empty());
    }
}
