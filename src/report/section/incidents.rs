//! Crashes, hangs, kills, missed notifications and incompatibilities, by signature.

use super::Part;
use super::causes::{JsonSample, json_sample, quote};
use crate::report::json::{Keys, json};
use crate::report::model::{Block, Cell, Detail, Role, Row, Section, Table};
use crate::report::view::View;
use crate::stats::Facts;
use crate::stats::incident::IncidentGroup;
use crate::taxonomy::{Cause, Kind};
use crate::words::{self, Phrase};
use serde::Serialize;

pub(super) const PART: Part = Part { id: "incidents", compose, json: keys };

/// Versions or devices that one cell names.
const NAMES_PER_CELL: usize = 4;
/// Incidents of which a line is cited.
const CITED: usize = 3;

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    if facts.incidents.is_empty() {
        return None;
    }
    let table = Table {
        id: PART.id,
        columns: vec![
            view.head("kind", Phrase::Kind, Role::Level),
            view.head("signature", Phrase::Signature, Role::Level),
            view.head("count", Phrase::Count, Role::Number),
            view.head("users", Phrase::Users, Role::Number),
            view.head("messages_lost", Phrase::MessagesLost, Role::Number),
            view.head("versions", Phrase::Versions, Role::Word),
            view.head("devices", Phrase::Devices, Role::Word),
        ],
        rows: facts.incidents.iter().map(|i| row(i, view)).collect(),
        shown: view.top,
    };
    let mut by_cost: Vec<&IncidentGroup> = facts.incidents.iter().collect();
    by_cost.sort_by_key(|i| std::cmp::Reverse((i.messages_lost, i.count)));
    let details = by_cost.into_iter().take(CITED).filter_map(|i| detail(i, view)).collect();
    Some(Section { id: PART.id, title: view.say(Phrase::Incidents, &[]), blocks: vec![Block::Table(table), Block::Details(details)] })
}

fn row(group: &IncidentGroup, view: &View) -> Row {
    Row {
        cells: vec![
            Cell::Label(view.word(words::kind(group.kind)), group.kind.as_str().to_owned()),
            Cell::text(group.signature.as_deref()),
            Cell::Count(group.count),
            Cell::known(group.users),
            Cell::Count(group.messages_lost),
            names(&group.versions, view),
            names(&group.devices, view),
        ],
        stands_out: false,
    }
}

fn names(names: &[String], view: &View) -> Cell {
    let mut shown: Vec<String> = names.iter().rev().take(NAMES_PER_CELL).cloned().collect();
    if names.len() > NAMES_PER_CELL {
        shown.push(view.say(Phrase::AndMore, &[("n", &(names.len() - NAMES_PER_CELL).to_string())]));
    }
    if names.is_empty() { Cell::Nothing } else { Cell::Label(view.list(&shown), names.join(" ")) }
}

fn detail(group: &IncidentGroup, view: &View) -> Option<Detail> {
    let sample = group.sample.as_ref()?;
    Some(Detail {
        head: view.word(words::kind(group.kind)),
        meaning: group
            .signature
            .clone()
            .filter(|s| !s.is_empty())
            .or_else(|| group.cause.map(|c| view.word(words::meaning(c))))
            .unwrap_or_default(),
        advice: None,
        quotes: vec![quote(sample)],
    })
}

#[derive(Serialize)]
struct JsonIncident<'a> {
    kind: Kind,
    signature: Option<&'a str>,
    cause: Option<Cause>,
    count: u64,
    users: u64,
    messages_lost: u64,
    versions: &'a [String],
    devices: &'a [String],
    evidence: Vec<JsonSample<'a>>,
}

fn keys(facts: &Facts) -> Keys {
    let incidents: Vec<JsonIncident<'_>> = facts
        .incidents
        .iter()
        .map(|i| JsonIncident {
            kind: i.kind,
            signature: i.signature.as_deref(),
            cause: i.cause,
            count: i.count,
            users: i.users,
            messages_lost: i.messages_lost,
            versions: &i.versions,
            devices: &i.devices,
            evidence: i.sample.iter().map(json_sample).collect(),
        })
        .collect();
    vec![("incidents", json(&incidents))]
}
