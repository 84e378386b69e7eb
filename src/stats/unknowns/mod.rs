//! Neighbourhoods -> what unexplained failures have in common: the templates that stand near them more often than near
//! messages that were sent.
//!
//! What comes in are neighbourhoods of both groups; what goes out are [`Unknowns`]: clusters with their support in both,
//! strongest first. A record that is as common near sent messages says nothing, however often it occurs.

mod association;
pub mod suggest;

use crate::pipeline::{Near, Neighbourhood};
use crate::stats::blame::ratio::false_discovery;
use crate::template::Clusters;
use association::Table;
use std::collections::{BTreeMap, BTreeSet};

/// Share of false clusters that is allowed among those named.
pub const FALSE_DISCOVERY: f64 = 0.05;
/// Unexplained messages that a template must stand near: fewer are no pattern.
pub const SUPPORT_MIN: u64 = 3;
/// Templates that stand near the same messages, to this share of all that either stands near, are one cluster.
const SAME_MIN: f64 = 0.8;
/// Further templates of a cluster that are named.
const ALSO_MAX: usize = 3;

/// One record of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// File, as evidence cites it.
    pub file: String,
    /// Form of the file.
    pub form: &'static str,
    /// The record.
    pub record: Near,
}

/// Unexplained messages with a kind of record near them.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its signature, the same from week to week: the id of its template.
    pub id: String,
    /// The template.
    pub template: String,
    /// Templates that stand near the same messages.
    pub also: Vec<String>,
    /// Unexplained messages that it stands near.
    pub unsent: u64,
    /// Sent messages that it stands near.
    pub sent: u64,
    /// Senders of the former.
    pub users: u64,
    /// Versions of the former, by name.
    pub versions: Vec<String>,
    /// When the first of them began, µs UTC.
    pub first_us: i64,
    /// Share of the unexplained less share of the sent.
    pub difference: f64,
    /// Correlation of being unexplained and having such a record near.
    pub phi: f64,
    /// The G statistic.
    pub g: f64,
    /// Its p-value, adjusted for all templates looked at.
    pub q: f64,
    /// The longest time before a message's end at which it stood, ms.
    pub before_ms: i64,
    /// Records of it, one a message, of the first messages.
    pub samples: Vec<Sample>,
    /// A record that stands near sent messages alone, or nothing of them.
    pub counter: Option<Near>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Unknowns {
    /// Unexplained messages that were looked at.
    pub unexplained: u64,
    /// Sent messages that they were compared with.
    pub sent: u64,
    /// Unexplained messages in any cluster.
    pub clustered: u64,
    /// The clusters, strongest first.
    pub clusters: Vec<Cluster>,
}

/// Samples of a cluster that are kept.
const SAMPLES_MAX: usize = 20;

/// Finds the clusters.
#[must_use]
pub fn find(all: &[Neighbourhood]) -> Unknowns {
    let mut clusters = Clusters::new();
    let slots: Vec<Vec<usize>> = all.iter().map(|n| n.records.iter().map(|r| clusters.add(&r.text).place()).collect()).collect();
    let templates = clusters.finish();
    // Of each template, the messages that it stands near.
    let mut near: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (message, slots) in slots.iter().enumerate() {
        for slot in slots {
            near.entry(templates.place(*slot)).or_default().insert(message);
        }
    }
    let unexplained = all.iter().filter(|n| n.is_unexplained).count() as u64;
    let sent = all.len() as u64 - unexplained;
    let supported: Vec<(usize, &BTreeSet<usize>, Table)> = near
        .iter()
        .map(|(template, messages)| {
            let own = messages.iter().filter(|m| all[**m].is_unexplained).count() as u64;
            (*template, messages, Table { own, own_all: unexplained, other: messages.len() as u64 - own, other_all: sent })
        })
        .filter(|(.., table)| table.own >= SUPPORT_MIN)
        .collect();
    let q = false_discovery(&supported.iter().map(|(.., table)| table.p()).collect::<Vec<_>>());
    let telling = supported.into_iter().zip(q).filter(|((.., table), q)| *q <= FALSE_DISCOVERY && table.difference() > 0.0);
    let mut telling: Vec<_> = telling.map(|((template, messages, table), q)| (template, messages, table, q)).collect();
    let text = |template: usize| &templates.all()[template];
    telling.sort_by(|a, b| b.2.g().total_cmp(&a.2.g()).then(a.2.other.cmp(&b.2.other)).then_with(|| text(a.0).id.cmp(&text(b.0).id)));
    let of_template = |message: usize, template: usize| {
        let records = all[message].records.iter().zip(&slots[message]);
        records.filter(|(_, slot)| templates.place(**slot) == template).map(|(record, _)| record).next_back().cloned()
    };
    // The same for all clusters: what stands near sent messages and near no unexplained one, the most common first.
    let counter = near
        .iter()
        .filter(|(_, messages)| messages.iter().all(|m| !all[*m].is_unexplained))
        .max_by_key(|(t, m)| (m.len(), std::cmp::Reverse(text(**t).id)));
    let counter = counter.or_else(|| {
        near.iter()
            .filter(|(_, m)| m.iter().any(|m| !all[*m].is_unexplained))
            .max_by_key(|(t, m)| (m.len(), std::cmp::Reverse(text(**t).id)))
    });
    let counter = counter.and_then(|(template, messages)| of_template(*messages.iter().find(|m| !all[**m].is_unexplained)?, *template));
    let mut found: Vec<(Cluster, BTreeSet<usize>)> = Vec::new();
    let mut clustered: BTreeSet<usize> = BTreeSet::new();
    for (template, messages, table, q) in telling {
        let own: BTreeSet<usize> = messages.iter().copied().filter(|m| all[*m].is_unexplained).collect();
        clustered.extend(&own);
        if let Some((same, _)) = found.iter_mut().find(|(_, other)| is_same(other, &own)) {
            if same.also.len() < ALSO_MAX {
                same.also.push(text(template).text.clone());
            }
            continue;
        }
        let users: BTreeSet<&String> = own.iter().filter_map(|m| all[*m].user.as_ref()).collect();
        let versions: BTreeSet<&String> = own.iter().filter_map(|m| all[*m].version.as_ref()).collect();
        let records = own.iter().filter_map(|m| Some((*m, of_template(*m, template)?)));
        let samples: Vec<Sample> =
            records.clone().map(|(m, record)| Sample { file: all[m].file.clone(), form: all[m].form, record }).take(SAMPLES_MAX).collect();
        let cluster = Cluster {
            id: text(template).id.to_string(),
            template: text(template).text.clone(),
            also: Vec::new(),
            unsent: table.own,
            sent: table.other,
            users: users.len() as u64,
            versions: versions.into_iter().cloned().collect(),
            first_us: own.iter().map(|m| all[*m].started_us).min().unwrap_or(0),
            difference: table.difference(),
            phi: table.phi(),
            g: table.g(),
            q,
            before_ms: records.map(|(_, r)| r.before_us / 1_000).max().unwrap_or(0),
            samples,
            counter: counter.clone(),
        };
        found.push((cluster, own));
    }
    Unknowns { unexplained, sent, clustered: clustered.len() as u64, clusters: found.into_iter().map(|(cluster, _)| cluster).collect() }
}

/// Whether two sets are the same but for a few (Jaccard).
fn is_same(a: &BTreeSet<usize>, b: &BTreeSet<usize>) -> bool {
    let both = a.intersection(b).count();
    let either = a.len() + b.len() - both;
    crate::stats::interval::ratio(both as u64, either as u64) >= SAME_MIN
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn near(line: u64, text: &str) -> Near {
        Near { line, before_us: 1_000_000, tag: "Gate".into(), text: text.into() }
    }

    pub(crate) fn message(number: usize, is_unexplained: bool, texts: &[String]) -> Neighbourhood {
        Neighbourhood {
            is_unexplained,
            user: Some(format!("u_{}", number % 4)),
            version: Some(format!("Hop 4.{}", number % 2)),
            started_us: i64::try_from(number).unwrap(),
            file: "a.log".into(),
            form: "logcat-threadtime",
            records: (1..).zip(texts).map(|(line, text)| near(line, text)).collect(),
        }
    }

    #[test]
    fn what_stands_near_failures_alone_is_a_cluster_and_what_stands_near_all_is_none() {
        let mut all = Vec::new();
        for n in 0..40 {
            let kind = ["lease lost to owner", "page cache torn in slot"][n % 2];
            let noise = format!("recv push batch={n}");
            all.push(message(n, true, &[noise.clone(), format!("{kind} {n}"), format!("after that, {kind} was seen {n}")]));
            all.push(message(n, false, &[noise, format!("config revision {n}")]));
        }
        let found = find(&all);
        assert_eq!((found.unexplained, found.sent, found.clustered), (40, 40, 40));
        let told: Vec<(&str, u64, u64, usize)> =
            found.clusters.iter().map(|c| (c.template.as_str(), c.unsent, c.sent, c.also.len())).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.iter().all(|(_, unsent, sent, also)| (*unsent, *sent, *also) == (20, 0, 1)), "{told:?}");
        assert!(found.clusters.iter().all(|c| c.users == 2 && c.versions.len() == 1 && (c.difference - 0.5).abs() < 1e-12 && c.phi > 0.5));
        assert_eq!(found.clusters[0].counter.as_ref().map(|r| r.text.as_str()), Some("config revision 0"));
    }

    #[test]
    fn chance_makes_no_cluster() {
        let all: Vec<Neighbourhood> = (0..60).map(|n| message(n, n % 2 == 0, &[["a b", "c d", "e f"][n / 2 % 3].to_owned()])).collect();
        assert!(find(&all).clusters.is_empty());
        assert!(find(&[]).clusters.is_empty());
    }
}
