//! Problems -> lines on standard error, and all of them as JSON lines in a file.

use super::exit::Failure;
use super::output::Output;
use crate::redact::{Door, printable};
use crate::source::{Problem, ProblemKind};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// Problems that standard error lists.
const LISTED_MAX: usize = 20;

/// Problems fit to be told: names of files and members may hold names of people.
pub fn redacted(problems: &[Problem], door: &Door) -> Vec<Problem> {
    let told = |p: &Problem| Problem { file: door.path(&p.file), reason: door.text(&p.reason), action: door.text(&p.action), ..p.clone() };
    problems.iter().map(told).collect()
}

/// Lists what went wrong; what was left out by kind is only counted.
pub fn list(problems: &[Problem]) {
    let _ = std::io::stderr().write_all(listed(problems).as_bytes());
}

fn listed(problems: &[Problem]) -> String {
    let worth: Vec<&Problem> = problems.iter().filter(|p| p.kind != ProblemKind::Skipped).collect();
    let mut text = String::new();
    for problem in worth.iter().take(LISTED_MAX) {
        let line = format!("{}: {} ({})", problem.file, problem.reason, problem.action);
        let _ = writeln!(text, "warning: {}", printable(&line));
    }
    if worth.len() > LISTED_MAX {
        let _ = writeln!(text, "warning: and {} more; --problems FILE for all", worth.len() - LISTED_MAX);
    }
    text
}

/// Writes all problems to a file, one JSON object a line.
///
/// # Errors
/// That it cannot be written.
pub fn write(problems: &[Problem], path: &Path) -> Result<(), Failure> {
    let mut text = String::new();
    for problem in problems {
        text.push_str(&serde_json::to_string(problem).map_err(anyhow::Error::from)?);
        text.push('\n');
    }
    Output::open(Some(path))?.write_all(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(kind: ProblemKind) -> Problem {
        Problem {
            file: "a\u{1b}.log".into(),
            offset: None,
            skipped_bytes: None,
            kind,
            reason: "cut short".into(),
            action: "read up to the damage".into(),
        }
    }

    #[test]
    fn twenty_problems_are_listed_and_the_rest_is_counted() {
        let text = listed(&vec![problem(ProblemKind::Damaged); 23]);
        assert_eq!(text.lines().count(), LISTED_MAX + 1);
        assert!(text.contains("and 3 more; --problems FILE") && !text.contains('\u{1b}'));
    }

    #[test]
    fn what_is_skipped_by_kind_is_not_listed() {
        assert_eq!(listed(&[problem(ProblemKind::Skipped)]), "");
    }
}
