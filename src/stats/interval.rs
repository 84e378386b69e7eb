//! Counts -> rates with their 95 % intervals, or the reason why there is none.

use serde::Serialize;

/// Judged messages below which a rate is not stated.
pub const JUDGED_MIN: u64 = 30;
/// Two-sided 95 % point of the normal distribution.
const Z95: f64 = 1.959_963_984_540_054;
/// Rates are handed on with this many decimals, so that equal inputs print equally everywhere.
const DECIMALS: f64 = 1e6;

/// Why a rate is not stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Fewer than [`JUDGED_MIN`] judged messages.
    TooLittleData,
    /// The log shows no acknowledgement, so what did not fail is not known to be sent.
    NoAcknowledgements,
}

/// A rate, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// The share.
    pub value: Option<f64>,
    /// Lower end of its Wilson 95 % interval.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// The denominator.
    pub n: u64,
    /// Why there is no value.
    pub reason: Option<Reason>,
}

impl Rate {
    /// `k` of `n`.
    #[must_use]
    pub fn of(k: u64, n: u64) -> Self {
        if n < JUDGED_MIN {
            return Self::none(n, Reason::TooLittleData);
        }
        let (lo, hi) = wilson(k, n);
        Self { value: Some(round(ratio(k, n))), lo: Some(round(lo)), hi: Some(round(hi)), n, reason: None }
    }

    /// No rate, and why.
    #[must_use]
    pub const fn none(n: u64, reason: Reason) -> Self {
        Self { value: None, lo: None, hi: None, n, reason: Some(reason) }
    }
}

/// Wilson's score interval of `k` in `n`, 95 %.
/// Formula: Wilson (1927), "Probable inference", J. Am. Stat. Assoc. 22.
#[must_use]
pub fn wilson(k: u64, n: u64) -> (f64, f64) {
    wilson_of(float(k), float(n))
}

/// The same of counts that a design effect has made smaller.
#[must_use]
pub fn wilson_of(k: f64, n: f64) -> (f64, f64) {
    if n <= 0.0 {
        return (0.0, 1.0);
    }
    let p = k / n;
    let z2 = Z95 * Z95;
    let centre = p + z2 / (2.0 * n);
    let half = Z95 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    (((centre - half) / scale).max(0.0), ((centre + half) / scale).min(1.0))
}

/// `k / n`, 0 where there is nothing.
#[must_use]
pub fn ratio(k: u64, n: u64) -> f64 {
    if n == 0 { 0.0 } else { float(k) / float(n) }
}

/// Counts stay far below 2^53.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn float(n: u64) -> f64 {
    n as f64
}

/// Rounds to the decimals that outputs carry.
#[must_use]
pub fn round(value: f64) -> f64 {
    (value * DECIMALS).round() / DECIMALS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_agrees_with_published_values() {
        // https://blog.coolmaze.io/posts/015-did-you-say-simpson: 466+1051 of 1131+11850+466+1051 …
        let (lo, hi) = wilson(1_517, 14_498);
        assert!((lo - 0.0998).abs() < 5e-5 && (hi - 0.1097).abs() < 5e-5, "{lo} {hi}");
        let (lo, hi) = wilson(0, 300);
        assert!(lo.abs() < 1e-12 && (hi - 0.0126).abs() < 1e-3, "{lo} {hi}");
    }

    #[test]
    fn little_data_gives_a_reason_and_no_value() {
        let rate = Rate::of(0, 29);
        assert_eq!((rate.value, rate.reason), (None, Some(Reason::TooLittleData)));
        assert_eq!(Rate::of(3, 30).value, Some(0.1));
    }

    #[test]
    fn an_interval_always_holds_its_rate() {
        for n in 1..200 {
            for k in 0..=n {
                let (lo, hi) = wilson(k, n);
                assert!(lo <= ratio(k, n) + 1e-12 && ratio(k, n) <= hi + 1e-12 && lo >= 0.0 && hi <= 1.0);
            }
        }
    }
}
