//! The table that `--by` asked for.

use super::Part;
use super::levels::{JsonLevel, table};
use crate::report::json::{Keys, json};
use crate::report::model::{Block, Section};
use crate::report::view::View;
use crate::stats::{Dimension, Facts};
use crate::words::Phrase;
use serde::Serialize;
use std::collections::BTreeMap;

pub(super) const PART: Part = Part { id: "by", compose, json: keys };

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    let by = facts.by.as_ref()?;
    let names: Vec<String> = by.dimensions.iter().map(ToString::to_string).collect();
    let title = view.say(Phrase::By, &[("dimensions", &view.list(&names))]);
    Some(Section { id: PART.id, title, blocks: vec![Block::Table(table(PART.id, &by.levels, &[], |_| None, view))] })
}

#[derive(Serialize)]
struct JsonBy<'a> {
    dimensions: Vec<&'static str>,
    levels: Vec<JsonRow<'a>>,
}

#[derive(Serialize)]
struct JsonRow<'a> {
    #[serde(rename = "where")]
    of: BTreeMap<&'static str, Option<&'a str>>,
    #[serde(flatten)]
    level: JsonLevel,
}

fn keys(facts: &Facts) -> Keys {
    let Some(by) = &facts.by else { return Keys::new() };
    let levels = by
        .levels
        .iter()
        .map(|l| JsonRow { of: l.of.iter().map(|(d, name)| (d.as_str(), name.as_deref())).collect(), level: l.into() })
        .collect();
    vec![("by", json(&JsonBy { dimensions: by.dimensions.iter().copied().map(Dimension::as_str).collect(), levels }))]
}
