//! Zstandard, any number of frames after one another: stored bytes come in, decoded bytes go out.
//!
//! [`Frames`] is the step that xlog blocks share: mars never ends its frames, so there the end of
//! the bytes is no damage; in a file it is.

use std::io;

use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

use super::inflate::Step;
use super::stage::{Input, Notes, Stage};

/// How much compressed input one step gets: a step that ends in damage gives nothing of its own,
/// so small steps keep what precedes the damage.
const STEP_BYTES: usize = 4 << 10;

/// A sequence of frames.
pub(super) struct Frames {
    decoder: Decoder<'static>,
    between: bool,
}

impl Frames {
    /// Fails when the decoder gets no memory.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { decoder: Decoder::new()?, between: true })
    }

    /// Decodes some of `input` into `out`: bytes taken, bytes given, and how it ended.
    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> (usize, usize, Step) {
        let mut from = InBuffer::around(&input[..input.len().min(STEP_BYTES)]);
        let mut to = OutBuffer::around(out);
        let result = self.decoder.run(&mut from, &mut to);
        let (taken, given) = (from.pos(), to.pos());
        match result {
            Ok(0) => {
                self.between = true;
                (taken, given, Step::End)
            }
            Ok(_) => {
                self.between &= taken == 0 && given == 0;
                (taken, given, Step::More)
            }
            Err(_) => (taken, given, Step::Damaged),
        }
    }

    /// Whether the last frame was ended and the next not begun.
    pub(super) fn between(&self) -> bool {
        self.between
    }
}

/// A Zstandard file.
pub(super) struct Zst {
    input: Input,
    frames: Option<Frames>,
    ended: bool,
}

impl Zst {
    /// Decodes what the stage below gives.
    pub(super) fn new(below: Box<dyn Stage>) -> Self {
        Self { input: Input::new(below), frames: None, ended: false }
    }
}

impl Stage for Zst {
    fn read(&mut self, out: &mut [u8], notes: &mut Notes) -> usize {
        while !self.ended {
            if self.frames.is_none() {
                self.frames = Frames::new().ok();
            }
            let Some(frames) = &mut self.frames else {
                self.ended = true;
                notes.cut(0, "no memory for a zstd decoder");
                break;
            };
            let chunk = self.input.fill(1, notes);
            let at_end = chunk.is_empty();
            if at_end && frames.between() {
                self.ended = true;
                break;
            }
            let begun = !frames.between();
            let (taken, given, step) = frames.step(chunk, out);
            self.input.consume(taken);
            let position = self.input.position();
            match step {
                Step::Damaged => {
                    self.ended = true;
                    if begun || position == 0 {
                        notes.cut(position, "damaged zstd data, or a window larger than 128 MiB");
                    } else {
                        notes.damaged(position, "bytes that are not zstd follow the last frame", "left out");
                    }
                }
                Step::More if given == 0 && at_end => {
                    self.ended = true;
                    notes.cut(position, "zstd frame ends early");
                }
                Step::More | Step::End => {}
            }
            if given > 0 {
                return given;
            }
        }
        0
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::source::stage::tests::{base, drain};

    /// A frame of some bytes.
    pub(in crate::source) fn zstded(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 3).expect("memory")
    }

    #[test]
    fn frames_after_one_another_are_one_text() {
        let packed = [zstded(b"one\n"), zstded(b"two\n")].concat();
        let (bytes, notes) = drain(&mut Zst::new(base(&packed)));
        assert_eq!(bytes, b"one\ntwo\n");
        assert!(notes.problems.is_empty() && !notes.cut);
    }

    #[test]
    fn a_cut_frame_gives_what_precedes_the_cut() {
        let text: Vec<u8> = (0..90_000u32).flat_map(|i| format!("line {i}\n").into_bytes()).collect();
        let packed = zstded(&text);
        let (bytes, notes) = drain(&mut Zst::new(base(&packed[..packed.len() * 3 / 4])));
        assert!(notes.cut && !bytes.is_empty() && text.starts_with(&bytes), "{} bytes", bytes.len());
    }

    #[test]
    fn a_small_cut_frame_is_told() {
        let packed = zstded(b"one line only\n");
        let (_, notes) = drain(&mut Zst::new(base(&packed[..packed.len() - 4])));
        assert!(notes.cut);
    }

    #[test]
    fn strangers_behind_the_last_frame_are_told() {
        let packed = [zstded(b"one\n"), b"garbage here".to_vec()].concat();
        let (bytes, notes) = drain(&mut Zst::new(base(&packed)));
        assert_eq!(bytes, b"one\n");
        assert_eq!(notes.problems.len(), 1, "{:?}", notes.problems);
    }
}
