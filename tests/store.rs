//! The store through the command line: the same report whatever way the uploads came into it, and whatever went wrong.

mod support;

use chrono::Datelike;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use support::{done, run, whyunsent};
use whyunsent::event::{COLUMNS, Type};

/// Weeks of the sample logs; what has no usable time goes to the week in which it is received.
fn weeks() -> [String; 4] {
    let received = chrono::Utc::now().iso_week();
    let received = format!("{}-W{:02}", received.year(), received.week());
    ["2026-W45".to_owned(), "2026-W46".to_owned(), "2026-W47".to_owned(), received]
}

fn ingest(store: &Path, more: &[&str]) -> String {
    done(&[&["ingest", "sample-logs", "--store", store.to_str().unwrap()], more].concat())
}

/// All that the reports of all weeks say.
fn reports(store: &Path) -> String {
    let report = |week: &str| done(&["report", "--store", store.to_str().unwrap(), "--week", week, "--format", "json"]);
    weeks().iter().map(|week| report(week)).collect()
}

fn temporary() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    (dir, store)
}

#[test]
fn once_twice_in_halves_and_compacted_give_the_same_reports_byte_for_byte() {
    let (_once, once) = temporary();
    assert!(ingest(&once, &[]).starts_with("181 uploads added"));
    let told = reports(&once);
    assert!(ingest(&once, &["--jobs", "1"]).contains("181 were in the store already"));
    assert_eq!(reports(&once), told);
    let (_halves, halves) = temporary();
    ingest(&halves, &["--exclude", "tokenim/**", "--jobs", "1"]);
    ingest(&halves, &["--include", "tokenim/**", "--commit-every", "7"]);
    ingest(&halves, &[]);
    assert_eq!(reports(&halves), told);
    done(&["store", "compact", "--store", halves.to_str().unwrap()]);
    assert_eq!(reports(&halves), told);
    assert!(done(&["store", "verify", "--store", halves.to_str().unwrap()]).contains("all counts agree"));
    ingest(&halves, &["--rejudge"]);
    assert_eq!(reports(&halves), told);
}

#[test]
fn paths_in_another_order_give_the_same_reports() {
    let folders = ["tokenim", "clients", "signal", "by-hand", "jsonl"].map(|f| format!("sample-logs/{f}"));
    let raw = tempfile::tempdir().unwrap();
    support::fleet::write(raw.path());
    // Logs and the beginnings of them, which know less of the same messages and incidents.
    let overlapping = ["whole", "overlapping"].map(|f| raw.path().join(f).to_str().unwrap().to_owned());
    let of = |order: &[String]| {
        let (_dir, store) = temporary();
        let paths: Vec<&str> = order.iter().map(String::as_str).collect();
        done(&[&["ingest"], paths.as_slice(), &["--store", store.to_str().unwrap()]].concat());
        reports(&store)
    };
    for order in [folders.as_slice(), &overlapping] {
        let reversed: Vec<String> = order.iter().rev().cloned().collect();
        let (found, expected) = (of(&reversed), of(order));
        assert!(found == expected, "the order of {order:?} shows");
    }
}

/// How often the tests of killed and of concurrent runs are repeated: `WHYUNSENT_REPEAT`, once by default.
fn repetitions() -> u64 {
    std::env::var("WHYUNSENT_REPEAT").ok().and_then(|n| n.parse().ok()).unwrap_or(1)
}

#[test]
fn an_ingest_that_is_killed_at_any_moment_loses_nothing_and_can_be_repeated() {
    (0..repetitions()).for_each(kill_fifty_times);
}

fn kill_fifty_times(round: u64) {
    let (_whole, whole) = temporary();
    ingest(&whole, &[]);
    let (_killed, killed) = temporary();
    let mut random = support::Numbers(50 + round);
    let mut ended = 0;
    for _ in 0..50 {
        let mut child = whyunsent(&["ingest", "sample-logs", "--store", killed.to_str().unwrap(), "--commit-every", "5", "--quiet"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        std::thread::sleep(Duration::from_millis((random.share() * 400.0) as u64));
        ended += u32::from(child.try_wait().unwrap().is_some());
        child.kill().unwrap();
        child.wait().unwrap();
        if killed.join("STORE.json").exists() {
            let wrong = run(&["store", "verify", "--store", killed.to_str().unwrap()]);
            let said = String::from_utf8_lossy(&wrong.stdout).into_owned() + &String::from_utf8_lossy(&wrong.stderr);
            // Leftovers of a batch without commit are no damage.
            assert!(said.lines().all(|l| l.contains("has no commit") || l.contains("all counts agree")), "{said}");
        }
    }
    assert!(ended < 50, "no run was killed before its end");
    ingest(&killed, &[]);
    assert_eq!(reports(&killed), reports(&whole));
    assert!(done(&["store", "verify", "--store", killed.to_str().unwrap()]).contains("all counts agree"));
}

#[test]
fn two_ingests_at_once_take_turns() {
    (0..repetitions()).for_each(|_| two_at_once());
}

fn two_at_once() {
    let (_one, one) = temporary();
    ingest(&one, &[]);
    let (_two, two) = temporary();
    let start = || {
        whyunsent(&["ingest", "sample-logs", "--store", two.to_str().unwrap(), "--commit-every", "9"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let (mut first, mut second) = (start(), start());
    assert!(first.wait().unwrap().success() && second.wait().unwrap().success());
    assert_eq!(reports(&two), reports(&one));
}

#[test]
fn an_empty_week_another_version_a_lost_part_and_a_read_only_store_are_clear_errors() {
    let (_dir, store) = temporary();
    let shown = store.to_str().unwrap();
    ingest(&store, &[]);
    let failed = |args: &[&str], code: i32, says: &[&str]| {
        let output = run(args);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {error}");
        assert!(says.iter().all(|s| error.contains(s)), "{args:?}: {error}");
    };
    failed(&["report", "--store", shown, "--week", "2024-W01"], 3, &["nothing in the week 2024-W01", "2026-W45"]);
    failed(&["report", "--store", shown, "--week", "2026-W54"], 2, &["is not a week"]);
    failed(&["report", "--store", "no/such/store", "--week", "2026-W47"], 2, &["is no store", "whyunsent ingest"]);
    failed(&["ingest", "sample-logs", "--store", "sample-logs"], 2, &["no store"]);
    #[cfg(target_os = "linux")]
    failed(&["ingest", "sample-logs", "--store", "/proc/store"], 2, &["/proc/store"]);
    failed(&["ingest", "sample-logs", "--store", shown, "--redact", "off"], 2, &["redacted"]);
    let other_key = whyunsent(&["ingest", "sample-logs", "--store", shown]).env("WHYUNSENT_KEY", "08".repeat(32)).output().unwrap();
    assert!(String::from_utf8_lossy(&other_key.stderr).contains("another key"));
    let info = store.join("STORE.json");
    let told = std::fs::read_to_string(&info).unwrap();
    std::fs::write(&info, told.replace("\"format\": 1", "\"format\": 99")).unwrap();
    failed(&["report", "--store", shown, "--week", "2026-W47"], 2, &["format 99", "update whyunsent"]);
    std::fs::write(&info, told).unwrap();
    let part = support::files(&store.join("batches")).into_iter().find(|p| p.to_str().unwrap().contains("events/week=2026-W47")).unwrap();
    let text = std::fs::read(&part).unwrap();
    std::fs::write(&part, &text[..text.len() / 2]).unwrap();
    failed(&["report", "--store", shown, "--week", "2026-W47"], 2, &["missing or damaged", "store verify"]);
    assert_eq!(run(&["store", "verify", "--store", shown]).status.code(), Some(1));
}

/// A file size limit stands in for a full disk: writes fail in the same way.
#[cfg(unix)]
#[test]
fn a_full_disk_is_a_clear_error_and_loses_nothing() {
    let (_dir, store) = temporary();
    let shown = store.to_str().unwrap();
    ingest(&store, &["--exclude", "tokenim/**"]);
    let told = reports(&store);
    let limited = format!("trap '' XFSZ; ulimit -f 40; exec \"$0\" ingest sample-logs --store '{shown}'");
    let mut command = Command::new("bash");
    command.current_dir(support::root()).args(["-c", &limited, env!("CARGO_BIN_EXE_whyunsent")]).env("WHYUNSENT_KEY", "07".repeat(32));
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("cannot write to the store"), "{error}");
    assert_eq!(reports(&store), told);
    assert!(ingest(&store, &[]).contains("were in the store already"));
    assert!(done(&["store", "verify", "--store", shown]).contains("all counts agree"));
}

/// What a report counts is what DuckDB counts on the same files: tables, users, causes and delays.
#[test]
fn the_tables_of_a_report_equal_those_of_duckdb() {
    let Some(python) = support::python_with(&["duckdb"]) else { return };
    let (_dir, store) = temporary();
    ingest(&store, &["--exclude", "tokenim/**"]);
    ingest(&store, &[]);
    let report = store.with_extension("json");
    for week in &weeks() {
        done(&["report", "--store", store.to_str().unwrap(), "--week", week, "--format", "json", "-o", report.to_str().unwrap()]);
        let script = support::root().join("tests/engines/aggregates.py");
        let output = Command::new(&python).arg(script).arg(&store).args([week, report.to_str().unwrap()]).output().unwrap();
        assert!(output.status.success(), "{week}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("figures are equal"));
    }
}

/// A store that is named by a URL is read as it is, where the program was built for that, and says so where it was not.
#[test]
fn a_store_in_an_object_storage_is_read_and_never_written() {
    let (_dir, store) = temporary();
    ingest(&store, &[]);
    let url = format!("file://{}", store.display());
    let output = run(&["report", "--store", &url, "--week", "2026-W46", "--format", "json"]);
    let said = |output: &std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();
    if cfg!(feature = "object-store") {
        let here = done(&["report", "--store", store.to_str().unwrap(), "--week", "2026-W46", "--format", "json"]);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), here);
        assert!(done(&["store", "verify", "--store", &url]).contains("all counts agree"));
        let published = run(&["report", "--store", &url, "--week", "2026-W46", "--publish"]);
        assert!(said(&published).contains("only read here"), "{}", said(&published));
    } else {
        assert!(said(&output).contains("--features object-store"), "{}", said(&output));
    }
    let ingested = run(&["ingest", "sample-logs", "--store", &url]);
    assert_eq!(ingested.status.code(), Some(2));
    assert!(said(&ingested).contains("only read here"), "{}", said(&ingested));
}

/// The queries that are recommended run as they stand, in each engine that they are recommended for.
#[test]
fn the_queries_of_the_document_count_what_reports_count_in_every_engine() {
    let (_dir, store) = temporary();
    ingest(&store, &["--exclude", "tokenim/**"]);
    ingest(&store, &[]);
    let reports: Vec<String> = weeks()
        .iter()
        .map(|week| {
            let path = store.with_extension(format!("{week}.json"));
            done(&["report", "--store", store.to_str().unwrap(), "--week", week, "--format", "json", "-o", path.to_str().unwrap()]);
            format!("{week}={}", path.display())
        })
        .collect();
    let file = |name: &str| support::root().join(name);
    for (engine, packages, tool) in
        [("duckdb", ["duckdb"].as_slice(), None), ("clickhouse", &["chdb"], None), ("spark", &["pyspark"], Some("java"))]
    {
        let has_tool = tool.is_none_or(|tool| support::Tool::find(tool).is_some());
        let Some(python) = support::python_with(packages).filter(|_| has_tool) else { continue };
        let mut script = Command::new(python);
        script.arg(file("tests/engines/sql.py")).arg(engine).arg(&store).arg(file("docs/sql.md")).args(&reports);
        let output = script.output().unwrap();
        assert!(output.status.success(), "{engine}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("figures are equal"), "{engine}");
    }
}

/// Programs of others read the store as it stands, and count what we count.
#[test]
fn duckdb_and_polars_read_the_store_and_agree_on_the_counts() {
    let Some(python) = support::python_with(&["duckdb", "polars"]) else { return };
    let (_dir, store) = temporary();
    ingest(&store, &[]);
    let script = "
import sys, json, duckdb, polars
store = sys.argv[1]
events, uploads = f'{store}/batches/*/events/*/*.parquet', f'{store}/batches/*/uploads/*/*.parquet'
counts = lambda rows: {f'{week} {outcome}': n for week, outcome, n in rows}
by_duckdb = counts(duckdb.sql(f\"select week, outcome, count(distinct message_id) from read_parquet('{events}', hive_partitioning = true) where kind = 'message' group by all\").fetchall())
frame = polars.scan_parquet(events, hive_partitioning=True).filter(polars.col('kind') == 'message').group_by('week', 'outcome').agg(polars.col('message_id').n_unique()).collect()
assert by_duckdb == counts(frame.rows()), (by_duckdb, frame)
cited = duckdb.sql(f\"select count(*) from read_parquet('{events}') where outcome = 'unsent' and len(evidence) = 0\").fetchall()[0][0]
assert cited == 0
lines = duckdb.sql(f\"select sum(lines), sum(records + continuations + blank + unread) from read_parquet('{uploads}')\").fetchall()[0]
assert lines[0] == lines[1]
print(json.dumps(by_duckdb))
";
    let output = Command::new(python).args(["-c", script, store.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let counts: std::collections::BTreeMap<String, u64> = serde_json::from_slice(&output.stdout).unwrap();
    for week in &weeks() {
        let report = done(&["report", "--store", store.to_str().unwrap(), "--week", week, "--format", "json"]);
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        for outcome in ["sent", "delayed", "unsent", "pending"] {
            let theirs = counts.get(&format!("{week} {outcome}")).copied().unwrap_or(0);
            assert_eq!(report["messages"][outcome].as_u64(), Some(theirs), "{week} {outcome}");
        }
    }
}

#[test]
fn what_was_published_comes_back_in_the_report_of_the_next_week() {
    let (_dir, store) = temporary();
    let shown = store.to_str().unwrap();
    ingest(&store, &[]);
    let later = store.with_extension("later");
    telemetry(&later, 23, |_, _| None);
    done(&["ingest", later.to_str().unwrap(), "--store", shown]);
    let next = || done(&["report", "--store", shown, "--week", "2026-W48"]);
    assert!(next().contains("No report of last week was published"));
    done(&["report", "--store", shown, "--week", "2026-W47", "--publish"]);
    assert!(store.join("reports/week=2026-W47/rev=1.json").is_file());
    let told = next();
    assert!(told.contains("Share then") && told.contains("3.5.0") && told.contains("none left"), "{told}");
}

/// The logs of a week, moved on by seven days: the same again, but other messages.
fn a_week_later(from: &Path, to: &Path) {
    for path in support::files(from) {
        let text = std::fs::read_to_string(&path).unwrap().replace("\"m_", "\"w_");
        let moved =
            (1..=7).rev().fold(text, |text, day| text.replace(&format!("2026-11-{:02}", day + 8), &format!("2026-11-{:02}", day + 15)));
        let place = to.join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, moved).unwrap();
    }
}

/// A week of an app's telemetry: 40 users with 30 messages each, of which those that `fails` chooses are not sent.
fn telemetry(dir: &Path, monday: u32, fails: impl Fn(u32, u32) -> Option<&'static str>) {
    std::fs::create_dir_all(dir).unwrap();
    for user in 0..40_u32 {
        let mut text = String::new();
        for n in 0..30_u32 {
            let at = |second: u32| format!("2026-11-{:02}T{:02}:{:02}:{second:02}.000Z", monday + n % 5, 8 + n % 12, user % 60);
            let id = format!("m_{monday}{user:02}{n:02}");
            let head = format!(
                "\"service.name\":\"Pebble\",\"service.version\":\"2.{}.0\",\"os.name\":\"android\",\"device.model.identifier\":\"P{}\",\"user.id\":\"u{user}\",\"message.id\":\"{id}\"",
                user % 3,
                user % 4
            );
            text += &format!("{{\"timestamp\":\"{}\",\"event.name\":\"message.enqueue\",{head}}}\n", at(1));
            text += &match fails(user, n) {
                Some(why) => format!("{{\"timestamp\":\"{}\",\"event.name\":\"message.fail\",{head},{why}}}\n", at(3)),
                None => format!("{{\"timestamp\":\"{}\",\"event.name\":\"message.ack\",{head}}}\n", at(2)),
            };
        }
        std::fs::write(dir.join(format!("u{user:02}.jsonl")), text).unwrap();
    }
}

const DNS: &str =
    "\"error.domain\":\"network\",\"error.type\":\"java.net.UnknownHostException\",\"error.message\":\"Unable to resolve host\"";
const CRYPTO: &str = "\"error.domain\":\"crypto\",\"error.type\":\"NoSessionException\",\"error.message\":\"no session for device\"";

#[test]
fn an_unchanged_week_has_no_news_and_a_planted_new_cause_stands_on_page_one() {
    let (dir, store) = temporary();
    let (first, second, third) = (dir.path().join("first"), dir.path().join("second"), dir.path().join("third"));
    telemetry(&first, 9, |user, n| ((user + n) % 25 == 0).then_some(DNS));
    a_week_later(&first, &second);
    telemetry(&third, 23, |user, n| if (user + n) % 25 == 0 { Some(DNS) } else { (user % 4 == 1 && n % 6 == 0).then_some(CRYPTO) });
    for logs in [&first, &second, &third] {
        done(&["ingest", logs.to_str().unwrap(), "--store", store.to_str().unwrap()]);
    }
    let report = |week: &str, form: &str| done(&["report", "--store", store.to_str().unwrap(), "--week", week, "--format", form]);
    let unchanged: serde_json::Value = serde_json::from_str(&report("2026-W47", "json")).unwrap();
    assert!(unchanged["messages"]["unsent"].as_u64().unwrap() > 30, "{}", unchanged["messages"]);
    assert_eq!(unchanged["compare"]["week"], "2026-W46");
    assert!(!unchanged["changes"].as_array().unwrap().is_empty());
    for change in unchanged["changes"].as_array().unwrap() {
        assert_eq!(change["direction"], "noise", "{change}");
    }
    assert_eq!(unchanged["compare"]["new_slices"], serde_json::json!([]));
    let told = report("2026-W48", "table");
    let page_one = told.split("── By version ──").next().unwrap();
    assert!(page_one.contains("NEW Encryption session failed"), "{page_one}");
    let gate = run(&["check", "--store", store.to_str().unwrap(), "--week", "2026-W48", "--vs", "last-week"]);
    assert_eq!(gate.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&gate.stdout).contains("new software.crypto"), "{}", String::from_utf8_lossy(&gate.stdout));
    let calm = run(&["check", "--store", store.to_str().unwrap(), "--week", "2026-W47", "--vs", "last-week"]);
    assert_eq!(calm.status.code(), Some(0), "{}", String::from_utf8_lossy(&calm.stdout));
    // What the page cites can be told, from the store alone.
    let changes: serde_json::Value = serde_json::from_str(&report("2026-W48", "json")).unwrap();
    let id = changes["changes"][0]["evidence"][0]["id"].as_str().unwrap();
    let story = done(&["explain", "--store", store.to_str().unwrap(), "--message", id]);
    assert!(story.contains("Encryption session failed") && story.contains("NoSessionException"), "{story}");
    let sides = done(&["diff", "2026-W47", "2026-W48", "--store", store.to_str().unwrap()]);
    assert!(sides.contains("2026-W47 beside 2026-W48") && sides.contains("▲ new"), "{sides}");
    let versions = done(&["diff", "2.0.0", "2.1.0", "--store", store.to_str().unwrap(), "--format", "json"]);
    let versions: serde_json::Value = serde_json::from_str(&versions).unwrap();
    assert_eq!((versions["a"].as_str(), versions["measures"][0]["measure"].as_str()), (Some("2.0.0"), Some("unsent")));
    assert_eq!(run(&["diff", "2026-W47", "9.9", "--store", store.to_str().unwrap()]).status.code(), Some(3));
}

#[test]
fn the_document_of_the_schema_names_every_column_with_its_meaning_and_type() {
    let document = std::fs::read_to_string(support::root().join("docs/output-schema.md")).unwrap();
    let rows: Vec<&str> = document.lines().filter(|l| l.starts_with("| `")).collect();
    assert_eq!(rows.len(), COLUMNS.len());
    for (row, column) in rows.iter().zip(COLUMNS) {
        let kind = match column.kind {
            Type::Str => "string",
            Type::Int64 => "int64",
            Type::Int32 => "int32",
            Type::Bool => "bool",
            Type::Timestamp => "timestamp µs UTC",
            Type::StrList => "list of string",
            Type::EvidenceList => "list of {file, line, offset, role, text}",
            Type::StepList => "list of {phase, at, line}",
            Type::NearList => "list of {file, line, before_ms, tag, text}",
        };
        assert_eq!(*row, format!("| `{}` | {kind} | {} |", column.name, column.doc));
    }
}
