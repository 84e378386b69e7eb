//! From bytes of some encoding to UTF-8: decoded bytes come in, text goes out. A byte-order mark is
//! dropped; what is no UTF-8 is transcoded piece by piece, a half character becomes U+FFFD. Where text is
//! lost in the middle of a line, a line end may be added, so that two halves do not read as one; it is
//! noted where ([`Notes::breaks`]), since places in the text are told without it.

use std::fmt;
use std::str::FromStr;

use encoding_rs::{CoderResult, Decoder, GB18030, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::stage::{Input, Notes, Stage, pull};

/// Bytes transcoded at a time.
const STEP_BYTES: usize = 16 << 10;
/// How many bytes are looked at to tell UTF-16 without a mark.
const GUESS_BYTES: usize = 512;
/// Bytes of UTF-16 taken at a time where a byte seems to be missing.
const ALIGN_BYTES: usize = 32;
/// A line of UTF-8 with fewer bad sequences than one in so many characters is damaged, not of another encoding.
const GOOD_PER_BAD_MIN: usize = 8;
/// So many of the pairs of high bytes must be frequent Chinese characters for a text to be GB18030.
const FREQUENT_PAIRS_MIN_PERCENT: usize = 70;

/// The encoding of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, or anything that shares ASCII with it.
    #[default]
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// The Chinese national encoding, which includes GBK and GB2312.
    Gb18030,
    /// The western Windows encoding, which includes Latin 1.
    Windows1252,
}

impl Encoding {
    /// Every encoding.
    pub const ALL: [Self; 5] = [Self::Utf8, Self::Utf16Le, Self::Utf16Be, Self::Gb18030, Self::Windows1252];

    /// Its label.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Gb18030 => "gb18030",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// The encoding of a text by its first bytes: its mark, else its zeros, else its high bytes.
    pub(in crate::source) fn of(head: &[u8]) -> Self {
        match head {
            [0xef, 0xbb, 0xbf, ..] => Self::Utf8,
            [0xff, 0xfe, ..] => Self::Utf16Le,
            [0xfe, 0xff, ..] => Self::Utf16Be,
            [0x84, 0x31, 0x95, 0x33, ..] => Self::Gb18030,
            _ => utf16_without_mark(head).unwrap_or_else(|| by_high_bytes(head)),
        }
    }

    /// The byte-order mark of this encoding.
    fn mark(self) -> &'static [u8] {
        match self {
            Self::Utf8 => b"\xef\xbb\xbf",
            Self::Utf16Le => b"\xff\xfe",
            Self::Utf16Be => b"\xfe\xff",
            Self::Gb18030 => b"\x84\x31\x95\x33",
            Self::Windows1252 => b"",
        }
    }

    /// How many bytes of a text are its mark.
    pub(in crate::source) fn mark_bytes(self, head: &[u8]) -> usize {
        if head.starts_with(self.mark()) { self.mark().len() } else { 0 }
    }

    /// Whether its units are of two bytes.
    pub(in crate::source) fn is_wide(self) -> bool {
        matches!(self, Self::Utf16Le | Self::Utf16Be)
    }

    fn decoder(self) -> Option<Decoder> {
        let encoding = match self {
            Self::Utf8 => return None,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::Gb18030 => GB18030,
            Self::Windows1252 => WINDOWS_1252,
        };
        Some(encoding.new_decoder_without_bom_handling())
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Encoding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|e| e.as_str().eq_ignore_ascii_case(text)).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            format!("encoding `{text}` is not known (known: {known})")
        })
    }
}

/// A log is mostly ASCII, so in UTF-16 nearly every other byte is zero.
fn utf16_without_mark(head: &[u8]) -> Option<Encoding> {
    let units = head[..head.len().min(GUESS_BYTES)].as_chunks::<2>().0;
    let zero_high = units.iter().filter(|u| u[0] != 0 && u[1] == 0).count();
    let zero_low = units.iter().filter(|u| u[0] == 0 && u[1] != 0).count();
    let nearly_all = |n: usize, other: usize| n * 10 >= units.len() * 6 && other * 20 <= units.len();
    if units.len() < 8 {
        None
    } else if nearly_all(zero_high, zero_low) {
        Some(Encoding::Utf16Le)
    } else {
        nearly_all(zero_low, zero_high).then_some(Encoding::Utf16Be)
    }
}

/// Tells damaged UTF-8, GB18030 and Windows-1252 apart: lines vote, so that one of garbage does not decide
/// for all. In Chinese text high bytes come in pairs of the GB2312 plane; in western text they stand alone
/// among ASCII letters.
fn by_high_bytes(head: &[u8]) -> Encoding {
    if head.is_ascii() {
        return Encoding::Utf8;
    }
    let (mut good_lines, mut bad_lines) = (0usize, 0usize);
    let (mut frequent, mut other) = (0, 0);
    for line in head.split(|b| *b == b'\n').filter(|line| !line.is_ascii()) {
        // The last character of the head may be cut, which is no fault of the text.
        if is_utf8(line) {
            good_lines += 1;
            continue;
        }
        bad_lines += 1;
        let (pairs, single) = high_pairs(line);
        frequent += pairs;
        other += single;
    }
    if bad_lines <= good_lines {
        return Encoding::Utf8;
    }
    if frequent * 100 >= (frequent + other) * FREQUENT_PAIRS_MIN_PERCENT { Encoding::Gb18030 } else { Encoding::Windows1252 }
}

/// Whether a line is UTF-8, save for a character that is cut at its end or one fault among many characters.
fn is_utf8(line: &[u8]) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in line.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        // Bad bytes after one another are one fault.
        bad += usize::from(!chunk.invalid().is_empty() && (bad == 0 || !chunk.valid().is_empty()));
    }
    bad == 0 || good >= bad * GOOD_PER_BAD_MIN || (bad == 1 && std::str::from_utf8(line).is_err_and(|e| e.error_len().is_none()))
}

/// Pairs of high bytes that frequent Chinese characters are made of, and other high bytes.
fn high_pairs(line: &[u8]) -> (usize, usize) {
    let (mut frequent, mut other) = (0, 0);
    let mut at = 0;
    while let Some(&lead) = line.get(at) {
        let next = line.get(at + 1).copied().unwrap_or(0);
        at += match (lead, next) {
            (0..0x80, _) => 1,
            (0xa1..=0xf7, 0xa1..=0xfe) => {
                frequent += 1;
                2
            }
            _ => {
                other += 1;
                1 + usize::from(next >= 0x80)
            }
        };
    }
    (frequent, other)
}

/// Text as UTF-8.
pub(in crate::source) enum Text {
    /// What the stage below gives is the text.
    Plain(Plain),
    /// A mark must be dropped, or bytes transcoded.
    Changed(Transcoder),
}

impl Text {
    /// Reads what the stage below gives as an encoding, without its first `mark_bytes`; with `mend`, lines end
    /// where text is lost.
    pub(in crate::source) fn new(below: Box<dyn Stage>, encoding: Encoding, mark_bytes: usize, mend: bool) -> Self {
        if encoding == Encoding::Utf8 && mark_bytes == 0 {
            return Self::Plain(Plain { below, mend, in_line: false, held: None, total: 0 });
        }
        let input = Input::new(below);
        let decoder = encoding.decoder();
        let ready = Vec::new();
        Self::Changed(Transcoder { input, encoding, mark_bytes, mend, decoder, ready, given: 0, in_line: false, total: 0, ended: false })
    }
}

impl Stage for Text {
    fn read(&mut self, out: &mut [u8], notes: &mut Notes) -> usize {
        match self {
            Self::Plain(plain) => plain.read(out, notes),
            Self::Changed(transcoder) => transcoder.read(out, notes),
        }
    }

    fn expands(&self) -> bool {
        false
    }
}

/// Text that is UTF-8 as it is.
pub(in crate::source) struct Plain {
    below: Box<dyn Stage>,
    mend: bool,
    in_line: bool,
    /// A byte that had to give way to a line's end.
    held: Option<u8>,
    /// Bytes given.
    total: u64,
}

impl Plain {
    fn read(&mut self, out: &mut [u8], notes: &mut Notes) -> usize {
        let mut n = match self.held.take() {
            Some(byte) => {
                out[0] = byte;
                1
            }
            None => pull(self.below.as_mut(), out, notes),
        };
        if n > 0 && notes.gap && self.in_line && self.mend {
            if n == out.len() {
                n -= 1;
                self.held = Some(out[n]);
            }
            out.copy_within(..n, 1);
            out[0] = b'\n';
            n += 1;
            notes.breaks.push(self.total);
        }
        self.total += n as u64;
        if let Some(last) = out[..n].last() {
            self.in_line = *last != b'\n';
        }
        n
    }
}

/// Text in the making.
pub(in crate::source) struct Transcoder {
    input: Input,
    encoding: Encoding,
    mark_bytes: usize,
    mend: bool,
    decoder: Option<Decoder>,
    ready: Vec<u8>,
    given: usize,
    in_line: bool,
    /// Bytes of text before those in `ready`.
    total: u64,
    ended: bool,
}

impl Transcoder {
    fn read(&mut self, out: &mut [u8], notes: &mut Notes) -> usize {
        if self.mark_bytes > 0 {
            let mark = self.input.fill(self.mark_bytes, notes).len().min(self.mark_bytes);
            self.input.consume(mark);
            self.mark_bytes = 0;
        }
        while self.given == self.ready.len() && !self.ended {
            self.total += self.ready.len() as u64;
            self.given = 0;
            self.ready.clear();
            self.transcode(notes);
        }
        let n = out.len().min(self.ready.len() - self.given);
        out[..n].copy_from_slice(&self.ready[self.given..self.given + n]);
        self.given += n;
        n
    }

    /// Puts some more text into `ready`.
    fn transcode(&mut self, notes: &mut Notes) {
        // The text before a loss has been given, so its mark is not for what comes now.
        let had_gap = std::mem::take(&mut notes.gap);
        let last = self.input.fill(1, notes).is_empty();
        if notes.gap {
            self.decode(&[], true);
            if self.mend && (self.in_line || !self.ready.is_empty()) {
                notes.breaks.push(self.total + self.ready.len() as u64);
                self.ready.push(b'\n');
            }
            self.decoder = self.encoding.decoder();
        }
        notes.gap |= had_gap;
        let step = if self.encoding.is_wide() { self.align(notes) } else { STEP_BYTES };
        let bytes = self.input.available();
        let bytes = bytes[..bytes.len().min(step)].to_vec();
        self.input.consume(bytes.len());
        self.decode(&bytes, last);
        if let Some(byte) = self.ready.last() {
            self.in_line = *byte != b'\n';
        }
        self.ended = last;
    }

    /// Adds the text of some bytes to `ready`.
    fn decode(&mut self, bytes: &[u8], last: bool) {
        let Some(decoder) = &mut self.decoder else { return self.ready.extend_from_slice(bytes) };
        let mut taken = 0;
        loop {
            let start = self.ready.len();
            let room = decoder.max_utf8_buffer_length(bytes.len() - taken).unwrap_or(STEP_BYTES);
            self.ready.resize(start + room.max(16), 0);
            let (result, read, given, _) = decoder.decode_to_utf8(&bytes[taken..], &mut self.ready[start..], last);
            self.ready.truncate(start + given);
            taken += read;
            if result == CoderResult::InputEmpty {
                return;
            }
        }
    }

    /// How many bytes of UTF-16 to take next. Where a byte was lost or added, all that follows would be
    /// read askew: then one byte is passed over.
    fn align(&mut self, notes: &mut Notes) -> usize {
        let bytes = self.input.fill(2 * GUESS_BYTES, notes);
        let askew = |from: usize| {
            let ahead = &bytes[from.min(bytes.len())..];
            let shifted = ahead.get(1..).unwrap_or_default();
            utf16_without_mark(ahead) != Some(self.encoding) && utf16_without_mark(shifted) == Some(self.encoding)
        };
        if askew(0) {
            notes.skipped(self.input.position(), 1, "a byte is missing or too many: UTF-16 was askew");
            self.input.consume(1);
            return ALIGN_BYTES;
        }
        // In small steps where it begins to be askew within what is there.
        if askew(GUESS_BYTES) { ALIGN_BYTES } else { GUESS_BYTES }
    }
}

#[cfg(test)]
pub(in crate::source) mod tests {
    use super::*;
    use crate::source::decode::stage::tests::{base, drain};

    const CHINESE: &str = "2026-01-08 08:00 消息未发送：网络不可用，请检查网络设置\r\n";

    /// A text as UTF-16, low byte first, with or without a mark.
    fn utf16le(text: &str, mark: bool) -> Vec<u8> {
        let mark = mark.then_some(0xfeff);
        mark.into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    }

    #[track_caller]
    fn check(bytes: &[u8], encoding: Encoding, expected: &str) {
        let head = &bytes[..bytes.len().min(4096)];
        assert_eq!(Encoding::of(head), encoding);
        let (text, _) = drain(&mut Text::new(base(bytes), encoding, encoding.mark_bytes(bytes), true));
        assert_eq!(String::from_utf8_lossy(&text), expected);
    }

    #[test]
    fn marks_are_dropped_and_utf16_is_transcoded() {
        let text = "08:00 消息未发送 \u{1f600}\r\n".repeat(4000);
        check(text.as_bytes(), Encoding::Utf8, &text);
        check(&[b"\xef\xbb\xbf", text.as_bytes()].concat(), Encoding::Utf8, &text);
        check(&utf16le(&text, true), Encoding::Utf16Le, &text);
        let swapped: Vec<u8> = utf16le(&text, true).as_chunks::<2>().0.iter().flat_map(|[a, b]| [*b, *a]).collect();
        check(&swapped, Encoding::Utf16Be, &text);
    }

    #[test]
    fn utf16_without_a_mark_is_told_by_its_zeros() {
        check(&utf16le("10:00:01 send failed\n", false), Encoding::Utf16Le, "10:00:01 send failed\n");
    }

    #[test]
    fn chinese_and_western_encodings_are_told_by_their_high_bytes() {
        let text = CHINESE.repeat(500);
        check(&GB18030.encode(&text).0, Encoding::Gb18030, &text);
        let text = "08:00 Übertragung für Größe 5 fehlgeschlagen – später erneut\r\n".repeat(500);
        check(&WINDOWS_1252.encode(&text).0, Encoding::Windows1252, &text);
    }

    #[test]
    fn damaged_and_cut_utf8_stays_utf8() {
        assert_eq!(Encoding::of(&CHINESE.as_bytes()[..20]), Encoding::Utf8);
        let mut damaged = CHINESE.as_bytes().to_vec();
        damaged[18] = 0xff;
        assert_eq!(Encoding::of(&damaged), Encoding::Utf8);
    }

    #[test]
    fn half_a_character_at_the_end_becomes_a_replacement() {
        check(&[utf16le("ab", true), vec![b'c']].concat(), Encoding::Utf16Le, "ab\u{fffd}");
        check(&[utf16le("ab", true), vec![0x3d, 0xd8]].concat(), Encoding::Utf16Le, "ab\u{fffd}");
    }

    #[test]
    fn an_empty_text_stays_empty() {
        check(b"", Encoding::Utf8, "");
        check(b"\xef\xbb\xbf", Encoding::Utf8, "");
        check(b"\xff\xfe", Encoding::Utf16Le, "");
    }

    #[test]
    fn an_unknown_label_lists_the_known_ones() {
        assert_eq!("UTF-16LE".parse(), Ok(Encoding::Utf16Le));
        let message = "ebcdic".parse::<Encoding>().unwrap_err();
        assert!(message.contains("ebcdic") && message.contains("gb18030"), "{message}");
    }
}
