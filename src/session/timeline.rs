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
pub struct Timeline {
    entries: Vec<Entry>,
    /// The first entry that a mark states: all behind it are a mark's, in order.
    marked: usize,
    /// Entries of marks that have a time.
    dated: Vec<usize>,
    /// Entries of marks with another value than the one before.
    changed: Vec<usize>,
    /// Whether time never runs back, so that a stretch of it can be looked up instead of searched.
    is_steady: bool,
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
        let of_marks = self.marked..self.entries.len();
        self.dated = of_marks.clone().filter(|i| self.entries[*i].at.is_some()).collect();
        self.changed = of_marks.skip(1).filter(|i| self.entries[i - 1].value != self.entries[*i].value).collect();
        self.is_steady = self.dated.is_sorted_by_key(|i| self.entries[*i].at);
    }

    /// Several values can be there at once (Wi-Fi and a lingering mobile network): the newest counts, and
    /// the end of one that does not count changes nothing.
    fn end(&mut self) {
        let mut there: Vec<String> = Vec::new();
        let mut before: Option<Entry> = None;
        for entry in self.entries.iter_mut().filter(|e| matches!(e.source, Source::Mark(_))) {
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
            let at = self.entries.iter().position(|e| matches!(e.source, Source::Mark(_))).unwrap_or(0);
            self.entries.insert(at, before);
        }
    }

    /// The last value up to a mark, else the first one.
    #[must_use]
    pub fn nearest(&self, order: usize) -> Option<&Entry> {
        self.held(order).or_else(|| self.entries.first())
    }

    /// For how long of a stretch of time a value held that marks stated, µs.
    #[must_use]
    pub fn held_us(&self, value: &str, from: i64, to: i64) -> i64 {
        // The one before the stretch reaches into it.
        let (first, last) = self.within(&self.dated, from, to);
        let dated = &self.dated[first.saturating_sub(1)..last];
        let at = |i: usize| self.entries[i].at.unwrap_or(to);
        let until = |n: usize| dated.get(n + 1).map_or(to, |next| at(*next));
        let holding = dated.iter().enumerate().filter(|(_, i)| self.entries[**i].value == value);
        holding.map(|(n, i)| (until(n).min(to) - at(*i).max(from)).max(0)).sum()
    }

    /// How often marks stated another value than the one before within a stretch of time (µs UTC), and the
    /// last that did.
    #[must_use]
    pub fn changes(&self, from: i64, to: i64) -> (usize, Option<&Entry>) {
        let (first, last) = self.within(&self.changed, from, to);
        let inside =
            self.changed[first..last].iter().map(|i| &self.entries[*i]).filter(|e| e.at.is_some_and(|at| (from..=to).contains(&at)));
        let mut found = (0, None);
        for entry in inside {
            found = (found.0 + 1, Some(entry));
        }
        found
    }

    /// Which of these entries lie within a stretch of time; all, where time runs back.
    fn within(&self, numbers: &[usize], from: i64, to: i64) -> (usize, usize) {
        let is_dated = self.dated.len() == self.entries.len() - self.marked;
        if !self.is_steady || !is_dated {
            return (0, numbers.len());
        }
        let below =
            |limit: i64, with: bool| numbers.partition_point(|i| self.entries[*i].at.is_some_and(|at| at < limit || (with && at == limit)));
        (below(from, false), below(to, true).max(below(from, false)))
    }

    /// The first statement of a value by a mark within these marks.
    #[must_use]
    pub fn stated_within(&self, value: &str, from: usize, to: usize) -> Option<&Entry> {
        let marks = self.of_marks();
        let inside = &marks[marks.partition_point(|e| e.order < from)..];
        inside.iter().take_while(|e| e.order <= to).find(|e| e.value == value)
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
    fn a_stretch_is_looked_up_alike_whether_time_runs_back_or_not() {
        let of = |times: &[i64]| {
            let mut t = Timeline::default();
            for (order, at) in times.iter().enumerate() {
                let value = if order % 2 == 0 { "none" } else { "wifi" };
                t.push(Entry { at: Some(*at), order, value: value.into(), ends: None, source: Source::Mark(order) });
            }
            t.sort();
            t
        };
        let steady = of(&[10, 20, 20, 30, 55, 70]);
        let mut searched = steady.clone();
        searched.is_steady = false;
        for from in 0..80 {
            for to in from..80 {
                assert_eq!(steady.held_us("none", from, to), searched.held_us("none", from, to), "{from} to {to}");
                let changes = |t: &Timeline| (t.changes(from, to).0, t.changes(from, to).1.map(|e| e.order));
                assert_eq!(changes(&steady), changes(&searched), "{from} to {to}");
            }
        }
        assert!(!of(&[10, 30, 20]).is_steady);
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
