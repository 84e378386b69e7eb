//! `unknowns`: what the failures that no rule explains have in common.

use super::args::{Global, ListFormat, SelectArgs, UnknownsArgs};
use super::exit::{DONE, Failure};
use super::listing;
use super::output::Output;
use super::reading::{Reading, note};
use crate::stats::unknowns::{Cluster, SUPPORT_MIN, Unknowns, find, suggest};
use serde_json::json;
use std::fmt::Write as _;

/// Runs the command.
pub fn run(global: &Global, args: &UnknownsArgs) -> Result<u8, Failure> {
    let reading = Reading::prepare(global, &args.read, &SelectArgs::default(), args.top)?;
    let mut near = Vec::new();
    reading.look_around(&mut near)?;
    let mut found = find(&near);
    found.clusters.truncate(reading.resolved.top);
    if args.suggest_rule {
        Output::Stdout.write_all(&suggest::profile(&found.clusters, &reading.profiles))?;
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
        note(&total(&found));
    }
    Ok(DONE)
}

fn object(cluster: &Cluster, found: &Unknowns) -> serde_json::Value {
    let sample = cluster.samples.first();
    json!({
        "id": cluster.id, "template": cluster.template, "also": cluster.also,
        "unsent": cluster.unsent, "of_unsent": found.unexplained, "sent": cluster.sent, "of_sent": found.sent,
        "difference": cluster.difference, "phi": cluster.phi, "g": cluster.g, "q": cluster.q,
        "users": cluster.users, "versions": cluster.versions, "first_seen": crate::store::stamp::rfc3339(cluster.first_us),
        "sample": sample.map(|s| json!({"file": s.file, "line": s.record.line, "text": s.record.text})),
    })
}

fn row(cluster: &Cluster, found: &Unknowns) -> Vec<String> {
    let sample = cluster.samples.first().map(|s| format!("{}:{}", s.file, s.record.line)).unwrap_or_default();
    vec![
        cluster.id.clone(),
        format!("{} of {}", cluster.unsent, found.unexplained),
        format!("{} of {}", cluster.sent, found.sent),
        format!("{:.2}", cluster.phi),
        if cluster.users > 0 { cluster.users.to_string() } else { "-".to_owned() },
        cluster.versions.join(", "),
        crate::store::stamp::rfc3339(cluster.first_us).unwrap_or_default(),
        cluster.template.clone(),
        sample,
    ]
}

fn total(found: &Unknowns) -> String {
    let mut text = match found.unexplained {
        0 => return "every unsent message is explained".to_owned(),
        n => format!("{n} unsent messages are unexplained; {} of them are in {} clusters", found.clustered, found.clusters.len()),
    };
    if found.sent == 0 {
        text.push_str("; too little data: there is no sent message of the same uploads to compare with");
    } else if found.unexplained < SUPPORT_MIN {
        let _ = write!(text, "; too little data: a cluster takes {SUPPORT_MIN}");
    }
    text
}
