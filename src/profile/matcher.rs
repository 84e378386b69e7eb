//! Matching: what comes in is the text of one record, what goes out is whether a statement means it,
//! where it matched and what it captured.

use super::compile::{Matcher, is_among};
use super::name::Name;
use super::pattern::Pattern;
use crate::format::{jsonl, lossy, nslog};
use serde_json::Value;
use std::borrow::Cow;
use std::ops::Range;

/// The message of `log show --style ndjson`; what stands beside it is Apple's, not the app's.
const UNIFIED_KEY: &str = "eventMessage";

/// The text that statements are matched against, and which line each of its bytes is of.
pub struct Text {
    bytes: Vec<u8>,
    starts: Vec<usize>,
    tag: Vec<u8>,
}

impl Text {
    /// The messages of the lines, joined.
    pub fn of_lines<'a>(messages: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut messages = messages.into_iter().peekable();
        // Most records are one line.
        let bytes = Vec::with_capacity(messages.peek().map_or(0, |first| first.len()));
        let mut text = Text { bytes, starts: Vec::with_capacity(1), tag: Vec::new() };
        for message in messages {
            // An empty head (logcat's `long`) leaves no empty line before its message.
            if !text.bytes.is_empty() {
                text.bytes.push(b'\n');
            }
            text.starts.push(text.bytes.len());
            text.bytes.extend_from_slice(message);
        }
        text
    }

    /// Of an object that `log show` wrote, its message, as in the other styles. Else the message of an object, a tab, and the object itself: the shape of `OpenIM`'s console form,
    /// so that one statement reads both.
    #[must_use]
    pub fn of_json(object: &Value, line: &[u8]) -> Self {
        let text_of = |keys: &[&str]| jsonl::first(object, keys).and_then(jsonl::text).unwrap_or_default();
        if let Some(text) = object.get(UNIFIED_KEY).and_then(Value::as_str) {
            let tag = text_of(jsonl::TAG_KEYS);
            let ((start, end), message) = if tag.is_empty() { nslog::classed(text.as_bytes(), 0) } else { ((0, 0), 0) };
            let tag = if end > start { &text[start..end] } else { &tag };
            return Text { bytes: text.as_bytes()[message..].to_vec(), starts: vec![0], tag: tag.as_bytes().to_vec() };
        }
        let mut bytes = text_of(jsonl::MESSAGE_KEYS).trim().as_bytes().to_vec();
        bytes.push(b'\t');
        bytes.extend_from_slice(line);
        Text { bytes, starts: vec![0], tag: text_of(jsonl::TAG_KEYS).into_bytes() }
    }

    /// All of it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where a line starts.
    #[must_use]
    pub fn start_of(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or_default()
    }

    /// The number of the line that holds a byte.
    #[must_use]
    pub fn line_at(&self, at: usize) -> usize {
        self.starts.partition_point(|s| *s <= at).saturating_sub(1)
    }
}

/// The name of a capture and its value.
pub type Capture<'t> = (Name, Cow<'t, str>);

/// Where a statement matched and what it captured.
#[derive(Default)]
pub struct Hit<'t> {
    /// Where the match starts in the text.
    pub start: usize,
    /// Where its proof starts: the group `proof`, else the match.
    pub proof: usize,
    /// Captures by name.
    pub captures: Vec<Capture<'t>>,
}

impl<'t> Hit<'t> {
    /// Takes the text of a group, if it holds something; `proof` only marks a place.
    fn capture(&mut self, name: Name, group: Cow<'t, str>) {
        if name != "proof" && !group.is_empty() {
            self.captures.push((name, group));
        }
    }
}

/// What is known of the expressions of a statement that must not match a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bars {
    /// Nothing: they must be tried.
    Untried,
    /// None of them matches.
    Absent,
}

/// Whether a statement means a record which has one of its literals.
#[must_use]
pub fn matches<'t>(matcher: &Matcher, text: &'t Text, json: Option<&Value>, bars: Bars) -> Option<Hit<'t>> {
    if json.is_some() && !matcher.tags.is_empty() && !is_among(&matcher.tags, &text.tag) {
        return None;
    }
    if json.is_none() && !matcher.fields.is_empty() {
        return None;
    }
    // What must be there settles most records; what must not be there is seldom there.
    let captures = |p: &&Pattern| p.has_groups();
    let may_match = |p: &Pattern| p.may_match(&text.bytes);
    if !matcher.message.iter().chain(&matcher.all).all(may_match) {
        return None;
    }
    let absent = |p: &Pattern| !p.is_match(&text.bytes);
    if matcher.all.iter().filter(|p| !captures(p)).any(absent) || !(bars == Bars::Absent || matcher.none.iter().all(absent)) {
        return None;
    }
    let mut hit = Hit::default();
    for pattern in matcher.all.iter().filter(captures) {
        pattern.find(&text.bytes, |name, place| hit.capture(name, lossy(&text.bytes[place])))?;
    }
    for (field, pattern) in &matcher.fields {
        let value = jsonl::lookup(json?, field).and_then(jsonl::text)?;
        let group = |place: Range<usize>| lossy(&value.as_bytes()[place]).into_owned();
        pattern.find(value.as_bytes(), |name, place| hit.capture(name, group(place).into()))?;
    }
    if let Some(pattern) = &matcher.message {
        let mut proof = None;
        let found = pattern.find(&text.bytes, |name, place| {
            if name == "proof" {
                proof = Some(place.start);
            }
            hit.capture(name, lossy(&text.bytes[place]));
        })?;
        (hit.start, hit.proof) = (found.start, proof.unwrap_or(found.start));
    }
    if let Some(object) = json {
        for (name, fields) in &matcher.take {
            let value = fields.iter().map(|f| joined(object, f)).find(|v| !v.is_empty());
            if let Some(value) = value {
                hit.captures.push((name, value.into()));
            }
        }
    }
    Some(hit)
}

/// The object at the end of a text after a tab, as `OpenIM`'s console form has it.
#[must_use]
pub fn json_tail(text: &[u8]) -> Option<Value> {
    // Few messages have a tab at all.
    let tab = memchr::memrchr_iter(b'\t', text).find(|tab| text.get(tab + 1) == Some(&b'{'))?;
    serde_json::from_slice(&text[tab + 1..]).ok()
}

/// A field as text; `a+b` joins the fields that are there.
fn joined(object: &Value, fields: &str) -> String {
    let texts = fields.split('+').filter_map(|f| jsonl::lookup(object, f).and_then(jsonl::text));
    texts.collect::<Vec<_>>().join(" ")
}

/// Matches one text by itself, as `profiles check` does with examples.
#[must_use]
pub fn example_matches(matcher: &Matcher, example: &str) -> bool {
    let whole = example.starts_with('{').then(|| serde_json::from_str::<Value>(example).ok()).flatten();
    let json = whole.clone().or_else(|| json_tail(example.as_bytes()));
    let mut text = match &whole {
        Some(object) => Text::of_json(object, example.as_bytes()),
        None => Text::of_lines([example.as_bytes()]),
    };
    if text.tag.is_empty()
        && let Some(tag) = matcher.tags.first()
    {
        text.tag = tag.to_vec();
    }
    // Without its literal no record would come so far; JSON may hide it behind escapes.
    (json.is_some() || matcher.may_match(&text.bytes)) && matches(matcher, &text, json.as_ref(), Bars::Untried).is_some()
}
