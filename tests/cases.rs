//! The labelled cases of `tests/cases/`: how often the diagnosis is right, cause by cause.
//!
//! `own/` holds cases that were written, from the clients' sources, before the rules that solve them; what the
//! program said of them when it first saw them is in `own/first-run.json`. `docs/accuracy.md` is written from
//! both: `WHYUNSENT_UPDATE=1 cargo test --test cases` writes it anew.

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use support::label::{causes, differences, wanted};
use whyunsent::event::EventRow;
use whyunsent::profile::Profiles;
use whyunsent::taxonomy::{Kind, Outcome};

/// Delays of these cases are counted from here, unless a label says otherwise.
const DELAYED_AFTER_MS: i64 = 10_000;

struct Case {
    name: String,
    label: Value,
    rows: Vec<EventRow>,
}

impl Case {
    /// Reads the upload of a folder, without its label.
    fn read(dir: &Path, root: &Path, profiles: &Profiles) -> Self {
        let label: Value = serde_json::from_slice(&std::fs::read(dir.join("expect.json")).unwrap()).unwrap();
        let copy = tempfile::tempdir().unwrap();
        let target = copy.path().join(dir.file_name().unwrap());
        for file in support::files(dir).into_iter().filter(|f| !f.ends_with("expect.json")) {
            let to = target.join(file.strip_prefix(dir).unwrap());
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(&file, &to).unwrap();
        }
        let seconds = label["delayed_after"].as_str().and_then(|d| d.strip_suffix('s')?.parse::<i64>().ok());
        let rows = support::rows_with(&[target], profiles, |s| s.delayed_after_ms = seconds.map_or(DELAYED_AFTER_MS, |s| s * 1_000));
        Case { name: dir.strip_prefix(root).unwrap().display().to_string(), label, rows }
    }

    fn messages(&self) -> Vec<&EventRow> {
        self.rows.iter().filter(|r| r.kind == Kind::Message).collect()
    }

    /// Expected and found causes of the unsent, where a label that allows another cause counts as that.
    fn causes(&self) -> (BTreeMap<String, u64>, BTreeMap<String, u64>) {
        let (mut expected, found) = (wanted(&self.label, "causes"), causes(&self.messages(), Outcome::Unsent));
        let others: Vec<&str> = self.label["alt_causes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (cause, n) in &found {
            let more = n.saturating_sub(expected.get(cause).copied().unwrap_or(0));
            for _ in 0..if others.contains(&cause.as_str()) { more } else { 0 } {
                let missed = expected.iter().find(|(c, n)| **n > found.get(*c).copied().unwrap_or(0)).map(|(c, _)| c.clone());
                let Some(missed) = missed else { break };
                *expected.entry(missed).or_default() -= 1;
                *expected.entry(cause.clone()).or_default() += 1;
            }
        }
        expected.retain(|_, n| *n > 0);
        (expected, found)
    }

    fn differences(&self) -> Vec<String> {
        let rows: Vec<&EventRow> = self.rows.iter().collect();
        let (expected, _) = self.causes();
        let mut label = self.label.clone();
        label["causes"] = serde_json::to_value(expected).unwrap();
        differences(&label, &rows)
    }
}

fn folders(root: &Path) -> Vec<PathBuf> {
    let labels = support::files(root).into_iter().filter(|f| f.ends_with("expect.json"));
    labels.map(|f| f.parent().unwrap().to_path_buf()).collect()
}

fn cases(part: &str) -> Vec<Case> {
    let root = support::root().join("tests/cases");
    let profiles = Profiles::builtin();
    folders(&root.join(part)).iter().map(|dir| Case::read(dir, &root, &profiles)).collect()
}

fn differing(cases: &[Case]) -> Vec<String> {
    cases.iter().flat_map(|c| c.differences().into_iter().map(|d| format!("{}: {d}", c.name))).collect()
}

#[test]
fn every_given_case_is_told_as_its_label_says() {
    let wrong = differing(&cases("given"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
