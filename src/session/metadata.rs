//! The metadata file of an upload (`meta.json`, `details.json` …) -> context facts.

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
    if let Ok(object) = serde_json::from_slice::<Value>(bytes) {
        flatten("", &object, 0, &mut flat);
    }
    NAMES
        .iter()
        .filter_map(|(name, spellings)| {
            let found = spellings.iter().find_map(|s| flat.iter().find(|(key, _)| key == s))?;
            Some((*name, found.1.clone()))
        })
        .collect()
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
    fn what_is_no_object_has_no_facts() {
        assert!(facts(b"[1,2]").is_empty() && facts(b"\xff").is_empty());
    }
}
