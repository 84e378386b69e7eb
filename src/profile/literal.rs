//! Required literals of a regex: what comes in is its syntax tree, what goes out are texts of which
//! every match holds at least one. The scan looks for them before any regex runs.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Shorter literals are half of every log.
pub const LITERAL_MIN_BYTES: usize = 3;
/// More alternatives than this are no filter.
const ALTERNATIVES_MAX: usize = 64;

/// Texts of which every match has at least one, in lower case where the regex ignores case.
#[must_use]
pub fn required(pattern: &str) -> Option<Vec<Vec<u8>>> {
    let hir = regex_syntax::ParserBuilder::new().utf8(false).build().parse(pattern).ok()?;
    walk(&hir).filter(|found| found.iter().all(|l| l.len() >= LITERAL_MIN_BYTES))
}

fn walk(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Capture(capture) => walk(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => walk(&repetition.sub),
        HirKind::Concat(parts) => concat(parts),
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(walk(part)?);
            }
            (all.len() <= ALTERNATIVES_MAX).then_some(all)
        }
        _ => None,
    }
}

/// The best part of a concatenation: the one whose shortest literal is longest. Letters that match
/// in both cases are joined with the literals around them.
fn concat(parts: &[Hir]) -> Option<Vec<Vec<u8>>> {
    let mut best: Option<Vec<Vec<u8>>> = None;
    let mut run: Vec<u8> = Vec::new();
    let mut offer = |found: Option<Vec<Vec<u8>>>| {
        if let Some(found) = found
            && weight(&found) > best.as_deref().map_or(0, weight)
        {
            best = Some(found);
        }
    };
    for part in parts {
        match (part.kind(), both_cases(part)) {
            (HirKind::Literal(literal), _) => run.extend_from_slice(&literal.0),
            (_, Some(letter)) => run.push(letter),
            _ => {
                offer((!run.is_empty()).then(|| vec![std::mem::take(&mut run)]));
                offer(walk(part));
            }
        }
    }
    offer((!run.is_empty()).then(|| vec![run]));
    best
}

fn weight(found: &[Vec<u8>]) -> usize {
    found.iter().map(Vec::len).min().unwrap_or(0)
}

/// The lower-case letter of a class that is one ASCII letter in both cases (with `k` and `s` also
/// their Unicode folds).
fn both_cases(hir: &Hir) -> Option<u8> {
    let HirKind::Class(class) = hir.kind() else { return None };
    let chars: Vec<char> = match class {
        Class::Unicode(c) => c.iter().flat_map(|r| r.start()..=r.end()).take(4).collect(),
        Class::Bytes(c) => c.iter().flat_map(|r| r.start()..=r.end()).take(4).map(char::from).collect(),
    };
    let letter = chars.iter().find(|c| c.is_ascii_lowercase())?;
    chars
        .iter()
        .all(|c| c.to_lowercase().eq(letter.to_lowercase()) || matches!((letter, c), ('s', 'ſ') | ('k', 'K')))
        .then_some(*letter as u8)
        .filter(|_| chars.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, expected: Option<&[&str]>) {
        let found = required(pattern);
        let expected = expected.map(|e| e.iter().map(|s| s.as_bytes().to_vec()).collect::<Vec<_>>());
        assert_eq!(found, expected, "{pattern}");
    }

    #[test]
    fn the_longest_literal_of_a_sequence_is_taken() {
        check(r"^\[JOB::(?<id_job>[0-9a-f-]+)\] Running job\.", Some(&["] Running job."]));
    }

    #[test]
    fn alternatives_give_one_literal_each() {
        check("(?:Job failed|Failing after .* lifespan)", Some(&["Job failed", "Failing after "]));
    }

    #[test]
    fn case_is_folded_to_lower() {
        check("(?i)Msg_Id", Some(&["msg_id"]));
    }

    #[test]
    fn what_may_be_absent_is_not_required() {
        check(r"(?:abc)?\d+", None);
        check("ab", None);
    }
}
