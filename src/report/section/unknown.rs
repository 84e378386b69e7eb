//! What no rule explains yet.

use super::Part;
use super::causes::quote;
use crate::report::json::Keys;
use crate::report::model::{Block, Detail, Section};
use crate::report::number::count;
use crate::report::view::View;
use crate::stats::Facts;
use crate::taxonomy::Cause;
use crate::words::{self, Phrase};

pub(super) const PART: Part = Part { id: "unknown", compose, json: |_| Keys::new() };

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    if facts.messages.unsent == 0 {
        return None;
    }
    let title = view.say(Phrase::UnknownTitle, &[]);
    let Some(fact) = facts.causes.iter().find(|c| c.cause == Cause::Unknown && c.unsent > 0) else {
        return Some(Section { id: PART.id, title, blocks: vec![Block::Lines(vec![view.say(Phrase::NoUnknown, &[])])] });
    };
    let values = [("n", &*count(fact.unsent)), ("all", &*count(facts.messages.unsent)), ("users", &*count(fact.users))];
    let detail = Detail {
        head: view.word(words::label(Cause::Unknown)),
        meaning: view.word(words::meaning(Cause::Unknown)),
        advice: None,
        quotes: fact.samples.iter().map(quote).collect(),
    };
    let blocks = vec![Block::Lines(vec![view.say(Phrase::UnknownCount, &values)]), Block::Details(vec![detail])];
    Some(Section { id: PART.id, title, blocks })
}
