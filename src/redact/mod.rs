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
mod patterns;
mod printable;
mod scrub;
mod shapes;
mod value;

pub use key::{Key, KeyError};
pub use printable::printable;

use crate::event::EventRow;
use foldhash::fast::RandomState;
use rayon::prelude::*;
use std::borrow::Cow;
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
        rows.par_chunks_mut(ROWS_TOGETHER).for_each(|rows| {
            let mut shared = Shared::default();
            for row in rows {
                self.hide_shared(row, &mut shared);
                self.hide_own(row);
            }
        });
        rows
    }

    /// A row fit to leave; see [`Door::rows`].
    #[must_use]
    pub fn row(&self, mut row: EventRow) -> EventRow {
        if self.on {
            self.hide_shared(&mut row, &mut Shared::default());
            self.hide_own(&mut row);
        }
        row
    }

    /// What the rows of an upload share.
    fn hide_shared(&self, row: &mut EventRow, shared: &mut Shared) {
        let files = row.evidence.iter_mut().flatten().map(|cited| &mut cited.file);
        for path in [Some(&mut row.bundle_path), row.upload.as_mut()].into_iter().flatten().chain(files) {
            shared.hide(Role::Path, path, &self.key);
        }
        let versions = [&mut row.app_version, &mut row.app_build, &mut row.os_version, &mut row.os_build];
        for version in versions.into_iter().flatten() {
            shared.hide(Role::Version, version, &self.key);
        }
        // A phone may be named after its owner.
        let fields = [
            &mut row.app,
            &mut row.channel,
            &mut row.device_manufacturer,
            &mut row.device_model,
            &mut row.abi,
            &mut row.network_subtype,
            &mut row.carrier,
            &mut row.region,
        ];
        for field in fields.into_iter().flatten() {
            shared.hide(Role::Field, field, &self.key);
        }
        row.user = row.user.take().map(|user| shared.user(user, |user| self.once(USER, user)));
    }

    /// What each row has for itself.
    fn hide_own(&self, row: &mut EventRow) {
        for text in [&mut row.signature, &mut row.detail, &mut row.code].into_iter().flatten() {
            *text = self.text(text);
        }
        let key = row.key.take();
        let pseudonym = key.as_deref().map(|key| self.once(MESSAGE, key));
        for cited in row.evidence.iter_mut().flatten() {
            cited.text = self.text(&Self::hide_key(&cited.text, key.as_deref(), pseudonym.as_deref()));
        }
        row.key = pseudonym;
    }

    /// The pseudonym of a value that may be one already.
    fn once(&self, kind: &str, value: &str) -> String {
        if checks::is_redacted(value) { value.to_owned() } else { self.pseudonym(kind, value) }
    }

    /// The line with the message's own id as its pseudonym, so that a reader can follow it.
    fn hide_key<'t>(line: &'t str, key: Option<&str>, pseudonym: Option<&str>) -> Cow<'t, str> {
        let is_looked_for = |key: &&str| key.len() >= KEY_IN_TEXT_MIN_BYTES && !checks::is_redacted(key);
        let Some((key, pseudonym)) = key.filter(is_looked_for).zip(pseudonym) else { return line.into() };
        let mut out = String::with_capacity(line.len());
        let mut copied = 0;
        for (at, _) in line.match_indices(key) {
            let end = at + key.len();
            if at >= copied && !checks::joins_word(line, at, end) {
                out.push_str(&line[copied..at]);
                out.push_str(pseudonym);
                copied = end;
            }
        }
        out.push_str(&line[copied..]);
        out.into()
    }
}

/// What a text is, where that decides what is personal in it.
#[derive(Clone, Copy, Debug)]
enum Role {
    /// The path of a file: ids in it are of uploads.
    Path,
    /// A field of a device or an app.
    Field,
    /// A version or a build: four numbers with points and long hashes are what they should be.
    Version,
}

/// Rows of an upload that share texts that are redacted once.
const ROWS_TOGETHER: usize = 128;

/// Texts that rows share: each is redacted once.
#[derive(Default)]
struct Shared {
    /// By role. Nothing beside a text: it stays as it is.
    known: [HashMap<String, Option<String>, RandomState>; 3],
    /// The last user and its pseudonym: most uploads have one.
    user: Option<(String, String)>,
}

impl Shared {
    fn hide(&mut self, role: Role, text: &mut String, key: &Key) {
        let known = &mut self.known[role as usize];
        let hidden = if let Some(hidden) = known.get(text.as_str()) {
            hidden
        } else {
            let hidden = match role {
                Role::Path => scrub::path(key, text),
                Role::Field => scrub::field(key, text),
                Role::Version => scrub::version(key, text),
            };
            let hidden = (hidden != *text).then_some(hidden);
            known.entry(text.clone()).or_insert(hidden)
        };
        if let Some(hidden) = hidden {
            text.clone_from(hidden);
        }
    }

    fn user(&mut self, user: String, hide: impl Fn(&str) -> String) -> String {
        if let Some((known, hidden)) = &self.user
            && *known == user
        {
            return hidden.clone();
        }
        let hidden = hide(&user);
        self.user = Some((user, hidden.clone()));
        hidden
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Evidence;
    use crate::taxonomy::Kind;

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
