//! The pass over a line: what the rows of `keys.rs` and `shapes.rs` find is replaced, the rest copied.

use super::key::Key;
use super::keys::{self, Found, KEYS};
use super::shapes::{self, SHAPES, Shown, Traits};
use super::{checks, value};
use std::collections::BTreeMap;
use std::ops::Range;

/// Keys of time or level: a JSON object that has one of them is a line of a log.
const LOG_KEYS: &[&str] = &["\"time", "\"ts\"", "\"t\"", "\"@timestamp\"", "\"level\"", "\"lvl\"", "\"severity", "\"priority\"", "\"pid\""];

/// A line with what is personal in it replaced.
pub(super) fn line(key: &Key, text: &str) -> String {
    let mut places = Places::default();
    let mut depths = None;
    for row in keys::rows(text) {
        let found = &KEYS[row];
        for m in keys::PATTERNS[row].find_iter(text) {
            let Some(range) = value::span(text, m.end(), found.bare) else { continue };
            if found.may_be_log && *depths.get_or_insert_with(|| Depths::of(text)).at(m.start()) {
                continue;
            }
            let equals = m.as_str().trim_end().ends_with('=');
            let facts = Found { value: &text[range.clone()], quoted: value::is_quoted(text, m.end()), equals };
            if (found.accept)(&facts) {
                places.take(range, found.shown);
            }
        }
    }
    forms(text, &mut places, |_| true);
    places.replace(key, text)
}

/// A path with the people in it replaced.
pub(super) fn path(key: &Key, text: &str) -> String {
    let mut places = Places::default();
    forms(text, &mut places, |row| SHAPES[row].in_paths);
    places.replace(key, text)
}

fn forms(text: &str, places: &mut Places, wanted: impl Fn(usize) -> bool) {
    let traits = Traits::of(text);
    for row in (0..SHAPES.len()).filter(|row| wanted(*row) && (SHAPES[*row].may)(&traits)) {
        for captures in shapes::PATTERNS[row].captures_iter(text) {
            let Some(m) = captures.name("v").or_else(|| captures.get(0)) else { continue };
            if let Some(range) = (SHAPES[row].accept)(text, m.range()).filter(|r| !checks::is_redacted(&text[r.clone()])) {
                places.take(range, SHAPES[row].shown);
            }
        }
    }
}

/// What is to be replaced, without overlaps; who comes first keeps its place.
#[derive(Default)]
struct Places(BTreeMap<usize, (usize, Shown)>);

impl Places {
    fn take(&mut self, range: Range<usize>, shown: Shown) {
        let before = self.0.range(..range.end).next_back();
        if range.is_empty() || before.is_some_and(|(_, (end, _))| *end > range.start) {
            return;
        }
        self.0.insert(range.start, (range.end, shown));
    }

    fn replace(&self, key: &Key, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut copied = 0;
        for (start, (end, shown)) in &self.0 {
            out.push_str(&text[copied..*start]);
            match shown {
                Shown::Mask(kind) => out.extend(["<", kind, ">"]),
                Shown::Pseudonym(kind) => out.push_str(&key.pseudonym(kind, &text[*start..*end])),
            }
            copied = *end;
        }
        out.push_str(&text[copied..]);
        out
    }
}

/// Where a line that is one JSON object has its own fields, as opposed to those of objects inside.
struct Depths(Vec<(usize, bool)>);

impl Depths {
    fn of(text: &str) -> Self {
        let mut changes = vec![(0, false)];
        if !text.trim_start().starts_with('{') || !LOG_KEYS.iter().any(|key| text.contains(key)) {
            return Depths(changes);
        }
        let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                b'{' | b'[' if !in_string => depth += 1,
                b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
                _ => continue,
            }
            // A key is met before its quote closes, so its own string counts as the level around it.
            changes.push((at, depth == 1));
        }
        Depths(changes)
    }

    fn at(&self, position: usize) -> &bool {
        let next = self.0.partition_point(|(at, _)| *at <= position);
        &self.0[next - 1].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The cheap look at a line never passes over what the patterns would find in it.
        #[test]
        fn a_shape_is_only_passed_over_where_its_pattern_finds_nothing(text in "[ -~]{0,20}([0-9]{3,5}[ -]){0,4}[0-9:.-]{0,24}[A-Za-z0-9+/=@!#%$<>_-]{0,40}[，是 ]?[ -~]{0,20}") {
            let traits = Traits::of(&text);
            for (row, pattern) in shapes::PATTERNS.iter().enumerate() {
                prop_assert!((SHAPES[row].may)(&traits) || !pattern.is_match(&text), "{} in {text}", pattern.as_str());
            }
            for (row, pattern) in keys::PATTERNS.iter().enumerate() {
                prop_assert!(keys::rows(&text).any(|r| r == row) || !pattern.is_match(&text), "{} in {text}", pattern.as_str());
            }
        }
    }
}
