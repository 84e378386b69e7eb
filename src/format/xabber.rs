//! Xabber's log file: `2018-12-01_09-52-12 D/Smack﹕ message`, with U+FE55 for the colon.
//!
//! Source: redsolution/xabber-android, `LogManager.java`, and logs in its issues (#850).

use super::form::{Form, Parts};
use super::stamp::{Stamp, Zone, date, digits};
use super::{FormatInfo, find, is_level, trim_end};

/// The grammar as registered.
pub const XABBER: Form = Form {
    info: FormatInfo { id: "xabber", title: "Xabber log file", reference: "https://github.com/redsolution/xabber-android/issues/850" },
    parts,
    stamp,
    first: super::form::DIGITS,
    only_at_home: false,
    samples: &[
        "2018-12-01_09-52-12 D/Smack\u{fe55} SENT (0): <r xmlns='urn:xmpp:sm:3'/>",
        "2018-12-01_09-52-12 W/XMPPConnection\u{fe55} closed",
    ],
};

/// The small colon.
const COLON: &[u8] = "\u{fe55}".as_bytes();
/// Length of the stamp.
const STAMP_BYTES: usize = 19;

fn parts(b: &[u8]) -> Option<Parts> {
    let level = STAMP_BYTES + 1;
    let shape = b.first().is_some_and(u8::is_ascii_digit)
        && b.get(10) == Some(&b'_')
        && b.get(13) == Some(&b'-')
        && b.get(STAMP_BYTES) == Some(&b' ');
    if !shape || !is_level(*b.get(level)?) || b.get(level + 1) != Some(&b'/') {
        return None;
    }
    let tag = level + 2;
    let end = tag + find(b.get(tag..)?, COLON)?;
    let message = end + COLON.len();
    let message = message + usize::from(b.get(message) == Some(&b' '));
    Some(Parts { stamp: (0, STAMP_BYTES), level: (level, level + 1), tag: (tag, trim_end(b, tag, end)), message, ..Parts::default() })
}

fn stamp(b: &[u8]) -> Option<Stamp> {
    let (h, m, s) = (digits(b, 11, 2)?, digits(b, 14, 2)?, digits(b, 17, 2)?);
    (h < 24 && m < 60 && s <= 60).then_some(())?;
    Some(Stamp::dated(date(b, 0)?, ((h * 60 + m) * 60 + s) * 1_000_000, Zone::Local))
}
