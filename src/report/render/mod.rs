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
use std::fmt;
use std::str::FromStr;

/// A form of report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// For a terminal.
    #[default]
    Table,
    /// Markdown.
    Markdown,
    /// One page that needs nothing else.
    Html,
    /// Machine form.
    Json,
    /// One long table, or a file per table.
    Csv,
}

impl Form {
    /// Every form.
    pub const ALL: &'static [Form] = &[Form::Table, Form::Markdown, Form::Html, Form::Json, Form::Csv];

    /// Its name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Form::Table => "table",
            Form::Markdown => "markdown",
            Form::Html => "html",
            Form::Json => "json",
            Form::Csv => "csv",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Form {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|f| f.as_str() == text).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|f| f.as_str()).collect();
            format!("report format `{text}` is not known (known: {})", known.join(", "))
        })
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
