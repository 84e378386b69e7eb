//! The checks of `fuzz/` without a fuzzer: every seed of each target, then seeds that are changed, a fixed number of
//! them and always the same. `docs/fuzzing.md` says what each target checks and how to run them for hours.

mod support;

#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code)]
mod checks;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use support::Numbers;

/// Changes made to one seed at most.
const CHANGES_MAX: usize = 4;
/// Bytes that one change removes or copies at most.
const STRETCH_MAX: usize = 64;

/// Replays the seeds of a target, and so many changed ones.
fn replay(name: &str, changed: usize) {
    let (_, check) = checks::TARGETS.iter().find(|(target, _)| *target == name).expect("a target");
    let seeds = checks::seeds::of(name);
    assert!(seeds.len() > 30, "{} seeds of {name}", seeds.len());
    let told = |input: &[u8]| {
        if let Err(broken) = catch_unwind(AssertUnwindSafe(|| check(input))) {
            println!("{name} breaks its promise on b\"{}\"", input.escape_ascii());
            resume_unwind(broken);
        }
    };
    for seed in &seeds {
        told(seed);
    }
    let mut numbers = Numbers(1);
    for _ in 0..changed {
        told(&change(&seeds, &mut numbers));
    }
}

/// A seed with a few bytes set, removed, copied, or taken from another one.
fn change(seeds: &[Vec<u8>], numbers: &mut Numbers) -> Vec<u8> {
    let mut input = seeds[numbers.below(seeds.len())].clone();
    for _ in 0..=numbers.below(CHANGES_MAX) {
        let at = numbers.below(input.len() + 1);
        let end = input.len().min(at + numbers.below(STRETCH_MAX));
        match numbers.below(5) {
            0 if at < input.len() => input[at] = u8::try_from(numbers.below(256)).expect("below 256"),
            1 => drop(input.drain(at..end)),
            2 => input.splice(at..at, input[at..end].to_vec()).for_each(drop),
            3 => input.truncate(at),
            _ => {
                let other = &seeds[numbers.below(seeds.len())];
                let from = numbers.below(other.len() + 1);
                input.splice(at..end, other[from..other.len().min(from + STRETCH_MAX)].to_vec()).for_each(drop);
            }
        }
    }
    input
}

#[test]
fn every_grammar_reads_any_line_and_its_two_functions_agree() {
    replay("line", 20_000);
}

#[test]
fn any_document_is_counted_and_cited_by_any_number_of_workers() {
    replay("document", 1_000);
}

#[test]
fn any_file_is_read_up_to_its_limits_and_what_is_lost_is_told() {
    replay("container", 1_000);
}

#[test]
fn any_upload_adds_up_and_can_be_written() {
    replay("pipeline", 100);
}

#[test]
fn any_text_is_a_profile_or_has_errors_that_name_a_line() {
    replay("profile", 500);
}

#[test]
fn any_text_keeps_its_lines_and_its_json_when_redacted() {
    replay("redact", 4_000);
}

#[test]
fn every_target_has_its_program_and_its_row_in_the_document() {
    let document = std::fs::read_to_string(support::root().join("docs/fuzzing.md")).expect("docs/fuzzing.md");
    let mut programs: Vec<String> = support::files(&support::root().join("fuzz/fuzz_targets"))
        .iter()
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    let mut targets: Vec<String> = checks::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    programs.sort();
    targets.sort();
    assert_eq!(programs, targets);
    for target in targets {
        assert!(document.contains(&format!("| `{target}` |")), "{target} has no row in docs/fuzzing.md");
    }
}
