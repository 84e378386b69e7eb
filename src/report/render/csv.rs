//! A report -> CSV: one long table, or a file per table. Text cells cannot act as formulas.

use crate::report::model::{Block, Cell, Report, Role, Row, Table};
use crate::stats::interval::{JUDGED_MIN, Rate, ratio, round};
use crate::store::cell::inert;

/// The columns of the long table.
const LONG: [&str; 8] = ["section", "dimension", "level", "metric", "value", "lo", "hi", "n"];

/// A table as a file.
#[derive(Clone, Debug)]
pub struct TableFile {
    /// Its name without directory.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// All tables as one: a line per number.
#[must_use]
pub fn long(report: &Report) -> String {
    let mut lines = vec![LONG.map(str::to_owned).to_vec()];
    for table in tables_of(report) {
        for row in &table.rows {
            lines.extend(long_rows(table, row));
        }
    }
    written(&lines)
}

fn long_rows(table: &Table, row: &Row) -> Vec<Vec<String>> {
    let is_level = |role: Role| matches!(role, Role::Level | Role::Common);
    let paired = || table.columns.iter().zip(&row.cells);
    let dimension: Vec<&str> = paired().filter(|(head, _)| is_level(head.role)).map(|(head, _)| head.key).collect();
    let level: Vec<String> = paired().filter(|(head, _)| is_level(head.role)).map(|(_, cell)| raw(cell).value).collect();
    paired()
        .filter(|(head, _)| !is_level(head.role))
        .map(|(head, cell)| {
            let Raw { value, lo, hi, n } = raw(cell);
            vec![table.id.to_owned(), dimension.join("/"), level.join("/"), head.key.to_owned(), value, lo, hi, n]
        })
        .collect()
}

/// Each table as a file.
#[must_use]
pub fn tables(report: &Report) -> Vec<TableFile> {
    let file = |table: &Table| {
        let is_rate = |column: usize| table.rows.iter().any(|row| matches!(row.cells[column], Cell::Rate(_) | Cell::Interval(..)));
        let mut head = Vec::new();
        for (i, column) in table.columns.iter().enumerate() {
            head.push(column.key.to_owned());
            if is_rate(i) {
                head.extend(["lo", "hi", "n"].map(|part| format!("{}_{part}", column.key)));
            }
        }
        let mut lines = vec![head];
        for row in &table.rows {
            let mut line = Vec::new();
            for (i, cell) in row.cells.iter().enumerate() {
                let Raw { value, lo, hi, n } = raw(cell);
                line.push(value);
                if is_rate(i) {
                    line.extend([lo, hi, n]);
                }
            }
            lines.push(line);
        }
        TableFile { name: format!("{}.csv", table.id), text: written(&lines) }
    };
    tables_of(report).map(file).collect()
}

fn tables_of(report: &Report) -> impl Iterator<Item = &Table> {
    report.sections.iter().flat_map(|s| &s.blocks).filter_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    })
}

#[derive(Default)]
struct Raw {
    value: String,
    lo: String,
    hi: String,
    n: String,
}

fn raw(cell: &Cell) -> Raw {
    let only = |value: String| Raw { value, ..Raw::default() };
    match cell {
        Cell::Nothing => Raw::default(),
        Cell::Text(text) | Cell::Label(_, text) => only(inert(text).into_owned()),
        Cell::Count(n) => only(n.to_string()),
        Cell::Ratio(ratio) => only(ratio.to_string()),
        Cell::Interval(value, (low, high), _) => {
            let text = |v: &f64| round(*v).to_string();
            Raw { value: text(value), lo: text(low), hi: text(high), ..Raw::default() }
        }
        Cell::Millis(ms) => only(ms.to_string()),
        Cell::Share(part, whole) => {
            let known = (*whole >= JUDGED_MIN).then(|| round(ratio(*part, *whole)).to_string());
            Raw { value: known.unwrap_or_default(), n: whole.to_string(), ..Raw::default() }
        }
        Cell::Rate(Rate { value, lo, hi, n, .. }) => {
            let text = |v: &Option<f64>| v.map(|v| v.to_string()).unwrap_or_default();
            Raw { value: text(value), lo: text(lo), hi: text(hi), n: n.to_string() }
        }
    }
}

fn written(lines: &[Vec<String>]) -> String {
    let mut writer = ::csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for line in lines {
        writer.write_record(line).expect("a vector takes every record");
    }
    let bytes = writer.into_inner().expect("a vector takes every byte");
    String::from_utf8(bytes).expect("every cell is text")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::{Head, Section};

    fn report() -> Report {
        let head = |key, role| Head { key, title: String::new(), role };
        let row = Row { cells: vec![Cell::Text("=cmd()".into()), Cell::Count(40), Cell::Rate(Rate::of(4, 40))], stands_out: false };
        let columns = vec![head("version", Role::Level), head("attempts", Role::Number), head("rate", Role::Number)];
        let table = Table { id: "versions", columns, rows: vec![row], shown: 0 };
        let section = Section { id: "versions", title: String::new(), blocks: vec![Block::Table(table)] };
        Report { title: String::new(), banner: None, sections: vec![section] }
    }

    #[test]
    fn the_long_table_has_a_line_per_number() {
        let text = long(&report());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "section,dimension,level,metric,value,lo,hi,n");
        assert_eq!(lines[1], "versions,version,'=cmd(),attempts,40,,,");
        assert!(lines[2].starts_with("versions,version,'=cmd(),rate,0.1,0.03958"), "{}", lines[2]);
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn a_table_file_carries_intervals_beside_rates() {
        let files = tables(&report());
        assert_eq!(files[0].name, "versions.csv");
        assert!(files[0].text.starts_with("version,attempts,rate,rate_lo,rate_hi,rate_n\n"), "{}", files[0].text);
    }
}
