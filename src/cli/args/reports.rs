//! Commands that say something of messages.

use super::{ReadArgs, SelectArgs};
use crate::cli::check::Versus;
use crate::cli::spelled::Percent;
use crate::report::render::Form;
use crate::stats::Dimension;
use crate::store::rows::RowFormat;
use crate::store::week::Week;
use crate::words::Lang;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What becomes of a report.
#[derive(Args, Clone, Debug)]
pub struct FormArgs {
    /// Form of the report: table, markdown, html, json or csv
    #[arg(long, value_name = "FORMAT", default_value_t = Form::Table)]
    pub format: Form,
    /// Write to a file (csv of a report: a directory gets a file per table)
    #[arg(long, short, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Rows shown per table
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
}

/// What the team knows besides logs.
#[derive(Args, Clone, Debug)]
pub struct KnownArgs {
    /// What is known of releases (CSV): version, released_on, rollout_percent, channel, retired
    #[arg(long, value_name = "FILE")]
    pub releases: Option<PathBuf>,
    /// Active users (CSV): version, users, optionally app and os
    #[arg(long, value_name = "FILE")]
    pub population: Option<PathBuf>,
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
    /// What becomes of it.
    #[command(flatten)]
    pub form: FormArgs,
    /// Add a table by these dimensions, e.g. `version,network`
    #[arg(long, value_name = "DIM[,DIM]", value_delimiter = ',')]
    pub by: Vec<Dimension>,
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
    /// What the team knows besides.
    #[command(flatten)]
    pub known: KnownArgs,
    /// What becomes of it.
    #[command(flatten)]
    pub form: FormArgs,
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
    /// What becomes of it.
    #[command(flatten)]
    pub form: FormArgs,
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
    /// What the team knows besides.
    #[command(flatten)]
    pub known: KnownArgs,
    /// What becomes of it.
    #[command(flatten)]
    pub form: FormArgs,
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
