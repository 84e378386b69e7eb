//! How far the work is, on standard error if that is a terminal.

use crate::Progress;
use crate::redact::printable;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

const TEMPLATE: &str = "{bar:24} {bytes}/{total_bytes} {bytes_per_sec} {wide_msg}";

/// A bar of bytes, or nothing.
pub struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// A bar, hidden where nobody could see it.
    #[must_use]
    pub fn new(wanted: bool) -> Self {
        let bar = if wanted && std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
            ProgressStyle::with_template(TEMPLATE).map_or(bar.clone(), |style| bar.with_style(style))
        } else {
            ProgressBar::hidden()
        };
        Self { bar }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn total(&self, bytes: u64) {
        self.bar.set_length(bytes);
    }

    fn is_stopped(&self) -> bool {
        super::interrupt::is_stopped()
    }

    fn advance(&self, bytes: u64, upload: &str) {
        self.bar.inc(bytes);
        if !self.bar.is_hidden() {
            self.bar.set_message(printable(upload).into_owned());
        }
    }
}
