//! Signatures of crashes and hangs. In: the class that a rule captured and the frames as logged; out:
//! exception or signal plus the first frame of the app, the same over versions, devices and builds.

use serde::Deserialize;
use std::sync::LazyLock;

/// Longest signature, bytes.
const SIGNATURE_MAX: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Frames {
    platform: Vec<Platform>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "name and reference are for those who read the list")]
struct Platform {
    name: String,
    reference: String,
    prefixes: Vec<String>,
    #[serde(default)]
    exact: Vec<String>,
}

static FRAMES: LazyLock<Frames> =
    LazyLock::new(|| toml::from_str(include_str!("frames.toml")).expect("frames.toml is part of the program and tested"));

/// Exception or signal, and the first frame that is the app's; the process where the log shows neither.
#[must_use]
pub fn signature(class: Option<&str>, frames: Option<&str>, process: Option<&str>) -> String {
    let class = class.unwrap_or("").trim();
    let mut text = match frames.and_then(app_frame) {
        Some(frame) if !class.is_empty() => format!("{class} at {frame}"),
        Some(frame) => frame.to_owned(),
        None if !class.is_empty() => class.to_owned(),
        None => process.unwrap_or("").to_owned(),
    };
    let end = (0..=SIGNATURE_MAX.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    text.truncate(end);
    text
}

/// The first frame of the app, as written.
#[must_use]
pub fn app_frame(frames: &str) -> Option<&str> {
    frames.split(['\n', '{']).map(frame_of).find(|f| !f.is_empty() && !is_system(f))
}

fn is_system(frame: &str) -> bool {
    FRAMES.platform.iter().any(|p| p.prefixes.iter().any(|prefix| frame.starts_with(prefix.as_str())) || p.exact.iter().any(|e| e == frame))
}

/// The frame that a line shows, or nothing. Line numbers, offsets and addresses are left out: they move
/// with every build.
///
/// - Java: `\tat a.b.C.d(C.java:12)` -> `a.b.C.d`
/// - native: `#00 pc 4c11b8  /data/app/x/libchat.so (chat_send+12)` -> `chat_send`, or the library
/// - Apple text: `3   Chat   0x0000000102 Outbox.encrypt + 96` -> `Outbox.encrypt`; JSON: `"symbol" : "f"` -> `f`
/// - JavaScript: `sendPost@1:88211`, `    at sendPost (app.js:10:5)` -> `sendPost`
/// - Rust: `panicked at src/smtp.rs:81:27:` -> `src/smtp.rs`
fn frame_of(line: &str) -> &str {
    let line = line.trim_start();
    if let Some((_, place)) = line.split_once("panicked at ") {
        let place = place.rsplit_once("', ").map_or(place, |(_, old)| old);
        return place.split(':').next().unwrap_or(place).trim();
    }
    if let Some(rest) = line.strip_prefix("at ") {
        return rest.split('(').next().unwrap_or(rest).trim();
    }
    if let Some((_, rest)) = line.split_once("\"symbol\"") {
        return rest.split('"').nth(1).unwrap_or_default();
    }
    if let Some((_, path)) = line.strip_prefix('#').and_then(|l| l.split_once(" pc ")) {
        return native(path);
    }
    if line.starts_with(|c: char| c.is_ascii_digit())
        && let Some((_, rest)) = line.split_once(" 0x")
    {
        let symbol = rest.split_once(' ').map_or("", |(_, s)| s);
        return symbol.split(" + ").next().unwrap_or(symbol).trim();
    }
    if let Some((name, place)) = line.split_once('@')
        && !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '<' | '>'))
        && place.rsplit(':').next().is_some_and(|n| n.trim().parse::<u64>().is_ok())
    {
        return name;
    }
    ""
}

/// The symbol of a native frame, or the library of the app it is in.
fn native(path: &str) -> &str {
    let path = path.trim_start_matches(|c: char| c.is_ascii_hexdigit()).trim_start();
    let symbol = path.split_once(" (").map(|(_, s)| s.split(['+', ')']).next().unwrap_or_default());
    let of_system = path.starts_with("/apex/") || path.starts_with("/system/") || path.starts_with("/vendor/");
    let symbol = symbol.filter(|s| !s.is_empty() && !s.starts_with("BuildId") && !of_system);
    let file = path.split(" (").next().unwrap_or(path).trim();
    let library = if path.starts_with("/data/") { file.rsplit('/').next().unwrap_or(file) } else { file };
    symbol.unwrap_or(library)
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

    #[test]
    fn frames_of_every_platform_are_read_without_numbers_that_move() {
        for (line, frame) in [
            ("#01 pc 00000000000b1f34  /data/app/~~Q==/org.x.chat-1==/lib/arm64/libratchet.so (encrypt_one+424)", "encrypt_one"),
            ("#01 pc 00000000000b1f34  /data/app/~~Q==/org.x.chat-1==/lib/arm64/libratchet.so", "libratchet.so"),
            ("3   Chat   0x0000000102f00 Outbox.encrypt(_:) + 96", "Outbox.encrypt(_:)"),
            ("\"symbol\" : \"Outbox.next()\",", "Outbox.next()"),
            ("sendPost@1:88211", "sendPost"),
            ("    at sendPost (index.android.bundle:10:5)", "sendPost"),
            ("thread 'main' panicked at src/smtp.rs:81:27:", "src/smtp.rs"),
            ("thread 'main' panicked at 'called `Option::unwrap()` on a `None` value', src/smtp.rs:81:27", "src/smtp.rs"),
            ("user@host.example wrote", ""),
        ] {
            assert_eq!(frame_of(line), frame, "{line}");
        }
    }

    #[test]
    fn frames_of_platforms_and_libraries_are_skipped() {
        for frame in [
            "android.os.Handler.dispatchMessage",
            "__abort_with_payload",
            "_assertionFailure(_:_:file:line:flags:)",
            "core::panicking::panic",
            "com.facebook.react.bridge.X",
        ] {
            assert!(is_system(frame), "{frame}");
        }
        for frame in ["org.x.chat.Send.run", "encrypt_one", "Outbox.next()", "src/smtp.rs", "sendPost", "startUpload", "abortUpload"] {
            assert!(!is_system(frame), "{frame}");
        }
    }
}
