//! A Polars frame with columns of [`COLUMNS`] -> rows: the way back of [`super::frame`]. Columns that a reader left out
//! are absent in the rows.

use crate::event::{COLUMNS, EventRow, Evidence, Given, Near, Step, Type};
use crate::taxonomy::Kind;
use anyhow::{Context, bail};
use polars::prelude::{BooleanChunked, Column, DataFrame, Int32Chunked, Int64Chunked, ListChunked, Series};
use polars_arrow::array::{Array, Utf8ViewArray};

/// The rows of a frame.
///
/// # Errors
/// A column that is not of its type, or a word that this version does not know.
pub fn rows(frame: &DataFrame) -> anyhow::Result<Vec<EventRow>> {
    let mut made = Vec::with_capacity(frame.height());
    each(frame, &mut EventRow::new(Kind::Message), &mut |row| {
        made.push(row.clone());
        Ok(())
    })?;
    Ok(made)
}

/// Hands the rows of a frame over one by one, in the same row: what repeats from row to row is not copied again. Columns
/// that the frame lacks stay as they are in it.
///
/// # Errors
/// As [`rows`], and what the sink says.
pub fn each(frame: &DataFrame, row: &mut EventRow, sink: &mut dyn FnMut(&EventRow) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut readers: Vec<(usize, Reader)> = Vec::new();
    for (place, column) in COLUMNS.iter().enumerate() {
        if let Ok(found) = frame.column(column.name) {
            readers.push((place, Reader::new(found, column.kind).with_context(|| format!("column {}", column.name))?));
        }
    }
    let take = |row: &mut EventRow, number: usize, (place, reader): &(usize, Reader)| {
        let given = reader.get(number)?;
        row.take(*place, given).map_err(|column| anyhow::anyhow!("row {number}: column {column} holds what this version does not know"))
    };
    for number in 0..frame.height() {
        if number == 0 {
            readers.iter().try_for_each(|reader| take(row, number, reader))?;
            // What no row has stays absent.
            readers.retain(|(_, reader)| !reader.is_empty());
        } else {
            let mut changed = readers.iter().filter(|(_, reader)| !reader.repeats(number));
            changed.try_for_each(|reader| take(row, number, reader))?;
        }
        sink(row)?;
    }
    Ok(())
}

/// Reads the cells of a column.
enum Reader {
    Str(Utf8ViewArray),
    Int64(Int64Chunked),
    Int32(Int32Chunked),
    Bool(BooleanChunked),
    StrList(ListChunked),
    Evidence(ListChunked),
    Steps(ListChunked),
    Near(ListChunked),
}

impl Reader {
    fn new(column: &Column, kind: Type) -> anyhow::Result<Self> {
        let series = column.as_materialized_series().rechunk();
        Ok(match kind {
            Type::Str => Self::Str(series.str()?.downcast_as_array().clone()),
            Type::Int64 => Self::Int64(series.i64()?.clone()),
            Type::Int32 => Self::Int32(series.i32()?.clone()),
            Type::Bool => Self::Bool(series.bool()?.clone()),
            Type::Timestamp => Self::Int64(series.datetime()?.physical().clone()),
            Type::StrList => Self::StrList(series.list()?.clone()),
            Type::EvidenceList => Self::Evidence(series.list()?.clone()),
            Type::StepList => Self::Steps(series.list()?.clone()),
            Type::NearList => Self::Near(series.list()?.clone()),
        })
    }

    /// Whether no row has a value.
    fn is_empty(&self) -> bool {
        match self {
            Self::Str(texts) => texts.null_count() == texts.len(),
            Self::Int64(numbers) => numbers.null_count() == numbers.len(),
            Self::Int32(numbers) => numbers.null_count() == numbers.len(),
            Self::Bool(flags) => flags.null_count() == flags.len(),
            Self::StrList(items) | Self::Evidence(items) | Self::Steps(items) | Self::Near(items) => items.null_count() == items.len(),
        }
    }

    /// Whether a cell surely is that of the row before: the same text at the same place of the buffer, or absent again.
    fn repeats(&self, row: usize) -> bool {
        match self {
            Self::Str(texts) => match (texts.is_null(row), texts.is_null(row - 1)) {
                (false, false) => texts.views()[row] == texts.views()[row - 1],
                (now, before) => now && before,
            },
            Self::Int64(numbers) => numbers.get(row) == numbers.get(row - 1),
            Self::Int32(numbers) => numbers.get(row) == numbers.get(row - 1),
            Self::Bool(flags) => flags.get(row) == flags.get(row - 1),
            Self::StrList(items) | Self::Evidence(items) | Self::Steps(items) | Self::Near(items) => {
                let is_null = |row: usize| items.downcast_as_array().is_null(row);
                is_null(row) && is_null(row - 1)
            }
        }
    }

    fn get(&self, row: usize) -> anyhow::Result<Given<'_>> {
        let list = |items: &ListChunked| items.get_as_series(row);
        Ok(match self {
            Self::Str(texts) => {
                if texts.is_null(row) {
                    Given::Null
                } else {
                    Given::Str(texts.value(row))
                }
            }
            Self::Int64(numbers) => numbers.get(row).map_or(Given::Null, Given::Int),
            Self::Int32(numbers) => numbers.get(row).map_or(Given::Null, |n| Given::Int(n.into())),
            Self::Bool(flags) => flags.get(row).map_or(Given::Null, Given::Bool),
            Self::StrList(items) => match list(items) {
                None => Given::Null,
                Some(items) => Given::StrList(items.str()?.iter().flatten().map(str::to_owned).collect()),
            },
            Self::Evidence(items) => list(items).map_or(Ok(Given::Null), |items| evidence(&items).map(Given::Evidence))?,
            Self::Steps(items) => list(items).map_or(Ok(Given::Null), |items| steps(&items).map(Given::Steps))?,
            Self::Near(items) => list(items).map_or(Ok(Given::Null), |items| near(&items).map(Given::Near))?,
        })
    }
}

/// The fields of a list of records.
fn fields<const N: usize>(items: &Series, names: [&str; N]) -> anyhow::Result<[Series; N]> {
    let records = items.struct_()?;
    let found: Vec<Series> = names.iter().map(|name| records.field_by_name(name)).collect::<Result<_, _>>()?;
    match found.try_into() {
        Ok(fields) => Ok(fields),
        Err(_) => bail!("a field is missing"),
    }
}

fn evidence(items: &Series) -> anyhow::Result<Vec<Evidence>> {
    let [file, line, offset, role, text] = fields(items, ["file", "line", "offset", "role", "text"])?;
    let (file, line, offset, role, text) = (file.str()?, line.i64()?, offset.i64()?, role.str()?, text.str()?);
    let whole = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
    let words = |t: Option<&str>| t.unwrap_or_default().to_owned();
    let cited = |i: usize| {
        Ok(Evidence {
            file: words(file.get(i)),
            line: whole(line.get(i)),
            offset: whole(offset.get(i)),
            role: role.get(i).map(str::parse).transpose()?,
            text: words(text.get(i)),
        })
    };
    (0..items.len()).map(cited).collect()
}

fn steps(items: &Series) -> anyhow::Result<Vec<Step>> {
    let [phase, at, line] = fields(items, ["phase", "at", "line"])?;
    // In a list, Polars hands times on as the numbers that they are stored as.
    let at = at.to_physical_repr();
    let (phase, at, line) = (phase.str()?, at.i64()?, line.i64()?);
    let step = |i: usize| {
        let at = at.get(i);
        let phase = phase.get(i).context("a step has a phase")?.parse()?;
        Ok(Step { phase, at, line: line.get(i).and_then(|n| u64::try_from(n).ok()).unwrap_or(0) })
    };
    (0..items.len()).map(step).collect()
}

fn near(items: &Series) -> anyhow::Result<Vec<Near>> {
    let [file, line, before_ms, tag, text] = fields(items, ["file", "line", "before_ms", "tag", "text"])?;
    let (file, line, before_ms, tag, text) = (file.str()?, line.i64()?, before_ms.i64()?, tag.str()?, text.str()?);
    let words = |t: Option<&str>| t.unwrap_or_default().to_owned();
    let record = |i: usize| Near {
        file: words(file.get(i)),
        line: line.get(i).and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
        before_ms: before_ms.get(i).unwrap_or(0),
        tag: words(tag.get(i)),
        text: words(text.get(i)),
    };
    Ok((0..items.len()).map(record).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Micros;
    use crate::store::frame::frame;
    use crate::taxonomy::{Cause, Outcome, Phase, Role};

    #[test]
    fn rows_come_back_as_they_were() {
        let mut row = EventRow::new(Kind::Message);
        (row.bundle, row.bundle_path) = ("b".into(), "a.zip!/b.log".into());
        (row.outcome, row.cause, row.tries) = (Some(Outcome::Unsent), Some(Cause::NetworkDns), Some(3));
        (row.attributable, row.latency_ms, row.started_at) = (Some(false), Some(-5), Some(Micros(7)));
        row.also = Some(vec!["network.weak".into()]);
        row.evidence = Some(vec![
            Evidence { file: "a.log".into(), line: 3, offset: 9, role: Some(Role::Proves), text: "x".into() },
            Evidence { file: "a.log".into(), line: 4, offset: 19, role: None, text: String::new() },
        ]);
        row.steps = Some(vec![Step { phase: Phase::Ack, at: Some(1_000_000), line: 3 }, Step { phase: Phase::Fail, at: None, line: 4 }]);
        row.near = Some(vec![Near { file: "a.log".into(), line: 2, before_ms: -7, tag: String::new(), text: "y".into() }]);
        let rows_in = [row, EventRow::new(Kind::Upload)];
        let back = rows(&frame(&rows_in).unwrap()).unwrap();
        assert_eq!(back.iter().map(EventRow::cells).collect::<Vec<_>>(), rows_in.iter().map(EventRow::cells).collect::<Vec<_>>());
    }

    #[test]
    fn what_repeats_and_what_ends_is_told_apart() {
        let long = |n: u8| Some(format!("a text that is longer than a view {n}"));
        let with = |key: Option<String>, tries: Option<i32>, texts: &[&str]| {
            let mut row = EventRow::new(Kind::Message);
            (row.key, row.tries, row.attributable) = (key, tries, tries.map(|n| n > 1));
            row.also = (!texts.is_empty()).then(|| texts.iter().map(|t| (*t).to_owned()).collect());
            row
        };
        let rows_in = [
            with(None, None, &["x"]),
            with(long(1), Some(1), &["x"]),
            with(long(1), Some(1), &[]),
            with(long(2), Some(2), &[]),
            with(None, None, &["y"]),
            with(None, Some(0), &[]),
            with(Some(String::new()), None, &[]),
        ];
        let back = rows(&frame(&rows_in).unwrap()).unwrap();
        assert_eq!(back.iter().map(EventRow::cells).collect::<Vec<_>>(), rows_in.iter().map(EventRow::cells).collect::<Vec<_>>());
    }

    #[test]
    fn columns_that_were_not_read_are_absent() {
        let mut row = EventRow::new(Kind::Crash);
        row.app = Some("a".into());
        let narrow = frame(&[row]).unwrap().select(["kind", "app"]).unwrap();
        let back = rows(&narrow).unwrap();
        assert_eq!((back[0].kind, back[0].app.as_deref(), back[0].bundle.as_str()), (Kind::Crash, Some("a"), ""));
    }
}
