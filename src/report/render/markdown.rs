//! A report -> Markdown (tables of `GitHub` flavour).

use super::table::{is_empty, text_of};
use crate::redact::printable;
use crate::report::model::{Block, Detail, Report, Role, Table};
use crate::report::number::count;
use crate::report::view::View;
use crate::words::Phrase;
use std::fmt::Write;

/// The whole report.
pub fn render(report: &Report, view: &View) -> String {
    let mut text = format!("# {}\n", escaped(&report.title));
    if let Some(banner) = &report.banner {
        let _ = writeln!(text, "\n> **{}**", escaped(banner));
    }
    for section in &report.sections {
        let _ = writeln!(text, "\n## {}", escaped(&section.title));
        for block in &section.blocks {
            text.push('\n');
            match block {
                Block::Lead(sentence) => text.extend(["**", &escaped(sentence), "**\n"]),
                Block::Lines(lines) => text.extend(lines.iter().map(|line| format!("- {}\n", escaped(line)))),
                Block::Table(table) => write_table(table, view, &mut text),
                Block::Details(details) => details.iter().for_each(|detail| write_detail(detail, view, &mut text)),
            }
        }
    }
    text
}

fn write_table(table: &Table, view: &View, text: &mut String) {
    let columns: Vec<usize> = (0..table.columns.len()).filter(|i| !table.is_folded(*i) && !is_empty(table, *i)).collect();
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    text.push_str(&line(columns.iter().map(|i| escaped(&table.columns[*i].title)).collect()));
    let rule = |i: &usize| if table.columns[*i].role == Role::Number { "---:".to_owned() } else { "---".to_owned() };
    text.push_str(&line(columns.iter().map(rule).collect()));
    for row in table.rows.iter().take(table.shown) {
        let shown = |i: &usize| {
            let cell = escaped(&text_of(&row.cells[*i], view));
            if row.stands_out { format!("**{cell}**") } else { cell }
        };
        text.push_str(&line(columns.iter().map(shown).collect()));
    }
    if table.rows.len() > table.shown {
        let n = count((table.rows.len() - table.shown) as u64);
        let _ = writeln!(text, "\n{}", view.say(Phrase::RowsLeftOut, &[("n", &n)]));
    }
}

fn write_detail(detail: &Detail, view: &View, text: &mut String) {
    let _ = write!(text, "- **{}** – {}", escaped(&detail.head), escaped(&detail.meaning));
    if let Some(advice) = &detail.advice {
        let _ = write!(text, " {}", escaped(&view.say(Phrase::WhatToDo, &[("advice", advice)])));
    }
    text.push('\n');
    for quote in &detail.quotes {
        let _ = writeln!(text, "  - {} – {}", code(&quote.text), escaped(&quote.place));
    }
}

/// Text in which nothing is markup, no address becomes a link and nobody is called by name.
///
/// Renderers of `GitHub` flavour make links of bare addresses and call those whose names stand behind an `@`. A backslash
/// hides the beginning of an address from them; an `@` they find even so, except in a span of code.
fn escaped(text: &str) -> String {
    let text = printable(text);
    let mut shown = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        let before = &text[..at];
        let begins_address = match c {
            ':' => text[at..].starts_with("://"),
            '.' => before.len() >= 3 && before.as_bytes()[at - 3..].eq_ignore_ascii_case(b"www"),
            _ => false,
        };
        if c == '@' {
            shown.push_str("`@`");
            continue;
        }
        if begins_address || matches!(c, '\\' | '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '#' | '&' | '~' | '$') {
            shown.push('\\');
        }
        shown.push(c);
    }
    shown
}

/// A code span that holds any text: its fence is longer than every run of backticks inside.
fn code(text: &str) -> String {
    let text = printable(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    format!("{fence} {text} {fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_text_is_never_markup() {
        assert_eq!(escaped("a|b *c* <script>"), "a\\|b \\*c\\* \\<script\\>");
        assert_eq!(escaped("&lt; ~~x~~ $y$"), "\\&lt; \\~\\~x\\~\\~ \\$y\\$");
        assert_eq!(escaped("see https://a.example WWW.b.example 10:30"), "see https\\://a.example WWW\\.b.example 10:30");
        assert_eq!(escaped("@you and 发@b"), "`@`you and 发`@`b");
        assert_eq!(code("a `` b"), "``` a `` b ```");
    }
}
