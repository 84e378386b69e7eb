//! Element Android's own log files (`logs.0.txt` …).
//!
//! `YYYY-MM-DDTHH:MM:SS*mmmGMT+00:00Z TID L/ /Tag: message`. Source: element-hq/element-android
//! `vector/…/rageshake/VectorFileLogger.kt`, `LogFormatter.kt`.

use super::form::{DIGITS, Form, Parts, second_end};
use super::stamp::{Stamp, Zone, date, digits, time_of_day};
use super::{FormatInfo, digits_end};

/// The grammar as registered.
pub const ELEMENT_ANDROID: Form = Form {
    info: FormatInfo {
        id: "element-android",
        title: "Element Android log file",
        reference: "https://github.com/element-hq/element-android/blob/main/vector/src/main/java/im/vector/app/features/rageshake/VectorFileLogger.kt",
    },
    parts,
    stamp,
    first: DIGITS,
    only_at_home: false,
    samples: &[
        "2024-05-02T10:00:01*120GMT+00:00Z 91 D/ /Tag: Event sent to !aB:hs.example with event id $Qx",
        "2024-05-02T10:00:09*412GMT+00:00Z 88 D/ /SYNC/SyncThread: No network. Waiting...",
    ],
};

/// Longest level: `WTF`.
const LEVEL_MAX: usize = 3;

fn parts(b: &[u8]) -> Option<Parts> {
    let at = second_end(b, b'-', b'T')?;
    if b.get(at) != Some(&b'*') {
        return None;
    }
    let stamp = at + memchr::memchr(b' ', b.get(at..b.len().min(at + 20))?)?;
    let tid = stamp + 1;
    let tid_end = digits_end(b, tid);
    // A trace is written as a record of its own, with neither thread nor level, and it stands before the
    // message that it belongs to: it must not continue the record above it.
    if tid_end == tid {
        return Some(Parts { stamp: (0, stamp), message: tid, ..Parts::default() });
    }
    let level = tid_end + 1;
    let slash = level + memchr::memchr(b'/', b.get(level..b.len().min(level + LEVEL_MAX + 1))?)?;
    if b.get(slash..slash + 3)? != b"/ /" {
        return None;
    }
    let colon = super::colon(b, slash + 3)?;
    let message = b.len().min(colon + 2);
    Some(Parts { stamp: (0, stamp), level: (level, slash), tid: (tid, tid_end), tag: (slash + 3, colon), message, ..Parts::default() })
}

fn stamp(b: &[u8]) -> Option<Stamp> {
    let (us, _) = time_of_day(b, 11)?;
    Some(Stamp::dated(date(b, 0)?, us + digits(b, 20, 3)? * 1_000, Zone::Offset(0)))
}
