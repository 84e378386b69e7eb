//! The labels of `tests/expected/` against what the tool finds in `sample-logs/`.

mod support;

use serde_json::Value;
use support::label::differences;
use whyunsent::event::EventRow;

fn labels() -> Vec<(String, Value)> {
    let files = support::files(&support::root().join("tests/expected"));
    let json = files.iter().filter(|p| p.extension().is_some_and(|x| x == "json"));
    json.map(|p| {
        let value: Value = serde_json::from_slice(&std::fs::read(p).unwrap()).unwrap();
        (p.file_name().unwrap().to_string_lossy().into_owned(), value)
    })
    .collect()
}

#[test]
fn every_sample_upload_is_told_as_its_label_says() {
    let rows = support::rows(&[support::root().join("sample-logs")], |_| {});
    let labels = labels();
    assert!(labels.len() >= 60, "{}", labels.len());
    let mut wrong = Vec::new();
    for (name, label) in &labels {
        let upload = label["upload"].as_str().unwrap();
        let own: Vec<&EventRow> =
            rows.iter().filter(|r| r.bundle_path == upload || r.bundle_path.strip_prefix("sample-logs/") == Some(upload)).collect();
        if own.is_empty() {
            wrong.push(format!("{name}: no upload `{upload}`"));
        }
        wrong.extend(differences(label, &own).into_iter().map(|d| format!("{name}: {d}")));
    }
    assert!(wrong.is_empty(), "{} differences in {} labels:\n{}", wrong.len(), labels.len(), wrong.join("\n"));
}
