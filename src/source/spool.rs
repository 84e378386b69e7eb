//! Bytes that must be seekable but come as a stream: a stage comes in, a [`Blob`] goes out, in
//! memory while small, in a temporary file beyond.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use super::blob::Blob;
use super::decode::stage::{Notes, Stage, pull};

/// Bytes copied at a time.
const STEP_BYTES: usize = 64 << 10;

/// Bytes that are written once and then read at any offset.
pub(super) struct Spool {
    memory: Vec<u8>,
    memory_max: usize,
    file: Option<File>,
    len: u64,
}

impl Spool {
    /// Empty; beyond so many bytes a temporary file is used.
    pub(super) fn new(memory_max: usize) -> Self {
        Self { memory: Vec::new(), memory_max, file: None, len: 0 }
    }

    /// Adds bytes. Fails only where the temporary file does.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.len += bytes.len() as u64;
        if let Some(file) = &mut self.file {
            return file.write_all(bytes);
        }
        if self.memory.len() + bytes.len() > self.memory_max {
            let mut fresh = tempfile::tempfile()?;
            fresh.write_all(&std::mem::take(&mut self.memory))?;
            fresh.write_all(bytes)?;
            self.file = Some(fresh);
        } else {
            self.memory.extend_from_slice(bytes);
        }
        Ok(())
    }

    /// How many bytes were written.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The bytes, to be read.
    pub(super) fn finish(self) -> Blob {
        match self.file {
            Some(file) => Blob::File(Arc::new(file)),
            None => Blob::Memory(self.memory.into()),
        }
    }
}

/// Reads a stage to its end. Fails only where the temporary file does.
pub(super) fn spool(stage: &mut dyn Stage, notes: &mut Notes) -> io::Result<Blob> {
    let mut spool = Spool::new(notes.limits().spool_memory_bytes);
    let mut step = vec![0; STEP_BYTES];
    loop {
        match pull(stage, &mut step, notes) {
            0 => return Ok(spool.finish()),
            n => spool.write(&step[..n])?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::decode::stage::Meter;
    use crate::source::decode::stage::tests::base;
    use crate::source::limits::Limits;

    #[test]
    fn what_does_not_fit_into_memory_goes_to_a_file() {
        let bytes: Vec<u8> = (0..200_000u32).flat_map(u32::to_le_bytes).collect();
        for spool_memory_bytes in [10, 1 << 20] {
            let limits = Limits { spool_memory_bytes, ..Limits::default() };
            let mut notes = Notes::new("a", &limits, Meter::default());
            let blob = spool(base(&bytes).as_mut(), &mut notes).expect("a temporary file");
            assert_eq!(matches!(blob, Blob::File(_)), spool_memory_bytes == 10);
            let mut back = vec![0; 8];
            assert_eq!(blob.read_at(&mut back, 4).expect("readable"), 8);
            assert_eq!((blob.len().expect("known"), &back[..]), (800_000, &bytes[4..12]));
        }
    }
}
