//! Which devices fail.

use super::Part;
use super::levels::{JsonLevel, table};
use crate::report::json::{Keys, json};
use crate::report::model::{Block, Section};
use crate::report::view::View;
use crate::stats::{Dimension, Facts};
use crate::words::Phrase;
use serde::Serialize;

pub(super) const PART: Part = Part { id: "devices", compose, json: keys };

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    let table = table(PART.id, &facts.devices, &[Dimension::Os], view);
    (!facts.devices.is_empty()).then(|| Section { id: PART.id, title: view.say(Phrase::ByDevice, &[]), blocks: vec![Block::Table(table)] })
}

#[derive(Serialize)]
struct JsonDevice<'a> {
    os: Option<&'a str>,
    device: Option<&'a str>,
    #[serde(flatten)]
    level: JsonLevel,
}

fn keys(facts: &Facts) -> Keys {
    let devices: Vec<JsonDevice<'_>> =
        facts.devices.iter().map(|l| JsonDevice { os: l.get(Dimension::Os), device: l.get(Dimension::Device), level: l.into() }).collect();
    vec![("devices", json(&devices))]
}
