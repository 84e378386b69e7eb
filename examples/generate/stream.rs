//! Writes blocks of text to files in constant memory, and counts what they tell.
//!
//! A block is whole: its message begins and ends in it. Where the text is split into files therefore
//! changes no truth, so one file and many files of one seed have the same total.

use crate::rng::Rng;
use crate::truth::Truth;
use crate::{Args, UPLOADS};
use chrono::Datelike;
use serde_json::json;
use std::io::{BufWriter, Write};

/// Bytes of a file where many are made and their number is not given.
const FILE_BYTES: u64 = 500_000;
/// 2 November 2026, 00:00 UTC.
const BEGIN_MS: i64 = 1_793_577_600_000;
const DAY_MS: i64 = 86_400_000;
const BUFFER_BYTES: usize = 1 << 20;

/// How one app writes its log.
pub trait Voice {
    /// Name of the app for labels, where its log states one.
    const APP: Option<&'static str>;
    /// First part of the file names.
    const STEM: &'static str;
    /// Last part of the file names, without the dot.
    const EXTENSION: &'static str;

    /// The lines that open a file.
    fn header(&self, out: &mut Vec<u8>, now_ms: i64) -> std::io::Result<()>;

    /// About 200 lines that matter to no message.
    fn noise(&mut self, rng: &mut Rng, out: &mut Vec<u8>, now_ms: &mut i64) -> std::io::Result<()>;

    /// The lines of one message.
    fn message(&mut self, rng: &mut Rng, out: &mut Vec<u8>, now_ms: &mut i64, truth: &mut Truth) -> std::io::Result<()>;
}

/// Makes `--uploads` files or `--bytes` of text.
pub fn make<V: Voice>(args: &Args, voice: &mut V) -> std::io::Result<Truth> {
    let mut rng = Rng::new(args.seed);
    let mut truth = Truth::default();
    let uploads = args.uploads.unwrap_or(UPLOADS) as u64;
    let total = args.bytes.unwrap_or(uploads * FILE_BYTES);
    let file_bytes = if args.bytes.is_some() && args.uploads.is_some() { total.div_ceil(uploads.max(1)) } else { FILE_BYTES };
    let (mut written, mut number, mut now_ms) = (0u64, 0u64, BEGIN_MS);
    let mut block = Vec::with_capacity(64 * 1024);
    while written < total {
        number += 1;
        let until = if args.one_file { total } else { total.min(number * file_bytes) };
        // A folder each: siblings of one stem would be the parts of one rotated log.
        let folder = if args.one_file { String::new() } else { format!("{}-{number:06}/", V::STEM) };
        let name = format!("{folder}{}.{}", V::STEM, V::EXTENSION);
        std::fs::create_dir_all(args.out.join(folder))?;
        let mut file = BufWriter::with_capacity(BUFFER_BYTES, std::fs::File::create(args.out.join(&name))?);
        block.clear();
        voice.header(&mut block, now_ms)?;
        file.write_all(&block)?;
        let mut own = Truth::default();
        while written < until {
            block.clear();
            for _ in 0..args.noise {
                voice.noise(&mut rng, &mut block, &mut now_ms)?;
            }
            voice.message(&mut rng, &mut block, &mut now_ms, &mut own)?;
            file.write_all(&block)?;
            written += block.len() as u64;
        }
        file.flush()?;
        label::<V>(args, &name, &own)?;
        truth.add(&own);
    }
    Ok(truth)
}

fn label<V: Voice>(args: &Args, name: &str, own: &Truth) -> std::io::Result<()> {
    let Some(labels) = &args.labels else { return Ok(()) };
    std::fs::create_dir_all(labels)?;
    let folder = args.out.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let mut label = own.to_json();
    label["source"] = json!("generator: examples/generate, seed and number in the name");
    label["upload"] = json!(format!("{folder}/{name}"));
    label["app"] = json!(V::APP);
    let text = serde_json::to_string_pretty(&label)? + "\n";
    std::fs::write(labels.join(format!("{folder}-{}.json", name.replace(['.', '/'], "-"))), text)
}

/// `2026-11-02 21:15:00.330`: date and time of a UTC clock shifted by a zone.
pub fn stamp(out: &mut Vec<u8>, now_ms: i64, zone_ms: i64) {
    date(out, now_ms + zone_ms);
    out.push(b' ');
    time(out, now_ms + zone_ms);
}

/// `2026-11-02`.
pub fn date(out: &mut Vec<u8>, local_ms: i64) {
    let day = chrono::DateTime::from_timestamp(local_ms.div_euclid(DAY_MS) * 86_400, 0).expect("a day of this century");
    digits(out, u64::from(day.year().unsigned_abs()), 4);
    out.push(b'-');
    digits(out, day.month().into(), 2);
    out.push(b'-');
    digits(out, day.day().into(), 2);
}

/// `21:15:00.330`.
pub fn time(out: &mut Vec<u8>, local_ms: i64) {
    let ms = local_ms.rem_euclid(DAY_MS).unsigned_abs();
    digits(out, ms / 3_600_000, 2);
    out.push(b':');
    digits(out, ms / 60_000 % 60, 2);
    out.push(b':');
    digits(out, ms / 1_000 % 60, 2);
    out.push(b'.');
    digits(out, ms % 1_000, 3);
}

// By hand, since a stamp begins every line and the formatting machinery takes most of its time.
fn digits(out: &mut Vec<u8>, number: u64, width: u32) {
    for place in (0..width).rev() {
        out.push(b'0' + u8::try_from(number / 10u64.pow(place) % 10).expect("a digit"));
    }
}
