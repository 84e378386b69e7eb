#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs, clippy::pedantic)]
#![allow(clippy::doc_markdown, reason = "names of products (OpenIM, TokenIM) are words, not code")]

pub mod taxonomy;

pub mod event;
pub mod words;

pub mod redact;

pub mod template;

pub mod source;

pub mod format;
pub mod profile;

pub mod scan;

pub mod session;

pub mod attempt;
pub mod cause;

pub mod settings;

pub mod pipeline;

pub mod store;

pub mod fleet;

pub mod stats;

pub mod report;

pub mod cli;

pub use pipeline::{Detected, Progress, Silent, Summary, analyze, cat, check_cases, coverage, detect, difference, share, stub};
