//! Any text through the redaction door: a line comes out as a line, and an object as an object.
//!
//! That a second time changes nothing holds for logs as they are (`tests/redact.rs`), not for any text: what is glued to
//! a pseudonym makes a new word of it.

use super::chosen;
use serde_json::{Map, Value};
use std::sync::LazyLock;
use whyunsent::redact::{Door, Key};

/// A large line: a quarter of the longest that passes the door at once, which is told slow before it is called hanging.
const LARGE_BYTES: usize = whyunsent::scan::LINE_MAX_BYTES >> 2;

static DOOR: LazyLock<Door> = LazyLock::new(|| Door::new(true, Key::new([7; 32])));

/// Redacts the input as a whole, line by line, and as a path.
///
/// # Panics
/// Where a line is one no longer, or an object.
pub fn check(data: &[u8]) {
    let (_, data) = chosen(data, LARGE_BYTES);
    let text = String::from_utf8_lossy(&data);
    let _ = (DOOR.text(&text), DOOR.path(&text));
    for line in text.lines() {
        let once = DOOR.text(line);
        assert!(!once.contains('\n'), "two lines: {line} -> {once}");
        assert!(!is_object(line) || is_object(&once), "JSON no longer: {line} -> {once}");
    }
}

fn is_object(line: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(line).is_ok()
}
