//! Bzip2: streams of blocks come in, decoded bytes go out. Each block decodes by itself.
//!
//! Blocks begin at any bit with a magic of 48 bits, so they are cut out here and each is given to the
//! library as a stream of its own. A block gives its bytes only once all of it was read and its checksum
//! holds: with one bit damaged, the transform yields other bytes from the first to the last.
//!
//! Layout: Joe Tsai, "BZIP2: Format Specification", 2016, sections 2.2 (stream) and 2.3 (block).

use bzip2::{Decompress, Status};

use super::stage::Notes;
use super::trial::Trial;
use super::units::{Begin, Place, Step, Units};
use crate::source::limits::{BZIP2_BLOCK_BYTES, BZIP2_TEXT_BYTES};

/// Start of a stream, before the digit of its block size.
pub(in crate::source) const MAGIC: &[u8] = b"BZh";
/// Start of a stream with its digit.
const HEADER_BYTES: usize = 4;
/// Start of a block: the digits of π.
const BLOCK: u64 = 0x3141_5926_5359;
/// End of a stream: the digits of √π.
const END: u64 = 0x1772_4538_5090;
/// Bits of either.
const MAGIC_BITS: u64 = 48;
/// Bits of a checksum.
const CRC_BITS: u64 = 32;

/// The blocks of a bzip2 file.
#[derive(Default)]
pub(in crate::source) struct Bzip2 {
    /// A stream is open: a block or its end is expected at `bit`.
    open: bool,
    /// Bits of the first byte that belong to the block before.
    bit: u64,
    /// Bytes in which no end of the block was found.
    searched: usize,
    text: Vec<u8>,
    given: usize,
    /// Bytes of a block that could not be decoded.
    lost_bytes: usize,
}

impl Units for Bzip2 {
    const LOOK_BYTES: usize = 16;
    const IN_VAIN_BYTES: usize = 0;

    fn begin(&mut self, bytes: &[u8], ended: bool, place: &mut Place<'_>) -> Begin {
        self.text.clear();
        (self.given, self.lost_bytes) = (0, 0);
        if !self.open {
            return self.header(bytes, ended);
        }
        if bytes.len() < Self::LOOK_BYTES && !ended {
            return Begin::Need(Self::LOOK_BYTES);
        }
        match bits(bytes, self.bit, MAGIC_BITS) {
            Some(END) => {
                (self.open, self.searched) = (false, 0);
                let end = (self.bit + MAGIC_BITS + CRC_BITS).div_ceil(8);
                self.bit = 0;
                if end > bytes.len() as u64 {
                    place.notes.cut(place.offset, "bzip2 stream is cut before its checksum");
                }
                Begin::Pass(end.min(bytes.len() as u64))
            }
            Some(BLOCK) => self.block(bytes, ended, place.notes),
            _ => Begin::Stranger("no bzip2 block begins here"),
        }
    }

    fn step(&mut self, _: &[u8], _: bool, out: &mut [u8]) -> (usize, usize, Step) {
        if self.lost_bytes > 0 {
            return (0, 0, Step::Damaged("damaged bzip2 block"));
        }
        let n = out.len().min(self.text.len() - self.given);
        out[..n].copy_from_slice(&self.text[self.given..self.given + n]);
        self.given += n;
        (0, n, if self.given == self.text.len() { Step::End } else { Step::More })
    }

    fn find(&mut self, bytes: &[u8], _: bool, _: bool, _: &mut Trial) -> Option<usize> {
        (self.searched, self.lost_bytes) = (0, 0);
        // The header of the stream, where one stands before it, says nothing that a block needs.
        let (at, bit) = next_magic(bytes, 0, &[BLOCK, END])?;
        (self.open, self.bit) = (true, bit);
        Some(at)
    }

    fn rest(&self) -> usize {
        self.lost_bytes
    }

    fn whole(&self) -> bool {
        true
    }

    fn finish(&mut self, notes: &mut Notes) {
        if self.open {
            notes.cut(notes.raw_bytes, "bzip2 stream ends early");
        }
    }
}

impl Bzip2 {
    fn header(&mut self, bytes: &[u8], ended: bool) -> Begin {
        let zeros = bytes.iter().take_while(|b| **b == 0).count();
        if zeros > 0 {
            return Begin::Pass(zeros as u64);
        }
        if bytes.len() < HEADER_BYTES && !ended {
            return Begin::Need(HEADER_BYTES);
        }
        if bytes.starts_with(MAGIC) && matches!(bytes.get(3), Some(b'1'..=b'9')) {
            (self.open, self.bit, self.searched) = (true, 0, 0);
            return Begin::Pass(HEADER_BYTES as u64);
        }
        Begin::Stranger("no bzip2 stream begins here")
    }

    /// Takes the block at `bit`, once the start of what follows it is there.
    fn block(&mut self, bytes: &[u8], ended: bool, notes: &mut Notes) -> Begin {
        // Behind the block's own magic; a magic that straddles the last search is met again.
        let from = self.searched.max(7);
        let Some((end, end_bit)) = next_magic(bytes, from, &[BLOCK, END]) else {
            self.searched = bytes.len().saturating_sub(8);
            if bytes.len() > BZIP2_BLOCK_BYTES || ended {
                self.searched = 0;
                return Begin::Stranger(if ended { "bzip2 block ends early" } else { "bzip2 block has no end" });
            }
            return Begin::Need((bytes.len() * 2).min(BZIP2_BLOCK_BYTES + 1));
        };
        self.searched = 0;
        let bits = end as u64 * 8 + end_bit - self.bit;
        let stream = stream_of(bytes, self.bit, bits);
        self.bit = end_bit;
        match stream.ok_or(0).and_then(|stream| decoded(&stream)) {
            Ok(text) => self.text = text,
            Err(in_vain) => {
                self.lost_bytes = end;
                // 50 bytes can hold 45 MB of text; what is wrong with them shows behind it.
                notes.charge(in_vain);
            }
        }
        Begin::Unit(end)
    }
}

/// A block as a stream by itself: header, block, end, and the checksum of the stream, which for one block is
/// that of the block.
fn stream_of(bytes: &[u8], bit: u64, block_bits: u64) -> Option<Vec<u8>> {
    let crc = bits(bytes, bit + MAGIC_BITS, CRC_BITS)?;
    let mut stream = b"BZh9".to_vec();
    let whole = usize::try_from(block_bits / 8).ok()?;
    let from = usize::try_from(bit / 8).ok()?;
    let shift = bit % 8;
    for at in from..from + whole {
        let pair = u16::from_be_bytes([*bytes.get(at)?, bytes.get(at + 1).copied().unwrap_or(0)]);
        stream.push((pair << shift).to_be_bytes()[0]);
    }
    let mut tail = Tail { bytes: stream, open: 0, open_bits: 0 };
    tail.push(bits(bytes, bit + whole as u64 * 8, block_bits % 8)?, block_bits % 8);
    tail.push(END, MAGIC_BITS);
    tail.push(crc, CRC_BITS);
    Some(tail.finish())
}

/// Bytes that bits are added to.
struct Tail {
    bytes: Vec<u8>,
    open: u64,
    open_bits: u64,
}

impl Tail {
    /// Adds up to 48 bits.
    fn push(&mut self, value: u64, bits: u64) {
        self.open = self.open << bits | value;
        self.open_bits += bits;
        while self.open_bits >= 8 {
            self.open_bits -= 8;
            self.bytes.push((self.open >> self.open_bits).to_le_bytes()[0]);
        }
    }

    /// Fills the last byte up.
    fn finish(mut self) -> Vec<u8> {
        if self.open_bits > 0 {
            self.push(0, 8 - self.open_bits);
        }
        self.bytes
    }
}

/// The text of a stream of one block, if all of it is right; else how much of it was decoded.
fn decoded(stream: &[u8]) -> Result<Vec<u8>, usize> {
    let mut decoder = Decompress::new(false);
    let mut text = Vec::new();
    loop {
        if text.len() == text.capacity() {
            if text.len() >= BZIP2_TEXT_BYTES {
                return Err(text.len());
            }
            text.reserve(text.len().clamp(64 << 10, 4 << 20));
        }
        let taken = |decoder: &Decompress| usize::try_from(decoder.total_in()).unwrap_or(usize::MAX);
        let had = (taken(&decoder), text.len());
        let status = stream.get(had.0..).and_then(|rest| decoder.decompress_vec(rest, &mut text).ok());
        match status {
            Some(Status::StreamEnd) => return Ok(text),
            Some(Status::Ok | Status::FlushOk | Status::RunOk | Status::FinishOk) if (taken(&decoder), text.len()) != had => {}
            _ => return Err(text.len()),
        }
    }
}

/// Up to 56 bits at an offset in bits.
fn bits(bytes: &[u8], at: u64, count: u64) -> Option<u64> {
    if count == 0 {
        return Some(0);
    }
    let (first, shift) = (usize::try_from(at / 8).ok()?, at % 8);
    let last = usize::try_from((at + count - 1) / 8).ok()?;
    let value = bytes.get(first..=last)?.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    let below = (last - first + 1) as u64 * 8 - shift - count;
    Some(value >> below & ((1 << count) - 1))
}

/// The first of some magics that begins in byte `from` or behind it, at any bit: byte and bit.
fn next_magic(bytes: &[u8], from: usize, magics: &[u64]) -> Option<(usize, u64)> {
    const MASK: u64 = (1 << MAGIC_BITS) - 1;
    // Two bytes in the middle of every magic at every bit, so that hardly any place is looked at bit by bit.
    let mut middles = [0u64; 1 << 10];
    for middle in magics.iter().flat_map(|magic| (0..8).map(move |low| (magic << low >> 16 & 0xffff) as usize)) {
        middles[middle / 64] |= 1 << (middle % 64);
    }
    let mut window = 0u64;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        window = window << 8 | u64::from(*byte);
        // The window ends with this byte: magics that begin 6 bytes and up to 7 bits before its end.
        let begun = at + 1 - from;
        let middle = (window >> 16 & 0xffff) as usize;
        if begun < 6 || middles[middle / 64] >> (middle % 64) & 1 == 0 {
            continue;
        }
        for low in (0..8).rev() {
            if magics.contains(&(window >> low & MASK)) {
                let end = (at as u64 + 1) * 8 - low;
                let start = end.saturating_sub(MAGIC_BITS);
                let byte = usize::try_from(start / 8).ok()?;
                if byte >= from {
                    return Some((byte, start % 8));
                }
            }
        }
    }
    None
}
