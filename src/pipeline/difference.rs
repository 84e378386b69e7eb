//! Which verdicts a change of rules alters: the same uploads judged twice.

use super::{Progress, Summary, analyze};
use crate::event::EventRow;
use crate::profile::Profiles;
use crate::redact::Key;
use crate::settings::Settings;
use crate::taxonomy::{Cause, Kind, Outcome};
use std::collections::HashMap;
use std::path::PathBuf;

/// A verdict, as far as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What the row is about.
    pub kind: Kind,
    /// What became of it.
    pub outcome: Option<Outcome>,
    /// Why.
    pub cause: Option<Cause>,
    /// The rule that says so.
    pub rule: Option<String>,
}

/// A row that is told in another way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The upload.
    pub upload: String,
    /// The message's id, or the kind of incident.
    pub what: String,
    /// Before; `None` where the row is new.
    pub old: Option<Told>,
    /// After; `None` where the row is gone.
    pub new: Option<Told>,
}

/// All differences.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// Rows that both tell in the same way.
    pub same: u64,
    /// All others, in the order of the uploads.
    pub changed: Vec<Changed>,
}

/// What names a row in both runs: the upload and the message's id, or kind and signature of an incident.
type Name = (String, String, String);

/// Judges some paths by two sets of profiles.
///
/// # Errors
/// That no thread pool could be made.
pub fn difference(
    paths: &[PathBuf],
    settings: &Settings,
    (old, new): (&Profiles, &Profiles),
    key: &Key,
    progress: &dyn Progress,
) -> anyhow::Result<(Difference, Summary)> {
    let mut before: HashMap<Name, Vec<(usize, String, Told)>> = HashMap::new();
    let mut seen = 0;
    analyze(paths, settings, old, key, progress, &mut |rows| {
        for row in rows.iter().filter(|r| r.kind != Kind::Upload) {
            before.entry(name(row)).or_default().push((seen, label(row), told(row)));
            seen += 1;
        }
        Ok(())
    })?;
    for rows in before.values_mut() {
        rows.reverse();
    }
    let mut difference = Difference::default();
    let mut changed: Vec<(usize, Changed)> = Vec::new();
    let mut at = 0;
    let summary = analyze(paths, settings, new, key, progress, &mut |rows| {
        for row in rows.iter().filter(|r| r.kind != Kind::Upload) {
            let (name, new) = (name(row), told(row));
            let old = before.get_mut(&name).and_then(Vec::pop);
            at = old.as_ref().map_or(at, |(order, ..)| *order);
            match old.map(|(.., told)| told) {
                Some(old) if old == new => difference.same += 1,
                old => changed.push((at, Changed { upload: name.0, what: label(row), old, new: Some(new) })),
            }
        }
        Ok(())
    })?;
    for ((upload, ..), rows) in before {
        let gone = rows.into_iter().map(|(order, what, old)| (order, Changed { upload: upload.clone(), what, old: Some(old), new: None }));
        changed.extend(gone);
    }
    changed.sort_by(|(a, x), (b, y)| (a, &x.upload, &x.what).cmp(&(b, &y.upload, &y.what)));
    difference.changed = changed.into_iter().map(|(_, c)| c).collect();
    Ok((difference, summary))
}

fn name(row: &EventRow) -> Name {
    let id = if matches!(row.kind, Kind::Message | Kind::Action) { row.key.clone() } else { row.signature.clone() };
    // What is a message by one set of rules can be an action by the other.
    let kind = if row.kind == Kind::Action { Kind::Message } else { row.kind };
    (row.bundle_path.clone(), kind.as_str().to_owned(), id.or_else(|| row.message_id.clone()).unwrap_or_default())
}

fn label(row: &EventRow) -> String {
    row.key.clone().unwrap_or_else(|| row.kind.as_str().to_owned())
}

fn told(row: &EventRow) -> Told {
    Told { kind: row.kind, outcome: row.outcome, cause: row.cause, rule: row.rule.clone() }
}
