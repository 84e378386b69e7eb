//! Stamps -> instants: zone and year of one document, fixed from what the upload states.

use crate::format::stamp::{Stamp, YEARLESS, Zone, civil_from_days, days_from_civil};
use crate::scan::Scanned;
use crate::taxonomy::Clock;
use chrono::{Offset, TimeZone};

const DAY_US: i64 = 86_400_000_000;
/// A yearless stamp that jumps back further than this has passed New Year.
const ROLLOVER_US: i64 = 300 * DAY_US;

/// What is known of time beside a document's own stamps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reference {
    /// When the log was exported, µs UTC, as the upload states it.
    pub exported_us: Option<i64>,
    /// Not before the last stamp with a year of any document; dates the stamps without, µs.
    pub latest_us: Option<i64>,
    /// Offset to UTC in minutes that the upload states.
    pub offset_minutes: Option<i16>,
    /// The zone that the user states.
    pub zone: Option<chrono_tz::Tz>,
    /// When the file was last modified, µs UTC: only for a missing year.
    pub modified_us: Option<i64>,
}

impl Reference {
    /// The instant that no stamp of the upload is later than, µs UTC.
    fn dated_by(&self) -> Option<i64> {
        self.exported_us.or(self.latest_us).or(self.modified_us)
    }
}

/// Turns the stamps of one document into instants.
#[derive(Clone, Debug)]
pub struct Calendar {
    reference: Reference,
    /// From each line on, the year of yearless stamps.
    years: Vec<(u64, i64)>,
    /// From each line on, the day (since 1970) of stamps without a date.
    days: Vec<(u64, i64)>,
    /// Offset to UTC in minutes that other stamps of the document state, for those that state none.
    offset_minutes: Option<i16>,
}

impl Calendar {
    /// Fixes the years of a document: its last stamp is the latest one that is not after the export
    /// (or the modification); the year changes where stamps jump back by most of a year.
    #[must_use]
    pub fn new(scanned: &Scanned, reference: Reference) -> Self {
        let mut calendar =
            Calendar { reference, years: Vec::new(), days: days(scanned, reference), offset_minutes: stated_offset(scanned) };
        let points = scanned.strip.points.iter().map(|p| (p.line, p.stamp));
        let marks = scanned.marks.iter().filter_map(|m| Some((m.record_line, m.stamp?)));
        let mut stamps: Vec<(u64, Stamp)> = points.chain(marks).filter(|(_, s)| !s.has_year && s.has_date && !s.uptime).collect();
        stamps.sort_by_key(|(line, _)| *line);
        let Some((_, last)) = stamps.last().copied() else { return calendar };
        let mut jumps = vec![0u64];
        for pair in stamps.windows(2) {
            if pair[0].1.wall_us - pair[1].1.wall_us > ROLLOVER_US {
                jumps.push(pair[1].0);
            }
        }
        let year = calendar.last_year(last);
        let count = i64::try_from(jumps.len()).unwrap_or(0);
        calendar.years = (1i64..).zip(jumps).map(|(n, line)| (line, year - count + n)).collect();
        calendar
    }

    /// The latest year in which a stamp is not after the reference (with a day of tolerance).
    fn last_year(&self, stamp: Stamp) -> i64 {
        let Some(limit) = self.reference.dated_by() else { return 1970 };
        let (year, ..) = civil_from_days(limit.div_euclid(DAY_US));
        let candidate = with_year(stamp.wall_us, year);
        if candidate > limit + DAY_US { year - 1 } else { year }
    }

    /// The instant of a stamp in µs UTC.
    #[must_use]
    pub fn instant(&self, stamp: Stamp, line: u64) -> Option<i64> {
        if stamp.uptime {
            return None;
        }
        let wall = if stamp.has_year {
            stamp.wall_us
        } else if !stamp.has_date {
            let at = self.days.partition_point(|(from, _)| *from <= line).saturating_sub(1);
            self.days.get(at).map_or(0, |(_, day)| *day) * DAY_US + stamp.wall_us
        } else {
            let at = self.years.partition_point(|(from, _)| *from <= line).saturating_sub(1);
            with_year(stamp.wall_us, self.years.get(at).map_or(1970, |(_, y)| *y))
        };
        Some(wall - self.offset_us(stamp.zone, wall))
    }

    fn offset_us(&self, zone: Zone, wall_us: i64) -> i64 {
        let minutes = |m: i16| i64::from(m) * 60_000_000;
        match zone {
            Zone::Offset(m) => minutes(m),
            Zone::Local | Zone::Ambiguous(_) => match (self.reference.zone, self.reference.offset_minutes, zone) {
                (Some(tz), ..) => local_offset_us(tz, wall_us),
                (None, Some(m), _) | (None, None, Zone::Ambiguous(m)) => minutes(m),
                (None, None, Zone::Local | Zone::Offset(_)) => self.offset_minutes.map_or(0, minutes),
            },
        }
    }

    /// How sure the instants of a stamp are.
    #[must_use]
    pub fn clock(&self, stamp: Option<Stamp>) -> Clock {
        match stamp {
            None => Clock::None,
            Some(s) if s.uptime => Clock::Uptime,
            Some(s) if !s.has_year => Clock::AssumedYear,
            Some(s) if matches!(s.zone, Zone::Offset(_)) => Clock::Zoned,
            Some(_) => Clock::AssumedZone,
        }
    }
}

/// The days of a document whose stamps state none: its last one is of the day of the reference; a jump
/// back by more than half a day is midnight.
fn days(scanned: &Scanned, reference: Reference) -> Vec<(u64, i64)> {
    let points = scanned.strip.points.iter().map(|p| (p.line, p.stamp));
    let marks = scanned.marks.iter().filter_map(|m| Some((m.record_line, m.stamp?)));
    let mut stamps: Vec<(u64, i64)> =
        points.chain(marks).filter(|(_, s)| !s.has_date && !s.uptime).map(|(line, s)| (line, s.wall_us)).collect();
    stamps.sort_unstable();
    if stamps.is_empty() {
        return Vec::new();
    }
    let midnights: Vec<u64> = stamps.windows(2).filter(|w| w[0].1 - w[1].1 > DAY_US / 2).map(|w| w[1].0).collect();
    // A stamp with a date in the same document says which day it is at its line; else the last line is of
    // the day of the reference.
    let passed = |line: u64| i64::try_from(midnights.iter().filter(|m| **m <= line).count()).unwrap_or(0);
    let dated = scanned.marks.iter().filter_map(|m| Some((m.record_line, m.stamp?)));
    let dated = scanned
        .strip
        .points
        .iter()
        .map(|p| (p.line, p.stamp))
        .chain(dated)
        .filter(|(_, s)| s.has_date && s.has_year)
        .max_by_key(|(l, _)| *l);
    let first = match dated {
        Some((line, stamp)) => stamp.wall_us.div_euclid(DAY_US) - passed(line),
        None => reference.dated_by().map_or(0, |us| us.div_euclid(DAY_US)) - passed(u64::MAX),
    };
    (first..).zip(std::iter::once(0).chain(midnights)).map(|(day, line)| (line, day)).collect()
}

/// The offset that the last stamp with one states, where the document mixes stamps with and without.
fn stated_offset(scanned: &Scanned) -> Option<i16> {
    let stamps = scanned.strip.points.iter().map(|p| p.stamp).chain(scanned.marks.iter().filter_map(|m| m.stamp));
    let offset = |s: Stamp| if let Zone::Offset(m) = s.zone { Some(m) } else { None };
    stamps.filter(|s| !s.uptime && s.has_date).filter_map(offset).next_back()
}

/// Moves a wall time of the leap year [`YEARLESS`] to another year; 29 February becomes 1 March
/// where there is none.
fn with_year(wall_us: i64, year: i64) -> i64 {
    let days = wall_us.div_euclid(DAY_US);
    let (from, month, day) = civil_from_days(days);
    debug_assert!(from == YEARLESS || from == YEARLESS + 1);
    days_from_civil(year, month, day) * DAY_US + wall_us.rem_euclid(DAY_US)
}

/// The offset of a zone at a local time; the earlier of two where clocks go back.
fn local_offset_us(zone: chrono_tz::Tz, wall_us: i64) -> i64 {
    let Some(naive) = chrono::DateTime::from_timestamp_micros(wall_us).map(|t| t.naive_utc()) else { return 0 };
    let offset = zone.offset_from_local_datetime(&naive).earliest();
    // In the hour that clocks skip, the offset of the hour before holds.
    let offset = offset.or_else(|| zone.offset_from_local_datetime(&(naive - chrono::Duration::hours(1))).earliest());
    offset.map_or(0, |o| i64::from(o.fix().local_minus_utc()) * 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::Point;

    fn yearless(month: i64, day: i64) -> Stamp {
        Stamp::yearless(days_from_civil(YEARLESS, month, day), 0, Zone::Local)
    }

    fn calendar(stamps: &[(i64, i64)], exported_days: i64) -> Calendar {
        let points = (1u64..).zip(stamps).map(|(line, (m, d))| Point { line, offset: 0, stamp: yearless(*m, *d) }).collect();
        let scanned = Scanned { strip: crate::scan::Strip { points, ..crate::scan::Strip::default() }, ..Scanned::default() };
        Calendar::new(&scanned, Reference { exported_us: Some(exported_days * DAY_US), ..Reference::default() })
    }

    #[test]
    fn new_year_inside_a_yearless_log_is_seen() {
        let c = calendar(&[(12, 31), (1, 1)], days_from_civil(2024, 1, 2));
        assert_eq!(c.instant(yearless(12, 31), 1), Some(days_from_civil(2023, 12, 31) * DAY_US));
        assert_eq!(c.instant(yearless(1, 1), 2), Some(days_from_civil(2024, 1, 1) * DAY_US));
    }

    #[test]
    fn a_log_of_december_exported_in_january_is_of_last_year() {
        let c = calendar(&[(12, 30)], days_from_civil(2024, 1, 2));
        assert_eq!(c.instant(yearless(12, 30), 1), Some(days_from_civil(2023, 12, 30) * DAY_US));
    }

    #[test]
    fn a_log_without_dates_ends_on_the_day_of_the_export_and_passes_midnight() {
        let at = |line, hour: i64| Point { line, offset: 0, stamp: Stamp::dateless(hour * 3_600_000_000, Zone::Local) };
        let scanned = Scanned { strip: crate::scan::Strip { points: vec![at(1, 23), at(2, 1)], ..crate::scan::Strip::default() }, ..Scanned::default() };
        let c = Calendar::new(&scanned, Reference { exported_us: Some(20_000 * DAY_US), ..Reference::default() });
        assert_eq!(c.instant(at(1, 23).stamp, 1), Some(19_999 * DAY_US + 23 * 3_600_000_000));
        assert_eq!(c.instant(at(2, 1).stamp, 2), Some(20_000 * DAY_US + 3_600_000_000));
    }

    #[test]
    fn a_named_zone_follows_daylight_saving() {
        let zone = Some(chrono_tz::Europe::Berlin);
        let c = Calendar::new(&Scanned::default(), Reference { zone, ..Reference::default() });
        let at = |m, d| Stamp::dated(days_from_civil(2024, m, d), DAY_US / 2, Zone::Local);
        let offset = |m, d| at(m, d).wall_us - c.instant(at(m, d), 1).unwrap();
        assert_eq!((offset(1, 15), offset(7, 15)), (3_600_000_000, 7_200_000_000));
    }
}
