//! What stands around an upload changes nothing in what it tells: the same files as a folder, a zip, a tar in gzip
//! or Zstandard and a zip in a zip give the same rows, save for where they were read.

mod support;

use std::io::Write;
use std::path::{Path, PathBuf};
use support::{files, root, rows_with};
use whyunsent::profile::Profiles;

type Files = Vec<(String, Vec<u8>, std::time::SystemTime)>;

fn zipped(files: &Files) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes, modified) in files {
        let time = chrono::DateTime::<chrono::Utc>::from(*modified);
        let part = |format: &str| time.format(format).to_string().parse::<u8>().expect("a number");
        let year = u16::try_from(chrono::Datelike::year(&time)).expect("a year");
        let time = zip::DateTime::from_date_and_time(year, part("%m"), part("%d"), part("%H"), part("%M"), part("%S")).expect("a time");
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default().last_modified_time(time)).expect("memory");
        zip.write_all(bytes).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

fn tarred(files: &Files) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes, modified) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(modified.duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs()));
        tar.append_data(&mut header, name, bytes.as_slice()).expect("memory");
    }
    tar.into_inner().expect("memory")
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// The rows of a path, without where they were read.
fn told(path: &Path, profiles: &Profiles) -> Vec<String> {
    let without_places = |mut row: whyunsent::event::EventRow| {
        row.bundle_path = String::new();
        row.upload = None;
        row.evidence.iter_mut().flatten().for_each(|e| e.file = String::new());
        format!("{row:?}")
    };
    let mut all: Vec<String> = rows_with(&[path.to_path_buf()], profiles, |_| {}).into_iter().map(without_places).collect();
    all.sort();
    all
}

/// The folders of samples that are an upload each: those that hold files.
fn uploads() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = files(&root().join("sample-logs")).iter().filter_map(|f| f.parent().map(Path::to_path_buf)).collect();
    folders.dedup();
    folders
}

#[test]
fn an_upload_tells_the_same_in_every_wrapping() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let profiles = Profiles::builtin();
    let mut compared = 0;
    for upload in uploads() {
        let modified = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified()).expect("a time");
        let members: Files = files(&upload)
            .iter()
            .map(|path| {
                let name = path.strip_prefix(&upload).expect("below").to_string_lossy().into_owned();
                (name, std::fs::read(path).expect("readable"), modified(path))
            })
            .collect();
        let expected = told(&upload, &profiles);
        let zip = zipped(&members);
        let now = std::time::SystemTime::now();
        let tar = tarred(&members);
        let wrappings = [
            ("all.zip", zip.clone()),
            ("all.tar", tar.clone()),
            ("all.tar.gz", gzipped(&tar)),
            ("all.tar.zst", zstd::encode_all(tar.as_slice(), 1).expect("memory")),
            ("nested.zip", zipped(&vec![("inner.zip".to_owned(), zip, now)])),
            ("mixed.zip", zipped(&vec![("inner.tar.gz".to_owned(), gzipped(&tar), now)])),
        ];
        for (name, bytes) in wrappings {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("writable");
            let found = told(&path, &profiles);
            let first =
                |(a, b): (&String, &String)| a.split(", ").zip(b.split(", ")).find(|(a, b)| a != b).map(|(a, b)| format!("{a} for {b}"));
            let differs = found.iter().zip(&expected).find_map(first);
            assert!(found == expected, "{} as {name}: {} rows of {}, {differs:?}", upload.display(), found.len(), expected.len());
            compared += found.len();
        }
    }
    assert!(compared > 1_000, "{compared}");
}
