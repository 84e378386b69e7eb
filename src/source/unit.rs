//! The two steps of reading: [`collect`] turns paths into units, cheaply; [`open`] turns a unit into
//! uploads, one after another, so that many units can be read at the same time.

use std::collections::HashSet;
use std::path::PathBuf;

use super::Options;
use super::archive::Archive;
use super::decode::stage::Meter;
use super::document::Document;
use super::filter::Filter;
use super::group::{Ask, Probe, group};
use super::member::Found;
use super::name::{is_hidden, is_json, is_metadata, split, without_compression};
use super::part::{Part, PartKind, Place, parts};
use super::problem::{Problem, ProblemKind};
use super::walk::{expand, walk};

/// What was found under the paths given.
#[derive(Debug)]
pub struct Collected {
    /// What can be opened, sorted by path.
    pub units: Vec<Unit>,
    /// What was left out.
    pub problems: Vec<Problem>,
    /// Bytes of all files, as they are on disk.
    pub bytes: u64,
    /// How many files were looked at; hidden ones and links are only among the problems.
    pub files: u64,
}

/// Files that form one upload, a folder of documents that may be several, or an archive that may
/// hold many.
#[derive(Clone, Debug)]
pub struct Unit {
    pub(super) part: Part,
    pub(super) place: Place,
}

/// What one user handed over at once.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Where it was found, members as `a.zip!/b.log`; a folder given as a path goes by its name.
    pub path: String,
    /// The last part of `path`.
    pub name: String,
    /// Its documents, in order of name; metadata files apart.
    pub documents: Vec<Document>,
    /// `details.json`, `meta.json` and the like.
    pub metadata: Vec<Document>,
    /// Why these documents are one upload.
    pub why: &'static str,
}

impl Unit {
    pub(super) fn new(part: Part, place: Place) -> Self {
        Self { part, place }
    }

    /// Whether it is one upload with all that lies below a folder.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self.part.kind, PartKind::Whole { .. })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.part.path
    }

    /// How many bytes it has as stored, for progress.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        self.part.documents().map(|document| document.stored_bytes).sum()
    }
}

/// Lists what is under the paths.
#[must_use]
pub fn collect(paths: &[PathBuf], options: &Options) -> Collected {
    let mut collected = Collected { units: Vec::new(), problems: Vec::new(), bytes: 0, files: 0 };
    let filter = Filter::new(&options.include, &options.exclude, &mut collected.problems);
    // Files of the same name from different folders keep one order, whatever the order they came in.
    let mut paths = expand(paths, &mut collected.problems);
    paths.sort();
    for tree in walk(&paths, &options.limits) {
        collected.bytes += tree.bytes;
        collected.files += tree.members.len() as u64;
        collected.problems.extend(tree.problems);
        let place = Place { base: tree.label, prefix: String::new() };
        let parts = parts(tree.members, &place, options, &filter, &mut collected.problems);
        collected.units.extend(parts.into_iter().map(|part| Unit { part, place: place.clone() }));
    }
    collected.units.sort_by(|a, b| a.path().cmp(b.path()));
    collected.problems.sort_by(|a, b| a.file.cmp(&b.file));
    collected
}

/// Opens a unit and calls `each` for every upload in it, in order of path. `probe` says at a glance
/// what a document is about; it is asked only where the grouping depends on it.
pub fn open(unit: &Unit, options: &Options, probe: &(dyn Fn(&Document) -> Probe + Sync), each: &mut dyn FnMut(Upload)) -> Vec<Problem> {
    let mut problems = Vec::new();
    // Bad globs were told by `collect`.
    let filter = Filter::new(&options.include, &options.exclude, &mut Vec::new());
    let mut opener = Opener { options, filter, probe, each, problems: &mut problems };
    let mut part = unit.part.clone();
    if let PartKind::Archive(archive) = &mut part.kind {
        // Whoever opens an archive anew reads it from its beginning, and may spend as much on it.
        archive.document.meter = Meter::default();
    }
    opener.part(part, &unit.place);
    problems
}

struct Opener<'a> {
    options: &'a Options,
    filter: Filter,
    probe: Ask<'a>,
    each: &'a mut dyn FnMut(Upload),
    problems: &'a mut Vec<Problem>,
}

impl Opener<'_> {
    fn part(&mut self, part: Part, place: &Place) {
        match part.kind {
            PartKind::Archive(archive) => self.archive(&archive),
            PartKind::Single(document) => {
                let root = split(&document.name).0.to_owned();
                self.give(document.file.clone(), &root, vec![document], "a file by itself");
            }
            PartKind::Whole { root, mut documents, archives, why } => {
                for archive in archives {
                    self.unpack(&archive, &mut documents);
                }
                self.give(place.folder(&root), &root, documents, why);
            }
            PartKind::Folder { root, documents } => {
                let mut groups = group(documents, self.probe);
                groups.sort_by(|a, b| a.documents.first().map(|d| &d.file).cmp(&b.documents.first().map(|d| &d.file)));
                for group in groups {
                    let Some(first) = group.documents.first() else { continue };
                    let path = if group.whole_folder { place.folder(&root) } else { first.file.clone() };
                    self.give(path, &root, group.documents, group.why);
                }
            }
        }
    }

    fn archive(&mut self, archive: &Archive) {
        let (members, mut problems) = archive.members(&self.options.limits);
        self.problems.append(&mut problems);
        let file = &archive.document.file;
        let place = Place { base: file.clone(), prefix: format!("{file}!/") };
        for part in parts(members, &place, self.options, &self.filter, self.problems) {
            self.part(part, &place);
        }
    }

    /// Adds the members of an archive inside an upload to its documents.
    fn unpack(&mut self, archive: &Archive, documents: &mut Vec<Document>) {
        let (members, mut problems) = archive.members(&self.options.limits);
        self.problems.append(&mut problems);
        for mut member in members {
            if is_hidden(&member.path) {
                self.problems.push(Problem::new(&member.file, ProblemKind::Skipped, "hidden"));
                continue;
            }
            member.path = format!("{}!/{}", archive.document.name, member.path);
            match member.look(self.options) {
                Found::Document(document) if self.filter.wants(&document.file) => documents.push(document),
                Found::Document(document) => {
                    self.problems.push(Problem::new(&document.file, ProblemKind::Skipped, "no glob asks for it"));
                }
                Found::Archive(inner) => self.unpack(&inner, documents),
                Found::Neither(problem) => self.problems.push(problem),
            }
        }
    }

    fn give(&mut self, path: String, root: &str, mut documents: Vec<Document>, why: &'static str) {
        name_within(root, &mut documents);
        documents.sort_by(|a, b| a.name.cmp(&b.name));
        // A `details.log` with no log beside it is a log of that name.
        let only_metadata = documents.iter().all(|d| is_metadata(&d.name));
        let describes = |d: &Document| is_metadata(&d.name) && (!only_metadata || is_json(&d.name));
        let (metadata, documents) = documents.into_iter().partition(describes);
        let name = split(&path).1.to_owned();
        (self.each)(Upload { path, name, documents, metadata, why });
    }
}

/// Names documents relative to their upload's root, without the suffix of a compression that was
/// undone, unless two would then be called alike.
fn name_within(root: &str, documents: &mut [Document]) {
    let mut taken: HashSet<String> = HashSet::new();
    for document in documents.iter_mut() {
        if let Some(inside) = document.name.strip_prefix(root).and_then(|n| n.strip_prefix('/')) {
            document.name = inside.to_owned();
        }
        if document.layers.is_empty() {
            taken.insert(document.name.clone());
        }
    }
    for document in documents.iter_mut().filter(|d| !d.layers.is_empty()) {
        let shorter = without_compression(&document.name, document.layers.len()).to_owned();
        if taken.insert(shorter.clone()) {
            document.name = shorter;
        }
    }
}
