//! Two sets of messages side by side: what comes in are their facts, what goes out are rates and causes of both with
//! the difference and its interval.

use super::Report;
use super::json::{JsonRate, json as text_of};
use super::model::{Block, Cell, Role, Row, Section, Table};
use super::view::View;
use crate::stats::Facts;
use crate::stats::interval::{Rate, float, round, wilson_of};
use crate::stats::weekly::change::{Change, Direction, changes, newcombe};
use crate::taxonomy::Cause;
use crate::words::{self, Phrase};
use serde::Serialize;

/// The two.
pub struct Sides<'a> {
    /// What they are called.
    pub names: [&'a str; 2],
    /// Their facts.
    pub facts: [&'a Facts; 2],
}

/// A measure of both.
struct Measure {
    key: &'static str,
    title: Phrase,
    rates: [Rate; 2],
    scatter: [f64; 2],
}

impl Measure {
    /// The second less the first, and its interval.
    fn difference(&self) -> Option<(f64, (f64, f64))> {
        let side = |i: usize| {
            let (value, n) = (self.rates[i].value?, float(self.rates[i].n) / self.scatter[i]);
            Some((value, wilson_of(value * n, n)))
        };
        Some(newcombe(side(1)?, side(0)?))
    }
}

fn measures(sides: &Sides<'_>) -> Vec<Measure> {
    let of = |key, title, rate: &dyn Fn(&Facts) -> Rate, scatters: bool| Measure {
        key,
        title,
        rates: sides.facts.map(rate),
        scatter: sides.facts.map(|f| if scatters { f.scatter.max(1.0) } else { 1.0 }),
    };
    let within = |place: usize| move |f: &Facts| Rate::of(f.delays.within[place], f.messages.judged());
    vec![
        of("unsent", Phrase::MeasureUnsent, &|f| f.messages.rate(), true),
        of("client", Phrase::MeasureClient, &|f| f.messages.client_rate(), true),
        of("users_hit", Phrase::MeasureUsers, &|f| Rate::of(f.messages.users_unsent, f.messages.users), false),
        of("within_1s", Phrase::MeasureWithin1, &within(0), false),
        of("within_3s", Phrase::MeasureWithin3, &within(1), false),
        of("within_5s", Phrase::MeasureWithin5, &within(2), false),
    ]
}

/// For people.
#[must_use]
pub fn compose(sides: &Sides<'_>, view: &View) -> Report {
    let [a, b] = sides.names;
    let head = |key: &'static str, name: &str| super::model::Head { key, title: name.to_owned(), role: Role::Number };
    let points = |(d, (low, high)): (f64, (f64, f64))| Cell::Interval(d * 100.0, (low * 100.0, high * 100.0), 2);
    let rates = Table {
        id: "measures",
        columns: vec![
            view.head("measure", Phrase::Measure, Role::Level),
            head("a", a),
            head("b", b),
            view.head("difference", Phrase::ChangePoints, Role::Number),
        ],
        rows: measures(sides)
            .iter()
            .map(|m| Row {
                cells: vec![
                    Cell::Label(view.say(m.title, &[]), m.key.to_owned()),
                    Cell::Rate(m.rates[0]),
                    Cell::Rate(m.rates[1]),
                    m.difference().map_or(Cell::Nothing, points),
                ],
                stands_out: false,
            })
            .collect(),
        shown: usize::MAX,
    };
    let causes = Table {
        id: "causes",
        columns: vec![
            view.head("cause", Phrase::Cause, Role::Level),
            head("a", a),
            head("b", b),
            view.head("difference", Phrase::ChangePoints, Role::Number),
            view.head("direction", Phrase::ChangeHead, Role::Word),
        ],
        rows: changes(sides.facts[1], sides.facts[0]).iter().map(|c| cause(c, points(c.difference), view)).collect(),
        shown: view.top.max(20),
    };
    let section = |id, title: Phrase, block| Section { id, title: view.say(title, &[]), blocks: vec![block] };
    let sections = vec![
        section("measures", Phrase::DiffRates, Block::Table(rates)),
        section("causes", Phrase::WhyUnsent, Block::Table(causes)),
        section("method", Phrase::HowToRead, Block::Lines(vec![view.say(Phrase::DiffMeans, &[])])),
    ];
    Report { title: view.say(Phrase::DiffTitle, &[("a", a), ("b", b)]), banner: None, sections }
}

fn cause(change: &Change, difference: Cell, view: &View) -> Row {
    let direction = match change.direction {
        Direction::New => Phrase::ChangeNew,
        Direction::Worse => Phrase::ChangeWorse,
        Direction::Better => Phrase::ChangeBetter,
        Direction::Gone => Phrase::ChangeGone,
        Direction::Noise => Phrase::ChangeNoise,
    };
    Row {
        cells: vec![
            Cell::Label(view.word(words::label(change.cause)), change.cause.as_str().to_owned()),
            Cell::Count(change.unsent.1),
            Cell::Count(change.unsent.0),
            difference,
            Cell::Label(view.say(direction, &[]), change.direction.to_string()),
        ],
        stands_out: matches!(change.direction, Direction::New | Direction::Worse),
    }
}

#[derive(Serialize)]
struct JsonMeasure {
    measure: &'static str,
    a: JsonRate,
    b: JsonRate,
    difference: Option<[f64; 3]>,
}

#[derive(Serialize)]
struct JsonCause {
    cause: Cause,
    direction: Direction,
    a: u64,
    b: u64,
    difference: [f64; 3],
    q: f64,
}

#[derive(Serialize)]
struct Json<'a> {
    a: &'a str,
    b: &'a str,
    measures: Vec<JsonMeasure>,
    causes: Vec<JsonCause>,
}

/// For machines.
#[must_use]
pub fn json(sides: &Sides<'_>) -> String {
    let rounded = |(d, (low, high)): (f64, (f64, f64))| [d, low, high].map(round);
    let measure =
        |m: Measure| JsonMeasure { measure: m.key, difference: m.difference().map(rounded), a: m.rates[0].into(), b: m.rates[1].into() };
    let cause = |c: Change| JsonCause {
        cause: c.cause,
        direction: c.direction,
        a: c.unsent.1,
        b: c.unsent.0,
        difference: rounded(c.difference),
        q: c.q,
    };
    let all = Json {
        a: sides.names[0],
        b: sides.names[1],
        measures: measures(sides).into_iter().map(measure).collect(),
        causes: changes(sides.facts[1], sides.facts[0]).into_iter().map(cause).collect(),
    };
    text_of(&all) + "\n"
}
