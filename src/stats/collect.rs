//! Rows as they stream by -> [`Facts`]: a slim copy of each message is kept, once.
//!
//! Memory is one slim copy per message (about 150 bytes) plus each distinct text once.

use super::delay::Delays;
use super::dimension::Dimension;
use super::facts::{By, CauseFact, Facts, Sample, Scope, Tally};
use super::incident::Incidents;
use super::names::Names;
use super::quality::{Input, Quality};
use super::slim::{KEPT, Slim};
use super::table::{Level, by_unsent, by_version, compare, group};
use crate::event::EventRow;
use crate::taxonomy::{Cause, Kind, Outcome, Role, Trust};
use chrono_tz::Tz;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Candidates for cited lines that are kept per cause until it is known which rows count.
const SAMPLES_KEPT: usize = 16;
/// Cited lines per cause in the facts.
pub const SAMPLES_PER_CAUSE: usize = 2;
/// Characters of a cited line in the facts.
const SAMPLE_CHARS: usize = 240;

/// Collects facts from rows.
#[derive(Debug)]
pub struct Collector {
    by: Vec<Dimension>,
    zone: Tz,
    names: Names,
    messages: Vec<Slim>,
    place_of: HashMap<Box<str>, usize>,
    closed: HashSet<String>,
    samples: BTreeMap<Cause, BTreeMap<(Reverse<Trust>, String), (usize, Sample)>>,
    incidents: Incidents,
    input: Input,
    quality: Quality,
    rules: BTreeSet<String>,
}

impl Collector {
    /// Collects for reports that also group by these dimensions, with days of this zone.
    #[must_use]
    pub fn new(by: Vec<Dimension>, zone: Tz) -> Self {
        Self {
            by,
            zone,
            names: Names::default(),
            messages: Vec::new(),
            place_of: HashMap::new(),
            closed: HashSet::new(),
            samples: BTreeMap::new(),
            incidents: Incidents::default(),
            input: Input::default(),
            quality: Quality::default(),
            rules: BTreeSet::new(),
        }
    }

    /// Takes rows; those of an upload must be contiguous and end with its receipt.
    pub fn add(&mut self, rows: &[EventRow]) {
        for row in rows {
            self.add_row(row);
        }
    }

    fn add_row(&mut self, row: &EventRow) {
        if self.closed.contains(&row.bundle) {
            self.quality.duplicate_bundles += u64::from(row.kind == Kind::Upload);
            return;
        }
        if let Some(rules) = &row.rules
            && !self.rules.contains(rules)
        {
            self.rules.insert(rules.clone());
        }
        match row.kind {
            Kind::Upload => {
                self.input.add(row);
                self.quality.add(row);
                self.closed.insert(row.bundle.clone());
            }
            Kind::Message => self.add_message(row),
            Kind::Action => self.quality.actions += 1,
            Kind::Crash | Kind::Anr | Kind::Kill | Kind::NotificationMissed | Kind::Incompatibility | Kind::FeatureMissing => {
                self.incidents.add(row, &mut self.names);
            }
        }
    }

    fn add_message(&mut self, row: &EventRow) {
        let Some(slim) = Slim::of(row, &self.by, self.zone, &mut self.names) else { return };
        let old = row.message_id.as_deref().and_then(|id| self.place_of.get(id).copied());
        let place = match old {
            Some(place) => {
                self.quality.duplicate_messages += 1;
                if !slim.replaces(&self.messages[place], &self.names) {
                    return;
                }
                self.messages[place] = slim;
                self.forget_samples(place);
                place
            }
            None => {
                self.messages.push(slim);
                self.messages.len() - 1
            }
        };
        if let Some(id) = &row.message_id {
            self.place_of.insert(id.as_str().into(), place);
        }
        self.keep_sample(row, place);
    }

    /// Lines of a row that another row of the same message replaced.
    fn forget_samples(&mut self, place: usize) {
        for kept in self.samples.values_mut() {
            kept.retain(|_, (of, _)| *of != place);
        }
    }

    fn keep_sample(&mut self, row: &EventRow, place: usize) {
        let Some(cause) = self.messages[place].cause.filter(|_| row.outcome == Some(Outcome::Unsent)) else { return };
        let key = (Reverse(row.trust.unwrap_or(Trust::None)), row.message_id.clone().unwrap_or_else(|| row.bundle.clone()));
        let kept = self.samples.entry(cause).or_default();
        if kept.len() >= SAMPLES_KEPT && kept.last_key_value().is_some_and(|(last, _)| *last < key) {
            return;
        }
        if let Some(sample) = Sample::of(row) {
            kept.insert(key, (place, sample));
            if kept.len() > SAMPLES_KEPT {
                kept.pop_last();
            }
        }
    }

    /// The facts; the scope's thresholds, selection and redaction and the files' counts are the
    /// caller's to fill.
    ///
    /// # Errors
    /// Only what Polars says of frames built here.
    pub fn finish(mut self) -> anyhow::Result<Facts> {
        let messages = std::mem::take(&mut self.messages);
        let mut quality = std::mem::take(&mut self.quality);
        quality.look_at(&messages);
        let (mut versions, mut devices, mut networks, mut apps) = (
            self.table(&messages, &[Dimension::App, Dimension::Os, Dimension::Version], &[Dimension::App, Dimension::Os])?,
            self.table(&messages, &[Dimension::Os, Dimension::Device], &[])?,
            self.table(&messages, &[Dimension::Network], &[])?,
            self.table(&messages, &[Dimension::App], &[])?,
        );
        versions.sort_by(by_version);
        devices.sort_by(by_unsent);
        networks.sort_by(by_unsent);
        apps.sort_by(by_unsent);
        let name = |level: &Level| level.get(Dimension::App).map(str::to_owned);
        let silent = |level: &&Level| level.tally.sent + level.tally.delayed == 0 && level.tally.pending > 0;
        quality.silent_apps = apps.iter().filter(silent).filter_map(name).collect();
        let by = self.asked_for(&messages)?;
        let starts = || messages.iter().filter_map(|m| m.started_us);
        let mut named: Vec<String> = apps.iter().filter_map(name).collect();
        named.sort();
        let scope = Scope { apps: named, rules: self.rules.into_iter().collect(), first_us: starts().min(), last_us: starts().max(), ..Scope::default() };
        let facts = Facts {
            scope,
            input: self.input,
            messages: Tally::of(messages.iter()),
            causes: causes(&messages, &self.samples),
            versions,
            devices,
            networks,
            by,
            delays: Delays::of(&messages),
            incidents: self.incidents.finish(&messages),
            quality,
        };
        Ok(facts)
    }

    fn table(&self, messages: &[Slim], dimensions: &[Dimension], family: &[Dimension]) -> anyhow::Result<Vec<Level>> {
        let place = |d: &Dimension| KEPT.iter().chain(&self.by).position(|k| k == d).map(|place| (place, *d));
        let places: Vec<(usize, Dimension)> = dimensions.iter().filter_map(place).collect();
        let mut levels = group(messages, &places, &self.names)?;
        levels.sort_by(|a, b| a.of.cmp(&b.of));
        compare(&mut levels, family);
        Ok(levels)
    }

    fn asked_for(&self, messages: &[Slim]) -> anyhow::Result<Option<By>> {
        if self.by.is_empty() {
            return Ok(None);
        }
        let mut levels = self.table(messages, &self.by, &[])?;
        levels.sort_by(by_unsent);
        Ok(Some(By { dimensions: self.by.clone(), levels }))
    }
}

fn causes(messages: &[Slim], samples: &BTreeMap<Cause, BTreeMap<(Reverse<Trust>, String), (usize, Sample)>>) -> Vec<CauseFact> {
    let mut of: BTreeMap<Cause, (CauseFact, HashSet<u32>)> = BTreeMap::new();
    for message in messages {
        let Some(cause) = message.cause else { continue };
        let empty = || (CauseFact { cause, unsent: 0, delayed: 0, users: 0, attributable: 0, samples: Vec::new() }, HashSet::new());
        let (fact, users) = of.entry(cause).or_insert_with(empty);
        if message.outcome == Outcome::Unsent {
            fact.unsent += 1;
            fact.attributable += u64::from(message.attributable);
            users.extend(message.user);
        } else {
            fact.delayed += 1;
        }
    }
    let mut facts: Vec<CauseFact> = of
        .into_values()
        .map(|(fact, users)| {
            let counts = |place: usize| messages[place].cause == Some(fact.cause) && messages[place].outcome == Outcome::Unsent;
            let mut chosen: Vec<Sample> = Vec::new();
            for (place, sample) in samples.get(&fact.cause).into_iter().flat_map(BTreeMap::values) {
                let new = chosen.iter().all(|c| c.id != sample.id && c.text != sample.text);
                if chosen.len() < SAMPLES_PER_CAUSE && counts(*place) && new {
                    chosen.push(sample.clone());
                }
            }
            CauseFact { users: users.len() as u64, samples: chosen, ..fact }
        })
        .collect();
    facts.sort_by(|a, b| b.unsent.cmp(&a.unsent).then(b.delayed.cmp(&a.delayed)).then(a.cause.cmp(&b.cause)));
    facts
}

impl Sample {
    /// The proving line of a row, else its first.
    #[must_use]
    pub fn of(row: &EventRow) -> Option<Self> {
        let evidence = row.evidence.as_ref()?;
        let line = evidence.iter().find(|e| e.role == Some(Role::Proves)).or(evidence.first())?;
        Some(Self {
            id: row.message_id.as_deref().unwrap_or_default().chars().take(8).collect(),
            bundle_path: row.bundle_path.clone(),
            file: line.file.clone(),
            line: line.line,
            role: line.role,
            text: shortened(&line.text),
        })
    }
}

fn shortened(text: &str) -> String {
    let mut kept: String = text.chars().take(SAMPLE_CHARS).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}
