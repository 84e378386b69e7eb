//! CSV with a header: each row is an object whose keys are the header's names.
//!
//! A document is of this form by its first line alone: at least `KNOWN_MIN` names of a log's columns,
//! one of them of time. Commas, semicolons or tabs; quotes as in RFC 4180, a quoted value may go over
//! several lines.

use super::{FormatInfo, Grammar, Head, Quick, jsonl};
use serde_json::{Map, Value};

/// The grammar.
pub struct Csv;
/// The grammar as registered.
pub const CSV: Csv = Csv;

const INFO: FormatInfo = FormatInfo { id: "csv", title: "CSV with a header", reference: "https://www.rfc-editor.org/rfc/rfc4180" };

/// Names of a log's columns that a header must have.
const KNOWN_MIN: usize = 3;
/// Longest header.
const HEADER_MAX: usize = 8 * 1024;
/// Names of columns that are no keys of records elsewhere.
const MORE_KEYS: &[&str] = &[
    "msg_id",
    "message_id",
    "client_msg_id",
    "local_id",
    "status",
    "state",
    "code",
    "error",
    "network_type",
    "device_model",
    "os",
    "detail",
];

/// The header of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    delimiter: u8,
    names: Vec<String>,
}

impl Header {
    /// Reads a first line; `None` if it is no header of a log.
    #[must_use]
    pub fn read(line: &[u8]) -> Option<Self> {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii_end();
        if line.len() > HEADER_MAX {
            return None;
        }
        let delimiter = *b",;\t".iter().max_by_key(|d| memchr::memchr_iter(**d, line).count())?;
        // Most first lines name no time; a reader of CSV is not made for them.
        let is_time = |name: &[u8]| jsonl::TIME_KEYS.iter().any(|key| key.as_bytes().eq_ignore_ascii_case(unquoted(name)));
        if !line.split(|b| *b == delimiter).any(is_time) {
            return None;
        }
        let names: Vec<String> = fields(line, delimiter).into_iter().map(|n| n.trim().to_owned()).collect();
        let known = |keys: &[&str], name: &String| keys.iter().any(|k| k.eq_ignore_ascii_case(name));
        let all = [jsonl::TIME_KEYS, jsonl::LEVEL_KEYS, jsonl::TAG_KEYS, jsonl::MESSAGE_KEYS, jsonl::VERSION_KEYS, MORE_KEYS];
        let count = names.iter().filter(|n| all.iter().any(|keys| known(keys, n))).count();
        let timed = names.iter().any(|n| known(jsonl::TIME_KEYS, n));
        (count >= KNOWN_MIN && timed).then_some(Header { delimiter, names })
    }

    /// A row as an object; `None` for the header itself.
    #[must_use]
    pub fn object(&self, row: &[u8]) -> Option<Value> {
        let values = fields(row, self.delimiter);
        if values.first().map(|v| v.trim()) == self.names.first().map(String::as_str) {
            return None;
        }
        let pairs = self.names.iter().zip(values).filter(|(_, v)| !v.is_empty());
        Some(Value::Object(pairs.map(|(n, v)| (n.clone(), Value::String(v))).collect::<Map<_, _>>()))
    }
}

/// Whether a quoted value is still open at the end of these bytes.
#[must_use]
pub fn is_open(row: &[u8]) -> bool {
    memchr::memchr_iter(b'"', row).count() % 2 == 1
}

/// A name without blanks and quotes.
fn unquoted(name: &[u8]) -> &[u8] {
    let name = name.trim_ascii();
    name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name).trim_ascii()
}

/// The values of a row.
fn fields(row: &[u8], delimiter: u8) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(row);
    let mut record = csv::ByteRecord::new();
    match reader.read_byte_record(&mut record) {
        Ok(true) => record.iter().map(|f| String::from_utf8_lossy(f).into_owned()).collect(),
        _ => Vec::new(),
    }
}

impl Grammar for Csv {
    fn info(&self) -> &FormatInfo {
        &INFO
    }

    /// Without the header no line is known to be a row.
    fn quick(&self, _: &[u8]) -> Option<Quick> {
        None
    }

    fn parse<'a>(&self, _: &'a [u8]) -> Option<Head<'a>> {
        None
    }

    fn is_json(&self) -> bool {
        true
    }

    fn first(&self) -> &'static [u8] {
        &[]
    }

    fn samples(&self) -> &'static [&'static str] {
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_names_the_values_of_each_row() {
        let header = Header::read(b"time;level;event;msg_id;detail").unwrap();
        let object = header.object(b"2026-04-20T08:00:01Z;INFO;enqueue;w-1;\"a;\"\"b\"\"\"").unwrap();
        assert_eq!((&object["msg_id"], &object["detail"]), (&Value::from("w-1"), &Value::from("a;\"b\"")));
        assert_eq!(header.object(b"time;level;event;msg_id;detail"), None);
    }

    #[test]
    fn prose_with_commas_is_no_header() {
        assert_eq!(Header::read(b"Dear team, the message, as said, failed"), None);
        assert_eq!(Header::read(b"name,age,city"), None);
    }
}
