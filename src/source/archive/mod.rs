//! Archives: a zip or tar comes in, its members go out as places in it, with safe names. Nothing is
//! unpacked but an archive inside another or behind a compression, which must be seekable, and 7z, whose
//! members are packed together.

mod sevenz;
mod tar;
mod zip;

use std::collections::HashSet;
use std::io;

use super::blob::Window;
use super::decode::stage::Notes;
use super::document::{Document, Method, Raw};
use super::limits::Limits;
use super::member::Member;
use super::name::sanitised;
use super::problem::{Problem, ProblemKind};
use super::secrets::Secrets;
use super::spool::spool;

/// Members that only app, library and office packages have.
const PACKAGE_MEMBERS: &[&str] = &["AndroidManifest.xml", "META-INF/MANIFEST.MF", "[Content_Types].xml", "classes.dex"];

/// Which archive it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Format {
    /// Zip.
    Zip,
    /// Tar.
    Tar,
    /// 7z.
    SevenZ,
}

impl Format {
    /// Every archive.
    pub(in crate::source) const ALL: [Self; 3] = [Self::Zip, Self::Tar, Self::SevenZ];

    /// Where in bytes that begin like nothing known its first member stands.
    pub(in crate::source) fn find(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Zip => zip::find(bytes),
            Self::Tar => tar::find(bytes),
            // Nothing in it tells where a member begins.
            Self::SevenZ => None,
        }
    }
}

/// An archive that has not been opened.
#[derive(Clone, Debug)]
pub(in crate::source) struct Archive {
    /// The archive as a document.
    pub(in crate::source) document: Document,
    /// Which one it is.
    pub(in crate::source) format: Format,
    /// Archives and layers around its members.
    pub(in crate::source) nesting: usize,
}

/// A member as its archive lists it.
pub(in crate::source) struct Entry {
    /// Name as stored.
    pub(in crate::source) name: String,
    /// Its bytes.
    pub(in crate::source) raw: Raw,
    /// When it was last written.
    pub(in crate::source) modified_us: Option<i64>,
    /// Its size, unpacked.
    pub(in crate::source) size: Option<u64>,
}

/// Collects the members of one archive.
pub(in crate::source) struct Listing<'a> {
    archive: &'a Archive,
    max_entries: usize,
    members: Vec<Member>,
    names: HashSet<String>,
    problems: Vec<Problem>,
}

impl Archive {
    /// The members, sorted by name, and what was wrong.
    pub(in crate::source) fn members(&self, limits: &Limits) -> (Vec<Member>, Vec<Problem>) {
        let mut listing =
            Listing { archive: self, max_entries: limits.max_entries, members: Vec::new(), names: HashSet::new(), problems: Vec::new() };
        match self.window(limits, &mut listing.problems) {
            Ok(window) => match self.format {
                Format::Zip => zip::list(&window, &mut listing),
                Format::Tar => tar::list(&window, limits.metadata_bytes, &mut listing),
                Format::SevenZ => sevenz::list(&window, limits, &mut listing),
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
        let Raw { blob, start, len, method, lock, .. } = &self.document.raw;
        if self.document.layers.is_empty() && *method == Method::Stored && lock.is_none() {
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
    pub(in crate::source) fn push(&mut self, entry: Entry) -> bool {
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
    pub(in crate::source) fn skipped(&mut self, name: &str, reason: &str) {
        self.member(name, ProblemKind::Skipped, reason);
    }

    /// A member that cannot be read.
    pub(in crate::source) fn unreadable(&mut self, name: &str, reason: &str) {
        self.member(name, ProblemKind::Unreadable, reason);
    }

    /// A member that is read up to some place.
    fn damaged_member(&mut self, name: &str, reason: &str) {
        self.member(name, ProblemKind::Damaged, reason);
    }

    /// The archive cannot be read at all.
    fn unreadable_archive(&mut self, reason: &str) {
        self.problems.push(Problem::new(&self.archive.document.file, ProblemKind::Unreadable, reason));
    }

    /// The archive cannot be read without a password.
    fn locked(&mut self, reason: &str) {
        let reason = format!("{reason}, {}", self.secrets().why_locked());
        self.unreadable_archive(&reason);
    }

    /// What encrypted members are opened with.
    fn secrets(&self) -> &Secrets {
        &self.archive.document.secrets
    }

    /// Notes on the archive.
    fn notes(&self, limits: &Limits) -> Notes {
        let document = &self.archive.document;
        Notes::new(&document.file, limits, document.meter.sibling())
    }

    /// Problems found elsewhere.
    fn add(&mut self, mut problems: Vec<Problem>) {
        self.problems.append(&mut problems);
    }

    /// Bytes of the archive that are no member's.
    fn skipped_bytes(&mut self, offset: u64, bytes: u64, reason: &str) {
        let problem = Problem::new(&self.archive.document.file, ProblemKind::Damaged, reason).at(offset);
        let problem = problem.action(format!("{bytes} bytes skipped"));
        self.problems.push(Problem { skipped_bytes: Some(bytes), ..problem });
    }

    /// The last member ends earlier than it said.
    fn shorten_last(&mut self, len: u64) {
        if let Some(raw) = self.members.last_mut().map(|m| &mut m.raw)
            && raw.len.is_some_and(|said| said > len)
        {
            (raw.len, raw.cut) = (Some(len), true);
        }
    }

    /// Damage to the archive itself.
    pub(in crate::source) fn damaged(&mut self, offset: Option<u64>, reason: String, action: &str) {
        let mut problem = Problem::new(&self.archive.document.file, ProblemKind::Damaged, reason);
        problem.offset = offset;
        self.problems.push(problem.action(action));
    }

    /// A limit that the archive meets.
    pub(in crate::source) fn limit(&mut self, reason: String) {
        let problem = Problem::new(&self.archive.document.file, ProblemKind::Limit, reason);
        self.problems.push(problem);
    }
}
