//! Rows as Parquet: zstd, one row group per group of rows.

use super::GroupWriter;
use crate::event::EventRow;
use crate::store::frame::{frame, schema};
use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{ParquetCompression, ParquetWriter};
use std::io::{BufWriter, Write};

/// Writes rows as Parquet.
pub struct Parquet<W: Write> {
    writer: BatchedWriter<BufWriter<W>>,
}

impl<W: Write> Parquet<W> {
    /// Writes to a stream, which need not seek.
    ///
    /// # Errors
    /// What the stream says.
    pub fn new(out: W) -> anyhow::Result<Self> {
        let writer = ParquetWriter::new(BufWriter::new(out)).with_compression(ParquetCompression::Zstd(None));
        Ok(Self { writer: writer.batched(&schema()?)? })
    }
}

impl<W: Write> GroupWriter for Parquet<W> {
    fn write_group(&mut self, rows: &[EventRow]) -> anyhow::Result<()> {
        Ok(self.writer.write_batch(&frame(rows)?)?)
    }

    fn end(self) -> anyhow::Result<()> {
        self.writer.finish()?;
        Ok(())
    }
}
