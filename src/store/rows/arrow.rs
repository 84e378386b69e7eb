//! Rows as an Arrow IPC stream: one record batch per group of rows.

use super::GroupWriter;
use crate::event::EventRow;
use crate::store::frame::{frame, schema};
use polars::prelude::{CompatLevel, SchemaExt};
use polars_arrow::io::ipc::write::{StreamWriter, WriteOptions};
use std::io::{BufWriter, Write};

/// Plain Arrow types (large strings and lists), which every reader of Arrow knows; the newer string
/// views are unknown to Spark 3.
const COMPATIBILITY: CompatLevel = CompatLevel::oldest();

/// Writes rows as an Arrow IPC stream.
pub struct Arrow<W: Write> {
    writer: StreamWriter<BufWriter<W>>,
}

impl<W: Write> Arrow<W> {
    /// Writes the schema to a stream.
    ///
    /// # Errors
    /// What the stream says.
    pub fn new(out: W) -> anyhow::Result<Self> {
        let mut writer = StreamWriter::new(BufWriter::new(out), WriteOptions { compression: None });
        writer.start(&schema()?.to_arrow(COMPATIBILITY), None)?;
        Ok(Self { writer })
    }
}

impl<W: Write> GroupWriter for Arrow<W> {
    fn write_group(&mut self, rows: &[EventRow]) -> anyhow::Result<()> {
        for batch in frame(rows)?.iter_chunks(COMPATIBILITY, false) {
            self.writer.write(&batch, None)?;
        }
        Ok(())
    }

    fn end(mut self) -> anyhow::Result<()> {
        self.writer.finish()?;
        Ok(self.writer.into_inner().flush()?)
    }
}
