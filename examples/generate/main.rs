//! Makes logs of any size with known truth, for samples, benchmarks and tests.
//!
//! ```sh
//! cargo run --release --example generate -- --kind tokenim --uploads 48 --seed 7 --out DIR --labels LABELS
//! cargo run --release --example generate -- --kind signal --bytes 1GB --one-file --out DIR
//! ```
//!
//! Statements come from this program's own tables of what clients emit (Signal-Android's source and
//! issues, Tencent Mars' source, `docs/client-telemetry.md`), never from a profile of the tool.

#![warn(clippy::pedantic)]
#![allow(
    clippy::doc_markdown,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "its own small numbers, and names of products in prose"
)]

mod failures;
mod jsonl;
mod logcat;
mod openim;
mod rng;
mod signal;
mod stream;
mod tokenim;
mod truth;
mod xlog;

use clap::{Parser, ValueEnum};
use std::path::PathBuf;
use truth::Truth;

/// What to make.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Kind {
    /// Feedback bundles of TokenIM: a zip of meta.json, an .xlog and telemetry.jsonl.
    Tokenim,
    /// Signal-Android debug logs of 7.x.
    Signal,
    /// Android logcat with an app that has no profile.
    Logcat,
    /// The `OpenIM` SDK's console form.
    Openim,
    /// JSON Lines of an app that has no profile.
    Jsonl,
    /// A folder of each kind.
    Mixed,
}

/// Makes logs with known truth.
#[derive(Debug, Parser)]
pub struct Args {
    /// Where the uploads go.
    #[arg(long)]
    pub out: PathBuf,
    /// Same seed, same bytes.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// What to make.
    #[arg(long, value_enum, default_value_t = Kind::Tokenim)]
    pub kind: Kind,
    /// How many uploads [default: 10, or what `--bytes` makes of half a megabyte each].
    #[arg(long)]
    pub uploads: Option<usize>,
    /// How many bytes in all (not tokenim): 500MB, 1GB. Headers of files come on top.
    #[arg(long, value_parser = bytes)]
    pub bytes: Option<u64>,
    /// One file in place of many.
    #[arg(long)]
    pub one_file: bool,
    /// Rounds of about 200 lines without a message before each message (not tokenim).
    #[arg(long, default_value_t = 1)]
    pub noise: u32,
    /// Of a thousand messages, how many fail for one of five reasons that no client states (logcat only).
    #[arg(long, default_value_t = 0)]
    pub unexplained: u64,
    /// Where labels go, one JSON per upload.
    #[arg(long)]
    pub labels: Option<PathBuf>,
    /// Where the counts of all outcomes and causes go; standard output without it.
    #[arg(long)]
    pub truth: Option<PathBuf>,
}

fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        unit => return Err(format!("unit `{unit}` is not known (known: B, KB, MB, GB)")),
    };
    digits.parse::<u64>().map(|n| n * scale).map_err(|e| e.to_string())
}

/// Uploads where nothing says how many.
const UPLOADS: usize = 10;

fn main() -> std::io::Result<()> {
    let args = Args::parse();
    let truth = make(&args)?;
    let text = serde_json::to_string_pretty(&truth.to_json())?;
    if let Some(path) = &args.truth {
        return std::fs::write(path, text + "\n");
    }
    println!("{text}");
    Ok(())
}

fn make(args: &Args) -> std::io::Result<Truth> {
    std::fs::create_dir_all(&args.out)?;
    match args.kind {
        Kind::Tokenim => tokenim::make(args),
        Kind::Signal => stream::make(args, &mut signal::Signal),
        Kind::Logcat => stream::make(args, &mut logcat::Logcat { unexplained: args.unexplained }),
        Kind::Openim => stream::make(args, &mut openim::OpenIm::new()?),
        Kind::Jsonl => stream::make(args, &mut jsonl::Jsonl),
        Kind::Mixed => mixed(args),
    }
}

/// An equal share of each kind, in a folder of its own and with a seed of its own.
fn mixed(args: &Args) -> std::io::Result<Truth> {
    let kinds =
        [(Kind::Tokenim, "tokenim"), (Kind::Signal, "signal"), (Kind::Logcat, "logcat"), (Kind::Openim, "openim"), (Kind::Jsonl, "jsonl")];
    let mut truth = Truth::default();
    for (seed, (kind, name)) in (args.seed..).zip(kinds) {
        let share = Args {
            out: args.out.join(name),
            seed,
            kind,
            uploads: args.uploads.map(|all| all.div_ceil(kinds.len())),
            bytes: args.bytes.map(|all| all.div_ceil(kinds.len() as u64)),
            one_file: args.one_file,
            noise: args.noise,
            unexplained: args.unexplained,
            labels: args.labels.clone(),
            truth: None,
        };
        truth.add(&make(&share)?);
    }
    Ok(truth)
}

#[cfg(test)]
mod tests {
    use super::*;
    use whyunsent::profile::Profiles;
    use whyunsent::scan::{Scanner, scan};

    /// Of a thousand lines, how many may be kept: 3 to 6 lines tell of each message, which stands in about 200 lines. A rule or a
    /// state that every tenth line matches costs three times the reading of all others.
    const KEPT_PER_MILLE_MAX: u64 = 40;
    /// Likewise how many statements are tried on them, each of which costs about as much as reading ten lines. Words that
    /// stand for messages stand in many lines of JSON, whose keys are words.
    const TRIED_PER_MILLE_MAX: [(&str, u64); 4] = [("signal", 30), ("logcat", 90), ("openim", 30), ("jsonl", 150)];

    #[test]
    fn few_lines_of_a_log_are_looked_at_and_kept() {
        let profiles = Profiles::builtin();
        for (kind, tried_max) in TRIED_PER_MILLE_MAX {
            let dir = tempfile::tempdir().unwrap();
            let out = dir.path().to_str().unwrap();
            make(&Args::parse_from(["generate", "--out", out, "--kind", kind, "--bytes", "2MB", "--one-file"])).unwrap();
            let file = std::fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
            let text = std::fs::read(&file).unwrap();
            let scanner = Scanner::counting(&profiles);
            let found = scan(&mut text.as_slice(), &scanner, 1, &|_| ()).unwrap();
            let kept = found.marks.len() as u64 * 1_000 / found.counts.lines;
            let tried: u64 = (0..profiles.statements.len() as u32).map(|statement| scanner.tried(statement)).sum();
            let tried = tried * 1_000 / found.counts.lines;
            assert!(tried <= tried_max, "{kind}: {tried} statements tried on a thousand lines");
            assert!((1..=KEPT_PER_MILLE_MAX).contains(&kept), "{kind}: {kept} of a thousand lines");
        }
    }
}
