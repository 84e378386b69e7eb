//! Marks of a session -> what each tells of a message, looked up by itself: nothing here depends on the marks before, so that other
//! workers gather from the next marks while one puts messages together.

use crate::profile::Profiles;
use crate::profile::compile::Use;
use crate::profile::name::Name;
use crate::profile::syntax::{Join, Scope, Step};
use crate::scan::Mark;
use crate::session::Session;
use std::ops::Range;

/// Name of the context whose marks begin a connection, and with it a new count of ids.
const CONNECTION: &str = "connection";

/// What marks tell, in order.
#[derive(Default)]
pub(super) struct Gathered<'s> {
    pub heard: Vec<Heard<'s>>,
    /// The ids of all of them.
    ids: Vec<IdSeen<'s>>,
    /// Numbers of marks that are rules', and how these are tied to messages.
    pub rules: Vec<(usize, Join)>,
}

/// What one mark tells.
#[derive(Clone)]
pub(super) struct Heard<'s> {
    /// Number of the mark.
    pub number: usize,
    pub mark: &'s Mark,
    pub what: What<'s>,
    /// Number of the profile of its statement.
    pub profile: usize,
    /// Process and thread as written.
    pub process: &'s str,
    pub thread: &'s str,
    pub content: Option<&'s str>,
    pub conversation: Option<&'s str>,
    /// For how long what it tells of has gone on, ms, as written.
    pub since_ms: Option<&'s str>,
    ids: Range<usize>,
}

/// What a mark is of for a message.
#[derive(Clone, Copy)]
pub(super) enum What<'s> {
    Step(&'s Step),
    /// A connection of a process for an account begins.
    Connection,
    /// A rule that speaks of what its thread works on.
    ThreadRule,
}

/// An id that a mark captured.
#[derive(Clone, Copy)]
pub(super) struct IdSeen<'s> {
    pub space: &'static str,
    pub value: &'s str,
    /// Where it names one message.
    pub scope: Scope,
}

impl<'s> Gathered<'s> {
    /// What some marks of a session tell.
    pub(super) fn of(session: &'s Session<'_>, marks: Range<usize>) -> Self {
        let mut all = Gathered { heard: Vec::with_capacity(marks.len()), ..Gathered::default() };
        for number in marks {
            all.add(session.profiles, number, &session.marks[number]);
        }
        all
    }

    /// The ids of one of them.
    pub(super) fn ids(&self, heard: &Heard<'_>) -> &[IdSeen<'s>] {
        &self.ids[heard.ids.clone()]
    }

    fn add(&mut self, profiles: &'s Profiles, number: usize, mark: &'s Mark) {
        let statement = &profiles.statements[mark.statement as usize];
        let file = &profiles.all[statement.profile].file;
        let what = match statement.role {
            Use::Step(step) => What::Step(&file.step[step]),
            Use::Context(context) if file.context[context].set == CONNECTION => What::Connection,
            Use::Context(_) => return,
            Use::Rule(rule) => {
                let join = file.rule[rule].join;
                self.rules.push((number, join));
                if join != Join::Thread {
                    return;
                }
                What::ThreadRule
            }
        };
        let from = self.ids.len();
        let mut heard = Heard {
            number,
            mark,
            what,
            profile: statement.profile,
            process: mark.pid(),
            thread: mark.tid(),
            content: None,
            conversation: None,
            since_ms: None,
            ids: from..from,
        };
        if let What::Step(_) = what {
            for (name, value) in mark.captures() {
                match name {
                    "content" => heard.content = heard.content.or(Some(value)),
                    "conversation" => heard.conversation = heard.conversation.or(Some(value)),
                    "since_ms" => heard.since_ms = heard.since_ms.or(Some(value)),
                    _ => self.ids.extend(id(profiles, statement.profile, (name, value))),
                }
            }
        }
        heard.ids.end = self.ids.len();
        self.heard.push(heard);
    }
}

/// The ids that a mark captured.
pub(super) fn ids_of<'s>(profiles: &Profiles, mark: &'s Mark) -> impl Iterator<Item = IdSeen<'s>> {
    let profile = profiles.statements[mark.statement as usize].profile;
    mark.captures().filter_map(move |captured| id(profiles, profile, captured))
}

/// What was captured, if it is an id.
fn id<'s>(profiles: &Profiles, profile: usize, (name, value): (Name, &'s str)) -> Option<IdSeen<'s>> {
    let space = name.strip_prefix("id_")?;
    let spaces = &profiles.all[profile].file.app.ids;
    Some(IdSeen { space, value, scope: spaces.iter().find(|s| s.name == space).map_or(Scope::Upload, |s| s.scope) })
}
