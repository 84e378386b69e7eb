//! A week of a store against the weeks before it: what comes in are the facts of weeks and what was published of them,
//! what goes out is what changed, whether that is more than chance, and whether last week's actions helped.

pub mod change;
pub mod cusum;
pub mod load;
pub mod published;

use super::blame::judged::Judged;
use super::facts::{Facts, Tally};
use super::unknowns::Unknowns;
use crate::store::week::Week;
use change::Change;
use cusum::Alarm;
use published::Published;

/// Weeks that a history shows.
pub const HISTORY_WEEKS: u64 = 12;

/// What a team aims at; shares of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Targets {
    /// Unsent rate that is aimed at.
    pub unsent: Option<f64>,
    /// Unsent rate that must not be passed.
    pub unsent_critical: Option<f64>,
    /// Client-attributable rate that is aimed at.
    pub client: Option<f64>,
    /// Client-attributable rate that must not be passed.
    pub client_critical: Option<f64>,
}

/// A week of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Which.
    pub week: Week,
    /// Its messages.
    pub messages: Tally,
}

/// What a weekly report says besides the facts of the week.
#[derive(Clone, Debug)]
pub struct Weekly {
    /// The week.
    pub week: Week,
    /// Name of its zone.
    pub zone: String,
    /// Names the report: a hash of its uploads, rules and options.
    pub report_id: String,
    /// The week that it is compared with, where there are messages of it.
    pub compared: Option<Week>,
    /// The facts of that week.
    pub last: Option<Box<Facts>>,
    /// Whether that week was judged by the same rules: else causes are not compared.
    pub same_rules: bool,
    /// The last weeks, oldest first, this one included.
    pub history: Vec<Point>,
    /// What changed since last week, by cause.
    pub changes: Vec<Change>,
    /// What the failures that nothing explains have in common.
    pub unknowns: Unknowns,
    /// Where failures concentrate more than they did last week.
    pub new_slices: Vec<Judged>,
    /// What the team aims at.
    pub targets: Targets,
    /// What was published of the week before.
    pub published: Option<Published>,
    /// Causes that have been too frequent for long, by the memory of published weeks.
    pub alarms: Vec<Alarm>,
}
