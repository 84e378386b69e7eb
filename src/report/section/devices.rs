//! Which devices fail.

use super::Part;
use super::levels::{Found, JsonLevel, table};
use crate::report::json::{Keys, json};
use crate::report::model::{Block, Section};
use crate::report::versions::said::conditions;
use crate::report::view::View;
use crate::stats::blame::cells::Literal;
use crate::stats::table::Level;
use crate::stats::{Dimension, Facts};
use crate::words::Phrase;
use serde::Serialize;

pub(super) const PART: Part = Part { id: "devices", compose, json: keys };

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    let table = table(PART.id, &facts.devices, &[Dimension::Os], |level| found(facts, level, view), view);
    (!facts.devices.is_empty()).then(|| Section { id: PART.id, title: view.say(Phrase::ByDevice, &[]), blocks: vec![Block::Table(table)] })
}

/// Whether failures concentrate on a device, and with what besides.
fn found(facts: &Facts, level: &Level, view: &View) -> Found {
    let device = level.get(Dimension::Device)?;
    let others = facts.blame.judged.iter().find_map(|judged| {
        let place = judged.cells.dimensions.iter().position(|d| d == "device")?;
        let is_it = |(d, l): &Literal| *d == place && judged.cells.levels[*d][*l as usize] == device;
        let slice =
            judged.slices.iter().find(|slice| slice.literals.iter().any(is_it) && judged.os.as_deref() == level.get(Dimension::Os))?;
        let others: Vec<Literal> = slice.literals.iter().filter(|l| !is_it(l)).copied().collect();
        Some(conditions(judged, &others, view))
    })?;
    let phrase = if others.is_empty() { Phrase::MarkWorse } else { Phrase::MarkWorseWith };
    Some((view.say(phrase, &[("others", &others)]), "worse".to_owned()))
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
