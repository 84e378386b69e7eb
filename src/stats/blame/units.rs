//! What is counted -> counts: one family of cells per app and system, with the users that scatter them.

use super::cells::Counts;
use super::counts::Family;
use super::observed::AppAndOs;
use super::order::with_channel;
use crate::stats::interval::{float, ratio};
use crate::stats::names::Names;
use crate::stats::place::Place;
use crate::stats::slim::Who;
use std::collections::{BTreeMap, BTreeSet};

/// What a log does not state.
pub const NOT_STATED: &str = "(not stated)";

/// Things of one user that can go wrong: messages, or days.
#[derive(Clone, Copy, Debug)]
pub struct Unit {
    /// Whose they are.
    pub user: Who,
    /// Where they were.
    pub place: u32,
    /// The network, if they had one.
    pub network: Option<u32>,
    /// How many.
    pub attempts: u32,
    /// How many of them went wrong.
    pub failed: u32,
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
    attempts: u64,
    unsent: u64,
    /// Over unsent units, the unsent ones of their user.
    squares: u64,
    /// How many units are of users with so many.
    of_users: BTreeMap<u64, u64>,
}

impl Sums {
    fn counts(&self) -> Counts {
        let users = self.of_users.iter().map(|(attempts, units)| ratio(*units, *attempts)).sum();
        Counts {
            attempts: float(self.attempts),
            unsent: float(self.unsent),
            users: Some(users),
            unsent_sq: Some(float(self.squares)),
            offset: 0.0,
        }
    }
}

/// Place and, where that is a dimension, network.
type Cell = (u32, Option<u32>);

/// Adds what one user has.
fn add_user(sums: &mut BTreeMap<Cell, Sums>, units: &[Unit]) {
    let total = |count: fn(&Unit) -> u32| units.iter().map(|unit| u64::from(count(unit))).sum::<u64>();
    let (attempts, failed) = (total(|u| u.attempts), total(|u| u.failed));
    for unit in units {
        let own = sums.entry((unit.place, unit.network)).or_default();
        own.attempts += u64::from(unit.attempts);
        own.unsent += u64::from(unit.failed);
        own.squares += u64::from(unit.failed) * failed;
        *own.of_users.entry(attempts).or_default() += u64::from(unit.attempts);
    }
}

/// The counts of units, which come user by user, per app and system. The network is a dimension where asked for.
#[must_use]
pub fn families(units: impl Iterator<Item = Unit>, labels: &Labels, names: &Names, has_network: bool) -> Vec<Family> {
    let mut sums: BTreeMap<Cell, Sums> = BTreeMap::new();
    let mut of_user: Vec<Unit> = Vec::new();
    for unit in units {
        if of_user.last().is_some_and(|last| last.user != unit.user) {
            add_user(&mut sums, &of_user);
            of_user.clear();
        }
        of_user.push(Unit { network: unit.network.filter(|_| has_network), ..unit });
    }
    add_user(&mut sums, &of_user);
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
