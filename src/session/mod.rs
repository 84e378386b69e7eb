//! Marks and strips of one upload -> session: marks in order of time, and what held when.
//!
//! What comes in are the scanned documents of an upload and its metadata; what goes out is a
//! [`Session`]: every mark with its instant, and a time line per context value (version, device,
//! network, account …).

pub mod device;
mod jump;
pub mod loss;
pub mod metadata;
mod repeat;
mod statements;
pub mod time;
pub mod timeline;

use crate::format::GRAMMARS;
use crate::format::stamp::{Stamp, Zone, zone as zone_of};
use crate::profile::Profiles;
use crate::profile::syntax::AppKind;
use crate::scan::{Mark, Scanned};
use foldhash::fast::RandomState;
use rayon::prelude::*;
use statements::Statements;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use time::{Calendar, Reference};
use timeline::{Entry, Source, Timeline};

/// Name of the context that states the offset of the clock, `+0200`.
const UTC_OFFSET: &str = "utc_offset";
/// Name of the context that states the zone of the clock, `Europe/Berlin`.
const TIME_ZONE: &str = "time_zone";

/// Of fewer marks than these no other worker is given a part: that costs as much as they do.
const MARKS_APART: usize = 2_048;

/// A document of a session.
#[derive(Debug, Default)]
pub struct Document {
    /// What evidence cites.
    pub file: String,
    /// Name inside the upload.
    pub name: String,
    /// When it was last modified, µs UTC.
    pub modified_us: Option<i64>,
    /// What the scan found; its marks have moved to the session.
    pub scanned: Scanned,
    /// What turns its stamps into instants; known when the session is assembled.
    pub calendar: Calendar,
}

/// What marks are ordered by: time, document, line.
type Place = (i64, u32, u64);

/// Names of processes that wrote steps which are kept; an app has a few.
const PACKAGES_MAX: usize = 256;

/// One upload, ready to be told.
pub struct Session<'p> {
    /// The profiles in force.
    pub profiles: &'p Profiles,
    /// Its documents.
    pub documents: Vec<Document>,
    /// All marks, by time, document and offset.
    pub marks: Vec<Mark>,
    /// What held when, by name.
    pub timelines: BTreeMap<String, Timeline>,
    /// The packages of the apps whose messages are told here.
    pub packages: HashSet<String>,
    /// First instant of any record.
    pub first_us: Option<i64>,
    /// Last instant of any record, or the export if that is later.
    pub last_us: Option<i64>,
    /// Days (since 1970, UTC) with any point of a strip.
    pub days: BTreeSet<i64>,
    /// Where text is lost.
    pub losses: Vec<loss::Loss>,
    /// The device's clock less the server's, µs, where the server's time is stated.
    pub skew_us: Option<i64>,
}

/// Assembles a session.
///
/// `metadata` holds the facts of the upload's metadata files, `zone` what the user states.
#[must_use]
pub fn assemble<'p>(
    profiles: &'p Profiles,
    mut documents: Vec<Document>,
    metadata: &[(&'static str, String)],
    zone: Option<chrono_tz::Tz>,
) -> Session<'p> {
    let mut statements = Statements::of(&documents);
    let reference = reference(profiles, &documents, &statements, metadata, zone);
    let mut session = Session {
        profiles,
        documents: Vec::new(),
        marks: Vec::new(),
        timelines: BTreeMap::new(),
        packages: HashSet::new(),
        first_us: None,
        last_us: None,
        days: BTreeSet::new(),
        losses: Vec::new(),
        skew_us: None,
    };
    let mut spans = Vec::new();
    for (name, value) in metadata {
        session.set(name, value, None, 0, Source::Stated);
    }
    let mut places: Vec<Place> = Vec::with_capacity(documents.iter().map(|document| document.scanned.marks.len()).sum());
    for (number, document) in (0u32..).zip(&mut documents) {
        let reference = Reference { modified_us: document.modified_us, ..reference };
        let calendar = Calendar::new(&document.scanned, reference);
        spans.push(session.cover(&document.scanned, &calendar));
        session.losses.extend(loss::of(number, document, profiles, &calendar));
        for fact in &document.scanned.facts {
            session.set(fact.name, &fact.value, None, 0, Source::Header);
        }
        let mut marks = std::mem::take(&mut document.scanned.marks);
        marks.par_iter_mut().with_min_len(MARKS_APART).for_each(|mark| {
            mark.document = number;
            mark.at = mark.stamp.and_then(|stamp| calendar.instant(stamp, mark.record_line));
            mark.clock = calendar.clock(mark.stamp);
        });
        let set_back = jump::set_back(profiles, &marks);
        let report = document.scanned.grammar.is_some_and(|g| GRAMMARS[g as usize].is_report());
        let mut latest = i64::MIN;
        for (index, mark) in marks.iter_mut().enumerate() {
            // A record without time stands where the record before it stands; a report has one time.
            mark.at = mark.at.or((report && latest != i64::MIN).then_some(latest));
            let turned = set_back.is_some_and(|place| index >= place);
            latest = if turned { latest.max(mark.at.unwrap_or(latest)) } else { mark.at.unwrap_or(latest) };
            places.push((latest, number, mark.record_line));
        }
        // Most uploads are one document, whose marks need not be moved.
        if session.marks.is_empty() {
            session.marks = marks;
        } else {
            session.marks.extend(marks);
        }
        document.calendar = calendar;
    }
    session.arrange(&places);
    loss::bound(&mut session.losses, &documents, &spans);
    session.documents = documents;
    session.skew_us = session.skew();
    session.last_us = session.last_us.max(reference.exported_us.filter(|e| session.last_us.is_some_and(|l| *e > l)));
    session.give_way(&mut statements);
    session.drop_repeats();
    session.packages = session.own_packages(&statements);
    session.read_contexts();
    session
}

/// What the upload states of time: export and offset.
fn reference(
    profiles: &Profiles,
    documents: &[Document],
    statements: &Statements,
    metadata: &[(&'static str, String)],
    zone: Option<chrono_tz::Tz>,
) -> Reference {
    let mut reference = Reference { zone, ..Reference::default() };
    let exported = metadata.iter().find(|(n, _)| *n == "exported_at").and_then(|(_, v)| Stamp::parse(v));
    if let Some(stamp) = exported
        && let Zone::Offset(minutes) = stamp.zone
    {
        reference.offset_minutes = Some(minutes);
        reference.exported_us = stamp.instant_us();
    }
    // The upload or a line of it states the offset of the phone's clock.
    let stated = metadata.iter().find(|(n, _)| *n == "utc_offset_min").and_then(|(_, v)| v.parse().ok());
    let setting = |name: &'static str| {
        let documents = if statements.sets(profiles, name) { documents } else { &[] };
        let marks = documents.iter().flat_map(|d| &d.scanned.marks);
        marks.filter(move |m| profiles.context(m.statement).is_some_and(|c| c.set == name))
    };
    let told = setting(UTC_OFFSET).find_map(|m| match zone_of(m.get("value")?.as_bytes()) {
        Zone::Offset(minutes) => Some(minutes),
        Zone::Ambiguous(_) | Zone::Local => None,
    });
    reference.offset_minutes = stated.or(told).or(reference.offset_minutes);
    if reference.zone.is_none() && reference.offset_minutes.is_none() {
        reference.zone = setting(TIME_ZONE).next().and_then(|m| m.get("value")?.parse::<chrono_tz::Tz>().ok());
    }
    let header = documents.iter().flat_map(|d| &d.scanned.facts).find(|f| f.name == "exported_ms");
    if let Some(ms) = header.and_then(|f| f.value.parse::<i64>().ok()) {
        reference.exported_us = reference.exported_us.or(ms.checked_mul(1_000));
    }
    // Lines without a zone follow those with one: a LOGCAT section inside a zoned debug log.
    if reference.offset_minutes.is_none() {
        let mut points = documents.iter().flat_map(|d| &d.scanned.strip.points);
        reference.offset_minutes = points.find_map(|p| match p.stamp.zone {
            Zone::Offset(minutes) => Some(minutes),
            Zone::Ambiguous(_) | Zone::Local => None,
        });
    }
    // Stamps with a year in one document date those without in another.
    if reference.exported_us.is_none() {
        let points = documents
            .iter()
            .flat_map(|d| d.scanned.strip.points.iter().map(|p| p.stamp).chain(d.scanned.marks.iter().filter_map(|m| m.stamp)));
        reference.latest_us = points.filter(|s| s.has_year && !s.uptime).map(|s| s.wall_us + 86_400_000_000).max();
    }
    reference
}

impl Session<'_> {
    /// Puts marks in the order of their places: time, document, line. Most are in order already.
    fn arrange(&mut self, places: &[Place]) {
        if places.is_sorted() {
            return;
        }
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by_key(|number| places[*number]);
        let mut marks: Vec<Option<Mark>> = std::mem::take(&mut self.marks).into_iter().map(Some).collect();
        self.marks = order.into_iter().filter_map(|number| marks[number].take()).collect();
    }

    /// Extends the covered time by a document's strip; gives its first and last instant.
    fn cover(&mut self, scanned: &Scanned, calendar: &Calendar) -> Option<(i64, i64)> {
        let mut span: Option<(i64, i64)> = None;
        for point in &scanned.strip.points {
            if let Some(at) = calendar.instant(point.stamp, point.line) {
                span = Some(span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
                self.days.insert(at.div_euclid(86_400_000_000));
            }
        }
        if let Some((first, last)) = span {
            self.first_us = Some(self.first_us.map_or(first, |f| f.min(first)));
            self.last_us = Some(self.last_us.map_or(last, |l| l.max(last)));
        }
        span
    }

    /// Generic statements give way where an app's own profile knows a life cycle; what they say of version,
    /// device and network stays where the profile says nothing of it.
    fn give_way(&mut self, statements: &mut Statements) {
        let profiles = self.profiles;
        let kind = |statement: u32| profiles.profile_of(statement).file.app.kind;
        let known = statements.numbers.iter().any(|s| kind(*s) == AppKind::App && profiles.step(*s).is_some());
        if !known || statements.numbers.iter().all(|s| kind(*s) != AppKind::Generic) {
            return;
        }
        let set = |statement: u32| profiles.context(statement).map(|c| c.set.as_str());
        let own: HashSet<&str> = statements.numbers.iter().filter(|s| kind(**s) == AppKind::App).filter_map(|s| set(*s)).collect();
        let stays = |name: &str| timeline::NAMES.contains(&name) && !own.contains(name);
        statements.numbers.retain(|s| kind(*s) != AppKind::Generic || set(*s).is_some_and(stays));
        self.marks.retain(|mark| statements.numbers.contains(&mark.statement));
    }

    /// The same statement about the same thing at the same time in two documents, or in two sections
    /// of one (Signal's debug log repeats the app's log as LOGCAT), is one mark.
    fn drop_repeats(&mut self) {
        let moment = |mark: &Mark| Some((mark.statement, mark.at?.div_euclid(1_000)));
        // What captures nothing says nothing that could be said again.
        let said = |mark: usize| Some(self.marks[mark].said()).filter(|_| self.marks[mark].captures().next().is_some());
        let mut is_first = repeat::firsts(&self.marks, &moment, &said).into_iter();
        self.marks.retain(|_| is_first.next().unwrap_or(true));
    }

    /// The packages of the apps whose messages are told here: those that their profiles name, and the
    /// processes that wrote steps.
    fn own_packages(&self, statements: &Statements) -> HashSet<String> {
        let profiles = self.profiles;
        let is_step = |statement: &u32| profiles.step(*statement).is_some();
        let tellers: BTreeSet<usize> =
            statements.numbers.iter().filter(|s| is_step(s)).map(|s| profiles.statements[*s as usize].profile).collect();
        let named = tellers.into_iter().flat_map(|profile| &profiles.all[profile].file.app.packages).cloned();
        let names_process = |mark: &'_ Mark| mark.get("process").is_some() && mark.get("pid").is_some();
        let processes: Vec<&Mark> = self.marks.par_iter().with_min_len(MARKS_APART).filter(|mark| names_process(mark)).collect();
        let mut pids: HashSet<&str, RandomState> = HashSet::default();
        if !processes.is_empty() {
            let steps = self.marks.iter().filter(|mark| is_step(&mark.statement));
            pids.extend(steps.map(Mark::pid).filter(|pid| !pid.is_empty()));
        }
        let ran = processes.iter().filter(|mark| mark.get("pid").is_some_and(|pid| pids.contains(pid)));
        // A process is a package, or a part of one behind a colon.
        let ran = ran.filter_map(|mark| mark.get("process")?.split(':').next()).map(str::to_owned);
        named.chain(ran.collect::<BTreeSet<_>>().into_iter().take(PACKAGES_MAX)).collect()
    }

    /// The device's clock less the server's: as a header states it, else the median over the acknowledgements that
    /// carry the server's time. Those are late by the way back, so it is too large by that.
    fn skew(&self) -> Option<i64> {
        let header = self.documents.iter().flat_map(|d| &d.scanned.facts).find(|f| f.name == "skew_ms");
        if let Some(ms) = header.and_then(|f| f.value.parse::<i64>().ok()) {
            return ms.checked_mul(1_000);
        }
        let stated = self.marks.par_iter().with_min_len(MARKS_APART).filter_map(|t| {
            let server_us = Stamp::parse(t.get("server_time")?)?.instant_us()?;
            Some(t.at? - server_us)
        });
        let mut all: Vec<i64> = stated.collect();
        let middle = all.len() / 2;
        (!all.is_empty()).then(|| *all.select_nth_unstable(middle).1)
    }

    fn read_contexts(&mut self) {
        for index in 0..self.marks.len() {
            let mark = &self.marks[index];
            let Some(context) = self.profiles.context(mark.statement) else { continue };
            if mark.get("package").is_some_and(|package| !self.packages.contains(package)) {
                continue;
            }
            let at = mark.at;
            let mut values: Vec<(String, String)> = Vec::new();
            let map = |value: &str| context.map.get(&value.to_lowercase()).map_or(value, String::as_str).trim().to_owned();
            if context.ends {
                let (value, ends) = (context.value.clone().unwrap_or_default(), mark.get("value").map(map));
                let entry = Entry { at, order: index, value, ends, source: Source::Mark(index) };
                self.timelines.entry(context.set.clone()).or_default().push(entry);
            } else if let Some(value) = context.value.as_deref().or_else(|| mark.get("value")) {
                values.push((context.set.clone(), map(value)));
            }
            let named = mark.captures().filter(|(n, _)| timeline::NAMES.contains(n));
            values.extend(named.map(|(n, v)| (n.to_string(), v.to_string())));
            for (name, value) in values {
                self.set(&name, &value, at, index, Source::Mark(index));
            }
        }
        for timeline in self.timelines.values_mut() {
            timeline.sort();
        }
    }

    fn set(&mut self, name: &str, value: &str, at: Option<i64>, order: usize, source: Source) {
        let value = value.trim();
        if !value.is_empty() {
            let entry = Entry { at, order, value: value.to_owned(), ends: None, source };
            self.timelines.entry(name.to_owned()).or_default().push(entry);
        }
    }

    /// What a context value was at a mark: the last statement up to it, else the first one after.
    #[must_use]
    pub fn value(&self, name: &str, order: usize) -> Option<&str> {
        self.timelines.get(name)?.nearest(order).map(|e| e.value.as_str())
    }

    /// The statement of a context value that held at a mark: only what was said before it.
    #[must_use]
    pub fn held(&self, name: &str, order: usize) -> Option<&Entry> {
        self.timelines.get(name)?.held(order)
    }

    /// For how long of a stretch of time the device had no network, µs.
    #[must_use]
    pub fn without_network_us(&self, from: i64, to: i64) -> i64 {
        self.timelines.get("network").map_or(0, |t| t.held_us("none", from, to))
    }

    /// The place of a mark's cited line, as evidence.
    #[must_use]
    pub fn file(&self, document: u32) -> &str {
        self.documents.get(document as usize).map_or("", |d| d.file.as_str())
    }
}
