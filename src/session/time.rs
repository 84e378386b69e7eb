//! Stamps -> instants: zone and year of one document, fixed from what the upload states.

use crate::format::stamp::{Stamp, YEARLESS, Zone, civil_from_days, days_from_civil};
use crate::scan::Scanned;
use crate::taxonomy::Clock;
use chrono::{Offset, TimeZone};

const DAY_US: i64 = 86_400_000_000;
/// A yearless stamp that jumps back further than this has passed New Year.
const ROLLOVER_US: i64 = 300 * DAY_US;
/// 29 February of [`YEARLESS`].
const LEAP_DAY: i64 = days_from_civil(YEARLESS, 2, 29);
/// No phone that logs chats is older (Android 1.0: 23 September 2008): an earlier clock was not set yet.
const UNSET_BEFORE_US: i64 = days_from_civil(2008, 9, 23) * DAY_US;
/// Where local times go back by more, inside an hour that a zone repeats, the second one has begun.
const FOLD_US: i64 = 30 * 60 * 1_000_000;

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
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    reference: Reference,
    /// From each line on, the year of yearless stamps.
    years: Vec<(u64, i64)>,
    /// From each line on, the day (since 1970) of stamps without a date.
    days: Vec<(u64, i64)>,
    /// Offset to UTC in minutes that other stamps of the document state, for those that state none.
    offset_minutes: Option<i16>,
    /// Lines from which on the second of two equal hours is meant: local times that went back by most of an hour.
    folds: Vec<(u64, i64)>,
}

impl Calendar {
    /// Fixes the years of a document: its last stamp is the latest one that is not after the export
    /// (or the modification); the year changes where stamps jump back by most of a year.
    #[must_use]
    pub fn new(scanned: &Scanned, reference: Reference) -> Self {
        let mut calendar = Calendar {
            reference,
            years: Vec::new(),
            days: days(scanned, reference),
            offset_minutes: stated_offset(scanned),
            folds: Vec::new(),
        };
        calendar.fix_years(scanned);
        calendar.find_folds(scanned);
        calendar
    }

    /// The year changes where stamps jump back by most of a year; the last one is the latest not after the export.
    fn fix_years(&mut self, scanned: &Scanned) {
        let mut stamps: Vec<(u64, Stamp)> = stamps(scanned).filter(|(_, s)| !s.has_year && s.has_date && !s.uptime).collect();
        stamps.sort_by_key(|(line, _)| *line);
        let Some((_, last)) = stamps.last().copied() else { return };
        let mut jumps = vec![0u64];
        for pair in stamps.windows(2) {
            if pair[0].1.wall_us - pair[1].1.wall_us > ROLLOVER_US {
                jumps.push(pair[1].0);
            }
        }
        let mut year = self.last_year(last);
        let count = i64::try_from(jumps.len()).unwrap_or(0);
        // A 29 February says that its year is a leap year, and so which years the others are.
        if let Some((line, _)) = stamps.iter().find(|(_, s)| s.wall_us.div_euclid(DAY_US) == LEAP_DAY) {
            let years_later = count - i64::try_from(jumps.partition_point(|j| j <= line)).unwrap_or(0);
            year -= (0..8).find(|back| is_leap(year - back - years_later)).unwrap_or(0);
        }
        self.years = (1i64..).zip(jumps).map(|(n, line)| (line, year - count + n)).collect();
    }

    /// In the hour that a zone repeats in autumn, lines say which of the two is meant: the second one begins where
    /// times go back.
    fn find_folds(&mut self, scanned: &Scanned) {
        let Some(zone) = self.reference.zone else { return };
        let local = stamps(scanned).filter(|(_, s)| !matches!(s.zone, Zone::Offset(_)));
        let mut walls: Vec<(u64, i64)> = local.filter_map(|(line, s)| Some((line, self.wall(s, line)?))).collect();
        walls.sort_by_key(|(line, _)| *line);
        let back = walls.windows(2).filter(|w| w[0].1 - w[1].1 > FOLD_US && is_repeated(zone, w[1].1));
        self.folds = back.map(|w| (w[1].0, w[1].1)).collect();
    }

    /// The latest year in which a stamp is not after the reference (with a day of tolerance).
    fn last_year(&self, stamp: Stamp) -> i64 {
        let Some(limit) = self.reference.dated_by() else { return 1970 };
        let (year, ..) = civil_from_days(limit.div_euclid(DAY_US));
        let candidate = with_year(stamp.wall_us, year);
        if candidate > limit + DAY_US { year - 1 } else { year }
    }

    /// The instant of a stamp in µs UTC; none for uptimes and for clocks that were not set yet.
    #[must_use]
    pub fn instant(&self, stamp: Stamp, line: u64) -> Option<i64> {
        let wall = self.wall(stamp, line)?;
        let instant = wall - self.offset_us(stamp.zone, wall, line);
        (!stamp.has_year || instant >= UNSET_BEFORE_US).then_some(instant)
    }

    /// The local time of a stamp, with its year and day.
    fn wall(&self, stamp: Stamp, line: u64) -> Option<i64> {
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
        Some(wall)
    }

    fn offset_us(&self, zone: Zone, wall_us: i64, line: u64) -> i64 {
        let minutes = |m: i16| i64::from(m) * 60_000_000;
        match zone {
            Zone::Offset(m) => minutes(m),
            Zone::Local | Zone::Ambiguous(_) => match (self.reference.zone, self.reference.offset_minutes, zone) {
                (Some(tz), ..) => local_offset_us(tz, wall_us, self.is_second(wall_us, line)),
                (None, known, Zone::Ambiguous(m)) => minutes(meant(m, known.or(self.offset_minutes))),
                (None, Some(m), _) => minutes(m),
                (None, None, Zone::Local | Zone::Offset(_)) => self.offset_minutes.map_or(0, minutes),
            },
        }
    }

    /// Whether the second of two equal hours is meant at a line.
    fn is_second(&self, wall_us: i64, line: u64) -> bool {
        self.folds.iter().any(|(from, wall)| *from <= line && (wall_us - wall).abs() < DAY_US / 2)
    }

    /// How sure the instants of a stamp are.
    #[must_use]
    pub fn clock(&self, stamp: Option<Stamp>) -> Clock {
        match stamp {
            None => Clock::None,
            Some(s) if s.uptime => Clock::Uptime,
            Some(s) if s.has_year && s.wall_us < UNSET_BEFORE_US => Clock::None,
            Some(s) if !s.has_year => Clock::AssumedYear,
            Some(s) if matches!(s.zone, Zone::Offset(_)) => Clock::Zoned,
            Some(_) => Clock::AssumedZone,
        }
    }
}

/// Every stamp that is known of a document, with its line: those of its strip, then those of its marks.
fn stamps(scanned: &Scanned) -> impl Iterator<Item = (u64, Stamp)> {
    let points = scanned.strip.points.iter().map(|p| (p.line, p.stamp));
    points.chain(scanned.marks.iter().filter_map(|m| Some((m.record_line, m.stamp?))))
}

/// The days of a document whose stamps state none: its last one is of the day of the reference; a jump
/// back by more than half a day is midnight.
fn days(scanned: &Scanned, reference: Reference) -> Vec<(u64, i64)> {
    let mut times: Vec<(u64, i64)> = stamps(scanned).filter(|(_, s)| !s.has_date && !s.uptime).map(|(line, s)| (line, s.wall_us)).collect();
    times.sort_unstable();
    if times.is_empty() {
        return Vec::new();
    }
    let midnights: Vec<u64> = times.windows(2).filter(|w| w[0].1 - w[1].1 > DAY_US / 2).map(|w| w[1].0).collect();
    // A stamp with a date in the same document says which day it is at its line; else the last line is of
    // the day of the reference.
    let passed = |line: u64| i64::try_from(midnights.iter().filter(|m| **m <= line).count()).unwrap_or(0);
    let dated = stamps(scanned).filter(|(_, s)| s.has_date && s.has_year).max_by_key(|(line, _)| *line);
    let first = match dated {
        Some((line, stamp)) => stamp.wall_us.div_euclid(DAY_US) - passed(line),
        None => reference.dated_by().map_or(0, |us| us.div_euclid(DAY_US)) - passed(u64::MAX),
    };
    (first..).zip(std::iter::once(0).chain(midnights)).map(|(day, line)| (line, day)).collect()
}

/// The offset that the last stamp with one states, where the document mixes stamps with and without.
fn stated_offset(scanned: &Scanned) -> Option<i16> {
    let offset = |s: Stamp| if let Zone::Offset(m) = s.zone { Some(m) } else { None };
    stamps(scanned).map(|(_, s)| s).filter(|s| !s.uptime && s.has_date).filter_map(offset).last()
}

/// Moves a wall time of the leap year [`YEARLESS`] to another year; 29 February becomes 1 March
/// where there is none.
fn with_year(wall_us: i64, year: i64) -> i64 {
    let days = wall_us.div_euclid(DAY_US);
    let (from, month, day) = civil_from_days(days);
    debug_assert!(from == YEARLESS || from == YEARLESS + 1);
    days_from_civil(year, month, day) * DAY_US + wall_us.rem_euclid(DAY_US)
}

/// Which of the zones an abbreviation stands for is meant: the one that the offset known of the phone belongs to,
/// in winter or in summer; else the more frequent one. Source: the tz database's `asia` and `northamerica`.
fn meant(frequent: i16, known: Option<i16>) -> i16 {
    // Of each zone: its offset under this abbreviation, and in the other half of the year.
    let zones: &[(i16, i16)] = match frequent {
        // CST: China, Central America, Cuba.
        480 => &[(480, 480), (-360, -300), (-300, -240)],
        // IST: India, Ireland (in summer), Israel.
        330 => &[(330, 330), (60, 0), (120, 180)],
        _ => &[],
    };
    let own = |known: i16| zones.iter().find(|(own, other)| known == *own || known == *other);
    known.and_then(own).map_or(frequent, |(own, _)| *own)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn naive(wall_us: i64) -> Option<chrono::NaiveDateTime> {
    chrono::DateTime::from_timestamp_micros(wall_us).map(|t| t.naive_utc())
}

/// Whether a zone has a local time twice.
fn is_repeated(zone: chrono_tz::Tz, wall_us: i64) -> bool {
    naive(wall_us).is_some_and(|n| matches!(zone.offset_from_local_datetime(&n), chrono::MappedLocalTime::Ambiguous(..)))
}

/// The offset of a zone at a local time; of two where clocks go back the earlier or the `second` one.
fn local_offset_us(zone: chrono_tz::Tz, wall_us: i64, second: bool) -> i64 {
    let Some(naive) = naive(wall_us) else { return 0 };
    let offsets = zone.offset_from_local_datetime(&naive);
    let offset = if second { offsets.latest() } else { offsets.earliest() };
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
        let scanned = Scanned {
            strip: crate::scan::Strip { points: vec![at(1, 23), at(2, 1)], ..crate::scan::Strip::default() },
            ..Scanned::default()
        };
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
