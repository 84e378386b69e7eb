//! React Native turbo-log, as Mattermost's mobile app writes it.
//!
//! Android: `yyyy/MM/dd HH:mm:ss.SSS Z LEVEL message`; iOS: `yyyy/MM/dd HH:mm:ss:SSS LEVEL message`.
//! Source: mattermost/react-native-turbo-log `TurboLog.kt`, `TurboLogFormatter.mm`.

use super::FormatInfo;
use super::form::{DIGITS, Form, Parts, fraction_end, is_level_word, second_end, word_end};
use super::stamp::{Stamp, date, time_of_day, zone};
use super::{digits_end, skip_blanks};

/// The grammar as registered.
pub const TURBO: Form = Form {
    info: FormatInfo {
        id: "mattermost-log",
        title: "React Native turbo-log (Mattermost)",
        reference: "https://github.com/mattermost/react-native-turbo-log",
    },
    parts,
    stamp,
    first: DIGITS,
    only_at_home: false,
    samples: &[
        "2026/04/02 17:45:01.100 +0200 INFO  websocket connecting to wss://chat.corp.example/api/v4/websocket",
        "2026/04/02 17:45:09:870 DEBUG Error sending a post Network Error",
    ],
};

fn parts(b: &[u8]) -> Option<Parts> {
    let second = second_end(b, b'/', b' ')?;
    if !matches!(b.get(second), Some(b'.' | b':')) {
        return None;
    }
    let mut stamp = fraction_end(b, second);
    if b.get(stamp) == Some(&b' ') && matches!(b.get(stamp + 1), Some(b'+' | b'-')) {
        stamp = digits_end(b, stamp + 2);
    }
    let level = skip_blanks(b, stamp);
    let level_end = word_end(b, level);
    if level == stamp || !is_level_word(b.get(level..level_end)?) {
        return None;
    }
    Some(Parts { stamp: (0, stamp), level: (level, level_end), message: skip_blanks(b, level_end), ..Parts::default() })
}

fn stamp(b: &[u8]) -> Option<Stamp> {
    let (us, end) = time_of_day(b, 11)?;
    Some(Stamp::dated(date(b, 0)?, us, zone(b.get(end..)?.trim_ascii())))
}
