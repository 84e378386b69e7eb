//! Where the week stands: rates against what the team aims at and against the week before.

use super::Part;
use crate::report::json::{JsonRate, Keys, json};
use crate::report::model::{Block, Cell, Role, Row, Section, Table};
use crate::report::number::{percent, percent_digits};
use crate::report::versions::{said, stability};
use crate::report::view::View;
use crate::stats::Facts;
use crate::stats::blame::days::Hazard;
use crate::stats::delay::WITHIN_MS;
use crate::stats::interval::{Rate, float, wilson_of};
use crate::stats::weekly::change::newcombe;
use crate::taxonomy::Kind;
use crate::words::{self, Phrase};
use serde::Serialize;

pub(super) const PART: Part = Part { id: "budget", compose, json: keys };

/// Apps and systems whose crash and hang rates are shown.
const STABILITY_SHOWN: usize = 2;
/// Heights of a sparkline.
const SPARKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A measure of the week.
struct Measure {
    /// Stable name.
    key: &'static str,
    /// For people.
    title: String,
    rate: Rate,
    last: Option<Rate>,
    /// Factors of the variance of both, where messages of one user fail together.
    scatter: (f64, f64),
    target: Option<f64>,
    critical: Option<f64>,
    /// Whether more is better.
    more_is_better: bool,
}

/// How a measure stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Fine,
    OverTarget,
    OverCritical,
}

impl Measure {
    /// Over a line with its whole interval, so that chance breaks no budget.
    fn standing(&self) -> Option<Standing> {
        let n = float(self.rate.n) / self.scatter.0;
        let low = self.rate.value.filter(|_| !self.more_is_better).map(|value| wilson_of(value * n, n).0)?;
        let over = |line: Option<f64>| line.is_some_and(|line| low > line);
        match (self.target, self.critical) {
            (None, None) => None,
            _ if over(self.critical) => Some(Standing::OverCritical),
            _ if over(self.target) => Some(Standing::OverTarget),
            _ => Some(Standing::Fine),
        }
    }

    /// The difference to last week and its interval.
    fn change(&self) -> Option<(f64, (f64, f64))> {
        let side = |rate: &Rate, scatter: f64| {
            let (value, n) = (rate.value?, float(rate.n) / scatter);
            Some((value, wilson_of(value * n, n)))
        };
        Some(newcombe(side(&self.rate, self.scatter.0)?, side(self.last.as_ref()?, self.scatter.1)?))
    }
}

fn measures(facts: &Facts, view: &View) -> Vec<Measure> {
    let last = facts.weekly.as_ref().and_then(|w| w.last.as_deref());
    let targets = facts.weekly.as_ref().map(|w| w.targets).unwrap_or_default();
    let measure = |key, phrase: Phrase, of: &dyn Fn(&Facts) -> Rate, lines: (Option<f64>, Option<f64>), more_is_better| Measure {
        key,
        title: view.say(phrase, &[]),
        rate: of(facts),
        last: last.map(of),
        scatter: (1.0, 1.0),
        target: lines.0,
        critical: lines.1,
        more_is_better,
    };
    let users = |f: &Facts| Rate::of(f.messages.users_unsent, f.messages.users);
    let within = |place: usize| move |f: &Facts| Rate::of(f.delays.within[place], f.messages.judged());
    let mut all = vec![
        measure("unsent", Phrase::MeasureUnsent, &|f| f.messages.rate(), (targets.unsent, targets.unsent_critical), false),
        measure("client", Phrase::MeasureClient, &|f| f.messages.client_rate(), (targets.client, targets.client_critical), false),
        measure("users_hit", Phrase::MeasureUsers, &users, (None, None), false),
    ];
    let phrases = [Phrase::MeasureWithin1, Phrase::MeasureWithin3, Phrase::MeasureWithin5];
    let keys = ["within_1s", "within_3s", "within_5s"];
    for measure in &mut all[..2] {
        measure.scatter = (facts.scatter, last.map_or(1.0, |f| f.scatter));
    }
    for place in 0..WITHIN_MS.len() {
        all.push(measure(keys[place], phrases[place], &within(place), (None, None), true));
    }
    for s in
        facts.blame.stability.iter().filter(|s| s.whole.rate.is_some() && s.hazard != Hazard::Incompatibility).take(2 * STABILITY_SHOWN)
    {
        let (key, kind) = if s.hazard == Hazard::Crash { ("crash", Kind::Crash) } else { ("anr", Kind::Anr) };
        let same = |f: &Facts| {
            let found =
                f.blame.stability.iter().find(|o| o.hazard == s.hazard && (&o.judged.app, &o.judged.os) == (&s.judged.app, &s.judged.os));
            found.map_or_else(|| stability::stated(&s.whole), |o| stability::stated(&o.whole))
        };
        let title = view.say(Phrase::MeasurePerUserDay, &[("kind", &view.word(words::kind(kind))), ("app", &said::name(&s.judged))]);
        all.push(Measure {
            key,
            title,
            rate: stability::stated(&s.whole),
            last: last.map(same),
            scatter: (1.0, 1.0),
            target: s.whole.line,
            critical: None,
            more_is_better: false,
        });
    }
    all
}

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    let weekly = facts.weekly.as_ref()?;
    let has_lines = [weekly.targets.unsent, weekly.targets.unsent_critical, weekly.targets.client, weekly.targets.client_critical];
    let table = Table {
        id: PART.id,
        columns: vec![
            view.head("measure", Phrase::Measure, Role::Level),
            view.head("rate", Phrase::ThisWeek, Role::Number),
            view.head("target", Phrase::Target, Role::Number),
            view.head("critical", Phrase::Critical, Role::Number),
            view.head("last", Phrase::LastWeek, Role::Number),
            view.head("change", Phrase::ChangePoints, Role::Number),
            view.head("standing", Phrase::Standing, Role::Word),
        ],
        rows: measures(facts, view).iter().map(|m| row(m, view)).collect(),
        shown: usize::MAX,
    };
    let mut lines = vec![history(facts, view)];
    if has_lines.iter().all(Option::is_none) {
        lines.push(view.say(Phrase::NoTargets, &[]));
    }
    if weekly.last.is_none() {
        lines.push(view.say(Phrase::NoLastWeek, &[]));
    }
    Some(Section { id: PART.id, title: view.say(Phrase::Budget, &[]), blocks: vec![Block::Table(table), Block::Lines(lines)] })
}

fn row(measure: &Measure, view: &View) -> Row {
    let line = |line: Option<f64>| line.map_or(Cell::Nothing, |line| Cell::Text(percent(line)));
    let standing = match measure.standing() {
        None => Cell::Nothing,
        Some(Standing::Fine) => Cell::Label(view.say(Phrase::StandsFine, &[]), "fine".to_owned()),
        Some(Standing::OverTarget) => Cell::Label(view.say(Phrase::StandsOver, &[]), "over_target".to_owned()),
        Some(Standing::OverCritical) => Cell::Label(view.say(Phrase::StandsCritical, &[]), "over_critical".to_owned()),
    };
    let change = measure.change().map_or(Cell::Nothing, |(d, (low, high))| Cell::Interval(d * 100.0, (low * 100.0, high * 100.0), 2));
    Row {
        cells: vec![
            Cell::Label(measure.title.clone(), measure.key.to_owned()),
            Cell::Rate(measure.rate),
            line(measure.target),
            line(measure.critical),
            measure.last.map_or(Cell::Nothing, Cell::Rate),
            change,
            standing,
        ],
        stands_out: measure.standing() == Some(Standing::OverCritical),
    }
}

/// The unsent rate of the last weeks as a line of characters; a week without enough messages is a dot.
fn history(facts: &Facts, view: &View) -> String {
    let rates: Vec<Option<f64>> = facts.weekly.iter().flat_map(|w| &w.history).map(|p| p.messages.rate().value).collect();
    let highest = rates.iter().flatten().fold(0.0_f64, |a, b| a.max(*b));
    let lowest = rates.iter().flatten().fold(1.0_f64, |a, b| a.min(*b));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a share of eight
    let spark = |rate: &Option<f64>| rate.map_or('·', |rate| SPARKS[(rate / highest.max(1e-9) * 7.0).round().clamp(0.0, 7.0) as usize]);
    let drawn: String = rates.iter().map(spark).collect();
    let weeks = rates.len().to_string();
    view.say(
        Phrase::HistoryLine,
        &[("n", &weeks), ("drawn", &drawn), ("low", &percent_digits(lowest.min(highest))), ("high", &percent(highest))],
    )
}

#[derive(Serialize)]
struct JsonMeasure {
    measure: &'static str,
    of: String,
    #[serde(flatten)]
    rate: JsonRate,
    target: Option<f64>,
    critical: Option<f64>,
    last: Option<JsonRate>,
    change: Option<[f64; 3]>,
    standing: Option<&'static str>,
}

#[derive(Serialize)]
struct JsonPoint {
    week: String,
    attempted: u64,
    unsent: u64,
    pending: u64,
    #[serde(flatten)]
    rate: JsonRate,
}

#[derive(Serialize)]
struct JsonWeek<'a> {
    week: String,
    zone: &'a str,
    report_id: &'a str,
    same_rules: bool,
    history: Vec<JsonPoint>,
}

fn keys(facts: &Facts) -> Keys {
    let Some(weekly) = &facts.weekly else { return Keys::new() };
    let round = crate::stats::interval::round;
    let measure = |m: Measure| JsonMeasure {
        measure: m.key,
        of: m.title.clone(),
        rate: m.rate.into(),
        target: m.target,
        critical: m.critical,
        last: m.last.map(Into::into),
        change: m.change().map(|(d, (low, high))| [round(d), round(low), round(high)]),
        standing: m.standing().map(|s| match s {
            Standing::Fine => "fine",
            Standing::OverTarget => "over_target",
            Standing::OverCritical => "over_critical",
        }),
    };
    let all: Vec<JsonMeasure> = measures(facts, &View::default()).into_iter().map(measure).collect();
    let point = |p: &crate::stats::weekly::Point| JsonPoint {
        week: p.week.to_string(),
        attempted: p.messages.attempted,
        unsent: p.messages.unsent,
        pending: p.messages.pending,
        rate: p.messages.rate().into(),
    };
    let week = JsonWeek {
        week: weekly.week.to_string(),
        zone: &weekly.zone,
        report_id: &weekly.report_id,
        same_rules: weekly.same_rules,
        history: weekly.history.iter().map(point).collect(),
    };
    vec![("week", json(&week)), ("budget", json(&all))]
}
