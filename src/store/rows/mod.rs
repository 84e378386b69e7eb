//! Rows -> a stream of bytes, one file per format with one [`RowWriter`]; memory is bounded by
//! [`ROWS_PER_GROUP`] whatever the input. A new format is one file and one row in [`RowFormat`].

mod arrow;
mod csv;
pub mod ndjson;
mod parquet;

use crate::event::EventRow;
use crate::taxonomy::words;
use std::io::Write;

/// Rows that are held until they are written together as a row group or record batch.
pub const ROWS_PER_GROUP: usize = 8_192;

/// Writes rows in one format.
pub trait RowWriter {
    /// Takes rows.
    ///
    /// # Errors
    /// What the stream says.
    fn write(&mut self, rows: Vec<EventRow>) -> anyhow::Result<()>;

    /// Writes what is still held and ends the stream.
    ///
    /// # Errors
    /// What the stream says.
    fn finish(self: Box<Self>) -> anyhow::Result<()>;
}

words! {
    /// A format of rows.
    #[derive(Default)]
    RowFormat {
        /// One JSON object a line.
        #[default]
        Ndjson = "ndjson",
        /// Comma-separated values.
        Csv = "csv",
        /// Apache Parquet.
        Parquet = "parquet",
        /// Apache Arrow IPC stream.
        Arrow = "arrow",
    }
}

impl RowFormat {
    /// Whether it is bytes that a terminal must not be given.
    #[must_use]
    pub const fn is_binary(self) -> bool {
        matches!(self, RowFormat::Parquet | RowFormat::Arrow)
    }

    /// A writer of this format.
    ///
    /// # Errors
    /// What the stream says of the head.
    pub fn writer<'w>(self, out: Box<dyn Write + Send + 'w>) -> anyhow::Result<Box<dyn RowWriter + 'w>> {
        Ok(match self {
            RowFormat::Ndjson => Box::new(ndjson::Ndjson::new(out)),
            RowFormat::Csv => Box::new(csv::Csv::new(out)?),
            RowFormat::Parquet => Box::new(Grouped::new(parquet::Parquet::new(out)?)),
            RowFormat::Arrow => Box::new(Grouped::new(arrow::Arrow::new(out)?)),
        })
    }
}

/// A format that is written in groups of rows.
trait GroupWriter {
    fn write_group(&mut self, rows: &[EventRow]) -> anyhow::Result<()>;
    fn end(self) -> anyhow::Result<()>;
}

/// Gathers rows into groups of equal size, so that the bytes do not depend on how rows arrive.
struct Grouped<W> {
    held: Vec<EventRow>,
    inner: W,
}

impl<W: GroupWriter> Grouped<W> {
    fn new(inner: W) -> Self {
        Self { held: Vec::new(), inner }
    }
}

impl<W: GroupWriter> RowWriter for Grouped<W> {
    fn write(&mut self, rows: Vec<EventRow>) -> anyhow::Result<()> {
        for row in rows {
            self.held.push(row);
            if self.held.len() == ROWS_PER_GROUP {
                self.inner.write_group(&self.held)?;
                self.held.clear();
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> anyhow::Result<()> {
        if !self.held.is_empty() {
            self.inner.write_group(&self.held)?;
        }
        self.inner.end()
    }
}
