//! `schema`: the schema of the rows, as engines want it said.

use super::args::SchemaArgs;
use super::exit::{DONE, Failure};
use super::output::Output;

/// Runs the command.
pub fn run(args: &SchemaArgs) -> Result<u8, Failure> {
    Output::Stdout.write_all(&args.format.say(args.for_store))?;
    Ok(DONE)
}
