//! `versions`: which versions are to blame, where failures concentrate, and what to update to.

use super::analyze::rendering;
use super::args::{Global, VersionsArgs};
use super::exit::{DONE, Failure};
use super::output::{Gone, Output};
use super::reading::Reading;
use super::resolve::{Resolved, resolve};
use crate::report::render::{csv_long, markdown, terminal};
use crate::report::versions::{self, Told};
use crate::report::{Form, View};
use crate::stats::blame::baseline;
use crate::stats::blame::counts::{self, Family};
use crate::stats::blame::judged::judge;
use crate::stats::blame::messages::Measure;
use crate::stats::blame::population::Population;
use crate::stats::blame::releases::Releases;
use crate::stats::blame::verdict::Known;
use crate::stats::table::Level;
use crate::stats::{Collector, Dimension, Facts};
use std::path::Path;

/// Greatest table of counts.
const TABLE_BYTES_MAX: u64 = 1 << 30;

/// Runs the command.
pub fn run(global: &Global, args: &VersionsArgs) -> Result<u8, Failure> {
    let releases = args.releases.as_deref().map(|path| table(path, "releases", Releases::read)).transpose()?;
    let population = args.population.as_deref().map(|path| table(path, "active users", Population::read)).transpose()?;
    let known = Known { releases: releases.as_ref(), population: population.as_ref() };
    let (told, resolved) = match &args.from_counts {
        Some(path) => {
            let mut families = table(path, "counts", counts::read)?;
            if let Some(path) = &args.baseline {
                let before = table(path, "baseline", counts::read)?;
                baseline::offset(&mut families, &before).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
            }
            let told = families.iter().map(|family| Told::of_counts(judge(family, &known))).collect();
            (told, resolve(global, &args.read, args.top, None)?)
        }
        None => of_logs(global, args, &known)?,
    };
    let view = View { lang: resolved.lang, zone: resolved.zone, top: resolved.top };
    let output = Output::open(args.output.as_deref())?;
    let report = || versions::compose(&told, population.is_some(), &view);
    let text = match args.format {
        Form::Json => versions::json::render(&told),
        Form::Markdown => markdown(&report(), &view),
        Form::Csv => csv_long(&report()),
        Form::Table => terminal(&report(), &view, rendering(&output, resolved.color)),
    };
    output.write_all(&text)?;
    Ok(DONE)
}

/// Reads logs and judges by failures that a build can fix; all causes stand beside.
fn of_logs(global: &Global, args: &VersionsArgs, known: &Known<'_>) -> Result<(Vec<Told>, Resolved), Failure> {
    let reading = Reading::prepare(global, &args.read, &args.select, args.top)?;
    let mut collector = Collector::new(Vec::new(), reading.resolved.zone);
    reading.run(&Gone::default(), &mut |rows| {
        collector.add(&rows);
        Ok(())
    })?;
    let (fixable, all) = (collector.families(Measure::Attributable), collector.families(Measure::All));
    let facts = collector.finish()?;
    let told = fixable.iter().map(|family| tell(family, &all, &facts, known)).collect();
    Ok((told, reading.resolved))
}

fn tell(family: &Family, all: &[Family], facts: &Facts, known: &Known<'_>) -> Told {
    let judged = judge(family, known);
    let same = |f: &&Family| (&f.app, &f.os) == (&family.app, &family.os);
    let whole = all.iter().find(same);
    let sums = |version: &str| {
        let rows = whole?.rows.iter().filter(|(names, _)| names.first().is_some_and(|name| name == version));
        Some(rows.fold((0.0, 0.0), |(attempts, unsent), (_, c)| (attempts + c.attempts, unsent + c.unsent)))
    };
    let cause = |version: &str| {
        let is_it = |level: &&Level| {
            let of = |d: Dimension| level.get(d).map(str::to_owned);
            of(Dimension::App) == family.app && of(Dimension::Os) == family.os && level.get(Dimension::Version) == Some(version)
        };
        facts.versions.iter().find(is_it)?.main_cause.map(|c| c.as_str().to_owned())
    };
    let names: Vec<String> = judged.versions.iter().map(|v| v.version.clone()).collect();
    Told { all_causes: names.iter().map(|v| sums(v)).collect(), main_causes: names.iter().map(|v| cause(v)).collect(), judged }
}

/// Reads a table of the user.
fn table<T>(path: &Path, what: &str, read: impl Fn(&[u8]) -> Result<T, String>) -> Result<T, Failure> {
    let shown = path.display();
    let size = std::fs::metadata(path).map_err(|e| Failure::usage(format!("{shown}: cannot read the {what}: {e}")))?.len();
    if size > TABLE_BYTES_MAX {
        return Err(Failure::usage(format!("{shown}: the {what} are larger than {TABLE_BYTES_MAX} bytes")));
    }
    let text = std::fs::read(path).map_err(|e| Failure::usage(format!("{shown}: cannot read the {what}: {e}")))?;
    read(&text).map_err(|e| Failure::usage(format!("{shown}:{e}")))
}
