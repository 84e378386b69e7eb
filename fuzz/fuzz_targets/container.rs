//! Fuzzes a file under some name; see `src/container.rs`.
#![no_main]

use whyunsent_fuzz::{container, seeds};

libfuzzer_sys::fuzz_target!(init: seeds::write("container"), |data: &[u8]| container::check(data));
