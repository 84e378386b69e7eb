//! Workers of `scan` and of an isolated `ingest`: this program, started once more with the same arguments.

use super::args::WorkerArgs;
use super::resolve::Resolved;
use super::sandbox::{self, Needs};
use super::spelled::Duration;
use crate::fleet::encode::Encoder;
use crate::fleet::supervisor::Lost;
use crate::fleet::worker::{Faults, tie, work};
use crate::pipeline::failed;
use crate::profile::Profiles;
use crate::redact::{Door, Key};
use anyhow::Context;
use std::process::Command;

/// Set for workers.
const VARIABLE: &str = "WHYUNSENT_WORKER";

/// Whether this process is a worker.
pub fn is_worker() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// The command of a worker.
pub fn command() -> anyhow::Result<Command> {
    let program = std::env::current_exe().context("the program cannot find itself to start workers")?;
    let mut command = Command::new(program);
    command.args(std::env::args_os().skip(1)).env(VARIABLE, "1");
    for pool in ["RAYON_NUM_THREADS", "POLARS_MAX_THREADS"] {
        command.env(pool, "1");
    }
    Ok(command)
}

/// Bounds a worker before it does anything else: by memory, and by what it may reach. It reads what it is asked to, from
/// anywhere, and writes to its pipe and to temporary files alone.
pub fn bound(args: &WorkerArgs, resolved: &Resolved) -> anyhow::Result<()> {
    tie(args.worker_memory.bytes)?;
    if resolved.sandbox {
        sandbox::enter(&Needs { reads: None, writes: Vec::new() });
    }
    Ok(())
}

/// Works as a worker. The number of jobs is that of workers, each of one thread.
pub fn serve(args: &WorkerArgs, resolved: &Resolved, profiles: &Profiles, key: &Key, encoder: &Encoder) -> anyhow::Result<()> {
    let settings = crate::settings::Settings { jobs: 1, looks_around: true, ..resolved.settings.clone() };
    let faults = Faults {
        crash: args.test_crash.clone(),
        hang: args.test_hang.clone(),
        delay: args.test_delay.map_or_else(Default::default, Duration::time),
    };
    // As one of the pool's threads, of which a worker has one: else each step of each upload changes threads twice.
    let mut worked = Ok(());
    rayon::scope(|_| worked = work(&settings, profiles, key, encoder, &faults));
    worked
}

/// The receipt of an upload that cost a worker, encoded.
pub fn receipt(door: &Door, encoder: &Encoder, rules: &str, lost: Lost<'_>) -> anyhow::Result<Vec<u8>> {
    encoder.rows(&[door.row(failed(lost.path, lost.status, lost.detail, rules))], &[lost.input])
}
