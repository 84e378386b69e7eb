//! Incidents: crashes, hangs and kills of the app's own process, whether they cost a message or not.

use crate::attempt::Attempt;
use crate::format::GRAMMARS;
use crate::profile::syntax::{App, AppKind};
use crate::session::Session;
use crate::taxonomy::{Cause, Kind};

/// Two lines about the same incident stand at most this far apart (app log and crash buffer; the
/// report of a crash and its tombstone).
const SAME_US: i64 = 5_000_000;
/// A hang that is reported again and again is one as long as its reports are at most this far apart.
const SAME_HANG_US: i64 = 3_600_000_000;
/// Prefixes of frames that belong to the platform or to libraries, not to the app.
const SYSTEM_FRAMES: &[&str] = &[
    "java.",
    "javax.",
    "android.",
    "androidx.",
    "com.android.",
    "dalvik.",
    "kotlin.",
    "kotlinx.",
    "sun.",
    "libcore.",
    "okhttp3.",
    "okio.",
    "com.google.",
    "io.reactivex.",
    "retrofit2.",
    "org.json.",
    "/apex/",
    "/system/",
    "mach_",
    "__",
    "_CF",
    "CF",
    "abort",
    "objc_",
    "swift_",
    "_swift_",
    "pthread_",
    "_pthread_",
    "_dispatch_",
    "dispatch_",
    "kevent",
    "semaphore_",
    "-[NS",
    "+[NS",
    "UIApplicationMain",
    "UIKit",
    "CoreFoundation",
    "Foundation",
    "libsystem",
    "libdispatch",
    "libobjc",
    "libswift",
    "dyld",
    "start",
    "Swift",
];
/// Longest signature.
const SIGNATURE_MAX: usize = 200;

/// An incident.
#[derive(Clone, Debug)]
pub struct Incident {
    /// What it is.
    pub kind: Kind,
    /// Its cause.
    pub cause: Option<Cause>,
    /// Number of its mark.
    pub mark: usize,
    /// When, µs UTC.
    pub at: Option<i64>,
    /// When it was last reported, µs UTC.
    pub last_us: Option<i64>,
    /// Exception or signal and the first frame of the app.
    pub signature: String,
    /// Stable id within the upload.
    pub id: String,
    /// The process.
    pub process: String,
    /// Rule that showed it.
    pub rule: String,
}

/// Finds the incidents of a session, in order.
#[must_use]
pub fn incidents(session: &Session<'_>, attempts: &[Attempt]) -> Vec<Incident> {
    let own_pids: Vec<&str> =
        attempts.iter().flat_map(|a| a.steps.iter().map(|s| &*session.marks[s.mark].mark.pid)).filter(|p| !p.is_empty()).collect();
    let mut found: Vec<Incident> = Vec::new();
    for (number, timed) in session.marks.iter().enumerate() {
        let Some(rule) = session.profiles.rule(timed.mark.statement) else { continue };
        let Some(kind) = rule.incident else { continue };
        let process = timed.mark.process().to_owned();
        let kind_of_app = session.profiles.profile_of(timed.mark.statement).file.app.kind;
        let name = timed.mark.get("process");
        let own = kind_of_app != AppKind::System
            || own_pids.contains(&process.as_str())
            || name.is_some_and(|n| is_package(session, n))
            // Told by its name alone: the app's main process.
            || (process.is_empty() && name.is_some_and(|n| session.packages.contains(n)))
            // Another process of the app, or its clone in another profile: its failures are the app's; its end is not.
            || (kind != Kind::Kill && name.is_some_and(|n| session.packages.iter().any(|p| is_process_of(p, n))))
            || is_report_of(session, attempts, number);
        if !own {
            continue;
        }
        let signature = signature(timed.mark.get("class"), timed.mark.get("frames"), name);
        let same = found.iter_mut().find(|i: &&mut Incident| {
            let near = match (i.last_us, timed.at) {
                (Some(a), Some(b)) => (b - a).abs() <= if kind == Kind::Anr { SAME_HANG_US } else { SAME_US },
                _ => true,
            };
            let process_fits = i.process == process || i.process.is_empty() || process.is_empty();
            i.kind == kind && near && process_fits
        });
        if let Some(same) = same {
            same.last_us = timed.at.max(same.last_us);
            continue;
        }
        let cause = match rule.cause {
            crate::profile::syntax::CauseOf::Fixed(cause) => Some(cause),
            crate::profile::syntax::CauseOf::Looked(_) => None,
        };
        let id = format!("{}{}", kind.as_str(), found.len() + 1);
        found.push(Incident { kind, cause, mark: number, at: timed.at, last_us: timed.at, signature, id, process, rule: rule.id.clone() });
    }
    found
}

/// Whether a mark stands in a crash report about the app whose log lies beside it: by the name of the
/// process, or, where nobody knows the app's name, because only one app's log is there.
#[must_use]
pub fn is_report_of(session: &Session<'_>, attempts: &[Attempt], number: usize) -> bool {
    let mark = &session.marks[number].mark;
    let grammar = session.documents.get(mark.document as usize).and_then(|d| d.scanned.grammar);
    if !grammar.is_some_and(|g| GRAMMARS[g as usize].is_report()) {
        return false;
    }
    let Some(name) = mark.get("process").map(letters) else { return true };
    let mut apps = attempts.iter().flat_map(|a| &a.profiles).map(|p| &session.profiles.all[*p].file.app).peekable();
    let known = |a: &App| a.kind == AppKind::App;
    let is = |a: &App| {
        let own = letters(&a.name);
        own.starts_with(&name)
            || name.starts_with(&own)
            || a.packages.iter().any(|p| is_process_of(p, mark.get("process").unwrap_or_default()))
    };
    apps.peek().is_some() && apps.all(|a| !known(a) || is(a))
}

/// The letters and digits of a name, in lower case: `Element X` and `ElementX` are one.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn is_package(session: &Session<'_>, name: &str) -> bool {
    session.profiles.all.iter().any(|p| p.file.app.packages.iter().any(|own| is_process_of(own, name)))
}

/// Bytes that Linux keeps of a thread's name (`TASK_COMM_LEN` less its end); Android keeps the last ones
/// of a package (`Process.setArgV0`, bionic `pthread_setname_np`).
const COMM_BYTES: usize = 15;

/// Whether a process name is one of a package: itself, `package:push`, or the cut name in `Fatal signal`.
#[must_use]
pub fn is_process_of(package: &str, name: &str) -> bool {
    let base = name.split(':').next().unwrap_or(name);
    package == base || (name.len() == COMM_BYTES && package.ends_with(name))
}

/// Exception or signal, and the first frame that is the app's: stable over versions and devices.
fn signature(class: Option<&str>, frames: Option<&str>, process: Option<&str>) -> String {
    let class = class.unwrap_or("").trim();
    let frame = frames
        .into_iter()
        .flat_map(|f| f.split(['\n', '{']))
        .map(frame_of)
        .find(|f| !f.is_empty() && !SYSTEM_FRAMES.iter().any(|s| f.starts_with(s)));
    let mut text = match frame {
        Some(frame) if !class.is_empty() => format!("{class} at {frame}"),
        Some(frame) => frame.to_owned(),
        None if !class.is_empty() => class.to_owned(),
        None => process.unwrap_or("").to_owned(),
    };
    let end = (0..=SIGNATURE_MAX.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    text.truncate(end);
    text
}

/// The frame that a line shows, or nothing: `\tat a.b.C.d(C.java:12)` -> `a.b.C.d`;
/// `#00 pc 4c11b8  /data/app/x/libchat.so (chat_send+12)` -> `chat_send`, or the library;
/// `3   Chat   0x0000000102 Outbox.encrypt + 96` -> `Outbox.encrypt`; `"symbol" : "f"` -> `f`.
fn frame_of(line: &str) -> &str {
    let line = line.trim_start();
    if let Some(rest) = line.strip_prefix("at ") {
        return rest.split('(').next().unwrap_or(rest).trim();
    }
    if let Some((_, rest)) = line.split_once("\"symbol\"") {
        return rest.split('"').nth(1).unwrap_or_default();
    }
    if let Some((_, path)) = line.strip_prefix('#').and_then(|l| l.split_once(" pc ")) {
        let path = path.trim_start_matches(|c: char| c.is_ascii_hexdigit()).trim_start();
        let symbol = path.split_once(" (").map(|(_, s)| s.split(['+', ')']).next().unwrap_or_default());
        let symbol =
            symbol.filter(|s| !s.is_empty() && !s.starts_with("BuildId") && !path.starts_with("/apex/") && !path.starts_with("/system/"));
        let file = path.split(" (").next().unwrap_or(path).trim();
        let library = if path.starts_with("/data/") { file.rsplit('/').next().unwrap_or(file) } else { file };
        return symbol.unwrap_or(library);
    }
    if line.starts_with(|c: char| c.is_ascii_digit())
        && let Some((_, rest)) = line.split_once(" 0x")
    {
        let symbol = rest.split_once(' ').map_or("", |(_, s)| s);
        return symbol.split(" + ").next().unwrap_or(symbol).trim();
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_skips_system_frames_and_line_numbers() {
        let frames = "\tat java.util.ArrayList.get(ArrayList.java:437)\n\tat org.x.chat.Send.run(Send.kt:12)";
        assert_eq!(
            signature(Some("java.lang.NullPointerException"), Some(frames), None),
            "java.lang.NullPointerException at org.x.chat.Send.run"
        );
        assert_eq!(signature(None, None, Some("org.x.chat")), "org.x.chat");
    }
}
