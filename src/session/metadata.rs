//! The metadata file of an upload (`meta.json`, `details.json` …) -> context facts.

use crate::format::stamp::Stamp;
use serde_json::Value;

/// Spellings of each context value in metadata files, lower-cased, dots for nesting. `meta.json` is
/// the one of `docs/client-telemetry.md`; the others are OpenTelemetry's resource attributes.
const NAMES: &[(&str, &[&str])] = &[
    ("app", &["app", "app.name", "app_name", "service.name"]),
    ("app_version", &["app_version", "appversion", "app.version", "version", "service.version", "data.version"]),
    ("app_build", &["app_build", "appbuild", "app.build", "build", "app.build_id", "data.build"]),
    ("channel", &["channel", "app.channel"]),
    ("device_manufacturer", &["device.manufacturer", "manufacturer", "device_manufacturer"]),
    ("device_model", &["device.model", "model", "device_model", "device.model.identifier", "data.device"]),
    ("device_class", &["device.class", "device_class"]),
    ("os", &["os.name", "os", "platform", "os_name"]),
    ("os_version", &["os.version", "os_version", "osversion", "data.os"]),
    ("os_build", &["os.build", "os_build"]),
    ("abi", &["device.abi", "abi"]),
    ("region", &["region", "country"]),
    ("carrier", &["carrier", "network.carrier.name"]),
    ("user", &["installation_id", "installationid", "user_id", "user", "account"]),
    ("exported_at", &["exported_at", "exportedat", "created_at", "timestamp", "create_time"]),
];

/// Nesting that is looked at.
const DEPTH_MAX: usize = 3;

/// The facts of a metadata file; none if it is no JSON object.
#[must_use]
pub fn facts(bytes: &[u8]) -> Vec<(&'static str, String)> {
    let mut flat = Vec::new();
    if let Some(object) = crate::format::jsonl::parsed(bytes) {
        flatten("", &object, 0, &mut flat);
    }
    let mut facts: Vec<(&'static str, String)> = NAMES
        .iter()
        .filter_map(|(name, spellings)| {
            let found = spellings.iter().find_map(|s| flat.iter().find(|(key, _)| key == s))?;
            Some((*name, found.1.clone()))
        })
        .collect();
    rageshake(&flat, &mut facts);
    facts
}

/// What only a rageshake's form fields tell: `V (build)` or `V [code] (G-sha)` as version, the system in
/// the user agent, and the offset between its two clocks. Source: element-hq's clients, as
/// matrix-org/rageshake stores their fields below `data`.
fn rageshake(flat: &[(String, String)], facts: &mut Vec<(&'static str, String)>) {
    let field = |name: &str| flat.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if field("data.version").is_none() {
        return;
    }
    if let Some((_, version)) = facts.iter_mut().find(|(name, _)| *name == "app_version") {
        let build = version.find(['(', '[']).map(|at| version[at + 1..].split([')', ']']).next().unwrap_or_default().to_owned());
        *version = version.split([' ', '-']).next().unwrap_or_default().to_owned();
        if let Some(build) = build.filter(|b| b.bytes().all(|c| c.is_ascii_digit()) && !b.is_empty()) {
            facts.push(("app_build", build));
        }
    }
    // `Element X/25.12.0 (SM-A366B; Android 15; SDK 14940d1a)`
    let agent = field("data.user-agent").and_then(|a| a.split("; ").find_map(|part| part.strip_prefix("Android ")));
    if let Some(version) = agent.or_else(|| field("data.os").and_then(|os| os.split(' ').next())) {
        facts.retain(|(name, _)| *name != "os_version");
        facts.push(("os_version", version.trim_end_matches(')').to_owned()));
    }
    if let (Some(local), Some(utc)) = (field("data.local_time"), field("data.utc_time")) {
        let wall = |text: &str| Stamp::parse_iso(text.as_bytes()).map(|s| s.wall_us);
        if let Some(us) = wall(local).zip(wall(utc)).map(|(l, u)| l - u) {
            // Clocks of one phone; zones are whole quarters of an hour.
            let quarters = (us + 450_000_000).div_euclid(900_000_000);
            facts.push(("utc_offset_min", (quarters * 15).to_string()));
        }
    }
}

fn flatten(prefix: &str, value: &Value, depth: usize, flat: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) if depth <= DEPTH_MAX => {
            for (key, value) in map {
                let key = key.to_lowercase();
                let path = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
                flatten(&path, value, depth + 1, flat);
            }
        }
        Value::String(s) if !s.is_empty() => flat.push((prefix.to_owned(), s.clone())),
        Value::Number(n) => flat.push((prefix.to_owned(), n.to_string())),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_and_flat_spellings_give_the_same_facts() {
        let nested = facts(br#"{"app":"TokenIM","app_version":"3.5.0","device":{"manufacturer":"Xiaomi","model":"14"},"os":{"name":"android","version":"14"}}"#);
        let flat = facts(br#"{"app":"TokenIM","version":"3.5.0","manufacturer":"Xiaomi","model":"14","os":"android","os_version":"14"}"#);
        assert_eq!(nested, flat);
        assert!(nested.contains(&("device_model", "14".to_owned())));
    }

    #[test]
    fn a_rageshake_states_version_system_and_the_offset_of_its_clock() {
        let facts = facts(br#"{"create_time":1756665000000,"data":{"Version":"25.08.3 (2508)","device":"FP5","User-Agent":"Element X/25.08.3 (FP5; Android 15; SDK 46b6)","local_time":"2025-08-31T19:26:46","utc_time":"2025-08-31T18:26:46"}}"#);
        let value = |name: &str| facts.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str());
        assert_eq!((value("app_version"), value("app_build"), value("device_model")), (Some("25.08.3"), Some("2508"), Some("FP5")));
        assert_eq!((value("os_version"), value("utc_offset_min")), (Some("15"), Some("60")));
    }

    #[test]
    fn what_is_no_object_has_no_facts() {
        assert!(facts(b"[1,2]").is_empty() && facts(b"\xff").is_empty());
    }
}
