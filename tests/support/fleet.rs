//! The uploads of a small fleet: whole, broken, empty, cut, encrypted, repeated, overlapping, in trees and in archives.

use super::{Tool, files, root};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What the path of an upload holds that breaks its reader by a flag for tests.
pub const CRASH: &str = "crash-me";
/// What the path of an upload holds that stalls its reader by a flag for tests.
pub const HANG: &str = "hang-me";

/// Files of the sample logs that are uploads by themselves, and folders that are one by their metadata.
fn samples() -> (Vec<PathBuf>, Vec<PathBuf>) {
    let all = files(&root().join("sample-logs"));
    let is_metadata = |path: &PathBuf| path.file_name().is_some_and(|name| name == "meta.json" || name == "details.json");
    let mut trees: Vec<PathBuf> = all.iter().filter(|p| is_metadata(p)).map(|p| p.parent().unwrap().to_owned()).collect();
    trees.dedup();
    let alone = all.into_iter().filter(|path| !trees.iter().any(|tree| path.starts_with(tree))).collect();
    (alone, trees)
}

fn put(place: PathBuf, bytes: &[u8]) {
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(place, bytes).unwrap();
}

/// The first share of the lines of a text.
fn beginning(text: &[u8], percent: usize) -> &[u8] {
    let lines: Vec<&[u8]> = text.split_inclusive(|b| *b == b'\n').collect();
    let kept: usize = lines.iter().take(lines.len() * percent / 100).map(|line| line.len()).sum();
    &text[..kept]
}

/// Writes the uploads below a folder; how many there are.
pub fn write(raw: &Path) -> usize {
    let (alone, trees) = samples();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let is_text = |path: &&PathBuf| path.extension().is_some_and(|e| matches!(e.to_str(), Some("log" | "txt" | "jsonl" | "ndjson")));
    let texts: Vec<&PathBuf> = alone.iter().filter(is_text).collect();
    let mut uploads = 0;
    let mut upload = |group: &str, name: &str, bytes: &[u8]| {
        uploads += 1;
        put(raw.join(format!("{group}/{uploads:03}/{name}")), bytes);
    };
    for path in &alone {
        upload("whole", &name(path), &fs::read(path).unwrap());
    }
    for path in alone.iter().step_by(5) {
        upload("again", &name(path), &fs::read(path).unwrap());
    }
    for path in texts.iter().step_by(2) {
        upload("overlapping", &name(path), beginning(&fs::read(path).unwrap(), 70));
    }
    for path in texts.iter().step_by(6) {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(&fs::read(path).unwrap()).unwrap();
        let packed = packed.finish().unwrap();
        upload("cut", &(name(path) + ".gz"), &packed[..packed.len() * 2 / 3]);
    }
    for number in 0..4 {
        upload("broken", &format!("logs-{number}.zip"), format!("PK\x03\x04 {number} and nothing more").as_bytes());
        upload("empty", &format!("log-{number}.txt"), b"");
    }
    let log = fs::read(texts[0]).unwrap();
    upload("faulty", &format!("{CRASH}.log"), &log);
    upload("faulty", &format!("{HANG}.log"), &log);
    let mut container = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (number, path) in texts.iter().take(5).enumerate() {
        container.start_file(format!("{number}/{}", name(path)), zip::write::SimpleFileOptions::default()).unwrap();
        container.write_all(beginning(&fs::read(path).unwrap(), 90)).unwrap();
    }
    upload("several", "five.zip", &container.finish().unwrap().into_inner());
    if let Some(Tool(zip)) = Tool::find("zip") {
        let place = raw.join("locked/1/secret.zip");
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        let packed = std::process::Command::new(zip).args(["-q", "-j", "-P", "open sesame"]).arg(&place).arg(texts[0]).status();
        assert!(packed.unwrap().success());
        uploads += 1;
    }
    for tree in &trees {
        for file in files(tree) {
            let inside = file.strip_prefix(tree.parent().unwrap()).unwrap().to_owned();
            put(raw.join("trees").join(inside), &fs::read(&file).unwrap());
        }
        put(raw.join("trees").join(tree.file_name().unwrap()).join("screenshot.png"), b"\x89PNG\r\n\x1a\n0000");
        uploads += 1;
    }
    uploads
}
