//! What stands in a log outside its records: the header that a client puts on top, section titles,
//! buffer separators and session marks.
//!
//! What comes in are the first bytes of a document; what goes out are context facts with their line.
//! Keys are read where no record has begun yet, so that a chat line `App : x` can never be a fact.

use super::detect::{DETECT_BYTES, is_head};

/// A fact that a header states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Name of the context value, as profiles use it.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// 1-based line.
    pub line: u64,
    /// Byte offset of the line.
    pub offset: u64,
}

/// Products of a user agent that are engines, not the app.
const ENGINES: &[&str] = &["AppleWebKit", "Chrome", "Electron", "Safari", "node", "env", "Gecko", "Version", "Mobile", "Firefox"];
/// Longest key of a header.
const KEY_MAX: usize = 40;

/// Whether a line is of known form though it is no record: a section title, a separator between
/// buffers, or a mark that a run of the writer begins or ends.
///
/// Titles: Signal-Android `SubmitDebugLogRepository.java`; separators: Android `logcat.cpp`
/// (`--------- beginning of`, `--------- switch to`); marks: Tencent/mars `appender.cc`.
#[must_use]
pub fn is_structural(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    (line.starts_with(b"=====") && line.ends_with(b"="))
        || line.starts_with(b"--------- ")
        || line.starts_with(b"^^^^^^^^^^")
        || line.starts_with(b"$$$$$$$$$$")
        || line.starts_with(b"~~~~~ ")
        || line.starts_with(b"-----start log ")
}

/// Splits `Key   : value`; the key starts with a letter.
#[must_use]
pub fn key_value(line: &[u8]) -> Option<(&str, &str)> {
    let colon = memchr::memchr(b':', line.get(..line.len().min(KEY_MAX))?)?;
    let key = std::str::from_utf8(&line[..colon]).ok()?.trim_end();
    let value = std::str::from_utf8(&line[colon + 1..]).ok()?.strip_prefix(' ')?.trim();
    let word = |c: char| c.is_alphanumeric() || c == ' ' || c == '-' || c == '/';
    (key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(word)).then_some((key, value))
}

/// Keys of Delta Chat's header (`LogViewFragment.java`), `key=value`, and what other headers call them.
const ASSIGNED: &[(&str, &str)] = &[("app", "App"), ("device", "Device"), ("android", "Android"), ("versionCode", "App build")];

/// Splits `key=value` of a known key.
fn assignment(line: &[u8]) -> Option<(&'static str, &str)> {
    let (key, value) = std::str::from_utf8(line).ok()?.split_once('=')?;
    ASSIGNED.iter().find(|(name, _)| *name == key).map(|(_, known)| (*known, value.trim()))
}

/// Reads the facts of a header.
#[must_use]
pub fn facts(head: &[u8]) -> Vec<Fact> {
    let mut found = Found::default();
    let mut offset = 0u64;
    for (number, raw) in (1u64..).zip(head[..head.len().min(DETECT_BYTES)].split_inclusive(|b| *b == b'\n')) {
        let line = raw.strip_suffix(b"\n").unwrap_or(raw);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if is_head(line) {
            break;
        }
        if let Some((key, value)) = key_value(line).or_else(|| assignment(line)) {
            found.take(key, value, number, offset);
        } else if line.starts_with(b"Mozilla/5.0 (") {
            found.agent(&String::from_utf8_lossy(line), number, offset);
        }
        offset += raw.len() as u64;
    }
    found.finish()
}

#[derive(Default)]
struct Found {
    facts: Vec<Fact>,
    network: Option<(bool, u64, u64)>,
    wifi: Option<bool>,
}

impl Found {
    fn add(&mut self, name: &'static str, value: &str, line: u64, offset: u64) {
        if !value.is_empty() {
            self.facts.push(Fact { name, value: value.to_owned(), line, offset });
        }
    }

    fn take(&mut self, key: &str, value: &str, line: u64, offset: u64) {
        let bare = value.split(" (").next().unwrap_or(value).trim();
        match key {
            "App" => {
                // `Signal 7.43.3 (154603, 1546) (aa4f0cd9b2)`
                let (name, version) = bare.rsplit_once(' ').unwrap_or(("", bare));
                self.add("app", name, line, offset);
                // Delta Chat adds the flavour of the build: `2.59.0-gplayFatRelease`.
                let version = version.split_once('-').filter(|(_, flavour)| flavour.ends_with("Release")).map_or(version, |(v, _)| v);
                self.add("app_version", version, line, offset);
                if let Some(build) = value.split(" (").nth(1) {
                    self.add("app_build", build.split([',', ')']).next().unwrap_or(""), line, offset);
                }
            }
            "Device" => {
                // `MANUFACTURER MODEL (PRODUCT)`
                let (maker, model) = bare.split_once(' ').unwrap_or(("", bare));
                self.add("device_manufacturer", maker, line, offset);
                self.add("device_model", model, line, offset);
            }
            // Signal Desktop (`ts/logging/debuglogs.ts`); `OS version` there is a kernel's.
            "App version" => self.add("app_version", value, line, offset),
            // Mattermost's mail to support (`app/utils/helpers`, "App metadata"): `2.43.0 (Build 799)`.
            "App Version" => {
                self.add("app_version", bare, line, offset);
                if let Some(build) = value.split(" (Build ").nth(1) {
                    self.add("app_build", build.trim_end_matches(')'), line, offset);
                }
            }
            "App Platform" => self.add("os", &value.to_lowercase(), line, offset),
            "App build" => self.add("app_build", value, line, offset),
            "Device Model" => {
                let (maker, model) = bare.split_once(' ').unwrap_or(("", bare));
                self.add("device_manufacturer", maker, line, offset);
                self.add("device_model", model, line, offset);
            }
            "Arch" => self.add("abi", value, line, offset),
            "User agent" => self.agent(value, line, offset),
            "Manufacturer" => self.add("device_manufacturer", value, line, offset),
            "Model" => self.add("device_model", value, line, offset),
            "Android" => {
                // `15, API 35 (INCREMENTAL, DISPLAY)` or `10 (INCREMENTAL, DISPLAY)`
                self.add("os", "android", line, offset);
                self.add("os_version", bare.split(',').next().unwrap_or(bare), line, offset);
                if let Some(build) = value.split(" (").nth(1) {
                    self.add("os_build", build.trim_end_matches(')'), line, offset);
                }
            }
            "ABIs" => self.add("abi", value.split(',').next().unwrap_or(value), line, offset),
            // The phone's clock less the server's (Signal-Android, `LogSectionSystemInfo.kt` and `MiscellaneousValues.kt`).
            "Server Time Offset" => {
                if let Some(ms) = value.split(' ').next().filter(|ms| ms.parse::<i64>().is_ok()) {
                    self.add("skew_ms", ms, line, offset);
                }
            }
            "Time" if value.parse::<i64>().is_ok() => self.add("exported_ms", value, line, offset),
            "NetworkConstraint" => self.network = value.parse().ok().map(|up| (up, line, offset)),
            "WifiConstraint" => self.wifi = value.parse().ok(),
            "Censored" => self.add("censored", value, line, offset),
            _ => {}
        }
    }

    /// `Mozilla/5.0 (X11; Linux x86_64) … Signal/5.43.0 Chrome/…`: system and program.
    fn agent(&mut self, agent: &str, line: u64, offset: u64) {
        let Some((system, products)) = agent.strip_prefix("Mozilla/5.0 (").and_then(|rest| rest.split_once(')')) else { return };
        let os = match system {
            s if s.contains("Android") => "android",
            s if s.contains("Windows") => "windows",
            s if s.contains("iPhone") || s.contains("iPad") => "ios",
            s if s.contains("Mac OS X") => "macos",
            s if s.contains("Linux") => "linux",
            _ => "",
        };
        self.add("os", os, line, offset);
        let mac = system.split_once("Mac OS X ").map(|(_, v)| v.replace('_', "."));
        let windows = system.split_once("Windows NT ").map(|(_, v)| v.split(';').next().unwrap_or(v).to_owned());
        self.add("os_version", &mac.or(windows).unwrap_or_default(), line, offset);
        let product = products.split(' ').filter_map(|p| p.split_once('/')).find(|(name, _)| !ENGINES.contains(name));
        if let Some((name, version)) = product {
            self.add("app", name, line, offset);
            if !self.facts.iter().any(|f| f.name == "app_version") {
                self.add("app_version", version, line, offset);
            }
        }
    }

    /// Signal's CONSTRAINTS hold for the moment of the export: no network, Wi-Fi, or mobile.
    fn finish(mut self) -> Vec<Fact> {
        if let Some((up, line, offset)) = self.network {
            let value = match (up, self.wifi) {
                (false, _) => "none",
                (true, Some(true)) => "wifi",
                (true, Some(false)) => "cell",
                (true, None) => "unknown",
            };
            self.add("network_at_export", value, line, offset);
        }
        self.facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<'a>(facts: &'a [Fact], name: &str) -> Option<&'a str> {
        facts.iter().find(|f| f.name == name).map(|f| f.value.as_str())
    }

    #[test]
    fn a_signal_header_states_app_device_system_and_network() {
        let text = b"============ SYSINFO ============\nTime              : 1748999999120\nManufacturer      : samsung\nModel             : SM-S911U\nAndroid           : 15, API 35 (S911USQU6DYE3, AP3A.240905.015.A2)\nApp               : Signal 7.43.3 (154603, 1546) (aa4f0cd9b2)\n\n========== CONSTRAINTS ==========\nNetworkConstraint                    : true\nWifiConstraint                       : false\n";
        let f = facts(text);
        assert_eq!(value(&f, "app_version"), Some("7.43.3"));
        assert_eq!(value(&f, "app_build"), Some("154603"));
        assert_eq!(value(&f, "device_model"), Some("SM-S911U"));
        assert_eq!(value(&f, "os_version"), Some("15"));
        assert_eq!(value(&f, "network_at_export"), Some("cell"));
        assert_eq!(value(&f, "exported_ms"), Some("1748999999120"));
    }

    #[test]
    fn a_desktop_header_states_version_and_system() {
        let new = facts(b"========= System info =========\nApp version: 5.43.0\nArch: x64\nTime: 1653640000000\nUser agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Signal/5.43.0 Chrome/110.0 Electron/23.1 Safari/537.36\n");
        assert_eq!((value(&new, "app_version"), value(&new, "os"), value(&new, "app")), (Some("5.43.0"), Some("linux"), Some("Signal")));
        let old = facts(b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Signal/1.29.3 Chrome/76.0 Electron/6.0 node/12.4 env/production\n");
        assert_eq!((value(&old, "app_version"), value(&old, "os_version")), (Some("1.29.3"), Some("10.15.7")));
    }

    #[test]
    fn assignments_and_mails_to_support_state_version_and_device() {
        let f = facts(b"device=Samsung SM-A556B (a55x)\nandroid=15 (AP3A.240905.015.A2, A556BXXS8CYK1)\nlang=de\napp=Delta Chat 2.59.0-gplayFatRelease\nversionCode=8021\n");
        assert_eq!(
            (value(&f, "app_version"), value(&f, "device_model"), value(&f, "os_version")),
            (Some("2.59.0"), Some("SM-A556B"), Some("15"))
        );
        let f = facts(b"App metadata\nApp Version: 2.43.0 (Build 799)\nApp Platform: Android\nDevice Model: Google Pixel 9\n");
        assert_eq!(
            (value(&f, "app_version"), value(&f, "device_model"), value(&f, "os")),
            (Some("2.43.0"), Some("Pixel 9"), Some("android"))
        );
    }

    #[test]
    fn nothing_after_the_first_record_is_a_fact() {
        let f = facts(b"03-04 18:20:01.003  9211  9260 D NetMon  : onLost 101\nApp : Signal 1.0\n");
        assert!(f.is_empty());
    }

    #[test]
    fn titles_and_separators_are_structural() {
        assert!(is_structural(b"============ LOGGER ============="));
        assert!(is_structural(b"--------- beginning of crash"));
        assert!(!is_structural(b"  ===== PRAGMA integrity_check ====="));
    }
}
