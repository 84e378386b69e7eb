//! Forms whose head is told by two functions: where its parts stand, and what its stamp says.
//!
//! A form with nothing special about it is one file with one [`Form`]; the minimal example to copy
//! is [`super::logback`].

use super::stamp::Stamp;
use super::{FormatInfo, Grammar, Head, Quick, level_of, part};

/// Start and end of a part of a line; empty where the form has none.
pub type Span = (usize, usize);

/// Where the parts of a head stand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts {
    /// The stamp, as [`Form::stamp`] reads it.
    pub stamp: Span,
    /// The word or letter of the level.
    pub level: Span,
    /// Process id.
    pub pid: Span,
    /// Thread id or name.
    pub tid: Span,
    /// App version that the line states.
    pub version: Span,
    /// Tag.
    pub tag: Span,
    /// Start of the message.
    pub message: usize,
    /// End of the message, where something follows it; 0: the end of the line.
    pub message_end: usize,
}

/// A form told by two functions.
pub struct Form {
    /// What it is.
    pub info: FormatInfo,
    /// Where the parts of a head stand; `None`: the line begins no record.
    pub parts: fn(&[u8]) -> Option<Parts>,
    /// Reads the stamp.
    pub stamp: fn(&[u8]) -> Option<Stamp>,
    /// Bytes that a head may begin with.
    pub first: &'static [u8],
    /// Whether its heads are so plain that they only count in documents of this form.
    pub only_at_home: bool,
    /// Lines that are of this form and of no other.
    pub samples: &'static [&'static str],
}

impl Grammar for Form {
    fn info(&self) -> &FormatInfo {
        &self.info
    }

    fn quick(&self, line: &[u8]) -> Option<Quick> {
        let p = (self.parts)(line)?;
        Quick::new(p.tag.0, p.tag.1, p.message)
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>> {
        let p = (self.parts)(line)?;
        let of = |span: Span| part(line, span.0, span.1);
        let end = if p.message_end > 0 { p.message_end } else { line.len() };
        Some(Head {
            stamp: (self.stamp)(of(p.stamp)),
            level: level_of(of(p.level)),
            pid: of(p.pid),
            tid: of(p.tid),
            version: of(p.version),
            tag: of(p.tag),
            message: part(line, p.message, end),
        })
    }

    fn first(&self) -> &'static [u8] {
        self.first
    }

    fn only_at_home(&self) -> bool {
        self.only_at_home
    }

    fn samples(&self) -> &'static [&'static str] {
        self.samples
    }
}

/// The first bytes of stamps that begin with a year, a month or a day.
pub const DIGITS: &[u8] = b"0123456789";

/// The end of `YYYY-MM-DD?HH:MM:SS` at the start of a line, with `date_mark` between the parts of the
/// date and `time_mark` between date and time; by shape alone.
#[inline]
#[must_use]
pub fn second_end(b: &[u8], date_mark: u8, time_mark: u8) -> Option<usize> {
    let s = b.get(..19)?;
    let shape = s[4] == date_mark && s[7] == date_mark && s[10] == time_mark && s[13] == b':' && s[16] == b':';
    (shape && s[0].is_ascii_digit() && s[9].is_ascii_digit() && s[18].is_ascii_digit()).then_some(19)
}

/// The end of a fraction (`.123`, `,123` or `:123`) at `at`, which may be missing.
#[inline]
#[must_use]
pub fn fraction_end(b: &[u8], at: usize) -> usize {
    match b.get(at) {
        Some(b'.' | b',' | b':') if b.get(at + 1).is_some_and(u8::is_ascii_digit) => super::digits_end(b, at + 1),
        _ => at,
    }
}

/// The end of a word at `at`: up to the next blank or the end.
#[inline]
#[must_use]
pub fn word_end(b: &[u8], at: usize) -> usize {
    let rest = b.get(at..).unwrap_or_default();
    at + memchr::memchr(b' ', rest).unwrap_or(rest.len())
}

/// Whether a word is a level as loggers spell it.
#[inline]
#[must_use]
pub fn is_level_word(b: &[u8]) -> bool {
    matches!(
        b,
        b"TRACE" | b"DEBUG" | b"INFO" | b"WARN" | b"WARNING" | b"ERROR" | b"FATAL" | b"VERBOSE" | b"NOTICE" | b"CRITICAL" | b"SEVERE"
    )
}

/// The end of `:mmm` at `at`: Apple's frameworks are often given a colon before the milliseconds.
#[inline]
#[must_use]
pub fn digits_colon(b: &[u8], at: usize) -> Option<usize> {
    let end = super::digits_end(b, at + 1);
    (b.get(at) == Some(&b':') && end == at + 4).then_some(end)
}
