//! What is read, how, and which rows of it: flags that commands share.

use crate::cli::spelled::Duration;
use crate::source::Encoding;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

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
    /// How.
    #[command(flatten)]
    pub how: HowArgs,
    /// Write every problem to a file, one JSON object a line
    #[arg(long, value_name = "FILE", help_heading = "Common")]
    pub problems: Option<PathBuf>,
    /// Show no progress
    #[arg(long, help_heading = "Common")]
    pub no_progress: bool,
}

/// How logs are read and judged.
#[derive(Args, Clone, Debug, Default)]
pub struct HowArgs {
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
