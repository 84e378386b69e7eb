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

/// What is known of a head that was read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// Where the tag starts.
    pub tag: usize,
    /// A place that the form asks something of that no [`Place`] says.
    pub asked: usize,
    /// What ends the part that is [`Place::Open`].
    pub end: u8,
}

/// The shape of a head.
#[derive(Clone, Debug)]
pub struct Shape {
    signs: Start,
    /// All bits of places that are [`Place::Same`].
    same: Start,
    /// All bits of places that are [`Place::Open`].
    open: Start,
    /// None is known where the tag starts at 0.
    known: Known,
    others: u32,
}

impl Default for Shape {
    fn default() -> Self {
        let none = [0; SHAPE_BYTES];
        Shape { signs: none, same: none, open: none, known: Known::default(), others: OTHERS_MAX }
    }
}

impl Shape {
    /// What is known of a line that is of this shape.
    #[inline]
    #[must_use]
    pub fn of(&self, start: &Start) -> Option<Known> {
        let mut differs = u8x16::splat(0);
        let ((blocks, _), (signs, _)) = (start.as_chunks::<16>(), self.signs.as_chunks::<16>());
        let ((same, _), (open, _)) = (self.same.as_chunks::<16>(), self.open.as_chunks::<16>());
        for (((block, signs), same), open) in blocks.iter().zip(signs).zip(same).zip(open) {
            let block = u8x16::from(*block);
            differs |= (block ^ u8x16::from(*signs)) & u8x16::from(*same);
            differs |= block.simd_eq(u8x16::splat(self.known.end)) & u8x16::from(*open);
        }
        (self.known.tag > 0 && differs.simd_eq(u8x16::splat(0)).to_bitmask() == 0xffff).then_some(self.known)
    }

    /// Notes that a head is of this shape.
    #[inline]
    pub const fn is_met(&mut self) {
        self.others = 0;
    }

    /// Takes the shape of a head that is of another, if its tag starts early enough and such heads came often enough in a
    /// row. `place` says what its bytes before the tag are.
    #[inline]
    pub fn see(&mut self, start: &Start, known: Known, place: impl Fn(usize) -> Place) {
        self.others += 1;
        if self.others > OTHERS_MAX && known.tag <= SHAPE_BYTES {
            self.take(start, known, place);
        }
    }

    #[cold]
    fn take(&mut self, start: &Start, known: Known, place: impl Fn(usize) -> Place) {
        let bits = |wanted: Place| std::array::from_fn(|at| if at < known.tag && place(at) == wanted { u8::MAX } else { 0 });
        *self = Shape { signs: *start, same: bits(Place::Same), open: bits(Place::Open), known, others: 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(text: &str) -> Start {
        std::array::from_fn(|at| text.as_bytes().get(at).copied().unwrap_or(b'.'))
    }

    fn place(at: usize) -> Place {
        match at {
            0 | 4..=5 => Place::Same,
            1..=3 => Place::Open,
            _ => Place::Free,
        }
    }

    #[test]
    fn a_line_of_the_shape_has_its_signs_and_no_end_in_what_is_open() {
        let mut shape = Shape::default();
        assert!(shape.of(&start("[12]: x")).is_none(), "no shape is known yet");
        shape.see(&start("[12 ]:x tag"), Known { tag: 8, asked: 7, end: b']' }, place);
        for like in ["[12 ]:x tag", "[7  ]:? ]tag]", "[abc]:] other"] {
            assert_eq!(shape.of(&start(like)).map(|known| (known.tag, known.asked)), Some((8, 7)), "{like}");
        }
        for other in ["(12 ]:x tag", "[12]]:x tag", "[12  :x tag", "[12 ]]x tag"] {
            assert!(shape.of(&start(other)).is_none(), "{other}");
        }
    }

    #[test]
    fn a_shape_gives_way_when_several_others_follow_each_other() {
        let mut shape = Shape::default();
        let see = |shape: &mut Shape, text: &str| shape.see(&start(text), Known { tag: 8, asked: 7, end: b']' }, place);
        see(&mut shape, "[1  ]:x");
        for _ in 0..OTHERS_MAX {
            see(&mut shape, "<1  >:x");
            assert!(shape.of(&start("[2  ]:x")).is_some());
        }
        see(&mut shape, "<1  >:x");
        assert!(shape.of(&start("[2  ]:x")).is_none() && shape.of(&start("<2  >:x")).is_some());
    }
}
