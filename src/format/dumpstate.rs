//! Android's bug report (`dumpstate`) and what `dumpsys` prints: sections around the logcat buffers.
//!
//! What is a record here is what a profile can ask for: the head of the report, a section's title, a
//! system property, a package, and each entry of the process exit info. Lines of logcat between them
//! keep their own form; all else is text of the section.
//!
//! Sources: AOSP `frameworks/native/cmds/dumpstate/dumpstate.cpp` (titles), `toolbox getprop`,
//! `ApplicationExitInfo.java` and `ProcessList` (`dumpsys activity exit-info`), `PackageManager`'s
//! `Settings.java` (`dumpsys package`).

use super::stamp::Stamp;
use super::{FormatInfo, Grammar, Head, Quick, find, part, skip_blanks};

/// The grammar.
pub struct Dumpstate;
/// The grammar as registered.
pub const DUMPSTATE: Dumpstate = Dumpstate;

const INFO: FormatInfo = FormatInfo {
    id: "android-dumpstate",
    title: "Android bug report, dumpsys",
    reference: "https://android.googlesource.com/platform/frameworks/native/+/refs/heads/main/cmds/dumpstate/dumpstate.cpp",
};

const HEAD: &[u8] = b"== dumpstate: ";
const EXIT: &[u8] = b"ApplicationExitInfo #";
const PACKAGE: &[u8] = b"Package [";
/// Titles that head what `dumpsys` alone prints.
const DUMPSYS: &[&[u8]] = &[b"ACTIVITY MANAGER PROCESS EXIT INFO", b"DUMP OF SERVICE "];
/// How far down the head of a report may stand.
const HEAD_LINES: usize = 4;

/// Tag and message of a line that begins a record.
fn spans(line: &[u8]) -> Option<((usize, usize), usize)> {
    match line.first()? {
        b'=' => line.starts_with(HEAD).then_some(((3, 12), HEAD.len())),
        b'-' => (line.starts_with(b"------ ") && line.trim_ascii_end().ends_with(b" ------")).then_some(((0, 0), 7)),
        b'A' | b'D' => DUMPSYS.iter().any(|title| line.starts_with(title)).then_some(((0, 0), 0)),
        b'[' => {
            let end = find(line, b"]: [")?;
            Some(((1, end), end + 4))
        }
        b' ' => {
            let at = skip_blanks(line, 0);
            let rest = line.get(at..)?;
            if rest.starts_with(EXIT) {
                Some(((at, at + EXIT.len() - 2), at + EXIT.len()))
            } else if rest.starts_with(PACKAGE) {
                Some(((at, at + PACKAGE.len() - 2), at + PACKAGE.len() - 1))
            } else {
                None
            }
        }
        _ => None,
    }
}

/// Whether a document is a bug report or what `dumpsys` prints.
#[must_use]
pub fn is_document(head: &[u8]) -> bool {
    let mut lines = head.split(|b| *b == b'\n').take(HEAD_LINES);
    lines.any(|line| line.starts_with(HEAD) || DUMPSYS.iter().any(|title| line.starts_with(title)))
}

impl Grammar for Dumpstate {
    fn info(&self) -> &FormatInfo {
        &INFO
    }

    fn quick(&self, line: &[u8]) -> Option<Quick> {
        let (tag, message) = spans(line)?;
        Quick::new(tag.0, tag.1, message.min(line.len()))
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>> {
        let (tag, message) = spans(line)?;
        let message = part(line, message.min(line.len()), line.len());
        let stamp = line.starts_with(HEAD).then(|| Stamp::parse_iso(message.trim_ascii_end())).flatten();
        Some(Head { stamp, tag: part(line, tag.0, tag.1), message, ..Head::default() })
    }

    fn first(&self) -> &'static [u8] {
        b"=-AD[ "
    }

    fn only_at_home(&self) -> bool {
        true
    }

    /// An exit's time stands below its head: `timestamp=2026-03-04 18:20:04.412 pid=9211 …`.
    fn stamp_within(&self, text: &[u8]) -> Option<Stamp> {
        let at = memchr::memmem::find(text, b"timestamp=")? + 10;
        let rest = part(text, at, text.len());
        let end = memchr::memmem::find(rest, b" pid=").or_else(|| memchr::memchr(b'\n', rest)).unwrap_or(rest.len());
        Stamp::parse_iso(rest[..end].trim_ascii())
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "== dumpstate: 2026-03-04 18:31:09",
            "------ SYSTEM LOG (logcat -v threadtime -v printable -v uid -d *:v) ------",
            "[ro.product.model]: [Pixel 6]",
            "DUMP OF SERVICE package:",
            "  Package [org.x.chat] (7f3a21c):",
            "ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)",
            "        ApplicationExitInfo #0:",
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_packages_and_exits_are_records_with_a_tag() {
        let head = |line: &'static str| DUMPSTATE.parse(line.as_bytes()).map(|h| (h.tag, h.message));
        assert_eq!(head("[ro.product.model]: [Pixel 6]"), Some((&b"ro.product.model"[..], &b"Pixel 6]"[..])));
        assert_eq!(head("  Package [org.x.chat] (7f3a21c):"), Some((&b"Package"[..], &b"[org.x.chat] (7f3a21c):"[..])));
        assert_eq!(head("        ApplicationExitInfo #12:"), Some((&b"ApplicationExitInfo"[..], &b"12:"[..])));
        assert_eq!(head("      versionName=4.8.0"), None);
    }

    #[test]
    fn an_exit_is_as_late_as_it_says() {
        let text = b"0:\n          timestamp=2026-03-04 18:20:04.412 pid=9211 realUid=10234\n          process=org.x.chat reason=3";
        let at = DUMPSTATE.stamp_within(text).unwrap();
        assert_eq!(at.wall_us % 86_400_000_000 / 1_000, 66_004_412);
    }
}
