//! What is counted -> counts: one family of cells per app and system, with the users that scatter them.

use super::cells::Counts;
use super::counts::Family;
use super::observed::AppAndOs;
use super::order::with_channel;
use crate::stats::interval::float;
use crate::stats::names::Names;
use crate::stats::place::Place;
use crate::stats::slim::Slim;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a log does not state.
pub const NOT_STATED: &str = "(not stated)";

/// One thing that can go wrong: a message, or a day of a user.
#[derive(Clone, Copy, Debug)]
pub struct Unit {
    /// Whose it is.
    pub user: (u8, u32),
    /// Where it was.
    pub place: u32,
    /// The network, if it had one.
    pub network: Option<u32>,
    /// Whether it went wrong.
    pub failed: bool,
}

/// The cluster of a message: its account; without one, its upload.
#[must_use]
pub fn user(m: &Slim) -> (u8, u32) {
    m.user.map_or((1, m.bundle), |user| (0, user))
}

/// How versions are called: with their channel, where an app on a system has several.
#[derive(Debug, Default)]
pub struct Labels(BTreeSet<AppAndOs>);

impl Labels {
    /// The labels of places.
    #[must_use]
    pub fn new(places: impl Iterator<Item = Place>) -> Self {
        let mut channels: BTreeMap<AppAndOs, BTreeSet<u32>> = BTreeMap::new();
        for place in places {
            channels.entry((place.app, place.os)).or_default().extend(place.channel);
        }
        Self(channels.into_iter().filter(|(_, channels)| channels.len() > 1).map(|(key, _)| key).collect())
    }

    /// The version of a place.
    #[must_use]
    pub fn version(&self, place: &Place, names: &Names) -> String {
        let version = place.version.map_or(NOT_STATED, |n| names.text(n));
        let channel = place.channel.filter(|_| self.0.contains(&(place.app, place.os)));
        with_channel(version, channel.map(|n| names.text(n)))
    }
}

/// Whole sums of a cell, so that the order in which units come changes no digit.
#[derive(Default)]
struct Sums {
    attempts: u32,
    unsent: u32,
    /// Over unsent units, the unsent ones of their user.
    squares: u64,
    /// How many units are of users with so many.
    of_users: BTreeMap<u32, u32>,
}

impl Sums {
    fn counts(&self) -> Counts {
        let users = self.of_users.iter().map(|(attempts, units)| f64::from(*units) / f64::from(*attempts)).sum();
        Counts {
            attempts: f64::from(self.attempts),
            unsent: f64::from(self.unsent),
            users: Some(users),
            unsent_sq: Some(float(self.squares)),
            offset: 0.0,
        }
    }
}

/// The counts of units, per app and system. The network is a dimension where asked for.
#[must_use]
pub fn families(units: &[Unit], labels: &Labels, names: &Names, has_network: bool) -> Vec<Family> {
    let mut of_user: HashMap<(u8, u32), (u32, u32)> = HashMap::new();
    for unit in units {
        let sums = of_user.entry(unit.user).or_default();
        sums.0 += 1;
        sums.1 += u32::from(unit.failed);
    }
    let mut sums: BTreeMap<(u32, Option<u32>), Sums> = BTreeMap::new();
    for unit in units {
        let (attempts, failed) = of_user[&unit.user];
        let own = sums.entry((unit.place, unit.network.filter(|_| has_network))).or_default();
        own.attempts += 1;
        own.unsent += u32::from(unit.failed);
        own.squares += u64::from(if unit.failed { failed } else { 0 });
        *own.of_users.entry(attempts).or_default() += 1;
    }
    let mut all: BTreeMap<(Option<String>, Option<String>), Family> = BTreeMap::new();
    let text = |number: Option<u32>| number.map_or_else(|| NOT_STATED.to_owned(), |n| names.text(n).to_owned());
    for ((place, network), sums) in sums {
        let place = names.place(place);
        let stated = |number: Option<u32>| number.map(|n| names.text(n).to_owned());
        let family = all.entry((stated(place.app), stated(place.os))).or_insert_with_key(|(app, os)| Family {
            app: app.clone(),
            os: os.clone(),
            dimensions: ["version", "device", "os_version"]
                .into_iter()
                .chain(has_network.then_some("network"))
                .map(str::to_owned)
                .collect(),
            ..Family::default()
        });
        let levels = [labels.version(&place, names), text(place.device), text(place.os_version)];
        family.rows.push((levels.into_iter().chain(has_network.then(|| text(network))).collect(), sums.counts()));
    }
    all.into_values().collect()
}
