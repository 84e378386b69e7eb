//! Delta Chat Desktop's log file.
//!
//! `YYYY-MM-DDTHH:MM:SS.mmmZ<TAB>module<TAB>LEVEL<TAB>"stack"<TAB>arguments`, each argument as JSON; lines of
//! the core are `account<TAB>"file:line: text"`. Source: deltachat/deltachat-desktop
//! `packages/target-electron/src/log-handler.ts`.

use super::form::{DIGITS, Form, Parts, fraction_end, second_end};
use super::stamp::Stamp;
use super::{FormatInfo, trim_end};

/// The grammar as registered.
pub const DELTACHAT_DESKTOP: Form = Form {
    info: FormatInfo {
        id: "deltachat-desktop",
        title: "Delta Chat Desktop log file",
        reference: "https://github.com/deltachat/deltachat-desktop/blob/main/packages/target-electron/src/log-handler.ts",
    },
    parts,
    stamp: Stamp::parse_iso,
    first: DIGITS,
    only_at_home: false,
    samples: &[
        "2026-11-20T07:32:10.015Z\tcore/event            \tINFO\t\"\"\t2\t\"src/smtp.rs:385: Try number 1 to send message Msg#905 (entry 88) over SMTP.\"",
        "2026-11-20T07:30:00.300Z\tmain/deltachat        \tINFO\t\"\"\t\"HI\"",
    ],
};

/// Longest column before the arguments.
const COLUMN_MAX: usize = 256;

fn parts(b: &[u8]) -> Option<Parts> {
    let zone = fraction_end(b, second_end(b, b'-', b'T')?);
    if b.get(zone..zone + 2)? != b"Z\t" {
        return None;
    }
    let column = |from: usize| Some(from + memchr::memchr(b'\t', b.get(from..b.len().min(from + COLUMN_MAX))?)?);
    let tag = zone + 2;
    let tag_end = column(tag)?;
    let level_end = column(tag_end + 1)?;
    if !matches!(&b[tag_end + 1..level_end], b"DEBUG" | b"INFO" | b"WARNING" | b"ERROR" | b"CRITICAL") {
        return None;
    }
    let mut message = column(level_end + 1)? + 1;
    // The account before a line of the core.
    let number = super::digits_end(b, message);
    if number > message && b.get(number..number + 2) == Some(b"\t\"") {
        message = number + 2;
    }
    Some(Parts {
        stamp: (0, zone + 1),
        level: (tag_end + 1, level_end),
        tag: (tag, trim_end(b, tag, tag_end)),
        message,
        ..Parts::default()
    })
}
