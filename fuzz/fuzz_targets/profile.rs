//! Fuzzes a profile as somebody writes it; see `src/profile.rs`.
#![no_main]

use whyunsent_fuzz::{profile, seeds};

libfuzzer_sys::fuzz_target!(init: seeds::write("profile"), |data: &[u8]| profile::check(data));
