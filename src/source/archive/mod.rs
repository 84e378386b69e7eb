//! Archives: a zip or tar comes in, its members go out as places in it, with safe names. Nothing is
//! unpacked but an archive inside another or behind a compression, which must be seekable, and 7z, whose
//! members are packed together.

mod sevenz;
mod tar;
mod zip;

use std::collections::HashMap;
use std::io;

use super::blob::Window;
use super::decode::stage::Notes;
use super::document::{Document, Method, Raw};
use super::limits::{Limits, NAME_BYTES, SALVAGE_LOOK_ARCHIVE_BYTES, SALVAGE_LOOK_BYTES};
use super::member::Member;
use super::name::sanitised;
use super::problem::{Problem, ProblemKind};
use super::secrets::Secrets;
use super::spool::spool;

/// Members that only app, library and office packages have.
const PACKAGE_MEMBERS: &[&str] = &["AndroidManifest.xml", "META-INF/MANIFEST.MF", "[Content_Types].xml", "classes.dex"];

/// So many bytes of a member are looked through for a container, however many members there are.
const SALVAGE_LOOK_LEAST_BYTES: usize = 4 << 10;

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
    /// Whether it was found in what begins like nothing known. Nothing is looked for so in its members once more: noise that
    /// holds a header every few bytes would be an archive of such archives, as deep as is allowed.
    pub(in crate::source) salvaged: bool,
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
    limits: &'a Limits,
    members: Vec<Member>,
    /// Entries so far, also those that are left out.
    entries: usize,
    /// Names that are taken, and the last number that was added to one.
    names: HashMap<String, u64>,
    names_bytes: usize,
    problems: Vec<Problem>,
}

impl Archive {
    /// The members, sorted by name, and what was wrong.
    pub(in crate::source) fn members(&self, limits: &Limits) -> (Vec<Member>, Vec<Problem>) {
        let mut listing =
            Listing { archive: self, limits, members: Vec::new(), entries: 0, names: HashMap::new(), names_bytes: 0, problems: Vec::new() };
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
        let share = SALVAGE_LOOK_ARCHIVE_BYTES / members.len().max(1);
        let share = if self.salvaged { 0 } else { share.clamp(SALVAGE_LOOK_LEAST_BYTES, SALVAGE_LOOK_BYTES) };
        for member in &mut members {
            member.look_bytes = share;
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

/// A name that leads nowhere and is no longer than a path may be, and whether it tried to leave the archive.
fn safe_name(name: &str) -> (String, bool) {
    if name.len() <= NAME_BYTES {
        return sanitised(name);
    }
    let (path, escaped) = sanitised(&name[..name.floor_char_boundary(NAME_BYTES)]);
    (path + "…", escaped)
}

impl Listing<'_> {
    /// Counts an entry of any kind before anything is kept of it; false once there are too many, or their names are too
    /// long.
    pub(in crate::source) fn has_room(&mut self, name: &str) -> bool {
        let Limits { max_entries, max_entries_in_all, names_bytes, .. } = self.limits;
        self.entries += 1;
        self.names_bytes += name.len().min(NAME_BYTES);
        let met = if self.entries > *max_entries {
            Some(format!("more than {max_entries} members"))
        } else if self.names_bytes > *names_bytes {
            Some(format!("names of more than {names_bytes} bytes"))
        } else if self.archive.document.meter.count_entry() > *max_entries_in_all {
            Some(format!("more than {max_entries_in_all} members in all archives of this file"))
        } else {
            None
        };
        let has_room = met.is_none();
        if let Some(reason) = met {
            let problem = Problem::new(&self.archive.document.file, ProblemKind::Limit, reason);
            self.problems.push(problem.action("read up to the limit; all of it can be read once it is unpacked"));
        }
        has_room
    }

    /// Adds a member that there is room for.
    pub(in crate::source) fn push(&mut self, entry: Entry) {
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
            look_bytes: SALVAGE_LOOK_BYTES,
        });
    }

    /// A safe name that no other member has.
    fn claim(&mut self, name: &str) -> (String, bool) {
        let (path, escaped) = safe_name(name);
        let Some(n) = self.names.get_mut(&path) else {
            self.names.insert(path.clone(), 1);
            return (path, escaped);
        };
        // Counted on from the last one: a million members may have one name.
        let mut number = *n;
        let other = loop {
            number += 1;
            let other = format!("{path}~{number}");
            if !self.names.contains_key(&other) {
                break other;
            }
        };
        self.names.insert(path, number);
        self.names.insert(other.clone(), 1);
        (other, escaped)
    }

    fn member(&mut self, name: &str, kind: ProblemKind, reason: &str) {
        let file = format!("{}!/{}", self.archive.document.file, safe_name(name).0);
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
