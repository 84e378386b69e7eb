//! What no rule explains yet: how much, and in a weekly report what it has in common and whether that is new or grows.

use super::Part;
use super::causes::quote;
use super::changes::direction;
use crate::report::json::{Keys, json};
use crate::report::model::{Block, Cell, Detail, Role, Row, Section, Table};
use crate::report::number::count;
use crate::report::view::View;
use crate::stats::Facts;
use crate::stats::interval::round;
use crate::stats::unknowns::{Cluster, SUPPORT_MIN, Unknowns};
use crate::stats::weekly::Weekly;
use crate::stats::weekly::change::{Direction, Judgement, judge};
use crate::store::stamp::rfc3339;
use crate::taxonomy::Cause;
use crate::words::{self, Phrase};
use serde_json::{Value, json as object_of};

pub(super) const PART: Part = Part { id: "unknown", compose, json: keys };

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    if facts.messages.unsent == 0 {
        return None;
    }
    let title = view.say(Phrase::UnknownTitle, &[]);
    let Some(fact) = facts.causes.iter().find(|c| c.cause == Cause::Unknown && c.unsent > 0) else {
        return Some(Section { id: PART.id, title, blocks: vec![Block::Lines(vec![view.say(Phrase::NoUnknown, &[])])] });
    };
    let values = [("n", &*count(fact.unsent)), ("all", &*count(facts.messages.unsent)), ("users", &*count(fact.users))];
    // Logs that name no user say nothing of how many there are.
    let said = if fact.users > 0 { Phrase::UnknownCount } else { Phrase::UnknownCountAlone };
    let detail = Detail {
        head: view.word(words::label(Cause::Unknown)),
        meaning: view.word(words::meaning(Cause::Unknown)),
        advice: None,
        quotes: fact.samples.iter().map(quote).collect(),
    };
    let mut blocks = vec![Block::Lines(vec![view.say(said, &values)])];
    match facts.weekly.as_ref() {
        Some(weekly) => blocks.extend(common(&weekly.unknowns, is_compared(weekly), view)),
        None => blocks.push(Block::Lines(vec![view.say(Phrase::UnknownLook, &[])])),
    }
    blocks.push(Block::Details(vec![detail]));
    Some(Section { id: PART.id, title, blocks })
}

/// Whether the week before was judged by the same rules: else other messages are unexplained in it.
const fn is_compared(weekly: &Weekly) -> bool {
    weekly.compared.is_some() && weekly.same_rules
}

/// What they have in common.
fn common(unknowns: &Unknowns, is_compared: bool, view: &View) -> Vec<Block> {
    let clustered = (&*count(unknowns.clustered), &*count(unknowns.unexplained), &*count(unknowns.sent));
    let values = [("clustered", clustered.0), ("n", clustered.1), ("sent", clustered.2), ("min", &*count(SUPPORT_MIN))];
    if unknowns.clusters.is_empty() {
        let is_little = unknowns.unexplained < SUPPORT_MIN || unknowns.sent == 0;
        let why = if is_little { Phrase::UnknownTooFew } else { Phrase::UnknownNothingCommon };
        return vec![Block::Lines(vec![view.say(why, &values)])];
    }
    let lines = vec![view.say(Phrase::UnknownCommon, &values), view.say(Phrase::UnknownRules, &[])];
    vec![Block::Lines(lines), Block::Table(table(unknowns, is_compared, view))]
}

fn table(unknowns: &Unknowns, is_compared: bool, view: &View) -> Table {
    let columns = vec![
        view.head("template", Phrase::Template, Role::Level),
        view.head("unsent", Phrase::ThisWeek, Role::Number),
        view.head("last", Phrase::LastWeek, Role::Number),
        view.head("direction", Phrase::ChangeHead, Role::Word),
        view.head("sent", Phrase::NearSent, Role::Number),
        view.head("users", Phrase::Users, Role::Number),
        view.head("versions", Phrase::Versions, Role::Word),
        view.head("first_seen", Phrase::FirstSeen, Role::Word),
        view.head("id", Phrase::ClusterId, Role::Word),
    ];
    let row = |(cluster, judged): (&Cluster, Judgement)| Row {
        cells: vec![
            Cell::Text(cluster.text()),
            Cell::Count(cluster.unsent),
            if is_compared { Cell::Count(cluster.sides[1].unsent) } else { Cell::Nothing },
            if is_compared { Cell::Label(view.say(direction(judged.direction), &[]), judged.direction.to_string()) } else { Cell::Nothing },
            Cell::Count(cluster.sent),
            Cell::known(cluster.users),
            Cell::text(Some(&view.list(&cluster.versions))),
            Cell::text(rfc3339(cluster.first_us).as_deref().and_then(|at| at.split('T').next())),
            Cell::Text(cluster.id.clone()),
        ],
        stands_out: is_compared && matches!(judged.direction, Direction::New | Direction::Worse),
    };
    let rows = unknowns.clusters.iter().zip(judged(unknowns)).map(row).collect();
    Table { id: "unknown_clusters", columns, rows, shown: view.top }
}

/// How each cluster changed since the week before.
fn judged(unknowns: &Unknowns) -> Vec<Judgement> {
    judge(&unknowns.clusters.iter().map(|c| c.sides).collect::<Vec<_>>())
}

/// A cluster as JSON.
#[must_use]
pub fn object(cluster: &Cluster, found: &Unknowns) -> Value {
    let sample = cluster.samples.first().map(|s| &s.record);
    object_of!({
        "id": cluster.id, "template": cluster.template, "then": cluster.then, "also": cluster.also,
        "unsent": cluster.unsent, "of_unsent": found.unexplained, "sent": cluster.sent, "of_sent": found.sent,
        "difference": round(cluster.difference), "phi": round(cluster.phi), "g": round(cluster.g), "q": cluster.q,
        "users": cluster.users, "versions": cluster.versions, "first_seen": rfc3339(cluster.first_us),
        "sample": sample.map(|near| object_of!({"file": near.file, "line": near.line, "text": near.text})),
    })
}

fn keys(facts: &Facts) -> Keys {
    let Some(weekly) = &facts.weekly else { return Keys::new() };
    let (found, is_compared) = (&weekly.unknowns, is_compared(weekly));
    let cluster = |(cluster, judged): (&Cluster, Judgement)| {
        let mut object = object(cluster, found);
        object["unsent_last"] = is_compared.then_some(cluster.sides[1].unsent).into();
        object["direction"] = is_compared.then_some(judged.direction.as_str()).into();
        object
    };
    let clusters: Vec<Value> = found.clusters.iter().zip(judged(found)).map(cluster).collect();
    let looked_at = object_of!({
        "unexplained": found.unexplained, "sent": found.sent, "clustered": found.clustered, "clusters": clusters,
    });
    vec![("unknowns", json(&looked_at))]
}
