//! logcat `brief`: `L/Tag(PID): message`, without any time; also Signal's and `TextSecure`'s first
//! debug logs and the consoles of Flutter and React Native.
//!
//! Source: Android liblog `logprint.cpp`, `android_log_formatLogLine`; the pid may carry a user
//! (`-v uid`: `u0_a12: 123`), the tag blanks at its end.

use super::{FormatInfo, Grammar, Head, Quick, digits_end, is_level, part, skip_blanks, trim_end};

/// The grammar.
pub struct Brief;
/// The grammar as registered.
pub const BRIEF: Brief = Brief;

const INFO: FormatInfo = FormatInfo {
    id: "logcat-brief",
    title: "Android logcat, brief",
    reference: "https://android.googlesource.com/platform/system/logging/+/refs/heads/main/liblog/logprint.cpp",
};

/// The parts of `L/Tag(PID): message` that starts at `at`.
pub(super) struct Parts {
    pub level: u8,
    pub tag: (usize, usize),
    pub pid: (usize, usize),
    pub message: usize,
}

/// Reads `L/Tag(PID): message` at `at`.
pub(super) fn parts(b: &[u8], at: usize) -> Option<Parts> {
    let level = *b.get(at)?;
    if !is_level(level) || b.get(at + 1) != Some(&b'/') {
        return None;
    }
    let start = at + 2;
    // The pid's bracket is the first one that is closed by `): ` and holds a number; tags may hold
    // brackets themselves.
    let mut from = start;
    loop {
        let open = from + memchr::memchr(b'(', b.get(from..)?)?;
        if let Some((pid, message)) = pid_at(b, open + 1) {
            return Some(Parts { level, tag: (start, trim_end(b, start, open)), pid, message });
        }
        from = open + 1;
    }
}

fn pid_at(b: &[u8], at: usize) -> Option<((usize, usize), usize)> {
    let mut start = skip_blanks(b, at);
    let mut end = digits_end(b, start);
    if b.get(end) == Some(&b':') || b.get(start).is_some_and(u8::is_ascii_alphabetic) {
        let colon = start + memchr::memchr(b':', b.get(start..b.len().min(start + 12))?)?;
        start = skip_blanks(b, colon + 1);
        end = digits_end(b, start);
    }
    if end == start || b.get(end) != Some(&b')') || b.get(end + 1) != Some(&b':') {
        return None;
    }
    let message = if b.get(end + 2) == Some(&b' ') { end + 3 } else { end + 2 };
    Some(((start, end), message))
}

impl Grammar for Brief {
    fn info(&self) -> &FormatInfo {
        &INFO
    }

    fn quick(&self, line: &[u8]) -> Option<Quick> {
        let p = parts(line, 0)?;
        Quick::new(p.tag.0, p.tag.1, p.message)
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>> {
        let p = parts(line, 0)?;
        Some(Head {
            level: super::level_of(&[p.level]),
            pid: part(line, p.pid.0, p.pid.1),
            tag: part(line, p.tag.0, p.tag.1),
            message: part(line, p.message, line.len()),
            ..Head::default()
        })
    }

    fn first(&self) -> &'static [u8] {
        b"VDIWEFAS"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "D/conversations( 7135): app switched into foreground",
            "I/flutter (21240): send ok",
            "W/PushTextSendJob( 4410): Sending message: 77",
            "E/AndroidRuntime(u0_a64: 9211): FATAL EXCEPTION: main",
        ]
    }
}
