//! Android Studio's Logcat window, copied or exported.
//!
//! Up to Dolphin: `[YYYY-]MM-DD HH:MM:SS.mmm PID-TID/package L/Tag: message`. From Electric Eel:
//! `YYYY-MM-DD HH:MM:SS.mmm  PID-TID  Tag<pad>  package<pad>  L  message`. Further lines of a message
//! are indented. Seen in iNPUTmice/Conversations#2293 and signalapp/Signal-Android#13435.

use super::form::{Form, Parts, fraction_end, word_end};
use super::stamp::{Stamp, Zone, date, month_day, time_of_day};
use super::{FormatInfo, digits_end, find, is_level, skip_blanks, trim_end};

/// The grammar as registered.
pub const STUDIO: Form = Form {
    info: FormatInfo {
        id: "logcat-studio",
        title: "Android Studio's Logcat window",
        reference: "https://developer.android.com/studio/debug/logcat",
    },
    parts,
    stamp,
    first: super::form::DIGITS,
    only_at_home: false,
    samples: &[
        "03-04 18:20:01.003 9211-9260/org.x.chat D/NetMon: onLost 101",
        "2026-03-04 18:20:01.003 1410-1602/? W/ActivityManager: Process org.x.chat has crashed too many times",
        "2026-03-04 18:20:01.003  9211-9260  NetMon                  org.x.chat                           D  onLost 101",
        "2026-03-04 18:20:01.003  9211-9260  OkHttp client           pid-9211                             I  --> POST /send",
    ],
};

fn parts(b: &[u8]) -> Option<Parts> {
    let time = match (b.get(2)?, b.get(4)?) {
        (b'-', _) => 6,
        (_, b'-') if b.get(7) == Some(&b'-') => 11,
        _ => return None,
    };
    let stamp_end = fraction_end(b, time + 8);
    if b.get(time + 2) != Some(&b':') || b.get(stamp_end) != Some(&b' ') || !b[0].is_ascii_digit() {
        return None;
    }
    let pid = skip_blanks(b, stamp_end);
    let pid_end = digits_end(b, pid);
    let tid_end = digits_end(b, pid_end + 1);
    if pid_end == pid || b.get(pid_end) != Some(&b'-') || tid_end == pid_end + 1 {
        return None;
    }
    let p = Parts { stamp: (0, stamp_end), pid: (pid, pid_end), tid: (pid_end + 1, tid_end), ..Parts::default() };
    match b.get(tid_end)? {
        b'/' => {
            let level = word_end(b, tid_end + 1) + 1;
            if !is_level(*b.get(level)?) || b.get(level + 1) != Some(&b'/') {
                return None;
            }
            let colon = super::colon(b, level + 2)?;
            let message = if colon + 1 < b.len() { colon + 2 } else { colon + 1 };
            Some(Parts { level: (level, level + 1), tag: (level + 2, trim_end(b, level + 2, colon)), message, ..p })
        }
        b' ' => columns(b, tid_end, p),
        _ => None,
    }
}

/// The columns behind the ids: tag and package, padded, then the level between two pairs of blanks.
fn columns(b: &[u8], at: usize, p: Parts) -> Option<Parts> {
    let tag = skip_blanks(b, at);
    let tag_end = tag + find(b.get(tag..)?, b"  ").unwrap_or_else(|| word_end(b, tag) - tag);
    let package = skip_blanks(b, tag_end);
    let package_end = word_end(b, package);
    let level = skip_blanks(b, package_end);
    if !is_level(*b.get(level)?) || b.get(level + 1).is_some_and(|c| *c != b' ') {
        return None;
    }
    let message = b.len().min(level + 3);
    Some(Parts { level: (level, level + 1), tag: (tag, trim_end(b, tag, tag_end)), message, ..p })
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
