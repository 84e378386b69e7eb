//! What is in force for a run: plain values, resolved from flags, environment and configuration.

use std::path::PathBuf;

/// Default of `--delayed-after`: later acknowledgements are `delayed` (contract: `5s`).
pub const DELAYED_AFTER_MS: i64 = 5_000;
/// Default of `--pending-after`: longer silence than this is a failure (contract: `10m`).
pub const PENDING_AFTER_MS: i64 = 600_000;

/// The settings of a run.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Settings {
    /// An acknowledgement later than this after the first statement is `delayed`.
    pub delayed_after_ms: i64,
    /// Silence longer than this at the end of a covered log is `unsent`.
    pub pending_after_ms: i64,
    /// Whether text leaves only through the redaction door.
    pub redact: bool,
    /// The zone of stamps that state none; UTC if not given.
    pub time_zone: Option<chrono_tz::Tz>,
    /// Worker threads.
    pub jobs: usize,
    /// Bytes of a document that are read and scanned at a time; memory grows with it, results do not change.
    pub slab_bytes: usize,
    /// Whether an unreadable file is an error.
    pub strict: bool,
    /// A directory with the user's own profiles.
    pub profiles_dir: Option<PathBuf>,
    /// How paths become uploads.
    pub source: crate::source::Options,
    /// Whether what gave no upload (broken, empty, over a limit) gets a receipt too: where uploads are counted, not read about.
    pub accounts_for_all: bool,
    /// Whether the records around messages that nothing explains are told, as rows of their own.
    pub looks_around: bool,
    /// Whether messages that were not lost cite lines too. No report shows these, and most messages are such.
    pub cites_sent: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            delayed_after_ms: DELAYED_AFTER_MS,
            pending_after_ms: PENDING_AFTER_MS,
            redact: true,
            time_zone: None,
            jobs: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            slab_bytes: crate::scan::SLAB_BYTES,
            strict: false,
            profiles_dir: None,
            source: crate::source::Options::default(),
            accounts_for_all: false,
            looks_around: false,
            cites_sent: true,
        }
    }
}
