//! Apple's `NSLog` on standard error and `log show --style syslog`: the log files of Element iOS, and
//! what Xcode's console shows.
//!
//! `YYYY-MM-DD HH:MM:SS.mmm[mmm][+zzzz] Process[PID:TID] [Class] message`. Sources: matrix-org/
//! matrix-ios-sdk `MXLogger.m`; `man log` (style `syslog`). What Tencent Mars prints there has a head of its own behind it.

use super::form::{DIGITS, Form, Parts, Span, fraction_end, second_end, word_end};
use super::stamp::Stamp;
use super::unified::is_type;
use super::{FormatInfo, digits_end, mars, skip_blanks};

/// The grammar as registered.
pub const NSLOG: Form = Form {
    info: FormatInfo {
        id: "apple-nslog",
        title: "Apple NSLog / log show, syslog style",
        reference: "https://developer.apple.com/documentation/foundation/nslog",
    },
    parts,
    stamp: Stamp::parse_iso,
    first: DIGITS,
    only_at_home: false,
    samples: &[
        "2023-02-01 12:00:01.100 Element[612:40211]  [MXRoom] sendEventOfType: m.room.message in room !aB:hs.example",
        "2026-03-04 18:20:01.482123+0100 Chat[812:3f2a] [net] path satisfied",
        "2026-03-04 18:20:01.482123+0100 Chat[812:3f2a] Task <U>.<3> finished with error [-1009]",
        "2024-09-01 12:00:01.100 Element[612:40211] 12:00:01.099 [MXHTTPClient] #31 - PUT _matrix/client",
        "2019-07-03 16:05:05.098185+0800 Chat[13532:279414] [I][mars::stn][longlink.cc, Disconnect, 246][_scene:10007",
        "2021-02-11 08:30:00.120 Chat[612:40211] [W][Chat.Send][SendService.mm, -[SendService retry:], 88][retry 2",
    ],
};

/// Longest process name.
const NAME_MAX: usize = 64;
/// Longest `[Class]`.
const CLASS_MAX: usize = 80;

fn parts(b: &[u8]) -> Option<Parts> {
    let mut stamp = fraction_end(b, second_end(b, b'-', b' ')?);
    if matches!(b.get(stamp), Some(b'+' | b'-')) {
        stamp = digits_end(b, stamp + 1);
    }
    if b.get(stamp) != Some(&b' ') {
        return None;
    }
    let name = stamp + 1;
    let open = name + memchr::memchr(b'[', b.get(name..b.len().min(name + NAME_MAX))?)?;
    let pid = open + 1;
    let pid_end = digits_end(b, pid);
    if open == name || pid_end == pid || b[name..open].contains(&b':') || is_type(&b[name..word_end(b, name)]) {
        return None;
    }
    let close = pid_end + memchr::memchr(b']', b.get(pid_end..b.len().min(pid_end + 20))?)?;
    let tid = if b[pid_end] == b':' { (pid_end + 1, close) } else { (close, close) };
    let at = skip_blanks(b, close + 1 + usize::from(b.get(close + 1) == Some(&b':')));
    let p = Parts { stamp: (0, stamp), pid: (pid, pid_end), tid, ..Parts::default() };
    if let Some((level, tag, message)) = mars::printed(b, at) {
        return Some(Parts { level, tag, message, ..p });
    }
    let (tag, message) = classed(b, at);
    Some(Parts { tag, message, ..p })
}

/// Where class and message stand in `[Class] message` at `at`: how Element iOS prints, whoever stamps its lines.
/// Since 2024 the time of the statement itself stands before it.
#[must_use]
pub fn classed(b: &[u8], mut at: usize) -> (Span, usize) {
    if b.get(at + 2) == Some(&b':') && b.get(at + 5) == Some(&b':') && b.get(at + 8) == Some(&b'.') {
        at = skip_blanks(b, digits_end(b, at + 9));
    }
    if b.get(at) == Some(&b'[')
        && let Some(end) = memchr::memchr2(b']', b'<', &b[at..b.len().min(at + CLASS_MAX)])
        && b[at + end] == b']'
        && b.get(at + end + 1).is_none_or(|c| matches!(c, b' ' | b':'))
    {
        let behind = at + end + 1;
        let message = behind + usize::from(b.get(behind) == Some(&b':'));
        return ((at + 1, at + end), skip_blanks(b, message));
    }
    ((0, 0), at)
}

#[cfg(test)]
mod tests {
    use super::super::Grammar;
    use super::*;

    #[test]
    fn class_process_and_thread_are_told_apart() {
        let h = NSLOG.parse(NSLOG.samples[0].as_bytes()).unwrap();
        assert_eq!((h.pid, h.tid, h.tag), (&b"612"[..], &b"40211"[..], &b"MXRoom"[..]));
        let h = NSLOG.parse(NSLOG.samples[3].as_bytes()).unwrap();
        assert_eq!((h.tag, h.message), (&b"MXHTTPClient"[..], &b"#31 - PUT _matrix/client"[..]));
    }

    #[test]
    fn what_mars_prints_has_its_own_level_and_tag() {
        let h = NSLOG.parse(NSLOG.samples[5].as_bytes()).unwrap();
        assert_eq!((h.level, h.pid, h.tag, h.message), (b'W', &b"612"[..], &b"Chat.Send"[..], &b"retry 2"[..]));
    }
}
