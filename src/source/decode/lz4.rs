//! LZ4: frames of blocks come in, decoded bytes go out. A block decodes by itself unless its frame says
//! that blocks lean on those before them; then damage reaches to the end of the frame.
//!
//! Layout: "LZ4 Frame Format Description" 1.6.4 (github.com/lz4/lz4, `doc/lz4_Frame_format.md`), the legacy
//! frame of early releases included.

use lz4_flex::block::{decompress_into, decompress_into_with_dict};
use twox_hash::XxHash32;

use super::stage::Notes;
use super::trial::Trial;
use super::units::{Begin, Place, Step, Units};
use super::zst::skippable;
use crate::source::limits::LZ4_BLOCK_BYTES;

/// Start of a frame.
pub(in crate::source) const MAGIC: &[u8] = b"\x04\x22\x4d\x18";
/// Start of a legacy frame.
pub(in crate::source) const LEGACY_MAGIC: &[u8] = b"\x02\x21\x4c\x18";
/// Blocks of legacy frames hold so much text, but for the last one.
const LEGACY_TEXT_BYTES: usize = 8 << 20;
/// Longest header of a frame.
const HEADER_BYTES_MAX: usize = 19;
/// So much of the text before a block may be referred to.
const WINDOW_BYTES: usize = 64 << 10;
/// The bit of a block's size that says that it is stored as it is.
const STORED: u32 = 1 << 31;
const FLAG_INDEPENDENT: u8 = 0x20;
const FLAG_BLOCK_CHECKSUM: u8 = 0x10;
const FLAG_SIZE: u8 = 0x08;
const FLAG_CHECKSUM: u8 = 0x04;
const FLAG_DICTIONARY: u8 = 0x01;

/// What a frame says of its blocks; the flags are those of the format.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Copy)]
struct Frame {
    independent: bool,
    block_checksum: bool,
    checksum: bool,
    legacy: bool,
    text_bytes_max: usize,
}

/// One block as it stands: where its data is, and how long it is in all.
struct Block {
    stored: bool,
    data_bytes: usize,
    whole_bytes: usize,
}

/// The blocks of an LZ4 file.
pub(in crate::source) struct Lz4 {
    frame: Option<Frame>,
    hash: XxHash32,
    /// Text is missing from the open frame, so that its checksum says nothing.
    patched: bool,
    text: Vec<u8>,
    given: usize,
    /// The end of the text before, for blocks that lean on it.
    window: Vec<u8>,
    doubt: bool,
}

impl Default for Lz4 {
    fn default() -> Self {
        let hash = XxHash32::with_seed(0);
        Self { frame: None, hash, patched: false, text: Vec::new(), given: 0, window: Vec::new(), doubt: false }
    }
}

impl Units for Lz4 {
    const LOOK_BYTES: usize = LZ4_BLOCK_BYTES + 16;
    const IN_VAIN_BYTES: usize = 0;

    fn begin(&mut self, bytes: &[u8], ended: bool, place: &mut Place<'_>) -> Begin {
        self.text.clear();
        self.given = 0;
        let Some(frame) = self.frame else { return self.header(bytes, ended) };
        if frame.legacy && (bytes.starts_with(MAGIC) || bytes.starts_with(LEGACY_MAGIC)) {
            self.frame = None;
            return self.header(bytes, ended);
        }
        let Some(size) = word(bytes) else {
            return if ended { Begin::Stranger("lz4 frame ends early") } else { Begin::Need(4) };
        };
        if size == 0 && !frame.legacy {
            return self.end(frame, bytes, ended);
        }
        let Some(block) = frame.block(size) else { return Begin::Stranger("no lz4 block begins here") };
        if bytes.len() < block.whole_bytes {
            return if ended { Begin::Stranger("lz4 block ends early") } else { Begin::Need(block.whole_bytes) };
        }
        if !self.decode(frame, &block, bytes) {
            place.notes.charge(frame.text_bytes_max);
            return Begin::Stranger("damaged lz4 block");
        }
        Begin::Unit(block.whole_bytes)
    }

    fn step(&mut self, _: &[u8], _: bool, out: &mut [u8]) -> (usize, usize, Step) {
        if std::mem::take(&mut self.doubt) {
            return (0, 0, Step::Doubt("checksum of the lz4 frame is another one than announced"));
        }
        let n = out.len().min(self.text.len() - self.given);
        out[..n].copy_from_slice(&self.text[self.given..self.given + n]);
        self.given += n;
        (0, n, if self.given == self.text.len() { Step::End } else { Step::More })
    }

    fn find(&mut self, bytes: &[u8], ended: bool, proof: bool, trial: &mut Trial) -> Option<usize> {
        let sure = if ended { bytes.len() } else { bytes.len().saturating_sub(Self::LOOK_BYTES) + 1 };
        let frames = || memchr::memmem::find_iter(bytes, MAGIC).filter(|at| frame_header(&bytes[*at..]).is_some());
        let legacy = || memchr::memmem::find_iter(bytes, LEGACY_MAGIC).filter(|at| legacy_stands(&bytes[*at + 4..]));
        let next_frame = frames().chain(legacy()).filter(|at| *at < sure).min();
        let block = self.frame.filter(|f| f.independent && !proof).and_then(|frame| {
            let until = next_frame.unwrap_or(sure).min(bytes.len());
            (0..until).find(|at| frame.stands(&bytes[*at..], ended, trial))
        });
        self.patched = true;
        if block.is_none() && next_frame.is_some() {
            self.frame = None;
        }
        block.or(next_frame)
    }

    fn whole(&self) -> bool {
        true
    }

    fn finish(&mut self, notes: &mut Notes) {
        // A legacy frame has no end mark.
        if self.frame.is_some_and(|f| !f.legacy) {
            notes.cut(notes.raw_bytes, "lz4 frame ends early");
        }
    }
}

impl Lz4 {
    fn header(&mut self, bytes: &[u8], ended: bool) -> Begin {
        let zeros = bytes.iter().take_while(|b| **b == 0).count();
        if zeros > 0 {
            return Begin::Pass(zeros as u64);
        }
        if bytes.len() < HEADER_BYTES_MAX && !ended {
            return Begin::Need(HEADER_BYTES_MAX);
        }
        if let Some(len) = skippable(bytes) {
            return Begin::Pass(len);
        }
        let (frame, len) = if bytes.starts_with(LEGACY_MAGIC) {
            let frame =
                Frame { independent: true, block_checksum: false, checksum: false, legacy: true, text_bytes_max: LEGACY_TEXT_BYTES };
            (frame, LEGACY_MAGIC.len())
        } else {
            match frame_header(bytes) {
                Some(found) => found,
                None => return Begin::Stranger("no lz4 frame begins here"),
            }
        };
        self.frame = Some(frame);
        self.hash = XxHash32::with_seed(0);
        self.patched = false;
        self.window.clear();
        Begin::Pass(len as u64)
    }

    /// Passes over the end of a frame, and holds its text against the checksum.
    fn end(&mut self, frame: Frame, bytes: &[u8], ended: bool) -> Begin {
        let len = if frame.checksum { 8 } else { 4 };
        if bytes.len() < len {
            return if ended { Begin::Stranger("lz4 frame is cut before its checksum") } else { Begin::Need(len) };
        }
        self.frame = None;
        let announced = word(&bytes[4..]);
        self.doubt = frame.checksum && !self.patched && announced != Some(self.hash.finish_32());
        // The doubt is told where a unit ends.
        if self.doubt { Begin::Unit(len) } else { Begin::Pass(len as u64) }
    }

    fn decode(&mut self, frame: Frame, block: &Block, bytes: &[u8]) -> bool {
        let data = &bytes[4..4 + block.data_bytes];
        if frame.block_checksum && word(&bytes[4 + block.data_bytes..]) != Some(XxHash32::oneshot(0, data)) {
            return false;
        }
        if block.stored {
            self.text.extend_from_slice(data);
        } else {
            self.text.resize(frame.text_bytes_max, 0);
            let window = if frame.independent { &[][..] } else { &self.window };
            match decompress_into_with_dict(data, &mut self.text, window) {
                Ok(len) => self.text.truncate(len),
                Err(_) => return false,
            }
        }
        if frame.checksum {
            std::hash::Hasher::write(&mut self.hash, &self.text);
        }
        if !frame.independent {
            self.window.extend_from_slice(&self.text);
            let old = self.window.len().saturating_sub(WINDOW_BYTES);
            self.window.drain(..old);
        }
        true
    }
}

impl Frame {
    /// The block that a size announces, if it can be one.
    fn block(self, size: u32) -> Option<Block> {
        let stored = size & STORED != 0 && !self.legacy;
        let data_bytes = usize::try_from(if self.legacy { size } else { size & !STORED }).ok()?;
        // Data that does not compress is stored, or in legacy frames grows by one in 255.
        let max = if self.legacy { LZ4_BLOCK_BYTES - 8 } else { self.text_bytes_max };
        let whole_bytes = 4 + data_bytes + if self.block_checksum { 4 } else { 0 };
        (data_bytes > 0 && data_bytes <= max).then_some(Block { stored, data_bytes, whole_bytes })
    }

    /// Whether an independent block stands here: it decodes to a full block or is the last one, and what may
    /// follow it follows.
    fn stands(self, bytes: &[u8], ended: bool, trial: &mut Trial) -> bool {
        let Some(block) = word(bytes).and_then(|size| self.block(size)) else { return false };
        let Some(rest) = bytes.get(block.whole_bytes..) else { return false };
        let next = word(rest);
        let last = if self.legacy { rest.is_empty() && ended } else { next == Some(0) };
        if !last && next.is_none_or(|size| self.block(size).is_none()) {
            return false;
        }
        let data = &bytes[4..4 + block.data_bytes];
        // How far a block decodes that is none is not told.
        if !trial.spend(if self.block_checksum || block.stored { data.len() } else { self.text_bytes_max }) {
            return false;
        }
        if self.block_checksum {
            return word(&bytes[4 + block.data_bytes..]) == Some(XxHash32::oneshot(0, data));
        }
        if block.stored {
            // Nothing in it tells; a full one, or the last one, is likely.
            return last || block.data_bytes == self.text_bytes_max;
        }
        let mut text = vec![0; self.text_bytes_max];
        decompress_into(data, &mut text).is_ok_and(|len| len == self.text_bytes_max || (last && len > 0))
    }
}

/// A frame's header: what it says of its blocks, and how long it is.
fn frame_header(bytes: &[u8]) -> Option<(Frame, usize)> {
    let descriptor = bytes.strip_prefix(MAGIC)?;
    let &[flags, sizes] = descriptor.first_chunk::<2>()?;
    if flags >> 6 != 1 || flags & 0x02 != 0 || sizes & 0x8f != 0 {
        return None;
    }
    let text_bytes_max = match sizes >> 4 {
        code @ 4..=7 => 1usize << (8 + 2 * code),
        _ => return None,
    };
    let len = 2 + if flags & FLAG_SIZE != 0 { 8 } else { 0 } + if flags & FLAG_DICTIONARY != 0 { 4 } else { 0 };
    let check = XxHash32::oneshot(0, descriptor.get(..len)?).to_le_bytes()[1];
    // A dictionary from elsewhere is not to be had.
    let known = *descriptor.get(len)? == check && flags & FLAG_DICTIONARY == 0;
    let frame = Frame {
        independent: flags & FLAG_INDEPENDENT != 0,
        block_checksum: flags & FLAG_BLOCK_CHECKSUM != 0,
        checksum: flags & FLAG_CHECKSUM != 0,
        legacy: false,
        text_bytes_max,
    };
    known.then_some((frame, MAGIC.len() + len + 1))
}

/// Whether the first block of a legacy frame stands here.
fn legacy_stands(bytes: &[u8]) -> bool {
    word(bytes).and_then(|size| usize::try_from(size).ok()).is_some_and(|size| size > 0 && size <= LZ4_BLOCK_BYTES - 8)
}

fn word(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::decode::stage::Notes;
    use crate::source::decode::stage::tests::{base, drain};
    use crate::source::decode::units::Salvage;
    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
    use std::io::Write;

    fn lines(n: u32) -> Vec<u8> {
        (0..n).flat_map(|i| format!("line {i} of {}\n", i.wrapping_mul(2_654_435_761)).into_bytes()).collect()
    }

    fn packed(text: &[u8], mode: BlockMode, block_checksums: bool) -> Vec<u8> {
        let info = FrameInfo::new().block_mode(mode).block_size(BlockSize::Max64KB);
        let info = info.block_checksums(block_checksums).content_checksum(true);
        let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
        encoder.write_all(text).expect("memory");
        encoder.finish().expect("memory")
    }

    fn check(file: &[u8], expected: &[u8]) -> Notes {
        let (text, notes) = drain(&mut Salvage::new(base(file), Lz4::default()));
        assert_eq!(String::from_utf8_lossy(&text), String::from_utf8_lossy(expected), "{:?}", notes.problems);
        notes
    }

    #[test]
    fn every_kind_of_frame_is_read() {
        let text = lines(20_000);
        for mode in [BlockMode::Independent, BlockMode::Linked] {
            for sums in [false, true] {
                let file = [packed(&text, mode, sums), packed(b"second\n", mode, sums)].concat();
                let notes = check(&file, &[text.as_slice(), b"second\n"].concat());
                assert!(notes.problems.is_empty() && !notes.cut, "{:?}", notes.problems);
            }
        }
    }

    #[test]
    fn a_legacy_frame_is_read() {
        let data = lz4_flex::block::compress(b"old but good\n");
        let size = u32::try_from(data.len()).expect("small").to_le_bytes();
        let file = [LEGACY_MAGIC, &size, &data].concat();
        assert!(check(&file, b"old but good\n").problems.is_empty());
    }

    #[test]
    fn a_damaged_block_costs_only_itself() {
        let text = lines(20_000);
        let mut file = packed(&text, BlockMode::Independent, true);
        let at = file.len() / 2;
        file.remove(at);
        let (found, notes) = drain(&mut Salvage::new(base(&file), Lz4::default()));
        assert!(
            found.len() >= text.len() - (64 << 10) && !notes.problems.is_empty(),
            "{} of {}: {:?}",
            found.len(),
            text.len(),
            notes.problems
        );
        assert!(found.ends_with(&text[text.len() - 60_000..]));
    }

    #[test]
    fn a_changed_letter_is_told_by_the_checksum() {
        let mut file = packed(b"these words do not repeat\n", BlockMode::Independent, false);
        let at = file.windows(5).position(|w| w == b"words").expect("stored as it is");
        file[at] = b'W';
        let notes = check(&file, b"these Words do not repeat\n");
        assert!(notes.problems[0].reason.contains("checksum"));
    }
}
