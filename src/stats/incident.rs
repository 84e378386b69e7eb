//! Incident rows -> groups by kind and signature, with who was hit and what it cost.

use super::dimension::Dimension;
use super::facts::Sample;
use super::lot::Messages;
use super::names::Names;
use super::table::compare_versions;
use crate::event::EventRow;
use crate::taxonomy::{Cause, Kind};
use chrono_tz::Tz;
use indexmap::IndexMap;
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

/// Kind and signature.
type GroupKey = (Kind, Option<String>);

/// Id and upload, by which the line is chosen that shows a group.
type Place = (String, String);

/// Collects incidents. What two uploads say of one is put together and counts where the fuller signature is, so that
/// their order does not matter.
#[derive(Debug, Default)]
pub struct Incidents {
    /// Every kind and signature that a row has, with a line that shows it: that of the first incident by id and upload.
    keys: IndexMap<GroupKey, Option<(Place, Sample)>>,
    /// What is said of each incident, by one row or by several.
    all: Vec<Vec<Told>>,
    /// Id -> incident.
    of_id: HashMap<u32, usize>,
    /// Upload and its number of an incident -> incident.
    of_upload: HashMap<(u32, u32), usize>,
}

/// What a row says of an incident; texts and keys by their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    key: usize,
    cause: Option<Cause>,
    user: Option<u32>,
    version: Option<u32>,
    device: Option<u32>,
}

#[derive(Debug, Default)]
struct Group {
    count: u64,
    lost: u64,
    cause: Option<Cause>,
    users: HashSet<u32>,
    versions: BTreeSet<u32>,
    devices: BTreeSet<u32>,
}

impl Incidents {
    /// Takes an incident row.
    pub fn add(&mut self, row: &EventRow, names: &mut Names) {
        let id = row.message_id.clone().unwrap_or_default();
        let entry = self.keys.entry((row.kind, row.signature.clone()));
        let key = entry.index();
        let shown = entry.or_default();
        let place = (id.clone(), row.bundle.clone());
        if let Some(sample) = Sample::of(row)
            && shown.as_ref().is_none_or(|(other, _)| place < *other)
        {
            *shown = Some((place, sample));
        }
        let mut number = |text: Option<&str>| text.map(|text| names.number(text));
        let told = Told {
            key,
            cause: row.cause,
            user: number(row.user.as_deref()),
            version: number(row.app_version.as_deref()),
            device: number(Dimension::Device.level(row, Tz::UTC).as_deref()),
        };
        let new = self.all.len();
        // One without an id is one by itself.
        let incident = if id.is_empty() { new } else { *self.of_id.entry(names.number(&id)).or_insert(new) };
        match self.all.get_mut(incident) {
            Some(known) if known.contains(&told) => {}
            Some(known) => known.push(told),
            None => self.all.push(vec![told]),
        }
        if let Some(own) = &row.incident {
            self.of_upload.insert((names.number(&row.bundle), names.number(own)), incident);
        }
    }

    /// The groups: by kind, most frequent first.
    #[must_use]
    pub fn finish(self, messages: &Messages, names: &Names) -> Vec<IncidentGroup> {
        let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
        for told in &self.all {
            let group = groups.entry(self.fullest(told)).or_default();
            group.count += 1;
            group.cause = group.cause.into_iter().chain(told.iter().filter_map(|t| t.cause)).min();
            group.users.extend(told.iter().filter_map(|t| t.user));
            group.versions.extend(told.iter().filter_map(|t| t.version));
            group.devices.extend(told.iter().filter_map(|t| t.device));
        }
        for (id, n) in &messages.lost {
            let told = self.of_upload.get(id).and_then(|incident| self.all.get(*incident));
            if let Some(group) = told.and_then(|told| groups.get_mut(&self.fullest(told))) {
                group.lost += n;
            }
        }
        let texts = |numbers: BTreeSet<u32>| numbers.into_iter().map(|n| names.text(n).to_owned()).collect::<Vec<_>>();
        let told = |(key, group): (usize, Group)| {
            let ((kind, signature), sample) = self.keys.get_index(key)?;
            let (mut versions, mut devices) = (texts(group.versions), texts(group.devices));
            versions.sort_by(|a, b| compare_versions(a, b).then_with(|| a.cmp(b)));
            devices.sort();
            Some(IncidentGroup {
                kind: *kind,
                signature: signature.clone(),
                cause: group.cause,
                count: group.count,
                users: group.users.len() as u64,
                versions,
                devices,
                messages_lost: group.lost,
                sample: sample.as_ref().map(|(_, sample)| sample.clone()),
            })
        };
        let mut groups: Vec<IncidentGroup> = groups.into_iter().filter_map(told).collect();
        groups.sort_by(|a, b| a.kind.cmp(&b.kind).then(b.count.cmp(&a.count)).then_with(|| a.signature.cmp(&b.signature)));
        groups
    }

    /// The key of an incident: of several the one whose signature says most; a log that is cut shows less of it.
    fn fullest(&self, told: &[Told]) -> usize {
        let rank = |told: &&Told| {
            let (kind, signature) = self.keys.get_index(told.key).map_or((None, None), |((kind, s), _)| (Some(*kind), s.as_deref()));
            (signature.map_or(0, str::len), std::cmp::Reverse((signature, kind)))
        };
        told.iter().max_by_key(rank).map_or(0, |told| told.key)
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
            for row in &rows {
                incidents.add(row, &mut names);
            }
            let groups = incidents.finish(&Messages::default(), &names);
            groups.iter().map(|g| (g.count, g.versions.clone(), g.sample.clone())).collect::<Vec<_>>()
        };
        // A log that is cut shows less of the trace: it is the same incident all the same.
        let mut cut = row("a", Some("1.0"));
        cut.signature = Some("E".into());
        let whole = row("b", Some("1.0"));
        let told_cut = told([cut.clone(), whole.clone()]);
        assert_eq!(told_cut, told([whole, cut]));
        assert_eq!((told_cut.len(), told_cut[0].0, told_cut[0].2.as_ref().unwrap().file.as_str()), (1, 1, "b.log"));

        let (one, two) = (row("a", None), row("b", Some("1.0")));
        let first = told([one.clone(), two.clone()]);
        assert_eq!(first, told([two, one]));
        assert_eq!(
            (first[0].0, first[0].1.as_slice(), first[0].2.as_ref().unwrap().file.as_str()),
            (1, ["1.0".to_owned()].as_slice(), "a.log")
        );
    }
}
