//! A line -> its signature: the line with every word that looks like a value replaced by one byte.
//!
//! This runs on every line, so it looks at nothing but bytes: no list of words, no comparison with other lines.
//! What takes more than that is left to `shape.rs` and `family.rs`, which see each signature once.

use super::lex::{CUT, DIGIT, JOINT, SPACE, VARIABLE, WIDE, WORD, class, run};
use super::value::{core, has_scheme, is_hex_byte, is_hex_group, is_value, whole};

/// Bytes of a line that are looked at. What a program prints beyond them is data: a dump, a document, a stack.
pub const LINE_MAX_BYTES: usize = 4096;
/// Bytes of a signature, without the one that says that more was there.
pub const SIGNATURE_MAX_BYTES: usize = 1024;

/// Writes the signature of a line: constant words as they are, values as [`VARIABLE`] or [`super::lex::CLOCK`], runs of white space and
/// control bytes as one space, and [`CUT`] for what is beyond the limits.
pub fn mask(line: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let read = trimmed(&line[..line.len().min(LINE_MAX_BYTES)]);
    let mut masker = Masker { line: read, copied: 0, variable_end: usize::MAX, out };
    let mut at = 0;
    while let Some(&byte) = read.get(at) {
        let class = class(byte);
        at = if class & WORD != 0 {
            masker.word(at)
        } else if class & SPACE != 0 {
            masker.space(at)
        } else if byte == b'=' {
            masker.value(at)
        } else {
            at + 1
        };
    }
    masker.out.extend_from_slice(&read[masker.copied..]);
    shorten(out, line.len() > LINE_MAX_BYTES);
}

fn trimmed(line: &[u8]) -> &[u8] {
    let is_word = |byte: &u8| class(*byte) & SPACE == 0;
    let from = line.iter().position(is_word).unwrap_or(line.len());
    let to = line.iter().rposition(is_word).map_or(from, |last| last + 1);
    &line[from..to]
}

/// Keeps a signature within its bound, cut between words if there are any.
fn shorten(out: &mut Vec<u8>, is_cut: bool) {
    if out.len() > SIGNATURE_MAX_BYTES {
        let end = memchr::memrchr(b' ', &out[..SIGNATURE_MAX_BYTES]).unwrap_or(SIGNATURE_MAX_BYTES);
        out.truncate(end);
        out.push(CUT);
    } else if is_cut {
        out.push(CUT);
    }
}

struct Masker<'l, 'o> {
    line: &'l [u8],
    /// What is before this byte has been written.
    copied: usize,
    /// Where the last variable ended.
    variable_end: usize,
    out: &'o mut Vec<u8>,
}

impl Masker<'_, '_> {
    #[inline]
    fn replace(&mut self, from: usize, to: usize, by: u8) {
        self.out.extend_from_slice(&self.line[self.copied..from]);
        self.out.push(by);
        self.copied = to;
    }

    #[inline]
    fn variable(&mut self, from: usize, to: usize, kind: u8) {
        // `<1 s` is a number below one, `<1>` is a number in brackets.
        let is_below = from > self.copied && self.line[from - 1] == b'<' && self.line.get(to) != Some(&b'>');
        self.replace(from - usize::from(is_below), to, kind);
        self.variable_end = to;
    }

    /// Writes white space as one space; returns where it ends.
    #[inline]
    fn space(&mut self, at: usize) -> usize {
        let (end, _) = run(self.line, at, SPACE);
        if end - at > 1 || self.line[at] != b' ' {
            self.replace(at, end, b' ');
            if self.variable_end == at {
                self.variable_end = end - 1;
            }
        }
        end
    }

    /// Masks the word that begins at a byte; returns where it ends.
    #[inline]
    fn word(&mut self, at: usize) -> usize {
        let (end, met) = run(self.line, at, WORD);
        if met & (DIGIT | JOINT) != 0 {
            return self.joined(at, end);
        }
        if self.follows_variable(at) && is_hex_byte(&self.line[at..end]) {
            self.variable(at, end, VARIABLE);
        }
        end
    }

    /// Whether one byte is between the last variable and this one.
    #[inline]
    fn follows_variable(&self, at: usize) -> bool {
        at.checked_sub(1) == Some(self.variable_end)
    }

    /// Masks a word with digits or joints, whole or by the pieces between its colons; returns where it ends.
    fn joined(&mut self, at: usize, end: usize) -> usize {
        let (mut from, to) = core(self.line, at, end);
        if let Some(kind) = whole(&self.line[from..to]) {
            let to = self.address_end(from, to);
            self.variable(from, to, kind);
            return to.max(end);
        }
        while from < to {
            let piece_to = memchr::memchr(b':', &self.line[from..to]).map_or(to, |length| from + length);
            let piece = &self.line[from..piece_to];
            if is_value(piece) || (self.follows_variable(from) && is_hex_group(piece)) {
                self.variable(from, piece_to, VARIABLE);
            }
            from = piece_to + 1;
        }
        end
    }

    /// Where an address really ends: its query holds bytes that end other words.
    fn address_end(&self, from: usize, to: usize) -> usize {
        let word = &self.line[from..to];
        if memchr::memchr(b'?', word).is_none() && !has_scheme(word) {
            return to;
        }
        let is_in = |byte: &u8| class(*byte) & (WORD | WIDE) != 0 || matches!(byte, b'=' | b',' | b';');
        let rest = self.line[to..].iter().take_while(|byte| is_in(byte)).count();
        let end = self.line[to..to + rest].iter().rposition(|byte| !matches!(byte, b',' | b';' | b'=')).map_or(to, |last| to + last + 1);
        core(self.line, from, end).1.max(to)
    }

    /// Masks what the `=` at a byte assigns, if it does; returns where to go on.
    fn value(&mut self, at: usize) -> usize {
        let is_space = |at: usize| self.line.get(at).is_none_or(|byte| class(*byte) & SPACE != 0);
        let before = at.checked_sub(1).map_or(b' ', |before| self.line[before]);
        let from = run(self.line, at + 1, SPACE).0;
        let next = self.line.get(from).copied().unwrap_or(b' ');
        // `==`, `!=`, `<=`, `=>` compare or point. A value is as far from `=` as its name, so that `a= b=1` gives none to `a`.
        let is_spaced = from > at + 1;
        if matches!(before, b'=' | b'!' | b'<' | b'>') || matches!(next, b'=' | b'>') || (is_spaced && class(before) & SPACE == 0) {
            return at + 1;
        }
        let (end, met) = run(self.line, from, WORD | WIDE);
        let opens = matches!(self.line.get(end), Some(b'(' | b'{' | b'['));
        if is_spaced && !is_space(from) {
            self.replace(at + 1, from, b' ');
        }
        if matches!(next, b'"' | b'\'') {
            let Some(length) = memchr::memchr(next, &self.line[from + 1..]) else { return from + 1 };
            self.variable(from + 1, from + 1 + length, VARIABLE);
            return from + 1 + length + 1;
        }
        // Nothing, or the name of a structure whose fields follow: `bounds=Rect(0, 0)`.
        if end == from || (opens && met & DIGIT == 0) {
            return end.max(at + 1);
        }
        let (_, to) = core(self.line, from, end);
        let to = self.address_end(from, if to > from { to } else { end });
        self.variable(from, to, VARIABLE);
        to.max(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Variables are shown as `*`, times as `T`, a cut as `…`.
    fn check(line: &str, expected: &str) {
        let mut out = Vec::new();
        mask(line.as_bytes(), &mut out);
        let shown = String::from_utf8_lossy(&out).replace('\u{1}', "*").replace('\u{2}', "T").replace('\u{3}', "…");
        assert_eq!(shown, expected, "{line}");
    }

    #[test]
    fn a_word_with_a_digit_is_a_variable_without_the_punctuation_around_it() {
        check("took 35ms, retry #3 of job-17.", "took *, retry #* of *.");
        check("moved -5 to [x86]: done.", "moved * to [*]: done.");
    }

    #[test]
    fn a_number_keeps_the_name_before_its_colon() {
        check("open:15 at main.cpp:120:run", "open:* at main.cpp:*:run");
        check("Loader2::start", "*::start");
    }

    #[test]
    fn times_and_addresses_are_not_taken_apart() {
        check("at 10:15:02.5 from 02:ab:cd:ef:00:11 and fe80:cafe:feed::beef:1", "at T from * and *");
        check("10.0.0.1:80 chat.example.org:443", "*:* *:*");
    }

    #[test]
    fn paths_and_dotted_names_are_variables_but_names_of_constants_are_not() {
        check("open /var/log/x and C:\\logs\\y for org.example.app", "open * and * for *");
        check("got org.example.action.SENT in state.count of seq/ack", "got org.example.action.SENT in state.count of seq/ack");
        check("waiting...", "waiting...");
    }

    #[test]
    fn an_address_takes_its_query_along() {
        check("GET https://example.org/a?b=c&d=e;f, then", "GET *, then");
        check("url=https://example.org/a?b=c", "url=*");
    }

    #[test]
    fn what_is_assigned_is_a_variable() {
        check("a=b c = d, e=\"f g\" h='' bounds=Rect(0, 1)", "a=* c = *, e=\"*\" h='*' bounds=Rect(*, *)");
    }

    #[test]
    fn what_is_compared_or_missing_is_no_value() {
        check("a == b, c => d, e= f=g", "a == b, c => d, e= f=*");
    }

    #[test]
    fn spaces_and_control_bytes_are_one_space_and_none_at_the_ends() {
        check("\t a \t\u{1}b  =   c \r\n", "a b = *");
        check("  ", "");
    }

    #[test]
    fn a_hex_dump_is_a_row_of_variables() {
        check("dump 0a ff  fe dead", "dump * * * dead");
        check("v6(en0:2607:fecd:1)", "*(*:*:*:*)");
    }

    #[test]
    fn a_sign_for_less_belongs_to_its_number() {
        check("took <1 s in Switch<0>", "took * s in Switch<*>");
    }

    #[test]
    fn long_lines_are_cut_between_words() {
        check(&"word ".repeat(2000), &format!("{}…", ["word"; 204].join(" ")));
        check(&"1".repeat(LINE_MAX_BYTES + 1), "*…");
        let mut out = Vec::new();
        mask(&[b'w'; 5000], &mut out);
        assert_eq!(out.len(), SIGNATURE_MAX_BYTES + 1);
    }
}
