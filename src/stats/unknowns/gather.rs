//! Rows of neighbourhoods -> what is kept of each: the numbers of its templates, and a few records as samples, so that
//! memory grows by some bytes for each record and not by its text.

use super::Sample;
use crate::event::{EventRow, Near};
use crate::store::once::{Known, known};
use crate::taxonomy::{Kind, Outcome};
use crate::template::Clusters;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Records of a template that are kept as samples, of the first messages.
const SAMPLES_PER_SLOT: usize = 4;

/// When a message was sent, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// In the period that is looked at.
    Now,
    /// In the one before, which it is compared with.
    Last,
    /// Before that.
    Earlier,
}

/// Orders messages: their beginning, upload and id.
pub(super) type Order = (i64, String, String);

/// What is kept of a neighbourhood.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) order: Order,
    pub(super) period: Period,
    pub(super) is_unexplained: bool,
    pub(super) user: Option<u32>,
    pub(super) upload: u32,
    pub(super) version: Option<u32>,
    /// Slots of its records in order, and how long before the message's end they stood, ms.
    pub(super) records: Vec<(u32, i32)>,
    known: Known,
}

/// Records of one slot, by message.
#[derive(Debug, Default)]
pub(super) struct Samples {
    pub(super) unexplained: BTreeMap<Message, Record<Sample>>,
    pub(super) sent: BTreeMap<Message, Record<Near>>,
}

/// A message of whatever upload: its beginning and its id, else its upload.
pub(super) type Message = (i64, String);

/// A record, and what the upload that it is of knows of its message; the uploads that know as much go by their ids.
#[derive(Debug)]
pub(super) struct Record<T> {
    rank: (Known, Reverse<String>),
    pub(super) record: T,
}

/// Neighbourhoods, gathered.
#[derive(Debug, Default)]
pub struct Gathered {
    pub(super) clusters: Clusters,
    pub(super) all: Vec<Kept>,
    pub(super) samples: HashMap<u32, Samples>,
    names: Names,
}

/// Names as numbers.
#[derive(Debug, Default)]
struct Names {
    of: HashMap<String, u32>,
    all: Vec<String>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.of.get(name) {
            return *number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.of.insert(name.to_owned(), number);
        self.all.push(name.to_owned());
        number
    }
}

impl Gathered {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a row if it is a neighbourhood.
    pub fn add(&mut self, row: &EventRow, period: Period) {
        let Some(near) = row.near.as_deref().filter(|_| row.kind == Kind::Neighbourhood) else { return };
        let is_unexplained = row.outcome == Some(Outcome::Unsent);
        let rank = (known(row), Reverse(row.bundle.clone()));
        let order = (row.started_at.map_or(0, |at| at.0), row.bundle.clone(), row.message_id.clone().unwrap_or_default());
        let mut records = Vec::with_capacity(near.len());
        let mut last: BTreeMap<u32, &Near> = BTreeMap::new();
        for record in near {
            let slot = u32::try_from(self.clusters.add(&record.text).place()).unwrap_or(u32::MAX);
            records.push((slot, i32::try_from(record.before_ms).unwrap_or(i32::MAX)));
            last.insert(slot, record);
        }
        if period == Period::Now {
            let form = row.formats.as_ref().and_then(|f| f.first());
            for (slot, record) in last {
                let samples = self.samples.entry(slot).or_default();
                if is_unexplained {
                    let sample = || Sample { form: form.cloned().unwrap_or_default(), record: record.clone() };
                    keep(&mut samples.unexplained, message(&order), SAMPLES_PER_SLOT, &rank, sample);
                } else {
                    keep(&mut samples.sent, message(&order), 1, &rank, || record.clone());
                }
            }
        }
        let version = row.app_version.as_ref().map(|v| format!("{} {v}", row.app.as_deref().unwrap_or_default()).trim().to_owned());
        self.all.push(Kept {
            order,
            period,
            is_unexplained,
            user: row.user.as_deref().map(|user| self.names.number(user)),
            upload: self.names.number(&row.bundle),
            version: version.map(|version| self.names.number(&version)),
            records,
            known: rank.0,
        });
    }

    pub(super) fn name(&self, number: u32) -> &str {
        self.names.all.get(number as usize).map_or("", String::as_str)
    }

    /// Sorts the messages and leaves each in once: of two uploads that show it, that which knows most, of equals the smaller.
    pub(super) fn each_message_once(&mut self) {
        self.all.sort_by(|a, b| (b.known, &a.order.1).cmp(&(a.known, &b.order.1)));
        let mut seen = HashSet::new();
        self.all.retain(|kept| kept.order.2.is_empty() || seen.insert(kept.order.2.clone()));
        self.all.sort_by(|a, b| a.order.cmp(&b.order));
        let left: HashMap<Message, &str> = self.all.iter().map(|kept| (message(&kept.order), kept.order.1.as_str())).collect();
        let is_left = |message: &Message, upload: &Reverse<String>| left.get(message).is_some_and(|left| *left == upload.0);
        for samples in self.samples.values_mut() {
            samples.unexplained.retain(|message, record| is_left(message, &record.rank.1));
            samples.sent.retain(|message, record| is_left(message, &record.rank.1));
        }
    }
}

pub(super) fn message((started_us, bundle, id): &Order) -> Message {
    (*started_us, if id.is_empty() { bundle.clone() } else { id.clone() })
}

/// Keeps those of the first few messages, each of the upload that counts.
fn keep<T>(
    kept: &mut BTreeMap<Message, Record<T>>,
    message: Message,
    most: usize,
    rank: &(Known, Reverse<String>),
    record: impl FnOnce() -> T,
) {
    if let Some(same) = kept.get(&message) {
        if same.rank >= *rank {
            return;
        }
    } else if kept.len() >= most {
        if kept.last_key_value().is_none_or(|(last, _)| *last <= message) {
            return;
        }
        kept.pop_last();
    }
    kept.insert(message, Record { rank: rank.clone(), record: record() });
}
