//! Composed reports -> text, one file per form. Forms supply headings, tables and escapes; what is
//! said is the same in all of them.

mod csv;
mod html;
mod markdown;
mod table;

pub use csv::{TableFile, long as csv_long, tables as csv_tables};
pub use html::{plain as html_plain, render as html};
pub use table::Rendering;

use super::{Report, View};
use crate::taxonomy::words;

words! {
    /// A form of report.
    #[derive(Default)]
    Form {
        /// For a terminal.
        #[default]
        Table = "table",
        /// Markdown.
        Markdown = "markdown",
        /// One page that needs nothing else.
        Html = "html",
        /// Machine form.
        Json = "json",
        /// One long table, or a file per table.
        Csv = "csv",
    }
}

/// The report for a terminal.
#[must_use]
pub fn terminal(report: &Report, view: &View, rendering: Rendering) -> String {
    table::render(report, view, rendering)
}

/// The report as Markdown.
#[must_use]
pub fn markdown(report: &Report, view: &View) -> String {
    markdown::render(report, view)
}
