//! The whole of this folder on small trees: folders, archives, damage, and what is one upload.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use super::ProblemKind::{Empty, Skipped, Unreadable};
use super::decode::gzip::tests::gzipped;
use super::decode::zst::tests::zstded;
use super::*;

/// An upload as it is compared: path, reason, names and texts.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    path: String,
    documents: Vec<(String, String)>,
    metadata: Vec<String>,
    id: String,
}

/// What the tests' logs say at a glance: `@from-to device user` in their first line.
fn probe(document: &Document) -> Probe {
    let head = document.head(200, &Limits::default()).expect("readable");
    let text = String::from_utf8_lossy(&head).into_owned();
    let Some(rest) = text.strip_prefix('@') else { return Probe::default() };
    let mut words = rest.lines().next().unwrap_or_default().split(' ');
    let span = words.next().and_then(|w| w.split_once('-'));
    let minutes = |t: &str| t.parse::<i64>().ok().map(|m| m * 60_000_000);
    Probe {
        first_us: span.and_then(|s| minutes(s.0)),
        last_us: span.and_then(|s| minutes(s.1)),
        device: words.next().filter(|w| *w != "?").map(str::to_owned),
        user: words.next().map(str::to_owned),
        is_log: true,
        ..Probe::default()
    }
}

fn read_with(path: &Path, options: &Options) -> (Vec<Seen>, Vec<Problem>) {
    let collected = collect(&[path.to_path_buf()], options);
    let mut problems = collected.problems;
    let mut uploads = Vec::new();
    for unit in &collected.units {
        let more = open(unit, options, &probe, &mut |upload| {
            let mut members = Vec::new();
            let mut documents = Vec::new();
            for document in upload.documents.iter().chain(&upload.metadata) {
                let mut reader = document.reader(&options.limits).expect("readable");
                let mut bytes = Vec::new();
                reader.read_to_end(&mut bytes).expect("never fails");
                problems.append(&mut reader.problems());
                members.push((document.name.clone(), *blake3::hash(&bytes).as_bytes()));
                documents.push((document.name.clone(), String::from_utf8_lossy(&bytes).into_owned()));
            }
            documents.truncate(upload.documents.len());
            let metadata = upload.metadata.iter().map(|d| d.name.clone()).collect();
            uploads.push(Seen { path: upload.path, documents, metadata, id: bundle_id(&mut members) });
        });
        problems.extend(more);
    }
    (uploads, problems)
}

fn read(path: &Path) -> (Vec<Seen>, Vec<Problem>) {
    read_with(path, &Options::default())
}

fn names(upload: &Seen) -> Vec<&str> {
    upload.documents.iter().map(|d| d.0.as_str()).collect()
}

fn paths(uploads: &[Seen]) -> Vec<&str> {
    uploads.iter().map(|u| u.path.as_str()).collect()
}

type Files<'a> = &'a [(&'a str, &'a [u8])];

fn folder(files: Files) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    write_files(dir.path(), files);
    dir
}

fn write_files(root: &Path, files: Files) {
    for (name, bytes) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("below the root")).expect("writable");
        fs::write(path, bytes).expect("writable");
    }
}

fn zipped(files: Files) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (at, (name, bytes)) in files.iter().enumerate() {
        let methods = [zip::CompressionMethod::Deflated, zip::CompressionMethod::Stored, zip::CompressionMethod::Zstd];
        let options = zip::write::SimpleFileOptions::default().compression_method(methods[at % 3]);
        zip.start_file(*name, options).expect("memory");
        zip.write_all(bytes).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

fn tarred(files: Files) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *bytes).expect("memory");
    }
    tar.into_inner().expect("memory")
}

const REPORT: Files = &[
    ("details.json", b"{\"user_text\":\"x\"}"),
    ("logs.0.txt", b"@0-9\nline one\nline two\n"),
    ("inner/logcat.log", b"@5-9\nlogcat line\n"),
];

#[test]
fn the_same_upload_as_folder_zip_and_tar_has_the_same_id() {
    let long = format!("{}/deep.log", "a-rather-long-folder-name/".repeat(8).trim_end_matches('/'));
    let files: Vec<(&str, &[u8])> = [REPORT, &[(long.as_str(), b"@0-1\ndeep\n".as_slice())]].concat();
    let plain = folder(&files);
    let (expected, problems) = read(plain.path());
    assert!(expected.len() == 1 && problems.is_empty(), "{expected:?} {problems:?}");
    assert_eq!(expected[0].metadata, ["details.json"]);
    assert_eq!(expected[0].documents.len(), 3);
    let tar = tarred(&files);
    for (name, bytes) in [
        ("r.zip", zipped(&files)),
        ("r.tar", tar.clone()),
        ("r.tar.gz", gzipped(&tar)),
        ("r.tar.zst", zstded(&tar)),
        ("misnamed.log", gzipped(&gzipped(&tar))),
        ("outer.zip", zipped(&[("r.zip", &zipped(&files))])),
    ] {
        let packed = folder(&[(name, &bytes)]);
        let (found, problems) = read(packed.path());
        assert!(problems.is_empty(), "{name}: {problems:?}");
        assert_eq!((&found[0].documents, &found[0].id), (&expected[0].documents, &expected[0].id), "{name}");
        let path = if name == "outer.zip" { "outer.zip!/r.zip" } else { name };
        assert_eq!(paths(&found), [path]);
    }
}

#[test]
fn compressed_logs_are_named_as_their_text_and_cited_as_their_file() {
    let dir = folder(&[("a.log.gz", &gzipped(b"@0-1\na\n")), ("sub/b.log.zst", &zstded(b"@0-1\nb\n"))]);
    let collected = collect(&[dir.path().to_path_buf()], &Options::default());
    let mut seen = Vec::new();
    for unit in &collected.units {
        open(unit, &Options::default(), &probe, &mut |u| {
            seen.extend(u.documents.into_iter().map(|d| (d.name.clone(), d.file.clone(), d.plain_path().is_some())));
        });
    }
    let expected = [("a.log", "a.log.gz", false), ("b.log", "sub/b.log.zst", false)];
    assert_eq!(seen, expected.map(|(n, f, p)| (n.to_owned(), f.to_owned(), p)));
}

#[test]
fn a_container_gives_each_of_its_uploads() {
    let one = zipped(REPORT);
    let container = zipped(&[
        ("x/lone.log", b"@0-1\nlone\n"),
        ("bugs/1/details.json", b"{}"),
        ("bugs/1/a.log", b"@0-1\na\n"),
        ("bugs/2/details.log.gz", &gzipped(b"Application: x\n")),
        ("bugs/2/a.log", b"@0-1\na\n"),
        ("z.zip", &one),
        ("__MACOSX/._x", b"\0\x05\x16\x07"),
    ]);
    let dir = folder(&[("many.zip", &container)]);
    let (found, problems) = read(&dir.path().join("many.zip"));
    let expected = ["many.zip!/bugs/1", "many.zip!/bugs/2", "many.zip!/x/lone.log", "many.zip!/z.zip"];
    assert_eq!(paths(&found), expected);
    assert_eq!(found[1].metadata, ["details.log"]);
    assert!(problems.iter().all(|p| p.kind == ProblemKind::Skipped), "{problems:?}");
}

#[test]
fn parts_of_a_rotated_log_are_one_upload_and_other_users_are_not() {
    let dir = folder(&[("a/app.log", b"@20-30 dev u1\n"), ("a/app.log.1", b"@10-20 dev\n"), ("a/app.2.log.gz", &gzipped(b"@0-10\n"))]);
    let (found, _) = read(dir.path());
    assert_eq!(found.len(), 1);
    assert_eq!(names(&found[0]), ["app.2.log", "app.log", "app.log.1"]);
    let dir = folder(&[("app-2026-01-01.log", b"@20-30 d1 u1\n"), ("app-2026-01-02.log", b"@90-95 d1 u2\n")]);
    assert_eq!(read(dir.path()).0.len(), 2);
    let dir = folder(&[("case-1.log", b"@0-9\n"), ("case-2.log", b"@100-109\n"), ("case-3.log", b"@200-209\n")]);
    assert_eq!(read(dir.path()).0.len(), 3);
}

#[test]
fn overlapping_parts_are_no_parts_of_one_log() {
    let files: Vec<(String, String)> = (0..20).map(|i| (format!("case-{i:04}.log"), format!("@{i}-{}\n{i}\n", i + 500))).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, t)| (n.as_str(), t.as_bytes())).collect();
    assert_eq!(read(folder(&files).path()).0.len(), 20);
}

#[test]
fn siblings_of_one_device_whose_times_touch_are_one_upload() {
    let stranger = b"{\"unsent\":1}";
    let files: Files = &[("app.log", b"@0-9 dev u\n"), ("logcat.txt", b"@15-20 dev\n"), ("expect.json", stranger)];
    let dir = folder(files);
    let (found, _) = read(dir.path());
    let label = dir.path().file_name().expect("named").to_string_lossy().into_owned();
    assert_eq!(paths(&found), [label.as_str(), "expect.json"]);
    assert_eq!(names(&found[0]), ["app.log", "logcat.txt"]);
    let without = folder(&files[..2]);
    assert_eq!(read(without.path()).0[0].id, found[0].id);
    let (apart, _) = read(folder(&[("app.log", b"@0-9\n"), ("logcat.txt", b"@60-70\n")]).path());
    assert_eq!(apart.len(), 2);
    let (others, _) = read(folder(&[("app.log", b"@0-9 d1\n"), ("logcat.txt", b"@0-9 d2\n")]).path());
    assert_eq!(others.len(), 2);
}

#[test]
fn more_than_eight_siblings_are_an_upload_each() {
    let files: Vec<String> = ('a'..='i').map(|c| format!("{c}x.log")).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|n| (n.as_str(), b"@0-9\n".as_slice())).collect();
    assert_eq!(read(folder(&files).path()).0.len(), 9);
    assert_eq!(read(folder(&files[..8]).path()).0.len(), 1);
}

#[test]
fn a_crash_report_goes_with_the_log_of_its_folder() {
    let ips = b"{\"app_name\":\"Voxa\",\"bug_type\":\"309\"}\n{}\n";
    let (found, _) = read(folder(&[("Voxa-2026-03-04-182009.ips", ips), ("voxa.log", b"@0-9 dev\n")]).path());
    assert_eq!(found.len(), 1);
    assert_eq!(names(&found[0]), ["Voxa-2026-03-04-182009.ips", "voxa.log"]);
}

#[test]
fn a_details_log_alone_is_a_log() {
    let (found, _) = read(folder(&[("details.log", b"@0-9\n")]).path());
    assert_eq!((names(&found[0]), found[0].metadata.len()), (vec!["details.log"], 0));
}

#[test]
fn an_encoding_can_be_forced() {
    let dir = folder(&[("a.log", b"gr\xfc\xdfe\n")]);
    let options = Options { encoding: Some(Encoding::Windows1252), ..Options::default() };
    assert_eq!(read_with(dir.path(), &options).0[0].documents[0].1, "gr\u{fc}\u{df}e\n");
}

#[test]
fn grouping_can_be_asked_for() {
    let dir = folder(&[("a/app.log", b"@0-9\n"), ("a/app.log.1", b"@0-9\n"), ("a/b/x.log", b"@0-9\n"), ("c/y.log", b"@0-9\n")]);
    let with = |grouping| read_with(dir.path(), &Options { grouping, ..Options::default() }).0;
    assert_eq!(paths(&with(Grouping::File)), ["a/app.log", "a/app.log.1", "a/b/x.log", "c/y.log"]);
    assert_eq!(paths(&with(Grouping::Dir)), ["a", "c"]);
}

#[test]
fn what_is_no_log_is_skipped_and_what_cannot_be_read_is_told() {
    let dir = folder(&[
        ("shot.log", b"\x89PNG\r\n\x1a\nxxxx"),
        ("msgs.db", b"SQLite format 3\0"),
        (".hidden", b"@0-1\n"),
        ("page.txt", b"<!doctype html><p>"),
        ("empty.log", b""),
        ("cache.mmap3", &[0; 1000]),
        ("noise.log", &[1, 2, 3, 255, 254, 0, 9, 8, 7, 1, 2, 3]),
        ("store/STORE.json", b"{}"),
        ("store/x.log", b"@0-1\n"),
        ("gone.log.gz", b"\x1f\x8bgarbage"),
        ("app.jar", &zipped(&[("META-INF/MANIFEST.MF", b"x"), ("notes.txt", b"@0-1\n")])),
    ]);
    let (found, problems) = read(dir.path());
    assert!(found.is_empty(), "{found:?}");
    let kinds: Vec<(&str, ProblemKind)> = problems.iter().map(|p| (p.file.as_str(), p.kind)).collect();
    for expected in [
        (".hidden", Skipped),
        ("app.jar", Skipped),
        ("cache.mmap3", Empty),
        ("empty.log", Empty),
        ("gone.log.gz", Unreadable),
        ("msgs.db", Skipped),
        ("noise.log", Unreadable),
        ("page.txt", Skipped),
        ("shot.log", Skipped),
        ("store", Skipped),
    ] {
        assert!(kinds.contains(&expected), "{expected:?} in {kinds:?}");
    }
}

#[test]
fn a_glob_that_no_shell_has_expanded_is_expanded() {
    let dir = folder(&[("a.log", b"@0-9\n"), ("b.log", b"@0-9\n"), ("[b].log", b"@0-9\n"), (".c.log", b"@0-9\n"), ("d.txt", b"@0-9\n")]);
    let found = |pattern: &str| {
        let (uploads, problems) = read(&dir.path().join(pattern));
        let mut names: Vec<String> = uploads.iter().flat_map(names).map(str::to_owned).collect();
        names.sort();
        (names, problems.len())
    };
    assert_eq!(found("?.log"), (vec!["a.log".to_owned(), "b.log".to_owned()], 0));
    assert_eq!(found("*.log").0.len(), 3);
    // A file of that very name is meant.
    assert_eq!(found("[b].log"), (vec!["[b].log".to_owned()], 0));
    assert_eq!(found("*.gz"), (Vec::new(), 1));
    assert_eq!(found("[.log"), (Vec::new(), 1));
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_is_read_and_shown_as_far_as_it_is() {
    use std::os::unix::ffi::OsStrExt;
    let dir = folder(&[("a.log", b"@0-9\n")]);
    fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"\xff\xfe.log")), b"@0-9\nother\n").expect("writable");
    let (uploads, problems) = read(dir.path());
    let mut names: Vec<&str> = uploads.iter().flat_map(names).collect();
    names.sort_unstable();
    assert_eq!((names, problems), (vec!["a.log", "\u{fffd}\u{fffd}.log"], Vec::new()));
}

#[test]
fn a_missing_path_is_a_problem() {
    let (found, problems) = read(Path::new("/nowhere/at/all.log"));
    assert!(found.is_empty() && problems[0].kind == ProblemKind::Unreadable && problems[0].file == "all.log");
}

#[test]
fn a_cut_zip_gives_the_members_before_the_cut() {
    let lines: Vec<String> = (0..3000).map(|i| format!("{} line", i * 7919 % 10007)).collect();
    let text = format!("@0-9\n{}\n", lines.join("\n"));
    let whole = zipped(&[
        ("a.log", b"@100-109\nfirst\n"),
        ("b.txt", b"@200-209\nsecond\n"),
        ("c.out", text.as_bytes()),
        ("d.log", text.as_bytes()),
    ]);
    let dir = folder(&[("cut.zip", &whole[..whole.len() - 900 - text.len() / 8])]);
    let (found, problems) = read(dir.path());
    assert_eq!(paths(&found), ["cut.zip!/a.log", "cut.zip!/b.txt", "cut.zip!/c.out", "cut.zip!/d.log"]);
    assert_eq!(found[0].documents[0].1, "@100-109\nfirst\n");
    assert!(text.starts_with(&found[3].documents[0].1) && found[3].documents[0].1.len() > 100);
    assert!(problems.iter().any(|p| p.reason.contains("central directory")), "{problems:?}");
}

#[test]
fn a_cut_tar_and_a_cut_gzip_give_what_precedes_the_cut() {
    let tar = tarred(&[("a.log", b"@0-9\nfirst\n"), ("b.txt", &[b"@90-99\n".as_slice(), &b"second\n".repeat(900)].concat())]);
    let dir = folder(&[("cut.tar", &tar[..3000]), ("one.log.gz", &gzipped(&b"@500-501\nline\n".repeat(99))[..40])]);
    let (found, problems) = read(dir.path());
    assert_eq!(paths(&found), ["cut.tar!/a.log", "cut.tar!/b.txt", "one.log.gz"]);
    assert_eq!(problems.iter().filter(|p| p.kind == ProblemKind::Damaged).count(), 2, "{problems:?}");
}

#[test]
fn names_that_leave_the_archive_are_read_under_safe_ones() {
    let dir = folder(&[("evil.zip", &zipped(&[("../../etc/a.log", b"@0-9\na\n"), ("etc/a.log", b"@90-99\nb\n")]))]);
    let (found, problems) = read(dir.path());
    assert_eq!(paths(&found), ["evil.zip!/etc/a.log", "evil.zip!/etc/a.log~2"]);
    assert!(problems[0].action.contains("etc/a.log"));
}

#[test]
fn limits_are_reported_and_not_fatal() {
    let limits = Limits { max_expanded_bytes: 10_000, max_entries: 2, max_nesting: 2, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let bomb = gzipped(&vec![b'x'; 1 << 20]);
    let deep = gzipped(&gzipped(&gzipped(b"@0-1\n")));
    let many = zipped(&[("a.log", b"@0-1\n"), ("b.txt", b"@50-51\n"), ("c.out", b"@90-91\n")]);
    let dir = folder(&[("bomb.log.gz", &bomb), ("deep.txt", &deep), ("many.zip", &many)]);
    let (found, problems) = read_with(dir.path(), &options);
    assert_eq!(paths(&found), ["bomb.log.gz", "many.zip!/a.log", "many.zip!/b.txt"]);
    assert!(found[0].documents[0].1.len() < 100_000);
    let limited: Vec<&str> = problems.iter().filter(|p| p.kind == ProblemKind::Limit).map(|p| p.file.as_str()).collect();
    assert_eq!(limited, ["deep.txt", "bomb.log.gz", "many.zip"]);
}

#[test]
fn the_order_of_the_paths_does_not_matter() {
    let dir = folder(&[("a/x.log", b"@0-9\n"), ("b/y.log", b"@0-9\n")]);
    let options = Options::default();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    let paths =
        |list: &[std::path::PathBuf]| -> Vec<String> { collect(list, &options).units.iter().map(|u| u.path().to_owned()).collect() };
    assert_eq!(paths(&[a.clone(), b.clone()]), paths(&[b, a.clone(), a.join("x.log"), a]));
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_and_loops_do_no_harm() {
    let outside = folder(&[("secret.log", b"@0-9\n")]);
    let dir = folder(&[("a/x.log", b"@0-9\n")]);
    std::os::unix::fs::symlink(dir.path(), dir.path().join("a/loop")).expect("a link");
    std::os::unix::fs::symlink(outside.path().join("secret.log"), dir.path().join("a/out.log")).expect("a link");
    let (found, problems) = read(dir.path());
    assert_eq!(paths(&found), ["a/x.log"]);
    assert_eq!(problems.iter().filter(|p| p.reason.contains("symbolic link")).count(), 2);
}

#[test]
fn no_damage_to_an_archive_makes_it_panic_or_hang() {
    let tar = tarred(REPORT);
    let mut state = 3u32;
    for whole in [zipped(REPORT), gzipped(&tar), tar.clone()] {
        for round in 0..60usize {
            let mut bytes = whole.clone();
            for _ in 0..=round % 8 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = (state >> 8) as usize % bytes.len();
                bytes[at] = state.to_be_bytes()[0];
            }
            bytes.truncate(bytes.len() - (state as usize % 64));
            read(folder(&[("x", &bytes)]).path());
        }
    }
}
