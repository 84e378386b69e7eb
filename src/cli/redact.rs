//! `redact`: the same uploads without what is personal, fit for an issue tracker.

use super::args::{Global, RedactArgs};
use super::exit::{DONE, Failure};
use super::interrupt;
use super::output::Output;
use super::reading::{confine, door, nothing_readable, paths, tell};
use super::resolve::resolve;

/// Runs the command.
pub fn run(global: &Global, args: &RedactArgs) -> Result<u8, Failure> {
    let resolved = resolve(global, &args.read.how, None, None)?;
    if !resolved.settings.redact {
        return Err(Failure::usage("`redact` with `--redact off` would only copy; leave it out"));
    }
    let door = door(global, &resolved)?;
    let paths = paths(&args.read)?;
    confine(&resolved, &args.read, &paths, Some(&args.output));
    let output = Output::open(Some(&args.output))?;
    if output.is_terminal() {
        return Err(Failure::usage("an archive is nothing for a terminal: give `-o OUT.zip`, or a pipe"));
    }
    let (stream, gone) = output.stream()?;
    interrupt::watch();
    let stream = std::io::BufWriter::new(interrupt::Stoppable(stream));
    let written = crate::share(&paths, &resolved.settings, &door, stream);
    if interrupt::is_stopped() {
        return Err(interrupt::failure());
    }
    let stopped = written.is_err();
    let summary = gone.forgive(written)?;
    if stopped {
        return Ok(DONE);
    }
    tell(&summary, &door, args.read.problems.as_deref(), global.quiet)?;
    if summary.files == 0 {
        return Err(nothing_readable(&summary));
    }
    output.complete()?;
    Ok(DONE)
}
