//! Commands that fill a store and look after it.

use super::{ListFormat, ReadArgs, WorkerArgs};
use crate::store::ingest::UPLOADS_PER_COMMIT;
use clap::{Args, Subcommand};
use std::path::PathBuf;

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
    /// Read each upload in a process of its own: one that breaks or stalls its reader costs a receipt, not the run
    #[arg(long, help_heading = "Isolation")]
    pub isolate: bool,
    /// Those processes.
    #[command(flatten)]
    pub workers: WorkerArgs,
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
    /// Make an empty one, for a cluster job to fill
    Init {
        /// Where.
        #[command(flatten)]
        dir: StoreDir,
        /// Time zone of its days and weeks [default: UTC]
        #[arg(long, value_name = "ZONE")]
        tz: Option<chrono_tz::Tz>,
        /// File with the key of its pseudonyms, instead of one that is made and kept in the store
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
        /// Whether its rows are redacted
        #[arg(long, value_name = "on|off", default_value = "on")]
        redact: super::Switch,
    },
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
            Self::Init { dir, .. }
            | Self::Stats { dir, .. }
            | Self::Verify { dir }
            | Self::Compact { dir }
            | Self::Forget { dir, .. }
            | Self::Upgrade { dir } => dir,
        }
    }
}
