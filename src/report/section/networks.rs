//! On which networks messages fail.

use super::Part;
use super::levels::{JsonLevel, table};
use crate::report::json::{Keys, json};
use crate::report::model::{Block, Section};
use crate::report::view::View;
use crate::stats::{Dimension, Facts};
use crate::words::Phrase;
use serde::Serialize;

pub(super) const PART: Part = Part { id: "networks", compose, json: keys };

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    let table = table(PART.id, &facts.networks, &[], |_| None, view);
    (!facts.networks.is_empty()).then(|| Section {
        id: PART.id,
        title: view.say(Phrase::ByNetwork, &[]),
        blocks: vec![Block::Table(table)],
    })
}

#[derive(Serialize)]
struct JsonNetwork<'a> {
    network: Option<&'a str>,
    #[serde(flatten)]
    level: JsonLevel,
}

fn keys(facts: &Facts) -> Keys {
    let networks: Vec<JsonNetwork<'_>> =
        facts.networks.iter().map(|l| JsonNetwork { network: l.get(Dimension::Network), level: l.into() }).collect();
    vec![("networks", json(&networks))]
}
