//! A Polars frame with columns of [`COLUMNS`] -> rows: the way back of [`super::frame`]. Columns that a reader left out
//! are absent in the rows.

use crate::event::{COLUMNS, EventRow, Evidence, Given, Step, Type};
use anyhow::{Context, bail};
use polars::prelude::{Column, DataFrame, Series};

/// The rows of a frame.
///
/// # Errors
/// A column that is not of its type, or a word that this version does not know.
pub fn rows(frame: &DataFrame) -> anyhow::Result<Vec<EventRow>> {
    let columns: anyhow::Result<Vec<Vec<Given>>> = COLUMNS
        .iter()
        .map(|column| match frame.column(column.name) {
            Ok(found) => cells(found, column.kind).with_context(|| format!("column {}", column.name)),
            Err(_) => Ok(Vec::new()),
        })
        .collect();
    let mut columns = columns?;
    let mut made = Vec::with_capacity(frame.height());
    for row in 0..frame.height() {
        let cells = columns.iter_mut().map(|cells| cells.get_mut(row).map(std::mem::take).unwrap_or_default());
        made.push(
            EventRow::from_cells(cells)
                .map_err(|column| anyhow::anyhow!("row {row}: column {column} holds what this version does not know"))?,
        );
    }
    Ok(made)
}

fn cells(column: &Column, kind: Type) -> anyhow::Result<Vec<Given>> {
    let series = column.as_materialized_series();
    let given = |value: Option<Given>| value.unwrap_or(Given::Null);
    Ok(match kind {
        Type::Str => series.str()?.iter().map(|t| given(t.map(|t| Given::Str(t.to_owned())))).collect(),
        Type::Int64 => series.i64()?.iter().map(|n| given(n.map(Given::Int))).collect(),
        Type::Int32 => series.i32()?.iter().map(|n| given(n.map(|n| Given::Int(n.into())))).collect(),
        Type::Bool => series.bool()?.iter().map(|b| given(b.map(Given::Bool))).collect(),
        Type::Timestamp => series.datetime()?.physical().iter().map(|n| given(n.map(Given::Int))).collect(),
        Type::StrList => lists(series, |items| Ok(Given::StrList(items.str()?.iter().flatten().map(str::to_owned).collect())))?,
        Type::EvidenceList => lists(series, |items| Ok(Given::Evidence(evidence(items)?)))?,
        Type::StepList => lists(series, |items| Ok(Given::Steps(steps(items)?)))?,
    })
}

fn lists(series: &Series, read: impl Fn(&Series) -> anyhow::Result<Given>) -> anyhow::Result<Vec<Given>> {
    let items = series.list()?;
    (0..items.len()).map(|i| items.get_as_series(i).map_or(Ok(Given::Null), |items| read(&items))).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Micros;
    use crate::store::frame::frame;
    use crate::taxonomy::{Cause, Kind, Outcome, Phase, Role};

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
        let rows_in = [row, EventRow::new(Kind::Upload)];
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
