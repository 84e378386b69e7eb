//! The header of a Mars xlog block, and where bytes are such blocks: bytes come in, what they say
//! about themselves goes out. The layout and its source stand in [`super::xlog`].

use super::trial::Trial;

/// Header of the blocks with 64 key bytes, magics 6 and up.
pub(in crate::source) const HEADER_BYTES: usize = 73;
/// Header of the first open releases (2016 and 2017): 4 key bytes.
pub(in crate::source) const OLD_HEADER_BYTES: usize = 13;
/// Header of the closed builds before them, magics 3 to 5: no key bytes, payload masked.
const MASKED_HEADER_BYTES: usize = 9;
/// Header of the first closed builds, magics 1 and 2: no number and no hours, payload masked.
const FIRST_HEADER_BYTES: usize = 5;
/// What masks are made of.
const MASK: u8 = 0xcc;

/// What a block says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct Header {
    /// Which kind of block.
    pub(in crate::source) magic: u8,
    /// Its number in the process run.
    pub(in crate::source) seq: u16,
    /// Bytes before the payload.
    pub(in crate::source) head_bytes: usize,
    /// Bytes of the payload.
    pub(in crate::source) payload_bytes: usize,
    /// What each byte of the payload is masked with.
    pub(in crate::source) mask: u8,
}

impl Header {
    /// The headers that bytes may be: the layout of one magic changed between releases.
    fn layouts(bytes: &[u8], payload_max: usize) -> impl Iterator<Item = Self> {
        let magic = bytes.first().copied().unwrap_or(0);
        let sizes: &[usize] = match magic {
            0x01 | 0x02 => &[FIRST_HEADER_BYTES],
            0x03..=0x05 => &[OLD_HEADER_BYTES, MASKED_HEADER_BYTES],
            0x06..=0x0d => &[HEADER_BYTES],
            _ => &[],
        };
        let known = bytes.first_chunk::<9>().copied();
        sizes.iter().filter_map(move |head_bytes| {
            let [_, b1, b2, begin_hour, end_hour, l0, l1, l2, l3] = known?;
            let first = *head_bytes == FIRST_HEADER_BYTES;
            let (seq, length) = if first { (0, [b1, b2, begin_hour, end_hour]) } else { (u16::from_le_bytes([b1, b2]), [l0, l1, l2, l3]) };
            let payload_bytes = usize::try_from(u32::from_le_bytes(length)).ok()?;
            // No writer leaves a block without a payload, and zeros behind a line's end would be one.
            let hours = first || (begin_hour < 24 && end_hour < 24);
            // Of the low byte of the number, or in the first builds of the length.
            let masked = first || *head_bytes == MASKED_HEADER_BYTES;
            let mask = if masked { MASK ^ b1 ^ magic } else { 0 };
            (hours && payload_bytes > 0 && payload_bytes <= payload_max).then_some(Self {
                magic,
                seq,
                head_bytes: *head_bytes,
                payload_bytes,
                mask,
            })
        })
    }

    /// Whether bytes can be a header at all.
    pub(in crate::source) fn plausible(bytes: &[u8], payload_max: usize) -> bool {
        Self::layouts(bytes, payload_max).next().is_some()
    }

    /// The longest block that bytes may begin.
    pub(in crate::source) fn longest(bytes: &[u8], payload_max: usize) -> Option<Self> {
        Self::layouts(bytes, payload_max).max_by_key(|h| h.block_bytes())
    }

    /// The header of the block that stands in whole at the start of bytes: its closing zero is where its
    /// length says.
    pub(in crate::source) fn closed(bytes: &[u8], payload_max: usize) -> Option<Self> {
        Self::layouts(bytes, payload_max).find(|h| bytes.get(h.block_bytes() - 1) == Some(&0))
    }

    /// The header of the block that another one follows where its length says, though it is not closed as it
    /// should be.
    pub(in crate::source) fn followed(bytes: &[u8], ended: bool, payload_max: usize) -> Option<Self> {
        Self::layouts(bytes, payload_max).find(|h| {
            let rest = bytes.get(h.block_bytes()..);
            rest.is_some_and(|rest| if rest.is_empty() { ended } else { Self::closed(rest, payload_max).is_some() })
        })
    }

    /// Whether the block that stands in bytes may be the next one of the same run, or the first of another.
    pub(in crate::source) fn precedes(self, bytes: &[u8], payload_max: usize) -> bool {
        let next = Self::closed(bytes, payload_max);
        next.is_some_and(|n| !self.numbered() || !n.numbered() || n.seq == 1 || n.seq == self.seq.wrapping_add(1))
    }

    /// Header, payload and the closing zero.
    pub(in crate::source) fn block_bytes(self) -> usize {
        self.head_bytes + self.payload_bytes + 1
    }

    /// Whether the text cannot be read without the app's private key.
    pub(in crate::source) fn encrypted(self) -> bool {
        matches!(self.magic, 0x07 | 0x0c)
    }

    /// Synchronous blocks carry no number.
    pub(in crate::source) fn numbered(self) -> bool {
        matches!(self.magic, 0x04 | 0x05 | 0x07 | 0x09 | 0x0c | 0x0d)
    }
}

/// Whether bytes begin like an xlog: a plausible header whose block ends where a block may end.
pub(in crate::source) fn is_xlog(head: &[u8], payload_max: usize) -> bool {
    if let Some(header) = Header::closed(head, payload_max) {
        // The next block may itself be damaged, so its magic is enough.
        let next = head.get(header.block_bytes());
        return matches!(next, None | Some(0x00..=0x0d));
    }
    // Longer than the head: text never looks like this, since a length needs zeros.
    let open = Header::layouts(head, payload_max).any(|h| h.block_bytes() > head.len() && head.len() > h.head_bytes);
    open && !matches!(head.first(), Some(0x01 | 0x02))
}

/// Zeros behind a block that are looked through.
const PADDING_LOOK_BYTES: usize = 64 << 10;

/// Whether a good block begins here, and another one, padding or the end follows it.
pub(in crate::source) fn stands(bytes: &[u8], ended: bool, payload_max: usize, trial: &mut Trial) -> bool {
    let Some(header) = Header::closed(bytes, payload_max) else { return false };
    bytes.get(header.block_bytes()..).map_or(ended, |rest| follows(rest, ended, payload_max, trial))
}

/// Whether what follows a block may do so: another one, or zeros up to one or to the end. The key in a header may
/// be zeros too, so zeros alone prove nothing.
pub(in crate::source) fn follows(rest: &[u8], ended: bool, payload_max: usize, trial: &mut Trial) -> bool {
    // A longer run of zeros is taken for what it seems to be: else a megabyte of them is read for every header before it.
    let zeros = rest.iter().take(PADDING_LOOK_BYTES).position(|b| *b != 0);
    if !trial.spend(zeros.unwrap_or(PADDING_LOOK_BYTES)) {
        return false;
    }
    match zeros {
        None => ended || !rest.is_empty(),
        Some(zeros) => Header::plausible(&rest[zeros..], payload_max) || (rest.len() - zeros < MASKED_HEADER_BYTES && ended),
    }
}

/// The first place where a block stands.
pub(in crate::source) fn find(bytes: &[u8], ended: bool, payload_max: usize, trial: &mut Trial) -> Option<usize> {
    (0..bytes.len()).find(|at| stands(&bytes[*at..], ended, payload_max, trial))
}
