//! From the paths given to the files under them: paths come in; what goes out is one [`Tree`] of
//! members per path, sorted, with what was skipped. Links inside a folder are not followed: what
//! they point to inside the root is met under its own name, and what lies outside stays outside.

use std::collections::HashSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::blob::Blob;
use super::decode::stage::{Meter, Notes, Stream};
use super::document::Raw;
use super::limits::{Limits, SALVAGE_LOOK_BYTES};
use super::member::Member;
use super::name::is_hidden;
use super::problem::{Problem, ProblemKind};
use super::spool::spool;

/// The path that means standard input.
const STANDARD_INPUT: &str = "-";
/// A folder with this file is a store of this tool.
const STORE_FILE: &str = "STORE.json";

/// The files under one path.
#[derive(Default)]
pub(super) struct Tree {
    /// What the path itself is called.
    pub(super) label: String,
    /// Its files.
    pub(super) members: Vec<Member>,
    /// What was left out.
    pub(super) problems: Vec<Problem>,
    /// Bytes of the files on disk.
    pub(super) bytes: u64,
}

/// Walks every path. A path that lies under another one is walked only with that one.
pub(super) fn walk(paths: &[PathBuf], limits: &Limits) -> Vec<Tree> {
    let real: Vec<PathBuf> = paths.iter().map(|p| fs::canonicalize(p).unwrap_or_else(|_| p.clone())).collect();
    let roots: HashSet<&Path> = real.iter().map(PathBuf::as_path).collect();
    let mut seen = HashSet::new();
    let mut trees = Vec::new();
    for (at, path) in paths.iter().enumerate() {
        let inside = real[at].ancestors().skip(1).any(|above| roots.contains(above));
        if seen.insert(&real[at]) && !inside {
            trees.push(walk_one(path, &real[at], limits));
        }
    }
    trees
}

/// The paths with those that are globs replaced by what they match: where a shell does not (a list in a file, a
/// terminal of Windows, quotes). A file that is called like a glob is that file. As in a shell, a star matches no
/// leading dot.
pub(super) fn expand(paths: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<PathBuf> {
    let like_a_shell = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
    let mut all = Vec::new();
    for path in paths {
        let pattern = path.to_str().filter(|text| text.contains(['*', '?', '[']) && fs::symlink_metadata(path).is_err());
        let Some(pattern) = pattern else {
            all.push(path.clone());
            continue;
        };
        let mut told = |reason: String| problems.push(Problem::new(pattern, ProblemKind::Unreadable, reason));
        match glob::glob_with(pattern, like_a_shell) {
            Ok(matches) => {
                let before = all.len();
                all.extend(matches.filter_map(Result::ok));
                if all.len() == before {
                    told("no such file, and nothing that it matches as a glob".to_owned());
                }
            }
            Err(error) => told(format!("no such file, and no glob: {error}")),
        }
    }
    all
}

fn walk_one(path: &Path, real: &Path, limits: &Limits) -> Tree {
    let mut tree = Tree { label: label(path, real), ..Tree::default() };
    if path.as_os_str() == STANDARD_INPUT {
        tree.add_stream(io::stdin(), limits);
        return tree;
    }
    match fs::metadata(path) {
        Ok(meta) if meta.is_dir() => tree.add_folder(path, "", 0, limits),
        Ok(meta) if meta.is_file() => {
            let name = tree.label.clone();
            tree.add_file(path.to_path_buf(), name, &meta);
        }
        Ok(_) => match File::open(path) {
            Ok(file) => tree.add_stream(file, limits),
            Err(error) => tree.unreadable("", &error),
        },
        Err(error) => tree.unreadable("", &error),
    }
    tree
}

/// The last part of a path, also of `.` and `..`.
fn label(path: &Path, real: &Path) -> String {
    let name = path.file_name().or_else(|| real.file_name());
    name.map_or_else(|| path.to_string_lossy().into_owned(), |n| n.to_string_lossy().into_owned())
}

impl Tree {
    pub(super) fn add_file(&mut self, path: PathBuf, name: String, meta: &Metadata) {
        self.bytes += meta.len();
        self.members.push(Member {
            file: name.clone(),
            path: name,
            raw: Raw::whole(Blob::path(path)),
            modified_us: modified_us(meta),
            size: Some(meta.len()),
            meter: Meter::default(),
            nesting: 0,
            look_bytes: SALVAGE_LOOK_BYTES,
        });
    }

    fn add_stream(&mut self, from: impl Read + Send, limits: &Limits) {
        let name = self.label.clone();
        let mut notes = Notes::new(&name, limits, Meter::default());
        match spool(&mut Stream(from), &mut notes) {
            Ok(blob) => {
                let size = blob.len().ok();
                self.bytes += size.unwrap_or(0);
                let (raw, meter) = (Raw::whole(blob), Meter::default());
                self.members.push(Member {
                    file: name.clone(),
                    path: name,
                    raw,
                    modified_us: None,
                    size,
                    meter,
                    nesting: 0,
                    look_bytes: SALVAGE_LOOK_BYTES,
                });
                self.problems.append(&mut notes.problems);
            }
            Err(error) => self.unreadable("", &error),
        }
    }

    pub(super) fn add_folder(&mut self, folder: &Path, prefix: &str, depth: usize, limits: &Limits) {
        if depth > limits.max_depth {
            let reason = format!("more than {} folders below one another", limits.max_depth);
            return self.problem(prefix, ProblemKind::Limit, reason);
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(prefix, &error),
        };
        let mut names = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => names.push(entry.file_name()),
                Err(error) => self.unreadable(prefix, &error),
            }
        }
        if names.iter().any(|n| n == STORE_FILE) {
            return self.problem(prefix, ProblemKind::Skipped, "a store of this tool");
        }
        names.sort();
        for name in names {
            let text = name.to_string_lossy();
            let path = if prefix.is_empty() { text.into_owned() } else { format!("{prefix}/{text}") };
            self.add_entry(folder.join(&name), path, depth, limits);
        }
    }

    fn add_entry(&mut self, place: PathBuf, path: String, depth: usize, limits: &Limits) {
        let meta = match fs::symlink_metadata(&place) {
            Ok(meta) => meta,
            Err(error) => return self.unreadable(&path, &error),
        };
        if is_hidden(&path) {
            self.problem(&path, ProblemKind::Skipped, "hidden");
        } else if meta.is_symlink() {
            self.problem(&path, ProblemKind::Skipped, "a symbolic link, which is not followed inside a folder");
        } else if meta.is_dir() {
            self.add_folder(&place, &path, depth + 1, limits);
        } else if meta.is_file() {
            self.add_file(place, path, &meta);
        } else {
            self.problem(&path, ProblemKind::Skipped, "no regular file");
        }
    }

    pub(super) fn unreadable(&mut self, path: &str, error: &io::Error) {
        self.problem(path, ProblemKind::Unreadable, format!("cannot be read: {error}"));
    }

    pub(super) fn problem(&mut self, path: &str, kind: ProblemKind, reason: impl Into<String>) {
        let file = if path.is_empty() { &self.label } else { path };
        self.problems.push(Problem::new(file, kind, reason));
    }
}

fn modified_us(meta: &Metadata) -> Option<i64> {
    let since = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok()
}
