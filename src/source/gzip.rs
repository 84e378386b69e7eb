//! Gzip, any number of members after one another: stored bytes come in, decoded bytes go out.
//! Zero bytes behind the last member are padding; anything else there is told and left.
//!
//! Member layout: RFC 1952, section 2.3.

use super::inflate::{Check, Inflater, Step};
use super::stage::{Input, Notes, Stage};

/// Fixed part of a member header.
const HEADER_BYTES: usize = 10;
/// CRC-32 and size behind the data of a member.
const TRAILER_BYTES: usize = 8;
const FLAG_CRC: u8 = 2;
const FLAG_EXTRA: u8 = 4;
const FLAG_NAME: u8 = 8;
const FLAG_COMMENT: u8 = 16;

enum State {
    Header,
    Body(Inflater, Check),
    Ended,
}

/// A gzip file.
pub(super) struct Gzip {
    input: Input,
    state: State,
    members: u64,
}

impl Gzip {
    /// Decodes what the stage below gives.
    pub(super) fn new(below: Box<dyn Stage>) -> Self {
        Self { input: Input::new(below), state: State::Header, members: 0 }
    }

    fn open_member(&mut self, notes: &mut Notes) {
        self.state = State::Ended;
        let position = self.input.position();
        let head = self.input.fill(HEADER_BYTES, notes);
        if !head.starts_with(&[0x1f, 0x8b]) {
            if self.members == 0 {
                notes.cut(position, "gzip header is damaged");
            } else if head.iter().any(|b| *b != 0) {
                notes.damaged(position, "bytes that are not gzip follow the last member", "left out");
            }
            return;
        }
        match self.header_len(notes) {
            Some(len) => {
                self.input.consume(len);
                self.members += 1;
                self.state = State::Body(Inflater::new(), Check::new(None));
            }
            None => notes.cut(position, "gzip header is cut or damaged"),
        }
    }

    fn header_len(&mut self, notes: &mut Notes) -> Option<usize> {
        let max = usize::try_from(notes.limits().metadata_bytes).unwrap_or(usize::MAX);
        let mut need = HEADER_BYTES;
        loop {
            let bytes = self.input.fill(need, notes);
            if let Some(len) = header_len(bytes)
                && len <= bytes.len()
            {
                return Some(len);
            }
            if bytes.len() < need || need > max {
                return None;
            }
            need = bytes.len() + 1;
        }
    }

    fn close_member(&mut self, check: Check, notes: &mut Notes) {
        let position = self.input.position();
        let tail = self.input.fill(TRAILER_BYTES, notes);
        if let Some(crc) = tail.first_chunk::<4>() {
            check.expect(u32::from_le_bytes(*crc)).finish(position, notes);
        }
        let len = tail.len();
        if len < TRAILER_BYTES {
            self.input.consume(len);
            notes.cut(position, "gzip member is cut before its checksum");
            self.state = State::Ended;
        } else {
            self.input.consume(TRAILER_BYTES);
            self.state = State::Header;
        }
    }
}

impl Stage for Gzip {
    fn read(&mut self, out: &mut [u8], notes: &mut Notes) -> usize {
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return 0,
                State::Header => self.open_member(notes),
                State::Body(mut inflater, mut check) => {
                    let chunk = self.input.fill(1, notes);
                    let at_end = chunk.is_empty();
                    let (taken, given, step) = inflater.step(chunk, out);
                    self.input.consume(taken);
                    check.update(&out[..given]);
                    match step {
                        Step::End => self.close_member(check, notes),
                        Step::Damaged => notes.cut(self.input.position(), "damaged gzip data"),
                        Step::More if given == 0 && at_end => {
                            notes.cut(self.input.position(), "gzip data ends early");
                        }
                        Step::More => self.state = State::Body(inflater, check),
                    }
                    if given > 0 {
                        return given;
                    }
                }
            }
        }
    }
}

/// The length of a member header, if the bytes hold enough of it to tell.
fn header_len(bytes: &[u8]) -> Option<usize> {
    let flags = *bytes.get(3)?;
    let mut len = HEADER_BYTES;
    if flags & FLAG_EXTRA != 0 {
        let extra = bytes.get(len..)?.first_chunk::<2>()?;
        len += 2 + usize::from(u16::from_le_bytes(*extra));
    }
    for flag in [FLAG_NAME, FLAG_COMMENT] {
        if flags & flag != 0 {
            len += memchr::memchr(0, bytes.get(len..)?)? + 1;
        }
    }
    if flags & FLAG_CRC != 0 {
        len += 2;
    }
    Some(len)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::source::stage::tests::{base, drain};
    use std::io::Write;

    /// A gzip member of some bytes, with a name in its header.
    pub(in crate::source) fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let builder = flate2::GzBuilder::new().filename("a.log").comment("c").extra(vec![1, 2, 3]);
        let mut encoder = builder.write(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn check(packed: &[u8], expected: &[u8]) -> Notes {
        let (bytes, notes) = drain(&mut Gzip::new(base(packed)));
        assert_eq!(String::from_utf8_lossy(&bytes), String::from_utf8_lossy(expected));
        notes
    }

    #[test]
    fn members_after_one_another_are_one_text() {
        let packed = [gzipped(b"one\n"), gzipped(b""), gzipped(b"two\n"), vec![0; 9]].concat();
        let notes = check(&packed, b"one\ntwo\n");
        assert!(notes.problems.is_empty() && !notes.cut);
    }

    #[test]
    fn a_file_cut_in_its_second_member_keeps_the_first() {
        let second = gzipped(b"two\n");
        let packed = [gzipped(b"one\n"), second[..14].to_vec()].concat();
        assert!(check(&packed, b"one\n").cut);
    }

    #[test]
    fn a_cut_checksum_loses_no_text_but_is_told() {
        let packed = gzipped(b"one\n");
        assert!(check(&packed[..packed.len() - 3], b"one\n").problems.len() == 1);
    }

    #[test]
    fn strangers_behind_the_last_member_are_told() {
        let packed = [gzipped(b"one\n"), b"garbage".to_vec()].concat();
        let notes = check(&packed, b"one\n");
        assert!(!notes.cut && notes.problems[0].reason.contains("follow the last member"));
    }

    #[test]
    fn an_endless_name_is_refused() {
        let mut packed = vec![0x1f, 0x8b, 8, FLAG_NAME, 0, 0, 0, 0, 0, 3];
        packed.extend(std::iter::repeat_n(b'x', 3 << 20));
        assert!(check(&packed, b"").cut);
    }
}
