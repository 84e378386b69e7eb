//! `redact`: what it writes holds the same uploads, tells the same of their messages, at the same lines, and nothing
//! that is personal.

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use support::done;

fn events(path: &str) -> Vec<Value> {
    done(&["events", path, "--quiet"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a row says, apart from names: when, what became of it, why, and the numbers of the lines that show it.
fn told(rows: &[Value]) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for row in rows {
        let lines: Vec<&Value> = row["evidence"].as_array().into_iter().flatten().map(|cited| &cited["line"]).collect();
        let what = ["kind", "started_at", "outcome", "cause", "rule", "app_version", "network_type"].map(|key| row[key].to_string());
        *all.entry(format!("{what:?} {lines:?}")).or_default() += 1;
    }
    all
}

#[test]
fn the_samples_tell_the_same_at_the_same_lines_without_what_is_personal() {
    let dir = tempfile::tempdir().unwrap();
    let mut messages = 0;
    for folder in std::fs::read_dir("sample-logs").unwrap().map(|entry| entry.unwrap().path()) {
        let out = dir.path().join(folder.file_name().unwrap()).with_extension("zip");
        let (folder, out) = (folder.display().to_string(), out.display().to_string());
        done(&["redact", &folder, "-o", &out]);
        let (before, after) = (events(&folder), events(&out));
        assert_eq!(told(&before), told(&after), "{folder}");
        messages += before.len();
    }
    assert!(messages > 2_000, "{messages}");
}

#[test]
fn what_is_redacted_once_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    done(&["redact", "sample-logs/clients", "-o", &path("once.zip")]);
    done(&["redact", &path("once.zip"), "-o", &path("twice.zip")]);
    let text = |name: &str| {
        let cat = done(&["cat", &path(name), "--redact", "off"]);
        cat.lines().filter(|line| !line.starts_with("==> ")).map(str::to_owned).collect::<Vec<_>>()
    };
    let (once, twice) = (text("once.zip"), text("twice.zip"));
    assert_eq!(once.len(), twice.len());
    let changed = once.iter().zip(&twice).find(|(a, b)| a != b);
    assert_eq!(changed, None);
}

#[test]
fn an_upload_whose_name_leads_elsewhere_stays_in_the_archive_and_nothing_is_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    let line = "03-04 18:20:01.003  9211  9260 W Send: msg_id=m1 to 13800138000 send failed: timeout\n";
    for folder in ["a", "b"] {
        std::fs::create_dir_all(logs.join(folder)).unwrap();
        std::fs::write(logs.join(folder).join("+8613800138000.log"), line).unwrap();
    }
    let out = dir.path().join("out.zip");
    done(&["redact", logs.to_str().unwrap(), "-o", out.to_str().unwrap()]);
    let mut archive = zip::ZipArchive::new(std::fs::File::open(Path::new(&out)).unwrap()).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names.len(), 2);
    for name in names {
        assert!(!name.contains("138001") && !name.contains("..") && !name.starts_with('/'), "{name}");
        let text = std::io::read_to_string(archive.by_name(&name).unwrap()).unwrap();
        assert_eq!(text, "03-04 18:20:01.003  9211  9260 W Send: msg_id=m1 to <phone> send failed: timeout\n");
    }
}
