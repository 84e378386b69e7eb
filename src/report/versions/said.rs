//! The words in which versions, conditions, findings and verdicts are said.

use crate::report::model::{Block, Cell, Head, Role};
use crate::report::number::{count, interval};
use crate::report::view::View;
use crate::stats::blame::cells::Literal;
use crate::stats::blame::finding::{Finding, VersionRow};
use crate::stats::blame::judged::Judged;
use crate::stats::blame::verdict::{Action, Remark, Verdict};
use crate::words::Phrase;

/// App and system.
#[must_use]
pub fn name(judged: &Judged) -> String {
    [judged.app.as_deref(), judged.os.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Whether there is anything to say but that there is too little data.
#[must_use]
pub fn says_something(judged: &Judged) -> bool {
    !judged.slices.is_empty() || judged.versions.iter().any(|v| v.finding != Finding::TooLittleData)
}

/// Of which apps nothing can be said.
#[must_use]
pub fn silent(silent: &[&Judged], view: &View) -> Block {
    let app = |judged: &&Judged| Some(name(judged)).filter(|n| !n.is_empty()).unwrap_or_else(|| view.say(Phrase::NoApp, &[]));
    let apps: Vec<String> = silent.iter().map(app).collect();
    Block::Lines(vec![view.say(Phrase::SilentApps, &[("apps", &view.list(&apps))])])
}

/// The columns of app and system, left out where all rows have the same.
#[must_use]
pub fn family_columns(view: &View) -> [Head; 2] {
    [view.head("app", Phrase::App, Role::Common), view.head("os", Phrase::System, Role::Common)]
}

/// Their cells.
#[must_use]
pub fn family_cells(judged: &Judged, view: &View) -> [Cell; 2] {
    let cell =
        |text: &Option<String>| text.clone().map_or_else(|| Cell::Label(view.say(Phrase::NotStated, &[]), String::new()), Cell::Text);
    [cell(&judged.app), cell(&judged.os)]
}

/// Conditions as people read them.
#[must_use]
pub fn conditions(judged: &Judged, literals: &[Literal], view: &View) -> String {
    let said = |(d, l): &Literal| format!("{} {}", judged.cells.dimensions[*d], judged.cells.levels[*d][*l as usize]);
    view.list(&literals.iter().map(said).collect::<Vec<_>>())
}

/// Why a version has its verdict.
#[must_use]
pub fn reason(judged: &Judged, version: &VersionRow, verdict: &Verdict, view: &View) -> String {
    let row = &version.row;
    let ratio = interval(row.ratio(), row.interval, 2);
    let shown = format!("{:.2}", verdict.smallest_shown);
    let mut said = match version.finding {
        Finding::TooLittleData if !row.is_comparable() => view.say(Phrase::ReasonAlone, &[("n", &count(whole(row.attempts)))]),
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
    };
    // What decided besides the ratio.
    let besides = [
        (Remark::NewCorruption, Phrase::ReasonCorruption),
        (Remark::Crashes, Phrase::ReasonCrashes),
        (Remark::Hangs, Phrase::ReasonHangs),
        (Remark::Stands, Phrase::ReasonStands),
    ];
    for (_, phrase) in besides.iter().filter(|(remark, _)| verdict.remarks.contains(remark)) {
        said.push(' ');
        said.push_str(&view.say(*phrase, &[]));
    }
    said
}

/// A verdict as people read it.
#[must_use]
pub const fn action(action: Action) -> Phrase {
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

/// A remark as people read it.
#[must_use]
pub const fn remark(remark: Remark) -> Phrase {
    match remark {
        Remark::FewUsers => Phrase::RemarkFewUsers,
        Remark::UsersUnknown => Phrase::RemarkUsersUnknown,
        Remark::RolloutUnknown => Phrase::RemarkRolloutUnknown,
        Remark::UploadRatesDiffer => Phrase::RemarkUploads,
        Remark::NoEarlierVersion => Phrase::RemarkNoEarlier,
        Remark::MixEffect => Phrase::RemarkMix,
        Remark::NewCorruption => Phrase::RemarkCorruption,
        Remark::Crashes => Phrase::RemarkCrashes,
        Remark::Hangs => Phrase::RemarkHangs,
        Remark::Stands => Phrase::RemarkStands,
    }
}

/// A count that came in as a number with decimals.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // counts of messages, never negative
pub fn whole(value: f64) -> u64 {
    value.max(0.0).round() as u64
}
