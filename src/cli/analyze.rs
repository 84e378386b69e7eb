//! `analyze`: reads logs and prints the failure report.

use super::args::{AnalyzeArgs, Global, When};
use super::exit::{DONE, Failure};
use super::output::{Gone, Output};
use super::reading::Reading;
use crate::report::render::{csv_long, csv_tables, html, markdown, terminal};
use crate::report::{Form, Rendering, View, compose, json};
use crate::stats::blame::verdict::Known;
use crate::stats::{Collector, Dimension, Facts};
use anyhow::Context;
use std::path::Path;

/// Most messages that a page lists one by one.
const LISTED_MAX: usize = 2_000;

/// Runs the command.
pub fn run(global: &Global, args: &AnalyzeArgs) -> Result<u8, Failure> {
    let reading = Reading::prepare(global, &args.read, &args.select, args.form.top, args.form.output.as_deref())?.citing_losses();
    let facts = facts(&reading, distinct(&args.by), args.select.with_emulators(), listed(args.form.format))?;
    let resolved = &reading.resolved;
    let view = View { lang: resolved.lang, zone: resolved.zone, top: resolved.top };
    write_report(&facts, &view, args.form.format, args.form.output.as_deref(), |output| rendering(output, resolved.color))?;
    Ok(DONE)
}

/// Writes a report in a form to a place: a file, a directory of tables, or standard output.
pub(super) fn write_report(
    facts: &Facts,
    view: &View,
    format: Form,
    target: Option<&Path>,
    rendering: impl Fn(&Output) -> Rendering,
) -> Result<(), Failure> {
    if let (Form::Csv, Some(dir)) = (format, target.filter(|path| is_directory(path))) {
        return write_tables(facts, view, dir);
    }
    let output = Output::open(target)?;
    let text = match format {
        Form::Json => json::render(facts),
        Form::Markdown => markdown(&compose(facts, view), view),
        Form::Html => html(facts, view),
        Form::Csv => csv_long(&compose(facts, view)),
        Form::Table => terminal(&compose(facts, view), view, rendering(&output)),
    };
    output.write_all(&text)?;
    Ok(())
}

/// Messages that a form lists one by one: a page where figures lead to them.
pub(super) fn listed(form: Form) -> usize {
    if form == Form::Html { LISTED_MAX } else { 0 }
}

/// Dimensions, each once.
pub(super) fn distinct(by: &[Dimension]) -> Vec<Dimension> {
    let mut all: Vec<Dimension> = Vec::new();
    for dimension in by {
        if !all.contains(dimension) {
            all.push(*dimension);
        }
    }
    all
}

/// The facts of what is read.
pub(super) fn facts(reading: &Reading, by: Vec<Dimension>, with_emulators: bool, listed: usize) -> Result<Facts, Failure> {
    let mut collector = Collector::new(by, reading.resolved.zone)
        .with_known(reading.resolved.help.known.clone())
        .with_emulators(with_emulators)
        .with_listing(listed);
    let summary = reading.run(&Gone::default(), &mut |rows| {
        collector.add(&rows);
        Ok(())
    })?;
    let mut facts = collector.finish(&Known::default());
    facts.input.files_skipped = summary.files_skipped;
    facts.input.files_unreadable = summary.files_unreadable;
    let settings = &reading.resolved.settings;
    facts.scope.selection.clone_from(&reading.selection.typed);
    facts.scope.delayed_after_ms = settings.delayed_after_ms;
    facts.scope.pending_after_ms = settings.pending_after_ms;
    facts.scope.redacted = settings.redact;
    Ok(facts)
}

pub(super) fn rendering(output: &Output, color: When) -> Rendering {
    let terminal = output.is_terminal();
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let color = match color {
        When::Always => true,
        When::Never => false,
        When::Auto => terminal && !no_color,
    };
    Rendering { color, width: comfy_table::Table::new().width().filter(|_| terminal) }
}

/// Tables go into a directory: one that is there, or a name without extension.
fn is_directory(path: &Path) -> bool {
    path.is_dir() || (!path.exists() && path != Path::new("-") && path.extension().is_none())
}

fn write_tables(facts: &Facts, view: &View, dir: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make the directory {}", dir.display()))?;
    for file in csv_tables(&compose(facts, view)) {
        Output::open(Some(&dir.join(file.name)))?.write_all(&file.text)?;
    }
    Ok(())
}
