//! Logback's usual pattern, as signal-cli and other JVM clients write it.
//!
//! `YYYY-MM-DD'T'HH:MM:SS.SSS±zzzz [thread] LEVEL logger - message`. Source: AsamK/signal-cli
//! `src/main/java/org/asamk/signal/logging/LogConfigurator.java`.

use super::form::{DIGITS, Form, Parts, fraction_end, is_level_word, second_end, word_end};
use super::stamp::Stamp;
use super::{FormatInfo, find, skip_blanks};

/// The grammar as registered.
pub const LOGBACK: Form = Form {
    info: FormatInfo {
        id: "logback",
        title: "Logback pattern (signal-cli and other JVM clients)",
        reference: "https://github.com/AsamK/signal-cli/blob/master/src/main/java/org/asamk/signal/logging/LogConfigurator.java",
    },
    parts,
    stamp: Stamp::parse_iso,
    first: DIGITS,
    only_at_home: false,
    samples: &[
        "2022-04-07T07:43:41.873+0200 [daemon-connection-0] WARN  LibSignal - [SignalServiceMessageSender]: StatusCode: 428",
        "2025-08-13T09:40:23.030Z [pool-2-thread-1] DEBUG o.a.s.m.s.recipients.RecipientStore - Marking 1 numbers as undiscoverable",
        "2025-08-13 09:40:23,030 [main] INFO  org.example.Client - started",
    ],
};

/// Longest thread name.
const THREAD_MAX: usize = 120;

fn parts(b: &[u8]) -> Option<Parts> {
    let second = second_end(b, b'-', b'T').or_else(|| second_end(b, b'-', b' '))?;
    let stamp = word_end(b, fraction_end(b, second));
    if b.get(stamp + 1) != Some(&b'[') {
        return None;
    }
    let tid = stamp + 2;
    let close = tid + find(b.get(tid..b.len().min(tid + THREAD_MAX))?, b"] ")?;
    let level = skip_blanks(b, close + 2);
    let level_end = word_end(b, level);
    if !is_level_word(b.get(level..level_end)?) {
        return None;
    }
    let tag = skip_blanks(b, level_end);
    let tag_end = word_end(b, tag);
    if b.get(tag_end..tag_end + 3)? != b" - " {
        return None;
    }
    Some(Parts {
        stamp: (0, stamp),
        level: (level, level_end),
        tid: (tid, close),
        tag: (tag, tag_end),
        message: tag_end + 3,
        ..Parts::default()
    })
}
