//! Findings -> what to do: what comes in are findings, slices and what is known of releases, what goes out is one
//! verdict per version, the first that fits in a fixed order, with the gates that could not be looked at as remarks.

use super::cells::Cells;
use super::finding::{Finding, VersionRow};
use super::levels::{Against, FALSE_SHARE, Look, WORSE};
use super::population::{Population, UPLOADS_APART_MAX};
use super::releases::Releases;
use super::slices::{Found, Slice};
use crate::stats::compare_versions;
use crate::taxonomy::words;
use std::cmp::Ordering;

/// Lower end of the ratio from which a version is pulled.
const PULL_RATIO_MIN: f64 = 1.25;
/// Lower end of the excess from which a version is pulled: half a point.
const PULL_EXCESS_MIN: f64 = 0.005;
/// Users that must be hit.
const PULL_USERS_MIN: f64 = 3.0;
/// Upper end of a newer version's ratio to this one from which an update helps.
const UPDATE_RATIO_MAX: f64 = 0.9;
/// Users below which a finding is remarked on.
pub const FEW_USERS: f64 = 60.0;
/// Crude and adjusted ratio tell different stories when they differ by this factor, or by less on different sides of 1.
const MIX_APART: f64 = 1.2;
const MIX_SIDES: f64 = 1.1;
/// Share of the excess within device slices from which a version is bad on devices only.
const DEVICE_SHARE: f64 = 0.8;
/// Dimensions that are the device.
const DEVICE: [&str; 4] = ["device", "device_model", "os_version", "abi"];

words! {
    /// What to do about a version.
    Action {
        /// Nothing can be said.
        TooLittleData = "too_little_data",
        /// It runs where hardly any other version does.
        Confounded = "confounded",
        /// It is retired already, or refused by the server.
        Retire = "retire",
        /// It is bad on some devices or systems only.
        DeviceScoped = "device_scoped",
        /// Stop rolling it out.
        Pull = "pull",
        /// Make its users update.
        ForceUpdate = "force_update",
        /// Advise its users to update.
        Update = "update",
        /// Look again.
        Watch = "watch",
        /// Nothing.
        Ok = "ok",
    }
}

words! {
    /// What could not be looked at, or should be kept in mind.
    Remark {
        /// Fewer than sixty users.
        FewUsers = "few_users",
        /// The input does not say how many users.
        UsersUnknown = "users_unknown",
        /// The input does not say whether it is being rolled out.
        RolloutUnknown = "rollout_unknown",
        /// There is no earlier version to compare with.
        NoEarlierVersion = "no_earlier_version",
        /// Its users upload more than three times as often, or as seldom, as those of the others.
        UploadRatesDiffer = "upload_rates_differ",
        /// Crude and adjusted ratio are on different sides of 1 or differ by more than a fifth.
        MixEffect = "mix_effect",
    }
}

/// A verdict and what it rests on.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What to do.
    pub action: Action,
    /// What to keep in mind.
    pub remarks: Vec<Remark>,
    /// Unsent messages above expectation.
    pub excess: f64,
    /// Interval of the excess.
    pub excess_interval: (f64, f64),
    /// Active users, where they are stated.
    pub active_users: Option<f64>,
    /// Unsent messages above expectation among all active users, were they like those who uploaded.
    pub reach: Option<f64>,
    /// The earliest later version that is better, where one is.
    pub better: Option<String>,
    /// The smallest ratio that the data would have shown in nine of ten cases.
    pub smallest_shown: f64,
}

/// What is known besides counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// The releases.
    pub releases: Option<&'a Releases>,
    /// Active users.
    pub population: Option<&'a Population>,
}

/// Judges the versions of the cells of an app on a system.
#[must_use]
pub fn verdicts(cells: &Cells, rows: &[VersionRow], found: &Found, of: (Option<&str>, Option<&str>), known: &Known<'_>) -> Vec<Verdict> {
    let slices = &found.slices;
    let literals: Vec<_> = slices.iter().map(|s| s.literals.clone()).collect();
    let look = Look { slices: &literals, dispersion: found.dispersion, outside: false, screen: false };
    let active = |row: &VersionRow| known.population.and_then(|p| p.users(of.0, of.1, &row.version));
    let active: Vec<Option<f64>> = rows.iter().map(active).collect();
    let against = cells.version().map(|dimension| Against::new(cells, dimension, &look));
    let judge = Judge { cells, rows, slices, look, against, releases: known.releases, active };
    rows.iter().map(|row| judge.verdict(row)).collect()
}

struct Judge<'a> {
    cells: &'a Cells,
    rows: &'a [VersionRow],
    slices: &'a [Slice],
    look: Look<'a>,
    against: Option<Against<'a>>,
    releases: Option<&'a Releases>,
    /// Active users of each row.
    active: Vec<Option<f64>>,
}

impl Judge<'_> {
    fn verdict(&self, version: &VersionRow) -> Verdict {
        let row = &version.row;
        let mut remarks = Vec::new();
        let users = self.users(version);
        let of_users = users.map_or(Some(Remark::UsersUnknown), |users| (users < FEW_USERS).then_some(Remark::FewUsers));
        remarks.extend(of_users);
        let active_users = self.active_of(version);
        let is_skewed = self.uploads_differ(version);
        if is_skewed {
            remarks.push(Remark::UploadRatesDiffer);
        }
        let release = self.releases.and_then(|r| r.get(&version.version));
        let rolling = self.releases.map(|releases| releases.is_rolling_out(&version.version));
        if rolling.is_none() {
            remarks.push(Remark::RolloutUnknown);
        }
        if version.finding != Finding::TooLittleData && mix_effect(row.raw_ratio, row.ratio()) {
            remarks.push(Remark::MixEffect);
        }
        let excess_of = |ratio: f64| row.expected * (ratio - 1.0);
        let excess_interval = (excess_of(row.interval.0), excess_of(row.interval.1));
        let better = self.better(version);
        let practical = row.interval.0 >= PULL_RATIO_MIN
            && excess_interval.0 / row.attempts >= PULL_EXCESS_MIN
            && users.is_none_or(|u| u >= PULL_USERS_MIN)
            && self.bad_against_earlier(version, &mut remarks);
        let newer_ok = || self.newer(version).any(|v| v.finding == Finding::Ok);
        let action = match version.finding {
            Finding::TooLittleData => Action::TooLittleData,
            Finding::Confounded => Action::Confounded,
            _ if release.is_some_and(|r| r.retired) => Action::Retire,
            Finding::BadInSlice if self.device_excess(version).is_some() => Action::DeviceScoped,
            Finding::Bad if self.device_excess(version).is_some_and(|share| share >= DEVICE_SHARE) => Action::DeviceScoped,
            Finding::Bad | Finding::BadInSlice | Finding::NotProven if is_skewed => Action::Watch,
            Finding::Bad if practical && rolling.unwrap_or(true) => Action::Pull,
            Finding::Bad if practical && newer_ok() => Action::ForceUpdate,
            _ if better.is_some() => Action::Update,
            Finding::Bad | Finding::BadInSlice | Finding::NotProven => Action::Watch,
            Finding::Ok => Action::Ok,
        };
        let excess = row.unsent - row.expected;
        let reach = users.filter(|u| *u > 0.0).zip(active_users).map(|(users, active)| excess * active / users);
        let smallest_shown = self.smallest_shown(version);
        Verdict { action, remarks, excess, excess_interval, active_users, reach, better, smallest_shown }
    }

    fn users(&self, version: &VersionRow) -> Option<f64> {
        let (users, dimension) = self.cells.users.as_ref().zip(self.cells.version())?;
        Some(self.cells.by_level(dimension, |cell| users[cell])[version.row.level as usize])
    }

    fn active_of(&self, version: &VersionRow) -> Option<f64> {
        let place = self.rows.iter().position(|r| r.version == version.version)?;
        self.active[place]
    }

    /// Whether its users upload far more or less often than those of all others.
    fn uploads_differ(&self, version: &VersionRow) -> bool {
        let share = |chosen: &dyn Fn(&VersionRow) -> bool| {
            let pairs = self.rows.iter().filter(|r| chosen(r)).filter_map(|r| Some((self.users(r)?, self.active_of(r)?)));
            let (users, active) = pairs.fold((0.0, 0.0), |(u, a), (users, active)| (u + users, a + active));
            (active > 0.0 && users > 0.0).then(|| users / active)
        };
        let (own, others) = (share(&|r| r.version == version.version), share(&|r| r.version != version.version));
        own.zip(others).is_some_and(|(own, others)| (own / others).ln().abs() > UPLOADS_APART_MAX.ln())
    }

    fn newer<'a>(&'a self, version: &'a VersionRow) -> impl Iterator<Item = &'a VersionRow> {
        self.rows.iter().filter(|v| compare_versions(&v.version, &version.version) == Ordering::Greater)
    }

    /// Whether it is also worse than the versions before it alone.
    fn bad_against_earlier(&self, version: &VersionRow, remarks: &mut Vec<Remark>) -> bool {
        if version.finding != Finding::Bad {
            return false;
        }
        let earlier: Vec<u32> = self
            .rows
            .iter()
            .filter(|v| v.finding != Finding::Bad && compare_versions(&v.version, &version.version) == Ordering::Less)
            .map(|v| v.row.level)
            .collect();
        let compared = self.against.as_ref().and_then(|a| a.compare(version.row.level, |level| earlier.contains(&level)));
        if let Some(compared) = compared {
            return compared.at_most(WORSE) <= FALSE_SHARE;
        }
        remarks.push(Remark::NoEarlierVersion);
        true
    }

    /// The earliest newer version, itself not bad, whose ratio to this one lies below 0.9.
    fn better(&self, version: &VersionRow) -> Option<String> {
        if !matches!(version.finding, Finding::Bad | Finding::BadInSlice | Finding::NotProven) {
            return None;
        }
        let against = self.against.as_ref()?;
        let mut newer: Vec<&VersionRow> = self.newer(version).filter(|v| matches!(v.finding, Finding::Ok | Finding::NotProven)).collect();
        newer.sort_by(|a, b| compare_versions(&a.version, &b.version));
        let is_better = |v: &&&VersionRow| {
            let compared = against.compare(v.row.level, |level| level == version.row.level);
            compared.is_some_and(|c| c.interval(super::levels::INTERVAL).1 < UPDATE_RATIO_MAX)
        };
        newer.iter().find(is_better).map(|v| v.version.clone())
    }

    /// The share of a version's excess within slices that name it with a device or a system.
    fn device_excess(&self, version: &VersionRow) -> Option<f64> {
        let dimension = self.cells.version()?;
        let is_device = |s: &&Slice| {
            s.literals.contains(&(dimension, version.row.level))
                && s.literals.iter().any(|(d, _)| DEVICE.contains(&self.cells.dimensions[*d].as_str()))
        };
        let scoped: Vec<&Slice> = self.slices.iter().filter(is_device).collect();
        let within: f64 = scoped.iter().map(|s| s.excess()).sum();
        (!scoped.is_empty()).then(|| within / (version.row.unsent - version.row.expected).max(1e-9))
    }

    /// At the normal approximation, the ratio whose logarithm is 1.96 + 1.28 standard errors above "15 % worse".
    fn smallest_shown(&self, version: &VersionRow) -> f64 {
        let row = &version.row;
        let expected = (row.expected / self.look.dispersion).max(0.1);
        let error = (1.0 / expected + 1.0 / row.worth).sqrt();
        WORSE * (3.24 * error).exp()
    }
}

/// Whether a crude and an adjusted ratio tell different stories.
fn mix_effect(raw: f64, adjusted: f64) -> bool {
    let apart = (raw.max(1e-9) / adjusted.max(1e-9)).ln().abs();
    let sides = (raw - 1.0) * (adjusted - 1.0) < 0.0 && apart > MIX_SIDES.ln();
    sides || apart > MIX_APART.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crude_and_adjusted_ratios_on_different_sides_of_one_are_a_mix_effect() {
        assert!(mix_effect(1.44, 0.86) && mix_effect(1.5, 1.2) && !mix_effect(1.05, 1.04) && !mix_effect(1.02, 0.98));
    }
}
