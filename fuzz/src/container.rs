//! A file under some name: whatever it is packed in, it is read up to its limits, the same twice, and what was not read
//! is told.

use super::chosen;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use whyunsent::source::{Document, Limits, Options, Probe, ProblemKind, Reader, Secrets, collect, open};

/// Names that a file can have; what it is shows in its bytes, what it belongs to in its name.
pub const NAMES: &[&str] = &[
    "app.log",
    "app.zip",
    "app.7z",
    "app.tar",
    "app.log.gz",
    "app.log.xz",
    "app.log.bz2",
    "app.log.lz4",
    "app.log.zst",
    "app_20251127.xlog",
    "app.mmap3",
    "2025-11-27.logan",
    "logan.mmap2",
    "app.tar.gz",
    "details.json",
    "app.log.1",
];

/// A large file.
const LARGE_BYTES: usize = 1 << 20;
/// Text of one input at most.
const EXPANDED_BYTES_MAX: u64 = 8 << 20;
/// Problems of one input at most, for each of its entries and bytes: no byte is told twice of.
const PROBLEMS_MAX: usize = 100_000;

/// The keys of the containers among the seeds, and limits that small inputs meet.
static OPTIONS: LazyLock<Options> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|p| p.join("tests/containers")).find(|p| p.is_dir());
    let folder = folder.expect("the project's own containers");
    let mut secrets = Secrets::default();
    secrets.read_passwords(&folder.join("passwords.txt")).expect("passwords");
    secrets.read_logan_keys(&folder.join("logan-key.txt")).expect("keys");
    let limits = Limits {
        max_nesting: 4,
        max_entries: 64,
        max_expanded_bytes: EXPANDED_BYTES_MAX,
        max_ratio: 100,
        ratio_free_bytes: 1 << 20,
        spool_memory_bytes: 64 << 10,
        metadata_bytes: 16 << 10,
        ..Limits::default()
    };
    Options { secrets: Arc::new(secrets), limits, ..Options::default() }
});

/// Reads the input as a file.
///
/// # Panics
/// Where a limit is not kept, a second reading differs, or something is lost that no problem tells of.
pub fn check(data: &[u8]) {
    let (choice, bytes) = chosen(data, LARGE_BYTES);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(NAMES[usize::from(choice) % NAMES.len()]);
    std::fs::write(&path, bytes).expect("writable");
    let collected = collect(std::slice::from_ref(&path), &OPTIONS);
    let mut problems = collected.problems.len();
    let mut text_bytes = 0;
    for unit in &collected.units {
        let found = open(unit, &OPTIONS, &|_| Probe::default(), &mut |upload| {
            for document in upload.documents.iter().chain(&upload.metadata) {
                let (bytes, told) = read(document);
                text_bytes += bytes;
                problems += told;
            }
        });
        problems += found.len();
    }
    assert!(!collected.units.is_empty() || problems > 0, "left out without a word");
    assert!(problems <= PROBLEMS_MAX, "{problems} problems");
    // UTF-16 and GB18030 grow by half at most.
    assert!(text_bytes <= 2 * EXPANDED_BYTES_MAX, "{text_bytes} bytes of text");
}

/// Reads a document; how many bytes and problems it has.
fn read(document: &Document) -> (u64, usize) {
    let Ok(mut reader) = document.reader(&OPTIONS.limits) else { return (0, 1) };
    let text = all(&mut reader);
    let problems = reader.problems();
    let told = problems.len();
    assert!(told > 0 || !reader.incomplete(), "{}: incomplete, and nobody says so", document.name);
    let within = |offsets: &[u64]| offsets.is_sorted() && offsets.last().is_none_or(|last| *last <= text.len() as u64);
    assert!(within(reader.losses()) && within(reader.breaks()), "{}: {:?} {:?}", document.name, reader.losses(), reader.breaks());
    let mut exact = Vec::with_capacity(text.len());
    let mut from = 0;
    for added in reader.breaks().iter().map(|added| usize::try_from(*added).expect("a document of a test is small")) {
        assert_eq!(text[added], b'\n', "{}: an added line end", document.name);
        exact.extend_from_slice(&text[from..added]);
        from = added + 1;
    }
    exact.extend_from_slice(&text[from..]);
    let again = document.exact(&OPTIONS.limits).map(|mut reader| all(&mut reader)).expect("it was opened before");
    // Added line ends count against the limits too.
    let limited = problems.iter().any(|problem| problem.kind == ProblemKind::Limit);
    let same = if limited { again.starts_with(&exact) || exact.starts_with(&again) } else { again == exact };
    assert!(same, "{}: read twice, and not the same", document.name);
    (text.len() as u64, told)
}

fn all(reader: &mut Reader) -> Vec<u8> {
    let mut text = Vec::new();
    reader.read_to_end(&mut text).expect("a reader of documents does not fail");
    text
}
