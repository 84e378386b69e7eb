//! A report -> one HTML file that needs nothing else: no request, no script for reading. With scripts, tables are sorted
//! and filtered, a figure leads to its messages, and language and shade are switched.
//!
//! Log text is escaped by the template engine and freed of control characters before; the page forbids everything but
//! its own style and script by their hashes.

mod chart;

use super::table::{is_empty, text_of};
use crate::redact::printable;
use crate::report::model::{Block, Cell, Detail, Report, Role, Row, Section, Table};
use crate::report::number::{count, share};
use crate::report::view::View;
use crate::report::{compose, number};
use crate::stats::Facts;
use crate::stats::facts::Listed;
use crate::stats::interval::ratio;
use crate::taxonomy::Cause;
use crate::words::{self, Lang, Phrase};
use base64::Engine;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// Rows of a table that are shown before the rest is folded away.
const ROWS_OPEN: usize = 25;

/// The page of some facts, with charts and the messages behind the figures; it opens in the language of the view.
#[must_use]
pub fn render(facts: &Facts, view: &View) -> String {
    page(&|view| compose(facts, view), &|section, view| chart::of(section, facts, view), &messages(facts, view), view)
}

/// The page of a report that is tables and sentences only.
#[must_use]
pub fn plain(report: &dyn Fn(&View) -> Report, view: &View) -> String {
    page(report, &|_, _| Markup::default(), &Markup::default(), view)
}

fn page(report: &dyn Fn(&View) -> Report, chart: &dyn Fn(&str, &View) -> Markup, after: &Markup, view: &View) -> String {
    let languages = [Lang::En, Lang::Zh].map(|lang| View { lang, ..*view });
    let reports: Vec<(View, Report)> = languages.into_iter().map(|view| (view, report(&view))).collect();
    let title = reports.iter().find(|(v, _)| v.lang == view.lang).map(|(_, r)| r.title.clone()).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    let page = html! {
        (DOCTYPE)
        html lang=(view.lang.as_str()) data-lang=(view.lang.as_str()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    div.tools hidden {
                        button type="button" data-say="en" aria-pressed="false" { "English" }
                        button type="button" data-say="zh" aria-pressed="false" lang="zh" { "中文" }
                        button type="button" data-shade="" { span.en { "Light / dark" } span.zh { "浅色 / 深色" } }
                    }
                    noscript { p.quiet { a href="#report-en" { "English" } " · " a href="#report-zh" { "中文" } } }
                }
                main {
                    @for (own, report) in &reports {
                        article id={ "report-" (own.lang.as_str()) } lang=(own.lang.as_str()) hidden[own.lang != view.lang] {
                            (article(report, chart, own))
                        }
                    }
                    (after)
                }
                footer { p.quiet { "whyunsent " (env!("CARGO_PKG_VERSION")) } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

/// The hash by which the policy admits a text.
fn hash(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes()))
}

fn article(report: &Report, chart: &dyn Fn(&str, &View) -> Markup, view: &View) -> Markup {
    let id = |section: &Section, n: usize| format!("{}-{}-{n}", view.lang, section.id);
    html! {
        h1 { (printable(&report.title)) }
        @if let Some(banner) = &report.banner { p.banner role="alert" { (printable(banner)) } }
        nav aria-label=(view.say(Phrase::Contents, &[])) {
            ul { @for (n, section) in report.sections.iter().enumerate() { li { a href={ "#" (id(section, n)) } { (printable(&section.title)) } } } }
        }
        @for (n, section) in report.sections.iter().enumerate() {
            section aria-labelledby=(id(section, n)) {
                h2 id=(id(section, n)) { (printable(&section.title)) }
                @for (m, block) in section.blocks.iter().enumerate() {
                    (self::block(block, &format!("{}-{m}", id(section, n)), view))
                    @if m == chart_after(section) { (chart(section.id, view)) }
                }
            }
        }
    }
}

/// The chart of a section stands after its first sentences, else after its first block.
fn chart_after(section: &Section) -> usize {
    let is_words = |block: &Block| matches!(block, Block::Lead(_) | Block::Lines(_));
    section.blocks.iter().take_while(|b| is_words(b)).count().saturating_sub(1)
}

fn block(block: &Block, id: &str, view: &View) -> Markup {
    match block {
        Block::Lead(sentence) => html! { p.lead { (printable(sentence)) } },
        Block::Lines(lines) => html! { @for line in lines { p { (printable(line)) } } },
        Block::Table(table) => self::table(table, id, view),
        Block::Details(details) => html! { @for detail in details { (self::detail(detail, view)) } },
    }
}

fn detail(detail: &Detail, view: &View) -> Markup {
    html! {
        h3 { (printable(&detail.head)) }
        p { (printable(&detail.meaning)) }
        @if let Some(advice) = &detail.advice { p { (printable(&view.say(Phrase::WhatToDo, &[("advice", advice)]))) } }
        @for quote in &detail.quotes {
            blockquote { code { (printable(&quote.text)) } br; span.place { (printable(&quote.place)) } }
        }
    }
}

fn table(table: &Table, id: &str, view: &View) -> Markup {
    let columns: Vec<usize> = (0..table.columns.len()).filter(|i| !table.is_folded(*i) && !is_empty(table, *i)).collect();
    let more = table.rows.len() > ROWS_OPEN;
    let body = html! {
        div.scroll tabindex="0" role="group" aria-label=(table.columns.first().map_or("", |c| c.title.as_str())) {
            table.data id=(id) {
                thead { tr { @for i in &columns { th.n[is_number(table, *i)] scope="col" { (table.columns[*i].title) } } } }
                tbody { @for row in &table.rows { (self::row(table, row, &columns, view)) } }
            }
        }
    };
    html! {
        @if more {
            details open[table.rows.len() <= 4 * ROWS_OPEN] {
                summary { (view.say(Phrase::RowsInTable, &[("n", &count(table.rows.len() as u64))])) }
                (filter(id, view))
                (body)
            }
        } @else { (body) }
    }
}

fn filter(id: &str, view: &View) -> Markup {
    let text = |lang: Lang| Phrase::Filter.text().get(lang);
    html! {
        input.filter type="search" hidden data-table=(id) aria-label=(view.say(Phrase::Filter, &[])) placeholder=(view.say(Phrase::Filter, &[]))
            data-placeholder-en=(text(Lang::En)) data-placeholder-zh=(text(Lang::Zh));
    }
}

fn is_number(table: &Table, column: usize) -> bool {
    table.columns[column].role == Role::Number
}

fn row(table: &Table, row: &Row, columns: &[usize], view: &View) -> Markup {
    html! {
        tr.out[row.stands_out] {
            @for i in columns {
                td.n[is_number(table, *i)].w[table.columns[*i].role == Role::Word].l[table.columns[*i].role == Role::Level] data-v=[sort_value(&row.cells[*i])] {
                    (cell(table.columns[*i].key, &row.cells[*i], view))
                }
            }
        }
    }
}

/// What a table is sorted by, where that is a number.
fn sort_value(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Nothing | Cell::Text(_) | Cell::Label(..) => None,
        Cell::Count(n) | Cell::Share(n, _) => Some(n.to_string()),
        Cell::Rate(rate) => rate.value.map(|v| v.to_string()),
        Cell::Ratio(value) | Cell::Interval(value, ..) => Some(value.to_string()),
        Cell::Millis(ms) => Some(ms.to_string()),
    }
}

fn cell(key: &str, cell: &Cell, view: &View) -> Markup {
    let text = printable(&text_of(cell, view)).into_owned();
    let drill = match (cell, key) {
        (Cell::Label(_, stable), _) if stable.parse::<Cause>().is_ok() => Some(stable.clone()),
        (Cell::Text(level), "version" | "device") => Some(level.clone()),
        _ => None,
    };
    html! {
        @match (cell, drill) {
            (Cell::Share(part, whole), _) => {
                (share(*part, *whole))
                svg.bar width="96" height="10" aria-hidden="true" { rect width=(format!("{:.1}", ratio(*part, *whole) * 96.0)) height="10" {} }
            }
            (_, Some(drill)) => a href="#messages-section" data-drill=(printable(&drill)) { (text) },
            _ => (text),
        }
    }
}

/// The messages behind the figures: each with the lines that prove its cause.
fn messages(facts: &Facts, view: &View) -> Markup {
    if facts.listed.is_empty() {
        return html! {};
    }
    let both = |phrase: Phrase, values: &[(&str, &str)]| {
        let say = |lang: Lang| View { lang, ..*view }.say(phrase, values);
        html! { span.en { (say(Lang::En)) } span.zh lang="zh" { (say(Lang::Zh)) } }
    };
    let heads = [Phrase::MessageId, Phrase::Time, Phrase::Version, Phrase::Device, Phrase::Network, Phrase::Cause, Phrase::Evidence];
    let values = [("n", &*count(facts.listed.len() as u64)), ("all", &*count(facts.messages.unsent))];
    html! {
        details id="messages-section" {
            summary { (both(Phrase::ListedMessages, &values)) }
            p.quiet { (both(Phrase::ListedMeans, &[])) }
            p { (filter("messages", view)) " " span.quiet { span id="messages-count" { (facts.listed.len()) } } }
            div.scroll tabindex="0" role="group" aria-label="messages" {
                table.data id="messages" {
                    thead { tr { @for head in heads { th scope="col" { (both(head, &[])) } } } }
                    tbody { @for listed in &facts.listed { (message(listed, view)) } }
                }
            }
        }
    }
}

fn message(listed: &Listed, view: &View) -> Markup {
    let plain = |text: &Option<String>| printable(text.as_deref().unwrap_or("–")).into_owned();
    let label = words::label(listed.cause);
    html! {
        tr data-find=(listed.cause.as_str()) {
            td { code { (printable(&listed.id)) } }
            td data-v=[listed.started_us] { (listed.started_us.map_or_else(|| "–".to_owned(), |us| view.moment(us))) }
            td { (plain(&listed.version)) }
            td { (plain(&listed.device)) }
            td { (plain(&listed.network)) }
            td { span.en { (label.get(Lang::En)) } span.zh lang="zh" { (label.get(Lang::Zh)) } }
            td.w { @for quote in &listed.quotes { div { code { (printable(&quote.text)) } " " span.place { (printable(&quote.file)) ":" (number::count(quote.line)) } } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::facts::{CauseFact, Sample, Tally};

    fn facts(text: &str) -> Facts {
        let sample = Sample { id: "3fa91c07".into(), bundle_path: text.into(), file: text.into(), line: 7, role: None, text: text.into() };
        let cause = CauseFact {
            cause: Cause::NetworkDns,
            unsent: 40,
            delayed: 0,
            users: 3,
            attributable: 0,
            clusters: 3,
            squares: 600,
            first_version: Some(text.into()),
            samples: vec![sample.clone()],
        };
        let listed = Listed {
            id: text.into(),
            started_us: Some(0),
            version: Some(text.into()),
            device: Some(text.into()),
            network: None,
            cause: Cause::NetworkDns,
            quotes: vec![sample],
        };
        let messages = Tally { attempted: 100, sent: 60, unsent: 40, eligible: 60, ..Tally::default() };
        Facts { messages, causes: vec![cause], listed: vec![listed], ..Facts::default() }
    }

    #[test]
    fn log_text_is_never_markup_and_brings_no_control_character() {
        let hostile = "</script><script>alert(1)</script>\" onload='x' \u{202e}\u{1b}[31m&amp;";
        let page = render(&facts(hostile), &View::default());
        assert!(!page.contains("<script>alert") && !page.contains("\u{202e}") && !page.contains('\u{1b}'));
        assert!(page.contains("&lt;script&gt;alert(1)"));
        assert_eq!(page.matches("<script>").count(), 1);
    }

    #[test]
    fn a_page_without_data_is_small_and_asks_for_nothing() {
        let page = render(&Facts::default(), &View::default());
        assert!(page.len() < 300_000, "{}", page.len());
        for outside in ["http://", "https://", "src=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.contains("default-src 'none'"));
    }
}
