//! The page in a real browser: both languages, both shades, a phone; nothing is asked of a network, nothing is logged as
//! an error, tables sort and filter, and the accessibility rules of axe find nothing serious.

mod support;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Browser {
    chromium: PathBuf,
    node: PathBuf,
    modules: PathBuf,
}

/// Chromium, Node.js and the two packages of `tests/browser/package.json`; says SKIPPED where one is missing.
fn browser() -> Option<Browser> {
    let chromium = support::Tool::find("chromium")?.0;
    let node = support::Tool::find("node")?.0;
    let modules =
        std::env::var_os("WHYUNSENT_NODE_MODULES").map_or_else(|| support::root().join("tests/browser/node_modules"), PathBuf::from);
    let there = modules.join("playwright-core").is_dir() && modules.join("axe-core").is_dir();
    assert!(
        there || !support::required("chromium"),
        "WHYUNSENT_REQUIRE names chromium, and {} lacks playwright-core or axe-core",
        modules.display()
    );
    if !there {
        println!(
            "SKIPPED: {} lacks playwright-core or axe-core (`npm install` in tests/browser), the page was not opened",
            modules.display()
        );
    }
    there.then_some(Browser { chromium, node, modules })
}

fn whyunsent(args: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_whyunsent"))
        .current_dir(support::root())
        .args(args)
        .env("WHYUNSENT_KEY", "07".repeat(32))
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// What the browser found on a page.
fn found(browser: &Browser, page: &Path, screens: Option<&Path>) -> Value {
    let mut command = Command::new(&browser.node);
    command.arg(support::root().join("tests/browser/check.mjs")).arg(&browser.chromium).arg(&browser.modules).arg(page);
    command.args(screens);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn is_clean(found: &Value) {
    for list in ["errors", "requests", "violations", "small_text", "wide"] {
        assert_eq!(found[list], serde_json::json!([]), "{list}");
    }
    for fact in ["sorted", "filtered", "drilled", "without_scripts"] {
        assert_eq!(found[fact], true, "{fact}: {found}");
    }
}

/// With `WHYUNSENT_UPDATE`, the screenshots of the documents are taken anew.
#[test]
fn the_weekly_report_works_in_a_browser() {
    let Some(browser) = browser() else { return };
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    let page = dir.path().join("report.html");
    whyunsent(&["ingest", "sample-logs", "--store", store.to_str().unwrap(), "--quiet"]);
    whyunsent(&["report", "--store", store.to_str().unwrap(), "--week", "2026-W47", "--format", "html", "-o", page.to_str().unwrap()]);
    let screens = std::env::var_os("WHYUNSENT_UPDATE").map(|_| support::root().join("docs/screens"));
    is_clean(&found(&browser, &page, screens.as_deref()));
}

#[test]
fn the_report_of_logs_works_in_a_browser_too() {
    let Some(browser) = browser() else { return };
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("report.html");
    whyunsent(&["analyze", "sample-logs", "--quiet", "--format", "html", "-o", page.to_str().unwrap()]);
    is_clean(&found(&browser, &page, None));
}

/// Names, versions, errors and texts that are markup: none of it comes to life, with the page's policy or without.
#[test]
fn nothing_of_a_log_comes_to_life_in_a_page() {
    let Some(browser) = browser() else { return };
    let dir = tempfile::tempdir().unwrap();
    let root = support::hostile::write(dir.path());
    let root = root.to_str().unwrap();
    let store = dir.path().join("store").to_str().unwrap().to_owned();
    whyunsent(&["ingest", root, "--quiet", "--redact", "off", "--store", &store]);
    // As they stand in the store: halves of pairs that do not belong together are replaced.
    let versions = support::hostile::texts().into_iter().map(|text| format!("{text}\u{fffd} \u{fffd}")).collect::<Vec<_>>();
    let pages: [(&str, &str, &[&str]); 5] = [
        ("analyze", "off", &["analyze", root, "--redact", "off"]),
        ("versions", "off", &["versions", root, "--redact", "off"]),
        ("redacted", "on", &["analyze", root]),
        ("report", "off", &["report", "--store", &store, "--week", "2026-W46"]),
        ("diff", "off", &["diff", &versions[0], &versions[2], "--store", &store]),
    ];
    for (name, redact, args) in pages {
        let page = dir.path().join(format!("{name}.html"));
        whyunsent(&[args, &["--quiet", "--format", "html", "-o", page.to_str().unwrap()]].concat());
        let mut check = Command::new(&browser.node);
        check.arg(support::root().join("tests/browser/check.mjs")).arg(&browser.chromium).arg(&browser.modules).arg(&page);
        let output = check.args(["--hostile", support::hostile::FLAG]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        for list in ["dialogs", "errors", "requests", "alive", "flags"] {
            assert_eq!(found[list], serde_json::json!([]), "{name}: {list}");
        }
        let policy = found["policy"].as_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("base-uri 'none'") && policy.contains("form-action 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{policy}");
        assert!(
            redact == "on" || found["texts"].as_u64() >= Some(if name == "diff" { 2 } else { 6 }),
            "{name}: the hostile texts are not there to be seen: {found}"
        );
    }
}
