//! The row that closes an upload: what was read of it, how much, and what it told.

use super::context::fill;
use super::row::Common;
use crate::event::{EventRow, Micros};
use crate::format::GRAMMARS;
use crate::scan::Counts;
use crate::session::Session;
use crate::taxonomy::{Kind, Outcome, Status};
use std::collections::HashMap;

/// Clocks differ by less for want of a better reason: the way of an acknowledgement.
const SKEW_TOLD_US: i64 = 5_000_000;

/// What an upload is called, and how many files it has.
#[derive(Clone, Debug)]
pub struct Named {
    /// Name of the upload as handed over.
    pub upload: String,
    /// Documents.
    pub files: usize,
}

/// What the rows of an upload come to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    messages: HashMap<Outcome, i64>,
    incidents: i64,
}

impl Tally {
    /// Counts rows.
    pub fn add(&mut self, rows: &[EventRow]) {
        for row in rows {
            match (row.kind, row.outcome) {
                (Kind::Message, Some(outcome)) => *self.messages.entry(outcome).or_default() += 1,
                (Kind::Message | Kind::Action, _) => {}
                _ => self.incidents += 1,
            }
        }
    }
}

/// The receipt that closes an upload.
#[must_use]
pub fn receipt(session: &Session<'_>, named: &Named, tally: &Tally, counts: Counts, partial: bool, common: &Common) -> EventRow {
    let mut row = EventRow::new(Kind::Upload);
    fill(&mut row, session, usize::MAX, None);
    let of = |outcome: Outcome| Some(tally.messages.get(&outcome).copied().unwrap_or_default());
    let whole = |n: u64| i64::try_from(n).ok();
    row.bundle.clone_from(&common.bundle);
    row.bundle_path.clone_from(&common.bundle_path);
    row.rules = Some(common.rules.clone());
    row.upload = Some(named.upload.clone());
    row.first_at = session.first_us.map(Micros);
    row.last_at = session.last_us.map(Micros);
    row.days_seen = whole(session.days.len() as u64);
    row.files = whole(named.files as u64);
    row.bytes = whole(counts.bytes);
    row.lines = whole(counts.lines);
    row.records = whole(counts.records);
    row.continuations = whole(counts.continuations);
    row.blank = whole(counts.blank);
    row.unread = whole(counts.unread);
    row.sent = of(Outcome::Sent);
    row.delayed = of(Outcome::Delayed);
    row.unsent = of(Outcome::Unsent);
    row.pending = of(Outcome::Pending);
    row.incidents = Some(tally.incidents);
    let mut formats: Vec<String> =
        session.documents.iter().filter_map(|d| d.scanned.grammar).map(|g| GRAMMARS[g as usize].info().id.to_owned()).collect();
    formats.sort_unstable();
    formats.dedup();
    let known = !formats.is_empty();
    row.formats = Some(formats);
    row.status = Some(match () {
        () if session.documents.is_empty() => Status::Unreadable,
        () if counts.bytes == 0 => Status::Empty,
        () if partial => Status::Partial,
        () if !known => Status::Unsupported,
        () => Status::Ok,
    });
    let lost = partial.then(|| "some text is damaged or lost, see the problems".to_owned());
    let skewed = session.skew_us.filter(|skew| skew.abs() >= SKEW_TOLD_US).map(|skew| {
        let side = if skew > 0 { "ahead of" } else { "behind" };
        format!("the device's clock is {} s {side} the server's", skew.abs() / 1_000_000)
    });
    let details: Vec<String> = [lost, skewed].into_iter().flatten().collect();
    row.detail = (!details.is_empty()).then(|| details.join("; "));
    row
}
