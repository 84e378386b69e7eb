//! The TOML of a profile, field by field. Unknown keys are errors that list the known ones (serde's
//! `deny_unknown_fields`). What a predicate means is in [`crate::cause`].

use crate::taxonomy::{Cause, Phase, Trust};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// What the profile is.
    pub app: App,
    /// What statements say of version, device, network and states.
    #[serde(default)]
    pub context: Vec<Context>,
    /// The life cycle.
    #[serde(default)]
    pub step: Vec<Step>,
    /// The causes.
    #[serde(default)]
    pub rule: Vec<Rule>,
    /// Whole life cycles with their expected outcome.
    #[serde(default)]
    pub case: Vec<Case>,
}

/// What a profile speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppKind {
    /// One app or SDK: its statements make messages.
    App,
    /// A transport below apps: its tasks are messages only where no app tells its own.
    Sdk,
    /// The operating system or the network: its rules serve every app on it.
    System,
    /// Any app that nobody has profiled; gives way to an app's profile.
    Generic,
}

/// `[app]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Stable id; the file's stem.
    pub id: String,
    /// Name for people; the `app` of rows unless the log states one.
    pub name: String,
    /// What it speaks for.
    pub kind: AppKind,
    /// Package or bundle names, for crash and kill lines.
    #[serde(default)]
    pub packages: Vec<String>,
    /// Tags of the system's own components, which never tell of an app's messages: statements without a tag mean none of
    /// their records. Only a system's profile has them.
    #[serde(default)]
    pub system_tags: Vec<String>,
    /// Formats, or families of them, in which its statements may stand; all if empty.
    #[serde(default)]
    pub formats: Vec<String>,
    /// Whether the app logs its acknowledgements: only then is silence a failure.
    #[serde(default = "yes")]
    pub logs_acks: bool,
    /// Operating system, where the app has only one.
    pub os: Option<String>,
    /// Id namespaces and what they are unique in, the preferred one for `key` first.
    #[serde(default)]
    pub ids: Vec<IdSpace>,
    /// Table of error codes that its `code` captures are looked up in.
    pub codes: Option<String>,
    /// Where the statements were read.
    pub reference: String,
}

fn yes() -> bool {
    true
}

/// An id namespace: the `job` of a group `id_job`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdSpace {
    /// Its name.
    pub name: String,
    /// What an id is unique in within an upload.
    #[serde(default)]
    pub scope: Scope,
    /// Whether it is unique over all installations: then it alone names the message.
    #[serde(default)]
    pub unique: bool,
}

/// What an id is unique in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The whole upload.
    #[default]
    Upload,
    /// One process.
    Process,
    /// One connection of an account in a process, as a `[[context]]` with `set = "connection"` begins it.
    Connection,
}

/// One or several values.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    /// As a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }
}

/// `match = { … }`: which records are meant. Every part given must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// Tags, compared by their first 23 characters (Android cut them there).
    pub tag: Option<OneOrMany>,
    /// A regex over the record's text: the head's message and its continuation lines. Groups:
    /// `id_<namespace>`, `since_ms`, `code`, `text`, `value`, `pid`, `process`, `class`, `frames` and the
    /// names of context values; `proof` marks the line to cite.
    pub message: Option<String>,
    /// Further regexes that must match somewhere in the record.
    #[serde(default)]
    pub all: Vec<String>,
    /// Regexes that must not match.
    #[serde(default)]
    pub none: Vec<String>,
    /// JSON records: field -> regex over its value.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// JSON records: capture -> field.
    #[serde(default)]
    pub take: BTreeMap<String, OneOrMany>,
    /// Literals (case does not matter) of which a matching line has at least one; only needed where
    /// there is no tag and the regexes name no literal.
    #[serde(default)]
    pub needles: Vec<String>,
}

/// `[[context]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// Stable id.
    pub id: String,
    /// Name of the context value or state that is set.
    pub set: String,
    /// The value; without it, the group `value` or the field taken as `value`.
    pub value: Option<String>,
    /// The captured value ends here: what held beside it holds again, else `value`.
    #[serde(default)]
    pub ends: bool,
    /// Rewrites of the captured value, lower-cased: `{ wlan = "wifi" }`.
    #[serde(default)]
    pub map: BTreeMap<String, String>,
    /// Which records.
    pub r#match: Match,
    /// Where it was read.
    pub reference: Option<String>,
    /// Texts that must match.
    #[serde(default)]
    pub examples: Vec<String>,
    /// Texts that must not.
    #[serde(default)]
    pub counter_examples: Vec<String>,
}

/// How a step or a rule finds its message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Join {
    /// By an id that it captures.
    #[default]
    Key,
    /// The message that the same thread of the same process works on.
    Thread,
    /// The oldest open message of the process: acknowledgements without an id.
    Fifo,
    /// The newest open message of the process.
    Last,
    /// Every open message whose number on this connection is at most the captured one: acknowledgements
    /// that count (XEP-0198).
    UpTo,
    /// The same, where the number is that of the next message.
    Below,
    /// Every open message of the process: its death, a kick.
    Process,
    /// Every open message that is near in time, see `within_ms`.
    Near,
    /// No record at all: the rule holds by its `when`.
    State,
}

/// What a step is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepClass {
    /// A user message.
    #[default]
    Message,
    /// A reaction, an edit, a deletion, a vote.
    Action,
    /// A part of a message with ids of its own (an upload job).
    Part,
}

/// `[[step]]`.
#[derive(Clone, Debug, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "keys of a document, each by itself")]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Stable id.
    pub id: String,
    /// The phase it shows.
    pub phase: Phase,
    /// Which records.
    pub r#match: Match,
    /// How it finds its message.
    #[serde(default)]
    pub join: Join,
    /// What it is about.
    #[serde(default)]
    pub class: StepClass,
    /// Whether it can begin a message; if not, it is dropped where nothing is open.
    #[serde(default = "yes")]
    pub begins: bool,
    /// A message that begins within this time of another one of the same process which has no id
    /// of this namespace yet is that one (a transport task of an app's message).
    pub adopt_ms: Option<i64>,
    /// `thread`: it belongs to a message whose last step is at most this old (120 s without it).
    pub within_ms: Option<i64>,
    /// Of a failed try: the client says that it will try again.
    #[serde(default)]
    pub retries: bool,
    /// `last`: it belongs to the last open part (an upload, a compression) and to nothing else.
    #[serde(default)]
    pub of_part: bool,
    /// Names the message of the part that it belongs to: if the part fails for good and nothing else is known of the
    /// message, the message has failed.
    #[serde(default)]
    pub names_message: bool,
    /// What it names is an action after all: an edit, a reaction.
    #[serde(default)]
    pub makes_action: bool,
    /// Without an id and with nothing to join, it begins a message all the same: logs that show no more
    /// than the end of a send.
    #[serde(default)]
    pub opens: bool,
    /// The oldest open message without a number on this connection is meant: what was not acknowledged
    /// is sent again, in order, before anything new.
    #[serde(default)]
    pub resumes: bool,
    /// An acknowledgement of the transport only: a later failure of the same message wins.
    #[serde(default)]
    pub weak: bool,
    /// Whether this era of the app logs its acknowledgements, where that is not as `[app]` says.
    pub logs_acks: Option<bool>,
    /// What the content is, if the statement tells.
    pub content: Option<String>,
    /// `direct` or `group`, if the statement tells.
    pub conversation: Option<String>,
    /// Where it was read.
    pub reference: Option<String>,
    /// Texts that must match.
    #[serde(default)]
    pub examples: Vec<String>,
    /// Texts that must not.
    #[serde(default)]
    pub counter_examples: Vec<String>,
}

/// The tier of a rule: its rank among rules of other tiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// The server or the client refused this message.
    Refusal,
    /// The process died.
    Death,
    /// Storage or cryptography failed in the send path.
    Local,
    /// A state of network or account.
    State,
    /// Nothing but a queue that does not move.
    Stuck,
}

/// How a rule finds its cause.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum CauseOf {
    /// Always this one.
    Fixed(Cause),
    /// `text`: by the lexicon; `code`: by the app's code table; in the order given.
    Looked(Lookup),
}

impl CauseOf {
    /// Whether it is looked up in what the record says.
    #[must_use]
    pub const fn is_in_words(&self) -> bool {
        matches!(self, Self::Looked(Lookup::ByText | Lookup::ByTextThenCode))
    }
}

/// Where a cause is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lookup {
    /// The code table only.
    ByCode,
    /// The lexicon only.
    ByText,
    /// The lexicon (unless the phrase is generic), then the code table.
    ByTextThenCode,
}

/// `when = { … }`: conditions on the message; every one given must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The message reached this phase.
    pub phase_reached: Option<Phase>,
    /// The message never reached this phase.
    pub phase_not_reached: Option<Phase>,
    /// A context value held when the message failed.
    pub state: Option<StateIs>,
    /// No context value of this name and value held then.
    pub state_not: Option<StateIs>,
    /// Hints of at least this many different network causes showed over the tries.
    pub mixed_network_causes: Option<usize>,
    /// The network came, went or changed its kind at least this often while the last tries were under way.
    pub network_changes_min: Option<usize>,
    /// Other messages of the upload were acknowledged after this one was last heard of.
    pub others_acked: Option<bool>,
    /// The client said that it would try again (`retries` of its step), its server could be reached since, and ten minutes later
    /// no further try had come.
    pub abandoned: Option<bool>,
    /// A try failed before.
    pub failed_before: Option<bool>,
    /// At least this much time passed between the last try and the failure.
    pub elapsed_min_ms: Option<i64>,
    /// At most this much.
    pub elapsed_max_ms: Option<i64>,
    /// The named capture is absent.
    pub field_absent: Option<String>,
}

/// A context value and what it must be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateIs {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What is said of a verdict.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Says {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

/// `[[rule]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable id.
    pub id: String,
    /// The cause, or where it is looked up.
    pub cause: CauseOf,
    /// Its tier.
    pub tier: Tier,
    /// Which records; absent for `join = "state"`.
    pub r#match: Option<Match>,
    /// How it finds its message.
    #[serde(default)]
    pub join: Join,
    /// `near`: how long before the failure the record may stand.
    pub within_ms: Option<i64>,
    /// Conditions on the message.
    #[serde(default)]
    pub when: When,
    /// Loses to any other rule whose condition held at that failure.
    #[serde(default)]
    pub generic: bool,
    /// Ids of rules, or causes, that it wins over within its tier.
    #[serde(default)]
    pub beats: Vec<String>,
    /// The trust of its verdicts, where it is not the one of its join.
    pub trust: Option<Trust>,
    /// Whether a build can fix it, where it is not as the taxonomy says.
    pub attributable: Option<bool>,
    /// The incident that the record shows by itself.
    pub incident: Option<crate::taxonomy::Kind>,
    /// What is said of it.
    pub says: Says,
    /// Where it was read.
    pub reference: Option<String>,
    /// Texts that must match.
    #[serde(default)]
    pub examples: Vec<String>,
    /// Texts that must not.
    #[serde(default)]
    pub counter_examples: Vec<String>,
}

/// `[[case]]`: a short log and what must come out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The log.
    pub log: String,
    /// What must come out.
    pub expect: Expect,
}

/// What a case must give; absent parts are not looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Messages.
    pub attempts: Option<usize>,
    /// Of the first unsent (else the first) message.
    pub outcome: Option<crate::taxonomy::Outcome>,
    /// Its cause.
    pub cause: Option<Cause>,
    /// Lines that its evidence must hold.
    #[serde(default)]
    pub evidence_lines: Vec<u64>,
}
