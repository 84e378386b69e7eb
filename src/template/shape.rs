//! A signature -> its shape: values spelled in letters are variables too, and neighbouring variables are one.
//!
//! Two signatures of one shape have one template: how long a list is and in which unit a number is given do not count.

use super::lex::{CLOCK, CUT, VARIABLE, tokens};
use foldhash::fast::RandomState;
use indexmap::IndexSet;

/// The word for a variable.
pub const ANY: Word = 0;
/// How programs print truth and absence, in lower case.
const BARE_VALUES: [&str; 5] = ["true", "false", "null", "nil", "none"];
/// Units of data, time, frequency and rate, without plural, in lower case.
const UNITS: &str = "b byte kb mb gb tb kib mib gib tib kb/s mb/s kbps mbps gbps hz khz mhz ghz \
    ns us usec ms msec s sec min h nanosecond microsecond millisecond second minute hour day";
/// Words and marks of a record that is known as such when it is repeated.
const RECORD_MAX_WORDS: usize = 24;

/// A word by its number in [`Words`].
pub type Word = u32;

/// The words of a template, and which tokens of one signature each stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// The words; [`ANY`] for variables.
    pub words: Vec<Word>,
    /// Of each word, the token after its last.
    pub ends: Vec<u16>,
}

impl Shape {
    fn push(&mut self, word: Word, end: u16) {
        self.words.push(word);
        self.ends.push(end);
    }

    /// Takes the last words back.
    fn pop(&mut self, count: usize) {
        let left = self.words.len().saturating_sub(count);
        self.words.truncate(left);
        self.ends.truncate(left);
    }
}

/// Constant words, each kept once.
#[derive(Debug)]
pub struct Words(IndexSet<Box<[u8]>, RandomState>);

impl Default for Words {
    fn default() -> Self {
        Self(IndexSet::from_iter([Box::from([VARIABLE])]))
    }
}

impl Words {
    /// The bytes of a word; [`VARIABLE`] for [`ANY`].
    #[must_use]
    pub fn bytes(&self, word: Word) -> &[u8] {
        self.0.get_index(word as usize).map_or(&[], |bytes| bytes)
    }

    /// Whether a word has letters: is neither a variable nor punctuation.
    #[must_use]
    pub fn is_name(&self, word: Word) -> bool {
        self.bytes(word).iter().any(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii())
    }

    /// Whether a word is written in capitals.
    #[must_use]
    pub fn is_capital(&self, word: Word) -> bool {
        let bytes = self.bytes(word);
        bytes.iter().filter(|byte| byte.is_ascii_uppercase()).count() > 1 && !bytes.iter().any(u8::is_ascii_lowercase)
    }

    /// The shape of a signature.
    ///
    /// # Panics
    /// At more than 4 billion distinct words, which do not fit into memory.
    pub fn shape(&mut self, signature: &[u8]) -> Shape {
        let tokens = tokens(signature);
        let text = |at: usize| tokens.get(at).map_or(&[][..], |token| &signature[token.from..token.to]);
        let mut shape = Shape::default();
        for (at, end) in (0..tokens.len()).zip(1..) {
            let word = match text(at) {
                [VARIABLE | CUT] => ANY,
                [CLOCK] => {
                    shape.pop(date_tokens(&[3, 2, 1].map(|back| at.checked_sub(back).map_or(&[][..], text))));
                    ANY
                }
                text if is_bare_value(text) => ANY,
                // In `a=1 b=2` the `b` is a name.
                unit if shape.words.last() == Some(&ANY) && is_unit(unit) && text(at + 1) != b"=" => {
                    shape.pop(1);
                    ANY
                }
                text => self.number(text),
            };
            shape.push(word, end);
        }
        self.collapse(&mut shape);
        shape
    }

    /// Makes one variable of neighbouring ones, of lists, and of a variable with what is said about it in brackets.
    pub fn collapse(&self, shape: &mut Shape) {
        self.reduce(shape, false);
    }

    /// As [`Words::collapse`], and makes one variable of those with colons between, as hosts and their ports.
    ///
    /// This comes last: before, `host:*` and `*:*` must have as many words to be seen as a family.
    pub fn collapse_colons(&self, shape: &mut Shape) {
        self.reduce(shape, true);
    }

    fn reduce(&self, shape: &mut Shape, at_colons: bool) {
        let mut out = Shape { words: Vec::with_capacity(shape.words.len()), ends: Vec::with_capacity(shape.ends.len()) };
        for (&word, &end) in shape.words.iter().zip(&shape.ends) {
            out.push(word, end);
            while let Some(joined) = self.joined(&out.words, at_colons) {
                out.pop(joined);
                out.push(ANY, end);
            }
            if let Some(repeated) = self.repeated(&out.words) {
                out.pop(repeated);
                if let Some(last) = out.ends.last_mut() {
                    *last = end;
                }
            }
        }
        *shape = out;
    }

    /// How many of the last words are one variable.
    fn joined(&self, words: &[Word], at_colons: bool) -> Option<usize> {
        let is = |word: Word, one_of: &[u8]| is_one_of(self.bytes(word), one_of);
        match *words {
            [.., ANY, ANY] => Some(2),
            [.., ANY, between, ANY] if is(between, b",-|") || (at_colons && is(between, b":")) => Some(3),
            [.., sign, ANY] if is(sign, b"#@") => Some(2),
            [.., ANY, open, close] if is(open, b"(") && is(close, b")") => Some(3),
            [.., ANY, open, ANY, close] if is(open, b"(") && is(close, b")") => Some(4),
            // A structure with nothing but values in it.
            [.., assign, name, open, ANY, close] if is(assign, b"=") && self.is_name(name) && is(open, b"({[") && is(close, b")}]") => {
                Some(4)
            }
            _ => None,
        }
    }

    /// How many of the last words repeat those before them, with or without a separator: one more record of a list.
    fn repeated(&self, words: &[Word]) -> Option<usize> {
        let repeats = |length: usize| {
            let (before, record) = words.split_at(words.len() - length);
            let follows =
                |before: &[Word]| before.ends_with(record) && record.contains(&ANY) && record.iter().any(|word| self.is_name(*word));
            match before {
                _ if follows(before) => Some(length),
                [before @ .., separator] if is_one_of(self.bytes(*separator), b",;|") && follows(before) => Some(length + 1),
                _ => None,
            }
        };
        (2..=RECORD_MAX_WORDS.min(words.len() / 2)).find_map(repeats)
    }

    fn number(&mut self, bytes: &[u8]) -> Word {
        let place = self.0.get_index_of(bytes).unwrap_or_else(|| self.0.insert_full(bytes.into()).0);
        Word::try_from(place).expect("fewer distinct words than memory can hold")
    }
}

fn is_one_of(word: &[u8], marks: &[u8]) -> bool {
    matches!(word, [byte] if marks.contains(byte))
}

/// Whether a token is a value by its spelling.
#[must_use]
pub fn is_bare_value(token: &[u8]) -> bool {
    BARE_VALUES.iter().any(|value| value.as_bytes().eq_ignore_ascii_case(token))
}

fn is_unit(token: &[u8]) -> bool {
    let singular = token.strip_suffix(b"s").unwrap_or(token);
    let is = |unit: &[u8]| unit.eq_ignore_ascii_case(token) || unit.eq_ignore_ascii_case(singular);
    UNITS.split_ascii_whitespace().any(|unit| is(unit.as_bytes()))
}

/// How many of the three tokens before a time of day are its date: `Mon Jan 5` or `Jan 5`, as `ctime` of C and syslog (RFC 3164) print it.
/// The names are known by their form, so they need not be English.
fn date_tokens(before: &[&[u8]; 3]) -> usize {
    let is_name = |token: &[u8]| matches!(token, [a, b, c] if a.is_ascii_uppercase() && b.is_ascii_lowercase() && c.is_ascii_lowercase());
    match before {
        [weekday, month, [VARIABLE]] if is_name(month) => 2 + usize::from(is_name(weekday)),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::mask::mask;

    /// The shapes of the lines are the expected one; variables are shown as `*`.
    fn check(lines: &[&str], expected: &str) {
        let (mut words, mut signature) = (Words::default(), Vec::new());
        for line in lines {
            mask(line.as_bytes(), &mut signature);
            let mut shape = words.shape(&signature);
            words.collapse_colons(&mut shape);
            let shown: Vec<_> = shape.words.iter().map(|word| String::from_utf8_lossy(words.bytes(*word)).replace('\u{1}', "*")).collect();
            assert_eq!(shown.join(" "), expected, "{line}");
        }
    }

    #[test]
    fn truth_and_absence_are_variables() {
        check(&["visible: true", "visible: NULL", "visible: 1"], "visible : *");
    }

    #[test]
    fn a_unit_belongs_to_its_number() {
        check(&["sent 5 bytes in 3 ms", "sent 5 kB in 1 second"], "sent * in *");
    }

    #[test]
    fn lists_of_values_are_one_variable() {
        check(&["rect 1, 2 - 3", "rect 1", "rect #1 2|null"], "rect *");
    }

    #[test]
    fn brackets_after_a_value_say_more_about_it() {
        check(&["from 10.0.0.1 (host.example.org) to", "from 10.0.0.1 () to", "from 10.0.0.1 to"], "from * to");
        check(&["clear(1)", "clear( 2 )"], "clear ( * )");
    }

    #[test]
    fn a_date_belongs_to_its_time() {
        check(&["at Mon Jan 5 10:00:01 2026 x", "at Jun 15 10:00:01 x", "at 10:00:01 x"], "at * x");
    }

    #[test]
    fn a_structure_of_values_is_a_value() {
        check(&["w=Source{1, null} x", "w=null x"], "w = * x");
    }

    #[test]
    fn a_host_and_its_port_are_one_variable() {
        check(&["open 10.0.0.1:80", "open a.example.org:443", "open 10.0.0.1"], "open *");
    }

    #[test]
    fn records_of_a_list_are_one() {
        check(&["peers id=1 up", "peers id=1, id=2, id=3 up"], "peers id = * up");
        check(&["peers {a=1 b=2}", "peers {a=1 b=2} {a=3 b=4}", "peers {a=1 b=2}, {a=3 b=4}"], "peers { a = * b = * }");
        check(&["ha ha ha"], "ha ha ha");
    }

    #[test]
    fn each_word_knows_its_tokens() {
        let mut words = Words::default();
        let shape = words.shape(b"took \x01 ms, \x01 (\x01) ok");
        assert_eq!(shape.ends, [1, 8, 9]);
    }
}
