//! A line -> the head that it begins with, of whatever form, and whether it goes on with the record before it all the same.

use crate::format::{GRAMMARS, Quick, by_first};

/// The head of a line: by the document's grammar, else by any other that may stand inside it.
#[inline]
pub fn head(line: &[u8], grammar: Option<u8>) -> Option<(u8, Quick)> {
    if let Some(id) = grammar
        && let Some(q) = GRAMMARS[id as usize].quick(line)
    {
        return Some((id, q));
    }
    foreign_head(line, grammar)
}

/// The head of a line by another grammar than the document's.
pub fn foreign_head(line: &[u8], grammar: Option<u8>) -> Option<(u8, Quick)> {
    // Whatever stands in a report belongs to it.
    if grammar.is_some_and(|id| GRAMMARS[id as usize].is_report()) {
        return None;
    }
    let mut mask = by_first(*line.first()?);
    while mask != 0 {
        let id = mask.trailing_zeros();
        mask &= mask - 1;
        let g = GRAMMARS[id as usize];
        let elsewhere = g.is_report() || (grammar.is_some_and(|own| u32::from(own) != id) && (g.is_json() || g.only_at_home()));
        if !elsewhere && let Some(q) = g.quick(line) {
            return Some((u8::try_from(id).ok()?, q));
        }
    }
    None
}

/// Whether a line with a head continues the record before it: a stack frame, `Caused by`, or the
/// name of an exception, each of which repeats the whole prefix (Android liblog; Signal); or a further
/// line of the system's crash and hang reports (`RuntimeInit`, `ProcessErrorStateRecord`).
#[inline]
pub fn continues(line: &[u8], q: Quick) -> bool {
    let message = q.message(line);
    let trace = match message.first() {
        Some(b'\t') => true,
        Some(b'C') => message.starts_with(b"Caused by"),
        Some(b'P') => message.starts_with(b"Process: ") || message.starts_with(b"PID: ") || message.starts_with(b"Parent: "),
        Some(b'R') => message.starts_with(b"Reason: "),
        Some(b'.') => message.starts_with(b"..."),
        Some(b'a'..=b'z') => is_exception(message),
        _ => false,
    };
    trace || (q.tag(line) == b"DEBUG" && is_of_tombstone(message))
}

/// What debuggerd writes below the `pid:` line of a tombstone in the log: identity, signal, registers, frames
/// (`libdebuggerd/tombstone_proto_to_text.cpp`).
fn is_of_tombstone(message: &[u8]) -> bool {
    const BELOW: [&[u8]; 11] = [
        b" ",
        b"uid: ",
        b"tagged_addr_ctrl: ",
        b"pac_enabled_keys: ",
        b"esr: ",
        b"signal ",
        b"Cause: ",
        b"Abort message: ",
        b"backtrace:",
        b"Process uptime: ",
        b"Executable: ",
    ];
    message.is_empty() || message.ends_with(b" total frames") || BELOW.iter().any(|b| message.starts_with(b))
}

/// `java.net.SocketException` or `java.net.SocketException: text`.
fn is_exception(message: &[u8]) -> bool {
    let mut class = None;
    for (at, byte) in message.iter().enumerate() {
        match byte {
            b'.' => class = message.get(at + 1),
            b':' => break,
            b'$' | b'_' => {}
            // Most messages begin with a word and end here.
            _ if !byte.is_ascii_alphanumeric() => return false,
            _ => {}
        }
    }
    class.is_some_and(u8::is_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_points_whose_last_part_is_a_class_is_an_exception() {
        for name in ["java.net.SocketException", "java.net.SocketException: reset", "a.B$C_1", "org.x.Y: a b.c"] {
            assert!(is_exception(name.as_bytes()), "{name}");
        }
        for other in ["", "word", "a.b", "a.b: C", "a.B c", "event received", "a: b.C", "a.B.", "a.B.: x", "a.-B", "e.g. This"] {
            assert!(!is_exception(other.as_bytes()), "{other}");
        }
    }
}
