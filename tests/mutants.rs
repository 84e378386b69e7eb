//! Ten thousand mutants of uploads: samples and containers that are cut, flipped, spliced, doubled and interleaved. Nothing
//! panics, every line is counted once, every message has one outcome, every upload has one receipt, and every row is
//! JSON, whatever stands in it.
//!
//! The mutants are the same in every run: a mutant is its number.

mod support;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use support::Numbers;
use whyunsent::event::EventRow;
use whyunsent::profile::Profiles;
use whyunsent::redact::Key;
use whyunsent::settings::Settings;
use whyunsent::source::{Grouping, Problem};
use whyunsent::store::rows::RowFormat;
use whyunsent::taxonomy::{Kind, Outcome};

/// Mutants of the whole test.
const MUTANTS: usize = 10_000;
/// Mutants that are read in one run.
const TOGETHER: usize = 250;
/// Bytes that mean much to somebody: ends of lines, quotes, brackets, zeros, marks of encodings.
const MEANINGFUL: &[u8] = b"\n\r\0\t\"'{}[]<>:,\\ \x1b\xff\xef09";
/// Bytes of a seed; of what is longer a piece is taken.
const SEED_BYTES_MAX: usize = 24 << 10;

/// What is mutated: a name, and bytes.
struct Seed {
    name: String,
    bytes: Vec<u8>,
}

fn seeds() -> Vec<Seed> {
    let mut numbers = Numbers(1);
    ["sample-logs", "tests/containers"]
        .iter()
        .flat_map(|folder| support::files(&support::root().join(folder)))
        .filter(|path| path.extension().is_none_or(|e| e != "sh"))
        .map(|path| {
            let bytes = std::fs::read(&path).unwrap();
            // What is longer gives a piece from anywhere, so that tails are mutated as well as heads.
            let start = numbers.below(bytes.len().saturating_sub(SEED_BYTES_MAX) + 1);
            let bytes = bytes[start..(start + SEED_BYTES_MAX).min(bytes.len())].to_vec();
            Seed { name: path.file_name().unwrap().to_str().unwrap().to_owned(), bytes }
        })
        .collect()
}

/// One mutation of some bytes; some take from another seed.
fn mutate(bytes: &mut Vec<u8>, other: &[u8], numbers: &mut Numbers) {
    let at = numbers.below(bytes.len() + 1);
    let size = 1 + numbers.below(bytes.len().max(2) / 2);
    let end = (at + size).min(bytes.len());
    match numbers.below(10) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(..at)),
        2 => drop(bytes.drain(at..end)),
        // Bits, few and many.
        3 => {
            for _ in 0..=numbers.below(40) {
                let at = numbers.below(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << numbers.below(8);
                }
            }
        }
        // Noise.
        4 => {
            let noise: Vec<u8> = (0..numbers.below(64)).map(|_| u8::try_from(numbers.below(256)).unwrap()).collect();
            bytes.splice(at..at, noise);
        }
        5 => {
            for _ in 0..=numbers.below(20) {
                let byte = MEANINGFUL[numbers.below(MEANINGFUL.len())];
                let at = numbers.below(bytes.len());
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
        }
        // Spliced with another, at any place of both.
        6 => {
            bytes.truncate(at);
            bytes.extend_from_slice(&other[numbers.below(other.len() + 1)..]);
        }
        // Doubled: a piece comes again, at once or anywhere.
        7 => {
            let piece = bytes[at..end].to_vec();
            let to = if numbers.below(2) == 0 { end } else { numbers.below(bytes.len() + 1) };
            bytes.splice(to..to, piece);
        }
        // Lines of both, in turn.
        8 => {
            let (mut one, mut two) = (bytes.split_inclusive(|b| *b == b'\n'), other.split_inclusive(|b| *b == b'\n'));
            let mut woven = Vec::with_capacity(bytes.len() + other.len());
            loop {
                let lines = [one.next(), two.next()];
                if lines.iter().all(Option::is_none) {
                    break;
                }
                lines.into_iter().flatten().for_each(|line| woven.extend_from_slice(line));
            }
            *bytes = woven;
        }
        // Lines in another order, as buffers of several writers are flushed.
        _ => {
            let mut lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
            for _ in 0..=numbers.below(8) {
                let (a, b) = (numbers.below(lines.len()), numbers.below(lines.len()));
                if !lines.is_empty() {
                    lines.swap(a, b);
                }
            }
            *bytes = lines.concat();
        }
    }
    bytes.truncate(2 * SEED_BYTES_MAX);
}

/// The files of a mutant, in a folder of its own: one, or up to three that may be parts of one upload.
fn write_mutant(number: usize, seeds: &[Seed], root: &Path) -> PathBuf {
    let mut numbers = Numbers(number as u64 * 7_919 + 3);
    let folder = root.join(format!("u{number:05}"));
    std::fs::create_dir(&folder).unwrap();
    let files = if numbers.below(4) == 0 { 2 + numbers.below(2) } else { 1 };
    for file in 0..files {
        let seed = &seeds[numbers.below(seeds.len())];
        let other = &seeds[numbers.below(seeds.len())];
        let mut bytes = seed.bytes.clone();
        for _ in 0..=numbers.below(3) {
            mutate(&mut bytes, &other.bytes, &mut numbers);
        }
        std::fs::write(folder.join(format!("{file}{}", seed.name)), bytes).unwrap();
    }
    folder
}

/// What some paths give, or the panic.
fn analyzed(paths: &[PathBuf], settings: &Settings, profiles: &Profiles) -> Result<(Vec<EventRow>, Vec<Problem>), String> {
    let key = Key::new([7; 32]);
    let mut all = Vec::new();
    let run = AssertUnwindSafe(|| {
        whyunsent::analyze(paths, settings, profiles, &key, &whyunsent::Silent, &mut |mut rows| {
            all.append(&mut rows);
            Ok(())
        })
    });
    let summary = catch_unwind(run).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|t| (*t).to_owned())).unwrap_or_default()
    })?;
    Ok((all, summary.expect("the sink never fails").problems))
}

/// What is wrong with rows; nothing where all is as it has to be.
fn wrong(rows: &[EventRow]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut receipts: HashMap<&str, (usize, &EventRow)> = HashMap::new();
    let mut outcomes: HashMap<(&str, Outcome), i64> = HashMap::new();
    for row in rows {
        match row.kind {
            Kind::Upload => receipts.entry(&row.bundle_path).or_insert((0, row)).0 += 1,
            Kind::Message => match row.outcome {
                Some(outcome) => {
                    *outcomes.entry((&row.bundle_path, outcome)).or_default() += 1;
                    if (outcome == Outcome::Unsent) && row.cause.is_none() {
                        wrong.push(format!("{}: unsent without a cause", row.bundle_path));
                    }
                }
                None => wrong.push(format!("{}: a message without an outcome", row.bundle_path)),
            },
            _ => {}
        }
    }
    for row in rows.iter().filter(|r| !receipts.contains_key(r.bundle_path.as_str())) {
        wrong.push(format!("{}: rows without a receipt", row.bundle_path));
    }
    for (path, (count, receipt)) in &receipts {
        if *count != 1 {
            wrong.push(format!("{path}: {count} receipts"));
        }
        let n = |v: Option<i64>| v.unwrap_or(i64::MIN);
        if n(receipt.lines) != [receipt.records, receipt.continuations, receipt.blank, receipt.unread].map(n).iter().sum::<i64>() {
            wrong.push(format!("{path}: lines do not add up: {receipt:?}"));
        }
        let counted = [receipt.sent, receipt.delayed, receipt.unsent, receipt.pending].map(n);
        let found =
            [Outcome::Sent, Outcome::Delayed, Outcome::Unsent, Outcome::Pending].map(|o| outcomes.get(&(*path, o)).copied().unwrap_or(0));
        if counted != found {
            wrong.push(format!("{path}: {counted:?} in the receipt, {found:?} in the rows"));
        }
    }
    wrong
}

/// Every row as the command line writes it is JSON that says the same.
fn wrong_json(rows: Vec<EventRow>) -> Vec<String> {
    let (count, mut text) = (rows.len(), Vec::new());
    let mut writer = RowFormat::Ndjson.writer(Box::new(&mut text)).unwrap();
    writer.write(rows).unwrap();
    writer.finish().unwrap();
    let lines: Vec<&[u8]> = text.split(|b| *b == b'\n').filter(|l| !l.is_empty()).collect();
    let mut wrong: Vec<String> = lines
        .iter()
        .filter_map(|line| match serde_json::from_slice::<serde_json::Value>(line) {
            Ok(row) if row.is_object() => None,
            other => Some(format!("{other:?}: {}", String::from_utf8_lossy(line))),
        })
        .collect();
    if lines.len() != count {
        wrong.push(format!("{} lines of JSON for {count} rows", lines.len()));
    }
    wrong
}

#[test]
fn ten_thousand_mutants_are_read_and_every_number_adds_up() {
    let (seeds, profiles) = (seeds(), Profiles::builtin());
    let (mut messages, mut uploads) = (0, 0);
    for first in (0..MUTANTS).step_by(TOGETHER) {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = (first..first + TOGETHER).map(|number| write_mutant(number, &seeds, folder.path())).collect();
        let mut settings = Settings { redact: (first / TOGETHER).is_multiple_of(2), ..Settings::default() };
        settings.source.grouping = [Grouping::Auto, Grouping::Dir, Grouping::File][first / TOGETHER % 3];
        let (rows, problems) = match analyzed(&[folder.path().to_path_buf()], &settings, &profiles) {
            Ok(found) => found,
            Err(_) => {
                let guilty = paths.iter().find_map(|path| Some((path, analyzed(std::slice::from_ref(path), &settings, &profiles).err()?)));
                panic!("a mutant of {first}.. makes a panic: {guilty:?}");
            }
        };
        let wrong = wrong(&rows);
        assert!(wrong.is_empty(), "mutants from {first}: {wrong:#?}");
        // Nothing is lost without a word: a mutant has a receipt, or a problem says why not.
        for path in &paths {
            let name = path.file_name().unwrap().to_str().unwrap();
            let has_receipt = rows.iter().any(|r| r.kind == Kind::Upload && r.bundle_path.contains(name));
            assert!(has_receipt || problems.iter().any(|p| p.file.contains(name)), "{name}: no receipt and no problem, {problems:?}");
        }
        messages += rows.iter().filter(|r| r.kind == Kind::Message).count();
        uploads += rows.iter().filter(|r| r.kind == Kind::Upload).count();
        let wrong = wrong_json(rows);
        assert!(wrong.is_empty(), "mutants from {first}: {wrong:#?}");
    }
    println!("{MUTANTS} mutants: {uploads} uploads, {messages} messages");
    assert!(uploads > MUTANTS * 9 / 10 && messages > MUTANTS, "{uploads} uploads with {messages} messages are too few to mean anything");
}
