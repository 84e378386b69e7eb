//! Telegram Android's log files: `dd_MM_yyyy_HH_mm_ss.SSS L/tag: message`; traces repeat the head.
//!
//! Source: DrKLO/Telegram `TMessagesProj/src/main/java/org/telegram/messenger/FileLog.java`.

use super::form::{DIGITS, Form, Parts};
use super::stamp::{Stamp, Zone, days_from_civil, digits};
use super::{FormatInfo, digits_end, is_level};

/// The grammar as registered.
pub const TELEGRAM: Form = Form {
    info: FormatInfo {
        id: "telegram-android",
        title: "Telegram Android log file",
        reference: "https://github.com/DrKLO/Telegram/blob/master/TMessagesProj/src/main/java/org/telegram/messenger/FileLog.java",
    },
    parts,
    stamp,
    first: DIGITS,
    only_at_home: false,
    samples: &[
        "19_04_2024_23_55_00.405 D/tmessages: send request org.telegram.tgnet.TLRPC$TL_messages_sendMessage@1a2b3c with token = 11",
        "19_04_2024_23_55_00.405 E/tmessages: java.lang.NullPointerException: x",
    ],
};

fn parts(b: &[u8]) -> Option<Parts> {
    let s = b.get(..20)?;
    if s[2] != b'_' || s[5] != b'_' || s[10] != b'_' || s[13] != b'_' || s[16] != b'_' || s[19] != b'.' || !s[0].is_ascii_digit() {
        return None;
    }
    let end = digits_end(b, 20);
    let level = end + 1;
    if b.get(end) != Some(&b' ') || !is_level(*b.get(level)?) || b.get(level + 1) != Some(&b'/') {
        return None;
    }
    let colon = super::colon(b, level + 2)?;
    let message = b.len().min(colon + 2);
    Some(Parts { stamp: (0, end), level: (level, level + 1), tag: (level + 2, colon), message, ..Parts::default() })
}

fn stamp(b: &[u8]) -> Option<Stamp> {
    let at = |start, len| digits(b, start, len);
    let days = days_from_civil(at(6, 4)?, at(3, 2)?, at(0, 2)?);
    let seconds = (at(11, 2)? * 60 + at(14, 2)?) * 60 + at(17, 2)?;
    let ms = at(20, 3).unwrap_or(0);
    Some(Stamp::dated(days, (seconds * 1_000 + ms) * 1_000, Zone::Local))
}
