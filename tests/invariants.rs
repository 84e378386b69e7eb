//! Numbers add up, whatever the input.

mod support;

use proptest::prelude::*;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use whyunsent::event::{COLUMNS, EventRow};
use whyunsent::pipeline::{Hand, Taker};
use whyunsent::profile::Profiles;
use whyunsent::redact::Key;
use whyunsent::settings::Settings;
use whyunsent::taxonomy::{Kind, Outcome};

fn check(rows: &[EventRow]) {
    for row in rows {
        assert_eq!(row.cells().len(), COLUMNS.len());
        match row.kind {
            Kind::Upload => check_receipt(row, rows),
            Kind::Message => {
                assert!(row.outcome.is_some() && row.message_id.is_some(), "{row:?}");
                assert_eq!(row.outcome == Some(Outcome::Unsent), row.outcome == Some(Outcome::Unsent) && row.cause.is_some());
                let evidence = row.evidence.as_deref().unwrap_or_default();
                assert!(!evidence.is_empty() && evidence.len() <= 6, "{row:?}");
            }
            _ => assert!(row.outcome.is_none(), "{row:?}"),
        }
    }
}

fn check_receipt(receipt: &EventRow, rows: &[EventRow]) {
    let n = |v: Option<i64>| v.unwrap();
    assert_eq!(n(receipt.lines), n(receipt.records) + n(receipt.continuations) + n(receipt.blank) + n(receipt.unread), "{receipt:?}");
    let own = |o: Outcome| {
        rows.iter().filter(|r| r.bundle_path == receipt.bundle_path && r.kind == Kind::Message && r.outcome == Some(o)).count()
    };
    let counted = [receipt.sent, receipt.delayed, receipt.unsent, receipt.pending].map(n);
    let found = [Outcome::Sent, Outcome::Delayed, Outcome::Unsent, Outcome::Pending].map(|o| i64::try_from(own(o)).unwrap());
    assert_eq!(counted, found);
}

fn written(parts: &[(&str, Vec<u8>)]) -> (tempfile::TempDir, Vec<PathBuf>) {
    let dir = tempfile::tempdir().unwrap();
    let paths = parts.iter().map(|(name, bytes)| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    });
    let paths = paths.collect();
    (dir, paths)
}

/// Lines that look like logs of every form, cut, glued and mixed with anything.
fn log_like() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        any::<Vec<u8>>().prop_map(|mut b| {
            b.truncate(200);
            b
        }),
        (0u32..99_999, 0usize..7).prop_map(|(n, kind)| {
            let text = match kind {
                0 => format!("[7.43.3] [304  ] 2025-06-03 21:15:{:02}.120 GMT-04:00 I JobRunner: [JOB::{n:x}][IndividualSendJob][1] Running job. (Time Since Submission: {n} ms, Lifespan: 86400000 ms)", n % 60),
                1 => format!("[7.43.3] [304  ] 2025-06-03 21:15:{:02}.520 GMT-04:00 I IndividualSendJob: [JOB::{n:x}][IndividualSendJob][1748999755550] Sent message: {n} (Time Since Submission: 350 ms)", n % 60),
                2 => format!("03-04 18:20:{:02}.003  9211  9260 E AndroidRuntime: FATAL EXCEPTION: main", n % 60),
                3 => format!("03-04 18:20:{:02}.003  9211  9260 I Send: enqueue msg_id={n}", n % 60),
                4 => format!("{{\"timestamp\":\"2026-11-12T09:21:{:02}Z\",\"event.name\":\"message.fail\",\"message.id\":\"m-{n}\",\"error.domain\":\"network\"}}", n % 60),
                5 => format!("[I][2024-05-21 +8.0 21:14:{:02}.848][7301, 7301*][App.Send][:0, ][enqueue localId={n} talker=u type=1", n % 60),
                _ => format!("\tat org.example.A{n}.b(A.java:{n})"),
            };
            text.into_bytes()
        }),
    ];
    (proptest::collection::vec(line, 0..60), any::<bool>(), 0usize..40).prop_map(|(lines, crlf, cut)| {
        let mut bytes = lines.join(if crlf { &b"\r\n"[..] } else { &b"\n"[..] });
        bytes.truncate(bytes.len().saturating_sub(cut));
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn anything_is_counted_and_nothing_panics(a in log_like(), b in log_like()) {
        let (_dir, paths) = written(&[("a.log", a), ("b.txt", b)]);
        check(&support::rows(&paths, |_| {}));
    }
}

#[test]
fn the_samples_add_up() {
    let rows = support::rows(&[support::root().join("sample-logs")], |_| {});
    assert!(rows.iter().filter(|r| r.kind == Kind::Upload).count() >= 60);
    check(&rows);
}

#[test]
fn order_of_files_and_number_of_threads_change_nothing() {
    let sorted = support::files(&support::root().join("sample-logs"));
    let mut shuffled = sorted.clone();
    shuffled.reverse();
    let half = shuffled.len() / 2;
    shuffled.rotate_left(half);
    let text = |paths: &[PathBuf], jobs: usize| format!("{:?}", support::rows(paths, |s| s.jobs = jobs));
    let one = text(&sorted, 1);
    assert_eq!(one, text(&sorted, 2));
    assert_eq!(one, text(&shuffled, 2));
}

/// Takes the rows of each upload as a whole.
#[derive(Default)]
struct Whole(Vec<Vec<EventRow>>);

impl Taker for Whole {
    fn begin(&mut self, _: &str) -> anyhow::Result<()> {
        Ok(())
    }

    fn take(&mut self, rows: Vec<EventRow>) -> anyhow::Result<()> {
        self.0.push(rows);
        Ok(())
    }
}

#[test]
fn a_large_upload_is_told_in_parts_in_its_turn_and_with_the_same_rows() {
    let log = |first_id: u32, messages: u32| {
        let lines = (0..messages).map(|n| {
            let head = format!("[7.43.3] [304  ] 2025-06-03 {:02}:{:02}:{:02}", 10 + n / 3_600, n / 60 % 60, n % 60);
            let job = format!("[JOB::{:x}][IndividualSendJob]", first_id + n);
            let sent_ms = 1_748_999_700_000 + u64::from(first_id + n);
            let ended = if n % 50 == 49 { "Failed to send" } else { "Sent" };
            format!(
                "{head}.100 GMT-04:00 I JobRunner: {job}[1] Running job. (Time Since Submission: 40 ms, Lifespan: 86400000 ms)\n\
                 {head}.500 GMT-04:00 I IndividualSendJob: {job}[{sent_ms}] {ended} message: {n} (Time Since Submission: 440 ms)\n"
            )
        });
        lines.collect::<String>().into_bytes()
    };
    let (_dir, paths) = written(&[("a.log", log(0, 10)), ("b.log", log(100_000, 6_000)), ("c.log", log(900_000, 10))]);
    let (profiles, key) = (Profiles::builtin(), Key::new([7; 32]));
    let parts = |jobs: usize| {
        let (settings, mut parts) = (Settings { jobs, ..Settings::default() }, Vec::new());
        let take = &mut |rows: Vec<EventRow>| {
            parts.push(rows);
            Ok(())
        };
        whyunsent::analyze(&paths, &settings, &profiles, &key, &whyunsent::Silent, take).unwrap();
        parts
    };
    let (settings, mut whole) = (Settings::default(), Whole::default());
    let found = whyunsent::source::collect(&paths, &settings.source);
    Hand::new(&settings, &profiles, &key).read(found, 0, &mut whole).unwrap();
    assert_eq!(whole.0.iter().map(Vec::len).collect::<Vec<_>>(), [11, 6_001, 11]);
    for jobs in [1, 2, 4] {
        let parts = parts(jobs);
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [11, 2_048, 2_048, 1_905, 11]);
        assert_eq!(format!("{:?}", parts.concat()), format!("{:?}", whole.0.concat()), "{jobs}");
    }
    check(&whole.0.concat());
}

#[test]
fn an_archive_of_many_uploads_is_left_when_nobody_takes_their_rows() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for n in 0..3_000 {
        zip.start_file(format!("{n}/app.log"), zip::write::SimpleFileOptions::default()).unwrap();
        writeln!(zip, "03-04 18:20:01.003  9211  9260 I Send: line {n}").unwrap();
    }
    let (dir, paths) = written(&[("many.zip", zip.finish().unwrap().into_inner())]);
    let (ended, waits) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (settings, profiles, key) = (Settings { jobs: 2, ..Settings::default() }, Profiles::builtin(), Key::new([7; 32]));
        let told = whyunsent::analyze(&paths, &settings, &profiles, &key, &whyunsent::Silent, &mut |_| anyhow::bail!("nobody listens"));
        ended.send(told.err().map(|error| error.to_string())).unwrap();
    });
    let left = waits.recv_timeout(std::time::Duration::from_secs(60)).expect("it ends");
    assert_eq!(left.as_deref(), Some("nobody listens"));
    drop(dir);
}

/// Waits with a large upload until nobody takes rows any more, and counts what is read of it.
#[derive(Default)]
struct Held {
    is_failed: AtomicBool,
    bytes: AtomicU64,
}

impl whyunsent::Progress for Held {
    fn total(&self, _: u64) {}

    fn advance(&self, bytes: u64, upload: &str) {
        if upload.contains("large") {
            self.bytes.fetch_add(bytes, Ordering::SeqCst);
            // What the one who takes says is heard a moment after it is said.
            let is_failed = |_| self.is_failed.load(Ordering::SeqCst);
            let moment = || std::thread::sleep(std::time::Duration::from_millis(5));
            let _ = (0..2_000).inspect(|_| moment()).any(is_failed);
        }
    }
}

#[test]
fn an_upload_that_is_read_beside_others_is_left_when_nobody_takes_their_rows() {
    let line = "03-04 18:20:01.003  9211  9260 I Send: line\n";
    let (dir, paths) = written(&[("a.log", line.into()), ("large.log", line.repeat(1_000_000).into())]);
    let (settings, profiles, key) = (Settings { jobs: 2, ..Settings::default() }, Profiles::builtin(), Key::new([7; 32]));
    let held = Held::default();
    let mut fail = |_| {
        held.is_failed.store(true, Ordering::SeqCst);
        anyhow::bail!("nobody listens")
    };
    let told = whyunsent::analyze(&paths, &settings, &profiles, &key, &held, &mut fail);
    assert_eq!(told.err().map(|error| error.to_string()).as_deref(), Some("nobody listens"));
    let read = held.bytes.into_inner();
    assert!(read < 10_000_000, "{read} bytes of 44,000,000");
    drop(dir);
}

#[test]
fn evidence_reproduces_byte_for_byte() {
    let dir = support::root().join("sample-logs");
    let mut checked = 0;
    for row in support::rows(std::slice::from_ref(&dir), |_| {}) {
        for cited in row.evidence.iter().flatten().filter(|e| !e.file.contains("!/")) {
            let bytes = std::fs::read(dir.join(&cited.file)).unwrap_or_else(|_| std::fs::read(support::root().join(&cited.file)).unwrap());
            if bytes.starts_with(b"\x1f\x8b")
                || bytes.starts_with(b"\x28\xb5\x2f\xfd")
                || bytes.first().is_some_and(|b| (1..=13).contains(b))
            {
                continue;
            }
            let at = usize::try_from(cited.offset).unwrap();
            assert!(bytes[at..].starts_with(cited.text.as_bytes()), "{cited:?}");
            assert_eq!(memchr::memchr_iter(b'\n', &bytes[..at]).count() as u64 + 1, cited.line);
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
}

#[test]
fn an_upload_ends_with_its_last_record_if_it_states_no_export() {
    let lines = "2026-11-03T10:00:00Z I Send: send msg id=1\n2026-11-03T10:00:00.200Z I Send: ack msg id=1\n";
    let (_dir, paths) = written(&[("a.log", lines.into())]);
    let rows = support::rows(&paths, |_| {});
    let receipt = rows.iter().find(|r| r.kind == Kind::Upload).unwrap();
    assert_eq!(receipt.last_at.map(|t| t.0), Some(1_793_700_000_200_000));
}
