//! Signal Desktop's debug log as text: `LEVEL ISO-8601-Z message`, and the first one's without level.
//!
//! Source: signalapp/Signal-Desktop `ts/logging/debuglogs.ts`. On disk it is JSON Lines.

use super::FormatInfo;
use super::form::{Form, Parts, fraction_end, is_level_word, second_end, word_end};
use super::skip_blanks;
use super::stamp::Stamp;

/// The grammar as registered.
pub const SIGNAL_DESKTOP: Form = Form {
    info: FormatInfo {
        id: "signal-desktop",
        title: "Signal Desktop debug log",
        reference: "https://github.com/signalapp/Signal-Desktop/blob/main/ts/logging/debuglogs.ts",
    },
    parts,
    stamp: Stamp::parse_iso,
    first: b"TDIWEF",
    only_at_home: false,
    samples: &[
        "INFO  2023-06-11T08:20:15.104Z conversation job queue: running job [REDACTED]a10, attempt 1 of 110",
        "ERROR 2023-06-11T08:20:25.220Z PUT (WS) https://chat.example/v1/messages/[REDACTED]5c2 (unauth) 0 Error",
    ],
};

fn parts(b: &[u8]) -> Option<Parts> {
    let level_end = word_end(b, 0);
    if !is_level_word(b.get(..level_end)?) {
        return None;
    }
    let at = skip_blanks(b, level_end);
    let rest = b.get(at..)?;
    let end = at + fraction_end(rest, second_end(rest, b'-', b'T')?);
    if b.get(end..end + 2)? != b"Z " {
        return None;
    }
    Some(Parts { stamp: (at, end + 1), level: (0, level_end), message: end + 2, ..Parts::default() })
}
