//! `config show`: each setting, its value and where it comes from.

use super::args::{ConfigArgs, ConfigCommand, Global, HowArgs};
use super::exit::{DONE, Failure};
use super::listing;
use super::resolve::resolve;

/// Runs the command.
pub fn run(global: &Global, args: &ConfigArgs) -> Result<u8, Failure> {
    let ConfigCommand::Show { format } = args.command;
    let resolved = resolve(global, &HowArgs::default(), None, None)?;
    let rows: Vec<Vec<String>> = resolved.shown.into_iter().map(|s| vec![s.name.to_owned(), s.value, s.origin]).collect();
    listing::print(&["setting", "value", "origin"], &rows, format)?;
    Ok(DONE)
}
