//! logcat `threadtime` and `time`, with the modifiers `year`, `zone`, `usec`, `nsec`, `uid`, `epoch`,
//! `monotonic` and `color`.
//!
//! `[YYYY-]MM-DD HH:MM:SS.mmm[ +hhmm] [UID] PID TID L Tag: message` and
//! `[YYYY-]MM-DD HH:MM:SS.mmm[ +hhmm] L/Tag(PID): message`; with `epoch` and `monotonic` seconds stand
//! for date and time, right-aligned. Source: Android liblog `logprint.cpp`. Eclipse's DDMS put a colon
//! behind the time (openpeer/opandroid#334).

use super::stamp::{Stamp, Zone, date, digits, month_day, time_of_day, zone};
use super::{FormatInfo, Grammar, Head, Quick, brief, colon, digits_end, is_level, part, skip_blanks, trim_end};
use wide::u8x16;

/// Stamps begin with a digit, a blank before seconds, or a colour.
const FIRST: &[u8] = b"0123456789 \x1b";

/// `threadtime`.
pub struct ThreadTime;
/// `time`.
pub struct Time;
/// `threadtime` as registered.
pub const THREADTIME: ThreadTime = ThreadTime;
/// `time` as registered.
pub const TIME: Time = Time;

/// Seconds below this are since boot: 2001-09-09, and 31 years of uptime.
const EPOCH_MIN_S: i64 = 1_000_000_000;

const THREADTIME_INFO: FormatInfo = FormatInfo {
    id: "logcat-threadtime",
    title: "Android logcat, threadtime",
    reference: "https://android.googlesource.com/platform/system/logging/+/refs/heads/main/liblog/logprint.cpp",
};
const TIME_INFO: FormatInfo = FormatInfo {
    id: "logcat-time",
    title: "Android logcat, time",
    reference: "https://android.googlesource.com/platform/system/logging/+/refs/heads/main/liblog/logprint.cpp",
};

/// The start and end of the stamp that starts the line, by shape alone.
#[inline]
fn stamp_span(b: &[u8]) -> Option<(usize, usize)> {
    let start = match b.first()? {
        0x1b => colour_end(b)?,
        b' ' => return seconds_span(b, 0),
        _ => 0,
    };
    let at = match (b.get(start + 2)?, b.get(start + 4)?) {
        (b'-', _) => start + 6,
        (_, b'-') if b.get(start + 7) == Some(&b'-') => start + 11,
        _ => return seconds_span(b, start),
    };
    let shape = b.get(at..at + 9)?;
    if b[at - 1] != b' '
        || shape[2] != b':'
        || shape[5] != b':'
        || shape[8] != b'.'
        || !shape[0].is_ascii_digit()
        || !b[start].is_ascii_digit()
    {
        return None;
    }
    let mut end = digits_end(b, at + 9);
    // ` +0100` after the fraction (`-v zone`).
    if b.get(end) == Some(&b' ') && matches!(b.get(end + 1), Some(b'+' | b'-')) && digits(b, end + 2, 4).is_some() {
        end += 6;
    }
    matches!(b.get(end), Some(b' ' | b':')).then_some((start, end))
}

/// The end of `\x1b[…m` at the start of a line (`-v color`).
fn colour_end(b: &[u8]) -> Option<usize> {
    let end = memchr::memchr(b'm', b.get(..b.len().min(12))?)?;
    (b.get(1) == Some(&b'[')).then_some(end + 1)
}

/// `         1772644801.003` (`-v epoch`), `  3411.003` (`-v monotonic`).
fn seconds_span(b: &[u8], at: usize) -> Option<(usize, usize)> {
    let start = skip_blanks(b, at);
    let dot = digits_end(b, start);
    let end = digits_end(b, dot + 1);
    let shaped = dot > start && b.get(dot) == Some(&b'.') && matches!(end - dot, 4..=10) && b.get(end) == Some(&b' ');
    shaped.then_some((start, end))
}

fn stamp(b: &[u8], (start, end): (usize, usize)) -> Option<Stamp> {
    let b = part(b, start, end);
    let dot = digits_end(b, 0);
    if b.get(dot) == Some(&b'.') {
        let seconds: i64 = std::str::from_utf8(&b[..dot]).ok()?.parse().ok()?;
        let fraction = part(b, dot + 1, b.len().min(dot + 7));
        let scale = 10_i64.pow(6_u32.saturating_sub(u32::try_from(fraction.len()).unwrap_or(6)));
        let us = seconds.checked_mul(1_000_000)? + digits(fraction, 0, fraction.len())? * scale;
        return Some(if seconds >= EPOCH_MIN_S { Stamp::utc(us) } else { Stamp::since_boot(us) });
    }
    let (days, at, has_year) = if b.get(2) == Some(&b'-') { (month_day(b, 0)?, 6, false) } else { (date(b, 0)?, 11, true) };
    let (us, after) = time_of_day(b, at)?;
    let zone = if after < b.len() { zone(part(b, after + 1, b.len())) } else { Zone::Local };
    Some(if has_year { Stamp::dated(days, us, zone) } else { Stamp::yearless(days, us, zone) })
}

#[derive(Debug, PartialEq, Eq)]
struct Parts {
    stamp: (usize, usize),
    pid: (usize, usize),
    tid: (usize, usize),
    level: u8,
    tag: (usize, usize),
    message: usize,
}

#[inline]
fn parts(b: &[u8]) -> Option<Parts> {
    if is_plain(b) { tagged(b, (0, 18), (skip_blanks(b, 19), 24), (skip_blanks(b, 25), 30), 31) } else { other_parts(b) }
}

/// `MM-DD HH:MM:SS.mmm PPPPP TTTTT L` where `0` is a digit, `#` a digit or a blank before one, `?` any byte.
const PLAIN: [u8; 32] = *b"0?-?? 0?:??:??.000 ####0 ####0 ?";

/// A bit for each place where [`PLAIN`] has this sign.
const fn places(sign: u8) -> u32 {
    let (mut places, mut at) = (0, 0);
    while at < PLAIN.len() {
        places |= ((PLAIN[at] == sign) as u32) << at;
        at += 1;
    }
    places
}

/// Whether a line begins with [`PLAIN`] and a blank, as nearly all do: everything stands at its place.
#[inline]
fn is_plain(b: &[u8]) -> bool {
    const DIGITS: u32 = places(b'0');
    const NUMBERS: u32 = places(b'#');
    const SIGNS: u32 = !(DIGITS | NUMBERS | places(b'?'));
    let (Some(head), Some(b' ')) = (b.first_chunk::<32>(), b.get(32)) else { return false };
    let each = |test: fn(u8x16, u8x16) -> u8x16| {
        let half = |half: &[u8; 16], plain: &[u8; 16]| test(u8x16::from(*half), u8x16::from(*plain)).to_bitmask();
        let ((first, second), (plain_first, plain_second)) = (halves(head), halves(&PLAIN));
        half(first, plain_first) | half(second, plain_second) << 16
    };
    let signs = each(u8x16::simd_eq);
    let blanks = each(|bytes, _| bytes.simd_eq(u8x16::splat(b' ')));
    let digits = each(|bytes, _| {
        let values = bytes - u8x16::splat(b'0');
        values.min(u8x16::splat(9)).simd_eq(values)
    });
    signs & SIGNS == SIGNS
        && digits & DIGITS == DIGITS
        && (digits | blanks) & NUMBERS == NUMBERS
        && blanks & digits << 1 & NUMBERS == 0
        && is_level(head[31])
}

/// Two halves of it.
#[inline]
fn halves(bytes: &[u8; 32]) -> (&[u8; 16], &[u8; 16]) {
    let (parts, _) = bytes.as_chunks::<16>();
    (&parts[0], &parts[1])
}

/// What stands behind the letter of the level: tag and message.
#[inline]
fn tagged(b: &[u8], stamp: (usize, usize), pid: (usize, usize), tid: (usize, usize), level: usize) -> Option<Parts> {
    let (start, colon, message) = behind_level(b, level)?;
    Some(Parts { stamp, pid, tid, level: b[level], tag: (start, trim_end(b, start, colon)), message })
}

/// The start of the tag, its colon, and the start of the message.
#[inline]
fn behind_level(b: &[u8], level: usize) -> Option<(usize, usize, usize)> {
    let start = skip_blanks(b, level + 2);
    let colon = colon(b, start)?;
    Some((start, colon, if colon + 1 < b.len() { colon + 2 } else { colon + 1 }))
}

fn other_parts(b: &[u8]) -> Option<Parts> {
    let stamp = stamp_span(b)?;
    let mut word = (0, 0);
    let mut pid = (0, 0);
    let mut tid = (0, 0);
    let mut at = stamp.1;
    // PID TID, or UID PID TID: the last two words before the level count.
    for n in 0..4 {
        at = skip_blanks(b, at);
        let level = *b.get(at)?;
        if n >= 2 && is_level(level) && b.get(at + 1) == Some(&b' ') {
            return tagged(b, stamp, pid, tid, at);
        }
        word.0 = at;
        while b.get(at).is_some_and(|c| c.is_ascii_alphanumeric() || *c == b'_') {
            at += 1;
        }
        word.1 = at;
        if word.0 == word.1 || b.get(at) != Some(&b' ') || (n > 0 && !b[word.0].is_ascii_digit()) {
            return None;
        }
        pid = tid;
        tid = word;
    }
    None
}

/// A head that is not as most are.
#[cold]
fn other_quick(b: &[u8]) -> Option<Quick> {
    let p = other_parts(b)?;
    Quick::new(p.tag.0, p.tag.1, p.message)
}

impl Grammar for ThreadTime {
    fn info(&self) -> &FormatInfo {
        &THREADTIME_INFO
    }

    #[inline]
    fn quick(&self, line: &[u8]) -> Option<Quick> {
        if is_plain(line) {
            let (start, colon, message) = behind_level(line, 31)?;
            return Quick::new(start, trim_end(line, start, colon), message);
        }
        other_quick(line)
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>> {
        let p = parts(line)?;
        Some(Head {
            stamp: stamp(line, p.stamp),
            level: super::level_of(&[p.level]),
            pid: part(line, p.pid.0, p.pid.1),
            tid: part(line, p.tid.0, p.tid.1),
            tag: part(line, p.tag.0, p.tag.1),
            message: part(line, p.message, line.len()),
            ..Head::default()
        })
    }

    fn first(&self) -> &'static [u8] {
        FIRST
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "03-04 18:20:01.003  9211  9260 D NetMon  : onLost 101",
            "2026-03-04 18:20:01.003114 +0100 10234  9211  9260 D NetMon  : onLost 101",
            "03-04 18:20:01.003  root   711   711 I lowmemorykiller: started",
            "02-01 08:40:59.000 19014 19204 W Job     : [5d1f] AttachmentUploadJob :: Failing",
            "03-04 18:20:02.000  1410  1602 D NetworkMonitor/101: PROBE_DNS h 12ms OK",
            "03-04 18:20:02.000  1410  1602 E AndroidRuntime: ",
            "         1772644801.003  9211  9260 I SmtpLoop: retry in 14 s",
            "\x1b[38;5;40m03-04 18:20:01.003  9211  9260 D NetMon  : onLost 101\x1b[0m",
        ]
    }
}

/// The stamp of the `time` form and where the level stands: behind a blank, or DDMS's `: `.
#[inline]
fn time_at(b: &[u8]) -> Option<((usize, usize), usize)> {
    let span = stamp_span(b)?;
    Some((span, skip_blanks(b, span.1 + usize::from(b[span.1] == b':'))))
}

impl Grammar for Time {
    fn info(&self) -> &FormatInfo {
        &TIME_INFO
    }

    fn quick(&self, line: &[u8]) -> Option<Quick> {
        let p = brief::parts(line, time_at(line)?.1)?;
        Quick::new(p.tag.0, p.tag.1, p.message)
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>> {
        let (span, at) = time_at(line)?;
        let p = brief::parts(line, at)?;
        Some(Head {
            stamp: stamp(line, span),
            level: super::level_of(&[p.level]),
            pid: part(line, p.pid.0, p.pid.1),
            tag: part(line, p.tag.0, p.tag.1),
            message: part(line, p.message, line.len()),
            ..Head::default()
        })
    }

    fn first(&self) -> &'static [u8] {
        FIRST
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "03-04 18:20:01.003 W/ActivityManager( 1410): Process org.x.chat has crashed",
            "03-04 18:20:01.003 I/Job     (19014): [5d1f] PushTextSendJob :: onSubmit()",
            "2026-03-04 18:20:01.003 E/SQLiteLog( 9211): (13) statement aborts",
            "03-04 18:20:01.003: D/NetMon(9211): onLost 101",
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uid_modifier_does_not_shift_pid_and_tid() {
        let h = THREADTIME.parse(b"2026-03-04 18:20:01.003114 +0100 10234  9211  9260 D NetMon  : onLost 101").unwrap();
        assert_eq!((h.pid, h.tid, h.tag), (&b"9211"[..], &b"9260"[..], &b"NetMon"[..]));
        let s = h.stamp.unwrap();
        assert!(s.has_year);
        assert_eq!(s.zone, Zone::Offset(60));
        assert_eq!(s.wall_us % 1_000_000, 3_114);
    }

    #[test]
    fn a_plain_line_is_read_as_if_it_were_any() {
        let lines = [
            "03-04 18:20:01.003  9211  9260 D NetMon  : onLost 101",
            "03-04 18:20:01.003     1 12345 I a: : b",
            "03-04 18:20:01.003 91234 91234 W x:",
        ];
        let mut plain = 0;
        for line in lines {
            for at in 0..line.len() {
                for byte in [b' ', b'0', b'9', b'a', b'-', b':', b'.', b'+', b'E', 0x1b, 0xe4] {
                    let mut line = line.as_bytes().to_vec();
                    line[at] = byte;
                    assert_eq!(parts(&line), other_parts(&line), "{}", String::from_utf8_lossy(&line));
                    plain += usize::from(is_plain(&line));
                }
            }
        }
        assert!(plain > 100, "{plain}");
    }

    #[test]
    fn a_line_of_another_form_is_no_record() {
        assert_eq!(THREADTIME.quick(b"--------- beginning of crash"), None);
        assert_eq!(THREADTIME.quick(b"2026-03-04 18:20:01.003 CET I Job: x"), None);
    }
}
