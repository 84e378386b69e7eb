//! Issues that the team knows, and what they cost in these uploads.

use super::Part;
use crate::report::json::{Keys, json};
use crate::report::model::{Block, Cell, Role, Row, Section, Table};
use crate::report::view::View;
use crate::stats::Facts;
use crate::stats::known::KnownFact;
use crate::words::{self, Phrase};
use serde::Serialize;

pub(super) const PART: Part = Part { id: "known", compose, json: keys };

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    let table = Table {
        id: PART.id,
        columns: vec![
            view.head("issue", Phrase::KnownTitle, Role::Level),
            view.head("cause", Phrase::Cause, Role::Level),
            view.head("unsent", Phrase::Unsent, Role::Number),
            view.head("incidents", Phrase::IncidentCount, Role::Number),
            view.head("users", Phrase::Users, Role::Number),
            view.head("says", Phrase::KnownSays, Role::Word),
        ],
        rows: facts.known.iter().map(|fact| row(fact, view)).collect(),
        shown: view.top,
    };
    (!facts.known.is_empty()).then(|| Section { id: PART.id, title: view.say(Phrase::KnownIssues, &[]), blocks: vec![Block::Table(table)] })
}

fn row(fact: &KnownFact, view: &View) -> Row {
    let cause = fact.known.cause;
    Row {
        cells: vec![
            Cell::Text(fact.known.issue.clone()),
            Cell::Label(view.word(words::label(cause)), cause.as_str().to_owned()),
            Cell::Count(fact.unsent),
            Cell::Count(fact.incidents),
            Cell::known(fact.users),
            Cell::text(Some(fact.known.says(view.lang))),
        ],
        stands_out: false,
    }
}

#[derive(Serialize)]
struct JsonKnown {
    issue: String,
    cause: &'static str,
    unsent: u64,
    incidents: u64,
    users: u64,
}

fn keys(facts: &Facts) -> Keys {
    let of = |fact: &KnownFact| JsonKnown {
        issue: fact.known.issue.clone(),
        cause: fact.known.cause.as_str(),
        unsent: fact.unsent,
        incidents: fact.incidents,
        users: fact.users,
    };
    let known: Vec<JsonKnown> = facts.known.iter().map(of).collect();
    if known.is_empty() { Vec::new() } else { vec![("known", json(&known))] }
}
