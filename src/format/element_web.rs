//! Element Web and Desktop: the console as kept for bug reports.
//!
//! `YYYY-MM-DDTHH:MM:SS.mmmZ L arguments`. Source: element-hq/element-web
//! `src/rageshake/rageshake.ts`.

use super::FormatInfo;
use super::form::{DIGITS, Form, Parts, fraction_end, second_end};
use super::stamp::Stamp;

/// The grammar as registered.
pub const ELEMENT_WEB: Form = Form {
    info: FormatInfo {
        id: "element-web",
        title: "Element Web/Desktop console",
        reference: "https://github.com/element-hq/element-web/blob/develop/src/rageshake/rageshake.ts",
    },
    parts,
    stamp: Stamp::parse_iso,
    first: DIGITS,
    only_at_home: false,
    samples: &[
        "2024-06-01T08:00:00.100Z D sendEvent of type m.room.message in !aB:hs.example with txnId m1717228800100.3",
        "2022-02-05T12:01:02.003Z E Error sending event QuotaExceededError: The quota has been exceeded.",
    ],
};

fn parts(b: &[u8]) -> Option<Parts> {
    let end = fraction_end(b, second_end(b, b'-', b'T')?);
    let level = end + 2;
    if b.get(end..level)? != b"Z " || !matches!(b.get(level)?, b'D' | b'I' | b'W' | b'E') || b.get(level + 1) != Some(&b' ') {
        return None;
    }
    Some(Parts { stamp: (0, end + 1), level: (level, level + 1), message: level + 2, ..Parts::default() })
}
