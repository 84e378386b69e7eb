//! logfmt: `k=v k2="v v"` pairs in a line, with or without a time stamp before them.
//!
//! Read as an object with these keys, so that profiles name fields as in JSON. Source:
//! <https://brandur.org/logfmt>; go-logfmt `decode.go` for quoting.

use super::form::{DIGITS, fraction_end, second_end, word_end};
use super::{FormatInfo, Grammar, Head, Quick, jsonl, skip_blanks};
use serde_json::{Map, Value};

/// The grammar.
pub struct Logfmt;
/// The grammar as registered.
pub const LOGFMT: Logfmt = Logfmt;

const INFO: FormatInfo = FormatInfo { id: "logfmt", title: "logfmt", reference: "https://brandur.org/logfmt" };

/// Keys of which a line must begin with one: `a=b` alone is no log.
const OPENING_KEYS: &[&[u8]] = &[b"ts", b"time", b"t", b"timestamp", b"level", b"lvl", b"severity", b"msg", b"at"];
/// Pairs that a line must have.
const PAIRS_MIN: usize = 2;
/// Pairs that are read of a line at most.
const PAIRS_MAX: usize = 256;

/// Where the pairs begin: at the start, or behind a stamp.
#[inline]
fn pairs_at(b: &[u8]) -> Option<usize> {
    let second = second_end(b, b'-', b'T').or_else(|| second_end(b, b'-', b' '));
    let at = second.map_or(0, |end| skip_blanks(b, word_end(b, fraction_end(b, end))));
    let equals = memchr::memchr(b'=', b.get(at..b.len().min(at + 12))?)?;
    OPENING_KEYS.contains(&&b[at..at + equals]).then_some(at)
}

/// The pairs that begin at `at`.
fn pairs(b: &[u8], mut at: usize, mut each: impl FnMut(&[u8], String)) -> usize {
    let mut count = 0;
    while count < PAIRS_MAX {
        at = skip_blanks(b, at);
        let key = at;
        while b.get(at).is_some_and(|c| !matches!(c, b'=' | b' ' | b'"')) {
            at += 1;
        }
        if at == key {
            break;
        }
        let name = &b[key..at];
        if b.get(at) != Some(&b'=') {
            each(name, "true".to_owned());
            continue;
        }
        at += 1;
        let value = if b.get(at) == Some(&b'"') {
            let start = at + 1;
            at = start;
            while b.get(at).is_some_and(|c| *c != b'"') {
                at += 1 + usize::from(b[at] == b'\\');
            }
            let end = at.min(b.len());
            at = b.len().min(end + 1);
            String::from_utf8_lossy(&b[start..end]).replace("\\\"", "\"").replace("\\n", "\n")
        } else {
            let start = at;
            at = word_end(b, at);
            String::from_utf8_lossy(&b[start..at]).into_owned()
        };
        each(name, value);
        count += 1;
    }
    count
}

impl Grammar for Logfmt {
    fn info(&self) -> &FormatInfo {
        &INFO
    }

    fn quick(&self, line: &[u8]) -> Option<Quick> {
        let at = pairs_at(line)?;
        let enough = memchr::memchr_iter(b'=', &line[at..]).nth(PAIRS_MIN - 1).is_some();
        enough.then(|| Quick::new(0, 0, 0)).flatten()
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>> {
        self.parse_with_object(line).map(|(head, _)| head)
    }

    fn parse_with_object<'a>(&self, line: &'a [u8]) -> Option<(Head<'a>, Option<Value>)> {
        self.quick(line)?;
        let object = self.object(line);
        Some((Head { stamp: object.as_ref().and_then(jsonl::stamp), message: line, ..Head::default() }, object))
    }

    fn is_json(&self) -> bool {
        true
    }

    fn object(&self, line: &[u8]) -> Option<Value> {
        let at = pairs_at(line)?;
        let mut object = Map::new();
        let stamp = line[..at].trim_ascii();
        if !stamp.is_empty() {
            object.insert("time".to_owned(), Value::String(String::from_utf8_lossy(stamp).into_owned()));
        }
        pairs(line, at, |key, value| {
            object.entry(String::from_utf8_lossy(key)).or_insert(Value::String(value));
        });
        Some(Value::Object(object))
    }

    fn first(&self) -> &'static [u8] {
        const FIRST: &[u8] = b"0123456789tlsma";
        debug_assert!(FIRST.starts_with(DIGITS));
        FIRST
    }

    fn only_at_home(&self) -> bool {
        true
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2026-03-04T18:19:55.120+01:00 level=info msg=\"send enqueue\" msg_id=i-1",
            "ts=2026-03-04T18:19:55Z level=warn msg=\"retry\" msg_id=i-1 code=503",
            "level=error ts=1783952000000 msg=\"send failed\" err=\"connection \\\"reset\\\"\"",
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_escapes_and_the_stamp_before_the_pairs_are_read() {
        let object = LOGFMT.object(LOGFMT.samples()[2].as_bytes()).unwrap();
        assert_eq!(object["err"], "connection \"reset\"");
        let head = LOGFMT.parse(LOGFMT.samples()[0].as_bytes()).unwrap();
        assert_eq!(head.stamp.unwrap().zone, super::super::stamp::Zone::Offset(60));
    }

    #[test]
    fn a_sentence_with_an_equals_sign_is_no_record() {
        assert!(LOGFMT.quick(b"rate = 3").is_none() && LOGFMT.quick(b"msg=only").is_none());
    }
}
