//! The facts of a report as plain data: every number that a report shows, and nothing about how.

use super::blame::assess::Blame;
use super::delay::Delays;
use super::dimension::Dimension;
use super::incident::IncidentGroup;
use super::interval::{Rate, Reason, ratio};
use super::known::KnownFact;
use super::lot::{Lot, Messages, Users};
use super::quality::{Input, Quality};
use super::table::Level;
use super::weekly::Weekly;
use crate::taxonomy::{Cause, Outcome, Role};
use serde::{Deserialize, Serialize};

/// All facts of a set of uploads.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// What was looked at, and how.
    pub scope: Scope,
    /// What was read.
    pub input: Input,
    /// All messages.
    pub messages: Tally,
    /// How much more unsent messages come from the same users than chance would have it: a factor of the variance of rates.
    pub scatter: f64,
    /// Why messages were not sent, most frequent first.
    pub causes: Vec<CauseFact>,
    /// Per app, system and version; newest version first.
    pub versions: Vec<Level>,
    /// Which of them to blame, where failures concentrate, and what to update to.
    pub blame: Blame,
    /// Per device model; most unsent first.
    pub devices: Vec<Level>,
    /// Per network.
    pub networks: Vec<Level>,
    /// Per device and network.
    pub device_networks: Vec<Level>,
    /// Messages that were not sent, one by one, where they were asked for: the smallest ids first.
    pub listed: Vec<Listed>,
    /// Per combination of the dimensions asked for.
    pub by: Option<By>,
    /// How long acknowledgements took.
    pub delays: Delays,
    /// Crashes, hangs, kills, missed notifications and incompatibilities.
    pub incidents: Vec<IncidentGroup>,
    /// Known issues that were seen, the costliest first.
    pub known: Vec<KnownFact>,
    /// How far the input can be trusted.
    pub quality: Quality,
    /// What a weekly report says besides.
    pub weekly: Option<Box<Weekly>>,
}

/// The design effect of unsent messages: Σ K² / Σ K over users, at least 1.
pub(super) fn scatter(messages: &Messages) -> f64 {
    let of_user = |lots: &[Lot]| -> u64 { lots.iter().filter(|lot| lot.is_unsent()).map(Lot::n).sum() };
    let (sum, squares) = messages.by_user().map(of_user).fold((0, 0), |(sum, squares), n| (sum + n, squares + n * n));
    ratio(squares, sum).max(1.0)
}

/// What was looked at, and how.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Apps with messages.
    pub apps: Vec<String>,
    /// Versions of the rule sets.
    pub rules: Vec<String>,
    /// First start of a message, in µs since 1970 UTC.
    pub first_us: Option<i64>,
    /// Last start of a message.
    pub last_us: Option<i64>,
    /// What was selected, as typed.
    pub selection: Vec<String>,
    /// From when on an acknowledgement is late.
    pub delayed_after_ms: i64,
    /// From when on silence is a failure.
    pub pending_after_ms: i64,
    /// Whether text went through the redaction door.
    pub redacted: bool,
}

/// The table asked for.
#[derive(Clone, Debug)]
pub struct By {
    /// Its dimensions.
    pub dimensions: Vec<Dimension>,
    /// Its rows.
    pub levels: Vec<Level>,
}

/// Counts of a set of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// All messages.
    pub attempted: u64,
    /// Acknowledged in time.
    pub sent: u64,
    /// Acknowledged late.
    pub delayed: u64,
    /// Not sent.
    pub unsent: u64,
    /// Neither acknowledged nor known to have failed.
    pub pending: u64,
    /// Judged messages without those that failed for a cause outside the app.
    pub eligible: u64,
    /// Not sent for a cause that a build can fix.
    pub attributable: u64,
    /// Users with a message.
    pub users: u64,
    /// Users with a message that was not sent.
    pub users_unsent: u64,
}

/// Counts messages; lots come user by user.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counting {
    tally: Tally,
    outside: u64,
    users: Users,
    users_unsent: Users,
}

impl Counting {
    /// Takes a lot.
    pub(super) fn add(&mut self, lot: &Lot) {
        let n = lot.n();
        self.tally.attempted += n;
        match lot.fate.outcome {
            Outcome::Sent => self.tally.sent += n,
            Outcome::Delayed => self.tally.delayed += n,
            Outcome::Pending => self.tally.pending += n,
            Outcome::Unsent => {
                self.tally.unsent += n;
                self.tally.attributable += if lot.fate.attributable { n } else { 0 };
                self.outside += if lot.fate.is_outside() { n } else { 0 };
                self.users_unsent.add(lot.who);
            }
        }
        self.users.add(lot.who);
    }

    /// The counts.
    pub(super) fn tally(&self) -> Tally {
        let eligible = self.tally.judged() - self.outside;
        Tally { eligible, users: self.users.accounts, users_unsent: self.users_unsent.accounts, ..self.tally }
    }
}

impl Tally {
    /// Counts lots, which come user by user.
    pub(super) fn of<'m>(lots: impl Iterator<Item = &'m Lot>) -> Self {
        let mut counting = Counting::default();
        lots.for_each(|lot| counting.add(lot));
        counting.tally()
    }

    /// Messages with a known end: the denominator of rates.
    #[must_use]
    pub const fn judged(&self) -> u64 {
        self.attempted - self.pending
    }

    /// The unsent rate: unsent / (attempted − pending).
    #[must_use]
    pub fn rate(&self) -> Rate {
        self.silent().unwrap_or_else(|| Rate::of(self.unsent, self.judged()))
    }

    /// The client-attributable rate: attributable / eligible.
    #[must_use]
    pub fn client_rate(&self) -> Rate {
        self.silent().unwrap_or_else(|| Rate::of(self.attributable.min(self.eligible), self.eligible))
    }

    /// The late share of what was acknowledged.
    #[must_use]
    pub fn delayed_rate(&self) -> Rate {
        Rate::of(self.delayed, self.sent + self.delayed)
    }

    /// Where nothing was acknowledged and something is open, the log does not show acknowledgements
    /// and a rate would be 100 % by construction.
    fn silent(&self) -> Option<Rate> {
        let silent = self.sent + self.delayed == 0 && self.pending > 0;
        silent.then(|| Rate::none(self.judged(), Reason::NoAcknowledgements))
    }
}

/// One cause.
#[derive(Clone, Debug)]
pub struct CauseFact {
    /// Which.
    pub cause: Cause,
    /// Messages not sent for it.
    pub unsent: u64,
    /// Messages late for it.
    pub delayed: u64,
    /// Users with a message not sent for it.
    pub users: u64,
    /// Users, or uploads where the log states no user.
    pub clusters: u64,
    /// Messages not sent for it that a build can fix.
    pub attributable: u64,
    /// Σ over users of the square of their messages: how much these fail together.
    pub squares: u64,
    /// App and version of the first message not sent for it, by time.
    pub first_version: Option<String>,
    /// Cited lines, at most two.
    pub samples: Vec<Sample>,
}

/// A message that was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// First 8 hex digits of its id.
    pub id: String,
    /// First statement about it, in µs since 1970 UTC.
    pub started_us: Option<i64>,
    /// App version.
    pub version: Option<String>,
    /// Maker and model.
    pub device: Option<String>,
    /// Network.
    pub network: Option<String>,
    /// Why.
    pub cause: Cause,
    /// Lines that show it, at most two.
    pub quotes: Vec<Sample>,
}

/// A cited line of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// First 8 hex digits of the message's id.
    pub id: String,
    /// Upload.
    pub bundle_path: String,
    /// File.
    pub file: String,
    /// 1-based line.
    pub line: u64,
    /// What the line does for the verdict.
    pub role: Option<Role>,
    /// The line.
    pub text: String,
}
