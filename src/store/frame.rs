//! Rows -> a Polars frame with exactly the columns and types of [`COLUMNS`].
//!
//! Lists are built flat, with offsets: one buffer per field for all rows, not one series per row.

use crate::event::{COLUMNS, EventRow, Evidence, Near, Step, Type, Value};
use polars::prelude::{
    ArrowField, Column, CompatLevel, DataFrame, DataType, Field, NamedFrom, PlSmallStr, PolarsResult, Schema, Series, TimeUnit, TimeZone,
};
use polars_arrow::array::{Array, ListArray, StructArray};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::ArrowDataType;
use polars_arrow::offset::Offsets;

/// A frame of rows.
///
/// # Errors
/// Only what Polars says of columns that this module built itself.
pub fn frame(rows: &[EventRow]) -> PolarsResult<DataFrame> {
    let cells: Vec<Vec<Value<'_>>> = rows.iter().map(EventRow::cells).collect();
    let column = |(i, column): (usize, &crate::event::Column)| series(column.name, column.kind, cells.iter().map(|row| &row[i]));
    let columns: PolarsResult<Vec<Column>> = COLUMNS.iter().enumerate().map(|c| column(c).map(Column::from)).collect();
    DataFrame::new(rows.len(), columns?)
}

/// The schema of every frame.
///
/// # Errors
/// As [`frame`].
pub fn schema() -> PolarsResult<Schema> {
    Ok(frame(&[])?.schema().as_ref().clone())
}

/// The type of a column in a frame.
#[must_use]
pub fn data_type(kind: Type) -> DataType {
    let field = |name: &str, kind: DataType| Field::new(name.into(), kind);
    match kind {
        Type::Str => DataType::String,
        Type::Int64 => DataType::Int64,
        Type::Int32 => DataType::Int32,
        Type::Bool => DataType::Boolean,
        Type::Timestamp => timestamp(),
        Type::StrList => DataType::List(Box::new(DataType::String)),
        Type::EvidenceList => DataType::List(Box::new(DataType::Struct(vec![
            field("file", DataType::String),
            field("line", DataType::Int64),
            field("offset", DataType::Int64),
            field("role", DataType::String),
            field("text", DataType::String),
        ]))),
        Type::StepList => DataType::List(Box::new(DataType::Struct(vec![
            field("phase", DataType::String),
            field("at", timestamp()),
            field("line", DataType::Int64),
        ]))),
        Type::NearList => DataType::List(Box::new(DataType::Struct(vec![
            field("file", DataType::String),
            field("line", DataType::Int64),
            field("before_ms", DataType::Int64),
            field("tag", DataType::String),
            field("text", DataType::String),
        ]))),
    }
}

fn timestamp() -> DataType {
    DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))
}

fn series<'a>(name: &str, kind: Type, cells: impl Iterator<Item = &'a Value<'a>>) -> PolarsResult<Series> {
    match kind {
        Type::Str => Ok(Series::new(name.into(), cells.map(text).collect::<Vec<Option<&str>>>())),
        Type::Int64 => Ok(Series::new(name.into(), cells.map(number).collect::<Vec<Option<i64>>>())),
        Type::Int32 => {
            let narrow = |cell| number(cell).and_then(|n| i32::try_from(n).ok());
            Ok(Series::new(name.into(), cells.map(narrow).collect::<Vec<Option<i32>>>()))
        }
        Type::Bool => {
            let flag = |cell: &Value<'_>| if let Value::Bool(on) = cell { Some(*on) } else { None };
            Ok(Series::new(name.into(), cells.map(flag).collect::<Vec<Option<bool>>>()))
        }
        Type::Timestamp => times(name, cells.map(number).collect()),
        Type::StrList => texts(name, cells),
        Type::EvidenceList => evidence(name, cells),
        Type::StepList => steps(name, cells),
        Type::NearList => near(name, cells),
    }
}

fn text<'a>(cell: &'a Value<'a>) -> Option<&'a str> {
    if let Value::Str(text) = cell { Some(text) } else { None }
}

fn number(cell: &Value<'_>) -> Option<i64> {
    match cell {
        Value::Int(n) | Value::Timestamp(n) => Some(*n),
        _ => None,
    }
}

fn times(name: &str, us: Vec<Option<i64>>) -> PolarsResult<Series> {
    Series::new(name.into(), us).cast(&timestamp())
}

fn texts<'a>(name: &str, cells: impl Iterator<Item = &'a Value<'a>>) -> PolarsResult<Series> {
    let mut shape = Shape::default();
    let mut flat: Vec<&str> = Vec::new();
    for cell in cells {
        let items = if let Value::StrList(items) = cell { Some(items) } else { None };
        shape.push(items.map(|i| i.len()));
        flat.extend(items.into_iter().flat_map(|i| i.iter()).map(String::as_str));
    }
    list(name, shape, arrow(&Series::new("item".into(), flat)))
}

fn evidence<'a>(name: &str, cells: impl Iterator<Item = &'a Value<'a>>) -> PolarsResult<Series> {
    let mut shape = Shape::default();
    let mut flat: Vec<&Evidence> = Vec::new();
    for cell in cells {
        let items = if let Value::Evidence(items) = cell { Some(items) } else { None };
        shape.push(items.map(|i| i.len()));
        flat.extend(items.into_iter().flat_map(|i| i.iter()));
    }
    let whole = |n: u64| i64::try_from(n).ok();
    let fields = [
        Series::new("file".into(), flat.iter().map(|e| e.file.as_str()).collect::<Vec<_>>()),
        Series::new("line".into(), flat.iter().map(|e| whole(e.line)).collect::<Vec<_>>()),
        Series::new("offset".into(), flat.iter().map(|e| whole(e.offset)).collect::<Vec<_>>()),
        Series::new("role".into(), flat.iter().map(|e| e.role.map(crate::taxonomy::Role::as_str)).collect::<Vec<_>>()),
        Series::new("text".into(), flat.iter().map(|e| e.text.as_str()).collect::<Vec<_>>()),
    ];
    list(name, shape, records(&fields, flat.len())?)
}

fn steps<'a>(name: &str, cells: impl Iterator<Item = &'a Value<'a>>) -> PolarsResult<Series> {
    let mut shape = Shape::default();
    let mut flat: Vec<&Step> = Vec::new();
    for cell in cells {
        let items = if let Value::Steps(items) = cell { Some(items) } else { None };
        shape.push(items.map(|i| i.len()));
        flat.extend(items.into_iter().flat_map(|i| i.iter()));
    }
    let fields = [
        Series::new("phase".into(), flat.iter().map(|s| s.phase.as_str()).collect::<Vec<_>>()),
        times("at", flat.iter().map(|s| s.at).collect())?,
        Series::new("line".into(), flat.iter().map(|s| i64::try_from(s.line).ok()).collect::<Vec<_>>()),
    ];
    list(name, shape, records(&fields, flat.len())?)
}

fn near<'a>(name: &str, cells: impl Iterator<Item = &'a Value<'a>>) -> PolarsResult<Series> {
    let mut shape = Shape::default();
    let mut flat: Vec<&Near> = Vec::new();
    for cell in cells {
        let items = if let Value::Near(items) = cell { Some(items) } else { None };
        shape.push(items.map(|i| i.len()));
        flat.extend(items.into_iter().flat_map(|i| i.iter()));
    }
    let fields = [
        Series::new("file".into(), flat.iter().map(|n| n.file.as_str()).collect::<Vec<_>>()),
        Series::new("line".into(), flat.iter().map(|n| i64::try_from(n.line).ok()).collect::<Vec<_>>()),
        Series::new("before_ms".into(), flat.iter().map(|n| n.before_ms).collect::<Vec<_>>()),
        Series::new("tag".into(), flat.iter().map(|n| n.tag.as_str()).collect::<Vec<_>>()),
        Series::new("text".into(), flat.iter().map(|n| n.text.as_str()).collect::<Vec<_>>()),
    ];
    list(name, shape, records(&fields, flat.len())?)
}

/// Lengths of the lists of a column.
#[derive(Default)]
struct Shape {
    offsets: Offsets<i64>,
    present: Vec<bool>,
}

impl Shape {
    fn push(&mut self, length: Option<usize>) {
        self.present.push(length.is_some());
        self.offsets.try_push(length.unwrap_or(0)).expect("a frame holds fewer items than an i64 counts");
    }
}

fn list(name: &str, shape: Shape, items: Box<dyn Array>) -> PolarsResult<Series> {
    let kind = ArrowDataType::LargeList(Box::new(ArrowField::new("item".into(), items.dtype().clone(), true)));
    let validity = Bitmap::from_iter(shape.present);
    let lists: Box<dyn Array> = Box::new(ListArray::<i64>::try_new(kind, shape.offsets.into(), items, Some(validity))?);
    Series::try_from((PlSmallStr::from_str(name), lists))
}

fn records(fields: &[Series], length: usize) -> PolarsResult<Box<dyn Array>> {
    let arrays: Vec<Box<dyn Array>> = fields.iter().map(arrow).collect();
    let heads = fields.iter().zip(&arrays).map(|(f, a)| ArrowField::new(f.name().clone(), a.dtype().clone(), true)).collect();
    Ok(Box::new(StructArray::try_new(ArrowDataType::Struct(heads), length, arrays, None)?))
}

/// The one chunk of a series that was just made.
fn arrow(series: &Series) -> Box<dyn Array> {
    series.rechunk().to_arrow(0, CompatLevel::newest())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Micros;
    use crate::taxonomy::{Kind, Phase, Role};

    #[test]
    fn every_column_has_its_type_with_and_without_rows() {
        let mut row = EventRow::new(Kind::Message);
        row.evidence = Some(vec![Evidence { file: "a.log".into(), line: 3, offset: 9, role: Some(Role::Proves), text: "x".into() }]);
        row.steps = Some(vec![Step { phase: Phase::Ack, at: Some(1_000_000), line: 3 }, Step { phase: Phase::Fail, at: None, line: 4 }]);
        row.also = Some(vec![]);
        row.started_at = Some(Micros(5));
        for rows in [vec![], vec![row.clone()], vec![row, EventRow::new(Kind::Upload)]] {
            let frame = frame(&rows).unwrap();
            assert_eq!(frame.height(), rows.len());
            for column in COLUMNS {
                assert_eq!(frame.column(column.name).unwrap().dtype(), &data_type(column.kind), "{}", column.name);
            }
        }
    }

    #[test]
    fn an_absent_list_is_null_and_an_empty_one_is_not() {
        let mut row = EventRow::new(Kind::Message);
        row.also = Some(vec![]);
        let frame = frame(&[row, EventRow::new(Kind::Message)]).unwrap();
        let also = frame.column("also").unwrap();
        assert_eq!(also.null_count(), 1);
        assert!(!also.get(0).unwrap().is_null());
    }
}
