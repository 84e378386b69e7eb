//! One message: what became of it and why, how sure that is, its life step by step, the lines that prove it, and
//! what to do.

use super::overview::took;
use super::{Teller, Upload, advice};
use crate::event::{EventRow, Step};
use crate::report::model::{Block, Cell, Detail, Quote, Role, Row, Section, Table};
use crate::report::number::{count, duration};
use crate::report::view::View;
use crate::taxonomy::{Cause, Outcome};
use crate::words::{self, Lang, Phrase};

/// Steps of a long life that are shown at its beginning, and as many at its end.
const STEPS_EACH: usize = 6;

pub(super) fn compose(row: &EventRow, upload: &Upload<'_>, teller: &Teller<'_>) -> Section {
    let view = teller.view;
    let mut blocks = vec![Block::Lead(outcome_and_cause(row, view)), Block::Lines(facts(row, teller))];
    if row.steps.as_ref().is_some_and(|s| !s.is_empty()) {
        blocks.push(Block::Table(life(row, view)));
    }
    blocks.push(Block::Details(vec![proof(row, teller)]));
    let mut todo: Vec<String> = Vec::new();
    if matches!(row.outcome, Some(Outcome::Unsent | Outcome::Delayed)) {
        let steps = advice::steps(row, upload, teller.help, view);
        todo.extend(steps.iter().enumerate().map(|(i, step)| format!("{}. {step}", i + 1)));
    }
    if !todo.is_empty() {
        todo.insert(0, view.say(Phrase::First, &[]));
        blocks.push(Block::Lines(todo));
    }
    let key = row.key.clone().or_else(|| row.message_id.clone()).unwrap_or_default();
    Section { id: "message", title: view.say(Phrase::MessageTitle, &[("key", &key)]), blocks }
}

/// The first sentence: what became of it, and why.
#[must_use]
pub fn outcome_and_cause(row: &EventRow, view: &View) -> String {
    let why = why(row.cause.unwrap_or(Cause::Unknown), view);
    let took = took(row.latency_ms);
    match row.outcome {
        Some(Outcome::Unsent) => view.say(Phrase::StoryUnsent, &[("why", &why)]),
        Some(Outcome::Delayed) if row.cause.is_some() => view.say(Phrase::StoryDelayed, &[("took", &took), ("why", &why)]),
        Some(Outcome::Delayed) => view.say(Phrase::StoryDelayedUnknown, &[("took", &took)]),
        Some(Outcome::Sent) if took.is_empty() => view.say(Phrase::StorySent, &[]),
        Some(Outcome::Sent) => view.say(Phrase::StorySentIn, &[("took", &took)]),
        Some(Outcome::Pending) | None => view.say(Phrase::StoryPending, &[]),
    }
}

/// What a cause means, as the end of a sentence.
pub(super) fn why(cause: Cause, view: &View) -> String {
    let meaning = view.word(words::meaning(cause));
    match view.lang {
        Lang::Zh => meaning,
        Lang::En => {
            let mut letters = meaning.chars();
            letters.next().map(|first| first.to_lowercase().collect::<String>() + letters.as_str()).unwrap_or_default()
        }
    }
}

/// What is known of it, one fact a line.
fn facts(row: &EventRow, teller: &Teller<'_>) -> Vec<String> {
    let view = teller.view;
    let mut lines = Vec::new();
    let mut line = |name: Phrase, value: Option<String>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            lines.push(view.say(Phrase::Named, &[("name", &view.say(name, &[])), ("value", &value)]));
        }
    };
    let label = |cause: Cause| format!("{} ({})", view.word(words::label(cause)), cause.as_str());
    line(Phrase::Cause, row.cause.map(label));
    if let (Some(trust), Some(_)) = (row.trust, row.cause) {
        line(Phrase::HowSure, Some(format!("{} – {}", view.word(words::sureness(trust)), view.word(words::trust(trust)))));
    }
    let also = row.also.iter().flatten().filter_map(|c| c.parse::<Cause>().ok()).map(label).collect::<Vec<_>>();
    line(Phrase::Rivals, Some(view.list(&also)));
    line(Phrase::ErrorCode, row.code.clone());
    line(Phrase::Waits, row.retry_after_ms.map(duration));
    line(Phrase::Until, row.until.map(|at| view.moment(at.0)));
    line(
        Phrase::Network,
        row.network_type
            .clone()
            .filter(|n| n != "unknown")
            .map(|n| [Some(n), row.network_subtype.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ")),
    );
    line(Phrase::Tries, row.tries.filter(|n| *n > 1).map(|n| count(u64::try_from(n).unwrap_or(0))));
    line(Phrase::WhereTimeWent, Some(spent(row, view)));
    line(Phrase::Signature, row.signature.clone());
    if let (Some(at), Some(Cause::NetworkOffline | Cause::NetworkWeak)) = (row.ended_at, row.cause) {
        let state = view.word(words::label(row.cause.unwrap_or(Cause::Unknown)));
        let network = row.network_type.clone().unwrap_or_else(|| "unknown".to_owned());
        lines.push(view.say(Phrase::NetworkThen, &[("at", &view.second(at.0)), ("state", &state), ("network", &network)]));
    }
    if let Some(known) = teller.help.known(row) {
        lines.push(view.say(Phrase::KnownIssue, &[("issue", &known.issue)]));
        lines.push(known.says(view.lang).to_owned());
    }
    lines
}

/// Where the time of a late message went.
fn spent(row: &EventRow, view: &View) -> String {
    if row.outcome != Some(Outcome::Delayed) {
        return String::new();
    }
    let parts = [
        (Phrase::PartQueue, row.queue_ms),
        (Phrase::PartOffline, row.offline_ms),
        (Phrase::PartEncrypt, row.encrypt_ms),
        (Phrase::PartUpload, row.upload_ms),
        (Phrase::PartServer, row.server_ms),
    ];
    let shown = parts.iter().filter_map(|(p, ms)| ms.filter(|ms| *ms > 0).map(|ms| format!("{} {}", view.say(*p, &[]), duration(ms))));
    view.list(&shown.collect::<Vec<_>>())
}

/// Its life, step by step.
fn life(row: &EventRow, view: &View) -> Table {
    let steps: &[Step] = row.steps.as_deref().unwrap_or_default();
    let begin = steps.iter().find_map(|s| s.at);
    let line = |step: &Step| Row {
        cells: vec![
            Cell::text(step.at.map(|at| view.second(at)).as_deref()),
            Cell::millis(step.at.zip(begin).map(|(at, first)| (at - first) / 1_000).filter(|ms| *ms > 0)),
            Cell::Label(view.word(words::phase(step.phase)), step.phase.as_str().to_owned()),
            Cell::Count(step.line),
        ],
        stands_out: false,
    };
    let mut rows: Vec<Row> = steps.iter().map(line).collect();
    if rows.len() > 2 * STEPS_EACH + 1 {
        let left_out = rows.len() - 2 * STEPS_EACH;
        let text = view.say(Phrase::StepsLeftOut, &[("n", &count(left_out as u64))]);
        let row = Row { cells: vec![Cell::Nothing, Cell::Nothing, Cell::Text(text), Cell::Nothing], stands_out: false };
        rows.splice(STEPS_EACH..STEPS_EACH + left_out, [row]);
    }
    Table {
        id: "life",
        columns: vec![
            view.head("at", Phrase::At, Role::Level),
            view.head("after_ms", Phrase::After, Role::Number),
            view.head("phase", Phrase::What, Role::Word),
            view.head("line", Phrase::Line, Role::Number),
        ],
        rows,
        shown: usize::MAX,
    }
}

/// What the log shows, with its lines.
fn proof(row: &EventRow, teller: &Teller<'_>) -> Detail {
    let view = teller.view;
    let says = row.rule.as_deref().and_then(|rule| teller.says(rule));
    let quotes = row.evidence.iter().flatten().map(|e| Quote { text: e.text.clone(), place: format!("{}:{}", e.file, e.line) });
    Detail {
        head: view.say(Phrase::LogShows, &[]),
        meaning: says.unwrap_or_else(|| view.say(Phrase::LogOnlyShows, &[])),
        advice: None,
        quotes: quotes.collect(),
    }
}
