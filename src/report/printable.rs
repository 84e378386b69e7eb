//! Text of a log -> text that is safe to show: terminal escapes, control and bidi characters become
//! visible signs.
//!
//! Folklore: a log line can hold `ESC ]0;…` and set a terminal's title, or U+202E and turn the order
//! of what follows round (CVE-2021-42574, "Trojan Source"). Neither may act where a report is read.

use std::borrow::Cow;

/// Neutralises what would act instead of being shown.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\t' => shown.push(' '),
            '\u{0}'..='\u{1f}' => shown.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            '\u{7f}' => shown.push('\u{2421}'),
            c if acts(c) => shown.extend(["<U+", &format!("{:04X}", u32::from(c)), ">"]),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

fn acts(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_turned_text_become_visible() {
        assert_eq!(printable("a\u{1b}[31mb\u{202e}c\td\u{9b}"), "a\u{241b}[31mb<U+202E>c d<U+009B>");
    }

    #[test]
    fn ordinary_text_is_not_copied() {
        assert!(matches!(printable("已发送 ok – ✓"), Cow::Borrowed(_)));
    }
}
