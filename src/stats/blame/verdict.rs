//! Findings -> what to do: what comes in are findings, slices and what is known of releases, what goes out is one
//! verdict per version, the first that fits in a fixed order, with the gates that could not be looked at as remarks.

use super::cells::Cells;
use super::counts::Family;
use super::finding::{Finding, VersionRow};
use super::levels::{Against, FALSE_SHARE, Look, WORSE};
use super::observed::{Observed, is_rolling_out};
use super::order::{Order, bare};
use super::population::{Population, UPLOADS_APART_MAX};
use super::ratio::Compared;
use super::releases::Releases;
use super::slices::{Found, Slice};
use crate::stats::interval::{float, ratio};
use crate::taxonomy::{Cause, words};

/// Lower end of the ratio from which a version is pulled.
const PULL_RATIO_MIN: f64 = 1.25;
/// Lower end of the excess from which a version is pulled: half a point.
const PULL_EXCESS_MIN: f64 = 0.005;
/// Users that must be hit.
const PULL_USERS_MIN: f64 = 3.0;
/// Upper end of a newer version's ratio to this one from which an update helps.
const UPDATE_RATIO_MAX: f64 = 0.9;
/// Users that lose messages to broken encryption or storage before a rollout is stopped.
const CORRUPTED_USERS_MIN: u64 = 3;
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
        /// Several users lost messages to broken encryption or storage, and none of any earlier version did.
        NewCorruption = "new_corruption",
        /// Its users crash more often than those of the others, and on more days than Play puts up with.
        Crashes = "crashes",
        /// The same of hangs.
        Hangs = "hangs",
        /// The verdict of last week stands: nothing shows yet that the version is good.
        Stands = "stands",
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
    /// Users, where they are known.
    pub users: Option<f64>,
    /// Users that it hit beyond expectation.
    pub excess_users: Option<f64>,
    /// The cause of most of the excess, and its share of it.
    pub main_cause: Option<(Cause, f64)>,
    /// The earliest later version that has shed the main cause; without causes, that is better.
    pub fixed_in: Option<String>,
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

/// What verdicts rest on.
pub struct Evidence<'a> {
    /// The counts.
    pub cells: &'a Cells,
    /// The findings, newest version first.
    pub rows: &'a [VersionRow],
    /// The slices and the dispersion.
    pub found: &'a Found,
    /// App and system, and what logs say of versions.
    pub family: &'a Family,
    /// What is known besides.
    pub known: Known<'a>,
    /// Which version came first.
    pub order: Order<'a>,
}

/// Judges the versions of an app on a system.
#[must_use]
pub fn verdicts(evidence: &Evidence<'_>) -> Vec<Verdict> {
    let Evidence { cells, rows, found, family, known, .. } = evidence;
    let literals: Vec<_> = found.slices.iter().map(|s| s.literals.clone()).collect();
    let look = Look { slices: &literals, dispersion: found.dispersion, outside: false, screen: false };
    let active = |row: &VersionRow| known.population.and_then(|p| p.users(family.app.as_deref(), family.os.as_deref(), bare(&row.version)));
    let active: Vec<Option<f64>> = rows.iter().map(active).collect();
    let against = cells.version().map(|dimension| Against::new(cells, dimension, &look));
    let judge = Judge { evidence, against, active };
    (0..rows.len()).map(|place| judge.verdict(place)).collect()
}

struct Judge<'a> {
    evidence: &'a Evidence<'a>,
    against: Option<Against<'a>>,
    /// Active users of each row.
    active: Vec<Option<f64>>,
}

impl Judge<'_> {
    fn verdict(&self, place: usize) -> Verdict {
        let version = &self.evidence.rows[place];
        let row = &version.row;
        let observed = self.observed(place);
        let (users, users_hit) = (self.users(place), observed.map(|o| float(o.users_hit)));
        let is_skewed = self.uploads_differ(place);
        let release = self.evidence.known.releases.and_then(|r| r.get(&version.version));
        let rolling = self.is_rolling_out(place);
        let corrupts = self.corrupts(place);
        let retired = release.is_some_and(|r| r.retired)
            || observed.is_some_and(|o| o.unsent_outdated > 0 && 2 * o.unsent_outdated >= o.tally.unsent);
        let earlier = self.against_earlier(place);
        let excess_of = |ratio: f64| row.expected * (ratio - 1.0);
        let excess_interval = (excess_of(row.interval.0), excess_of(row.interval.1));
        let better = self.better(place);
        let practical = row.interval.0 >= PULL_RATIO_MIN
            && excess_interval.0 / row.attempts >= PULL_EXCESS_MIN
            && users_hit.or(users).is_none_or(|u| u >= PULL_USERS_MIN)
            && earlier != Earlier::Alike;
        let newer_ok = || self.newer(place).iter().any(|v| v.finding == Finding::Ok);
        let action = match version.finding {
            // A stop condition besides, whatever the counts say.
            _ if corrupts && !retired && rolling.unwrap_or(true) => Action::Pull,
            _ if corrupts && !retired && newer_ok() => Action::ForceUpdate,
            Finding::TooLittleData => Action::TooLittleData,
            Finding::Confounded => Action::Confounded,
            _ if retired => Action::Retire,
            Finding::BadInSlice if self.device_excess(place).is_some() => Action::DeviceScoped,
            Finding::Bad if self.device_excess(place).is_some_and(|share| share >= DEVICE_SHARE) => Action::DeviceScoped,
            Finding::Bad | Finding::BadInSlice | Finding::NotProven if is_skewed => Action::Watch,
            Finding::Bad if practical && rolling.unwrap_or(true) => Action::Pull,
            Finding::Bad if practical && newer_ok() => Action::ForceUpdate,
            _ if better.is_some() => Action::Update,
            Finding::Bad | Finding::BadInSlice | Finding::NotProven => Action::Watch,
            Finding::Ok => Action::Ok,
        };
        let is_told = version.finding != Finding::TooLittleData;
        let remarks = [
            (users.is_none(), Remark::UsersUnknown),
            (users.is_some_and(|users| users < FEW_USERS), Remark::FewUsers),
            (is_skewed, Remark::UploadRatesDiffer),
            (rolling.is_none(), Remark::RolloutUnknown),
            (is_told && mix_effect(row.raw_ratio, row.ratio()), Remark::MixEffect),
            (version.finding == Finding::Bad && earlier == Earlier::Unknown, Remark::NoEarlierVersion),
            (corrupts, Remark::NewCorruption),
        ];
        let excess = row.unsent - row.expected;
        let active_users = self.active[place];
        let reach = users.filter(|u| *u > 0.0).zip(active_users).map(|(users, active)| excess * active / users);
        // Of those hit, the share that the ratio says would not have been (attributable fraction among the exposed).
        let excess_users = users_hit.map(|hit| (hit * (1.0 - 1.0 / row.ratio().max(1e-9))).max(-hit));
        let main_cause = self.main_cause(place);
        Verdict {
            action,
            remarks: remarks.into_iter().filter(|(holds, _)| *holds).map(|(_, remark)| remark).collect(),
            excess,
            excess_interval,
            users,
            excess_users,
            active_users,
            reach,
            fixed_in: main_cause.map_or_else(|| better.clone(), |(cause, _)| self.fixed_in(place, cause)),
            main_cause,
            better,
            smallest_shown: self.smallest_shown(version),
        }
    }

    fn observed(&self, place: usize) -> Option<&Observed> {
        self.evidence.family.observed.get(&self.evidence.rows[place].version)
    }

    /// Users of a version; of a table of counts, their equivalents.
    fn users(&self, place: usize) -> Option<f64> {
        if let Some(observed) = self.observed(place) {
            return Some(float(observed.users));
        }
        let cells = self.evidence.cells;
        let (users, dimension) = cells.users.as_ref().zip(cells.version())?;
        let level = self.evidence.rows[place].row.level as usize;
        cells.by_level(dimension, |cell| users[cell]).get(level).copied()
    }

    fn is_rolling_out(&self, place: usize) -> Option<bool> {
        let (evidence, version) = (self.evidence, &self.evidence.rows[place].version);
        let told = evidence.known.releases.map(|releases| releases.is_rolling_out(version));
        told.or_else(|| is_rolling_out(version, &evidence.family.observed, |a, b| evidence.order.compare(a, b)))
    }

    /// Whether its users upload far more or less often than those of all others.
    fn uploads_differ(&self, place: usize) -> bool {
        let share = |chosen: &dyn Fn(usize) -> bool| {
            let pairs = (0..self.active.len()).filter(|p| chosen(*p)).filter_map(|p| Some((self.users(p)?, self.active[p]?)));
            let (users, active) = pairs.fold((0.0, 0.0), |(u, a), (users, active)| (u + users, a + active));
            (active > 0.0 && users > 0.0).then(|| users / active)
        };
        let (own, others) = (share(&|p| p == place), share(&|p| p != place));
        own.zip(others).is_some_and(|(own, others)| (own / others).ln().abs() > UPLOADS_APART_MAX.ln())
    }

    /// Rows have the newest first.
    fn newer(&self, place: usize) -> &[VersionRow] {
        &self.evidence.rows[..place]
    }

    fn earlier(&self, place: usize) -> &[VersionRow] {
        &self.evidence.rows[place + 1..]
    }

    /// Whether it lost messages of several users to what may have cost them their history, and no earlier version did:
    /// report.md's stop condition, unless so few users had an earlier one that chance explains it.
    fn corrupts(&self, place: usize) -> bool {
        let Some(own) = self.observed(place).filter(|o| o.users_corrupted >= CORRUPTED_USERS_MIN) else { return false };
        let earlier: Vec<&Observed> = (place + 1..self.evidence.rows.len()).filter_map(|p| self.observed(p)).collect();
        let before: u64 = earlier.iter().map(|o| o.users).sum();
        // All of the hit among the users of this version, were they spread over all by lot.
        let share = |n: u64| float(own.users.saturating_sub(n)) / float((own.users + before).saturating_sub(n)).max(1.0);
        earlier.iter().all(|o| o.users_corrupted == 0) && (0..own.users_corrupted).map(share).product::<f64>() <= FALSE_SHARE
    }

    /// How it does against the versions before it alone.
    fn against_earlier(&self, place: usize) -> Earlier {
        let version = &self.evidence.rows[place];
        if version.finding != Finding::Bad {
            return Earlier::Alike;
        }
        let earlier: Vec<u32> = self.earlier(place).iter().filter(|v| v.finding != Finding::Bad).map(|v| v.row.level).collect();
        let compared = self.against.as_ref().and_then(|a| a.compare(version.row.level, |level| earlier.contains(&level)));
        match compared {
            None => Earlier::Unknown,
            Some(compared) if compared.at_most(WORSE) <= FALSE_SHARE => Earlier::Worse,
            Some(_) => Earlier::Alike,
        }
    }

    /// The earliest newer version, itself not bad, whose ratio to this one lies below 0.9. How it does against all others
    /// may not be known yet.
    fn better(&self, place: usize) -> Option<String> {
        let version = &self.evidence.rows[place];
        if !matches!(version.finding, Finding::Bad | Finding::BadInSlice | Finding::NotProven) {
            return None;
        }
        let against = self.against.as_ref()?;
        let is_better = |v: &&VersionRow| {
            let compared = against.compare(v.row.level, |level| level == version.row.level);
            compared.is_some_and(|c| c.interval(super::levels::INTERVAL).1 < UPDATE_RATIO_MAX)
        };
        let acceptable = |v: &&VersionRow| matches!(v.finding, Finding::Ok | Finding::NotProven | Finding::TooLittleData);
        self.newer(place).iter().rev().filter(acceptable).find(is_better).map(|v| v.version.clone())
    }

    /// The cause of most of the excess and its share of it: against the rate that it has in the other versions.
    fn main_cause(&self, place: usize) -> Option<(Cause, f64)> {
        let own = self.observed(place)?;
        let others: Vec<&Observed> = (0..self.evidence.rows.len()).filter(|p| *p != place).filter_map(|p| self.observed(p)).collect();
        let eligible: u64 = others.iter().map(|o| o.tally.eligible).sum();
        let excess = |cause: Cause, count: u64| {
            let elsewhere: u64 = others.iter().filter_map(|o| o.causes.get(&cause)).sum();
            let expected = float(own.tally.eligible) * ratio(elsewhere, eligible);
            let compared = Compared::new(float(count), expected, float(elsewhere) + 0.5, self.evidence.found.dispersion);
            (compared.interval(super::levels::INTERVAL).0 > 1.0).then(|| float(count) - expected)
        };
        let all: Vec<(Cause, f64)> = own.causes.iter().filter_map(|(cause, count)| Some((*cause, excess(*cause, *count)?))).collect();
        let sum: f64 = all.iter().map(|(_, e)| e).sum();
        all.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map(|(cause, excess)| (cause, excess / sum))
    }

    /// The earliest newer version that has shed a cause.
    fn fixed_in(&self, place: usize, cause: Cause) -> Option<String> {
        let own = self.observed(place)?;
        let is_fixed = |p: &usize| self.observed(*p).is_some_and(|later| own.is_fixed_by(later, cause));
        (0..place).rev().find(is_fixed).map(|p| self.evidence.rows[p].version.clone())
    }

    /// The share of a version's excess within slices that name it with a device or a system.
    fn device_excess(&self, place: usize) -> Option<f64> {
        let (cells, row) = (self.evidence.cells, &self.evidence.rows[place].row);
        let dimension = cells.version()?;
        let is_device = |s: &&Slice| {
            s.literals.contains(&(dimension, row.level)) && s.literals.iter().any(|(d, _)| DEVICE.contains(&cells.dimensions[*d].as_str()))
        };
        let scoped: Vec<&Slice> = self.evidence.found.slices.iter().filter(is_device).collect();
        let within: f64 = scoped.iter().map(|s| s.excess()).sum();
        (!scoped.is_empty()).then(|| within / (row.unsent - row.expected).max(1e-9))
    }

    /// At the normal approximation, the ratio whose logarithm is 1.96 + 1.28 standard errors above "15 % worse".
    fn smallest_shown(&self, version: &VersionRow) -> f64 {
        let row = &version.row;
        let expected = (row.expected / self.evidence.found.dispersion).max(0.1);
        let error = (1.0 / expected + 1.0 / row.worth).sqrt();
        WORSE * (3.24 * error).exp()
    }
}

/// A version against the versions before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Earlier {
    /// It is worse than they were.
    Worse,
    /// It is not shown to be.
    Alike,
    /// There are none, or too few messages of them.
    Unknown,
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
