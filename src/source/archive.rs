//! Archives: a zip or tar comes in, its members go out as places in it, with safe names. Nothing is
//! unpacked but an archive inside another or behind a compression, which must be seekable.

use std::collections::HashSet;
use std::io;

use super::blob::Window;
use super::document::{Document, Method, Raw};
use super::limits::Limits;
use super::member::Member;
use super::name::sanitised;
use super::problem::{Problem, ProblemKind};
use super::spool::spool;
use super::{tar_list, zip_list};

/// Members that only app, library and office packages have.
const PACKAGE_MEMBERS: &[&str] = &["AndroidManifest.xml", "META-INF/MANIFEST.MF", "[Content_Types].xml", "classes.dex"];

/// Which archive it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Zip.
    Zip,
    /// Tar.
    Tar,
}

/// An archive that has not been opened.
#[derive(Clone, Debug)]
pub(super) struct Archive {
    /// The archive as a document.
    pub(super) document: Document,
    /// Which one it is.
    pub(super) format: Format,
    /// Archives and layers around its members.
    pub(super) nesting: usize,
}

/// A member as its archive lists it.
pub(super) struct Entry {
    /// Name as stored.
    pub(super) name: String,
    /// Its bytes.
    pub(super) raw: Raw,
    /// When it was last written.
    pub(super) modified_us: Option<i64>,
    /// Its size, unpacked.
    pub(super) size: Option<u64>,
}

/// Collects the members of one archive.
pub(super) struct Listing<'a> {
    archive: &'a Archive,
    max_entries: usize,
    members: Vec<Member>,
    names: HashSet<String>,
    problems: Vec<Problem>,
}

impl Archive {
    /// The members, sorted by name, and what was wrong.
    pub(super) fn members(&self, limits: &Limits) -> (Vec<Member>, Vec<Problem>) {
        let mut listing =
            Listing { archive: self, max_entries: limits.max_entries, members: Vec::new(), names: HashSet::new(), problems: Vec::new() };
        match self.window(limits, &mut listing.problems) {
            Ok(window) => match self.format {
                Format::Zip => zip_list::list(&window, &mut listing),
                Format::Tar => tar_list::list(&window, limits.metadata_bytes, &mut listing),
            },
            Err(error) => {
                listing.problems.push(Problem::new(&self.document.file, ProblemKind::Unreadable, format!("cannot be opened: {error}")));
            }
        }
        let Listing { mut members, mut problems, .. } = listing;
        if members.iter().any(|m| PACKAGE_MEMBERS.contains(&m.path.as_str())) {
            members.clear();
            problems = vec![Problem::new(&self.document.file, ProblemKind::Skipped, "an app or office package")];
        } else if members.is_empty() && problems.is_empty() {
            problems.push(Problem::new(&self.document.file, ProblemKind::Empty, "the archive holds no files"));
        }
        members.sort_by(|a, b| a.path.cmp(&b.path));
        (members, problems)
    }

    /// The archive's bytes, seekable.
    fn window(&self, limits: &Limits, problems: &mut Vec<Problem>) -> io::Result<Window> {
        let Raw { blob, start, len, method, .. } = &self.document.raw;
        if self.document.layers.is_empty() && *method == Method::Stored {
            return Window::new(blob, *start, len.unwrap_or(u64::MAX));
        }
        let mut reader = self.document.undecoded(limits)?;
        let (stage, notes) = reader.parts();
        let blob = spool(stage, notes)?;
        problems.append(&mut reader.problems());
        Window::new(&blob, 0, u64::MAX)
    }
}

impl Listing<'_> {
    /// Adds a member; false once there are too many.
    pub(super) fn push(&mut self, entry: Entry) -> bool {
        if self.members.len() >= self.max_entries {
            self.limit(format!("more than {} members", self.max_entries));
            return false;
        }
        let (path, escaped) = self.claim(&entry.name);
        let document = &self.archive.document;
        let file = format!("{}!/{path}", document.file);
        if escaped {
            let problem = Problem::new(&file, ProblemKind::Damaged, "its name leads out of the archive");
            self.problems.push(problem.action(format!("read as `{path}`")));
        }
        self.members.push(Member {
            path,
            file,
            raw: entry.raw,
            modified_us: entry.modified_us.or(document.modified_us),
            size: entry.size,
            meter: document.meter.sibling(),
            nesting: self.archive.nesting + 1,
        });
        true
    }

    /// A safe name that no other member has.
    fn claim(&mut self, name: &str) -> (String, bool) {
        let (path, escaped) = sanitised(name);
        if self.names.insert(path.clone()) {
            return (path, escaped);
        }
        let mut n = 2u64;
        loop {
            let other = format!("{path}~{n}");
            if self.names.insert(other.clone()) {
                return (other, escaped);
            }
            n += 1;
        }
    }

    fn member(&mut self, name: &str, kind: ProblemKind, reason: &str) {
        let file = format!("{}!/{}", self.archive.document.file, sanitised(name).0);
        self.problems.push(Problem::new(&file, kind, reason));
    }

    /// A member that is left out on purpose.
    pub(super) fn skipped(&mut self, name: &str, reason: &str) {
        self.member(name, ProblemKind::Skipped, reason);
    }

    /// A member that cannot be read.
    pub(super) fn unreadable(&mut self, name: &str, reason: &str) {
        self.member(name, ProblemKind::Unreadable, reason);
    }

    /// Damage to the archive itself.
    pub(super) fn damaged(&mut self, offset: Option<u64>, reason: String, action: &str) {
        let mut problem = Problem::new(&self.archive.document.file, ProblemKind::Damaged, reason);
        problem.offset = offset;
        self.problems.push(problem.action(action));
    }

    /// A limit that the archive meets.
    pub(super) fn limit(&mut self, reason: String) {
        let problem = Problem::new(&self.archive.document.file, ProblemKind::Limit, reason);
        self.problems.push(problem);
    }
}
