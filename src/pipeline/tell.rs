//! A session comes in, scanned and in order of time; what goes out is one row per message, action and incident, and which
//! limits were met.

use crate::attempt::outcome::{Limits, ending};
use crate::attempt::{self, Attempt};
use crate::cause::death::Deaths;
use crate::cause::incident::Incident;
use crate::cause::{self, incident, predicate, row};
use crate::event::EventRow;
use crate::profile::syntax::{App, AppKind, Tier};
use crate::session::{Session, loss};
use crate::settings::Settings;
use crate::taxonomy::{Outcome, Phase};
use rayon::prelude::*;

/// What a session tells.
pub struct Tale {
    /// One row per message, action and incident, by start, key and line.
    pub rows: Vec<EventRow>,
    /// Limits that were met while messages were put together.
    pub limits: Vec<String>,
}

/// Tells a session.
#[must_use]
pub fn tell(session: &Session<'_>, settings: &Settings, common: &row::Common) -> Tale {
    let attempt::Assembled { attempts, limits: mut met } = attempt::assemble(session);
    let incidents = incident::incidents(session, &attempts);
    let others = predicate::Others::gather(session, &attempts);
    let deaths = Deaths::among(&incidents, session);
    // The words of an app that nobody has profiled may be others: its silence says something where it is not always silent.
    let is_generic = |p: &usize| session.profiles.all[*p].file.app.kind == AppKind::Generic;
    let knows_acks = attempts.iter().any(|a| a.reached(Phase::Ack) && a.profiles.iter().any(is_generic));
    let told = |attempt: &Attempt<'_>| {
        let death = deaths.of(session, attempt, &others);
        let limits = limits(session, attempt, settings, death.map(|d| d.mark), knows_acks);
        let ending = ending(attempt, &limits);
        let blamed = matches!(ending.outcome, Some(Outcome::Unsent | Outcome::Delayed));
        let verdict = blamed.then(|| cause::judge(session, attempt, &ending, &others));
        let cost = death.filter(|d| {
            ending.outcome == Some(Outcome::Unsent)
                && verdict.as_ref().is_some_and(|v| v.proof == Some(d.mark) || v.rule.is_some_and(|r| r.tier == Tier::Death))
        });
        row::message(session, attempt, &ending, verdict.as_ref(), cost, common)
    };
    let app = only_app(session, &attempts);
    // Rows are large, so they are made in their order.
    let mut all: Vec<Subject<'_, '_>> = attempts.iter().map(Subject::Message).chain(incidents.iter().map(Subject::Incident)).collect();
    all.sort_by(|a, b| {
        let began = a.began_us(session).cmp(&b.began_us(session));
        began.then_with(|| a.key(session).cmp(&b.key(session))).then_with(|| a.line(session).cmp(&b.line(session)))
    });
    let row = |subject: &Subject<'_, '_>| match subject {
        Subject::Message(attempt) => told(attempt),
        Subject::Incident(incident) => row::incident(session, incident, app, common),
    };
    // The upload's receipt follows.
    let mut rows = Vec::with_capacity(all.len() + 1);
    all.par_iter().map(row).collect_into_vec(&mut rows);
    met.extend(others.limits());
    Tale { rows, limits: met }
}

/// What a row is about.
enum Subject<'t, 's> {
    /// A message or an action.
    Message(&'t Attempt<'s>),
    /// An incident.
    Incident(&'t Incident),
}

impl Subject<'_, '_> {
    fn mark(&self) -> usize {
        match self {
            Subject::Message(attempt) => attempt.first_mark(),
            Subject::Incident(incident) => incident.mark,
        }
    }

    fn line(&self, session: &Session<'_>) -> u64 {
        session.marks.get(self.mark()).map_or(0, |timed| timed.mark.record_line)
    }

    fn began_us(&self, session: &Session<'_>) -> Option<i64> {
        match self {
            Subject::Message(attempt) => attempt.began_us(),
            Subject::Incident(incident) => session.marks[incident.mark].at,
        }
    }

    fn key(&self, session: &Session<'_>) -> Option<&str> {
        match self {
            Subject::Message(attempt) => row::key(session, attempt).map(|(_, key)| key),
            Subject::Incident(_) => None,
        }
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
        let offset = timed.mark.proof().offset;
        loss::after(&session.losses, &session.documents, timed.mark.pid(), timed.mark.document, offset, timed.at)
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
