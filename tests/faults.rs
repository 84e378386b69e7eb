//! What happens to a run that the world interferes with: signals, files that change or vanish while they are read, places
//! that cannot be read or written, a clock that goes backwards.
#![cfg(unix)]

mod support;

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use support::{done, long_log, run, whyunsent};

/// What a shell says of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;
/// How long a run may take to end after a signal.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

fn error_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Sends a signal to a process of this test.
fn signal(child: &Child, name: &str) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", child.id())]).status().unwrap();
    assert!(sent.success());
}

/// Waits for an end; fails where it does not come.
fn ended(mut child: Child) -> Output {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > ENDS_WITHIN {
            child.kill().unwrap();
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

/// Message lines of telemetry, of one message each.
fn message(number: usize) -> String {
    let at = |ms: usize| format!("2026-11-20T{:02}:{:02}:{:02}.{ms:03}Z", number / 3_600 % 24, number / 60 % 60, number % 60);
    ["enqueue", "ack"]
        .iter()
        .enumerate()
        .map(|(n, event)| {
            format!("{{\"timestamp\":\"{}\",\"event.name\":\"message.{event}\",\"message.id\":\"m-{number}\"}}\n", at(n * 100))
        })
        .collect()
}

/// Begins a run that takes some time, and a signal in the midst of it.
fn interrupted(args: &[&str], name: &str, after_ms: u64) -> Output {
    let child = whyunsent(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(after_ms));
    signal(&child, name);
    ended(child)
}

#[test]
fn an_analysis_that_is_interrupted_ends_at_once_and_leaves_no_half_file() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("long.log.gz");
    long_log(&log);
    let log = log.to_str().unwrap();
    let out = tempfile::tempdir().unwrap();
    let place = |name: &str| out.path().join(name).to_str().unwrap().to_owned();
    for (name, args) in [
        ("INT", vec!["analyze", log, "-o", &place("report.html"), "--format", "html"]),
        ("TERM", vec!["analyze", log, "-o", &place("report.json"), "--format", "json"]),
        ("INT", vec!["events", log, "--receipts", "-o", &place("rows.parquet"), "--format", "parquet"]),
        ("INT", vec!["redact", log, "-o", &place("out.zip")]),
    ] {
        let output = interrupted(&args, name, 400);
        assert_eq!(output.status.code(), Some(INTERRUPTED), "{args:?}: {}", error_of(&output));
        assert!(error_of(&output).contains("interrupted"), "{}", error_of(&output));
        assert_eq!(support::files(out.path()), Vec::<PathBuf>::new(), "{args:?}");
    }
}

#[test]
fn an_ingest_that_is_interrupted_leaves_a_store_that_is_sound_and_can_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let (store, log) = (dir.path().join("store"), dir.path().join("zz-long.log.gz"));
    long_log(&log);
    let shown = store.to_str().unwrap();
    let mut interruptions = 0;
    for after_ms in [60, 150, 300, 450, 700] {
        let args = ["ingest", "sample-logs", log.to_str().unwrap(), "--store", shown, "--commit-every", "5", "--quiet"];
        let output = interrupted(&args, "INT", after_ms);
        // Before reading begins, a signal ends the program as it ends any other.
        assert!(matches!(output.status.code(), Some(INTERRUPTED) | None), "{}", error_of(&output));
        interruptions += u32::from(output.status.code() == Some(INTERRUPTED));
        if store.join("STORE.json").exists() {
            assert!(done(&["store", "verify", "--store", shown]).contains("all counts agree"));
        }
    }
    assert!(interruptions >= 2, "{interruptions}");
    let leftovers: Vec<PathBuf> = support::files(&store).into_iter().filter(|p| p.to_str().is_some_and(|p| p.contains(".tmp-"))).collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
    done(&["ingest", "sample-logs", "--store", shown]);
    let whole = dir.path().join("whole");
    done(&["ingest", "sample-logs", "--store", whole.to_str().unwrap()]);
    let report = |store: &str| done(&["report", "--store", store, "--week", "2026-W47", "--format", "json"]);
    assert_eq!(report(shown), report(whole.to_str().unwrap()));
}

/// Begins to analyze paths of which the last is a pipe: what was found is known, and nothing is read until the pipe's
/// text has come.
fn analyze_behind_a_pipe(paths: &[&Path], pipe: &Path) -> Child {
    assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
    let mut command = whyunsent(&["analyze", "--format", "json"]);
    command.args(paths).arg(pipe).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What a run says of changes that are made after it has listed what there is and before it reads.
fn changed_meanwhile(prepare: impl FnOnce(&Path), change: impl FnOnce(&Path)) -> (serde_json::Value, String) {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("a-logs");
    std::fs::create_dir(&logs).unwrap();
    prepare(&logs);
    let pipe = dir.path().join("b-pipe.jsonl");
    let child = analyze_behind_a_pipe(&[&logs], &pipe);
    // Opening waits until the other side opens as well: by then the folder has been listed.
    let mut other = File::options().write(true).open(&pipe).unwrap();
    change(&logs);
    other.write_all(message(7).as_bytes()).unwrap();
    drop(other);
    let output = ended(child);
    assert_eq!(output.status.code(), Some(0), "{}", error_of(&output));
    (serde_json::from_slice(&output.stdout).unwrap(), error_of(&output))
}

fn sent(report: &serde_json::Value) -> u64 {
    let n = |name: &str| report["input"][name].as_u64().unwrap();
    assert_eq!(n("lines"), n("records") + n("continuations") + n("blank") + n("unread"));
    report["messages"]["sent"].as_u64().unwrap()
}

fn log_of(messages: std::ops::Range<usize>) -> String {
    messages.map(message).collect()
}

#[test]
fn a_file_that_vanishes_before_it_is_read_is_told_and_costs_nothing_else() {
    let (report, errors) = changed_meanwhile(
        |logs| {
            std::fs::write(logs.join("gone.jsonl"), log_of(10..20)).unwrap();
            std::fs::write(logs.join("stays.jsonl"), log_of(20..30)).unwrap();
        },
        |logs| std::fs::remove_file(logs.join("gone.jsonl")).unwrap(),
    );
    assert!(errors.contains("gone.jsonl"), "{errors}");
    assert_eq!((sent(&report), report["input"]["files_unreadable"].as_u64()), (11, Some(1)), "{errors}");
}

#[test]
fn a_file_that_shrinks_grows_or_is_replaced_before_it_is_read_is_read_as_it_is_then() {
    let (report, errors) = changed_meanwhile(
        |logs| {
            ["grows", "shrinks", "replaced"].iter().for_each(|n| std::fs::write(logs.join(format!("{n}.jsonl")), log_of(10..20)).unwrap())
        },
        |logs| {
            let mut grows = File::options().append(true).open(logs.join("grows.jsonl")).unwrap();
            grows.write_all(log_of(100..150).as_bytes()).unwrap();
            File::options().write(true).open(logs.join("shrinks.jsonl")).unwrap().set_len(0).unwrap();
            std::fs::rename(logs.join("replaced.jsonl"), logs.join("other")).unwrap();
            std::fs::create_dir(logs.join("replaced.jsonl")).unwrap();
        },
    );
    assert!(errors.contains("replaced.jsonl"), "{errors}");
    assert_eq!(sent(&report), 61, "{errors}");
}

/// The reader is held in the midst of a large file, which is then cut; and one that is written to while it is read is
/// read up to some line of it.
#[test]
fn a_file_that_is_cut_or_written_while_it_is_read_ends_somewhere() {
    for grows in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("large.jsonl");
        std::fs::write(&path, log_of(0..400_000)).unwrap();
        let mut child = whyunsent(&["events", "--receipts", "--jobs", "1", path.to_str().unwrap()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(60));
        signal(&child, "STOP");
        let file = File::options().append(true).open(&path).unwrap();
        if grows {
            (&file).write_all(log_of(400_000..500_000).as_bytes()).unwrap();
        } else {
            file.set_len(1 << 20).unwrap();
        }
        signal(&child, "CONT");
        let receipt = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok).last().unwrap();
        let mut errors = String::new();
        child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        assert!(child.wait().unwrap().success(), "{errors}");
        let receipt: serde_json::Value = serde_json::from_str(&receipt).unwrap();
        let n = |name: &str| receipt[name].as_i64().unwrap();
        assert_eq!(receipt["kind"], "upload");
        assert_eq!(n("lines"), n("records") + n("continuations") + n("blank") + n("unread"), "{receipt}");
        assert!(n("lines") > 0 && n("sent") > 0, "{receipt}");
    }
}

/// The program as a user to whom permissions apply: root runs it as nobody. Says SKIPPED where that cannot be.
fn unprivileged(dir: &Path, args: &[&str]) -> Option<Command> {
    use std::os::unix::fs::PermissionsExt;
    let probe = dir.join("probe");
    std::fs::write(&probe, "").unwrap();
    std::fs::set_permissions(&probe, std::fs::Permissions::from_mode(0o000)).unwrap();
    let is_root = File::open(&probe).is_ok();
    std::fs::remove_file(&probe).unwrap();
    if !is_root {
        return Some(whyunsent(args));
    }
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o755)).unwrap();
    let as_nobody = |args: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_whyunsent")]).args(args);
        command.current_dir("/").env("WHYUNSENT_KEY", "07".repeat(32)).env("LC_ALL", "C").stdin(Stdio::null());
        command
    };
    if as_nobody(&["--version"]).output().is_ok_and(|output| output.status.success()) {
        return Some(as_nobody(args));
    }
    println!("SKIPPED: this user may read and write everything, and the program cannot be run as another one");
    None
}

#[test]
fn what_is_not_permitted_is_told_and_costs_nothing_else() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    let (file, folder) = (logs.join("closed.jsonl"), logs.join("closed"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(&file, log_of(0..3)).unwrap();
    std::fs::write(logs.join("open.jsonl"), log_of(10..20)).unwrap();
    let Some(mut command) = unprivileged(dir.path(), &["analyze", "--format", "json", logs.to_str().unwrap()]) else { return };
    for path in [&file, &folder] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o000)).unwrap();
    }
    let output = command.output().unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    let errors = error_of(&output);
    assert!(errors.contains("closed.jsonl: cannot be opened: Permission denied") && errors.contains("closed: cannot be read"), "{errors}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((sent(&report), report["input"]["files_unreadable"].as_u64()), (10, Some(2)));
}

/// A file whose bytes cannot be had although it opens: the memory of a process, at whose beginning there is nothing.
#[cfg(target_os = "linux")]
#[test]
fn an_error_while_a_file_is_read_is_told() {
    let output = run(&["analyze", "/proc/self/mem"]);
    assert_eq!(output.status.code(), Some(3), "{}", error_of(&output));
    assert!(error_of(&output).contains("mem:"), "{}", error_of(&output));
}

#[test]
fn a_store_that_cannot_be_written_is_read_and_an_ingest_into_it_says_why_not() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let (store, log) = (dir.path().join("store"), dir.path().join("more.jsonl"));
    let shown = store.to_str().unwrap();
    std::fs::write(&log, log_of(0..5)).unwrap();
    done(&["ingest", "sample-logs", "--store", shown]);
    let folders = |mode: u32| {
        let mut all: Vec<PathBuf> = support::files(&store).iter().filter_map(|f| f.parent().map(Path::to_path_buf)).collect();
        all.extend([store.clone(), store.join("batches"), store.join("commits")]);
        all.iter().for_each(|path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap());
    };
    let report = ["report", "--store", shown, "--week", "2026-W47", "--format", "json"];
    let told = done(&report);
    let ingest = ["ingest", log.to_str().unwrap(), "--store", shown];
    let (Some(mut read), Some(mut write)) = (unprivileged(dir.path(), &report), unprivileged(dir.path(), &ingest)) else { return };
    folders(0o555);
    let (read, written) = (read.output().unwrap(), write.output().unwrap());
    folders(0o755);
    assert_eq!((String::from_utf8_lossy(&read.stdout).into_owned(), error_of(&read)), (told.clone(), String::new()));
    assert_eq!(written.status.code(), Some(2), "{}", error_of(&written));
    assert!(error_of(&written).contains("cannot write to the store"), "{}", error_of(&written));
    assert_eq!(done(&report), told);
}

/// The store orders by what was committed and never by a clock: with commits and parts that lie in the future, as a clock
/// leaves them that is set back, what is ingested next counts like any other.
#[test]
fn a_clock_that_is_set_back_between_two_ingests_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (store, whole) = (dir.path().join("store"), dir.path().join("whole"));
    let shown = store.to_str().unwrap();
    done(&["ingest", "sample-logs", "--store", shown, "--exclude", "tokenim/**"]);
    let future = std::time::SystemTime::now() + Duration::from_secs(400 * 86_400);
    for path in support::files(&store) {
        File::options().append(true).open(path).unwrap().set_modified(future).unwrap();
    }
    done(&["ingest", "sample-logs", "--store", shown]);
    done(&["ingest", "sample-logs", "--store", whole.to_str().unwrap()]);
    let report = |store: &str| done(&["report", "--store", store, "--week", "2026-W47", "--format", "json"]);
    assert_eq!(report(shown), report(whole.to_str().unwrap()));
    assert!(done(&["store", "verify", "--store", shown]).contains("all counts agree"));
    done(&["store", "compact", "--store", shown]);
    assert_eq!(report(shown), report(whole.to_str().unwrap()));
}

/// An upload that was exported after the machine's own time, by a phone whose clock is ahead.
#[test]
fn uploads_from_the_future_are_filed_under_their_own_weeks() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("future.jsonl");
    std::fs::write(&log, log_of(0..10).replace("2026-11-20", "2031-02-03")).unwrap();
    let store = dir.path().join("store");
    done(&["ingest", log.to_str().unwrap(), "--store", store.to_str().unwrap()]);
    let report = done(&["report", "--store", store.to_str().unwrap(), "--week", "2031-W06", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["messages"]["sent"], 10);
}
