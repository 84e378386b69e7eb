//! The table that versions, devices, networks and asked-for dimensions share.

use crate::report::json::JsonRate;
use crate::report::model::{Cell, Head, Role, Row, Table};
use crate::report::number::count;
use crate::report::view::View;
use crate::stats::Dimension;
use crate::stats::table::Level;
use crate::taxonomy::Cause;
use crate::words::{self, Phrase};
use serde::Serialize;

/// What is found of a level, if anything: for people, and its stable spelling.
pub(super) type Found = Option<(String, String)>;

/// The table of some levels; the dimensions in `common` are left out where every row has the same.
pub(super) fn table(id: &'static str, levels: &[Level], common: &[Dimension], found: impl Fn(&Level) -> Found, view: &View) -> Table {
    let dimensions: Vec<Dimension> = levels.first().map(|l| l.of.iter().map(|(d, _)| *d).collect()).unwrap_or_default();
    let mut columns: Vec<Head> = dimensions
        .iter()
        .map(|d| {
            let role = if common.contains(d) { Role::Common } else { Role::Level };
            title(*d).map_or_else(|| Head { key: d.as_str(), title: d.as_str().to_owned(), role }, |t| view.head(d.as_str(), t, role))
        })
        .collect();
    columns.extend([
        view.head("attempts", Phrase::Messages, Role::Number),
        view.head("unsent", Phrase::Unsent, Role::Number),
        view.head("rate", Phrase::Rate, Role::Number),
        view.head("raw_ratio", Phrase::Ratio, Role::Number),
        view.head("users", Phrase::Users, Role::Number),
        view.head("main_cause", Phrase::MainCause, Role::Word),
        view.head("found", Phrase::MarkTitle, Role::Word),
    ]);
    Table { id, columns, rows: levels.iter().map(|l| row(l, found(l), view)).collect(), shown: view.top }
}

fn title(dimension: Dimension) -> Option<Phrase> {
    match dimension {
        Dimension::App => Some(Phrase::App),
        Dimension::Os => Some(Phrase::System),
        Dimension::Version => Some(Phrase::Version),
        Dimension::Device => Some(Phrase::Device),
        Dimension::Network => Some(Phrase::Network),
        _ => None,
    }
}

fn row(level: &Level, found: Found, view: &View) -> Row {
    let not_stated = || Cell::Label(view.say(Phrase::NotStated, &[]), String::new());
    let mut cells: Vec<Cell> = level.of.iter().map(|(_, name)| name.as_ref().map_or_else(not_stated, |n| Cell::Text(n.clone()))).collect();
    let main = level.main_cause.map_or(Cell::Nothing, |cause| {
        Cell::Label(format!("{} ({})", view.word(words::label(cause)), count(level.main_cause_unsent)), cause.as_str().to_owned())
    });
    let stands_out = found.is_some();
    cells.extend([
        Cell::Count(level.tally.attempted),
        Cell::Count(level.tally.unsent),
        Cell::Rate(level.tally.rate()),
        Cell::ratio(level.raw_ratio),
        Cell::known(level.tally.users),
        main,
        found.map_or(Cell::Nothing, |(shown, stable)| Cell::Label(shown, stable)),
    ]);
    Row { cells, stands_out }
}

/// A level in JSON.
#[derive(Serialize)]
pub(super) struct JsonLevel {
    attempts: u64,
    sent: u64,
    delayed: u64,
    unsent: u64,
    pending: u64,
    users: u64,
    #[serde(flatten)]
    rate: JsonRate,
    raw_ratio: Option<f64>,
    main_cause: Option<Cause>,
    main_cause_unsent: u64,
}

impl From<&Level> for JsonLevel {
    fn from(level: &Level) -> Self {
        let tally = &level.tally;
        Self {
            attempts: tally.attempted,
            sent: tally.sent,
            delayed: tally.delayed,
            unsent: tally.unsent,
            pending: tally.pending,
            users: tally.users,
            rate: tally.rate().into(),
            raw_ratio: level.raw_ratio,
            main_cause: level.main_cause,
            main_cause_unsent: level.main_cause_unsent,
        }
    }
}
