//! How durations, moments and thresholds are spelled on the command line and in the configuration.

use crate::store::week::{Week, wall_clock};
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use std::fmt;
use std::str::FromStr;

/// Longest duration: a hundred years.
const DURATION_MS_MAX: f64 = 100.0 * 366.0 * 86_400_000.0;

const UNITS: &[(&str, f64)] = &[("ms", 1.0), ("s", 1e3), ("m", 60e3), ("h", 3_600e3), ("d", 86_400e3)];

/// A duration such as `5s`, `10m`, `500ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duration {
    /// In milliseconds.
    pub ms: i64,
}

impl FromStr for Duration {
    type Err = String;

    #[allow(clippy::cast_possible_truncation)]
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a duration (a number with ms, s, m, h or d: 5s, 10m, 500ms)");
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let (number, unit) = text.split_at(digits);
        let (_, unit_ms) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        let ms = number.parse::<f64>().map_err(|_| wrong())? * unit_ms;
        if ms.is_finite() && ms <= DURATION_MS_MAX {
            Ok(Self { ms: ms.round() as i64 })
        } else {
            Err(format!("`{text}` is longer than a hundred years"))
        }
    }
}

impl Duration {
    /// As the standard library has it.
    #[must_use]
    pub const fn time(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.ms.unsigned_abs())
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
        let unit = whole.iter().find(|(ms, _)| self.ms != 0 && self.ms % ms == 0);
        match unit {
            Some((ms, name)) => write!(f, "{}{name}", self.ms / ms),
            None => write!(f, "{}ms", self.ms),
        }
    }
}

const BYTE_UNITS: &[(&str, u64)] = &[
    ("", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// A number of bytes such as `512MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes {
    /// How many.
    pub bytes: u64,
}

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a number of bytes (512MiB, 2GiB, 100MB)");
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let (_, factor) = BYTE_UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        let bytes = number.parse::<u64>().ok().and_then(|n| n.checked_mul(*factor)).ok_or_else(wrong)?;
        Ok(Self { bytes })
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = BYTE_UNITS.iter().rev().find(|(_, factor)| self.bytes != 0 && self.bytes.is_multiple_of(*factor));
        let (name, factor) = whole.unwrap_or(&BYTE_UNITS[0]);
        write!(f, "{}{name}", self.bytes / factor)
    }
}

/// A share such as `2%` or `0.5 %`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percent {
    /// From 0 to 1.
    pub share: f64,
}

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a percentage from 0 to 100 (2%, 0.5%)");
        let number = text.trim().strip_suffix('%').ok_or_else(wrong)?;
        let percent: f64 = number.trim().parse().map_err(|_| wrong())?;
        if (0.0..=100.0).contains(&percent) { Ok(Self { share: percent / 100.0 }) } else { Err(wrong()) }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.share * 100.0)
    }
}

/// Which end of a period a moment stands for: a day or week has two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its first moment.
    First,
    /// The first moment after it.
    After,
}

/// A moment in µs since 1970 UTC: RFC 3339, a date, `7d` (before now) or `2026-W47`.
///
/// # Errors
/// The spellings there are.
pub fn moment(text: &str, end: End, zone: Tz, now: DateTime<Utc>) -> Result<i64, String> {
    let wrong = || format!("`{text}` is not a time (2026-11-16T08:00:00+08:00, 2026-11-16, 2026-W47 or 7d)");
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.timestamp_micros());
    }
    if let Ok(at) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f") {
        return wall_clock(at, zone).ok_or_else(wrong);
    }
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return bound(day, end, zone).ok_or_else(wrong);
    }
    if let Ok(week) = text.parse::<Week>() {
        let bounds = week.bounds(zone).map(|(first, after)| if end == End::First { first } else { after });
        return bounds.ok_or_else(wrong);
    }
    let ago: Duration = text.parse().map_err(|_| wrong())?;
    Ok(now.timestamp_micros().saturating_sub(ago.ms.saturating_mul(1_000)))
}

fn bound(first: NaiveDate, end: End, zone: Tz) -> Option<i64> {
    let day = match end {
        End::First => first,
        End::After => first.checked_add_days(Days::new(1))?,
    };
    wall_clock(day.and_time(NaiveTime::MIN), zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_spelled_with_units_of_both_kinds() {
        for (text, bytes) in [("512MiB", 512 << 20), ("2GiB", 2 << 30), ("100MB", 100_000_000), ("0", 0)] {
            let read: Bytes = text.parse().unwrap();
            assert_eq!((read.bytes, read.to_string().as_str()), (bytes, text));
        }
        for wrong in ["", "MiB", "5 MiB", "5mib", "-1", "99999999999TiB"] {
            assert!(wrong.parse::<Bytes>().unwrap_err().contains("512MiB"), "{wrong}");
        }
    }

    #[test]
    fn durations_need_a_unit() {
        assert_eq!("5s".parse::<Duration>(), Ok(Duration { ms: 5_000 }));
        assert_eq!("1.5m".parse::<Duration>(), Ok(Duration { ms: 90_000 }));
        assert_eq!("500ms".parse::<Duration>().map(|d| d.to_string()), Ok("500ms".into()));
        assert_eq!("600s".parse::<Duration>().map(|d| d.to_string()), Ok("10m".into()));
        for wrong in ["5", "", "s", "-5s", "5 parsecs", "1e400d", "99999999d"] {
            assert!(wrong.parse::<Duration>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn percentages_need_their_sign() {
        assert_eq!("2%".parse::<Percent>(), Ok(Percent { share: 0.02 }));
        assert_eq!("0.5 %".parse::<Percent>().map(|p| p.to_string()), Ok("0.5%".into()));
        for wrong in ["2", "-1%", "101%", "%", "NaN%", "two%"] {
            assert!(wrong.parse::<Percent>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_week_and_a_day_have_two_ends() {
        let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let at = |text: &str, end| moment(text, end, Tz::UTC, now).map(|us| DateTime::from_timestamp_micros(us).unwrap().to_rfc3339());
        assert_eq!(at("2026-W47", End::First).unwrap(), "2026-11-16T00:00:00+00:00");
        assert_eq!(at("2026-W47", End::After).unwrap(), "2026-11-23T00:00:00+00:00");
        assert_eq!(at("2026-11-16", End::After).unwrap(), "2026-11-17T00:00:00+00:00");
        assert_eq!(moment("2026-11-16", End::First, Tz::Asia__Shanghai, now), Ok(1_794_758_400_000_000));
        assert_eq!(moment("1d", End::First, Tz::UTC, now), Ok((1_795_000_000 - 86_400) * 1_000_000));
        assert!(at("2026-W54", End::First).unwrap_err().contains("2026-W47"));
        assert!(at("yesterday", End::First).is_err());
    }
}
