//! Gzip, any number of members after one another: stored bytes come in, decoded bytes go out.
//! Zero bytes behind the last member are padding.
//!
//! Member layout: RFC 1952, section 2.3.

use flate2::Crc;

use super::inflate::{Inflate, Inflater};
use super::trial::Trial;
use super::units::{Begin, Place, Step, Units};

/// Fixed part of a member header.
const HEADER_BYTES: usize = 10;
/// CRC-32 and size behind the data of a member.
const TRAILER_BYTES: usize = 8;
/// Longest header: a name and an extra field are a few hundred bytes.
const HEADER_BYTES_MAX: usize = 128 << 10;
/// So much of a member is decoded to see whether one stands somewhere.
const TRIAL_BYTES: usize = 64 << 10;
/// What it costs to begin a trial, as bytes of text.
const TRIAL_COST_BYTES: usize = 4 << 10;
/// Header flags that are reserved and so never set.
const FLAGS_RESERVED: u8 = 0xe0;
const FLAG_CRC: u8 = 2;
const FLAG_EXTRA: u8 = 4;
const FLAG_NAME: u8 = 8;
const FLAG_COMMENT: u8 = 16;

/// The members of a gzip file.
#[derive(Default)]
pub(in crate::source) struct Gzip {
    inflater: Inflater,
    crc: Crc,
    /// Once the data has ended: what is there of the trailer.
    trailer: Option<Vec<u8>>,
}

impl Units for Gzip {
    const LOOK_BYTES: usize = HEADER_BYTES_MAX + TRIAL_BYTES;
    const IN_VAIN_BYTES: usize = 0;

    fn begin(&mut self, bytes: &[u8], ended: bool, _: &mut Place<'_>) -> Begin {
        let zeros = bytes.iter().take_while(|b| **b == 0).count();
        if zeros > 0 {
            return Begin::Pass(zeros as u64);
        }
        if bytes.len() < HEADER_BYTES && !ended {
            return Begin::Need(HEADER_BYTES);
        }
        if !is_header(bytes) {
            return Begin::Stranger("no gzip member begins here");
        }
        match header_len(bytes) {
            Some(len) if len <= bytes.len() => {
                *self = Self::default();
                Begin::Unit(len)
            }
            Some(_) | None if !ended && bytes.len() <= HEADER_BYTES_MAX => Begin::Need(bytes.len() + 1),
            Some(_) | None => Begin::Stranger("gzip header is cut or damaged"),
        }
    }

    fn step(&mut self, input: &[u8], ended: bool, out: &mut [u8]) -> (usize, usize, Step) {
        if let Some(trailer) = &mut self.trailer {
            let taken = input.len().min(TRAILER_BYTES - trailer.len());
            trailer.extend_from_slice(&input[..taken]);
            let step = match trailer.first_chunk::<TRAILER_BYTES>() {
                Some(trailer) if *trailer == trailer_of(&self.crc) => Step::End,
                Some(_) => Step::Doubt("checksum of the gzip member is another one than announced"),
                None if ended => Step::Cut("gzip member is cut before its checksum"),
                None => Step::More,
            };
            return (taken, 0, step);
        }
        let (taken, given, state) = self.inflater.step(input, out);
        self.crc.update(&out[..given]);
        let step = match state {
            Inflate::End => {
                self.trailer = Some(Vec::new());
                Step::More
            }
            Inflate::Damaged => Step::Damaged("damaged gzip data"),
            Inflate::More if given == 0 && ended => Step::Cut("gzip data ends early"),
            Inflate::More => Step::More,
        };
        (taken, given, step)
    }

    fn find(&mut self, bytes: &[u8], ended: bool, proof: bool, trial: &mut Trial) -> Option<usize> {
        let sure = if ended { bytes.len() } else { bytes.len().saturating_sub(Self::LOOK_BYTES) + 1 };
        let mut places = memchr::memmem::find_iter(bytes, b"\x1f\x8b\x08").take_while(|at| *at < sure);
        places.find(|at| stands(&bytes[*at..], ended, proof, trial))
    }
}

/// What stands behind the data of a member: its CRC-32, and how long it is modulo 2³².
pub(in crate::source) fn trailer_of(text: &Crc) -> [u8; TRAILER_BYTES] {
    let ([c0, c1, c2, c3], [l0, l1, l2, l3]) = (text.sum().to_le_bytes(), text.amount().to_le_bytes());
    [c0, c1, c2, c3, l0, l1, l2, l3]
}

/// Whether bytes can be the start of a member.
pub(in crate::source) fn is_header(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1f\x8b\x08") && bytes.get(3).is_none_or(|flags| flags & FLAGS_RESERVED == 0)
}

/// Whether a member stands here: its data decodes as far as it is looked at. Proof is a whole member with
/// the right checksum, behind which another one, padding or the end follows.
fn stands(bytes: &[u8], ended: bool, proof: bool, trial: &mut Trial) -> bool {
    if !is_header(bytes) || !trial.spend(TRIAL_COST_BYTES) {
        return false;
    }
    // Its name may be looked for to the end.
    let Some(start) = header_len(bytes).filter(|len| *len <= bytes.len()) else {
        trial.spend(bytes.len());
        return false;
    };
    let (mut inflater, mut crc, mut at) = (Inflater::default(), Crc::new(), start);
    let mut out = vec![0; TRIAL_BYTES];
    loop {
        let (taken, given, state) = inflater.step(&bytes[at..], &mut out);
        crc.update(&out[..given]);
        at += taken;
        if !trial.spend(given) {
            return false;
        }
        match state {
            Inflate::Damaged => return false,
            Inflate::End => break,
            Inflate::More if taken == 0 && given == 0 => return !proof,
            // Long enough to be no accident.
            Inflate::More if !proof && at - start >= TRIAL_BYTES => return true,
            Inflate::More => {}
        }
    }
    let Some(trailer) = bytes.get(at..at + TRAILER_BYTES) else { return !proof };
    let rest = &bytes[at + TRAILER_BYTES..];
    let follows = rest.iter().all(|b| *b == 0) || is_header(rest);
    let whole = trailer.first_chunk::<4>().is_some_and(|c| u32::from_le_bytes(*c) == crc.sum());
    whole && (follows || !(proof || ended))
}

/// The length of a member header, if the bytes hold enough of it to tell.
pub(in crate::source) fn header_len(bytes: &[u8]) -> Option<usize> {
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
pub(in crate::source) mod tests {
    use super::*;
    use crate::source::decode::stage::Notes;
    use crate::source::decode::stage::tests::{base, drain};
    use crate::source::decode::units::Salvage;
    use std::io::Write;

    /// A gzip member of some bytes, with a name in its header.
    pub(in crate::source) fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let builder = flate2::GzBuilder::new().filename("a.log").comment("c").extra(vec![1, 2, 3]);
        let mut encoder = builder.write(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn check(packed: &[u8], expected: &[u8]) -> Notes {
        let (bytes, notes) = drain(&mut Salvage::new(base(packed), Gzip::default()));
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
        assert!(notes.cut && notes.problems[0].skipped_bytes == Some(7), "{:?}", notes.problems);
    }

    #[test]
    fn an_endless_name_is_refused() {
        let mut packed = vec![0x1f, 0x8b, 8, FLAG_NAME, 0, 0, 0, 0, 0, 3];
        packed.extend(std::iter::repeat_n(b'x', 3 << 20));
        assert!(check(&packed, b"").cut);
    }
}
