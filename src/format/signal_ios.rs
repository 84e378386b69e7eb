//! Signal iOS: `CocoaLumberjack` with Signal's formatter.
//!
//! `YYYY/MM/DD HH:MM:SS:mmm  EMOJI [File.ext:line function]: message`; in 2017 without emoji,
//! `[Class] message`. Local time without zone; a colon before the milliseconds. Source: signalapp/
//! Signal-iOS `OWSLogger`, `OWSScrubbingLogFormatter`; signalapp/Signal-iOS#3038, #5148.

use super::form::{DIGITS, Form, Parts, digits_colon, second_end};
use super::stamp::{Stamp, Zone, date, time_of_day};
use super::{FormatInfo, find, skip_blanks};

/// The grammar as registered.
pub const SIGNAL_IOS: Form = Form {
    info: FormatInfo {
        id: "signal-ios",
        title: "Signal iOS log",
        reference: "https://github.com/signalapp/Signal-iOS/tree/main/SignalServiceKit/Debugging",
    },
    parts,
    stamp,
    first: DIGITS,
    only_at_home: false,
    samples: &[
        "2023/05/23 19:22:34:022  💛 [MessageSender.m:990 -[MessageSender _sendMessageToRecipient:]]: attempting to send message: TSOutgoingMessage, timestamp: 1684862553002",
        "2017/02/03 08:10:10:401  [OWSMessageSender] attempting to send message: TSOutgoingMessage, timestamp: 1486109410402",
        "2019/12/22 17:43:19:842  ❤️ [OWSMessageSender.m:1330 -[OWSMessageSender send:]]: Failed with error: x",
    ],
};

/// Longest bracket: file, line and an Objective-C or Swift function with its types.
const BRACKET_MAX: usize = 400;

fn parts(b: &[u8]) -> Option<Parts> {
    let end = digits_colon(b, second_end(b, b'/', b' ')?)?;
    if b.get(end..end + 2)? != b"  " {
        return None;
    }
    let mut at = end + 2;
    let level = at;
    // The level is an emoji: a word of bytes above ASCII.
    while b.get(at).is_some_and(|c| !c.is_ascii()) {
        at += 1;
    }
    let emoji = at > level;
    at = skip_blanks(b, at);
    let p = Parts { stamp: (0, end), message: at, ..Parts::default() };
    if b.get(at) != Some(&b'[') {
        return Some(p);
    }
    let window = &b[at..b.len().min(at + BRACKET_MAX)];
    if emoji {
        // `[MessageSender.m:990 -[MessageSender send:]]: `: names hold blanks and brackets.
        let close = find(window, b"]: ")?;
        let colon = memchr::memchr(b':', &window[..close]).unwrap_or(close);
        return Some(Parts { tag: (at + 1, at + colon), message: at + close + 3, ..p });
    }
    let close = memchr::memchr(b']', window)?;
    Some(Parts { tag: (at + 1, at + close), message: skip_blanks(b, at + close + 1), ..p })
}

fn stamp(b: &[u8]) -> Option<Stamp> {
    let (us, _) = time_of_day(b, 11)?;
    Some(Stamp::dated(date(b, 0)?, us, Zone::Local))
}
