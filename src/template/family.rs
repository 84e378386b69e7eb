//! Shapes -> shapes in which words that vary are variables too.
//!
//! Shapes that are equal but for the word at one position are a family. Where enough distinct words were seen there, or a
//! variable among them, the word is a variable. What is joined is decided by the set of all shapes before anything is joined,
//! so the order of lines does not matter.

use super::shape::{ANY, Shape, Word, Words};
use foldhash::fast::{FixedState, RandomState};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::BuildHasher;

/// Rounds of joining: words that became variables bring further shapes together. Logs take two or three.
const ROUNDS_MAX: usize = 8;
/// Distinct words that make a variable, times the constant words around it: the less a family has in common, the more it takes.
const EVIDENCE: usize = 15;
/// Distinct words that make a variable, at least. States and reasons come in threes and fours, and are what one looks for;
/// names come in dozens. On sixteen public logs of 2000 lines each, the mean share of lines that are grouped as
/// people group them stays within 0.01 for 3 to 6 here and 8 to 20 above.
const DISTINCT_MIN: usize = 5;
/// So many times as many for the first position: messages begin with what they are about.
const FIRST_TIMES: usize = 2;
/// Distinct words that make a variable if all are in capitals, as constants are by convention: levels, states, kinds of
/// request. HTTP has nine methods (RFC 9110, and PATCH of RFC 5789), and they are no variable.
const CAPITALS_MIN: usize = 10;

/// Joins the families among shapes until nothing changes, and closes the shapes.
pub fn join(shapes: &mut [Shape], words: &Words) {
    for _ in 0..ROUNDS_MAX {
        let has_contracted = contract_calls(shapes, words);
        if !join_once(shapes, words) && !has_contracted {
            break;
        }
    }
    for shape in shapes {
        words.collapse_colons(shape);
    }
}

/// Makes a variable of `name(*)` where another shape has a variable in its place: programs print what they have no name for as
/// a bare number, and some print both.
fn contract_calls(shapes: &mut [Shape], words: &Words) -> bool {
    let is_call = |of: &[Word]| words.is_name(of[0]) && words.bytes(of[1]) == b"(" && of[2] == ANY && words.bytes(of[3]) == b")";
    let contracted = |shape: &Shape| {
        let at = shape.words.windows(4).position(is_call)?;
        let mut shorter = shape.words.clone();
        shorter.splice(at..at + 4, [ANY]);
        Some((at, shorter))
    };
    let wanted: HashSet<Vec<Word>, RandomState> = shapes.iter().filter_map(|shape| Some(contracted(shape)?.1)).collect();
    let found: HashSet<Vec<Word>, RandomState> =
        shapes.iter().filter(|shape| wanted.contains(&shape.words)).map(|shape| shape.words.clone()).collect();
    let mut has_changed = false;
    for shape in shapes {
        if let Some((at, shorter)) = contracted(shape)
            && found.contains(&shorter)
            && shorter.iter().any(|word| words.is_name(*word))
        {
            shape.words = shorter;
            shape.ends.drain(at..at + 3);
            has_changed = true;
        }
    }
    has_changed
}

/// Joins the families among shapes as they are; whether there were any.
fn join_once(shapes: &mut [Shape], words: &Words) -> bool {
    // All shapes of a family have one length.
    let mut by_length: BTreeMap<usize, HashMap<Vec<Word>, Vec<usize>, RandomState>> = BTreeMap::new();
    for (at, shape) in shapes.iter().enumerate() {
        by_length.entry(shape.words.len()).or_default().entry(shape.words.clone()).or_default().push(at);
    }
    let mut has_changed = false;
    for same_length in by_length.into_values() {
        let (keys, members): (Vec<Vec<Word>>, Vec<Vec<usize>>) = same_length.into_iter().unzip();
        for (members, joined) in members.iter().zip(joined(&keys, words)) {
            let Some(joined) = joined else { continue };
            has_changed = true;
            for at in members {
                shapes[*at].words.clone_from(&joined);
                words.collapse(&mut shapes[*at]);
            }
        }
    }
    has_changed
}

/// Of each of some distinct keys of one length, the words of the family it joined, if that has more variables.
fn joined(keys: &[Vec<Word>], words: &Words) -> Vec<Option<Vec<Word>>> {
    let hashes: Vec<u128> =
        keys.iter().map(|key| key.iter().enumerate().fold(0, |sum: u128, (at, word)| sum.wrapping_add(mix(at, *word)))).collect();
    let mut sets = Sets((0..keys.len()).collect());
    for position in 0..keys.first().map_or(0, Vec::len) {
        let mut families: HashMap<u128, Family, RandomState> = HashMap::default();
        let rest = |at: usize| hashes[at].wrapping_sub(mix(position, keys[at][position]));
        let may_vary = |at: &usize| keys[*at][position] == ANY || words.is_name(keys[*at][position]);
        for at in (0..keys.len()).filter(may_vary) {
            families.entry(rest(at)).or_insert_with(|| Family::new(at, keys, position, words)).add(keys[at][position], words);
        }
        for at in (0..keys.len()).filter(may_vary) {
            if let Some(family) = families.get(&rest(at)).filter(|family| family.varies(position)) {
                sets.join(family.first, at);
            }
        }
    }
    let mut all: HashMap<usize, Vec<Word>, RandomState> = HashMap::default();
    for (at, key) in keys.iter().enumerate() {
        let all = all.entry(sets.first(at)).or_insert_with(|| key.clone());
        for (word, other) in all.iter_mut().zip(key) {
            if word != other {
                *word = ANY;
            }
        }
    }
    (0..keys.len()).map(|at| all.get(&sets.first(at)).filter(|all| **all != keys[at]).cloned()).collect()
}

/// A number for a word at a position. The sum of those of a key, without that of one position, is the same within a family only:
/// at 128 bits, a clash among the millions of sums of a full table is not to be expected (one in 10^24 times).
fn mix(position: usize, word: Word) -> u128 {
    let half = |seed| u128::from(FixedState::with_seed(seed).hash_one((position, word)));
    half(1) << 64 | half(2)
}

/// Keys that are equal but for one position.
struct Family {
    first: usize,
    /// Constant words at the other positions.
    names: usize,
    distinct: usize,
    has_variable: bool,
    are_capitals: bool,
}

impl Family {
    fn new(first: usize, keys: &[Vec<Word>], position: usize, words: &Words) -> Self {
        let names = keys[first].iter().enumerate().filter(|(at, word)| *at != position && words.is_name(**word)).count();
        Self { first, names, distinct: 0, has_variable: false, are_capitals: true }
    }

    fn add(&mut self, word: Word, words: &Words) {
        self.distinct += 1;
        self.has_variable |= word == ANY;
        self.are_capitals &= words.is_capital(word);
    }

    fn varies(&self, position: usize) -> bool {
        if self.distinct < 2 || self.names == 0 {
            return false;
        }
        let needed = EVIDENCE.div_ceil(self.names).max(DISTINCT_MIN) * if position == 0 { FIRST_TIMES } else { 1 };
        self.has_variable || self.distinct >= if self.are_capitals { needed.max(CAPITALS_MIN) } else { needed }
    }
}

/// Disjoint sets (Galler and Fischer 1964), paths halved on the way.
struct Sets(Vec<usize>);

impl Sets {
    fn first(&mut self, mut of: usize) -> usize {
        while self.0[of] != of {
            self.0[of] = self.0[self.0[of]];
            of = self.0[of];
        }
        of
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        self.0[one.max(other)] = one.min(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shapes of the lines after joining, without repetition; variables are shown as `*`.
    fn check(lines: &[&str], expected: &[&str]) {
        let mut words = Words::default();
        let mut shapes: Vec<Shape> = lines.iter().map(|line| words.shape(line.replace('*', "\u{1}").as_bytes())).collect();
        join(&mut shapes, &words);
        let shown = |shape: &Shape| {
            let texts: Vec<_> = shape.words.iter().map(|word| String::from_utf8_lossy(words.bytes(*word)).replace('\u{1}', "*")).collect();
            texts.join(" ")
        };
        let mut all: Vec<String> = shapes.iter().map(shown).collect();
        all.dedup();
        assert_eq!(all, expected);
    }

    /// The lines with each of some names in place of `?`.
    fn named(names: &[&str], line: &str) -> Vec<String> {
        names.iter().map(|name| line.replace('?', name)).collect()
    }

    fn check_named(names: &[&str], line: &str, expected: &str) {
        let lines = named(names, line);
        check(&lines.iter().map(String::as_str).collect::<Vec<_>>(), &[expected]);
    }

    const NAMES: [&str; 15] = ["ada", "bob", "cem", "dan", "eve", "fay", "gus", "hal", "ida", "jon", "kay", "leo", "mia", "ned", "oto"];

    #[test]
    fn many_words_at_one_position_are_a_variable() {
        check_named(&NAMES[..5], "session opened for ? now", "session opened for * now");
    }

    #[test]
    fn a_few_words_are_as_many_templates() {
        let lines = ["the screen is now on", "the screen is now off", "the screen is now locked"];
        check(&lines, &lines);
    }

    #[test]
    fn a_word_where_others_have_a_variable_is_one() {
        check(&["connected to *", "connected to home"], &["connected to *"]);
    }

    #[test]
    fn a_family_with_little_in_common_takes_more_words() {
        let lines = named(&NAMES[..14], "removing ?");
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        check(&lines, &lines);
        check_named(&NAMES, "removing ?", "removing *");
    }

    #[test]
    fn the_first_word_takes_twice_as_many() {
        let lines = named(&NAMES[..9], "? has joined the room");
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        check(&lines, &lines);
        check_named(&NAMES[..10], "? has joined the room", "* has joined the room");
    }

    #[test]
    fn words_in_capitals_stay_constant_longer() {
        let lines = named(&["GET", "PUT", "POST", "HEAD", "DELETE", "PATCH"], "the request ? was sent");
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        check(&lines, &lines);
    }

    #[test]
    fn words_that_became_variables_bring_more_together() {
        let mut lines = named(&NAMES[..5], "the call of ? was ended by *");
        lines.extend(named(&NAMES[..5], "the call of ? was ended by nobody"));
        check(&lines.iter().map(String::as_str).collect::<Vec<_>>(), &["the call of * was ended by *"]);
        check_named(&NAMES[..5], "sent to peer ? * of *", "sent to peer * of *");
    }

    #[test]
    fn a_call_in_the_place_of_a_variable_is_one() {
        check(&["went to state *", "went to state UNKNOWN(*)"], &["went to state *"]);
        check(&["went to state UNKNOWN(*)"], &["went to state UNKNOWN ( * )"]);
    }
}
