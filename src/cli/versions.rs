//! `versions`: which versions are to blame, where failures concentrate, and what to update to.

use super::analyze::rendering;
use super::args::{Global, VersionsArgs};
use super::exit::{DONE, Failure};
use super::output::{Gone, Output};
use super::reading::Reading;
use super::report;
use super::resolve::{Resolved, resolve};
use crate::report::render::{csv_long, html_plain, markdown, terminal};
use crate::report::versions;
use crate::report::{Form, View};
use crate::stats::Collector;
use crate::stats::blame::assess::Blame;
use crate::stats::blame::baseline;
use crate::stats::blame::counts;
use crate::stats::blame::population::Population;
use crate::stats::blame::releases::Releases;
use crate::stats::blame::verdict::Known;
use crate::store::layout::Store;
use std::path::Path;

/// Greatest table of counts.
const TABLE_BYTES_MAX: u64 = 1 << 30;

/// Runs the command.
pub fn run(global: &Global, args: &VersionsArgs) -> Result<u8, Failure> {
    let releases = args.known.releases.as_deref().map(|path| table(path, "releases", Releases::read)).transpose()?;
    let population = args.known.population.as_deref().map(|path| table(path, "active users", Population::read)).transpose()?;
    let known = Known { releases: releases.as_ref(), population: population.as_ref() };
    let (blame, resolved) = match (&args.from_counts, &args.store) {
        (None, Some(root)) => of_store(global, args, root, known)?,
        (Some(path), _) => {
            let mut families = table(path, "counts", counts::read)?;
            if let Some(path) = &args.baseline {
                let before = table(path, "baseline", counts::read)?;
                baseline::offset(&mut families, &before).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
            }
            (Blame::of_counts(&families, &known), resolve(global, &args.read.how, args.form.top, None)?)
        }
        (None, None) => of_logs(global, args, &known)?,
    };
    let view = View { lang: resolved.lang, zone: resolved.zone, top: resolved.top };
    let output = Output::open(args.form.output.as_deref())?;
    let report = || versions::compose(&blame, &view);
    let text = match args.form.format {
        Form::Json => versions::json::render(&blame),
        Form::Markdown => markdown(&report(), &view),
        Form::Html => html_plain(&|view| versions::compose(&blame, view), &view),
        Form::Csv => csv_long(&report()),
        Form::Table => terminal(&report(), &view, rendering(&output, resolved.color)),
    };
    output.write_all(&text)?;
    Ok(DONE)
}

/// Judges what is in a store, or a week of it.
fn of_store(global: &Global, args: &VersionsArgs, root: &Path, known: Known<'_>) -> Result<(Blame, Resolved), Failure> {
    let mut resolved = resolve(global, &args.read.how, args.form.top, args.select.exclude_users.clone())?;
    let store = Store::open(root)?;
    resolved.zone = store.zone;
    let selection = report::selection(&store, &args.select, &resolved)?;
    let ask = report::ask(&store, &selection, &args.select, &resolved, known, Vec::new(), 0)?;
    let facts = report::facts(&store, args.week, &ask)?;
    Ok((facts.blame, resolved))
}

/// Reads logs and judges by failures that a build can fix; all causes stand beside.
fn of_logs(global: &Global, args: &VersionsArgs, known: &Known<'_>) -> Result<(Blame, Resolved), Failure> {
    let reading = Reading::prepare(global, &args.read, &args.select, args.form.top, args.form.output.as_deref())?.citing_losses();
    let mut collector = Collector::new(Vec::new(), reading.resolved.zone).with_emulators(args.select.with_emulators());
    reading.run(&Gone::default(), &mut |rows| {
        collector.add(&rows);
        Ok(())
    })?;
    Ok((collector.finish(known).blame, reading.resolved))
}

/// Reads a table of the user.
pub(super) fn table<T>(path: &Path, what: &str, read: impl Fn(&[u8]) -> Result<T, String>) -> Result<T, Failure> {
    let shown = path.display();
    let size = std::fs::metadata(path).map_err(|e| Failure::usage(format!("{shown}: cannot read the {what}: {e}")))?.len();
    if size > TABLE_BYTES_MAX {
        return Err(Failure::usage(format!("{shown}: the {what} are larger than {TABLE_BYTES_MAX} bytes")));
    }
    let text = std::fs::read(path).map_err(|e| Failure::usage(format!("{shown}: cannot read the {what}: {e}")))?;
    read(&text).map_err(|e| Failure::usage(format!("{shown}:{e}")))
}
