//! Blocks of Meituan Logan: stored bytes come in, lines of JSON go out.
//!
//! Layout, from github.com/Meituan-Dianping/Logan at 4c1ebca (`Logan/Clogan/clogan_core.c`, `zlib_util.c`,
//! `aes_util.c`, `construct_data.c`): a file is blocks one after another; a block is `0x01`, a big-endian u32
//! length, that many bytes of AES-128 in CBC mode, and a zero byte once the writer has closed it. Every block
//! begins with the same initialisation vector, and inside is one gzip stream, flushed after every line and
//! closed with PKCS#7 padding; where the app died it is not closed, and what the last 16 bytes lacked is lost.
//! Where zlib could not be had, the lines are there uncompressed. The cache `logan.mmap2` holds the block in
//! work behind `0x0d`, u16 length, JSON with the name of the file, `0x0e` and the u24 length of what counts.
//!
//! Each line: `{"c":text,"f":type,"l":ms since 1970,"n":thread,"i":thread id,"m":main thread}`.

use std::fmt;
use std::sync::Arc;

use aes::Aes128;
use aes::cipher::{Block, BlockModeDecrypt, KeyIvInit};
use flate2::Crc;

use super::gzip;
use super::inflate::{Inflate, Inflater};
use super::stage::Notes;
use super::trial::Trial;
use super::units::{Begin, Place, Step, Units};
use super::xlog_key::hex;
use crate::source::limits::LOGAN_BLOCK_BYTES;
use crate::source::problem::{Problem, ProblemKind};
use crate::source::secrets::Secrets;

/// First byte of a block.
const BLOCK: u8 = 0x01;
/// First byte of the cache, and the one behind its JSON.
const CACHE: u8 = 0x0d;
const CACHE_JSON_END: u8 = 0x0e;
/// The cache's JSON is shorter.
const CACHE_JSON_BYTES_MAX: usize = 1_024;
/// First byte and length.
const HEADER_BYTES: usize = 5;
/// Bytes of a key, an initialisation vector and a block of AES.
const AES_BYTES: usize = 16;

/// Key and initialisation vector of an app.
#[derive(Clone)]
pub struct LoganKey {
    key: [u8; AES_BYTES],
    iv: [u8; AES_BYTES],
}

impl fmt::Debug for LoganKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoganKey(..)")
    }
}

impl LoganKey {
    /// Reads key and initialisation vector, each 16 bytes of text or 32 hex digits.
    ///
    /// # Errors
    /// What is wrong with them; they are not repeated.
    pub(in crate::source) fn parse(key: &str, iv: &str) -> Result<Self, String> {
        let bytes = |what: &str, text: &str| -> Result<[u8; AES_BYTES], String> {
            let hexed = if text.len() == 2 * AES_BYTES { hex(text) } else { None };
            let bytes = hexed.unwrap_or_else(|| text.as_bytes().to_vec());
            let wrong = |bytes: Vec<u8>| format!("{what} of {} bytes, 16 are needed (as text, or as 32 hex digits)", bytes.len());
            bytes.try_into().map_err(wrong)
        };
        Ok(Self { key: bytes("a key", key)?, iv: bytes("an initialisation vector", iv)? })
    }

    /// Decrypts whole AES blocks in place.
    fn decrypt(&self, bytes: &mut [u8]) {
        let mut cbc = cbc::Decryptor::<Aes128>::new(&self.key.into(), &self.iv.into());
        let (blocks, _) = bytes.as_chunks_mut::<AES_BYTES>();
        for block in blocks {
            let mut one: Block<Aes128> = (*block).into();
            cbc.decrypt_block(&mut one);
            *block = one.into();
        }
    }
}

/// A block being decoded.
struct Body {
    bytes: Vec<u8>,
    taken: usize,
    /// None where the lines are not compressed.
    inflater: Option<Inflater>,
    /// Of the text so far.
    crc: Crc,
    /// The writer has closed it.
    closed: bool,
}

/// The blocks of a Logan file.
pub(in crate::source) struct Logan {
    secrets: Arc<Secrets>,
    body: Option<Body>,
    /// Where the bytes of the cache that count end.
    cache_end: Option<u64>,
    blocks: u64,
    locked: u64,
    locked_bytes: u64,
}

impl Logan {
    /// Blocks are read with these keys.
    pub(in crate::source) fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets, body: None, cache_end: None, blocks: 0, locked: 0, locked_bytes: 0 }
    }

    /// Takes the block at the start of bytes, of which `end` are there.
    fn take(&mut self, bytes: &[u8], end: usize, place: &mut Place<'_>) -> Begin {
        self.blocks += 1;
        let content = bytes.get(HEADER_BYTES..end).unwrap_or_default();
        let content = &content[..content.len() - content.len() % AES_BYTES];
        let opened = self.secrets.logan_keys.iter().find_map(|key| {
            let mut first = content.get(..AES_BYTES)?.to_vec();
            key.decrypt(&mut first);
            let gzipped = gzip::is_header(&first);
            if !gzipped && !first.starts_with(b"{\"") {
                return None;
            }
            let mut clear = content.to_vec();
            key.decrypt(&mut clear);
            Some((clear, gzipped))
        });
        let Some((clear, gzipped)) = opened else {
            self.locked += 1;
            self.locked_bytes += end as u64;
            *place.lost = true;
            return Begin::Pass(end as u64);
        };
        let taken = if gzipped { gzip::header_len(&clear).unwrap_or(clear.len()).min(clear.len()) } else { 0 };
        let closed = self.cache_end.is_none() && bytes.get(end) == Some(&0);
        self.body = Some(Body { bytes: clear, taken, inflater: gzipped.then(Inflater::default), crc: Crc::new(), closed });
        Begin::Unit(end)
    }

    /// The header of the cache, if it stands here: its length, and where what counts ends.
    fn cache(bytes: &[u8]) -> Option<(usize, usize)> {
        let &[CACHE, l0, l1] = bytes.first_chunk::<3>()? else { return None };
        let json = usize::from(u16::from_le_bytes([l0, l1]));
        let &[CACHE_JSON_END, t0, t1, t2] = bytes.get(3 + json..)?.first_chunk::<4>()? else { return None };
        let total = usize::try_from(u32::from_le_bytes([t0, t1, t2, 0])).ok()?;
        (json < CACHE_JSON_BYTES_MAX && bytes.get(3) == Some(&b'{')).then_some((7 + json, 7 + json + total))
    }
}

impl Units for Logan {
    const LOOK_BYTES: usize = 2 * HEADER_BYTES + LOGAN_BLOCK_BYTES + 1;
    const IN_VAIN_BYTES: usize = 0;

    fn begin(&mut self, bytes: &[u8], ended: bool, place: &mut Place<'_>) -> Begin {
        if self.cache_end.is_some_and(|end| place.offset >= end) {
            // What an earlier, longer block has left in the cache.
            return Begin::Pass(bytes.len() as u64);
        }
        let zeros = bytes.iter().take_while(|b| **b == 0).count();
        if zeros > 0 {
            return Begin::Pass(zeros as u64);
        }
        if bytes.len() < CACHE_JSON_BYTES_MAX && bytes[0] == CACHE && !ended {
            return Begin::Need(CACHE_JSON_BYTES_MAX);
        }
        if let Some((header, end)) = Self::cache(bytes) {
            self.cache_end = Some(place.offset + end as u64);
            return Begin::Pass(header as u64);
        }
        if bytes.len() < HEADER_BYTES && !ended {
            return Begin::Need(HEADER_BYTES);
        }
        let Some(len) = content_bytes(bytes) else { return Begin::Stranger("no Logan block begins here") };
        let end = HEADER_BYTES + len;
        if bytes.len() < end + 1 && !ended {
            return Begin::Need(end + 1);
        }
        let mut trial = place.notes.trial();
        if bytes.len() < end {
            let inside = (1..bytes.len()).any(|at| stands(&bytes[at..], ended, &mut trial));
            place.notes.settle(&trial);
            if inside {
                return Begin::Stranger("Logan block does not end where its length says");
            }
            place.notes.cut(place.offset, format!("last Logan block is cut, {} of {end} bytes are there", bytes.len()));
            return self.take(bytes, bytes.len(), place);
        }
        let follows = follows(&bytes[end..], ended, &mut trial);
        if !follows && !ended && bytes.len() < Self::LOOK_BYTES {
            return Begin::Need(Self::LOOK_BYTES);
        }
        let sound = follows || !(1..end).any(|at| stands(&bytes[at..], ended, &mut trial));
        place.notes.settle(&trial);
        if sound && matches!(bytes.get(end), None | Some(&(0 | BLOCK | CACHE))) {
            return self.take(bytes, end, place);
        }
        Begin::Stranger("Logan block does not end where its length says")
    }

    fn step(&mut self, _: &[u8], _: bool, out: &mut [u8]) -> (usize, usize, Step) {
        let Some(body) = &mut self.body else { return (0, 0, Step::End) };
        let rest = &body.bytes[body.taken..];
        let (taken, given, state) = if let Some(inflater) = &mut body.inflater {
            inflater.step(rest, out)
        } else {
            // Padding stands behind the last line.
            let text = rest.iter().rposition(|b| *b == b'\n').map_or(&rest[..0], |at| &rest[..=at]);
            let n = text.len().min(out.len());
            out[..n].copy_from_slice(&text[..n]);
            (n, n, Inflate::More)
        };
        body.taken += taken;
        body.crc.update(&out[..given]);
        let step = match state {
            Inflate::Damaged => return (0, given, Step::Damaged("damaged content of a Logan block")),
            Inflate::End if body.bytes[body.taken..].starts_with(&gzip::trailer_of(&body.crc)) => Step::End,
            Inflate::End => Step::Doubt("checksum of the Logan block is another one than announced"),
            Inflate::More if given > 0 => Step::More,
            Inflate::More if body.closed && body.inflater.is_some() => Step::Doubt("content of the Logan block ends early"),
            // A stream that the writer did not close ends with its bytes.
            Inflate::More => Step::End,
        };
        if step != Step::More {
            self.body = None;
        }
        (0, given, step)
    }

    fn find(&mut self, bytes: &[u8], ended: bool, _: bool, trial: &mut Trial) -> Option<usize> {
        self.body = None;
        memchr::memchr2_iter(BLOCK, CACHE, bytes).find(|at| stands(&bytes[*at..], ended, trial))
    }

    fn rest(&self) -> usize {
        self.body.as_ref().map_or(0, |b| b.bytes.len() - b.taken)
    }

    fn whole(&self) -> bool {
        true
    }

    fn finish(&mut self, notes: &mut Notes) {
        if self.locked == 0 {
            return;
        }
        let (locked, blocks, keys) = (self.locked, self.blocks, self.secrets.logan_keys.len());
        let reason = match keys {
            0 => format!("{locked} encrypted blocks of {blocks}, key needed (--logan-key-file)"),
            1 => format!("{locked} encrypted blocks of {blocks}, the key does not fit"),
            n => format!("{locked} encrypted blocks of {blocks}, none of the {n} keys fits"),
        };
        let kind = if locked == blocks { ProblemKind::Unreadable } else { ProblemKind::Damaged };
        let problem = Problem::new(notes.file(), kind, reason).action("encrypted blocks left out, all others read");
        notes.problems.push(Problem { skipped_bytes: Some(self.locked_bytes), ..problem });
    }
}

/// How long the content of the block is that begins here.
fn content_bytes(bytes: &[u8]) -> Option<usize> {
    let &[BLOCK, l0, l1, l2, l3] = bytes.first_chunk::<HEADER_BYTES>()? else { return None };
    let len = usize::try_from(u32::from_be_bytes([l0, l1, l2, l3])).ok()?;
    (len > 0 && len.is_multiple_of(AES_BYTES) && len <= LOGAN_BLOCK_BYTES).then_some(len)
}

/// Whether a good block begins here, and another one, padding or the end follows it.
pub(in crate::source) fn stands(bytes: &[u8], ended: bool, trial: &mut Trial) -> bool {
    if bytes.first() == Some(&CACHE) {
        return Logan::cache(bytes).is_some();
    }
    let Some(len) = content_bytes(bytes) else { return false };
    bytes.get(HEADER_BYTES + len..).is_some_and(|rest| follows(rest, ended, trial))
}

/// Whether what follows the content of a block may do so: its closing zero or none, then another block, padding
/// or the end.
fn follows(rest: &[u8], ended: bool, trial: &mut Trial) -> bool {
    let zeros = rest.iter().position(|b| *b != 0);
    if !trial.spend(zeros.unwrap_or(rest.len())) {
        return false;
    }
    match zeros {
        None => ended || !rest.is_empty(),
        Some(zeros) => content_bytes(&rest[zeros..]).is_some() || Logan::cache(&rest[zeros..]).is_some(),
    }
}

/// Whether bytes begin like a Logan file.
pub(in crate::source) fn is_logan(head: &[u8], whole: bool) -> bool {
    if Logan::cache(head).is_some() {
        return true;
    }
    match content_bytes(head) {
        Some(len) if HEADER_BYTES + len >= head.len() => !whole || len > head.len() / 2,
        // The next block may itself be damaged.
        Some(len) => matches!(head.get(HEADER_BYTES + len), Some(&(0 | BLOCK))),
        None => false,
    }
}
