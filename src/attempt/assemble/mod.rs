//! Joins steps into messages: what comes in are the marks of a session, what goes out its messages. An id finds its message
//! (several ids may name one); what no id finds is found by thread, in order, or by adoption of a transport task that begins
//! where a message was just handed over (`find`).

mod find;
mod gather;
mod latest;

use super::bounds::{Bounds, OPEN_MAX, add_id};
use super::key::{IdKey, Within};
use super::{Attempt, Hint, StepSeen};
use crate::profile::syntax::{AppKind, Join, Scope, Step, StepClass};
use crate::scan::Mark;
use crate::session::Session;
use crate::taxonomy::Phase;
use foldhash::fast::RandomState;
use gather::{Gathered, Heard, IdSeen, What};
use indexmap::IndexMap;
use latest::Latest;
use std::cell::Cell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::convert::identity;
use std::num::NonZeroU32;

/// A record: document, first line, part.
type Record = (u32, u64, u32);

struct Builder<'s, 'p> {
    session: &'s Session<'p>,
    attempts: Vec<Option<Attempt<'s>>>,
    /// The latest time of each: what happened long ago need not be looked at.
    latest: Latest,
    /// In order of their first lines: what is near in time is near in memory.
    by_id: IndexMap<IdKey<'s>, usize, RandomState>,
    /// Numbers from 1 on.
    withins: HashMap<Within<'s>, u32, RandomState>,
    /// Message that a thread works on.
    by_thread: HashMap<(&'s str, &'s str), usize, RandomState>,
    /// The message that each mark last told of, by its number and one more.
    told: Vec<Option<NonZeroU32>>,
    /// What each is merged into: itself, where it is not. Whoever follows a chain of these makes it shorter.
    forward: Vec<Cell<usize>>,
    /// Steps that were taken as the beginning of a transport task.
    adopted: HashSet<usize, RandomState>,
    /// Messages with no end yet, oldest first.
    open: BTreeSet<usize>,
    /// What one upload and one message may cost.
    bounds: Bounds,
    /// How many connections each process has begun for each account.
    connections: HashMap<(&'s str, &'s str), u32>,
}

/// Marks of which another worker gathers what they tell, while those before are put together: a millisecond of work.
const PART: usize = 4_096;

/// The messages of a session.
pub struct Assembled<'s> {
    /// In order of their first mark.
    pub attempts: Vec<Attempt<'s>>,
    /// Which limits were met, in words.
    pub limits: Vec<String>,
}

/// Assembles the messages of a session.
#[must_use]
pub fn assemble<'s>(session: &'s Session<'_>) -> Assembled<'s> {
    in_parts(session, PART)
}

/// The same, of so many marks at a time.
fn in_parts<'s>(session: &'s Session<'_>, part: usize) -> Assembled<'s> {
    // A message has a few marks and as many ids: memory that is not written to costs nothing, and what grows is moved.
    let marks = session.marks.len();
    let mut builder = Builder {
        session,
        attempts: Vec::with_capacity(marks / 2),
        latest: Latest::with_capacity(marks / 2),
        by_id: IndexMap::with_capacity_and_hasher(marks, RandomState::default()),
        withins: HashMap::default(),
        by_thread: HashMap::default(),
        told: vec![None; marks],
        forward: Vec::with_capacity(marks / 2),
        adopted: HashSet::default(),
        open: BTreeSet::new(),
        bounds: Bounds::default(),
        connections: HashMap::new(),
    };
    let mut parts = (0..marks).step_by(part).map(|from| from..marks.min(from.saturating_add(part)));
    let mut rules = Vec::new();
    let mut gathered = Gathered::of(session, parts.next().unwrap_or_default());
    loop {
        rules.append(&mut gathered.rules);
        let Some(next) = parts.next() else { break builder.take(&gathered) };
        ((), gathered) = rayon::join(|| builder.take(&gathered), || Gathered::of(session, next));
    }
    for (number, join) in rules {
        builder.take_rule(number, &session.marks[number], join);
    }
    let limits = builder.bounds.met();
    Assembled { attempts: builder.finish(), limits }
}

const fn record_of(mark: &Mark) -> Record {
    (mark.document, mark.record_line, mark.part)
}

/// What numbers of stanzas are counted by: process and account.
fn line_of(mark: &Mark) -> (&str, &str) {
    (mark.pid(), mark.get("account").unwrap_or_default())
}

impl<'s> Builder<'s, '_> {
    /// Puts together what marks tell.
    fn take(&mut self, part: &Gathered<'s>) {
        let (mut ids, mut fresh) = (Vec::new(), Vec::new());
        for heard in &part.heard {
            match heard.what {
                What::Step(step) => {
                    ids.clear();
                    fresh.clear();
                    ids.extend(part.ids(heard).iter().map(|id| self.key(heard.mark, *id)));
                    self.take_step(heard, step, &ids, &mut fresh);
                }
                What::Connection => *self.connections.entry(line_of(heard.mark)).or_default() += 1,
                What::ThreadRule => self.take_thread_rule(heard),
            }
        }
    }

    /// Takes a step with its ids; `fresh` comes empty, and those that are new are put into it.
    fn take_step(&mut self, heard: &Heard<'s>, step: &'s Step, ids: &[IdKey<'s>], fresh: &mut Vec<IdKey<'s>>) {
        let Heard { mark, profile, process, .. } = *heard;
        if matches!(step.join, Join::UpTo | Join::Below | Join::Process) {
            for target in self.covered(process, profile, ids, step.join) {
                self.add(target, heard, step, &[]);
            }
            return;
        }
        let mut target: Option<usize> = None;
        for key in ids {
            match self.by_id.get(key).map(|i| self.resolve(*i)) {
                Some(found) => target = Some(target.map_or(found, |t| self.merge(t, found))),
                None => fresh.push(*key),
            }
        }
        if let Some(known) = target
            && step.join == Join::Thread
            && !matches!(step.phase, Phase::Ack | Phase::Fail)
            && let Some(nameless) = self.on_thread(mark, step.within_ms).filter(|i| *i != known && self.is_nameless(*i, profile))
        {
            // A further try of a message that is known: the request came before the line that names it.
            target = Some(self.merge(known, nameless));
        }
        if target.is_none() {
            target = match step.join {
                Join::Thread => self.on_thread(mark, step.within_ms).filter(|found| !self.differs(*found, ids)),
                Join::Fifo => self.open_in(process, profile).next(),
                Join::Last if step.of_part => {
                    let is_part = |i: &usize| self.attempts[*i].as_ref().is_some_and(|a| a.class == StepClass::Part);
                    self.open_in(process, profile).rfind(is_part)
                }
                Join::Last => self.last_open(process, profile, step.phase),
                Join::Key | Join::UpTo | Join::Below | Join::Process | Join::Near | Join::State => None,
            };
        }
        if target.is_none() && step.resumes {
            target = self.unnumbered(process, profile, ids);
        }
        if target.is_none() && !ids.is_empty() {
            target = step.adopt_ms.and_then(|ms| self.adopt(mark, profile, ids, ms));
        }
        if target.is_none() && ids.is_empty() && step.opens && matches!(step.phase, Phase::Ack | Phase::Fail | Phase::Retry) {
            target = self.just_ended(mark, profile, step.phase);
        }
        let target = match target {
            Some(target) => target,
            None if !step.begins || (ids.is_empty() && step.join != Join::Key && !step.opens) => return,
            None if self.attempts.len() >= OPEN_MAX => return self.bounds.too_many_open(),
            None => self.begin(profile, process, step.class),
        };
        self.add(target, heard, step, fresh);
    }

    /// Whether a message has no id yet.
    fn is_nameless(&self, number: usize, profile: usize) -> bool {
        self.attempts[number].as_ref().is_some_and(|a| a.ids.is_empty() && a.profiles == [profile])
    }

    fn begin(&mut self, profile: usize, process: &'s str, class: StepClass) -> usize {
        self.attempts.push(Some(Attempt {
            profiles: vec![profile],
            // Few messages have more.
            ids: Vec::with_capacity(3),
            process,
            steps: Vec::new(),
            hints: Vec::new(),
            class,
            content: None,
            conversation: None,
            logs_acks: None,
            enqueued_us: None,
            is_named_part: false,
        }));
        self.latest.push();
        self.forward.push(Cell::new(self.attempts.len() - 1));
        self.open.insert(self.attempts.len() - 1);
        self.attempts.len() - 1
    }

    /// Adds a step to a message, and ids that are new.
    fn add(&mut self, target: usize, heard: &Heard<'s>, step: &'s Step, ids: &[IdKey<'s>]) {
        let Heard { number, mark, profile, process, .. } = *heard;
        for key in ids {
            let IdKey { space, value, .. } = *key;
            self.by_id.insert(*key, target);
            let attempt = self.attempts[target].as_mut().expect("a resolved attempt is there");
            add_id(&mut attempt.ids, (space, value));
        }
        self.by_thread.insert((process, heard.thread), target);
        self.told[number] = u32::try_from(target + 1).ok().and_then(NonZeroU32::new);
        let attempt = self.attempts[target].as_mut().expect("a resolved attempt is there");
        if !attempt.profiles.contains(&profile) {
            attempt.profiles.push(profile);
        }
        // A message outlives its process: the one that works on it last is the one that counts.
        if step.phase == Phase::Restore || !process.is_empty() {
            attempt.process = process;
        }
        attempt.is_named_part |= step.names_message;
        if step.makes_action {
            attempt.class = StepClass::Action;
        }
        // A part is a message only as long as nothing else of it is known.
        if step.class != attempt.class && attempt.class == StepClass::Part {
            attempt.class = step.class;
        }
        attempt.content = attempt.content.or(step.content.as_deref()).or(heard.content);
        attempt.conversation = attempt.conversation.or(step.conversation.as_deref()).or(heard.conversation);
        if let (Some(at), Some(ms)) = (mark.at, heard.since_ms.and_then(|ms| ms.trim().parse::<i64>().ok())) {
            let enqueued = at - ms.saturating_mul(1_000);
            attempt.enqueued_us = Some(attempt.enqueued_us.map_or(enqueued, |e| e.min(enqueued)));
        }
        // What was handed over is not later than what is stated of it.
        self.latest.happened(target, mark.at.unwrap_or(i64::MIN));
        if matches!(step.phase, Phase::Ack | Phase::Fail | Phase::Withdraw) {
            self.open.remove(&target);
        } else if matches!(step.phase, Phase::Transmit | Phase::Retry) && attempt.steps.last().is_some_and(|s| s.phase == Phase::Fail) {
            // One that had failed is sent again.
            self.open.insert(target);
        }
        attempt.logs_acks = attempt.logs_acks.or(step.logs_acks);
        let weak = step.weak;
        attempt.steps.push(StepSeen { mark: number, phase: step.phase, at: mark.at, weak });
        self.bounds.thin(&mut attempt.steps);
    }

    /// What an id of a mark is looked up by.
    fn key(&mut self, mark: &'s Mark, IdSeen { space, value, scope }: IdSeen<'s>) -> IdKey<'s> {
        let within = match scope {
            Scope::Upload => 0,
            Scope::Process => self.within((mark.pid(), "", 0)),
            Scope::Connection => {
                let line = line_of(mark);
                self.within((line.0, line.1, self.connections.get(&line).copied().unwrap_or_default()))
            }
        };
        IdKey { value, within, space }
    }

    fn within(&mut self, within: Within<'s>) -> u32 {
        let next = u32::try_from(self.withins.len() + 1).unwrap_or(u32::MAX);
        *self.withins.entry(within).or_insert(next)
    }

    /// What a message is merged into, or itself.
    fn resolve(&self, mut index: usize) -> usize {
        loop {
            let next = self.forward[index].get();
            if next == index {
                return index;
            }
            let behind = self.forward[next].get();
            self.forward[index].set(behind);
            index = behind;
        }
    }

    /// Two ids turn out to name one message.
    fn merge(&mut self, a: usize, b: usize) -> usize {
        if a == b {
            return a;
        }
        let (keep, gone) = (a.min(b), a.max(b));
        let Some(other) = self.attempts[gone].take() else { return keep };
        if !self.open.remove(&gone) {
            self.open.remove(&keep);
        }
        self.forward[gone].set(keep);
        self.latest.join(keep, gone);
        if let Some(attempt) = self.attempts[keep].as_mut() {
            other.ids.into_iter().for_each(|id| add_id(&mut attempt.ids, id));
            for profile in other.profiles {
                if !attempt.profiles.contains(&profile) {
                    attempt.profiles.push(profile);
                }
            }
            attempt.steps.extend(other.steps);
            attempt.steps.sort_by_key(|s| s.mark);
            self.bounds.thin(&mut attempt.steps);
            attempt.hints.extend(other.hints);
            self.bounds.thin(&mut attempt.hints);
            attempt.enqueued_us = attempt.enqueued_us.into_iter().chain(other.enqueued_us).min();
            attempt.content = attempt.content.take().or(other.content);
            attempt.conversation = attempt.conversation.take().or(other.conversation);
            attempt.is_named_part |= other.is_named_part;
            if attempt.class == StepClass::Part {
                attempt.class = other.class;
            }
        }
        keep
    }

    fn take_thread_rule(&mut self, heard: &Heard<'_>) {
        if let Some(found) = self.on_thread(heard.mark, None)
            && let Some(attempt) = self.attempts[found].as_mut()
        {
            attempt.hints.push(Hint { mark: heard.number, tie: Join::Thread });
            self.bounds.thin(&mut attempt.hints);
        }
    }

    fn take_rule(&mut self, number: usize, mark: &'s Mark, join: Join) {
        let by_record = self.of_record(number);
        let found = match join {
            Join::UpTo | Join::Below | Join::Process | Join::State => None,
            Join::Near => by_record,
            Join::Key | Join::Thread | Join::Fifo | Join::Last => by_record.or_else(|| self.by_ids(mark)),
        };
        let Some(attempt) = found.and_then(|i| self.attempts[i].as_mut()) else { return };
        match attempt.hints.iter_mut().find(|h| h.mark == number) {
            Some(hint) => hint.tie = Join::Key,
            None => attempt.hints.push(Hint { mark: number, tie: Join::Key }),
        }
        self.bounds.thin(&mut attempt.hints);
    }

    /// Transport tasks that belong to no message of the app are none where the app tells its own.
    fn finish(self) -> Vec<Attempt<'s>> {
        // What finds messages is as large as they are and goes before anything else is made; what is left of them stays in place.
        let Builder { session, attempts, by_id, told, latest, forward, .. } = self;
        drop((by_id, told, latest, forward));
        let own = |a: &Attempt<'_>| a.profiles.iter().any(|p| session.profiles.all[*p].file.app.kind != AppKind::Sdk);
        #[allow(clippy::filter_map_identity)] // `flatten` would move them to other memory
        let mut all: Vec<Attempt<'_>> = attempts.into_iter().filter_map(identity).collect();
        // What a message needs has failed for good, so that nothing more is done for the message.
        let has_failed = |a: &Attempt<'_>| a.is_named_part && a.steps.last().is_some_and(|s| s.phase == Phase::Fail);
        all.iter_mut().filter(|a| a.class == StepClass::Part && has_failed(a)).for_each(|a| a.class = StepClass::Message);
        all.retain(|a| a.class != StepClass::Part);
        let told = all.iter().any(own);
        all.retain(|a| !told || own(a));
        all.shrink_to_fit();
        for attempt in &mut all {
            attempt.hints.sort_by_key(|h| h.mark);
        }
        // Most are in order, and to sort would take as much memory again.
        if !all.is_sorted_by_key(Attempt::first_mark) {
            all.sort_by_key(Attempt::first_mark);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profiles;
    use crate::scan::{Scanner, scan};
    use crate::session::{self, Document};

    /// On the cases of all profiles: ids, connections, threads, rules and messages that are merged, across the ends of parts.
    #[test]
    fn messages_are_the_same_in_however_many_parts_marks_are_gathered() {
        let profiles = Profiles::builtin();
        let reader = Scanner::new(&profiles);
        let mut messages = 0;
        for case in profiles.all.iter().flat_map(|profile| &profile.file.case) {
            let scanned = scan(&mut case.log.as_bytes(), &reader, 1, &|_| {}).unwrap();
            let session = session::assemble(&profiles, vec![Document { scanned, ..Document::default() }], &[], None);
            let of = |part: usize| format!("{:?}", in_parts(&session, part).attempts);
            let whole = of(usize::MAX);
            for part in [1, 2, 3, 7] {
                assert_eq!(of(part), whole, "{} in parts of {part}", case.name);
            }
            messages += in_parts(&session, 2).attempts.len();
        }
        assert!(messages > 100, "{messages}");
    }
}
