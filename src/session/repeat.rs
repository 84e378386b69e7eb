//! Marks -> which of them say something for the first time: the same statement about the same thing in the same millisecond is
//! one mark, in however many documents or sections of one it stands.

use foldhash::fast::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// A statement and the millisecond of its record.
pub(super) type Moment = (u32, i64);

/// So many marks of one millisecond are compared with each other in less time than it takes to hash them.
const FEW: usize = 8;

/// Which marks are the first to say at their moment what they say. One without a moment, or that says nothing, repeats nothing.
pub(super) fn firsts<M, S: Eq + Hash>(
    marks: &[M],
    moment: &impl Fn(&M) -> Option<Moment>,
    said: &impl Fn(usize) -> Option<S>,
) -> Vec<bool> {
    let mut is_first = vec![true; marks.len()];
    let timed = || marks.iter().enumerate().filter_map(|(number, mark)| Some((number, moment(mark)?)));
    // Marks are in the order of time, so that those of one millisecond stand together, unless a clock was set back.
    let is_in_order = timed().is_sorted_by_key(|(_, (_, ms))| ms);
    let mut together: Vec<(usize, Moment)> = Vec::new();
    for (number, at) in timed() {
        if is_in_order && together.last().is_some_and(|(_, (_, ms))| *ms != at.1) {
            settle(&together, said, &mut is_first);
            together.clear();
        }
        together.push((number, at));
    }
    settle(&together, said, &mut is_first);
    is_first
}

/// Settles it for some marks.
fn settle<S: Eq + Hash>(marks: &[(usize, Moment)], said: &impl Fn(usize) -> Option<S>, is_first: &mut [bool]) {
    if marks.len() <= FEW {
        for (place, (mark, moment)) in marks.iter().enumerate() {
            is_first[*mark] =
                !marks[..place].iter().any(|(other, at)| at == moment && said(*mark).is_some_and(|own| said(*other) == Some(own)));
        }
        return;
    }
    let mut known: HashMap<Moment, usize, RandomState> = HashMap::with_capacity_and_hasher(marks.len(), RandomState::default());
    // Few moments have more than one, so that what is said is seldom looked at.
    let mut further: HashSet<(Moment, S), RandomState> = HashSet::default();
    for (mark, moment) in marks {
        let Some(own) = said(*mark) else { continue };
        let first = *known.entry(*moment).or_insert(*mark);
        is_first[*mark] = first == *mark || (said(first).as_ref() != Some(&own) && further.insert((*moment, own)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_said_again_at_another_moment_or_by_another_statement_is_no_repeat() {
        let moments = [Some((1, 5)), Some((1, 5)), Some((2, 5)), None, None, Some((1, 5)), Some((1, 5)), Some((1, 5)), Some((1, 6))];
        let said = [Some("a"), Some("b"), Some("a"), Some("a"), Some("a"), Some("a"), None, None, Some("a")];
        let is_first = firsts(&moments, &|moment| *moment, &|mark| said[mark]);
        assert_eq!(is_first, [true, true, true, true, true, false, true, true, true]);
    }

    proptest! {
        #[test]
        fn the_first_of_each_is_kept_however_many_there_are_and_whatever_their_order(
            mut marks in prop::collection::vec((prop::option::of((0_u32..3, 0_i64..12)), prop::option::of(0_u8..3)), 0..60),
            is_in_order: bool,
        ) {
            if is_in_order {
                marks.sort_by_key(|(moment, _)| moment.map(|(_, ms)| ms));
            }
            let mut known = HashSet::new();
            let is_new = |(moment, said): &(Option<Moment>, Option<u8>)| moment.is_none() || said.is_none() || known.insert((*moment, *said));
            let expected: Vec<bool> = marks.iter().map(is_new).collect();
            prop_assert_eq!(firsts(&marks, &|(moment, _)| *moment, &|mark| marks[mark].1), expected);
        }
    }
}
