//! Charts as inline SVG, each with a title, a description and its numbers beside it. Colour repeats what place, length and
//! words say.

use crate::redact::printable;
use crate::report::number::{count, duration, percent};
use crate::report::view::View;
use crate::stats::blame::finding::Finding;
use crate::stats::delay::BUCKETS_MS;
use crate::stats::facts::CauseFact;
use crate::stats::interval::{Rate, ratio};
use crate::stats::{Dimension, Facts};
use crate::taxonomy::Class;
use crate::words::{self, Phrase};
use maud::{Markup, html};

/// Width of every chart, in user units.
const WIDTH: f64 = 760.0;
/// Height of a row of a chart.
const ROW: f64 = 26.0;
/// Versions, devices and networks that a chart shows.
const VERSIONS_MAX: usize = 12;
const DEVICES_MAX: usize = 8;

/// The chart of a section; nothing where it has none or there is nothing to draw.
pub fn of(section: &str, facts: &Facts, view: &View) -> Markup {
    let drawn = match section {
        "budget" => history(facts, view),
        "causes" => classes(facts, view),
        "versions" => versions(facts, view),
        "devices" => devices(facts, view),
        "delays" => delays(facts, view),
        _ => None,
    };
    drawn.unwrap_or_default()
}

/// A figure: its picture with title and description, and its numbers as a table.
fn figure(id: &str, (title, description): (Phrase, Phrase), height: f64, picture: &Markup, table: Option<Markup>, view: &View) -> Markup {
    let (title, description) = (view.say(title, &[]), view.say(description, &[]));
    let name = |part: &str| format!("{id}-{}-{part}", view.lang);
    html! {
        figure {
            div.scroll tabindex="0" role="group" aria-label=(title) {
                svg viewBox=(format!("0 0 {WIDTH} {height:.0}")) width=(WIDTH) height=(format!("{height:.0}")) role="img"
                    aria-labelledby={ (name("title")) " " (name("desc")) } {
                    title id=(name("title")) { (title) }
                    desc id=(name("desc")) { (description) }
                    (picture)
                }
            }
            figcaption { (title) ". " (description) }
            @if let Some(table) = table { details { summary { (view.say(Phrase::NumbersOfChart, &[])) } div.scroll tabindex="0" role="group" aria-label=(title) { (table) } } }
        }
    }
}

fn n(value: f64) -> String {
    format!("{value:.1}")
}

/// Two columns of numbers.
fn pairs(heads: &[String; 2], rows: &[(String, String)]) -> Markup {
    html! {
        table {
            thead { tr { @for (i, head) in heads.iter().enumerate() { th.n[i == 1] scope="col" { (head) } } } }
            tbody { @for (name, value) in rows { tr { td { (name) } td.n { (value) } } } }
        }
    }
}

/// The unsent rate of the last weeks.
fn history(facts: &Facts, view: &View) -> Option<Markup> {
    let weekly = facts.weekly.as_ref()?;
    let rates: Vec<(String, Rate)> = weekly.history.iter().map(|p| (p.week.to_string(), p.messages.rate())).collect();
    let top = rates.iter().filter_map(|(_, r)| r.hi).fold(0.0, f64::max);
    if top <= 0.0 {
        return None;
    }
    let height = 150.0;
    #[allow(clippy::cast_precision_loss)] // a dozen weeks
    let x = |i: usize| 46.0 + (WIDTH - 80.0) * i as f64 / (rates.len().max(2) - 1) as f64;
    let y = |rate: f64| 118.0 - 100.0 * rate / top;
    let points: Vec<(usize, f64, f64, f64)> =
        rates.iter().enumerate().filter_map(|(i, (_, r))| Some((i, r.value?, r.lo?, r.hi?))).collect();
    let curve: Vec<String> = points.iter().map(|(i, value, ..)| format!("{},{}", n(x(*i)), n(y(*value)))).collect();
    let picture = html! {
        line.axis x1="46" x2=(n(WIDTH - 34.0)) y1="118" y2="118" {}
        text.quiet x="4" y=(n(y(top) + 4.0)) { (percent(top)) }
        text.quiet x="4" y="122" { "0 %" }
        polyline.curve points=(curve.join(" ")) {}
        @for (i, value, low, high) in &points {
            line.whisker x1=(n(x(*i))) x2=(n(x(*i))) y1=(n(y(*low))) y2=(n(y(*high))) {}
            circle.mark cx=(n(x(*i))) cy=(n(y(*value))) r="4" {}
        }
        @for (i, (week, _)) in rates.iter().enumerate() { text.quiet x=(n(x(i))) y="138" text-anchor="middle" { (week.rsplit('-').next().unwrap_or_default()) } }
    };
    let rows: Vec<(String, String)> = rates.iter().map(|(week, rate)| (week.clone(), view.rate(rate))).collect();
    let table = pairs(&[view.say(Phrase::ThisWeek, &[]), view.say(Phrase::Rate, &[])], &rows);
    Some(figure("history", (Phrase::ChartHistory, Phrase::ChartHistoryMeans), height, &picture, Some(table), view))
}

/// Unsent messages by class of cause: this week over last, as shares of judged messages.
fn classes(facts: &Facts, view: &View) -> Option<Markup> {
    let sum = |causes: &[CauseFact], class: Class| causes.iter().filter(|c| c.cause.class() == class).map(|c| c.unsent).sum::<u64>();
    let last = facts.weekly.as_ref().and_then(|w| w.last.as_deref());
    let mut bars = vec![(view.say(if last.is_some() { Phrase::ThisWeek } else { Phrase::Unsent }, &[]), facts)];
    bars.extend(last.map(|last| (view.say(Phrase::LastWeek, &[]), last)));
    let share = |f: &Facts, class: Class| ratio(sum(&f.causes, class), f.messages.judged());
    let whole = bars.iter().map(|(_, f)| ratio(f.messages.unsent, f.messages.judged())).fold(0.0, f64::max);
    if whole <= 0.0 {
        return None;
    }
    let scale = (WIDTH - 130.0) / whole;
    #[allow(clippy::cast_precision_loss)] // two bars
    let height = 2.0 * ROW * bars.len() as f64 + 12.0;
    let picture = html! {
        @for (b, (name, f)) in bars.iter().enumerate() {
            @let y = 8.0 + 2.0 * ROW * f64::from(u32::try_from(b).unwrap_or(0));
            text x="0" y=(n(y + 18.0)) { (name) }
            @let parts = stacked(Class::ALL.iter().map(|class| share(f, *class) * scale));
            @for (i, (from, width)) in parts.iter().enumerate() {
                rect.part x=(n(100.0 + from)) y=(n(y)) width=(n(*width)) height=(n(ROW)) fill-opacity=(opacity(i)) { title { (view.word(words::class(Class::ALL[i]))) " " (percent(share(f, Class::ALL[i]))) } }
                @if *width > 16.0 { text x=(n(100.0 + from + width / 2.0)) y=(n(y + ROW + 14.0)) text-anchor="middle" { (letter(i)) } }
            }
        }
    };
    let table = html! {
        table {
            thead { tr { th scope="col" { (view.say(Phrase::Cause, &[])) } @for (name, _) in &bars { th.n scope="col" { (name) } } } }
            tbody {
                @for (i, class) in Class::ALL.iter().enumerate() {
                    tr { td { (letter(i)) " " (view.word(words::class(*class))) } @for (_, f) in &bars { td.n { (percent(share(f, *class))) } } }
                }
            }
        }
    };
    Some(figure("classes", (Phrase::ChartClasses, Phrase::ChartClassesMeans), height, &picture, Some(table), view))
}

/// Beginnings and widths of parts side by side.
fn stacked(widths: impl Iterator<Item = f64>) -> Vec<(f64, f64)> {
    let mut from = 0.0;
    widths
        .map(|width| {
            let part = (from, width);
            from += width;
            part
        })
        .collect()
}

/// Shades of the one accent colour, far enough from their neighbours.
fn opacity(place: usize) -> &'static str {
    ["1", "0.45", "0.75", "0.3", "0.9", "0.55", "0.2"][place % 7]
}

fn letter(place: usize) -> char {
    char::from(b'A' + u8::try_from(place % 26).unwrap_or(0))
}

/// Adjusted ratios of versions with their intervals.
fn versions(facts: &Facts, view: &View) -> Option<Markup> {
    let mut rows: Vec<(String, f64, (f64, f64), bool)> = Vec::new();
    for judged in &facts.blame.judged {
        let system = judged.os.as_deref().map(|os| format!(" {os}")).unwrap_or_default();
        for version in judged.versions.iter().filter(|v| v.finding != Finding::TooLittleData) {
            rows.push((format!("{}{system}", version.version), version.row.ratio(), version.row.interval, version.finding == Finding::Bad));
        }
    }
    rows.truncate(VERSIONS_MAX);
    if rows.is_empty() {
        return None;
    }
    let (low, high) = (0.1_f64, 10.0_f64);
    let x = |ratio: f64| 150.0 + (WIDTH - 230.0) * (ratio.clamp(low, high).ln() - low.ln()) / (high.ln() - low.ln());
    #[allow(clippy::cast_precision_loss)] // a dozen rows
    let height = ROW * rows.len() as f64 + 34.0;
    #[allow(clippy::cast_precision_loss)]
    let y = |i: usize| 18.0 + ROW * i as f64;
    let picture = html! {
        line.one x1=(n(x(1.0))) x2=(n(x(1.0))) y1="4" y2=(n(height - 22.0)) {}
        @for (tick, label) in [(0.1, "0.1"), (0.25, "¼"), (0.5, "½"), (1.0, "1"), (2.0, "2"), (4.0, "4"), (10.0, "10")] { text.quiet x=(n(x(tick))) y=(n(height - 6.0)) text-anchor="middle" { (label) "×" } }
        @for (i, (name, ratio, (from, to), bad)) in rows.iter().enumerate() {
            text x="0" y=(n(y(i) + 4.0)) { (printable(name)) }
            line.whisker.out[*bad] x1=(n(x(*from))) x2=(n(x(*to))) y1=(n(y(i))) y2=(n(y(i))) {}
            circle.mark.out[*bad] cx=(n(x(*ratio))) cy=(n(y(i))) r="5" {}
            text.quiet x=(n(WIDTH - 70.0)) y=(n(y(i) + 4.0)) { (format!("{ratio:.2}")) @if *bad { " ▲" } }
        }
    };
    Some(figure("ratios", (Phrase::ChartVersions, Phrase::ChartVersionsMeans), height, &picture, None, view))
}

/// Unsent rates of devices on networks.
fn devices(facts: &Facts, view: &View) -> Option<Markup> {
    let level = |l: &crate::stats::table::Level, d: Dimension| l.get(d).map(str::to_owned);
    let mut names: Vec<String> = facts.devices.iter().filter_map(|l| level(l, Dimension::Device)).take(DEVICES_MAX).collect();
    names.dedup();
    let mut networks: Vec<String> = facts.device_networks.iter().filter_map(|l| level(l, Dimension::Network)).collect();
    networks.sort();
    networks.dedup();
    let cell = |device: &str, network: &str| {
        facts
            .device_networks
            .iter()
            .find(|l| l.get(Dimension::Device) == Some(device) && l.get(Dimension::Network) == Some(network))
            .map(|l| l.tally.rate())
    };
    let known = names.iter().flat_map(|d| networks.iter().map(move |w| (d, w))).filter_map(|(d, w)| cell(d, w)?.value);
    let top = known.fold(0.0, f64::max);
    if names.is_empty() || top <= 0.0 {
        return None;
    }
    let width = 96.0;
    #[allow(clippy::cast_precision_loss)] // a few rows and columns
    let (x, y) = (|i: usize| 230.0 + width * i as f64, |i: usize| 24.0 + ROW * i as f64);
    #[allow(clippy::cast_precision_loss)]
    let height = 34.0 + ROW * names.len() as f64;
    let picture = html! {
        @for (i, network) in networks.iter().enumerate() { text.quiet x=(n(x(i) + width / 2.0)) y="14" text-anchor="middle" { (printable(network)) } }
        @for (j, device) in names.iter().enumerate() {
            text x="0" y=(n(y(j) + 17.0)) { (printable(device)) }
            @for (i, network) in networks.iter().enumerate() {
                @if let Some(value) = cell(device, network).and_then(|r| r.value) {
                    rect.part x=(n(x(i))) y=(n(y(j))) width=(n(width - 2.0)) height=(n(ROW - 2.0)) fill-opacity=(format!("{:.2}", 0.35 * value / top)) {}
                    text x=(n(x(i) + width / 2.0)) y=(n(y(j) + 17.0)) text-anchor="middle" { (percent(value)) }
                } @else { text.quiet x=(n(x(i) + width / 2.0)) y=(n(y(j) + 17.0)) text-anchor="middle" { "–" } }
            }
        }
    };
    Some(figure("heat", (Phrase::ChartDevices, Phrase::ChartDevicesMeans), height, &picture, None, view))
}

/// How long acknowledgements took.
fn delays(facts: &Facts, view: &View) -> Option<Markup> {
    let buckets = &facts.delays.buckets;
    let total: u64 = buckets.iter().sum();
    let top = buckets.iter().copied().max().unwrap_or(0);
    if total == 0 {
        return None;
    }
    let name =
        |i: usize| BUCKETS_MS.get(i).map_or_else(|| format!("> {}", duration(BUCKETS_MS[i - 1])), |ms| format!("≤ {}", duration(*ms)));
    #[allow(clippy::cast_precision_loss)] // a dozen rows
    let y = |i: usize| 4.0 + 22.0 * i as f64;
    #[allow(clippy::cast_precision_loss)]
    let height = 22.0 * buckets.len() as f64 + 8.0;
    let picture = html! {
        @for (i, bucket) in buckets.iter().enumerate() {
            @let width = (WIDTH - 260.0) * ratio(*bucket, top);
            text x="0" y=(n(y(i) + 14.0)) { (name(i)) }
            rect.mark x="110" y=(n(y(i))) width=(n(width)) height="16" {}
            text.quiet x=(n(118.0 + width)) y=(n(y(i) + 13.0)) { (count(*bucket)) " (" (percent(ratio(*bucket, total))) ")" }
        }
    };
    Some(figure("delay", (Phrase::ChartDelays, Phrase::ChartDelaysMeans), height, &picture, None, view))
}
