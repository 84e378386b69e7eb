//! Zstandard, any number of frames after one another: stored bytes come in, decoded bytes go out.
//!
//! [`Frames`] is the step that xlog blocks share: mars never ends its frames, so there the end of
//! the bytes is no damage; in a file it is. Frame layout: RFC 8878, section 3.1.

use std::io;

use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

use super::inflate::Inflate;
use super::trial::Trial;
use super::units::{Begin, Place, Step, Units};

/// How much compressed input one step gets: a step that ends in damage gives nothing of its own,
/// so small steps keep what precedes the damage.
const STEP_BYTES: usize = 4 << 10;
/// So much of a frame is decoded to see whether one stands somewhere: the largest block, and its header.
const TRIAL_BYTES: usize = BLOCK_BYTES + 32;
/// Text of the largest block, which is decoded before it shows that the next one is damaged.
const BLOCK_BYTES: usize = 128 << 10;
/// Start of a frame.
pub(in crate::source) const MAGIC: &[u8] = b"\x28\xb5\x2f\xfd";
/// Start of a frame to be passed over, but for its last four bits, and of the size behind it.
const SKIPPABLE: u32 = 0x184d_2a50;

/// A sequence of frames.
pub(in crate::source) struct Frames(Decoder<'static>);

impl Frames {
    /// Fails when the decoder gets no memory.
    pub(in crate::source) fn new() -> io::Result<Self> {
        Ok(Self(Decoder::new()?))
    }

    /// Decodes some of `input` into `out`: bytes taken, bytes given, and how it ended.
    pub(in crate::source) fn step(&mut self, input: &[u8], out: &mut [u8]) -> (usize, usize, Inflate) {
        let mut from = InBuffer::around(&input[..input.len().min(STEP_BYTES)]);
        let mut to = OutBuffer::around(out);
        let result = self.0.run(&mut from, &mut to);
        let (taken, given) = (from.pos(), to.pos());
        match result {
            Ok(0) => (taken, given, Inflate::End),
            Ok(_) => (taken, given, Inflate::More),
            Err(_) => (taken, given, Inflate::Damaged),
        }
    }
}

/// The frames of a Zstandard file.
#[derive(Default)]
pub(in crate::source) struct Zstd {
    frames: Option<Frames>,
}

impl Units for Zstd {
    const LOOK_BYTES: usize = TRIAL_BYTES;
    const IN_VAIN_BYTES: usize = BLOCK_BYTES;

    fn begin(&mut self, bytes: &[u8], ended: bool, _: &mut Place<'_>) -> Begin {
        let zeros = bytes.iter().take_while(|b| **b == 0).count();
        if zeros > 0 {
            return Begin::Pass(zeros as u64);
        }
        if bytes.len() < 8 && !ended {
            return Begin::Need(8);
        }
        if let Some(bytes) = skippable(bytes) {
            return Begin::Pass(bytes);
        }
        if !bytes.starts_with(MAGIC) {
            return Begin::Stranger("no zstd frame begins here");
        }
        // Made anew, since a decoder that met damage stays behind it.
        self.frames = Frames::new().ok();
        if self.frames.is_some() { Begin::Unit(0) } else { Begin::Stranger("no memory for a zstd decoder") }
    }

    fn step(&mut self, input: &[u8], ended: bool, out: &mut [u8]) -> (usize, usize, Step) {
        let Some(frames) = &mut self.frames else { return (0, 0, Step::End) };
        let (taken, given, state) = frames.step(input, out);
        let step = match state {
            Inflate::End => Step::End,
            Inflate::Damaged => Step::Damaged("damaged zstd data, or a window larger than 128 MiB"),
            Inflate::More if given == 0 && ended => Step::Cut("zstd frame ends early"),
            Inflate::More => Step::More,
        };
        (taken, given, step)
    }

    fn find(&mut self, bytes: &[u8], ended: bool, proof: bool, trial: &mut Trial) -> Option<usize> {
        let sure = if ended { bytes.len() } else { bytes.len().saturating_sub(Self::LOOK_BYTES) + 1 };
        let mut places = memchr::memmem::find_iter(bytes, MAGIC).take_while(|at| *at < sure);
        places.find(|at| stands(&bytes[*at..], proof, trial))
    }
}

/// How many bytes a skippable frame has.
pub(in crate::source) fn skippable(bytes: &[u8]) -> Option<u64> {
    let magic = u32::from_le_bytes(*bytes.first_chunk()?);
    let size = u32::from_le_bytes(*bytes.get(4..)?.first_chunk()?);
    (magic & 0xffff_fff0 == SKIPPABLE).then_some(u64::from(size) + 8)
}

/// Whether a frame stands here: it decodes as far as it is looked at. Proof is a whole frame behind which
/// another one, padding or the end follows.
fn stands(bytes: &[u8], proof: bool, trial: &mut Trial) -> bool {
    if !trial.spend(BLOCK_BYTES) {
        return false;
    }
    let Ok(mut frames) = Frames::new() else { return false };
    let mut out = vec![0; STEP_BYTES * 16];
    let mut at = 0;
    loop {
        let (taken, given, state) = frames.step(&bytes[at..], &mut out);
        at += taken;
        if !trial.spend(given) {
            return false;
        }
        match state {
            Inflate::Damaged => return false,
            Inflate::End => {
                let rest = &bytes[at..];
                return rest.iter().all(|b| *b == 0) || rest.starts_with(MAGIC) || skippable(rest).is_some() || !proof;
            }
            Inflate::More if taken == 0 && given == 0 => return !proof,
            Inflate::More if !proof && at >= TRIAL_BYTES => return true,
            Inflate::More => {}
        }
    }
}

#[cfg(test)]
pub(in crate::source) mod tests {
    use super::*;
    use crate::source::decode::stage::tests::{base, drain};
    use crate::source::decode::units::Salvage;

    /// A frame of some bytes.
    pub(in crate::source) fn zstded(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 3).expect("memory")
    }

    #[test]
    fn frames_after_one_another_are_one_text() {
        let packed = [zstded(b"one\n"), zstded(b"two\n")].concat();
        let (bytes, notes) = drain(&mut Salvage::new(base(&packed), Zstd::default()));
        assert_eq!(bytes, b"one\ntwo\n");
        assert!(notes.problems.is_empty() && !notes.cut);
    }

    #[test]
    fn a_cut_frame_gives_what_precedes_the_cut() {
        let text: Vec<u8> = (0..90_000u32).flat_map(|i| format!("line {i}\n").into_bytes()).collect();
        let packed = zstded(&text);
        let (bytes, notes) = drain(&mut Salvage::new(base(&packed[..packed.len() * 3 / 4]), Zstd::default()));
        assert!(notes.cut && !bytes.is_empty() && text.starts_with(&bytes), "{} bytes", bytes.len());
    }

    #[test]
    fn a_small_cut_frame_is_told() {
        let packed = zstded(b"one line only\n");
        let (_, notes) = drain(&mut Salvage::new(base(&packed[..packed.len() - 4]), Zstd::default()));
        assert!(notes.cut);
    }

    #[test]
    fn strangers_behind_the_last_frame_are_told() {
        let packed = [zstded(b"one\n"), b"garbage here".to_vec()].concat();
        let (bytes, notes) = drain(&mut Salvage::new(base(&packed), Zstd::default()));
        assert_eq!(bytes, b"one\n");
        assert_eq!(notes.problems.len(), 1, "{:?}", notes.problems);
    }
}
