//! `report`: the weekly failure report of a store.

use super::analyze::{distinct, listed, rendering, write_report};
use super::args::{Global, HowArgs, ReportArgs, SelectArgs};
use super::exit::{DONE, Failure};
use super::output::Output;
use super::reading::{note, warn};
use super::resolve::{Resolved, resolve};
use super::select::Selection;
use super::store::key_in;
use crate::report::View;
use crate::stats::blame::population::Population;
use crate::stats::blame::releases::Releases;
use crate::stats::blame::verdict::Known;
use crate::stats::weekly::load::Ask;
use crate::stats::weekly::published::{Published, publish};
use crate::stats::{Dimension, Facts};
use crate::store::layout::Store;
use crate::store::read::weeks;
use crate::store::reports;
use crate::store::week::Week;
use crate::words::Phrase;
use chrono::Utc;

/// Runs the command.
pub fn run(global: &Global, args: &ReportArgs) -> Result<u8, Failure> {
    let mut resolved = resolve(global, &HowArgs::default(), args.form.top, args.select.exclude_users.clone())?;
    let store = Store::open(&args.store)?;
    resolved.zone = store.zone;
    let view = View { lang: resolved.lang, zone: resolved.zone, top: resolved.top };
    let releases = args.known.releases.as_deref().map(|path| super::versions::table(path, "releases", Releases::read)).transpose()?;
    let population =
        args.known.population.as_deref().map(|path| super::versions::table(path, "active users", Population::read)).transpose()?;
    let known = Known { releases: releases.as_ref(), population: population.as_ref() };
    let week = match args.week {
        Some(week) => week,
        None => last_full_week(&store)?,
    };
    let selection = selection(&store, &args.select, &resolved)?;
    let facts = ask(&store, &selection, &args.select, &resolved, known, distinct(&args.by), listed(args.form.format))?.report(week)?;
    if facts.messages.attempted == 0 && facts.input.bundles == 0 {
        return Err(empty(&store, week)?);
    }
    if args.publish {
        let weekly = facts.weekly.as_deref().ok_or_else(|| Failure::usage("a weekly report has a week"))?;
        let before: Vec<Published> = reports::before(&store, week)?;
        store.must_be_writable()?;
        let _lock = Store::lock(store.root(), || warn(&view.say(Phrase::StoreWaits, &[])))?;
        let revision = reports::publish(&store, week, &publish(&facts, weekly, &before))?;
        if !global.quiet {
            note(&view.say(Phrase::Published, &[("week", &week.to_string()), ("revision", &revision.to_string())]));
        }
    }
    write_report(&facts, &view, args.form.format, args.form.output.as_deref(), |output: &Output| rendering(output, resolved.color))?;
    Ok(DONE)
}

/// The selection of rows of a store, whose key tells the users to leave out.
pub(super) fn selection(store: &Store, select: &SelectArgs, resolved: &Resolved) -> Result<Selection, Failure> {
    let key = key_in(store, resolved.key_file.as_deref())?;
    let mut resolved = resolved.clone();
    resolved.settings.redact = store.info.key.is_some();
    Selection::new(select, &resolved, &key)
}

/// What a command asks of a store.
pub(super) fn ask<'a>(
    store: &'a Store,
    selection: &'a Selection,
    select: &SelectArgs,
    resolved: &Resolved,
    known: Known<'a>,
    by: Vec<Dimension>,
    listed: usize,
) -> Result<Ask<'a>, Failure> {
    Ok(Ask {
        store,
        commits: store.commits()?,
        selection: selection.typed.clone(),
        keeps: selection,
        by,
        listed,
        issues: resolved.help.known.clone(),
        known,
        with_emulators: select.with_emulators(),
        targets: resolved.targets,
    })
}

/// The last week that is over.
pub(super) fn last_full_week(store: &Store) -> Result<Week, Failure> {
    let now = Week::of(Utc::now().timestamp_micros(), store.zone);
    now.and_then(|week| week.before(1)).ok_or_else(|| Failure::usage("the clock shows no date; give --week"))
}

/// That a week has nothing, and which have.
pub(super) fn empty(store: &Store, week: Week) -> Result<Failure, Failure> {
    let known: Vec<String> = weeks(&store.commits()?).iter().map(ToString::to_string).collect();
    let shown = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Ok(Failure::unreadable(format!("{}: nothing in the week {week}; weeks with uploads: {shown}", store.name())))
}

/// The facts of a store, of one week or of all.
pub(super) fn facts(store: &Store, week: Option<Week>, ask: &Ask<'_>) -> Result<Facts, Failure> {
    let facts = match week {
        Some(week) => ask.report(week)?,
        None => ask.all()?,
    };
    match week {
        Some(week) if facts.messages.attempted == 0 && facts.input.bundles == 0 => Err(empty(store, week)?),
        _ => Ok(facts),
    }
}
