//! Blocks of a Mars `.xlog` or `.mmap3`: stored bytes come in, the text of the blocks goes out.
//!
//! Layout, from github.com/Tencent/mars at 6aa5b567 (`log_crypt.cc`, `log_magic_num.h`,
//! `log_zlib_buffer.cc`, `log_zstd_buffer.cc`, `appender.cc`): a file is blocks one after another; a block is a header
//! (magic, u16 number, two hours, u32 length, key bytes), a payload and one zero byte. The writer
//! never ends its deflate or zstd streams, so the end of a payload is a good end. A `.mmap3` is one
//! block in a file padded with zeros. Blocks are numbered per process run, so a missing number is
//! proof of lost lines.

use super::inflate::{Inflater, Step};
use super::problem::ProblemKind;
use super::stage::{Input, Notes, Stage};
use super::xlog_block::{HEADER_BYTES, Header};
use super::zst::Frames;

/// How far resynchronising looks before it gives bytes up.
const SCAN_BYTES: usize = 64 << 10;

enum Coding {
    Plain,
    Deflate(Inflater),
    Zstd(Frames),
}

/// The payload being decoded.
struct Payload {
    bytes: Vec<u8>,
    taken: usize,
    coding: Coding,
    offset: u64,
    seq: u16,
}

/// An xlog file.
pub(super) struct Xlog {
    input: Input,
    payload: Option<Payload>,
    last_seq: u16,
    /// Text is missing before the next byte.
    lost: bool,
    in_line: bool,
    blocks: u64,
    encrypted: u64,
    ended: bool,
}

impl Xlog {
    /// Decodes what the stage below gives.
    pub(super) fn new(below: Box<dyn Stage>) -> Self {
        Self { input: Input::new(below), payload: None, last_seq: 0, lost: false, in_line: false, blocks: 0, encrypted: 0, ended: false }
    }

    /// Moves to the next block; false at the end.
    fn next_block(&mut self, notes: &mut Notes) -> bool {
        loop {
            self.skip_padding(notes);
            let max = notes.limits().xlog_block_bytes;
            let bytes = self.input.fill(HEADER_BYTES + 1, notes);
            if bytes.is_empty() {
                return false;
            }
            let Some(header) = Header::parse(bytes, max) else {
                self.resync("no block begins here", notes);
                continue;
            };
            let bytes = self.input.fill(header.block_bytes(), notes);
            let have = bytes.len();
            if have >= header.block_bytes() {
                if bytes[header.block_bytes() - 1] != 0 {
                    self.resync("block does not end where its length says", notes);
                    continue;
                }
                self.take_block(header, header.payload_bytes, notes);
                return true;
            }
            if (1..have).any(|at| self.stands(at, notes)) {
                self.resync("block does not end where its length says", notes);
                continue;
            }
            let position = self.input.position();
            notes.cut(position, format!("last block is cut, {have} of {} bytes are there", header.block_bytes()));
            self.take_block(header, have.saturating_sub(header.head_bytes).min(header.payload_bytes), notes);
            return true;
        }
    }

    fn skip_padding(&mut self, notes: &mut Notes) {
        loop {
            let bytes = self.input.fill(1, notes);
            let zeros = bytes.iter().take_while(|b| **b == 0).count();
            if zeros == 0 {
                return;
            }
            self.input.consume(zeros);
        }
    }

    /// Whether a good block begins `at` bytes ahead and another one, padding or the end follows it.
    fn stands(&mut self, at: usize, notes: &mut Notes) -> bool {
        let max = notes.limits().xlog_block_bytes;
        let Some(header) = self.input.available().get(at..).and_then(|b| Header::parse(b, max)) else {
            return false;
        };
        let next = at + header.block_bytes();
        let bytes = self.input.fill(next + HEADER_BYTES, notes);
        match bytes.get(next - 1..) {
            Some([0, rest @ ..]) => rest.first().is_none_or(|b| *b == 0) || Header::parse(rest, max).is_some(),
            _ => false,
        }
    }

    /// Looks for the next place where blocks stand.
    fn resync(&mut self, reason: &str, notes: &mut Notes) {
        let from = self.input.position();
        let mut at = 1;
        loop {
            let have = self.input.fill(at + HEADER_BYTES, notes).len();
            if at >= have {
                self.input.consume(have);
                break;
            }
            if self.stands(at, notes) {
                self.input.consume(at);
                break;
            }
            at += 1;
            if at > SCAN_BYTES {
                self.input.consume(at);
                at = 0;
            }
        }
        let skipped = self.input.position() - from;
        notes.damaged(from, reason, &format!("{skipped} bytes skipped to the next block"));
        self.lost = true;
    }

    fn take_block(&mut self, header: Header, payload_len: usize, notes: &mut Notes) {
        let offset = self.input.position();
        let available = self.input.available();
        let start = header.head_bytes.min(available.len());
        let bytes = available[start..(start + payload_len).min(available.len())].to_vec();
        let len = header.block_bytes().min(available.len());
        self.input.consume(len);
        self.blocks += 1;
        self.check_seq(header, offset, notes);
        if header.encrypted() {
            self.encrypted += 1;
            self.lost = true;
            return;
        }
        let (bytes, coding) = match header.magic {
            0x05 => (unframed(&bytes), Coding::Deflate(Inflater::new())),
            0x04 | 0x09 => (bytes, Coding::Deflate(Inflater::new())),
            0x0d => match Frames::new() {
                Ok(frames) => (bytes, Coding::Zstd(frames)),
                Err(_) => return notes.stop(ProblemKind::Limit, "no memory for a zstd decoder"),
            },
            _ => (bytes, Coding::Plain),
        };
        self.payload = Some(Payload { bytes, taken: 0, coding, offset, seq: header.seq });
    }

    /// A number that is neither the first of a process run nor the next one proves lost blocks.
    fn check_seq(&mut self, header: Header, offset: u64, notes: &mut Notes) {
        if !header.numbered() {
            return;
        }
        let (seq, last) = (header.seq, self.last_seq);
        if seq > 1 && last != 0 && seq != last.wrapping_add(1) {
            let reason = format!("block {seq} follows block {last}: blocks between them are missing");
            notes.damaged(offset, reason, "read on, the log is incomplete here");
            self.lost = true;
        }
        self.last_seq = seq;
    }

    fn end(&mut self, notes: &mut Notes) {
        self.ended = true;
        notes.cut |= self.lost;
        if self.encrypted > 0 {
            let (encrypted, blocks) = (self.encrypted, self.blocks);
            let reason = format!("{encrypted} encrypted blocks of {blocks}, key needed");
            let kind = if encrypted == blocks { ProblemKind::Unreadable } else { ProblemKind::Damaged };
            notes.note(kind, reason, "encrypted blocks left out");
        }
    }

    /// Before the first bytes behind a loss: tells it, and ends a line that was left open.
    fn mend(&mut self, out: &mut [u8], notes: &mut Notes) -> usize {
        notes.gap();
        self.lost = false;
        if !self.in_line || out.is_empty() {
            return 0;
        }
        self.in_line = false;
        out[0] = b'\n';
        1
    }
}

impl Stage for Xlog {
    fn read(&mut self, out: &mut [u8], notes: &mut Notes) -> usize {
        while !self.ended {
            let Some(payload) = &mut self.payload else {
                if !self.next_block(notes) {
                    self.end(notes);
                }
                continue;
            };
            let done = payload.taken == payload.bytes.len() && matches!(payload.coding, Coding::Plain);
            if self.lost && !done {
                let n = self.mend(out, notes);
                if n > 0 {
                    return n;
                }
                continue;
            }
            let (given, state) = payload.step(out);
            if state == Step::Damaged {
                let reason = format!("payload of block {} is damaged", payload.seq);
                notes.damaged(payload.offset, reason, "read up to the damage, then on at the next block");
                self.lost = true;
            }
            if state != Step::More {
                self.payload = None;
            }
            if given > 0 {
                self.in_line = out[given - 1] != b'\n';
                return given;
            }
        }
        0
    }
}

impl Payload {
    /// Decodes some more; [`Step::End`] once nothing is left.
    fn step(&mut self, out: &mut [u8]) -> (usize, Step) {
        loop {
            let rest = &self.bytes[self.taken..];
            let (taken, given, state) = match &mut self.coding {
                Coding::Plain => {
                    let n = rest.len().min(out.len());
                    out[..n].copy_from_slice(&rest[..n]);
                    (n, n, Step::More)
                }
                Coding::Deflate(inflater) => inflater.step(rest, out),
                Coding::Zstd(frames) => frames.step(rest, out),
            };
            self.taken += taken;
            if state == Step::Damaged || (state == Step::End && self.taken == self.bytes.len()) {
                return (given, state);
            }
            if given > 0 {
                return (given, Step::More);
            }
            if taken == 0 || state == Step::End && matches!(self.coding, Coding::Deflate(_)) {
                return (0, Step::End);
            }
        }
    }
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
    use crate::source::inflate::tests::deflated;
    use crate::source::limits::XLOG_BLOCK_BYTES;
    use crate::source::stage::tests::{base, drain};
    use crate::source::xlog_block::{OLD_HEADER_BYTES, holds_xlog, is_xlog};

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
        let (text, notes) = drain(&mut Xlog::new(base(file)));
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
        assert!(notes.cut && notes.problems[0].reason == "2 encrypted blocks of 3, key needed");
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
        assert!(!is_xlog(&file, XLOG_BLOCK_BYTES) && holds_xlog(&file, true, XLOG_BLOCK_BYTES));
        check(&file, "a\nb\n");
    }

    #[test]
    fn damage_inside_a_payload_keeps_what_precedes_it_and_ends_the_line() {
        let lines: Vec<u8> = (0..400u32).flat_map(|i| format!("{} line\n", i * 7919).into_bytes()).collect();
        let mut broken = block(9, 1, &lines);
        let middle = broken.len() / 2;
        broken[middle..middle + 40].fill(0xff);
        let file = [broken, block(9, 2, b"next\n")].concat();
        let (text, notes) = drain(&mut Xlog::new(base(&file)));
        assert!(notes.problems.iter().any(|p| p.reason.contains("payload of block 1 is damaged")));
        assert!(text.ends_with(b"\nnext\n") && text.len() > 500, "{} bytes", text.len());
    }

    #[test]
    fn a_cut_last_block_gives_what_is_there() {
        let file = [block(9, 1, b"a\n"), block(8, 0, b"plain text\n")].concat();
        let notes = check(&file[..file.len() - 6], "a\nplain ");
        assert!(notes.cut && notes.problems[0].reason.contains("last block is cut"));
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
            drain(&mut Xlog::new(base(&file[..file.len() - round % 50])));
        }
    }
}
