//! Folders are the pipeline's nouns in order; a module imports only from those above it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The order of `ARCHITECTURE.md`, top to bottom.
const ORDER: &[&str] = &[
    "taxonomy", "event", "words", "redact", "template", "source", "format", "profile", "scan", "session", "attempt", "cause", "settings",
    "pipeline", "store", "fleet", "stats", "report", "cli",
];

fn rust_files(dir: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|x| x == "rs") {
            into.push(path);
        }
    }
}

fn module_of(path: &Path) -> String {
    let inner = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    inner.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    files
}

#[test]
fn every_module_has_its_place_in_the_order() {
    let modules: BTreeSet<String> = sources().iter().map(|p| module_of(p)).collect();
    let known: BTreeSet<String> = ORDER.iter().map(|m| (*m).to_owned()).chain(["lib".to_owned(), "main".to_owned()]).collect();
    assert_eq!(modules, known);
}

#[test]
fn a_module_imports_only_from_those_above_it() {
    let mut wrong = Vec::new();
    for path in sources() {
        let own = module_of(&path);
        let Some(rank) = ORDER.iter().position(|m| *m == own) else { continue };
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in code.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
            for used in line.split("crate::").skip(1) {
                let name: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if ORDER.iter().position(|m| *m == name).is_some_and(|r| r > rank) {
                    wrong.push(format!("{}:{}: {own} imports {name}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_architecture_names_every_module_in_this_order() {
    let text = include_str!("../ARCHITECTURE.md");
    let mut at = 0;
    for module in ORDER {
        let found = text[at..].find(&format!("`{module}")).unwrap_or_else(|| panic!("{module} is missing or out of order"));
        at += found;
    }
}
