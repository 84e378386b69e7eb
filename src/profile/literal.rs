//! What the syntax of a regex tells of the texts that it matches: which literals they hold, which bytes they begin with. The
//! scan looks for these before any regex runs.

use memchr::memmem::Finder;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// Shorter literals are half of every log.
pub const LITERAL_MIN_BYTES: usize = 3;
/// More alternatives than this are no filter.
const ALTERNATIVES_MAX: usize = 64;

/// What is known of all texts that a regex matches.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Texts of which every match has at least one, in lower case where the regex ignores case (`ſ` and the Kelvin sign aside, which
    /// are `s` and `k` for it).
    pub required: Option<Vec<Vec<u8>>>,
    /// Texts of [`LITERAL_MIN_BYTES`] or more of which every match holds each one as it is.
    pub exact: Vec<Finder<'static>>,
    /// The bytes that a text begins with which it matches, where it is bound to the text's start.
    pub first: Option<Bytes>,
    /// The bytes that a match in a text of ASCII begins with, where each begins at a word.
    pub first_of_word: Option<Bytes>,
    /// Whether it has no letter that matches in both cases: its literals stand in every match as they are.
    pub minds_case: bool,
}

/// What a regex tells; nothing where it is none.
#[must_use]
pub fn told(pattern: &str) -> Told {
    let Ok(hir) = regex_syntax::ParserBuilder::new().utf8(false).build().parse(pattern) else { return Told::default() };
    let mut exact = Vec::new();
    add_exact(&hir, &mut exact);
    let required = walk(&hir).filter(|found| found.iter().all(|l| l.len() >= LITERAL_MIN_BYTES));
    Told { required, exact, first: first(&hir), first_of_word: first_of_word(&hir), minds_case: minds_case(&hir) }
}

/// The part of a literal that stands in one line of a record as it is: neither the ends of lines nor the tab between a
/// message and its record do.
#[must_use]
pub fn in_line(literal: &[u8]) -> &[u8] {
    literal.split(|b| matches!(b, b'\t' | b'\n')).max_by_key(|part| part.len()).unwrap_or(literal)
}

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bytes([u64; 4]);

impl Bytes {
    /// Whether a byte is in it.
    #[inline]
    #[must_use]
    pub const fn has(&self, byte: u8) -> bool {
        self.0[(byte >> 6) as usize] >> (byte & 63) & 1 == 1
    }

    /// Adds a range.
    pub fn add(&mut self, from: u8, to: u8) {
        for byte in from..=to {
            self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
    }

    /// Adds another set.
    pub fn join(&mut self, other: &Self) {
        for (own, more) in self.0.iter_mut().zip(other.0) {
            *own |= more;
        }
    }
}

fn first(hir: &Hir) -> Option<Bytes> {
    let is_bound = hir.properties().look_set_prefix().contains(Look::Start);
    let mut bytes = Bytes::default();
    (is_bound && !begin(hir, &mut bytes)).then_some(bytes)
}

/// The bytes that a match in a text of ASCII begins with, if each begins where a word does and nothing else is said of what is before
/// it, so that it matches as well where the text begins there.
fn first_of_word(hir: &Hir) -> Option<Bytes> {
    let mut bytes = Bytes::default();
    match hir.kind() {
        HirKind::Capture(capture) => return first_of_word(&capture.sub),
        HirKind::Alternation(parts) => {
            let is_ascii =
                |hir: &&Hir| !matches!(hir.kind(), HirKind::Literal(text) if text.0.first().is_some_and(|byte| !byte.is_ascii()));
            for part in parts.iter().filter(is_ascii) {
                bytes.join(&first_of_word(part)?);
            }
        }
        HirKind::Concat(parts) => {
            let is_word = |part: &Hir| matches!(part.kind(), HirKind::Look(Look::WordAscii));
            let bound = parts.iter().take_while(|part| is_word(part)).count();
            let next = parts.get(bound).filter(|part| part.properties().minimum_len().is_some_and(|len| len > 0))?;
            if bound == 0 {
                return first_of_word(next);
            }
            begin(Some(next).filter(|part| part.properties().look_set().is_empty())?, &mut bytes);
        }
        _ => return None,
    }
    (0..128).filter(|byte| bytes.has(*byte)).all(is_word).then_some(bytes)
}

/// Whether a byte is of a word.
#[must_use]
pub const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Adds the bytes that a match can begin with; whether it can be empty.
fn begin(hir: &Hir, bytes: &mut Bytes) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => {
            literal.0.first().iter().for_each(|byte| bytes.add(**byte, **byte));
            literal.0.is_empty()
        }
        HirKind::Class(Class::Bytes(class)) => {
            class.iter().for_each(|range| bytes.add(range.start(), range.end()));
            false
        }
        HirKind::Class(Class::Unicode(class)) => {
            let lead = |c: char| c.encode_utf8(&mut [0; 4]).as_bytes()[0];
            class.iter().for_each(|range| bytes.add(lead(range.start()), lead(range.end())));
            false
        }
        HirKind::Repetition(repetition) => begin(&repetition.sub, bytes) || repetition.min == 0,
        HirKind::Capture(capture) => begin(&capture.sub, bytes),
        HirKind::Concat(parts) => parts.iter().all(|part| begin(part, bytes)),
        HirKind::Alternation(parts) => parts.iter().filter(|part| begin(part, bytes)).count() > 0,
    }
}

fn minds_case(hir: &Hir) -> bool {
    both_cases(hir).is_none() && hir.kind().subs().iter().all(minds_case)
}

fn add_exact(hir: &Hir, found: &mut Vec<Finder<'static>>) {
    match hir.kind() {
        HirKind::Literal(literal) if literal.0.len() >= LITERAL_MIN_BYTES => found.push(Finder::new(&literal.0).into_owned()),
        HirKind::Capture(capture) => add_exact(&capture.sub, found),
        HirKind::Repetition(repetition) if repetition.min > 0 => add_exact(&repetition.sub, found),
        HirKind::Concat(parts) => parts.iter().for_each(|part| add_exact(part, found)),
        _ => {}
    }
}

fn walk(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Capture(capture) => walk(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => walk(&repetition.sub),
        HirKind::Concat(parts) => concat(parts),
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(walk(part)?);
            }
            (all.len() <= ALTERNATIVES_MAX).then_some(all)
        }
        _ => None,
    }
}

/// The best part of a concatenation: the one whose shortest literal is longest. Letters that match
/// in both cases are joined with the literals around them.
fn concat(parts: &[Hir]) -> Option<Vec<Vec<u8>>> {
    let mut best: Option<Vec<Vec<u8>>> = None;
    let mut run: Vec<u8> = Vec::new();
    let mut offer = |found: Option<Vec<Vec<u8>>>| {
        if let Some(found) = found
            && weight(&found) > best.as_deref().map_or(0, weight)
        {
            best = Some(found);
        }
    };
    for part in parts {
        match (part.kind(), both_cases(part)) {
            (HirKind::Literal(literal), _) => run.extend_from_slice(&literal.0),
            (_, Some(letter)) => run.push(letter),
            _ => {
                offer((!run.is_empty()).then(|| vec![std::mem::take(&mut run)]));
                offer(walk(part));
            }
        }
    }
    offer((!run.is_empty()).then(|| vec![run]));
    best
}

fn weight(found: &[Vec<u8>]) -> usize {
    found.iter().map(Vec::len).min().unwrap_or(0)
}

/// The lower-case letter of a class that is one ASCII letter in both cases (with `k` and `s` also
/// their Unicode folds).
fn both_cases(hir: &Hir) -> Option<u8> {
    let HirKind::Class(class) = hir.kind() else { return None };
    let chars: Vec<char> = match class {
        Class::Unicode(c) => c.iter().flat_map(|r| r.start()..=r.end()).take(4).collect(),
        Class::Bytes(c) => c.iter().flat_map(|r| r.start()..=r.end()).take(4).map(char::from).collect(),
    };
    let letter = chars.iter().find(|c| c.is_ascii_lowercase())?;
    chars
        .iter()
        .all(|c| c.to_lowercase().eq(letter.to_lowercase()) || matches!((letter, c), ('s', 'ſ') | ('k', 'K')))
        .then_some(*letter as u8)
        .filter(|_| chars.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, expected: Option<&[&str]>) {
        let found = told(pattern).required;
        let expected = expected.map(|e| e.iter().map(|s| s.as_bytes().to_vec()).collect::<Vec<_>>());
        assert_eq!(found, expected, "{pattern}");
    }

    #[test]
    fn the_longest_literal_of_a_sequence_is_taken() {
        check(r"^\[JOB::(?<id_job>[0-9a-f-]+)\] Running job\.", Some(&["] Running job."]));
    }

    #[test]
    fn alternatives_give_one_literal_each() {
        check("(?:Job failed|Failing after .* lifespan)", Some(&["Job failed", "Failing after "]));
    }

    #[test]
    fn case_is_folded_to_lower() {
        check("(?i)Msg_Id", Some(&["msg_id"]));
    }

    #[test]
    fn one_letter_in_both_cases_is_enough_to_mind_no_case() {
        let minds_case = |pattern: &str| told(pattern).minds_case;
        assert!(minds_case(r"^Lost network|\bNetwork: (?:false|true)\b"));
        assert!(["(?i)x", "^[Ss]end Message", "a(?:b|(?i:c))d"].iter().all(|pattern| !minds_case(pattern)));
    }

    #[test]
    fn what_may_be_absent_is_not_required() {
        check(r"(?:abc)?\d+", None);
        check("ab", None);
    }

    #[test]
    fn a_bound_regex_tells_the_first_bytes_of_its_texts() {
        let told = |pattern: &str| told(pattern).first.map(|set| (0..=255).filter(|b| set.has(*b)).collect::<Vec<u8>>());
        assert_eq!(told(r"^(?:Start proc |\[\d+,)(?<pid>\d+)"), Some(b"S[".to_vec()));
        assert_eq!(told(r"(?i)^ab"), Some(b"Aa".to_vec()));
        assert_eq!(told(r"^x?[0-2]"), Some(b"012x".to_vec()));
        assert_eq!(told("^(?:é|é?b)"), Some(vec![b'b', 0xc3]));
        assert_eq!([told("abc"), told("^x*"), told("(?m)^abc"), told("^(?:a|b*)"), told("a|^b")], [None, None, None, None, None]);
    }

    #[test]
    fn a_regex_whose_matches_begin_at_words_tells_their_first_bytes() {
        let told =
            |pattern: &str| told(pattern).first_of_word.map(|set| (0..=127).filter(|b| set.has(*b)).map(char::from).collect::<String>());
        assert_eq!(told(r"(?-u:\b)(?:msg|uuid)=").as_deref(), Some("mu"));
        assert_eq!(told(r"(?i)(?:(?-u:\b)(?:msg|uuid)|(?-u:\b)send)=(?<id>[0-9]+)").as_deref(), Some("MSUmsu"));
        assert_eq!(told(r"(?-u:\b)ack|接收").as_deref(), Some("a"), "in a text of ASCII nothing else is met");
        for other in [
            "ack",
            r"(?-u:\b)ack|send",
            r"(?-u:\b)[( ]id",
            r"(?:(?-u:\b)ack|^send)",
            r"(?-u:\b)(?m:^)ack",
            r"(?-u:\b)(?:ack)?",
            r"(?-u:\B)ack",
            r"x*(?-u:\b)ack",
        ] {
            assert_eq!(told(other), None, "{other}");
        }
    }

    #[test]
    fn what_every_match_holds_as_it_is_is_told_and_what_some_hold_is_not() {
        let exact = |text: &Finder<'_>| String::from_utf8(text.needle().to_vec()).unwrap();
        let told = |pattern: &str| told(pattern).exact.iter().map(exact).collect::<Vec<_>>();
        assert_eq!(
            told(r"^\[JOB::(?<id>[0-9a-f]+)\]\[IndividualSendJob\].* Job failed(?: again)?"),
            ["[JOB::", "][IndividualSendJob]", " Job failed"]
        );
        assert_eq!(told("(?i)timeout"), Vec::<String>::new());
        assert_eq!(told("(?:abc|abd) x(?:yz )+"), ["yz "]);
    }
}
