//! Bytes that must be seekable but come as a stream: a stage comes in, a [`Blob`] goes out, in
//! memory while small, in a temporary file beyond.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use super::blob::Blob;
use super::stage::{Notes, Stage, pull};

/// Bytes copied at a time.
const STEP_BYTES: usize = 64 << 10;

/// Reads a stage to its end. Fails only where the temporary file does.
pub(super) fn spool(stage: &mut dyn Stage, notes: &mut Notes) -> io::Result<Blob> {
    let memory_max = notes.limits().spool_memory_bytes;
    let mut memory = Vec::new();
    let mut file: Option<File> = None;
    let mut step = vec![0; STEP_BYTES];
    loop {
        let n = pull(stage, &mut step, notes);
        if n == 0 {
            break;
        }
        if let Some(file) = &mut file {
            file.write_all(&step[..n])?;
        } else if memory.len() + n > memory_max {
            let mut fresh = tempfile::tempfile()?;
            fresh.write_all(&memory)?;
            fresh.write_all(&step[..n])?;
            memory = Vec::new();
            file = Some(fresh);
        } else {
            memory.extend_from_slice(&step[..n]);
        }
    }
    Ok(match file {
        Some(file) => Blob::File(Arc::new(file)),
        None => Blob::Memory(memory.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::limits::Limits;
    use crate::source::stage::Meter;
    use crate::source::stage::tests::base;

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
