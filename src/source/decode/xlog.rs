//! Blocks of a Mars `.xlog` or `.mmap3`: stored bytes come in, the text of the blocks goes out.
//!
//! Layout, from github.com/Tencent/mars at 6aa5b567 (`log_crypt.cc`, `log_magic_num.h`,
//! `log_zlib_buffer.cc`, `log_zstd_buffer.cc`, `appender.cc`), for magics 3 to 5 also at e4d1c91f, and for
//! the masked ones `decode_log_file_c_impl`: a file is blocks one after another; a block is a header
//! (magic, u16 number, two hours, u32 length, key bytes), a payload and one zero byte. The writer
//! never ends its deflate or zstd streams, so the end of a payload is a good end. A `.mmap3` is one
//! block in a file padded with zeros. Blocks are numbered per process run, so a missing number is
//! proof of lost lines.

use std::collections::HashMap;
use std::sync::Arc;

use super::inflate::{Inflate, Inflater};
use super::stage::Notes;
use super::trial::Trial;
use super::units::{Begin, Place, Step, Units};
use super::xlog_block::{self, HEADER_BYTES, Header, follows, stands};
use super::xlog_key::{PUBLIC_KEY_BYTES, TeaKey};
use super::zst::Frames;
use crate::source::limits::XLOG_BLOCK_BYTES;
use crate::source::problem::{Problem, ProblemKind};
use crate::source::secrets::Secrets;

/// Where the client's public key stands in a header.
const PUBLIC_KEY_AT: usize = 9;
/// So much of an encrypted payload is decoded to see whether a key fits.
const TRIAL_BYTES: usize = 512;
/// Clients whose keys are kept: one a process run.
const CLIENTS_MAX: usize = 4_096;

enum Coding {
    Plain,
    Deflate(Inflater),
    Zstd(Frames),
}

impl Coding {
    /// How the payload of a kind of block is coded; none if there is no memory for a decoder.
    fn of(magic: u8) -> Option<Self> {
        match magic {
            0x02 | 0x04 | 0x05 | 0x07 | 0x09 => Some(Self::Deflate(Inflater::default())),
            0x0c | 0x0d => Frames::new().ok().map(Self::Zstd),
            _ => Some(Self::Plain),
        }
    }

    /// Decodes some of a payload: bytes taken, bytes given, and how it ended.
    fn step(&mut self, rest: &[u8], out: &mut [u8]) -> (usize, usize, Inflate) {
        match self {
            Self::Plain => {
                let n = rest.len().min(out.len());
                out[..n].copy_from_slice(&rest[..n]);
                (n, n, Inflate::More)
            }
            Self::Deflate(inflater) => inflater.step(rest, out),
            Self::Zstd(frames) => frames.step(rest, out),
        }
    }
}

/// The payload being decoded.
struct Payload {
    bytes: Vec<u8>,
    taken: usize,
    coding: Coding,
    /// The closing zero, which stands behind the payload.
    tail_bytes: usize,
}

/// The keys of one process run.
struct Client {
    keys: Vec<TeaKey>,
    /// Whether a block was read with the first of them.
    proven: bool,
}

/// The blocks of an xlog file.
pub(in crate::source) struct Xlog {
    secrets: Arc<Secrets>,
    /// What may decrypt the blocks of each client met, only one once it has.
    clients: HashMap<[u8; PUBLIC_KEY_BYTES], Client>,
    payload: Option<Payload>,
    last_seq: u16,
    blocks: u64,
    encrypted: u64,
    encrypted_bytes: u64,
}

impl Xlog {
    /// Encrypted blocks are read with these keys.
    pub(in crate::source) fn new(secrets: Arc<Secrets>) -> Self {
        let clients = HashMap::new();
        Self { secrets, clients, payload: None, last_seq: 0, blocks: 0, encrypted: 0, encrypted_bytes: 0 }
    }

    /// Takes the block at the start of bytes, of whose payload `payload_bytes` are there.
    fn take(&mut self, bytes: &[u8], header: Header, payload_bytes: usize, place: &mut Place<'_>) -> Begin {
        self.blocks += 1;
        self.check_seq(header, place);
        let end = (header.head_bytes + payload_bytes).min(bytes.len());
        let taken = header.block_bytes().min(bytes.len());
        let mut payload = unmasked(&bytes[header.head_bytes.min(end)..end], header);
        if header.encrypted() && !self.decrypt(bytes, header.magic, &mut payload) {
            self.encrypted += 1;
            self.encrypted_bytes += taken as u64;
            *place.lost = true;
            return Begin::Pass(taken as u64);
        }
        if header.magic == 0x05 {
            payload = unframed(&payload);
        }
        let Some(coding) = Coding::of(header.magic) else { return Begin::Stranger("no memory for a zstd decoder") };
        self.payload = Some(Payload { bytes: payload, taken: 0, coding, tail_bytes: taken - end });
        Begin::Unit(taken)
    }

    /// Whether the whole payload of a block that is not encrypted decodes, and to text.
    fn decodes(bytes: &[u8], header: Header) -> bool {
        let Some(mut coding) = Coding::of(header.magic).filter(|_| !header.encrypted()) else { return false };
        let payload = &bytes[header.head_bytes..header.head_bytes + header.payload_bytes];
        let mut clear = unmasked(payload, header);
        if header.magic == 0x05 {
            clear = unframed(&clear);
        }
        let (mut taken, mut out) = (0, vec![0; TRIAL_BYTES]);
        loop {
            let (n, given, state) = coding.step(&clear[taken..], &mut out);
            taken += n;
            if state == Inflate::Damaged || memchr::memchr(0, &out[..given]).is_some() {
                return false;
            }
            if state == Inflate::End || (n == 0 && given == 0) {
                // Mars flushes its stream after every record (`Z_SYNC_FLUSH`), which leaves an empty stored block.
                let flushed = !matches!(coding, Coding::Deflate(_)) || state == Inflate::End || clear.ends_with(b"\0\0\xff\xff");
                return flushed && taken == clear.len();
            }
        }
    }

    /// Decrypts a payload if a key fits.
    fn decrypt(&mut self, block: &[u8], magic: u8, payload: &mut Vec<u8>) -> bool {
        let Some(public) = block.get(PUBLIC_KEY_AT..).and_then(|b| b.first_chunk::<PUBLIC_KEY_BYTES>()) else { return false };
        if self.clients.len() >= CLIENTS_MAX {
            self.clients.clear();
        }
        let client = self.clients.entry(*public).or_insert_with(|| Client {
            keys: self.secrets.xlog_keys.iter().filter_map(|key| key.shared(public)).collect(),
            proven: false,
        });
        if client.proven {
            client.keys[0].decrypt(payload);
            return true;
        }
        let fits = client.keys.iter().enumerate().find_map(|(at, key)| {
            let mut clear = payload.clone();
            key.decrypt(&mut clear);
            reads(magic, &clear).then_some((at, clear))
        });
        let Some((at, clear)) = fits else { return false };
        client.keys.swap(0, at);
        client.proven = true;
        *payload = clear;
        true
    }

    /// A number that is neither the first of a process run nor the next one proves lost blocks.
    fn check_seq(&mut self, header: Header, place: &mut Place<'_>) {
        if !header.numbered() {
            return;
        }
        let (seq, last) = (header.seq, self.last_seq);
        // After 65,535 comes 1, as it does in a new process run.
        if seq > 1 && last != 0 && seq != last.wrapping_add(1) {
            let reason = format!("block {seq} follows block {last}: blocks between them are missing");
            place.notes.damaged(place.offset, reason, "read on, the log is incomplete here");
            *place.lost = true;
        }
        self.last_seq = seq;
    }
}

impl Units for Xlog {
    const LOOK_BYTES: usize = 2 * HEADER_BYTES + XLOG_BLOCK_BYTES + 1;
    const IN_VAIN_BYTES: usize = 0;

    fn begin(&mut self, bytes: &[u8], ended: bool, place: &mut Place<'_>) -> Begin {
        let zeros = bytes.iter().take_while(|b| **b == 0).count();
        if zeros > 0 {
            return Begin::Pass(zeros as u64);
        }
        if bytes.len() < HEADER_BYTES && !ended {
            return Begin::Need(HEADER_BYTES);
        }
        let max = place.notes.limits().xlog_block_bytes;
        let Some(longest) = Header::longest(bytes, max) else { return Begin::Stranger("no xlog block begins here") };
        // And the start of what follows it.
        let need = longest.block_bytes() + HEADER_BYTES;
        if bytes.len() < need && !ended {
            return Begin::Need(need);
        }
        if let Some(header) = Header::closed(bytes, max).or_else(|| Header::followed(bytes, ended, max)) {
            // A length that lies may hit a zero of the next header, whose key is often zeros.
            let end = header.block_bytes();
            let mut trial = place.notes.trial();
            if !follows(&bytes[end..], ended, max, &mut trial) && (header.numbered() || !Self::decodes(bytes, header)) {
                if !ended && bytes.len() < Self::LOOK_BYTES {
                    return Begin::Need(Self::LOOK_BYTES);
                }
                // What stands inside by accident has any number.
                let inside = (1..end).any(|at| stands(&bytes[at..], ended, max, &mut trial) && header.precedes(&bytes[at..], max));
                place.notes.settle(&trial);
                if inside {
                    return Begin::Stranger("xlog block does not end where its length says");
                }
            }
            return self.take(bytes, header, header.payload_bytes, place);
        }
        let have = bytes.len();
        let mut trial = place.notes.trial();
        let inside = have >= longest.block_bytes() || (1..have).any(|at| stands(&bytes[at..], ended, max, &mut trial));
        place.notes.settle(&trial);
        if inside {
            return Begin::Stranger("xlog block does not end where its length says");
        }
        let reason = format!("last xlog block is cut, {have} of {} bytes are there", longest.block_bytes());
        place.notes.cut(place.offset, reason);
        self.take(bytes, longest, have.saturating_sub(longest.head_bytes), place)
    }

    fn step(&mut self, _: &[u8], _: bool, out: &mut [u8]) -> (usize, usize, Step) {
        let Some(payload) = &mut self.payload else { return (0, 0, Step::End) };
        loop {
            let rest = &payload.bytes[payload.taken..];
            let (taken, given, state) = payload.coding.step(rest, out);
            payload.taken += taken;
            let step = match state {
                Inflate::Damaged => Step::Damaged("damaged payload of an xlog block"),
                Inflate::More if taken == 0 && given == 0 => Step::End,
                Inflate::End if payload.taken == payload.bytes.len() => Step::End,
                // A writer that ends its streams may begin another one in the same block.
                Inflate::End if matches!(payload.coding, Coding::Deflate(_)) => Step::End,
                Inflate::End | Inflate::More => Step::More,
            };
            if step == Step::End {
                self.payload = None;
                return (0, given, step);
            }
            if given > 0 || step != Step::More {
                return (0, given, step);
            }
        }
    }

    fn find(&mut self, bytes: &[u8], ended: bool, _: bool, trial: &mut Trial) -> Option<usize> {
        self.payload = None;
        xlog_block::find(bytes, ended, XLOG_BLOCK_BYTES, trial)
    }

    fn rest(&self) -> usize {
        self.payload.as_ref().map_or(0, |p| p.bytes.len() - p.taken + p.tail_bytes)
    }

    fn whole(&self) -> bool {
        true
    }

    fn finish(&mut self, notes: &mut Notes) {
        if self.encrypted == 0 {
            return;
        }
        let (encrypted, blocks, keys) = (self.encrypted, self.blocks, self.secrets.xlog_keys.len());
        let reason = match keys {
            0 => format!("{encrypted} encrypted blocks of {blocks}, key needed (--xlog-key-file)"),
            1 => format!("{encrypted} encrypted blocks of {blocks}, the key does not fit"),
            n => format!("{encrypted} encrypted blocks of {blocks}, none of the {n} keys fits"),
        };
        let kind = if encrypted == blocks { ProblemKind::Unreadable } else { ProblemKind::Damaged };
        let problem = Problem::new(notes.file(), kind, reason).action("encrypted blocks left out, all others read");
        notes.problems.push(Problem { skipped_bytes: Some(self.encrypted_bytes), ..problem });
    }
}

/// Whether a payload decodes to text.
fn reads(magic: u8, payload: &[u8]) -> bool {
    let Some(mut coding) = Coding::of(magic) else { return false };
    let mut out = [0; TRIAL_BYTES];
    let (_, given, state) = coding.step(payload, &mut out);
    let text = &out[..given];
    let well_formed = text.utf8_chunks().map(|c| c.valid().chars().filter(|c| !c.is_control() || c.is_whitespace()).count()).sum::<usize>();
    let chars = text.utf8_chunks().map(|c| c.valid().chars().count() + c.invalid().len()).sum::<usize>();
    // A wrong key leaves nothing that decodes, or a few bytes of noise; damage further on leaves text.
    payload.is_empty() || (given > 0 && well_formed * 10 >= chars * 9 && (state != Inflate::Damaged || given >= TRIAL_BYTES / 4))
}

/// A payload without its mask; most have none.
fn unmasked(payload: &[u8], header: Header) -> Vec<u8> {
    let mut payload = payload.to_vec();
    if header.mask != 0 {
        for byte in &mut payload {
            *byte ^= header.mask;
        }
    }
    payload
}

/// Payloads of 2017 hold their stream in pieces, each behind its u16 length.
fn unframed(bytes: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((len, behind)) = rest.split_first_chunk::<2>() {
        let piece = usize::from(u16::from_le_bytes(*len)).min(behind.len());
        joined.extend_from_slice(&behind[..piece]);
        rest = &behind[piece..];
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::decode::inflate::tests::deflated;
    use crate::source::decode::stage::tests::{base, drain};
    use crate::source::decode::units::Salvage;
    use crate::source::decode::xlog_block::{OLD_HEADER_BYTES, find, is_xlog};

    fn xlog(file: &[u8]) -> Salvage<Xlog> {
        Salvage::new(base(file), Xlog::new(Arc::default()))
    }

    /// A block as the writer makes it: its deflate stream is flushed and never ended.
    fn block(magic: u8, seq: u16, text: &[u8]) -> Vec<u8> {
        let payload = match magic {
            0x04 | 0x07 | 0x09 => unended(text),
            0x05 => unended(text).chunks(7).flat_map(framed).collect(),
            0x0d => flushed_zstd(text),
            _ => text.to_vec(),
        };
        let keys = if magic < 6 { OLD_HEADER_BYTES - 9 } else { HEADER_BYTES - 9 };
        let mut block = vec![magic];
        block.extend(seq.to_le_bytes());
        block.extend([9, 10]);
        block.extend(u32::try_from(payload.len()).expect("small").to_le_bytes());
        block.extend(std::iter::repeat_n(0xa5, keys));
        block.extend(payload);
        block.push(0);
        block
    }

    fn framed(piece: &[u8]) -> Vec<u8> {
        let len = u16::try_from(piece.len()).expect("seven at most");
        [&len.to_le_bytes(), piece].concat()
    }

    fn unended(text: &[u8]) -> Vec<u8> {
        let mut stream = flate2::Compress::new(flate2::Compression::best(), false);
        let mut out = Vec::with_capacity(text.len() + 1000);
        stream.compress_vec(text, &mut out, flate2::FlushCompress::Sync).expect("memory");
        out
    }

    fn flushed_zstd(text: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).expect("memory");
        encoder.write_all(text).expect("memory");
        encoder.flush().expect("memory");
        encoder.get_ref().clone()
    }

    fn check(file: &[u8], expected: &str) -> Notes {
        let (text, notes) = drain(&mut xlog(file));
        assert_eq!(String::from_utf8_lossy(&text), expected, "{:?}", notes.problems);
        notes
    }

    #[test]
    fn every_unencrypted_kind_of_block_is_read() {
        for magic in [3, 4, 5, 6, 8, 9, 10, 11, 13] {
            let file = [block(magic, 1, b"first line\n"), block(magic, 2, b"second line\n")].concat();
            assert!(is_xlog(&file, XLOG_BLOCK_BYTES), "magic {magic}");
            let notes = check(&file, "first line\nsecond line\n");
            assert!(notes.problems.is_empty() && !notes.cut && !notes.gap, "magic {magic}: {:?}", notes.problems);
        }
    }

    #[test]
    fn a_cache_padded_with_zeros_is_one_block() {
        let mut file = block(9, 1, b"last words\n");
        file.resize(150 << 10, 0);
        assert!(is_xlog(&file[..4096], XLOG_BLOCK_BYTES));
        assert!(check(&file, "last words\n").problems.is_empty());
    }

    #[test]
    fn a_missing_number_is_a_loss_and_a_new_run_is_none() {
        let file = [block(9, 1, b"a\n"), block(9, 3, b"c\n"), block(9, 1, b"d\n"), block(9, 2, b"e\n")].concat();
        let notes = check(&file, "a\nc\nd\ne\n");
        assert_eq!(notes.problems.len(), 1);
        assert!(notes.gap && notes.problems[0].reason.contains("block 3 follows block 1"));
    }

    #[test]
    fn encrypted_blocks_are_counted_and_the_others_read() {
        let file = [block(7, 1, b"secret\n"), block(8, 0, b"open\n"), block(7, 2, b"secret\n")].concat();
        let notes = check(&file, "open\n");
        assert!(notes.cut && notes.problems[0].reason.starts_with("2 encrypted blocks of 3, key needed"));
    }

    #[test]
    fn a_block_with_a_lying_length_costs_only_itself() {
        let mut liar = block(9, 2, b"lost\n");
        liar[5] ^= 0x55;
        let file = [block(9, 1, b"a\n"), liar, block(9, 3, b"c\n"), block(9, 4, b"d\n")].concat();
        assert!(is_xlog(&file, XLOG_BLOCK_BYTES));
        let notes = check(&file, "a\nc\nd\n");
        assert!(notes.gap && notes.problems[0].action.contains("bytes skipped"));
    }

    #[test]
    fn garbage_before_the_first_block_is_skipped() {
        let file = [b"\xff\xee garbage".to_vec(), block(9, 1, b"a\n"), block(9, 2, b"b\n")].concat();
        assert!(!is_xlog(&file, XLOG_BLOCK_BYTES) && find(&file, true, XLOG_BLOCK_BYTES, &mut Trial::new(1 << 20)).is_some());
        check(&file, "a\nb\n");
    }

    #[test]
    fn damage_inside_a_payload_keeps_what_precedes_it_and_ends_the_line() {
        let lines: Vec<u8> = (0..400u32).flat_map(|i| format!("{} line\n", i * 7919).into_bytes()).collect();
        let mut broken = block(9, 1, &lines);
        let middle = broken.len() / 2;
        broken[middle..middle + 40].fill(0xff);
        let file = [broken, block(9, 2, b"next\n")].concat();
        let (text, notes) = drain(&mut xlog(&file));
        assert!(notes.problems.iter().any(|p| p.reason.contains("damaged payload of an xlog block")));
        assert!(text.ends_with(b"\nnext\n") && text.len() > 500, "{} bytes", text.len());
    }

    #[test]
    fn a_cut_last_block_gives_what_is_there() {
        let file = [block(9, 1, b"a\n"), block(8, 0, b"plain text\n")].concat();
        let notes = check(&file[..file.len() - 6], "a\nplain ");
        assert!(notes.cut && notes.problems[0].reason.contains("last xlog block is cut"));
    }

    #[test]
    fn no_bytes_make_it_panic_or_hang() {
        let mut state = 7u32;
        for round in 0..200usize {
            let mut file = [block(9, 1, b"some text\n"), block(13, 2, b"some more\n"), deflated(b"x")].concat();
            for _ in 0..=round % 9 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = state as usize % file.len();
                file[at] = state.to_be_bytes()[0];
            }
            drain(&mut xlog(&file[..file.len() - round % 50]));
        }
    }
}
