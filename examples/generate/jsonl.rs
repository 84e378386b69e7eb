//! JSON Lines of an app that nobody has profiled: `ts`, `level`, `tag`, `msg`, `msg_id`.

use crate::failures::{FAILURES, LATE_PER_MILLE, SENT_PER_MILLE};
use crate::rng::Rng;
use crate::stream::{Voice, date, time};
use crate::truth::Truth;
use std::io::Write;

const ZONE_MS: i64 = 3_600_000;

const NOISE: &[(&str, &str, &str)] = &[
    ("debug", "Http", "GET /v2/rooms 200 in 41 ms"),
    ("debug", "Db", "checkpoint 41 pages"),
    ("warn", "Avatar", "download failed: timeout"),
    ("info", "Recv", "push batch of 1"),
    ("debug", "Config", "send_timeout=15000 retry_on=[timeout, 5xx, connection reset]"),
    ("warn", "Socket", "websocket closed 1006, reconnecting"),
    ("info", "App", "foreground"),
    ("error", "Ads", "HTTP 503 Service Unavailable"),
];

pub struct Jsonl;

impl Voice for Jsonl {
    const APP: Option<&'static str> = None;
    const STEM: &'static str = "nest";
    const EXTENSION: &'static str = "jsonl";

    fn header(&self, out: &mut Vec<u8>, now_ms: i64) -> std::io::Result<()> {
        line(out, now_ms, "info", "App", "start", r#","app_version":"5.0.2","device":"motorola moto g54","os":"Android 14""#)
    }

    fn noise(&mut self, rng: &mut Rng, out: &mut Vec<u8>, now_ms: &mut i64) -> std::io::Result<()> {
        for _ in 0..rng.range(150, 240) {
            *now_ms += rng.range(1, 60);
            let (level, tag, text) = *rng.pick(NOISE);
            line(out, *now_ms, level, tag, text, "")?;
        }
        Ok(())
    }

    fn message(&mut self, rng: &mut Rng, out: &mut Vec<u8>, now_ms: &mut i64, truth: &mut Truth) -> std::io::Result<()> {
        message(rng, out, now_ms, truth)
    }
}

fn message(rng: &mut Rng, out: &mut Vec<u8>, now_ms: &mut i64, truth: &mut Truth) -> std::io::Result<()> {
    let id = format!(r#","msg_id":"ns-{:012x}""#, rng.next() >> 16);
    *now_ms += rng.range(100, 900);
    line(out, *now_ms, "info", "Send", "enqueue", &id)?;
    let fate = rng.below(1_000);
    if fate < SENT_PER_MILLE {
        *now_ms += rng.range(60, 1_500);
        truth.sent += 1;
        line(out, *now_ms, "info", "Send", "ack", &id)
    } else if fate < SENT_PER_MILLE + LATE_PER_MILLE {
        *now_ms += 300;
        line(out, *now_ms, "warn", "Send", "HTTP 503 Service Unavailable, retry 1 in 8 s", &id)?;
        *now_ms += rng.range(8_000, 15_000);
        truth.delayed("service.error");
        line(out, *now_ms, "info", "Send", "ack", &id)
    } else {
        let failure = rng.weighted(FAILURES);
        *now_ms += rng.range(60, 3_000);
        truth.unsent(failure.cause);
        line(out, *now_ms, "error", "Send", &format!("failed: {}", failure.text), &id)
    }
}

fn line(out: &mut Vec<u8>, now_ms: i64, level: &str, tag: &str, text: &str, more: &str) -> std::io::Result<()> {
    out.extend_from_slice(br#"{"ts":""#);
    date(out, now_ms + ZONE_MS);
    out.push(b'T');
    time(out, now_ms + ZONE_MS);
    writeln!(out, r#"+01:00","level":"{level}","tag":"{tag}","msg":"{text}"{more}}}"#)
}
