//! Texts -> which of many literals stand in them, in any case: most lines hold none, and to know that is several times cheaper
//! than with an automaton of all of them.
//!
//! Of each literal the nine bytes in a row that look rarest are kept (or as many as it has). Every second window of four
//! bytes of a text is looked up in a table that fits into a cache, so that a literal shows the windows at its even places or
//! those at its odd ones: three in a row, or two, of which one may stick out of a short literal and stands in the table with
//! any byte that may be there, and the window between them. Where windows show that, the literals that have the last one, or
//! the one between, are compared with what stands there.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use wide::{i16x8, i32x4};

/// What is taken out of a vector four at once comes in the order of its bytes.
#[cfg(target_endian = "big")]
compile_error!("the sieve looks bytes up in the order of processors whose words begin with the low byte");

/// Bytes in a row that are looked up.
const WINDOW: usize = 4;
/// From one window to the next.
const STRIDE: usize = 2;
/// Bytes of a literal that are kept: three windows, wherever it begins.
const KEPT: usize = 9;
/// A shorter literal would stand in too many windows and is looked for by itself. One of these sticks out of any window, so
/// that it is compared with many texts which do not hold it: it is for gates that are asked about few lines.
const SHORTEST: usize = 3;
/// Flags by entry, small enough for a cache.
type Table = [u8; 1 << 15];
/// The bits of an entry.
const ENTRIES: i32 = (1 << 15) - 1;
/// Entries in a row whose windows are found at once: there are several times fewer windows than entries, so that hardly any are passed
/// over, and to halve all of them until one is left would be a dozen steps that no processor guesses.
const BUCKET: usize = 16;
/// Upper and lower case letters differ in this bit.
const CASE: i16 = 0x2020;
/// What the halves of a window are multiplied by, and how far the sum is shifted.
const FACTORS: [i16; 2] = [0x4f1b, 0x6a5d];
const SHIFT: i32 = 9;
/// Windows that are looked up together.
const TOGETHER: usize = 8;
/// Bytes that they take.
const LOADED: usize = (TOGETHER - 1) * STRIDE + WINDOW;

/// The window is enough.
const WHOLE: u8 = 1;
/// The window is the first of two at a distance of two bytes, which may stick out of the literal by one; the flag of the
/// second is one bit up.
const FIRST_NEAR: u8 = 1 << 1;
const SECOND_NEAR: u8 = FIRST_NEAR << 1;
/// The window between those two, which is within the literal.
const BETWEEN: u8 = 1 << 3;
/// The window is the first of three, each two bytes behind the one before; the flags of the others are one and two bits up.
const FIRST_FAR: u8 = 1 << 4;
const SECOND_FAR: u8 = FIRST_FAR << 1;
const THIRD_FAR: u8 = FIRST_FAR << 2;

/// The answer of who is told of a literal and asks for no other.
pub const NO_MORE: usize = usize::MAX;

/// Who is told of literals, and the first place whose window is of interest.
struct Listener<F> {
    told: F,
    from: usize,
}

/// A set of literals.
#[derive(Debug)]
pub struct Sieve {
    table: Box<[u8]>,
    literals: Vec<Box<[u8]>>,
    /// By the entry of a window that no occurrence of a literal lacks.
    windows: Vec<Shows>,
    /// Where among them those of [`BUCKET`] entries in a row begin, and where the last ones end.
    buckets: Vec<u32>,
    /// Numbers of literals that are too short for windows.
    short: Vec<u32>,
    /// Bytes that follow each other in a literal, once somebody asks.
    pairs: OnceLock<BTreeSet<[u8; 2]>>,
}

/// The same for all digits.
pub const fn any_digit(byte: u8) -> u8 {
    if byte.is_ascii_digit() { b'0' } else { byte }
}

/// The same for all digits, and for a letter in both cases.
const fn plain(byte: u8) -> u8 {
    any_digit(byte).to_ascii_lowercase()
}

/// A window of a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shows {
    entry: u16,
    literal: u32,
    /// Where in it the window begins; it may be before it.
    at: i32,
}

/// The bytes of a literal that are kept.
#[derive(Clone, Copy)]
struct Piece<'l> {
    bytes: &'l [u8],
    /// Where they begin.
    from: i32,
    /// Number of the literal.
    literal: u32,
}

impl Sieve {
    /// The sieve of literals.
    pub fn new<'l>(literals: impl Iterator<Item = &'l [u8]>) -> Self {
        let table = vec![0; size_of::<Table>()].into_boxed_slice();
        let mut sieve =
            Self { table, literals: Vec::new(), windows: Vec::new(), buckets: Vec::new(), short: Vec::new(), pairs: OnceLock::new() };
        for (number, literal) in (0..).zip(literals) {
            let pieces = (0..).zip(literal.windows(literal.len().clamp(SHORTEST, KEPT)));
            match pieces.min_by_key(|(_, bytes)| commonness(bytes)) {
                Some((from, bytes)) => sieve.add(Piece { bytes, from, literal: number }),
                None => sieve.short.push(number),
            }
            sieve.literals.push(literal.into());
        }
        sieve.windows.sort_unstable();
        sieve.windows.dedup();
        sieve.buckets = vec![0; size_of::<Table>() / BUCKET + 1];
        for shows in &sieve.windows {
            sieve.buckets[usize::from(shows.entry) / BUCKET + 1] += 1;
        }
        let mut before = 0;
        for begin in &mut sieve.buckets {
            before += *begin;
            *begin = before;
        }
        sieve
    }

    /// Flags the windows of a literal at its even places, and those at its odd ones.
    fn add(&mut self, piece: Piece<'_>) {
        let literal = piece.bytes;
        match literal.len() {
            SHORTEST => {
                for any in 0..=u8::MAX {
                    self.sure(piece, [literal[0], literal[1], literal[2], any], 0, WHOLE);
                    self.sure(piece, [any, literal[0], literal[1], literal[2]], -1, WHOLE);
                }
            }
            4 => {
                self.within(piece, 0, WHOLE);
                self.flag_before(literal);
                self.within(piece, 0, BETWEEN);
                self.flag_behind(literal);
            }
            5 => {
                self.flag(at(literal, 0), FIRST_NEAR);
                self.within(piece, 1, BETWEEN);
                self.flag_behind(literal);
                self.flag_before(literal);
                self.within(piece, 0, BETWEEN);
                self.flag(at(literal, 1), SECOND_NEAR);
            }
            6 => {
                self.near(piece, 0);
                self.flag(at(literal, 1), FIRST_NEAR);
                self.within(piece, 2, BETWEEN);
                self.flag_behind(literal);
            }
            7 => {
                self.near(piece, 0);
                self.near(piece, 1);
            }
            8 => {
                self.far(piece, 0);
                // The sign behind a name tells it from the word: `network=`.
                if literal[7].is_ascii_punctuation() && !literal[0].is_ascii_punctuation() {
                    self.flag(at(literal, 3), FIRST_NEAR);
                    self.within(piece, 4, BETWEEN);
                    self.flag_behind(literal);
                } else {
                    self.near(piece, 1);
                }
            }
            _ => {
                self.far(piece, 0);
                self.far(piece, 1);
            }
        }
    }

    fn near(&mut self, piece: Piece<'_>, first: u8) {
        self.flag(at(piece.bytes, first.into()), FIRST_NEAR);
        self.within(piece, first + 1, BETWEEN);
        self.flag(at(piece.bytes, usize::from(first) + 2), SECOND_NEAR);
    }

    fn far(&mut self, piece: Piece<'_>, first: u8) {
        self.flag(at(piece.bytes, first.into()), FIRST_FAR);
        self.flag(at(piece.bytes, usize::from(first) + 2), SECOND_FAR);
        self.within(piece, first + 4, THIRD_FAR);
    }

    /// Flags a window of a literal that tells which it is.
    fn within(&mut self, piece: Piece<'_>, from: u8, flag: u8) {
        self.sure(piece, at(piece.bytes, from.into()), from.into(), flag);
    }

    /// Flags a window that tells which literal it is of, and where it begins in what is kept of it.
    fn sure(&mut self, piece: Piece<'_>, window: [u8; WINDOW], from: i32, flag: u8) {
        self.flag(window, flag);
        #[allow(clippy::cast_possible_truncation)] // entries are fewer than 2^16
        let entry = entry(window) as u16;
        self.windows.push(Shows { entry, literal: piece.literal, at: piece.from + from });
    }

    /// The window that begins one byte before a literal.
    fn flag_before(&mut self, literal: &[u8]) {
        (0..=u8::MAX).for_each(|any| self.flag([any, literal[0], literal[1], literal[2]], FIRST_NEAR));
    }

    /// The window that ends one byte behind a literal.
    fn flag_behind(&mut self, literal: &[u8]) {
        if let [.., a, b, c] = *literal {
            (0..=u8::MAX).for_each(|any| self.flag([a, b, c, any], SECOND_NEAR));
        }
    }

    fn flag(&mut self, window: [u8; WINDOW], flag: u8) {
        self.table[entry(window)] |= flag;
    }

    /// Whether a text holds one of the literals.
    #[inline]
    #[must_use]
    pub fn hits(&self, text: &[u8]) -> bool {
        self.find(text, |_, _| NO_MORE)
    }

    /// Tells the number of each literal and each place where a text holds it (of those that are too short for windows the first one).
    /// The answer to it is a place: what begins behind that is told for sure, what begins there or before no more than is easy. Whether
    /// there came the answer [`NO_MORE`].
    #[inline]
    pub fn find(&self, text: &[u8], mut told: impl FnMut(u32, usize) -> usize) -> bool {
        if !self.short.is_empty() && self.find_short(text, &mut told) {
            return true;
        }
        let mut listener = Listener { told, from: 0 };
        // Known to be long enough for every entry.
        let Some(table) = self.table.first_chunk() else { return false };
        let (mut rest, mut from, mut before) = (text, 0, 0);
        while let Some(bytes) = rest.first_chunk::<LOADED>() {
            let (Some(first), Some(second)) = (bytes.first_chunk(), bytes.last_chunk()) else { return false };
            let flags = look_up(table, first, second);
            if shown(flags, before) != 0 && self.tell(text, from, shown(flags, before), &mut listener) {
                return true;
            }
            before = flags >> (8 * (TOGETHER - 2));
            rest = &rest[TOGETHER * STRIDE..];
            from += TOGETHER * STRIDE;
        }
        let flags = look_up_end(table, text, rest.len());
        shown(flags, before) != 0 && self.tell(text, from, shown(flags, before), &mut listener)
    }

    /// Tells the literals that are too short for windows.
    fn find_short(&self, text: &[u8], told: &mut impl FnMut(u32, usize) -> usize) -> bool {
        let place = |literal: &[u8]| match literal.first() {
            Some(first) => {
                let mut places = memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text);
                places.find(|at| text.get(*at..at + literal.len()).is_some_and(|found| found.eq_ignore_ascii_case(literal)))
            }
            None => Some(0),
        };
        self.short.iter().any(|number| place(&self.literals[*number as usize]).is_some_and(|at| told(*number, at) == NO_MORE))
    }

    /// Whether no literal can stand before a place, or across it, in texts of which each byte is a low one or one of some more above.
    pub fn is_clear(&self, bytes: &[(u8, u8)], place: usize) -> bool {
        let (Some((before, _)), Some((behind, _))) = (place.checked_sub(1).and_then(|at| bytes.get(at)), bytes.get(place)) else {
            return false;
        };
        let is_of = |byte: u8, (low, more): (u8, u8)| byte.checked_sub(low).is_some_and(|above| above <= more);
        let may_be = |byte: &u8, place: &(u8, u8)| is_of(*byte, *place) || is_of(byte.to_ascii_uppercase(), *place);
        let may_stand =
            |literal: &[u8]| bytes[..place].windows(literal.len().max(1)).any(|part| literal.iter().zip(part).all(|(b, p)| may_be(b, p)));
        let lowest: Vec<u8> = bytes[..place].iter().map(|(low, _)| *low).collect();
        !self.pairs.get_or_init(|| self.pairs()).contains(&[plain(*before), plain(*behind)])
            && !self.hits(&lowest)
            && !self.literals.iter().filter(|literal| literal.iter().any(u8::is_ascii_digit)).any(|literal| may_stand(literal))
    }

    /// Bytes that follow each other in a literal.
    fn pairs(&self) -> BTreeSet<[u8; 2]> {
        let all = self.literals.iter().flat_map(|literal| literal.windows(2));
        all.map(|pair| [plain(pair[0]), plain(pair[1])]).collect()
    }

    /// Whether each place of each literal is told; of those that are too short for windows the first one is.
    pub const fn tells_all(&self) -> bool {
        self.short.is_empty()
    }

    /// Tells the literals that stand where flags show some.
    #[cold]
    fn tell(&self, text: &[u8], from: usize, mut shown: u64, listener: &mut Listener<impl FnMut(u32, usize) -> usize>) -> bool {
        while shown != 0 {
            let place = from + shown.trailing_zeros() as usize / 8 * STRIDE;
            let flag = 1u8 << (shown.trailing_zeros() % 8);
            shown &= shown - 1;
            // The window between two near ones is one byte before the second.
            let window = if flag == SECOND_NEAR { place.wrapping_sub(1) } else { place };
            let Some(rest) = text.get(window..).filter(|_| place >= listener.from) else { continue };
            // As where it was looked up, nothing is behind the end.
            let bytes = rest.first_chunk().copied();
            let entry = entry(bytes.unwrap_or_else(|| std::array::from_fn(|at| rest.get(at).copied().unwrap_or_default())));
            if flag == SECOND_NEAR && self.table[entry] & BETWEEN == 0 {
                continue;
            }
            let (first, behind) = (self.buckets[entry / BUCKET], self.buckets[entry / BUCKET + 1]);
            let bucket = &self.windows[first as usize..behind as usize];
            for shows in bucket.iter().filter(|shows| usize::from(shows.entry) == entry) {
                if let Some(start) = self.stands(shows, text, window) {
                    listener.from = (listener.told)(shows.literal, start);
                }
                if listener.from == NO_MORE {
                    return true;
                }
            }
        }
        false
    }

    /// Where a literal begins, if it stands in a text where one of its windows does.
    fn stands(&self, shows: &Shows, text: &[u8], window: usize) -> Option<usize> {
        let literal = &*self.literals[shows.literal as usize];
        let start = window.checked_add_signed(-shows.at as isize)?;
        text.get(start..start + literal.len())?.eq_ignore_ascii_case(literal).then_some(start)
    }
}

/// The flags of the windows of the last bytes of a text, so many of them; nothing is behind them, where a window may stick out
/// of a literal.
#[inline]
fn look_up_end(table: &Table, text: &[u8], count: usize) -> u64 {
    let Some(last) = text.last_chunk::<LOADED>() else {
        let mut padded = [0; LOADED];
        padded[..text.len()].copy_from_slice(text);
        let (Some(first), Some(second)) = (padded.first_chunk(), padded.last_chunk()) else { return 0 };
        return look_up(table, first, second);
    };
    // Bytes are loaded as they stand in the text, from where windows begin that continue those before; no more are needed than
    // stick out by one.
    let more = LOADED - count;
    let (Some(first), Some(second)) = (last[more % 2..].first_chunk(), last.last_chunk()) else { return 0 };
    let second = (u128::from_le_bytes(*second) >> (8 * (more % 2))).to_le_bytes();
    let flags = look_up(table, first, &second);
    u32::try_from(8 * (more / 2)).ok().and_then(|bits| flags.checked_shr(bits)).unwrap_or_default()
}

/// The flags of the windows of some bytes, a byte each: those at even places of the first ones, and of those two bytes behind.
#[inline]
fn look_up(table: &Table, first: &[u8; 16], second: &[u8; 16]) -> u64 {
    // Entries are taken out of the vectors four at once, which takes fewer steps than one by one.
    let entries = (sums(first) >> SHIFT & i32x4::splat(ENTRIES)) | (sums(second) << (16 - SHIFT) & i32x4::splat(ENTRIES << 16));
    let [low, high]: [u64; 2] = bytemuck::cast(entries);
    #[allow(clippy::cast_possible_truncation)] // it is masked
    let flags = |entries: u64, n: u32| u64::from(table[(entries >> (16 * n)) as usize & (size_of::<Table>() - 1)]) << (8 * n);
    let half = |entries: u64| (0..4).fold(0, |all, n| all | flags(entries, n));
    half(low) | half(high) << 32
}

/// Of each of the four windows that bytes are made of, the sum in which its entry is.
#[inline]
fn sums(bytes: &[u8; 16]) -> i32x4 {
    let [low, high] = FACTORS;
    let halves: i16x8 = bytemuck::cast(*bytes);
    (halves | i16x8::splat(CASE)).dot(i16x8::new([low, high, low, high, low, high, low, high]))
}

/// What the flags of windows show, with those of the two windows before: at each that is enough, or the last of a pair or of
/// three, the flag that says so.
#[inline]
fn shown(flags: u64, before: u64) -> u64 {
    let first = flags << 16 | before;
    let second = flags << 8 | before >> 8;
    let pairs = flags & second << 1;
    (flags & each(WHOLE)) | (pairs & each(SECOND_NEAR)) | (pairs & first << 2 & each(THIRD_FAR))
}

/// A flag in each byte.
const fn each(flag: u8) -> u64 {
    u64::from_le_bytes([flag; 8])
}

fn at(literal: &[u8], from: usize) -> [u8; WINDOW] {
    [literal[from], literal[from + 1], literal[from + 2], literal[from + 3]]
}

/// The entry of one window.
#[inline]
fn entry(window: [u8; WINDOW]) -> usize {
    let mut bytes = [0; 16];
    bytes[..WINDOW].copy_from_slice(&window);
    #[allow(clippy::cast_sign_loss)] // it is masked
    let entry = (sums(&bytes).to_array()[0] >> SHIFT & ENTRIES) as usize;
    entry
}

/// How common bytes look: letters by their share of English words and of logs, which are full of numbers and of
/// punctuation between fields.
fn commonness(bytes: &[u8]) -> u32 {
    let of = |byte: &u8| match byte.to_ascii_lowercase() {
        b'e' | b'i' | b'n' | b's' | b't' | b'r' | b'o' | b'a' | b' ' => 8,
        b'c' | b'd' | b'l' | b'm' | b'p' | b'u' | b'g' | b':' | b'.' | b'0'..=b'9' => 5,
        b'b' | b'f' | b'h' | b'v' | b'w' | b'y' | b'k' | b'=' | b'"' | b'_' | b'-' | b'/' => 3,
        _ => 1,
    };
    bytes.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_a_literal_hits_wherever_it_stands_and_in_any_case() {
        let literals: [&[u8]; 13] = [
            b"unknownhost",
            b" id=",
            b"ackno",
            b"msgid",
            b"kicked",
            b"localid",
            b"airplane",
            b"code=533",
            "强制下线".as_bytes(),
            b"message id",
            b"[50",
            b"id",
            b"z",
        ];
        for literal in literals {
            let sieve = Sieve::new([literal].into_iter());
            for before in 0..40 {
                for behind in 0..4 {
                    let text = [vec![b'x'; before], literal.to_ascii_uppercase(), vec![b'y'; behind]].concat();
                    assert!(sieve.hits(&text), "{before} {}", String::from_utf8_lossy(&text));
                }
            }
        }
    }

    #[test]
    fn other_texts_hit_nothing() {
        let literals: [&[u8]; 4] = [b"unknownhost", b"kickoff", b"uuid", b"msgid"];
        let sieve = Sieve::new(literals.into_iter());
        let words =
            ["wlan0", "onCapabilitiesChanged", "Displayed com.example/.Home", "gc freed 12 KB", "kick, off", "", "a", "abc", "msgi"];
        assert!(words.iter().all(|word| !sieve.hits(word.as_bytes())));
        assert!((0..10_000_u32).all(|n| !sieve.hits(format!("value {} of {}", n.wrapping_mul(0x9E37_79B9), n).as_bytes())));
    }

    /// As the lines of a batch are searched: once one is told, the next one is asked for.
    #[test]
    fn each_line_with_a_literal_is_told_where_one_is_enough_for_a_line() {
        let literals: [&[u8]; 9] =
            [b"send", b"msgid", b"kicked", b"localid", b"airplane", b"code=533=", b"unknownhost", b"message id!!", "强制下线".as_bytes()];
        for literal in literals {
            let sieve = Sieve::new([literal].into_iter());
            for before in 0..40 {
                let lines = [
                    [&b"x".repeat(before), literal, literal, b"y"].concat(),
                    [literal, b" ", literal].concat(),
                    b"x".repeat(before / 3),
                    literal.to_vec(),
                    [literal, &b"z".repeat(before % 7)[..]].concat(),
                ];
                let text = lines.join(&b'\n');
                let mut told = BTreeSet::new();
                assert!(!sieve.find(&text, |_, at| {
                    told.insert(text[..at].split(|byte| *byte == b'\n').count() - 1);
                    at + memchr::memchr(b'\n', &text[at..]).unwrap_or(text.len() - at)
                }));
                assert!(told.iter().eq(&[0, 1, 3, 4]), "{before} {told:?} {}", String::from_utf8_lossy(literal));
            }
        }
    }

    #[test]
    fn all_literals_of_a_text_are_told_at_all_their_places() {
        let literals: [&[u8]; 5] = [b"send", b"end msg", b"resend message", b"msgid", b"other"];
        let sieve = Sieve::new(literals.into_iter());
        let mut told = Vec::new();
        assert!(!sieve.find(b"RESEND MESSAGE, send msgid=3", |literal, _| {
            told.push(literal);
            0
        }));
        told.sort_unstable();
        assert_eq!(told, [0, 0, 1, 2, 3], "the end of `send` and `msgid` is one of the second, too");
    }
}
