//! Which versions fail, and the one that stands out with its main cause.

use super::Part;
use super::levels::{JsonLevel, table};
use crate::report::json::{Keys, json};
use crate::report::model::{Block, Section};
use crate::report::number::{count, percent};
use crate::report::view::View;
use crate::stats::table::{Level, Mark};
use crate::stats::{Dimension, Facts};
use crate::words::{self, Phrase};
use serde::Serialize;

pub(super) const PART: Part = Part { id: "versions", compose, json: keys };

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    if facts.versions.is_empty() {
        return None;
    }
    let many = facts.versions.iter().any(|l| family(l) != family(&facts.versions[0]));
    let mut blocks: Vec<Block> = facts.versions.iter().filter_map(|l| why(l, many, view)).map(Block::Lead).collect();
    blocks.push(Block::Table(table(PART.id, &facts.versions, &[Dimension::App, Dimension::Os], view)));
    blocks.push(Block::Lines(vec![view.say(Phrase::RatioMeans, &[])]));
    Some(Section { id: PART.id, title: view.say(Phrase::ByVersion, &[]), blocks })
}

fn family(level: &Level) -> [Option<&str>; 2] {
    [level.get(Dimension::App), level.get(Dimension::Os)]
}

/// A version, with app and system where there are several.
fn name(level: &Level, many: bool, view: &View) -> String {
    let version = level.get(Dimension::Version).map_or_else(|| view.say(Phrase::NotStated, &[]), str::to_owned);
    let family: Vec<&str> = family(level).into_iter().flatten().filter(|_| many).collect();
    if family.is_empty() { version } else { format!("{version} ({})", family.join(" ")) }
}

/// Why a version stands out.
fn why(level: &Level, many: bool, view: &View) -> Option<String> {
    let phrase = match level.mark {
        Mark::Worse => Phrase::VersionWorse,
        Mark::Highest => Phrase::VersionHighest,
        Mark::None => return None,
    };
    let cause = level.main_cause?;
    let rate = level.tally.rate().value?;
    Some(view.say(
        phrase,
        &[
            ("version", &name(level, many, view)),
            ("rate", &percent(rate)),
            ("cause", &view.word(words::label(cause))),
            ("n", &count(level.main_cause_unsent)),
        ],
    ))
}

#[derive(Serialize)]
struct JsonVersion<'a> {
    app: Option<&'a str>,
    os: Option<&'a str>,
    version: Option<&'a str>,
    #[serde(flatten)]
    level: JsonLevel,
}

fn keys(facts: &Facts) -> Keys {
    let version = |l: &Level| JsonLevel::from(l);
    let versions: Vec<JsonVersion<'_>> = facts
        .versions
        .iter()
        .map(|l| JsonVersion {
            app: l.get(Dimension::App),
            os: l.get(Dimension::Os),
            version: l.get(Dimension::Version),
            level: version(l),
        })
        .collect();
    vec![("versions", json(&versions)), ("slices", json::<[JsonLevel]>(&[]))]
}
