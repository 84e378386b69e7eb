//! `completions`: what a shell needs to complete arguments.

use super::args::{Cli, CompletionsArgs};
use super::exit::{DONE, Failure};
use super::output::Output;
use clap::CommandFactory;

/// Runs the command.
pub fn run(args: &CompletionsArgs) -> Result<u8, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "whyunsent", &mut text);
    Output::Stdout.write_all(&String::from_utf8_lossy(&text))?;
    Ok(DONE)
}
