//! Marks -> which of them say something for the first time: the same statement about the same thing in the same millisecond is
//! one mark, in however many documents or sections of one it stands.

use foldhash::fast::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// A statement and the millisecond of its record.
pub(super) type Moment = (u32, i64);

/// So many marks of one millisecond are compared with each other in less time than it takes to hash them.
const FEW: usize = 8;

/// Which marks are the first to say at their moment what they say. One without a moment repeats nothing.
pub(super) fn firsts<S: Eq + Hash>(moments: &[Option<Moment>], said: &impl Fn(usize) -> S) -> Vec<bool> {
    let mut is_first = vec![true; moments.len()];
    let timed: Vec<(usize, Moment)> = moments.iter().enumerate().filter_map(|(mark, moment)| Some((mark, (*moment)?))).collect();
    // Marks are in the order of time, so that those of one millisecond stand together, unless a clock was set back.
    if timed.is_sorted_by_key(|(_, (_, ms))| *ms) {
        for together in timed.chunk_by(|(_, (_, a)), (_, (_, b))| a == b) {
            if together.len() <= FEW {
                compare(together, said, &mut is_first);
            } else {
                look_up(together, said, &mut is_first);
            }
        }
    } else {
        look_up(&timed, said, &mut is_first);
    }
    is_first
}

fn compare<S: Eq>(marks: &[(usize, Moment)], said: &impl Fn(usize) -> S, is_first: &mut [bool]) {
    for (place, (mark, moment)) in marks.iter().enumerate() {
        is_first[*mark] = !marks[..place].iter().any(|(other, at)| at == moment && said(*other) == said(*mark));
    }
}

fn look_up<S: Eq + Hash>(marks: &[(usize, Moment)], said: &impl Fn(usize) -> S, is_first: &mut [bool]) {
    let mut known: HashMap<Moment, usize, RandomState> = HashMap::with_capacity_and_hasher(marks.len(), RandomState::default());
    // Few moments have more than one, so that what is said is seldom looked at.
    let mut further: HashSet<(Moment, S), RandomState> = HashSet::default();
    for (mark, moment) in marks {
        let first = *known.entry(*moment).or_insert(*mark);
        is_first[*mark] = first == *mark || (said(first) != said(*mark) && further.insert((*moment, said(*mark))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_said_again_at_another_moment_or_by_another_statement_is_no_repeat() {
        let moments = [Some((1, 5)), Some((1, 5)), Some((2, 5)), None, None, Some((1, 5)), Some((1, 6))];
        let said = ["a", "b", "a", "a", "a", "a", "a"];
        assert_eq!(firsts(&moments, &|mark| said[mark]), [true, true, true, true, true, false, true]);
    }

    proptest! {
        #[test]
        fn the_first_of_each_is_kept_however_many_there_are_and_whatever_their_order(
            mut marks in prop::collection::vec((prop::option::of((0_u32..3, 0_i64..12)), 0_u8..3), 0..60),
            is_in_order: bool,
        ) {
            if is_in_order {
                marks.sort_by_key(|(moment, _)| moment.map(|(_, ms)| ms));
            }
            let moments: Vec<Option<Moment>> = marks.iter().map(|(moment, _)| *moment).collect();
            let mut known = HashSet::new();
            let expected: Vec<bool> = marks.iter().map(|(moment, said)| moment.is_none_or(|moment| known.insert((moment, *said)))).collect();
            prop_assert_eq!(firsts(&moments, &|mark| marks[mark].1), expected);
        }
    }
}
