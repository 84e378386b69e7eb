//! Incident rows -> groups by kind and signature, with who was hit and what it cost.

use super::dimension::Dimension;
use super::facts::Sample;
use super::lot::Messages;
use super::names::Names;
use super::table::compare_versions;
use crate::event::EventRow;
use crate::taxonomy::{Cause, Kind};
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Incidents of one kind and signature.
#[derive(Clone, Debug)]
pub struct IncidentGroup {
    /// What it was.
    pub kind: Kind,
    /// Exception or signal plus top application frame.
    pub signature: Option<String>,
    /// What the rule said of it, the first by order where they differ.
    pub cause: Option<Cause>,
    /// How often.
    pub count: u64,
    /// Users hit.
    pub users: u64,
    /// Versions hit, oldest first.
    pub versions: Vec<String>,
    /// Devices hit.
    pub devices: Vec<String>,
    /// Messages that it cost.
    pub messages_lost: u64,
    /// A line that shows it.
    pub sample: Option<Sample>,
}

type GroupKey = (Kind, Option<String>);

/// Collects incidents.
#[derive(Debug, Default)]
pub struct Incidents {
    groups: BTreeMap<GroupKey, Group>,
    seen: HashSet<Box<str>>,
    of_id: HashMap<(u32, u32), GroupKey>,
}

#[derive(Debug, Default)]
struct Group {
    count: u64,
    cause: Option<Cause>,
    users: HashSet<u32>,
    versions: BTreeSet<String>,
    devices: BTreeSet<String>,
    sample: Option<((String, String), Sample)>,
}

impl Incidents {
    /// Takes an incident row; one that another upload already showed adds only its id. Says whether it was new.
    pub fn add(&mut self, row: &EventRow, names: &mut Names) -> bool {
        let key = (row.kind, row.signature.clone());
        if let Some(id) = &row.incident {
            self.of_id.insert((names.number(&row.bundle), names.number(id)), key.clone());
        }
        let id = row.message_id.clone().unwrap_or_default();
        let is_new = id.is_empty() || self.seen.insert(id.clone().into());
        let group = self.groups.entry(key).or_default();
        group.count += u64::from(is_new);
        // What two uploads say of one incident is put together, so that their order does not matter.
        group.cause = group.cause.into_iter().chain(row.cause).min();
        group.users.extend(row.user.as_deref().map(|u| names.number(u)));
        group.versions.extend(row.app_version.clone());
        group.devices.extend(Dimension::Device.level(row, Tz::UTC).map(std::borrow::Cow::into_owned));
        let place = (id, row.bundle.clone());
        if let Some(sample) = Sample::of(row)
            && group.sample.as_ref().is_none_or(|(other, _)| place < *other)
        {
            group.sample = Some((place, sample));
        }
        is_new
    }

    /// The groups: by kind, most frequent first.
    #[must_use]
    pub fn finish(self, messages: &Messages) -> Vec<IncidentGroup> {
        let mut lost: HashMap<&GroupKey, u64> = HashMap::new();
        for (id, n) in &messages.lost {
            if let Some(key) = self.of_id.get(id) {
                *lost.entry(key).or_insert(0) += n;
            }
        }
        let mut groups: Vec<IncidentGroup> = self
            .groups
            .iter()
            .map(|(key, group)| {
                let mut versions: Vec<String> = group.versions.iter().cloned().collect();
                versions.sort_by(|a, b| compare_versions(a, b));
                IncidentGroup {
                    kind: key.0,
                    signature: key.1.clone(),
                    cause: group.cause,
                    count: group.count,
                    users: group.users.len() as u64,
                    versions,
                    devices: group.devices.iter().cloned().collect(),
                    messages_lost: lost.get(key).copied().unwrap_or(0),
                    sample: group.sample.as_ref().map(|(_, sample)| sample.clone()),
                }
            })
            .collect();
        groups.sort_by(|a, b| a.kind.cmp(&b.kind).then(b.count.cmp(&a.count)).then_with(|| a.signature.cmp(&b.signature)));
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Evidence;

    #[test]
    fn what_is_told_of_an_incident_in_two_uploads_does_not_depend_on_their_order() {
        let row = |bundle: &str, version: Option<&str>| {
            let mut row = EventRow::new(Kind::Crash);
            (row.bundle, row.bundle_path) = (bundle.into(), format!("{bundle}.log"));
            (row.message_id, row.signature, row.app_version) = (Some("id".into()), Some("E at f".into()), version.map(Into::into));
            row.evidence = Some(vec![Evidence { file: format!("{bundle}.log"), line: 1, offset: 0, role: None, text: "x".into() }]);
            row
        };
        let told = |rows: [EventRow; 2]| {
            let (mut incidents, mut names) = (Incidents::default(), Names::default());
            assert_eq!(rows.map(|row| incidents.add(&row, &mut names)), [true, false]);
            let groups = incidents.finish(&Messages::default());
            groups.iter().map(|g| (g.count, g.versions.clone(), g.sample.clone())).collect::<Vec<_>>()
        };
        let (one, two) = (row("a", None), row("b", Some("1.0")));
        let first = told([one.clone(), two.clone()]);
        assert_eq!(first, told([two, one]));
        assert_eq!(
            (first[0].0, first[0].1.as_slice(), first[0].2.as_ref().unwrap().file.as_str()),
            (1, ["1.0".to_owned()].as_slice(), "a.log")
        );
    }
}
