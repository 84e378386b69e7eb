//! A regex of a profile, compiled when a record first asks for it: a run meets few of all profiles.

use regex::bytes::{Regex, RegexBuilder};
use std::sync::{Arc, OnceLock};

/// Limit of one compiled regex; the default of the regex crate is 10 MiB.
const SIZE_MAX: usize = 1 << 20;

/// A regex over bytes.
#[derive(Clone, Debug)]
pub struct Pattern {
    source: Box<str>,
    compiled: OnceLock<Compiled>,
}

#[derive(Clone, Debug)]
struct Compiled {
    regex: Regex,
    groups: Vec<Option<Arc<str>>>,
}

/// When a pattern is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At once: a user's profile, whose errors must be told.
    Now,
    /// When needed: a built-in one, which a test has compiled.
    Needed,
}

impl Pattern {
    /// A pattern.
    ///
    /// # Errors
    /// What is wrong with it, if it is compiled now.
    pub fn new(source: &str, when: When) -> Result<Self, String> {
        let pattern = Pattern { source: source.into(), compiled: OnceLock::new() };
        if when == When::Now {
            let compiled = compile(source)?;
            let _ = pattern.compiled.set(compiled);
        }
        Ok(pattern)
    }

    fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| compile(&self.source).expect("a built-in pattern compiles, as a test proves"))
    }

    /// Its text.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The regex.
    #[must_use]
    pub fn regex(&self) -> &Regex {
        &self.compiled().regex
    }

    /// The names of its groups, by number.
    #[must_use]
    pub fn groups(&self) -> &[Option<Arc<str>>] {
        &self.compiled().groups
    }
}

fn compile(source: &str) -> Result<Compiled, String> {
    let regex = RegexBuilder::new(source).size_limit(SIZE_MAX).build().map_err(|e| format!("regex `{source}`: {e}"))?;
    let groups = regex.capture_names().map(|name| name.map(Arc::from)).collect();
    Ok(Compiled { regex, groups })
}
