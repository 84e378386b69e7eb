//! `cat`: the decoded text of logs, whatever they are packed in.

use super::args::{CatArgs, Global};
use super::exit::{DONE, Failure};
use super::output::Output;
use super::reading::{confine, door, nothing_readable, paths, tell};
use super::resolve::resolve;
use crate::redact::printable;
use anyhow::Context;
use std::io::Write;

/// Runs the command.
pub fn run(global: &Global, args: &CatArgs) -> Result<u8, Failure> {
    let resolved = resolve(global, &args.read.how, None, None)?;
    let paths = paths(&args.read)?;
    let door = door(global, &resolved)?;
    confine(&resolved, &args.read, &paths, args.output.as_deref());
    let output = Output::open(args.output.as_deref())?;
    let terminal = output.is_terminal();
    let (mut stream, gone) = output.stream()?;
    let mut stream = std::io::BufWriter::new(&mut stream);
    let failed = || format!("cannot write {}", output.name());
    let mut given = false;
    let read = crate::cat(&paths, &resolved.settings, &mut |piece| {
        given = true;
        if !door.is_on() && !terminal {
            return stream.write_all(piece).with_context(failed);
        }
        let text = door.text(&String::from_utf8_lossy(piece));
        let shown = if terminal { shown(&text) } else { text };
        stream.write_all(shown.as_bytes()).with_context(failed)
    });
    let stopped = read.is_err();
    let summary = gone.forgive(read)?;
    gone.forgive(stream.flush().with_context(failed))?;
    drop(stream);
    output.complete()?;
    if stopped {
        return Ok(DONE);
    }
    tell(&summary, &door, args.read.problems.as_deref(), global.quiet)?;
    if given { Ok(DONE) } else { Err(nothing_readable(&summary)) }
}

/// A line without what steers a terminal.
fn shown(line: &str) -> String {
    let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
    format!("{}{end}", printable(body))
}
