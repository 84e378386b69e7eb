//! The decision table: what to do about each version, how sure that is, and what it costs to leave it.

use super::plot;
use super::said::{action, conditions, family_cells, family_columns, name, reason, remark, whole};
use crate::report::model::{Cell, Role, Row, Table};
use crate::report::number::{count, interval};
use crate::report::view::View;
use crate::stats::blame::finding::{Finding, UpdateStatus, VersionRow};
use crate::stats::blame::judged::{Judged, Segment};
use crate::stats::blame::verdict::{Action, Verdict};
use crate::stats::interval::{Rate, round};
use crate::taxonomy::Cause;
use crate::words::{self, Phrase};

/// What to do, one version or run of versions a line, and what to update to.
#[must_use]
pub fn lead(judged: &Judged, view: &View) -> Vec<String> {
    let mut lines = actions(judged, false, view);
    if lines.is_empty() {
        let pairs = || judged.versions.iter().zip(&judged.verdicts);
        let shown =
            pairs().filter(|(v, _)| v.finding != Finding::TooLittleData).map(|(_, v)| v.smallest_shown).fold(f64::INFINITY, f64::min);
        lines.push(if shown.is_finite() {
            view.say(Phrase::NothingToDo, &[("ratio", &format!("{shown:.2}"))])
        } else {
            view.say(Phrase::NothingToSay, &[])
        });
    }
    lines.extend(judged.segments.iter().map(|segment| update_line(judged, segment, view)));
    lines
}

/// The versions to act on, one or a run of them a line; with the app's name where there are several.
#[must_use]
pub fn actions(judged: &Judged, named: bool, view: &View) -> Vec<String> {
    let acts = |version: &VersionRow, verdict: &Verdict| match verdict.action {
        Action::Pull | Action::ForceUpdate | Action::DeviceScoped => true,
        Action::Update | Action::Watch => version.finding == Finding::Bad,
        Action::TooLittleData | Action::Confounded | Action::Retire | Action::Ok => false,
    };
    let app = name(judged);
    let full = |version: &str| if named && !app.is_empty() { format!("{version} ({app})") } else { version.to_owned() };
    let line = |(version, verdict): (&VersionRow, &Verdict)| {
        let row = &version.row;
        let ratio = interval(row.ratio(), row.interval, 2);
        let values = [
            ("action", &*view.say(lead_of(verdict.action), &[])),
            ("version", &*full(&version.version)),
            ("ratio", &*ratio),
            ("n", &*count(whole(verdict.excess))),
            ("cause", &*verdict.main_cause.map(|(cause, _)| view.word(words::label(cause))).unwrap_or_default()),
            ("reason", &*reason(judged, version, verdict, view)),
        ];
        // A version that is acted on for its crashes says so, not how its messages fare.
        let phrase = match (version.finding, verdict.main_cause) {
            (Finding::Bad, Some(_)) => Phrase::ActionLineCause,
            (Finding::Bad, None) => Phrase::ActionLine,
            _ => Phrase::ActionLineReason,
        };
        view.say(phrase, &values)
    };
    let mut lines: Vec<String> =
        judged.versions.iter().zip(&judged.verdicts).filter(|(version, verdict)| acts(version, verdict)).map(line).collect();
    lines.extend(runs(judged).into_iter().map(|(first, last, fixed)| match fixed {
        Some(fixed) => view.say(Phrase::IntroducedFixed, &[("first", &full(&first)), ("last", &last), ("fixed", &fixed)]),
        None => view.say(Phrase::IntroducedOpen, &[("first", &full(&first))]),
    }));
    lines
}

/// How a line begins that says what to do.
const fn lead_of(verdict: Action) -> Phrase {
    match verdict {
        Action::Update => Phrase::LeadUpdate,
        Action::ForceUpdate => Phrase::LeadForce,
        other => action(other),
    }
}

/// Runs of at least two bad versions one after the other, oldest first: the first, the last, and the first good one after.
fn runs(judged: &Judged) -> Vec<(String, String, Option<String>)> {
    let oldest_first: Vec<&VersionRow> = judged.versions.iter().rev().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < oldest_first.len() {
        let length = oldest_first[at..].iter().take_while(|v| v.finding == Finding::Bad).count();
        if length >= 2 {
            let next = oldest_first.get(at + length).filter(|v| matches!(v.finding, Finding::Ok | Finding::NotProven));
            let name = |place: usize| oldest_first[place].version.clone();
            found.push((name(at), name(at + length - 1), next.map(|v| v.version.clone())));
        }
        at += length.max(1);
    }
    found
}

fn update_line(judged: &Judged, segment: &Segment, view: &View) -> String {
    let of = segment.of.map(|literal| conditions(judged, &[literal], view));
    let status = match segment.status {
        UpdateStatus::Proven => Phrase::UpdateProven,
        UpdateStatus::NotProven => Phrase::UpdateNotProven,
        UpdateStatus::Stay => Phrase::UpdateStay,
    };
    let said = view.say(status, &[("version", segment.update_to.as_deref().unwrap_or_default())]);
    of.map_or_else(|| said.clone(), |of| view.say(Phrase::ForSegment, &[("segment", &of), ("said", &said)]))
}

/// The table of versions, of one or several apps.
#[must_use]
pub fn versions(all: &[&Judged], view: &View) -> Table {
    let mut columns = family_columns(view).to_vec();
    columns.extend([
        view.head("version", Phrase::Version, Role::Level),
        view.head("verdict", Phrase::VerdictHead, Role::Level),
        view.head("attempts", Phrase::EligibleAttempts, Role::Number),
        view.head("rate", Phrase::Rate, Role::Number),
        view.head("rate_all_causes", Phrase::RateAllCauses, Role::Number),
        view.head("raw_ratio", Phrase::CrudeRatio, Role::Number),
        view.head("ratio", Phrase::AdjustedRatio, Role::Number),
        view.head("q", Phrase::QValue, Role::Number),
    ]);
    let rows = all.iter().flat_map(|judged| (0..judged.versions.len()).map(|place| row(judged, place, view))).collect();
    Table { id: "versions", columns, rows, shown: view.top.max(20) }
}

fn row(judged: &Judged, place: usize, view: &View) -> Row {
    let (version, verdict) = (&judged.versions[place], &judged.verdicts[place]);
    let row = &version.row;
    let told = version.finding != Finding::TooLittleData;
    let all_causes = judged.observed.get(&version.version).map_or(Cell::Nothing, |o| Cell::Rate(o.tally.rate()));
    let mut cells = family_cells(judged, view).to_vec();
    cells.extend([
        Cell::Text(version.version.clone()),
        Cell::Label(view.say(action(verdict.action), &[]), verdict.action.to_string()),
        Cell::Count(whole(row.attempts)),
        Cell::Rate(Rate::of(whole(row.unsent), whole(row.attempts))),
        all_causes,
        if told { Cell::Ratio(round(row.raw_ratio)) } else { Cell::Nothing },
        if told { Cell::Interval(row.ratio(), row.interval, 2) } else { Cell::Nothing },
        row.q.filter(|_| told).map_or(Cell::Nothing, |q| Cell::Text(if q < 0.001 { "< 0.001".to_owned() } else { format!("{q:.3}") })),
    ]);
    Row { cells, stands_out: matches!(verdict.action, Action::Pull | Action::ForceUpdate) }
}

/// The versions that are worse: by what, at what cost, and since when no more.
#[must_use]
pub fn worse(all: &[&Judged], view: &View) -> Option<Table> {
    let mut columns = family_columns(view).to_vec();
    columns.extend([
        view.head("version", Phrase::Version, Role::Level),
        view.head("main_cause", Phrase::MainExcessCause, Role::Word),
        view.head("excess", Phrase::ExcessHead, Role::Number),
        view.head("excess_users", Phrase::ExcessUsersHead, Role::Number),
        view.head("reach", Phrase::ReachHead, Role::Number),
        view.head("fixed_in", Phrase::FixedIn, Role::Word),
        view.head("remarks", Phrase::Remarks, Role::Word),
    ]);
    let is_worse = |(version, verdict): (&VersionRow, &Verdict)| {
        matches!(version.finding, Finding::Bad | Finding::BadInSlice | Finding::Confounded)
            || matches!(verdict.action, Action::Pull | Action::ForceUpdate | Action::DeviceScoped)
    };
    let row = |judged: &Judged, place: usize| {
        let verdict = &judged.verdicts[place];
        let remarks: Vec<String> = verdict.remarks.iter().map(|r| view.say(remark(*r), &[])).collect();
        let mut cells = family_cells(judged, view).to_vec();
        cells.extend([
            Cell::Text(judged.versions[place].version.clone()),
            verdict.main_cause.map_or(Cell::Nothing, |cause| cause_cell(cause, view)),
            Cell::Interval(verdict.excess, verdict.excess_interval, 0),
            verdict.excess_users.map_or(Cell::Nothing, |users| Cell::Count(whole(users))),
            verdict.reach.map_or(Cell::Nothing, |reach| Cell::Text(count(whole(reach)))),
            Cell::text(verdict.fixed_in.as_deref()),
            Cell::text(Some(&view.list(&remarks))),
        ]);
        Row { cells, stands_out: false }
    };
    let all: Vec<(&Judged, usize)> = all.iter().flat_map(|judged| (0..judged.versions.len()).map(move |place| (*judged, place))).collect();
    let chosen = all.into_iter().filter(|(judged, place)| is_worse((&judged.versions[*place], &judged.verdicts[*place])));
    let rows: Vec<Row> = chosen.map(|(judged, place)| row(judged, place)).collect();
    (!rows.is_empty()).then_some(Table { id: "worse", columns, rows, shown: view.top })
}

/// A cause and its share of the excess.
fn cause_cell((cause, share): (Cause, f64), view: &View) -> Cell {
    let said = format!("{} ({:.0} %)", view.word(words::label(cause)), share * 100.0);
    Cell::Label(said, cause.as_str().to_owned())
}

/// One line for each version: its interval drawn, and a sentence of reason.
#[must_use]
pub fn reasons(judged: &Judged, view: &View) -> Vec<String> {
    let width = judged.versions.iter().map(|v| v.version.chars().count()).max().unwrap_or(0);
    let line = |(version, verdict): (&VersionRow, &Verdict)| {
        let row = &version.row;
        let told = version.finding != Finding::TooLittleData;
        let drawn = if told { plot::interval(row.ratio(), row.interval) } else { plot::nothing() };
        format!("{:width$}  {drawn}  {}", version.version, reason(judged, version, verdict, view))
    };
    judged.versions.iter().zip(&judged.verdicts).map(line).collect()
}
