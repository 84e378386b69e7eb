//! What was read, and what makes the numbers less sure.

use super::Part;
use crate::report::json::{Keys, json};
use crate::report::model::{Block, Cell, Role, Row, Section, Table};
use crate::report::number::{bytes, count, share};
use crate::report::view::View;
use crate::stats::Facts;
use crate::stats::interval::{JUDGED_MIN, ratio, round};
use crate::stats::quality::Missing;
use crate::taxonomy::{Cause, Clock, Status};
use crate::words::{self, Phrase};
use serde::Serialize;
use std::collections::BTreeMap;

pub(super) const PART: Part = Part { id: "quality", compose, json: keys };

/// Share of unread lines from which the report warns.
const UNREAD_WARN: f64 = 0.05;
/// Share of messages without a value from which the report warns.
const MISSING_WARN: f64 = 0.1;
/// Share of unknown causes from which the report warns.
const UNKNOWN_WARN: f64 = 0.2;

#[allow(clippy::unnecessary_wraps)] // the shape of every section
fn compose(facts: &Facts, view: &View) -> Option<Section> {
    let mut blocks = vec![Block::Lines(read(facts, view))];
    if !facts.quality.statuses.is_empty() {
        blocks.push(Block::Table(statuses(facts, view)));
    }
    let cautions = cautions(facts, view);
    if !cautions.is_empty() {
        blocks.push(Block::Lines(cautions));
    }
    Some(Section { id: PART.id, title: view.say(Phrase::Quality, &[]), blocks })
}

fn read(facts: &Facts, view: &View) -> Vec<String> {
    let input = &facts.input;
    let counts = [
        ("bundles", count(input.bundles)),
        ("files", count(input.files)),
        ("skipped", count(input.files_skipped)),
        ("unreadable", count(input.files_unreadable)),
        ("bytes", bytes(input.bytes)),
        ("lines", count(input.lines)),
        ("records", count(input.records)),
        ("continuations", count(input.continuations)),
        ("blank", count(input.blank)),
        ("unread", count(input.unread)),
    ];
    let values: Vec<(&str, &str)> = counts.iter().map(|(name, n)| (*name, n.as_str())).collect();
    vec![view.say(Phrase::FilesRead, &values), view.say(Phrase::LinesRead, &values)]
}

fn statuses(facts: &Facts, view: &View) -> Table {
    let row = |(status, n): (&Status, &u64)| Row {
        cells: vec![Cell::Label(view.word(words::status(*status)), status.as_str().to_owned()), Cell::Count(*n)],
        stands_out: false,
    };
    Table {
        id: "uploads",
        columns: vec![view.head("status", Phrase::Uploads, Role::Level), view.head("bundles", Phrase::Count, Role::Number)],
        rows: facts.quality.statuses.iter().map(row).collect(),
        shown: usize::MAX,
    }
}

/// What makes the numbers less sure, each with what to do about it.
fn cautions(facts: &Facts, view: &View) -> Vec<String> {
    let (tally, quality, input) = (&facts.messages, &facts.quality, &facts.input);
    let mut said = Vec::new();
    let mut say = |holds: bool, phrase: Phrase, values: &[(&str, &str)]| {
        if holds {
            said.push(view.say(phrase, values));
        }
    };
    let few = tally.attempted > 0 && tally.judged() < JUDGED_MIN;
    say(few, Phrase::CautionFew, &[("n", &count(tally.judged())), ("min", &count(JUDGED_MIN))]);
    let unread = input.understood().is_some_and(|known| 1.0 - known > UNREAD_WARN);
    say(unread, Phrase::CautionUnread, &[("share", &share(input.unread, input.lines))]);
    let unknown = facts.causes.iter().find(|c| c.cause == Cause::Unknown).map_or(0, |c| c.unsent);
    let many = unknown > 0 && ratio(unknown, tally.unsent) > UNKNOWN_WARN;
    say(many, Phrase::CautionUnknown, &[("share", &share(unknown, tally.unsent))]);
    say(!quality.silent_apps.is_empty(), Phrase::CautionSilent, &[("apps", &view.list(&quality.silent_apps))]);
    say(input.files_unreadable > 0, Phrase::CautionUnreadable, &[("n", &count(input.files_unreadable))]);
    say(quality.duplicate_bundles > 0, Phrase::CautionBundles, &[("n", &count(quality.duplicate_bundles))]);
    say(quality.duplicate_messages > 0, Phrase::CautionMessages, &[("n", &count(quality.duplicate_messages))]);
    let assumed: u64 = [Clock::AssumedZone, Clock::AssumedYear].iter().filter_map(|c| quality.clocks.get(c)).sum();
    say(assumed > 0, Phrase::CautionClock, &[("n", &count(assumed))]);
    let timeless: u64 = [Clock::Uptime, Clock::None].iter().filter_map(|c| quality.clocks.get(c)).sum();
    say(timeless > 0, Phrase::CautionTimeless, &[("n", &count(timeless))]);
    let Missing { version, device, network, user } = quality.missing;
    let named = [(version, Phrase::Version), (device, Phrase::Device), (network, Phrase::Network), (user, Phrase::User)];
    for (n, what) in named {
        let many = n > 0 && ratio(n, tally.attempted) > MISSING_WARN;
        say(many, Phrase::CautionMissing, &[("n", &count(n)), ("what", &view.say(what, &[]))]);
    }
    say(quality.actions > 0, Phrase::ActionsLeftOut, &[("n", &count(quality.actions))]);
    said
}

#[derive(Serialize)]
struct JsonQuality<'a> {
    understood: Option<f64>,
    statuses: BTreeMap<&'static str, u64>,
    formats: &'a BTreeMap<String, u64>,
    duplicate_bundles: u64,
    duplicate_messages: u64,
    actions: u64,
    clocks: BTreeMap<&'static str, u64>,
    missing: Missing,
    silent_apps: &'a [String],
}

fn keys(facts: &Facts) -> Keys {
    let quality = &facts.quality;
    let written = JsonQuality {
        understood: facts.input.understood().map(round),
        statuses: quality.statuses.iter().map(|(s, n)| (s.as_str(), *n)).collect(),
        formats: &quality.formats,
        duplicate_bundles: quality.duplicate_bundles,
        duplicate_messages: quality.duplicate_messages,
        actions: quality.actions,
        clocks: quality.clocks.iter().map(|(c, n)| (c.as_str(), *n)).collect(),
        missing: quality.missing,
        silent_apps: &quality.silent_apps,
    };
    vec![("input", json(&facts.input)), ("quality", json(&written))]
}
