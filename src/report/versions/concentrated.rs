//! Where failures, and late messages, concentrate.

use super::plot;
use super::said::{conditions, family_cells, family_columns, whole};
use crate::report::model::{Block, Cell, Role, Row, Section, Table};
use crate::report::view::View;
use crate::stats::blame::assess::Blame;
use crate::stats::blame::judged::Judged;
use crate::stats::blame::slices::Slice;
use crate::words::Phrase;

/// The slices of one or several apps, the costliest first; `None` where there are none.
#[must_use]
pub fn slices(id: &'static str, all: &[&Judged], view: &View) -> Option<Table> {
    let mut columns = family_columns(view).to_vec();
    columns.extend([
        view.head("where", Phrase::WhereHead, Role::Level),
        view.head("attempts", Phrase::EligibleAttempts, Role::Number),
        view.head("unsent", if id == LATE { Phrase::Late } else { Phrase::Unsent }, Role::Number),
        view.head("expected", Phrase::ExpectedHead, Role::Number),
        view.head("ratio", Phrase::AdjustedRatio, Role::Number),
        view.head("plot", Phrase::PlotHead, Role::Word),
        view.head("aliases", Phrase::AliasHead, Role::Word),
    ]);
    let mut found: Vec<(&Judged, &Slice)> = all.iter().flat_map(|judged| judged.slices.iter().map(move |s| (*judged, s))).collect();
    found.sort_by(|a, b| b.1.excess().total_cmp(&a.1.excess()));
    let rows: Vec<Row> = found.into_iter().map(|(judged, slice)| row(judged, slice, view)).collect();
    (!rows.is_empty()).then_some(Table { id, columns, rows, shown: view.top })
}

fn row(judged: &Judged, slice: &Slice, view: &View) -> Row {
    let ratio = slice.unsent / slice.expected.max(1e-9);
    let aliases: Vec<String> = slice.aliases.iter().map(|l| conditions(judged, &[*l], view)).collect();
    let mut cells = family_cells(judged, view).to_vec();
    cells.extend([
        Cell::Text(conditions(judged, &slice.literals, view)),
        Cell::Count(whole(slice.attempts)),
        Cell::Count(whole(slice.unsent)),
        Cell::Text(format!("{:.1}", slice.expected)),
        Cell::Interval(ratio, slice.interval, 2),
        Cell::Text(plot::interval(ratio, slice.interval)),
        Cell::text(Some(&view.list(&aliases))),
    ]);
    Row { cells, stands_out: false }
}

/// Id of the section and table of late messages.
const LATE: &str = "late";

/// Where late messages concentrate.
#[must_use]
pub fn late(blame: &Blame, view: &View) -> Option<Section> {
    let table = slices(LATE, &blame.late.iter().collect::<Vec<_>>(), view)?;
    Some(Section { id: LATE, title: view.say(Phrase::LateTitle, &[]), blocks: vec![Block::Table(table)] })
}
