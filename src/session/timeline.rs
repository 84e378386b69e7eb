//! A context value over the time of a session.

use foldhash::fast::RandomState;
use std::collections::HashMap;

/// Context values that a named group of any `[[context]]` may set besides its own.
pub const NAMES: &[&str] = &[
    "app",
    "app_version",
    "app_build",
    "channel",
    "device_manufacturer",
    "device_model",
    "device_class",
    "os",
    "os_version",
    "os_build",
    "abi",
    "network",
    "network_subtype",
    "carrier",
    "vpn",
    "region",
    "user",
];

/// Values that are there at once at most; of more the oldest are forgotten.
const THERE_MAX: usize = 16;

/// Values that say that there is none.
const NO_VALUE: [&str; 2] = ["none", "unknown"];

/// Where a value was stated.
#[derive(Clone, Debug)]
pub enum Source {
    /// In a metadata file.
    Stated,
    /// In a document's header.
    Header,
    /// By a mark.
    Mark(usize),
}

/// A value from some point on.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Since when, µs UTC.
    pub at: Option<i64>,
    /// Number of the mark; 0 for what was stated before any.
    pub order: usize,
    /// The value.
    pub value: String,
    /// The value that ended here; then `value` is what holds if nothing else does.
    pub ends: Option<String>,
    /// Where it was stated.
    pub source: Source,
}

/// The values of one name in order.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    entries: Vec<Entry>,
    /// The first entry that a mark states: all behind it are a mark's, in order.
    marked: usize,
    /// Times at which marks stated another value than the one before, and the entries that did.
    changed: Vec<(i64, usize)>,
    /// When each value held that marks stated.
    held: HashMap<String, Held, RandomState>,
}

/// When one value held, by what marks with a time stated.
#[derive(Clone, Debug, Default)]
struct Held {
    /// From when to when, the last without end, and for how long in all before, µs.
    stretches: Vec<(i64, i64, i64)>,
}

impl Held {
    /// For how long up to an instant, µs.
    fn before_us(&self, at: i64) -> i64 {
        match self.stretches[..self.stretches.partition_point(|(from, ..)| *from < at)].last() {
            Some((from, to, before)) => before + at.min(*to) - from,
            None => 0,
        }
    }
}

impl Timeline {
    /// Adds an entry; [`Timeline::sort`] before use.
    pub fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Orders the entries by their marks, and gives those that end a value the one that holds after it.
    pub fn sort(&mut self) {
        self.entries.sort_by_key(|e| (!matches!(e.source, Source::Stated), matches!(e.source, Source::Mark(_)), e.order));
        if self.entries.iter().any(|e| e.ends.is_some()) {
            self.end();
        }
        self.marked = self.entries.partition_point(|e| !matches!(e.source, Source::Mark(_)));
        self.changed.clear();
        self.held.clear();
        let (mut latest, mut holding) = (i64::MIN, None::<(i64, &str)>);
        for (number, entry) in self.entries.iter().enumerate().skip(self.marked) {
            let Some(at) = entry.at else { continue };
            // A clock that is set back makes nothing that was before it later.
            latest = latest.max(at);
            if number > self.marked && self.entries[number - 1].value != entry.value {
                self.changed.push((latest, number));
            }
            if holding.is_none_or(|(_, value)| value != entry.value) {
                hold(&mut self.held, holding, latest);
                holding = Some((latest, &entry.value));
            }
        }
        hold(&mut self.held, holding, i64::MAX);
    }

    /// Several values can be there at once (Wi-Fi and a lingering mobile network): the newest counts, and
    /// the end of one that does not count changes nothing.
    fn end(&mut self) {
        let mut there: Vec<String> = Vec::new();
        let mut before: Option<Entry> = None;
        let mut is_none = false;
        self.entries.retain_mut(|entry| {
            if !matches!(entry.source, Source::Mark(_)) {
                is_none = NO_VALUE.contains(&entry.value.as_str());
                return true;
            }
            match entry.ends.take() {
                // That there is something again says nothing where there was.
                Some(gone) if NO_VALUE.contains(&gone.as_str()) && !is_none => return false,
                Some(gone) => {
                    if there.is_empty() && before.is_none() && !NO_VALUE.contains(&gone.as_str()) {
                        before = Some(Entry { at: None, order: 0, value: gone.clone(), ..entry.clone() });
                    }
                    there.retain(|value| *value != gone);
                    if let Some(left) = there.last() {
                        entry.value.clone_from(left);
                    }
                }
                None if NO_VALUE.contains(&entry.value.as_str()) => there.clear(),
                None => {
                    there.retain(|value| *value != entry.value);
                    there.push(entry.value.clone());
                    if there.len() > THERE_MAX {
                        there.remove(0);
                    }
                }
            }
            is_none = NO_VALUE.contains(&entry.value.as_str());
            true
        });
        // What ends was there before, though nobody said so.
        if let Some(before) = before {
            let at = self.entries.iter().position(|e| matches!(e.source, Source::Mark(_))).unwrap_or(0);
            self.entries.insert(at, before);
        }
    }

    /// The last value up to a mark, else the first one.
    #[must_use]
    pub fn nearest(&self, order: usize) -> Option<&Entry> {
        self.held(order).or_else(|| self.entries.first())
    }

    /// The marks from which on another value is the [`nearest`](Self::nearest).
    pub fn turns(&self) -> impl Iterator<Item = usize> {
        let before = std::iter::once(self.entries.first()).chain(self.of_marks().iter().map(Some));
        let turned = self.of_marks().iter().zip(before).filter(|(entry, before)| before.is_none_or(|before| before.value != entry.value));
        turned.map(|(entry, _)| entry.order)
    }

    /// For how long of a stretch of time a value held that marks stated, µs.
    #[must_use]
    pub fn held_us(&self, value: &str, from: i64, to: i64) -> i64 {
        self.held.get(value).map_or(0, |held| held.before_us(to.max(from)) - held.before_us(from))
    }

    /// How often marks stated another value than the one before within a stretch of time (µs UTC), and the
    /// last that did.
    #[must_use]
    pub fn changes(&self, from: i64, to: i64) -> (usize, Option<&Entry>) {
        let first = self.changed.partition_point(|(at, _)| *at < from);
        let inside = &self.changed[first..self.changed.partition_point(|(at, _)| *at <= to).max(first)];
        (inside.len(), inside.last().map(|(_, number)| &self.entries[*number]))
    }

    /// The first statement of a value by a mark within these marks.
    #[must_use]
    pub fn stated_within(&self, value: &str, from: usize, to: usize) -> Option<&Entry> {
        let marks = self.of_marks();
        let inside = &marks[marks.partition_point(|e| e.order < from)..];
        inside.iter().take_while(|e| e.order <= to).find(|e| e.value == value)
    }

    /// The statements of a value by marks.
    pub fn stated<'t>(&'t self, value: &'t str) -> impl Iterator<Item = &'t Entry> {
        self.of_marks().iter().filter(move |entry| entry.value == value)
    }

    /// The last value that a mark stated up to a mark.
    #[must_use]
    pub fn held(&self, order: usize) -> Option<&Entry> {
        let marks = self.of_marks();
        marks[..marks.partition_point(|e| e.order <= order)].last()
    }

    fn of_marks(&self) -> &[Entry] {
        &self.entries[self.marked..]
    }
}

/// Notes that what held until now did so up to an instant.
fn hold(held: &mut HashMap<String, Held, RandomState>, holding: Option<(i64, &str)>, until: i64) {
    let Some((from, value)) = holding else { return };
    let stretches = &mut held.entry(value.to_owned()).or_default().stretches;
    let before = stretches.last().map_or(0, |(from, to, before)| before + to - from);
    stretches.push((from, until, before));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(entries: &[(usize, &str)]) -> Timeline {
        let mut t = Timeline::default();
        for (order, value) in entries {
            t.push(Entry { at: None, order: *order, value: (*value).to_owned(), ends: None, source: Source::Mark(*order) });
        }
        t.sort();
        t
    }

    #[test]
    fn a_value_holds_from_where_it_is_stated_and_backward_if_none_was_before() {
        let t = timeline(&[(9, "cell"), (4, "wifi")]);
        let value = |order| t.nearest(order).map(|e| e.value.as_str());
        assert_eq!((value(1), value(5), value(9)), (Some("wifi"), Some("wifi"), Some("cell")));
        assert!(t.held(1).is_none());
    }

    #[test]
    fn a_value_turns_where_another_one_is_stated() {
        let turns = |entries: &[(usize, &str)]| timeline(entries).turns().collect::<Vec<_>>();
        assert_eq!(turns(&[(4, "wifi"), (6, "wifi"), (9, "cell"), (11, "wifi"), (12, "wifi")]), [9, 11]);
        let mut t = Timeline::default();
        for (order, value, source) in [(0, "wifi", Source::Stated), (3, "wifi", Source::Mark(3)), (5, "none", Source::Mark(5))] {
            t.push(Entry { at: None, order, value: value.into(), ends: None, source });
        }
        t.sort();
        assert_eq!(t.turns().collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn a_value_holds_for_the_part_of_a_stretch_between_its_statements() {
        let mut t = Timeline::default();
        for (order, at, value) in [(0, 10, "wifi"), (1, 20, "none"), (2, 50, "cell"), (3, 60, "none")] {
            t.push(Entry { at: Some(at), order, value: value.into(), ends: None, source: Source::Mark(order) });
        }
        t.sort();
        assert_eq!((t.held_us("none", 0, 30), t.held_us("none", 25, 100), t.held_us("none", 0, 10)), (10, 25 + 40, 0));
    }

    #[test]
    fn a_change_is_another_value_than_the_one_stated_before() {
        let mut t = Timeline::default();
        for (order, at, value) in [(0, 10, "wifi"), (1, 20, "wifi"), (2, 50, "none"), (3, 60, "cell")] {
            t.push(Entry { at: Some(at), order, value: value.into(), ends: None, source: Source::Mark(order) });
        }
        t.sort();
        let (count, last) = t.changes(0, 100);
        assert_eq!((count, last.map(|e| e.order)), (2, Some(3)));
        assert_eq!(t.changes(15, 40).0, 0);
    }

    #[test]
    fn stretches_and_changes_are_those_of_a_walk_over_all_entries() {
        let times = [10, 20, 20, 30, 55, 70, 71];
        let values = ["none", "wifi", "none", "none", "cell", "none", "wifi"];
        let mut t = Timeline::default();
        for (order, (at, value)) in times.iter().zip(values).enumerate() {
            t.push(Entry { at: Some(*at), order, value: value.into(), ends: None, source: Source::Mark(order) });
        }
        t.sort();
        for from in 0..80 {
            for to in from..80 {
                let none = (from..to).filter(|at| values[..times.partition_point(|t| t <= at)].last() == Some(&"none")).count();
                assert_eq!(t.held_us("none", from, to), i64::try_from(none).unwrap(), "{from} to {to}");
                let changes: Vec<usize> =
                    (1..times.len()).filter(|i| values[i - 1] != values[*i] && (from..=to).contains(&times[*i])).collect();
                let (count, last) = t.changes(from, to);
                assert_eq!((count, last.map(|e| e.order)), (changes.len(), changes.last().copied()), "{from} to {to}");
            }
        }
    }

    #[test]
    fn a_clock_that_is_set_back_takes_no_time_away() {
        let mut t = Timeline::default();
        for (order, at, value) in [(0, 100, "wifi"), (1, 200, "none"), (2, 50, "wifi"), (3, 300, "none")] {
            t.push(Entry { at: Some(at), order, value: value.into(), ends: None, source: Source::Mark(order) });
        }
        t.sort();
        assert_eq!((t.held_us("wifi", 0, 400), t.held_us("none", 0, 400)), (200, 100));
        assert_eq!(t.changes(0, 400).0, 3);
    }

    #[test]
    fn that_there_is_a_network_again_says_nothing_where_there_was_one() {
        let mut t = Timeline::default();
        let mut push = |order, value: &str, ends: Option<&str>, source: Source| {
            t.push(Entry { at: None, order, value: value.to_owned(), ends: ends.map(str::to_owned), source });
        };
        push(0, "wifi", None, Source::Header);
        push(2, "unknown", Some("none"), Source::Mark(2));
        push(4, "none", None, Source::Mark(4));
        push(6, "unknown", Some("none"), Source::Mark(6));
        t.sort();
        assert_eq!([3, 5, 7].map(|order| t.nearest(order).map(|e| e.value.as_str())), [Some("wifi"), Some("none"), Some("unknown")]);
    }

    #[test]
    fn the_end_of_a_value_leaves_what_held_beside_it_or_none() {
        let mut t = Timeline::default();
        let mut push = |order, value: &str, ends: Option<&str>| {
            t.push(Entry { at: None, order, value: value.to_owned(), ends: ends.map(str::to_owned), source: Source::Mark(order) });
        };
        push(2, "none", Some("wifi"));
        push(4, "cell", None);
        push(6, "wifi", None);
        push(8, "none", Some("cell"));
        push(9, "none", Some("wifi"));
        t.sort();
        let values: Vec<&str> = [1, 3, 5, 7, 8, 9].iter().map(|o| t.held(*o).map_or("-", |e| e.value.as_str())).collect();
        assert_eq!(values, ["wifi", "none", "cell", "wifi", "wifi", "none"]);
    }
}
