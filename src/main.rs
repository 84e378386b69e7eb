//! The command line of `whyunsent`; everything is in the library.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    whyunsent::cli::run()
}
