//! What several test files share: running the pipeline in the library on a path.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use whyunsent::event::EventRow;
use whyunsent::profile::Profiles;
use whyunsent::redact::Key;
use whyunsent::settings::Settings;

/// The root of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rows of some paths, with texts as they are.
pub fn rows(paths: &[PathBuf], change: impl FnOnce(&mut Settings)) -> Vec<EventRow> {
    let mut settings = Settings { redact: false, ..Settings::default() };
    change(&mut settings);
    let profiles = Profiles::builtin();
    let key = Key::new([7; 32]);
    let mut all = Vec::new();
    whyunsent::analyze(paths, &settings, &profiles, &key, &whyunsent::Silent, &mut |mut rows| {
        all.append(&mut rows);
        Ok(())
    })
    .expect("the sink never fails");
    all
}

/// Every file below a directory, sorted.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut entries: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(path);
        }
    }
    all
}
