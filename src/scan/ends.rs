//! Bytes -> where their lines end, found many at a time.
//!
//! A search for each next line end waits for the one before and cannot guess how long a line is. Here the ends of a whole
//! stretch are noted first, without a choice that depends on them.

use wide::u8x16;

/// Bytes that are looked at together.
const BLOCK: usize = 64;
/// Bytes whose line ends are noted together; few enough to stay in the nearest cache.
const STRETCH: usize = 4096;

/// Ends that are given at once, at most.
pub const TOGETHER: usize = 64;

/// The offsets of the line ends of bytes, in order.
pub struct Ends<'b> {
    /// What is not looked at yet.
    rest: &'b [u8],
    /// Where the stretch begins whose ends are noted.
    from: usize,
    /// Its length.
    len: usize,
    /// Ends in it, from its beginning; one place more than there can be, which the last look may write to.
    noted: [u16; STRETCH + 1],
    count: usize,
    /// Of those, how many were given.
    given: usize,
}

impl<'b> Ends<'b> {
    /// Those of these bytes.
    pub const fn new(bytes: &'b [u8]) -> Self {
        Ends { rest: bytes, from: 0, len: 0, noted: [0; STRETCH + 1], count: 0, given: 0 }
    }

    /// The next ones, as many as are at hand; none once all were given.
    #[inline]
    pub fn next_many(&mut self) -> impl ExactSizeIterator<Item = usize> {
        while self.given == self.count && self.note() {}
        let from = self.from;
        let noted = &self.noted[self.given..self.count];
        let noted = &noted[..noted.len().min(TOGETHER)];
        self.given += noted.len();
        noted.iter().map(move |end| from + usize::from(*end))
    }

    /// Notes the ends of the next stretch; whether there is one.
    fn note(&mut self) -> bool {
        let (stretch, rest) = self.rest.split_at(self.rest.len().min(STRETCH));
        self.from += self.len;
        (self.rest, self.len, self.count, self.given) = (rest, stretch.len(), 0, 0);
        let (blocks, last) = stretch.as_chunks::<BLOCK>();
        for (at, block) in (0..).step_by(BLOCK).zip(blocks) {
            self.note_block(at, block);
        }
        if !last.is_empty() {
            let mut block = [0; BLOCK];
            block[..last.len()].copy_from_slice(last);
            self.note_block(stretch.len() - last.len(), &block);
        }
        !stretch.is_empty()
    }

    #[inline]
    fn note_block(&mut self, at: usize, block: &[u8; BLOCK]) {
        let mut ends = line_ends(block);
        #[allow(clippy::cast_possible_truncation)] // within a stretch
        let first = |ends: u64| (at + ends.trailing_zeros() as usize) as u16;
        // Most blocks have one end or none: it is noted in any case, and counted if it is there.
        self.noted[self.count] = first(ends);
        self.count += usize::from(ends != 0);
        ends &= ends.wrapping_sub(1);
        while ends != 0 {
            self.noted[self.count] = first(ends);
            self.count += 1;
            ends &= ends - 1;
        }
    }
}

impl Iterator for Ends<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.given == self.count {
            if !self.note() {
                return None;
            }
        }
        self.given += 1;
        Some(self.from + usize::from(self.noted[self.given - 1]))
    }
}

/// A bit for each byte that ends a line.
#[inline]
fn line_ends(block: &[u8; BLOCK]) -> u64 {
    let (parts, _) = block.as_chunks::<16>();
    let part = |bytes: &[u8; 16]| u64::from(u8x16::from(*bytes).simd_eq(u8x16::splat(b'\n')).to_bitmask());
    parts.iter().rev().fold(0, |ends, bytes| ends << 16 | part(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8]) {
        let all: Vec<usize> = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at).collect();
        assert_eq!(Ends::new(bytes).collect::<Vec<_>>(), all, "{} bytes", bytes.len());
    }

    #[test]
    fn every_line_end_is_given_once_and_in_order() {
        for len in [0, 1, 15, 16, 63, 64, 65, STRETCH - 1, STRETCH, STRETCH + 1, 3 * STRETCH + 100] {
            check(&vec![b'x'; len]);
            check(&vec![b'\n'; len]);
            for step in [1, 2, 3, 7, 64, 97, 1000] {
                check(&(0..len).map(|at| if at % step == step - 1 { b'\n' } else { b'\x8a' }).collect::<Vec<_>>());
            }
        }
    }
}
