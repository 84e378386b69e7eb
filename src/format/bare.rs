//! logcat without time: `process`, `tag` and `thread`.
//!
//! `P(PID) message  (Tag)`, `P/Tag: message`, `P(PID:TID) message`. Source: Android liblog
//! `logprint.cpp`, `android_log_formatLogLine`.

use super::form::{Form, Parts, Span};
use super::{FormatInfo, digits_end, is_level, skip_blanks, trim_end};

const REFERENCE: &str = "https://android.googlesource.com/platform/system/logging/+/refs/heads/main/liblog/logprint.cpp";
const LEVELS: &[u8] = b"VDIWEFAS";

/// `process`.
pub const PROCESS: Form = Form {
    info: FormatInfo { id: "logcat-process", title: "Android logcat, process", reference: REFERENCE },
    parts: process,
    stamp: |_| None,
    first: LEVELS,
    only_at_home: false,
    samples: &[
        "D( 1410) setWifiEnabled package=com.android.systemui uid=10153 enable=false  (WifiService)",
        "E( 9211) FATAL EXCEPTION: main  (AndroidRuntime)",
    ],
};

/// `thread`.
pub const THREAD: Form = Form {
    info: FormatInfo { id: "logcat-thread", title: "Android logcat, thread", reference: REFERENCE },
    parts: thread,
    stamp: |_| None,
    first: LEVELS,
    only_at_home: false,
    samples: &["D( 9211: 9260) onLost 101", "W(11003:11021) retry in 14 s"],
};

/// `tag`.
pub const TAG: Form = Form {
    info: FormatInfo { id: "logcat-tag", title: "Android logcat, tag", reference: REFERENCE },
    parts: tag,
    stamp: |_| None,
    first: LEVELS,
    only_at_home: true,
    samples: &["D/NetMon  : onLost 101", "E/AndroidRuntime: FATAL EXCEPTION: main"],
};

/// The number in brackets behind the level: start, end, and where its bracket closes or goes on.
fn number(b: &[u8]) -> Option<(Span, usize)> {
    if !is_level(*b.first()?) || b.get(1) != Some(&b'(') {
        return None;
    }
    let mut start = skip_blanks(b, 2);
    let mut end = digits_end(b, start);
    // `-v uid`: a number or a name before the pid.
    if b.get(end) == Some(&b':') && b.get(end + 1..).is_some_and(|rest| rest.iter().take(12).filter(|c| **c == b':').count() > 1) {
        start = skip_blanks(b, end + 1);
        end = digits_end(b, start);
    }
    (end > start).then_some(((start, end), end))
}

fn process(b: &[u8]) -> Option<Parts> {
    let (pid, at) = number(b)?;
    if b.get(at..at + 2)? != b") " {
        return None;
    }
    // The tag stands at the end, in brackets, behind two blanks.
    let end = b.len() - usize::from(b.ends_with(b"\r"));
    let body = b.get(at + 2..end)?;
    let close = body.strip_suffix(b")")?;
    let open = memchr::memmem::rfind(close, b"  (")?;
    let start = at + 2;
    Some(Parts {
        level: (0, 1),
        pid,
        tag: (start + open + 3, trim_end(b, start + open + 3, end - 1)),
        message: start,
        message_end: start + open,
        ..Parts::default()
    })
}

fn thread(b: &[u8]) -> Option<Parts> {
    let (pid, at) = number(b)?;
    if b.get(at) != Some(&b':') {
        return None;
    }
    let start = skip_blanks(b, at + 1);
    let end = digits_end(b, start);
    if end == start || b.get(end..end + 2)? != b") " {
        return None;
    }
    Some(Parts { level: (0, 1), pid, tid: (start, end), message: end + 2, ..Parts::default() })
}

fn tag(b: &[u8]) -> Option<Parts> {
    if !is_level(*b.first()?) || b.get(1) != Some(&b'/') || super::brief::parts(b, 0).is_some() {
        return None;
    }
    let colon = super::colon(b, 2)?;
    let message = if colon + 1 < b.len() { colon + 2 } else { colon + 1 };
    (colon > 2).then(|| Parts { level: (0, 1), tag: (2, trim_end(b, 2, colon)), message, ..Parts::default() })
}

#[cfg(test)]
mod tests {
    use super::super::Grammar;
    use super::*;

    #[test]
    fn the_tag_of_the_process_form_stands_at_the_end() {
        let h = PROCESS.parse(PROCESS.samples[0].as_bytes()).unwrap();
        assert_eq!((h.pid, h.tag), (&b"1410"[..], &b"WifiService"[..]));
        assert!(h.message.ends_with(b"enable=false"));
    }
}
