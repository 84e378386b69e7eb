//! Apple's unified log as `log show` prints it: default and compact style, and the syslog of devices.
//!
//! Default: `stamp+zone  thread  Type  activity  PID  TTL  process: (library) [subsystem:category] message`.
//! Compact: `stamp Ty process[PID:thread] [subsystem:category] message`. Device syslog:
//! `Mon DD HH:MM:SS host process(library)[PID] <Level>: message`. Source: `man log`.

use super::form::{DIGITS, Form, Parts, Span, fraction_end, second_end, word_end};
use super::nslog::classed;
use super::stamp::{Stamp, YEARLESS, Zone, days_from_civil, digits, month_named, time_of_day};
use super::{FormatInfo, digits_end, skip_blanks};

const REFERENCE: &str = "https://developer.apple.com/documentation/os/viewing-log-messages";

/// `log show`, default and compact.
pub const UNIFIED: Form = Form {
    info: FormatInfo { id: "apple-unified", title: "Apple unified log (log show)", reference: REFERENCE },
    parts,
    stamp: Stamp::parse_iso,
    first: DIGITS,
    only_at_home: false,
    samples: &[
        "2026-03-04 18:20:01.482123+0100 0x3f2a     Error       0x0                  812    0    Chat: (CFNetwork) [com.apple.CFNetwork:Default] Task <U>.<3> finished with error [-1009]",
        "2026-03-04 18:20:01.482 E  Chat[812:3f2a] [com.apple.CFNetwork:Default] Task <U>.<3> finished with error [-1009]",
        "2026-03-04 18:20:01.482 Df Chat[812:3f2a] [app] started",
        "2026-03-04 18:20:01.482123+0100 0x3f2a     Default     0x0                  812    0    Chat: (Foundation) 18:20:01.482 [Room] send 5",
    ],
};

/// The syslog that a device streams to Xcode, Console or `idevicesyslog`.
pub const DEVICE: Form = Form {
    info: FormatInfo { id: "apple-device", title: "Apple device console (syslog)", reference: "https://libimobiledevice.org" },
    parts: device,
    stamp: device_stamp,
    first: b"JFMASOND",
    only_at_home: false,
    samples: &[
        "Mar  4 18:20:01 iPhone Chat(CFNetwork)[812] <Error>: Task <U>.<3> finished with error [-1009]",
        "Mar 14 18:20:01 iPhone Chat[812] <Notice>: started",
    ],
};

/// Longest `[subsystem:category]`.
const SUBSYSTEM_MAX: usize = 160;

/// Whether a word is a type of the compact style, which stands before the name of the process.
pub(super) fn is_type(word: &[u8]) -> bool {
    matches!(word, b"Df" | b"Db" | b"I" | b"E" | b"F" | b"A" | b"St" | b"D")
}

fn parts(b: &[u8]) -> Option<Parts> {
    let mut stamp = fraction_end(b, second_end(b, b'-', b' ')?);
    if matches!(b.get(stamp), Some(b'+' | b'-')) {
        stamp = digits_end(b, stamp + 1);
    }
    let word = skip_blanks(b, stamp);
    let word_stop = word_end(b, word);
    if b.get(word..word + 2) == Some(b"0x") {
        return default(b, (0, stamp), (word, word_stop));
    }
    // Compact: one or two letters of a type, the process with its ids.
    if !is_type(b.get(word..word_stop)?) {
        return None;
    }
    let name = skip_blanks(b, word_stop);
    let open = name + memchr::memchr(b'[', b.get(name..)?)?;
    let pid_end = digits_end(b, open + 1);
    let close = pid_end + memchr::memchr(b']', b.get(pid_end..)?)?;
    if open == name || pid_end == open + 1 || b[pid_end] != b':' {
        return None;
    }
    let p = Parts { stamp: (0, stamp), level: (word, word_stop), pid: (open + 1, pid_end), tid: (pid_end + 1, close), ..Parts::default() };
    Some(behind(b, skip_blanks(b, close + 1), p))
}

fn default(b: &[u8], stamp: Span, tid: Span) -> Option<Parts> {
    let level = skip_blanks(b, tid.1);
    let level_end = word_end(b, level);
    let activity = skip_blanks(b, level_end);
    let pid = skip_blanks(b, word_end(b, activity));
    let pid_end = digits_end(b, pid);
    let ttl_end = digits_end(b, skip_blanks(b, pid_end));
    if b.get(activity..activity + 2) != Some(b"0x") || pid_end == pid {
        return None;
    }
    let name = skip_blanks(b, ttl_end);
    let colon = super::colon(b, name)?;
    let mut at = skip_blanks(b, colon + 1);
    if b.get(at) == Some(&b'(') {
        at = skip_blanks(b, at + 1 + memchr::memchr(b')', b.get(at..)?)?);
    }
    let p = Parts { stamp, level: (level, level_end), pid: (pid, pid_end), tid, ..Parts::default() };
    Some(behind(b, at, p))
}

/// `[subsystem:category] message` or `[Class] message` at `at`; category or class is the tag. What runningboardd
/// says of `[app<org.x.chat>:812]` is the message itself.
fn behind(b: &[u8], at: usize, p: Parts) -> Parts {
    if b.get(at) == Some(&b'[')
        && let Some(close) = memchr::memchr2(b']', b'<', &b[at..b.len().min(at + SUBSYSTEM_MAX)])
        && b[at + close] == b']'
    {
        let end = at + close;
        let start = memchr::memrchr(b':', &b[at..end]).map_or(at + 1, |c| at + c + 1);
        return Parts { tag: (start, end), message: skip_blanks(b, end + 1), ..p };
    }
    let (tag, message) = classed(b, at);
    Parts { tag, message, ..p }
}

fn device(b: &[u8]) -> Option<Parts> {
    month_named(b.get(..3)?)?;
    if b.get(3) != Some(&b' ') || b.get(9) != Some(&b':') || b.get(15) != Some(&b' ') {
        return None;
    }
    let host = word_end(b, 16);
    let name = host + 1;
    let open = name + memchr::memchr(b'[', b.get(name..)?)?;
    let pid_end = digits_end(b, open + 1);
    if pid_end == open + 1 || b.get(pid_end..pid_end + 3)? != b"] <" {
        return None;
    }
    let level = pid_end + 3;
    let close = level + memchr::memchr(b'>', b.get(level..)?)?;
    let colon = super::colon(b, close)?;
    let (tag, message) = classed(b, b.len().min(colon + 2));
    Some(Parts { stamp: (0, 15), level: (level, close), pid: (open + 1, pid_end), tag, message, ..Parts::default() })
}

fn device_stamp(b: &[u8]) -> Option<Stamp> {
    let month = month_named(b.get(..3)?)?;
    let day = if b.get(4) == Some(&b' ') { digits(b, 5, 1)? } else { digits(b, 4, 2)? };
    let (us, _) = time_of_day(b, 7)?;
    Some(Stamp::yearless(days_from_civil(YEARLESS, month, day), us, Zone::Local))
}

#[cfg(test)]
mod tests {
    use super::super::Grammar;
    use super::*;

    #[test]
    fn a_process_in_brackets_is_no_category() {
        let line = |text: &str| {
            format!("2026-03-04 18:20:01.482123+0100 0x3f2a     Default     0x0                  32    0    runningboardd: {text}")
        };
        let of = |text: &str| {
            let line = line(text);
            let head = UNIFIED.parse(line.as_bytes()).unwrap();
            (String::from_utf8_lossy(head.tag).into_owned(), String::from_utf8_lossy(head.message).into_owned())
        };
        let bare = "[app<org.x.chat>:812] Terminating with context";
        assert_eq!(of(bare).1, bare);
        assert_eq!(of(&format!("(RunningBoard) [com.apple.runningboard:process] {bare}")), ("process".to_owned(), bare.to_owned()));
    }
}
