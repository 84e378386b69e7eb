//! logcat `threadtime` and `time`, with the modifiers `year`, `zone`, `usec`, `nsec` and `uid`.
//!
//! `[YYYY-]MM-DD HH:MM:SS.mmm[ +hhmm] [UID] PID TID L Tag: message` and
//! `[YYYY-]MM-DD HH:MM:SS.mmm[ +hhmm] L/Tag(PID): message`. Source: Android liblog `logprint.cpp`.

use super::stamp::{Stamp, Zone, date, digits, month_day, time_of_day, zone};
use super::{FormatInfo, Grammar, Head, Quick, brief, colon, digits_end, is_level, part, quick, skip_blanks, trim_end};

/// `threadtime`.
pub struct ThreadTime;
/// `time`.
pub struct Time;
/// `threadtime` as registered.
pub const THREADTIME: ThreadTime = ThreadTime;
/// `time` as registered.
pub const TIME: Time = Time;

const THREADTIME_INFO: FormatInfo = FormatInfo {
    id: "logcat-threadtime",
    title: "Android logcat, threadtime",
    reference: "https://android.googlesource.com/platform/system/logging/+/refs/heads/main/liblog/logprint.cpp",
};
const TIME_INFO: FormatInfo = FormatInfo {
    id: "logcat-time",
    title: "Android logcat, time",
    reference: "https://android.googlesource.com/platform/system/logging/+/refs/heads/main/liblog/logprint.cpp",
};

/// The end of the stamp that starts the line, by shape alone.
#[inline]
fn stamp_end(b: &[u8]) -> Option<usize> {
    let at = match (b.get(2)?, b.get(4)?) {
        (b'-', _) => 6,
        (_, b'-') if b.get(7) == Some(&b'-') => 11,
        _ => return None,
    };
    let shape = b.get(at..at + 9)?;
    if b[at - 1] != b' ' || shape[2] != b':' || shape[5] != b':' || shape[8] != b'.' || !shape[0].is_ascii_digit() || !b[0].is_ascii_digit() {
        return None;
    }
    let mut end = digits_end(b, at + 9);
    // ` +0100` after the fraction (`-v zone`).
    if b.get(end) == Some(&b' ') && matches!(b.get(end + 1), Some(b'+' | b'-')) && digits(b, end + 2, 4).is_some() {
        end += 6;
    }
    (b.get(end) == Some(&b' ')).then_some(end)
}

fn stamp(b: &[u8], end: usize) -> Option<Stamp> {
    let (days, at, has_year) = if b.get(2) == Some(&b'-') { (month_day(b, 0)?, 6, false) } else { (date(b, 0)?, 11, true) };
    let (us, after) = time_of_day(b, at)?;
    let zone = if after < end { zone(part(b, after + 1, end)) } else { Zone::Local };
    Some(if has_year { Stamp::dated(days, us, zone) } else { Stamp::yearless(days, us, zone) })
}

struct Parts {
    stamp_end: usize,
    pid: (usize, usize),
    tid: (usize, usize),
    level: u8,
    tag: (usize, usize),
    message: usize,
}

#[inline]
fn parts(b: &[u8]) -> Option<Parts> {
    let stamp_end = stamp_end(b)?;
    let mut word = (0, 0);
    let mut pid = (0, 0);
    let mut tid = (0, 0);
    let mut at = stamp_end;
    // PID TID, or UID PID TID: the last two words before the level count.
    for n in 0..4 {
        at = skip_blanks(b, at);
        let level = *b.get(at)?;
        if n >= 2 && is_level(level) && b.get(at + 1) == Some(&b' ') {
            let start = skip_blanks(b, at + 2);
            let colon = colon(b, start)?;
            let message = if colon + 1 < b.len() { colon + 2 } else { colon + 1 };
            return Some(Parts { stamp_end, pid, tid, level, tag: (start, trim_end(b, start, colon)), message });
        }
        word.0 = at;
        while b.get(at).is_some_and(|c| c.is_ascii_alphanumeric() || *c == b'_') {
            at += 1;
        }
        word.1 = at;
        if word.0 == word.1 || b.get(at) != Some(&b' ') || (n > 0 && !b[word.0].is_ascii_digit()) {
            return None;
        }
        pid = tid;
        tid = word;
    }
    None
}

impl Grammar for ThreadTime {
    fn info(&self) -> &'static FormatInfo {
        &THREADTIME_INFO
    }

    fn quick(&self, line: &[u8]) -> Option<Quick> {
        let p = parts(line)?;
        quick(p.tag.0, p.tag.1, p.message)
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>> {
        let p = parts(line)?;
        Some(Head {
            stamp: stamp(line, p.stamp_end),
            level: super::level_of(&[p.level]),
            pid: part(line, p.pid.0, p.pid.1),
            tid: part(line, p.tid.0, p.tid.1),
            tag: part(line, p.tag.0, p.tag.1),
            message: part(line, p.message, line.len()),
            ..Head::default()
        })
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "03-04 18:20:01.003  9211  9260 D NetMon  : onLost 101",
            "2026-03-04 18:20:01.003114 +0100 10234  9211  9260 D NetMon  : onLost 101",
            "03-04 18:20:01.003  root   711   711 I lowmemorykiller: started",
            "02-01 08:40:59.000 19014 19204 W Job     : [5d1f] AttachmentUploadJob :: Failing",
            "03-04 18:20:02.000  1410  1602 D NetworkMonitor/101: PROBE_DNS h 12ms OK",
            "03-04 18:20:02.000  1410  1602 E AndroidRuntime: ",
        ]
    }
}

impl Grammar for Time {
    fn info(&self) -> &'static FormatInfo {
        &TIME_INFO
    }

    fn quick(&self, line: &[u8]) -> Option<Quick> {
        let p = brief::parts(line, stamp_end(line)? + 1)?;
        quick(p.tag.0, p.tag.1, p.message)
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>> {
        let end = stamp_end(line)?;
        let p = brief::parts(line, end + 1)?;
        Some(Head {
            stamp: stamp(line, end),
            level: super::level_of(&[p.level]),
            pid: part(line, p.pid.0, p.pid.1),
            tag: part(line, p.tag.0, p.tag.1),
            message: part(line, p.message, line.len()),
            ..Head::default()
        })
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "03-04 18:20:01.003 W/ActivityManager( 1410): Process org.x.chat has crashed",
            "03-04 18:20:01.003 I/Job     (19014): [5d1f] PushTextSendJob :: onSubmit()",
            "2026-03-04 18:20:01.003 E/SQLiteLog( 9211): (13) statement aborts",
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uid_modifier_does_not_shift_pid_and_tid() {
        let h = THREADTIME.parse(b"2026-03-04 18:20:01.003114 +0100 10234  9211  9260 D NetMon  : onLost 101").unwrap();
        assert_eq!((h.pid, h.tid, h.tag), (&b"9211"[..], &b"9260"[..], &b"NetMon"[..]));
        let s = h.stamp.unwrap();
        assert!(s.has_year);
        assert_eq!(s.zone, Zone::Offset(60));
        assert_eq!(s.wall_us % 1_000_000, 3_114);
    }

    #[test]
    fn a_line_of_another_form_is_no_record() {
        assert_eq!(THREADTIME.quick(b"--------- beginning of crash"), None);
        assert_eq!(THREADTIME.quick(b"2026-03-04 18:20:01.003 CET I Job: x"), None);
    }
}
