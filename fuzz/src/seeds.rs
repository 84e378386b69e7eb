//! What fuzzing begins with: the project's own sample logs, packed files and profiles, cut to the size that a target likes.

use super::{LARGE, container, pipeline};
use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use whyunsent::format::GRAMMARS;
use whyunsent::profile::BUILTIN;
use whyunsent::source::{Options, Probe, collect, open};

/// The variable that names the folder into which a target writes its seeds before it begins.
const FOLDER: &str = "WHYUNSENT_SEEDS";
/// Text of one document at most.
const TEXT_BYTES: usize = 6 << 10;
/// A packed file at most.
const PACKED_BYTES: u64 = 32 << 10;
/// Lines that are alike but for their numbers are one seed; a line at most.
const LINE_BYTES: usize = 1 << 10;
/// How many lines.
const LINES_MAX: usize = 4_000;
/// One input of so many is a seed as a large one too.
const LARGE_EVERY: usize = 50;
/// Documents of one upload.
const DOCUMENTS: usize = 3;

/// Writes the seeds of a target into the folder that is asked for, if one is.
///
/// # Panics
/// Where they cannot be written.
pub fn write(target: &str) {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).expect("the folder of seeds can be made");
    for (number, seed) in of(target).iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{number:05}")), seed).expect("seeds can be written");
    }
}

/// The seeds of a target, in an order that is always the same.
///
/// # Panics
/// Where there is no such target.
#[must_use]
pub fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "line" | "redact" => with_choices(&lines()),
        "document" => with_choices(&documents()),
        "container" => packed(),
        "pipeline" => {
            let documents = documents();
            with_choices(&documents.chunks(DOCUMENTS).map(|some| some.join(&pipeline::SEPARATOR)).collect::<Vec<_>>())
        }
        "profile" => profiles(),
        _ => panic!("there is no target `{target}`"),
    }
}

/// Inputs with one choice after the other in front, and some of them as large ones too.
fn with_choices(inputs: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let small = inputs.iter().enumerate().map(|(n, input)| with_choice(u8::try_from(n % usize::from(LARGE)).unwrap_or(0), input));
    small.chain(inputs.iter().step_by(LARGE_EVERY).map(|input| with_choice(LARGE, input))).collect()
}

fn with_choice(choice: u8, input: &[u8]) -> Vec<u8> {
    [&[choice], input].concat()
}

/// The folder of the project, above this one or this one.
fn root() -> PathBuf {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|p| p.join("sample-logs").is_dir());
    above.expect("the project's sample logs").to_path_buf()
}

/// Every document of the sample logs, cut, and the samples of every grammar.
fn documents() -> Vec<Vec<u8>> {
    let options = Options::default();
    let mut all: Vec<Vec<u8>> = GRAMMARS.iter().map(|grammar| grammar.samples().join("\n").into_bytes()).collect();
    for unit in &collect(&[root().join("sample-logs")], &options).units {
        open(unit, &options, &|_| Probe::default(), &mut |upload| {
            for document in upload.documents.iter().chain(&upload.metadata) {
                let mut text = Vec::new();
                let reader = document.reader(&options.limits).expect("sample logs can be read");
                reader.take(TEXT_BYTES as u64).read_to_end(&mut text).expect("sample logs can be read");
                all.push(text);
            }
        });
    }
    let mut known = HashSet::new();
    all.retain(|text| !text.is_empty() && known.insert(text.clone()));
    all
}

/// Lines of the documents, one of each shape.
fn lines() -> Vec<Vec<u8>> {
    let mut known = HashSet::new();
    let mut all = Vec::new();
    for line in documents().iter().flat_map(|text| text.split(|b| *b == b'\n')) {
        let shape: Vec<u8> = line.iter().filter(|b| !b.is_ascii_hexdigit()).copied().collect();
        if line.len() <= LINE_BYTES && all.len() < LINES_MAX && known.insert(shape) {
            all.push(line.to_vec());
        }
    }
    all
}

/// Files that are packed: those of the sample logs, and what other programs made for the tests.
fn packed() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for folder in ["tests/containers", "sample-logs"] {
        below(&root().join(folder), &mut files);
    }
    let choice = |path: &Path| {
        let name = container::NAMES.iter().position(|name| Path::new(name).extension() == path.extension());
        name.and_then(|name| u8::try_from(name).ok()).unwrap_or(0)
    };
    let small = files.iter().filter(|path| path.metadata().is_ok_and(|m| m.len() <= PACKED_BYTES));
    small.map(|path| with_choice(choice(path), &std::fs::read(path).expect("files of the project can be read"))).collect()
}

fn below(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("folders of the project can be read");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("folders of the project can be read").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() { below(&path, files) } else { files.push(path) }
    }
}

/// Each statement of the built-in profiles below the head of its profile.
fn profiles() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (_, text) in BUILTIN {
        let mut tables = text.split("\n[[");
        let head = tables.next().unwrap_or_default();
        all.extend(tables.map(|table| format!("{head}\n[[{table}").into_bytes()));
    }
    all
}
