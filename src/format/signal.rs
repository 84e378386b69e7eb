//! Signal-Android's own log: `YYYY-MM-DD HH:MM:SS.mmm ZONE L Tag: message` (4.2x to 5.2) and the
//! same with `[VERSION] [THREAD] ` in front (5.x to now).
//!
//! Source: signalapp/Signal-Android `app/…/logging/PersistentLogger.kt`; zones are Java's `zzz`.
//! A stack trace repeats the whole prefix on every line, frames start with a tab.

use super::shape::{Known, Place, SHAPE_BYTES, Shape, Start};
use super::stamp::{Stamp, date, time_of_day, zone};
use super::{FormatInfo, Grammar, Head, Quick, colon, is_level, part, trim_end};

/// With version and thread.
pub struct Versioned;
/// Without.
pub struct Dated;
/// The later form as registered.
pub const VERSIONED: Versioned = Versioned;
/// The earlier form as registered.
pub const DATED: Dated = Dated;

const VERSIONED_INFO: FormatInfo = FormatInfo {
    id: "signal-versioned",
    title: "Signal-Android debug log, 5.x and later",
    reference: "https://github.com/signalapp/Signal-Android (PersistentLogger.kt)",
};
const DATED_INFO: FormatInfo = FormatInfo {
    id: "signal-dated",
    title: "Signal-Android debug log, 4.2x to 5.2",
    reference: "https://github.com/signalapp/Signal-Android/issues/9356",
};

/// Longest zone text: `GMT+03:30`.
const ZONE_MAX: usize = 12;
/// Longest version: `8.14.2-beta.1+debug`.
const VERSION_MAX: usize = 23;
/// Longest name of a thread; numbers are padded to five.
const THREAD_MAX: usize = 40;
/// The last digit of a stamp.
const STAMP_END: usize = 22;

struct Parts {
    zone: (usize, usize),
    level: u8,
    tag: (usize, usize),
    message: usize,
}

/// Reads `YYYY-MM-DD HH:MM:SS.mmm ZONE L Tag: message` at `at`.
#[inline]
fn parts(b: &[u8], at: usize) -> Option<Parts> {
    let s = b.get(at..at + 24)?;
    let shaped = s[4] == b'-' && s[7] == b'-' && s[10] == b' ' && s[13] == b':' && s[16] == b':' && s[19] == b'.' && s[23] == b' ';
    if !shaped || !s[0].is_ascii_digit() || !s[STAMP_END].is_ascii_digit() {
        return None;
    }
    let start = at + 24;
    let end = place(b, b' ', start, ZONE_MAX)?;
    let level = *b.get(end + 1)?;
    if end == start || !is_level(level) || b.get(end + 2) != Some(&b' ') || !b[start].is_ascii_uppercase() {
        return None;
    }
    let (tag, message) = tagged(b, end + 3)?;
    Some(Parts { zone: (start, end), level, tag, message })
}

/// The tag that starts at a place, and where the message does.
#[inline]
fn tagged(b: &[u8], tag: usize) -> Option<((usize, usize), usize)> {
    let colon = colon(b, tag)?;
    let message = if colon + 1 < b.len() { colon + 2 } else { colon + 1 };
    Some(((tag, trim_end(b, tag, colon)), message))
}

/// What a byte of a head is to the next one: version, day and zone are the same, threads and times are not. Of the time, only
/// its last digit is asked for, and of the level that it is one.
fn place_in_head((start, end): (usize, usize), at: usize, tag: usize, byte: usize) -> Place {
    const TIME: [usize; 9] = [11, 12, 14, 15, 17, 18, 20, 21, STAMP_END];
    match byte {
        _ if (start..end).contains(&byte) => Place::Open,
        _ if byte + 2 == tag || TIME.iter().any(|digit| at + digit == byte) => Place::Free,
        _ => Place::Same,
    }
}

/// The first `byte` among the next few. Parts of one log are of one length, which a processor learns: calling a search of
/// vectors would take longer than the bytes do.
#[inline]
fn place(b: &[u8], byte: u8, from: usize, most: usize) -> Option<usize> {
    b.get(from..b.len().min(from + most))?.iter().position(|found| *found == byte).map(|at| from + at)
}

/// The offsets of version, thread and stamp in `[VERSION] [THREAD] STAMP`.
#[inline]
fn prefix(b: &[u8]) -> Option<(usize, (usize, usize), usize)> {
    if b.first() != Some(&b'[') {
        return None;
    }
    let version = place(b, b']', 1, VERSION_MAX)?;
    if part(b, version, version + 3) != b"] [" || !b[1].is_ascii_digit() {
        return None;
    }
    let thread = version + 3;
    let end = place(b, b']', thread, THREAD_MAX)?;
    (b.get(end + 1) == Some(&b' ')).then_some((version, (thread, end), end + 2))
}

fn head<'a>(b: &'a [u8], at: usize, p: &Parts) -> Head<'a> {
    let stamp = date(b, at).zip(time_of_day(b, at + 11));
    Head {
        stamp: stamp.map(|(days, (us, _))| Stamp::dated(days, us, zone(part(b, p.zone.0, p.zone.1)))),
        level: super::level_of(&[p.level]),
        tag: part(b, p.tag.0, p.tag.1),
        message: part(b, p.message, b.len()),
        ..Head::default()
    }
}

/// A head of another shape than those before it.
#[cold]
fn unlike(line: &[u8], start: &Start, shape: &mut Shape) -> Option<Quick> {
    let (_, thread, at) = prefix(line)?;
    let p = parts(line, at)?;
    let known = Known { tag: p.tag.0, asked: at + STAMP_END, end: b']' };
    shape.see(start, known, |byte| place_in_head(thread, at, p.tag.0, byte));
    Quick::new(p.tag.0, p.tag.1, p.message)
}

impl Grammar for Versioned {
    fn info(&self) -> &FormatInfo {
        &VERSIONED_INFO
    }

    fn quick(&self, line: &[u8]) -> Option<Quick> {
        let p = parts(line, prefix(line)?.2)?;
        Quick::new(p.tag.0, p.tag.1, p.message)
    }

    fn quick_alike(&self, line: &[u8], shape: &mut Shape) -> Option<Quick> {
        let Some(start) = line.first_chunk::<SHAPE_BYTES>() else { return self.quick(line) };
        if let Some(Known { tag, asked, .. }) = shape.of(start)
            && is_level(line[tag - 2])
            && line[asked].is_ascii_digit()
        {
            shape.is_met();
            let (tag, message) = tagged(line, tag)?;
            return Quick::new(tag.0, tag.1, message);
        }
        unlike(line, start, shape)
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>> {
        let (version, thread, at) = prefix(line)?;
        let p = parts(line, at)?;
        Some(Head { version: part(line, 1, version), tid: part(line, thread.0, thread.1).trim_ascii(), ..head(line, at, &p) })
    }

    fn first(&self) -> &'static [u8] {
        b"["
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "[7.43.3] [304  ] 2025-06-03 21:15:01.120 GMT-04:00 I IndividualSendJob: [JOB::9f3a][IndividualSendJob][1748999755550] Sent message: 903",
            "[5.23.9] [main ] 2021-09-27 05:40:11.220 GMT+02:00 I BaseJob: ",
            "[8.14.2] [412  ] 2026-06-14 13:00:10.722 CEST W BaseJob: \tat org.example.A.b(A.java:1)",
        ]
    }
}

impl Grammar for Dated {
    fn info(&self) -> &FormatInfo {
        &DATED_INFO
    }

    fn quick(&self, line: &[u8]) -> Option<Quick> {
        let p = parts(line, 0)?;
        Quick::new(p.tag.0, p.tag.1, p.message)
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>> {
        let p = parts(line, 0)?;
        Some(head(line, 0, &p))
    }

    fn first(&self) -> &'static [u8] {
        super::form::DIGITS
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2019-02-10 18:22:41.759 GMT+02:00 I Job: [b63b3cc7] PushTextSendJob :: Retrying after a retryable exception.",
            "2020-01-25 20:41:07.428 CET I BaseJob: [JOB::1c0e][PushTextSendJob] Encountered a retryable exception.",
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn version_and_thread_are_read_per_line() {
        let h = VERSIONED.parse(VERSIONED.samples()[0].as_bytes()).unwrap();
        assert_eq!((h.version, h.tid, h.level), (&b"7.43.3"[..], &b"304"[..], b'I'));
    }

    #[test]
    fn an_empty_message_is_a_record() {
        let h = VERSIONED.parse(b"[5.23.9] [641  ] 2021-09-27 05:40:11.220 GMT+02:00 I BaseJob: ").unwrap();
        assert_eq!(h.message, b"");
    }

    #[test]
    fn a_line_is_known_by_the_head_before_it_whatever_its_thread_time_level_and_tag() {
        let mut shape = Shape::default();
        let line = |middle: &str, rest: &str| format!("[7.43.3] [{middle} GMT-04:00 {rest}: a message that is long enough");
        VERSIONED.quick_alike(line("304  ] 2025-06-03 21:15:01.120", "I JobRunner").as_bytes(), &mut shape);
        let knows = |line: &str| line.as_bytes().first_chunk().is_some_and(|start| shape.of(start).is_some());
        assert!(knows(&line("main ] 2025-06-03 00:00:59.009", "W BaseJob")));
        assert!(!knows(&line("main ] 2025-06-04 00:00:59.009", "W BaseJob")), "another day");
        assert!(!knows(&line("a]b  ] 2025-06-03 00:00:59.009", "W BaseJob")), "the thread ends before");
    }

    /// Lines of a log whose version, threads and zone change now and then, some of them damaged.
    fn lines() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let version = prop_oneof![20 => Just("7.43.3"), 1 => Just("8.1"), 1 => Just("8.14.2-beta.1+debug")];
        let thread = prop_oneof![10 => Just("304  "), 10 => Just("main "), 1 => Just("signal-JobRunner-1"), 1 => Just("a]b  ")];
        let zone = prop_oneof![20 => Just("GMT-04:00"), 1 => Just("CEST")];
        let damage = prop::option::weighted(0.3, (0..80usize, any::<u8>()));
        let line = (version, thread, "[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}", zone, "[IWDEVAX]", "[A-Z][a-z ]{0,30}", damage);
        let written = line.prop_map(|(version, thread, time, zone, level, tag, damage)| {
            let mut line = format!("[{version}] [{thread}] 2025-06-03 {time} {zone} {level} {tag}: Sent message: 903").into_bytes();
            if let Some((at, byte)) = damage
                && let Some(place) = line.get_mut(at)
            {
                *place = byte;
            }
            line
        });
        prop::collection::vec(written, 1..60)
    }

    proptest! {
        #[test]
        fn the_shape_of_lines_before_changes_nothing(lines in lines()) {
            let mut shape = Shape::default();
            for line in lines {
                let alike = VERSIONED.quick_alike(&line, &mut shape);
                prop_assert_eq!(alike, VERSIONED.quick(&line), "{}", String::from_utf8_lossy(&line));
            }
        }
    }
}
