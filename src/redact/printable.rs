//! Foreign text made safe to show on a terminal or in a page: nothing in it can move the cursor,
//! change a colour, or turn the reading direction.

use std::borrow::Cow;

/// Longer texts are cut, with an ellipsis.
const MAX_CHARS: usize = 2000;

/// The text with control characters made visible and cut at a length that a screen can bear.
///
/// Tabs become spaces; other control characters become their Unicode pictures (`␛`), what has none
/// its number (`\u{202e}`).
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    let cut = text.char_indices().nth(MAX_CHARS).map(|(at, _)| at);
    let shown = &text[..cut.unwrap_or(text.len())];
    if cut.is_none() && !shown.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(shown.len() + 16);
    for c in shown.chars() {
        match c {
            '\t' => out.push(' '),
            '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + u32::from(c))),
            '\u{7f}' => out.push('␡'),
            c if is_unsafe(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    if cut.is_some() {
        out.push('…');
    }
    Cow::Owned(out)
}

/// Controls of terminals, of lines, of the reading direction, and marks that show as nothing.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(printable("发送失败 send failed 💙"), Cow::Borrowed(_)));
    }

    #[test]
    fn escapes_become_visible() {
        assert_eq!(printable("\x1b[31mred\x1b[0m\r\n"), "␛[31mred␛[0m␍␊");
        assert_eq!(printable("a\tb"), "a b");
        assert_eq!(printable("\u{9b}2J\u{7f}"), "\\u{9b}2J␡");
    }

    #[test]
    fn the_reading_direction_cannot_be_turned() {
        assert_eq!(printable("a\u{202e}b\u{2066}c"), "a\\u{202e}b\\u{2066}c");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let long = "信".repeat(MAX_CHARS + 5);
        let shown = printable(&long);
        assert_eq!(shown.chars().count(), MAX_CHARS + 1);
        assert!(shown.ends_with('…'));
        assert!(matches!(printable(&"信".repeat(MAX_CHARS)), Cow::Borrowed(_)));
    }
}
