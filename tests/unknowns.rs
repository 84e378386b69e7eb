//! `unknowns`: failures whose log does not say why are told apart by what stands near them, and the rules that are
//! suggested explain them and touch nothing else.

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use support::{done, run};

/// What stands near failures of five kinds.
const KINDS: [(&str, &str); 5] = [
    ("LeaseKeeper", "lease {} passed to another owner, ours is void"),
    ("ShardMap", "shard {} moved while a reader held it"),
    ("Codec", "dictionary {} is older than the one of the channel"),
    ("OutboxView", "cursor {} points behind the last page"),
    ("PowerHint", "hint session {} ended by the governor"),
];
/// What stands near all messages.
const NOISE: [&str; 4] = [
    "W Avatar  : download failed: timeout",
    "D Config  : retry_max={}",
    "I Recv    : push batch={}",
    "E GnssHAL : AGPS request timeout, retry later",
];
const UPLOADS: usize = 12;
const MESSAGES: usize = 60;

/// Uploads in which every fourth message fails without a word, near a record of one of five kinds, and every
/// twentieth for a reason that its line states.
fn logs(root: &Path) {
    logs_of(root, "11-02", &KINDS);
}

/// The same on a day, with failures near some of the kinds.
fn logs_of(root: &Path, day: &str, kinds: &[(&str, &str)]) {
    for upload in 0..UPLOADS {
        let mut text = String::new();
        let mut line = |at: usize, rest: &str| {
            let (hour, minute, second) = (8 + at / 3_600, at / 60 % 60, at % 60);
            let _ = writeln!(text, "{day} {hour:02}:{minute:02}:{second:02}.{:03}  7712  7740 {rest}", at * 7 % 1_000);
        };
        for message in 0..MESSAGES {
            let at = message * 90;
            for (n, noise) in NOISE.iter().enumerate() {
                line(at + n, &noise.replace("{}", &(message * 3 + n).to_string()));
            }
            let id = format!("h-{}{upload:02}{message:06}", &day[3..]);
            line(at + 10, &format!("I HopSend : enqueue msg_id={id} kind=text"));
            match message {
                n if n % 4 == 3 => {
                    let (tag, words) = kinds[(upload + n / 4) % kinds.len()];
                    line(at + 11, &format!("W {tag}: {}", words.replace("{}", &(n * 31 + upload).to_string())));
                    line(at + 13, &format!("E HopSend : send failed msg_id={id}"));
                }
                n if n % 20 == 2 => line(at + 12, &format!("E HopSend : send failed msg_id={id} java.net.SocketTimeoutException: timeout")),
                _ => line(at + 11, &format!("I HopSend : ack msg_id={id}")),
            }
        }
        let dir = root.join(format!("{day}-upload-{upload:02}"));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("logcat.txt"), text).unwrap();
    }
}

/// Causes of what was not sent, and how much was sent.
fn causes(args: &[&str]) -> (BTreeMap<String, u64>, u64) {
    let report: Value = serde_json::from_str(&done(args)).unwrap();
    let causes = report["causes"].as_array().unwrap().iter();
    let causes = causes.map(|c| (c["cause"].as_str().unwrap().to_owned(), c["unsent"].as_u64().unwrap())).collect();
    (causes, report["messages"]["sent"].as_u64().unwrap())
}

#[test]
fn planted_failures_are_the_first_clusters_and_the_rules_suggested_for_them_explain_them_and_touch_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let logs_dir = dir.path().join("logs");
    logs(&logs_dir);
    let path = logs_dir.display().to_string();
    let clusters: Vec<Value> =
        done(&["unknowns", &path, "--format", "ndjson"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found: Vec<String> = clusters.iter().take(KINDS.len()).map(|c| c["template"].as_str().unwrap().replace("<*>", "{}")).collect();
    for (_, words) in KINDS {
        assert!(found.iter().any(|f| f == words), "{words} is not among {found:?}");
    }
    let planted = (UPLOADS * MESSAGES / 4) as u64;
    assert_eq!(clusters.iter().take(KINDS.len()).map(|c| c["unsent"].as_u64().unwrap()).sum::<u64>(), planted);

    let rules = dir.path().join("rules");
    std::fs::create_dir(&rules).unwrap();
    std::fs::write(rules.join("suggested.toml"), done(&["unknowns", &path, "--suggest-rule"])).unwrap();
    let rules = rules.display().to_string();
    assert!(done(&["profiles", "check", "--profiles", &rules]).contains(" 0 problems"));
    let (before, sent_before) = causes(&["analyze", &path, "--quiet", "--format", "json"]);
    let (after, sent_after) = causes(&["analyze", &path, "--quiet", "--format", "json", "--profiles", &rules]);
    assert_eq!(before["unknown"], planted);
    assert!(after.get("unknown").copied().unwrap_or(0) * 20 <= planted, "{after:?}");
    assert_eq!((sent_before, before["network.timeout"]), (sent_after, after["network.timeout"]), "{before:?} {after:?}");
}

#[test]
fn clusters_are_the_same_whatever_the_number_of_threads_and_the_order_of_paths() {
    let dir = tempfile::tempdir().unwrap();
    logs(dir.path());
    let mut paths: Vec<String> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path().display().to_string()).collect();
    paths.sort();
    let found = |paths: &[String], jobs: &str| {
        let mut args = vec!["unknowns", "--format", "ndjson", "--jobs", jobs];
        args.extend(paths.iter().map(String::as_str));
        done(&args)
    };
    let one = found(&paths, "1");
    assert_eq!(one, found(&paths, "2"));
    paths.reverse();
    assert_eq!(one, found(&paths, "2"));
}

#[test]
fn a_store_tells_the_same_as_its_logs_and_the_weekly_report_what_is_new_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second, store) = (dir.path().join("first"), dir.path().join("second"), dir.path().join("store"));
    // Two Mondays; four kinds in the first week, all five in the second.
    logs_of(&first, "11-02", &KINDS[..4]);
    logs_of(&second, "11-09", &KINDS);
    let path = |path: &Path| path.display().to_string();
    let (first, second, store) = (path(&first), path(&second), path(&store));
    let key = dir.path().join("key");
    std::fs::write(&key, [7; 32]).unwrap();
    let key = path(&key);
    let common = ["--key-file", &key, "--tz", "UTC"];
    let with = |args: &[&str]| done(&[args, &common[..]].concat());
    with(&["ingest", &second, "--store", &store]);
    with(&["ingest", &first, "--store", &store]);
    let lines = |text: String| text.lines().map(|l| serde_json::from_str(l).unwrap()).collect::<Vec<Value>>();
    let stored = lines(with(&["unknowns", "--store", &store, "--format", "ndjson"]));
    assert_eq!(stored, lines(with(&["unknowns", &first, &second, "--format", "ndjson"])));
    assert!(stored.len() >= KINDS.len());

    // Looked after, it says the same.
    done(&["store", "compact", "--store", &store]);
    assert_eq!(stored, lines(with(&["unknowns", "--store", &store, "--format", "ndjson"])));
    assert_eq!(run(&["store", "verify", "--store", &store]).status.code(), Some(0));

    let year = chrono::Utc::now().format("%Y").to_string();
    let monday = |day: u32| chrono::NaiveDate::from_ymd_opt(year.parse().unwrap(), 11, day).unwrap().format("%G-W%V").to_string();
    let report: Value = serde_json::from_str(&done(&["report", "--store", &store, "--week", &monday(9), "--format", "json"])).unwrap();
    let unknowns = &report["unknowns"];
    let planted = UPLOADS * MESSAGES / 4;
    assert_eq!(unknowns["unexplained"], planted, "{unknowns}");
    let clusters = unknowns["clusters"].as_array().unwrap();
    let of = |words: &str| clusters.iter().find(|c| c["template"].as_str().unwrap().replace("<*>", "{}") == words).unwrap();
    for (n, (_, words)) in KINDS.iter().enumerate() {
        let cluster = of(words);
        let was_there = n < 4;
        assert_eq!(cluster["unsent_last"].as_u64().unwrap() > 0, was_there, "{cluster}");
        assert_eq!(cluster["direction"] == "new", !was_there, "{cluster}");
        assert_eq!(&cluster["first_seen"].as_str().unwrap()[5..10], if was_there { "11-02" } else { "11-09" });
        assert!(stored.iter().any(|s| s["id"] == cluster["id"]), "the signature is not the same: {cluster}");
    }
    let text = done(&["report", "--store", &store, "--week", &monday(9), "--top", "20"]);
    assert!(text.contains("▲ new") && text.contains("the governor") && text.contains("--suggest-rule"), "{text}");
    let rules = with(&["unknowns", "--store", &store, "--week", &monday(9), "--suggest-rule"]);
    assert!(rules.matches("[[rule]]").count() >= KINDS.len(), "{rules}");

    // A user who is to be forgotten leaves nothing near either.
    done(&["store", "forget", "--before", "2090-01-01", "--store", &store]);
    let parts = walk(Path::new(&store)).into_iter().filter(|p| p.extension().is_some_and(|e| e == "parquet")).count();
    assert_eq!(parts, 0);
}

fn walk(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn where_all_is_explained_or_nothing_was_sent_it_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let log = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        let output = run(&["unknowns", path.to_str().unwrap()]);
        assert!(output.status.success());
        assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    };
    let enqueue = "11-02 08:00:00.000  7712  7740 I HopSend : enqueue msg_id=h-00000001 kind=text\n";
    let told = log(
        "timeout.log",
        &format!(
            "{enqueue}11-02 08:00:02.000  7712  7740 E HopSend : send failed msg_id=h-00000001 java.net.SocketTimeoutException: timeout\n"
        ),
    );
    assert!(told.contains("every unsent message is explained"), "{told}");
    let told = log("silent.log", &format!("{enqueue}11-02 08:00:02.000  7712  7740 E HopSend : send failed msg_id=h-00000001\n"));
    assert!(told.contains("too little data"), "{told}");
}
