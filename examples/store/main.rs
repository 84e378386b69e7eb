//! Writes a store of generated rows straight to Parquet, to measure reports over stores that are larger than memory.
//!
//! ```sh
//! cargo run --release --example store -- --rows 50000000 --week 2026-W47 --out DIR
//! ```
//!
//! Rows are those of one app: 40 messages an upload, 4 % not sent, one version in ten three times as often, and some
//! messages in two uploads.

#![warn(clippy::pedantic)]
#![allow(clippy::cast_possible_wrap, reason = "its own small numbers")]

use clap::Parser;
use std::path::PathBuf;
use whyunsent::event::{EventRow, Evidence, Micros};
use whyunsent::store::batch::Batch;
use whyunsent::store::layout::Store;
use whyunsent::store::week::Week;
use whyunsent::taxonomy::{Cause, Clock, Kind, Outcome, Role, Status, Trust};

#[derive(Parser)]
struct Args {
    /// Messages.
    #[arg(long)]
    rows: u64,
    /// The week that they are of.
    #[arg(long)]
    week: Week,
    /// The store to make.
    #[arg(long)]
    out: PathBuf,
    /// Uploads of a hundred whose user had uploaded before, when the last messages were still open.
    #[arg(long, default_value_t = 3)]
    again_percent: u64,
    /// Uploads that are published together.
    #[arg(long, default_value_t = 100_000)]
    commit_every: u64,
}

/// Messages of an upload.
const PER_UPLOAD: u64 = 40;
const CAUSES: [Cause; 6] =
    [Cause::NetworkDns, Cause::NetworkTimeout, Cause::NetworkOffline, Cause::SoftwareCrypto, Cause::AccountSignedOut, Cause::Unknown];

/// Numbers that look random and are the same each time (`SplitMix64`).
fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let store = Store::create(&args.out, chrono_tz::Tz::UTC, None)?;
    let _lock = Store::lock(store.root(), || {})?;
    let (monday, _) = args.week.bounds(store.zone).ok_or_else(|| anyhow::anyhow!("the week has no bounds"))?;
    let uploads = args.rows.div_ceil(PER_UPLOAD);
    let mut batch = Batch::new(&store);
    for upload in 0..uploads {
        let messages = PER_UPLOAD.min(args.rows - upload * PER_UPLOAD);
        let made = rows(upload, messages, monday);
        if mixed(upload) % 100 < args.again_percent {
            batch.add(earlier(&made))?;
        }
        batch.add(made)?;
        if batch.uploads() >= args.commit_every {
            std::mem::replace(&mut batch, Batch::new(&store)).commit(5_000, 600_000, Vec::new())?;
        }
    }
    batch.commit(5_000, 600_000, Vec::new())?;
    Ok(())
}

fn rows(upload: u64, messages: u64, monday_us: i64) -> Vec<EventRow> {
    let seed = mixed(upload);
    let mut context = EventRow::new(Kind::Message);
    context.bundle = format!("{seed:016x}");
    context.bundle_path = format!("{upload:08}.zip");
    context.rules = Some("generated".to_owned());
    context.app = Some("Pebble".to_owned());
    context.app_version = Some(format!("3.{}.0", seed % 10));
    context.os = Some("android".to_owned());
    context.os_version = Some((11 + seed / 10 % 5).to_string());
    context.device_model = Some(format!("P{:03}", (seed / 50 % 1_000) * (seed / 70 % 1_000) / 1_000));
    context.device_manufacturer = Some("Pebble Phones".to_owned());
    context.clock = Some(Clock::Zoned);
    // Most users upload once or twice.
    context.user = Some(format!("user_{:012x}", mixed(upload / 2 + seed % 2 * 7) % 1_000_000_007));
    let mut made: Vec<EventRow> = (0..messages).map(|n| message(&context, upload * PER_UPLOAD + n, monday_us)).collect();
    let count = |outcome: Outcome| Some(made.iter().filter(|r| r.outcome == Some(outcome)).count() as i64);
    let mut receipt = EventRow { kind: Kind::Upload, ..context };
    (receipt.sent, receipt.delayed, receipt.unsent) = (count(Outcome::Sent), count(Outcome::Delayed), count(Outcome::Unsent));
    (receipt.pending, receipt.incidents, receipt.status) = (Some(0), Some(0), Some(Status::Ok));
    (receipt.first_at, receipt.last_at, receipt.days_seen) = (Some(Micros(monday_us)), Some(Micros(monday_us + 86_400_000_000)), Some(2));
    (receipt.lines, receipt.records, receipt.continuations, receipt.blank, receipt.unread) =
        (Some(500), Some(500), Some(0), Some(0), Some(0));
    (receipt.files, receipt.bytes) = (Some(1), Some(50_000));
    made.push(receipt);
    made
}

/// The same messages in an upload before this one, the last of them open.
fn earlier(made: &[EventRow]) -> Vec<EventRow> {
    let mut rows = made.to_vec();
    let last = rows.len().saturating_sub(6);
    for (number, row) in rows.iter_mut().enumerate() {
        row.bundle = format!("{:016x}", mixed(u64::from_str_radix(&row.bundle, 16).unwrap_or(0)));
        row.bundle_path = format!("earlier/{}", row.bundle_path);
        if row.kind == Kind::Message && number >= last {
            (row.outcome, row.cause, row.attributable, row.trust) = (Some(Outcome::Pending), None, None, None);
            (row.latency_ms, row.evidence, row.ended_at) = (None, None, row.started_at);
        }
    }
    if let Some(receipt) = rows.last_mut() {
        let count = |outcome| Some(made[..last].iter().filter(|r| r.outcome == Some(outcome)).count() as i64);
        (receipt.sent, receipt.delayed, receipt.unsent) = (count(Outcome::Sent), count(Outcome::Delayed), count(Outcome::Unsent));
        receipt.pending = Some((made.len() - 1 - last) as i64);
    }
    rows
}

fn message(context: &EventRow, number: u64, monday_us: i64) -> EventRow {
    let chance = mixed(number ^ 0x5bd1);
    let mut row = context.clone();
    row.message_id = Some(format!("{:016x}", mixed(number ^ 0xabcd)));
    row.key = Some(format!("m_{:012x}", chance & 0xffff_ffff_ffff));
    row.network_type = Some(["wifi", "cell", "cell", "unknown"][(chance >> 8 & 3) as usize].to_owned());
    let started = monday_us + (mixed(number) % (7 * 86_400)) as i64 * 1_000_000;
    row.started_at = Some(Micros(started));
    row.tries = Some(1);
    let bad = context.app_version.as_deref() == Some("3.7.0");
    let fails = chance % 1_000 < if bad { 120 } else { 40 };
    if fails {
        row.outcome = Some(Outcome::Unsent);
        let cause = CAUSES[(chance >> 20) as usize % CAUSES.len()];
        row.cause = Some(cause);
        row.attributable = Some(matches!(cause, Cause::SoftwareCrypto | Cause::Unknown));
        row.trust = Some(Trust::Stated);
        row.ended_at = Some(Micros(started + 15_000_000));
        let text = format!("E/Send: message failed after 3 tries ({cause})");
        let file = "app.log".to_owned();
        row.evidence = Some(vec![Evidence { file, line: number % 500, offset: number % 50_000, role: Some(Role::Proves), text }]);
    } else {
        let latency = 200 + (chance >> 30 & 0x7ff) as i64;
        let late = chance.is_multiple_of(101);
        row.outcome = Some(if late { Outcome::Delayed } else { Outcome::Sent });
        row.latency_ms = Some(if late { 5_000 + latency * 4 } else { latency });
        row.ended_at = Some(Micros(started + latency * 1_000));
    }
    row
}
