//! Which documents of one folder are one upload: documents come in with what the caller's probe says
//! about them; what goes out are groups, each with the reason. The rules are those of "One upload"
//! in the contract: parts of one rotated log, a log with its crash report, sibling logs of one
//! device at one time; else each file by itself.

use super::document::Document;
use super::name::{LogName, Part, log_name, split};

/// Sibling logs of different stems are one upload only in a folder of so few files.
pub(super) const SIBLING_FILES_MAX: usize = 8;
/// Sibling logs touch if no more time than this lies between them.
const SIBLING_GAP_US: i64 = 10 * 60 * 1_000_000;
/// Parts of one log overlap by no more than this.
const PART_OVERLAP_US: i64 = 2 * 60 * 1_000_000;
/// A log has at most so many parts; a folder with more of one stem is one of many uploads. A week
/// of hourly files is 168.
const PARTS_MAX: usize = 512;
/// Stamps without a zone may be off by so much against stamps with one.
const ZONE_SHIFT_US: i64 = 14 * 3_600 * 1_000_000;
/// Stamps without a year are compared within the year.
const YEAR_US: i64 = 365 * 86_400 * 1_000_000;

/// What the caller can tell about a document at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    /// First time stamp, µs since 1970.
    pub first_us: Option<i64>,
    /// Last time stamp.
    pub last_us: Option<i64>,
    /// The device that it states.
    pub device: Option<String>,
    /// The account or installation that it states.
    pub user: Option<String>,
    /// Whether it is a log (or another document with records) at all.
    pub is_log: bool,
    /// Whether the year of its stamps was assumed.
    pub year_assumed: bool,
    /// Whether the zone of its stamps was assumed.
    pub zone_assumed: bool,
}

/// Asks the caller about a document.
pub(super) type Ask<'a> = &'a (dyn Fn(&Document) -> Probe + Sync);

/// Documents that are one upload.
pub(super) struct Group {
    /// In order of name.
    pub(super) documents: Vec<Document>,
    /// Whether it stands for its folder rather than for one log in it.
    pub(super) whole_folder: bool,
    /// Why these are one.
    pub(super) why: &'static str,
}

/// Documents of one stem, with what is known of them together.
struct Set {
    documents: Vec<Document>,
    probe: Option<Probe>,
    why: &'static str,
    stranger: bool,
}

/// Sorts the documents of a folder into sets of one stem, crash reports each by itself.
pub(super) fn stems(documents: Vec<Document>) -> Vec<Vec<Document>> {
    let mut named: Vec<(String, Document)> = documents
        .into_iter()
        .map(|d| {
            let name = split(&d.name).1;
            let stem = if d.crash_report { format!("\u{0}{name}") } else { log_name(name).stem };
            (stem, d)
        })
        .collect();
    named.sort_by(|a, b| (&a.0, &a.1.name).cmp(&(&b.0, &b.1.name)));
    let mut sets: Vec<(String, Vec<Document>)> = Vec::new();
    for (stem, document) in named {
        match sets.last_mut() {
            Some((last, set)) if *last == stem => set.push(document),
            _ => sets.push((stem, vec![document])),
        }
    }
    sets.into_iter().map(|(_, set)| set).collect()
}

/// Groups the documents of one folder.
pub(super) fn group(documents: Vec<Document>, ask: Ask) -> Vec<Group> {
    let files = documents.len();
    let mut sets: Vec<Set> = Vec::new();
    for stem in stems(documents) {
        sets.extend(parts_of_one_log(stem, ask));
    }
    let (crashes, logs): (Vec<Set>, Vec<Set>) = sets.into_iter().partition(|s| s.documents.iter().any(|d| d.crash_report));
    let logs = siblings(logs, files, ask);
    let sets = with_crash_reports(logs, crashes, files, ask);
    let meant: usize = sets.iter().filter(|s| !s.stranger).map(|s| s.documents.len()).sum();
    sets.into_iter()
        .map(|mut set| {
            set.documents.sort_by(|a, b| a.name.cmp(&b.name));
            let whole_folder = set.documents.len() == meant && !set.stranger && set.why != PARTS && set.why != ALONE;
            Group { documents: set.documents, whole_folder, why: set.why }
        })
        .collect()
}

const ALONE: &str = "a file by itself";
const PARTS: &str = "parts of one rotated log";
const SIBLINGS: &str = "sibling logs of one device whose times touch";
const CRASH: &str = "a log with its crash report";

/// One set if the documents are parts of one log, else one set each.
fn parts_of_one_log(documents: Vec<Document>, ask: Ask) -> Vec<Set> {
    let alone = |d| Set { documents: vec![d], probe: None, why: ALONE, stranger: false };
    if documents.len() < 2 || documents.len() > PARTS_MAX || !numbered_as_parts(&documents) {
        return documents.into_iter().map(alone).collect();
    }
    let probes: Vec<Probe> = documents.iter().map(ask).collect();
    match (in_order(&documents, &probes), joined(&probes)) {
        (true, Some(probe)) => vec![Set { documents, probe: Some(probe), why: PARTS, stranger: false }],
        _ => documents.into_iter().map(alone).collect(),
    }
}

/// Numbers before the extension are rotation only beside an unnumbered file or from 0 on: else they
/// may as well number uploads.
fn numbered_as_parts(documents: &[Document]) -> bool {
    let parts: Vec<Part> = documents.iter().map(|d| log_name(split(&d.name).1).part).collect();
    let only_bases = parts.iter().all(|p| *p == Part::Base);
    let anchored = parts.iter().any(|p| !matches!(p, Part::Number { number: 1.., behind: false }));
    !only_bases && anchored
}

/// Whether the times of the parts follow one another, and as their numbers do. A stated identity
/// that all parts share outweighs an overlap: two processes may write under one name.
fn in_order(documents: &[Document], probes: &[Probe]) -> bool {
    let mut spans: Vec<(i64, i64, Option<u64>)> = documents
        .iter()
        .zip(probes)
        .filter_map(|(d, p)| {
            let LogName { part, .. } = log_name(split(&d.name).1);
            let number = match part {
                Part::Number { number, .. } => Some(number),
                Part::Base | Part::Dated => None,
            };
            Some((p.first_us?, p.last_us?, number))
        })
        .collect();
    spans.sort_unstable();
    let same_user = probes.iter().all(|p| p.user.is_some());
    let apart = spans.windows(2).all(|w| w[1].0 >= w[0].1 - PART_OVERLAP_US);
    let numbers: Vec<u64> = spans.iter().filter_map(|s| s.2).collect();
    let monotonic = numbers.is_sorted() || numbers.iter().rev().is_sorted();
    same_user || (apart && monotonic)
}

/// What several documents say together; `None` if two state different devices or users.
fn joined(probes: &[Probe]) -> Option<Probe> {
    let mut all = Probe::default();
    for probe in probes {
        for (known, stated) in [(&mut all.device, &probe.device), (&mut all.user, &probe.user)] {
            match (known.as_ref(), stated) {
                (Some(a), Some(b)) if a != b => return None,
                (None, Some(_)) => known.clone_from(stated),
                _ => {}
            }
        }
        all.first_us = [all.first_us, probe.first_us].into_iter().flatten().min();
        all.last_us = [all.last_us, probe.last_us].into_iter().flatten().max();
        all.is_log |= probe.is_log;
        all.year_assumed |= probe.year_assumed;
        all.zone_assumed |= probe.zone_assumed;
    }
    Some(all)
}

/// Joins logs of different stems into one set if the folder is small, all times touch and no two
/// state different devices or users. Files that are no logs do not matter and stay alone.
fn siblings(mut logs: Vec<Set>, files: usize, ask: Ask) -> Vec<Set> {
    if files > SIBLING_FILES_MAX || logs.len() < 2 {
        return logs;
    }
    for set in &mut logs {
        if set.probe.is_none() {
            set.probe = set.documents.first().map(ask);
        }
        set.stranger = !set.probe.as_ref().is_some_and(|p| p.is_log);
    }
    let (strangers, mut logs): (Vec<Set>, Vec<Set>) = logs.into_iter().partition(|s| s.stranger);
    let probes: Vec<Probe> = logs.iter().filter_map(|s| s.probe.clone()).collect();
    if logs.len() > 1
        && all_touch(&probes)
        && let Some(probe) = joined(&probes)
    {
        let documents = logs.into_iter().flat_map(|s| s.documents).collect();
        logs = vec![Set { documents, probe: Some(probe), why: SIBLINGS, stranger: false }];
    }
    logs.into_iter().chain(strangers).collect()
}

/// Whether every document is linked to every other by a chain of touching times.
fn all_touch(probes: &[Probe]) -> bool {
    let mut reached = vec![false; probes.len()];
    let mut queue = vec![0];
    while let Some(at) = queue.pop() {
        if std::mem::replace(&mut reached[at], true) {
            continue;
        }
        queue.extend((0..probes.len()).filter(|other| !reached[*other] && touch(&probes[at], &probes[*other])));
    }
    reached.iter().all(|r| *r)
}

/// Whether two spans of time touch, as far as their stamps can be compared.
fn touch(a: &Probe, b: &Probe) -> bool {
    let (Some(a_first), Some(a_last), Some(b_first), Some(b_last)) = (a.first_us, a.last_us, b.first_us, b.last_us) else {
        return false;
    };
    let zone = if a.zone_assumed == b.zone_assumed { 0 } else { ZONE_SHIFT_US };
    let slack = SIBLING_GAP_US + zone;
    let near = |shift: i64, slack: i64| {
        let (first, last) = (b_first.saturating_add(shift), b_last.saturating_add(shift));
        first <= a_last.saturating_add(slack) && a_first <= last.saturating_add(slack)
    };
    if a.year_assumed == b.year_assumed {
        return near(0, slack);
    }
    // A shift by whole years, each up to a day off for the leap days between.
    let years = (a_first.saturating_sub(b_first)) / YEAR_US;
    let leap_days_us = (years.abs() / 4 + 1) * 86_400 * 1_000_000;
    (years - 1..=years + 1).any(|y| near(y.saturating_mul(YEAR_US), slack + leap_days_us))
}

/// Adds each crash report to the log that it belongs to, if there is exactly one.
fn with_crash_reports(mut logs: Vec<Set>, crashes: Vec<Set>, files: usize, ask: Ask) -> Vec<Set> {
    let mut rest = Vec::new();
    let only_log = logs.iter().filter(|s| !s.stranger).count() == 1;
    for mut crash in crashes {
        let Some(probe) = crash.documents.first().map(ask) else { continue };
        let mut fitting = Vec::new();
        for (at, set) in logs.iter_mut().enumerate() {
            if set.stranger {
                continue;
            }
            if set.probe.is_none() {
                set.probe = set.documents.first().map(ask);
            }
            let Some(known) = &set.probe else { continue };
            let near = touch(known, &probe) || (only_log && files <= SIBLING_FILES_MAX);
            if known.is_log && near && joined(&[known.clone(), probe.clone()]).is_some() {
                fitting.push(at);
            }
        }
        if let [at] = fitting[..] {
            logs[at].documents.append(&mut crash.documents);
            logs[at].why = CRASH;
        } else {
            rest.push(crash);
        }
    }
    logs.append(&mut rest);
    logs
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_US: i64 = 3_600 * 1_000_000;
    const MINUTE_US: i64 = 60 * 1_000_000;

    fn span(first_us: i64, last_us: i64) -> Probe {
        Probe { first_us: Some(first_us), last_us: Some(last_us), is_log: true, ..Probe::default() }
    }

    #[test]
    fn times_touch_up_to_ten_minutes_apart() {
        let a = span(0, HOUR_US);
        assert!(touch(&a, &span(HOUR_US + 10 * MINUTE_US, 2 * HOUR_US)));
        assert!(!touch(&a, &span(HOUR_US + 11 * MINUTE_US, 2 * HOUR_US)));
        assert!(!touch(&a, &Probe::default()));
    }

    #[test]
    fn a_local_time_touches_the_same_time_with_a_zone() {
        let zoned = span(10 * HOUR_US, 11 * HOUR_US);
        let local = Probe { zone_assumed: true, ..span(18 * HOUR_US, 19 * HOUR_US) };
        assert!(touch(&zoned, &local) && touch(&local, &zoned));
        assert!(!touch(&local, &Probe { zone_assumed: true, ..span(30 * HOUR_US, 31 * HOUR_US) }));
    }

    #[test]
    fn a_time_without_a_year_touches_the_same_day_of_another_year() {
        let dated = span(20_000 * 24 * HOUR_US, 20_000 * 24 * HOUR_US + HOUR_US);
        let yearless = |days: i64| Probe { year_assumed: true, ..span(days * 24 * HOUR_US, days * 24 * HOUR_US + HOUR_US) };
        assert!(touch(&dated, &yearless(20_000 - 731)) && touch(&yearless(20_000 + 365), &dated));
        assert!(!touch(&dated, &yearless(20_000 - 500)));
    }

    #[test]
    fn a_chain_of_touching_times_is_one_and_a_break_is_not() {
        let hours = |from: i64, to: i64| span(from * HOUR_US, to * HOUR_US);
        assert!(all_touch(&[hours(0, 1), hours(3, 4), hours(1, 3)]));
        assert!(!all_touch(&[hours(0, 1), hours(3, 4), hours(1, 2)]));
    }

    #[test]
    fn two_stated_devices_are_never_joined() {
        let of = |device: &str| Probe { device: Some(device.to_owned()), ..Probe::default() };
        assert!(joined(&[of("a"), Probe::default(), of("a")]).is_some());
        assert!(joined(&[of("a"), of("b")]).is_none());
    }
}
