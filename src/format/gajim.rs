//! Gajim's log: `[YYYY-MM-DD ]HH:MM:SS (L) logger | message`, without milliseconds.
//!
//! Source: gajim/gajim `gajim/common/logging_helpers.py`.

use super::form::{DIGITS, Form, Parts, second_end};
use super::stamp::Stamp;
use super::{FormatInfo, find};
use super::{skip_blanks, trim_end};

/// The grammar as registered.
pub const GAJIM: Form = Form {
    info: FormatInfo {
        id: "gajim",
        title: "Gajim log",
        reference: "https://dev.gajim.org/gajim/gajim/-/blob/master/gajim/common/logging_helpers.py",
    },
    parts,
    stamp: Stamp::parse_iso,
    first: DIGITS,
    only_at_home: false,
    samples: &[
        "2024-02-09 11:20:03 (I) gajim.c.client                      | State: <ClientState.CONNECTED>",
        "2024-02-09 11:20:05 (W) gajim.c.m.message (ana@x.example) | Trying to send message while offline",
        "2026-11-12 14:05:40 (I) nbxmpp.connection        |          (ana) ::::: DATA SENT ::::",
    ],
};

/// Longest account.
const ACCOUNT_MAX: usize = 96;
/// Longest logger with its account.
const LOGGER_MAX: usize = 160;

fn parts(b: &[u8]) -> Option<Parts> {
    let end = second_end(b, b'-', b' ')?;
    if b.get(end..end + 2)? != b" (" || b.get(end + 3..end + 5)? != b") " {
        return None;
    }
    let tag = end + 5;
    let bar = tag + find(b.get(tag..b.len().min(tag + LOGGER_MAX))?, b"| ")?;
    let logger_end = trim_end(b, tag, bar);
    // The account stands behind the logger, in brackets.
    let tag_end = memchr::memchr(b' ', &b[tag..logger_end]).map_or(logger_end, |blank| tag + blank);
    let message = behind_account(b, skip_blanks(b, bar + 2));
    Some(Parts { stamp: (0, end), level: (end + 2, end + 3), tag: (tag, tag_end), message, ..Parts::default() })
}

/// Since 1.2 the account stands in brackets before the message (`gajim/common/logging_helpers.py`).
fn behind_account(b: &[u8], at: usize) -> usize {
    let window = b.get(at..b.len().min(at + ACCOUNT_MAX)).unwrap_or_default();
    match find(window, b") ") {
        Some(close) if window[0] == b'(' && !window[..close].contains(&b' ') => at + close + 2,
        _ => at,
    }
}
