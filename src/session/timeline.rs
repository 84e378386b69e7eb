//! A context value over the time of a session.

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
pub struct Timeline(Vec<Entry>);

impl Timeline {
    /// Adds an entry; [`Timeline::sort`] before use.
    pub fn push(&mut self, entry: Entry) {
        self.0.push(entry);
    }

    /// Orders the entries by their marks, and gives those that end a value the one that holds after it.
    pub fn sort(&mut self) {
        self.0.sort_by_key(|e| (!matches!(e.source, Source::Stated), matches!(e.source, Source::Mark(_)), e.order));
        if self.0.iter().any(|e| e.ends.is_some()) {
            self.end();
        }
    }

    /// Several values can be there at once (Wi-Fi and a lingering mobile network): the newest counts, and
    /// the end of one that does not count changes nothing.
    fn end(&mut self) {
        let mut there: Vec<String> = Vec::new();
        let mut before: Option<Entry> = None;
        for entry in self.0.iter_mut().filter(|e| matches!(e.source, Source::Mark(_))) {
            match entry.ends.take() {
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
                }
            }
        }
        // What ends was there before, though nobody said so.
        if let Some(before) = before {
            let at = self.0.iter().position(|e| matches!(e.source, Source::Mark(_))).unwrap_or(0);
            self.0.insert(at, before);
        }
    }

    /// The last value up to a mark, else the first one.
    #[must_use]
    pub fn nearest(&self, order: usize) -> Option<&Entry> {
        self.held(order).or_else(|| self.0.iter().find(|e| !matches!(e.source, Source::Mark(_)))).or_else(|| self.0.first())
    }

    /// For how long of a stretch of time a value held that marks stated, µs.
    #[must_use]
    pub fn held_us(&self, value: &str, from: i64, to: i64) -> i64 {
        let stated: Vec<(i64, bool)> =
            self.0.iter().filter(|e| matches!(e.source, Source::Mark(_))).filter_map(|e| Some((e.at?, e.value == value))).collect();
        let until = |i: usize| stated.get(i + 1).map_or(to, |next| next.0);
        let holding = stated.iter().enumerate().filter(|(_, (_, is))| *is);
        holding.map(|(i, (at, _))| (until(i).min(to) - (*at).max(from)).max(0)).sum()
    }

    /// How often marks stated another value than the one before within a stretch of time (µs UTC), and the
    /// last that did.
    #[must_use]
    pub fn changes(&self, from: i64, to: i64) -> (usize, Option<&Entry>) {
        let mut before: Option<&Entry> = None;
        let mut found = (0, None);
        for entry in self.0.iter().filter(|e| matches!(e.source, Source::Mark(_))) {
            let changed = before.is_some_and(|b| b.value != entry.value);
            if changed && entry.at.is_some_and(|at| (from..=to).contains(&at)) {
                found = (found.0 + 1, Some(entry));
            }
            before = Some(entry);
        }
        found
    }

    /// The first statement of a value by a mark within these marks.
    #[must_use]
    pub fn stated_within(&self, value: &str, from: usize, to: usize) -> Option<&Entry> {
        self.0.iter().find(|e| matches!(e.source, Source::Mark(_)) && e.value == value && (from..=to).contains(&e.order))
    }

    /// The last value that a mark stated up to a mark.
    #[must_use]
    pub fn held(&self, order: usize) -> Option<&Entry> {
        self.0.iter().rev().find(|e| matches!(e.source, Source::Mark(_)) && e.order <= order)
    }
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
