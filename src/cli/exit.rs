//! Exit codes, and failures that carry theirs.

use std::fmt;

/// Done; also where the reader of a pipe closed it.
pub const DONE: u8 = 0;
/// A check was breached.
pub const BREACHED: u8 = 1;
/// Wrong usage: arguments, configuration, profiles, or output that cannot be written.
pub const USAGE: u8 = 2;
/// Nothing readable in the input, or with `--strict` something unreadable.
pub const UNREADABLE: u8 = 3;
/// Too little data for a check.
pub const TOO_LITTLE_DATA: u8 = 4;

/// Why a command failed, and its exit code.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong.
    pub error: anyhow::Error,
    /// The exit code.
    pub code: u8,
}

impl Failure {
    /// Wrong usage.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self { error: anyhow::anyhow!("{message}"), code: USAGE }
    }

    /// Nothing readable.
    pub fn unreadable(message: impl fmt::Display) -> Self {
        Self { error: anyhow::anyhow!("{message}"), code: UNREADABLE }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self { error, code: USAGE }
    }
}
