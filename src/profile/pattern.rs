//! A regex of a profile, compiled when a record first asks for it: a run meets few of all profiles.

use super::literal::{self, Told, is_word};
use super::name::{Name, name};
use regex::bytes::{CaptureLocations, Regex, RegexBuilder};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use thread_local::ThreadLocal;

/// Limit of one compiled regex; the default of the regex crate is 10 MiB.
const SIZE_MAX: usize = 1 << 20;

/// So many matches are looked for anywhere before it is worth to have a regex compiled for the words that they begin at.
const OFTEN: u32 = 1_000;
/// Words that are tried before the rest of a text is searched: all of it may be looked through for each of them.
const WORDS_TRIED_MAX: usize = 16;
/// Of longer texts none is tried, for that reason.
const WORDS_TRIED_WITHIN_BYTES: usize = 4096;

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
    /// The same for a text that begins where a match does, where matches begin at words; compiled once that is worth it.
    bound: OnceLock<Option<Regex>>,
    groups: Vec<Option<Name>>,
    own: ThreadLocal<Own>,
}

/// What a thread searches with.
#[derive(Debug)]
struct Own {
    anywhere: Search,
    bound: OnceCell<Option<Search>>,
    /// How many matches it was asked for, so far as that is of interest.
    asked: Cell<u32>,
}

/// A copy of a regex, which has its scratch memory for itself: threads that share one write the same words at each search.
#[derive(Debug)]
struct Search {
    regex: Regex,
    /// Where the groups of the last match are.
    places: RefCell<CaptureLocations>,
}

impl Search {
    fn of(regex: &Regex) -> Self {
        Search { regex: regex.clone(), places: RefCell::new(regex.capture_locations()) }
    }

    /// Where the first match from a place on is.
    fn find(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        self.regex.captures_read_at(&mut self.places.borrow_mut(), text, from).map(|found| found.range())
    }
}

impl Compiled {
    #[inline]
    fn own(&self) -> &Own {
        self.own.get_or(|| Own { anywhere: Search::of(&self.regex), bound: OnceCell::new(), asked: Cell::new(0) })
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
        self.compiled().own().anywhere.regex.is_match(text)
    }

    /// Where the first match in a text is. Hands over the place of each named group that takes part in it.
    pub fn find(&self, text: &[u8], mut take: impl FnMut(Name, Range<usize>)) -> Option<Range<usize>> {
        let compiled = self.compiled();
        let (search, from, found) = self.first_match(compiled.own(), text)?;
        let places = search.places.borrow();
        for (number, name) in compiled.groups.iter().enumerate() {
            if let (Some(name), Some((start, end))) = (name, places.get(number)) {
                take(name, from + start..from + end);
            }
        }
        Some(from + found.start..from + found.end)
    }

    /// The first match: the search that knows the places of its groups, what is to be added to these, and its own place without that.
    ///
    /// To look for a match anywhere takes an automaton that finds its end, one that finds its start, and one for the groups. Where it
    /// can only begin at a few words, the last one alone tells all, tried at each.
    fn first_match<'o>(&self, own: &'o Own, text: &[u8]) -> Option<(&'o Search, usize, Range<usize>)> {
        let anywhere = |from| Some((&own.anywhere, 0, own.anywhere.find(text, from)?));
        if own.asked.get() < OFTEN {
            own.asked.set(own.asked.get() + 1);
            return anywhere(0);
        }
        let bound = own.bound.get_or_init(|| self.compiled().bound.get_or_init(|| self.bound()).as_ref().map(Search::of));
        let (Some(bound), Some(first)) = (bound, &self.told().first_of_word) else { return anywhere(0) };
        if text.len() > WORDS_TRIED_WITHIN_BYTES || !text.is_ascii() {
            return anywhere(0);
        }
        let is_start = |at: &usize| first.has(text[*at]) && !at.checked_sub(1).is_some_and(|before| is_word(text[before]));
        let mut starts = (0..text.len()).filter(is_start);
        for at in starts.by_ref().take(WORDS_TRIED_MAX) {
            if let Some(found) = bound.find(&text[at..], 0) {
                return Some((bound, at, found));
            }
        }
        anywhere(starts.next()?)
    }

    /// The regex of the same matches at the start of a text, where all begin at words.
    fn bound(&self) -> Option<Regex> {
        self.told().first_of_word?;
        regex(&format!("^(?:{})", ascii(&self.0.source))).ok()
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
    let regex = regex(&ascii(source)).map_err(|e| format!("regex `{source}`: {e}"))?;
    let groups = regex.capture_names().map(|group| group.map(name)).collect();
    Ok(Compiled { regex, bound: OnceLock::new(), groups, own: ThreadLocal::new() })
}

fn regex(source: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source).size_limit(SIZE_MAX).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profiles;
    use crate::profile::check::texts;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_word_ends_where_a_script_without_spaces_begins() {
        let matches = |pattern: &str, text: &str| Patterns::new(When::Now).get(pattern).unwrap().is_match(text.as_bytes());
        assert!(matches(r"\bcode=(\d+)\b", "发送失败code=5，重试") && !matches(r"\bcode=(\d+)\b", "barcode=5"));
        assert!(matches(r"\Wcode", "失败code") && !matches(r"\w\s*code", "失败 code") && !matches(r"\d", "٣"));
    }

    /// Each expression of the profiles whose matches begin at words, on all examples and on these with other signs in them.
    #[test]
    fn a_match_that_is_tried_at_words_is_the_one_that_is_found_anywhere() {
        let profiles = Profiles::builtin();
        let of = |number: &u32| texts(profiles.profile_of(*number), &profiles.statements[*number as usize]);
        let numbers: Vec<u32> = (0..).zip(&profiles.statements).map(|(number, _)| number).collect();
        let examples = numbers.iter().flat_map(|number| [of(number).1, of(number).2].into_iter().flatten());
        let others =
            |text: &String| [text.clone(), text.replace(' ', "_"), text.replace(['=', ':'], " "), format!("a msg_ids msg{text} é")];
        let texts: Vec<String> = examples.flat_map(others).collect();
        let patterns: BTreeMap<&str, &Pattern> = numbers
            .iter()
            .map(|number| &profiles.statements[*number as usize].matcher)
            .flat_map(|matcher| matcher.message.iter().chain(&matcher.all).chain(matcher.fields.iter().map(|(_, pattern)| pattern)))
            .filter(|pattern| pattern.told().first_of_word.is_some())
            .map(|pattern| (pattern.source(), pattern))
            .collect();
        let found = patterns.values().flat_map(|pattern| texts.iter().map(|text| check_at_words(pattern, text)));
        let (at_words, nowhere): (Vec<bool>, Vec<bool>) = found.partition(|found| *found);
        let (at_words, nowhere) = (at_words.len(), nowhere.len());
        assert!(patterns.len() > 20 && at_words > 1_000 && nowhere > 1_000, "{} {at_words} {nowhere}", patterns.len());
    }

    /// That trying words finds what a search of the whole text does; whether there is a match.
    fn check_at_words(pattern: &Pattern, text: &str) -> bool {
        let mut places = pattern.compiled().regex.capture_locations();
        let expected = pattern.compiled().regex.captures_read(&mut places, text.as_bytes()).map(|found| found.range());
        let groups = pattern.compiled().groups.iter().enumerate();
        let expected_groups: Vec<_> = groups.filter_map(|(n, name)| Some((name.as_ref()?, places.get(n)?))).collect();
        pattern.compiled().own().asked.set(OFTEN);
        let mut taken = Vec::new();
        assert_eq!(pattern.find(text.as_bytes(), |name, place| taken.push((name, (place.start, place.end)))), expected, "{text}");
        let taken: Vec<_> = taken.iter().map(|(name, place)| (name, *place)).collect();
        assert!(expected.is_none() || taken == expected_groups, "{} {text}", pattern.source());
        expected.is_some()
    }

    proptest! {
        /// Of shapes that no profile of ours has, some are tried at words and some must not be.
        #[test]
        fn whatever_is_written_is_found_at_words_as_it_is_anywhere(text in "(?:msg|MSG|ab?c?|[a_ ,9\r\n=\u{17f}\u{212a}]|send|ſend|ack|接收|id=){0,24}") {
            for source in [
                r"\bmsg(?<n>\d?)",
                r"(?x)\bmsg(?<n>\d) # with a comment",
                r"(?m)\bmsg(?<n>.?)$",
                r"(?mR)\bmsg(?<n>,?)\r?$",
                r"\bmsg\B(?<n>.)",
                r"\b(?<n>a|ab)(?<m>c?)",
                r"(?U)\bmsg(?<n>[a9]+)",
                r"(?i)\bsend(?<n>.?)",
                r"(?i)\bs(?<n>k|e)",
                r"\back(?<n>.?)|接收",
                r"(?:接收|send)(?<n>id)",
                r"\b(?m:^)msg(?<n>.?)",
                r"\bmsg(?m:^|.)(?<n>.?)",
                r"(?:\b|_)msg(?<n>.?)",
                r"(?:\bmsg|\b(?<n>a)|\bsend.*)=",
                r"\b\bid=(?<n>.?)",
            ] {
                check_at_words(&Patterns::new(When::Now).get(source).unwrap(), &text);
            }
        }
    }

    #[test]
    fn where_many_words_may_begin_a_match_the_rest_is_searched() {
        let pattern = Patterns::new(When::Now).get(r"\bmsg(?<id>\d)").unwrap();
        for before in [0, 1, 15, 16, 17, 40] {
            let text = format!("{}msg7 msg8", "msg ".repeat(before));
            for _ in 0..2 {
                let mut id = None;
                let found = pattern.find(text.as_bytes(), |_, place| id = Some(place));
                assert_eq!((found, id), (Some(4 * before..4 * before + 4), Some(4 * before + 3..4 * before + 4)));
                pattern.compiled().own().asked.set(OFTEN);
            }
        }
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
