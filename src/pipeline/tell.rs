//! A session comes in, scanned and in order of time; what goes out is one row per message, action and incident, a part of them
//! at a time, and which limits were met.

use crate::attempt::outcome::{Limits, ending};
use crate::attempt::{self, Attempt};
use crate::cause::context::{Contexts, Scribe};
use crate::cause::death::Deaths;
use crate::cause::incident::Incident;
use crate::cause::{self, incident, predicate, row};
use crate::event::EventRow;
use crate::profile::syntax::{App, AppKind, Tier};
use crate::session::{Session, loss};
use crate::settings::Settings;
use crate::taxonomy::{Outcome, Phase};
use rayon::prelude::*;

/// Rows that are made together.
const ROWS_TOGETHER: usize = 2_048;
/// Of these one worker makes so many behind each other at most: what others are left to do is small.
const ROWS_IN_A_ROW: usize = 128;

/// What a session tells: messages and incidents that are not rows yet. Rows are large, so they are made a part at a time.
pub struct Tale<'s> {
    session: &'s Session<'s>,
    attempts: Vec<Attempt<'s>>,
    incidents: Vec<Incident>,
    others: predicate::Others,
    /// By start, key and line.
    order: Vec<Subject>,
    limits: Vec<String>,
}

impl<'s> Tale<'s> {
    /// The tale of a session.
    #[must_use]
    pub fn of(session: &'s Session<'s>) -> Self {
        let attempt::Assembled { attempts, limits } = attempt::assemble(session);
        let incidents = || incident::incidents(session, &attempts);
        let (incidents, others) = rayon::join(incidents, || predicate::Others::gather(session, &attempts));
        let order = (0..attempts.len()).map(Subject::Message).chain((0..incidents.len()).map(Subject::Incident)).collect();
        let mut tale = Tale { session, attempts, incidents, others, order, limits };
        tale.sort();
        tale
    }

    fn sort(&mut self) {
        let mut order = std::mem::take(&mut self.order);
        order.par_sort_by(|a, b| {
            let began = self.began_us(*a).cmp(&self.began_us(*b));
            began.then_with(|| self.key(*a).cmp(&self.key(*b))).then_with(|| self.line(*a).cmp(&self.line(*b)))
        });
        self.order = order;
    }

    /// One row per message, action and incident, in their order.
    #[must_use]
    pub fn rows<'t>(&'t self, settings: &'t Settings, common: &'t row::Common) -> Rows<'t> {
        // The words of an app that nobody has profiled may be others: its silence says something where it is not always silent.
        let is_generic = |p: &usize| self.session.profiles.all[*p].file.app.kind == AppKind::Generic;
        Rows {
            tale: self,
            settings,
            common,
            contexts: Contexts::of(self.session),
            deaths: Deaths::among(&self.incidents, self.session),
            knows_acks: self.attempts.iter().any(|a| a.reached(Phase::Ack) && a.profiles.iter().any(is_generic)),
            app: only_app(self.session, &self.attempts),
            told: 0,
            is_done: false,
        }
    }

    /// Limits that were met while messages were put together and judged.
    #[must_use]
    pub fn limits(&self) -> Vec<String> {
        self.limits.iter().cloned().chain(self.others.limits()).collect()
    }

    fn mark(&self, subject: Subject) -> usize {
        match subject {
            Subject::Message(number) => self.attempts[number].first_mark(),
            Subject::Incident(number) => self.incidents[number].mark,
        }
    }

    fn line(&self, subject: Subject) -> u64 {
        self.session.marks.get(self.mark(subject)).map_or(0, |timed| timed.record_line)
    }

    fn began_us(&self, subject: Subject) -> Option<i64> {
        match subject {
            Subject::Message(number) => self.attempts[number].began_us(),
            Subject::Incident(number) => self.session.marks[self.incidents[number].mark].at,
        }
    }

    fn key(&self, subject: Subject) -> Option<&str> {
        match subject {
            Subject::Message(number) => row::key(self.session, &self.attempts[number]).map(|(_, key)| key),
            Subject::Incident(_) => None,
        }
    }
}

/// What a row is about: a message or an action, or an incident, by its number.
#[derive(Clone, Copy, Debug)]
enum Subject {
    Message(usize),
    Incident(usize),
}

/// The rows of a tale, a part at a time.
pub struct Rows<'t> {
    tale: &'t Tale<'t>,
    settings: &'t Settings,
    common: &'t row::Common,
    contexts: Contexts<'t>,
    deaths: Deaths<'t>,
    knows_acks: bool,
    app: Option<usize>,
    told: usize,
    is_done: bool,
}

impl Iterator for Rows<'_> {
    type Item = Vec<EventRow>;

    /// The next rows, made by all workers together; where there are none, once nothing.
    fn next(&mut self) -> Option<Vec<EventRow>> {
        if self.is_done {
            return None;
        }
        let rest = &self.tale.order[self.told..];
        let part = &rest[..rest.len().min(ROWS_TOGETHER)];
        self.told += part.len();
        self.is_done = part.len() == rest.len();
        // The upload's receipt follows.
        let mut rows = Vec::with_capacity(part.len() + 1);
        let made =
            part.par_iter().with_max_len(ROWS_IN_A_ROW).map_init(|| self.contexts.scribe(), |scribe, subject| self.row(*subject, scribe));
        made.collect_into_vec(&mut rows);
        Some(rows)
    }
}

impl Rows<'_> {
    /// Whether all are made.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.is_done
    }

    fn row(&self, subject: Subject, scribe: &mut Scribe<'_>) -> EventRow {
        match subject {
            Subject::Message(number) => self.message(&self.tale.attempts[number], scribe),
            Subject::Incident(number) => row::incident(self.tale.session, &self.tale.incidents[number], self.app, self.common, scribe),
        }
    }

    fn message(&self, attempt: &Attempt<'_>, scribe: &mut Scribe<'_>) -> EventRow {
        let Tale { session, others, .. } = self.tale;
        let death = self.deaths.of(session, attempt, others);
        let limits = limits(session, attempt, self.settings, death.map(|d| d.mark), self.knows_acks);
        let ending = ending(attempt, &limits);
        let blamed = matches!(ending.outcome, Some(Outcome::Unsent | Outcome::Delayed));
        let verdict = blamed.then(|| cause::judge(session, attempt, &ending, others));
        let cost = death.filter(|d| {
            ending.outcome == Some(Outcome::Unsent)
                && verdict.as_ref().is_some_and(|v| v.proof == Some(d.mark) || v.rule.is_some_and(|r| r.tier == Tier::Death))
        });
        row::message(session, attempt, &ending, verdict.as_ref(), cost, self.common, scribe)
    }
}

/// The profile of the app whose messages an upload tells, if it is one: its incidents are that app's.
fn only_app(session: &Session<'_>, attempts: &[Attempt<'_>]) -> Option<usize> {
    let is_app = |p: &&usize| session.profiles.all[**p].file.app.kind == AppKind::App;
    let mut apps = attempts.iter().filter_map(|a| a.profiles.iter().find(is_app)).copied();
    let first = apps.next()?;
    apps.all(|p| p == first).then_some(first)
}

fn limits(session: &Session<'_>, attempt: &Attempt<'_>, settings: &Settings, died: Option<usize>, knows_acks: bool) -> Limits {
    let app = |p: &usize| &session.profiles.all[*p].file.app;
    let logs_acks = |app: &App| match app.kind {
        AppKind::System => false,
        AppKind::Generic => app.logs_acks && knows_acks,
        AppKind::App | AppKind::Sdk => app.logs_acks,
    };
    let last = attempt.steps.last().map(|s| &session.marks[s.mark]);
    let lost_after = last.is_some_and(|timed| {
        let offset = timed.proof().offset;
        loss::after(&session.losses, &session.documents, timed.pid(), timed.document, offset, timed.at)
    });
    Limits {
        delayed_after_us: settings.delayed_after_ms.saturating_mul(1_000),
        pending_after_us: settings.pending_after_ms.saturating_mul(1_000),
        log_end_us: session.last_us,
        logs_acks: attempt.logs_acks.unwrap_or_else(|| attempt.profiles.iter().any(|p| logs_acks(app(p)))),
        lost_after,
        died,
        barred: barred(session, attempt),
    }
}

/// Whether one and the same state of the account barred a message from its first statement to the log's end.
fn barred(session: &Session<'_>, attempt: &Attempt<'_>) -> bool {
    let at = |order: usize| session.held("account", order).filter(|e| e.value != "ok").map(|e| (e.order, &e.value));
    let end = at(usize::MAX);
    end.is_some() && end == at(attempt.first_mark())
}
