//! Why messages were not sent: a table of causes, and per cause what it means, what to do and up to
//! two lines that show it.

use super::Part;
use crate::report::json::{Keys, json};
use crate::report::model::{Block, Cell, Detail, Quote, Role, Row, Section, Table};
use crate::report::view::View;
use crate::stats::Facts;
use crate::stats::facts::{CauseFact, Sample};
use crate::stats::interval::{JUDGED_MIN, ratio, round};
use crate::taxonomy::{Cause, Remedy};
use crate::words::{self, Phrase};
use serde::Serialize;

pub(super) const PART: Part = Part { id: "causes", compose, json: keys };

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    let causes: Vec<&CauseFact> = facts.causes.iter().filter(|c| c.unsent > 0).collect();
    if causes.is_empty() {
        return None;
    }
    let table = Table {
        id: PART.id,
        columns: vec![
            view.head("cause", Phrase::Cause, Role::Level),
            view.head("unsent", Phrase::Unsent, Role::Number),
            view.head("share", Phrase::ShareOfUnsent, Role::Word),
            view.head("users", Phrase::Users, Role::Number),
            view.head("attributable", Phrase::BuildCanFix, Role::Number),
            view.head("change", Phrase::ChangePoints, Role::Number),
            view.head("first_version", Phrase::FirstVersion, Role::Word),
        ],
        rows: causes.iter().map(|c| row(c, facts, view)).collect(),
        shown: usize::MAX,
    };
    let details = causes.iter().take(view.top).map(|c| detail(c, view)).collect();
    let blocks = vec![Block::Table(table), Block::Details(details)];
    Some(Section { id: PART.id, title: view.say(Phrase::WhyUnsent, &[]), blocks })
}

fn row(fact: &CauseFact, facts: &Facts, view: &View) -> Row {
    let change = facts.weekly.iter().flat_map(|w| &w.changes).find(|c| c.cause == fact.cause).map(|c| c.difference);
    Row {
        cells: vec![
            Cell::Label(view.word(words::label(fact.cause)), fact.cause.as_str().to_owned()),
            Cell::Count(fact.unsent),
            Cell::Share(fact.unsent, facts.messages.unsent),
            Cell::known(fact.users),
            Cell::Count(fact.attributable),
            change.map_or(Cell::Nothing, |(d, (low, high))| Cell::Interval(d * 100.0, (low * 100.0, high * 100.0), 2)),
            Cell::text(fact.first_version.as_deref()),
        ],
        stands_out: false,
    }
}

fn detail(fact: &CauseFact, view: &View) -> Detail {
    let label = view.word(words::label(fact.cause));
    Detail {
        head: format!("{label} ({})", fact.cause.as_str()),
        meaning: view.word(words::meaning(fact.cause)),
        advice: advice_in(fact.cause, view),
        quotes: fact.samples.iter().map(quote).collect(),
    }
}

/// The first remedy that holds whatever the version: an update is advised only where the data show a
/// better version, or where the server itself asks for it.
pub(super) fn advice_in(cause: Cause, view: &View) -> Option<String> {
    if cause == Cause::SoftwareOutdated {
        return Some(view.say(Phrase::UpdateRefused, &[]));
    }
    let remedy = cause.remedies().iter().find(|r| **r != Remedy::AppUpdate)?;
    Some(view.word(words::advice(cause, *remedy)))
}

pub(super) fn quote(sample: &Sample) -> Quote {
    Quote { text: sample.text.clone(), place: format!("{}:{} ({})", place(sample), sample.line, sample.id) }
}

/// The file, with its upload where the file does not name it.
fn place(sample: &Sample) -> String {
    if sample.file == sample.bundle_path || sample.file.starts_with(&sample.bundle_path) || sample.bundle_path.ends_with(&sample.file) {
        sample.file.clone()
    } else {
        format!("{} {}", sample.bundle_path, sample.file)
    }
}

#[derive(Serialize)]
struct JsonCause<'a> {
    cause: Cause,
    unsent: u64,
    users: u64,
    share: Option<f64>,
    delayed: u64,
    attributable: u64,
    first_version: Option<&'a str>,
    remedies: &'static [Remedy],
    evidence: Vec<JsonSample<'a>>,
}

#[derive(Serialize)]
pub(super) struct JsonSample<'a> {
    id: &'a str,
    bundle_path: &'a str,
    file: &'a str,
    line: u64,
    role: Option<&'static str>,
    text: &'a str,
}

pub(super) fn json_sample(sample: &Sample) -> JsonSample<'_> {
    JsonSample {
        id: &sample.id,
        bundle_path: &sample.bundle_path,
        file: &sample.file,
        line: sample.line,
        role: sample.role.map(crate::taxonomy::Role::as_str),
        text: &sample.text,
    }
}

fn keys(facts: &Facts) -> Keys {
    let all = facts.messages.unsent;
    let causes: Vec<JsonCause<'_>> = facts
        .causes
        .iter()
        .map(|c| JsonCause {
            cause: c.cause,
            unsent: c.unsent,
            users: c.users,
            share: (all >= JUDGED_MIN).then(|| round(ratio(c.unsent, all))),
            delayed: c.delayed,
            attributable: c.attributable,
            first_version: c.first_version.as_deref(),
            remedies: c.cause.remedies(),
            evidence: c.samples.iter().map(json_sample).collect(),
        })
        .collect();
    vec![("causes", json(&causes))]
}
