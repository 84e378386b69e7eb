//! Fuzzes any text, through the redaction door; see `src/redact.rs`.
#![no_main]

use whyunsent_fuzz::{redact, seeds};

libfuzzer_sys::fuzz_target!(init: seeds::write("redact"), |data: &[u8]| redact::check(data));
