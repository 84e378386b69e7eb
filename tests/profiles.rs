//! The commands for people who teach the tool an app, and the manual they read: `profiles new|check|diff` and
//! `docs/profiles.md`.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// A log of an app that no profile knows: three messages go out, one is refused.
const LOG: &str = "\
03-04 09:30:00.100  9211  9260 I Outbox: enqueue msg_id=a41 conv=7
03-04 09:30:00.400  9211  9260 I Outbox: ack msg_id=a41
03-04 09:31:00.100  9211  9260 I Outbox: enqueue msg_id=a42 conv=7
03-04 09:31:00.900  9211  9260 W Outbox: failed msg_id=a42 code=403 error=you are muted in this group
03-04 09:32:00.100  9211  9260 I Outbox: enqueue msg_id=a43 conv=7
03-04 09:32:00.300  9211  9260 I Outbox: ack msg_id=a43
03-04 09:33:00.100  9211  9260 I Outbox: enqueue msg_id=a44 conv=7
03-04 09:33:00.300  9211  9260 I Outbox: ack msg_id=a44
";

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whyunsent"));
    command.args(arguments).current_dir(support::root()).env_clear().env("LC_ALL", "C.UTF-8").env("COLUMNS", "120");
    command.env("WHYUNSENT_KEY", "07".repeat(32));
    command.output().expect("the binary runs")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("output is UTF-8")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("errors are UTF-8")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are UTF-8")
}

/// Runs a command that must succeed.
fn done(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}{}", out(&output), err(&output));
    out(&output)
}

#[test]
fn a_new_profile_passes_its_own_check_and_is_not_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let told = done(&["profiles", "new", "Acme Chat", "-o", text(dir.path())]);
    assert!(told.contains("acme-chat.toml") && told.contains("profiles check"), "{told}");
    let told = done(&["profiles", "check", "--profiles", text(dir.path())]);
    assert!(told.ends_with("0 problems\n"), "{told}");

    let again = run(&["profiles", "new", "Acme Chat", "-o", text(dir.path())]);
    assert_eq!(again.status.code(), Some(2));
    assert!(err(&again).contains("is there already"), "{}", err(&again));
    let taken = run(&["profiles", "new", "Signal Android", "-o", text(dir.path())]);
    assert_eq!(taken.status.code(), Some(2));
    assert!(err(&taken).contains("profiles show signal-android"), "{}", err(&taken));
    let nameless = run(&["profiles", "new", "聊天", "-o", text(dir.path())]);
    assert_eq!(nameless.status.code(), Some(2));
    assert!(err(&nameless).contains("gives no id"), "{}", err(&nameless));
}

#[test]
fn a_profile_made_from_a_log_tells_that_log_as_well_as_the_generic_one_and_by_its_own_rules() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("app.log");
    fs::write(&log, LOG).unwrap();
    let own = dir.path().join("own");
    done(&["profiles", "new", "Acme", "--from", text(&log), "-o", text(&own)]);
    let toml = fs::read_to_string(own.join("acme.toml")).unwrap();
    assert!(toml.contains("[[case]]") && toml.contains("enqueue msg_id="), "{toml}");
    // Ids, numbers and what the server said are of one line; the expression is for all.
    assert!(toml.contains(r"message = 'failed msg_id=(?<id_msg>[\w.:@-]+) code=\S+ error='"), "{toml}");
    let told = done(&["profiles", "check", "--profiles", text(&own)]);
    assert!(told.ends_with("0 problems\n"), "{told}");

    let rows = done(&["events", text(&log), "--profiles", text(&own)]);
    assert_eq!(rows.matches("\"outcome\":\"sent\"").count(), 3, "{rows}");
    assert_eq!(rows.matches("\"cause\":\"permission.muted\"").count(), 1, "{rows}");
    assert!(rows.contains("\"app\":\"Acme\""), "{rows}");
}

#[test]
fn a_log_without_messages_begins_no_profile_and_the_error_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("app.log");
    fs::write(&log, "03-04 09:30:00.100  9211  9260 I Main: started\n").unwrap();
    let output = run(&["profiles", "new", "Acme", "--from", text(&log), "-o", text(dir.path())]);
    assert!(!output.status.success());
    assert!(err(&output).contains("--from"), "{}", err(&output));
    assert!(!dir.path().join("acme.toml").exists());
}

#[test]
fn a_broken_profile_is_named_by_file_and_line_and_the_check_is_breached() {
    let dir = tempfile::tempdir().unwrap();
    done(&["profiles", "new", "Acme", "-o", text(dir.path())]);
    let path = dir.path().join("acme.toml");
    let toml = fs::read_to_string(&path).unwrap();
    let line = 1 + toml.lines().position(|l| l.contains("examples = [\"ack msg=41\"]")).expect("the stub has an acknowledgement");
    fs::write(&path, toml.replace("examples = [\"ack msg=41\"]", "examples = [\"ack 41\"]")).unwrap();
    let output = run(&["profiles", "check", "--profiles", text(dir.path())]);
    assert_eq!(output.status.code(), Some(1), "{}", out(&output));
    let told = out(&output);
    let place: u64 = told
        .split_once("acme.toml:")
        .and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_digit()).next())
        .and_then(|n| n.parse().ok())
        .unwrap_or_else(|| panic!("no line is named: {told}"));
    assert!(place.abs_diff(line as u64) <= 4 && told.contains("acme.sent"), "line {line}: {told}");

    fs::write(&path, toml.replace("phase = \"ack\"", "phase = \"acked\"")).unwrap();
    let output = run(&["profiles", "check", "--profiles", text(dir.path())]);
    assert!(!output.status.success());
    let told = out(&output) + &err(&output);
    assert!(told.contains("acme.toml:") && told.contains("acked"), "{told}");
}

#[test]
fn coverage_says_which_share_of_the_records_is_looked_at_and_what_is_tried_in_vain() {
    let told = done(&["profiles", "check", "--coverage", "sample-logs/mars", "--top", "3"]);
    insta::assert_snapshot!(told.lines().skip_while(|l| !l.contains("UPLOADS")).collect::<Vec<_>>().join("\n"));
    let output = run(&["profiles", "check", "--coverage", "tests/support"]);
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
}

#[test]
fn a_change_of_rules_shows_the_verdicts_that_it_alters_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("app.log");
    fs::write(&log, LOG).unwrap();
    let (old, new) = (dir.path().join("old"), dir.path().join("new"));
    done(&["profiles", "new", "Acme", "--from", text(&log), "-o", text(&old)]);
    fs::create_dir(&new).unwrap();
    let toml = fs::read_to_string(old.join("acme.toml")).unwrap();
    let other = toml.replace("cause = \"by-text\"", "cause = \"permission.not_allowed\"");
    assert_ne!(other, toml);
    fs::write(new.join("acme.toml"), other).unwrap();

    let same = done(&["profiles", "diff", text(&old), text(&old), text(&log)]);
    assert_eq!(same, "0 verdicts differ, 4 are the same\n");
    let changed = done(&["profiles", "diff", text(&old), text(&new), text(&log)]);
    assert!(changed.contains("permission.muted") && changed.contains("permission.not_allowed"), "{changed}");
    assert!(changed.ends_with("1 verdicts differ, 3 are the same\n"), "{changed}");
    let lines = done(&["profiles", "diff", "builtin", text(&old), text(&log), "--format", "ndjson"]);
    for line in lines.lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
        assert!(row["old"].is_string() && row["new"].is_string(), "{line}");
    }
}

#[test]
fn the_profile_of_the_manual_holds_and_the_manual_names_every_key() {
    let manual = fs::read_to_string(support::root().join("docs/profiles.md")).unwrap();
    let toml = manual.split("```toml\n").nth(1).and_then(|t| t.split("```").next()).expect("the manual shows a profile");
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("acme.toml"), toml).unwrap();
    let told = done(&["profiles", "check", "--profiles", text(dir.path())]);
    assert!(told.ends_with("0 problems\n"), "{told}");

    let syntax = fs::read_to_string(support::root().join("src/profile/syntax.rs")).unwrap();
    let keys = syntax.lines().filter_map(|l| l.strip_prefix("    pub ")?.split_once(": ")).map(|(name, _)| name.trim_start_matches("r#"));
    let lacking: Vec<&str> = keys
        // The arrays are named by their headers.
        .filter(|k| !["app", "context", "step", "rule", "case", "expect"].contains(k))
        .filter(|k| !manual.contains(&format!("`{k}`")) && !manual.contains(&format!("{k} = ")))
        .collect();
    assert!(lacking.is_empty(), "docs/profiles.md does not name {lacking:?}");
}
