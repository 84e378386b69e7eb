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

    /// Orders the entries by their marks.
    pub fn sort(&mut self) {
        self.0.sort_by_key(|e| (!matches!(e.source, Source::Stated), matches!(e.source, Source::Mark(_)), e.order));
    }

    /// The last value up to a mark, else the first one.
    #[must_use]
    pub fn nearest(&self, order: usize) -> Option<&Entry> {
        self.held(order).or_else(|| self.0.iter().find(|e| !matches!(e.source, Source::Mark(_)))).or_else(|| self.0.first())
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
            t.push(Entry { at: None, order: *order, value: (*value).to_owned(), source: Source::Mark(*order) });
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
}
