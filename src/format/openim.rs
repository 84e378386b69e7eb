//! The `OpenIM` SDK's console log: tab-separated columns, level and pid with colour escapes.
//!
//! `time \t LEVEL \t [PID:n] \t ([module]) \t [version] \t [sdk/platform] \t [file.go:line] \t message \t {json}`
//! with padded columns. Source: openimsdk/tools `log/zap.go`, `log/encoder.go`; openim-sdk-core. A browser that saves its
//! console puts the place of Go's loader before each line (openimsdk/openim-sdk-js-wasm#62).

use super::stamp::{Stamp, Zone, date, time_of_day};
use super::{FormatInfo, Grammar, Head, Quick, digits_end, part};

/// The grammar.
pub struct OpenIm;
/// The grammar as registered.
pub const OPENIM: OpenIm = OpenIm;

const INFO: FormatInfo =
    FormatInfo { id: "openim-text", title: "OpenIM SDK log, console form", reference: "https://github.com/openimsdk/tools (log/zap.go)" };

/// Longest rest of a stamp behind its seconds, and the tab.
const STAMP_REST_MAX: usize = 21;
/// Where the module may stand, behind level and process.
const MODULE_COLUMN: usize = 2;
/// Columns before the message that a head may have: level, pid, module, version, platform, caller.
const COLUMNS_MAX: usize = 8;

/// Without `\x1b[…m` around.
fn plain(b: &[u8]) -> &[u8] {
    let mut b = b.trim_ascii();
    while let Some(rest) = b.strip_prefix(b"\x1b[") {
        let Some(end) = memchr::memchr(b'm', rest) else { return b };
        b = part(rest, end + 1, rest.len());
    }
    match memchr::memchr(0x1b, b) {
        Some(end) => part(b, 0, end).trim_ascii(),
        None => b.trim_ascii(),
    }
}

/// Go's loader in a browser, which all that is printed there seems to come from.
const LOADER: &[u8] = b"wasm_exec.js:";

/// Where the stamp begins: behind the loader's line number, if that is there.
#[inline]
fn stamp_start(b: &[u8]) -> Option<usize> {
    if !b.starts_with(LOADER) {
        return Some(0);
    }
    let end = digits_end(b, LOADER.len());
    (b.get(end) == Some(&b' ')).then_some(end + 1)
}

#[derive(Default)]
struct Parts {
    stamp: usize,
    level: (usize, usize),
    pid: (usize, usize),
    version: (usize, usize),
    caller: (usize, usize),
    message: usize,
}

fn parts(b: &[u8]) -> Option<Parts> {
    let start = stamp_start(b)?;
    let s = b.get(start..start + 20)?;
    if s[4] != b'-' || s[10] != b' ' || s[13] != b':' || !s[0].is_ascii_digit() {
        return None;
    }
    let behind = start + 19;
    let mut at = behind + memchr::memchr(b'\t', b.get(behind..b.len().min(behind + STAMP_REST_MAX))?)? + 1;
    let mut p = Parts { stamp: start, ..Parts::default() };
    let mut columns = 0;
    while columns < COLUMNS_MAX {
        let Some(end) = memchr::memchr(b'\t', part(b, at, b.len())).map(|e| at + e) else { break };
        let column = plain(part(b, at, end));
        if columns == 0 {
            if super::level_of(column) == 0 {
                return None;
            }
            p.level = (at, end);
        } else if !column.starts_with(b"[") {
            // Older versions name the module without brackets.
            if columns != MODULE_COLUMN || !plain(part(b, end + 1, b.len())).starts_with(b"[") {
                break;
            }
        } else if column.starts_with(b"[PID:") {
            p.pid = (at, end);
        } else if column.contains(&b'.') && column.contains(&b':') && memchr::memmem::find(column, b".go:").is_some() {
            p.caller = (at, end);
            at = end + 1;
            break;
        } else if p.version.1 == 0 && column.get(1).is_some_and(|c| c.is_ascii_digit() || *c == b'v') {
            p.version = (at, end);
        }
        at = end + 1;
        columns += 1;
    }
    if p.pid.1 == 0 && p.caller.1 == 0 {
        return None;
    }
    p.message = at;
    Some(p)
}

impl Grammar for OpenIm {
    fn info(&self) -> &FormatInfo {
        &INFO
    }

    fn quick(&self, line: &[u8]) -> Option<Quick> {
        let p = parts(line)?;
        // The caller's file is the nearest thing to a tag, but it moves between versions: none.
        Quick::new(p.message, p.message, p.message)
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>> {
        let p = parts(line)?;
        let stamp = date(line, p.stamp).zip(time_of_day(line, p.stamp + 11));
        let inner = |range: (usize, usize)| {
            let column = plain(part(line, range.0, range.1));
            column.strip_prefix(b"[").and_then(|c| c.strip_suffix(b"]")).unwrap_or(column)
        };
        let pid = inner(p.pid);
        Some(Head {
            stamp: stamp.map(|(days, (us, _))| Stamp::dated(days, us, Zone::Local)),
            level: super::level_of(plain(part(line, p.level.0, p.level.1))),
            pid: pid.strip_prefix(b"PID:").unwrap_or(pid),
            version: inner(p.version).strip_prefix(b"version:").unwrap_or(inner(p.version)),
            message: part(line, p.message, line.len()),
            ..Head::default()
        })
    }

    fn first(&self) -> &'static [u8] {
        b"0123456789w"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2024-09-20 22:07:20.002\t\x1b[34mINFO\x1b[0m\t\x1b[34m[PID:14962]    \x1b[0m\t[3.8.3]      \t[flutter/Android]   \t[open_im_sdk/init_login.go:77]   \tInitSDK info   \t{\"operationID\": \"init-1\"}",
            "2024-10-30 08:51:00.002\tINFO\t[PID:29623]    \tsdk                      \t[version:3.8.0]  \t[open_im_sdk/init_login.go:77]     \tInitSDK info     \t{\"operationID\": \"init-1\"}",
            "wasm_exec.js:48 2023-08-10 13:11:12.092\tDEBUG\t[PID:-1]\t[conversation_msg/conversation_notification.go:32]\tNotificationCmd start\t{\"operationID\": \"df6d\", \"cmd\": \"005\"}",
            "2025-02-05 10:00:10.709\tERROR\t[PID:2201]\t[3.8.2]\t[flutter/Android]\t[conversation_msg/api.go:694]\tsend msg to server failed \t{\"operationID\": \"op-11\"}",
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_padding_are_no_part_of_the_columns() {
        let h = OPENIM.parse(OPENIM.samples()[0].as_bytes()).unwrap();
        assert_eq!((h.pid, h.version, h.level), (&b"14962"[..], &b"3.8.3"[..], b'I'));
        assert!(h.message.starts_with(b"InitSDK info"));
    }

    #[test]
    fn the_place_of_the_loader_in_a_browser_is_no_part_of_the_stamp() {
        let h = OPENIM.parse(OPENIM.samples()[1].as_bytes()).unwrap();
        assert_eq!((h.version, h.message.starts_with(b"InitSDK info")), (&b"3.8.0"[..], true));
        let h = OPENIM.parse(OPENIM.samples()[2].as_bytes()).unwrap();
        assert!(h.stamp.is_some_and(|stamp| stamp.wall_us % 1_000_000 == 92_000));
        assert!(h.message.starts_with(b"NotificationCmd start"));
        assert_eq!(OPENIM.quick(b"wasm_exec.js:x 2023-08-10 13:11:12.092\tDEBUG\t[PID:-1]\t[a.go:3]\tx"), None);
    }
}
