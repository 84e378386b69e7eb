//! Any log whose lines begin with date and time: what apps write that follow no known framework.
//!
//! `[2026-11-04 18:20:01.003] [INFO] message`, `2026/11/04 18:20:01,003 ERROR [Net] message`,
//! `1783952024486 2026-07-13 16:13:44.486 D Tag message` (ntfy: binwiederhier/ntfy-android#1834). It is
//! the last resort of detection: a form that knows more of a line goes before it.

use super::form::{Form, Parts, Span};
use super::stamp::{Stamp, date, time_of_day};
use super::{FormatInfo, digits_end};

/// The grammar as registered.
pub const STAMPED: Form = Form {
    info: FormatInfo { id: "stamped", title: "Lines that begin with date and time", reference: "https://www.rfc-editor.org/rfc/rfc3339" },
    parts,
    stamp,
    first: b"0123456789[",
    only_at_home: true,
    samples: &[
        "[2026-11-04 18:20:01.003] [INFO] queue opened",
        "2026/11/04 18:20:01,003 ERROR socket closed",
        "2026-11-04T18:20:01Z queue opened",
        "1783952024486 2026-07-13 16:13:44.486 D Poller queue opened",
    ],
};

/// Digits of a time in milliseconds that some apps put in front of the readable one.
const EPOCH_DIGITS: usize = 13;
/// Longest name of a class or module.
const TAG_MAX: usize = 40;
/// Longest word of a level.
const LEVEL_MAX: usize = 8;

fn parts(b: &[u8]) -> Option<Parts> {
    let start = match digits_end(b, 0) {
        EPOCH_DIGITS if b.get(EPOCH_DIGITS) == Some(&b' ') => EPOCH_DIGITS + 1,
        _ => usize::from(b.first() == Some(&b'[')),
    };
    date(b, start)?;
    let separator = *b.get(start + 4)?;
    if !matches!(separator, b'-' | b'/' | b'.')
        || b.get(start + 7) != Some(&separator)
        || !matches!(b.get(start + 10), Some(b'T' | b' ' | b'_'))
    {
        return None;
    }
    let (_, mut end) = time_of_day(b, start + 11)?;
    end = zone_end(b, end);
    let stamp = (start, end);
    let mut at = gap(b, end).min(b.len());
    let word = at + b[at..].iter().take(LEVEL_MAX + 1).take_while(|c| c.is_ascii_alphabetic()).count();
    let set_off = b.get(word).is_none_or(|c| matches!(c, b' ' | b']' | b'|' | b':' | b'>' | b'/' | b'\t' | b'-'));
    let level = if set_off && is_level(&b[at..word]) { (at, word) } else { (0, 0) };
    if level.1 > 0 {
        at = gap(b, word);
    }
    let tag = tag(b, at).unwrap_or((at, at));
    Some(Parts { stamp, level, tag, message: at, ..Parts::default() })
}

/// The name of a class or module before a message: `Sender: ack`, `[Sender] ack`. Nobody knows whether it is a name or a word
/// that says something (`Failed: …`), so it stays part of the message, too.
fn tag(b: &[u8], at: usize) -> Option<Span> {
    let rest = b.get(at..)?;
    let length = rest.iter().take(TAG_MAX + 1).take_while(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'$')).count();
    let is_bracketed = at.checked_sub(1).is_some_and(|before| b[before] == b'[');
    let ends = if is_bracketed { rest.get(length) == Some(&b']') } else { rest.get(length..length + 2) == Some(b": ") };
    let word = &rest[..length];
    let is_name = word.first().is_some_and(u8::is_ascii_uppercase) && word.iter().any(u8::is_ascii_lowercase);
    (ends && is_name && length <= TAG_MAX).then_some((at, at + length))
}

/// The end of a zone that follows a time, or where it would begin.
fn zone_end(b: &[u8], at: usize) -> usize {
    let from = at + usize::from(b.get(at) == Some(&b' '));
    match b.get(from) {
        Some(b'Z') if from == at => at + 1,
        Some(b'+' | b'-') if b.get(from + 1..from + 3).is_some_and(|d| d.iter().all(u8::is_ascii_digit)) => {
            let colon = usize::from(b.get(from + 3) == Some(&b':'));
            let minutes = b.get(from + 3 + colon..from + 5 + colon).is_some_and(|d| d.iter().all(u8::is_ascii_digit));
            if minutes { from + 5 + colon } else { from + 3 }
        }
        Some(b'U') if b.get(from..from + 3) == Some(b"UTC") => from + 3,
        _ => at,
    }
}

/// Skips what stands between the parts of a head.
fn gap(b: &[u8], mut at: usize) -> usize {
    while matches!(b.get(at), Some(b' ' | b'\t' | b'[' | b']' | b'|' | b',' | b':' | b'<' | b'>' | b'-' | b'/')) {
        at += 1;
    }
    at
}

fn is_level(word: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"V",
        b"D",
        b"I",
        b"W",
        b"E",
        b"F",
        b"TRACE",
        b"VERBOSE",
        b"DEBUG",
        b"INFO",
        b"NOTICE",
        b"WARN",
        b"WARNING",
        b"ERROR",
        b"FATAL",
        b"CRITICAL",
        b"SEVERE",
        b"ERR",
        b"DBG",
        b"INF",
        b"WRN",
    ];
    WORDS.iter().any(|w| w.eq_ignore_ascii_case(word))
}

fn stamp(b: &[u8]) -> Option<Stamp> {
    let days = date(b, 0)?;
    let (us, end) = time_of_day(b, 11)?;
    Some(Stamp::dated(days, us, super::stamp::zone(b.get(end..).unwrap_or_default().trim_ascii())))
}

#[cfg(test)]
mod tests {
    use super::super::Grammar;
    use super::*;

    #[test]
    fn stamp_level_and_message_are_told_apart_however_they_are_set_off() {
        let read = |line: &'static str| STAMPED.parse(line.as_bytes()).map(|h| (h.level, std::str::from_utf8(h.message).unwrap()));
        assert_eq!(read("[2026-11-04 18:20:01.003] [INFO] sending msg_id=7"), Some((b'I', "sending msg_id=7")));
        assert_eq!(read("2026/11/04 18:20:01,003 ERROR [Net] closed"), Some((b'E', "Net] closed")));
        assert_eq!(read("2026-11-04T18:20:01.003+01:00 | warn | closed"), Some((b'W', "closed")));
        assert_eq!(read("2026-11-04 18:20:01 Inform the user"), Some((0, "Inform the user")));
        assert_eq!(read("2026-11-04"), None);
        assert_eq!(read("[2026-11-04 morning] hello"), None);
    }

    #[test]
    fn a_name_before_the_message_is_its_tag_and_stays_in_the_message() {
        let read = |line: &'static str| {
            let head = STAMPED.parse(line.as_bytes()).unwrap();
            (std::str::from_utf8(head.tag).unwrap(), std::str::from_utf8(head.message).unwrap())
        };
        assert_eq!(read("2026-11-04 18:20:01.003 I Sender: ack id=r-1"), ("Sender", "Sender: ack id=r-1"));
        assert_eq!(read("2026/11/04 18:20:01,003 ERROR [Net] closed"), ("Net", "Net] closed"));
        for whole in ["localId: 7 sent", "FATAL: closed", "https://x.example: closed", "org.x.Sender: closed"] {
            let line: &'static str = format!("2026-11-04 18:20:01.003 E {whole}").leak();
            assert_eq!(read(line), ("", whole));
        }
    }

    #[test]
    fn a_zone_belongs_to_the_stamp() {
        let utc = |line: &str| STAMPED.parse(line.as_bytes()).and_then(|h| h.stamp).map(|s| s.zone);
        assert_eq!(utc("2026-11-04 18:20:01.003 +0100 x"), Some(super::super::stamp::Zone::Offset(60)));
        assert_eq!(utc("[2026-11-04T18:20:01Z] x"), Some(super::super::stamp::Zone::Offset(0)));
        assert_eq!(utc("2026-11-04 18:20:01 - 12 files"), Some(super::super::stamp::Zone::Local));
    }
}
