//! Statements -> which of them a text can be of, by the literals that they cannot do without.
//!
//! A gate is asked twice: about every line whether it is worth a closer look, and about a record that is, which statements that is.

use super::needs::Needs;
use super::sieve::Sieve;
use crate::profile::Profiles;
use crate::profile::compile::{TAG_MAX, ending_of};
use crate::profile::literal::{Bytes, in_line};
use memchr::memmem::Finder;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// So many literals are looked for one by one in less time than together.
const FEW: usize = 4;

/// So many statements are tried one by one in less time than it takes to look for all their words.
const SEVERAL: usize = 4;
/// Room for the statements that literals of a text pick: most pick fewer, each with several literals.
const PICKED: usize = 28;
/// So many texts pick several before it is worth to know what statements need: that takes as long as some hundred of them.
const OFTEN: u32 = 1_000;

/// Statements behind their literals: one pass over a text says which of them it can be of.
#[derive(Debug)]
pub struct Gate {
    /// All of them, in order.
    pub(super) statements: Vec<u32>,
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
    pub(super) few: Option<Vec<Finder<'static>>>,
    /// Literal -> statements.
    by_literal: Vec<Vec<u32>>,
    /// How many texts picked several, so far as that is asked.
    busy: AtomicU32,
    /// What statements need beside a literal, once many texts have picked several.
    needs: OnceLock<Needs>,
}

impl Gate {
    /// The gate of statements.
    pub fn new(profiles: &Profiles, statements: Vec<u32>, is_json: bool) -> Self {
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
            busy: AtomicU32::new(0),
            needs: OnceLock::new(),
        }
    }

    /// Whether there is nothing behind it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// The literals, if a text is worth a closer look exactly where it holds one of them.
    #[must_use]
    pub fn literals_alone(&self) -> Option<&Sieve> {
        (!self.is_empty() && self.always.is_empty() && self.few.is_none() && self.literals.tells_all()).then_some(&self.literals)
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
        picked.reserve(self.always.len() + PICKED);
        picked.extend(&self.always);
        // A literal that a text is full of is looked up once.
        let mut last = u32::MAX;
        self.literals.find(text, |literal, _| {
            if literal != last {
                last = literal;
                picked.extend(&self.by_literal[literal as usize]);
            }
            0
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

impl Gate {
    /// Of the statements that were picked from a place on, keeps those that the text that they are matched against may mean. What
    /// they need is worth to be known only where many texts pick several. Adds to the free ones those of which it is known that no
    /// expression matches that must not.
    pub fn narrow(&self, profiles: &Profiles, text: &[u8], picked: &mut Vec<u32>, from: usize, free: &mut Vec<u32>) {
        if picked.len() - from < SEVERAL {
            return;
        }
        if self.busy.load(Ordering::Relaxed) < OFTEN {
            self.busy.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.needs.get_or_init(|| Needs::new(profiles, &self.statements)).keep(&self.statements, text, picked, from, free);
    }
}

/// Whether a text begins with one of some bytes; blanks before it are no part of a message.
#[inline]
fn begins(text: &[u8], first: &Bytes) -> bool {
    [text, text.trim_ascii_start()].into_iter().any(|text| text.first().is_some_and(|byte| first.has(*byte)))
}

/// What is looked for, for a statement. In JSON a tag is a string of its own, and a rarer one than most literals.
pub(super) fn keys(profiles: &Profiles, number: u32, is_json: bool) -> Vec<Vec<u8>> {
    let matcher = &profiles.statements[number as usize].matcher;
    if is_json && !matcher.tags.is_empty() {
        matcher.tags.iter().flat_map(|tag| [quoted(tag), bracketed(tag)]).collect()
    } else {
        matcher.literals().iter().map(|literal| in_line(literal).to_vec()).collect()
    }
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

/// Sorts what was picked from a place on, and keeps each once.
pub fn sort(picked: &mut Vec<u32>, from: usize) {
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

#[cfg(test)]
mod tests {
    use super::*;

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
