//! A file that is one JSON value over many lines: an export request of OpenTelemetry, an event of
//! Sentry, a payload of `MetricKit`, a list of records.
//!
//! The file is one record; [`super::parts`] tells which records it holds. Profiles see them as lines of
//! [`super::jsonl`].

use super::jsonl::JSONL;
use super::{FormatInfo, Grammar, Head, Quick};
use serde_json::Value;

/// The grammar.
pub struct JsonDocument;
/// The grammar as registered.
pub const JSON_DOCUMENT: JsonDocument = JsonDocument;

const INFO: FormatInfo = FormatInfo {
    id: "json-document",
    title: "One JSON value: OTLP, Sentry event, MetricKit, list of records",
    reference: "https://www.rfc-editor.org/rfc/rfc8259",
};

/// Keys of objects that hold records.
const HOLDERS: &[&[u8]] = &[b"\"resourceLogs\"", b"\"breadcrumbs\"", b"Diagnostics\"", b"\"logs\"", b"\"events\"", b"\"records\""];

/// Whether a document is one JSON value that holds records.
#[must_use]
pub fn is_document(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    JSON_DOCUMENT.quick(line).is_some()
        && match head {
            [b'[', rest @ ..] => rest.trim_ascii_start().first() == Some(&b'{'),
            _ => HOLDERS.iter().any(|key| memchr::memmem::find(head, key).is_some()),
        }
}

impl Grammar for JsonDocument {
    fn info(&self) -> &FormatInfo {
        &INFO
    }

    fn quick(&self, line: &[u8]) -> Option<Quick> {
        let line = line.trim_ascii_end();
        (matches!(line, b"{" | b"[" | b"[{") || line.starts_with(b"[{\"")).then(|| Quick::new(0, 0, 0)).flatten()
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>> {
        self.quick(line)?;
        let object = self.object(line);
        let last = |o: &Value| super::parts::parts(o)?.last().and_then(super::jsonl::stamp);
        Some(Head { stamp: object.as_ref().and_then(last), message: line, ..Head::default() })
    }

    fn is_json(&self) -> bool {
        true
    }

    fn object(&self, text: &[u8]) -> Option<Value> {
        JSONL.object(text)
    }

    fn profile_id(&self) -> &'static str {
        JSONL.info().id
    }

    fn first(&self) -> &'static [u8] {
        b"{["
    }

    fn only_at_home(&self) -> bool {
        true
    }

    fn is_report(&self) -> bool {
        true
    }

    fn samples(&self) -> &'static [&'static str] {
        &[r#"[{"timestamp":"2026-11-12T09:21:14.003+08:00","event.name":"message.ack","message.id":"m-1"}]"#]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_over_many_lines_is_one_document_if_it_holds_records() {
        assert!(is_document(b"{\n  \"resourceLogs\": []\n}\n"));
        assert!(is_document(b"[\n  {\n    \"msg\": 1\n  }\n]\n"));
        assert!(is_document(b"{\n  \"crashDiagnostics\" : [\n"));
        assert!(!is_document(b"{\n  \"name\": \"package.json\"\n}\n"));
        assert!(!is_document(b"{\"logs\":1}\n{\"logs\":2}\n"));
        assert!(!is_document(b"[\n  1, 2\n]\n"));
    }
}
