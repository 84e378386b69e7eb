//! `scan`: uploads on standard input, their rows and receipts on standard output; the worker of a cluster job.

use super::args::{Global, ScanArgs};
use super::exit::{DONE, Failure};
use super::fleet;
use super::reading::{load_profiles, warn};
use super::resolve::resolve;
use crate::fleet::encode::Encoder;
use crate::fleet::input::requests;
use crate::fleet::supervisor::{Outcome, Supervisor};
use crate::redact::{Door, Key};
use anyhow::Context;
use std::io::{BufWriter, ErrorKind, IsTerminal, Write};

/// Runs the command.
pub fn run(global: &Global, args: &ScanArgs) -> Result<u8, Failure> {
    let mut resolved = resolve(global, &args.how, None, None)?;
    resolved.settings.source.limits.max_expanded_bytes = args.max_expanded.bytes;
    if fleet::is_worker() {
        fleet::bound(&args.workers, &resolved)?;
    }
    let profiles = load_profiles(resolved.settings.profiles_dir.as_deref())?;
    let key = match Key::given(resolved.key_file.as_deref()).map_err(Failure::usage)? {
        Some(key) => key,
        None if resolved.settings.redact => {
            return Err(Failure::usage(
                "a scan needs the key of pseudonyms, or each machine would name users differently: give --key-file, WHYUNSENT_KEY or --redact off",
            ));
        }
        None => Key::new([0; 32]),
    };
    if let Some(wanted) = args.store_key.as_ref().filter(|wanted| **wanted != key.fingerprint()) {
        let own = key.fingerprint();
        return Err(Failure::usage(format!("the key's fingerprint is {own}, the store's {wanted}: its users would count twice")));
    }
    let encoder = Encoder::new(args.output, args.store_zone)?;
    if fleet::is_worker() {
        fleet::serve(&args.workers, &resolved, &profiles, &key, &encoder)?;
        return Ok(DONE);
    }
    if std::io::stdin().is_terminal() {
        return Err(Failure::usage("a scan reads uploads from standard input, a path a line: `ls -d logs/* | whyunsent scan`"));
    }
    if !resolved.settings.redact && !global.quiet {
        warn("redaction is off: the output holds text of the logs as it is");
    }
    let (door, rules) = (Door::new(resolved.settings.redact, key), profiles.version());
    let supervisor = Supervisor {
        command: &fleet::command,
        workers: resolved.settings.jobs,
        timeout: args.workers.timeout(),
        receipt: &|lost| fleet::receipt(&door, &encoder, &rules, lost),
    };
    let mut out = BufWriter::new(std::io::stdout());
    give(&mut out, encoder.head())?;
    supervisor.run(requests(args.input, args.root.as_deref(), std::io::stdin()), &mut |outcome| match outcome {
        Outcome::Rows(rows) => give(&mut out, &rows),
        // Each is told by its receipt; on a cluster nobody reads the standard error of a thousand machines.
        Outcome::Problems(_) => Ok(()),
        Outcome::End => flush(&mut out),
    })?;
    give(&mut out, encoder.foot())?;
    flush(&mut out)?;
    Ok(DONE)
}

fn give(out: &mut impl Write, bytes: &[u8]) -> anyhow::Result<()> {
    or_end(out.write_all(bytes))
}

fn flush(out: &mut impl Write) -> anyhow::Result<()> {
    or_end(out.flush())
}

/// Where nobody reads any more the work is over, even while an upload is read and standard input is open: workers die with
/// this process.
fn or_end(written: std::io::Result<()>) -> anyhow::Result<()> {
    if written.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
        std::process::exit(DONE.into());
    }
    written.context("cannot write to standard output")
}
