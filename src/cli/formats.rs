//! `formats`: the forms of log that are known.

use super::args::{FormatsArgs, Global};
use super::exit::{DONE, Failure};
use super::listing;

/// Runs the command.
pub fn run(_: &Global, args: &FormatsArgs) -> Result<u8, Failure> {
    let rows: Vec<Vec<String>> =
        crate::format::formats().iter().map(|f| vec![f.id.to_owned(), f.title.to_owned(), f.reference.to_owned()]).collect();
    listing::print(&["id", "title", "reference"], &rows, args.format)?;
    Ok(DONE)
}
