//! Fuzzes a line, by every grammar; see `src/line.rs`.
#![no_main]

use whyunsent_fuzz::{line, seeds};

libfuzzer_sys::fuzz_target!(init: seeds::write("line"), |data: &[u8]| line::check(data));
