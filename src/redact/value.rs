//! Where the value after `key=` or `"key": ` begins and ends, however deep its quotes are escaped.

use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// How far a value without quotes goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Whether a name with its separator has doubled quotes.
pub(super) fn is_doubled(name: &str) -> bool {
    name.contains("\"\"")
}

/// The value at a place. `None` for structures and for nothing.
pub(super) fn span(text: &str, start: Start, bare: Bare) -> Option<Range<usize>> {
    let at = start.at;
    let rest = &text[at..];
    if let Some(inside) = rest.strip_prefix("\"\"").filter(|inside| start.is_doubled || is_doubled_value(inside)) {
        let length = inside.find("\"\"").or_else(|| inside.find(['\n', '\r'])).unwrap_or(inside.len());
        return Some(at + 2..at + 2 + length);
    }
    let escapes = rest.bytes().take_while(|b| *b == b'\\').count();
    match rest.as_bytes().get(escapes) {
        Some(quote @ (b'"' | b'\'')) => {
            let start = at + escapes + 1;
            Some(start..quoted_end(text, start, *quote, escapes))
        }
        None | Some(b'{' | b'[') => None,
        Some(_) => {
            let length = bare_length(rest, bare)?;
            (length > 0).then_some(at..at + length)
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

fn bare_length(rest: &str, bare: Bare) -> Option<usize> {
    let until = |stop: &dyn Fn(char) -> bool| rest.find(stop).unwrap_or(rest.len());
    // What was redacted before is a value by itself.
    let masked = rest.strip_prefix('<').map_or(0, |kind| kind.bytes().take_while(|b| b.is_ascii_lowercase() || *b == b'_').count());
    if masked > 0 && rest[masked + 1..].starts_with('>') {
        return Some(masked + 2);
    }
    Some(match bare {
        Bare::Never => return None,
        Bare::Word => until(&|c| c.is_whitespace() || ",;&\"'<>{}()[]\\，。；）】".contains(c)),
        Bare::Clause => until(&|c| c.is_control() || ",;&\"<>{}()[]|，。；）】".contains(c)),
        Bare::Text => {
            let end = until(&|c| matches!(c, '\n' | '\r'));
            let end = string_end(&rest[..end]);
            let end = NEXT_FIELD.find(&rest[..end]).map_or(end, |m| m.start());
            rest[..end].trim_end_matches([')', '}', ']', '"', '\'', '>']).len()
        }
        Bare::Number => {
            rest.bytes().enumerate().take_while(|(n, b)| b.is_ascii_digit() || *b == b'.' || (*n == 0 && b"+-".contains(b))).count()
        }
        Bare::Line => until(&|c| c.is_control() || "\"}]".contains(c)),
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

    fn value(text: &str, bare: Bare) -> Option<&str> {
        let at = text.find(['=', ':']).unwrap() + 1;
        span(text, Start { at, is_doubled: is_doubled(&text[..at]) }, bare).map(|range| &text[range])
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

    #[test]
    fn structures_are_no_values() {
        assert_eq!(value("content:{\"a\":1}", Bare::Word), None);
        assert_eq!(value("content=", Bare::Text), None);
    }
}
