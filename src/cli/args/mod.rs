//! What can be typed, exactly as typed: nothing here looks at the world.

mod fleet;
mod input;
mod listings;
mod reports;
mod stores;

pub use fleet::*;
pub use input::*;
pub use listings::*;
pub use reports::*;
pub use stores::*;

use crate::words::Lang;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Reads exported chat-client logs and names why each unsent message was not sent.
#[derive(Debug, Parser)]
#[command(name = "whyunsent", version, about, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done, 1 a check was breached, 2 wrong usage, 3 nothing readable in the input, 4 too little data for a check, 130 interrupted."
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
    /// Write the same uploads without what is personal, fit for an issue tracker
    #[command(
        after_help = "The archive holds decoded text; lines keep their numbers and times of change stay, so that the same is found in it.\nWhat was recognised by its form or its name is gone; read it before you publish it: no program knows every secret."
    )]
    Redact(RedactArgs),
    /// Say which kinds of message any log has: how often, where first and last
    #[command(
        after_help = "A message is what a record says behind its head; with --input-format raw each line is one. What varies is shown as `<*>`.\nThe same kind of message has the same id in all logs, whatever the order of their lines."
    )]
    Templates(TemplatesArgs),
    /// Say what the failures that no rule explains have in common
    #[command(
        after_help = "The records near unexplained messages are compared with those near as many messages of the same uploads that were sent.\nWith --suggest-rule a profile is printed: read its rules, say the cause of each, and give its folder to --profiles."
    )]
    Unknowns(UnknownsArgs),
    /// Read uploads for a cluster job: rows and exactly one receipt for each, whatever it holds
    #[command(
        after_help = "Uploads come on standard input: a path a line, or an Arrow IPC stream of upload, path, content and modified.\nRows of an upload are together and end with its receipt (of an archive of uploads: one for each). A reader that dies or hangs is replaced."
    )]
    Scan(Box<ScanArgs>),
    /// Print the schema of the rows
    Schema(SchemaArgs),
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
