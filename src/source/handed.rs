//! Files that are handed over one by one, by whoever knows which belong together, instead of being found by a walk: what
//! comes in are names below a common root and where the bytes are, what goes out are the units that a walk of that root
//! would give, so that an upload is the same upload either way.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::Options;
use super::blob::Blob;
use super::decode::stage::Meter;
use super::document::Raw;
use super::filter::Filter;
use super::limits::SALVAGE_LOOK_BYTES;
use super::member::Member;
use super::name::is_hidden;
use super::part::{Part, Place, parts, whole};
use super::problem::ProblemKind;
use super::unit::{Collected, Unit};
use super::walk::Tree;

/// A file of an upload.
#[derive(Debug)]
pub struct Handed {
    /// Its path below the root, `/` between parts.
    pub name: String,
    /// Its bytes.
    pub content: Content,
    /// When it was last written, in µs since 1970, where the one who hands it over knows; a file on disk knows itself.
    pub modified_us: Option<i64>,
}

/// Where the bytes of a file are.
#[derive(Debug)]
pub enum Content {
    /// On disk: a file, or a folder with all that lies below it.
    Place(PathBuf),
    /// Here.
    Bytes(Vec<u8>),
}

/// What was handed over, as a walk would have found it. `label` is what the root is called. Several files that are stated to
/// be one upload are one, whatever they are.
#[must_use]
pub fn handed(files: Vec<Handed>, label: &str, one_upload: bool, options: &Options) -> Collected {
    let mut tree = Tree { label: label.to_owned(), ..Tree::default() };
    for file in files {
        add(&mut tree, file, options);
    }
    let Tree { members, mut problems, bytes, .. } = tree;
    let files = members.len() as u64;
    let place = Place { base: label.to_owned(), prefix: String::new() };
    let filter = Filter::new(&options.include, &options.exclude, &mut problems);
    let parts = if one_upload && members.len() > 1 {
        let root = common_folder(members.iter().map(|member| member.path.as_str()));
        whole(members, root, &place, "stated to be one upload", options, &filter, &mut problems)
    } else {
        parts(members, &place, options, &filter, &mut problems)
    };
    let unit = |part: Part| Unit::new(part, place.clone());
    Collected { units: parts.into_iter().map(unit).collect(), problems, bytes, files }
}

fn add(tree: &mut Tree, file: Handed, options: &Options) {
    if is_hidden(&file.name) {
        return tree.problem(&file.name, ProblemKind::Skipped, "hidden");
    }
    match file.content {
        Content::Bytes(bytes) => {
            tree.bytes += bytes.len() as u64;
            tree.members.push(Member {
                file: file.name.clone(),
                path: file.name,
                size: Some(bytes.len() as u64),
                raw: Raw::whole(Blob::Memory(bytes.into())),
                modified_us: file.modified_us,
                meter: Meter::default(),
                nesting: 0,
                look_bytes: SALVAGE_LOOK_BYTES,
            });
        }
        Content::Place(place) => match std::fs::metadata(&place) {
            Ok(meta) if meta.is_dir() => tree.add_folder(&place, &file.name, 0, &options.limits),
            Ok(meta) if meta.is_file() => {
                tree.add_file(place, file.name, &meta);
                if let (Some(member), Some(at)) = (tree.members.last_mut(), file.modified_us) {
                    member.modified_us = Some(at);
                }
            }
            Ok(_) => tree.problem(&file.name, ProblemKind::Unreadable, "no regular file"),
            Err(_) if place.to_str().is_some_and(|text| text.contains("://")) => {
                tree.problem(&file.name, ProblemKind::Unreadable, "no file of this machine, and its bytes were not handed over");
            }
            Err(error) => tree.unreadable(&file.name, &error),
        },
    }
}

/// The innermost folder that holds all files.
fn common_folder<'a>(paths: impl Iterator<Item = &'a str>) -> String {
    let folders: BTreeSet<&str> = paths.map(|path| path.rsplit_once('/').map_or("", |(folder, _)| folder)).collect();
    // Sorted, so that what the first and the last have in common all have.
    let (Some(first), Some(last)) = (folders.first(), folders.last()) else { return String::new() };
    let shared = first.split('/').zip(last.split('/')).take_while(|(a, b)| a == b).map(|(part, _)| part);
    shared.collect::<Vec<_>>().join("/")
}

impl Unit {
    /// What the root of its tree is called.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.place.base
    }

    /// Its files, by which another process can be asked for the same unit; `None` where one is not on disk.
    #[must_use]
    pub fn files(&self) -> Option<Vec<(String, PathBuf)>> {
        let on_disk = |document: &super::Document| match &document.raw.blob {
            Blob::Path(path) => Some((document.name.clone(), path.to_path_buf())),
            Blob::File(_) | Blob::Memory(_) => None,
        };
        self.part.documents().map(on_disk).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Probe, Problem, open};

    fn file(name: &str, text: &str) -> Handed {
        Handed { name: name.to_owned(), content: Content::Bytes(text.as_bytes().to_vec()), modified_us: None }
    }

    fn uploads(files: Vec<Handed>, one_upload: bool) -> (Vec<(String, usize)>, Vec<Problem>) {
        let options = Options::default();
        let collected = handed(files, "root", one_upload, &options);
        let mut found = Vec::new();
        let mut problems = collected.problems;
        for unit in &collected.units {
            problems.extend(open(unit, &options, &|_| Probe::default(), &mut |u| found.push((u.path, u.documents.len()))));
        }
        (found, problems)
    }

    #[test]
    fn files_that_are_stated_to_be_one_upload_are_one_with_the_folder_that_holds_them() {
        let files = || vec![file("u/1/a.log", "x\n"), file("u/1/sub/b.log", "y\n")];
        assert_eq!(uploads(files(), true).0, [("u/1".to_owned(), 2)]);
        assert_eq!(uploads(files(), false).0, [("u/1/a.log".to_owned(), 1), ("u/1/sub/b.log".to_owned(), 1)]);
        assert_eq!(uploads(vec![file("a.log", "x\n"), file("b.log", "x\n")], true).0, [("root".to_owned(), 2)]);
    }

    #[test]
    fn a_file_that_is_not_there_or_empty_is_a_problem_of_that_name() {
        let gone = Handed { name: "u/gone.log".into(), content: Content::Place("/no/such/file".into()), modified_us: None };
        let (found, problems) = uploads(vec![gone, file("u/empty.log", ""), file("u/.hidden", "x\n")], false);
        assert!(found.is_empty());
        let kinds: Vec<(&str, ProblemKind)> = problems.iter().map(|p| (p.file.as_str(), p.kind)).collect();
        let expected = [("u/gone.log", ProblemKind::Unreadable), ("u/.hidden", ProblemKind::Skipped), ("u/empty.log", ProblemKind::Empty)];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn the_folder_in_common_is_that_of_whole_names() {
        assert_eq!(common_folder(["a/bc/x", "a/bd/y"].into_iter()), "a");
        assert_eq!(common_folder(["a/b/x", "a/b/c/y"].into_iter()), "a/b");
        assert_eq!(common_folder(["x"].into_iter()), "");
    }
}
