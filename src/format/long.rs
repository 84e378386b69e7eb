//! logcat `long` and what log-reader apps export: a head in square brackets, the message below it.
//!
//! `[ MM-DD HH:MM:SS.mmm PID:TID P/Tag ]`, message lines, a blank line. Source: Android liblog
//! `logprint.cpp`; the form without blanks inside the brackets: oxen-io/session-android-temp#119.

use super::form::{Form, Parts};
use super::stamp::{Stamp, Zone, date, month_day, time_of_day};
use super::{FormatInfo, digits_end, is_level, skip_blanks, trim_end};

/// The grammar as registered.
pub const LONG: Form = Form {
    info: FormatInfo {
        id: "logcat-long",
        title: "Android logcat, long",
        reference: "https://android.googlesource.com/platform/system/logging/+/refs/heads/main/liblog/logprint.cpp",
    },
    parts,
    stamp,
    first: b"[",
    only_at_home: false,
    samples: &["[ 03-04 18:20:01.003  9211: 9260 E/SQLiteLog ]", "[03-04 18:20:01.003 9211:9260 I/SmtpLoop]"],
};

fn parts(b: &[u8]) -> Option<Parts> {
    if b.first() != Some(&b'[') || b.last() != Some(&b']') {
        return None;
    }
    let start = skip_blanks(b, 1);
    let time = match (b.get(start + 2)?, b.get(start + 4)?) {
        (b'-', _) => start + 6,
        (_, b'-') => start + 11,
        _ => return None,
    };
    let end = super::form::fraction_end(b, time + 8);
    if b.get(time + 2) != Some(&b':') || b.get(end) != Some(&b' ') {
        return None;
    }
    let pid = skip_blanks(b, end);
    let pid_end = digits_end(b, pid);
    if pid_end == pid || b.get(pid_end) != Some(&b':') {
        return None;
    }
    let tid = skip_blanks(b, pid_end + 1);
    let tid_end = digits_end(b, tid);
    let level = skip_blanks(b, tid_end);
    if tid_end == tid || !is_level(*b.get(level)?) || b.get(level + 1) != Some(&b'/') {
        return None;
    }
    let tag = level + 2;
    let tag_end = trim_end(b, tag, b.len() - 1);
    Some(Parts {
        stamp: (start, end),
        level: (level, level + 1),
        pid: (pid, pid_end),
        tid: (tid, tid_end),
        tag: (tag, tag_end),
        message: b.len(),
        ..Parts::default()
    })
}

fn stamp(b: &[u8]) -> Option<Stamp> {
    if b.get(2) == Some(&b'-') {
        let (us, _) = time_of_day(b, 6)?;
        Some(Stamp::yearless(month_day(b, 0)?, us, Zone::Local))
    } else {
        let (us, _) = time_of_day(b, 11)?;
        Some(Stamp::dated(date(b, 0)?, us, Zone::Local))
    }
}
