//! Crashes, hangs and incompatibilities per user-day, beside the lines that Play draws.

use super::said::{conditions, family_cells, family_columns, name, whole};
use crate::report::model::{Block, Cell, Role, Row, Section, Table};
use crate::report::number::{interval, percent};
use crate::report::view::View;
use crate::stats::blame::assess::Blame;
use crate::stats::blame::days::Hazard;
use crate::stats::blame::finding::Finding;
use crate::stats::blame::stability::{DayRate, Stability};
use crate::stats::interval::{Rate, Reason, round};
use crate::taxonomy::Kind;
use crate::words::{self, Phrase};

/// Devices shown for each app, system and hazard.
const DEVICES_SHOWN: usize = 3;

/// The section; `None` where nothing of the kind happened.
#[must_use]
pub fn section(blame: &Blame, view: &View) -> Option<Section> {
    if blame.stability.is_empty() {
        return None;
    }
    let (mut told, silent): (Vec<&Stability>, Vec<&Stability>) = blame.stability.iter().partition(|s| s.whole.rate.is_some());
    let mut blocks: Vec<Block> = Vec::new();
    let found = findings(blame, view);
    if !found.is_empty() {
        blocks.push(Block::Lines(found));
    }
    let mut lines = Vec::new();
    told.sort_by(|a, b| b.whole.days.total_cmp(&a.whole.days));
    if !told.is_empty() {
        blocks.push(Block::Table(table(&told, view)));
        lines.push(view.say(Phrase::StabilityMeans, &[]));
    }
    if !silent.is_empty() {
        lines.push(view.say(Phrase::StabilityTooLittle, &[("apps", &view.list(&silent_apps(&silent, view)))]));
    }
    blocks.push(Block::Lines(lines));
    Some(Section { id: "stability", title: view.say(Phrase::StabilityTitle, &[]), blocks })
}

/// Versions, devices and systems that are worse than the rest.
fn findings(blame: &Blame, view: &View) -> Vec<String> {
    let of = |s: &Stability| {
        let said = |what: String, ratio: String| {
            let app = name(&s.judged);
            let values = [("what", &*what), ("app", &*app), ("kind", &*view.word(words::kind(kind(s.hazard)))), ("ratio", &*ratio)];
            view.say(Phrase::StabilityFound, &values)
        };
        let bad = s.judged.versions.iter().filter(|v| v.finding == Finding::Bad);
        let versions = bad.map(|v| said(v.version.clone(), interval(v.row.ratio(), v.row.interval, 2)));
        let is_version =
            |s: &&crate::stats::blame::slices::Slice, version: Option<usize>| s.literals.len() == 1 && Some(s.literals[0].0) == version;
        let slices = s.judged.slices.iter().filter(|slice| !is_version(slice, s.judged.cells.version())).map(|slice| {
            let ratio = slice.unsent / slice.expected.max(1e-9);
            said(conditions(&s.judged, &slice.literals, view), interval(ratio, slice.interval, 2))
        });
        versions.chain(slices).collect::<Vec<_>>()
    };
    blame.stability.iter().flat_map(of).collect()
}

/// Apps with too few user-days, and how many of these were bad.
fn silent_apps(silent: &[&Stability], view: &View) -> Vec<String> {
    let of = |s: &&Stability| {
        let app = Some(name(&s.judged)).filter(|n| !n.is_empty()).unwrap_or_else(|| view.say(Phrase::NoApp, &[]));
        format!("{app} ({} {}/{})", view.word(words::kind(kind(s.hazard))), whole(s.whole.hit), whole(s.whole.days))
    };
    silent.iter().map(of).collect()
}

fn table(told: &[&Stability], view: &View) -> Table {
    let mut columns = family_columns(view).to_vec();
    columns.extend([
        view.head("kind", Phrase::Kind, Role::Level),
        view.head("of", Phrase::OfHead, Role::Level),
        view.head("user_days", Phrase::UserDays, Role::Number),
        view.head("hit", Phrase::DaysHit, Role::Number),
        view.head("rate", Phrase::PerUserDay, Role::Number),
        view.head("line", Phrase::PlayLine, Role::Number),
        view.head("above", Phrase::MarkTitle, Role::Word),
    ]);
    let of = |s: &&Stability| {
        let mut rows = vec![row(s, Cell::Label(view.say(Phrase::All, &[]), "all".to_owned()), &s.whole, view)];
        let has_rate = |(_, rate): &&(String, DayRate)| rate.rate.is_some();
        if s.versions.len() > 1 {
            rows.extend(s.versions.iter().filter(has_rate).map(|(version, rate)| row(s, Cell::Text(version.clone()), rate, view)));
        }
        let shown = s.devices.iter().filter(has_rate).enumerate().filter(|(n, (_, rate))| *n < DEVICES_SHOWN || rate.is_above());
        rows.extend(shown.map(|(_, (device, rate))| row(s, Cell::Text(device.clone()), rate, view)));
        rows
    };
    Table { id: "stability", columns, rows: told.iter().flat_map(of).collect(), shown: view.top.max(20) }
}

fn row(stability: &Stability, of: Cell, rate: &DayRate, view: &View) -> Row {
    let above = rate.is_above();
    let mut cells = family_cells(&stability.judged, view).to_vec();
    cells.extend([
        Cell::Label(view.word(words::kind(kind(stability.hazard))), stability.hazard.to_string()),
        of,
        Cell::Count(whole(rate.days)),
        Cell::Count(whole(rate.hit)),
        Cell::Rate(stated(rate)),
        rate.line.map_or(Cell::Nothing, |line| Cell::Text(percent(line))),
        if above { Cell::Label(view.say(Phrase::AboveLine, &[]), "above".to_owned()) } else { Cell::Nothing },
    ]);
    Row { cells, stands_out: above }
}

/// A rate per user-day as reports write rates.
#[must_use]
pub fn stated(rate: &DayRate) -> Rate {
    let n = whole(rate.days);
    rate.rate.map_or_else(
        || Rate::none(n, Reason::TooLittleData),
        |(value, (lo, hi))| Rate { value: Some(round(value)), lo: Some(round(lo)), hi: Some(round(hi)), n, reason: None },
    )
}

const fn kind(hazard: Hazard) -> Kind {
    match hazard {
        Hazard::Crash => Kind::Crash,
        Hazard::Hang => Kind::Anr,
        Hazard::Incompatibility => Kind::Incompatibility,
    }
}
