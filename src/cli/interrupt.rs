//! Ctrl-C while logs are read: reading stops at once, half files and half batches are removed, and the exit code says so.
//! A second Ctrl-C does not wait for that. Elsewhere a signal does what it does to any program.

use super::exit::Failure;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// What a shell says of a program that Ctrl-C ended: 128 and the number of the signal.
pub const INTERRUPTED: u8 = 130;

static STOPPED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From now on a signal asks for an end instead of making one.
pub fn watch() {
    STOPPED.get_or_init(|| {
        let stopped = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // Where a handler cannot be installed, the signal ends the program as before. The order matters: the first
            // of two handlers sees only what an earlier signal left.
            let second = register_conditional_shutdown(signal, INTERRUPTED.into(), Arc::clone(&stopped));
            let _ = second.and_then(|_| register(signal, Arc::clone(&stopped)));
        }
        stopped
    });
}

/// Whether a signal came.
#[must_use]
pub fn is_stopped() -> bool {
    STOPPED.get().is_some_and(|stopped| stopped.load(Ordering::Relaxed))
}

/// That a signal came.
#[must_use]
pub fn failure() -> Failure {
    Failure { error: anyhow::anyhow!("interrupted; nothing half was left"), code: INTERRUPTED }
}

/// A stream that ends with an error once a signal came, for what is written while it is read.
pub struct Stoppable<W>(pub W);

impl<W: Write> Write for Stoppable<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if is_stopped() {
            return Err(io::Error::other("interrupted"));
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
