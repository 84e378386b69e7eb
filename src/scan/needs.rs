//! Statements that a text picked -> those that it may still mean, by the words that their other expressions cannot do without.
//!
//! What picks a statement is often the name of an id, which stands in each line that tells of a message: a dozen statements
//! are picked, of which one or two have their word there, too. One look for all words takes less time than an expression. It
//! says as well where no expression that must not match has one of its words, so that none of these need be tried.

use super::sieve::Sieve;
use crate::profile::Profiles;
use crate::profile::literal::in_line;
use std::collections::BTreeMap;

/// What statements need, in the order of their gate.
#[derive(Debug)]
pub struct Needs {
    words: Sieve,
    /// Word -> the groups that it is of.
    groups: Vec<Vec<usize>>,
    /// Statement -> groups, of each of which a text must hold a word.
    of_each: Vec<Vec<usize>>,
    /// Statement -> groups of which a text must hold a word for an expression to match that must not; `None` where one has no such words.
    bars_of_each: Vec<Option<Vec<usize>>>,
    /// How many groups there are.
    count: usize,
}

impl Needs {
    /// What statements need.
    pub fn new(profiles: &Profiles, statements: &[u32]) -> Self {
        let mut known: BTreeMap<Vec<Vec<u8>>, usize> = BTreeMap::new();
        let mut group = |words: &Vec<Vec<u8>>| {
            let next = known.len();
            *known.entry(words.iter().map(|word| in_line(word).to_ascii_lowercase()).collect()).or_insert(next)
        };
        let (mut of_each, mut bars_of_each) = (Vec::new(), Vec::new());
        for number in statements {
            let matcher = &profiles.statements[*number as usize].matcher;
            let words = matcher.message.iter().chain(&matcher.all).filter_map(|pattern| pattern.told().required.as_ref());
            of_each.push(words.map(&mut group).collect());
            bars_of_each.push(matcher.none.iter().map(|pattern| pattern.told().required.as_ref().map(&mut group)).collect());
        }
        let mut groups: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (words, group) in &known {
            for word in words {
                groups.entry(word).or_default().push(*group);
            }
        }
        let words = Sieve::new(groups.keys().copied());
        Needs { words, groups: groups.into_values().collect(), of_each, bars_of_each, count: known.len() }
    }

    /// Of statements that were picked from a place on, among those of a gate, keeps those that a text may mean; those of which it is
    /// known that no expression matches that must not are added to the free ones. Of a text with `ſ` or the Kelvin sign nothing is.
    pub fn keep(&self, statements: &[u32], text: &[u8], picked: &mut Vec<u32>, from: usize, free: &mut Vec<u32>) {
        if has_unicode_case(text) {
            return;
        }
        let mut held = vec![false; self.count];
        self.words.find(text, |word, _| {
            self.groups[word as usize].iter().for_each(|group| held[*group] = true);
            0
        });
        let mut kept = from;
        for at in from..picked.len() {
            let number = picked[at];
            let Ok(place) = statements.binary_search(&number) else { continue };
            if self.of_each[place].iter().all(|group| held[*group]) {
                picked[kept] = number;
                kept += 1;
                if self.bars_of_each[place].as_ref().is_some_and(|bars| !bars.iter().any(|group| held[*group])) {
                    free.push(number);
                }
            }
        }
        picked.truncate(kept);
    }
}

/// Whether a text holds `ſ` or the Kelvin sign, which are `s` and `k` for an expression that minds no case, and for nothing else
/// that looks for words.
fn has_unicode_case(text: &[u8]) -> bool {
    memchr::memchr2_iter(0xc5, 0xe2, text).any(|at| text[at..].starts_with("ſ".as_bytes()) || text[at..].starts_with("\u{212a}".as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::GRAMMARS;
    use crate::profile::check::texts;
    use crate::profile::matcher::{Bars, Text, matches};
    use crate::scan::filter::Filter;
    use std::collections::BTreeSet;

    /// Every example of every profile, in each form in which its app may write, behind its tag or none, as a line, two lines and an object.
    #[test]
    fn no_statement_is_dropped_that_means_a_text_and_none_is_free_that_a_text_bars() {
        let profiles = Profiles::builtin();
        let (mut kept, mut dropped, mut objects, mut freed) = (0, 0, 0, 0);
        let tags: BTreeSet<&[u8]> = profiles.statements.iter().flat_map(|statement| &statement.matcher.tags).map(|tag| &**tag).collect();
        for (id, grammar) in (0..).zip(GRAMMARS).filter(|(_, grammar)| !grammar.is_report()) {
            let filter = Filter::new(&profiles, id);
            for gate in [&filter.untagged].into_iter().chain(tags.iter().map(|tag| filter.gate(filter.tag(tag)))) {
                let needs = Needs::new(&profiles, &gate.statements);
                let examples = gate.statements.iter().flat_map(|number| {
                    let (_, examples, counter_examples) = texts(profiles.profile_of(*number), &profiles.statements[*number as usize]);
                    examples.iter().chain(counter_examples)
                });
                let forms = examples.flat_map(|example| {
                    let mut picked = Vec::new();
                    if let Some(object) = grammar.object(example.as_bytes()) {
                        gate.pick_json(example.as_bytes(), example.as_bytes(), &mut picked);
                        objects += 1;
                        return vec![(Text::of_json(&object, example.as_bytes()), Some(object), picked)];
                    }
                    gate.pick(example.as_bytes(), &mut picked);
                    let lines = [example.as_bytes(), b"then a failure of what was received, timeout"];
                    vec![(Text::of_lines([lines[0]]), None, picked.clone()), (Text::of_lines(lines), None, picked)]
                });
                for (text, object, before) in forms.collect::<Vec<_>>() {
                    let (mut picked, mut free) = (before.clone(), Vec::new());
                    needs.keep(&gate.statements, text.as_bytes(), &mut picked, 0, &mut free);
                    for number in &before {
                        let (is_kept, is_free) = (picked.contains(number), free.contains(number));
                        let matcher = &profiles.statements[*number as usize].matcher;
                        let told = || format!("{} {}: {}", grammar.info().id, profiles.id_of(*number), text.as_bytes().escape_ascii());
                        assert!(is_kept || matches(matcher, &text, object.as_ref(), Bars::Untried).is_none(), "{}", told());
                        assert!(!is_free || !matcher.none.iter().any(|bar| bar.is_match(text.as_bytes())), "{}", told());
                        (kept, dropped) = (kept + usize::from(is_kept), dropped + usize::from(!is_kept));
                        freed += usize::from(is_free && !matcher.none.is_empty());
                    }
                }
            }
        }
        assert!(kept > 1_000 && dropped > 1_000 && objects > 100 && freed > 1_000, "{kept} {dropped} {objects} {freed}");
        let needs = Needs::new(&profiles, &[0]);
        for (text, left) in [("acſed", 1), ("a\u{212a}", 1), ("ack “x”", 0)] {
            let mut picked = vec![u32::MAX];
            needs.keep(&[0], text.as_bytes(), &mut picked, 0, &mut Vec::new());
            assert_eq!(picked.len(), left, "{text}");
        }
    }
}
