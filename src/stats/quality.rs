//! Receipts and messages -> what was read and how far it can be trusted.

use super::lot::Messages;
use super::names::Names;
use super::slim::is_user;
use crate::event::EventRow;
use crate::taxonomy::{Clock, Status};
use std::collections::BTreeMap;

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Input {
    /// Uploads, each once.
    pub bundles: u64,
    /// Files and members read.
    pub files: u64,
    /// Files left out by kind.
    pub files_skipped: u64,
    /// Files that could not be read.
    pub files_unreadable: u64,
    /// Decoded bytes.
    pub bytes: u64,
    /// Physical lines.
    pub lines: u64,
    /// Lines that begin a record.
    pub records: u64,
    /// Lines that continue a record.
    pub continuations: u64,
    /// Blank lines.
    pub blank: u64,
    /// Lines of no known form.
    pub unread: u64,
}

/// How far the input can be trusted.
#[derive(Clone, Debug, Default)]
pub struct Quality {
    /// Uploads by how they were read.
    pub statuses: BTreeMap<Status, u64>,
    /// Uploads by form of log; an upload with two forms counts in both.
    pub formats: BTreeMap<String, u64>,
    /// Uploads that stood in the input more than once and count once.
    pub duplicate_bundles: u64,
    /// Message rows left out because another upload shows the same message.
    pub duplicate_messages: u64,
    /// Reactions, edits and the like, which are no messages.
    pub actions: u64,
    /// Messages by how sure their times are.
    pub clocks: BTreeMap<Clock, u64>,
    /// Messages whose log states no version, device, network or user.
    pub missing: Missing,
    /// Apps whose logs show no acknowledgement: their rates are not known.
    pub silent_apps: Vec<String>,
}

/// Messages whose log does not state something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Missing {
    /// No version.
    pub version: u64,
    /// No device.
    pub device: u64,
    /// No network.
    pub network: u64,
    /// No user.
    pub user: u64,
}

impl Input {
    /// Adds the receipt of an upload.
    pub fn add(&mut self, row: &EventRow) {
        let count = |n: Option<i64>| u64::try_from(n.unwrap_or(0)).unwrap_or(0);
        self.bundles += 1;
        let nothing_read = matches!(row.status, Some(Status::Unreadable | Status::Quarantined | Status::Crashed | Status::Timeout));
        self.files_unreadable += u64::from(nothing_read);
        self.files += count(row.files);
        self.bytes += count(row.bytes);
        self.lines += count(row.lines);
        self.records += count(row.records);
        self.continuations += count(row.continuations);
        self.blank += count(row.blank);
        self.unread += count(row.unread);
    }

    /// Share of lines that are of a known form.
    #[must_use]
    pub fn understood(&self) -> Option<f64> {
        (self.lines > 0).then(|| super::interval::ratio(self.lines - self.unread.min(self.lines), self.lines))
    }
}

impl Quality {
    /// Adds the receipt of an upload.
    pub fn add(&mut self, row: &EventRow) {
        if let Some(status) = row.status {
            *self.statuses.entry(status).or_insert(0) += 1;
        }
        for format in row.formats.iter().flatten() {
            *self.formats.entry(format.clone()).or_insert(0) += 1;
        }
    }

    /// Adds what messages lack.
    pub(super) fn look_at(&mut self, messages: &Messages, names: &Names) {
        self.clocks.clone_from(&messages.clocks);
        for lot in &messages.lots {
            let (n, spot) = (lot.n(), names.spot(lot.spot));
            let place = names.place(spot.place);
            let lacks = |is_stated: bool| if is_stated { 0 } else { n };
            self.missing.version += lacks(place.version.is_some());
            self.missing.device += lacks(place.device.is_some());
            self.missing.network += lacks(spot.network.is_some());
            self.missing.user += lacks(is_user(lot.who));
        }
    }
}
