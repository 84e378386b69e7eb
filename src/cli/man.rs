//! `man`: the manual page, made from the command line itself.

use super::args::{Cli, ManArgs};
use super::exit::{DONE, Failure};
use super::output::Output;
use anyhow::Context;
use clap::CommandFactory;
use std::path::Path;

/// Runs the command.
pub fn run(args: &ManArgs) -> Result<u8, Failure> {
    let command = Cli::command();
    if let Some(dir) = &args.output {
        pages(command, dir)?;
    } else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).context("cannot write the manual page")?;
        Output::Stdout.write_all(&String::from_utf8_lossy(&page))?;
    }
    Ok(DONE)
}

fn pages(command: clap::Command, dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make the directory {}", dir.display()))?;
    clap_mangen::generate_to(command, dir).with_context(|| format!("cannot write the manual pages into {}", dir.display()))
}
