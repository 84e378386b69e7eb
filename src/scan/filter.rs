//! The scan's filter of one grammar: which tags are worth a closer look, and behind which gate of literals.
//!
//! What comes in are compiled statements; what goes out are the statements of each tag behind their literals, and one such
//! gate for statements without a tag.

use super::gate::{Gate, sort};
use crate::format::{GRAMMARS, Quick};
use crate::profile::Profiles;
use crate::profile::compile::{cut, ending_of};
use foldhash::fast::RandomState;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

/// What a tag asks for.
#[derive(Debug)]
pub struct TagEntry {
    /// Statements of this tag.
    statements: Vec<u32>,
    /// Whether a component of the system prints it.
    is_of_system: bool,
    /// They behind their literals, once a record has this tag; apart, so that what is asked of each line is in one place.
    gate: OnceLock<Box<Gate>>,
}

impl TagEntry {
    /// What a tag asks for that no profile names.
    const fn nothing() -> Self {
        TagEntry { statements: Vec::new(), is_of_system: false, gate: OnceLock::new() }
    }

    /// Whether there are statements of it.
    #[inline]
    #[must_use]
    pub const fn has_statements(&self) -> bool {
        !self.statements.is_empty()
    }

    /// Whether an app may print under the tag, so that statements without one may mean it.
    #[inline]
    #[must_use]
    pub const fn may_be_of_app(&self) -> bool {
        !self.is_of_system
    }
}

/// The filter.
#[derive(Debug)]
pub struct Filter<'p> {
    profiles: &'p Profiles,
    /// What whole tags ask for.
    entries: HashMap<Box<[u8]>, TagEntry, RandomState>,
    /// Endings of tags, the longest first.
    endings: Vec<(Box<[u8]>, TagEntry)>,
    /// What all other tags ask for.
    nothing: TagEntry,
    /// Statements without a tag.
    pub untagged: Gate,
    /// Whether records are objects.
    pub is_json: bool,
}

impl<'p> Filter<'p> {
    /// The filter of a grammar.
    #[must_use]
    pub fn new(profiles: &'p Profiles, grammar: u8) -> Self {
        let id = GRAMMARS[grammar as usize].profile_id();
        let is_json = GRAMMARS[grammar as usize].is_json();
        let mut by_tag: BTreeMap<Box<[u8]>, Vec<u32>> = BTreeMap::new();
        let mut by_ending: BTreeMap<Box<[u8]>, Vec<u32>> = BTreeMap::new();
        let mut untagged = Vec::new();
        let here = profiles.all.iter().map(|profile| &profile.file.app).filter(|app| app.may_write(id));
        let of_system: BTreeSet<&[u8]> = here.flat_map(|app| &app.system_tags).map(String::as_bytes).collect();
        if !is_json {
            by_tag.extend(of_system.iter().map(|tag| (Box::from(*tag), Vec::new())));
        }
        for (number, statement) in (0u32..).zip(&profiles.statements) {
            if !profiles.all[statement.profile].file.app.may_write(id) {
                continue;
            }
            // JSON records are found by literal; their tag is checked when they are parsed.
            if is_json || statement.matcher.tags.is_empty() {
                untagged.push(number);
            } else {
                for tag in &statement.matcher.tags {
                    match ending_of(tag) {
                        Some(ending) => by_ending.entry(ending.into()).or_default().push(number),
                        None => by_tag.entry(tag.clone()).or_default().push(number),
                    }
                }
            }
        }
        let entry = |tag: &[u8], statements: &Vec<u32>, is_of_system| {
            let shorter = by_ending.iter().filter(|(ending, _)| tag.ends_with(ending)).flat_map(|(_, statements)| statements);
            let mut statements: Vec<u32> = statements.iter().chain(shorter).copied().collect();
            sort(&mut statements, 0);
            TagEntry { is_of_system, statements, gate: OnceLock::new() }
        };
        let is_of_system = |tag: &[u8]| of_system.contains(tag);
        let entries = by_tag.iter().map(|(tag, statements)| (tag.clone(), entry(tag, statements, is_of_system(tag)))).collect();
        // An ending is of the tags of apps, too.
        let endings = by_ending.iter().map(|(ending, statements)| (ending.clone(), entry(ending, statements, false)));
        let mut endings: Vec<(Box<[u8]>, TagEntry)> = endings.collect();
        endings.sort_by_key(|(ending, _)| std::cmp::Reverse(ending.len()));
        let untagged = Gate::new(profiles, untagged, is_json);
        Filter { profiles, entries, endings, nothing: TagEntry::nothing(), untagged, is_json }
    }

    /// The statements of a tag behind their literals.
    #[inline]
    #[must_use]
    pub fn gate<'e>(&self, entry: &'e TagEntry) -> &'e Gate {
        entry.gate.get_or_init(|| Box::new(Gate::new(self.profiles, entry.statements.clone(), false)))
    }

    /// What a tag asks for.
    #[must_use]
    pub fn tag(&self, tag: &[u8]) -> &TagEntry {
        self.entries.get(cut(tag)).or_else(|| self.ending(tag)).unwrap_or(&self.nothing)
    }

    /// What tags ask for that no profile names.
    #[must_use]
    pub const fn nothing(&self) -> &TagEntry {
        &self.nothing
    }

    /// Whether a statement of a tag may mean a message.
    #[inline]
    #[must_use]
    pub fn hits_tag(&self, entry: &TagEntry, message: &[u8]) -> bool {
        entry.has_statements() && self.gate(entry).hits_first(message)
    }

    /// Whether a statement without a tag may mean a line whose tag asks for this.
    #[inline]
    #[must_use]
    pub fn hits_untagged(&self, entry: &TagEntry, line: &[u8], quick: Quick) -> bool {
        (entry.may_be_of_app() && self.untagged.hits(if self.is_json { line } else { quick.message(line) }))
            || (self.is_json && !self.untagged.is_empty() && has_escaped(line))
    }

    /// Whether a record that begins with a line of such a tag can mean something.
    #[inline]
    #[must_use]
    pub fn is_asked(&self, entry: &TagEntry) -> bool {
        entry.has_statements() || (entry.may_be_of_app() && !self.untagged.is_empty())
    }

    fn ending(&self, tag: &[u8]) -> Option<&TagEntry> {
        self.endings.iter().find(|(ending, _)| tag.ends_with(ending)).map(|(_, entry)| entry)
    }
}

/// Whether JSON hides letters behind `\u`.
fn has_escaped(json: &[u8]) -> bool {
    memchr::memchr_iter(b'\\', json).any(|at| json.get(at + 1) == Some(&b'u'))
}

#[cfg(test)]
mod tests {
    use super::super::gate::keys;
    use super::*;

    #[test]
    fn an_ending_of_tags_that_is_a_tag_of_the_system_is_of_apps_too() {
        let text = "[app]\nid = \"x\"\nname = \"X\"\nkind = \"app\"\nreference = \"r\"\n[[step]]\nid = \"x.a\"\nphase = \"ack\"\nreference = \"r\"\nexamples = []\n[step.match]\ntag = \"*WindowManager\"\nmessage = 'acknowledged'\n";
        let profiles = Profiles::builtin().with(vec![("x.toml".to_owned(), text.to_owned())]).unwrap();
        let grammar = (0..).zip(GRAMMARS).find(|(_, grammar)| grammar.info().id == "logcat-threadtime").unwrap().0;
        let filter = Filter::new(&profiles, grammar);
        let entry = |tag: &str| filter.tag(tag.as_bytes());
        assert!(entry("ChatWindowManager").may_be_of_app() && !entry("WindowManager").may_be_of_app());
        assert!(std::ptr::eq(entry("NoSuchTagAtAll"), filter.nothing()));
        assert!(filter.is_asked(entry("WindowManager")) && !filter.is_asked(entry("SurfaceFlinger")) && filter.is_asked(entry("Chat")));
    }

    /// No sieve and no automaton may lose a literal, whatever stands around it.
    #[test]
    fn every_literal_of_every_gate_is_seen_wherever_it_stands() {
        let profiles = Profiles::builtin();
        let mut seen = 0;
        for grammar in 0..u8::try_from(GRAMMARS.len()).unwrap() {
            let filter = Filter::new(&profiles, grammar);
            let entries = filter.entries.values().chain(filter.endings.iter().map(|(_, entry)| entry));
            let gates = entries.map(|entry| (filter.gate(entry), false)).chain([(&filter.untagged, filter.is_json)]);
            for (gate, is_json) in gates {
                for key in gate.statements.iter().flat_map(|number| keys(&profiles, *number, is_json)) {
                    for (before, behind) in [("", ""), ("a", ""), ("ab", "c"), ("", "xyz"), ("12345", "67")] {
                        let key = if gate.few.is_some() { key.clone() } else { key.to_ascii_uppercase() };
                        let text = [before.as_bytes(), &key, behind.as_bytes()].concat();
                        assert!(gate.hits(&text), "{}", String::from_utf8_lossy(&text));
                        seen += 1;
                    }
                }
            }
        }
        assert!(seen > 50_000, "{seen}");
    }

    /// A shorter literal, which an expression without `needles` easily has, would have many lines compared with it.
    #[test]
    fn no_gate_that_is_asked_about_each_line_has_a_literal_of_three_letters() {
        let profiles = Profiles::builtin();
        // signal-cli prints a bare number, which has no more than two letters that are always there.
        for (grammar, form) in (0..).zip(GRAMMARS).filter(|(_, form)| form.info().id != "logback") {
            let gate = Filter::new(&profiles, grammar).untagged;
            let keys = gate.statements.iter().flat_map(|number| keys(&profiles, *number, form.is_json()));
            let short: Vec<String> = keys.filter(|key| key.len() < 4).map(|key| String::from_utf8_lossy(&key).into_owned()).collect();
            assert!(short.is_empty(), "{}: {short:?}", form.info().id);
        }
    }
}
