//! What people see, kept as it is: the report in each form and language, the lists, the errors; and what
//! every profile finds in every sample. `INSTA_UPDATE=always cargo test --release --test snapshots`
//! writes them anew; the difference is then read like any other change.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::{Command, Output};
use whyunsent::profile::Profiles;

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whyunsent"));
    command.args(arguments).current_dir(support::root()).env_clear().env("LC_ALL", "C.UTF-8").env("TZ", "UTC").env("COLUMNS", "120");
    // Pseudonyms follow the key.
    command.env("WHYUNSENT_KEY", "07".repeat(32));
    command.output().expect("the binary runs")
}

/// Standard output, and the exit code and standard error where they matter.
fn shown(arguments: &[&str]) -> String {
    let output = run(arguments);
    let mut text = String::from_utf8(output.stdout).expect("output is UTF-8");
    if !output.status.success() {
        let _ = write!(text, "exit {}\n{}", output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr));
    }
    // The rule set names itself by its content, which changes with every rule.
    text.replace(&Profiles::builtin().version(), "RULES")
}

#[test]
fn the_report_in_english() {
    insta::assert_snapshot!(shown(&["analyze", "sample-logs", "--color", "never", "--lang", "en"]));
}

#[test]
fn the_report_in_chinese() {
    insta::assert_snapshot!(shown(&["analyze", "sample-logs", "--color", "never", "--lang", "zh"]));
}

#[test]
fn the_report_as_json() {
    insta::assert_snapshot!(shown(&["analyze", "sample-logs", "--format", "json"]));
}

#[test]
fn the_report_as_markdown_and_csv() {
    insta::assert_snapshot!("markdown", shown(&["analyze", "sample-logs", "--format", "markdown"]));
    insta::assert_snapshot!("csv", shown(&["analyze", "sample-logs", "--format", "csv"]));
}

#[test]
fn the_rows_of_one_upload() {
    insta::assert_snapshot!(shown(&["events", "sample-logs/mars", "--redact", "off", "--receipts"]));
}

#[test]
fn the_lists() {
    insta::assert_snapshot!("formats", shown(&["formats"]));
    insta::assert_snapshot!("profiles", shown(&["profiles", "list"]));
    // The number of jobs is the machine's.
    let config: Vec<String> = shown(&["config", "show"]).lines().filter(|l| !l.starts_with("jobs")).map(str::to_owned).collect();
    insta::assert_snapshot!("config", config.join("\n"));
    insta::assert_snapshot!("detect", shown(&["detect", "sample-logs"]));
}

#[test]
fn the_help() {
    insta::assert_snapshot!("help", shown(&["--help"]));
    insta::assert_snapshot!("help-analyze", shown(&["analyze", "--help"]));
}

#[test]
fn the_versions_of_the_samples() {
    insta::assert_snapshot!("versions", shown(&["versions", "sample-logs", "--color", "never", "--quiet"]));
    insta::assert_snapshot!("versions-zh", shown(&["versions", "sample-logs/tokenim", "--color", "never", "--quiet", "--lang", "zh"]));
    insta::assert_snapshot!("help-versions", shown(&["versions", "--help"]));
}

#[test]
fn errors_teach() {
    insta::assert_snapshot!("error-flag", shown(&["analyze", "sample-logs", "--langauge", "zh"]));
    insta::assert_snapshot!("error-value", shown(&["analyze", "sample-logs", "--format", "xml"]));
    insta::assert_snapshot!("error-path", shown(&["analyze", "no-such-folder"]));
}

/// One line per upload and kind of finding.
#[test]
fn what_each_profile_finds_in_each_sample() {
    let rows = support::rows(&[support::root().join("sample-logs")], |_| {});
    let mut counted: BTreeMap<(String, String), u64> = BTreeMap::new();
    for row in &rows {
        let word = |w: Option<&str>| w.unwrap_or("-").to_owned();
        let what = format!(
            "{} {} {} {} {}",
            row.kind.as_str(),
            word(row.outcome.map(whyunsent::taxonomy::Outcome::as_str)),
            word(row.cause.map(|c| c.as_str())),
            word(row.rule.as_deref()),
            word(row.trust.map(|t| t.as_str()))
        );
        *counted.entry((row.bundle_path.clone(), what)).or_default() += 1;
    }
    let text = counted.iter().fold(String::new(), |mut text, ((upload, what), n)| {
        let _ = writeln!(text, "{upload}: {n} {what}");
        text
    });
    insta::assert_snapshot!(text);
}

#[test]
fn the_story_of_an_upload_and_the_replies_to_it() {
    let upload = "sample-logs/by-hand/16-signal-f-database-deadlock";
    for lang in ["en", "zh"] {
        insta::assert_snapshot!(format!("explain-{lang}"), shown(&["explain", upload, "--color", "never", "--lang", lang]));
        let user = shown(&["explain", upload, "--reply", lang]);
        let engineering = shown(&["explain", upload, "--reply", lang, "--for", "engineering"]);
        insta::assert_snapshot!(format!("reply-{lang}"), format!("{user}\n{engineering}"));
    }
    insta::assert_snapshot!(
        "explain-markdown",
        shown(&["explain", "sample-logs/by-hand/26-openim-signed-in-on-tablet", "--format", "markdown"])
    );
    insta::assert_snapshot!("explain-unknown-message", shown(&["explain", upload, "--message", "nobody"]));
}
