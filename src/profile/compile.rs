//! TOML -> statements: every `match` becomes regexes and required literals, every id a number.

use super::literal::Bytes;
use super::name::{Name, name};
use super::pattern::{Pattern, Patterns, When};
use super::syntax::{File, Match, OneOrMany};
use aho_corasick::AhoCorasick;
use std::sync::OnceLock;

/// Tags are compared by their first 23 bytes: Android cut log tags there until API 25
/// (`android.util.Log`, `isLoggable`), and Signal still does.
pub const TAG_MAX: usize = 23;

/// The shortest ending of tags that can be asked for.
pub const ENDING_MIN: usize = 4;

/// A compiled `match`.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// Tags, cut to [`TAG_MAX`], or endings of tags behind a star; empty: any.
    pub tags: Vec<Box<[u8]>>,
    /// Over the record's text.
    pub message: Option<Pattern>,
    /// Must match as well.
    pub all: Vec<Pattern>,
    /// Must not match.
    pub none: Vec<Pattern>,
    /// Over fields of a JSON record.
    pub fields: Vec<(String, Pattern)>,
    /// Captures taken from fields of a JSON record.
    pub take: Vec<(Name, Vec<String>)>,
    /// Literals that its author names.
    needles: Vec<Vec<u8>>,
    literals: OnceLock<Vec<Vec<u8>>>,
    needle: OnceLock<Option<AhoCorasick>>,
}

impl Matcher {
    /// Texts of which every matching record holds at least one (case aside): those that its author names, else the
    /// rarest-looking that its regexes require, those whose shortest is longest. Empty: none known.
    #[must_use]
    pub fn literals(&self) -> &[Vec<u8>] {
        self.literals.get_or_init(|| {
            if !self.needles.is_empty() {
                return self.needles.clone();
            }
            let patterns = self.message.iter().chain(&self.all).chain(self.fields.iter().map(|(_, pattern)| pattern));
            let required = patterns.filter_map(|pattern| pattern.told().required.as_ref());
            required.max_by_key(|found| found.iter().map(Vec::len).min()).cloned().unwrap_or_default()
        })
    }

    /// Whether records of it are found without parsing all.
    #[must_use]
    pub fn can_be_found(&self) -> bool {
        !self.tags.is_empty() || !self.literals().is_empty()
    }

    /// Whether its literals stand in a text as they are, in no other case.
    #[must_use]
    pub fn minds_case(&self) -> bool {
        let fields = self.fields.iter().map(|(_, pattern)| pattern);
        self.needles.is_empty() && self.message.iter().chain(&self.all).chain(fields).all(|pattern| pattern.told().minds_case)
    }

    /// The first bytes of texts that it can match, where its regex is bound to their start.
    #[must_use]
    pub fn first(&self) -> Option<Bytes> {
        self.message.as_ref().and_then(|message| message.told().first)
    }

    /// Whether a text has one of the literals; true where there are none.
    #[must_use]
    pub fn may_match(&self, text: &[u8]) -> bool {
        let build = || (!self.literals().is_empty()).then(|| needle(self.literals())).flatten();
        self.needle.get_or_init(build).as_ref().is_none_or(|needle| needle.is_match(text))
    }
}

/// What a statement is for: index into its profile's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// `[[context]]` number.
    Context(usize),
    /// `[[step]]` number.
    Step(usize),
    /// `[[rule]]` number.
    Rule(usize),
}

/// A compiled statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Number of its profile.
    pub profile: usize,
    /// What it is for.
    pub role: Use,
    /// Which records it means.
    pub matcher: Matcher,
}

/// Something wrong with a `match`.
#[derive(Debug)]
pub struct BadMatch {
    /// Id of the context, step or rule.
    pub id: String,
    /// What is wrong.
    pub what: String,
}

/// Compiles all statements of a file.
///
/// # Errors
/// The ids whose regexes do not compile or that give neither tag nor literal, with the reason.
pub fn statements(profile: usize, file: &File, when: When) -> Result<Vec<Statement>, Vec<BadMatch>> {
    let contexts = file.context.iter().enumerate().map(|(i, c)| (Use::Context(i), &c.id, Some(&c.r#match)));
    let steps = file.step.iter().enumerate().map(|(i, s)| (Use::Step(i), &s.id, Some(&s.r#match)));
    let rules = file.rule.iter().enumerate().map(|(i, r)| (Use::Rule(i), &r.id, r.r#match.as_ref()));
    let mut patterns = Patterns::new(when);
    let mut good = Vec::new();
    let mut bad = Vec::new();
    for (role, id, source) in contexts.chain(steps).chain(rules) {
        let Some(source) = source else { continue };
        match matcher(source, &mut patterns) {
            Ok(matcher) => good.push(Statement { profile, role, matcher }),
            Err(what) => bad.push(BadMatch { id: id.clone(), what }),
        }
    }
    if bad.is_empty() { Ok(good) } else { Err(bad) }
}

fn matcher(source: &Match, patterns: &mut Patterns) -> Result<Matcher, String> {
    let message = source.message.as_ref().map(|source| patterns.get(source)).transpose()?;
    let mut many = |sources: &[String]| sources.iter().map(|source| patterns.get(source)).collect::<Result<Vec<_>, _>>();
    let (all, none) = (many(&source.all)?, many(&source.none)?);
    let fields = source.fields.iter().map(|(k, p)| Ok((k.clone(), patterns.get(p)?))).collect::<Result<Vec<_>, String>>()?;
    let tags: Vec<Box<[u8]>> = source.tag.iter().flat_map(OneOrMany::as_slice).map(|t| kept(t.as_bytes()).into()).collect();
    if let Some(short) = tags.iter().find(|tag| ending_of(tag).is_some_and(|ending| ending.len() < ENDING_MIN)) {
        return Err(format!("the ending `{}` of tags is shorter than {ENDING_MIN} bytes", String::from_utf8_lossy(short)));
    }
    let matcher = Matcher {
        needle: OnceLock::new(),
        literals: OnceLock::new(),
        needles: source.needles.iter().map(|n| n.to_lowercase().into_bytes()).collect(),
        tags,
        message,
        all,
        none,
        fields,
        take: source.take.iter().map(|(k, v)| (name(k), v.as_slice().to_vec())).collect(),
    };
    if patterns.when() == When::Now && !matcher.can_be_found() {
        return Err("neither a tag nor a literal of 3 bytes: add `tag` or `needles`, or every record would have to be parsed".to_owned());
    }
    Ok(matcher)
}

/// An automaton over literals, in any case; small, since there is one per statement.
fn needle(literals: &[Vec<u8>]) -> Option<AhoCorasick> {
    let kind = Some(aho_corasick::AhoCorasickKind::ContiguousNFA);
    AhoCorasick::builder().ascii_case_insensitive(true).kind(kind).build(literals).ok()
}

/// The ending that a tag of a profile stands for, if it is one: `*Send`.
#[must_use]
pub fn ending_of(tag: &[u8]) -> Option<&[u8]> {
    tag.strip_prefix(b"*")
}

/// Whether a record's tag is one of these.
#[must_use]
pub fn is_among(tags: &[Box<[u8]>], tag: &[u8]) -> bool {
    tags.iter().any(|known| ending_of(known).map_or(**known == *cut(tag), |ending| tag.ends_with(ending)))
}

/// What is kept of a tag of a profile: an ending is compared as a whole.
fn kept(tag: &[u8]) -> &[u8] {
    if ending_of(tag).is_some() { tag } else { cut(tag) }
}

/// The first [`TAG_MAX`] bytes of a tag.
#[must_use]
pub fn cut(tag: &[u8]) -> &[u8] {
    &tag[..tag.len().min(TAG_MAX)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_without_tag_or_literal_is_refused() {
        let source = Match { message: Some(r"\d+".into()), ..Match::default() };
        assert!(matcher(&source, &mut Patterns::new(When::Now)).unwrap_err().contains("needles"));
    }

    #[test]
    fn an_ending_of_tags_is_told_by_a_star_and_has_a_least_length() {
        let tags: Vec<Box<[u8]>> = vec![b"Job".as_slice().into(), b"*Send".as_slice().into()];
        assert!([b"Job".as_slice(), b"Send", b"WrenSend"].iter().all(|tag| is_among(&tags, tag)));
        assert!(is_among(&tags, b"OutgoingMessageQueueOfChatsSend"));
        assert!([b"MyJob".as_slice(), b"Sender", b"send", b"OutgoingAttachmentsSender"].iter().all(|tag| !is_among(&tags, tag)));
        let source: Match = toml::from_str("tag = \"*end\"\nmessage = 'x'").unwrap();
        assert!(matcher(&source, &mut Patterns::new(When::Now)).unwrap_err().contains("shorter than 4"));
    }

    #[test]
    fn long_tags_are_cut_as_android_cut_them() {
        let source = Match { tag: Some(OneOrMany::One("SignalServiceMessageSender".into())), ..Match::default() };
        assert_eq!(&*matcher(&source, &mut Patterns::new(When::Now)).unwrap().tags[0], b"SignalServiceMessageSen");
    }
}
