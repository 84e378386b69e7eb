//! Names of captures: each is kept once for as long as the process runs, so that a mark refers to it without counting
//! who else does. Profiles have some dozens.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The name of a capture.
pub type Name = &'static str;

static KNOWN: Mutex<BTreeSet<Name>> = Mutex::new(BTreeSet::new());

/// The name with this text.
#[must_use]
pub fn name(text: &str) -> Name {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = known.get(text) {
        return name;
    }
    let name: Name = text.to_owned().leak();
    known.insert(name);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once() {
        let (a, b) = (name("id_test"), name(&format!("id_{}", "test")));
        assert!(std::ptr::eq(a, b) && a == "id_test");
    }
}
