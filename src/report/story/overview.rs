//! An upload as a whole: who, device, network, how many messages ended how, and its incidents.

use super::{Teller, Upload, advice, is_since};
use crate::event::EventRow;
use crate::report::model::{Block, Cell, Role, Row, Section, Table};
use crate::report::number::{count, duration};
use crate::report::view::View;
use crate::taxonomy::{Clock, Kind, Outcome};
use crate::words::{self, Phrase};

pub(super) fn compose(upload: &Upload<'_>, teller: &Teller<'_>) -> Section {
    let view = teller.view;
    let receipt = upload.receipt();
    let mut blocks = vec![Block::Lead(lead(upload, view))];
    let mut lines: Vec<String> = receipt.map(|row| context(row, upload, view)).unwrap_or_default();
    lines.extend(observations(upload, teller));
    blocks.push(Block::Lines(lines));
    if upload.messages().next().is_some() {
        blocks.push(Block::Table(messages(upload, teller)));
    }
    let title = receipt.map_or_else(|| view.say(Phrase::UploadTitle, &[]), |r| r.bundle_path.clone());
    Section { id: "upload", title, blocks }
}

/// How many messages there were and what became of them.
fn lead(upload: &Upload<'_>, view: &View) -> String {
    let total = upload.messages().count();
    let number = |outcome| count(upload.count(outcome) as u64);
    let (unsent, delayed) = (upload.count(Outcome::Unsent), upload.count(Outcome::Delayed));
    let values = [
        ("n", &*count(total as u64)),
        ("sent", &*number(Outcome::Sent)),
        ("delayed", &*number(Outcome::Delayed)),
        ("unsent", &*number(Outcome::Unsent)),
        ("pending", &*number(Outcome::Pending)),
    ];
    match (total, unsent, delayed) {
        (0, ..) => view.say(Phrase::StoryNoMessage, &[]),
        (_, 0, 0) if upload.count(Outcome::Pending) == 0 => view.say(Phrase::StoryAllSent, &values),
        _ => view.say(Phrase::StoryCounts, &values),
    }
}

/// Who sent, from what, and when.
fn context(receipt: &EventRow, upload: &Upload<'_>, view: &View) -> Vec<String> {
    // What a message states is nearer than what the upload states.
    let rows = || upload.messages().chain(std::iter::once(receipt));
    let value = |of: fn(&EventRow) -> Option<String>| rows().find_map(of);
    let mut lines = Vec::new();
    let mut line = |title: Phrase, parts: Vec<Option<String>>| {
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if !parts.is_empty() {
            let title = view.say(title, &[]);
            lines.push(view.say(Phrase::Named, &[("name", &title), ("value", &parts.join(" "))]));
        }
    };
    let build = value(|r| r.app_build.clone()).map(|b| format!("({b})"));
    line(Phrase::App, vec![value(|r| r.app.clone()), value(|r| r.app_version.clone()), build, value(|r| r.channel.clone())]);
    line(Phrase::Device, vec![value(|r| r.device_manufacturer.clone()), value(|r| r.device_model.clone())]);
    line(Phrase::System, vec![value(|r| r.os.clone()), value(|r| r.os_version.clone()), value(|r| r.os_build.clone())]);
    let mut networks: Vec<String> = upload.messages().filter_map(|r| r.network_type.clone()).filter(|n| n != "unknown").collect();
    networks.sort();
    networks.dedup();
    let networks = (!networks.is_empty()).then(|| view.list(&networks));
    line(Phrase::Network, vec![networks, value(|r| r.network_subtype.clone()), value(|r| r.carrier.clone())]);
    line(Phrase::StoryUser, vec![value(|r| r.user.clone())]);
    if let (Some(first), Some(last)) = (receipt.first_at, receipt.last_at) {
        let covered =
            view.say(Phrase::Covered, &[("first", &view.moment(first.0)), ("last", &view.moment(last.0)), ("zone", view.zone.name())]);
        lines.push(covered);
    }
    let unsure = |r: &&EventRow| matches!(r.clock, Some(Clock::AssumedZone | Clock::AssumedYear));
    let unsure = upload.messages().filter(unsure).count();
    if unsure > 0 {
        lines.push(view.say(Phrase::CautionClock, &[("n", &count(unsure as u64))]));
    }
    lines.extend(receipt.detail.clone());
    lines
}

/// What the messages together show.
fn observations(upload: &Upload<'_>, teller: &Teller<'_>) -> Vec<String> {
    let view = teller.view;
    let mut lines = Vec::new();
    if let Some((bad, good)) = advice::only_on(upload) {
        lines.push(view.say(Phrase::OnlyOn, &[("bad", &bad), ("good", &good)]));
    }
    if let Some(since) = teller.since_us {
        let tally = |after: bool| {
            let judged = |r: &&EventRow| r.started_at.is_some_and(|at| (at.0 >= since) == after) && r.outcome != Some(Outcome::Pending);
            let all: Vec<&EventRow> = upload.messages().filter(judged).collect();
            let unsent = all.iter().filter(|r| r.outcome == Some(Outcome::Unsent)).count();
            (count(unsent as u64), count(all.len() as u64))
        };
        let ((before_k, before_n), (after_k, after_n)) = (tally(false), tally(true));
        let at = view.moment(since);
        let values = [("at", &*at), ("k0", &*before_k), ("n0", &*before_n), ("k1", &*after_k), ("n1", &*after_n)];
        lines.push(view.say(Phrase::BeforeAndAfter, &values));
    }
    lines
}

/// All messages, those that failed first.
fn messages(upload: &Upload<'_>, teller: &Teller<'_>) -> Table {
    let view = teller.view;
    let mut rows: Vec<&EventRow> = upload.messages().filter(|r| is_since(r, teller.since_us)).collect();
    rows.sort_by_key(|r| match r.outcome {
        Some(Outcome::Unsent) => 0,
        Some(Outcome::Delayed) => 1,
        Some(Outcome::Pending) => 2,
        Some(Outcome::Sent) | None => 3,
    });
    let cause = |r: &EventRow| r.cause.map_or(Cell::Nothing, |c| Cell::Label(view.word(words::label(c)), c.as_str().to_owned()));
    let outcome = |r: &EventRow| r.outcome.map_or(Cell::Nothing, |o| Cell::Label(view.word(words::outcome(o)), o.as_str().to_owned()));
    let row = |r: &&EventRow| Row {
        cells: vec![
            Cell::text(r.key.as_deref()),
            Cell::text(r.started_at.map(|at| view.second(at.0)).as_deref()),
            outcome(r),
            cause(r),
            Cell::text(r.network_type.as_deref()),
            Cell::Count(u64::try_from(r.tries.unwrap_or(0)).unwrap_or(0)),
            Cell::millis(r.latency_ms),
        ],
        stands_out: r.outcome == Some(Outcome::Unsent),
    };
    Table {
        id: "messages",
        columns: vec![
            view.head("key", Phrase::Message, Role::Level),
            view.head("started_at", Phrase::Began, Role::Word),
            view.head("outcome", Phrase::Outcome, Role::Word),
            view.head("cause", Phrase::Cause, Role::Word),
            view.head("network", Phrase::Network, Role::Common),
            view.head("tries", Phrase::Tries, Role::Number),
            view.head("latency_ms", Phrase::Took, Role::Number),
        ],
        rows: rows.iter().map(row).collect(),
        shown: view.top,
    }
}

/// Crashes, hangs and what else happened to the app, with the messages that each cost.
pub(super) fn incidents(upload: &Upload<'_>, teller: &Teller<'_>) -> Option<Section> {
    let view = teller.view;
    let all: Vec<&EventRow> = upload.incidents().collect();
    if all.is_empty() {
        return None;
    }
    let cost = |r: &EventRow| upload.messages().filter(|m| m.incident.is_some() && m.incident == r.incident).count() as u64;
    let row = |r: &&EventRow| Row {
        cells: vec![
            Cell::Label(view.word(words::kind(r.kind)), r.kind.as_str().to_owned()),
            Cell::text(r.started_at.map(|at| view.second(at.0)).as_deref()),
            Cell::text(r.signature.as_deref()),
            Cell::Count(cost(r)),
        ],
        stands_out: cost(r) > 0,
    };
    let table = Table {
        id: "incidents",
        columns: vec![
            view.head("kind", Phrase::Kind, Role::Level),
            view.head("at", Phrase::Began, Role::Word),
            view.head("signature", Phrase::Signature, Role::Word),
            view.head("messages_lost", Phrase::MessagesLost, Role::Number),
        ],
        rows: all.iter().map(row).collect(),
        shown: view.top,
    };
    let mut lines: Vec<String> = all.iter().flat_map(|r| told(r, upload, teller)).collect();
    lines.dedup();
    Some(Section { id: "incidents", title: view.say(Phrase::Incidents, &[]), blocks: vec![Block::Table(table), Block::Lines(lines)] })
}

/// What an incident was and what to do about it, where no message tells it.
fn told(row: &EventRow, upload: &Upload<'_>, teller: &Teller<'_>) -> Vec<String> {
    let says = row.rule.as_deref().and_then(|rule| teller.says(rule));
    let known = teller.help.known(row).map(|known| teller.view.say(Phrase::KnownIssue, &[("issue", &known.issue)]));
    let told_by_message = upload.messages().any(|m| m.incident.is_some() && m.incident == row.incident);
    let kept = matches!(row.kind, Kind::NotificationMissed | Kind::FeatureMissing | Kind::Incompatibility) || !told_by_message;
    let todo = if kept { advice::steps(row, upload, teller.help, teller.view) } else { Vec::new() };
    says.into_iter().chain(known).chain(todo).collect()
}

/// How long a message took, in words.
pub(super) fn took(ms: Option<i64>) -> String {
    ms.map(duration).unwrap_or_default()
}
