//! A cluster job on real Apache Spark fills a store that is the local one: the same rows, the same reports to the byte.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
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

    /// Runs the job; further arguments for it.
    fn job(&self, store: &str, more: &[&str]) -> Output {
        let file = |name: &str| root().join("spark").join(name).to_str().unwrap().to_owned();
        let package = Command::new(&self.python).args(["-c", "import pyspark; print(pyspark.__path__[0])"]).output().unwrap();
        let home = String::from_utf8(package.stdout).unwrap().trim().to_owned();
        Command::new(Path::new(&home).join("bin/spark-submit"))
            .env("SPARK_HOME", &home)
            .env("PYSPARK_PYTHON", &self.python)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("WHYUNSENT_KEY", "07".repeat(32))
            .env("SPARK_LOCAL_DIRS", self.path("spark-tmp"))
            .current_dir(&self.dir)
            .args(["--master", CLUSTER, "--conf", "spark.ui.enabled=false", "--conf", "spark.sql.shuffle.partitions=4"])
            .args(["--driver-memory", "1g", "--conf", "spark.log.level=WARN"])
            .args(["--files", env!("CARGO_BIN_EXE_whyunsent")])
            .args(["--py-files", &format!("{},{}", file("whyunsent_scan.py"), file("whyunsent_store.py"))])
            .arg(file("whyunsent_job.py"))
            .args(["--manifest", &self.path("manifest.csv"), "--root", &self.path("raw"), "--store", store, "--tasks", "4"])
            .args(more)
            .output()
            .unwrap()
    }

    fn init(&self, store: &str) {
        done(&["store", "init", "--store", store]);
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
    let job = fleet.job(&cluster, &["--scan-args", &faults]);
    assert!(job.status.success(), "{}", said(&job));
    assert!(said(&job).contains("\"crashed\": 1") && said(&job).contains("\"timeout\": 1"), "{}", said(&job));
    assert_eq!(content(&cluster), content(&local));
    assert_eq!(reports(&cluster), reports(&local));
    assert!(done(&["store", "verify", "--store", &cluster]).contains("all counts agree"));

    // The same manifest once more is nothing new.
    let again = fleet.job(&cluster, &["--scan-args", &faults]);
    assert!(again.status.success() && said(&again).contains("is in the store already"), "{}", said(&again));

    // The contents through Spark instead of paths, into a store of their own.
    let through = fleet.path("through");
    fleet.init(&through);
    let job = fleet.job(&through, &["--scan-args", &faults, "--contents", "spark"]);
    assert!(job.status.success(), "{}", said(&job));
    assert_eq!(content(&through), content(&local));

    // A file that is gone is told, and nothing of its batch is committed.
    let gone = fs::read_dir(fleet.dir.join("raw/overlapping")).unwrap().next().unwrap().unwrap().path();
    fs::remove_dir_all(&gone).unwrap();
    let partial = fleet.path("partial");
    fleet.init(&partial);
    let job = fleet.job(&partial, &["--scan-args", &faults]);
    assert_eq!(job.status.code(), Some(1), "{}", said(&job));
    assert!(said(&job).contains("its file is gone") && said(&job).contains("nothing was committed"), "{}", said(&job));
    assert!(!Path::new(&partial).join("commits").exists());

    // A local run goes on with what the cluster began.
    let output = whyunsent(&["ingest", &fleet.path("raw"), "--store", &cluster]).output().unwrap();
    assert!(output.status.success() && said(&output).contains("were in the store already"), "{}", said(&output));
}
