//! Signal-Android debug logs of 7.x: one message in about two hundred lines.

use crate::rng::Rng;
use crate::stream::{Voice, stamp};
use crate::truth::Truth;
use std::io::Write;

const NOISE: &[(&str, &str)] = &[
    ("JobRunner", "][PushProcessMessageJobV2][3] Running job. (Time Since Submission: 4 ms, Lifespan: Immortal, Run Attempt: 1/Unlimited)"),
    ("LibSignalChatConnection", "[auth:7f] [sendRequest] Success: 200"),
    (
        "IncomingMessageObserver",
        "Network: true, Foreground: true, Time Since Last Interaction: 12 ms, FCM: true, Stay open requests: [], Registered: true, Proxy: false, Force websocket: false",
    ),
    ("ConversationListDataSo", "[load] start: 0, length: 30, totalSize: 412"),
    ("DatabaseObserver", "notifyConversationListeners: 3 observers"),
    ("AttachmentDownloadJob", "onAdded() messageId: 8812 attachmentId: 33 manual: false"),
    ("RecipientIdCache", "Cache miss for an identifier, querying"),
    ("GlideErrors", "load failed with one root cause: java.net.SocketTimeoutException: timeout"),
    ("StorageSyncJob", "Our version: 1180, their version: 1180"),
    ("WebSocketConnection", "keepalive: no response in 30000 ms, onFailure()"),
    ("ThreadTable", "[update] threadId: 12, unreadCount: 0"),
];

pub struct Signal;

impl Voice for Signal {
    const APP: Option<&'static str> = Some("Signal-Android");
    const STEM: &'static str = "debuglog";
    const EXTENSION: &'static str = "txt";

    fn header(&self, out: &mut Vec<u8>, now_ms: i64) -> std::io::Result<()> {
        header(out, now_ms)
    }

    fn noise(&mut self, rng: &mut Rng, out: &mut Vec<u8>, now_ms: &mut i64) -> std::io::Result<()> {
        noise(rng, out, now_ms)
    }

    fn message(&mut self, rng: &mut Rng, out: &mut Vec<u8>, now_ms: &mut i64, truth: &mut Truth) -> std::io::Result<()> {
        message(rng, out, now_ms, truth)
    }
}

fn header(out: &mut Vec<u8>, now: i64) -> std::io::Result<()> {
    write!(
        out,
        "============ SYSINFO ============\nTime              : {now}\nManufacturer      : Google\nModel             : Pixel 7a\nAndroid           : 15, API 35 (12673117, AP4A.250105.002)\nApp               : Signal 7.43.3 (154603, 1546) (aa4f0cd9b2)\n\n============ LOGGER =============\n"
    )
}

/// `[7.43.3] [304  ] 2026-11-02 21:15:00.330 GMT+00:00 I `
fn prefix(out: &mut Vec<u8>, now: i64, thread: u64) -> std::io::Result<()> {
    write!(out, "[7.43.3] [{thread:<5}] ")?;
    stamp(out, now, 0);
    out.extend_from_slice(b" GMT+00:00 I ");
    Ok(())
}

fn noise(rng: &mut Rng, out: &mut Vec<u8>, now: &mut i64) -> std::io::Result<()> {
    for _ in 0..rng.range(150, 240) {
        *now += rng.range(1, 60);
        let (tag, text) = rng.pick(NOISE);
        prefix(out, *now, 200 + rng.below(90))?;
        if *tag == "JobRunner" {
            writeln!(out, "JobRunner: [JOB::{:08x}-7378-46cd-a1f7-{:012x}{text}", rng.next() & 0xFFFF_FFFF, rng.next() & 0xFFFF_FFFF_FFFF)?;
        } else {
            writeln!(out, "{tag}: {text}")?;
        }
    }
    Ok(())
}

fn message(rng: &mut Rng, out: &mut Vec<u8>, now: &mut i64, truth: &mut Truth) -> std::io::Result<()> {
    let job = format!("JOB::{:08x}-dd21-4487-9df0-{:012x}", rng.next() & 0xFFFF_FFFF, rng.next() & 0xFFFF_FFFF_FFFF);
    let (thread, sent_ts, id) = (300 + rng.below(9), *now, rng.below(1 << 40));
    let suffix = |since: i64, run: i64| {
        format!("(Time Since Submission: {since} ms, Lifespan: 86400000 ms, Run Attempt: {run}/Unlimited, Queue: RecipientId::9)")
    };
    let line = |out: &mut Vec<u8>, at: i64, text: &str| -> std::io::Result<()> {
        prefix(out, at, thread)?;
        writeln!(out, "{text}")
    };
    line(out, *now + 40, &format!("JobRunner: [{job}][IndividualSendJob][4] Running job. {}", suffix(40, 1)))?;
    line(
        out,
        *now + 55,
        &format!(
            "IndividualSendJob: [{job}][IndividualSendJob][{sent_ts}] Sending message: {id}, Recipient: RecipientId::9, Thread: 3, Attachments: , Editing: N/A {}",
            suffix(55, 1)
        ),
    )?;
    *now += 90;
    let exception = |out: &mut Vec<u8>, at: i64, tag: &str, class: &str| -> std::io::Result<()> {
        line(out, at, &format!("{tag}: {class}"))?;
        line(out, at, &format!("{tag}: \tat org.thoughtcrime.securesms.jobs.IndividualSendJob.deliver(IndividualSendJob.kt:331)"))?;
        line(out, at, &format!("{tag}: "))
    };
    let sent = |out: &mut Vec<u8>, at: i64, since: i64, run: i64| {
        line(out, at, &format!("IndividualSendJob: [{job}][IndividualSendJob][{sent_ts}] Sent message: {id} {}", suffix(since, run)))
    };
    match rng.below(100) {
        0..=91 => {
            *now += rng.range(100, 900);
            sent(out, *now, *now - sent_ts, 1)?;
            truth.sent += 1;
        }
        92..=94 => {
            line(out, *now, &format!("BaseJob: [{job}][IndividualSendJob] Encountered a retryable exception. {}", suffix(90, 1)))?;
            exception(
                out,
                *now,
                "BaseJob",
                "org.whispersystems.signalservice.api.push.exceptions.PushNetworkException: java.net.UnknownHostException: Unable to resolve host \"chat.signal.org\": No address associated with hostname",
            )?;
            *now += 240_000;
            line(out, *now, &format!("JobRunner: [{job}][IndividualSendJob][2] Running job. {}", suffix(*now - sent_ts, 5)))?;
            *now += 300;
            sent(out, *now, *now - sent_ts, 5)?;
            truth.delayed("network.dns");
        }
        95..=96 => {
            line(out, *now, &format!("IndividualSendJob: [{job}][IndividualSendJob] Failure {}", suffix(90, 1)))?;
            exception(
                out,
                *now,
                "IndividualSendJob",
                "org.whispersystems.signalservice.api.push.exceptions.UnregisteredUserException: org.whispersystems.signalservice.api.push.exceptions.NotFoundException: [404] Not found",
            )?;
            line(
                out,
                *now + 2,
                &format!("JobRunner: [{job}][IndividualSendJob][4] Job finished with result SUCCESS in 55 ms. {}", suffix(96, 1)),
            )?;
            truth.unsent("account.recipient_gone");
        }
        97 => {
            line(out, *now, &format!("BaseJob: [{job}][IndividualSendJob] Encountered a failing exception. {}", suffix(90, 1)))?;
            exception(
                out,
                *now,
                "BaseJob",
                "org.thoughtcrime.securesms.transport.UndeliverableMessageException: The total body size was greater than our limit of 2048 bytes.",
            )?;
            truth.unsent("content.too_large");
        }
        98 => {
            line(out, *now, &format!("BaseJob: [{job}][IndividualSendJob] Encountered a retryable exception. {}", suffix(90, 1)))?;
            exception(
                out,
                *now,
                "BaseJob",
                "org.whispersystems.signalservice.api.push.exceptions.NonSuccessfulResponseCodeException: [503] Bad response: 503",
            )?;
            *now += 2_000;
            line(
                out,
                *now,
                &format!("JobRunner: [{job}][IndividualSendJob][3] Failing after surpassing its lifespan. {}", suffix(86_400_010, 61)),
            )?;
            truth.unsent("service.error");
        }
        _ => {
            line(out, *now, &format!("IndividualSendJob: [{job}][IndividualSendJob] Failure {}", suffix(90, 1)))?;
            exception(
                out,
                *now,
                "IndividualSendJob",
                "org.whispersystems.signalservice.api.crypto.UntrustedIdentityException: Untrusted identity key!",
            )?;
            truth.unsent("software.crypto");
        }
    }
    Ok(())
}
