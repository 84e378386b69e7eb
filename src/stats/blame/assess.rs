//! Messages and days -> everything that is said of versions: what fails, where, how often the app crashes, how late
//! messages are, and what to do.

use super::counts::Family;
use super::days::{Hazard, UserDays};
use super::judged::{Judged, judge};
use super::messages::{late, units};
use super::observed::observe;
use super::stability::Stability;
use super::units::{Labels, families};
use super::verdict::{Action, Known, Remark};
use crate::stats::lot::{Lot, Messages};
use crate::stats::names::Names;
use std::collections::BTreeMap;

/// All that is said of versions.
#[derive(Clone, Debug, Default)]
pub struct Blame {
    /// By failures that a build can fix, or by all that the counts hold: per app and system.
    pub judged: Vec<Judged>,
    /// The counts that these rest on.
    pub counts: Vec<Family>,
    /// By late acknowledgements, where there are any.
    pub late: Vec<Judged>,
    /// Crashes, hangs and incompatibilities, where there are any.
    pub stability: Vec<Stability>,
    /// Messages from emulators, which are left out.
    pub emulators: u64,
    /// Whether active users are known.
    pub has_population: bool,
}

impl Blame {
    /// Of counts alone.
    #[must_use]
    pub fn of_counts(families: &[Family], known: &Known<'_>) -> Self {
        let judged = families.iter().map(|family| judge(family, known)).collect();
        Self { judged, counts: families.to_vec(), has_population: known.population.is_some(), ..Self::default() }
    }
}

type AppAndOsNames = (Option<String>, Option<String>);

/// Assesses messages and days.
#[must_use]
pub fn assess(messages: &Messages, days: &UserDays, names: &Names, known: &Known<'_>, with_emulators: bool) -> Blame {
    let takes = |place: u32| with_emulators || !names.place(place).is_emulator;
    let real = messages.lots.iter().filter(|lot| takes(names.spot(lot.spot).place));
    let mut has_messages = vec![false; names.places().len()];
    for lot in real.clone() {
        has_messages[names.spot(lot.spot).place as usize] = true;
    }
    let labels = Labels::new(names.places().zip(has_messages).filter(|(_, has)| *has).map(|(place, _)| place));
    let observed = observe(real.clone(), &labels, names);
    let mut counts: BTreeMap<AppAndOsNames, Family> = families(units(real.clone(), names), &labels, names, true)
        .into_iter()
        .map(|family| ((family.app.clone(), family.os.clone()), family))
        .collect();
    // Also of apps and systems of which no message counts.
    for ((app, os), observed) in observed.into_iter().filter(|(_, versions)| !versions.is_empty()) {
        let text = |number: Option<u32>| number.map(|n| names.text(n).to_owned());
        let (app, os) = (text(app), text(os));
        counts.entry((app.clone(), os.clone())).or_insert_with(|| Family { app, os, ..Family::default() }).observed = observed;
    }
    let mut judged: Vec<Judged> = counts.values().map(|family| judge(family, known)).collect();
    let is_late = |family: &Family| family.rows.iter().any(|(_, counts)| counts.unsent > 0.0);
    let lates = families(late(real.clone(), names), &labels, names, true);
    let late = lates.iter().filter(|family| is_late(family)).map(|family| judge(family, known)).collect();
    let hazard = |hazard: Hazard| -> Vec<Stability> {
        let families = families(days.units(hazard, takes), &labels, names, false);
        families.iter().filter_map(|family| Stability::of(hazard, family, known)).collect()
    };
    let stability: Vec<Stability> = Hazard::ALL.iter().flat_map(|h| hazard(*h)).collect();
    for judged in &mut judged {
        for of in &stability {
            raise(judged, of);
        }
    }
    let emulators = messages.lots.iter().filter(|lot| !takes(names.spot(lot.spot).place)).map(Lot::n).sum();
    Blame { judged, counts: counts.into_values().collect(), late, stability, emulators, has_population: known.population.is_some() }
}

/// A version that crashes or hangs more than the others, and more than Play puts up with, is as bad as one that does not
/// send. The line alone is not enough: uploads come from users with trouble, so that most versions pass it.
fn raise(judged: &mut Judged, by: &Stability) {
    if (&judged.app, &judged.os) != (&by.judged.app, &by.judged.os) {
        return;
    }
    let remark = match by.hazard {
        Hazard::Crash => Remark::Crashes,
        Hazard::Hang => Remark::Hangs,
        Hazard::Incompatibility => return,
    };
    for (version, verdict) in judged.versions.iter().zip(&mut judged.verdicts) {
        let of = by.judged.versions.iter().position(|v| v.version == version.version);
        let Some(action) = of.map(|place| by.judged.verdicts[place].action) else { continue };
        let is_above = by.version(&version.version).is_some_and(super::stability::DayRate::is_above);
        if !is_above || !matches!(action, Action::Pull | Action::ForceUpdate | Action::DeviceScoped) {
            continue;
        }
        verdict.remarks.push(remark);
        match verdict.action {
            Action::Retire | Action::Pull | Action::ForceUpdate => {}
            Action::TooLittleData | Action::Confounded | Action::DeviceScoped | Action::Update | Action::Watch | Action::Ok => {
                verdict.action = action;
            }
        }
    }
}
