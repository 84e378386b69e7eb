//! Raw deflate that keeps what precedes the damage: compressed bytes come in, decoded bytes go out.
//!
//! [`Inflater`] is the step that gzip, zip, xlog and Logan share; [`Deflate`] is the stage for a member
//! of a zip archive, [`Checked`] the one that holds what it gives against the checksum it should have.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::stage::{Input, Notes, Stage, pull};

/// How one step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Inflate {
    /// There may be more.
    More,
    /// The stream's own end was reached.
    End,
    /// The bytes are no deflate data.
    Damaged,
}

/// One raw deflate stream.
pub(in crate::source) struct Inflater(Decompress);

impl Default for Inflater {
    fn default() -> Self {
        Self(Decompress::new(false))
    }
}

impl Inflater {
    /// Decodes some of `input` into `out`: bytes taken, bytes given, and how it ended. Bytes given
    /// before the damage count also where the step ends in damage.
    pub(in crate::source) fn step(&mut self, input: &[u8], out: &mut [u8]) -> (usize, usize, Inflate) {
        let (had_in, had_out) = (self.0.total_in(), self.0.total_out());
        let end = match self.0.decompress(input, out, FlushDecompress::None) {
            Ok(Status::StreamEnd) => Inflate::End,
            Ok(Status::Ok | Status::BufError) => Inflate::More,
            Err(_) => Inflate::Damaged,
        };
        let taken = usize::try_from(self.0.total_in() - had_in).unwrap_or(input.len()).min(input.len());
        let given = usize::try_from(self.0.total_out() - had_out).unwrap_or(out.len()).min(out.len());
        (taken, given, end)
    }
}

/// A deflated member of a zip archive.
pub(in crate::source) struct Deflate {
    input: Input,
    inflater: Inflater,
    ended: bool,
}

impl Deflate {
    /// Decodes what the stage below gives.
    pub(in crate::source) fn new(below: Box<dyn Stage>) -> Self {
        Self { input: Input::new(below), inflater: Inflater::default(), ended: false }
    }
}

impl Stage for Deflate {
    fn read(&mut self, out: &mut [u8], notes: &mut Notes) -> usize {
        while !self.ended {
            let chunk = self.input.fill(1, notes);
            let at_end = chunk.is_empty();
            let (taken, given, state) = self.inflater.step(chunk, out);
            self.input.consume(taken);
            let position = self.input.position();
            self.ended = state != Inflate::More || (given == 0 && at_end);
            if self.ended && state != Inflate::End {
                let skipped = self.input.skip_rest(notes);
                let reason = if state == Inflate::Damaged { "damaged deflate data" } else { "deflate data ends early" };
                notes.skipped(position, skipped, reason);
                notes.cut = true;
            }
            if given > 0 {
                return given;
            }
        }
        0
    }
}

/// Bytes that should have a checksum.
pub(in crate::source) struct Checked {
    below: Box<dyn Stage>,
    crc: Crc,
    expected: Option<u32>,
}

impl Checked {
    /// What the stage below gives should have this CRC-32.
    pub(in crate::source) fn new(below: Box<dyn Stage>, expected: u32) -> Self {
        Self { below, crc: Crc::new(), expected: Some(expected) }
    }
}

impl Stage for Checked {
    fn read(&mut self, out: &mut [u8], notes: &mut Notes) -> usize {
        let n = pull(self.below.as_mut(), out, notes);
        self.crc.update(&out[..n]);
        if n == 0
            && !out.is_empty()
            && let Some(expected) = self.expected.take()
            && self.crc.sum() != expected
            && !notes.cut
        {
            let reason = format!("checksum is {:08x}, {expected:08x} was announced", self.crc.sum());
            notes.damaged(notes.raw_bytes, reason, "read as it is");
            notes.cut = true;
        }
        n
    }

    fn expands(&self) -> bool {
        false
    }
}

#[cfg(test)]
pub(in crate::source) mod tests {
    use super::*;
    use crate::source::decode::stage::tests::{base, drain};
    use std::io::Write;

    /// Raw deflate of some bytes.
    pub(in crate::source) fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn a_cut_stream_gives_what_precedes_the_cut() {
        let text: Vec<u8> = (0..5000u32).flat_map(|i| format!("line {i}\n").into_bytes()).collect();
        let packed = deflated(&text);
        let (bytes, notes) = drain(&mut Deflate::new(base(&packed[..packed.len() / 2])));
        assert!(notes.cut && bytes.len() > text.len() / 4 && text.starts_with(&bytes));
    }

    #[test]
    fn a_wrong_checksum_is_told_and_the_text_kept() {
        let (bytes, notes) = drain(&mut Checked::new(Box::new(Deflate::new(base(&deflated(b"hello")))), 1));
        assert_eq!(bytes, b"hello");
        assert!(notes.problems[0].reason.contains("checksum") && notes.cut);
    }
}
