//! What is said of versions, slices and updates: what comes in are judged counts, what goes out is a report for people
//! ([`compose`]) and an answer for machines ([`json`]).

pub mod json;
mod plot;

use super::Report;
use super::model::{Block, Cell, Role, Row, Section, Table};
use super::number::{count, interval};
use super::view::View;
use crate::stats::blame::cells::Literal;
use crate::stats::blame::finding::{Finding, UpdateStatus, VersionRow};
use crate::stats::blame::judged::{Judged, Segment};
use crate::stats::blame::slices::Slice;
use crate::stats::blame::verdict::{Action, Remark, Verdict};
use crate::stats::interval::{Rate, round};
use crate::words::Phrase;

/// A judged app on a system, with what the input says besides.
#[derive(Clone, Debug)]
pub struct Told {
    /// The judgement by failures that a build can fix, or by all that the counts hold.
    pub judged: Judged,
    /// Per version, attempts and unsent messages of all causes, where causes are known.
    pub all_causes: Vec<Option<(f64, f64)>>,
    /// Per version, the cause of most of its excess.
    pub main_causes: Vec<Option<String>>,
}

impl Told {
    /// Counts without causes.
    #[must_use]
    pub fn of_counts(judged: Judged) -> Self {
        let none = judged.versions.len();
        Self { judged, all_causes: vec![None; none], main_causes: vec![None; none] }
    }
}

/// The report for people.
#[must_use]
pub fn compose(all: &[Told], has_population: bool, view: &View) -> Report {
    let mut sections: Vec<Section> = Vec::new();
    let (told, silent): (Vec<&Told>, Vec<&Told>) = all.iter().partition(|t| all.len() == 1 || says_something(&t.judged));
    for told in told {
        let judged = &told.judged;
        if !judged.versions.is_empty() {
            let mut blocks = vec![Block::Lines(lead(judged, view)), Block::Table(versions(told, view))];
            blocks.extend(worse(told, view).map(Block::Table));
            blocks.push(Block::Lines(reasons(judged, view)));
            sections.push(Section { id: "versions", title: titled(judged, Phrase::VersionsOf, Phrase::VersionsAll, view), blocks });
        }
        let blocks = if judged.slices.is_empty() {
            vec![Block::Lines(vec![view.say(Phrase::NoSlices, &[])])]
        } else {
            vec![Block::Table(slices(judged, view))]
        };
        sections.push(Section { id: "slices", title: titled(judged, Phrase::SlicesOf, Phrase::SlicesAll, view), blocks });
    }
    if !silent.is_empty() {
        let names: Vec<String> = silent
            .iter()
            .map(|t| Some(name(&t.judged)).filter(|n| !n.is_empty()).unwrap_or_else(|| view.say(Phrase::NoApp, &[])))
            .collect();
        let line = view.say(Phrase::SilentApps, &[("apps", &view.list(&names))]);
        sections.push(Section { id: "too_little", title: view.say(Phrase::TooLittle, &[]), blocks: vec![Block::Lines(vec![line])] });
    }
    let dispersion = all.iter().map(|t| t.judged.dispersion).fold(1.0, f64::max);
    let bias = if has_population { Phrase::ReachSentence } else { Phrase::BiasSentence };
    let mut method = vec![view.say(bias, &[]), view.say(Phrase::HowCompared, &[])];
    if dispersion > 1.05 {
        method.push(view.say(Phrase::Scatter, &[("factor", &format!("{dispersion:.2}"))]));
    }
    sections.push(Section { id: "method", title: view.say(Phrase::HowToRead, &[]), blocks: vec![Block::Lines(method)] });
    Report { title: view.say(Phrase::VersionsTitle, &[]), banner: None, sections }
}

fn titled(judged: &Judged, with: Phrase, without: Phrase, view: &View) -> String {
    let name = name(judged);
    if name.is_empty() { view.say(without, &[]) } else { view.say(with, &[("app", &name)]) }
}

fn name(judged: &Judged) -> String {
    [judged.app.as_deref(), judged.os.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Whether there is anything to say but that there is too little data.
fn says_something(judged: &Judged) -> bool {
    !judged.slices.is_empty() || judged.versions.iter().any(|v| v.finding != Finding::TooLittleData)
}

/// What to do, one version or run of versions a line, and what to update to.
fn lead(judged: &Judged, view: &View) -> Vec<String> {
    let mut lines = Vec::new();
    let pairs = || judged.versions.iter().zip(&judged.verdicts);
    let acts = |version: &VersionRow, verdict: &Verdict| match verdict.action {
        Action::Pull | Action::ForceUpdate | Action::DeviceScoped => true,
        Action::Update | Action::Watch => version.finding == Finding::Bad,
        Action::TooLittleData | Action::Confounded | Action::Retire | Action::Ok => false,
    };
    for (version, verdict) in pairs().filter(|(version, verdict)| acts(version, verdict)) {
        let row = &version.row;
        let ratio = interval(row.ratio(), row.interval, 2);
        let excess = count(whole(verdict.excess));
        let values =
            [("action", &*view.say(action(verdict.action), &[])), ("version", &*version.version), ("ratio", &*ratio), ("n", &*excess)];
        lines.push(view.say(Phrase::ActionLine, &values));
    }
    lines.extend(runs(judged).into_iter().map(|(first, last, fixed)| match fixed {
        Some(fixed) => view.say(Phrase::IntroducedFixed, &[("first", &first), ("last", &last), ("fixed", &fixed)]),
        None => view.say(Phrase::IntroducedOpen, &[("first", &first)]),
    }));
    if lines.is_empty() {
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

fn versions(told: &Told, view: &View) -> Table {
    let judged = &told.judged;
    let columns = vec![
        view.head("version", Phrase::Version, Role::Level),
        view.head("verdict", Phrase::VerdictHead, Role::Level),
        view.head("attempts", Phrase::EligibleAttempts, Role::Number),
        view.head("rate", Phrase::Rate, Role::Number),
        view.head("rate_all_causes", Phrase::RateAllCauses, Role::Number),
        view.head("raw_ratio", Phrase::CrudeRatio, Role::Number),
        view.head("ratio", Phrase::AdjustedRatio, Role::Number),
        view.head("q", Phrase::QValue, Role::Number),
    ];
    let rows = judged
        .versions
        .iter()
        .zip(&judged.verdicts)
        .enumerate()
        .map(|(place, (version, verdict))| row(version, verdict, told.all_causes[place], view))
        .collect();
    Table { id: "versions", columns, rows, shown: view.top.max(20) }
}

fn row(version: &VersionRow, verdict: &Verdict, all_causes: Option<(f64, f64)>, view: &View) -> Row {
    let row = &version.row;
    let told = version.finding != Finding::TooLittleData;
    Row {
        cells: vec![
            Cell::Text(version.version.clone()),
            Cell::Label(view.say(action(verdict.action), &[]), verdict.action.to_string()),
            Cell::Count(whole(row.attempts)),
            Cell::Rate(Rate::of(whole(row.unsent), whole(row.attempts))),
            all_causes.map_or(Cell::Nothing, |(attempts, unsent)| Cell::Rate(Rate::of(whole(unsent), whole(attempts)))),
            if told { Cell::Ratio(round(row.raw_ratio)) } else { Cell::Nothing },
            if told { Cell::Interval(row.ratio(), row.interval, 2) } else { Cell::Nothing },
            row.q.filter(|_| told).map_or(Cell::Nothing, |q| Cell::Text(if q < 0.001 { "< 0.001".to_owned() } else { format!("{q:.3}") })),
        ],
        stands_out: matches!(verdict.action, Action::Pull | Action::ForceUpdate),
    }
}

/// The versions that are worse: by what, at what cost, and since when no more.
fn worse(told: &Told, view: &View) -> Option<Table> {
    let judged = &told.judged;
    let columns = vec![
        view.head("version", Phrase::Version, Role::Level),
        view.head("main_cause", Phrase::MainExcessCause, Role::Word),
        view.head("excess", Phrase::ExcessHead, Role::Number),
        view.head("reach", Phrase::ReachHead, Role::Number),
        view.head("fixed_in", Phrase::FixedIn, Role::Word),
        view.head("remarks", Phrase::Remarks, Role::Word),
    ];
    let is_worse = |place: &usize| matches!(judged.versions[*place].finding, Finding::Bad | Finding::BadInSlice | Finding::Confounded);
    let row = |place: usize| {
        let verdict = &judged.verdicts[place];
        let remarks: Vec<String> = verdict.remarks.iter().map(|r| view.say(remark(*r), &[])).collect();
        Row {
            cells: vec![
                Cell::Text(judged.versions[place].version.clone()),
                Cell::text(told.main_causes[place].as_deref()),
                Cell::Interval(verdict.excess, verdict.excess_interval, 0),
                verdict.reach.map_or(Cell::Nothing, |reach| Cell::Text(count(whole(reach)))),
                Cell::text(verdict.better.as_deref()),
                Cell::text(Some(&view.list(&remarks))),
            ],
            stands_out: false,
        }
    };
    let rows: Vec<Row> = (0..judged.versions.len()).filter(is_worse).map(row).collect();
    (!rows.is_empty()).then_some(Table { id: "worse", columns, rows, shown: view.top })
}

/// One line for each version: its interval drawn, and a sentence of reason.
fn reasons(judged: &Judged, view: &View) -> Vec<String> {
    let width = judged.versions.iter().map(|v| v.version.chars().count()).max().unwrap_or(0);
    let line = |(version, verdict): (&VersionRow, &Verdict)| {
        let row = &version.row;
        let told = version.finding != Finding::TooLittleData;
        let drawn = if told { plot::interval(row.ratio(), row.interval) } else { plot::nothing() };
        format!("{:width$}  {drawn}  {}", version.version, reason(judged, version, verdict, view))
    };
    judged.versions.iter().zip(&judged.verdicts).map(line).collect()
}

/// Why a version has its verdict.
#[must_use]
pub fn reason(judged: &Judged, version: &VersionRow, verdict: &Verdict, view: &View) -> String {
    let row = &version.row;
    let ratio = interval(row.ratio(), row.interval, 2);
    let shown = format!("{:.2}", verdict.smallest_shown);
    match version.finding {
        Finding::TooLittleData => {
            view.say(Phrase::ReasonTooLittle, &[("n", &count(whole(row.attempts))), ("expected", &format!("{:.1}", row.expected))])
        }
        Finding::Confounded => {
            let with = row.overlap.1.map(|literal| conditions(judged, &[literal], view)).unwrap_or_default();
            view.say(Phrase::ReasonConfounded, &[("ratio", &ratio), ("with", &with)])
        }
        Finding::BadInSlice => view.say(Phrase::ReasonInSlice, &[("ratio", &ratio)]),
        Finding::Bad => view.say(Phrase::ReasonBad, &[("ratio", &ratio)]),
        Finding::Ok => view.say(Phrase::ReasonOk, &[("high", &format!("{:.2}", row.interval.1))]),
        Finding::NotProven => view.say(Phrase::ReasonNotProven, &[("ratio", &ratio), ("shown", &shown)]),
    }
}

fn slices(judged: &Judged, view: &View) -> Table {
    let columns = vec![
        view.head("where", Phrase::WhereHead, Role::Level),
        view.head("attempts", Phrase::EligibleAttempts, Role::Number),
        view.head("unsent", Phrase::Unsent, Role::Number),
        view.head("expected", Phrase::ExpectedHead, Role::Number),
        view.head("ratio", Phrase::AdjustedRatio, Role::Number),
        view.head("plot", Phrase::PlotHead, Role::Word),
        view.head("aliases", Phrase::AliasHead, Role::Word),
    ];
    let row = |slice: &Slice| {
        let ratio = slice.unsent / slice.expected.max(1e-9);
        let aliases: Vec<String> = slice.aliases.iter().map(|l| conditions(judged, &[*l], view)).collect();
        Row {
            cells: vec![
                Cell::Text(conditions(judged, &slice.literals, view)),
                Cell::Count(whole(slice.attempts)),
                Cell::Count(whole(slice.unsent)),
                Cell::Text(format!("{:.1}", slice.expected)),
                Cell::Interval(ratio, slice.interval, 2),
                Cell::Text(plot::interval(ratio, slice.interval)),
                Cell::text(Some(&view.list(&aliases))),
            ],
            stands_out: false,
        }
    };
    Table { id: "slices", columns, rows: judged.slices.iter().map(row).collect(), shown: view.top }
}

/// Conditions as people read them.
fn conditions(judged: &Judged, literals: &[Literal], view: &View) -> String {
    let said = |(d, l): &Literal| format!("{} {}", judged.cells.dimensions[*d], judged.cells.levels[*d][*l as usize]);
    view.list(&literals.iter().map(said).collect::<Vec<_>>())
}

const fn action(action: Action) -> Phrase {
    match action {
        Action::TooLittleData => Phrase::VerdictTooLittle,
        Action::Confounded => Phrase::VerdictConfounded,
        Action::Retire => Phrase::VerdictRetire,
        Action::DeviceScoped => Phrase::VerdictDevice,
        Action::Pull => Phrase::VerdictPull,
        Action::ForceUpdate => Phrase::VerdictForce,
        Action::Update => Phrase::VerdictUpdate,
        Action::Watch => Phrase::VerdictWatch,
        Action::Ok => Phrase::VerdictOk,
    }
}

const fn remark(remark: Remark) -> Phrase {
    match remark {
        Remark::FewUsers => Phrase::RemarkFewUsers,
        Remark::UsersUnknown => Phrase::RemarkUsersUnknown,
        Remark::RolloutUnknown => Phrase::RemarkRolloutUnknown,
        Remark::UploadRatesDiffer => Phrase::RemarkUploads,
        Remark::NoEarlierVersion => Phrase::RemarkNoEarlier,
        Remark::MixEffect => Phrase::RemarkMix,
    }
}

/// A count that came in as a number with decimals.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // counts of messages, never negative
fn whole(value: f64) -> u64 {
    value.max(0.0).round() as u64
}
