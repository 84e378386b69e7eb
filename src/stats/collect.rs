//! Rows as they stream by -> [`Facts`]: a slim copy of each message is kept, once.
//!
//! Memory is one slim copy per message (about 150 bytes) plus each distinct text once.

use super::blame::assess::assess;
use super::blame::days::Days;
use super::blame::units::user;
use super::blame::verdict::Known as KnownOfVersions;
use super::delay::Delays;
use super::dimension::Dimension;
use super::facts::{By, CauseFact, Facts, Listed, Sample, Scope, Tally, scatter};
use super::ids::Ids;
use super::incident::Incidents;
use super::known::{Known, KnownIssues};
use super::names::Names;
use super::place::Place;
use super::quality::{Input, Quality};
use super::slim::{KEPT, Slim};
use super::table::{Level, by_unsent, compare, group, sort_by_version};
use crate::event::{EventRow, Evidence};
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

/// Candidates for cited lines per cause, the surest first, each with the place of its message.
type Samples = BTreeMap<Cause, BTreeMap<(Reverse<Trust>, String), (usize, Sample)>>;

/// Collects facts from rows.
#[derive(Debug)]
pub struct Collector {
    by: Vec<Dimension>,
    zone: Tz,
    names: Names,
    messages: Vec<Slim>,
    place_of: Ids,
    closed: HashSet<String>,
    samples: Samples,
    incidents: Incidents,
    known: KnownIssues,
    days: Days,
    with_emulators: bool,
    /// Unsent messages by id, at most so many.
    listed: BTreeMap<String, Listed>,
    listed_max: usize,
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
            place_of: Ids::default(),
            closed: HashSet::new(),
            samples: BTreeMap::new(),
            incidents: Incidents::default(),
            known: KnownIssues::default(),
            days: Days::default(),
            with_emulators: false,
            listed: BTreeMap::new(),
            listed_max: 0,
            input: Input::default(),
            quality: Quality::default(),
            rules: BTreeSet::new(),
        }
    }

    /// Counts these known issues too.
    #[must_use]
    pub fn with_known(self, known: Vec<Known>) -> Self {
        Self { known: KnownIssues::new(known), ..self }
    }

    /// Whether emulators count in what is said of versions.
    #[must_use]
    pub fn with_emulators(self, with_emulators: bool) -> Self {
        Self { with_emulators, ..self }
    }

    /// Lists so many of the messages that were not sent.
    #[must_use]
    pub fn with_listing(self, listed_max: usize) -> Self {
        Self { listed_max, ..self }
    }

    /// Takes rows; those of an upload must be contiguous and end with its receipt.
    pub fn add(&mut self, rows: &[EventRow]) {
        for row in rows {
            self.add_row(row);
        }
    }

    /// Takes one row; see [`Collector::add`].
    pub fn add_row(&mut self, row: &EventRow) {
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
                self.add_day(row);
                self.input.add(row);
                self.quality.add(row);
                self.closed.insert(row.bundle.clone());
            }
            Kind::Message => self.add_message(row),
            Kind::Action => self.quality.actions += 1,
            Kind::Crash | Kind::Anr | Kind::Kill | Kind::NotificationMissed | Kind::Incompatibility | Kind::FeatureMissing => {
                self.add_day(row);
                if self.incidents.add(row, &mut self.names) {
                    self.known.add(row, &mut self.names);
                }
            }
        }
    }

    fn add_day(&mut self, row: &EventRow) {
        let place = Place::of(row, &mut self.names);
        let place = self.names.place_number(place);
        self.days.add(row, place, self.zone, &mut self.names);
    }

    fn add_message(&mut self, row: &EventRow) {
        let Some(mut slim) = Slim::of(row, &self.by, self.zone, &mut self.names) else { return };
        self.days.add(row, slim.place, self.zone, &mut self.names);
        slim.known = self.known.of(row);
        let old = row.message_id.as_deref().and_then(|id| self.place_of.get(id));
        let place = if let Some(place) = old {
            self.quality.duplicate_messages += 1;
            if !slim.replaces(&self.messages[place], &self.names) {
                return;
            }
            self.messages[place] = slim;
            self.forget_samples(place);
            place
        } else {
            self.messages.push(slim);
            self.messages.len() - 1
        };
        self.list(row);
        if let Some(id) = &row.message_id {
            self.place_of.insert(id, place);
        }
        self.keep_sample(row, place);
    }

    fn list(&mut self, row: &EventRow) {
        let Some(id) = row.message_id.as_ref().filter(|_| self.listed_max > 0) else { return };
        if row.outcome != Some(Outcome::Unsent) {
            self.listed.remove(id);
            return;
        }
        if self.listed.len() >= self.listed_max && self.listed.last_key_value().is_some_and(|(last, _)| last < id) {
            return;
        }
        self.listed.insert(id.clone(), Listed::of(row));
        if self.listed.len() > self.listed_max {
            self.listed.pop_last();
        }
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

    /// The messages taken so far, counted.
    #[must_use]
    pub fn tally(&self) -> Tally {
        Tally::of(self.messages.iter())
    }

    /// The facts; the scope's thresholds, selection and redaction and the files' counts are the
    /// caller's to fill.
    ///
    /// # Errors
    /// Only what Polars says of frames built here.
    pub fn finish(mut self, known: &KnownOfVersions<'_>) -> anyhow::Result<Facts> {
        let messages = std::mem::take(&mut self.messages);
        self.place_of = Ids::default();
        let mut quality = std::mem::take(&mut self.quality);
        quality.look_at(&messages);
        let (mut versions, mut devices, mut networks, mut apps) = (
            self.table(&messages, &[Dimension::App, Dimension::Os, Dimension::Version], &[Dimension::App, Dimension::Os])?,
            self.table(&messages, &[Dimension::Os, Dimension::Device], &[])?,
            self.table(&messages, &[Dimension::Network], &[])?,
            self.table(&messages, &[Dimension::App], &[])?,
        );
        sort_by_version(&mut versions);
        devices.sort_by(by_unsent);
        networks.sort_by(by_unsent);
        apps.sort_by(by_unsent);
        let name = |level: &Level| level.get(Dimension::App).map(str::to_owned);
        let silent = |level: &&Level| level.tally.sent + level.tally.delayed == 0 && level.tally.pending > 0;
        quality.silent_apps = apps.iter().filter(silent).filter_map(name).collect();
        let by = self.asked_for(&messages)?;
        let device_networks = self.table(&messages, &[Dimension::Device, Dimension::Network], &[])?;
        let blame = assess(&messages, &self.days, &self.names, known, self.with_emulators);
        let starts = || messages.iter().filter_map(|m| m.started_us);
        let mut named: Vec<String> = apps.iter().filter_map(name).collect();
        named.sort();
        let scope = Scope {
            apps: named,
            rules: self.rules.into_iter().collect(),
            first_us: starts().min(),
            last_us: starts().max(),
            ..Scope::default()
        };
        let facts = Facts {
            scope,
            input: self.input,
            messages: Tally::of(messages.iter()),
            scatter: scatter(&messages),
            causes: causes(&messages, &self.samples, &self.names),
            versions,
            blame,
            devices,
            networks,
            device_networks,
            listed: self.listed.into_values().collect(),
            by,
            delays: Delays::of(&messages),
            incidents: self.incidents.finish(&messages),
            known: self.known.finish(&messages),
            quality,
            weekly: None,
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

/// A cause while it is counted.
struct CauseSums {
    fact: CauseFact,
    /// Messages of each user.
    users: HashMap<(u8, u32), u64>,
    /// First message, by time: when, and of which place.
    first: Option<(i64, String)>,
}

fn causes(messages: &[Slim], samples: &Samples, names: &Names) -> Vec<CauseFact> {
    let mut of: BTreeMap<Cause, CauseSums> = BTreeMap::new();
    for message in messages {
        let Some(cause) = message.cause else { continue };
        let fact = CauseFact {
            cause,
            unsent: 0,
            delayed: 0,
            users: 0,
            attributable: 0,
            clusters: 0,
            squares: 0,
            first_version: None,
            samples: Vec::new(),
        };
        let sums = of.entry(cause).or_insert_with(|| CauseSums { fact, users: HashMap::new(), first: None });
        if message.outcome == Outcome::Unsent {
            sums.fact.unsent += 1;
            sums.fact.attributable += u64::from(message.attributable);
            *sums.users.entry(user(message)).or_insert(0) += 1;
            if let Some(at) = message.started_us.filter(|at| sums.first.as_ref().is_none_or(|(first, _)| at <= first)) {
                let candidate = (at, version_of(message, names));
                sums.first = Some(sums.first.take().map_or_else(|| candidate.clone(), |first| first.min(candidate.clone())));
            }
        } else {
            sums.fact.delayed += 1;
        }
    }
    let finished = |sums: CauseSums| {
        let fact = sums.fact;
        let counts = |place: usize| messages[place].cause == Some(fact.cause) && messages[place].outcome == Outcome::Unsent;
        let mut chosen: Vec<Sample> = Vec::new();
        for (place, sample) in samples.get(&fact.cause).into_iter().flat_map(BTreeMap::values) {
            let new = chosen.iter().all(|c| c.id != sample.id && c.text != sample.text);
            if chosen.len() < SAMPLES_PER_CAUSE && counts(*place) && new {
                chosen.push(sample.clone());
            }
        }
        CauseFact {
            users: sums.users.keys().filter(|(kind, _)| *kind == 0).count() as u64,
            clusters: sums.users.len() as u64,
            squares: sums.users.values().map(|n| n * n).sum(),
            first_version: sums.first.map(|(_, version)| version).filter(|v| !v.is_empty()),
            samples: chosen,
            ..fact
        }
    };
    let mut facts: Vec<CauseFact> = of.into_values().map(finished).collect();
    facts.sort_by(|a, b| b.unsent.cmp(&a.unsent).then(b.delayed.cmp(&a.delayed)).then(a.cause.cmp(&b.cause)));
    facts
}

/// App and version of a message, as far as they are stated.
fn version_of(message: &Slim, names: &Names) -> String {
    let place = names.place(message.place);
    let parts: Vec<&str> = [place.app, place.version].into_iter().flatten().map(|n| names.text(n)).collect();
    parts.join(" ")
}

impl Listed {
    /// The listing of an unsent message.
    fn of(row: &EventRow) -> Self {
        let text = |dimension: Dimension| dimension.level(row, Tz::UTC).map(std::borrow::Cow::into_owned);
        let evidence = row.evidence.as_deref().unwrap_or_default();
        Self {
            id: row.message_id.as_deref().unwrap_or_default().chars().take(8).collect(),
            started_us: row.started_at.map(|at| at.0),
            version: text(Dimension::Version),
            device: text(Dimension::Device),
            network: text(Dimension::Network),
            cause: row.cause.unwrap_or(Cause::Unknown),
            quotes: evidence.iter().take(SAMPLES_PER_CAUSE).map(|line| Sample::of_line(row, line)).collect(),
        }
    }
}

impl Sample {
    /// The proving line of a row, else its first.
    #[must_use]
    pub fn of(row: &EventRow) -> Option<Self> {
        let evidence = row.evidence.as_ref()?;
        let line = evidence.iter().find(|e| e.role == Some(Role::Proves)).or(evidence.first())?;
        Some(Self::of_line(row, line))
    }

    fn of_line(row: &EventRow, line: &Evidence) -> Self {
        Self {
            id: row.message_id.as_deref().unwrap_or_default().chars().take(8).collect(),
            bundle_path: row.bundle_path.clone(),
            file: line.file.clone(),
            line: line.line,
            role: line.role,
            text: shortened(&line.text),
        }
    }
}

fn shortened(text: &str) -> String {
    let mut kept: String = text.chars().take(SAMPLE_CHARS).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Micros;

    fn message(bundle: &str, id: &str, outcome: Outcome, tries: i32) -> EventRow {
        let mut row = EventRow::new(Kind::Message);
        (row.bundle, row.bundle_path) = (bundle.into(), format!("{bundle}.log"));
        row.message_id = Some(id.into());
        row.outcome = Some(outcome);
        row.tries = Some(tries);
        row.started_at = Some(Micros(1));
        if outcome == Outcome::Unsent {
            row.cause = Some(Cause::NetworkDns);
            let text = format!("{id} in {bundle}");
            row.evidence = Some(vec![Evidence { file: "a".into(), line: 1, offset: 0, role: Some(Role::Proves), text }]);
        }
        row
    }

    fn receipt(bundle: &str) -> EventRow {
        let mut row = EventRow::new(Kind::Upload);
        row.bundle = bundle.into();
        (row.lines, row.records, row.blank) = (Some(3), Some(2), Some(1));
        row
    }

    fn facts(uploads: &[&[EventRow]]) -> Facts {
        let mut collector = Collector::new(vec![Dimension::Bundle], Tz::UTC);
        for rows in uploads {
            collector.add(rows);
        }
        collector.finish(&KnownOfVersions::default()).unwrap()
    }

    #[test]
    fn an_upload_that_comes_twice_counts_once_and_is_said_so() {
        let upload = [message("a", "1", Outcome::Sent, 1), message("a", "2", Outcome::Unsent, 1), receipt("a")];
        let facts = facts(&[&upload, &upload]);
        assert_eq!((facts.messages.attempted, facts.messages.unsent, facts.input.bundles, facts.input.lines), (2, 1, 1, 3));
        assert_eq!((facts.quality.duplicate_bundles, facts.quality.duplicate_messages), (1, 0));
    }

    #[test]
    fn a_message_of_two_uploads_counts_once_whatever_their_order() {
        let first = [message("a", "1", Outcome::Pending, 5), message("a", "2", Outcome::Unsent, 2), receipt("a")];
        let second = [message("b", "1", Outcome::Unsent, 1), message("b", "2", Outcome::Sent, 1), receipt("b")];
        for uploads in [[&first, &second], [&second, &first]] {
            let facts = facts(&[uploads[0], uploads[1]]);
            let tally = facts.messages;
            assert_eq!((tally.attempted, tally.sent, tally.unsent, tally.pending), (2, 0, 2, 0));
            assert_eq!(facts.quality.duplicate_messages, 2);
            let cited: Vec<&str> = facts.causes[0].samples.iter().map(|s| s.text.as_str()).collect();
            assert_eq!(cited, ["1 in b", "2 in a"]);
        }
    }

    #[test]
    fn emulators_are_left_out_of_verdicts_and_counted_unless_asked_for() {
        let mut rows: Vec<EventRow> = (0..40).map(|i| message("a", &i.to_string(), Outcome::Sent, 1)).collect();
        for row in &mut rows[..15] {
            row.device_class = Some("emulator".into());
        }
        for (with, left_out, judged) in [(false, 15, 25.0), (true, 0, 40.0)] {
            let mut collector = Collector::new(Vec::new(), Tz::UTC).with_emulators(with);
            collector.add(&rows);
            let blame = collector.finish(&KnownOfVersions::default()).unwrap().blame;
            let attempts: f64 = blame.judged.iter().flat_map(|j| &j.versions).map(|v| v.row.attempts).sum();
            assert_eq!((blame.emulators, attempts.to_bits()), (left_out, f64::to_bits(judged)));
        }
    }

    #[test]
    fn totals_are_the_sums_of_their_rows() {
        let mut rows: Vec<EventRow> =
            (0..40).map(|i| message("a", &i.to_string(), if i % 3 == 0 { Outcome::Unsent } else { Outcome::Sent }, 1)).collect();
        rows.push(message("a", "open", Outcome::Pending, 1));
        rows.push(receipt("a"));
        let facts = facts(&[&rows]);
        let tally = facts.messages;
        assert_eq!(tally.attempted, tally.sent + tally.delayed + tally.unsent + tally.pending);
        assert_eq!(tally.unsent, facts.causes.iter().map(|c| c.unsent).sum::<u64>());
        let by = facts.by.map(|by| by.levels).unwrap_or_default();
        for levels in [&facts.versions, &facts.devices, &facts.networks, &by] {
            assert_eq!(tally.attempted, levels.iter().map(|l| l.tally.attempted).sum::<u64>());
        }
        assert_eq!(tally.rate().n, 40);
        let of_versions: Vec<Tally> = facts.blame.judged.iter().flat_map(|j| j.observed.values()).map(|o| o.tally).collect();
        assert_eq!(tally.attempted, facts.blame.emulators + of_versions.iter().map(|t| t.attempted).sum::<u64>());
        assert_eq!(tally.attributable, of_versions.iter().map(|t| t.attributable).sum::<u64>());
        let named: usize = facts.blame.judged.iter().map(|j| j.versions.len()).sum();
        assert_eq!(named, of_versions.len(), "also versions without a message that counts have a row");
    }
}
