//! A message row -> the few numbers of it that statistics need.

use super::dimension::Dimension;
use super::names::Names;
use super::place::Place;
use crate::event::EventRow;
use crate::taxonomy::{Cause, Class, Clock, Outcome};
use chrono_tz::Tz;

/// Dimensions that every report groups by; each message keeps their levels.
pub const KEPT: &[Dimension] = &[Dimension::App, Dimension::Os, Dimension::Version, Dimension::Device, Dimension::Network];
/// Number of parts that a delay is made of: queue, offline, encrypt, upload, server.
pub const PARTS: usize = 5;

/// A message as statistics keep it.
#[derive(Clone, Debug)]
pub struct Slim {
    /// Its upload.
    pub bundle: u32,
    /// What became of it.
    pub outcome: Outcome,
    /// Why.
    pub cause: Option<Cause>,
    /// Whether a build can fix it.
    pub attributable: bool,
    /// Tries seen.
    pub tries: i32,
    /// Last statement about it.
    pub ended_us: i64,
    /// First statement about it.
    pub started_us: Option<i64>,
    /// Enqueue to acknowledgement.
    pub latency_ms: Option<i64>,
    /// Where a late message spent its time.
    pub parts_ms: Option<Box<[i64; PARTS]>>,
    /// Who sent it.
    pub user: Option<u32>,
    /// The incident that cost it.
    pub incident: Option<u32>,
    /// The known issue that it shows.
    pub known: Option<u16>,
    /// App, system, version and device.
    pub place: u32,
    /// How sure its times are.
    pub clock: Option<Clock>,
    /// Levels of [`KEPT`], then of the dimensions asked for.
    pub levels: Box<[Option<u32>]>,
}

impl Slim {
    /// Keeps what is needed of a message row; `None` for a row without an outcome.
    pub fn of(row: &EventRow, by: &[Dimension], zone: Tz, names: &mut Names) -> Option<Self> {
        let outcome = row.outcome?;
        let levels = KEPT.iter().chain(by).map(|d| d.level(row, zone).map(|l| names.number(&l))).collect();
        let place = Place::of(row, names);
        let part = |ms: Option<i64>| ms.unwrap_or(0).max(0);
        let parts = [row.queue_ms, row.offline_ms, row.encrypt_ms, row.upload_ms, row.server_ms].map(part);
        Some(Self {
            bundle: names.number(&row.bundle),
            outcome,
            cause: match outcome {
                Outcome::Unsent => Some(row.cause.unwrap_or(Cause::Unknown)),
                Outcome::Delayed => row.cause,
                Outcome::Sent | Outcome::Pending => None,
            },
            attributable: row.attributable == Some(true),
            tries: row.tries.unwrap_or(0),
            ended_us: row.ended_at.map_or(i64::MIN, |at| at.0),
            started_us: row.started_at.map(|at| at.0),
            latency_ms: row.latency_ms.filter(|_| matches!(outcome, Outcome::Sent | Outcome::Delayed)),
            parts_ms: (outcome == Outcome::Delayed).then(|| Box::new(parts)),
            user: row.user.as_deref().map(|u| names.number(u)),
            incident: row.incident.as_deref().map(|i| names.number(i)),
            known: None,
            place: names.place_number(place),
            clock: row.clock,
            levels,
        })
    }

    /// Whether this row of a message replaces another row of the same message (contract, row
    /// `message_id`): terminal outcome over pending, more tries, later end, smaller bundle.
    #[must_use]
    pub fn replaces(&self, other: &Self, names: &Names) -> bool {
        let rank = |s: &Self| (s.outcome != Outcome::Pending, s.tries, s.ended_us);
        let smaller = names.text(self.bundle) < names.text(other.bundle);
        rank(self) > rank(other) || (rank(self) == rank(other) && smaller)
    }

    /// Whether the message failed for a reason outside the app: network, account, permission or
    /// content. Such messages are not eligible for the client-attributable rate.
    #[must_use]
    pub fn is_outside(&self) -> bool {
        let class = self.cause.map(Cause::class);
        self.outcome == Outcome::Unsent && matches!(class, Some(Class::Network | Class::Account | Class::Permission | Class::Content))
    }
}
