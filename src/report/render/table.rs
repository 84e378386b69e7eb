//! A report -> text for a terminal: aligned tables, bars for shares, marks in words; colour only
//! repeats what words say.

use crate::redact::printable;
use crate::report::model::{Block, Cell, Detail, Report, Role, Section, Table};
use crate::report::number::{count, duration, interval, share};
use crate::report::view::View;
use crate::stats::interval::ratio;
use crate::words::Phrase;
use comfy_table::{Attribute, CellAlignment, Color, ColumnConstraint, ContentArrangement, Width, presets};
use std::fmt::Write;

/// Columns that a text takes where no terminal says how wide it is.
const WIDTH: u16 = 120;
/// Narrowest text that is laid out; below, lines wrap where the terminal wants.
const WIDTH_MIN: u16 = 60;
/// Columns that the name of a row is given before it wraps.
const LEVEL_WIDTH: u16 = 28;
/// Blank columns around each cell.
const PADDING: u16 = 2;
/// Cells of the longest bar.
const BAR: u64 = 16;
/// Eighths of a cell, from one to seven.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// How the text is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rendering {
    /// Whether colours are used.
    pub color: bool,
    /// Columns of the terminal, if there is one.
    pub width: Option<u16>,
}

/// The whole report.
pub fn render(report: &Report, view: &View, rendering: Rendering) -> String {
    let pen = Pen { view, rendering };
    let mut text = format!("{}\n", pen.bold(&report.title));
    if let Some(banner) = &report.banner {
        let _ = writeln!(text, "\n{}", pen.alarm(&format!("!! {banner}")));
    }
    for section in &report.sections {
        text.push('\n');
        pen.section(section, &mut text);
    }
    text
}

struct Pen<'v> {
    view: &'v View,
    rendering: Rendering,
}

impl Pen<'_> {
    fn section(&self, section: &Section, text: &mut String) {
        let _ = writeln!(text, "{}", self.bold(&format!("── {} ──", printable(&section.title))));
        for block in &section.blocks {
            match block {
                Block::Lead(sentence) => text.extend([self.bold(&printable(sentence)), "\n".to_owned()]),
                Block::Lines(lines) => text.extend(lines.iter().flat_map(|line| [printable(line), "\n".into()])),
                Block::Table(table) => self.table(table, text),
                Block::Details(details) => details.iter().for_each(|detail| self.detail(detail, text)),
            }
        }
    }

    fn detail(&self, detail: &Detail, text: &mut String) {
        let _ = writeln!(text, "\n  {}", self.bold(&printable(&detail.head)));
        let _ = writeln!(text, "  {}", printable(&detail.meaning));
        if let Some(advice) = &detail.advice {
            let _ = writeln!(text, "  {}", self.view.say(Phrase::WhatToDo, &[("advice", advice)]));
        }
        for quote in &detail.quotes {
            let _ = writeln!(text, "    │ {}", printable(&quote.text));
            let _ = writeln!(text, "    │ {}", self.dim(&format!("— {}", printable(&quote.place))));
        }
    }

    fn table(&self, table: &Table, text: &mut String) {
        let columns: Vec<usize> = (0..table.columns.len()).filter(|i| !table.is_folded(*i) && !is_empty(table, *i)).collect();
        let mut drawn = comfy_table::Table::new();
        drawn.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        drawn.set_width(self.rendering.width.unwrap_or(WIDTH).max(WIDTH_MIN));
        if self.rendering.color {
            drawn.enforce_styling();
        } else {
            drawn.force_no_tty();
        }
        drawn.set_header(columns.iter().map(|i| {
            let title = comfy_table::Cell::new(&table.columns[*i].title).add_attribute(Attribute::Underlined);
            title.set_alignment(alignment(table.columns[*i].role))
        }));
        for row in table.rows.iter().take(table.shown) {
            drawn.add_row(columns.iter().map(|i| {
                let shown = self.cell(&row.cells[*i]);
                let cell = comfy_table::Cell::new(printable(&shown)).set_alignment(alignment(table.columns[*i].role));
                if row.stands_out { cell.fg(Color::Red) } else { cell }
            }));
        }
        let widths = drawn.column_max_content_widths();
        for (i, (column, width)) in columns.iter().zip(widths).enumerate() {
            if let (Some(drawn), Some(constraint)) = (drawn.column_mut(i), constraint(table.columns[*column].role, width)) {
                drawn.set_constraint(constraint);
            }
        }
        for line in drawn.lines() {
            let _ = writeln!(text, " {}", line.trim_end());
        }
        if table.rows.len() > table.shown {
            let n = count((table.rows.len() - table.shown) as u64);
            let _ = writeln!(text, "  {}", self.dim(&self.view.say(Phrase::RowsLeftOut, &[("n", &n)])));
        }
    }

    fn cell(&self, cell: &Cell) -> String {
        match cell {
            Cell::Share(part, whole) => format!("{:>7}  {}", share(*part, *whole), bar(*part, *whole)),
            other => text_of(other, self.view),
        }
    }

    fn bold(&self, text: &str) -> String {
        self.styled("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.styled("2", text)
    }

    fn alarm(&self, text: &str) -> String {
        self.styled("1;31", text)
    }

    fn styled(&self, code: &str, text: &str) -> String {
        if self.rendering.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// A cell in words, as terminal and Markdown write it.
pub fn text_of(cell: &Cell, view: &View) -> String {
    match cell {
        Cell::Nothing => "–".to_owned(),
        Cell::Text(text) | Cell::Label(text, _) => text.clone(),
        Cell::Count(n) => count(*n),
        Cell::Rate(rate) => view.rate(rate),
        Cell::Share(part, whole) => share(*part, *whole),
        Cell::Ratio(ratio) => format!("{ratio:.2}×"),
        Cell::Interval(value, (low, high), decimals) => interval(*value, (*low, *high), *decimals),
        Cell::Millis(ms) => duration(*ms),
    }
}

/// Numbers are never wrapped, and what a row is about only beyond [`LEVEL_WIDTH`].
fn constraint(role: Role, content: u16) -> Option<ColumnConstraint> {
    match role {
        Role::Number => Some(ColumnConstraint::ContentWidth),
        Role::Level | Role::Common => Some(ColumnConstraint::LowerBoundary(Width::Fixed(content.min(LEVEL_WIDTH) + PADDING))),
        Role::Word => None,
    }
}

fn alignment(role: Role) -> CellAlignment {
    match role {
        Role::Number => CellAlignment::Right,
        Role::Level | Role::Common | Role::Word => CellAlignment::Left,
    }
}

/// Whether a column says nothing in any row.
pub fn is_empty(table: &Table, column: usize) -> bool {
    table.rows.iter().all(|row| matches!(row.cells[column], Cell::Nothing))
}

/// A bar in eighths of a cell; what is there at all is never drawn as nothing.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn bar(part: u64, whole: u64) -> String {
    let eighths = (ratio(part, whole).clamp(0.0, 1.0) * 8.0 * crate::stats::interval::float(BAR)).round() as usize;
    let eighths = if part > 0 { eighths.max(1) } else { 0 };
    let mut drawn = "█".repeat(eighths / 8);
    drawn.extend((eighths % 8).checked_sub(1).map(|i| EIGHTHS[i]));
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::{Head, Row};

    fn shown(cells: Vec<Vec<Cell>>, color: bool) -> String {
        let head = |key, role| Head { key, title: key.to_owned(), role };
        let rows = cells.into_iter().map(|cells| Row { cells, stands_out: true }).collect();
        let table = Table { id: "t", columns: vec![head("name", Role::Level), head("n", Role::Number)], rows, shown: 1 };
        let section = Section { id: "t", title: "T".into(), blocks: vec![Block::Table(table)] };
        let report = Report { title: "R".into(), banner: None, sections: vec![section] };
        render(&report, &View::default(), Rendering { color, width: None })
    }

    #[test]
    fn wide_characters_keep_columns_aligned() {
        let text = shown(vec![vec![Cell::Text("网络不稳定".into()), Cell::Count(7)]], false);
        assert!(text.contains("网络不稳定  7"), "{text}");
        assert!(text.contains("name        n"), "{text}");
    }

    #[test]
    fn without_colour_there_is_no_escape_and_log_text_brings_none() {
        let row = || vec![Cell::Text("\u{1b}[31mred".into()), Cell::Count(1)];
        let text = shown(vec![row(), row()], false);
        assert!(!text.contains('\u{1b}') && text.contains('\u{241b}'), "{text}");
        assert!(text.contains("1 more rows"), "{text}");
        assert!(shown(vec![row()], true).contains("\u{1b}["));
    }

    #[test]
    fn bars_grow_with_the_share_and_never_vanish() {
        assert_eq!((bar(0, 10), bar(1, 10_000), bar(1, 2)), (String::new(), "▏".into(), "████████".into()));
        assert_eq!(bar(3, 3).chars().count(), 16);
    }
}
