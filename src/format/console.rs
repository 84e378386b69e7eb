//! What Apple's Console app copies: type, time of day, process and message, between tabs.
//!
//! `default<TAB>16:31:49.743568+0200<TAB>runningboardd<TAB>[category<TAB>]message`. Sources: exports in
//! firebase/flutterfire#5702, microsoftconnect/ms-intune-app-sdk-ios#137. No date, no process number;
//! a copy with the category column has five columns.

use super::FormatInfo;
use super::form::{Form, Parts};
use super::stamp::{Stamp, time_of_day, zone};

/// The grammar as registered.
pub const CONSOLE: Form = Form {
    info: FormatInfo {
        id: "apple-console",
        title: "Apple Console app, copied lines",
        reference: "https://support.apple.com/guide/console/view-log-messages-cnsl1012/mac",
    },
    parts,
    stamp,
    first: b"deif",
    only_at_home: false,
    samples: &[
        "default\t16:31:49.743568+0200\tSpringBoard\tApplication process state changed for org.x.chat: <SBApplicationProcessState: 0x281a5ea00; pid: 1957>",
        "error\t08:00:54.700689-0600\trunningboardd\tRunningBoard\t[application<org.x.chat>:432] termination reported by launchd (2, 10, 10)",
        "info\t08:00:54.700689-0600\tChat\tsend id=42 ok",
    ],
};

/// Longest zone, `+0200` and a tab.
const ZONE_MAX: usize = 8;
/// Longest name of a process or a category.
const NAME_MAX: usize = 64;

fn parts(b: &[u8]) -> Option<Parts> {
    let level_end = memchr::memchr(b'\t', b.get(..b.len().min(8))?)?;
    if !matches!(&b[..level_end], b"default" | b"error" | b"info" | b"debug" | b"fault") {
        return None;
    }
    let time = level_end + 1;
    let (_, fraction_end) = time_of_day(b, time)?;
    let time_end = fraction_end + memchr::memchr(b'\t', b.get(fraction_end..b.len().min(fraction_end + ZONE_MAX))?)?;
    let name = time_end + 1;
    let name_end = name + memchr::memchr(b'\t', b.get(name..b.len().min(name + NAME_MAX))?)?;
    let p = Parts { stamp: (time, time_end), level: (0, level_end), tag: (name, name_end), message: name_end + 1, ..Parts::default() };
    // A category is one word; a message with a tab in it seldom begins with one.
    let column = &b[p.message..b.len().min(p.message + NAME_MAX)];
    match memchr::memchr2(b'\t', b' ', column) {
        Some(end) if column[end] == b'\t' && end > 0 => {
            Some(Parts { tag: (p.message, p.message + end), message: p.message + end + 1, ..p })
        }
        _ => Some(p),
    }
}

fn stamp(b: &[u8]) -> Option<Stamp> {
    let (us, end) = time_of_day(b, 0)?;
    Some(Stamp::dateless(us, zone(&b[end..])))
}
