//! Numbers -> how people read them: separators, percentages, durations.

use crate::stats::interval::{JUDGED_MIN, ratio};

/// A count with separators.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A share as a percentage.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{} %", percent_digits(share))
}

/// The digits of a percentage: two decimals below 10 %, one above.
#[must_use]
pub fn percent_digits(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 9.995 { format!("{percent:.2}") } else { format!("{percent:.1}") }
}

/// A part of a whole: a percentage if the whole is large enough for one, else both counts.
#[must_use]
pub fn share(part: u64, whole: u64) -> String {
    if whole < JUDGED_MIN { format!("{part}/{whole}") } else { format!("{:.1} %", ratio(part, whole) * 100.0) }
}

/// A value with its interval: `5.32 [3.39, 8.57]`.
#[must_use]
pub fn interval(value: f64, (low, high): (f64, f64), decimals: usize) -> String {
    format!("{value:.decimals$} [{low:.decimals$}, {high:.decimals$}]")
}

/// A duration.
#[must_use]
pub fn duration(ms: i64) -> String {
    let (s, min) = (ms / 1_000, ms / 60_000);
    match ms {
        ..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{s}.{} s", ms % 1_000 / 100),
        60_000..3_600_000 => format!("{min} min {:02} s", s % 60),
        _ => format!("{} h {:02} min", count(u64::try_from(min / 60).unwrap_or(0)), min % 60),
    }
}

/// Bytes with a binary unit.
#[must_use]
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = crate::stats::interval::float(n);
    let mut unit = "B";
    for larger in UNITS {
        if value < 1024.0 {
            break;
        }
        (value, unit) = (value / 1024.0, larger);
    }
    if unit == "B" { format!("{n} B") } else { format!("{value:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_three() {
        assert_eq!((count(0), count(999), count(1_000), count(1_234_567)), ("0".into(), "999".into(), "1,000".into(), "1,234,567".into()));
    }

    #[test]
    fn small_wholes_show_counts_instead_of_percentages() {
        assert_eq!((share(3, 12), share(3, 30)), ("3/12".into(), "10.0 %".into()));
        assert_eq!((percent(0.0482), percent(0.5)), ("4.82 %".into(), "50.0 %".into()));
    }

    #[test]
    fn durations_use_the_largest_fitting_unit() {
        let shown = [850, 5_240, 125_000, 7_500_000].map(duration);
        assert_eq!(shown, ["850 ms", "5.2 s", "2 min 05 s", "2 h 05 min"]);
        assert_eq!(bytes(1_536), "1.5 KiB");
    }
}
