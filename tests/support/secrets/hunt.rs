//! The search for planted secrets in what a program printed or wrote.

use super::kind::Kind;
use super::planter::Plant;
use super::view::{joined, views};
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::BTreeMap;

/// Finds any part of any secret.
pub struct Hunter {
    automaton: AhoCorasick,
    /// Of each pattern: which plant, and whether it is the whole value.
    owners: Vec<(usize, bool)>,
}

/// A secret that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    pub plant: usize,
    pub whole: bool,
    pub view: &'static str,
    /// What stands around it.
    pub context: String,
}

impl Hunter {
    pub fn new(plants: &[Plant]) -> Self {
        let (mut patterns, mut owners) = (Vec::new(), Vec::new());
        for (index, plant) in plants.iter().enumerate() {
            let mut all: Vec<(String, bool)> = Vec::new();
            for (place, part) in plant.secret.parts.iter().enumerate() {
                let part = part.to_lowercase();
                let bare = joined(&part);
                // A host in a URL is the secret, not the port behind it.
                let whole = place == 0 || matches!(plant.secret.kind, Kind::PhoneCn | Kind::PhoneE164 | Kind::PrivateHost);
                all.push((part, whole));
                all.push((bare, whole));
            }
            all.dedup();
            for (part, whole) in all {
                if part.chars().count() >= 6 {
                    patterns.push(part);
                    owners.push((index, whole));
                }
            }
        }
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&patterns).expect("few patterns");
        Self { automaton, owners }
    }

    /// One hit for each plant that any view of a text shows; a whole value before a part of one.
    pub fn hunt(&self, text: &str) -> Vec<Hit> {
        let mut found: BTreeMap<usize, Hit> = BTreeMap::new();
        for (view, text) in views(text) {
            for hit in self.automaton.find_overlapping_iter(&text) {
                let (plant, whole) = self.owners[hit.pattern().as_usize()];
                if found.get(&plant).is_none_or(|old| whole && !old.whole) {
                    found.insert(plant, Hit { plant, whole, view, context: around(&text, hit.start(), hit.end()) });
                }
            }
        }
        found.into_values().collect()
    }
}

fn around(text: &str, start: usize, end: usize) -> String {
    let mut low = start.saturating_sub(90).max(text[..start].rfind('\n').map_or(0, |n| n + 1));
    let mut high = (end + 60).min(text[end..].find('\n').map_or(text.len(), |n| end + n));
    while !text.is_char_boundary(low) {
        low -= 1;
    }
    while !text.is_char_boundary(high) {
        high += 1;
    }
    text[low..high].to_owned()
}
