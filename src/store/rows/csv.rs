//! Rows as comma-separated values: lists as JSON text, text that cannot act as a formula.

use super::RowWriter;
use super::ndjson::JsonCell;
use crate::event::{COLUMNS, EventRow, Value};
use crate::store::cell::inert;
use crate::store::stamp::rfc3339;
use std::borrow::Cow;
use std::io::Write;

/// Writes rows as CSV.
pub struct Csv<W: Write> {
    out: ::csv::Writer<W>,
}

impl<W: Write> Csv<W> {
    /// Writes the head to a stream.
    ///
    /// # Errors
    /// What the stream says.
    pub fn new(out: W) -> anyhow::Result<Self> {
        let mut out = ::csv::Writer::from_writer(out);
        out.write_record(COLUMNS.iter().map(|c| c.name))?;
        Ok(Self { out })
    }
}

impl<W: Write> RowWriter for Csv<W> {
    fn write(&mut self, rows: Vec<EventRow>) -> anyhow::Result<()> {
        for row in &rows {
            for cell in row.cells() {
                self.out.write_field(text(&cell)?.as_bytes())?;
            }
            self.out.write_record(None::<&[u8]>)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> anyhow::Result<()> {
        Ok(self.out.flush()?)
    }
}

fn text<'a>(cell: &'a Value<'a>) -> anyhow::Result<Cow<'a, str>> {
    Ok(match cell {
        Value::Null => Cow::Borrowed(""),
        Value::Str(text) => inert(text),
        Value::Int(n) => Cow::Owned(n.to_string()),
        Value::Bool(on) => Cow::Borrowed(if *on { "true" } else { "false" }),
        Value::Timestamp(us) => Cow::Owned(rfc3339(*us).unwrap_or_default()),
        list => Cow::Owned(serde_json::to_string(&JsonCell(list))?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Kind;

    #[test]
    fn lists_are_json_and_formulas_are_disarmed() {
        let mut row = EventRow::new(Kind::Message);
        row.key = Some("=HYPERLINK(\"x\")".into());
        row.also = Some(vec!["network.weak".into()]);
        row.retry_after_ms = Some(-5);
        let mut bytes = Vec::new();
        let mut writer = Box::new(Csv::new(&mut bytes).unwrap());
        writer.write(vec![row]).unwrap();
        writer.finish().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains("\"'=HYPERLINK(\"\"x\"\")\"") && text.contains("\"[\"\"network.weak\"\"]\"") && text.contains(",-5,"));
    }
}
