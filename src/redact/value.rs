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
    /// There is none: without quotes it is something else.
    Never,
}

/// The next field of a text that was printed as a structure.
static NEXT_FIELD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[,;]\s*[A-Za-z_][A-Za-z0-9_.]*\s*[=:]").expect("the pattern is a constant"));

/// The value at `at`, just behind the separator. `None` for structures and for nothing.
pub(super) fn span(text: &str, at: usize, bare: Bare) -> Option<Range<usize>> {
    let rest = &text[at..];
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
        run = 0;
    }
    text.len()
}

fn bare_length(rest: &str, bare: Bare) -> Option<usize> {
    let until = |stop: &dyn Fn(char) -> bool| rest.find(stop).unwrap_or(rest.len());
    Some(match bare {
        Bare::Never => return None,
        Bare::Word => until(&|c| c.is_whitespace() || ",;&\"'<>{}()[]\\，。；）】".contains(c)),
        Bare::Clause => until(&|c| c.is_control() || ",;&\"<>{}()[]|，。；）】".contains(c)),
        Bare::Text => {
            let end = NEXT_FIELD.find(rest).map_or(rest.len(), |m| m.start());
            rest[..end].trim_end_matches([')', '}', ']', '"', '\'', '>']).len()
        }
        Bare::Line => until(&|c| c.is_control() || "\"}]".contains(c)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, bare: Bare) -> Option<&str> {
        let at = text.find(['=', ':']).unwrap() + 1;
        span(text, at, bare).map(|range| &text[range])
    }

    #[test]
    fn a_quoted_value_ends_at_its_own_quote() {
        assert_eq!(value(r#"text:"say \"hi\" now","x":1"#, Bare::Word), Some(r#"say \"hi\" now"#));
        assert_eq!(value(r#"text=\"a \\\"b\\\" c\",\"x"#, Bare::Word), Some(r#"a \\\"b\\\" c"#));
        assert_eq!(value("text='it's me', extra=null", Bare::Word), Some("it's me"));
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
