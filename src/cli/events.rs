//! `events`: the rows behind the report.

use super::args::{EventsArgs, Global};
use super::exit::{DONE, Failure};
use super::output::Output;
use super::reading::Reading;
use crate::taxonomy::Kind;
use anyhow::Context;

/// Runs the command.
pub fn run(global: &Global, args: &EventsArgs) -> Result<u8, Failure> {
    let output = Output::open(args.output.as_deref())?;
    if args.format.is_binary() && output.is_terminal() {
        return Err(Failure::usage(format!("{} is not for a terminal; give a file with -o or a pipe", args.format)));
    }
    let mut reading = Reading::prepare(global, &args.read, &args.select, None, args.output.as_deref())?;
    if args.receipts {
        reading = reading.accounting_for_all();
    }
    let (stream, gone) = output.stream()?;
    let failed = || format!("cannot write {}", output.name());
    let mut writer = gone.forgive(args.format.writer(stream).with_context(failed).map(Some))?;
    let receipts = args.receipts;
    reading.run(&gone, &mut |mut rows| {
        rows.retain(|row| receipts || row.kind != Kind::Upload);
        writer.as_mut().map_or(Ok(()), |writer| writer.write(rows).with_context(failed))
    })?;
    if let Some(writer) = writer {
        gone.forgive(writer.finish().with_context(failed))?;
    }
    output.complete()?;
    Ok(DONE)
}
