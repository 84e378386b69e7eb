//! `detect`: what each file was taken for, in which upload, and why.

use super::args::{DetectArgs, Global};
use super::exit::{DONE, Failure};
use super::listing;
use super::reading::{confine, load_profiles, nothing_readable, paths, tell, warn};
use super::resolve::resolve;
use crate::redact::{Door, Key};

/// Runs the command.
pub fn run(global: &Global, args: &DetectArgs) -> Result<u8, Failure> {
    let resolved = resolve(global, &args.read.how, None, None)?;
    let (key, warning) = Key::resolve(resolved.key_file.as_deref()).map_err(Failure::usage)?;
    if let Some(warning) = warning.filter(|_| resolved.settings.redact && !global.quiet) {
        warn(&warning);
    }
    let door = Door::new(resolved.settings.redact, key);
    let paths = paths(&args.read)?;
    confine(&resolved, &args.read, &paths, None);
    let profiles = load_profiles(resolved.settings.profiles_dir.as_deref())?;
    let (found, summary) = crate::detect(&paths, &resolved.settings, &profiles)?;
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|d| {
            let runner_up = d.runner_up.as_ref().map(|(id, score)| format!("{id} {score:.2}")).unwrap_or_default();
            vec![door.path(&d.file), door.path(&d.upload), d.format.clone(), format!("{:.2}", d.score), d.why.clone(), runner_up]
        })
        .collect();
    listing::print(&["file", "upload", "format", "score", "why", "runner_up"], &rows, args.format)?;
    tell(&summary, &door, args.read.problems.as_deref(), global.quiet)?;
    if found.is_empty() { Err(nothing_readable(&summary)) } else { Ok(DONE) }
}
