//! The reply to an upload: a few sentences for the user, or the mail that engineering gets.
//!
//! Both begin with what became of the messages and why. Neither holds an identifier, blames anyone or promises
//! anything; a test holds every cause to that and to its length.

use super::message::{outcome_and_cause, why};
use super::{Teller, Upload, advice};
use crate::event::EventRow;
use crate::report::number::count;
use crate::report::view::View;
use crate::taxonomy::{Cause, Outcome};
use crate::words::{self, Phrase};
use std::fmt::Write;

/// Most words of an English reply, its cited lines not counted.
pub const WORDS_MAX: usize = 120;
/// Most characters of a Chinese reply, its cited lines not counted.
pub const CHARS_MAX: usize = 200;
/// Lines that engineering is shown.
const QUOTES: usize = 3;
/// Most characters of a cited line.
const QUOTE_CHARS: usize = 300;

/// Whom a reply is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reader {
    /// Who uploaded the log.
    #[default]
    User,
    /// Who can fix the app.
    Engineering,
}

/// The message or incident that the reply is about: the one that was named, else one of the most frequent cause.
fn subject<'r>(upload: &Upload<'r>, named: Option<&'r EventRow>) -> Option<&'r EventRow> {
    if named.is_some() {
        return named;
    }
    for outcome in [Outcome::Unsent, Outcome::Delayed] {
        let rows: Vec<&EventRow> = upload.messages().filter(|r| r.outcome == Some(outcome)).collect();
        let frequency = |row: &EventRow| rows.iter().filter(|r| r.cause == row.cause).count();
        let mut best: Option<&EventRow> = None;
        for row in &rows {
            // The first of the most frequent; what is known before what is not.
            let rank = |r: &EventRow| (frequency(r), r.cause.is_some_and(|c| c != Cause::Unknown));
            if best.is_none_or(|b| rank(row) > rank(b)) {
                best = Some(row);
            }
        }
        if best.is_some() {
            return best;
        }
    }
    None
}

/// Writes the reply.
#[must_use]
pub fn write(upload: &Upload<'_>, named: Option<&EventRow>, reader: Reader, teller: &Teller<'_>) -> String {
    let view = teller.view;
    let Some(row) = subject(upload, named) else { return format!("{}\n", nothing(upload, teller)) };
    let mut text = first(upload, row, named.is_some(), view);
    text.push('\n');
    match reader {
        Reader::User => for_user(row, upload, teller, &mut text),
        Reader::Engineering => for_engineering(row, teller, &mut text),
    }
    text
}

/// Where no message failed or was late: what else there is to say.
fn nothing(upload: &Upload<'_>, teller: &Teller<'_>) -> String {
    let view = teller.view;
    let total = upload.messages().count();
    let mut text = match upload.incidents().next() {
        Some(row) => view.say(Phrase::ReplyIncident, &[("kind", &view.word(words::kind(row.kind)))]),
        None if total == 0 => view.say(Phrase::StoryNoMessage, &[]),
        None if upload.count(Outcome::Sent) == 0 => view.say(Phrase::StoryPending, &[]),
        None => view.say(Phrase::ReplyAllWell, &[]),
    };
    if let Some(row) = upload.incidents().next() {
        let todo = advice::steps(row, upload, teller.help, view);
        for step in &todo {
            text.extend(["\n- ", step]);
        }
    }
    text
}

/// The first sentence: outcome and cause, over all messages that ended like this one.
fn first(upload: &Upload<'_>, row: &EventRow, one: bool, view: &View) -> String {
    let alike = |r: &&EventRow| r.outcome == row.outcome;
    let total = upload.messages().filter(alike).count();
    let same = upload.messages().filter(alike).filter(|r| r.cause == row.cause).count();
    if one || total == 1 || row.outcome != Some(Outcome::Unsent) {
        return outcome_and_cause(row, view);
    }
    let why = why(row.cause.unwrap_or(Cause::Unknown), view);
    let (n, k) = (count(total as u64), count(same as u64));
    let phrase = if same == total { Phrase::ReplyUnsent } else { Phrase::ReplyUnsentMostly };
    view.say(phrase, &[("n", &n), ("k", &k), ("why", &why)])
}

fn for_user(row: &EventRow, upload: &Upload<'_>, teller: &Teller<'_>, text: &mut String) {
    let view = teller.view;
    let steps = advice::steps(row, upload, teller.help, view);
    if !steps.is_empty() {
        let _ = writeln!(text, "{}", view.say(Phrase::First, &[]));
    }
    for (i, step) in steps.iter().enumerate() {
        let _ = writeln!(text, "{}. {step}", i + 1);
    }
    if let Some(known) = teller.help.known(row) {
        let _ = writeln!(text, "{}", known.says(view.lang));
    }
    if let Some(reach) = teller.help.channels.first() {
        let _ = writeln!(text, "{}", crate::words::fill(&view.word(words::channel(reach.kind)), &[("value", &reach.value)]));
    }
}

fn for_engineering(row: &EventRow, teller: &Teller<'_>, text: &mut String) {
    let view = teller.view;
    let mut line = |name: Phrase, value: Option<String>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            let _ = writeln!(text, "{}", view.say(Phrase::Named, &[("name", &view.say(name, &[])), ("value", &value)]));
        }
    };
    let joined = |parts: [&Option<String>; 3]| Some(parts.iter().filter_map(|p| p.as_deref()).collect::<Vec<_>>().join(" "));
    line(Phrase::Version, joined([&row.app, &row.app_version, &row.app_build]));
    line(Phrase::Device, joined([&row.device_manufacturer, &row.device_model, &row.abi]));
    line(Phrase::System, joined([&row.os, &row.os_version, &row.os_build]));
    line(Phrase::Network, joined([&row.network_type, &row.network_subtype, &None]));
    line(Phrase::Began, row.started_at.map(|at| format!("{} {}", view.second(at.0), view.zone.name())));
    line(Phrase::Cause, row.cause.map(|c| c.as_str().to_owned()));
    line(Phrase::HowSure, row.trust.filter(|_| row.cause.is_some()).map(|t| view.word(words::sureness(t))));
    line(Phrase::ErrorCode, row.code.clone());
    line(Phrase::Signature, row.signature.clone());
    line(Phrase::Rivals, row.also.as_ref().map(|also| view.list(also)));
    line(Phrase::KnownTitle, teller.help.known(row).map(|k| k.issue.clone()));
    let _ = writeln!(text, "\n{}", view.say(Phrase::LogShows, &[]));
    for cited in row.evidence.iter().flatten().take(QUOTES) {
        let shown: String = crate::redact::printable(&cited.text).chars().take(QUOTE_CHARS).collect();
        let _ = writeln!(text, "> {shown}");
    }
}
