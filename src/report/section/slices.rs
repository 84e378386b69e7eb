//! Where failures and late messages concentrate.

use super::Part;
use crate::report::json::Keys;
use crate::report::model::{Block, Section};
use crate::report::versions::{concentrated, method};
use crate::report::view::View;
use crate::stats::Facts;
use crate::words::Phrase;

pub(super) const PART: Part = Part { id: "slices", compose, json: |_| Keys::new() };

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    if facts.blame.judged.is_empty() {
        return None;
    }
    let none = || Block::Lines(vec![view.say(Phrase::NoSlices, &[])]);
    let table = concentrated::slices(PART.id, &facts.blame.judged.iter().collect::<Vec<_>>(), view);
    let mut blocks = vec![table.map_or_else(none, Block::Table)];
    if let Some(late) = concentrated::late(&facts.blame, view) {
        blocks.push(Block::Lines(vec![late.title]));
        blocks.extend(late.blocks);
    }
    blocks.push(Block::Lines(method(&facts.blame, view)));
    Some(Section { id: PART.id, title: view.say(Phrase::SlicesAll, &[]), blocks })
}
