//! A number of signatures -> which of them are kept, if they are too many.
//!
//! Free text is what has no end of signatures, and mostly something constant comes before it: so of the signatures that begin
//! alike none is kept if they are too many, and the beginning stands for their lines.

use super::lex::{CUT, tokens};

/// How many signatures may begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Signatures begin alike if so many tokens are the same. A signature of no more tokens is kept in any case.
    pub tokens: usize,
    /// Signatures that may begin alike. Where there are more, their lines are known by the beginning only.
    pub signatures: usize,
}

/// A level, whatever the number of signatures there is room for.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    tokens: usize,
    /// That number is divided by this one.
    divisor: usize,
}

/// The levels. The first is taken at which the signatures are few enough: at level 0 all are kept, at the last one none.
///
/// Which one that is depends on the set of lines alone, not on their order: the signatures that count at a level, of each
/// beginning with one too many at most, can only grow with lines. As neither number grows from level to level, beginnings
/// that were too common at one are so at the next, and it does not matter that their signatures are gone.
pub const LEVELS: [Share; 9] = [
    Share { tokens: usize::MAX, divisor: 1 },
    Share { tokens: 8, divisor: 20 },
    Share { tokens: 4, divisor: 20 },
    Share { tokens: 2, divisor: 20 },
    Share { tokens: 2, divisor: 200 },
    Share { tokens: 1, divisor: 200 },
    Share { tokens: 1, divisor: 2000 },
    Share { tokens: 1, divisor: usize::MAX },
    Share { tokens: 0, divisor: usize::MAX },
];

impl Share {
    /// The level where there is room for so many signatures.
    #[must_use]
    pub fn of(self, signatures_max: usize) -> Level {
        Level { tokens: self.tokens, signatures: signatures_max / self.divisor }
    }
}

/// The first tokens of a signature, if it has more.
#[must_use]
pub fn beginning(signature: &[u8], kept: usize) -> Option<&[u8]> {
    // At level 0, where no signature has more, it need not be taken apart.
    if kept >= signature.len() {
        return None;
    }
    tokens(signature).get(kept).map(|token| &signature[..token.from])
}

/// The signature of all lines with a beginning.
#[must_use]
pub fn many(beginning: &[u8]) -> Box<[u8]> {
    [beginning, &[CUT]].concat().into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_number_grows_from_level_to_level() {
        let levels = LEVELS.map(|share| share.of(1000));
        assert!(levels.windows(2).all(|pair| pair[0].tokens >= pair[1].tokens && pair[0].signatures >= pair[1].signatures));
        assert_eq!(levels[LEVELS.len() - 1], Level { tokens: 0, signatures: 0 });
    }

    #[test]
    fn a_beginning_begins_as_its_signatures_do() {
        let cut = many(beginning(b"she wrote: hello", 3).unwrap());
        assert_eq!(&*cut, b"she wrote: \x03");
        for kept in 0..=3 {
            assert_eq!(beginning(&cut, kept), beginning(b"she wrote: hello", kept));
        }
        assert_eq!(beginning(b"she wrote", 2), None);
    }
}
