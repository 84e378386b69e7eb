//! Xz: streams of blocks come in, decoded bytes go out. Each block decodes by itself.
//!
//! Layout: "The .xz File Format" 1.2.1 (tukaani.org), sections 2.1.1 (stream header), 3 (block) and 4
//! (index). The LZMA2 decoder is liblzma's; the frame around it is read here, because liblzma gives up a
//! stream at its first damaged block.

use crc::{CRC_64_XZ, Crc};
use liblzma::stream::{Action, Filters, Status, Stream};
use sha2::{Digest, Sha256};

use super::stage::Notes;
use super::trial::Trial;
use super::units::{Begin, Place, Step, Units};
use crate::source::limits::XZ_INDEX_BYTES;

/// Start of a stream.
pub(in crate::source) const MAGIC: &[u8] = b"\xfd7zXZ\0";
/// End of a stream.
const FOOTER_MAGIC: &[u8] = b"YZ";
/// Header and footer of a stream.
const STREAM_HEADER_BYTES: usize = 12;
/// Longest header of a block.
const BLOCK_HEADER_BYTES_MAX: usize = 1_024;
/// How much compressed input one step gets, so that what precedes damage is kept.
const STEP_BYTES: usize = 4 << 10;
/// The only filter that text is packed with.
const FILTER_LZMA2: u64 = 0x21;
/// Largest dictionary, as its coded size: 256 MiB; `xz -9` takes 64 MiB.
const DICTIONARY_CODE_MAX: u8 = 32;
const CRC_64: Crc<u64> = Crc::<u64>::new(&CRC_64_XZ);

/// The checksum that a stream announces for its blocks.
enum Check {
    /// None, or one that is not known, of so many bytes.
    Unread(usize),
    Crc32(flate2::Crc),
    Crc64(crc::Digest<'static, u64>),
    Sha256(Sha256),
}

impl Check {
    fn new(id: u8) -> Self {
        match id {
            0x01 => Self::Crc32(flate2::Crc::new()),
            0x04 => Self::Crc64(CRC_64.digest()),
            0x0a => Self::Sha256(Sha256::new()),
            // Section 2.1.1.2: sizes of the reserved ones are fixed.
            id => Self::Unread([0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64][usize::from(id & 0x0f)]),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Unread(_) => {}
            Self::Crc32(crc) => crc.update(bytes),
            Self::Crc64(crc) => crc.update(bytes),
            Self::Sha256(hash) => hash.update(bytes),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Unread(len) => *len,
            Self::Crc32(_) => 4,
            Self::Crc64(_) => 8,
            Self::Sha256(_) => 32,
        }
    }

    fn holds(self, stored: &[u8]) -> bool {
        match self {
            Self::Unread(_) => true,
            Self::Crc32(crc) => crc.sum().to_le_bytes() == stored,
            Self::Crc64(crc) => crc.finalize().to_le_bytes() == stored,
            Self::Sha256(hash) => hash.finalize()[..] == *stored,
        }
    }
}

enum Body {
    /// The LZMA2 data of a block, and how many bytes of it were taken.
    Data(Stream, u64),
    /// Padding and checksum behind it: how long, and what is there of them.
    Trailer(usize, Vec<u8>),
}

/// The blocks of an xz file.
pub(in crate::source) struct Xz {
    /// Kind of checksum, of the last stream header that could be read.
    check_id: u8,
    /// A stream is open: a block or its index is expected.
    open: bool,
    check: Check,
    body: Option<Body>,
}

impl Default for Xz {
    fn default() -> Self {
        // CRC-64 is what xz writes unless told otherwise.
        Self { check_id: 0x04, open: false, check: Check::new(0x04), body: None }
    }
}

impl Units for Xz {
    const LOOK_BYTES: usize = BLOCK_HEADER_BYTES_MAX;
    // For a decoder that was made for it.
    const IN_VAIN_BYTES: usize = 64 << 10;

    fn begin(&mut self, bytes: &[u8], ended: bool, _: &mut Place<'_>) -> Begin {
        if bytes.len() < STREAM_HEADER_BYTES && !ended {
            return Begin::Need(STREAM_HEADER_BYTES);
        }
        if let Some(check_id) = stream_header(bytes) {
            (self.check_id, self.open) = (check_id, true);
            return Begin::Pass(STREAM_HEADER_BYTES as u64);
        }
        let zeros = bytes.iter().take_while(|b| **b == 0).count();
        if !self.open {
            let padding = zeros > 0;
            return if padding { Begin::Pass(zeros as u64) } else { Begin::Stranger("no xz stream begins here") };
        }
        if zeros > 0 {
            return self.index(bytes, ended);
        }
        let header_bytes = (usize::from(bytes[0]) + 1) * 4;
        if bytes.len() < header_bytes && !ended {
            return Begin::Need(header_bytes);
        }
        let Some(dictionary) = block_header(bytes) else { return Begin::Stranger("no xz block begins here") };
        let mut filters = Filters::new();
        let decoder = filters.lzma2_properties(&[dictionary]).ok().and_then(|f| Stream::new_raw_decoder(f).ok());
        let Some(decoder) = decoder else { return Begin::Stranger("no memory for an xz decoder") };
        self.check = Check::new(self.check_id);
        self.body = Some(Body::Data(decoder, 0));
        Begin::Unit(header_bytes)
    }

    fn step(&mut self, input: &[u8], ended: bool, out: &mut [u8]) -> (usize, usize, Step) {
        match &mut self.body {
            None => (0, 0, Step::End),
            Some(Body::Data(decoder, packed)) => {
                let chunk = &input[..input.len().min(STEP_BYTES)];
                let (had_in, had_out) = (decoder.total_in(), decoder.total_out());
                let result = decoder.process(chunk, out, Action::Run);
                let taken = usize::try_from(decoder.total_in() - had_in).unwrap_or(0).min(chunk.len());
                let given = usize::try_from(decoder.total_out() - had_out).unwrap_or(0).min(out.len());
                self.check.update(&out[..given]);
                *packed += taken as u64;
                let step = match result {
                    Ok(Status::StreamEnd) => {
                        // Blocks are padded to a multiple of four; their headers are such already.
                        let padding = (4 - usize::try_from(*packed % 4).unwrap_or(0)) % 4;
                        self.body = Some(Body::Trailer(padding + self.check.len(), Vec::new()));
                        Step::More
                    }
                    Ok(_) if given > 0 || !ended => Step::More,
                    Ok(_) => Step::Cut("xz block ends early"),
                    Err(_) => Step::Damaged("damaged xz data"),
                };
                (taken, given, step)
            }
            Some(Body::Trailer(len, have)) => {
                let taken = input.len().min(*len - have.len());
                have.extend_from_slice(&input[..taken]);
                if have.len() < *len {
                    return (taken, 0, if ended { Step::Cut("xz block is cut before its checksum") } else { Step::More });
                }
                let check = std::mem::replace(&mut self.check, Check::new(0));
                let holds = check.len() <= have.len() && {
                    let stored = have.split_off(have.len() - check.len());
                    check.holds(&stored) && have.iter().all(|b| *b == 0)
                };
                self.body = None;
                (taken, 0, if holds { Step::End } else { Step::Doubt("checksum of the xz block is another one than announced") })
            }
        }
    }

    fn find(&mut self, bytes: &[u8], ended: bool, _: bool, _: &mut Trial) -> Option<usize> {
        let sure = if ended { bytes.len() } else { bytes.len().saturating_sub(Self::LOOK_BYTES) + 1 };
        let at = (0..sure.min(bytes.len())).find(|at| stands(&bytes[*at..]))?;
        self.body = None;
        self.open = true;
        Some(at)
    }

    fn finish(&mut self, notes: &mut Notes) {
        if self.open {
            notes.cut(notes.raw_bytes, "xz stream ends early");
        }
    }
}

impl Xz {
    /// Passes over the index that closes a stream, and its footer.
    fn index(&mut self, bytes: &[u8], ended: bool) -> Begin {
        let Some(len) = index_bytes(bytes) else {
            let more = !ended && bytes.len() < XZ_INDEX_BYTES;
            return if more { Begin::Need(bytes.len() * 2) } else { Begin::Stranger("index of the xz stream is cut or damaged") };
        };
        let whole = len + STREAM_HEADER_BYTES;
        if bytes.len() < whole && !ended {
            return Begin::Need(whole);
        }
        self.open = false;
        // Every block was read: an index without its footer costs nothing.
        let footed = bytes.get(whole - FOOTER_MAGIC.len()..whole) == Some(FOOTER_MAGIC);
        if footed { Begin::Pass(whole as u64) } else { Begin::Stranger("end of the xz stream is cut or damaged") }
    }
}

/// The kind of checksum that a stream header announces.
fn stream_header(bytes: &[u8]) -> Option<u8> {
    let header = bytes.get(..STREAM_HEADER_BYTES)?;
    let &[zero, check] = header.strip_prefix(MAGIC)?.first_chunk::<2>()?;
    let crc = u32::from_le_bytes(*header.get(8..)?.first_chunk()?);
    (zero == 0 && check < 0x10 && crc32(&header[6..8]) == crc).then_some(check)
}

/// The coded size of the dictionary of the block that begins here. The checksum of the header makes that
/// certain.
fn block_header(bytes: &[u8]) -> Option<u8> {
    let &[size, flags] = bytes.first_chunk::<2>()?;
    // Reserved bits are zero, and one filter is `00`.
    if size == 0 || flags & 0x3f != 0 {
        return None;
    }
    let header = bytes.get(..(usize::from(size) + 1) * 4)?;
    let (body, crc) = header.split_last_chunk::<4>()?;
    let mut fields = body.get(2..)?;
    for present in [0x40, 0x80] {
        if flags & present != 0 {
            number(&mut fields)?;
        }
    }
    if number(&mut fields)? != FILTER_LZMA2 || number(&mut fields)? != 1 {
        return None;
    }
    let (&dictionary, padding) = fields.split_first()?;
    let plain = dictionary <= DICTIONARY_CODE_MAX && padding.iter().all(|b| *b == 0);
    (plain && crc32(body) == u32::from_le_bytes(*crc)).then_some(dictionary)
}

/// How long an index is, its checksum included, if all of it is there.
fn index_bytes(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes.strip_prefix(&[0])?;
    let records = number(&mut rest)?;
    for _ in 0..records {
        number(&mut rest)?;
        number(&mut rest)?;
    }
    let len = (bytes.len() - rest.len()).next_multiple_of(4) + 4;
    let crc = u32::from_le_bytes(*bytes.get(len - 4..)?.first_chunk()?);
    (crc32(&bytes[..len - 4]) == crc).then_some(len)
}

/// Takes a number of one to nine bytes, seven bits each, the low ones first.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Whether a stream or a block stands here.
fn stands(bytes: &[u8]) -> bool {
    stream_header(bytes).is_some() || block_header(bytes).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::decode::stage::tests::{base, drain};
    use crate::source::decode::units::Salvage;
    use liblzma::stream::Check as Kind;

    fn lines(n: u32) -> Vec<u8> {
        (0..n).flat_map(|i| format!("line {i} of {}\n", i.wrapping_mul(2_654_435_761)).into_bytes()).collect()
    }

    /// A stream of blocks of so many bytes of text.
    fn packed(text: &[u8], block_bytes: usize, check: Kind) -> Vec<u8> {
        let mut encoder = Stream::new_easy_encoder(6, check).expect("memory");
        let mut out = Vec::with_capacity(text.len() * 2 + 4_096);
        for block in text.chunks(block_bytes) {
            let mut rest = block;
            loop {
                let before = encoder.total_in();
                let status = encoder.process_vec(rest, &mut out, Action::FullFlush).expect("memory");
                rest = &rest[usize::try_from(encoder.total_in() - before).expect("small")..];
                if status == Status::StreamEnd {
                    break;
                }
            }
        }
        encoder.process_vec(&[], &mut out, Action::Finish).expect("memory");
        out
    }

    fn check(file: &[u8], expected: &[u8]) -> Notes {
        let (text, notes) = drain(&mut Salvage::new(base(file), Xz::default()));
        assert_eq!(String::from_utf8_lossy(&text), String::from_utf8_lossy(expected), "{:?}", notes.problems);
        notes
    }

    #[test]
    fn every_checksum_and_streams_after_one_another_are_read() {
        let text = lines(20_000);
        for kind in [Kind::None, Kind::Crc32, Kind::Crc64, Kind::Sha256] {
            let file = [packed(&text, 50_000, kind), vec![0; 8], packed(b"second\n", 10, kind)].concat();
            let notes = check(&file, &[text.as_slice(), b"second\n"].concat());
            assert!(notes.problems.is_empty() && !notes.cut && !notes.gap, "{:?}", notes.problems);
        }
    }

    #[test]
    fn a_damaged_block_costs_only_itself() {
        let text = lines(20_000);
        let mut file = packed(&text, 50_000, Kind::Crc64);
        let at = file.len() / 2;
        file[at..at + 20].fill(0xff);
        let (found, notes) = drain(&mut Salvage::new(base(&file), Xz::default()));
        assert!(found.len() > text.len() - 60_000 && found.starts_with(&text[..text.len() / 4]), "{} bytes", found.len());
        assert!(found.ends_with(&text[text.len() - 100_000..]) && !notes.problems.is_empty());
    }

    #[test]
    fn a_changed_byte_of_text_is_told_by_the_checksum() {
        // Bytes that do not compress are stored as they are.
        let noise: Vec<u8> = (0..4_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0]).collect();
        let mut file = packed(&noise, 4_000, Kind::Crc64);
        let at = file.len() / 2;
        file[at] ^= 1;
        let (_, notes) = drain(&mut Salvage::new(base(&file), Xz::default()));
        assert!(!notes.problems.is_empty() && notes.cut);
    }
}
