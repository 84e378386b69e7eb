//! The scan's filter of one grammar: which tags and literals are worth a closer look.
//!
//! What comes in are compiled statements; what goes out is a collision-free tag table with the
//! statements of each tag behind their literals, and one such gate for statements without a tag.

use super::sieve::Sieve;
use crate::format::{GRAMMARS, Quick};
use crate::profile::Profiles;
use crate::profile::compile::{ENDING_MIN, TAG_MAX, cut, ending_of};
use crate::profile::literal::Bytes;
use memchr::memmem::Finder;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Slots of the tag table; grown until no two tags share one.
const SLOTS_MIN: usize = 1 << 10;
const SLOTS_MAX: usize = 1 << 20;

/// So many literals are looked for one by one in less time than together.
const FEW: usize = 4;

/// Tails of tags that are compared at once.
const TAILS: usize = 8;

/// Statements behind their literals: one pass over a text says which of them it can be of.
#[derive(Debug)]
pub struct Gate {
    /// All of them, in order.
    statements: Vec<u32>,
    /// Those without a literal.
    always: Vec<u32>,
    /// The first bytes of texts that one of these can be of; `None` where one can be of any text.
    always_first: Option<Bytes>,
    /// The first bytes of texts that any of all can be of; `None` where one can be of any text.
    first: Option<Bytes>,
    /// Those with a literal that JSON writes otherwise within a string.
    escapable: Vec<u32>,
    literals: Sieve,
    /// Asked in place of them where there are few, whose case counts.
    few: Option<Vec<Finder<'static>>>,
    /// Literal -> statements.
    by_literal: Vec<Vec<u32>>,
}

impl Gate {
    fn new(profiles: &Profiles, statements: Vec<u32>, is_json: bool) -> Self {
        let keys = |number: &u32| keys(profiles, *number, is_json);
        let mut by_literal: BTreeMap<Vec<u8>, Vec<u32>> = BTreeMap::new();
        for number in &statements {
            for key in keys(number) {
                let of = by_literal.entry(key.to_ascii_lowercase()).or_default();
                if of.last() != Some(number) {
                    of.push(*number);
                }
            }
        }
        let literals_of = |number: &u32| profiles.statements[*number as usize].matcher.literals();
        let is_escaped = |b: &u8| matches!(b, b'"' | b'\\' | b'\n' | b'\t' | b'\r');
        let firsts = |always: &[u32]| -> Option<Bytes> {
            let mut all = Bytes::default();
            for number in always {
                all.join(&profiles.statements[*number as usize].matcher.first()?);
            }
            Some(all)
        };
        let literals = Sieve::new(by_literal.keys().map(Vec::as_slice));
        let minds_case = |number: &u32| profiles.statements[*number as usize].matcher.minds_case();
        let written: Vec<Vec<u8>> = statements.iter().flat_map(keys).collect();
        let is_few = written.len() <= FEW && statements.iter().all(minds_case);
        let always: Vec<u32> = statements.iter().filter(|n| keys(n).is_empty()).copied().collect();
        Gate {
            always_first: firsts(&always).filter(|_| !is_json),
            first: firsts(&statements).filter(|_| !is_json),
            always,
            escapable: statements.iter().filter(|n| literals_of(n).iter().flatten().any(is_escaped)).copied().collect(),
            statements,
            literals,
            few: is_few.then(|| written.iter().map(|key| Finder::new(key).into_owned()).collect()),
            by_literal: by_literal.into_values().collect(),
        }
    }

    /// Whether there is nothing behind it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// Whether a line is worth a closer look.
    #[inline]
    #[must_use]
    pub fn hits(&self, text: &[u8]) -> bool {
        if !self.always.is_empty() && self.always_first.as_ref().is_none_or(|first| begins(text, first)) {
            return true;
        }
        if let Some(few) = &self.few {
            return few.iter().any(|literal| literal.find(text).is_some());
        }
        self.literals.hits(text)
    }

    /// Likewise for the first line of a record: one that begins like none is of none, whatever it holds.
    #[inline]
    #[must_use]
    pub fn hits_first(&self, text: &[u8]) -> bool {
        self.first.as_ref().is_none_or(|first| begins(text, first)) && self.hits(text)
    }

    /// Adds the statements that a text can be of, in order.
    pub fn pick(&self, text: &[u8], picked: &mut Vec<u32>) {
        let from = picked.len();
        picked.extend(&self.always);
        // A literal that a text is full of is looked up once.
        let mut last = u32::MAX;
        self.literals.find(text, |literal| {
            if literal != last {
                last = literal;
                picked.extend(&self.by_literal[literal as usize]);
            }
            false
        });
        sort(picked, from);
    }

    /// Likewise for a record that is JSON: what its strings hide behind escapes may be there.
    pub fn pick_json(&self, text: &[u8], json: &[u8], picked: &mut Vec<u32>) {
        let mut escapes = memchr::memchr_iter(b'\\', json).peekable();
        if escapes.peek().is_none() {
            return self.pick(text, picked);
        }
        if escapes.any(|at| matches!(json.get(at + 1), Some(b'u' | b'/') | None)) {
            picked.extend(&self.statements);
            return;
        }
        let from = picked.len();
        self.pick(text, picked);
        picked.extend(&self.escapable);
        sort(picked, from);
    }
}

/// Whether a text begins with one of some bytes; blanks before it are no part of a message.
#[inline]
fn begins(text: &[u8], first: &Bytes) -> bool {
    [text, text.trim_ascii_start()].into_iter().any(|text| text.first().is_some_and(|byte| first.has(*byte)))
}

/// What is looked for, for a statement. In JSON a tag is a string of its own, and a rarer one than most literals.
fn keys(profiles: &Profiles, number: u32, is_json: bool) -> Vec<Vec<u8>> {
    let matcher = &profiles.statements[number as usize].matcher;
    if is_json && !matcher.tags.is_empty() {
        matcher.tags.iter().flat_map(|tag| [quoted(tag), bracketed(tag)]).collect()
    } else {
        matcher.literals().iter().map(|literal| in_line(literal).to_vec()).collect()
    }
}

/// The part of a literal that stands in one line of a record as it is: neither the ends of lines nor the tab between a
/// message and its record do.
fn in_line(literal: &[u8]) -> &[u8] {
    literal.split(|b| matches!(b, b'\t' | b'\n')).max_by_key(|part| part.len()).unwrap_or(literal)
}

/// The last bytes of a tag.
#[inline]
fn tail(tag: &[u8]) -> Option<u32> {
    tag.last_chunk::<ENDING_MIN>().map(|bytes| u32::from_le_bytes(*bytes))
}

/// A tag as JSON writes it; the end of one that is cut is not known, nor is the beginning where only the end is told.
fn quoted(tag: &[u8]) -> Vec<u8> {
    match ending_of(tag) {
        Some(ending) => [ending, b"\""].concat(),
        None if tag.len() < TAG_MAX => [b"\"", tag, b"\""].concat(),
        None => [b"\"", tag].concat(),
    }
}

/// A tag as Apple's apps print it within a message.
fn bracketed(tag: &[u8]) -> Vec<u8> {
    match ending_of(tag) {
        Some(ending) => [ending, b"]"].concat(),
        None => [b"[", tag, b"]"].concat(),
    }
}

fn sort(picked: &mut Vec<u32>, from: usize) {
    picked[from..].sort_unstable();
    let mut kept = from;
    for at in from..picked.len() {
        if kept == from || picked[kept - 1] != picked[at] {
            picked[kept] = picked[at];
            kept += 1;
        }
    }
    picked.truncate(kept);
}

/// What a tag asks for.
#[derive(Debug)]
pub struct TagEntry {
    tag: Box<[u8]>,
    /// Statements of this tag.
    statements: Vec<u32>,
    /// Whether a component of the system prints it.
    is_of_system: bool,
    /// They behind their literals, once a record has this tag.
    gate: OnceLock<Gate>,
}

/// Whether an app may print under a tag, so that statements without one may mean it.
#[inline]
#[must_use]
pub fn may_be_of_app(entry: Option<&TagEntry>) -> bool {
    entry.is_none_or(|entry| !entry.is_of_system)
}

/// The filter.
#[derive(Debug)]
pub struct Filter<'p> {
    profiles: &'p Profiles,
    /// Slot -> entry number + 1.
    slots: Vec<u16>,
    seed: u64,
    entries: Vec<TagEntry>,
    /// Endings of tags, the longest first.
    endings: Vec<TagEntry>,
    /// Their last bytes, some together so that they are compared at once: most tags end otherwise.
    tails: Vec<[u32; TAILS]>,
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
        let here = || profiles.all.iter().map(|profile| &profile.file.app).filter(|app| app.may_write(id));
        let of_system: BTreeSet<&[u8]> = here().flat_map(|app| &app.system_tags).map(String::as_bytes).collect();
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
        let entry = |(tag, statements): (Box<[u8]>, &Vec<u32>)| {
            let shorter = by_ending.iter().filter(|(ending, _)| tag.ends_with(ending)).flat_map(|(_, statements)| statements);
            let mut statements: Vec<u32> = statements.iter().chain(shorter).copied().collect();
            sort(&mut statements, 0);
            TagEntry { is_of_system: false, tag, statements, gate: OnceLock::new() }
        };
        let mut entries: Vec<TagEntry> = by_tag.iter().map(|(tag, statements)| entry((tag.clone(), statements))).collect();
        // An ending is of the tags of apps, too.
        for entry in &mut entries {
            entry.is_of_system = of_system.contains(&*entry.tag);
        }
        let mut endings: Vec<TagEntry> = by_ending.iter().map(|(ending, statements)| entry((ending.clone(), statements))).collect();
        endings.sort_by_key(|ending| std::cmp::Reverse(ending.tag.len()));
        let tails: BTreeSet<u32> = endings.iter().filter_map(|ending| tail(&ending.tag)).collect();
        let tails: Vec<u32> = tails.into_iter().collect();
        let tails = tails.chunks(TAILS).map(|some| std::array::from_fn(|n| some[n.min(some.len() - 1)])).collect();
        let (slots, seed) = table(&entries);
        let untagged = Gate::new(profiles, untagged, is_json);
        Filter { profiles, slots, seed, entries, endings, tails, untagged, is_json }
    }

    /// The statements of a tag behind their literals.
    #[inline]
    #[must_use]
    pub fn gate<'e>(&self, entry: &'e TagEntry) -> &'e Gate {
        entry.gate.get_or_init(|| Gate::new(self.profiles, entry.statements.clone(), false))
    }

    /// What the tag at a place of a line asks for, if anything.
    #[inline]
    #[must_use]
    pub fn tag(&self, line: &[u8], quick: Quick) -> Option<&TagEntry> {
        if self.entries.is_empty() {
            return self.ending(quick.tag(line));
        }
        let whole = quick.tag(line);
        let tag = cut(whole);
        let slot = self.slots[hash(quick.from_tag(line), tag.len(), self.seed) & (self.slots.len() - 1)];
        let entry = usize::from(slot).checked_sub(1).and_then(|number| self.entries.get(number));
        entry.filter(|entry| *entry.tag == *tag).or_else(|| self.ending(whole))
    }

    /// Whether a record that begins with a line of such a tag can mean something.
    #[inline]
    #[must_use]
    pub fn is_asked(&self, entry: Option<&TagEntry>) -> bool {
        entry.is_some_and(|entry| !entry.statements.is_empty()) || (may_be_of_app(entry) && !self.untagged.is_empty())
    }

    #[inline]
    fn ending(&self, tag: &[u8]) -> Option<&TagEntry> {
        let own = tail(tag)?;
        if !self.tails.iter().any(|tails| tails.map(|tail| u32::from(tail == own)).iter().sum::<u32>() > 0) {
            return None;
        }
        self.endings.iter().find(|ending| tag.ends_with(&ending.tag))
    }
}

/// Bytes of a tag that are hashed: three words.
const HASHED: usize = 24;
const _: () = assert!(TAG_MAX <= HASHED);

/// All bits of as many bytes as are hashed, and none of as many more: from any of the first on, a mask of so many bytes.
const KEPT: [u8; 2 * HASHED] = {
    let mut kept = [0; 2 * HASHED];
    let mut at = 0;
    while at < HASHED {
        kept[at] = u8::MAX;
        at += 1;
    }
    kept
};

/// The hash of the first `length` bytes of a text, [`TAG_MAX`] at most, as three words. What stands behind them is read and
/// masked: lengths differ from line to line, and no processor guesses them.
#[inline]
fn hash(text: &[u8], length: usize, seed: u64) -> usize {
    let mut short = [0; HASHED];
    let bytes = text.first_chunk().unwrap_or_else(|| {
        short[..text.len()].copy_from_slice(text);
        &short
    });
    let mask: &[u8; HASHED] = KEPT[HASHED - length.min(HASHED)..].first_chunk().unwrap_or(&[0; HASHED]);
    let word = |at: usize| {
        let of = |all: &[u8; HASHED]| u64::from_le_bytes(std::array::from_fn(|n| all[at + n]));
        of(bytes) & of(mask)
    };
    let mixed = (word(0) ^ word(8).rotate_left(23) ^ word(16).rotate_left(41) ^ length as u64).wrapping_mul(seed | 1);
    #[allow(clippy::cast_possible_truncation)] // the upper bits are the well-mixed ones
    let slot = (mixed >> 40) as usize;
    slot
}

/// A table in which no two tags share a slot: sizes and seeds are tried in a fixed order.
fn table(entries: &[TagEntry]) -> (Vec<u16>, u64) {
    let mut size = SLOTS_MIN;
    loop {
        for seed in 1..64u64 {
            let seed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let mut slots = vec![0u16; size];
            let fits = (1u16..).zip(entries).all(|(number, entry)| {
                let slot = &mut slots[hash(&entry.tag, entry.tag.len(), seed) & (size - 1)];
                let free = *slot == 0;
                *slot = number;
                free
            });
            if fits || size >= SLOTS_MAX {
                return (slots, seed);
            }
        }
        size *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_of_every_grammar_finds_its_entry() {
        let profiles = Profiles::builtin();
        for grammar in 0..u8::try_from(GRAMMARS.len()).unwrap() {
            let filter = Filter::new(&profiles, grammar);
            for entry in &filter.entries {
                for behind in ["", ": text behind it that is long enough"] {
                    let line = [b"[", &*entry.tag, behind.as_bytes()].concat();
                    let quick = Quick::new(1, 1 + entry.tag.len(), 0).unwrap();
                    assert_eq!(filter.tag(&line, quick).map(|e| &e.tag), Some(&entry.tag));
                }
            }
            assert!(filter.tag(b"NoSuchTagAtAll", Quick::new(0, 14, 0).unwrap()).is_none());
        }
    }

    #[test]
    fn an_ending_of_tags_that_is_a_tag_of_the_system_is_of_apps_too() {
        let text = "[app]\nid = \"x\"\nname = \"X\"\nkind = \"app\"\nreference = \"r\"\n[[step]]\nid = \"x.a\"\nphase = \"ack\"\nreference = \"r\"\nexamples = []\n[step.match]\ntag = \"*WindowManager\"\nmessage = 'acknowledged'\n";
        let profiles = Profiles::builtin().with(vec![("x.toml".to_owned(), text.to_owned())]).unwrap();
        let grammar = (0..).zip(GRAMMARS).find(|(_, grammar)| grammar.info().id == "logcat-threadtime").unwrap().0;
        let filter = Filter::new(&profiles, grammar);
        let entry = |tag: &str| filter.tag(tag.as_bytes(), Quick::new(0, tag.len(), 0).unwrap());
        assert!(may_be_of_app(entry("ChatWindowManager")) && !may_be_of_app(entry("WindowManager")));
        assert!(filter.is_asked(entry("WindowManager")) && !filter.is_asked(entry("SurfaceFlinger")) && filter.is_asked(entry("Chat")));
    }

    /// No sieve and no automaton may lose a literal, whatever stands around it.
    #[test]
    fn every_literal_of_every_gate_is_seen_wherever_it_stands() {
        let profiles = Profiles::builtin();
        let mut seen = 0;
        for grammar in 0..u8::try_from(GRAMMARS.len()).unwrap() {
            let filter = Filter::new(&profiles, grammar);
            let gates = filter.entries.iter().map(|entry| (filter.gate(entry), false)).chain([(&filter.untagged, filter.is_json)]);
            for (gate, is_json) in gates {
                for key in gate.statements.iter().flat_map(|number| super::keys(&profiles, *number, is_json)) {
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
            let keys = gate.statements.iter().flat_map(|number| super::keys(&profiles, *number, form.is_json()));
            let short: Vec<String> = keys.filter(|key| key.len() < 4).map(|key| String::from_utf8_lossy(&key).into_owned()).collect();
            assert!(short.is_empty(), "{}: {short:?}", form.info().id);
        }
    }

    /// A gate over a profile of one statement per needle.
    fn gate(needles: &[&str]) -> Gate {
        let text = |(n, needle): (usize, &&str)| {
            let quoted = serde_json::to_string(needle).unwrap();
            format!(
                "[[step]]\nid = \"x.s{n}\"\nphase = \"ack\"\nexamples = [{quoted}]\n[step.match]\nneedles = [{quoted}]\nmessage = '.'\n"
            )
        };
        let head = "[app]\nid = \"x\"\nname = \"X\"\nkind = \"app\"\nreference = \"x\"\n";
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("x.toml"), format!("{head}{}", needles.iter().enumerate().map(text).collect::<String>())).unwrap();
        let profiles = Profiles::load(Some(dir.path())).unwrap();
        let own = (0u32..).zip(&profiles.statements).filter(|(_, s)| profiles.all[s.profile].file.app.id == "x");
        Gate::new(&profiles, own.map(|(n, _)| n).collect(), false)
    }

    /// The statements that a text picks, numbered from the first one behind the gate.
    fn picked(gate: &Gate, text: &str, json: Option<&str>) -> Vec<u32> {
        let mut found = Vec::new();
        match json {
            Some(json) => gate.pick_json(text.as_bytes(), json.as_bytes(), &mut found),
            None => gate.pick(text.as_bytes(), &mut found),
        }
        found.into_iter().map(|n| n - gate.statements[0]).collect()
    }

    #[test]
    fn a_text_picks_the_statements_whose_literal_it_holds_in_any_case_and_overlapping() {
        let gate = gate(&["send", "end msg", "ack"]);
        assert_eq!(picked(&gate, "SEND MSG send", None), [0, 1]);
        assert!(picked(&gate, "nothing", None).is_empty() && !gate.hits(b"nothing"));
    }

    #[test]
    fn a_literal_over_two_lines_is_found_by_its_longer_one() {
        let gate = gate(&["failed:\n\tat org.x.Send"]);
        assert!(gate.hits(b"at org.x.Send(Send.java:3)") && !gate.hits(b"failed:"));
        assert_eq!(picked(&gate, "failed:\n\tat org.x.Send", None), [0]);
    }

    #[test]
    fn a_literal_over_the_tab_between_message_and_record_is_found_by_its_longer_part() {
        assert_eq!(in_line(b"disk full\t{"), b"disk full");
        assert_eq!(in_line(b"disk full"), b"disk full");
    }

    #[test]
    fn what_json_may_hide_behind_escapes_is_picked() {
        let gate = gate(&["say \"hi\"", "/send/", "plain"]);
        assert_eq!(picked(&gate, "", Some(r#"{"m":"say \"hi\""}"#)), [0]);
        assert_eq!(picked(&gate, "", Some(r#"{"u":"\/send\/"}"#)), [0, 1, 2]);
        assert_eq!(picked(&gate, "", Some(r#"{"u":"\u0070lain"}"#)), [0, 1, 2]);
        assert!(picked(&gate, "", Some("{}")).is_empty());
    }
}
