//! Finds the message that a step or a rule belongs to, where no id has found it: by thread, in order, by what had just
//! happened, or by adoption. Nothing is found by guess: what may be meant is open, near, or of the same record.

use super::gather::ids_of;
use super::{Builder, record_of};
use crate::attempt::key::IdKey;
use crate::attempt::{Attempt, StepSeen};
use crate::profile::syntax::{AppKind, Join, StepClass};
use crate::scan::Mark;
use crate::taxonomy::Phase;

/// A rule mark of the same thread belongs to a message at most this long after its last step.
const THREAD_REACH_US: i64 = 120_000_000;
/// Messages that are looked at for one that was just handed over or just ended.
const RECENT_MAX: usize = 256;
/// A second line about the end of a message stands at most this far from the first.
const ENDED_REACH_US: i64 = 2_000_000;
/// Two lines of one failure of a message that neither names.
const BREATH_US: i64 = 50_000;

impl<'s> Builder<'s, '_> {
    /// The message that ended in the same way a moment before: this line without an id tells its end once more.
    pub(super) fn just_ended(&self, mark: &Mark, profile: usize, phase: Phase) -> Option<usize> {
        let process = mark.pid();
        let end = if phase == Phase::Ack { Phase::Ack } else { Phase::Fail };
        let fits = |a: &Attempt<'_>| {
            let last = a.steps.last();
            // One without a name, of which nothing else is known, is only the same in the same breath and in other words.
            let is_nameless = a.ids.is_empty();
            let reach_us = if is_nameless { BREATH_US } else { ENDED_REACH_US };
            let in_other_words = || {
                let statement = |s: &StepSeen| self.session.marks[s.mark].statement;
                a.steps.iter().all(|s| s.phase == end && statement(s) != mark.statement)
            };
            let near = last.and_then(|s| s.at).zip(mark.at).is_some_and(|(before, at)| (0..=reach_us).contains(&(at - before)));
            let same = || a.profiles.contains(&profile) && may_be_of(a, process);
            near && (!is_nameless || in_other_words()) && last.is_some_and(|s| s.phase == end) && same()
        };
        self.recent(mark.at? - ENDED_REACH_US).filter_map(|i| Some((i, self.attempts[i].as_ref()?))).find(|(_, a)| fits(a)).map(|(i, _)| i)
    }

    /// The last messages that something happened to since then, the newest first.
    fn recent(&self, since_us: i64) -> impl Iterator<Item = usize> {
        self.latest.since(since_us, RECENT_MAX)
    }

    /// The open messages that an acknowledgement covers: all whose number of this connection is at
    /// most (or below) the one it names; without a number, all of the process.
    pub(super) fn covered(&self, process: &str, profile: usize, ids: &[IdKey<'s>], join: Join) -> Vec<usize> {
        let open = self.open_in(process, profile);
        let Some(IdKey { value: limit, within, space }) = ids.first() else {
            return if join == Join::Process { open.collect() } else { Vec::new() };
        };
        let Ok(limit) = limit.parse::<i64>() else { return Vec::new() };
        let numbered = |i: &usize| {
            let numbers = self.attempts[*i].iter().flat_map(|a| &a.ids).filter(|(s, _)| s == space);
            numbers.filter_map(|(_, value)| Some((value, value.parse::<i64>().ok()?))).any(|(value, n)| {
                let known = self.by_id.get(&IdKey { value, within: *within, space }).map(|found| self.resolve(*found));
                known == Some(*i) && if join == Join::Below { n < limit } else { n <= limit }
            })
        };
        open.filter(numbered).collect()
    }

    /// The oldest open message that has no number on this connection yet.
    pub(super) fn unnumbered(&self, process: &str, profile: usize, ids: &[IdKey<'s>]) -> Option<usize> {
        let IdKey { within, space, .. } = ids.first()?;
        let here = |i: usize, value: &'s str| self.by_id.get(&IdKey { value, within: *within, space }).map(|f| self.resolve(*f)) == Some(i);
        self.open_in(process, profile).find(|i| {
            let numbers = self.attempts[*i].iter().flat_map(|a| &a.ids).filter(|(s, _)| s == space);
            !numbers.into_iter().any(|(_, value)| here(*i, value))
        })
    }

    /// Whether a message has another id of a namespace than these: then it is another message.
    pub(super) fn differs(&self, found: usize, ids: &[IdKey<'s>]) -> bool {
        let own = self.attempts[found].iter().flat_map(|a| &a.ids);
        own.into_iter().any(|(space, value)| ids.iter().any(|id| id.space == *space && id.value != *value))
    }

    pub(super) fn on_thread(&self, mark: &Mark, within_ms: Option<i64>) -> Option<usize> {
        let reach = within_ms.map_or(THREAD_REACH_US, |ms| ms * 1_000);
        let found = self.resolve(*self.by_thread.get(&(mark.pid(), mark.tid()))?);
        let last = self.attempts[found].as_ref()?.steps.last()?;
        let near = match (last.at, mark.at) {
            (Some(a), Some(b)) => b - a <= reach,
            _ => true,
        };
        near.then_some(found)
    }

    /// Open messages of a process and profile, oldest first.
    pub(super) fn open_in(&self, process: &str, profile: usize) -> impl DoubleEndedIterator<Item = usize> {
        let open = self.bounds.may_look().then_some(&self.open);
        open.into_iter().flatten().copied().filter(move |i| {
            self.bounds.look();
            let same = |a: &Attempt<'_>| a.profiles.contains(&profile) && may_be_of(a, process);
            self.attempts[*i].as_ref().is_some_and(same)
        })
    }

    /// The last open message of a process and profile; what arrived is the last that was under way, if any was.
    pub(super) fn last_open(&self, process: &str, profile: usize, phase: Phase) -> Option<usize> {
        let last = self.open_in(process, profile).next_back()?;
        let is_under_way = |i: &usize| self.attempts[*i].as_ref().is_some_and(|a| a.reached(Phase::Transmit));
        let tells_tries = || self.session.profiles.all[profile].file.step.iter().any(|s| s.phase == Phase::Transmit);
        if phase != Phase::Ack || is_under_way(&last) || !tells_tries() {
            return Some(last);
        }
        self.open_in(process, profile).rfind(is_under_way).or(Some(last))
    }

    /// A message of the same process that was just handed over and has no task for it yet.
    pub(super) fn adopt(&mut self, mark: &'s Mark, profile: usize, ids: &[IdKey<'s>], within_ms: i64) -> Option<usize> {
        let at = mark.at? - mark.number("since_ms").unwrap_or(0) * 1_000;
        let space = ids[0].space;
        let process = mark.pid();
        let candidates = self.recent(at - within_ms * 1_000);
        let thread = self.by_thread.get(&(process, mark.tid())).map(|i| self.resolve(*i));
        let task = self.session.profiles.all[profile].file.app.kind == AppKind::Sdk;
        let profile_of = |a: &Attempt<'_>| a.profiles.contains(&profile);
        let fits = |i: usize, a: &Attempt<'_>| {
            let last = a.steps.iter().rev().find(|s| {
                a.ids.is_empty() || matches!(s.phase, Phase::Enqueue | Phase::Transmit | Phase::Retry | Phase::Upload | Phase::Restore)
            })?;
            // A transport's task begins when its message was handed over (again); a message takes over
            // the parts that were submitted with it, or the job of its own thread.
            let began = if task { last.at? } else { a.enqueued_us.or(last.at)? };
            if !(0..=within_ms * 1_000).contains(&(at - began)) {
                return None;
            }
            // A transport may live in a process of its own.
            let same = task || may_be_of(a, process);
            let own = a.ids.iter().any(|(s, _)| *s == space);
            let done = |s: &StepSeen| s.phase == Phase::Fail;
            let kind = task || (a.class == StepClass::Part && !a.steps.iter().any(done)) || (thread == Some(i) && profile_of(a));
            (same && kind && !self.adopted.contains(&last.mark) && (!own || (task && last.phase == Phase::Retry))).then_some((i, last.mark))
        };
        // The one of the same thread, else the oldest: tasks start in the order of the messages.
        let fitting: Vec<(usize, usize)> = candidates.filter_map(|i| fits(i, self.attempts[i].as_ref()?)).collect();
        if task {
            let (found, mark) = *fitting.iter().find(|(i, _)| Some(*i) == thread).or(fitting.last())?;
            self.adopted.insert(mark);
            return Some(found);
        }
        // A message takes over all its parts: compression, upload, and the job of its thread.
        self.adopted.extend(fitting.iter().map(|(_, mark)| *mark));
        fitting.into_iter().map(|(i, _)| i).reduce(|a, b| self.merge(a, b))
    }

    /// The message that a mark's record was last found to tell of. Marks of one record stand beside each other.
    pub(super) fn of_record(&self, number: usize) -> Option<usize> {
        let marks = &self.session.marks;
        let record = record_of(&marks[number]);
        let behind = marks[number..].iter().take_while(|mark| record_of(mark) == record).count();
        let before = marks[..number].iter().rev().take_while(|mark| record_of(mark) == record).count();
        let told = self.told[number - before..number + behind].iter().rev().find_map(|told| *told)?;
        Some(self.resolve(told.get() as usize - 1))
    }

    pub(super) fn by_ids(&mut self, mark: &'s Mark) -> Option<usize> {
        ids_of(self.session.profiles, mark).find_map(|id| {
            let key = self.key(mark, id);
            Some(self.resolve(*self.by_id.get(&key)?))
        })
    }
}

/// Whether a message may be of a process: where one of them is not told, it may.
fn may_be_of(a: &Attempt<'_>, process: &str) -> bool {
    a.process == process || a.process.is_empty() || process.is_empty()
}
