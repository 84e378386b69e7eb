//! Text behind escapes: what comes in is a line as it was written, what goes out is the same line as a reader would
//! understand it, with the place in the original of each of its bytes.
//!
//! Percent-encoding (RFC 3986), `\u` and `\/` of JSON (RFC 8259), character references of HTML and XML, full-width
//! forms of ASCII (Chinese keyboards), and what shows as nothing: terminal sequences, zero-width and bidi characters.

/// Encodings within encodings that are undone: `%2540` is an `@`.
const DEPTH_MAX: usize = 3;

/// A line without escapes.
pub(super) struct Decoded {
    /// The text.
    pub(super) text: String,
    /// For each byte of the text, and for its end, where it begins in the line.
    starts: Vec<u32>,
}

impl Decoded {
    /// The place in the line of a stretch of the text.
    pub(super) fn place(&self, range: &std::ops::Range<usize>) -> std::ops::Range<usize> {
        self.starts[range.start] as usize..self.starts[range.end] as usize
    }
}

/// The line without escapes, the innermost first; nothing where there are none.
pub(super) fn layers(line: &str) -> Vec<Decoded> {
    let mut layers: Vec<Decoded> = Vec::new();
    while layers.len() < DEPTH_MAX {
        let text = layers.last().map_or(line, |d| &d.text);
        let Some(mut decoded) = (may_have_escapes(text) && u32::try_from(line.len()).is_ok()).then(|| undo(text)).flatten() else { break };
        if let Some(outer) = layers.last() {
            decoded.starts.iter_mut().for_each(|at| *at = outer.starts[*at as usize]);
        }
        layers.push(decoded);
    }
    layers.reverse();
    layers
}

/// A cheap look, never narrower than [`undo`].
fn may_have_escapes(text: &str) -> bool {
    let bytes = text.as_bytes();
    // What shows as nothing begins with E2 or EF in UTF-8, full-width forms with EF.
    memchr::memchr3(b'%', b'\\', b'&', bytes).is_some() || memchr::memchr3(0x1b, 0xe2, 0xef, bytes).is_some()
}

/// One round; `None` if there was nothing to undo.
fn undo(line: &str) -> Option<Decoded> {
    let mut out = Decoded { text: String::with_capacity(line.len()), starts: Vec::with_capacity(line.len() + 1) };
    let mut changed = false;
    let mut at = 0;
    while let Some(c) = line[at..].chars().next() {
        let rest = &line[at..];
        let (written, length) = match c {
            '%' => percent(rest).unwrap_or_else(|| (c.into(), 1)),
            '\\' => json(rest).unwrap_or_else(|| (c.into(), 1)),
            '&' => reference(rest).unwrap_or_else(|| (c.into(), 1)),
            '\x1b' => (String::new(), sequence(rest)),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => (String::new(), c.len_utf8()),
            '\u{ff01}'..='\u{ff5e}' => (narrow(c).into(), c.len_utf8()),
            _ => (String::new(), 0),
        };
        if length == 0 {
            push(&mut out, c.encode_utf8(&mut [0; 4]), at, true);
            at += c.len_utf8();
            continue;
        }
        changed |= written != rest[..length];
        push(&mut out, &written, at, false);
        at += length;
    }
    out.starts.push(u32::try_from(line.len()).ok()?);
    changed.then_some(out)
}

/// Adds a text that stands at a place of the line, byte for byte or as a whole.
fn push(out: &mut Decoded, text: &str, at: usize, is_same: bool) {
    let starts = (0..text.len()).map(|n| u32::try_from(if is_same { at + n } else { at }).unwrap_or(u32::MAX));
    out.starts.extend(starts);
    out.text.push_str(text);
}

/// A run of `%XX` that is UTF-8.
fn percent(rest: &str) -> Option<(String, usize)> {
    let bytes = rest.as_bytes();
    let mut decoded = Vec::new();
    let hex = |at: usize| char::from(*bytes.get(at)?).to_digit(16).and_then(|d| u8::try_from(d).ok());
    // One character at a time, so that each keeps its own place.
    loop {
        let at = decoded.len() * 3;
        let (Some(b'%'), Some(high), Some(low)) = (bytes.get(at), hex(at + 1), hex(at + 2)) else { return None };
        decoded.push(high << 4 | low);
        if let Ok(text) = std::str::from_utf8(&decoded) {
            return (!text.contains(char::is_control)).then(|| (text.to_owned(), decoded.len() * 3));
        }
        if decoded.len() == 4 {
            return None;
        }
    }
}

/// `\u0040`, also in pairs, and `\/`; quotes stay escaped, since they bound values.
fn json(rest: &str) -> Option<(String, usize)> {
    if rest.starts_with("\\/") {
        return Some(("/".into(), 2));
    }
    // JSON within JSON: one backslash of two is the next round's.
    if rest.starts_with("\\\\u") && rest.get(3..7).is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())) {
        return Some(("\\".into(), 2));
    }
    let unit = |at: usize| u16::from_str_radix(rest.get(at..)?.strip_prefix("\\u")?.get(..4)?, 16).ok();
    let first = unit(0)?;
    let units = [first, unit(6).unwrap_or_default()];
    let (text, length) = match String::from_utf16(&units[..1]) {
        Ok(text) => (text, 6),
        Err(_) => (String::from_utf16(&units).ok()?, 12),
    };
    (!text.contains(|c: char| c.is_control() || matches!(c, '"' | '\\'))).then_some((text, length))
}

/// `&#64;`, `&#x40;` and the five names of XML; quotes stay.
fn reference(rest: &str) -> Option<(String, usize)> {
    let end = rest.bytes().take(10).position(|b| b == b';')?;
    let name = &rest[1..end];
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control() && *c != '"')?
        }
    };
    Some((c.into(), end + 1))
}

/// The length of a terminal sequence: `ESC [ … letter`, else `ESC` alone (ECMA-48, 5.4).
fn sequence(rest: &str) -> usize {
    let Some(body) = rest[1..].strip_prefix('[') else { return 1 };
    let parameters = body.bytes().take_while(|b| (0x20..=0x3f).contains(b)).count();
    2 + parameters + usize::from(body.as_bytes().get(parameters).is_some_and(|b| (0x40..=0x7e).contains(b)))
}

/// The ASCII character of a full-width one (Unicode, Halfwidth and Fullwidth Forms).
fn narrow(c: char) -> char {
    char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn innermost(line: &str) -> String {
        layers(line).first().map_or_else(|| line.to_owned(), |d| d.text.clone())
    }

    #[test]
    fn escapes_of_urls_json_and_html_are_undone() {
        assert_eq!(innermost("to=li%40example.org&x"), "to=li@example.org&x");
        assert_eq!(innermost("to=li%2540example.org"), "to=li@example.org");
        assert_eq!(innermost(r"li\u0040example.org \/a \ud83d\ude00"), "li@example.org /a 😀");
        assert_eq!(innermost(r"li\\u0040example.org"), "li@example.org");
        assert_eq!(innermost("li&#64;example.org &#x40; &lt;b&gt; &amp;"), "li@example.org @ <b> &");
        assert_eq!(innermost("%E6%9D%8E 1３８"), "李 138");
        assert_eq!(innermost("138\x1b[1m0013\x1b[0m8000"), "13800138000");
    }

    #[test]
    fn what_is_no_escape_stays_and_quotes_stay_escaped() {
        for line in ["100% of 5", "%ZZ %4", r"C:\Users \u12", "a && b &nosuch; &", r#"\"q\" \u0022"#, "%00 %0A"] {
            assert!(layers(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn a_place_in_the_text_is_that_of_its_escapes_in_the_line() {
        let line = "x to=li%2540example.org!";
        let decoded = &layers(line)[0];
        let at = decoded.text.find("li@example.org").unwrap();
        assert_eq!(&line[decoded.place(&(at..at + 14))], "li%2540example.org");
    }

    proptest! {
        #[test]
        fn any_stretch_of_whole_characters_has_a_place_of_whole_characters(line in r"([%&\\][u#x]?[0-9a-f]{0,4};?|\x1b\[?[0-9;m]{0,3}|[ -~]|[，１李\u{200b}]){0,24}") {
            for decoded in layers(&line) {
                let bounds: Vec<usize> = decoded.text.char_indices().map(|(at, _)| at).chain([decoded.text.len()]).collect();
                for pair in bounds.windows(2) {
                    let place = decoded.place(&(pair[0]..pair[1]));
                    prop_assert!(line.get(place).is_some());
                }
            }
        }
    }
}
