//! Accounts and rooms, and what people write.

use super::{ALL, LINES, Shape, Shown, word};
use crate::redact::checks::{is_address, is_redacted};

/// What stands around a value is looked at so far.
const AROUND_MAX_BYTES: usize = 4 << 10;

/// Elements with texts, ids of Matrix, mail addresses and JIDs.
pub(super) const SHAPES: &[Shape] = &[
    Shape {
        shown: Shown::Mask("text"),
        pattern: r"(?i)<(?:body|subject)(?:\s[^<>]*)?>(?P<v>[^<>]+)",
        may: |t| t.has(b'<'),
        places: LINES,
        accept: |text, at| (!before(text, at.start).to_ascii_lowercase().contains("<html")).then_some(at),
    },
    Shape {
        shown: Shown::Pseudonym("room"),
        pattern: r"(?i)(?:!|%21)(?:[A-Za-z0-9._~=+/-]{1,255}(?::|%3A)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::\d{1,5})?|[A-Za-z0-9_-]{43})",
        may: |t| t.has(b'!') || t.has_escape,
        places: ALL,
        accept: word,
    },
    Shape {
        shown: Shown::Pseudonym("u"),
        pattern: r"(?i)(?:@|%40)[A-Za-z0-9._=/+-]{1,255}(?::|%3A)(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?::\d{1,5})?",
        may: |t| t.has(b'@') || t.has_escape,
        places: ALL,
        accept: word,
    },
    Shape {
        shown: Shown::Pseudonym("room"),
        pattern: r"(?i)(?:#|%23)[a-z][A-Za-z0-9._=+-]{1,255}(?::|%3A)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[a-z]{2,24}",
        may: |t| t.has(b'#') || t.has_escape,
        places: ALL,
        accept: |text, at| word(text, at).filter(|at| is_address(&text[at.clone()])),
    },
    Shape {
        shown: Shown::Pseudonym("event"),
        // The sigil stays: clients tell events by it.
        pattern: r"\$(?P<v>[A-Za-z0-9_-]{43}|[A-Za-z0-9]{10,}:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)",
        may: |t| t.has(b'$'),
        places: LINES,
        accept: word,
    },
    Shape {
        shown: Shown::Pseudonym("u"),
        pattern: r"(?i)(?P<v>[\p{Han}A-Za-z0-9._+-]+(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[a-z]{2,24})(?:/[A-Za-z0-9._-]+)?",
        may: |t| t.has(b'@') || t.has_escape,
        places: ALL,
        accept: |text, at| {
            // In a path the ending of the file follows.
            let value = &text[at.clone()];
            let ending = [".log", ".txt", ".zip", ".gz", ".json", ".jsonl", ".xlog", ".csv"].into_iter().find(|end| value.ends_with(end));
            let at = at.start..at.end - ending.map_or(0, str::len);
            let is_whole = text[at.clone()].rsplit('@').next().is_some_and(|host| host.contains('.'));
            (is_whole && is_address(&text[at.clone()])).then_some(at)
        },
    },
];

/// Ids and texts where single clients write them.
pub(super) const CHATS: &[Shape] = &[
    Shape {
        shown: Shown::Pseudonym("u"),
        // Conversations of Tencent IM are named after the peer or the group.
        pattern: r"(?i)(?:(?-u:\b)c2c_|conv(?:ersation)?(?:_?id)?[^A-Za-z0-9_]{1,4}group_)(?P<v>[A-Za-z0-9_.@#$+-]{3,})",
        may: |t| t.has(b'_'),
        places: LINES,
        accept: |_, at| Some(at),
    },
    Shape {
        shown: Shown::Pseudonym("u"),
        // The receiver among the arguments of OpenIM's `SendMessage`.
        pattern: r#""args":.*\}\s*,\s*"(?P<v>[^"\\]+)"\s*,\s*""#,
        may: |t| t.has(b'}') && t.text.contains("\"args\":"),
        places: LINES,
        accept: |text, at| (!is_redacted(&text[at.clone()])).then_some(at),
    },
    Shape {
        shown: Shown::Pseudonym("g"),
        // And the group.
        pattern: r#""args":.*\}\s*,\s*"[^"\\]*"\s*,\s*"(?P<v>[^"\\]+)""#,
        may: |t| t.has(b'}') && t.text.contains("\"args\":"),
        places: LINES,
        accept: |text, at| (!is_redacted(&text[at.clone()])).then_some(at),
    },
    Shape {
        shown: Shown::Mask("text"),
        // What Rocket.Chat sends: `msg` is the log's word elsewhere.
        pattern: r#""msg\\*"\s*:\s*\\*"(?P<v>[^"]+?)\\*""#,
        may: |t| t.has(b'"') && t.text.contains("\"rid"),
        places: LINES,
        // The object that says where a message goes holds its text.
        accept: |text, at| {
            let (before, after) = (before(text, at.start), after(text, at.end));
            let before = before.rfind('{').is_some_and(|start| before[start..].contains("\"rid"));
            let after = after.find(['{', '}']).is_some_and(|end| after[..end].contains("\"rid"));
            (before || after).then_some(at)
        },
    },
    Shape { shown: Shown::Pseudonym("u"), pattern: r"wxid_[A-Za-z0-9]{6,}", may: |t| t.has(b'_'), places: ALL, accept: word },
];

/// The text before a place, as far as it is looked at.
fn before(text: &str, at: usize) -> &str {
    &text[text.ceil_char_boundary(at.saturating_sub(AROUND_MAX_BYTES))..at]
}

/// The text behind a place, as far as it is looked at.
fn after(text: &str, at: usize) -> &str {
    &text[at..text.floor_char_boundary(at + AROUND_MAX_BYTES)]
}
