//! Android logcat (`threadtime`) with an app that nobody has profiled: `msg_id=` beside plain words.
//! The noise is what other processes of a phone print. Source of the line form: AOSP
//! `liblog/logprint.cpp`; of the system's texts: public dumps.

use crate::failures::{FAILURES, LATE_PER_MILLE, SENT_PER_MILLE};
use crate::rng::Rng;
use crate::stream::{Voice, date, time};
use crate::truth::Truth;
use std::io::Write;

const PID: u64 = 7_712;
const ZONE_MS: i64 = 8 * 3_600_000;

/// Process, level, tag, text.
const NOISE: &[(u64, char, &str, &str)] = &[
    (1_410, 'D', "WifiHAL", "event received NL80211_CMD_VENDOR, vendor_id = 0x1374, subcmd = 0xd"),
    (1_410, 'W', "JobScheduler", "Job #u0a77/12 stopped: reason=timeout"),
    (1_410, 'I', "ActivityManager", "Displayed com.example.launcher/.Home: +312ms"),
    (1_410, 'W', "NotificationService", "Toast already killed. pkg=com.example.notes token=android.os.BinderProxy@41ab"),
    (1_410, 'V', "WindowManager", "Sent Transition (#3678) createdAt via request=TransitionRequestInfo { type = OPEN }"),
    (3_100, 'E', "Volley", "[412] BasicNetwork.performRequest: Unexpected response code 503 for https://ads.example/v1"),
    (
        3_100,
        'W',
        "MailSync",
        "java.net.UnknownHostException: Unable to resolve host \"imap.mail.example\": No address associated with hostname",
    ),
    (2_044, 'D', "SurfaceFlinger", "duplicate layer name: changing to Toast#4"),
    (2_044, 'D', "audio_hw_primary", "out_write: retry previous failed cal level set"),
    (1_410, 'E', "GnssHAL", "AGPS SUPL request timeout, retry later"),
    (PID, 'I', "Choreographer", "Skipped 31 frames!  The application may be doing too much work on its main thread."),
    (PID, 'D', "OpenGLRenderer", "endAllActiveAnimators on 0xc8c9a480 (RippleDrawable) with handle 0xc7a75470"),
    (PID, 'D', "HopConfig", "send_timeout=15000 connect_timeout=8000 retry_max=3"),
    (PID, 'I', "HopRecv", "recv push batch=1"),
    (PID, 'W', "HopAvatar", "download failed: timeout"),
];

/// What stands near failures of which the log says no more: level, tag, text before and behind a number.
const UNEXPLAINED: [(char, &str, &str, &str); 5] = [
    ('W', "LeaseKeeper", "lease ", " passed to another owner, ours is void"),
    ('D', "ShardMap", "shard ", " moved while a reader held it"),
    ('I', "Codec", "dictionary ", " is older than the one of the channel"),
    ('W', "OutboxView", "cursor ", " points behind the last page"),
    ('D', "PowerHint", "hint session ", " ended by the governor"),
];

pub struct Logcat {
    /// Of a thousand messages, how many fail without a word.
    pub unexplained: u64,
}

impl Voice for Logcat {
    const APP: Option<&'static str> = None;
    const STEM: &'static str = "logcat";
    const EXTENSION: &'static str = "txt";

    fn header(&self, out: &mut Vec<u8>, now_ms: i64) -> std::io::Result<()> {
        out.extend_from_slice(b"--------- beginning of main\n");
        line(out, now_ms, PID, PID, 'I', "HopApp", "app start version=4.1.0(41000) device=Google Pixel 7a android=15")?;
        line(out, now_ms, 1_410, 1_602, 'D', "ConnectivityService", "[104 WIFI] validation passed")
    }

    fn noise(&mut self, rng: &mut Rng, out: &mut Vec<u8>, now_ms: &mut i64) -> std::io::Result<()> {
        for _ in 0..rng.range(150, 240) {
            *now_ms += rng.range(1, 60);
            let (pid, level, tag, text) = *rng.pick(NOISE);
            line(out, *now_ms, pid, pid + rng.below(40), level, tag, text)?;
        }
        Ok(())
    }

    fn message(&mut self, rng: &mut Rng, out: &mut Vec<u8>, now_ms: &mut i64, truth: &mut Truth) -> std::io::Result<()> {
        if self.unexplained > 0 && rng.below(1_000) < self.unexplained {
            return without_a_word(rng, out, now_ms, truth);
        }
        message(rng, out, now_ms, truth)
    }
}

/// A message that fails, with a record near it that only such failures have.
fn without_a_word(rng: &mut Rng, out: &mut Vec<u8>, now_ms: &mut i64, truth: &mut Truth) -> std::io::Result<()> {
    let id = format!("h-{:012x}", rng.next() >> 16);
    *now_ms += rng.range(100, 900);
    line(out, *now_ms, PID, PID + 28, 'I', "HopSend", &format!("enqueue msg_id={id} kind=text"))?;
    let (level, tag, before, behind) = *rng.pick(&UNEXPLAINED);
    *now_ms += rng.range(60, 2_000);
    line(out, *now_ms, PID, PID + 31, level, tag, &format!("{before}{}{behind}", rng.below(90_000)))?;
    *now_ms += rng.range(60, 3_000);
    truth.unsent("unknown");
    line(out, *now_ms, PID, PID + 28, 'E', "HopSend", &format!("send failed msg_id={id}"))
}

fn message(rng: &mut Rng, out: &mut Vec<u8>, now_ms: &mut i64, truth: &mut Truth) -> std::io::Result<()> {
    let id = format!("h-{:012x}", rng.next() >> 16);
    let mut say = |now_ms: i64, level: char, text: &str| line(out, now_ms, PID, PID + 28, level, "HopSend", text);
    *now_ms += rng.range(100, 900);
    say(*now_ms, 'I', &format!("enqueue msg_id={id} kind=text"))?;
    let fate = rng.below(1_000);
    if fate < SENT_PER_MILLE {
        *now_ms += rng.range(60, 1_500);
        truth.sent += 1;
        say(*now_ms, 'I', &format!("ack msg_id={id}"))
    } else if fate < SENT_PER_MILLE + LATE_PER_MILLE {
        *now_ms += 10_000;
        say(*now_ms, 'W', &format!("retry 1 in 4 s msg_id={id} java.net.SocketTimeoutException: timeout"))?;
        *now_ms += rng.range(4_000, 9_000);
        truth.delayed("network.timeout");
        say(*now_ms, 'I', &format!("ack msg_id={id}"))
    } else {
        let failure = rng.weighted(FAILURES);
        *now_ms += rng.range(60, 3_000);
        truth.unsent(failure.cause);
        say(*now_ms, 'E', &format!("send failed msg_id={id} {}", failure.text))
    }
}

/// `11-02 21:15:00.330  7712  7740 I HopSend : `.
fn line(out: &mut Vec<u8>, now_ms: i64, pid: u64, tid: u64, level: char, tag: &str, text: &str) -> std::io::Result<()> {
    let at = out.len();
    date(out, now_ms + ZONE_MS);
    out.drain(at..at + "2026-".len());
    out.push(b' ');
    time(out, now_ms + ZONE_MS);
    writeln!(out, " {pid:5} {tid:5} {level} {tag:<8}: {text}")
}
