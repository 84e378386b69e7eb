//! An upload of several documents through all stages: numbers add up, rows can be written, and neither threads nor the
//! order of files show.

use super::chosen;
use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use whyunsent::event::{COLUMNS, EventRow};
use whyunsent::profile::Profiles;
use whyunsent::redact::Key;
use whyunsent::settings::Settings;
use whyunsent::store::rows::RowFormat;
use whyunsent::taxonomy::{Kind, Outcome};

/// What stands between two documents of an input: the record separator of ASCII.
pub const SEPARATOR: u8 = 0x1e;
/// Names of its documents, in order: a log with its older part, what describes them, and another one.
const NAMES: &[&str] = &["app.log", "app.log.1", "details.json", "net/other.txt"];
/// A large upload: the first files are as they are, the last one is the whole input again and again.
const LARGE_BYTES: usize = 256 << 10;
/// Lines that a row cites at most.
const EVIDENCE_MAX: usize = 6;
/// Inputs that share profiles. Patterns keep room to work in for eight threads, and every run has threads of its own:
/// without this, what one run takes would drown in what thousands have left.
const PROFILES_KEPT: u32 = 200;

thread_local! {
    static PROFILES: RefCell<(u32, Profiles)> = RefCell::new((0, Profiles::builtin()));
}

/// Tells the input as one upload.
///
/// # Panics
/// Where numbers do not add up, a row cannot be written, or threads or the order of files show.
pub fn check(data: &[u8]) {
    let (choice, data) = chosen(data, LARGE_BYTES);
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("net")).expect("writable");
    let mut paths: Vec<PathBuf> = Vec::new();
    for (name, text) in NAMES.iter().zip(data.splitn(NAMES.len(), |b| *b == SEPARATOR)) {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("writable");
        paths.push(path);
    }
    if choice & 1 != 0 {
        paths = vec![folder.path().to_path_buf()];
    }
    let mut settings = Settings { redact: choice & 2 != 0, cites_sent: choice & 4 == 0, jobs: 1, ..Settings::default() };
    settings.time_zone = (choice & 8 != 0).then_some(chrono_tz::America::New_York);
    let told = |paths: &[PathBuf], settings: &Settings| PROFILES.with_borrow_mut(|kept| rows(paths, settings, kept));
    let rows = told(&paths, &settings);
    for row in &rows {
        adds_up(row, &rows);
    }
    let text = written(&rows);
    if choice & 16 != 0 {
        paths.reverse();
        settings.jobs = 2;
        assert_eq!(text, written(&told(&paths, &settings)), "threads or the order of files show");
    }
}

fn rows(paths: &[PathBuf], settings: &Settings, (used, profiles): &mut (u32, Profiles)) -> Vec<EventRow> {
    *used += 1;
    if used.is_multiple_of(PROFILES_KEPT) {
        *profiles = Profiles::builtin();
    }
    let mut all = Vec::new();
    let told = whyunsent::analyze(paths, settings, profiles, &Key::new([7; 32]), &whyunsent::Silent, &mut |mut rows| {
        all.append(&mut rows);
        Ok(())
    });
    told.expect("the sink never fails");
    all
}

fn adds_up(row: &EventRow, rows: &[EventRow]) {
    assert_eq!(row.cells().len(), COLUMNS.len());
    match row.kind {
        Kind::Message => {
            assert!(row.outcome.is_some() && row.message_id.is_some(), "{row:?}");
            assert!(row.outcome != Some(Outcome::Unsent) || row.cause.is_some(), "{row:?}");
        }
        Kind::Upload => receipt_adds_up(row, rows),
        _ => assert!(row.outcome.is_none(), "{row:?}"),
    }
    assert!(row.evidence.as_ref().is_none_or(|cited| cited.len() <= EVIDENCE_MAX), "{row:?}");
}

fn receipt_adds_up(receipt: &EventRow, rows: &[EventRow]) {
    let n = |cell: Option<i64>| usize::try_from(cell.expect("a receipt counts")).expect("no count is negative");
    let parts = [receipt.records, receipt.continuations, receipt.blank, receipt.unread].map(n);
    assert_eq!(n(receipt.lines), parts.iter().sum::<usize>(), "{receipt:?}");
    let own = |row: &&EventRow| row.kind == Kind::Message && row.bundle_path == receipt.bundle_path;
    let of = |outcome| rows.iter().filter(own).filter(|row| row.outcome == Some(outcome)).count();
    let counted = [receipt.sent, receipt.delayed, receipt.unsent, receipt.pending].map(n);
    assert_eq!(counted, [Outcome::Sent, Outcome::Delayed, Outcome::Unsent, Outcome::Pending].map(of), "{receipt:?}");
    assert_eq!(counted.iter().sum::<usize>(), rows.iter().filter(own).count(), "{receipt:?}");
}

/// The rows as JSON, each of which is read back.
fn written(rows: &[EventRow]) -> String {
    let out = Shared::default();
    let mut writer = RowFormat::Ndjson.writer(Box::new(out.clone())).expect("memory");
    writer.write(rows.to_vec()).expect("rows are JSON");
    writer.finish().expect("memory");
    let text = String::from_utf8(std::mem::take(&mut *out.0.lock().expect("one thread"))).expect("JSON is UTF-8");
    assert_eq!(text.lines().count(), rows.len());
    for line in text.lines() {
        let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).expect("a row is an object");
        assert_eq!(row.len(), COLUMNS.len());
    }
    text
}

/// A stream into memory that outlives its writer.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("one thread").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
