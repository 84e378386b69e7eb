//! Rows as they stream by -> [`Facts`].
//!
//! Rows of logs compete: of those of one message one counts, so that a slim copy of each message is kept until all are
//! read (about 100 bytes). Rows of a store come without those that do not count, and memory is that of their lots.

use super::blame::assess::assess;
use super::blame::days::Days;
use super::blame::verdict::Known as KnownOfVersions;
use super::causes::causes;
use super::cited::{Listing, Samples};
use super::delay::Delays;
use super::dimension::Dimension;
use super::facts::{By, Facts, Scope, Tally, scatter};
use super::ids::Ids;
use super::incident::Incidents;
use super::known::{Known, KnownIssues};
use super::lot::{Lots, Messages};
use super::names::Names;
use super::place::KEPT;
use super::quality::{Input, Quality};
use super::slim::{Slim, Slimming};
use super::table::{Level, by_unsent, compare, group, sort_by_version};
use crate::event::EventRow;
use crate::taxonomy::Kind;
use chrono_tz::Tz;
use foldhash::fast::RandomState;
use std::collections::{BTreeSet, HashSet};

/// Collects facts from rows.
#[derive(Debug)]
pub struct Collector {
    zone: Tz,
    names: Names,
    slimming: Slimming,
    competing: Option<Competing>,
    lots: Lots,
    /// Uploads with a row, and those whose receipt was read.
    uploads: HashSet<u32, RandomState>,
    closed: HashSet<u32, RandomState>,
    samples: Samples,
    listing: Listing,
    incidents: Incidents,
    known: KnownIssues,
    days: Days,
    with_emulators: bool,
    input: Input,
    quality: Quality,
    rules: BTreeSet<String>,
}

/// Messages of which another row may still count instead.
#[derive(Debug, Default)]
struct Competing {
    messages: Vec<Slim>,
    place_of: Ids,
}

impl Collector {
    /// Collects for reports that also group by these dimensions, with days of this zone.
    #[must_use]
    pub fn new(by: Vec<Dimension>, zone: Tz) -> Self {
        Self {
            zone,
            names: Names::default(),
            slimming: Slimming::new(by, zone),
            competing: Some(Competing::default()),
            lots: Lots::default(),
            uploads: HashSet::default(),
            closed: HashSet::default(),
            samples: Samples::default(),
            listing: Listing::default(),
            incidents: Incidents::default(),
            known: KnownIssues::default(),
            days: Days::default(),
            with_emulators: false,
            input: Input::default(),
            quality: Quality::default(),
            rules: BTreeSet::new(),
        }
    }

    /// Counts every row of a message: the caller leaves out those that do not count.
    #[must_use]
    pub fn with_each_message_once(self) -> Self {
        Self { competing: None, ..self }
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
        Self { listing: Listing::new(listed_max), ..self }
    }

    /// Takes rows; those of an upload must be contiguous and end with its receipt.
    pub fn add(&mut self, rows: &[EventRow]) {
        for row in rows {
            self.add_row(row);
        }
    }

    /// Takes one row; see [`Collector::add`].
    pub fn add_row(&mut self, row: &EventRow) {
        let bundle = self.slimming.bundle(row, &mut self.names);
        if self.closed.contains(&bundle) {
            self.quality.duplicate_bundles += u64::from(row.kind == Kind::Upload);
            return;
        }
        self.see(row, bundle);
        match row.kind {
            Kind::Upload => {
                self.add_day(row);
                self.input.add(row);
                self.quality.add(row);
                self.closed.insert(bundle);
            }
            Kind::Message => self.add_message(row),
            Kind::Action => self.quality.actions += 1,
            Kind::Neighbourhood => {}
            Kind::Crash | Kind::Anr | Kind::Kill | Kind::NotificationMissed | Kind::Incompatibility | Kind::FeatureMissing => {
                self.add_day(row);
                self.incidents.add(row, &mut self.names);
                self.known.add(row, &mut self.names);
            }
        }
    }

    /// Takes the row of a message of which another row counts: it still shows a day of use.
    pub fn leave_out(&mut self, row: &EventRow) {
        let bundle = self.slimming.bundle(row, &mut self.names);
        self.see(row, bundle);
        self.add_day(row);
        self.quality.duplicate_messages += 1;
    }

    fn see(&mut self, row: &EventRow, bundle: u32) {
        self.uploads.insert(bundle);
        if let Some(rules) = &row.rules
            && !self.rules.contains(rules)
        {
            self.rules.insert(rules.clone());
        }
    }

    fn add_day(&mut self, row: &EventRow) {
        let place = self.slimming.place(row, &mut self.names);
        let who = self.slimming.who(row, &mut self.names);
        self.days.add(row, who, place, self.zone);
    }

    fn add_message(&mut self, row: &EventRow) {
        let known = self.known.of(row);
        let Some(slim) = self.slimming.slim(row, known, &mut self.names) else { return };
        self.add_day(row);
        let number = match &mut self.competing {
            None => {
                self.lots.add(&slim);
                0
            }
            Some(competing) => {
                let old = row.message_id.as_deref().and_then(|id| competing.place_of.get(id));
                self.quality.duplicate_messages += u64::from(old.is_some());
                match old {
                    Some(old) if !slim.replaces(&competing.messages[old], &self.names) => return,
                    Some(old) => {
                        competing.messages[old] = slim;
                        self.samples.forget(old);
                        old
                    }
                    None => {
                        competing.messages.push(slim);
                        let number = competing.messages.len() - 1;
                        if let Some(id) = &row.message_id {
                            competing.place_of.insert(id, number);
                        }
                        number
                    }
                }
            }
        };
        self.listing.add(row);
        self.samples.add(row, number);
    }

    fn messages(&mut self) -> Messages {
        let mut lots = std::mem::take(&mut self.lots);
        for slim in self.competing.take().into_iter().flat_map(|competing| competing.messages) {
            lots.add(&slim);
        }
        lots.finish()
    }

    /// The messages, counted.
    #[must_use]
    pub fn into_tally(mut self) -> Tally {
        Tally::of(self.messages().lots.iter())
    }

    /// The uploads with a row, in order.
    #[must_use]
    pub fn uploads(&self) -> BTreeSet<&str> {
        self.uploads.iter().map(|number| self.names.text(*number)).collect()
    }

    /// The facts; the scope's thresholds, selection and redaction and the files' counts are the
    /// caller's to fill.
    #[must_use]
    pub fn finish(mut self, known: &KnownOfVersions<'_>) -> Facts {
        let messages = self.messages();
        let days = std::mem::take(&mut self.days).finish();
        let mut quality = std::mem::take(&mut self.quality);
        quality.look_at(&messages, &self.names);
        let (mut versions, mut devices, mut networks, mut apps) = (
            self.table(&messages, &[Dimension::App, Dimension::Os, Dimension::Version], &[Dimension::App, Dimension::Os]),
            self.table(&messages, &[Dimension::Os, Dimension::Device], &[]),
            self.table(&messages, &[Dimension::Network], &[]),
            self.table(&messages, &[Dimension::App], &[]),
        );
        sort_by_version(&mut versions);
        devices.sort_by(by_unsent);
        networks.sort_by(by_unsent);
        apps.sort_by(by_unsent);
        let name = |level: &Level| level.get(Dimension::App).map(str::to_owned);
        let silent = |level: &&Level| level.tally.sent + level.tally.delayed == 0 && level.tally.pending > 0;
        quality.silent_apps = apps.iter().filter(silent).filter_map(name).collect();
        let by = self.asked_for(&messages);
        let device_networks = self.table(&messages, &[Dimension::Device, Dimension::Network], &[]);
        let blame = assess(&messages, &days, &self.names, known, self.with_emulators);
        let span = messages.span_us();
        let mut named: Vec<String> = apps.iter().filter_map(name).collect();
        named.sort();
        let scope = Scope {
            apps: named,
            rules: self.rules.into_iter().collect(),
            first_us: span.map(|(first, _)| first),
            last_us: span.map(|(_, last)| last),
            ..Scope::default()
        };
        Facts {
            scope,
            input: self.input,
            messages: Tally::of(messages.lots.iter()),
            scatter: scatter(&messages),
            causes: causes(&messages, &self.samples, &self.names),
            versions,
            blame,
            devices,
            networks,
            device_networks,
            listed: self.listing.finish(),
            by,
            delays: Delays::of(&messages),
            incidents: self.incidents.finish(&messages, &self.names),
            known: self.known.finish(&messages),
            quality,
            weekly: None,
        }
    }

    fn table(&self, messages: &Messages, dimensions: &[Dimension], family: &[Dimension]) -> Vec<Level> {
        let number = |d: &Dimension| KEPT.iter().chain(self.slimming.by()).position(|k| k == d).map(|number| (number, *d));
        let dimensions: Vec<(usize, Dimension)> = dimensions.iter().filter_map(number).collect();
        let mut levels = group(messages, &dimensions, &self.names);
        levels.sort_by(|a, b| a.of.cmp(&b.of));
        compare(&mut levels, family);
        levels
    }

    fn asked_for(&self, messages: &Messages) -> Option<By> {
        let dimensions = self.slimming.by();
        if dimensions.is_empty() {
            return None;
        }
        let mut levels = self.table(messages, dimensions, &[]);
        levels.sort_by(by_unsent);
        Some(By { dimensions: dimensions.to_vec(), levels })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Evidence, Micros};
    use crate::stats::blame::days::{Hazard, UserDays};
    use crate::taxonomy::{Cause, Outcome, Role};

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
        collector.finish(&KnownOfVersions::default())
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

    /// A store leaves out rows before they come here, logs do not: both count the same days and uploads.
    #[test]
    fn a_row_that_does_not_count_still_shows_a_day_of_use() {
        let rows = [message("a", "1", Outcome::Pending, 1), message("b", "1", Outcome::Unsent, 2)];
        let mut competing = Collector::new(Vec::new(), Tz::UTC);
        competing.add(&rows);
        let mut once = Collector::new(Vec::new(), Tz::UTC).with_each_message_once();
        once.leave_out(&rows[0]);
        once.add_row(&rows[1]);
        for collector in [&competing, &once] {
            assert_eq!(collector.uploads().into_iter().collect::<Vec<_>>(), ["a", "b"]);
        }
        let (competing, once) = (competing.days.finish(), once.days.finish());
        let users = |days: &UserDays| days.units(Hazard::Crash, |_| true).count();
        assert_eq!((users(&competing), users(&once)), (2, 2));
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
            let blame = collector.finish(&KnownOfVersions::default()).blame;
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
