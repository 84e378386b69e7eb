//! A regex of a profile, compiled when a record first asks for it: a run meets few of all profiles.

use super::literal::{self, Told};
use super::name::{Name, name};
use regex::bytes::{CaptureLocations, Regex, RegexBuilder};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use thread_local::ThreadLocal;

/// Limit of one compiled regex; the default of the regex crate is 10 MiB.
const SIZE_MAX: usize = 1 << 20;

/// A regex over bytes; copies are the same one.
#[derive(Clone, Debug)]
pub struct Pattern(Arc<Lazy>);

#[derive(Debug)]
struct Lazy {
    source: Box<str>,
    compiled: OnceLock<Compiled>,
    told: OnceLock<Told>,
}

#[derive(Debug)]
struct Compiled {
    regex: Regex,
    groups: Vec<Option<Name>>,
    own: ThreadLocal<Own>,
}

/// What a thread searches with. Copies of a regex have their scratch memory for themselves: threads that share one write
/// the same words at each search.
#[derive(Debug)]
struct Own {
    regex: Regex,
    /// Where the groups of the last match are.
    places: RefCell<CaptureLocations>,
}

impl Compiled {
    #[inline]
    fn own(&self) -> &Own {
        self.own.get_or(|| Own { regex: self.regex.clone(), places: RefCell::new(self.regex.capture_locations()) })
    }
}

/// When a pattern is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At once: a user's profile, whose errors must be told.
    Now,
    /// When needed: a built-in one, which a test has compiled.
    Needed,
}

/// The patterns of a profile: many of its statements look for an id in the same words, which are compiled once.
pub struct Patterns {
    when: When,
    known: HashMap<String, Pattern>,
}

impl Patterns {
    /// None yet.
    #[must_use]
    pub fn new(when: When) -> Self {
        Patterns { when, known: HashMap::new() }
    }

    /// When they are compiled.
    #[must_use]
    pub const fn when(&self) -> When {
        self.when
    }

    /// The pattern of a text.
    ///
    /// # Errors
    /// What is wrong with it, if it is compiled now.
    pub fn get(&mut self, source: &str) -> Result<Pattern, String> {
        if let Some(known) = self.known.get(source) {
            return Ok(known.clone());
        }
        let compiled = OnceLock::new();
        if self.when == When::Now {
            let _ = compiled.set(compile(source)?);
        }
        let pattern = Pattern(Arc::new(Lazy { source: source.into(), compiled, told: OnceLock::new() }));
        self.known.insert(source.to_owned(), pattern.clone());
        Ok(pattern)
    }
}

impl Pattern {
    fn compiled(&self) -> &Compiled {
        self.0.compiled.get_or_init(|| compile(&self.0.source).expect("a built-in pattern compiles, as a test proves"))
    }

    /// What its syntax tells.
    #[must_use]
    pub fn told(&self) -> &Told {
        self.0.told.get_or_init(|| literal::told(&ascii(&self.0.source)))
    }

    /// Its text.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Whether a text has a match.
    #[must_use]
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.compiled().own().regex.is_match(text)
    }

    /// Where the first match in a text is. Hands over the place of each named group that takes part in it.
    pub fn find(&self, text: &[u8], mut take: impl FnMut(Name, Range<usize>)) -> Option<Range<usize>> {
        let compiled = self.compiled();
        let own = compiled.own();
        let mut places = own.places.borrow_mut();
        let found = own.regex.captures_read(&mut places, text)?;
        for (number, name) in compiled.groups.iter().enumerate() {
            if let (Some(name), Some((start, end))) = (name, places.get(number)) {
                take(name, start..end);
            }
        }
        Some(found.range())
    }

    /// Whether a text may have a match: it holds all texts that every match has. Much cheaper than the regex, which
    /// looks for one of them at most.
    #[must_use]
    pub fn may_match(&self, text: &[u8]) -> bool {
        self.told().exact.iter().all(|exact| exact.find(text).is_some())
    }

    /// Whether it has groups.
    #[must_use]
    pub fn has_groups(&self) -> bool {
        self.compiled().groups.len() > 1
    }
}

/// The same with words and digits of ASCII alone. A name ends where a script without spaces begins (`发送失败code=5`), and no
/// number has digits of another script; the regex crate looks for Unicode's boundaries in texts that are no ASCII with its
/// slowest engine, and Unicode's words are half of the time in which patterns are compiled.
fn ascii(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escaped = rest[at + 1..].chars().next().map_or(0, char::len_utf8);
        let escape = &rest[at..at + 1 + escaped];
        out.push_str(match escape {
            // `\b{start}` and its like have other meanings.
            r"\b" if !rest[at + 2..].starts_with('{') => r"(?-u:\b)",
            r"\d" => "[0-9]",
            r"\D" => "[^0-9]",
            r"\w" => "[0-9A-Za-z_]",
            r"\W" => "[^0-9A-Za-z_]",
            other => other,
        });
        rest = &rest[at + escape.len()..];
    }
    out + rest
}

fn compile(source: &str) -> Result<Compiled, String> {
    let regex = RegexBuilder::new(&ascii(source)).size_limit(SIZE_MAX).build().map_err(|e| format!("regex `{source}`: {e}"))?;
    let groups = regex.capture_names().map(|group| group.map(name)).collect();
    Ok(Compiled { regex, groups, own: ThreadLocal::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_ends_where_a_script_without_spaces_begins() {
        let matches = |pattern: &str, text: &str| Patterns::new(When::Now).get(pattern).unwrap().is_match(text.as_bytes());
        assert!(matches(r"\bcode=(\d+)\b", "发送失败code=5，重试") && !matches(r"\bcode=(\d+)\b", "barcode=5"));
        assert!(matches(r"\Wcode", "失败code") && !matches(r"\w\s*code", "失败 code") && !matches(r"\d", "٣"));
    }

    #[test]
    fn words_and_digits_are_of_ascii_within_brackets_too() {
        let pattern = Patterns::new(When::Now).get(r"^[\w.-]+ [^\W\d]+ [\D]$").unwrap();
        assert!(pattern.is_match("a-b.1 word 名".as_bytes()));
        assert!(["a:1 word x", "a word1 x", "a word 1", "名 word x"].iter().all(|text| !pattern.is_match(text.as_bytes())));
    }

    #[test]
    fn other_escapes_stay_as_they_are() {
        assert_eq!(ascii(r"\\b \b\. \B 名\b{start} \\d\s"), r"\\b (?-u:\b)\. \B 名\b{start} \\d\s");
        assert_eq!(ascii("\\"), "\\");
    }
}
