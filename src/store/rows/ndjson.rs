//! Rows as JSON, one object a line: every column, absent values as null.

use super::RowWriter;
use crate::event::{COLUMNS, EventRow, Evidence, Near, Step, Value};
use crate::store::stamp::rfc3339;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::io::{BufWriter, Write};

/// Writes rows as JSON lines.
pub struct Ndjson<W: Write> {
    out: BufWriter<W>,
}

impl<W: Write> Ndjson<W> {
    /// Writes to a stream.
    pub fn new(out: W) -> Self {
        Self { out: BufWriter::new(out) }
    }
}

impl<W: Write> RowWriter for Ndjson<W> {
    fn write(&mut self, rows: Vec<EventRow>) -> anyhow::Result<()> {
        for row in &rows {
            line(&mut self.out, row, &[])?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> anyhow::Result<()> {
        Ok(self.out.flush()?)
    }
}

/// A row as a line, with further keys behind its columns.
///
/// # Errors
/// What the stream says.
pub fn line(out: &mut impl Write, row: &EventRow, more: &[(&str, &str)]) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, &JsonRow { row, more })?;
    Ok(out.write_all(b"\n")?)
}

struct JsonRow<'a> {
    row: &'a EventRow,
    more: &'a [(&'a str, &'a str)],
}

impl Serialize for JsonRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(COLUMNS.len() + self.more.len()))?;
        for (column, cell) in COLUMNS.iter().zip(self.row.cells()) {
            map.serialize_entry(column.name, &JsonCell(&cell))?;
        }
        for (name, text) in self.more {
            map.serialize_entry(name, text)?;
        }
        map.end()
    }
}

/// A cell in JSON; lists are also the cells of CSV.
pub(super) struct JsonCell<'a>(pub &'a Value<'a>);

impl Serialize for JsonCell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_none(),
            Value::Str(text) => serializer.serialize_str(text),
            Value::Int(n) => serializer.serialize_i64(*n),
            Value::Bool(on) => serializer.serialize_bool(*on),
            Value::Timestamp(us) => rfc3339(*us).serialize(serializer),
            Value::StrList(items) => items.serialize(serializer),
            Value::Evidence(items) => serializer.collect_seq(items.iter().map(JsonEvidence)),
            Value::Steps(items) => serializer.collect_seq(items.iter().map(JsonStep)),
            Value::Near(items) => serializer.collect_seq(items.iter().map(JsonNear)),
        }
    }
}

struct JsonEvidence<'a>(&'a Evidence);

impl Serialize for JsonEvidence<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("file", &self.0.file)?;
        map.serialize_entry("line", &self.0.line)?;
        map.serialize_entry("offset", &self.0.offset)?;
        map.serialize_entry("role", &self.0.role)?;
        map.serialize_entry("text", &self.0.text)?;
        map.end()
    }
}

struct JsonStep<'a>(&'a Step);

impl Serialize for JsonStep<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("phase", &self.0.phase)?;
        map.serialize_entry("at", &self.0.at.and_then(rfc3339))?;
        map.serialize_entry("line", &self.0.line)?;
        map.end()
    }
}

struct JsonNear<'a>(&'a Near);

impl Serialize for JsonNear<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("file", &self.0.file)?;
        map.serialize_entry("line", &self.0.line)?;
        map.serialize_entry("before_ms", &self.0.before_ms)?;
        map.serialize_entry("tag", &self.0.tag)?;
        map.serialize_entry("text", &self.0.text)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Micros;
    use crate::taxonomy::{Cause, Kind, Phase, Role};

    #[test]
    fn a_row_has_every_column_in_order_and_nulls() {
        let mut row = EventRow::new(Kind::Message);
        row.cause = Some(Cause::NetworkDns);
        row.started_at = Some(Micros(1_794_844_800_120_000));
        row.evidence = Some(vec![Evidence { file: "a".into(), line: 1, offset: 0, role: Some(Role::Ack), text: "\u{1b}é".into() }]);
        row.steps = Some(vec![Step { phase: Phase::Enqueue, at: None, line: 1 }]);
        let mut bytes = Vec::new();
        let mut writer = Box::new(Ndjson::new(&mut bytes));
        writer.write(vec![row]).unwrap();
        writer.finish().unwrap();
        let line = String::from_utf8(bytes).unwrap();
        assert!(line.ends_with("}\n") && line.starts_with("{\"bundle\":\"\",\"bundle_path\":\"\",\"kind\":\"message\",\"key\":null,"));
        assert!(line.contains("\"cause\":\"network.dns\"") && line.contains("\"started_at\":\"2026-11-16T16:00:00.120000Z\""));
        assert!(line.contains("\"evidence\":[{\"file\":\"a\",\"line\":1,\"offset\":0,\"role\":\"ack\",\"text\":\"\\u001bé\"}]"));
        assert!(line.contains("\"steps\":[{\"phase\":\"enqueue\",\"at\":null,\"line\":1}]"));
        let parsed: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(parsed.as_object().unwrap().len(), COLUMNS.len());
    }
}
