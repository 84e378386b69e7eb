//! `GLib`'s messages, as Dino writes them, and Dino's dump of stanzas.
//!
//! `** (app:PID): WARNING **: HH:MM:SS.mmm: text`, `(app:PID): domain-LEVEL: HH:MM:SS.mmm: text` (`GLib`
//! `gmessages.c`, `g_log_writer_format_fields`), and `XMPP OUT [jid … HH:MM:SS]` (today with date and
//! zone) with the stanza below it (dino/dino `xmpp-vala/src/core/xmpp_log.vala`). All else states only the
//! time of day.

use super::form::{Form, Parts, fraction_end};
use super::stamp::{Stamp, Zone, time_of_day};
use super::{FormatInfo, digits_end, find, skip_blanks};

/// The grammar as registered.
pub const GLIB: Form = Form {
    info: FormatInfo {
        id: "glib",
        title: "GLib messages (Dino)",
        reference: "https://gitlab.gnome.org/GNOME/glib/-/blob/main/glib/gmessages.c",
    },
    parts,
    stamp,
    first: b"(*X",
    only_at_home: false,
    samples: &[
        "(dino:4242): libdino-DEBUG: 18:20:00.010: connection_manager.vala:228: [rae@d.example/dino.5f3a] New connection: 0x5581a0",
        "** (dino:4242): WARNING **: 18:20:04.220: message_processor.vala:105: Message delivery error from bo@d.example. Type: cancel, Condition: x, Text: -",
        "XMPP OUT [rae@d.example 0x5581a0 stream:0x5581a0 thread:0x7f01 18:20:04]",
        "XMPP IN [rae@d.example/dino.7c2f stream:0x5581a0 thread:0x7f01 2026-11-16T18:20:04+01:00]",
    ],
};

/// Longest name of program and process.
const NAME_MAX: usize = 80;

fn parts(b: &[u8]) -> Option<Parts> {
    if b.starts_with(b"XMPP OUT [") || b.starts_with(b"XMPP IN [") {
        let tag_end = if b[5] == b'O' { 8 } else { 7 };
        let close = memchr::memchr(b']', b)?;
        let time = 1 + memchr::memrchr(b' ', &b[..close])?;
        let stated = b.get(time + 2) == Some(&b':') || b.get(time + 10) == Some(&b'T');
        return stated.then_some(Parts { stamp: (time, close), tag: (0, tag_end), message: tag_end + 1, ..Parts::default() });
    }
    let open = b.strip_prefix(b"** ").map_or(0, |_| 3);
    if b.get(open) != Some(&b'(') {
        return None;
    }
    let window = b.get(open..b.len().min(open + NAME_MAX))?;
    let close = open + find(window, b"): ")?;
    let colon = open + memchr::memrchr(b':', &b[open..close])?;
    let pid = (colon + 1, close);
    if digits_end(b, pid.0) != close {
        return None;
    }
    let domain = close + 3;
    let end = super::colon(b, domain)?;
    let word = &b[domain..end];
    let bare = word.strip_suffix(b" **").unwrap_or(word);
    let level_start = memchr::memrchr(b'-', bare).map_or(0, |d| d + 1);
    let time = skip_blanks(b, end + 1);
    let time_end = fraction_end(b, time + 8);
    if b.get(time + 2) != Some(&b':') || b.get(time_end) != Some(&b':') {
        return None;
    }
    Some(Parts {
        stamp: (time, time_end),
        level: (domain + level_start, domain + bare.len()),
        pid,
        tag: (domain, domain + bare.len()),
        message: skip_blanks(b, time_end + 1),
        ..Parts::default()
    })
}

fn stamp(b: &[u8]) -> Option<Stamp> {
    if b.get(10) == Some(&b'T') {
        return Stamp::parse_iso(b);
    }
    let (us, _) = time_of_day(b, 0)?;
    Some(Stamp::dateless(us, Zone::Local))
}
