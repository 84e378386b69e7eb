//! The header of a Mars xlog block, and whether bytes are such blocks: first bytes come in, what
//! they say about themselves goes out. The layout and its source stand in [`super::xlog`].

/// Header of the blocks with 64 key bytes, magics 6 and up.
pub(super) const HEADER_BYTES: usize = 73;
/// Header of the first open releases (2016 and 2017): 4 key bytes.
pub(super) const OLD_HEADER_BYTES: usize = 13;

/// What a block says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Which kind of block.
    pub(super) magic: u8,
    /// Its number in the process run.
    pub(super) seq: u16,
    /// Bytes before the payload.
    pub(super) head_bytes: usize,
    /// Bytes of the payload.
    pub(super) payload_bytes: usize,
}

impl Header {
    /// Reads a header that is plausible.
    pub(super) fn parse(bytes: &[u8], payload_max: usize) -> Option<Self> {
        let &[magic, s0, s1, begin_hour, end_hour, l0, l1, l2, l3] = bytes.first_chunk::<9>()?;
        let head_bytes = match magic {
            0x03..=0x05 => OLD_HEADER_BYTES,
            0x06..=0x0d => HEADER_BYTES,
            _ => return None,
        };
        let payload_bytes = usize::try_from(u32::from_le_bytes([l0, l1, l2, l3])).ok()?;
        let plausible = begin_hour < 24 && end_hour < 24 && payload_bytes <= payload_max;
        plausible.then_some(Self { magic, seq: u16::from_le_bytes([s0, s1]), head_bytes, payload_bytes })
    }

    /// Header, payload and the closing zero.
    pub(super) fn block_bytes(self) -> usize {
        self.head_bytes + self.payload_bytes + 1
    }

    /// Whether the text cannot be read without the app's private key.
    pub(super) fn encrypted(self) -> bool {
        matches!(self.magic, 0x07 | 0x0c)
    }

    /// Synchronous blocks carry no number.
    pub(super) fn numbered(self) -> bool {
        matches!(self.magic, 0x04 | 0x05 | 0x07 | 0x09 | 0x0c | 0x0d)
    }
}

/// Whether bytes begin like an xlog: a plausible header whose block ends where a block may end.
pub(super) fn is_xlog(head: &[u8], payload_max: usize) -> bool {
    let Some(header) = Header::parse(head, payload_max) else { return false };
    match head.get(header.block_bytes() - 1..) {
        // The next block may itself be damaged, so its magic is enough.
        Some([0, rest @ ..]) => matches!(rest.first(), None | Some(0x00 | 0x03..=0x0d)),
        Some(_) => false,
        // Longer than the head: text never look like this, since a length needs zeros.
        None => head.len() > header.head_bytes,
    }
}

/// Whether an xlog with a damaged beginning may be in there; `whole` if these are all its bytes.
pub(super) fn holds_xlog(head: &[u8], whole: bool, payload_max: usize) -> bool {
    (1..head.len()).any(|at| {
        let Some(header) = Header::parse(&head[at..], payload_max) else { return false };
        let next = at + header.block_bytes();
        let closed = next <= head.len() && head[next - 1] == 0;
        let followed = head.get(next..).is_some_and(|b| Header::parse(b, payload_max).is_some());
        closed && (followed || (whole && next == head.len()))
    })
}
