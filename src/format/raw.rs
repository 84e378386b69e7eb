//! logcat `raw`: the message and nothing else. Only the separators of the buffers, which logcat prints in
//! every form, tell that it is a log.
//!
//! Source: Android liblog `logprint.cpp`, `FORMAT_RAW`; the separators are those of `logcat.cpp`. Records have
//! neither time nor tag, so only words and ids tell messages apart.

use super::{FormatInfo, Grammar, Head, Quick};

/// The grammar.
pub struct Raw;
/// The grammar as registered.
pub const RAW: Raw = Raw;

const INFO: FormatInfo = FormatInfo {
    id: "logcat-raw",
    title: "Android logcat, raw",
    reference: "https://android.googlesource.com/platform/system/logging/+/refs/heads/main/liblog/logprint.cpp",
};

/// What stands between the buffers.
const SEPARATORS: [&[u8]; 2] = [b"--------- beginning of ", b"--------- switch to "];
/// Lines that are looked at for the first separator; a letter may stand above.
const LINES_MAX: usize = 20;

/// Whether a document whose lines are of no form is a raw logcat.
#[must_use]
pub fn is_document(head: &[u8]) -> bool {
    head.split(|b| *b == b'\n').take(LINES_MAX).any(|line| SEPARATORS.iter().any(|s| line.starts_with(s)))
}

impl Grammar for Raw {
    fn info(&self) -> &FormatInfo {
        &INFO
    }

    /// The further lines of a message begin with blanks, as traces do.
    fn quick(&self, line: &[u8]) -> Option<Quick> {
        let first = *line.first()?;
        (!first.is_ascii_whitespace() && !line.starts_with(b"---------")).then(|| Quick::new(0, 0, 0))?
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>> {
        self.quick(line).map(|_| Head { message: line, ..Head::default() })
    }

    fn first(&self) -> &'static [u8] {
        &[]
    }

    fn only_at_home(&self) -> bool {
        true
    }

    fn told_by_lines(&self) -> bool {
        false
    }

    fn samples(&self) -> &'static [&'static str] {
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::super::{GRAMMARS, detect::detect};
    use super::*;

    fn detected(text: &str) -> Option<&'static str> {
        detect(text.as_bytes()).best.map(|(id, _)| GRAMMARS[id as usize].info().id)
    }

    #[test]
    fn lines_below_a_separator_are_raw_only_if_they_are_nothing_else() {
        assert_eq!(detected("--------- beginning of main\nsend msgId=1\nsocket closed\n"), Some("logcat-raw"));
        assert_eq!(detected("--------- beginning of main\nD/NetMon  : onLost 101\nD/NetMon  : onLost 102\n"), Some("logcat-tag"));
        assert_eq!(detected("send msgId=1\nsocket closed\n"), None);
    }

    #[test]
    fn a_trace_belongs_to_the_message_above_it() {
        assert!(RAW.quick(b"\tat a.b.C.d(C.java:1)").is_none() && RAW.quick(b"").is_none());
        assert_eq!(RAW.parse(b"send msgId=1").map(|h| h.message), Some(&b"send msgId=1"[..]));
    }
}
