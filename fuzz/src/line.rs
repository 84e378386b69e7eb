//! A line: every grammar looks at it, and what its quick check says is what its parse says.

use super::chosen;
use whyunsent::format::{GRAMMARS, Grammar, parts, preamble};

/// A large line: an eighth of the longest that is looked at.
const LARGE_BYTES: usize = whyunsent::scan::LINE_MAX_BYTES >> 3;

/// Reads the first physical line of the input by every grammar.
///
/// # Panics
/// Where a range is outside the line, or quick check and parse do not agree.
pub fn check(data: &[u8]) {
    let (_, data) = chosen(data, LARGE_BYTES);
    let line = data.split(|b| *b == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    for grammar in GRAMMARS {
        agree(*grammar, line);
        let _ = grammar.stamp_within(&data);
        let _ = grammar.object(line).as_ref().and_then(parts::parts);
    }
    let _ = (preamble::is_structural(line), preamble::key_value(line));
}

fn agree(grammar: &dyn Grammar, line: &[u8]) {
    let id = grammar.info().id;
    let head = grammar.parse(line);
    let Some(quick) = grammar.quick(line) else { return };
    let head = head.unwrap_or_else(|| panic!("{id}: a head for the quick check and none for the parse"));
    let told = grammar.told_by_lines() && !grammar.is_report();
    assert!(!told || grammar.first().contains(&line[0]), "{id}: no head begins with {:#x}", line[0]);
    assert!(quick.message_start() <= line.len(), "{id}: {quick:?} in {} bytes", line.len());
    if !grammar.is_json() {
        assert_eq!(quick.tag(line), head.tag, "{id}: the tag");
        assert!(quick.message(line).starts_with(head.message), "{id}: the message");
    }
    assert!(head.level == 0 || b"VDIWEF".contains(&head.level), "{id}: the level {:#x}", head.level);
}
