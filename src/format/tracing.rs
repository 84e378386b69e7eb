//! The Matrix Rust SDK's log as Element X writes it on Android and iOS.
//!
//! `YYYY-MM-DDTHH:MM:SS.ffffffZ LEVEL target: message fields | file:line | spans: …`. Source:
//! matrix-org/matrix-rust-sdk `bindings/matrix-sdk-ffi/src/platform/mod.rs`, `EventFormatter`.

use super::form::{DIGITS, Form, Parts, fraction_end, is_level_word, second_end, word_end};
use super::stamp::Stamp;
use super::{FormatInfo, skip_blanks};

/// The grammar as registered.
pub const TRACING: Form = Form {
    info: FormatInfo {
        id: "matrix-rust",
        title: "Matrix Rust SDK (Element X)",
        reference: "https://github.com/matrix-org/matrix-rust-sdk/blob/main/bindings/matrix-sdk-ffi/src/platform/mod.rs",
    },
    parts,
    stamp: Stamp::parse_iso,
    first: DIGITS,
    only_at_home: false,
    samples: &[
        "2026-03-02T09:14:07.120551Z DEBUG matrix_sdk::http_client::native: Sending request num_attempt=1 | crates/matrix-sdk/src/http_client/native.rs:71 | spans: send{request_id=\"REQ-41\" method=PUT}",
        "2026-03-02T09:15:00.000412Z  INFO elementx: setAllSendQueuesEnabled(true) | ",
        "2026-03-02T09:15:01.118000Z ERROR elementx: Send queue failed in room: !aB:hs.example | ClientProxy.swift:1085 | spans: root",
    ],
};

fn parts(b: &[u8]) -> Option<Parts> {
    let stamp = fraction_end(b, second_end(b, b'-', b'T')?);
    if b.get(stamp..stamp + 2)? != b"Z " {
        return None;
    }
    let level = skip_blanks(b, stamp + 1);
    let level_end = word_end(b, level);
    if level_end - level < 4 || !is_level_word(b.get(level..level_end)?) {
        return None;
    }
    let target = level_end + 1;
    let colon = super::colon(b, target)?;
    // A target is a path of names; anything else is another program's log.
    let named = b.get(target..colon)?.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b':' | b'-' | b'.'));
    if colon == target || !named {
        return None;
    }
    let message = b.len().min(colon + 2);
    Some(Parts { stamp: (0, stamp + 1), level: (level, level_end), tag: (target, colon), message, ..Parts::default() })
}
