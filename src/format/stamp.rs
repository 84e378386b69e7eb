//! Time stamps as a line states them, before any zone or year is fixed.
//!
//! What comes in are the bytes of a stamp; what goes out is a [`Stamp`]: naive microseconds and
//! what is known of year and zone. [`crate::session`] turns stamps into instants.

/// What a stamp says of its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// An offset to UTC in minutes, east positive.
    Offset(i16),
    /// An abbreviation that stands for several zones; the offset is the more frequent one.
    Ambiguous(i16),
    /// Nothing.
    Local,
}

/// A time as stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Microseconds since 1970 of the stated wall clock (`Zone::Local`: of some local clock); for
    /// uptime stamps, since the start.
    pub wall_us: i64,
    /// The zone.
    pub zone: Zone,
    /// Whether the line states the year; if not, `wall_us` is in 1972, a leap year.
    pub has_year: bool,
    /// Whether the line states a date; if not, `wall_us` is within a day.
    pub has_date: bool,
    /// Whether it counts from boot or start.
    pub uptime: bool,
}

/// The year given to stamps without one, so that 29 February exists.
pub const YEARLESS: i64 = 1972;
/// µs of a day.
pub const DAY_US: i64 = 86_400_000_000;

/// Days since 1970-01-01 of a civil date (H. Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `days_from_civil`).
#[must_use]
pub const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

/// The civil date (year, month, day) of days since 1970-01-01, the inverse of [`days_from_civil`].
#[must_use]
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

/// The number of `len` digits at `at`, or `None` if one is none.
#[inline]
#[must_use]
pub fn digits(b: &[u8], at: usize, len: usize) -> Option<i64> {
    let part = b.get(at..at + len)?;
    let mut n = 0i64;
    for &c in part {
        let d = c.wrapping_sub(b'0');
        if d > 9 {
            return None;
        }
        n = n * 10 + i64::from(d);
    }
    Some(n)
}

/// Parses `HH:MM:SS` and a fraction after `.`, `,` or `:` at `at`; gives µs of the day and the end.
#[must_use]
pub fn time_of_day(b: &[u8], at: usize) -> Option<(i64, usize)> {
    let (h, m, s) = (digits(b, at, 2)?, digits(b, at + 3, 2)?, digits(b, at + 6, 2)?);
    if b.get(at + 2) != Some(&b':') || b.get(at + 5) != Some(&b':') || h > 24 || m > 59 || s > 60 {
        return None;
    }
    let mut us = ((h * 60 + m) * 60 + s) * 1_000_000;
    let mut end = at + 8;
    if matches!(b.get(end), Some(b'.' | b',' | b':')) && b.get(end + 1).is_some_and(u8::is_ascii_digit) {
        let mut scale = 100_000;
        end += 1;
        while let Some(d) = b.get(end).filter(|c| c.is_ascii_digit()) {
            us += i64::from(d - b'0') * scale;
            scale /= 10;
            end += 1;
        }
    }
    Some((us, end))
}

/// Parses `YYYY-MM-DD` (any one-byte separators) at `at`; gives days since 1970.
#[must_use]
pub fn date(b: &[u8], at: usize) -> Option<i64> {
    let (y, m, d) = (digits(b, at, 4)?, digits(b, at + 5, 2)?, digits(b, at + 8, 2)?);
    valid(y, m, d).then(|| days_from_civil(y, m, d))
}

/// Parses `MM-DD` at `at`; gives days since 1970 within [`YEARLESS`].
#[must_use]
pub fn month_day(b: &[u8], at: usize) -> Option<i64> {
    let (m, d) = (digits(b, at, 2)?, digits(b, at + 3, 2)?);
    valid(YEARLESS, m, d).then(|| days_from_civil(YEARLESS, m, d))
}

/// The number of a month by the first three letters of its English name.
#[must_use]
pub fn month_named(name: &[u8]) -> Option<i64> {
    const NAMES: [&[u8]; 12] = [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    (1..).zip(NAMES).find(|(_, own)| *own == name).map(|(number, _)| number)
}

fn valid(year: i64, month: i64, day: i64) -> bool {
    (1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

impl Stamp {
    /// A stamp with date and time.
    #[must_use]
    pub fn dated(days: i64, us_of_day: i64, zone: Zone) -> Self {
        Stamp { wall_us: days * DAY_US + us_of_day, zone, has_year: true, has_date: true, uptime: false }
    }

    /// A stamp without a year.
    #[must_use]
    pub fn yearless(days: i64, us_of_day: i64, zone: Zone) -> Self {
        Stamp { has_year: false, ..Self::dated(days, us_of_day, zone) }
    }

    /// A time of day without a date.
    #[must_use]
    pub fn dateless(us_of_day: i64, zone: Zone) -> Self {
        Stamp { wall_us: us_of_day, zone, has_year: false, has_date: false, uptime: false }
    }

    /// Time since boot in µs.
    #[must_use]
    pub fn since_boot(us: i64) -> Self {
        Stamp { wall_us: us, zone: Zone::Local, has_year: false, has_date: false, uptime: true }
    }

    /// An instant in µs UTC.
    #[must_use]
    pub fn utc(us: i64) -> Self {
        Stamp { wall_us: us, zone: Zone::Offset(0), has_year: true, has_date: true, uptime: false }
    }

    /// Parses RFC 3339 and its usual variants (`T` or blank, no zone, `+0800`, `Z`).
    #[must_use]
    pub fn parse_iso(b: &[u8]) -> Option<Self> {
        let days = date(b, 0)?;
        if !matches!(b.get(4), Some(b'-' | b'/')) || !matches!(b.get(10), Some(b'T' | b't' | b' ')) {
            return None;
        }
        let (us, end) = time_of_day(b, 11)?;
        let rest = b.get(end..).unwrap_or_default().trim_ascii();
        Some(Self::dated(days, us, zone(rest)))
    }

    /// Reads a stamp that is written alone: RFC 3339 or a number since 1970.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_iso(text.as_bytes()).or_else(|| Self::from_epoch(text.parse().ok()?))
    }

    /// The instant in µs UTC, where the zone is stated.
    #[must_use]
    pub fn instant_us(self) -> Option<i64> {
        match self.zone {
            Zone::Offset(minutes) => Some(self.wall_us - i64::from(minutes) * 60_000_000),
            Zone::Ambiguous(_) | Zone::Local => None,
        }
    }

    /// Reads a number as an instant: seconds, milliseconds, microseconds or nanoseconds since 1970,
    /// told apart by size (each unit's range from 2001 to 2286 overlaps no other's).
    #[must_use]
    pub fn from_epoch(value: f64) -> Option<Self> {
        let us = match value.abs() {
            v if !(1e9..1e20).contains(&v) => return None,
            v if v < 1e10 => value * 1e6,
            v if (1e12..1e13).contains(&v) => value * 1e3,
            v if (1e15..1e16).contains(&v) => value,
            v if (1e18..1e19).contains(&v) => value / 1e3,
            _ => return None,
        };
        #[allow(clippy::cast_possible_truncation)] // within ±1e16
        Some(Self::utc(us.round() as i64))
    }
}

/// Reads a zone: `Z`, `+08:00`, `+0800`, `GMT+01:00`, `UTC`, an abbreviation, or nothing.
#[must_use]
pub fn zone(b: &[u8]) -> Zone {
    let rest = match b {
        [] => return Zone::Local,
        b"Z" | b"z" | b"UTC" | b"GMT" => return Zone::Offset(0),
        _ => b.strip_prefix(b"GMT").or_else(|| b.strip_prefix(b"UTC")).unwrap_or(b),
    };
    let sign = match rest.first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return abbreviation(rest),
    };
    let (h, at) = match (digits(rest, 1, 2), digits(rest, 1, 1)) {
        (Some(h), _) => (h, 3),
        (None, Some(h)) => (h, 2),
        _ => return Zone::Local,
    };
    let at = if rest.get(at) == Some(&b':') { at + 1 } else { at };
    let m = digits(rest, at, 2).unwrap_or(0);
    i16::try_from(sign * (h * 60 + m)).map_or(Zone::Local, Zone::Offset)
}

/// Zone abbreviations as Java's `zzz` prints them for `Locale.US` (tz database names); those that
/// stand for several zones are marked.
fn abbreviation(b: &[u8]) -> Zone {
    match b {
        b"WET" => Zone::Offset(0),
        b"BST" | b"WEST" | b"CET" | b"WAT" | b"MET" => Zone::Offset(60),
        b"CEST" | b"EET" | b"CAT" | b"SAST" | b"MEST" => Zone::Offset(120),
        b"EEST" | b"MSK" | b"EAT" => Zone::Offset(180),
        b"PKT" => Zone::Offset(300),
        b"WIB" | b"ICT" => Zone::Offset(420),
        b"HKT" | b"SGT" | b"AWST" | b"WITA" => Zone::Offset(480),
        b"JST" | b"KST" | b"WIT" => Zone::Offset(540),
        b"ACST" => Zone::Offset(570),
        b"AEST" => Zone::Offset(600),
        b"AEDT" => Zone::Offset(660),
        b"NZST" => Zone::Offset(720),
        b"NZDT" => Zone::Offset(780),
        b"EDT" => Zone::Offset(-240),
        b"EST" | b"CDT" => Zone::Offset(-300),
        b"MDT" => Zone::Offset(-360),
        b"MST" | b"PDT" => Zone::Offset(-420),
        b"PST" | b"AKDT" => Zone::Offset(-480),
        b"AKST" => Zone::Offset(-540),
        b"HST" => Zone::Offset(-600),
        b"BRT" | b"ART" => Zone::Offset(-180),
        // China, Central America, Cuba.
        b"CST" => Zone::Ambiguous(480),
        // India, Israel, Ireland.
        b"IST" => Zone::Ambiguous(330),
        _ => Zone::Local,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_dates_go_there_and_back() {
        for days in [-719_468, -1, 0, 59, 11_016, 20_000, 2_932_896] {
            let (y, m, d) = civil_from_days(days);
            assert_eq!(days_from_civil(y, m, d), days);
        }
        assert_eq!(days_from_civil(2026, 11, 25), 20_782);
    }

    #[test]
    fn iso_stamps_with_and_without_zone_parse() {
        let z = Stamp::parse_iso(b"2026-11-12T09:21:14.003+08:00").unwrap();
        assert_eq!(z.zone, Zone::Offset(480));
        assert_eq!(z.wall_us % 60_000_000, 14_003_000);
        assert_eq!(Stamp::parse_iso(b"2026-11-12 09:21:14").unwrap().zone, Zone::Local);
        assert_eq!(Stamp::parse_iso(b"2026-13-12T09:21:14Z"), None);
    }

    #[test]
    fn zones_are_read_in_every_spelling() {
        assert_eq!(zone(b"GMT-04:00"), Zone::Offset(-240));
        assert_eq!(zone(b"GMT+03:30"), Zone::Offset(210));
        assert_eq!(zone(b"+0530"), Zone::Offset(330));
        assert_eq!(zone(b"CEST"), Zone::Offset(120));
        assert_eq!(zone(b"CST"), Zone::Ambiguous(480));
        assert_eq!(zone(b"XYZ"), Zone::Local);
    }

    #[test]
    fn epoch_numbers_are_told_apart_by_size() {
        let want = Some(1_783_952_000_000_000);
        for v in [1_783_952_000.0, 1_783_952_000_000.0, 1.783_952e15, 1.783_952e18] {
            assert_eq!(Stamp::from_epoch(v).map(|s| s.wall_us), want);
        }
        assert_eq!(Stamp::from_epoch(42.0), None);
    }
}
