//! How long acknowledgements took, overall, per version and per network, and where late messages spent the time.

use super::Part;
use crate::report::json::{JsonRate, Keys, json};
use crate::report::model::{Block, Cell, Head, Role, Row, Section, Table};
use crate::report::number::{count, duration};
use crate::report::view::View;
use crate::stats::delay::PART_NAMES;
use crate::stats::facts::Tally;
use crate::stats::quantile::Quantiles;
use crate::stats::table::Level;
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
    if facts.networks.iter().filter(|l| l.delays.n > 0).count() > 1 {
        blocks.push(Block::Table(of_networks(facts, view)));
    }
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
    let all = || Cell::Label(view.say(Phrase::All, &[]), "all".to_owned());
    let mut rows = vec![row(vec![all(), all(), all()], &facts.messages, &facts.delays.overall)];
    for level in facts.versions.iter().filter(|l| l.delays.n > 0) {
        let names = [Dimension::App, Dimension::Os, Dimension::Version].map(|d| name(level, d, view));
        rows.push(row(Vec::from(names), &level.tally, &level.delays));
    }
    let heads = [("app", Phrase::App), ("os", Phrase::System), ("version", Phrase::Version)];
    Table { id: PART.id, columns: columns(&heads, view), rows, shown: view.top }
}

fn of_networks(facts: &Facts, view: &View) -> Table {
    let levels = facts.networks.iter().filter(|l| l.delays.n > 0);
    let rows = levels.map(|level| row(vec![name(level, Dimension::Network, view)], &level.tally, &level.delays)).collect();
    Table { id: "delays_by_network", columns: columns(&[("network", Phrase::Network)], view), rows, shown: view.top }
}

fn name(level: &Level, dimension: Dimension, view: &View) -> Cell {
    level.get(dimension).map_or_else(|| Cell::Label(view.say(Phrase::NotStated, &[]), String::new()), |n| Cell::Text(n.into()))
}

fn columns(of: &[(&'static str, Phrase)], view: &View) -> Vec<Head> {
    let mut columns: Vec<Head> = of.iter().map(|(key, title)| view.head(key, *title, Role::Level)).collect();
    columns.extend([
        view.head("acknowledged", Phrase::Acknowledged, Role::Number),
        view.head("p50_ms", Phrase::Median, Role::Number),
        view.head("p95_ms", Phrase::P95, Role::Number),
        view.head("p99_ms", Phrase::P99, Role::Number),
        view.head("delayed", Phrase::Late, Role::Number),
        view.head("delayed_rate", Phrase::LateShare, Role::Number),
    ]);
    columns
}

fn row(mut cells: Vec<Cell>, tally: &Tally, delays: &Quantiles) -> Row {
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
    networks: Vec<JsonNetwork<'a>>,
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
struct JsonNetwork<'a> {
    network: Option<&'a str>,
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
        networks: facts
            .networks
            .iter()
            .map(|l| JsonNetwork { network: l.get(Dimension::Network), delay: delay(&l.tally, &l.delays) })
            .collect(),
        causes: facts.delays.causes.iter().map(|(cause, delayed)| JsonCause { cause: *cause, delayed: *delayed }).collect(),
        parts_ms: PART_NAMES.into_iter().zip(facts.delays.parts_ms).collect(),
    };
    vec![("delays", json(&delays))]
}
