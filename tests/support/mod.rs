//! What several test files share: running the pipeline in the library on a path.
#![allow(dead_code)]

pub mod fleet;
pub mod hostile;
pub mod label;
pub mod secrets;
pub mod worlds;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
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
    rows_with(paths, &Profiles::builtin(), change)
}

/// The rows of some paths by some profiles.
pub fn rows_with(paths: &[PathBuf], profiles: &Profiles, change: impl FnOnce(&mut Settings)) -> Vec<EventRow> {
    let mut settings = Settings { redact: false, ..Settings::default() };
    change(&mut settings);
    let key = Key::new([7; 32]);
    let mut all = Vec::new();
    whyunsent::analyze(paths, &settings, profiles, &key, &whyunsent::Silent, &mut |mut rows| {
        all.append(&mut rows);
        Ok(())
    })
    .expect("the sink never fails");
    all
}

/// The program, run from the root of the project with one key and one locale.
pub fn whyunsent(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whyunsent"));
    command.current_dir(root()).args(args).env("WHYUNSENT_KEY", "07".repeat(32)).env("LC_ALL", "C").stdin(Stdio::null());
    command
}

/// A run of the program to its end.
pub fn run(args: &[&str]) -> Output {
    whyunsent(args).output().unwrap()
}

/// What a run prints that must end well.
pub fn done(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Writes a gzip file that takes long to read: noise after noise.
pub fn long_log(path: &Path) {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all("2025-11-27 08:00:00.657 I net: one of very many\n".repeat(1 << 20).as_bytes()).unwrap();
    std::fs::write(path, encoder.finish().unwrap().repeat(120)).unwrap();
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

/// Whether tests that need a program or an engine may pass without it: `WHYUNSENT_REQUIRE` names those that
/// must be there, with commas.
pub fn required(name: &str) -> bool {
    std::env::var("WHYUNSENT_REQUIRE").is_ok_and(|names| names.split(',').any(|n| n.trim() == name))
}

/// A program of this machine.
pub struct Tool(pub PathBuf);

impl Tool {
    /// Looks a program up in `PATH`; says SKIPPED where it is missing.
    ///
    /// # Panics
    /// Where it is missing and required.
    pub fn find(name: &str) -> Option<Self> {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&paths).map(|p| p.join(name)).find(|p| p.is_file());
        assert!(found.is_some() || !required(name), "WHYUNSENT_REQUIRE names {name}, and it is not in PATH");
        if found.is_none() {
            println!("SKIPPED: {name} is not installed, what it packs was not read");
        }
        found.map(Self)
    }
}

/// A Python with some packages: that of `WHYUNSENT_PYTHON`, else the one in `PATH`; says SKIPPED where a package is
/// missing.
///
/// # Panics
/// Where a package is missing and required.
pub fn python_with(packages: &[&str]) -> Option<PathBuf> {
    let python = PathBuf::from(std::env::var_os("WHYUNSENT_PYTHON").unwrap_or_else(|| "python3".into()));
    let has = |package: &&str| {
        let found = std::process::Command::new(&python).args(["-c", &format!("import {package}")]).output();
        found.is_ok_and(|output| output.status.success())
    };
    let missing: Vec<&&str> = packages.iter().filter(|p| !has(p)).collect();
    for package in &missing {
        assert!(!required(package), "WHYUNSENT_REQUIRE names {package}, and {} cannot import it", python.display());
        println!("SKIPPED: the Python package {package} is not installed, it did not read our files");
    }
    missing.is_empty().then_some(python)
}

/// Numbers that are the same for the same seed (SplitMix64).
pub struct Numbers(pub u64);

impl Numbers {
    /// The next one below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound.max(1) as u64).unwrap_or(0)
    }

    /// A number from 0 to 1.
    pub fn share(&mut self) -> f64 {
        self.below(1 << 53) as f64 / (1_u64 << 53) as f64
    }
}

/// Lines of a log of about so many bytes.
pub fn random_text(bytes: usize, seed: u64) -> String {
    let words = ["socket", "connect", "queue", "重试", "flush", "timeout", "route", "网络", "ack", "frame"];
    let mut numbers = Numbers(seed);
    let mut text = String::new();
    while text.len() < bytes {
        let (second, milli) = (text.len() / 97 % 86_400, numbers.below(1_000));
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        text.push_str(&format!("2025-11-27 {hour:02}:{minute:02}:{second:02}.{milli:03} I net:"));
        for _ in 0..=numbers.below(7) {
            text.push(' ');
            text.push_str(words[numbers.below(words.len())]);
        }
        text.push_str(&format!(" {:08x}\n", numbers.below(1 << 32)));
    }
    text
}
