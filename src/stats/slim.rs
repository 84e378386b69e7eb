//! A message row -> the few numbers of it that statistics need.

use super::dimension::Dimension;
use super::names::{Names, Recall};
use super::place::{Places, Spot};
use crate::event::EventRow;
use crate::store::once::{Known, known};
use crate::taxonomy::{Cause, Class, Clock, Outcome};
use chrono_tz::Tz;
use std::cmp::Reverse;

/// Number of parts that a delay is made of: queue, offline, encrypt, upload, server.
pub const PARTS: usize = 5;

/// Whose a message is: its account (0 and the number of its name); without one, its upload (1 and its number).
pub type Who = (u8, u32);

/// Whether an account is stated.
#[must_use]
pub const fn is_user(who: Who) -> bool {
    who.0 == 0
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fate {
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was not sent, or late.
    pub cause: Option<Cause>,
    /// Whether a build can fix it.
    pub attributable: bool,
    /// The known issue that it shows.
    pub known: Option<u16>,
}

impl Fate {
    /// Whether the message failed for a reason outside the app: network, account, permission or
    /// content. Such messages are not eligible for the client-attributable rate.
    #[must_use]
    pub fn is_outside(self) -> bool {
        let class = self.cause.map(Cause::class);
        self.outcome == Outcome::Unsent && matches!(class, Some(Class::Network | Class::Account | Class::Permission | Class::Content))
    }
}

/// A message as statistics keep it.
#[derive(Clone, Debug)]
pub struct Slim {
    /// Whose it is.
    pub who: Who,
    /// Where it was tried.
    pub spot: u32,
    /// The route of that spot.
    pub route: u32,
    /// What became of it.
    pub fate: Fate,
    /// First statement about it.
    pub started_us: Option<i64>,
    /// Enqueue to acknowledgement.
    pub latency_ms: Option<i64>,
    /// Where a late message spent its time.
    pub parts_ms: Option<Box<[i64; PARTS]>>,
    /// How sure its times are.
    pub clock: Option<Clock>,
    /// The incident that cost it.
    pub incident: Option<u32>,
    /// Its upload.
    pub bundle: u32,
    known: Known,
}

impl Slim {
    /// Whether this row of a message replaces another row of the same message: see [`Known`].
    #[must_use]
    pub fn replaces(&self, other: &Self, names: &Names) -> bool {
        let rank = |s: &Self| (s.known, Reverse(names.text(s.bundle)));
        rank(self) > rank(other)
    }
}

/// Makes messages slim; what rows of one upload share is looked up once.
#[derive(Debug)]
pub struct Slimming {
    by: Vec<Dimension>,
    zone: Tz,
    places: Places,
    users: Recall,
    bundles: Recall,
    networks: Recall,
}

impl Slimming {
    /// For reports that also group by these dimensions, with days of this zone.
    #[must_use]
    pub fn new(by: Vec<Dimension>, zone: Tz) -> Self {
        Self { by, zone, places: Places::default(), users: Recall::default(), bundles: Recall::default(), networks: Recall::default() }
    }

    /// The dimensions asked for.
    #[must_use]
    pub fn by(&self) -> &[Dimension] {
        &self.by
    }

    /// The number of a row's upload.
    pub fn bundle(&mut self, row: &EventRow, names: &mut Names) -> u32 {
        self.bundles.number(&row.bundle, names)
    }

    /// The number of a row's place.
    pub fn place(&mut self, row: &EventRow, names: &mut Names) -> u32 {
        self.places.number(row, names)
    }

    /// Whose a row is.
    pub fn who(&mut self, row: &EventRow, names: &mut Names) -> Who {
        match &row.user {
            Some(user) => (0, self.users.number(user, names)),
            None => (1, self.bundle(row, names)),
        }
    }

    /// Keeps what is needed of a message row; `None` for a row without an outcome.
    pub fn slim(&mut self, row: &EventRow, issue: Option<u16>, names: &mut Names) -> Option<Slim> {
        let outcome = row.outcome?;
        let place = self.place(row, names);
        let network = row.network_type.as_ref().map(|network| self.networks.number(network, names));
        let by = self.by.iter().map(|d| d.level(row, self.zone).map(|l| names.number(&l))).collect();
        let part = |ms: Option<i64>| ms.unwrap_or(0).max(0);
        let parts = || Box::new([row.queue_ms, row.offline_ms, row.encrypt_ms, row.upload_ms, row.server_ms].map(part));
        let cause = match outcome {
            Outcome::Unsent => Some(row.cause.unwrap_or(Cause::Unknown)),
            Outcome::Delayed => row.cause,
            Outcome::Sent | Outcome::Pending => None,
        };
        let spot = names.spot_number(&Spot { place, network, by });
        Some(Slim {
            who: self.who(row, names),
            spot,
            route: names.route_number(spot),
            fate: Fate { outcome, cause, attributable: row.attributable == Some(true), known: issue },
            started_us: row.started_at.map(|at| at.0),
            latency_ms: row.latency_ms.filter(|_| matches!(outcome, Outcome::Sent | Outcome::Delayed)),
            parts_ms: (outcome == Outcome::Delayed).then(parts),
            clock: row.clock,
            incident: row.incident.as_deref().map(|i| names.number(i)),
            bundle: self.bundle(row, names),
            known: known(row),
        })
    }
}
