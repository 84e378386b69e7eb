//! The only door by which text leaves: rows and lines go in, the same without personal data go out.
//!
//! A value that must stay recognisable (an account, a room, a message) becomes a keyed pseudonym,
//! the same wherever it appears under one key; everything else that is personal becomes `<kind>`.
//! Times, error texts, class names, versions, codes and host names pass. To add a kind, add one row
//! to a file of `shapes` (known by its form) or `keys.rs` (known by the name before it).

mod checks;
mod decode;
mod key;
mod keys;
mod printable;
mod scrub;
mod shapes;
mod value;

pub use key::{Key, KeyError};
pub use printable::printable;

use crate::event::EventRow;
use crate::taxonomy::Kind;
use rayon::prelude::*;
use std::collections::HashMap;

/// Prefix of the pseudonyms of messages.
const MESSAGE: &str = "m";
/// Prefix of the pseudonyms of accounts and installations.
const USER: &str = "u";
/// Hex digits of a pseudonym: 48 bits, one clash expected among 20 million values.
const PSEUDONYM_DIGITS: usize = 12;
/// A message id shorter than this is not looked for in cited lines: `7` would be found in every time.
const KEY_IN_TEXT_MIN_BYTES: usize = 8;

/// The door: open as it is (`--redact off`) or redacting.
#[derive(Clone, Debug)]
pub struct Door {
    on: bool,
    key: Key,
}

impl Door {
    /// A door that redacts with `key`, or lets everything pass if not `on`.
    #[must_use]
    pub fn new(on: bool, key: Key) -> Self {
        Self { on, key }
    }

    /// Whether it redacts.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// The pseudonym of a value: `kind`, `_`, twelve hex digits. The digits depend on value and key
    /// alone, so that `u_…` and `m_…` of one value are seen to be the same.
    #[must_use]
    pub fn pseudonym(&self, kind: &str, value: &str) -> String {
        self.key.pseudonym(kind, value)
    }

    /// A line with what is personal in it replaced.
    #[must_use]
    pub fn text(&self, line: &str) -> String {
        if self.on { scrub::line(&self.key, line) } else { line.to_owned() }
    }

    /// A path with the people in it replaced; names of files stay, or nobody would find them again.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        if self.on { scrub::path(&self.key, path) } else { path.to_owned() }
    }

    /// Rows fit to leave. `bundle` and `message_id` are the same with and without redaction.
    #[must_use]
    pub fn rows(&self, mut rows: Vec<EventRow>) -> Vec<EventRow> {
        if !self.on {
            return rows;
        }
        // The rows of an upload share a few paths, devices and versions.
        let mut paths: HashMap<String, String> = HashMap::new();
        let mut stated: [HashMap<String, String>; 2] = [HashMap::new(), HashMap::new()];
        for row in &mut rows {
            for (is_version, field) in fields(row) {
                if !stated[usize::from(is_version)].contains_key(field) {
                    stated[usize::from(is_version)].insert(field.clone(), self.stated(is_version, field));
                }
            }
            let files = row.evidence.iter().flatten().map(|cited| &cited.file);
            for path in [Some(&row.bundle_path), row.upload.as_ref()].into_iter().flatten().chain(files) {
                if !paths.contains_key(path) {
                    paths.insert(path.clone(), self.path(path));
                }
            }
        }
        rows.par_iter_mut().for_each(|row| {
            let open = std::mem::replace(row, EventRow::new(Kind::Message));
            *row = self.redacted(open, &|path| paths.get(path).cloned().unwrap_or_else(|| self.path(path)), &|is_version, field| {
                stated[usize::from(is_version)].get(field).cloned().unwrap_or_else(|| self.stated(is_version, field))
            });
        });
        rows
    }

    /// A row fit to leave; see [`Door::rows`].
    #[must_use]
    pub fn row(&self, row: EventRow) -> EventRow {
        if self.on { self.redacted(row, &|path| self.path(path), &|is_version, field| self.stated(is_version, field)) } else { row }
    }

    fn redacted(&self, mut row: EventRow, path: &dyn Fn(&str) -> String, field: &dyn Fn(bool, &str) -> String) -> EventRow {
        let text = |field: &mut Option<String>| *field = field.take().map(|t| self.text(&t));
        for (is_version, stated) in fields(&mut row) {
            *stated = field(is_version, stated);
        }
        text(&mut row.signature);
        text(&mut row.detail);
        text(&mut row.code);
        row.bundle_path = path(&row.bundle_path);
        row.upload = row.upload.map(|u| path(&u));
        let key = row.key.take();
        for cited in row.evidence.iter_mut().flatten() {
            cited.file = path(&cited.file);
            cited.text = self.text(&self.hide_key(&cited.text, key.as_deref()));
        }
        row.key = key.map(|k| self.once(MESSAGE, &k));
        row.user = row.user.map(|u| self.once(USER, &u));
        row
    }

    fn stated(&self, is_version: bool, field: &str) -> String {
        if is_version { scrub::version(&self.key, field) } else { scrub::field(&self.key, field) }
    }

    /// The pseudonym of a value that may be one already.
    fn once(&self, kind: &str, value: &str) -> String {
        if checks::is_redacted(value) { value.to_owned() } else { self.pseudonym(kind, value) }
    }

    /// The line with the message's own id as its pseudonym, so that a reader can follow it.
    fn hide_key(&self, line: &str, key: Option<&str>) -> String {
        let Some(key) = key.filter(|k| k.len() >= KEY_IN_TEXT_MIN_BYTES && !checks::is_redacted(k)) else {
            return line.to_owned();
        };
        let mut out = String::with_capacity(line.len());
        let mut copied = 0;
        for (at, _) in line.match_indices(key) {
            let end = at + key.len();
            if at >= copied && !checks::joins_word(line, at, end) {
                out.push_str(&line[copied..at]);
                out.push_str(&self.pseudonym(MESSAGE, key));
                copied = end;
            }
        }
        out.push_str(&line[copied..]);
        out
    }
}

/// What a log states of app and device: a phone may be named after its owner. Versions are told from the rest, since
/// four numbers with points and long hashes are personal elsewhere only.
fn fields(row: &mut EventRow) -> impl Iterator<Item = (bool, &mut String)> {
    let versions = [&mut row.app_version, &mut row.app_build, &mut row.os_version, &mut row.os_build];
    let others = [
        &mut row.app,
        &mut row.channel,
        &mut row.device_manufacturer,
        &mut row.device_model,
        &mut row.abi,
        &mut row.network_subtype,
        &mut row.carrier,
        &mut row.region,
    ];
    let versions = versions.into_iter().map(|field| (true, field));
    versions.chain(others.into_iter().map(|field| (false, field))).filter_map(|(is_version, field)| Some((is_version, field.as_mut()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Evidence;

    fn door() -> Door {
        Door::new(true, Key::new([7; 32]))
    }

    fn row() -> EventRow {
        let mut row = EventRow::new(Kind::Message);
        row.bundle = "0123456789abcdef".to_owned();
        row.bundle_path = "uploads/li.lei@example.org/2026-11-20.zip".to_owned();
        row.message_id = Some("feedfacecafebeef".to_owned());
        row.key = Some("1748999755550".to_owned());
        row.user = Some("alice".to_owned());
        let text = "10:00:01.002 W [1748999755550] send to +8613800138000 failed: SocketTimeoutException";
        row.evidence = Some(vec![Evidence { file: "a.zip!/b.log".to_owned(), line: 3, text: text.to_owned(), ..Evidence::default() }]);
        row
    }

    #[test]
    fn a_row_leaves_without_its_key_user_and_numbers_but_with_its_ids() {
        let out = door().row(row());
        let key = out.key.unwrap();
        assert!(key.starts_with("m_") && key.len() == 14, "{key}");
        assert!(out.user.unwrap().starts_with("u_"));
        assert_eq!((out.bundle.as_str(), out.message_id.as_deref()), ("0123456789abcdef", Some("feedfacecafebeef")));
        let cited = &out.evidence.unwrap()[0];
        assert_eq!(cited.text, format!("10:00:01.002 W [{key}] send to <phone> failed: SocketTimeoutException"));
        assert_eq!(cited.file, "a.zip!/b.log");
        assert!(!out.bundle_path.contains("li.lei") && out.bundle_path.ends_with("/2026-11-20.zip"), "{}", out.bundle_path);
    }

    #[test]
    fn an_open_door_changes_nothing() {
        let out = Door::new(false, Key::new([7; 32])).row(row());
        assert_eq!((out.key.as_deref(), out.user.as_deref()), (Some("1748999755550"), Some("alice")));
        assert!(out.evidence.unwrap()[0].text.contains("+8613800138000"));
    }

    #[test]
    fn a_row_that_passed_once_passes_again_unchanged() {
        let once = door().row(row());
        let twice = door().row(once.clone());
        assert_eq!(door().rows(vec![row(), row()])[1].cells(), once.cells());
        assert_eq!((&once.key, &once.user, &once.bundle_path), (&twice.key, &twice.user, &twice.bundle_path));
        assert_eq!(once.evidence, twice.evidence);
    }

    #[test]
    fn pseudonyms_are_stable_under_one_key_and_differ_under_another() {
        let other = Door::new(true, Key::new([8; 32]));
        assert_eq!(door().pseudonym("u", "alice"), door().pseudonym("u", "alice"));
        assert_ne!(door().pseudonym("u", "alice"), other.pseudonym("u", "alice"));
        assert_ne!(door().pseudonym("u", "alice"), door().pseudonym("u", "bob"));
        assert_eq!(door().pseudonym("u", "alice")[1..], door().pseudonym("m", "alice")[1..]);
    }
}
