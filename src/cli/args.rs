//! What can be typed, exactly as typed: nothing here looks at the world.

use super::check::Versus;
use super::spelled::{Duration, Percent};
use crate::report::render::Form;
use crate::source::Encoding;
use crate::stats::Dimension;
use crate::store::ingest::UPLOADS_PER_COMMIT;
use crate::store::rows::RowFormat;
use crate::store::week::Week;
use crate::words::Lang;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Reads exported chat-client logs and names why each unsent message was not sent.
#[derive(Debug, Parser)]
#[command(name = "whyunsent", version, about, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done, 1 a check was breached, 2 wrong usage, 3 nothing readable in the input, 4 too little data for a check."
)]
pub struct Cli {
    /// Flags of every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Args, Clone, Debug, Default)]
pub struct Global {
    /// Configuration file instead of `./whyunsent.toml` or the user's
    #[arg(long, global = true, value_name = "FILE", help_heading = "Common")]
    pub config: Option<PathBuf>,
    /// Language of the output: en or zh (default: the locale)
    #[arg(long, global = true, value_name = "LANG", help_heading = "Common")]
    pub lang: Option<Lang>,
    /// When to use colour; `NO_COLOR` is respected
    #[arg(long, global = true, value_name = "WHEN", help_heading = "Common")]
    pub color: Option<When>,
    /// Say nothing but results and errors
    #[arg(long, short, global = true, help_heading = "Common")]
    pub quiet: bool,
}

/// When to do something that only a terminal wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read logs and print the failure report
    Analyze(AnalyzeArgs),
    /// Print the rows behind the report: messages, actions and incidents
    Events(EventsArgs),
    /// Say which versions are to blame, where failures concentrate, and what to update to
    Versions(VersionsArgs),
    /// Add what is new in logs to a store
    #[command(after_help = "Safe to repeat, to interrupt, in any order: each upload is in the store once.")]
    Ingest(IngestArgs),
    /// Print the weekly failure report of a store
    Report(ReportArgs),
    /// A gate: fail where a rate is too high or something became worse
    #[command(
        after_help = "A rate is too high when the lower end of its 95 % interval is. Exit codes: 0 all hold, 1 a breach (one line each), 4 too little data."
    )]
    Check(Box<CheckArgs>),
    /// Put two weeks or two versions of a store side by side
    Diff(Box<DiffArgs>),
    /// Look after a store
    Store(StoreArgs),
    /// Tell the story of uploads for support: what happened to each message, why, and what to do
    #[command(
        after_help = "Without --message, one example of every cause is told. With --since, what began before is only counted, to compare.\nA reply begins with outcome and cause, and is always redacted."
    )]
    Explain(ExplainArgs),
    /// Say what each file was taken for, and why
    Detect(DetectArgs),
    /// Print the decoded text of logs: whatever they are packed in, as UTF-8.
    #[command(
        after_help = "Several documents are told apart by lines `==> file <==`. What is personal is redacted; `--redact off` prints the text as it is."
    )]
    Cat(CatArgs),
    /// List the forms of log that are known
    Formats(FormatsArgs),
    /// List, show and check the profiles of apps
    Profiles(ProfilesArgs),
    /// Show what is in force and where it comes from
    Config(ConfigArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man(ManArgs),
}

/// `analyze`.
#[derive(Args, Debug)]
pub struct AnalyzeArgs {
    /// What to read, and how.
    #[command(flatten)]
    pub read: ReadArgs,
    /// Which messages to look at.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Form of the report: table, markdown, html, json or csv
    #[arg(long, value_name = "FORMAT", default_value_t = Form::Table)]
    pub format: Form,
    /// Write to a file (csv: a directory gets a file per table)
    #[arg(long, short, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Add a table by these dimensions, e.g. `version,network`
    #[arg(long, value_name = "DIM[,DIM]", value_delimiter = ',')]
    pub by: Vec<Dimension>,
    /// Rows shown per table
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
}

/// `events`.
#[derive(Args, Debug)]
pub struct EventsArgs {
    /// What to read, and how.
    #[command(flatten)]
    pub read: ReadArgs,
    /// Which messages to look at.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Format of the rows: ndjson, csv, parquet or arrow (IPC stream)
    #[arg(long, value_name = "FORMAT", default_value_t = RowFormat::Ndjson)]
    pub format: RowFormat,
    /// Write to a file
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Add the receipt of each upload (rows with kind `upload`)
    #[arg(long)]
    pub receipts: bool,
}

/// `ingest`.
#[derive(Args, Debug)]
pub struct IngestArgs {
    /// What to read, and how.
    #[command(flatten)]
    pub read: ReadArgs,
    /// The store; made where there is none
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// Judge uploads anew that are in the store, after rules or thresholds changed
    #[arg(long)]
    pub rejudge: bool,
    /// New uploads that are published together: what a run that is stopped may lose
    #[arg(long, value_name = "N", default_value_t = UPLOADS_PER_COMMIT, value_parser = clap::value_parser!(u64).range(1..))]
    pub commit_every: u64,
}

/// `report`.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// The store
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// The week, ISO 8601 [default: the last that is over]
    #[arg(long, value_name = "2026-W47")]
    pub week: Option<Week>,
    /// Keep in the store what the report says, so that the next can tell whether it helped
    #[arg(long)]
    pub publish: bool,
    /// Which messages to look at.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Also group by these dimensions
    #[arg(long, value_name = "DIM[,DIM…]", value_delimiter = ',')]
    pub by: Vec<Dimension>,
    /// What is known of releases (CSV): version, released_on, rollout_percent, channel, retired
    #[arg(long, value_name = "FILE")]
    pub releases: Option<PathBuf>,
    /// Active users (CSV): version, users, optionally app and os
    #[arg(long, value_name = "FILE")]
    pub population: Option<PathBuf>,
    /// Form of the report: table, markdown, html, json or csv
    #[arg(long, value_name = "FORMAT", default_value_t = Form::Table)]
    pub format: Form,
    /// Write to a file, or with csv to a directory with a file per table
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Rows shown per table
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
}

/// `check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// What to read, and how.
    #[command(flatten)]
    pub read: ReadArgs,
    /// Which messages to look at.
    #[command(flatten)]
    pub select: SelectArgs,
    /// A store in place of logs
    #[arg(long, value_name = "DIR", conflicts_with = "paths")]
    pub store: Option<PathBuf>,
    /// The week of the store, ISO 8601 [default: the last that is over]
    #[arg(long, value_name = "2026-W47", requires = "store")]
    pub week: Option<Week>,
    /// A report in place of logs, as `--format json` writes it
    #[arg(long, value_name = "FILE.json", conflicts_with_all = ["paths", "store"])]
    pub report: Option<PathBuf>,
    /// Greatest share of messages not sent
    #[arg(long, value_name = "2%", help_heading = "Thresholds")]
    pub max_unsent: Option<Percent>,
    /// Greatest share of messages not sent that a build can fix
    #[arg(long, value_name = "1%", help_heading = "Thresholds")]
    pub max_client: Option<Percent>,
    /// Greatest share of late messages
    #[arg(long, value_name = "5%", help_heading = "Thresholds")]
    pub max_delayed: Option<Percent>,
    /// Greatest share of failures without a cause
    #[arg(long, value_name = "20%", help_heading = "Thresholds")]
    pub max_unknown: Option<Percent>,
    /// Greatest share of user-days with a crash, of any app
    #[arg(long, value_name = "1%", help_heading = "Thresholds")]
    pub max_crash: Option<Percent>,
    /// Greatest share of user-days with a hang, of any app
    #[arg(long, value_name = "0.47%", help_heading = "Thresholds")]
    pub max_anr: Option<Percent>,
    /// No version to pull or to force users from
    #[arg(long, help_heading = "Thresholds")]
    pub no_pull: bool,
    /// Nothing new or worse than in another week of the store: last-week or 2026-W46
    #[arg(long, value_name = "PERIOD", help_heading = "Thresholds")]
    pub vs: Option<Versus>,
}

impl CheckArgs {
    /// Whether there is anything to check.
    #[must_use]
    pub const fn has_threshold(&self) -> bool {
        self.max_unsent.is_some()
            || self.max_client.is_some()
            || self.max_delayed.is_some()
            || self.max_unknown.is_some()
            || self.max_crash.is_some()
            || self.max_anr.is_some()
            || self.no_pull
            || self.vs.is_some()
    }
}

/// `diff`.
#[derive(Args, Debug)]
pub struct DiffArgs {
    /// The first: a week (2026-W46), or a version
    #[arg(value_name = "A")]
    pub a: String,
    /// The second
    #[arg(value_name = "B")]
    pub b: String,
    /// The store
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// Which messages to look at.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Form of the answer: table, markdown, json or csv
    #[arg(long, value_name = "FORMAT", default_value_t = Form::Table)]
    pub format: Form,
    /// Write to a file
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Rows shown per table
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
}

/// `store`.
#[derive(Args, Debug)]
pub struct StoreArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: StoreCommand,
}

/// Which store.
#[derive(Args, Clone, Debug)]
pub struct StoreDir {
    /// The store
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
}

/// What to do with a store.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// List its weeks: rows, uploads and sizes
    Stats {
        /// Which.
        #[command(flatten)]
        dir: StoreDir,
        /// Form of the listing
        #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
        format: ListFormat,
    },
    /// Read all of it and name what is missing, damaged or does not add up (exit code 1)
    Verify {
        /// Which.
        #[command(flatten)]
        dir: StoreDir,
    },
    /// Make one batch of all
    Compact {
        /// Which.
        #[command(flatten)]
        dir: StoreDir,
    },
    /// Remove a user, or everything before a time, for good
    #[command(group(clap::ArgGroup::new("what").required(true).args(["user", "before"])))]
    Forget {
        /// Which.
        #[command(flatten)]
        dir: StoreDir,
        /// A user: the account or installation as in the log, or its pseudonym
        #[arg(long, value_name = "ID")]
        user: Option<String>,
        /// A time: RFC 3339, a date, `90d` or `2026-W40`
        #[arg(long, value_name = "TIME")]
        before: Option<String>,
        /// File with the key of its pseudonyms, where the store does not keep it
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
    },
    /// Bring it to the format of this version
    Upgrade {
        /// Which.
        #[command(flatten)]
        dir: StoreDir,
    },
}

impl StoreCommand {
    /// Which store.
    #[must_use]
    pub const fn store(&self) -> &StoreDir {
        match self {
            Self::Stats { dir, .. } | Self::Verify { dir } | Self::Compact { dir } | Self::Forget { dir, .. } | Self::Upgrade { dir } => {
                dir
            }
        }
    }
}

/// `versions`.
#[derive(Args, Debug)]
pub struct VersionsArgs {
    /// What to read, and how.
    #[command(flatten)]
    pub read: ReadArgs,
    /// Which messages to look at.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Aggregated counts (CSV) in place of logs: dimension columns (`version`, `app` and `os` are special), `attempts`,
    /// `unsent`, optionally `users` and `unsent_sq`
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    pub from_counts: Option<PathBuf>,
    /// A store in place of logs
    #[arg(long, value_name = "DIR", conflicts_with_all = ["paths", "from_counts"])]
    pub store: Option<PathBuf>,
    /// Only this week of the store, ISO 8601
    #[arg(long, value_name = "2026-W47", requires = "store")]
    pub week: Option<Week>,
    /// Counts of another period with the same columns: slices then mean new or worse since
    #[arg(long, value_name = "FILE", requires = "from_counts")]
    pub baseline: Option<PathBuf>,
    /// What is known of releases (CSV): version, released_on, rollout_percent, channel, retired
    #[arg(long, value_name = "FILE")]
    pub releases: Option<PathBuf>,
    /// Active users (CSV): version, users, optionally app and os
    #[arg(long, value_name = "FILE")]
    pub population: Option<PathBuf>,
    /// Form of the answer: table, markdown, json or csv
    #[arg(long, value_name = "FORMAT", default_value_t = Form::Table)]
    pub format: Form,
    /// Write to a file
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Rows shown per table
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
}

/// `explain`.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// What to read, and how.
    #[command(flatten)]
    pub read: ReadArgs,
    /// Which messages to look at.
    #[command(flatten)]
    pub select: SelectArgs,
    /// A store in place of logs
    #[arg(long, value_name = "DIR", conflicts_with = "paths")]
    pub store: Option<PathBuf>,
    /// Only this message: its `key` or `message_id` as `events` prints it, the first 8 digits of that as
    /// reports cite it, or its id in the log
    #[arg(long, value_name = "ID")]
    pub message: Option<String>,
    /// Print the text of a reply in this language instead
    #[arg(long, value_name = "LANG")]
    pub reply: Option<Lang>,
    /// Whom the reply is for
    #[arg(long = "for", value_name = "READER", requires = "reply", value_enum, default_value_t)]
    pub reader: ReplyTo,
    /// Form of the story: table or markdown
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: StoryForm,
    /// Write to a file
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Rows shown per table
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
}

/// Whom a reply is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReplyTo {
    /// Who uploaded the log.
    #[default]
    User,
    /// Who can fix the app.
    Engineering,
}

/// The form of a story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum StoryForm {
    /// For a terminal.
    #[default]
    Table,
    /// Markdown.
    Markdown,
}

/// What to read, and how.
#[derive(Args, Clone, Debug, Default)]
pub struct ReadArgs {
    /// Files, directories, archives, or `-` for standard input
    #[arg(value_name = "PATH", required_unless_present = "files_from")]
    pub paths: Vec<PathBuf>,
    /// Read further paths from a file, one a line (`-`: standard input)
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub files_from: Option<PathBuf>,
    /// The paths of `--files-from` end with a NUL byte
    #[arg(short = '0', long = "null", requires = "files_from", help_heading = "Input")]
    pub null: bool,
    /// Read only what matches a glob (repeatable)
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    pub include: Vec<String>,
    /// Leave out what matches a glob (repeatable)
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    pub exclude: Vec<String>,
    /// What one upload is
    #[arg(long, value_name = "HOW", help_heading = "Input")]
    pub upload: Option<Upload>,
    /// Encoding of every text (default: by its bytes)
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    pub encoding: Option<Encoding>,
    /// Time zone of stamps that state none, and of days and weeks, e.g. `Asia/Shanghai`
    #[arg(long, value_name = "ZONE", help_heading = "Input")]
    pub tz: Option<String>,
    /// A directory with further profiles
    #[arg(long, value_name = "DIR", help_heading = "Judging")]
    pub profiles: Option<PathBuf>,
    /// A later acknowledgement is `delayed` [default: 5s]
    #[arg(long, value_name = "DURATION", help_heading = "Judging")]
    pub delayed_after: Option<Duration>,
    /// Longer silence at the end of a covered log is `unsent` [default: 10m]
    #[arg(long, value_name = "DURATION", help_heading = "Judging")]
    pub pending_after: Option<Duration>,
    /// Whether ids and private text are replaced [default: on]
    #[arg(long, value_name = "on|off", help_heading = "Privacy")]
    pub redact: Option<Switch>,
    /// File with the 32-byte key of pseudonyms
    #[arg(long, value_name = "FILE", help_heading = "Privacy")]
    pub key_file: Option<PathBuf>,

    /// File with the private keys of encrypted Mars xlogs: 64 hex digits a line.
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub xlog_key_file: Option<PathBuf>,

    /// File with the keys of Meituan Logan: key and initialisation vector, a line each, 16 characters or 32 hex digits.
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub logan_key_file: Option<PathBuf>,

    /// File with the passwords of encrypted archives, one a line.
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub password_file: Option<PathBuf>,
    /// Worker threads (default: one per processor)
    #[arg(long, short, value_name = "N", help_heading = "Common")]
    pub jobs: Option<usize>,
    /// An unreadable file is an error
    #[arg(long, help_heading = "Common")]
    pub strict: bool,
    /// Write every problem to a file, one JSON object a line
    #[arg(long, value_name = "FILE", help_heading = "Common")]
    pub problems: Option<PathBuf>,
    /// Show no progress
    #[arg(long, help_heading = "Common")]
    pub no_progress: bool,
}

/// Which messages to look at.
#[derive(Args, Clone, Debug, Default)]
pub struct SelectArgs {
    /// Only rows with this level, or with `!=` not with it (repeatable)
    #[arg(long = "where", value_name = "DIM=VALUE", help_heading = "Selection")]
    pub wheres: Vec<String>,
    /// Only this app (repeatable)
    #[arg(long, value_name = "NAME", help_heading = "Selection")]
    pub app: Vec<String>,
    /// Only what began at or after: RFC 3339, a date, `7d` or `2026-W47`
    #[arg(long, value_name = "TIME", help_heading = "Selection")]
    pub since: Option<String>,
    /// Only what began before the end of: RFC 3339, a date, `7d` or `2026-W47`
    #[arg(long, value_name = "TIME", help_heading = "Selection")]
    pub until: Option<String>,
    /// Leave out the users in a file, one a line (staff, test accounts)
    #[arg(long, value_name = "FILE", help_heading = "Selection")]
    pub exclude_users: Option<PathBuf>,
    /// Whether emulators count in what is said of versions and slices
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = Emulators::Exclude, help_heading = "Selection")]
    pub emulators: Emulators,
}

impl SelectArgs {
    /// Whether emulators count in what is said of versions.
    #[must_use]
    pub fn with_emulators(&self) -> bool {
        self.emulators == Emulators::Include
    }
}

/// What happens to emulators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Emulators {
    #[default]
    /// Left out of version verdicts, and counted.
    Exclude,
    /// Judged like other devices.
    Include,
}

/// What one upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Upload {
    /// By metadata files, rotation names, times and devices.
    Auto,
    /// Each file.
    File,
    /// Each topmost folder that holds a file.
    Dir,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// How a listing is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// Aligned text.
    #[default]
    Table,
    /// One JSON object a line.
    Ndjson,
}

/// `detect`.
#[derive(Args, Debug)]
pub struct DetectArgs {
    /// What to read, and how.
    #[command(flatten)]
    pub read: ReadArgs,
    /// How the listing is written
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
}

/// `formats`.
#[derive(Args, Debug)]
pub struct CatArgs {
    /// What is read.
    #[command(flatten)]
    pub read: ReadArgs,

    /// Write to a file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `formats`.
#[derive(Args, Debug)]
pub struct FormatsArgs {
    /// How the listing is written
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
}

/// `profiles`.
#[derive(Args, Debug)]
pub struct ProfilesArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub command: ProfilesCommand,
    /// A directory with further profiles
    #[arg(long, global = true, value_name = "DIR")]
    pub profiles: Option<PathBuf>,
}

/// What to do with profiles.
#[derive(Debug, Subcommand)]
pub enum ProfilesCommand {
    /// List them
    List {
        /// How the listing is written
        #[arg(long, value_enum, default_value_t)]
        format: ListFormat,
    },
    /// Print one
    Show {
        /// Its id
        id: String,
    },
    /// Run every example, counter-example and case in them
    Check {
        /// Also print which share of the records of some logs becomes marks, and the statements that cost most
        #[arg(long, value_name = "PATH", num_args = 1..)]
        coverage: Vec<PathBuf>,
        /// Statements shown
        #[arg(long, value_name = "N", default_value_t = 15, requires = "coverage")]
        top: usize,
    },
    /// Show which verdicts on some logs a change of rules alters
    #[command(after_help = "OLD and NEW are directories of profiles, or `builtin`. Exit code 0 also where verdicts differ.")]
    Diff {
        /// The profiles before: a directory, or `builtin`
        old: PathBuf,
        /// The profiles after: a directory, or `builtin`
        new: PathBuf,
        /// Files, directories or archives
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// How the listing is written
        #[arg(long, value_enum, default_value_t)]
        format: ListFormat,
    },
    /// Write a profile to begin with for an app that has none
    New {
        /// Name of the app
        app: String,
        /// A log of the app, from whose lines it is made
        #[arg(long, value_name = "PATH")]
        from: Vec<PathBuf>,
        /// Directory to write it to
        #[arg(long, short, value_name = "DIR", default_value = ".")]
        output: PathBuf,
    },
}

/// `config`.
#[derive(Args, Debug)]
pub struct ConfigArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print each setting, its value and where it comes from
    Show {
        /// How the listing is written
        #[arg(long, value_enum, default_value_t)]
        format: ListFormat,
    },
}

/// `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `man`.
#[derive(Args, Debug)]
pub struct ManArgs {
    /// Write one page per command into a directory
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_unknown_report_format_lists_the_known_ones() {
        let error = Cli::try_parse_from(["whyunsent", "analyze", "x", "--format", "pdf"]).unwrap_err().to_string();
        assert!(error.contains("known: table, markdown, html, json, csv"), "{error}");
    }

    #[test]
    fn a_command_that_reads_needs_a_path() {
        assert!(Cli::try_parse_from(["whyunsent", "events"]).is_err());
        assert!(Cli::try_parse_from(["whyunsent", "events", "--files-from", "list"]).is_ok());
    }
}
