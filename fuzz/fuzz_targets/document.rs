//! Fuzzes a document, by one worker and by two; see `src/document.rs`.
#![no_main]

use whyunsent_fuzz::{document, seeds};

libfuzzer_sys::fuzz_target!(init: seeds::write("document"), |data: &[u8]| document::check(data));
