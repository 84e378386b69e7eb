//! What changed since the week before: new, worse, better, gone; and what cannot be told from chance.

use super::Part;
use super::causes::{JsonSample, json_sample};
use crate::report::json::{Keys, json};
use crate::report::model::{Block, Cell, Role, Row, Section, Table};
use crate::report::number::count;
use crate::report::versions::concentrated;
use crate::report::versions::json::slices_of;
use crate::report::view::View;
use crate::stats::Facts;
use crate::stats::interval::round;
use crate::stats::weekly::Weekly;
use crate::stats::weekly::change::{Change, Direction};
use crate::taxonomy::Cause;
use crate::words::{self, Phrase};
use serde::Serialize;

pub(super) const PART: Part = Part { id: "changes", compose, json: keys };

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    let weekly = facts.weekly.as_ref()?;
    let title = view.say(Phrase::Changes, &[]);
    if weekly.last.is_none() || !weekly.same_rules {
        let why = if weekly.last.is_none() { Phrase::NoLastWeek } else { Phrase::OtherRules };
        return Some(Section { id: PART.id, title, blocks: vec![Block::Lines(vec![view.say(why, &[])])] });
    }
    let (told, noise): (Vec<&Change>, Vec<&Change>) = weekly.changes.iter().partition(|c| c.direction != Direction::Noise);
    let mut blocks = Vec::new();
    if told.is_empty() {
        blocks.push(Block::Lines(vec![view.say(Phrase::NoChanges, &[])]));
    } else {
        blocks.push(Block::Table(table(&told, facts, view)));
    }
    if !noise.is_empty() {
        let named = |c: &&Change| format!("{} ({} → {})", view.word(words::label(c.cause)), count(c.unsent.1), count(c.unsent.0));
        let causes: Vec<String> = noise.iter().map(named).collect();
        blocks.push(Block::Lines(vec![view.say(Phrase::NotBeyondChance, &[("causes", &view.list(&causes))])]));
    }
    let found: Vec<_> = weekly.new_slices.iter().collect();
    if let Some(slices) = concentrated::slices("new_slices", &found, view) {
        blocks.push(Block::Lines(vec![view.say(Phrase::NewSlices, &[])]));
        blocks.push(Block::Table(slices));
    }
    Some(Section { id: PART.id, title, blocks })
}

fn table(told: &[&Change], facts: &Facts, view: &View) -> Table {
    let columns = vec![
        view.head("cause", Phrase::Cause, Role::Level),
        view.head("direction", Phrase::ChangeHead, Role::Level),
        view.head("unsent", Phrase::ThisWeek, Role::Number),
        view.head("last", Phrase::LastWeek, Role::Number),
        view.head("users", Phrase::Users, Role::Number),
        view.head("difference", Phrase::ChangePoints, Role::Number),
        view.head("first_version", Phrase::FirstVersion, Role::Word),
        view.head("evidence", Phrase::Evidence, Role::Word),
    ];
    let row = |change: &&Change| {
        let fact = facts.causes.iter().find(|c| c.cause == change.cause);
        let (d, (low, high)) = change.difference;
        Row {
            cells: vec![
                Cell::Label(view.word(words::label(change.cause)), change.cause.as_str().to_owned()),
                Cell::Label(view.say(direction(change.direction), &[]), change.direction.to_string()),
                Cell::Count(change.unsent.0),
                Cell::Count(change.unsent.1),
                Cell::known(change.users.0),
                Cell::Interval(d * 100.0, (low * 100.0, high * 100.0), 2),
                Cell::text(fact.and_then(|f| f.first_version.as_deref())),
                Cell::text(fact.and_then(|f| f.samples.first()).map(|s| s.id.as_str())),
            ],
            stands_out: matches!(change.direction, Direction::New | Direction::Worse),
        }
    };
    Table { id: PART.id, columns, rows: told.iter().map(row).collect(), shown: view.top }
}

pub(super) const fn direction(direction: Direction) -> Phrase {
    match direction {
        Direction::New => Phrase::ChangeNew,
        Direction::Worse => Phrase::ChangeWorse,
        Direction::Better => Phrase::ChangeBetter,
        Direction::Gone => Phrase::ChangeGone,
        Direction::Noise => Phrase::ChangeNoise,
    }
}

#[derive(Serialize)]
struct JsonChange<'a> {
    cause: Cause,
    direction: Direction,
    unsent: u64,
    unsent_last: u64,
    users: u64,
    users_last: u64,
    ratio: Option<f64>,
    difference: f64,
    difference_lo: f64,
    difference_hi: f64,
    q: f64,
    first_version: Option<&'a str>,
    evidence: Vec<JsonSample<'a>>,
}

#[derive(Serialize)]
struct JsonCompare {
    week: Option<String>,
    attempted: Option<u64>,
    unsent: Option<u64>,
    pending: Option<u64>,
    new_slices: Vec<crate::report::versions::json::JsonSlice>,
}

fn keys(facts: &Facts) -> Keys {
    let Some(weekly) = &facts.weekly else { return Keys::new() };
    let change = |c: &Change| {
        let fact = facts.causes.iter().find(|f| f.cause == c.cause);
        let (difference, (low, high)) = c.difference;
        json(&JsonChange {
            cause: c.cause,
            direction: c.direction,
            unsent: c.unsent.0,
            unsent_last: c.unsent.1,
            users: c.users.0,
            users_last: c.users.1,
            ratio: c.ratio.map(round),
            difference: round(difference),
            difference_lo: round(low),
            difference_hi: round(high),
            q: c.q,
            first_version: fact.and_then(|f| f.first_version.as_deref()),
            evidence: fact.iter().flat_map(|f| f.samples.iter().take(1)).map(json_sample).collect(),
        })
    };
    let changes: Vec<String> = weekly.changes.iter().map(change).collect();
    vec![("compare", json(&compare(weekly))), ("changes", format!("[{}]", changes.join(",")))]
}

fn compare(weekly: &Weekly) -> JsonCompare {
    let last = weekly.last.as_ref();
    JsonCompare {
        week: weekly.compared.map(|w| w.to_string()),
        attempted: last.map(|f| f.messages.attempted),
        unsent: last.map(|f| f.messages.unsent),
        pending: last.map(|f| f.messages.pending),
        new_slices: weekly.new_slices.iter().flat_map(slices_of).collect(),
    }
}
