//! What happened, in one sentence, and how many messages ended how.

use super::Part;
use crate::report::json::{JsonRate, Keys, json};
use crate::report::model::{Block, Cell, Role, Row, Section, Table};
use crate::report::number::{count, percent};
use crate::report::view::View;
use crate::stats::Facts;
use crate::stats::interval::ratio;
use crate::taxonomy::Outcome;
use crate::words::{self, Phrase};
use serde::Serialize;

pub(super) const PART: Part = Part { id: "messages", compose, json: keys };

/// Causes that the sentence names.
const CAUSES_NAMED: usize = 3;

#[allow(clippy::unnecessary_wraps)] // the shape of every section
fn compose(facts: &Facts, view: &View) -> Option<Section> {
    let mut blocks = vec![Block::Lead(sentence(facts, view)), Block::Lines(scope(facts, view))];
    if facts.messages.attempted > 0 {
        blocks.push(Block::Table(outcomes(facts, view)));
        blocks.push(Block::Lines(rates(facts, view)));
    }
    Some(Section { id: PART.id, title: view.say(Phrase::Messages, &[]), blocks })
}

/// How many messages were not sent, and mostly why.
fn sentence(facts: &Facts, view: &View) -> String {
    let tally = &facts.messages;
    let (unsent, attempted, judged) = (count(tally.unsent), count(tally.attempted), count(tally.judged()));
    let values = [("unsent", unsent.as_str()), ("attempted", &attempted), ("judged", &judged)];
    match (tally.attempted, tally.judged(), tally.unsent) {
        (0, _, _) => view.say(Phrase::NoMessages, &[("bundles", &count(facts.input.bundles))]),
        (_, 0, _) => view.say(Phrase::NothingJudged, &values),
        (_, _, 0) => view.say(Phrase::AllSent, &values),
        (_, _, n) => {
            let phrase = if n == 1 { Phrase::OneUnsent } else { Phrase::SomeUnsent };
            let why = |c: &crate::stats::facts::CauseFact| format!("{} ({})", view.word(words::label(c.cause)), count(c.unsent));
            let named: Vec<String> = facts.causes.iter().filter(|c| c.unsent > 0).take(CAUSES_NAMED).map(why).collect();
            format!("{}{}{}", view.say(phrase, &values), view.list(&named), view.say(Phrase::Stop, &[]))
        }
    }
}

fn scope(facts: &Facts, view: &View) -> Vec<String> {
    let scope = &facts.scope;
    let mut lines = Vec::new();
    if let (Some(first), Some(last)) = (scope.first_us, scope.last_us) {
        let zone = view.zone.name();
        lines.push(view.say(
            Phrase::Period,
            &[("apps", &view.list(&scope.apps)), ("first", &view.moment(first)), ("last", &view.moment(last)), ("zone", zone)],
        ));
    }
    let (bundles, users) = (count(facts.input.bundles), count(facts.messages.users));
    // Logs that name no user say nothing of how many there are.
    let counted = if facts.messages.users > 0 { Phrase::Counted } else { Phrase::CountedUploads };
    lines.push(view.say(counted, &[("bundles", &bundles), ("users", &users)]));
    if let Some(weekly) = &facts.weekly {
        let monday = weekly.week.monday();
        let sunday = monday + chrono::Days::new(6);
        let understood = ratio(facts.input.lines - facts.input.unread.min(facts.input.lines), facts.input.lines.max(1));
        let values = [
            ("week", &*weekly.week.to_string()),
            ("first", &*monday.to_string()),
            ("last", &*sunday.to_string()),
            ("zone", &*weekly.zone),
            ("id", &*weekly.report_id),
            ("understood", &*percent(understood)),
            ("rules", &*scope.rules.join(" ")),
        ];
        lines.insert(0, view.say(Phrase::WeekLine, &values));
    }
    if !scope.selection.is_empty() {
        lines.push(view.say(Phrase::Selected, &[("selection", &scope.selection.join(", "))]));
    }
    lines
}

fn outcomes(facts: &Facts, view: &View) -> Table {
    let tally = &facts.messages;
    let rows = [
        (Outcome::Sent, tally.sent),
        (Outcome::Delayed, tally.delayed),
        (Outcome::Unsent, tally.unsent),
        (Outcome::Pending, tally.pending),
    ];
    let row = |(outcome, n): (Outcome, u64)| Row {
        cells: vec![
            Cell::Label(view.word(words::outcome(outcome)), outcome.as_str().to_owned()),
            Cell::Count(n),
            Cell::Share(n, tally.attempted),
        ],
        stands_out: false,
    };
    Table {
        id: "messages",
        columns: vec![
            view.head("outcome", Phrase::Outcome, Role::Level),
            view.head("messages", Phrase::Messages, Role::Number),
            view.head("share", Phrase::ShareOfMessages, Role::Word),
        ],
        rows: rows.into_iter().map(row).collect(),
        shown: usize::MAX,
    }
}

fn rates(facts: &Facts, view: &View) -> Vec<String> {
    let tally = &facts.messages;
    let delayed_after = crate::report::number::duration(facts.scope.delayed_after_ms);
    vec![
        view.say(Phrase::UnsentRate, &[("rate", &view.rate(&tally.rate())), ("n", &count(tally.judged()))]),
        view.say(
            Phrase::ClientRate,
            &[("rate", &view.rate(&tally.client_rate())), ("k", &count(tally.attributable)), ("n", &count(tally.eligible))],
        ),
        view.say(Phrase::DelayedMeans, &[("after", &delayed_after)]),
        view.say(Phrase::Bias, &[]),
    ]
}

#[derive(Serialize)]
struct Messages {
    attempted: u64,
    sent: u64,
    delayed: u64,
    unsent: u64,
    pending: u64,
    eligible: u64,
    attributable: u64,
    users: u64,
    users_unsent: u64,
    #[serde(flatten)]
    rate: JsonRate,
    client: JsonRate,
}

#[derive(Serialize)]
struct Scope<'a> {
    apps: &'a [String],
    first: Option<String>,
    last: Option<String>,
    selection: &'a [String],
    delayed_after_ms: i64,
    pending_after_ms: i64,
    redacted: bool,
    rules: &'a [String],
    tool: &'static str,
}

fn keys(facts: &Facts) -> Keys {
    let tally = &facts.messages;
    let messages = Messages {
        attempted: tally.attempted,
        sent: tally.sent,
        delayed: tally.delayed,
        unsent: tally.unsent,
        pending: tally.pending,
        eligible: tally.eligible,
        attributable: tally.attributable,
        users: tally.users,
        users_unsent: tally.users_unsent,
        rate: tally.rate().into(),
        client: tally.client_rate().into(),
    };
    let scope = Scope {
        apps: &facts.scope.apps,
        first: facts.scope.first_us.and_then(crate::store::stamp::rfc3339),
        last: facts.scope.last_us.and_then(crate::store::stamp::rfc3339),
        selection: &facts.scope.selection,
        delayed_after_ms: facts.scope.delayed_after_ms,
        pending_after_ms: facts.scope.pending_after_ms,
        redacted: facts.scope.redacted,
        rules: &facts.scope.rules,
        tool: concat!("whyunsent ", env!("CARGO_PKG_VERSION")),
    };
    vec![("scope", json(&scope)), ("messages", json(&messages))]
}
