//! A scan gives every upload its rows and exactly one receipt, whatever the upload does to whoever reads it.

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use support::{done, root, whyunsent};

/// Starts a scan.
fn start(args: &[&str]) -> Child {
    let args = [&["scan"], args].concat();
    whyunsent(&args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The rows that a scan of some paths tells.
fn scan(args: &[&str], paths: &[String]) -> Vec<Value> {
    let mut child = start(args);
    let mut stdin = child.stdin.take().unwrap();
    let lines = paths.join("\n");
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn receipts(rows: &[Value]) -> BTreeMap<String, (String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or("").to_owned();
    let all: Vec<&Value> = rows.iter().filter(|row| row["kind"] == "upload").collect();
    let found: BTreeMap<_, _> = all.iter().map(|row| (text(row, "bundle_path"), (text(row, "status"), text(row, "detail")))).collect();
    assert_eq!(found.len(), all.len(), "an upload has two receipts");
    found
}

const MESSAGE: &str = "[0.1] 2026-11-20 10:00:00.000 +0000 INFO hello\n";

/// Uploads of many kinds of trouble.
fn troubled(dir: &Path) -> Vec<String> {
    let log = fs::read(root().join("sample-logs/signal/a-handshake-timeout/logcat.txt")).unwrap();
    fs::write(dir.join("good.log"), &log).unwrap();
    fs::write(dir.join("crash-me.log"), &log).unwrap();
    fs::write(dir.join("hang-me.log"), &log).unwrap();
    fs::write(dir.join("empty.log"), "").unwrap();
    fs::write(dir.join("photo.png"), b"\x89PNG\r\n\x1a\n0000").unwrap();
    fs::write(dir.join("words.txt"), "to whom it may concern\n").unwrap();
    fs::write(dir.join("broken.zip"), b"PK\x03\x04\x14\x00\x00\x00 and nothing more").unwrap();
    let mut container = zip::ZipWriter::new(fs::File::create(dir.join("many.zip")).unwrap());
    for member in ["a/good.log", "b/crash-me.log", "c/empty.log", "d/hang-me.log", "e/good.log"] {
        container.start_file(member, zip::write::SimpleFileOptions::default()).unwrap();
        container.write_all(if member.contains("empty") { b"" } else { &log }).unwrap();
        container.write_all(member.as_bytes().get(..usize::from(!member.contains("empty"))).unwrap()).unwrap();
    }
    container.finish().unwrap();
    let mut names: Vec<String> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.push("gone.log".to_owned());
    names.sort();
    names.into_iter().map(|name| dir.join(name).to_str().unwrap().to_owned()).collect()
}

#[test]
fn a_scan_of_a_folder_tells_the_rows_of_a_local_run_on_it() {
    let logs = root().join("sample-logs").to_str().unwrap().to_owned();
    let mut told: Vec<Value> = scan(&["--root", &logs], std::slice::from_ref(&logs));
    told.retain(|row| row["kind"] != "neighbourhood");
    let local = done(&["events", "sample-logs", "--receipts"]);
    let mut local: Vec<Value> = local.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for rows in [&mut told, &mut local] {
        rows.sort_by_key(ToString::to_string);
    }
    assert!(!told.is_empty());
    assert_eq!(told, local);
}

#[test]
fn uploads_that_are_asked_for_at_once_are_told_as_one_by_one_also_around_an_archive_of_too_many_rows() {
    let dir = tempfile::tempdir().unwrap();
    let log = |messages: usize| -> Vec<u8> {
        let at = |n: usize, s: usize| format!("2026-11-20T{:02}:{:02}:{:02}.{:03}Z", n / 3_600 % 24, n / 60 % 60, s, n % 1_000);
        let line = |n: usize, s: usize, event: &str| {
            format!("{{\"timestamp\":\"{}\",\"event.name\":\"message.{event}\",\"message.id\":\"m-{n}\"}}\n", at(n, s))
        };
        (0..messages).flat_map(|n| [line(n, 1, "enqueue"), line(n, 2, "ack")]).collect::<String>().into_bytes()
    };
    fs::write(dir.path().join("a.jsonl"), log(10)).unwrap();
    fs::write(dir.path().join("c.jsonl"), log(20)).unwrap();
    // More rows than a worker holds back.
    let mut archive = zip::ZipWriter::new(fs::File::create(dir.path().join("b.zip")).unwrap());
    for member in 0..8 {
        archive.start_file(format!("{member}/app.jsonl"), zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&log(9_000 + member)).unwrap();
    }
    archive.finish().unwrap();
    let shown = dir.path().to_str().unwrap();
    let paths: Vec<String> = ["a.jsonl", "b.zip", "c.jsonl"].map(|name| dir.path().join(name).to_str().unwrap().to_owned()).to_vec();
    let together = scan(&["--root", shown], &paths);
    let by_one: Vec<Value> = paths.iter().flat_map(|path| scan(&["--root", shown], std::slice::from_ref(path))).collect();
    assert!(together.len() > 65_536, "{}", together.len());
    assert_eq!(receipts(&together).len(), 10);
    assert!(together == by_one, "rows differ");
}

#[test]
fn each_upload_has_one_receipt_also_one_that_breaks_or_stalls_its_reader_inside_an_archive() {
    let dir = tempfile::tempdir().unwrap();
    let paths = troubled(dir.path());
    let shown = dir.path().to_str().unwrap();
    let faults = ["--test-crash", "crash-me", "--test-hang", "hang-me", "--file-timeout", "1s"];
    for jobs in ["1", "3"] {
        let rows = scan(&[&["--root", shown, "--jobs", jobs], faults.as_slice()].concat(), &paths);
        let found = receipts(&rows);
        let statuses: Vec<(&str, &str)> = found.iter().map(|(path, (status, _))| (path.as_str(), status.as_str())).collect();
        let expected = [
            ("broken.zip", "unreadable"),
            ("crash-me.log", "crashed"),
            ("empty.log", "empty"),
            ("gone.log", "unreadable"),
            ("good.log", "ok"),
            ("hang-me.log", "timeout"),
            ("many.zip!/a/good.log", "ok"),
            ("many.zip!/b/crash-me.log", "crashed"),
            ("many.zip!/c/empty.log", "empty"),
            ("many.zip!/d/hang-me.log", "timeout"),
            ("many.zip!/e/good.log", "ok"),
            ("photo.png", "unsupported"),
            ("words.txt", "unsupported"),
        ];
        assert_eq!(statuses, expected);
        assert!(found["gone.log"].1.contains("No such file"), "{:?}", found["gone.log"]);
        assert!(found["hang-me.log"].1.contains("longer than 1 s"), "{:?}", found["hang-me.log"]);
        // Rows of an upload are together and end with its receipt.
        let mut closed: Vec<&str> = Vec::new();
        for row in &rows {
            let path = row["bundle_path"].as_str().unwrap();
            assert!(!closed.contains(&path), "{path} goes on behind its receipt");
            if row["kind"] == "upload" {
                closed.push(path);
            }
        }
    }
}

#[test]
fn an_isolated_ingest_fills_the_store_as_an_ordinary_one_and_survives_what_that_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let store = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (plain, isolated, faulty) = (store("plain"), store("isolated"), store("faulty"));
    done(&["ingest", "sample-logs", "--store", &plain]);
    done(&["ingest", "sample-logs", "--store", &isolated, "--isolate"]);
    for week in ["2026-W45", "2026-W46", "2026-W47"] {
        let report = |store: &str| done(&["report", "--store", store, "--week", week, "--format", "json"]);
        assert_eq!(report(&plain), report(&isolated), "{week}");
    }
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    troubled(&logs);
    let faults = ["--isolate", "--test-crash", "crash-me", "--test-hang", "hang-me", "--file-timeout", "1s"];
    done(&[&["ingest", logs.to_str().unwrap(), "--store", &faulty], faults.as_slice()].concat());
    assert!(done(&["store", "verify", "--store", &faulty]).contains("all counts agree"));
}

#[test]
fn a_scan_ends_when_nobody_reads_its_rows_even_while_a_reader_hangs() {
    let log = root().join("sample-logs/signal/a-handshake-timeout/logcat.txt").to_str().unwrap().to_owned();
    let mut child = start(&["--jobs", "1", "--test-hang", "hang-me"]);
    let mut stdin = child.stdin.take().unwrap();
    drop(child.stdout.take());
    writeln!(stdin, "{log}").unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(started.elapsed() < Duration::from_secs(20), "it goes on");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(child.wait().unwrap().success());
}

#[test]
fn workers_die_with_a_supervisor_that_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("hang-me.log");
    fs::write(&log, MESSAGE).unwrap();
    if !Path::new("/proc/self/task").exists() {
        println!("SKIPPED: this system has no /proc");
        return;
    }
    let mut child = start(&["--jobs", "1", "--test-hang", "hang-me"]);
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{}", log.display()).unwrap();
    let tree = |of: u32| -> Vec<u32> {
        let tasks = fs::read_dir(format!("/proc/{of}/task")).into_iter().flatten().flatten();
        let lists = tasks.map(|task| fs::read_to_string(task.path().join("children")).unwrap_or_default());
        lists.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>()).collect()
    };
    let started = Instant::now();
    let workers = loop {
        let found = tree(child.id());
        if !found.is_empty() {
            break found;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "no worker was started");
        std::thread::sleep(Duration::from_millis(20));
    };
    std::thread::sleep(Duration::from_millis(300));
    child.kill().unwrap();
    child.wait().unwrap();
    let is_alive = |pid: &u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        !status.is_empty() && !status.contains("State:\tZ")
    };
    while workers.iter().any(is_alive) {
        assert!(started.elapsed() < Duration::from_secs(20), "a worker outlives its supervisor");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_scan_without_a_key_and_one_of_no_stream_are_clear_errors() {
    let mut keyless = whyunsent(&["scan"]);
    let output = keyless.env_remove("WHYUNSENT_KEY").output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("--key-file") && error.contains("--redact off"), "{error}");
    let mut child = start(&["--in", "arrow"]);
    child.stdin.take().unwrap().write_all(b"this is no stream").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no Arrow IPC stream"));
}

#[test]
fn a_worker_that_wants_more_memory_than_it_may_have_costs_its_upload_alone() {
    if !cfg!(target_os = "linux") {
        println!("SKIPPED: memory of workers is limited on Linux alone");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    // Each line is a message of its own, whose marks are held until the log ends.
    let line = |n: usize| {
        format!(
            "{{\"time\":\"2026-11-20T10:00:00.{:06}Z\",\"level\":\"error\",\"msg\":\"send message failed\",\"clientMsgID\":\"{n:032x}\",\"error\":\"timeout\"}}\n",
            n % 1_000_000
        )
    };
    let many: String = (0..400_000).map(line).collect();
    fs::write(dir.path().join("large.jsonl"), many).unwrap();
    fs::write(dir.path().join("small.jsonl"), line(1)).unwrap();
    let paths = ["large.jsonl", "small.jsonl"].map(|name| dir.path().join(name).to_str().unwrap().to_owned());
    let found = receipts(&scan(&["--worker-memory", "96MiB", "--jobs", "1"], &paths));
    assert_eq!((found["large.jsonl"].0.as_str(), found["small.jsonl"].0.as_str()), ("crashed", "ok"), "{found:?}");
}

#[test]
fn the_schema_is_printed_for_every_engine() {
    let json: Value = serde_json::from_str(&done(&["schema"])).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["columns"][0]["name"], "bundle");
    for format in ["spark-ddl", "clickhouse", "duckdb"] {
        assert!(done(&["schema", "--format", format, "--for-store"]).trim_end().lines().last().unwrap().contains("week"));
    }
}
