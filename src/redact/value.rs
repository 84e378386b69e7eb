//! Where the value after `key=` or `"key": ` begins and ends, however deep its quotes are escaped.

use regex::Regex;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

/// How far a value without quotes goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bare {
    /// To the next space or mark: an id.
    Word,
    /// To the next comma or bracket: a name.
    Clause,
    /// To the next `, key=` or the end: free text.
    Text,
    /// To the end: a header.
    Line,
    /// As far as it is a number with a point.
    Number,
    /// There is none: without quotes it is something else.
    Never,
}

/// The next field of a text that was printed as a structure.
static NEXT_FIELD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[,;]\s*[A-Za-z_][A-Za-z0-9_.]*\s*[=:]").expect("the pattern is a constant"));

/// Where a value begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// Just behind the separator.
    pub(super) at: usize,
    /// Whether quotes are doubled, as in a cell of CSV.
    pub(super) is_doubled: bool,
}

/// What ends a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    /// A quote behind so many backslashes.
    Quote(u8, usize),
    /// Two quotes.
    Doubled,
    /// The line's end.
    Line,
    /// The end of the string that a text stands in.
    String,
    /// What ends a value without quotes.
    Bare(Bare),
}

/// The ends that were found in a text: whatever begins before one of them, and not before the value that it was found
/// for, ends there too. Without this a long line would be gone through again for each of its names.
#[derive(Default)]
pub(super) struct Ends(BTreeMap<Ending, Range<usize>>);

impl Ends {
    /// The end of what begins at a place.
    fn of(&mut self, ending: Ending, at: usize, find: impl FnOnce(&mut Self) -> usize) -> usize {
        if let Some(known) = self.0.get(&ending).filter(|known| (known.start..=known.end).contains(&at)) {
            return known.end;
        }
        let end = find(self);
        self.0.insert(ending, at..end);
        end
    }

    fn line(&mut self, text: &str, at: usize) -> usize {
        self.of(Ending::Line, at, |_| memchr::memchr2(b'\n', b'\r', &text.as_bytes()[at..]).map_or(text.len(), |n| at + n))
    }
}

/// Whether a name with its separator has doubled quotes.
pub(super) fn is_doubled(name: &str) -> bool {
    name.contains("\"\"")
}

/// The value at a place. `None` for structures and for nothing.
pub(super) fn span(text: &str, start: Start, bare: Bare, ends: &mut Ends) -> Option<Range<usize>> {
    let at = start.at;
    let rest = &text[at..];
    if let Some(inside) = rest.strip_prefix("\"\"").filter(|inside| start.is_doubled || is_doubled_value(inside)) {
        let start = at + 2;
        let end = ends.of(Ending::Doubled, start, |_| inside.find("\"\"").map_or(text.len(), |length| start + length));
        return Some(start..if end < text.len() { end } else { ends.line(text, start) });
    }
    let escapes = rest.bytes().take_while(|b| *b == b'\\').count();
    match rest.as_bytes().get(escapes) {
        Some(quote @ (b'"' | b'\'')) => {
            let start = at + escapes + 1;
            Some(start..ends.of(Ending::Quote(*quote, escapes), start, |_| quoted_end(text, start, *quote, escapes)))
        }
        None | Some(b'{' | b'[') => None,
        Some(_) => {
            let end = bare_end(text, at, bare, ends)?;
            (end > at).then_some(at..end)
        }
    }
}

/// Whether what follows two quotes is a value in doubled quotes, and not what follows an empty one.
fn is_doubled_value(inside: &str) -> bool {
    let end = inside.find("\"\"");
    end.is_some_and(|end| end > 0 && !inside[..end].contains([',', '}', ']', '"']))
}

/// Whether the value at `at` is in quotes.
pub(super) fn is_quoted(text: &str, at: usize) -> bool {
    text[at..].trim_start_matches('\\').starts_with(['"', '\''])
}

/// The end of a quoted value: a quote with no more backslashes than the opening one; a single quote
/// only where a structure goes on, as texts have apostrophes. A cut line ends the value.
fn quoted_end(text: &str, start: usize, quote: u8, escapes: usize) -> usize {
    let bytes = text.as_bytes();
    let mut run = 0;
    for (i, byte) in bytes.iter().enumerate().skip(start) {
        if *byte == b'\\' {
            run += 1;
            continue;
        }
        let closes = if escapes == 0 { run % 2 == 0 } else { run <= escapes };
        let goes_on = quote == b'"' || bytes.get(i + 1).is_none_or(|b| matches!(b, b',' | b';' | b')' | b'}' | b']' | b'&' | b'>' | b'|'));
        if *byte == quote && closes && goes_on {
            return i - run.min(escapes);
        }
        // No value goes over the end of its line.
        if matches!(*byte, b'\n' | b'\r') {
            return i;
        }
        run = 0;
    }
    text.len()
}

fn bare_end(text: &str, at: usize, bare: Bare, ends: &mut Ends) -> Option<usize> {
    let rest = &text[at..];
    let until = |stop: &dyn Fn(char) -> bool| rest.find(stop).map_or(text.len(), |length| at + length);
    // What was redacted before is a value by itself.
    let masked = rest.strip_prefix('<').map_or(0, |kind| kind.bytes().take_while(|b| b.is_ascii_lowercase() || *b == b'_').count());
    if masked > 0 && rest[masked + 1..].starts_with('>') {
        return Some(at + masked + 2);
    }
    let find = |ends: &mut Ends| match bare {
        Bare::Never => at,
        Bare::Word => until(&|c| c.is_whitespace() || ",;&\"'<>{}()[]\\，。；）】".contains(c)),
        Bare::Clause => until(&|c| c.is_control() || ",;&\"<>{}()[]|，。；）】".contains(c)),
        Bare::Text => {
            let end = ends.line(text, at);
            let end = ends.of(Ending::String, at, |_| at + string_end(&text[at..end]));
            let end = NEXT_FIELD.find(&text[at..end]).map_or(end, |m| at + m.start());
            at + text[at..end].trim_end_matches([')', '}', ']', '"', '\'', '>']).len()
        }
        Bare::Number => {
            let is_part = |n: usize, b: u8| b.is_ascii_digit() || b == b'.' || (n == 0 && b"+-".contains(&b));
            at + rest.bytes().enumerate().take_while(|(n, b)| is_part(*n, *b)).count()
        }
        Bare::Line => until(&|c| c.is_control() || "\"}]".contains(c)),
    };
    Some(match bare {
        Bare::Never => return None,
        // A sign counts in front only.
        Bare::Number => find(ends),
        _ => ends.of(Ending::Bare(bare), at, find),
    })
}

/// Where the JSON string ends that a text stands in: a quote behind which a structure goes on.
fn string_end(text: &str) -> usize {
    let goes_on = |at: usize| matches!(text[at + 1..].trim_start().as_bytes().first(), Some(b',' | b'}' | b']'));
    memchr::memchr_iter(b'"', text.as_bytes()).find(|at| goes_on(*at)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str, bare: Bare) -> Option<&str> {
        let at = text.find(['=', ':']).unwrap() + 1;
        span(text, Start { at, is_doubled: is_doubled(&text[..at]) }, bare, &mut Ends::default()).map(|range| &text[range])
    }

    #[test]
    fn a_quoted_value_ends_at_its_own_quote() {
        assert_eq!(value(r#"text:"say \"hi\" now","x":1"#, Bare::Word), Some(r#"say \"hi\" now"#));
        assert_eq!(value(r#"text=\"a \\\"b\\\" c\",\"x"#, Bare::Word), Some(r#"a \\\"b\\\" c"#));
        assert_eq!(value("text='it's me', extra=null", Bare::Word), Some("it's me"));
    }

    #[test]
    fn a_cell_of_csv_doubles_the_quotes() {
        assert_eq!(value("\"\"password\"\":\"\"a\"x\"\",\"\"b", Bare::Word), Some("a\"x"));
        assert_eq!(value("ssid=\"\"Home 5G\"\" x", Bare::Clause), Some("Home 5G"));
        assert_eq!(value("token:\"\",b\"\"", Bare::Word), Some(""));
    }

    #[test]
    fn a_value_ends_with_its_line_and_with_the_string_that_it_stands_in() {
        assert_eq!(value("text=hello wonder\n2026 next", Bare::Text), Some("hello wonder"));
        assert_eq!(value("text='never closed\nnext", Bare::Text), Some("never closed"));
        assert_eq!(value("text:late at night\"}, \"n\":1", Bare::Text), Some("late at night"));
        assert_eq!(value("lng=102.506231/send", Bare::Number), Some("102.506231"));
    }

    #[test]
    fn a_cut_line_ends_its_value() {
        assert_eq!(value(r#"text:"never closed"#, Bare::Word), Some("never closed"));
    }

    #[test]
    fn a_bare_value_goes_as_far_as_its_kind() {
        assert_eq!(value("id=abc, next", Bare::Word), Some("abc"));
        assert_eq!(value("name=Li Lei, next", Bare::Clause), Some("Li Lei"));
        assert_eq!(value("text=Hi, how are you, type=1)", Bare::Text), Some("Hi, how are you"));
        assert_eq!(value("text=Hi, how are you)", Bare::Text), Some("Hi, how are you"));
        assert_eq!(value("cookie:a=b; c=d", Bare::Line), Some("a=b; c=d"));
        assert_eq!(value("body:gone", Bare::Never), None);
    }

    proptest! {
        #[test]
        fn an_end_that_is_known_is_the_end_that_would_be_found(pieces in proptest::collection::vec(
            proptest::sample::select(vec!["a=", "b: ", "\"", "'", "\"\"", "\\", "x", ", y=", ",", ")", "}", "<ip>", "\n", " ", "-1", "。"]),
            0..40,
        )) {
            let text = pieces.concat();
            for bare in [Bare::Word, Bare::Clause, Bare::Text, Bare::Line, Bare::Number, Bare::Never] {
                let mut ends = Ends::default();
                for (at, _) in text.match_indices(['=', ':']) {
                    let start = Start { at: at + 1, is_doubled: is_doubled(&text[..at]) };
                    prop_assert_eq!(span(&text, start, bare, &mut ends), span(&text, start, bare, &mut Ends::default()), "{} at {}", text, at);
                }
            }
        }
    }

    #[test]
    fn structures_are_no_values() {
        assert_eq!(value("content:{\"a\":1}", Bare::Word), None);
        assert_eq!(value("content=", Bare::Text), None);
    }
}
