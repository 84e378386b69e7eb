//! Nothing that is planted leaves: secrets of every kind, in every place of logs of many forms, looked for in all that
//! is printed and written by default; and the lines that are cited stay readable.
//!
//! The generator knows the documented shapes of its kinds and nothing of the patterns that redact them.

mod support;

use polars::prelude::{ParquetReader, SerReader};
use std::collections::BTreeMap;
use std::path::Path;
use support::secrets::hunt::Hunter;
use support::secrets::planter::{Plant, plant};

/// One of so many combinations of kind, place and form: about 2,600 secrets.
const SHARE: usize = 25;
const WEEK: &str = "2026-W47";

fn whyunsent(work: &Path, args: &[&str]) -> (String, String) {
    let output = support::whyunsent(args).current_dir(work).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

fn garden() -> (tempfile::TempDir, Vec<Plant>) {
    let work = tempfile::tempdir().unwrap();
    let garden = plant(47, SHARE);
    for (path, bytes) in &garden.files {
        let path = work.path().join("corpus").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    assert!(garden.plants.len() >= 1_000, "{}", garden.plants.len());
    (work, garden.plants)
}

/// What the door promises to know. Not: encodings within encodings within encodings; in names of files, what only a name
/// before it tells, and ids, by which an upload is found again; in versions, what is a version or a hash of a build.
fn is_promised(plant: &Plant) -> bool {
    use support::secrets::kind::Kind;
    use support::secrets::planter::Position;
    let named = matches!(plant.secret.kind, Kind::PersonName | Kind::ImUser | Kind::Ssid | Kind::FileName);
    let id = matches!(plant.secret.kind, Kind::Uuid | Kind::RawKey);
    match plant.position {
        Position::FileName | Position::Directory | Position::Member | Position::Damaged => !named && !id,
        Position::Header | Position::Metadata => !(is_version(&plant.at) && (id || matches!(plant.secret.kind, Kind::Ipv4 | Kind::Email))),
        _ => plant.place.is_none_or(|place| place.depth() < 2),
    }
}

fn is_version(at: &str) -> bool {
    ["version", "build", "rage-os"].iter().any(|word| at.to_lowercase().contains(word))
}

/// What came through, each secret with the first output that shows it.
fn leaks(plants: &[Plant], outputs: &[(String, String)]) -> Vec<String> {
    let hunter = Hunter::new(plants);
    let mut found = BTreeMap::new();
    for (name, text) in outputs {
        for hit in hunter.hunt(text) {
            let plant = &plants[hit.plant];
            if is_promised(plant) {
                found.entry(hit.plant).or_insert_with(|| {
                    format!("{:?} {:?} {:?} in `{name}`: {}", plant.secret.kind, plant.place, plant.position, hit.context)
                });
            }
        }
    }
    found.into_values().collect()
}

#[test]
fn nothing_that_is_planted_is_printed_or_written_by_default() {
    let (work, plants) = garden();
    let work = work.path();
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["events", "corpus", "--format", "ndjson", "--receipts", "--problems", "problems.ndjson"],
        vec!["events", "corpus", "--format", "csv", "--receipts"],
        vec!["explain", "corpus", "--top", "5000"],
        vec!["explain", "corpus", "--format", "markdown", "--lang", "zh", "--top", "5000"],
        vec!["explain", "corpus", "--reply", "en", "--for", "engineering"],
        vec!["explain", "corpus", "--reply", "zh"],
        vec!["check", "corpus", "--max-unsent", "1%"],
        vec!["detect", "corpus"],
        vec!["detect", "corpus", "--format", "ndjson"],
        vec!["cat", "corpus"],
        vec!["profiles", "check", "--coverage", "corpus"],
        vec!["profiles", "new", "Garden", "--from", "corpus/Logcat-000", "-o", "profile"],
        vec!["profiles", "diff", "builtin", "empty", "corpus"],
        vec!["redact", "corpus", "-o", "shared.zip"],
        vec!["cat", "shared.zip", "--redact", "off"],
        vec!["ingest", "corpus", "--store", "store"],
        vec!["explain", "--store", "store", "--top", "5000"],
        vec!["store", "verify", "--store", "store"],
    ];
    std::fs::create_dir_all(work.join("empty")).unwrap();
    for format in ["table", "markdown", "html", "json", "csv"] {
        commands.push(vec!["analyze", "corpus", "--format", format, "--top", "5000", "--by", "version,device,carrier,region,channel"]);
        commands.push(vec!["versions", "corpus", "--format", format]);
        commands.push(vec!["report", "--store", "store", "--week", WEEK, "--format", format, "--publish"]);
        commands.push(vec!["diff", "--store", "store", "2026-W46", WEEK, "--format", format]);
    }
    let mut outputs = Vec::new();
    for args in commands {
        let (out, err) = whyunsent(work, &args);
        outputs.push((args.join(" "), out));
        outputs.push((args.join(" ") + " (standard error)", err));
    }
    for folder in ["problems.ndjson", "profile", "store"] {
        written(&work.join(folder), &mut outputs);
    }
    let leaks = leaks(&plants, &outputs);
    assert!(leaks.is_empty(), "{} of {} secrets came through:\n{}", leaks.len(), plants.len(), leaks.join("\n"));
}

/// The texts of files; of Parquet, which is compressed, the texts of its columns.
fn written(path: &Path, outputs: &mut Vec<(String, String)>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            written(&entry.unwrap().path(), outputs);
        }
    } else if path.extension().is_some_and(|e| e == "parquet") {
        let frame = ParquetReader::new(std::fs::File::open(path).unwrap()).finish().unwrap();
        let rows = whyunsent::store::unframe::rows(&frame).unwrap();
        outputs.push((path.display().to_string(), rows.iter().map(|row| format!("{row:?}\n")).collect()));
    } else if let Ok(bytes) = std::fs::read(path) {
        outputs.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
    }
}

#[test]
fn seven_words_of_ten_of_the_cited_lines_survive_and_no_line_is_lost() {
    let (work, _) = garden();
    let rows = |redact: &str| -> Vec<String> {
        let (text, _) = whyunsent(work.path(), &["events", "corpus", "--redact", redact]);
        let rows = text.lines().filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok());
        let cited = rows.flat_map(|row| row["evidence"].as_array().cloned().unwrap_or_default());
        cited.map(|c| c["text"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let (before, after) = (rows("off"), rows("on"));
    assert_eq!(before.len(), after.len(), "the same rows, cited alike");
    let (mut words, mut kept) = (0, 0);
    for (before, after) in before.iter().zip(&after) {
        let mut left: Vec<&str> = after.split_whitespace().collect();
        for word in before.split_whitespace() {
            words += 1;
            if let Some(at) = left.iter().position(|w| *w == word) {
                left.swap_remove(at);
                kept += 1;
            }
        }
    }
    assert!(kept * 10 >= words * 7, "{kept} of {words} words survive");
    let lines = |redact: &str| whyunsent(work.path(), &["cat", "corpus", "--redact", redact]).0.lines().count();
    assert_eq!(lines("off"), lines("on"), "lines of `cat`");
}
