//! `detect.toml` against what `detect` says: of sample-logs always, of labelled cases where a variable
//! names their folder.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use whyunsent::profile::Profiles;
use whyunsent::settings::Settings;

/// Form -> files.
type Table = BTreeMap<String, Vec<String>>;

fn table(name: &str) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(support::root().join("tests/detect.toml")).unwrap();
    let tables: BTreeMap<String, Table> = toml::from_str(&text).unwrap();
    let mut forms = BTreeMap::new();
    for (form, files) in &tables[name] {
        for file in files {
            assert!(forms.insert(file.clone(), form.clone()).is_none(), "{file} is named twice");
        }
    }
    forms
}

fn found(root: &Path) -> BTreeMap<String, String> {
    let (all, _) = whyunsent::detect(&[root.to_path_buf()], &Settings::default(), &Profiles::builtin()).unwrap();
    all.into_iter().map(|d| (d.file, d.format)).filter(|(file, _)| !file.ends_with("expect.json")).collect()
}

fn differences(expected: &BTreeMap<String, String>, found: &BTreeMap<String, String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, form) in expected {
        match found.get(file) {
            Some(other) if other != form => wrong.push(format!("{file}: expected {form}, found {other}")),
            Some(_) => {}
            None => wrong.push(format!("{file}: is not there")),
        }
    }
    let unnamed = found.iter().filter(|(file, _)| !expected.contains_key(*file));
    wrong.extend(unnamed.map(|(file, form)| format!("{file}: found {form}, but detect.toml does not name it")));
    wrong
}

#[test]
fn every_file_of_sample_logs_is_taken_for_what_it_is() {
    let wrong = differences(&table("sample-logs"), &found(&support::root().join("sample-logs")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_of_the_labelled_cases_is_taken_for_what_it_is() {
    let Some(root) = std::env::var_os("WHYUNSENT_CASES") else {
        println!("SKIPPED: WHYUNSENT_CASES names no folder of labelled cases");
        return;
    };
    let wrong = differences(&table("cases"), &found(Path::new(&root)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
