//! Throughput of each stage behind the lines, on one thread: `cargo bench --bench stages`.
//!
//! A Signal-Android log in which messages are sent, tried again and lost is repeated with other ids and times;
//! the same log with words that no profile knows is what a filter passes over.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use whyunsent::cause::row::Common;
use whyunsent::event::EventRow;
use whyunsent::profile::Profiles;
use whyunsent::redact::{Door, Key};
use whyunsent::scan::{Scanner, scan};
use whyunsent::session::{self, Document, Session};
use whyunsent::settings::Settings;
use whyunsent::{pipeline, store};

/// Messages of a corpus.
const MESSAGES: u64 = 4_000;

fn main() {
    divan::main();
}

/// A message for every twenty lines; each tenth is not sent.
fn corpus() -> Vec<u8> {
    let mut text = String::new();
    for n in 0..MESSAGES {
        let (second, minute, hour) = (n * 2 % 60, n / 30 % 60, n / 1_800 % 24);
        let line = |ms: u64, tag: &str, words: &str| {
            format!("[7.43.3] [304  ] 2025-06-03 {hour:02}:{minute:02}:{second:02}.{ms:03} GMT+00:00 {tag}: {words}\n")
        };
        let job = format!("[JOB::00fdd1c7-f36d-4910-85a6-{n:012x}][IndividualSendJob]");
        let tries = |ms: u64| format!("(Time Since Submission: {ms} ms, Lifespan: 86400000 ms, Run Attempt: 1/Unlimited)");
        let sent = 1_748_984_400_000 + n * 2_000;
        for noise in 0..16 {
            text += &line(noise, "D BatchCache", &format!("Flushed {n} rows of shard {noise} in 4 ms"));
        }
        text += &line(20, "I JobRunner", &format!("{job}[1] Running job. {}", tries(12)));
        text += &line(31, "I IndividualSendJob", &format!("{job}[{sent}] Sending message: {n}, Recipient: RecipientId::9 {}", tries(23)));
        if n % 10 == 0 {
            text += &line(730, "W IndividualSendJob", &format!("{job} Failure {}", tries(722)));
        } else {
            text += &line(420, "I IndividualSendJob", &format!("{job}[{sent}] Sent message: {n} {}", tries(412)));
        }
    }
    text.into_bytes()
}

/// The corpus with lines that nothing asks for in the places of those that tell of messages.
fn without_messages(corpus: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(corpus);
    text.replace("JobRunner", "PageCache").replace("IndividualSendJob", "ThumbnailBuilder1").into_bytes()
}

fn documents(profiles: &Profiles, corpus: &[u8]) -> Vec<Document> {
    let scanned = scan(&mut { corpus }, &Scanner::new(profiles), 1, &|_| ()).expect("a slice can be read");
    vec![Document { file: "log.txt".into(), name: "log.txt".into(), modified_us: Some(0), scanned, ..Default::default() }]
}

fn session(profiles: &Profiles) -> Session<'_> {
    session::assemble(profiles, documents(profiles, &corpus()), &[], None)
}

fn told(session: &Session<'_>) -> Vec<EventRow> {
    let common = Common { bundle: "0".repeat(32), bundle_path: "log.txt".into(), rules: String::new(), cites_sent: true };
    pipeline::Tale::of(session).rows(&Settings::default(), &common).flatten().collect()
}

/// Lines and filter where nothing is asked for.
#[divan::bench]
fn scan_of_lines_without_messages(bencher: Bencher) {
    let (profiles, corpus) = (Profiles::builtin(), without_messages(&corpus()));
    let scanner = Scanner::new(&profiles);
    bencher.counter(BytesCount::of_slice(&corpus)).bench_local(|| {
        let found = scan(&mut black_box(corpus.as_slice()), &scanner, 1, &|_| ()).expect("a slice can be read");
        assert!(found.marks.is_empty(), "nothing is asked for");
    });
}

/// Lines, filter, regexes and marks.
#[divan::bench]
fn scan_of_lines_with_messages(bencher: Bencher) {
    let (profiles, corpus) = (Profiles::builtin(), corpus());
    let scanner = Scanner::new(&profiles);
    bencher.counter(BytesCount::of_slice(&corpus)).bench_local(|| {
        let found = scan(&mut black_box(corpus.as_slice()), &scanner, 1, &|_| ()).expect("a slice can be read");
        assert!(found.marks.len() as u64 >= 3 * MESSAGES, "each message has its lines");
        found.marks.len()
    });
}

/// Marks -> session: order in time, contexts.
#[divan::bench]
fn session_of_marks(bencher: Bencher) {
    let (profiles, corpus) = (Profiles::builtin(), corpus());
    bencher
        .counter(ItemsCount::new(MESSAGES))
        .with_inputs(|| documents(&profiles, &corpus))
        .bench_local_values(|documents| session::assemble(&profiles, documents, &[], None).marks.len());
}

/// Session -> rows: messages, outcomes, causes, evidence.
#[divan::bench]
fn rows_of_a_session(bencher: Bencher) {
    let profiles = Profiles::builtin();
    let session = session(&profiles);
    bencher.counter(ItemsCount::new(MESSAGES)).bench_local(|| {
        let rows = told(black_box(&session));
        assert_eq!(rows.len() as u64, MESSAGES);
        rows.len()
    });
}

/// Rows through the redaction door.
#[divan::bench]
fn redaction_of_rows(bencher: Bencher) {
    let profiles = Profiles::builtin();
    let rows = told(&session(&profiles));
    let door = Door::new(true, Key::new([7; 32]));
    bencher.counter(ItemsCount::new(MESSAGES)).with_inputs(|| rows.clone()).bench_local_values(|rows| door.rows(rows).len());
}

/// Rows -> columns of the store.
#[divan::bench]
fn columns_of_rows(bencher: Bencher) {
    let profiles = Profiles::builtin();
    let rows = told(&session(&profiles));
    bencher.counter(ItemsCount::new(MESSAGES)).bench_local(|| store::frame::frame(black_box(&rows)).expect("rows fit the schema").height());
}
