//! Fuzzes an upload of several documents, through all stages; see `src/pipeline.rs`.
#![no_main]

use whyunsent_fuzz::{pipeline, seeds};

libfuzzer_sys::fuzz_target!(init: seeds::write("pipeline"), |data: &[u8]| pipeline::check(data));
