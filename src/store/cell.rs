//! Text of logs -> cells that a spreadsheet does not run.

use std::borrow::Cow;

/// Puts an apostrophe before text that a spreadsheet would take for a formula.
/// Source: OWASP, "CSV Injection": cells that begin with `= + - @`, tab or carriage return; some drop blanks before.
#[must_use]
pub fn inert(text: &str) -> Cow<'_, str> {
    if text.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed_and_other_text_is_left_alone() {
        assert_eq!(inert("=1+1"), "'=1+1");
        assert_eq!(inert("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(inert("  \t=1"), "'  \t=1");
        assert_eq!(inert("Unable to resolve host"), "Unable to resolve host");
    }
}
