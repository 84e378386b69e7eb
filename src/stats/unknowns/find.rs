//! Gathered neighbourhoods -> clusters of unexplained messages.

use super::association::Table;
use super::gather::{Gathered, Kept, Period, Samples, message as message_of};
use super::{Cluster, FALSE_DISCOVERY, SUPPORT_MIN, Sample};
use crate::event::Near;
use crate::stats::blame::ratio::false_discovery;
use crate::stats::interval::ratio;
use crate::stats::weekly::change::{Side, Unit};
use crate::template::{Template, Templates};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Templates that stand near the same messages, to this share of all that either stands near, are one cluster.
const SAME_MIN: f64 = 0.8;
/// Further templates of a cluster that are named.
const ALSO_MAX: usize = 3;
/// Samples of a cluster that are kept.
const SAMPLES_MAX: usize = 20;

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

/// What may stand near a message: a template, or one and then another, by their places in [`Templates::all`].
type Thing = (usize, Option<usize>);

/// Messages that a thing stands near, by number.
type Messages = BTreeSet<u32>;

/// How many messages of each period were judged, for the shares of clusters.
pub type Judged = [u64; 2];

impl Gathered {
    /// Finds the clusters. `judged`: messages of now and of the period before of which the end is known.
    #[must_use]
    pub fn find(mut self, judged: Judged) -> Unknowns {
        self.each_message_once();
        let templates = std::mem::take(&mut self.clusters).finish();
        let samples = std::mem::take(&mut self.samples);
        let mut of_template: HashMap<usize, Vec<Samples>> = HashMap::new();
        for (slot, samples) in samples {
            of_template.entry(templates.place(slot as usize)).or_default().push(samples);
        }
        let now = self.all.iter().filter(|kept| kept.period == Period::Now);
        let unexplained = now.clone().filter(|kept| kept.is_unexplained).count() as u64;
        let search = Search { all: &self, templates: &templates, unexplained, sent: now.count() as u64 - unexplained, judged };
        let near = search.single();
        let counter = search.counter(&near, &of_template);
        let mut things: Vec<(Thing, Messages)> =
            near.into_iter().map(|(t, m)| ((t, None), m)).filter(|(_, m)| search.table(m).own >= SUPPORT_MIN).collect();
        let pairs = search.pairs(&things);
        things.extend(pairs);
        let mut found: Vec<(Cluster, Messages)> = Vec::new();
        let mut clustered: BTreeSet<u32> = BTreeSet::new();
        for (thing, messages, table, q) in search.telling(things) {
            let own: Messages = messages.iter().copied().filter(|m| search.is_own(*m)).collect();
            clustered.extend(&own);
            if let Some((same, _)) = found.iter_mut().find(|(_, other)| is_same(other, &own)) {
                if same.also.len() < ALSO_MAX && thing.1.is_none() {
                    same.also.push(search.text(thing.0).text.clone());
                }
                continue;
            }
            let mut cluster = search.cluster(thing, (&messages, &own), &table, q);
            cluster.samples = of_template.get(&thing.0).map(|s| first(s, &own, &self.all)).unwrap_or_default();
            cluster.counter.clone_from(&counter);
            found.push((cluster, own));
        }
        let clusters = found.into_iter().map(|(cluster, _)| cluster).collect();
        Unknowns { unexplained, sent: search.sent, clustered: clustered.len() as u64, clusters }
    }
}

/// Samples of the first messages of a cluster.
fn first(samples: &[Samples], own: &Messages, all: &[Kept]) -> Vec<Sample> {
    let own: BTreeSet<_> = own.iter().map(|m| message_of(&all[*m as usize].order)).collect();
    let found: BTreeMap<_, _> = samples.iter().flat_map(|s| &s.unexplained).filter(|(message, _)| own.contains(message)).collect();
    found.into_values().take(SAMPLES_MAX).map(|kept| kept.record.clone()).collect()
}

struct Search<'a> {
    all: &'a Gathered,
    templates: &'a Templates,
    unexplained: u64,
    sent: u64,
    judged: Judged,
}

impl Search<'_> {
    fn kept(&self, message: u32) -> &Kept {
        &self.all.all[message as usize]
    }

    fn is_now(&self, message: u32) -> bool {
        self.kept(message).period == Period::Now
    }

    fn is_own(&self, message: u32) -> bool {
        self.is_now(message) && self.kept(message).is_unexplained
    }

    fn text(&self, template: usize) -> &Template {
        &self.templates.all()[template]
    }

    /// The templates of a message's records, in order.
    fn templates_of(&self, message: u32) -> impl Iterator<Item = usize> + '_ {
        self.kept(message).records.iter().map(|(slot, _)| self.templates.place(*slot as usize))
    }

    fn messages(&self) -> impl Iterator<Item = u32> + use<> {
        0..u32::try_from(self.all.all.len()).unwrap_or(u32::MAX)
    }

    /// Of each template, the messages that it stands near.
    fn single(&self) -> BTreeMap<usize, Messages> {
        let mut near: BTreeMap<usize, Messages> = BTreeMap::new();
        for message in self.messages() {
            for template in self.templates_of(message) {
                near.entry(template).or_default().insert(message);
            }
        }
        near
    }

    /// Templates one after the other that tell more than either: among the messages that the one stands near, and among
    /// those that the other does, the pair stands near unexplained ones more often.
    fn pairs(&self, single: &[(Thing, Messages)]) -> Vec<(Thing, Messages)> {
        let tables: HashMap<usize, Table> = single.iter().map(|((t, _), m)| (*t, self.table(m))).collect();
        // What stands near no sent message needs no other.
        let may = |t: &usize| tables.get(t).is_some_and(|table| table.other > 0);
        let mut near: BTreeMap<(usize, usize), Messages> = BTreeMap::new();
        for message in self.messages() {
            let all: Vec<usize> = self.templates_of(message).collect();
            for pair in all.windows(2).filter(|pair| pair[0] != pair[1] && pair.iter().all(may)) {
                near.entry((pair[0], pair[1])).or_default().insert(message);
            }
        }
        let adds = |((a, b), messages): &((usize, usize), Messages)| {
            let pair = self.table(messages);
            pair.own >= SUPPORT_MIN
                && [a, b].into_iter().all(|t| {
                    let within = Table { own_all: tables[t].own, other_all: tables[t].other, ..pair };
                    within.difference() > 0.0 && within.p() <= FALSE_DISCOVERY
                })
        };
        near.into_iter().filter(adds).map(|((a, b), messages)| ((a, Some(b)), messages)).collect()
    }

    fn table(&self, messages: &Messages) -> Table {
        let own = messages.iter().filter(|m| self.is_own(**m)).count() as u64;
        let now = messages.iter().filter(|m| self.is_now(**m)).count() as u64;
        Table { own, own_all: self.unexplained, other: now - own, other_all: self.sent }
    }

    /// What tells the groups apart beyond chance, strongest first; of equals a template before a pair.
    fn telling(&self, things: Vec<(Thing, Messages)>) -> Vec<(Thing, Messages, Table, f64)> {
        let tables: Vec<Table> = things.iter().map(|(_, messages)| self.table(messages)).collect();
        let q = false_discovery(&tables.iter().map(|table| table.p()).collect::<Vec<_>>());
        let all = things.into_iter().zip(tables).zip(q).map(|(((thing, messages), table), q)| (thing, messages, table, q));
        let mut telling: Vec<_> = all.filter(|(.., table, q)| *q <= FALSE_DISCOVERY && table.difference() > 0.0).collect();
        let id = |thing: &Thing| (thing.1.is_some(), self.id(*thing));
        telling.sort_by(|a, b| b.2.g().total_cmp(&a.2.g()).then(a.2.other.cmp(&b.2.other)).then_with(|| id(&a.0).cmp(&id(&b.0))));
        telling
    }

    fn id(&self, (template, then): Thing) -> String {
        let id = |t: usize| self.text(t).id.to_string();
        then.map_or_else(|| id(template), |then| format!("{}-{}", id(template), id(then)))
    }

    /// The same for all clusters: what stands near sent messages and near no unexplained one, else what stands near
    /// most sent ones.
    fn counter(&self, near: &BTreeMap<usize, Messages>, samples: &HashMap<usize, Vec<Samples>>) -> Option<Near> {
        let sent = |m: &u32| self.is_now(*m) && !self.is_own(*m);
        let most = |alone: bool| {
            let chosen = near.iter().filter(|(_, m)| m.iter().any(sent) && !(alone && m.iter().any(|m| self.is_own(*m))));
            chosen.max_by_key(|(t, m)| (m.iter().filter(|m| sent(m)).count(), std::cmp::Reverse(self.text(**t).id)))
        };
        let (template, _) = most(true).or_else(|| most(false))?;
        samples
            .get(template)?
            .iter()
            .filter_map(|s| s.sent.first_key_value())
            .min_by_key(|(message, _)| *message)
            .map(|(_, kept)| kept.record.clone())
    }

    /// The cluster of the messages that a thing stands near, and of those that are unexplained now.
    fn cluster(&self, thing: Thing, (messages, own): (&Messages, &Messages), table: &Table, q: f64) -> Cluster {
        let names = |number: fn(&Kept) -> Option<u32>| {
            let all: BTreeSet<u32> = own.iter().filter_map(|m| number(self.kept(*m))).collect();
            all.into_iter().map(|n| self.all.name(n).to_owned()).collect::<BTreeSet<String>>()
        };
        let before_ms = own.iter().filter_map(|m| {
            let kept = self.kept(*m);
            kept.records.iter().rev().find(|(slot, _)| self.templates.place(*slot as usize) == thing.0).map(|(_, ms)| i64::from(*ms))
        });
        let ever: Vec<u32> = messages.iter().copied().filter(|m| self.kept(*m).is_unexplained).collect();
        let side = |period: Period, judged: u64| {
            let unit = |kept: &Kept| kept.user.map_or(Unit::Upload(kept.upload), Unit::User);
            Side::of_units(ever.iter().map(|m| self.kept(*m)).filter(|kept| kept.period == period).map(unit), judged)
        };
        Cluster {
            id: self.id(thing),
            template: self.text(thing.0).text.clone(),
            then: thing.1.map(|then| self.text(then).text.clone()),
            also: Vec::new(),
            unsent: table.own,
            sent: table.other,
            users: names(|kept| kept.user).len() as u64,
            versions: names(|kept| kept.version).into_iter().collect(),
            first_us: ever.iter().map(|m| self.kept(*m).order.0).min().unwrap_or(0),
            difference: table.difference(),
            phi: table.phi(),
            g: table.g(),
            q,
            before_ms: before_ms.max().unwrap_or(0),
            samples: Vec::new(),
            counter: None,
            sides: [side(Period::Now, self.judged[0]), side(Period::Last, self.judged[1])],
        }
    }
}

/// Whether two sets are the same but for a few (Jaccard).
fn is_same(a: &Messages, b: &Messages) -> bool {
    let both = a.intersection(b).count();
    let either = a.len() + b.len() - both;
    ratio(both as u64, either as u64) >= SAME_MIN
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::event::{EventRow, Micros};
    use crate::taxonomy::{Kind, Outcome};

    fn near(line: u64, text: &str) -> Near {
        Near { file: "a.log".into(), line, before_ms: 1_000, tag: "Gate".into(), text: text.into() }
    }

    pub(crate) fn message(number: usize, is_unexplained: bool, texts: &[String]) -> EventRow {
        let mut row = EventRow::new(Kind::Neighbourhood);
        row.bundle = "b".into();
        row.message_id = Some(format!("{number} {is_unexplained}"));
        row.outcome = Some(if is_unexplained { Outcome::Unsent } else { Outcome::Sent });
        row.user = Some(format!("u_{}", number % 4));
        (row.app, row.app_version) = (Some("Hop".into()), Some(format!("4.{}", number % 2)));
        row.started_at = Some(Micros(i64::try_from(number).unwrap()));
        row.formats = Some(vec!["logcat-threadtime".into()]);
        row.near = Some((1..).zip(texts).map(|(line, text)| near(line, text)).collect());
        row
    }

    pub(crate) fn found(rows: &[EventRow]) -> Unknowns {
        let mut gathered = Gathered::new();
        for row in rows {
            gathered.add(row, Period::Now);
        }
        gathered.find([0, 0])
    }

    fn two_kinds() -> Vec<EventRow> {
        let mut all = Vec::new();
        for n in 0..40 {
            let kind = ["lease lost to owner", "page cache torn in slot"][n % 2];
            let noise = format!("recv push batch={n}");
            all.push(message(n, true, &[noise.clone(), format!("{kind} {n}"), format!("after that, {kind} was seen {n}")]));
            all.push(message(n, false, &[noise, format!("config revision {n}")]));
        }
        all
    }

    #[test]
    fn what_stands_near_failures_alone_is_a_cluster_and_what_stands_near_all_is_none() {
        let found = found(&two_kinds());
        assert_eq!((found.unexplained, found.sent, found.clustered), (40, 40, 40));
        let told: Vec<(&str, u64, u64, usize)> =
            found.clusters.iter().map(|c| (c.template.as_str(), c.unsent, c.sent, c.also.len())).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.iter().all(|(_, unsent, sent, also)| (*unsent, *sent, *also) == (20, 0, 1)), "{told:?}");
        assert!(found.clusters.iter().all(|c| c.users == 2 && c.versions.len() == 1 && (c.difference - 0.5).abs() < 1e-12 && c.phi > 0.5));
        assert_eq!(found.clusters[0].counter.as_ref().map(|r| r.text.as_str()), Some("config revision 0"));
    }

    #[test]
    fn order_does_not_matter_and_a_message_in_two_uploads_counts_once() {
        let mut rows = two_kinds();
        let expected = format!("{:?}", found(&rows));
        let twins: Vec<EventRow> = rows.iter().take(9).map(|row| EventRow { bundle: "c".into(), ..row.clone() }).collect();
        rows.extend(twins);
        rows.reverse();
        assert_eq!(format!("{:?}", found(&rows)), expected);
    }

    #[test]
    fn chance_makes_no_cluster() {
        let all: Vec<EventRow> = (0..60).map(|n| message(n, n % 2 == 0, &[["a b", "c d", "e f"][n / 2 % 3].to_owned()])).collect();
        assert!(found(&all).clusters.is_empty());
        assert!(found(&[]).clusters.is_empty());
    }

    #[test]
    fn an_order_of_records_that_stand_near_all_messages_is_a_cluster_where_only_failures_have_it() {
        let (open, seal) = ("segment opened".to_owned(), "segment sealed".to_owned());
        let mut all = Vec::new();
        for n in 0..30 {
            all.push(message(n, true, &[seal.clone(), open.clone()]));
            all.push(message(n, false, &[open.clone(), seal.clone()]));
        }
        let found = found(&all);
        let told: Vec<(&str, Option<&str>, u64, u64)> =
            found.clusters.iter().map(|c| (c.template.as_str(), c.then.as_deref(), c.unsent, c.sent)).collect();
        assert_eq!(told, [("segment sealed", Some("segment opened"), 30, 0)]);
    }

    #[test]
    fn a_cluster_knows_how_often_and_since_when_it_was_there_before() {
        let mut gathered = Gathered::new();
        for row in two_kinds() {
            gathered.add(&row, Period::Now);
        }
        for n in 0..3 {
            let mut row = message(n, true, &[format!("lease lost to owner {n}")]);
            (row.started_at, row.message_id) = (Some(Micros(-5 - i64::try_from(n).unwrap())), Some(format!("last {n}")));
            gathered.add(&row, if n == 2 { Period::Earlier } else { Period::Last });
        }
        let found = gathered.find([1_000, 1_000]);
        assert_eq!((found.unexplained, found.clusters.len()), (40, 2));
        let old = found.clusters.iter().find(|c| c.template.starts_with("lease") || c.also.iter().any(|t| t.starts_with("lease"))).unwrap();
        let new = found.clusters.iter().find(|c| c.id != old.id).unwrap();
        assert_eq!((new.sides[0].unsent, new.sides[1].unsent, new.first_us), (20, 0, 1));
        if old.template.starts_with("lease") {
            assert_eq!((old.sides[0].unsent, old.sides[1].unsent, old.first_us), (20, 2, -7));
        }
    }
}
