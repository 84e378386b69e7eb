//! `check`: a gate for release pipelines: thresholds in, exit code out, one line per breach.
//!
//! It reads the machine form of a report, so that what it judges is what the report says. A rate breaches its threshold
//! with the lower end of its interval, so that chance fails no build.

use super::args::{CheckArgs, Global};
use super::exit::{BREACHED, DONE, Failure, TOO_LITTLE_DATA};
use super::output::Output;
use super::report::{ask, empty, selection};
use super::resolve::resolve;
use super::{analyze, reading::Reading};
use crate::report::number::percent;
use crate::report::{View, json};
use crate::stats::blame::verdict::Known;
use crate::stats::interval::wilson;
use crate::store::layout::Store;
use crate::store::week::Week;
use crate::words::{Lang, Phrase};
use serde_json::Value;
use std::path::Path;

/// Largest report that is read.
const REPORT_BYTES_MAX: u64 = 1 << 30;

/// What came of a threshold.
#[derive(Debug, PartialEq)]
enum Came {
    Holds,
    Breached(String),
    TooLittle(String),
}

/// Runs the command.
pub fn run(global: &Global, args: &CheckArgs) -> Result<u8, Failure> {
    if !args.has_threshold() {
        return Err(Failure::usage(
            "nothing to check: give --max-unsent, --max-client, --max-delayed, --max-unknown, --max-crash, --max-anr, --no-pull or --vs",
        ));
    }
    let (report, lang) = report(global, args)?;
    let view = View { lang, ..View::default() };
    let came = judge(&report, args, &view);
    let mut text = String::new();
    for one in &came {
        if let Came::Breached(line) | Came::TooLittle(line) = one {
            text.push_str(line);
            text.push('\n');
        }
    }
    let code = if came.iter().any(|c| matches!(c, Came::Breached(_))) {
        BREACHED
    } else if came.iter().any(|c| matches!(c, Came::TooLittle(_))) {
        TOO_LITTLE_DATA
    } else {
        text.push_str(&view.say(Phrase::CheckHolds, &[("n", &came.len().to_string())]));
        text.push('\n');
        DONE
    };
    Output::Stdout.write_all(&text)?;
    Ok(code)
}

/// The report to check, as its machine form.
fn report(global: &Global, args: &CheckArgs) -> Result<(Value, Lang), Failure> {
    let parse = |text: &[u8], from: &str| serde_json::from_slice(text).map_err(|e| Failure::usage(format!("{from}: not a report: {e}")));
    let resolved = resolve(global, &args.read.how, None, args.select.exclude_users.clone())?;
    if let Some(path) = &args.report {
        let report: Value = parse(&read(path)?, &path.display().to_string())?;
        if report["schema"].as_str() != Some(json::SCHEMA) {
            return Err(Failure::usage(format!("{}: not a report: its schema is not {}", path.display(), json::SCHEMA)));
        }
        return Ok((report, resolved.lang));
    }
    let Some(root) = &args.store else {
        let reading = Reading::prepare(global, &args.read, &args.select, None, None)?.citing_losses();
        let facts = analyze::facts(&reading, Vec::new(), args.select.with_emulators(), 0)?;
        return Ok((parse(json::render(&facts).as_bytes(), "report")?, resolved.lang));
    };
    let store = Store::open(root)?;
    let selection = selection(&store, &args.select, &resolved)?;
    let ask = ask(&store, &selection, &args.select, &resolved, Known::default(), Vec::new(), 0)?;
    let week = args.week.map_or_else(|| super::report::last_full_week(&store), Ok)?;
    let facts = match &args.vs {
        Some(Versus::Week(other)) => ask.report_against(week, Some(*other))?,
        Some(Versus::LastWeek) | None => ask.report(week)?,
    };
    if facts.messages.attempted == 0 && facts.input.bundles == 0 {
        return Err(empty(&store, week)?);
    }
    Ok((parse(json::render(&facts).as_bytes(), "report")?, resolved.lang))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |e: std::io::Error| Failure::usage(format!("{}: cannot read the report: {e}", path.display()));
    if std::fs::metadata(path).map_err(failed)?.len() > REPORT_BYTES_MAX {
        return Err(Failure::usage(format!("{}: larger than {REPORT_BYTES_MAX} bytes", path.display())));
    }
    std::fs::read(path).map_err(failed)
}

/// With which period a week is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versus {
    /// The week before.
    LastWeek,
    /// A week.
    Week(Week),
}

impl std::str::FromStr for Versus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "last-week" => Ok(Self::LastWeek),
            week => week.parse().map(Self::Week).map_err(|e| format!("{e}, nor `last-week`")),
        }
    }
}

fn judge(report: &Value, args: &CheckArgs, view: &View) -> Vec<Came> {
    let mut came = Vec::new();
    let messages = &report["messages"];
    let mut rate = |name: &str, of: &str, found: &Value, max: Option<super::spelled::Percent>| {
        if let Some(max) = max {
            came.push(threshold((name, of), (found["rate"].as_f64(), found["rate_lo"].as_f64()), max.share, view));
        }
    };
    rate("max-unsent", "", messages, args.max_unsent);
    rate("max-client", "", &messages["client"], args.max_client);
    rate("max-delayed", "", &report["delays"]["overall"], args.max_delayed);
    rate("max-unknown", "", &unknown(report), args.max_unknown);
    for (name, kind, max) in [("max-crash", "crash", args.max_crash), ("max-anr", "anr", args.max_anr)] {
        let all: Vec<&Value> = report["stability"].as_array().into_iter().flatten().filter(|s| s["kind"] == kind).collect();
        // Apps with a few user-days say nothing; that none has enough is said once. No crash at all is no rate to exceed.
        let enough: Vec<&Value> = all.iter().copied().filter(|s| s["rate"].is_number()).collect();
        match (all.first(), enough.is_empty()) {
            (None, _) => rate(name, "", &serde_json::json!({"rate": 0.0, "rate_lo": 0.0}), max),
            (Some(_), true) => rate(name, "", &Value::Null, max),
            (Some(_), false) => {}
        }
        for found in enough {
            let of: Vec<&str> = [&found["app"], &found["os"]].into_iter().filter_map(Value::as_str).collect();
            rate(name, &of.join(" "), found, max);
        }
    }
    if args.no_pull {
        let bad = |v: &&Value| matches!(v["verdict"].as_str(), Some("pull" | "force_update"));
        let versions: Vec<&Value> = report["versions"].as_array().into_iter().flatten().filter(bad).collect();
        came.extend(versions.iter().map(|v| {
            let text = |key: &str| v[key].as_str().unwrap_or_default().to_owned();
            let values = [("verdict", text("verdict")), ("app", text("app")), ("version", text("version")), ("reason", text("reason"))];
            let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
            Came::Breached(view.say(Phrase::CheckPull, &values))
        }));
        if versions.is_empty() {
            came.push(Came::Holds);
        }
    }
    if args.vs.is_some() {
        came.extend(versus(report, view));
    }
    came
}

fn threshold((name, of): (&str, &str), (value, low): (Option<f64>, Option<f64>), max: f64, view: &View) -> Came {
    let of = if of.is_empty() { String::new() } else { format!(" ({of})") };
    let shown = |share: f64| percent(share);
    match (value, low) {
        (Some(value), Some(low)) if low > max => {
            let values = [("name", name), ("of", &of), ("rate", &shown(value)), ("low", &shown(low)), ("max", &shown(max))];
            Came::Breached(view.say(Phrase::CheckBreached, &values))
        }
        (Some(_), Some(_)) => Came::Holds,
        _ => Came::TooLittle(view.say(Phrase::CheckTooLittle, &[("name", name), ("of", &of)])),
    }
}

/// The share of failures without a cause, as other rates are written.
fn unknown(report: &Value) -> Value {
    let unsent = report["messages"]["unsent"].as_u64().unwrap_or(0);
    let causes = report["causes"].as_array().into_iter().flatten();
    let unknown = causes.filter(|c| c["cause"] == "unknown").filter_map(|c| c["unsent"].as_u64()).sum::<u64>();
    if unsent == 0 {
        return serde_json::json!({"rate": 0.0, "rate_lo": 0.0});
    }
    let (low, _) = wilson(unknown, unsent);
    serde_json::json!({"rate": crate::stats::interval::ratio(unknown, unsent), "rate_lo": low})
}

/// What is worse than in the period that the report compares with.
fn versus(report: &Value, view: &View) -> Vec<Came> {
    let Some(week) = report["compare"]["week"].as_str() else {
        return vec![Came::TooLittle(view.say(Phrase::CheckNothingToCompare, &[]))];
    };
    let mut came = Vec::new();
    let unsent = report["budget"].as_array().into_iter().flatten().find(|m| m["measure"] == "unsent");
    let change: Vec<f64> = unsent.and_then(|m| m["change"].as_array()).into_iter().flatten().filter_map(Value::as_f64).collect();
    match change.as_slice() {
        [points, low, _] if *low > 0.0 => {
            let values = [("week", week), ("points", &*percent(*points)), ("low", &*percent(*low))];
            came.push(Came::Breached(view.say(Phrase::CheckWorse, &values)));
        }
        [_, _, _] => came.push(Came::Holds),
        _ => came.push(Came::TooLittle(view.say(Phrase::CheckTooLittle, &[("name", "vs"), ("of", "")]))),
    }
    for change in report["changes"].as_array().into_iter().flatten() {
        let direction = change["direction"].as_str().unwrap_or_default();
        if matches!(direction, "new" | "worse") {
            let count = |key: &str| change[key].as_u64().unwrap_or(0).to_string();
            let values = [
                ("cause", change["cause"].as_str().unwrap_or_default()),
                ("direction", direction),
                ("n", &*count("unsent")),
                ("last", &*count("unsent_last")),
                ("week", week),
            ];
            came.push(Came::Breached(view.say(Phrase::CheckCause, &values)));
        }
    }
    came
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Cli, Command};
    use clap::Parser;

    fn args(flags: &[&str]) -> CheckArgs {
        let cli = Cli::parse_from([&["whyunsent", "check", "x.log"], flags].concat());
        match cli.command {
            Command::Check(args) => *args,
            _ => panic!("not check"),
        }
    }

    fn came(report: &Value, flags: &[&str]) -> Vec<Came> {
        judge(report, &args(flags), &View::default())
    }

    #[test]
    fn a_rate_breaches_with_its_lower_end_and_without_data_says_so() {
        let report = serde_json::json!({"messages": {"rate": 0.03, "rate_lo": 0.021, "unsent": 40, "client": {"rate": null}},
            "causes": [{"cause": "unknown", "unsent": 30}]});
        assert!(
            matches!(came(&report, &["--max-unsent", "2%"])[0], Came::Breached(ref line) if line.contains("3.00 %") && line.contains("2.00 %"))
        );
        assert_eq!(came(&report, &["--max-unsent", "2.5%"]), [Came::Holds]);
        assert!(matches!(came(&report, &["--max-client", "1%"])[0], Came::TooLittle(_)));
        assert!(matches!(came(&report, &["--max-unknown", "50%"])[0], Came::Breached(_)));
    }

    #[test]
    fn crashes_pulls_and_what_is_new_are_a_line_each() {
        let report = serde_json::json!({
            "stability": [{"kind": "crash", "app": "A", "os": "ios", "rate": 0.2, "rate_lo": 0.1}, {"kind": "anr", "rate": 0.001, "rate_lo": 0.0}],
            "versions": [{"verdict": "pull", "version": "1.1", "reason": "x"}, {"verdict": "ok", "version": "1.0"}],
            "compare": {"week": "2026-W46"},
            "budget": [{"measure": "unsent", "change": [0.01, -0.002, 0.02]}],
            "changes": [{"cause": "software.crypto", "direction": "new", "unsent": 9, "unsent_last": 0}, {"cause": "unknown", "direction": "noise"}]
        });
        let lines: Vec<String> = came(&report, &["--max-crash", "1%", "--max-anr", "0.47%", "--no-pull", "--vs", "last-week"])
            .into_iter()
            .filter_map(|c| if let Came::Breached(line) = c { Some(line) } else { None })
            .collect();
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[0].contains("A ios") && lines[1].contains("1.1") && lines[2].contains("software.crypto"));
        let alone = serde_json::json!({"compare": {"week": null}});
        assert!(matches!(came(&alone, &["--vs", "2026-W40"])[0], Came::TooLittle(_)));
    }
}
