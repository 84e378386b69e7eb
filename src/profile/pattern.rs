//! A regex of a profile, compiled when a record first asks for it: a run meets few of all profiles.

use super::literal;
use super::name::{Name, name};
use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};
use std::sync::OnceLock;

/// Limit of one compiled regex; the default of the regex crate is 10 MiB.
const SIZE_MAX: usize = 1 << 20;

/// A regex over bytes.
#[derive(Clone, Debug)]
pub struct Pattern {
    source: Box<str>,
    compiled: OnceLock<Compiled>,
    /// Texts that stand in every match.
    required: OnceLock<Vec<Finder<'static>>>,
}

#[derive(Clone, Debug)]
struct Compiled {
    regex: Regex,
    groups: Vec<Option<Name>>,
}

/// When a pattern is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At once: a user's profile, whose errors must be told.
    Now,
    /// When needed: a built-in one, which a test has compiled.
    Needed,
}

impl Pattern {
    /// A pattern.
    ///
    /// # Errors
    /// What is wrong with it, if it is compiled now.
    pub fn new(source: &str, when: When) -> Result<Self, String> {
        let pattern = Pattern { source: source.into(), compiled: OnceLock::new(), required: OnceLock::new() };
        if when == When::Now {
            let compiled = compile(source)?;
            let _ = pattern.compiled.set(compiled);
        }
        Ok(pattern)
    }

    fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| compile(&self.source).expect("a built-in pattern compiles, as a test proves"))
    }

    /// Its text.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The regex.
    #[must_use]
    pub fn regex(&self) -> &Regex {
        &self.compiled().regex
    }

    /// Whether a text may have a match: it holds all texts that every match has. Much cheaper than the regex, which
    /// looks for one of them at most.
    #[must_use]
    pub fn may_match(&self, text: &[u8]) -> bool {
        let find = || literal::all_exact(&self.source).iter().map(|exact| Finder::new(exact).into_owned()).collect();
        self.required.get_or_init(find).iter().all(|finder| finder.find(text).is_some())
    }

    /// The names of its groups, by number.
    #[must_use]
    pub fn groups(&self) -> &[Option<Name>] {
        &self.compiled().groups
    }
}

/// The same with `\b` between ASCII words: a name ends where a script without spaces begins (`发送失败code=5`), and the regex
/// crate looks for Unicode's boundaries in texts that are no ASCII with its slowest engine.
fn ascii_boundaries(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escaped = rest[at + 1..].chars().next().map_or(0, char::len_utf8);
        let escape = &rest[at..at + 1 + escaped];
        // `\b{start}` and its like have other meanings.
        let is_plain = escape == r"\b" && !rest[at + 2..].starts_with('{');
        out.push_str(if is_plain { r"(?-u:\b)" } else { escape });
        rest = &rest[at + escape.len()..];
    }
    out + rest
}

fn compile(source: &str) -> Result<Compiled, String> {
    let regex = RegexBuilder::new(&ascii_boundaries(source)).size_limit(SIZE_MAX).build().map_err(|e| format!("regex `{source}`: {e}"))?;
    let groups = regex.capture_names().map(|group| group.map(name)).collect();
    Ok(Compiled { regex, groups })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_ends_where_a_script_without_spaces_begins() {
        let pattern = Pattern::new(r"\bcode=(\d+)\b", When::Now).unwrap();
        assert!(pattern.regex().is_match("发送失败code=5，重试".as_bytes()));
        assert!(!pattern.regex().is_match(b"barcode=5"));
    }

    #[test]
    fn other_escapes_stay_as_they_are() {
        assert_eq!(ascii_boundaries(r"\\b \b\. \B 名\b{start}"), r"\\b (?-u:\b)\. \B 名\b{start}");
        assert_eq!(ascii_boundaries("\\"), "\\");
    }
}
