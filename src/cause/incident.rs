//! Incidents: crashes, hangs and kills of the app's own process, whether they cost a message or not.

use super::reports::Reports;
use crate::attempt::Attempt;
use crate::format::GRAMMARS;
use crate::profile::syntax::{App, AppKind, Tier};
use crate::scan::Mark;
use crate::session::Session;
use crate::taxonomy::{Cause, Kind};
use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};

/// A dying process may write for this long after its trace.
const DYING_US: i64 = 5_000_000;

/// An incident.
#[derive(Clone, Debug)]
pub struct Incident {
    /// What it is.
    pub kind: Kind,
    /// Its cause.
    pub cause: Option<Cause>,
    /// Number of its mark.
    pub mark: usize,
    /// When, µs UTC.
    pub at: Option<i64>,
    /// When it was last reported, µs UTC.
    pub last_us: Option<i64>,
    /// Exception or signal and the first frame of the app.
    pub signature: String,
    /// Stable id within the upload.
    pub id: String,
    /// The process.
    pub process: String,
    /// Rule that showed it.
    pub rule: String,
}

/// Finds the incidents of a session, in order.
#[must_use]
pub fn incidents(session: &Session<'_>, attempts: &[Attempt<'_>]) -> Vec<Incident> {
    let pids = attempts.iter().flat_map(|a| a.steps.iter().map(|s| session.marks[s.mark].pid()));
    let own_pids: HashSet<&str> = pids.filter(|p| !p.is_empty()).collect();
    let voices = LazyCell::new(|| Voices::of(session));
    let mut found = Reports::default();
    for (number, timed) in session.marks.iter().enumerate() {
        let Some(rule) = session.profiles.rule(timed.statement) else { continue };
        let Some(kind) = rule.incident else { continue };
        if !is_own(session, attempts, &own_pids, number, kind) || (kind == Kind::Crash && voices.go_on(session, number)) {
            continue;
        }
        found.add(session, rule, number, kind);
        // A process that ends because its device lacks something has crashed as well.
        if kind == Kind::Incompatibility && rule.tier == Tier::Death {
            found.add(session, rule, number, Kind::Crash);
        }
    }
    found.incidents
}

/// What each process says in its own words, that is, in no report of an incident: numbers of marks, each with the latest
/// time of it and of all behind it.
struct Voices<'s>(HashMap<&'s str, Vec<(usize, i64)>>);

impl<'s> Voices<'s> {
    fn of(session: &'s Session<'_>) -> Self {
        let mut voices: HashMap<&str, Vec<(usize, i64)>> = HashMap::new();
        let own_words = |t: &Mark| session.profiles.rule(t.statement).is_none_or(|r| r.incident.is_none());
        for (number, timed) in session.marks.iter().enumerate().filter(|(_, t)| own_words(t)) {
            if let Some(at) = timed.at {
                voices.entry(timed.pid()).or_default().push((number, at));
            }
        }
        for voice in voices.values_mut() {
            let mut latest = i64::MIN;
            for (_, at) in voice.iter_mut().rev() {
                latest = latest.max(*at);
                *at = latest;
            }
        }
        Voices(voices)
    }

    /// Whether the process of a crash goes on writing: Android prints the trace before the app's own handler
    /// decides (`RuntimeInit.java`, `logUncaught`), so the trace alone is no death.
    fn go_on(&self, session: &Session<'_>, number: usize) -> bool {
        let crash = &session.marks[number];
        let (Some(at), pid) = (crash.at, crash.pid()) else { return false };
        // Only what the process itself prints: a report by another one names the dead.
        let by_itself = !pid.is_empty() && crash.process() == pid;
        let latest = || {
            let voice = self.0.get(pid)?;
            voice.get(voice.partition_point(|(n, _)| *n <= number)).map(|(_, latest)| *latest)
        };
        by_itself && latest().is_some_and(|latest| latest - at > DYING_US)
    }
}

/// Whether what a mark tells befell the app whose messages the session shows.
fn is_own(session: &Session<'_>, attempts: &[Attempt<'_>], own_pids: &HashSet<&str>, number: usize, kind: Kind) -> bool {
    let timed = &session.marks[number];
    let process = timed.process();
    let kind_of_app = session.profiles.profile_of(timed.statement).file.app.kind;
    let name = timed.get("process");
    kind_of_app != AppKind::System
        || own_pids.contains(process)
        || name.is_some_and(|n| is_package(session, n))
        // Told by its name alone: the app's main process.
        || (process.is_empty() && name.is_some_and(|n| session.packages.contains(n)))
        // Another process of the app, or its clone in another profile: its failures are the app's; its end is not.
        || (kind != Kind::Kill && name.is_some_and(|n| is_process_of_one(&session.packages, n)))
        // An extension that shows notifications goes by a name of its own: it is that of the app whose log this is.
        || (kind == Kind::NotificationMissed && !attempts.is_empty() && name.is_some_and(|n| !n.contains('.')))
        || is_report_of(session, attempts, number)
}

/// Whether a mark stands in a crash report about the app whose log lies beside it: by the name of the
/// process, or, where nobody knows the app's name, because only one app's log is there.
#[must_use]
pub fn is_report_of(session: &Session<'_>, attempts: &[Attempt<'_>], number: usize) -> bool {
    let mark = &session.marks[number];
    let grammar = session.documents.get(mark.document as usize).and_then(|d| d.scanned.grammar);
    if !grammar.is_some_and(|g| GRAMMARS[g as usize].is_report()) {
        return false;
    }
    // An app that no profile knows has no name here: then the number of the process has to be one that wrote.
    let unknown = attempts.iter().flat_map(|a| &a.profiles).all(|p| session.profiles.all[*p].file.app.kind != AppKind::App);
    let pids = || attempts.iter().flat_map(|a| a.steps.iter().map(|s| session.marks[s.mark].pid())).filter(|p| !p.is_empty());
    if unknown && !mark.process().is_empty() && pids().next().is_some() {
        return pids().any(|pid| pid == mark.process());
    }
    let Some(name) = mark.get("process").map(letters) else { return true };
    let mut apps = attempts.iter().flat_map(|a| &a.profiles).map(|p| &session.profiles.all[*p].file.app).peekable();
    let known = |a: &App| a.kind == AppKind::App;
    let is = |a: &App| {
        let own = letters(&a.name);
        own.starts_with(&name)
            || name.starts_with(&own)
            || a.packages.iter().any(|p| is_process_of(p, mark.get("process").unwrap_or_default()))
    };
    apps.peek().is_some() && apps.all(|a| !known(a) || is(a))
}

/// The letters and digits of a name, in lower case: `Element X` and `ElementX` are one.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn is_package(session: &Session<'_>, name: &str) -> bool {
    session.profiles.all.iter().any(|p| p.file.app.packages.iter().any(|own| is_process_of(own, name)))
}

/// Bytes that Linux keeps of a thread's name (`TASK_COMM_LEN` less its end); Android keeps the last ones
/// of a package (`Process.setArgV0`, bionic `pthread_setname_np`).
const COMM_BYTES: usize = 15;

/// Whether a process name is one of a package: itself, `package:push`, or the cut name in `Fatal signal`.
#[must_use]
pub fn is_process_of(package: &str, name: &str) -> bool {
    let base = name.split(':').next().unwrap_or(name);
    package == base || (name.len() == COMM_BYTES && package.ends_with(name))
}

/// Whether a process name is one of a package of several.
fn is_process_of_one(packages: &HashSet<String>, name: &str) -> bool {
    let base = name.split(':').next().unwrap_or(name);
    packages.contains(base) || (name.len() == COMM_BYTES && packages.iter().any(|p| is_process_of(p, name)))
}
