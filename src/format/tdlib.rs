//! `TDLib`'s log: `[ L][t N][unix.nnnnnnnnn][File.cpp:line][#tag][!actor][&cond]<tab>message`.
//!
//! Levels 0 fatal to 4 and more debug; follow-on lines of a dump have no head. Source: tdlib/td
//! `tdutils/td/utils/logging.cpp`.

use super::form::{Form, Parts};
use super::stamp::Stamp;
use super::{FormatInfo, digits_end, skip_blanks};

/// The grammar as registered.
pub const TDLIB: Form = Form {
    info: FormatInfo { id: "tdlib", title: "TDLib log", reference: "https://github.com/tdlib/td/blob/master/tdutils/td/utils/logging.cpp" },
    parts,
    stamp,
    first: b"[",
    only_at_home: false,
    samples: &[
        "[ 3][t 1][1663253500.099999905][Td.cpp:3100][#1][!Td]\tInit application_version = 1.4.2",
        "[ 1][t 4][1663253500.409999847][ConnectionCreator.cpp:868][#1][!ConnectionCreator][&mtproto]\tfailed",
    ],
};

/// Bracketed parts of a head at most.
const BRACKETS_MAX: usize = 12;

fn parts(b: &[u8]) -> Option<Parts> {
    if b.first() != Some(&b'[') || b.get(3..6)? != b"][t" {
        return None;
    }
    let level = skip_blanks(b, 1);
    let mut p = Parts { level: (level, 3), ..Parts::default() };
    let mut at = 4;
    for n in 0..BRACKETS_MAX {
        if b.get(at) != Some(&b'[') {
            break;
        }
        let close = at + memchr::memchr(b']', b.get(at..)?)?;
        match n {
            0 => p.tid = (skip_blanks(b, at + 2), close),
            1 => p.stamp = (at + 1, close),
            2 => {
                let colon = memchr::memchr(b':', &b[at..close]).map_or(close, |c| at + c);
                p.tag = (at + 1, colon);
            }
            _ => {}
        }
        at = close + 1;
    }
    if b.get(at) != Some(&b'\t') || p.tag.1 == 0 || digits_end(b, p.stamp.0) == p.stamp.0 {
        return None;
    }
    Some(Parts { message: at + 1, ..p })
}

fn stamp(b: &[u8]) -> Option<Stamp> {
    let dot = memchr::memchr(b'.', b).unwrap_or(b.len());
    let seconds: i64 = std::str::from_utf8(&b[..dot]).ok()?.parse().ok()?;
    let mut us = 0;
    for n in 1..=6 {
        us = us * 10 + i64::from(b.get(dot + n).filter(|c| c.is_ascii_digit()).map_or(0, |c| c - b'0'));
    }
    Some(Stamp::utc(seconds.checked_mul(1_000_000)?.checked_add(us)?))
}

#[cfg(test)]
mod tests {
    use super::super::Grammar;
    use super::*;

    #[test]
    fn the_stamp_is_unix_time_and_the_tag_is_the_source_file() {
        let h = TDLIB.parse(TDLIB.samples[0].as_bytes()).unwrap();
        assert_eq!(h.stamp.unwrap().wall_us, 1_663_253_500_099_999);
        assert_eq!((h.tag, h.tid), (&b"Td.cpp"[..], &b"1"[..]));
    }
}
