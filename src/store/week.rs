//! ISO weeks (ISO 8601, `2026-W47`): what the store is divided by.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use std::fmt;
use std::str::FromStr;

/// Years of four digits that leave room for a week before and after.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9_998;

/// A week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Week {
    year: i32,
    number: u32,
}

impl Week {
    /// The week of a moment in µs since 1970 UTC, by the calendar of a zone; `None` outside the years that ISO 8601 writes
    /// with four digits: a broken clock must not name a week that cannot be read back.
    #[must_use]
    pub fn of(us: i64, zone: Tz) -> Option<Self> {
        let week = DateTime::<Utc>::from_timestamp_micros(us)?.with_timezone(&zone).iso_week();
        YEARS.contains(&week.year()).then(|| Self { year: week.year(), number: week.week() })
    }

    /// Its Monday.
    ///
    /// # Panics
    /// Never: a week is made of a day or checked when it is parsed.
    #[must_use]
    pub fn monday(self) -> NaiveDate {
        NaiveDate::from_isoywd_opt(self.year, self.number, Weekday::Mon).expect("a week has a Monday")
    }

    /// Its first moment and the first after it, in µs since 1970 UTC.
    #[must_use]
    pub fn bounds(self, zone: Tz) -> Option<(i64, i64)> {
        let end = self.monday().checked_add_days(Days::new(7))?;
        Some((wall_clock(self.monday().and_time(NaiveTime::MIN), zone)?, wall_clock(end.and_time(NaiveTime::MIN), zone)?))
    }

    /// The week so many weeks before; `None` where the calendar ends.
    #[must_use]
    pub fn before(self, weeks: u64) -> Option<Self> {
        let week = self.monday().checked_sub_days(Days::new(7 * weeks))?.iso_week();
        Some(Self { year: week.year(), number: week.week() })
    }

    /// The week after; `None` where the calendar ends.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        let week = self.monday().checked_add_days(Days::new(7))?.iso_week();
        Some(Self { year: week.year(), number: week.week() })
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.number)
    }
}

impl FromStr for Week {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a week (ISO 8601: 2026-W47)");
        let (year, number) = text.split_once("-W").ok_or_else(wrong)?;
        let is_digits = |t: &str, n: usize| t.len() == n && t.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(year, 4) || !is_digits(number, 2) {
            return Err(wrong());
        }
        let week = Self { year: year.parse().map_err(|_| wrong())?, number: number.parse().map_err(|_| wrong())? };
        NaiveDate::from_isoywd_opt(week.year, week.number, Weekday::Mon).map(|_| week).ok_or_else(wrong)
    }
}

/// A wall-clock time in a zone, in µs since 1970 UTC; where clocks jump over it, the same time read by the offset before.
#[must_use]
pub fn wall_clock(at: NaiveDateTime, zone: Tz) -> Option<i64> {
    let chosen = zone.from_local_datetime(&at).earliest().or_else(|| {
        let later = at.checked_add_signed(chrono::TimeDelta::hours(1))?;
        zone.from_local_datetime(&later).earliest()
    });
    chosen.map(|t| t.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_days_of_a_year_may_belong_to_the_week_of_the_last() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros();
        let week = |text: &str, zone| Week::of(at(text), zone).unwrap().to_string();
        assert_eq!(week("2027-01-01T12:00:00Z", Tz::UTC), "2026-W53");
        assert_eq!(week("2026-11-15T23:30:00Z", Tz::UTC), "2026-W46");
        assert_eq!(week("2026-11-15T23:30:00Z", Tz::Asia__Shanghai), "2026-W47");
        assert_eq!(Week::of(i64::MAX, Tz::UTC), None);
        for us in [at("9998-06-01T00:00:00Z"), at("0002-06-01T00:00:00Z"), 400_000_000_000_000_000, -90_000_000_000_000_000] {
            let week = Week::of(us, Tz::UTC);
            assert_eq!(week.and_then(|w| w.to_string().parse().ok()), week, "{us}");
        }
    }

    #[test]
    fn weeks_are_spelled_read_and_stepped_through() {
        let week: Week = "2026-W53".parse().unwrap();
        assert_eq!(
            (week.to_string(), week.next().unwrap().to_string(), week.before(53).unwrap().to_string()),
            ("2026-W53".into(), "2027-W01".into(), "2025-W52".into())
        );
        let (first, after) = week.bounds(Tz::UTC).unwrap();
        assert_eq!(after - first, 7 * 86_400 * 1_000_000);
        for wrong in ["2026-W00", "2025-W53", "2026W47", "2026-W4", "26-W47", ""] {
            assert!(wrong.parse::<Week>().unwrap_err().contains("2026-W47"), "{wrong}");
        }
    }
}
