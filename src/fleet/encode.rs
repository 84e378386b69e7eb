//! Rows -> bytes of an Arrow IPC stream or of NDJSON, piece by piece: each piece is whole record batches or lines, so that
//! pieces of several workers make one stream. Arrow types are the plainest there are (32-bit offsets, no views): every
//! engine's reader knows them.

use crate::event::{COLUMNS, EventRow};
use crate::store::batch::weeks;
use crate::store::frame::{frame, schema};
use crate::store::rows::ndjson::line;
use crate::taxonomy::{Kind, words};
use anyhow::Context;
use chrono_tz::Tz;
use polars::prelude::{ArrowField, ArrowSchema, Column, CompatLevel, DataFrame, IpcStreamReader, NamedFrom, SchemaExt, SerReader, Series};
use polars_arrow::array::{Array, ListArray, StructArray, Utf8Array};
use polars_arrow::datatypes::ArrowDataType;
use polars_arrow::io::ipc::write::{StreamWriter, WriteOptions};
use polars_arrow::offset::{Offsets, OffsetsBuffer};
use polars_arrow::record_batch::RecordBatchT;
use std::io::Cursor;

/// Rows of a record batch at most, of which each may hold some hundred kilobytes of text: offsets are of 32 bits.
const ROWS_PER_BATCH: usize = 1_024;
/// What ends an Arrow IPC stream.
const END_OF_STREAM: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// Columns that a job which fills a store gets beside those of the schema.
pub const STORE_COLUMNS: [(&str, &str); 2] =
    [("input", "the upload as it was handed over"), ("week", "ISO week of the row, by which a store is partitioned")];

words! {
    /// The form of rows.
    #[derive(Default)]
    Form {
        /// One JSON object a line.
        #[default]
        Ndjson = "ndjson",
        /// An Arrow IPC stream.
        Arrow = "arrow",
    }
}

/// Encodes rows.
#[derive(Clone, Debug)]
pub struct Encoder {
    form: Form,
    /// The zone of the store's weeks, where the rows are for a store.
    store_zone: Option<Tz>,
    schema: ArrowSchema,
    head: Vec<u8>,
}

impl Encoder {
    /// An encoder; with a zone, of rows for a store whose weeks are of that zone.
    ///
    /// # Errors
    /// Only what Polars says of a schema of its own.
    pub fn new(form: Form, store_zone: Option<Tz>) -> anyhow::Result<Self> {
        let mut encoder = Self { form, store_zone, schema: schema_of(store_zone.is_some())?, head: Vec::new() };
        if form == Form::Arrow {
            encoder.head = encoder.stream()?.into_inner();
        }
        Ok(encoder)
    }

    /// What stands before all rows.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// What stands behind all rows.
    #[must_use]
    pub fn foot(&self) -> &'static [u8] {
        match self.form {
            Form::Ndjson => &[],
            Form::Arrow => &END_OF_STREAM,
        }
    }

    /// Rows of uploads, each upload's together and closed by its receipt; `inputs` says of each row what its upload was handed
    /// over as.
    ///
    /// # Errors
    /// Only what Polars says of columns of its own.
    pub fn rows(&self, rows: &[EventRow], inputs: &[&str]) -> anyhow::Result<Vec<u8>> {
        let uploads = rows.split_inclusive(|row| row.kind == Kind::Upload);
        let weeks: Vec<String> = match self.store_zone {
            Some(zone) => uploads.flat_map(|rows| weeks(rows, zone)).map(|week| week.to_string()).collect(),
            None => Vec::new(),
        };
        match self.form {
            Form::Ndjson => {
                let mut bytes = Vec::new();
                for (at, row) in rows.iter().enumerate() {
                    let more = weeks.get(at).zip(inputs.get(at));
                    let more = more.map(|(week, input)| [(STORE_COLUMNS[0].0, *input), (STORE_COLUMNS[1].0, week.as_str())]);
                    line(&mut bytes, row, more.as_ref().map_or(&[], |more| more.as_slice()))?;
                }
                Ok(bytes)
            }
            Form::Arrow => {
                let mut writer = self.stream()?;
                for (at, group) in rows.chunks(ROWS_PER_BATCH).enumerate() {
                    let mut frame = frame(group)?;
                    if self.store_zone.is_some() {
                        let weeks = &weeks[at * ROWS_PER_BATCH..][..group.len()];
                        let inputs = &inputs[at * ROWS_PER_BATCH..][..group.len()];
                        frame.with_column(Column::from(Series::new(STORE_COLUMNS[0].0.into(), inputs)))?;
                        frame.with_column(Column::from(Series::new(STORE_COLUMNS[1].0.into(), weeks)))?;
                    }
                    write(&mut writer, &frame)?;
                }
                Ok(writer.into_inner().split_off(self.head.len()))
            }
        }
    }

    /// A stream with its schema written.
    fn stream(&self) -> anyhow::Result<StreamWriter<Vec<u8>>> {
        let mut writer = StreamWriter::new(Vec::new(), WriteOptions { compression: None });
        writer.start(&self.schema, None)?;
        Ok(writer)
    }
}

fn schema_of(for_store: bool) -> anyhow::Result<ArrowSchema> {
    let mut schema = schema()?.to_arrow(CompatLevel::oldest());
    for (name, _) in STORE_COLUMNS.iter().filter(|_| for_store) {
        schema.insert((*name).into(), ArrowField::new((*name).into(), ArrowDataType::Utf8, true));
    }
    let plain = |(name, field): (_, &ArrowField)| (name, ArrowField::new(field.name.clone(), plain_type(&field.dtype), true));
    Ok(schema.iter().map(|(name, field)| plain((name.clone(), field))).collect())
}

/// The rows in a piece of Arrow, behind its head.
///
/// # Errors
/// A piece that is damaged.
pub fn decode(head: &[u8], piece: &[u8]) -> anyhow::Result<Vec<EventRow>> {
    let stream = [head, piece, &END_OF_STREAM].concat();
    let frame = IpcStreamReader::new(Cursor::new(stream)).finish().context("the rows of a worker cannot be read")?;
    crate::store::unframe::rows(&frame)
}

fn write(writer: &mut StreamWriter<Vec<u8>>, frame: &DataFrame) -> anyhow::Result<()> {
    for batch in frame.iter_chunks(CompatLevel::oldest(), false) {
        let length = batch.len();
        let (schema, arrays) = batch.into_schema_and_arrays();
        let fields = schema.iter().map(|(name, field)| (name.clone(), ArrowField::new(name.clone(), plain_type(&field.dtype), true)));
        let arrays: anyhow::Result<Vec<Box<dyn Array>>> = arrays.iter().map(|array| plain(array.as_ref())).collect();
        writer.write(&RecordBatchT::new(length, std::sync::Arc::new(fields.collect()), arrays?), None)?;
    }
    Ok(())
}

/// A type with offsets of 32 bits.
fn plain_type(kind: &ArrowDataType) -> ArrowDataType {
    let field = |f: &ArrowField| ArrowField::new(f.name.clone(), plain_type(&f.dtype), f.is_nullable);
    match kind {
        ArrowDataType::LargeUtf8 => ArrowDataType::Utf8,
        ArrowDataType::LargeList(item) => ArrowDataType::List(Box::new(field(item))),
        ArrowDataType::Struct(fields) => ArrowDataType::Struct(fields.iter().map(field).collect()),
        other => other.clone(),
    }
}

/// An array with offsets of 32 bits.
fn plain(array: &dyn Array) -> anyhow::Result<Box<dyn Array>> {
    let kind = plain_type(array.dtype());
    let any = array.as_any();
    if let Some(texts) = any.downcast_ref::<Utf8Array<i64>>() {
        let offsets = narrow(texts.offsets())?;
        return Ok(Box::new(Utf8Array::<i32>::try_new(kind, offsets, texts.values().clone(), texts.validity().cloned())?));
    }
    if let Some(lists) = any.downcast_ref::<ListArray<i64>>() {
        let (offsets, values) = (narrow(lists.offsets())?, plain(lists.values().as_ref())?);
        return Ok(Box::new(ListArray::<i32>::try_new(kind, offsets, values, lists.validity().cloned())?));
    }
    if let Some(records) = any.downcast_ref::<StructArray>() {
        let values: anyhow::Result<Vec<_>> = records.values().iter().map(|value| plain(value.as_ref())).collect();
        return Ok(Box::new(StructArray::try_new(kind, records.len(), values?, records.validity().cloned())?));
    }
    Ok(array.to_boxed())
}

fn narrow(offsets: &OffsetsBuffer<i64>) -> anyhow::Result<OffsetsBuffer<i32>> {
    let narrowed: Result<Vec<i32>, _> = offsets.as_slice().iter().map(|at| i32::try_from(*at)).collect();
    let narrowed = narrowed.context("the texts of one record batch are longer than 2 GiB")?;
    Ok(Offsets::try_from(narrowed)?.into())
}

/// The names of columns in the order of rows.
#[must_use]
pub fn names(for_store: bool) -> Vec<&'static str> {
    let more = STORE_COLUMNS.iter().map(|(name, _)| *name).filter(|_| for_store);
    COLUMNS.iter().map(|column| column.name).chain(more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Evidence, Micros, Near};
    use crate::taxonomy::{Outcome, Role};

    fn rows() -> Vec<EventRow> {
        let mut message = EventRow::new(Kind::Message);
        (message.bundle, message.outcome) = ("b".into(), Some(Outcome::Unsent));
        message.started_at = Some(Micros(1_794_787_200_000_000));
        message.also = Some(vec!["network.dns".into()]);
        message.evidence =
            Some(vec![Evidence { file: "a.log".into(), line: 3, offset: 9, role: Some(Role::Proves), text: "消息 é".into() }]);
        message.near = Some(vec![Near { file: "a.log".into(), line: 1, before_ms: 7, tag: "t".into(), text: "x".into() }]);
        let mut receipt = EventRow::new(Kind::Upload);
        (receipt.bundle, receipt.last_at) = ("b".into(), message.started_at);
        vec![message, receipt]
    }

    #[test]
    fn rows_come_back_from_arrow_as_they_were_however_many_pieces_there_are() {
        let encoder = Encoder::new(Form::Arrow, None).unwrap();
        let rows = rows();
        let piece = encoder.rows(&rows, &vec!["u"; rows.len()]).unwrap();
        let back = decode(encoder.head(), &[piece.clone(), piece].concat()).unwrap();
        let cells = |rows: &[EventRow]| rows.iter().map(|row| format!("{:?}", row.cells())).collect::<Vec<_>>();
        assert_eq!(cells(&back), [cells(&rows), cells(&rows)].concat());
    }

    #[test]
    fn what_has_no_time_stands_in_the_week_of_its_own_upload() {
        // A week later, and a message that says no time.
        let mut later = rows();
        later[0].started_at = None;
        later[1].last_at = Some(Micros(1_794_787_200_000_000 + 7 * 86_400_000_000));
        let all = [rows(), later].concat();
        let encoder = Encoder::new(Form::Ndjson, Some(Tz::UTC)).unwrap();
        let text = String::from_utf8(encoder.rows(&all, &["a", "a", "b", "b"]).unwrap()).unwrap();
        let row = |line: &str| -> serde_json::Value { serde_json::from_str(line).unwrap() };
        let told: Vec<_> = text.lines().map(row).map(|row| (row["input"].clone(), row["week"].clone())).collect();
        let expected = [("a", "2026-W47"), ("a", "2026-W47"), ("b", "2026-W48"), ("b", "2026-W48")];
        assert_eq!(told, expected.map(|(input, week)| (input.into(), week.into())));
    }

    #[test]
    fn rows_for_a_store_say_their_week_and_what_they_belong_to() {
        let zone = Some(Tz::UTC);
        let text =
            String::from_utf8(Encoder::new(Form::Ndjson, zone).unwrap().rows(&rows(), &vec!["up/1"; rows().len()]).unwrap()).unwrap();
        for line in text.lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!((row["input"].as_str(), row["week"].as_str()), (Some("up/1"), Some("2026-W47")));
        }
        let arrow = Encoder::new(Form::Arrow, zone).unwrap();
        let stream = [arrow.head().to_vec(), arrow.rows(&rows(), &vec!["up/1"; rows().len()]).unwrap(), arrow.foot().to_vec()].concat();
        let frame = IpcStreamReader::new(Cursor::new(stream)).finish().unwrap();
        let found: Vec<&str> = frame.get_column_names().into_iter().map(polars::prelude::PlSmallStr::as_str).collect();
        assert_eq!(found, names(true));
        assert_eq!(frame.column("week").unwrap().str().unwrap().get(1), Some("2026-W47"));
    }
}
