//! What is said of versions and slices, for machines: the JSON of `versions`. Sentences in it are English.

use super::{Told, reason};
use crate::report::view::View;
use crate::stats::blame::cells::Literal;
use crate::stats::blame::finding::{Finding, UpdateStatus};
use crate::stats::blame::judged::{Judged, Segment};
use crate::stats::blame::slices::Slice;
use crate::stats::blame::verdict::{Action, Remark};
use serde::Serialize;
use std::collections::BTreeMap;

type Where = BTreeMap<String, String>;

#[derive(Serialize)]
struct Json {
    versions: Vec<JsonVersion>,
    slices: Vec<JsonSlice>,
    update_to: Option<String>,
    update_status: Option<UpdateStatus>,
    update_by_segment: Vec<JsonSegment>,
    dispersion: Option<f64>,
}

#[derive(Serialize)]
struct JsonVersion {
    app: Option<String>,
    os: Option<String>,
    version: String,
    attempts: f64,
    unsent: f64,
    users: Option<f64>,
    expected: f64,
    m: f64,
    rate: Option<f64>,
    raw_ratio: f64,
    ratio: Option<f64>,
    ratio_lo: Option<f64>,
    ratio_hi: Option<f64>,
    q: Option<f64>,
    finding: Finding,
    verdict: Action,
    remarks: Vec<Remark>,
    reason: String,
    main_cause: Option<String>,
    attempts_all_causes: Option<f64>,
    unsent_all_causes: Option<f64>,
    excess: f64,
    excess_lo: f64,
    excess_hi: f64,
    active_users: Option<f64>,
    reach: Option<f64>,
    fixed_in: Option<String>,
    smallest_shown: f64,
}

#[derive(Serialize)]
struct JsonSlice {
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

#[derive(Serialize)]
struct JsonSegment {
    app: Option<String>,
    os: Option<String>,
    r#where: Where,
    update_to: Option<String>,
    update_status: UpdateStatus,
}

/// The JSON of all apps and systems.
#[must_use]
pub fn render(told: &[Told]) -> String {
    let all: Vec<&Judged> = told.iter().map(|t| &t.judged).collect();
    let whole = match all.as_slice() {
        [one] => one.segments.first(),
        _ => None,
    };
    let json = Json {
        versions: told.iter().flat_map(|t| (0..t.judged.versions.len()).map(|place| version(t, place))).collect(),
        slices: all.iter().flat_map(|j| j.slices.iter().map(|s| slice(j, s))).collect(),
        update_to: whole.and_then(|s| s.update_to.clone()),
        update_status: whole.map(|s| s.status),
        update_by_segment: all.iter().flat_map(|j| j.segments.iter().map(|s| segment(j, s))).collect(),
        dispersion: match all.as_slice() {
            [one] => Some(round(one.dispersion)),
            _ => None,
        },
    };
    serde_json::to_string(&json).unwrap_or_default() + "\n"
}

fn version(told: &Told, place: usize) -> JsonVersion {
    let judged = &told.judged;
    let (version, verdict) = (&judged.versions[place], &judged.verdicts[place]);
    let (row, all_causes) = (&version.row, told.all_causes[place]);
    let dimension = judged.cells.version();
    let users =
        judged.cells.users.as_ref().zip(dimension).map(|(users, d)| judged.cells.by_level(d, |cell| users[cell])[row.level as usize]);
    let shown = version.finding != Finding::TooLittleData;
    JsonVersion {
        app: judged.app.clone(),
        os: judged.os.clone(),
        version: version.version.clone(),
        attempts: row.attempts,
        unsent: row.unsent,
        users: users.map(round),
        expected: round(row.expected),
        m: round(row.worth),
        rate: shown.then(|| round(row.unsent / row.attempts)),
        raw_ratio: round(row.raw_ratio),
        ratio: shown.then(|| round(row.ratio())),
        ratio_lo: shown.then(|| round(row.interval.0)),
        ratio_hi: shown.then(|| round(row.interval.1)),
        q: row.q,
        finding: version.finding,
        verdict: verdict.action,
        remarks: verdict.remarks.clone(),
        reason: reason(judged, version, verdict, &View::default()),
        main_cause: told.main_causes[place].clone(),
        attempts_all_causes: all_causes.map(|(attempts, _)| attempts),
        unsent_all_causes: all_causes.map(|(_, unsent)| unsent),
        excess: round(verdict.excess),
        excess_lo: round(verdict.excess_interval.0),
        excess_hi: round(verdict.excess_interval.1),
        active_users: verdict.active_users,
        reach: verdict.reach.map(round),
        fixed_in: verdict.better.clone(),
        smallest_shown: round(verdict.smallest_shown),
    }
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
