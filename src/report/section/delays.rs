//! How long acknowledgements took, overall and per version, and where late messages spent the time.

use super::Part;
use crate::report::json::{JsonRate, Keys, json};
use crate::report::model::{Block, Cell, Role, Row, Section, Table};
use crate::report::number::{count, duration};
use crate::report::view::View;
use crate::stats::delay::PART_NAMES;
use crate::stats::facts::Tally;
use crate::stats::quantile::Quantiles;
use crate::stats::{Dimension, Facts};
use crate::taxonomy::Cause;
use crate::words::{self, Phrase};
use serde::Serialize;
use std::collections::BTreeMap;

pub(super) const PART: Part = Part { id: "delays", compose, json: keys };

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    if facts.delays.overall.n == 0 {
        return None;
    }
    let mut blocks = vec![Block::Table(table(facts, view))];
    let mut lines = Vec::new();
    let why: Vec<String> =
        facts.delays.causes.iter().take(view.top).map(|(c, n)| format!("{} ({})", view.word(words::label(*c)), count(*n))).collect();
    if !why.is_empty() {
        lines.push(view.say(Phrase::LateBecause, &[("causes", &view.list(&why))]));
    }
    let parts = [Phrase::PartQueue, Phrase::PartOffline, Phrase::PartEncrypt, Phrase::PartUpload, Phrase::PartServer];
    let mut spent: Vec<(i64, String)> = facts.delays.parts_ms.iter().zip(parts).map(|(ms, p)| (*ms, view.say(p, &[]))).collect();
    spent.sort_by_key(|(ms, _)| std::cmp::Reverse(*ms));
    let spent: Vec<String> = spent.iter().filter(|(ms, _)| *ms > 0).map(|(ms, part)| format!("{part} {}", duration(*ms))).collect();
    if !spent.is_empty() {
        lines.push(view.say(Phrase::TimeWent, &[("parts", &view.list(&spent))]));
    }
    blocks.push(Block::Lines(lines));
    Some(Section { id: PART.id, title: view.say(Phrase::Delays, &[]), blocks })
}

fn table(facts: &Facts, view: &View) -> Table {
    let all = Cell::Label(view.say(Phrase::All, &[]), "all".to_owned());
    let mut rows = vec![row([all.clone(), all.clone(), all], &facts.messages, &facts.delays.overall)];
    for level in facts.versions.iter().filter(|l| l.delays.n > 0) {
        let name = |d: Dimension| {
            level.get(d).map_or_else(|| Cell::Label(view.say(Phrase::NotStated, &[]), String::new()), |n| Cell::Text(n.into()))
        };
        rows.push(row([name(Dimension::App), name(Dimension::Os), name(Dimension::Version)], &level.tally, &level.delays));
    }
    Table {
        id: PART.id,
        columns: vec![
            view.head("app", Phrase::App, Role::Level),
            view.head("os", Phrase::System, Role::Level),
            view.head("version", Phrase::Version, Role::Level),
            view.head("acknowledged", Phrase::Acknowledged, Role::Number),
            view.head("p50_ms", Phrase::Median, Role::Number),
            view.head("p95_ms", Phrase::P95, Role::Number),
            view.head("p99_ms", Phrase::P99, Role::Number),
            view.head("delayed", Phrase::Late, Role::Number),
            view.head("delayed_rate", Phrase::LateShare, Role::Number),
        ],
        rows,
        shown: view.top,
    }
}

fn row(of: [Cell; 3], tally: &Tally, delays: &Quantiles) -> Row {
    let mut cells = Vec::from(of);
    cells.extend([
        Cell::Count(delays.n),
        Cell::millis(delays.p50_ms),
        Cell::millis(delays.p95_ms),
        Cell::millis(delays.p99_ms),
        Cell::Count(tally.delayed),
        Cell::Rate(tally.delayed_rate()),
    ]);
    Row { cells, stands_out: false }
}

#[derive(Serialize)]
struct JsonDelays<'a> {
    overall: JsonDelay,
    versions: Vec<JsonVersion<'a>>,
    causes: Vec<JsonCause>,
    parts_ms: BTreeMap<&'static str, i64>,
}

#[derive(Serialize)]
struct JsonDelay {
    #[serde(flatten)]
    quantiles: Quantiles,
    delayed: u64,
    #[serde(flatten)]
    rate: JsonRate,
}

#[derive(Serialize)]
struct JsonVersion<'a> {
    app: Option<&'a str>,
    os: Option<&'a str>,
    version: Option<&'a str>,
    #[serde(flatten)]
    delay: JsonDelay,
}

#[derive(Serialize)]
struct JsonCause {
    cause: Cause,
    delayed: u64,
}

fn delay(tally: &Tally, quantiles: &Quantiles) -> JsonDelay {
    JsonDelay { quantiles: *quantiles, delayed: tally.delayed, rate: tally.delayed_rate().into() }
}

fn keys(facts: &Facts) -> Keys {
    let delays = JsonDelays {
        overall: delay(&facts.messages, &facts.delays.overall),
        versions: facts
            .versions
            .iter()
            .map(|l| JsonVersion {
                app: l.get(Dimension::App),
                os: l.get(Dimension::Os),
                version: l.get(Dimension::Version),
                delay: delay(&l.tally, &l.delays),
            })
            .collect(),
        causes: facts.delays.causes.iter().map(|(cause, delayed)| JsonCause { cause: *cause, delayed: *delayed }).collect(),
        parts_ms: PART_NAMES.into_iter().zip(facts.delays.parts_ms).collect(),
    };
    vec![("delays", json(&delays))]
}
