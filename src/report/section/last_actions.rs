//! Whether last week's actions moved anything, and what is asked for now.

use super::Part;
use crate::report::json::{Keys, json};
use crate::report::model::{Block, Cell, Role, Row, Section, Table};
use crate::report::number::{count, percent};
use crate::report::versions::said::action;
use crate::report::view::View;
use crate::stats::Facts;
use crate::stats::blame::verdict::Action;
use crate::stats::interval::round;
use crate::stats::weekly::published::{Moved, asks, moved};
use crate::words::Phrase;
use serde::Serialize;

pub(super) const PART: Part = Part { id: "actions", compose, json: keys };

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    let weekly = facts.weekly.as_ref()?;
    let title = view.say(Phrase::LastActions, &[]);
    let say = |phrase: Phrase| vec![Block::Lines(vec![view.say(phrase, &[])])];
    let blocks = match &weekly.published {
        None => say(Phrase::NothingPublished),
        Some(published) if published.actions.is_empty() => say(Phrase::NothingAsked),
        Some(published) => {
            vec![Block::Table(table(&moved(facts, published), view)), Block::Lines(vec![view.say(Phrase::ActionsMean, &[])])]
        }
    };
    Some(Section { id: PART.id, title, blocks })
}

fn table(all: &[Moved<'_>], view: &View) -> Table {
    let columns = vec![
        view.head("app", Phrase::App, Role::Common),
        view.head("os", Phrase::System, Role::Common),
        view.head("version", Phrase::Version, Role::Level),
        view.head("verdict", Phrase::VerdictHead, Role::Level),
        view.head("share_last", Phrase::ShareThen, Role::Number),
        view.head("share", Phrase::ShareNow, Role::Number),
        view.head("excess_last", Phrase::ExcessThen, Role::Number),
        view.head("excess", Phrase::ExcessNow, Role::Number),
        view.head("unsent", Phrase::UnsentNow, Role::Number),
    ];
    let row = |m: &Moved<'_>| {
        let stated = |text: &Option<String>| Cell::text(text.as_deref());
        let gone = || Cell::Label(view.say(Phrase::NoMoreMessages, &[]), "0".to_owned());
        Row {
            cells: vec![
                stated(&m.action.app),
                stated(&m.action.os),
                Cell::Text(m.action.version.clone()),
                Cell::Label(view.say(action(m.action.verdict), &[]), m.action.verdict.to_string()),
                Cell::Text(percent(m.action.share)),
                m.share.map_or_else(gone, |share| Cell::Text(percent(share))),
                Cell::Text(format!("{:.0}", m.action.excess)),
                m.excess.map_or(Cell::Nothing, |excess| Cell::Text(format!("{excess:.0}"))),
                Cell::Label(format!("{} / {}", count(m.now.1), count(m.now.0)), m.now.1.to_string()),
            ],
            stands_out: false,
        }
    };
    Table { id: PART.id, columns, rows: all.iter().map(row).collect(), shown: view.top }
}

#[derive(Serialize)]
struct JsonMoved<'a> {
    app: Option<&'a str>,
    os: Option<&'a str>,
    version: &'a str,
    verdict: Action,
    share_last: f64,
    share: Option<f64>,
    excess_last: f64,
    excess: Option<f64>,
    attempts: u64,
    unsent: u64,
}

#[derive(Serialize)]
struct JsonAction<'a> {
    app: Option<&'a str>,
    os: Option<&'a str>,
    version: &'a str,
    verdict: Action,
}

#[derive(Serialize)]
struct JsonActions<'a> {
    now: Vec<JsonAction<'a>>,
    last: Option<Vec<JsonMoved<'a>>>,
}

fn keys(facts: &Facts) -> Keys {
    let Some(weekly) = &facts.weekly else { return Keys::new() };
    let now = facts.blame.judged.iter().flat_map(|j| {
        j.versions.iter().zip(&j.verdicts).filter(|(_, v)| asks(v.action)).map(|(version, v)| JsonAction {
            app: j.app.as_deref(),
            os: j.os.as_deref(),
            version: &version.version,
            verdict: v.action,
        })
    });
    let told = |m: Moved<'_>| JsonMoved {
        app: None,
        os: None,
        version: "",
        verdict: m.action.verdict,
        share_last: round(m.action.share),
        share: m.share.map(round),
        excess_last: round(m.action.excess),
        excess: m.excess.map(round),
        attempts: m.now.0,
        unsent: m.now.1,
    };
    let last = weekly.published.as_ref().map(|published| {
        let named = published.actions.iter().zip(moved(facts, published));
        named
            .map(|(action, m)| JsonMoved { app: action.app.as_deref(), os: action.os.as_deref(), version: &action.version, ..told(m) })
            .collect()
    });
    vec![("actions", json(&JsonActions { now: now.collect(), last }))]
}
