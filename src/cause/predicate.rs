//! The meaning of `when`: one exhaustive reading of each predicate of [`crate::profile::syntax::When`].

use super::candidate::WITNESSES_MAX;
use super::proof_of;
use crate::attempt::Attempt;
use crate::attempt::outcome::Ending;
use crate::profile::syntax::{AppKind, Join, StateIs, When};
use crate::session::Session;
use crate::session::timeline::Entry;
use crate::taxonomy::{Cause, Class, Phase};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Changes of the network count from this long before the failure.
const CHANGES_REACH_US: i64 = 300_000_000;

/// A cause that has gone for this long, and no further try: the client has forgotten the message. Longer than clients wait
/// between tries in the foreground (Signal's jobs: `Job.java`, at most 10 min once a network is back).
const ABANDONED_US: i64 = 600_000_000;

/// The cause that a text names, if it names one, and whether it says little.
pub(super) type InWords = Option<(Cause, bool)>;

/// What is known of the rest of the upload, gathered once.
#[derive(Debug, Default)]
pub struct Others {
    /// The latest acknowledgement of any message, µs UTC.
    pub last_ack_us: Option<i64>,
    /// What shows that the server of an app could be reached, by the profile that tells: when its messages were acknowledged
    /// and its account was signed in, µs UTC, in order, with the numbers of the marks.
    pub reached: HashMap<usize, Vec<(i64, usize)>>,
    /// Marks of rules that hold for every open message of a process.
    pub process_marks: Vec<usize>,
    /// Marks of rules that hold for messages near in time.
    pub near_marks: Vec<usize>,
    /// What their texts say, for rules that look their cause up there: many messages ask for the same.
    in_words: HashMap<usize, OnceLock<InWords>, RandomState>,
    /// Whether a failure had more of these than are looked at.
    pub(super) cut: AtomicBool,
}

impl Others {
    /// Gathers it.
    #[must_use]
    pub fn gather(session: &Session<'_>, attempts: &[Attempt<'_>]) -> Self {
        let acks = || attempts.iter().flat_map(|a| &a.steps).filter(|s| s.phase == Phase::Ack);
        let signed_in = session.timelines.get("account").into_iter().flat_map(|account| account.stated("ok"));
        let mut reached: HashMap<usize, Vec<(i64, usize)>> = HashMap::new();
        for mark in acks().map(|s| s.mark).chain(signed_in.filter_map(|entry| proof_of(&entry.source))) {
            let timed = &session.marks[mark];
            if let Some(at) = timed.at {
                reached.entry(session.profiles.statements[timed.statement as usize].profile).or_default().push((at, mark));
            }
        }
        for of_profile in reached.values_mut() {
            of_profile.sort_unstable();
        }
        let rule = |number: usize| session.profiles.rule(session.marks[number].statement);
        let joined = |join: Join| (0..session.marks.len()).filter(|mark| rule(*mark).is_some_and(|r| r.join == join)).collect();
        let (process_marks, near_marks): (Vec<usize>, Vec<usize>) = (joined(Join::Process), joined(Join::Near));
        let is_read = |mark: &usize| rule(*mark).is_some_and(|r| r.cause.is_in_words());
        let in_words = process_marks.iter().chain(&near_marks).copied().filter(is_read).map(|mark| (mark, OnceLock::new())).collect();
        Others { last_ack_us: acks().filter_map(|s| s.at).max(), reached, process_marks, near_marks, in_words, ..Others::default() }
    }

    /// What the text of a mark says, looked up once where many messages may ask.
    pub(super) fn in_words(&self, mark: usize, look_up: impl FnOnce() -> InWords) -> InWords {
        match self.in_words.get(&mark) {
            Some(known) => *known.get_or_init(look_up),
            None => look_up(),
        }
    }

    /// Which limits were met, in words.
    #[must_use]
    pub fn limits(&self) -> Option<String> {
        let is_cut = self.cut.load(Ordering::Relaxed);
        is_cut.then(|| format!("a failure with more than {WITNESSES_MAX} records near it: the last are looked at"))
    }
}

/// A message at the moment of its last failure.
pub struct Moment<'a, 'p> {
    /// The session.
    pub session: &'a Session<'p>,
    /// The message.
    pub attempt: &'a Attempt<'a>,
    /// What became of it.
    pub ending: &'a Ending,
    /// The others.
    pub others: &'a Others,
    /// Number of the mark up to which things count: its acknowledgement, else the end.
    pub until: usize,
    /// Number of the mark of its last failure, else of its last statement.
    pub failed_at: usize,
}

impl<'a, 'p> Moment<'a, 'p> {
    /// The moment of a message.
    #[must_use]
    pub fn new(session: &'a Session<'p>, attempt: &'a Attempt<'a>, ending: &'a Ending, others: &'a Others) -> Self {
        let mark = |step: Option<usize>| step.and_then(|s| attempt.steps.get(s)).map(|s| s.mark);
        let last = attempt.steps.last().map_or(0, |s| s.mark);
        let until = mark(ending.ack).unwrap_or(usize::MAX);
        Moment { session, attempt, ending, others, until, failed_at: mark(ending.failed).unwrap_or(last) }
    }

    /// When the message began, as far as it is known, µs UTC.
    #[must_use]
    pub fn began_us(&self) -> Option<i64> {
        self.ending.started_us.or_else(|| self.session.marks[self.attempt.first_mark()].at)
    }

    /// Number of the try during which a mark stands: how many tries began up to it.
    #[must_use]
    pub fn try_of(&self, mark: usize) -> usize {
        self.attempt.steps.iter().filter(|s| matches!(s.phase, Phase::Transmit | Phase::Upload) && s.mark <= mark).count()
    }

    /// When something that is no mark of the message happened, relative to its failure, in ms.
    #[must_use]
    pub fn before_failure_ms(&self, mark: usize) -> Option<i64> {
        let at = |i: usize| self.session.marks.get(i)?.at;
        Some((at(self.failed_at)? - at(mark)?) / 1_000)
    }

    /// Whether a profile's rules speak for this message.
    #[must_use]
    pub fn speaks_for(&self, profile: usize) -> bool {
        match self.session.profiles.all[profile].file.app.kind {
            AppKind::System => true,
            AppKind::App | AppKind::Sdk | AppKind::Generic => self.attempt.profiles.contains(&profile),
        }
    }

    /// Whether all conditions of a rule hold. `mark` is the rule's own record, if it has one.
    #[must_use]
    pub fn holds(&self, when: &When, mark: Option<usize>, network_causes: usize) -> bool {
        let When {
            phase_reached,
            phase_not_reached,
            state,
            state_not,
            mixed_network_causes,
            network_changes_min,
            others_acked,
            abandoned,
            failed_before,
            elapsed_min_ms,
            elapsed_max_ms,
            field_absent,
        } = when;
        let elapsed = self.elapsed_ms();
        phase_reached.is_none_or(|p| self.attempt.reached(p))
            && phase_not_reached.is_none_or(|p| !self.attempt.reached(p))
            && state.as_ref().is_none_or(|s| self.state(s).is_some())
            && state_not.as_ref().is_none_or(|s| self.state(s).is_none())
            && mixed_network_causes.is_none_or(|n| network_causes >= n)
            && network_changes_min.is_none_or(|n| self.network_changes().0 >= n)
            && others_acked.is_none_or(|wanted| self.others_acked() == wanted)
            && abandoned.is_none_or(|wanted| self.abandoned().is_some() == wanted)
            && failed_before.is_none_or(|wanted| self.ending.failed.is_some() == wanted)
            && elapsed_min_ms.is_none_or(|min| elapsed.is_some_and(|e| e >= min))
            && elapsed_max_ms.is_none_or(|max| elapsed.is_some_and(|e| e <= max))
            && field_absent.as_ref().is_none_or(|f| mark.and_then(|m| self.session.marks[m].get(f)).is_none())
    }

    /// The entry of a state that held at the failure (before the acknowledgement of a late message).
    #[must_use]
    pub fn state(&self, wanted: &StateIs) -> Option<&'a Entry> {
        let at = |order: usize| self.session.held(&wanted.name, order).filter(|e| e.value == wanted.value);
        at(self.failed_at).or_else(|| {
            // A message that never failed but waited: what held when it was handed over.
            (self.ending.failed.is_none()).then(|| at(self.attempt.first_mark()).or_else(|| self.waited_in(wanted))).flatten()
        })
    }

    /// How often the network came, went or changed its kind between the message's first statement (at most
    /// five minutes back) and its failure, and the last of these changes.
    #[must_use]
    pub fn network_changes(&self) -> (usize, Option<&'a Entry>) {
        let Some(failed_us) = self.session.marks[self.failed_at].at.filter(|_| self.ending.failed.is_some()) else { return (0, None) };
        let began = self.ending.started_us.unwrap_or(failed_us).max(failed_us - CHANGES_REACH_US);
        self.session.timelines.get("network").map_or((0, None), |t| t.changes(began, failed_us))
    }

    /// The entry of a state in which a message that never failed spent most of its time: until it was acknowledged, else
    /// until the log ends.
    fn waited_in(&self, wanted: &StateIs) -> Option<&'a Entry> {
        let began = self.ending.started_us?;
        let length_us = self.ending.latency_us.or_else(|| Some(self.session.last_us? - began)).filter(|us| *us > 0)?;
        let timeline = self.session.timelines.get(&wanted.name)?;
        (timeline.held_us(&wanted.value, began, began + length_us) * 2 > length_us)
            .then(|| timeline.stated_within(&wanted.value, self.attempt.first_mark(), self.until))
            .flatten()
    }

    /// From the start of the last try to the failure, in ms.
    fn elapsed_ms(&self) -> Option<i64> {
        let failed = self.ending.failed?;
        let end = self.attempt.steps[failed].at?;
        let steps = &self.attempt.steps[..failed];
        let start = steps.iter().rev().find(|s| matches!(s.phase, Phase::Transmit | Phase::Enqueue))?.at?;
        Some((end - start) / 1_000)
    }

    /// Whether another message was acknowledged after this one was last heard of.
    fn others_acked(&self) -> bool {
        let Some(ended) = self.ending.ended_us else { return false };
        self.others.last_ack_us.is_some_and(|last| last > ended)
    }

    /// Where the client said that it would try again, what kept it from sending has gone, and no further try came: the mark that
    /// shows that its server could be reached since, well before the log ends. Lost text may hold the try, and a phone without
    /// a network may not.
    #[must_use]
    pub fn abandoned(&self) -> Option<usize> {
        let [last] = &self.attempt.steps[self.ending.failed?..] else { return None };
        let promised = self.session.profiles.step(self.session.marks[last.mark].statement).is_some_and(|step| step.retries);
        let offline = || self.session.held("network", usize::MAX).is_some_and(|entry| entry.value == "none");
        if last.phase != Phase::Retry || !promised || self.ending.ack.is_some() || self.ending.lost_after || offline() {
            return None;
        }
        let (failed_us, end_us) = (last.at?, self.session.last_us?);
        let due_us = self.session.marks[last.mark].number("retry_s").map_or(0, |s| s.saturating_mul(1_000_000));
        let since = |profile: &usize| {
            let of_profile = self.others.reached.get(profile)?;
            of_profile.get(of_profile.partition_point(|(at, _)| *at <= failed_us)).copied()
        };
        let (at, mark) = self.attempt.profiles.iter().filter_map(since).min()?;
        (end_us - at.max(failed_us.saturating_add(due_us)) > ABANDONED_US).then_some(mark)
    }

    /// Whether a late message spent most of its time waiting for its first (or next) try.
    #[must_use]
    pub fn waited_most(&self) -> bool {
        let (Some(latency), Some(began)) = (self.ending.latency_us, self.ending.started_us) else { return false };
        let first_try = self.attempt.steps.iter().find(|s| s.phase == Phase::Transmit).and_then(|s| s.at);
        self.ending.failed.is_none() && first_try.is_some_and(|t| (t - began) * 2 > latency)
    }

    /// How trusted a tie is by itself.
    #[must_use]
    pub fn trust_of(tie: Join) -> crate::taxonomy::Trust {
        use crate::taxonomy::Trust;
        match tie {
            Join::Key | Join::UpTo | Join::Below | Join::Fifo | Join::Last => Trust::Stated,
            Join::Thread | Join::Process => Trust::Correlated,
            Join::State => Trust::Implied,
            Join::Near => Trust::Coincident,
        }
    }
}

/// Whether a cause is one of the network's failures that mix on a poor link.
#[must_use]
pub fn mixes(cause: Cause) -> bool {
    cause.class() == Class::Network && !matches!(cause, Cause::NetworkTls | Cause::NetworkOffline)
}
