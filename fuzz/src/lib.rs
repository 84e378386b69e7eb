//! What fuzzing checks: one file per target with one `check`, which takes any bytes and panics where a promise is
//! broken. Nothing here knows of a fuzzer, so that `tests/fuzz.rs` of the project replays the same checks without one.
//!
//! To add a target: a file here, a row in [`TARGETS`], its seeds in [`seeds`], its bin beside the others. The one to
//! copy is [`line`].
#![forbid(unsafe_code)]
#![warn(missing_docs, clippy::pedantic)]

pub mod container;
pub mod document;
pub mod line;
pub mod pipeline;
pub mod profile;
pub mod redact;
pub mod seeds;

use std::borrow::Cow;
use std::sync::LazyLock;
use whyunsent::profile::Profiles;

/// Takes any bytes.
///
/// # Panics
/// Where a promise is broken.
pub type Check = fn(&[u8]);

/// Every target by name.
pub const TARGETS: &[(&str, Check)] = &[
    ("line", line::check),
    ("document", document::check),
    ("container", container::check),
    ("pipeline", pipeline::check),
    ("profile", profile::check),
    ("redact", redact::check),
];

/// The built-in profiles, compiled once.
static PROFILES: LazyLock<Profiles> = LazyLock::new(Profiles::builtin);

/// The choice that repeats the input until it is large: what takes too long does so only there.
const LARGE: u8 = 0xff;

/// The first byte, which chooses among what a target can do, and the input proper, which is repeated to at least so
/// many bytes where it is to be large.
fn chosen(data: &[u8], large_bytes: usize) -> (u8, Cow<'_, [u8]>) {
    match data.split_first() {
        Some((&LARGE, rest @ [_, ..])) => (LARGE, rest.repeat(large_bytes / rest.len() + 1).into()),
        Some((choice, rest)) => (*choice, rest.into()),
        None => (0, data.into()),
    }
}
