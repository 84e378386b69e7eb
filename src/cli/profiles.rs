//! `profiles`: lists, shows, checks, compares and begins the profiles of apps.

use super::args::{Global, HowArgs, ListFormat, ProfilesArgs, ProfilesCommand};
use super::exit::{BREACHED, DONE, Failure};
use super::listing;
use super::output::Output;
use super::progress::Bar;
use super::reading::{load_profiles, nothing_readable};
use super::resolve::{Resolved, resolve};
use crate::Summary;
use crate::pipeline::{Coverage, Told};
use crate::profile::Profiles;
use crate::redact::{Door, Key};
use crate::settings::Settings;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Aim for the share of an app's records that become marks.
const MARKED_AIM_PERCENT: f64 = 5.0;

/// Runs the command.
pub fn run(global: &Global, args: &ProfilesArgs) -> Result<u8, Failure> {
    let read = HowArgs { profiles: args.profiles.clone(), ..HowArgs::default() };
    let resolved = resolve(global, &read, None, None)?;
    let load = || load_profiles(resolved.settings.profiles_dir.as_deref());
    match &args.command {
        ProfilesCommand::List { format } => list(&load()?, *format),
        ProfilesCommand::Show { id } => show(&load()?, id),
        ProfilesCommand::Literals { form } => literals(&load()?, form.as_deref()),
        ProfilesCommand::Check { coverage, top } => {
            let profiles = load()?;
            let code = check(&profiles)?;
            if !coverage.is_empty() {
                cover(coverage, &resolved.settings, &profiles, *top)?;
            }
            Ok(code)
        }
        ProfilesCommand::Diff { old, new, paths, format } => diff(global, &resolved, (old, new), paths, *format),
        ProfilesCommand::New { app, from, output } => begin(app, from, output, &resolved, &load()?),
    }
}

fn list(profiles: &Profiles, format: ListFormat) -> Result<u8, Failure> {
    let rows: Vec<Vec<String>> = profiles
        .list()
        .into_iter()
        .map(|p| vec![p.id, p.name, p.kind.to_owned(), p.steps.to_string(), p.rules.to_string(), p.cases.to_string(), p.origin])
        .collect();
    listing::print(&["id", "name", "kind", "steps", "rules", "cases", "origin"], &rows, format)?;
    Ok(DONE)
}

fn show(profiles: &Profiles, id: &str) -> Result<u8, Failure> {
    let known = || profiles.list().into_iter().map(|p| p.id).collect::<Vec<_>>().join(", ");
    let text = profiles.show(id).ok_or_else(|| Failure::usage(format!("profile `{id}` is not known (known: {})", known())))?;
    Output::Stdout.write_all(&text)?;
    Ok(DONE)
}

fn literals(profiles: &Profiles, form: Option<&str>) -> Result<u8, Failure> {
    if let Some(form) = form.filter(|form| crate::format::formats().iter().all(|f| f.id != *form)) {
        return Err(Failure::usage(format!("form `{form}` is not known; `whyunsent formats` lists them")));
    }
    Output::Stdout.write_all(&profiles.literals(form).into_iter().map(|literal| literal + "\n").collect::<String>())?;
    Ok(DONE)
}

fn check(profiles: &Profiles) -> Result<u8, Failure> {
    let mut problems = profiles.check_examples();
    problems.extend(crate::check_cases(profiles));
    let lines: String = problems.iter().map(|p| p.to_string() + "\n").collect();
    let list = profiles.list();
    let cases: usize = list.iter().map(|p| p.cases).sum();
    let told = format!("{lines}{} profiles, {cases} cases, {} problems\n", list.len(), problems.len());
    Output::Stdout.write_all(&told)?;
    Ok(if problems.is_empty() { DONE } else { BREACHED })
}

fn cover(paths: &[PathBuf], settings: &Settings, profiles: &Profiles, top: usize) -> Result<(), Failure> {
    let (Coverage { apps, statements }, summary) = crate::coverage(paths, settings, profiles)?;
    if apps.iter().all(|a| a.records == 0) {
        return Err(nothing_readable(&summary));
    }
    let row = |a: &crate::pipeline::AppCoverage| {
        let percent = crate::stats::interval::ratio(a.marked, a.records) * 100.0;
        let note = if a.records > 0 && percent >= MARKED_AIM_PERCENT { format!("over {MARKED_AIM_PERCENT} %") } else { String::new() };
        vec![a.profile.clone(), a.uploads.to_string(), a.records.to_string(), a.marked.to_string(), format!("{percent:.2}"), note]
    };
    let rows: Vec<Vec<String>> = apps.iter().map(row).collect();
    listing::print(&["profile", "uploads", "records", "marked", "marked_percent", "note"], &rows, ListFormat::Table)?;
    Output::Stdout.write_all("\n")?;
    let cost = |s: &crate::pipeline::StatementCost| {
        vec![s.id.clone(), s.tried.to_string(), s.matched.to_string(), s.tried.saturating_sub(s.matched).to_string()]
    };
    let rows: Vec<Vec<String>> = statements.iter().take(top).map(cost).collect();
    listing::print(&["statement", "tried", "matched", "in_vain"], &rows, ListFormat::Table)?;
    Ok(())
}

fn diff(global: &Global, resolved: &Resolved, (old, new): (&Path, &Path), paths: &[PathBuf], format: ListFormat) -> Result<u8, Failure> {
    let load = |dir: &Path| load_profiles(Some(dir).filter(|d| *d != Path::new("builtin")));
    let (old, new) = (load(old)?, load(new)?);
    let (key, _) = Key::resolve(resolved.key_file.as_deref()).map_err(Failure::usage)?;
    let bar = Bar::new(!global.quiet);
    let result = crate::difference(paths, &resolved.settings, (&old, &new), &key, &bar);
    bar.finish();
    let (found, summary) = result?;
    let door = Door::new(resolved.settings.redact, key);
    super::reading::tell(&summary, &door, None, global.quiet)?;
    if is_nothing(&summary) {
        return Err(nothing_readable(&summary));
    }
    let side = |told: Option<&Told>| told.map_or_else(|| "-".to_owned(), words);
    let rows: Vec<Vec<String>> =
        found.changed.iter().map(|c| vec![c.upload.clone(), c.what.clone(), side(c.old.as_ref()), side(c.new.as_ref())]).collect();
    if format == ListFormat::Ndjson || !rows.is_empty() {
        listing::print(&["upload", "what", "old", "new"], &rows, format)?;
    }
    if format == ListFormat::Table {
        Output::Stdout.write_all(&format!("{} verdicts differ, {} are the same\n", rows.len(), found.same))?;
    }
    Ok(DONE)
}

fn is_nothing(summary: &Summary) -> bool {
    summary.uploads == 0
}

/// A verdict in one cell.
fn words(told: &Told) -> String {
    let mut text = told.outcome.map_or_else(|| told.kind.as_str().to_owned(), |o| o.as_str().to_owned());
    if let Some(cause) = told.cause {
        let _ = write!(text, " {cause}");
    }
    if let Some(rule) = &told.rule {
        let _ = write!(text, " ({rule})");
    }
    text
}

fn begin(app: &str, from: &[PathBuf], dir: &Path, resolved: &Resolved, profiles: &Profiles) -> Result<u8, Failure> {
    let id: String =
        app.trim().to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|p| !p.is_empty()).collect::<Vec<_>>().join("-");
    if id.is_empty() || !id.is_ascii() {
        return Err(Failure::usage(format!("`{app}` gives no id: letters a to z and digits are needed")));
    }
    if profiles.all.iter().any(|p| p.file.app.id == id) {
        return Err(Failure::usage(format!("profile `{id}` is there already; `whyunsent profiles show {id}` prints it")));
    }
    let path = dir.join(format!("{id}.toml"));
    if path.exists() {
        return Err(Failure::usage(format!("{} is there already", path.display())));
    }
    let (key, _) = Key::resolve(resolved.key_file.as_deref()).map_err(Failure::usage)?;
    let stub = crate::stub(&id, &app.replace(['"', '\\', '\n'], ""), from, &resolved.settings, profiles, &key)?;
    std::fs::create_dir_all(dir).map_err(anyhow::Error::from)?;
    Output::open(Some(&path))?.write_all(&stub.toml)?;
    let told = format!(
        "{}: {} steps, {} rules; next: whyunsent profiles check --profiles {}\n",
        path.display(),
        stub.steps,
        stub.rules,
        dir.display()
    );
    Output::Stdout.write_all(&told)?;
    Ok(DONE)
}
