//! Receipts of what was handed over as an upload and gave none: a file that is broken, empty, or over a limit. Problems come
//! in with the uploads that were found beside them, receipts go out, so that whoever counts uploads counts these too.

use crate::event::EventRow;
use crate::source::{Problem, ProblemKind, Unit, Upload, bundle_id};
use crate::taxonomy::{Kind, Status};
use std::collections::HashSet;

/// What the uploads of a unit consist of: whatever goes wrong inside them is told by their own receipts.
#[derive(Default)]
pub struct Covered {
    /// Documents, and folders or archives that are one upload.
    places: HashSet<String>,
    /// Whether there is any upload.
    has_uploads: bool,
}

impl Covered {
    /// Folders that are one upload.
    #[must_use]
    pub fn of(units: &[Unit]) -> Self {
        let places = units.iter().filter(|unit| unit.is_whole()).map(|unit| unit.path().to_owned()).collect();
        Self { places, has_uploads: true }
    }

    /// Adds an upload.
    pub(super) fn add(&mut self, upload: &Upload) {
        self.has_uploads = true;
        self.places.extend(upload.documents.iter().chain(&upload.metadata).map(|document| document.file.clone()));
        if !upload.documents.is_empty() {
            self.places.insert(upload.path.clone());
        }
    }

    /// The receipts of problems that concern no upload.
    #[must_use]
    pub fn receipts(&self, problems: &[Problem], rules: &str) -> Vec<EventRow> {
        let mut told = HashSet::new();
        let failed = problems.iter().filter_map(|problem| Some((problem, status_of(problem.kind)?)));
        let own = failed.filter(|(problem, _)| !self.has(&problem.file) && told.insert(&problem.file));
        let mut rows: Vec<EventRow> = own.map(|(problem, status)| receipt(&problem.file, status, &problem.reason, rules)).collect();
        // Of an archive that is damaged before its first member nothing is left.
        let damaged = problems.iter().find(|problem| problem.kind == ProblemKind::Damaged);
        if let Some(problem) = damaged.filter(|_| rows.is_empty() && !self.has_uploads) {
            rows.push(receipt(&problem.file, Status::Unreadable, &problem.reason, rules));
        }
        rows
    }

    fn has(&self, file: &str) -> bool {
        let folders = file.match_indices('/').map(|(at, _)| file[..at].trim_end_matches('!'));
        folders.chain([file]).any(|place| self.places.contains(place))
    }
}

/// How an upload that could not be read ended; `None` where something was left out on purpose or read in part.
fn status_of(kind: ProblemKind) -> Option<Status> {
    match kind {
        ProblemKind::Unreadable => Some(Status::Unreadable),
        ProblemKind::Empty => Some(Status::Empty),
        ProblemKind::Limit => Some(Status::Quarantined),
        ProblemKind::Damaged | ProblemKind::Skipped => None,
    }
}

/// The receipt of an upload of which nothing was read. It has no members that could name it, so its id is that of its path and
/// of what is wrong with it.
#[must_use]
pub fn receipt(path: &str, status: Status, detail: &str, rules: &str) -> EventRow {
    let mut row = EventRow::new(Kind::Upload);
    let wrong = blake3::hash(format!("{}: {detail}", status.as_str()).as_bytes());
    row.bundle = bundle_id(&mut [(path.to_owned(), *wrong.as_bytes())]);
    path.clone_into(&mut row.bundle_path);
    row.rules = Some(rules.to_owned());
    row.upload = Some(path.rsplit('/').next().unwrap_or(path).to_owned());
    let counts = [
        &mut row.days_seen,
        &mut row.files,
        &mut row.bytes,
        &mut row.lines,
        &mut row.records,
        &mut row.continuations,
        &mut row.blank,
        &mut row.unread,
        &mut row.sent,
        &mut row.delayed,
        &mut row.unsent,
        &mut row.pending,
        &mut row.incidents,
    ];
    for count in counts {
        *count = Some(0);
    }
    row.formats = Some(Vec::new());
    (row.status, row.detail) = (Some(status), Some(detail.to_owned()));
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_an_upload_is_told_by_it_and_anything_else_once() {
        let covered = Covered { places: ["u/1", "a.zip!/2"].map(str::to_owned).into(), has_uploads: true };
        let problem = |file: &str, kind| Problem::new(file, kind, "wrong");
        let problems = [
            problem("u/1/x.gz", ProblemKind::Unreadable),
            problem("a.zip!/2/x.gz", ProblemKind::Empty),
            problem("u/11.gz", ProblemKind::Unreadable),
            problem("u/11.gz", ProblemKind::Limit),
            problem("a.zip!/3.log", ProblemKind::Empty),
            problem("b.zip", ProblemKind::Limit),
            problem("photo.png", ProblemKind::Skipped),
            problem("c.log", ProblemKind::Damaged),
        ];
        let rows = covered.receipts(&problems, "r");
        let told: Vec<(&str, Option<Status>)> = rows.iter().map(|row| (row.bundle_path.as_str(), row.status)).collect();
        let expected = [("u/11.gz", Status::Unreadable), ("a.zip!/3.log", Status::Empty), ("b.zip", Status::Quarantined)];
        assert_eq!(told, expected.map(|(path, status)| (path, Some(status))));
        let damaged = [problem("d.zip", ProblemKind::Damaged)];
        assert_eq!(Covered::default().receipts(&damaged, "r")[0].status, Some(Status::Unreadable));
        assert!(covered.receipts(&damaged, "r").is_empty());
    }
}
