//! Commands that say what is known, found and in force.

use super::{ReadArgs, SelectArgs};
use crate::store::week::Week;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

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

/// `redact`.
#[derive(Args, Debug)]
pub struct RedactArgs {
    /// What is read.
    #[command(flatten)]
    pub read: ReadArgs,

    /// The archive to write
    #[arg(long, short, value_name = "OUT.zip")]
    pub output: PathBuf,
}

/// What a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum InputFormat {
    /// What records say, by the form of each log.
    #[default]
    Auto,
    /// Each line.
    Raw,
}

/// `templates`.
#[derive(Args, Debug)]
pub struct TemplatesArgs {
    /// What is read.
    #[command(flatten)]
    pub read: ReadArgs,
    /// What a message is
    #[arg(long, value_enum, default_value_t)]
    pub input_format: InputFormat,
    /// Print the template of every line, as JSON lines, instead of the list
    #[arg(long)]
    pub assign: bool,
    /// How many templates are listed
    #[arg(long, value_name = "N", conflicts_with = "assign")]
    pub top: Option<usize>,
    /// How the listing is written
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
}

/// `unknowns`.
#[derive(Args, Debug)]
pub struct UnknownsArgs {
    /// What is read.
    #[command(flatten)]
    pub read: ReadArgs,
    /// Which messages to look at.
    #[command(flatten)]
    pub select: SelectArgs,
    /// A store in place of logs
    #[arg(long, value_name = "DIR", conflicts_with = "paths")]
    pub store: Option<PathBuf>,
    /// Only this week of the store, with what changed since the one before
    #[arg(long, value_name = "WEEK", requires = "store")]
    pub week: Option<Week>,
    /// Print a rule for each cluster, as a profile
    #[arg(long, conflicts_with = "format")]
    pub suggest_rule: bool,
    /// How many clusters are named
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
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
    /// Print the texts that records are searched for before any is parsed, one a line
    Literals {
        /// Only those that concern logs of this form: see `whyunsent formats`
        #[arg(long, value_name = "ID")]
        form: Option<String>,
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
