//! Monal's log as text: what its `server.py` prints and users convert their rawlog to.
//!
//! `YYYY-MM-DD HH:MM:SS:mmm [LEVEL] Process [number:queue (QOS:class)] function at file:line: message`.
//! Source: monal-im/Monal `UDPLogServer/server.py` (`formatLogline`).

use super::form::{DIGITS, Form, Parts, fraction_end, second_end};
use super::stamp::Stamp;
use super::{FormatInfo, digits_end, find, skip_blanks, trim_end};

/// The grammar as registered.
pub const MONAL: Form = Form {
    info: FormatInfo {
        id: "monal-text",
        title: "Monal log as text",
        reference: "https://github.com/monal-im/Monal/blob/develop/UDPLogServer/server.py",
    },
    parts,
    stamp: Stamp::parse_iso,
    first: DIGITS,
    only_at_home: false,
    samples: &[
        "2026-11-09 18:41:05:260 [  INFO] Monal [9021:receiveQueue (QOS:QOS_CLASS_UTILITY)] -[xmpp processInput:] at Classes/xmpp.m:1789: RECV Stanza: <a xmlns='urn:xmpp:sm:3' h='10'/>",
        "2026-11-09 18:44:01:003 [VERBOSE] Monal [8817:com.apple.root.background-qos (QOS:QOS_CLASS_UTILITY)] -[MLXMPPManager init]_block_invoke at Classes/MLXMPPManager.m:314: NOT reachable",
    ],
};

/// Longest level with its brackets and blanks.
const LEVEL_MAX: usize = 12;
/// Longest text between the level and the message.
const PLACE_MAX: usize = 512;

fn parts(b: &[u8]) -> Option<Parts> {
    let stamp = fraction_end(b, second_end(b, b'-', b' ')?);
    if b.get(stamp..stamp + 2)? != b" [" {
        return None;
    }
    let close = stamp + 2 + memchr::memchr(b']', b.get(stamp + 2..b.len().min(stamp + LEVEL_MAX))?)?;
    let level = (skip_blanks(b, stamp + 2), trim_end(b, stamp + 2, close));
    let window = b.get(close..b.len().min(close + PLACE_MAX))?;
    let open = close + 1 + memchr::memchr(b'[', window.get(1..)?)?;
    let number_end = digits_end(b, open + 1);
    if number_end == open + 1 || b.get(number_end) != Some(&b':') {
        return None;
    }
    let at = close + find(window, b" at ")? + 4;
    let line = at + memchr::memchr(b':', b.get(at..b.len().min(close + PLACE_MAX))?)? + 1;
    let message = digits_end(b, line);
    if message == line || b.get(message) != Some(&b':') {
        return None;
    }
    Some(Parts { stamp: (0, stamp), level, tid: (open + 1, number_end), message: b.len().min(message + 2), ..Parts::default() })
}
