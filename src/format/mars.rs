//! Decoded text of Tencent Mars xlog: `[L][YYYY-MM-DD ±H.h HH:MM:SS.mmm][pid, tid*][tag][where][body`.
//!
//! There is no closing bracket after the body; bodies may hold newlines. The zone is hours with one
//! decimal, so Nepal's +5:45 prints as `+5.8`. Source: Tencent/mars `mars/xlog/src/formater.cc`.

use super::form::Span;
use super::stamp::{Stamp, Zone, date, digits, time_of_day};
use super::{FormatInfo, Grammar, Head, Quick, find, part};

/// The grammar.
pub struct Mars;
/// The grammar as registered.
pub const MARS: Mars = Mars;

const INFO: FormatInfo = FormatInfo {
    id: "mars-text",
    title: "Tencent Mars xlog, decoded text",
    reference: "https://github.com/Tencent/mars (mars/xlog/src/formater.cc)",
};

/// Longest bracketed field of a head.
const FIELD_MAX: usize = 512;

/// The end of the field that starts at `at`: the next `]`.
#[inline]
fn field(b: &[u8], at: usize) -> Option<usize> {
    Some(at + memchr::memchr(b']', b.get(at..b.len().min(at + FIELD_MAX))?)?)
}

/// Level, tag and message of what Mars prints where another logger stamps its lines: `[L][tag][file, function, line][body`
/// (`mars/log/src/objc_console.mm`; Tencent/mars#649).
#[must_use]
pub fn printed(b: &[u8], at: usize) -> Option<(Span, Span, usize)> {
    let inner = b.get(at..)?;
    if inner.first() != Some(&b'[') || !inner.get(1).is_some_and(|level| is_level(*level)) || inner.get(2..4)? != b"][" {
        return None;
    }
    let tag = (at + 4, field(b, at + 4)?);
    Some(((at + 1, at + 2), tag, message(b, tag.1 + 1)?))
}

/// Where the message begins behind a place that begins at `at`. It ends at the first `][`: names of functions may hold single
/// brackets.
#[inline]
fn message(b: &[u8], at: usize) -> Option<usize> {
    if b.get(at) != Some(&b'[') {
        return None;
    }
    Some(at + find(b.get(at..b.len().min(at + FIELD_MAX))?, b"][")? + 2)
}

#[inline]
const fn is_level(byte: u8) -> bool {
    matches!(byte, b'V' | b'D' | b'I' | b'W' | b'E' | b'F')
}

struct Parts {
    time: (usize, usize),
    ids: (usize, usize),
    tag: (usize, usize),
    message: usize,
}

#[inline]
fn parts(b: &[u8]) -> Option<Parts> {
    if b.first() != Some(&b'[') || !b.get(1).is_some_and(|level| is_level(*level)) || part(b, 2, 4) != b"][" {
        return None;
    }
    // Lines that report the writer's own overload: `[F][ text`.
    if b.get(4) == Some(&b' ') {
        return Some(Parts { time: (4, 4), ids: (4, 4), tag: (4, 4), message: 5 });
    }
    let time = (4, field(b, 4)?);
    if time.1 > time.0 && !b[time.0].is_ascii_digit() {
        return None;
    }
    let ids = (time.1 + 2, field(b, time.1 + 2)?);
    let tag = (ids.1 + 2, field(b, ids.1 + 2)?);
    if b.get(time.1 + 1) != Some(&b'[') || b.get(ids.1 + 1) != Some(&b'[') {
        return None;
    }
    Some(Parts { time, ids, tag, message: message(b, tag.1 + 1)? })
}

/// Reads `YYYY-MM-DD ±H.h HH:MM:SS.mmm`.
fn stamp(b: &[u8]) -> Option<Stamp> {
    let days = date(b, 0)?;
    let sign = match b.get(11)? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let blank = 12 + memchr::memchr(b' ', b.get(12..)?)?;
    let zone = part(b, 12, blank);
    let dot = memchr::memchr(b'.', zone).unwrap_or(zone.len());
    let hours = digits(zone, 0, dot.min(2))?;
    let tenths = digits(zone, dot + 1, 1).unwrap_or(0);
    // One decimal cannot hold quarters: +5.8 is +5:45, +9.5 is +9:30.
    let minutes = match tenths {
        7 | 8 => 45,
        2 | 3 => 15,
        t => t * 6,
    };
    let (us, _) = time_of_day(b, blank + 1)?;
    let offset = i16::try_from(sign * (hours * 60 + minutes)).ok()?;
    Some(Stamp::dated(days, us, Zone::Offset(offset)))
}

impl Grammar for Mars {
    fn info(&self) -> &FormatInfo {
        &INFO
    }

    fn quick(&self, line: &[u8]) -> Option<Quick> {
        let p = parts(line)?;
        Quick::new(p.tag.0, p.tag.1, p.message)
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>> {
        let p = parts(line)?;
        let ids = part(line, p.ids.0, p.ids.1);
        let comma = memchr::memchr(b',', ids).unwrap_or(ids.len());
        Some(Head {
            stamp: stamp(part(line, p.time.0, p.time.1)),
            level: super::level_of(part(line, 1, 2)),
            pid: part(ids, 0, comma),
            tid: part(ids, comma + 1, ids.len()).trim_ascii(),
            tag: part(line, p.tag.0, p.tag.1),
            message: part(line, p.message, line.len()),
            ..Head::default()
        })
    }

    fn first(&self) -> &'static [u8] {
        b"["
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "[I][2024-05-21 +8.0 21:14:03.010][7301, 7344][mars::stn][net_core.cc:597, OnNetworkChange][task network change current network:wifi, ssid:x",
            "[E][2024-05-21 +5.8 18:44:12.999][7301, 7301*][LiaoApp.Send][:0, ][java.lang.IllegalStateException: closed",
            "[W][2019-11-17 +8.0 10:15:31.020][3560, 3607][mars::stn][longlink_task_manager.cc, __SingleRespHandle, 421][task end callback",
            "[F][ sg_buffer_async.Length() >= BUFFER_BLOCK_LENTH*4/5, len: 9",
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nepal_is_read_as_a_quarter() {
        let h = MARS.parse(MARS.samples()[1].as_bytes()).unwrap();
        assert_eq!(h.stamp.unwrap().zone, Zone::Offset(345));
        assert_eq!((h.pid, h.tid), (&b"7301"[..], &b"7301*"[..]));
    }
}
