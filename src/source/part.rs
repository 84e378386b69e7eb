//! From the files of one tree to what may be opened by itself: members come in; what goes out are
//! folders with their documents, whole uploads with a metadata file, and archives. Folders and
//! archives go through the same door, so that a zip and its unpacked folder are read alike.

use std::collections::{BTreeMap, BTreeSet};

use super::archive::Archive;
use super::document::Document;
use super::filter::Filter;
use super::group::{SIBLING_FILES_MAX, stems};
use super::member::{Found, Member};
use super::name::{is_hidden, is_metadata, split};
use super::problem::{Problem, ProblemKind};
use super::{Grouping, Options};
use rayon::prelude::*;

/// What may be opened by itself.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Where it is: sorts the parts.
    pub(super) path: String,
    /// What it is.
    pub(super) kind: PartKind,
}

/// What a part is.
#[derive(Clone, Debug)]
pub(super) enum PartKind {
    /// One upload: everything below a folder.
    Whole {
        /// The folder, relative to the tree.
        root: String,
        /// Its documents.
        documents: Vec<Document>,
        /// Its archives, whose members are documents of the same upload.
        archives: Vec<Archive>,
        /// Why it is one.
        why: &'static str,
    },
    /// Documents of one folder that may be one upload or several.
    Folder {
        /// The folder, relative to the tree.
        root: String,
        /// Its documents.
        documents: Vec<Document>,
    },
    /// Each document by itself.
    Single(Document),
    /// An archive.
    Archive(Archive),
}

impl Part {
    /// Its documents, and its archives as they are stored.
    pub(super) fn documents(&self) -> impl Iterator<Item = &Document> {
        let (documents, archives): (&[Document], &[Archive]) = match &self.kind {
            PartKind::Whole { documents, archives, .. } => (documents, archives),
            PartKind::Folder { documents, .. } => (documents, &[]),
            PartKind::Single(document) => (std::slice::from_ref(document), &[]),
            PartKind::Archive(archive) => (&[], std::slice::from_ref(archive)),
        };
        documents.iter().chain(archives.iter().map(|archive| &archive.document))
    }
}

/// Where a tree hangs: what its root is called, and what precedes its paths in evidence.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// The path given, or the archive.
    pub(super) base: String,
    /// `a.zip!/` for members of an archive.
    pub(super) prefix: String,
}

impl Place {
    /// The path of a folder of the tree.
    pub(super) fn folder(&self, root: &str) -> String {
        if root.is_empty() { self.base.clone() } else { format!("{}{root}", self.prefix) }
    }
}

/// Sorts the files of a tree into parts, in order of path.
pub(super) fn parts(members: Vec<Member>, place: &Place, options: &Options, filter: &Filter, problems: &mut Vec<Problem>) -> Vec<Part> {
    let (documents, archives) = look(members, options, filter, problems);
    let roots = roots(&documents, &archives, options.grouping);
    let mut wholes: BTreeMap<String, (Vec<Document>, Vec<Archive>)> = BTreeMap::new();
    let mut folders: BTreeMap<String, Vec<Document>> = BTreeMap::new();
    let mut parts = Vec::new();
    for document in documents {
        match nearest_root(&document.name, &roots) {
            Some(root) => wholes.entry(root.to_owned()).or_default().0.push(document),
            None => folders.entry(split(&document.name).0.to_owned()).or_default().push(document),
        }
    }
    for archive in archives {
        match nearest_root(&archive.document.name, &roots) {
            Some(root) => wholes.entry(root.to_owned()).or_default().1.push(archive),
            None => parts.push(Part { path: archive.document.file.clone(), kind: PartKind::Archive(archive) }),
        }
    }
    let why = if options.grouping == Grouping::Dir { "grouping by folder was asked for" } else { "a metadata file" };
    for (root, (documents, archives)) in wholes {
        parts.push(Part { path: place.folder(&root), kind: PartKind::Whole { root, documents, archives, why } });
    }
    for (root, documents) in folders {
        add_folder(&root, documents, options.grouping, &mut parts);
    }
    parts.sort_by(|a, b| a.path.cmp(&b.path));
    parts
}

/// All files as one upload; nothing if none is to be read.
pub(super) fn whole(
    members: Vec<Member>,
    root: String,
    place: &Place,
    why: &'static str,
    options: &Options,
    filter: &Filter,
    problems: &mut Vec<Problem>,
) -> Vec<Part> {
    let (documents, archives) = look(members, options, filter, problems);
    if documents.is_empty() && archives.is_empty() {
        return Vec::new();
    }
    vec![Part { path: place.folder(&root), kind: PartKind::Whole { root, documents, archives, why } }]
}

/// Looks into every member that is wanted.
fn look(members: Vec<Member>, options: &Options, filter: &Filter, problems: &mut Vec<Problem>) -> (Vec<Document>, Vec<Archive>) {
    let skipped = |file: &str, why: &str| Found::Neither(Problem::new(file, ProblemKind::Skipped, why));
    let look = |member: Member| {
        if member.nesting > 0 && is_hidden(&member.path) {
            return skipped(&member.file, "hidden");
        }
        if filter.excludes(&member.file) {
            return skipped(&member.file, "left out by an exclude glob");
        }
        match member.look(options) {
            Found::Document(document) if !filter.is_open() && !filter.wants(&document.file) => {
                skipped(&document.file, "no include glob asks for it")
            }
            found => found,
        }
    };
    let found: Vec<Found> = members.into_par_iter().map(look).collect();
    let (mut documents, mut archives) = (Vec::new(), Vec::new());
    for found in found {
        match found {
            Found::Document(document) => documents.push(document),
            Found::Archive(archive) => archives.push(archive),
            Found::Neither(problem) => problems.push(problem),
        }
    }
    (documents, archives)
}

/// Folders that are one upload with all that lies below them.
fn roots(documents: &[Document], archives: &[Archive], grouping: Grouping) -> BTreeSet<String> {
    let folders = |d: &Document| split(&d.name).0.to_owned();
    match grouping {
        Grouping::File => BTreeSet::new(),
        Grouping::Auto => documents.iter().filter(|d| is_metadata(&d.name)).map(folders).collect(),
        Grouping::Dir => {
            let all: BTreeSet<String> = documents.iter().chain(archives.iter().map(|a| &a.document)).map(folders).collect();
            all.iter().filter(|f| ancestors(f).skip(1).all(|a| !all.contains(a))).cloned().collect()
        }
    }
}

/// A folder and those around it, the innermost first, the tree's root (`""`) last.
fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |f| if f.is_empty() { None } else { Some(split(f).0) })
}

fn nearest_root<'a>(path: &'a str, roots: &BTreeSet<String>) -> Option<&'a str> {
    if roots.is_empty() {
        return None;
    }
    ancestors(split(path).0).find(|folder| roots.contains(*folder))
}

/// A folder of many logs is many parts, so that they can be read in parallel; what might be one
/// upload stays together.
fn add_folder(root: &str, documents: Vec<Document>, grouping: Grouping, parts: &mut Vec<Part>) {
    if grouping == Grouping::File {
        parts.extend(documents.into_iter().map(single));
        return;
    }
    let files = documents.len();
    let sets = stems(documents);
    let logs = sets.iter().filter(|set| set.iter().all(|d| !d.crash_report)).count();
    let together = if files <= SIBLING_FILES_MAX || (logs < sets.len() && logs <= SIBLING_FILES_MAX) {
        vec![sets.into_iter().flatten().collect::<Vec<_>>()]
    } else {
        sets
    };
    for mut documents in together {
        documents.sort_by(|a, b| a.name.cmp(&b.name));
        let Some(first) = documents.first() else { continue };
        if documents.len() == 1 {
            parts.extend(documents.into_iter().map(single));
        } else {
            let path = first.file.clone();
            parts.push(Part { path, kind: PartKind::Folder { root: root.to_owned(), documents } });
        }
    }
}

fn single(document: Document) -> Part {
    Part { path: document.file.clone(), kind: PartKind::Single(document) }
}
