//! Crashes, hangs and incompatibilities per user-day: what comes in are days of users, what goes out are rates beside
//! the lines that Play draws, and which versions, devices and systems are worse than the rest, by the same test as
//! messages.

use super::cells::{Cells, VERSION};
use super::counts::Family;
use super::days::Hazard;
use super::judged::{Judged, judge};
use super::verdict::Known;
use crate::stats::interval::wilson_of;

/// Days of users below which no rate is stated.
const DAYS_MIN: f64 = 30.0;
/// User-perceived crash and hang rates per daily user above which Play shows an app less, in all and per phone model
/// (developer.android.com/topic/performance/vitals, "bad behavior thresholds").
pub const CRASH_MAX: f64 = 0.0109;
/// The same of hangs.
pub const HANG_MAX: f64 = 0.0047;
/// The same of one phone model, for either.
pub const MODEL_MAX: f64 = 0.08;

/// The share of days on which something happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DayRate {
    /// Days of users.
    pub days: f64,
    /// Of these, with the event.
    pub hit: f64,
    /// The share and its 95 % interval, widened by how far days of one user are alike; of enough days.
    pub rate: Option<(f64, (f64, f64))>,
    /// The line that it should stay below.
    pub line: Option<f64>,
}

impl DayRate {
    fn of(cells: &Cells, chosen: impl Fn(usize) -> bool, line: Option<f64>) -> Self {
        let of = |values: &[f64]| (0..cells.len()).filter(|c| chosen(*c)).map(|c| values[c]).sum::<f64>();
        let (days, hit) = (of(&cells.attempts), of(&cells.unsent));
        let alike = match (&cells.users, &cells.unsent_sq) {
            // The design effect: days with the event of the user of such a day, over what chance gives.
            (Some(users), Some(squares)) if hit > 0.0 => of(squares) / hit - hit / of(users).max(1.0),
            _ => 1.0,
        };
        let scale = alike.max(1.0);
        let rate = (days >= DAYS_MIN).then(|| (hit / days, wilson_of(hit / scale, days / scale)));
        Self { days, hit, rate, line }
    }

    /// Whether the lower end of its interval lies above its line.
    #[must_use]
    pub fn is_above(&self) -> bool {
        self.rate.zip(self.line).is_some_and(|((_, (low, _)), line)| low > line)
    }
}

/// A hazard of an app on a system.
#[derive(Clone, Debug)]
pub struct Stability {
    /// What happened.
    pub hazard: Hazard,
    /// The rate of all days.
    pub whole: DayRate,
    /// Per version, newest first.
    pub versions: Vec<(String, DayRate)>,
    /// Per device, the highest lower end first.
    pub devices: Vec<(String, DayRate)>,
    /// Versions, devices and systems against the rest.
    pub judged: Judged,
}

impl Stability {
    /// Looks at the days of an app on a system; `None` where nothing happened.
    #[must_use]
    pub fn of(hazard: Hazard, family: &Family, known: &Known<'_>) -> Option<Self> {
        if family.rows.iter().all(|(_, counts)| counts.unsent <= 0.0) {
            return None;
        }
        let (whole, model) = match hazard {
            Hazard::Crash => (Some(CRASH_MAX), Some(MODEL_MAX)),
            Hazard::Hang => (Some(HANG_MAX), Some(MODEL_MAX)),
            Hazard::Incompatibility => (None, None),
        };
        let judged = judge(family, known);
        let cells = &judged.cells;
        let by = |dimension: &str, line: Option<f64>| -> Vec<(String, DayRate)> {
            let Some(place) = cells.dimensions.iter().position(|d| d == dimension) else { return Vec::new() };
            let rate = |level: usize| DayRate::of(cells, |cell| cells.codes[place][cell] as usize == level, line);
            cells.levels[place].iter().enumerate().map(|(level, name)| (name.clone(), rate(level))).collect()
        };
        let mut versions = by(VERSION, whole);
        let order = |name: &String| judged.versions.iter().position(|v| v.version == *name);
        versions.sort_by_key(|(name, _)| order(name));
        let mut devices = by("device", model);
        devices.retain(|(_, rate)| rate.hit > 0.0);
        let low = |rate: &DayRate| rate.rate.map_or(0.0, |(_, (low, _))| low);
        devices.sort_by(|a, b| low(&b.1).total_cmp(&low(&a.1)).then(b.1.hit.total_cmp(&a.1.hit)).then_with(|| a.0.cmp(&b.0)));
        Some(Self { hazard, whole: DayRate::of(cells, |_| true, whole), versions, devices, judged })
    }

    /// The rate of a version.
    #[must_use]
    pub fn version(&self, name: &str) -> Option<&DayRate> {
        self.versions.iter().find(|(version, _)| version == name).map(|(_, rate)| rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::blame::cells::Counts;

    fn family(crashes_of: impl Fn(&str, &str) -> f64) -> Family {
        let mut rows = Vec::new();
        for version in ["1.0", "1.1", "1.2"] {
            for device in ["A", "B"] {
                let hit = crashes_of(version, device);
                let counts = Counts { attempts: 1_000.0, unsent: hit, users: Some(500.0), unsent_sq: Some(hit), offset: 0.0 };
                rows.push((vec![version.to_owned(), device.to_owned()], counts));
            }
        }
        Family { dimensions: vec!["version".to_owned(), "device".to_owned()], rows, ..Family::default() }
    }

    #[test]
    fn a_rate_is_above_its_line_only_with_its_lower_end() {
        let just_above = Stability::of(Hazard::Crash, &family(|_, _| 12.0), &Known::default()).unwrap();
        assert!(just_above.whole.rate.unwrap().0 > CRASH_MAX && !just_above.whole.is_above());
        let far_above = Stability::of(Hazard::Crash, &family(|_, _| 40.0), &Known::default()).unwrap();
        assert!(far_above.whole.is_above() && !far_above.devices.iter().any(|(_, rate)| rate.is_above()));
        assert!(Stability::of(Hazard::Hang, &family(|_, _| 0.0), &Known::default()).is_none());
    }

    #[test]
    fn a_phone_model_that_crashes_on_every_fifth_day_is_above_its_own_line_and_a_slice() {
        let found = Stability::of(Hazard::Crash, &family(|_, d| if d == "B" { 200.0 } else { 8.0 }), &Known::default()).unwrap();
        let above: Vec<&str> = found.devices.iter().filter(|(_, r)| r.is_above()).map(|(name, _)| name.as_str()).collect();
        assert_eq!(above, ["B"]);
        assert_eq!(found.judged.slices.len(), 1);
    }

    #[test]
    fn days_of_the_same_few_users_widen_the_interval() {
        let mut alike = family(|_, _| 40.0);
        for (_, counts) in &mut alike.rows {
            // Each crash day is of a user with twenty of them.
            counts.unsent_sq = Some(40.0 * 20.0);
        }
        let width = |family: &Family| {
            let (low, high) = Stability::of(Hazard::Crash, family, &Known::default()).unwrap().whole.rate.unwrap().1;
            high - low
        };
        assert!(width(&alike) > 3.0 * width(&family(|_, _| 40.0)));
    }
}
