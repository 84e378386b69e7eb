//! Which grammar a document is of: what comes in are its first bytes, what goes out is a score per
//! grammar, the best one, why, and the runner-up.

use super::{GRAMMARS, GrammarId, by_first, csv, dumpstate, grammar_by_id, json_document, raw, report};
use std::sync::LazyLock;

/// How many bytes of a document detection looks at.
pub const DETECT_BYTES: usize = 64 * 1024;
/// How many lines at most.
const LINES_MAX: usize = 400;
/// The share of lines that must be records for a form to be taken, in percent. Traces and front
/// matter may be most of a short log.
const SHARE_MIN_PERCENT: usize = 8;

/// The form that any dated line has.
const LAST_RESORT: usize = GRAMMARS.len() - 1;

/// What detection found.
#[derive(Clone, Debug, Default)]
pub struct Detection {
    /// The grammar with its score in [0, 1], if any line is of a known form.
    pub best: Option<(GrammarId, f64)>,
    /// The second best.
    pub runner_up: Option<(GrammarId, f64)>,
    /// One sentence of reason.
    pub why: String,
}

/// Detects the form of a document by its first bytes.
#[must_use]
pub fn detect(head: &[u8]) -> Detection {
    if csv_header(head).is_some() {
        let best = grammar_by_id("csv").map(|id| (id, 1.0));
        return Detection { best, why: "its first line names the columns of a log".to_owned(), ..Detection::default() };
    }
    if json_document::is_document(head) {
        let best = grammar_by_id("json-document").map(|id| (id, 1.0));
        return Detection { best, why: "it is one JSON value that holds records".to_owned(), ..Detection::default() };
    }
    if dumpstate::is_document(head) {
        let best = grammar_by_id("android-dumpstate").map(|id| (id, 1.0));
        return Detection { best, why: "its first lines are those of a bug report".to_owned(), ..Detection::default() };
    }
    if let Some(id) = report::of_document(head) {
        let why = format!("its first line is that of {}", GRAMMARS[id as usize].info().title);
        return Detection { best: Some((id, 1.0)), why, ..Detection::default() };
    }
    let mut counts = [0usize; GRAMMARS.len()];
    let mut lines = 0usize;
    let mut rest = Some(head);
    for _ in 0..LINES_MAX {
        let Some(text) = rest else { break };
        let newline = memchr::memchr(b'\n', text);
        let line = &text[..newline.unwrap_or(text.len())];
        rest = newline.map(|at| &text[at + 1..]);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii().is_empty() || line.starts_with(b"---------") {
            continue;
        }
        lines += 1;
        let mut mask = line.first().map_or(0, |byte| by_first(*byte)) & by_lines();
        while mask != 0 {
            let id = mask.trailing_zeros() as usize;
            mask &= mask - 1;
            counts[id] += usize::from(GRAMMARS[id].quick(line).is_some());
        }
    }
    let mut ranked: Vec<(usize, usize)> = counts.into_iter().enumerate().filter(|(_, n)| *n > 0).collect();
    ranked.sort_by_key(|&(id, n)| (std::cmp::Reverse(n), id));
    // Whatever has a date in front is taken for that only where nothing better fits.
    if ranked.len() > 1 && ranked[0].0 == LAST_RESORT && ranked[1].1 * 2 >= ranked[0].1 {
        ranked.swap(0, 1);
    }
    let pick = |at: usize| {
        let &(id, n) = ranked.get(at)?;
        #[allow(clippy::cast_precision_loss)] // at most 400 lines
        Some((GrammarId::try_from(id).ok()?, n as f64 / lines.max(1) as f64))
    };
    let known = ranked.first().filter(|(_, n)| n * 100 >= lines * SHARE_MIN_PERCENT);
    if known.is_none() && lines > 0 && raw::is_document(head) {
        let best = grammar_by_id("logcat-raw").map(|id| (id, 1.0));
        return Detection { best, why: "its buffers are set apart as logcat does, its lines have no head".to_owned(), runner_up: pick(0) };
    }
    let Some(&(id, n)) = ranked.first() else {
        return Detection { why: format!("none of the first {lines} lines is of a known form"), ..Detection::default() };
    };
    if n * 100 < lines * SHARE_MIN_PERCENT {
        return Detection { why: format!("only {n} of the first {lines} lines are of a known form"), ..Detection::default() };
    }
    Detection {
        best: pick(0),
        runner_up: pick(1),
        why: format!("{n} of the first {lines} lines begin as {} does", GRAMMARS[id].info().title),
    }
}

/// The grammars that lines tell, one bit each.
fn by_lines() -> u64 {
    static MASK: LazyLock<u64> = LazyLock::new(|| {
        let told = GRAMMARS.iter().enumerate().filter(|(_, g)| !g.is_report() && g.told_by_lines());
        told.fold(0, |mask, (id, _)| mask | 1 << id)
    });
    *MASK
}

/// Whether a line begins a record of a form that lines tell.
#[must_use]
pub fn is_head(line: &[u8]) -> bool {
    let mut mask = line.first().map_or(0, |byte| by_first(*byte));
    while mask != 0 {
        let grammar = GRAMMARS[mask.trailing_zeros() as usize];
        mask &= mask - 1;
        if grammar.told_by_lines() && grammar.quick(line).is_some() {
            return true;
        }
    }
    false
}

/// The header of a CSV document.
#[must_use]
pub fn csv_header(head: &[u8]) -> Option<csv::Header> {
    csv::Header::read(head.split(|b| *b == b'\n').next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_of_no_form() {
        let found = detect(b"Dear support,\nmy message was not sent.\n");
        assert!(found.best.is_none() && found.why.contains("none of the first 2 lines"), "{found:?}");
    }

    #[test]
    fn a_short_log_with_a_long_trace_is_still_detected() {
        let mut text = b"03-04 18:20:01.003  9211  9260 E A: x\n03-04 18:20:01.004  9211  9260 E A: y\n".to_vec();
        text.extend(b"\tat a.b.C.d(C.java:1)\n".repeat(18));
        assert_eq!(detect(&text).best.map(|(id, _)| GRAMMARS[id as usize].info().id), Some("logcat-threadtime"));
    }
}
