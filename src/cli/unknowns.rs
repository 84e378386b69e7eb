//! `unknowns`: what the failures that no rule explains have in common.

use super::args::{Global, ListFormat, UnknownsArgs};
use super::exit::{DONE, Failure};
use super::listing;
use super::output::{Gone, Output};
use super::reading::{Reading, load_profiles, note};
use super::report::{ask, selection};
use super::resolve::resolve;
use crate::profile::Profiles;
use crate::report::section::unknown::object;
use crate::stats::blame::verdict::Known;
use crate::stats::unknowns::{Cluster, Gathered, Period, SUPPORT_MIN, Unknowns, suggest};
use crate::store::layout::Store;
use std::fmt::Write as _;
use std::mem::ManuallyDrop;
use std::path::Path;

/// Runs the command.
pub fn run(global: &Global, args: &UnknownsArgs) -> Result<u8, Failure> {
    let (mut found, top, profiles) = match &args.store {
        Some(root) => of_store(global, args, root)?,
        None => of_logs(global, args)?,
    };
    let total = total(&found);
    found.clusters.truncate(top);
    if args.suggest_rule {
        Output::Stdout.write_all(&suggest::profile(&found.clusters, &profiles))?;
    } else if args.format == ListFormat::Ndjson {
        let mut text = String::new();
        for cluster in &found.clusters {
            let _ = writeln!(text, "{}", object(cluster, &found));
        }
        Output::Stdout.write_all(&text)?;
    } else if !found.clusters.is_empty() {
        let rows: Vec<Vec<String>> = found.clusters.iter().map(|c| row(c, &found)).collect();
        listing::print(&["id", "unsent", "sent", "phi", "users", "versions", "first seen", "template", "sample"], &rows, args.format)?;
    }
    if !global.quiet {
        note(&total);
    }
    Ok(DONE)
}

fn of_logs(global: &Global, args: &UnknownsArgs) -> Result<(Unknowns, usize, Profiles), Failure> {
    let reading = Reading::prepare(global, &args.read, &args.select, args.top, None)?.looking_around();
    let mut gathered = Gathered::new();
    reading.run(&Gone::default(), &mut |rows| {
        for row in &rows {
            gathered.add(row, Period::Now);
        }
        Ok(())
    })?;
    Ok((gathered.find([0, 0]), reading.resolved.top, ManuallyDrop::into_inner(reading.profiles)))
}

fn of_store(global: &Global, args: &UnknownsArgs, root: &Path) -> Result<(Unknowns, usize, Profiles), Failure> {
    let select = &args.select;
    let mut resolved = resolve(global, &args.read.how, args.top, select.exclude_users.clone())?;
    let store = Store::open(root)?;
    resolved.zone = store.zone;
    let profiles = load_profiles(resolved.settings.profiles_dir.as_deref())?;
    let selection = selection(&store, select, &resolved)?;
    let ask = ask(&store, &selection, select, &resolved, Known::default(), Vec::new(), 0)?;
    Ok((ask.unknowns(args.week, [0, 0])?, resolved.top, profiles))
}

fn row(cluster: &Cluster, found: &Unknowns) -> Vec<String> {
    let sample = cluster.samples.first().map(|s| format!("{}:{}", s.record.file, s.record.line)).unwrap_or_default();
    vec![
        cluster.id.clone(),
        format!("{} of {}", cluster.unsent, found.unexplained),
        format!("{} of {}", cluster.sent, found.sent),
        format!("{:.2}", cluster.phi),
        if cluster.users > 0 { cluster.users.to_string() } else { "-".to_owned() },
        cluster.versions.join(", "),
        crate::store::stamp::rfc3339(cluster.first_us).unwrap_or_default(),
        cluster.text(),
        sample,
    ]
}

fn total(found: &Unknowns) -> String {
    let mut text = match found.unexplained {
        0 => return "every unsent message is explained".to_owned(),
        n => format!("{n} unexplained messages were looked at; {} of them are in {} clusters", found.clustered, found.clusters.len()),
    };
    if found.sent == 0 {
        text.push_str("; too little data: there is no sent message of the same uploads to compare with");
    } else if found.unexplained < SUPPORT_MIN {
        let _ = write!(text, "; too little data: a cluster takes {SUPPORT_MIN}");
    }
    text
}
