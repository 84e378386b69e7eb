//! Which versions to blame, and what to do about them.

use super::Part;
use crate::report::json::{Keys, json};
use crate::report::model::{Block, Section};
use crate::report::versions::json::told;
use crate::report::versions::{decision, said};
use crate::report::view::View;
use crate::stats::Facts;
use crate::stats::blame::judged::Judged;
use crate::words::Phrase;

pub(super) const PART: Part = Part { id: "versions", compose, json: keys };

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    let mut all: Vec<&Judged> = facts.blame.judged.iter().collect();
    if all.iter().all(|judged| judged.versions.is_empty()) {
        return None;
    }
    // Those with something to say and the most messages first.
    let size = |judged: &Judged| judged.observed.values().map(|o| o.tally.attempted).sum::<u64>();
    all.sort_by_key(|judged| (judged.app.is_none(), std::cmp::Reverse((said::says_something(judged), size(judged)))));
    let (told, silent): (Vec<&Judged>, Vec<&Judged>) = all.iter().partition(|judged| all.len() == 1 || said::says_something(judged));
    let mut blocks: Vec<Block> = Vec::new();
    if !told.is_empty() {
        blocks.push(Block::Table(decision::versions(&told, view)));
        blocks.extend(decision::worse(&told, view).map(Block::Table));
    }
    if !silent.is_empty() {
        blocks.push(said::silent(&silent, view));
    }
    Some(Section { id: PART.id, title: view.say(Phrase::ByVersion, &[]), blocks })
}

fn keys(facts: &Facts) -> Keys {
    let told = told(&facts.blame);
    vec![
        ("versions", json(&told.versions)),
        ("slices", json(&told.slices)),
        ("update_to", json(&told.update_to)),
        ("update_status", json(&told.update_status)),
        ("update_by_segment", json(&told.update_by_segment)),
        ("late", json(&told.late)),
        ("stability", json(&told.stability)),
        ("emulators", json(&told.emulators)),
    ]
}
