//! Statements that a text picked -> those that it may still mean, by the words that their other expressions cannot do without.
//!
//! What picks a statement is often the name of an id, which stands in each line that tells of a message: a dozen statements
//! are picked, of which one or two have their word there, too. One look for all words takes less time than an expression.

use super::gate::in_line;
use super::sieve::Sieve;
use crate::profile::Profiles;
use std::collections::BTreeMap;

/// What statements need, in the order of their gate.
#[derive(Debug)]
pub struct Needs {
    words: Sieve,
    /// Word -> the groups that it is of.
    groups: Vec<Vec<usize>>,
    /// Statement -> groups, of each of which a text must hold a word.
    of_each: Vec<Vec<usize>>,
    /// How many groups there are.
    count: usize,
}

impl Needs {
    /// What statements need.
    pub fn new(profiles: &Profiles, statements: &[u32]) -> Self {
        let mut known: BTreeMap<Vec<Vec<u8>>, usize> = BTreeMap::new();
        let of_each = statements.iter().map(|number| {
            let matcher = &profiles.statements[*number as usize].matcher;
            let words = matcher.message.iter().chain(&matcher.all).filter_map(|pattern| pattern.told().required.as_ref());
            let words = words.map(|words| words.iter().map(|word| in_line(word).to_ascii_lowercase()).collect::<Vec<_>>());
            let group = |words| {
                let next = known.len();
                *known.entry(words).or_insert(next)
            };
            words.map(group).collect()
        });
        let of_each = of_each.collect();
        let mut groups: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (words, group) in &known {
            for word in words {
                groups.entry(word).or_default().push(*group);
            }
        }
        let words = Sieve::new(groups.keys().copied());
        Needs { words, groups: groups.into_values().collect(), of_each, count: known.len() }
    }

    /// Of statements that were picked from a place on, among those of a gate, keeps those that a text may mean.
    pub fn keep(&self, statements: &[u32], text: &[u8], picked: &mut Vec<u32>, from: usize) {
        let mut held = vec![false; self.count];
        self.words.find(text, |word, _| {
            self.groups[word as usize].iter().for_each(|group| held[*group] = true);
            false
        });
        let mut kept = from;
        for at in from..picked.len() {
            if statements.binary_search(&picked[at]).is_ok_and(|place| self.of_each[place].iter().all(|group| held[*group])) {
                picked[kept] = picked[at];
                kept += 1;
            }
        }
        picked.truncate(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::GRAMMARS;
    use crate::profile::check::texts;
    use crate::profile::matcher::{Text, matches};
    use crate::scan::filter::Filter;

    /// Every example of every profile, and pieces of several put together, in each form in which its app may write.
    #[test]
    fn no_statement_is_dropped_that_means_a_text() {
        let profiles = Profiles::builtin();
        let (mut kept, mut dropped) = (0, 0);
        for (id, grammar) in (0..).zip(GRAMMARS).filter(|(_, grammar)| !grammar.is_json() && !grammar.is_report()) {
            let filter = Filter::new(&profiles, id);
            let gate = &filter.untagged;
            let needs = Needs::new(&profiles, &gate.statements);
            let examples = gate.statements.iter().flat_map(|number| {
                let (_, examples, counter_examples) = texts(profiles.profile_of(*number), &profiles.statements[*number as usize]);
                examples.iter().chain(counter_examples)
            });
            for example in examples {
                let text = Text::of_lines([example.as_bytes()]);
                let mut picked = Vec::new();
                gate.pick(text.as_bytes(), &mut picked);
                let before = picked.clone();
                needs.keep(&gate.statements, text.as_bytes(), &mut picked, 0);
                for number in &before {
                    let is_kept = picked.contains(number);
                    let means = matches(&profiles.statements[*number as usize].matcher, &text, None).is_some();
                    assert!(is_kept || !means, "{} {}: {example}", grammar.info().id, profiles.id_of(*number));
                    (kept, dropped) = (kept + usize::from(is_kept), dropped + usize::from(!is_kept));
                }
            }
        }
        assert!(kept > 1_000 && dropped > 1_000, "{kept} {dropped}");
    }
}
