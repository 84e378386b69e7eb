//! A cluster job on real Apache Spark fills a store that is the local one: the same rows, the same reports to the byte.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use support::{Tool, done, fleet, python_with, root, whyunsent};
use whyunsent::store::commit::Table;
use whyunsent::store::layout::Store;
use whyunsent::store::read::{read, weeks};

/// A master of two executors in processes of their own, on this machine.
const CLUSTER: &str = "local-cluster[2,1,1024]";
/// What breaks and stalls readers, and how long that is waited for.
const FAULTS: [&str; 6] = ["--test-crash", fleet::CRASH, "--test-hang", fleet::HANG, "--file-timeout", "5s"];

/// A Python that has Spark, on a machine that has Java.
fn spark() -> Option<PathBuf> {
    Tool::find("java")?;
    python_with(&["pyspark", "pyarrow"])
}

struct Fleet {
    _dir: tempfile::TempDir,
    dir: PathBuf,
    python: PathBuf,
}

impl Fleet {
    fn new(python: PathBuf) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().to_owned();
        Self { _dir: dir, dir: path, python }
    }

    fn path(&self, name: &str) -> String {
        self.dir.join(name).to_str().unwrap().to_owned()
    }

    /// Lists what lies in `raw`.
    fn manifest(&self) {
        let script = root().join("spark/whyunsent_manifest.py");
        let listed = Command::new(&self.python).arg(script).args([self.path("raw"), "-o".into(), self.path("manifest.csv")]).status();
        assert!(listed.unwrap().success());
    }

    /// Runs the job on a cluster in processes of its own; further arguments for it.
    fn job(&self, store: &str, more: &[&str]) -> Output {
        self.submit(CLUSTER, store, more).output().unwrap()
    }

    /// The home of the Spark that Python has.
    fn home(&self) -> String {
        let package = Command::new(&self.python).args(["-c", "import pyspark; print(pyspark.__path__[0])"]).output().unwrap();
        String::from_utf8(package.stdout).unwrap().trim().to_owned()
    }

    fn submit(&self, master: &str, store: &str, more: &[&str]) -> Command {
        let file = |name: &str| root().join("spark").join(name).to_str().unwrap().to_owned();
        let home = self.home();
        let mut command = Command::new(Path::new(&home).join("bin/spark-submit"));
        command
            .env("SPARK_HOME", &home)
            .env("PYSPARK_PYTHON", &self.python)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("WHYUNSENT_KEY", "07".repeat(32))
            .env("SPARK_LOCAL_DIRS", self.path("spark-tmp"))
            .current_dir(&self.dir)
            .args(["--master", master, "--conf", "spark.ui.enabled=false", "--conf", "spark.sql.shuffle.partitions=4"])
            .args(["--driver-memory", "1g", "--conf", "spark.log.level=WARN"])
            .args(["--files", env!("CARGO_BIN_EXE_whyunsent")])
            .args(["--py-files", &["whyunsent_scan.py", "whyunsent_parts.py", "whyunsent_store.py"].map(file).join(",")])
            .arg(file("whyunsent_job.py"))
            .args(["--manifest", &self.path("manifest.csv"), "--root", &self.path("raw"), "--store", store])
            .args(more);
        command
    }

    /// Starts or ends a cluster of a master and two workers.
    fn standalone(&self, what: &str, port: &str) {
        let mut script = Command::new(root().join("spark/standalone.sh"));
        script.env("SPARK_HOME", self.home()).env("PYSPARK_PYTHON", &self.python);
        let status = script.args([what, &self.path("standalone"), port]).stdout(Stdio::null()).status();
        assert!(status.unwrap().success(), "the cluster could not be asked to {what}");
    }

    fn init(&self, store: &str) {
        done(&["store", "init", "--store", store]);
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        // Also where a test failed: nothing is left behind.
        if self.dir.join("standalone").exists() {
            let script = root().join("spark/standalone.sh");
            let _ = Command::new(script).env("SPARK_HOME", self.home()).args(["stop", &self.path("standalone")]).status();
        }
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Every row of a store, with its week.
fn content(store: &str) -> Vec<String> {
    let store = Store::open(Path::new(store)).unwrap();
    let mut found = Vec::new();
    for table in Table::ALL {
        read(&store, &store.commits().unwrap(), table, |_| true, &[], &mut |week, rows| {
            found.extend(rows.iter().map(|row| format!("{week} {:?}", row.cells())));
            Ok(())
        })
        .unwrap();
    }
    found.sort();
    found
}

/// That two lists are the same; shows where they first differ, of some thousands of rows.
#[track_caller]
fn assert_same(found: &[String], expected: &[String], what: &str) {
    let differ = |(a, b): &(&String, &String)| a != b;
    if let Some((found, expected)) = found.iter().zip(expected).find(differ) {
        let at = found.bytes().zip(expected.bytes()).take_while(|(a, b)| a == b).count();
        let around = |text: &str| text.chars().skip(at.saturating_sub(200)).take(400).collect::<String>();
        panic!("{what}: found    {}\nexpected {}", around(found), around(expected));
    }
    assert_eq!(found.len(), expected.len(), "{what}");
}

/// The reports of every week of a store.
fn reports(store: &str) -> Vec<String> {
    let weeks = weeks(&Store::open(Path::new(store)).unwrap().commits().unwrap());
    weeks.iter().map(|week| done(&["report", "--store", store, "--week", &week.to_string(), "--format", "json"])).collect()
}

#[test]
fn a_fleet_of_300_uploads_gives_the_same_store_and_reports_on_spark_as_here() {
    let Some(python) = spark() else { return };
    let fleet = Fleet::new(python);
    let uploads = fleet::write(&fleet.dir.join("raw"));
    assert!(uploads >= 300, "only {uploads} uploads");
    fleet.manifest();
    let (local, cluster) = (fleet.path("local"), fleet.path("cluster"));
    let isolated = ["--isolate", "--commit-every", "100000"];
    done(&[["ingest", &fleet.path("raw"), "--store", &local].as_slice(), &isolated, &FAULTS].concat());
    fleet.init(&cluster);

    let faults = FAULTS.join(" ");
    let job = fleet.job(&cluster, &["--tasks", "4", "--scan-args", &faults]);
    assert!(job.status.success(), "{}", said(&job));
    assert!(said(&job).contains("\"crashed\": 1") && said(&job).contains("\"timeout\": 1"), "{}", said(&job));
    assert_same(&content(&cluster), &content(&local), "rows");
    assert_same(&reports(&cluster), &reports(&local), "reports");
    assert!(done(&["store", "verify", "--store", &cluster]).contains("all counts agree"));

    // The same manifest once more is nothing new.
    let again = fleet.job(&cluster, &["--tasks", "4", "--scan-args", &faults]);
    assert!(again.status.success() && said(&again).contains("is in the store already"), "{}", said(&again));

    // A later batch adds what is new in it and leaves out what the store has.
    let log = support::files(&root().join("sample-logs/by-hand")).into_iter().find(|path| path.extension().is_some_and(|e| e == "txt"));
    let text = fs::read_to_string(log.unwrap()).unwrap();
    fs::create_dir_all(fleet.dir.join("raw/late")).unwrap();
    fs::write(fleet.dir.join("raw/late/log.txt"), &text[..text.rfind('\n').unwrap_or(0)]).unwrap();
    fleet.manifest();
    let later = fleet.job(&cluster, &["--tasks", "4", "--scan-args", &faults]);
    assert!(later.status.success() && said(&later).contains(" 1 new uploads"), "{}", said(&later));
    assert!(done(&["store", "verify", "--store", &cluster]).contains("all counts agree"));
    fs::remove_dir_all(fleet.dir.join("raw/late")).unwrap();
    fleet.manifest();

    // The contents through Spark instead of paths, into a store of their own.
    let through = fleet.path("through");
    fleet.init(&through);
    let job = fleet.job(&through, &["--tasks", "4", "--scan-args", &faults, "--contents", "spark"]);
    assert!(job.status.success(), "{}", said(&job));
    assert_same(&content(&through), &content(&local), "rows of contents");

    // A file that is gone is told, and nothing of its batch is committed.
    let gone = fs::read_dir(fleet.dir.join("raw/overlapping")).unwrap().next().unwrap().unwrap().path();
    fs::remove_dir_all(&gone).unwrap();
    let partial = fleet.path("partial");
    fleet.init(&partial);
    let job = fleet.job(&partial, &["--tasks", "4", "--scan-args", &faults]);
    assert_eq!(job.status.code(), Some(1), "{}", said(&job));
    assert!(said(&job).contains("its file is gone") && said(&job).contains("nothing was committed"), "{}", said(&job));
    assert!(!Path::new(&partial).join("commits").exists());

    // A local run goes on with what the cluster began.
    let output = whyunsent(&["ingest", &fleet.path("raw"), "--store", &cluster]).output().unwrap();
    assert!(output.status.success() && said(&output).contains("were in the store already"), "{}", said(&output));
}

/// A free port of this machine.
fn port() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

/// Processes whose arguments hold all of some texts.
fn processes(texts: &[&str]) -> Vec<String> {
    let all = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let arguments = |pid: &String| fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let has = |pid: &String| {
        let line = String::from_utf8_lossy(&arguments(pid)).replace('\0', " ");
        texts.iter().all(|text| line.contains(text))
    };
    all.filter(|name| name.bytes().all(|b| b.is_ascii_digit())).filter(has).collect()
}

/// As often as `WHYUNSENT_REPEAT` says, once by default.
#[test]
fn a_worker_and_its_executor_that_are_killed_in_mid_job_change_nothing() {
    let Some(python) = spark() else { return };
    let fleet = Fleet::new(python);
    let uploads = fleet::write(&fleet.dir.join("raw"));
    fleet.manifest();
    let local = fleet.path("local");
    done(&[["ingest", &fleet.path("raw"), "--store", &local, "--isolate", "--commit-every", "100000"].as_slice(), &FAULTS].concat());
    let repetitions: u32 = std::env::var("WHYUNSENT_REPEAT").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    for round in 0..repetitions {
        let port = port();
        fleet.standalone("start", &port);
        let store = fleet.path(&format!("cluster{round}"));
        fleet.init(&store);
        let slowly = FAULTS.join(" ") + " --test-delay 100ms";
        let mut job = fleet.submit(&format!("spark://127.0.0.1:{port}"), &store, &["--tasks", "16", "--scan-args", &slowly]);
        let log = fs::File::create(fleet.dir.join("job.log")).unwrap();
        let mut job = job.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let shown = || fs::read_to_string(fleet.dir.join("job.log")).unwrap();
        // A quarter of the tasks have written their part, and others are at work.
        let started = Instant::now();
        let written = || support::files(Path::new(&store)).iter().filter(|path| path.extension().is_some_and(|e| e == "parquet")).count();
        while written() < 4 {
            assert!(job.try_wait().unwrap().is_none() && started.elapsed() < Duration::from_secs(240), "{}", shown());
            std::thread::sleep(Duration::from_millis(50));
        }
        let worker = fs::read_to_string(fleet.dir.join("standalone/worker1.pid")).unwrap();
        let work = fleet.path("standalone/work1");
        let executors = processes(&["CoarseGrainedExecutorBackend"]);
        let of_worker = |pid: &&String| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(&work));
        let own: Vec<&String> = executors.iter().filter(of_worker).collect();
        assert!(!own.is_empty(), "no executor is of the worker: {executors:?}");
        // The executor may be about to start a process: then there are two of its name, one of which may be gone by now.
        assert!(Command::new("kill").args(["-9", worker.trim()]).status().unwrap().success());
        Command::new("kill").arg("-9").args(own).status().unwrap();
        let ended = job.wait().unwrap();
        assert!(ended.success(), "{}", shown());
        assert!(shown().contains("ost executor"), "no executor was lost: {}", shown());
        fleet.standalone("stop", &port);
        assert_same(&content(&store), &content(&local), &format!("rows of round {round}, {uploads} uploads"));
        assert_same(&reports(&store), &reports(&local), &format!("reports of round {round}"));
        // Readers end with those who asked them.
        let patience = Instant::now();
        while !processes(&["scan", &fleet.path("raw")]).is_empty() {
            assert!(patience.elapsed() < Duration::from_secs(30), "scans are left behind");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
