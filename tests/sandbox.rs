//! What a run has given up when it reads strangers' files.
#![cfg(target_os = "linux")]

mod support;

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::{long_log, whyunsent};

/// How long a run may take to open its input.
const OPENS_WITHIN: Duration = Duration::from_secs(20);

/// Processes that a process started.
fn children(pid: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let texts = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    texts.flat_map(|text| text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>()).collect()
}

/// Whether a process has a file open, or one of a folder, so that it can read it: a sandbox is made of files that are
/// opened to be named alone (`O_PATH` of Linux).
fn has_open(pid: u32, input: &Path) -> bool {
    const O_PATH: u32 = 0o10_000_000;
    let flags = |number: &str| {
        let info = std::fs::read_to_string(format!("/proc/{pid}/fdinfo/{number}")).ok()?;
        u32::from_str_radix(info.lines().find_map(|line| line.strip_prefix("flags:"))?.trim(), 8).ok()
    };
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    open.filter(|fd| std::fs::read_link(fd.path()).is_ok_and(|target| target.starts_with(input)))
        .filter_map(|fd| flags(fd.file_name().to_str()?))
        .any(|flags| flags & O_PATH == 0)
}

/// The states of a process's threads that lack the sign which a sandbox leaves on each: the kernel shows no more of it.
fn unconfined(pid: u32) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("a process that runs").flatten();
    let states = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("status")).ok());
    states.filter(|state| !state.contains("NoNewPrivs:\t1")).collect()
}

/// Whether this kernel has what sandboxes are made of; says so where not.
fn is_possible() -> bool {
    use landlock::{ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr};
    let rules = Ruleset::default().set_compatibility(CompatLevel::HardRequirement).handle_access(AccessFs::from_all(ABI::V2));
    let possible = rules.is_ok_and(|rules| rules.create().is_ok());
    assert!(possible || !support::required("landlock"), "this kernel has no Landlock of version 2");
    if !possible {
        eprintln!("SKIPPED: this kernel has no Landlock of version 2");
    }
    possible
}

/// Ends with its test.
struct Run(Child);

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Run {
    /// Starts it with paths on its standard input, which stays open.
    fn start(mut command: Command, input: &str) -> Self {
        let child = command.env("WHYUNSENT_KEY", "07".repeat(32)).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut run = Self(child);
        writeln!(run.0.stdin.as_mut().unwrap(), "{input}").unwrap();
        run
    }

    /// The process that reads the input: it, or a worker of it. Who has workers looks whether a file can be opened, and reads
    /// nothing of it.
    fn reader_of(&mut self, input: &Path, by_workers: bool) -> u32 {
        let start = Instant::now();
        while start.elapsed() < OPENS_WITHIN {
            assert!(self.0.try_wait().unwrap().is_none(), "it ended before it read");
            let own = self.0.id();
            let readers = if by_workers { children(own) } else { vec![own] };
            if let Some(pid) = readers.into_iter().find(|pid| has_open(*pid, input)) {
                return pid;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("it does not open its input");
    }
}

#[test]
fn every_command_that_reads_uploads_has_given_up_the_rest_before_it_opens_one() {
    if !is_possible() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("long.log.gz");
    long_log(&log);
    let log = log.canonicalize().unwrap();
    let path = log.to_str().unwrap();
    // Of each file only the beginning is looked at to detect what it is.
    let many = dir.path().join("many");
    std::fs::create_dir(&many).unwrap();
    (0..1_000).for_each(|n| std::fs::hard_link(&log, many.join(format!("{n}.log.gz"))).unwrap());
    let many = many.canonicalize().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (out, store, other) = (at("out"), at("store"), at("other"));
    let runs: [&[&str]; 13] = [
        &["analyze", path, "-o", &out],
        &["events", path, "-o", &out],
        &["versions", path],
        &["explain", path],
        &["unknowns", path],
        &["check", path, "--max-unsent", "1%"],
        &["detect", many.to_str().unwrap()],
        &["cat", path],
        &["redact", path, "-o", &out],
        &["templates", path],
        &["ingest", path, "--store", &store],
        &["ingest", path, "--isolate", "--store", &other],
        &["scan"],
    ];
    for args in runs {
        let mut run = Run::start(whyunsent(args), path);
        let input = if args[0] == "detect" { &many } else { &log };
        let reader = run.reader_of(input, args.contains(&"--isolate") || args[0] == "scan");
        let free = unconfined(reader);
        assert!(free.is_empty(), "{args:?}: {}", free.join("\n"));
    }
}

#[test]
fn patterns_of_paths_are_read_too() {
    let counted = |path: &str| {
        let report: serde_json::Value = serde_json::from_str(&support::done(&["analyze", path, "--format", "json"])).unwrap();
        report["input"]["bundles"].as_u64().unwrap()
    };
    let root = support::root().join("sample-logs/signal");
    assert!(counted(root.join("*/*.txt").to_str().unwrap()) > 1);
}

#[test]
fn a_configuration_can_turn_it_off() {
    let dir = tempfile::tempdir().unwrap();
    let (log, config) = (dir.path().join("long.log.gz"), dir.path().join("whyunsent.toml"));
    long_log(&log);
    let log = log.canonicalize().unwrap();
    std::fs::write(&config, "sandbox = false\n").unwrap();
    let args = ["analyze", log.to_str().unwrap(), "--config", config.to_str().unwrap()];
    let mut run = Run::start(whyunsent(&args), "");
    let reader = run.reader_of(&log, false);
    assert!(!unconfined(reader).is_empty());
}
