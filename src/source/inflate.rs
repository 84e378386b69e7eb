//! Raw deflate that keeps what precedes the damage: compressed bytes come in, decoded bytes go out.
//!
//! [`Inflater`] is the step that gzip, zip and xlog share; [`Deflate`] is the stage for a member of
//! a zip archive, which also knows the checksum its bytes should have.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::stage::{Input, Notes, Stage};

/// How one step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// There may be more.
    More,
    /// The stream's own end was reached.
    End,
    /// The bytes are no deflate data.
    Damaged,
}

/// One raw deflate stream.
pub(super) struct Inflater(Decompress);

impl Inflater {
    /// A stream from its beginning.
    pub(super) fn new() -> Self {
        Self(Decompress::new(false))
    }

    /// Decodes some of `input` into `out`: bytes taken, bytes given, and how it ended. Bytes given
    /// before the damage count also where the step ends in damage.
    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> (usize, usize, Step) {
        let (had_in, had_out) = (self.0.total_in(), self.0.total_out());
        let end = match self.0.decompress(input, out, FlushDecompress::None) {
            Ok(Status::StreamEnd) => Step::End,
            Ok(Status::Ok | Status::BufError) => Step::More,
            Err(_) => Step::Damaged,
        };
        let taken = usize::try_from(self.0.total_in() - had_in).unwrap_or(input.len()).min(input.len());
        let given = usize::try_from(self.0.total_out() - had_out).unwrap_or(out.len()).min(out.len());
        (taken, given, end)
    }
}

/// A deflated member of a zip archive.
pub(super) struct Deflate {
    input: Input,
    inflater: Inflater,
    check: Check,
    ended: bool,
}

impl Deflate {
    /// A member whose decoded bytes should have a checksum, where known.
    pub(super) fn new(below: Box<dyn Stage>, crc: Option<u32>) -> Self {
        Self { input: Input::new(below), inflater: Inflater::new(), check: Check::new(crc), ended: false }
    }
}

impl Stage for Deflate {
    fn read(&mut self, out: &mut [u8], notes: &mut Notes) -> usize {
        while !self.ended {
            let chunk = self.input.fill(1, notes);
            let at_end = chunk.is_empty();
            let (taken, given, step) = self.inflater.step(chunk, out);
            self.input.consume(taken);
            self.check.update(&out[..given]);
            let position = self.input.position();
            match step {
                Step::End => {
                    self.ended = true;
                    self.check.finish(position, notes);
                }
                Step::Damaged => {
                    self.ended = true;
                    notes.cut(position, "damaged deflate data");
                }
                Step::More if given == 0 && at_end => {
                    self.ended = true;
                    notes.cut(position, "deflate data ends early");
                }
                Step::More => {}
            }
            if given > 0 {
                return given;
            }
        }
        0
    }
}

/// The checksum of what a member decodes to.
pub(super) struct Check {
    crc: Crc,
    expected: Option<u32>,
}

impl Check {
    /// Nothing is checked where no checksum is known.
    pub(super) fn new(expected: Option<u32>) -> Self {
        Self { crc: Crc::new(), expected }
    }

    /// The same bytes, once the checksum is known.
    pub(super) fn expect(mut self, expected: u32) -> Self {
        self.expected = Some(expected);
        self
    }

    /// Adds decoded bytes.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.crc.update(bytes);
    }

    /// Says so when the checksum is another one.
    pub(super) fn finish(&self, position: u64, notes: &mut Notes) {
        let found = self.crc.sum();
        if let Some(expected) = self.expected
            && expected != found
        {
            let reason = format!("checksum is {found:08x}, {expected:08x} was announced");
            notes.damaged(position, reason, "read as it is");
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::source::stage::tests::{base, drain};
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
        let (bytes, notes) = drain(&mut Deflate::new(base(&packed[..packed.len() / 2]), None));
        assert!(notes.cut && bytes.len() > text.len() / 4 && text.starts_with(&bytes));
    }

    #[test]
    fn a_wrong_checksum_is_told_and_the_text_kept() {
        let (bytes, notes) = drain(&mut Deflate::new(base(&deflated(b"hello")), Some(1)));
        assert_eq!(bytes, b"hello");
        assert!(notes.problems[0].reason.contains("checksum") && !notes.cut);
    }
}
