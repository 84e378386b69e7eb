//! The lines that matter most: versions to act on, causes that are new or worse, each with a message that shows it.

use super::Part;
use crate::report::json::Keys;
use crate::report::model::{Block, Section};
use crate::report::number::{count, percent};
use crate::report::versions::decision;
use crate::report::view::View;
use crate::stats::Facts;
use crate::stats::blame::finding::Finding;
use crate::stats::facts::CauseFact;
use crate::stats::interval::{float, ratio};
use crate::stats::weekly::Weekly;
use crate::stats::weekly::change::{Change, Direction};
use crate::words::{self, Phrase};

pub(super) const PART: Part = Part { id: "verdicts", compose, json: |_| Keys::new() };

/// Most lines: what does not fit stands in its own section.
const LINES_MAX: usize = 5;

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    if facts.messages.attempted == 0 {
        return None;
    }
    let many = facts.blame.judged.len() > 1;
    let mut lines: Vec<String> = facts.blame.judged.iter().flat_map(|judged| decision::actions(judged, many, view)).collect();
    if let Some(weekly) = &facts.weekly {
        lines.extend(weekly.changes.iter().filter(|c| matters(c)).map(|change| changed(change, facts, view)));
        lines.extend(weekly.alarms.iter().map(|alarm| {
            let cause = view.word(words::label(alarm.cause));
            view.say(
                Phrase::AlarmLine,
                &[("cause", &cause), ("n", &format!("{:.0}", alarm.seen)), ("expected", &format!("{:.0}", alarm.expected))],
            )
        }));
    }
    lines.truncate(LINES_MAX);
    if lines.is_empty() {
        lines.push(nothing(facts, view));
    }
    let blocks = lines.into_iter().map(Block::Lead).collect();
    Some(Section { id: PART.id, title: view.say(Phrase::Verdicts, &[]), blocks })
}

fn matters(change: &Change) -> bool {
    matches!(change.direction, Direction::New | Direction::Worse)
}

/// A cause that is new or worse, and where to read about it.
fn changed(change: &Change, facts: &Facts, view: &View) -> String {
    let phrase = if change.direction == Direction::New { Phrase::LineNew } else { Phrase::LineWorse };
    let fact = facts.causes.iter().find(|c| c.cause == change.cause);
    let values = [
        ("cause", &*view.word(words::label(change.cause))),
        ("n", &*count(change.unsent.0)),
        ("last", &*count(change.unsent.1)),
        ("who", &*who(change, fact, view)),
        ("version", fact.and_then(|f| f.first_version.as_deref()).unwrap_or("–")),
        ("id", fact.and_then(|f| f.samples.first()).map_or("–", |s| s.id.as_str())),
    ];
    view.say(phrase, &values)
}

/// Whom it hit: users, or uploads where the log states no user.
fn who(change: &Change, fact: Option<&CauseFact>, view: &View) -> String {
    match change.users.0 {
        0 => view.say(Phrase::InUploads, &[("n", &count(fact.map_or(0, |f| f.clusters)))]),
        users => view.say(Phrase::OfUsers, &[("n", &count(users))]),
    }
}

/// That nothing needs action, and what would have shown.
fn nothing(facts: &Facts, view: &View) -> String {
    if let Some(points) = facts.weekly.as_ref().and_then(|weekly| smallest_change(facts, weekly)) {
        return view.say(Phrase::NothingThisWeek, &[("points", &percent(points))]);
    }
    let told = |j: &crate::stats::blame::judged::Judged| {
        j.versions
            .iter()
            .zip(&j.verdicts)
            .filter(|(v, _)| v.finding != Finding::TooLittleData)
            .map(|(_, v)| v.smallest_shown)
            .fold(f64::INFINITY, f64::min)
    };
    let shown = facts.blame.judged.iter().map(told).fold(f64::INFINITY, f64::min);
    if shown.is_finite() {
        view.say(Phrase::NothingToDo, &[("ratio", &format!("{shown:.2}"))])
    } else {
        view.say(Phrase::NothingToSay, &[])
    }
}

/// At the normal approximation, the rise of the unsent rate that two weeks would have shown in nine of ten cases.
fn smallest_change(facts: &Facts, weekly: &Weekly) -> Option<f64> {
    let last = weekly.last.as_ref()?;
    let (now, before) = (&facts.messages, &last.messages);
    if now.judged() == 0 || before.judged() == 0 {
        return None;
    }
    let rate = ratio(now.unsent + before.unsent, now.judged() + before.judged());
    let squares: u64 = facts.causes.iter().chain(&last.causes).map(|c| c.squares).sum();
    let scatter = (float(squares) / float((now.unsent + before.unsent).max(1))).max(1.0);
    let variance = rate * (1.0 - rate) * scatter * (1.0 / float(now.judged()) + 1.0 / float(before.judged()));
    Some(3.24 * variance.sqrt())
}
