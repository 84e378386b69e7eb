//! Threema Android's debug log: `EEE MMM dd HH:MM:SS zzz yyyy<TAB>LEVEL Tag: message`, the stamp as Java's `Date.toString`
//! writes it; traces stand bare below their record.
//!
//! Source: threema-ch/threema-android `DebugLogFileBackend.kt`.

use super::form::{Form, Parts};
use super::stamp::{Stamp, days_from_civil, digits, month_named, time_of_day, zone};
use super::{FormatInfo, colon, part, skip_blanks, trim_end};

/// The grammar as registered.
pub const THREEMA: Form = Form {
    info: FormatInfo {
        id: "threema-android",
        title: "Threema Android debug log",
        reference: "https://github.com/threema-ch/threema-android (DebugLogFileBackend.kt)",
    },
    parts,
    stamp,
    first: b"MTWFS",
    only_at_home: false,
    samples: &[
        "Wed Jun 10 09:14:02 GMT+02:00 2026\tINFO  TaskManager: Task runner started",
        "Sun Nov 01 23:59:59 CET 2026\tERROR ServerConnection.BaseServerConnection: Connection exception",
    ],
};

/// Longest zone: `GMT+02:00`.
const ZONE_MAX: usize = 12;

fn parts(b: &[u8]) -> Option<Parts> {
    let head = b.first_chunk::<20>()?;
    let is_shaped = [3, 7, 10, 19].iter().all(|at| head[*at] == b' ') && head[13] == b':' && head[16] == b':';
    if !is_shaped || !matches!(&head[..3], b"Mon" | b"Tue" | b"Wed" | b"Thu" | b"Fri" | b"Sat" | b"Sun") {
        return None;
    }
    let year = 21 + memchr::memchr(b' ', b.get(20..b.len().min(20 + ZONE_MAX))?)?;
    digits(b, year, 4)?;
    let level = year + 5;
    if b.get(year + 4) != Some(&b'\t') {
        return None;
    }
    let level_end = level + b.get(level..)?.iter().take_while(|c| c.is_ascii_uppercase()).count();
    if !matches!(&b[level..level_end], b"TRACE" | b"DEBUG" | b"INFO" | b"WARN" | b"ERROR") {
        return None;
    }
    let tag = skip_blanks(b, level_end);
    let colon = colon(b, tag)?;
    Some(Parts {
        stamp: (0, year + 4),
        level: (level, level_end),
        tag: (tag, trim_end(b, tag, colon)),
        message: b.len().min(colon + 2),
        ..Parts::default()
    })
}

fn stamp(b: &[u8]) -> Option<Stamp> {
    let (month, day) = (month_named(b.get(4..7)?)?, digits(b, 8, 2)?);
    let (us, end) = time_of_day(b, 11)?;
    let year = b.len() - 4;
    let days = days_from_civil(digits(b, year, 4)?, month, day);
    Some(Stamp::dated(days, us, zone(part(b, end + 1, year - 1))))
}

#[cfg(test)]
mod tests {
    use super::super::Grammar;
    use super::*;

    #[test]
    fn the_stamp_is_that_of_java() {
        let head = THREEMA.parse(THREEMA.samples[0].as_bytes()).unwrap();
        assert_eq!((head.level, head.tag, head.message), (b'I', &b"TaskManager"[..], &b"Task runner started"[..]));
        let us = head.stamp.unwrap().instant_us();
        assert_eq!(us, Some(1_781_075_642_000_000)); // 2026-06-10T07:14:02Z
        assert_eq!(THREEMA.parse(b"Wed Foo 10 09:14:02 GMT+02:00 2026\tINFO  A: b").unwrap().stamp, None);
    }

    #[test]
    fn other_lines_that_begin_with_a_day_are_none() {
        for line in [
            "Wed Jun 10 09:14:02 2026 INFO A: b",
            "Wednesday",
            "Wed Jun 10 09:14:02 GMT 2026\tINFO",
            "Sum Jun 10 09:14:02 GMT 2026\tINFO  A: b",
        ] {
            assert!(THREEMA.quick(line.as_bytes()).is_none(), "{line}");
        }
    }
}
