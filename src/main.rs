//! The command line of `whyunsent`; everything is in the library.

#![forbid(unsafe_code)]

use std::process::ExitCode;

/// Marks, rows and their texts come and go by the million, on several threads.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    whyunsent::cli::run()
}
