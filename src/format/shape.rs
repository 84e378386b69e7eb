//! Heads that were read -> whether the next line's head has the same shape, known at once.
//!
//! Lines of one log begin alike: the same version, the same day, the same widths. Where a head's signs stand is then known
//! from the one before, so that all of them are compared together, and none has to be found before the next.

use wide::u8x16;

/// Bytes of a line that are compared.
pub const SHAPE_BYTES: usize = 64;
/// Heads of other shapes in a row, after which the last one's is taken.
const OTHERS_MAX: u32 = 4;

/// The first bytes of a line.
pub type Start = [u8; SHAPE_BYTES];

/// What a byte of a head is to the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The same in all heads of this shape.
    Same,
    /// Any but the sign that ends what it is part of.
    Open,
    /// Any.
    Free,
}

/// The shape of a head.
#[derive(Clone, Debug)]
pub struct Shape {
    signs: Start,
    /// All bits of places that are [`Place::Same`].
    same: Start,
    /// All bits of places that are [`Place::Open`].
    open: Start,
    /// What ends those.
    end: u8,
    /// Where the tag starts; none is known at 0.
    tag: usize,
    /// A place that the form asks something else of.
    mark: usize,
    others: u32,
}

impl Default for Shape {
    fn default() -> Self {
        Shape { signs: [0; SHAPE_BYTES], same: [0; SHAPE_BYTES], open: [0; SHAPE_BYTES], end: 0, tag: 0, mark: 0, others: OTHERS_MAX }
    }
}

impl Shape {
    /// Where the tag starts in a line of this shape.
    #[inline]
    pub fn tag_of(&self, start: &Start) -> Option<usize> {
        let mut differs = u8x16::splat(0);
        let (blocks, _) = start.as_chunks::<16>();
        let ((signs, _), (same, _), (open, _)) = (self.signs.as_chunks::<16>(), self.same.as_chunks::<16>(), self.open.as_chunks::<16>());
        for (((block, signs), same), open) in blocks.iter().zip(signs).zip(same).zip(open) {
            let block = u8x16::from(*block);
            differs |= (block ^ u8x16::from(*signs)) & u8x16::from(*same);
            differs |= block.simd_eq(u8x16::splat(self.end)) & u8x16::from(*open);
        }
        (self.tag > 0 && differs.simd_eq(u8x16::splat(0)).to_bitmask() == 0xffff).then_some(self.tag)
    }

    /// The place that the form asks something else of.
    #[inline]
    pub const fn mark(&self) -> usize {
        self.mark
    }

    /// Notes that a head is of this shape.
    #[inline]
    pub const fn is_met(&mut self) {
        self.others = 0;
    }

    /// Takes the shape of a head that is of another, if its tag starts early enough and such heads came often enough in a
    /// row. `place` says what its bytes before the tag are, `end` ends what is [`Place::Open`].
    #[inline]
    pub fn see(&mut self, start: &Start, tag: usize, mark: usize, end: u8, place: impl Fn(usize) -> Place) {
        self.others += 1;
        if self.others > OTHERS_MAX && tag <= SHAPE_BYTES {
            self.take(start, tag, mark, end, place);
        }
    }

    #[cold]
    fn take(&mut self, start: &Start, tag: usize, mark: usize, end: u8, place: impl Fn(usize) -> Place) {
        let bits = |wanted: Place| std::array::from_fn(|at| if at < tag && place(at) == wanted { u8::MAX } else { 0 });
        *self = Shape { signs: *start, same: bits(Place::Same), open: bits(Place::Open), end, tag, mark, others: 0 };
    }
}
