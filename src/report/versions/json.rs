//! What is said of versions and slices, for machines: the JSON of `versions`. Sentences in it are English.

use super::said::reason;
use super::stability::stated;
use crate::report::json::JsonRate;
use crate::report::view::View;
use crate::stats::blame::assess::Blame;
use crate::stats::blame::cells::Literal;
use crate::stats::blame::days::Hazard;
use crate::stats::blame::finding::{Finding, UpdateStatus};
use crate::stats::blame::judged::{Judged, Segment};
use crate::stats::blame::order::{bare, channel};
use crate::stats::blame::slices::Slice;
use crate::stats::blame::stability::{DayRate, Stability};
use crate::stats::blame::verdict::{Action, Remark};
use crate::stats::facts::Tally;
use crate::taxonomy::Cause;
use serde::Serialize;
use std::collections::BTreeMap;

type Where = BTreeMap<String, String>;

/// All that machines are told.
#[derive(Serialize)]
pub struct Json {
    /// The versions of every app and system, newest first.
    pub versions: Vec<JsonVersion>,
    /// Where failures concentrate.
    pub slices: Vec<JsonSlice>,
    /// What to update to, where there is one app and system.
    pub update_to: Option<String>,
    /// How sure that is.
    pub update_status: Option<UpdateStatus>,
    /// What to update to: of each app and system, and of segments that differ.
    pub update_by_segment: Vec<JsonSegment>,
    /// How much more counts scatter than chance, where there is one app and system.
    pub dispersion: Option<f64>,
    /// Where late messages concentrate.
    pub late: Vec<JsonSlice>,
    /// Crashes, hangs and incompatibilities per user-day.
    pub stability: Vec<JsonStability>,
    /// Messages from emulators, which are left out.
    pub emulators: u64,
}

/// A version.
#[derive(Serialize)]
pub struct JsonVersion {
    app: Option<String>,
    os: Option<String>,
    version: String,
    channel: Option<String>,
    attempts: f64,
    unsent: f64,
    users: Option<f64>,
    expected: f64,
    m: f64,
    rate: Option<f64>,
    raw_ratio: Option<f64>,
    ratio: Option<f64>,
    ratio_lo: Option<f64>,
    ratio_hi: Option<f64>,
    q: Option<f64>,
    finding: Finding,
    verdict: Action,
    remarks: Vec<Remark>,
    reason: String,
    main_cause: Option<Cause>,
    main_cause_share: Option<f64>,
    excess: Option<f64>,
    excess_lo: Option<f64>,
    excess_hi: Option<f64>,
    users_hit: Option<u64>,
    excess_users: Option<f64>,
    active_users: Option<f64>,
    reach: Option<f64>,
    fixed_in: Option<String>,
    smallest_shown: Option<f64>,
    all_causes: Option<JsonTally>,
}

/// Messages of a version, whatever the cause.
#[derive(Serialize)]
struct JsonTally {
    attempted: u64,
    sent: u64,
    delayed: u64,
    unsent: u64,
    pending: u64,
    #[serde(flatten)]
    rate: JsonRate,
}

/// A slice.
#[derive(Serialize)]
pub struct JsonSlice {
    app: Option<String>,
    os: Option<String>,
    r#where: Where,
    aliases: Vec<Where>,
    attempts: f64,
    unsent: f64,
    expected: f64,
    excess: f64,
    ratio: f64,
    ratio_lo: f64,
    ratio_hi: f64,
    p_adjusted: f64,
}

/// An update target.
#[derive(Serialize)]
pub struct JsonSegment {
    app: Option<String>,
    os: Option<String>,
    r#where: Where,
    update_to: Option<String>,
    update_status: UpdateStatus,
}

/// A hazard of an app on a system.
#[derive(Serialize)]
pub struct JsonStability {
    app: Option<String>,
    os: Option<String>,
    kind: Hazard,
    #[serde(flatten)]
    whole: JsonDayRate,
    versions: Vec<JsonNamedRate>,
    devices: Vec<JsonNamedRate>,
    slices: Vec<JsonSlice>,
}

#[derive(Serialize)]
struct JsonDayRate {
    user_days: f64,
    hit: f64,
    #[serde(flatten)]
    rate: JsonRate,
    line: Option<f64>,
    above: bool,
}

#[derive(Serialize)]
struct JsonNamedRate {
    level: String,
    #[serde(flatten)]
    rate: JsonDayRate,
    ratio: Option<f64>,
    ratio_lo: Option<f64>,
    ratio_hi: Option<f64>,
    finding: Option<Finding>,
}

/// The JSON of all apps and systems.
#[must_use]
pub fn render(blame: &Blame) -> String {
    serde_json::to_string(&told(blame)).unwrap_or_default() + "\n"
}

/// What machines are told.
#[must_use]
pub fn told(blame: &Blame) -> Json {
    let all = &blame.judged;
    let only = match all.as_slice() {
        [one] => Some(one),
        _ => None,
    };
    let whole = only.and_then(|one| one.segments.first());
    let slices = slices_of;
    Json {
        versions: all.iter().flat_map(|j| (0..j.versions.len()).map(|place| version(j, place))).collect(),
        slices: all.iter().flat_map(slices).collect(),
        update_to: whole.and_then(|s| s.update_to.clone()),
        update_status: whole.map(|s| s.status),
        update_by_segment: all.iter().flat_map(|j| j.segments.iter().map(|s| segment(j, s))).collect(),
        dispersion: only.map(|one| round(one.dispersion)),
        late: blame.late.iter().flat_map(slices).collect(),
        stability: blame.stability.iter().map(stability).collect(),
        emulators: blame.emulators,
    }
}

/// The slices of an app on a system.
#[must_use]
pub fn slices_of(judged: &Judged) -> Vec<JsonSlice> {
    judged.slices.iter().map(|s| slice(judged, s)).collect()
}

fn version(judged: &Judged, place: usize) -> JsonVersion {
    let (version, verdict) = (&judged.versions[place], &judged.verdicts[place]);
    let row = &version.row;
    let observed = judged.observed.get(&version.version);
    let shown = version.finding != Finding::TooLittleData;
    let counted = row.is_comparable();
    JsonVersion {
        app: judged.app.clone(),
        os: judged.os.clone(),
        version: bare(&version.version).to_owned(),
        channel: channel(&version.version).map(str::to_owned),
        attempts: row.attempts,
        unsent: row.unsent,
        users: verdict.users.map(round),
        expected: round(row.expected),
        m: round(row.worth),
        rate: shown.then(|| round(row.unsent / row.attempts)),
        raw_ratio: counted.then(|| round(row.raw_ratio)),
        ratio: shown.then(|| round(row.ratio())),
        ratio_lo: shown.then(|| round(row.interval.0)),
        ratio_hi: shown.then(|| round(row.interval.1)),
        q: row.q,
        finding: version.finding,
        verdict: verdict.action,
        remarks: verdict.remarks.clone(),
        reason: reason(judged, version, verdict, &View::default()),
        main_cause: verdict.main_cause.map(|(cause, _)| cause),
        main_cause_share: verdict.main_cause.map(|(_, share)| round(share)),
        excess: counted.then(|| round(verdict.excess)),
        excess_lo: counted.then(|| round(verdict.excess_interval.0)),
        excess_hi: counted.then(|| round(verdict.excess_interval.1)),
        users_hit: observed.map(|o| o.users_hit),
        excess_users: verdict.excess_users.filter(|_| shown).map(round),
        active_users: verdict.active_users,
        reach: verdict.reach.map(round),
        fixed_in: verdict.fixed_in.clone(),
        smallest_shown: counted.then(|| round(verdict.smallest_shown)),
        all_causes: observed.map(|o| tally(&o.tally)),
    }
}

fn tally(tally: &Tally) -> JsonTally {
    let Tally { attempted, sent, delayed, unsent, pending, .. } = *tally;
    JsonTally { attempted, sent, delayed, unsent, pending, rate: tally.rate().into() }
}

fn stability(stability: &Stability) -> JsonStability {
    let judged = &stability.judged;
    let named = |(level, rate): &(String, DayRate)| {
        let version = judged.versions.iter().find(|v| v.version == *level).filter(|v| v.finding != Finding::TooLittleData);
        JsonNamedRate {
            level: level.clone(),
            rate: day_rate(rate),
            ratio: version.map(|v| round(v.row.ratio())),
            ratio_lo: version.map(|v| round(v.row.interval.0)),
            ratio_hi: version.map(|v| round(v.row.interval.1)),
            finding: version.map(|v| v.finding),
        }
    };
    JsonStability {
        app: judged.app.clone(),
        os: judged.os.clone(),
        kind: stability.hazard,
        whole: day_rate(&stability.whole),
        versions: stability.versions.iter().map(named).collect(),
        devices: stability.devices.iter().map(named).collect(),
        slices: judged.slices.iter().map(|s| slice(judged, s)).collect(),
    }
}

fn day_rate(rate: &DayRate) -> JsonDayRate {
    JsonDayRate { user_days: rate.days, hit: rate.hit, rate: stated(rate).into(), line: rate.line, above: rate.is_above() }
}

fn slice(judged: &Judged, slice: &Slice) -> JsonSlice {
    JsonSlice {
        app: judged.app.clone(),
        os: judged.os.clone(),
        r#where: named(judged, &slice.literals),
        aliases: slice.aliases.iter().map(|l| named(judged, std::slice::from_ref(l))).collect(),
        attempts: slice.attempts,
        unsent: slice.unsent,
        expected: round(slice.expected),
        excess: round(slice.excess()),
        ratio: round(slice.unsent / slice.expected.max(1e-9)),
        ratio_lo: round(slice.interval.0),
        ratio_hi: round(slice.interval.1),
        p_adjusted: slice.p_adjusted,
    }
}

fn segment(judged: &Judged, segment: &Segment) -> JsonSegment {
    JsonSegment {
        app: judged.app.clone(),
        os: judged.os.clone(),
        r#where: segment.of.map(|l| named(judged, &[l])).unwrap_or_default(),
        update_to: segment.update_to.clone(),
        update_status: segment.status,
    }
}

fn named(judged: &Judged, literals: &[Literal]) -> Where {
    let name = |(d, l): &Literal| (judged.cells.dimensions[*d].clone(), judged.cells.levels[*d][*l as usize].clone());
    literals.iter().map(name).collect()
}

/// Six decimals; what is infinite is told as a large number.
fn round(value: f64) -> f64 {
    (value.clamp(-1e12, 1e12) * 1e6).round() / 1e6
}
