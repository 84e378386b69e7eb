//! The command line: what comes in are arguments, what goes out are an exit code, output on standard
//! output or in files, and problems on standard error.
//!
//! [`args`] is what was typed, [`resolve`] what it means together with configuration, environment
//! and defaults. Each command is one file named by its verb with one `run`.

pub mod args;
pub mod config_file;
pub mod exit;
pub mod resolve;
pub mod select;
pub mod spelled;

mod analyze;
mod cat;
mod check;
mod completions;
mod config;
mod detect;
mod diff;
mod events;
mod explain;
mod fleet;
mod formats;
mod ingest;
mod interrupt;
mod listing;
mod man;
mod output;
mod problems;
mod profiles;
mod progress;
mod reading;
mod redact;
mod report;
mod sandbox;
mod scan;
mod schema;
mod store;
mod templates;
mod unknowns;
mod versions;

use args::{Cli, Command};
use clap::{CommandFactory, FromArgMatches};
use exit::Failure;
use std::io::Write;
use std::process::ExitCode;

/// Parses the arguments, runs the command and says how it went.
#[must_use]
pub fn run() -> ExitCode {
    // Counts, a store or a report stand in for paths.
    let instead = |others: &'static [&'static str]| {
        move |command: clap::Command| command.mut_arg("paths", |paths| paths.required_unless_present_any(others))
    };
    let command = Cli::command()
        .mut_subcommand("versions", instead(&["files_from", "from_counts", "store"]))
        .mut_subcommand("explain", instead(&["files_from", "store"]))
        .mut_subcommand("unknowns", instead(&["files_from", "store"]))
        .mut_subcommand("check", instead(&["files_from", "store", "report"]));
    let matches = command.get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match dispatch(&cli) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            say_error(&failure);
            ExitCode::from(failure.code)
        }
    }
}

fn dispatch(cli: &Cli) -> Result<u8, Failure> {
    match &cli.command {
        Command::Analyze(args) => analyze::run(&cli.global, args),
        Command::Events(args) => events::run(&cli.global, args),
        Command::Versions(args) => versions::run(&cli.global, args),
        Command::Ingest(args) => ingest::run(&cli.global, args),
        Command::Report(args) => report::run(&cli.global, args),
        Command::Check(args) => check::run(&cli.global, args),
        Command::Diff(args) => diff::run(&cli.global, args),
        Command::Store(args) => store::run(&cli.global, args),
        Command::Explain(args) => explain::run(&cli.global, args),
        Command::Detect(args) => detect::run(&cli.global, args),
        Command::Cat(args) => cat::run(&cli.global, args),
        Command::Redact(args) => redact::run(&cli.global, args),
        Command::Templates(args) => templates::run(&cli.global, args),
        Command::Unknowns(args) => unknowns::run(&cli.global, args),
        Command::Scan(args) => scan::run(&cli.global, args),
        Command::Schema(args) => schema::run(args),
        Command::Formats(args) => formats::run(&cli.global, args),
        Command::Profiles(args) => profiles::run(&cli.global, args),
        Command::Config(args) => config::run(&cli.global, args),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
    }
}

/// One line on standard error; a closed one is no reason to fail.
fn say_error(failure: &Failure) {
    let _ = writeln!(std::io::stderr(), "error: {:#}", failure.error);
}
