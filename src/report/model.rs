//! A report between composing and rendering: sections of text, tables and quotations, with values
//! still as values, so that each form can write them its own way.

use crate::stats::interval::Rate;

/// A composed report.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its title.
    pub title: String,
    /// A warning that must not be overlooked.
    pub banner: Option<String>,
    /// Its sections, in order.
    pub sections: Vec<Section>,
}

/// A section.
#[derive(Clone, Debug)]
pub struct Section {
    /// Stable id, as in CSV and JSON.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// What it contains, in order.
    pub blocks: Vec<Block>,
}

/// A part of a section.
#[derive(Clone, Debug)]
pub enum Block {
    /// The sentence that matters most.
    Lead(String),
    /// Sentences, one a line.
    Lines(Vec<String>),
    /// A table.
    Table(Table),
    /// Items with an explanation and cited lines.
    Details(Vec<Detail>),
}

/// An item with its explanation.
#[derive(Clone, Debug)]
pub struct Detail {
    /// What it is about.
    pub head: String,
    /// What it means.
    pub meaning: String,
    /// What to do.
    pub advice: Option<String>,
    /// Cited lines.
    pub quotes: Vec<Quote>,
}

/// A cited line.
#[derive(Clone, Debug)]
pub struct Quote {
    /// The line.
    pub text: String,
    /// Where it stands.
    pub place: String,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Stable id: the name of its file in CSV.
    pub id: &'static str,
    /// Its columns.
    pub columns: Vec<Head>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Rows that a form for people shows at most.
    pub shown: usize,
}

/// The head of a column.
#[derive(Clone, Debug)]
pub struct Head {
    /// Stable name, as in CSV.
    pub key: &'static str,
    /// Heading for people.
    pub title: String,
    /// What stands in it.
    pub role: Role,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What the row is about.
    Level,
    /// The same, left out for people where every row has the same.
    Common,
    /// Numbers, to the right.
    Number,
    /// Words.
    Word,
}

/// A row.
#[derive(Clone, Debug)]
pub struct Row {
    /// One cell per column.
    pub cells: Vec<Cell>,
    /// Whether it asks for attention; said in words in a cell as well.
    pub stands_out: bool,
}

/// A value in a table.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Nothing is known.
    Nothing,
    /// Text.
    Text(String),
    /// A label for people and its stable spelling.
    Label(String, String),
    /// A count.
    Count(u64),
    /// A rate, or why there is none.
    Rate(Rate),
    /// A part of a whole, drawn where people look.
    Share(u64, u64),
    /// A factor.
    Ratio(f64),
    /// A value, the ends of its interval, and how many decimals people see.
    Interval(f64, (f64, f64), usize),
    /// A duration.
    Millis(i64),
}

impl Cell {
    /// Text, or nothing.
    #[must_use]
    pub fn text(text: Option<&str>) -> Self {
        text.filter(|t| !t.is_empty()).map_or(Cell::Nothing, |t| Cell::Text(t.to_owned()))
    }

    /// A count of what logs need not state, such as users: none seen means not known.
    #[must_use]
    pub const fn known(n: u64) -> Self {
        if n == 0 { Cell::Nothing } else { Cell::Count(n) }
    }

    /// A duration, or nothing.
    #[must_use]
    pub fn millis(ms: Option<i64>) -> Self {
        ms.map_or(Cell::Nothing, Cell::Millis)
    }

    /// A factor, or nothing.
    #[must_use]
    pub fn ratio(ratio: Option<f64>) -> Self {
        ratio.map_or(Cell::Nothing, Cell::Ratio)
    }
}

impl Table {
    /// Whether a column is left out for people.
    #[must_use]
    pub fn is_folded(&self, column: usize) -> bool {
        let plain = |row: &Row| match row.cells.get(column) {
            Some(Cell::Text(text) | Cell::Label(_, text)) => Some(text.clone()),
            _ => None,
        };
        let first = self.rows.first().and_then(plain);
        self.columns[column].role == Role::Common && self.rows.iter().all(|row| plain(row) == first)
    }
}
