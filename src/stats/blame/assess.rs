//! Messages and days -> everything that is said of versions: what fails, where, how often the app crashes, how late
//! messages are, and what to do.

use super::counts::Family;
use super::days::{Days, Hazard};
use super::judged::{Judged, judge};
use super::messages::{late, units};
use super::observed::observe;
use super::stability::Stability;
use super::units::{Labels, Unit, families};
use super::verdict::{Action, Known, Remark};
use crate::stats::names::Names;
use crate::stats::slim::Slim;
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
pub fn assess(messages: &[Slim], days: &Days, names: &Names, known: &Known<'_>, with_emulators: bool) -> Blame {
    let takes = |place: u32| with_emulators || !names.place(place).is_emulator;
    let real: Vec<&Slim> = messages.iter().filter(|m| takes(m.place)).collect();
    let labels = Labels::new(real.iter().map(|m| names.place(m.place)));
    let observed = observe(&real, &labels, names);
    let counted = |units: &[Unit], has_network: bool| families(units, &labels, names, has_network).into_iter();
    let mut counts: BTreeMap<AppAndOsNames, Family> =
        counted(&units(&real), true).map(|family| ((family.app.clone(), family.os.clone()), family)).collect();
    // Also of apps and systems of which no message counts.
    for ((app, os), observed) in observed {
        let text = |number: Option<u32>| number.map(|n| names.text(n).to_owned());
        let (app, os) = (text(app), text(os));
        counts.entry((app.clone(), os.clone())).or_insert_with(|| Family { app, os, ..Family::default() }).observed = observed;
    }
    let mut judged: Vec<Judged> = counts.values().map(|family| judge(family, known)).collect();
    let is_late = |family: &Family| family.rows.iter().any(|(_, counts)| counts.unsent > 0.0);
    let late = counted(&late(&real), true).filter(is_late).map(|family| judge(&family, known)).collect();
    let hazard = |hazard: Hazard| -> Vec<Stability> {
        counted(&days.units(hazard, takes), false).filter_map(|family| Stability::of(hazard, &family, known)).collect()
    };
    let stability: Vec<Stability> = Hazard::ALL.iter().flat_map(|h| hazard(*h)).collect();
    for judged in &mut judged {
        for of in &stability {
            raise(judged, of);
        }
    }
    let emulators = (messages.len() - real.len()) as u64;
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
