//! Rows of a listing -> aligned text or JSON lines.

use super::args::ListFormat;
use super::exit::Failure;
use super::output::Output;
use crate::redact::printable;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Map, Value};

/// Prints rows under their heads.
///
/// # Errors
/// That standard output cannot be written.
pub fn print(heads: &[&str], rows: &[Vec<String>], format: ListFormat) -> Result<(), Failure> {
    Output::Stdout.write_all(&text(heads, rows, format))
}

fn text(heads: &[&str], rows: &[Vec<String>], format: ListFormat) -> String {
    match format {
        ListFormat::Ndjson => {
            let object = |row: &Vec<String>| {
                let pairs = heads.iter().zip(row).map(|(head, cell)| ((*head).to_owned(), Value::String(cell.clone())));
                format!("{}\n", Value::Object(pairs.collect::<Map<_, _>>()))
            };
            rows.iter().map(object).collect()
        }
        ListFormat::Table => {
            let mut table = Table::new();
            table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).force_no_tty();
            table.set_header(heads.iter().map(|head| head.to_uppercase().replace('_', " ")));
            for row in rows {
                table.add_row(row.iter().map(|cell| printable(cell)));
            }
            let line = |line: String| [line.trim_end().strip_prefix(' ').unwrap_or_default(), "\n"].concat();
            table.lines().map(line).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_is_aligned_or_json() {
        let rows = vec![vec!["mars".to_owned(), "Mars xlog".to_owned()]];
        assert_eq!(text(&["id", "title"], &rows, ListFormat::Table), "ID    TITLE\nmars  Mars xlog\n");
        assert_eq!(text(&["id", "title"], &rows, ListFormat::Ndjson), "{\"id\":\"mars\",\"title\":\"Mars xlog\"}\n");
    }
}
