//! `diff`: two weeks or two versions of a store side by side.

use super::analyze::rendering;
use super::args::{DiffArgs, Global, HowArgs, SelectArgs};
use super::exit::{DONE, Failure};
use super::output::Output;
use super::report::{ask, empty, selection};
use super::resolve::{Resolved, resolve};
use crate::report::render::{csv_long, html_plain, markdown, terminal};
use crate::report::{Form, View, diff};
use crate::stats::Facts;
use crate::stats::blame::verdict::Known;
use crate::store::layout::Store;
use crate::store::week::Week;

/// Runs the command.
pub fn run(global: &Global, args: &DiffArgs) -> Result<u8, Failure> {
    let mut resolved = resolve(global, &HowArgs::default(), args.form.top, args.select.exclude_users.clone())?;
    let store = Store::open(&args.store)?;
    resolved.zone = store.zone;
    let view = View { lang: resolved.lang, zone: resolved.zone, top: resolved.top };
    let (a, b) = (side(&store, &args.a, args, &resolved)?, side(&store, &args.b, args, &resolved)?);
    let sides = diff::Sides { names: [&args.a, &args.b], facts: [&a, &b] };
    let output = Output::open(args.form.output.as_deref())?;
    let text = match args.form.format {
        Form::Json => diff::json(&sides),
        Form::Html => html_plain(&|view| diff::compose(&sides, view), &view),
        Form::Markdown => markdown(&diff::compose(&sides, &view), &view),
        Form::Csv => csv_long(&diff::compose(&sides, &view)),
        Form::Table => terminal(&diff::compose(&sides, &view), &view, rendering(&output, resolved.color)),
    };
    output.write_all(&text)?;
    Ok(DONE)
}

/// The facts of a week, or of a version in all weeks.
fn side(store: &Store, name: &str, args: &DiffArgs, resolved: &Resolved) -> Result<Facts, Failure> {
    let week: Option<Week> = name.parse().ok();
    let mut select: SelectArgs = args.select.clone();
    if week.is_none() {
        select.wheres.push(format!("version={name}"));
    }
    let selection = selection(store, &select, resolved)?;
    let ask = ask(store, &selection, &select, resolved, Known::default(), Vec::new(), 0)?;
    let facts = match week {
        Some(week) => ask.week(week)?.0,
        None => ask.all()?,
    };
    match week {
        _ if facts.messages.attempted > 0 => Ok(facts),
        Some(week) => Err(empty(store, week)?),
        None => Err(Failure::unreadable(format!("{}: no messages of the version `{name}`, which is no week either", store.name()))),
    }
}
