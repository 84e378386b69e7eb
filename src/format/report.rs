//! Reports that are one document each: an Apple `.ips` (crash, hang, jetsam) or `.crash`, an Android
//! tombstone, the traces of an ANR.
//!
//! The first line says what the document is; all that follows belongs to the report, whatever it looks
//! like. Two forms have several records: each process of a jetsam report, and each of an ANR's traces,
//! is one. The time of a report may stand below its head.

use super::stamp::Stamp;
use super::{FormatInfo, Grammar, Head, Quick, digits_end};

/// Lines that stand above the traces of an ANR at most.
const ANR_ABOVE_LINES: usize = 400;

/// A form of report.
pub struct Report {
    info: FormatInfo,
    /// Whether a line begins a record, and where its text begins.
    begins: fn(&[u8]) -> Option<usize>,
    /// Keys, one of which stands before the stamp.
    stamp_keys: &'static [&'static str],
    /// Where the process id stands in the head.
    pid: fn(&[u8]) -> &[u8],
    first: &'static [u8],
    samples: &'static [&'static str],
}

/// Apple's JSON crash report.
pub const IPS: Report = Report {
    info: FormatInfo {
        id: "apple-ips",
        title: "Apple crash report (.ips)",
        reference: "https://developer.apple.com/documentation/xcode/interpreting-the-json-format-of-a-crash-report",
    },
    begins: |line| (is_ips(line) && !has(line, b"\"298\"")).then_some(0),
    stamp_keys: &["\"captureTime\"", "\"timestamp\""],
    pid: none,
    first: b"{",
    samples: &[
        r#"{"app_name":"Chat","timestamp":"2026-03-04 18:20:02.00 +0100","app_version":"4.8.0","bug_type":"309","os_version":"iPhone OS 17.3.1 (21D61)","incident_id":"A1","name":"Chat"}"#,
    ],
};

/// Apple's report of processes that were ended for memory.
pub const JETSAM: Report = Report {
    info: FormatInfo {
        id: "apple-jetsam",
        title: "Apple jetsam report (.ips)",
        reference: "https://developer.apple.com/documentation/xcode/identifying-high-memory-use-with-jetsam-event-reports",
    },
    begins: |line| {
        // Each process is an object on lines of its own.
        ((is_ips(line) && has(line, b"\"298\"")) || (line.len() <= 8 && line.trim_ascii() == b"{")).then_some(0)
    },
    stamp_keys: &["\"timestamp\"", "\"date\""],
    pid: none,
    first: b"{ \t",
    samples: &[
        r#"{"bug_type":"298","timestamp":"2026-03-04 18:20:02.00 +0100","os_version":"iPhone OS 17.3.1 (21D61)","incident_id":"B2"}"#,
    ],
};

/// Apple's crash report as text.
pub const CRASH: Report = Report {
    info: FormatInfo {
        id: "apple-crash",
        title: "Apple crash report (text)",
        reference: "https://developer.apple.com/documentation/xcode/examining-the-fields-in-a-crash-report",
    },
    begins: |line| line.starts_with(b"Incident Identifier:").then_some(0),
    stamp_keys: &["Date/Time:"],
    pid: none,
    first: b"I",
    samples: &["Incident Identifier: 6156848E-344E-4D9E-84E0-87AFD0D0AE7B"],
};

/// Android's report of a native crash.
pub const TOMBSTONE: Report = Report {
    info: FormatInfo {
        id: "android-tombstone",
        title: "Android tombstone",
        reference: "https://android.googlesource.com/platform/system/core/+/refs/heads/main/debuggerd/libdebuggerd/tombstone_proto_to_text.cpp",
    },
    begins: |line| line.starts_with(b"*** *** *** *** *** *** *** ***").then_some(0),
    stamp_keys: &["Timestamp:"],
    pid: none,
    first: b"*",
    samples: &["*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***"],
};

/// The stacks of a process that did not answer.
pub const ANR: Report = Report {
    info: FormatInfo {
        id: "android-anr",
        title: "Android ANR traces",
        reference: "https://android.googlesource.com/platform/art/+/refs/heads/main/runtime/signal_catcher.cc",
    },
    begins: |line| (line.starts_with(b"----- pid ") && has(line, b" at ")).then_some(0),
    stamp_keys: &[" at "],
    pid: |line| &line[10.min(line.len())..digits_end(line, 10).min(line.len())],
    first: b"-",
    samples: &["----- pid 9211 at 2026-03-04 18:20:01.123456789+0100 -----"],
};

fn none(_: &[u8]) -> &[u8] {
    b""
}

fn has(line: &[u8], what: &[u8]) -> bool {
    memchr::memmem::find(line, what).is_some()
}

/// Whether a line is the metadata that heads an `.ips`.
fn is_ips(line: &[u8]) -> bool {
    line.starts_with(b"{") && has(line, b"\"bug_type\"") && (has(line, b"\"incident_id\"") || has(line, b"\"os_version\""))
}

/// What a document is by its first line, if it is a report.
#[must_use]
pub fn of_document(head: &[u8]) -> Option<super::GrammarId> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let mut lines = head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end);
    let line = lines.next()?;
    // Since Android 12 the reason and the memory of the process stand above the traces.
    let above = [b"Subject: ".as_slice(), b"RssHwmKb: "].iter().any(|key| line.starts_with(key));
    let line = if above { lines.take(ANR_ABOVE_LINES).find(|l| l.starts_with(b"----- pid ")).unwrap_or(line) } else { line };
    let found = super::GRAMMARS.iter().position(|g| g.is_report() && !g.is_json() && g.quick(line).is_some() && line != b"{");
    found.and_then(|id| super::GrammarId::try_from(id).ok())
}

impl Grammar for Report {
    fn info(&self) -> &FormatInfo {
        &self.info
    }

    fn quick(&self, line: &[u8]) -> Option<Quick> {
        let at = (self.begins)(line)?;
        Quick::new(at, at, at)
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>> {
        let at = (self.begins)(line)?;
        let pid = (self.pid)(line);
        Some(Head { stamp: self.stamp_within(line), pid, message: &line[at..], ..Head::default() })
    }

    fn first(&self) -> &'static [u8] {
        self.first
    }

    fn only_at_home(&self) -> bool {
        true
    }

    fn is_report(&self) -> bool {
        true
    }

    fn stamp_within(&self, text: &[u8]) -> Option<Stamp> {
        self.stamp_keys.iter().find_map(|key| {
            let at = memchr::memmem::find(text, key.as_bytes())? + key.len();
            let rest = text.get(at..)?;
            let rest = &rest[rest.iter().position(u8::is_ascii_digit)?..];
            let end = memchr::memchr3(b'"', b'\n', b'\r', rest).unwrap_or(rest.len());
            let stamp = &rest[..end];
            Stamp::parse_iso(memchr::memmem::find(stamp, b" -----").map_or(stamp, |dashes| &stamp[..dashes]))
        })
    }

    fn samples(&self) -> &'static [&'static str] {
        self.samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_report_may_stand_below_its_head() {
        let at = |report: &Report, text: &str| report.stamp_within(text.as_bytes()).map(|s| s.wall_us % 86_400_000_000 / 1_000_000);
        let six = Some(18 * 3_600 + 20 * 60 + 2);
        assert_eq!(at(&TOMBSTONE, "*** ***\nTimestamp: 2026-03-04 18:20:02.123456789+0100\nProcess uptime: 9s"), six);
        assert_eq!(at(&CRASH, "Incident Identifier: X\nDate/Time:           2026-03-04 18:20:02.5000 +0100\n"), six);
        assert_eq!(
            at(&IPS, "{\"timestamp\":\"2026-03-04 18:20:09.00 +0100\"}\n{\"captureTime\" : \"2026-03-04 18:20:02.1000 +0100\"}"),
            six
        );
        assert_eq!(at(&ANR, "----- pid 9211 at 2026-03-04 18:20:02.5+0100 -----"), six);
    }

    #[test]
    fn the_first_line_says_what_a_document_is() {
        let id = |text: &str| of_document(text.as_bytes()).map(|g| super::super::GRAMMARS[g as usize].info().id);
        assert_eq!(id("{\"bug_type\":\"309\",\"incident_id\":\"A\"}\n{"), Some("apple-ips"));
        assert_eq!(id("{\"bug_type\":\"298\",\"os_version\":\"x\"}\n{"), Some("apple-jetsam"));
        assert_eq!(
            id("Subject: Input dispatching timed out\nRssHwmKb: 1\n\n----- pid 9211 at 2026-03-04 18:20:01.5+0100 -----\n"),
            Some("android-anr")
        );
        assert_eq!(id("{\n  \"a\": 1\n}"), None);
        assert_eq!(id("{\"level\":30,\"time\":1}\n"), None);
    }
}
