//! A profile as somebody writes it: it loads, or each of its errors names a line.

use std::sync::LazyLock;
use whyunsent::profile::codes::Codes;
use whyunsent::profile::lexicon::Lexicon;
use whyunsent::profile::{ProfileError, Profiles};

/// Where the text is said to be from.
const FILE: &str = "own.toml";

/// No profiles at all, so that an input costs its own compilation only.
static NONE: LazyLock<Profiles> =
    LazyLock::new(|| Profiles { all: Vec::new(), statements: Vec::new(), codes: Codes::default(), lexicon: Lexicon::default() });

/// Loads the input as the only profile and runs its examples and cases.
///
/// # Panics
/// Where an error names no line of the text.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    let lines = text.matches('\n').count() + 1;
    let errors = match NONE.with(vec![(FILE.to_owned(), text)]) {
        Ok(profiles) => {
            let _ = (profiles.list(), profiles.version(), profiles.literals(None));
            [profiles.check_examples(), whyunsent::check_cases(&profiles)].concat()
        }
        Err(errors) => errors,
    };
    for error in errors {
        named(&error, lines);
    }
}

fn named(error: &ProfileError, lines: usize) {
    assert_eq!(error.file, FILE, "{error}");
    assert!((1..=lines).contains(&error.line) && error.column > 0, "{error}");
    assert!(!error.what.is_empty(), "{error}");
}
