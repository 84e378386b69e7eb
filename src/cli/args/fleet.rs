//! Commands of cluster jobs, and what they share with an isolated ingest.

use super::HowArgs;
use crate::cli::spelled::{Bytes, Duration};
use crate::fleet::encode::Form;
use crate::fleet::input;
use crate::fleet::schema::Dialect;
use chrono_tz::Tz;
use clap::Args;

/// How long a worker may take for one upload.
const FILE_TIMEOUT: Duration = Duration { ms: 60_000 };
/// What a worker may use.
const WORKER_MEMORY: Bytes = Bytes { bytes: 2 << 30 };
/// What one input of a scan may expand to.
const MAX_EXPANDED: Bytes = Bytes { bytes: 512 << 20 };

/// `scan`.
#[derive(Args, Debug)]
pub struct ScanArgs {
    /// What standard input holds: paths or arrow
    #[arg(long = "in", value_name = "FORM", default_value_t)]
    pub input: input::Form,
    /// Form of the rows: ndjson or arrow
    #[arg(long = "out", value_name = "FORM", default_value_t)]
    pub output: Form,
    /// What paths are told relative to: the directory that a local run would be given
    #[arg(long, value_name = "DIR|URL")]
    pub root: Option<String>,
    /// Decoded bytes that one input may expand to
    #[arg(long, value_name = "SIZE", default_value_t = MAX_EXPANDED)]
    pub max_expanded: Bytes,
    /// Add the columns `input` and `week` for a job that fills a store of this zone
    #[arg(long, value_name = "ZONE")]
    pub store_zone: Option<Tz>,
    /// Refuse any key but the one with this fingerprint: that of the store's `STORE.json`
    #[arg(long, value_name = "FINGERPRINT")]
    pub store_key: Option<String>,
    /// Those who read.
    #[command(flatten)]
    pub workers: WorkerArgs,
    /// How logs are read and judged.
    #[command(flatten)]
    pub how: HowArgs,
}

/// Processes that read.
#[derive(Args, Clone, Debug)]
pub struct WorkerArgs {
    /// How long a worker may take for one upload
    #[arg(long, value_name = "DURATION", default_value_t = FILE_TIMEOUT, help_heading = "Isolation")]
    pub file_timeout: Duration,
    /// Memory that a worker may use
    #[arg(long, value_name = "SIZE", default_value_t = WORKER_MEMORY, help_heading = "Isolation")]
    pub worker_memory: Bytes,
    /// For tests: a worker crashes on uploads whose path holds this
    #[arg(long, value_name = "TEXT", hide = true)]
    pub test_crash: Option<String>,
    /// For tests: a worker hangs on uploads whose path holds this
    #[arg(long, value_name = "TEXT", hide = true)]
    pub test_hang: Option<String>,
    /// For tests: a worker takes at least so long for each upload
    #[arg(long, value_name = "DURATION", hide = true)]
    pub test_delay: Option<Duration>,
}

impl WorkerArgs {
    /// How long a worker may take for one upload.
    #[must_use]
    pub fn timeout(&self) -> std::time::Duration {
        self.file_timeout.time()
    }
}

/// `schema`.
#[derive(Args, Debug)]
pub struct SchemaArgs {
    /// How it is said: json, spark-ddl, clickhouse or duckdb
    #[arg(long, value_name = "FORM", default_value_t)]
    pub format: Dialect,
    /// With the columns that `scan --store-zone` adds
    #[arg(long)]
    pub for_store: bool,
}
