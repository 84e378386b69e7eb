//! Objects that hold the records of a log: an export request of OpenTelemetry, an event of Sentry.
//!
//! What comes in is the object of a JSON line; what goes out are the objects of its records, each as if
//! it stood on a line of its own. Sources: opentelemetry-proto `logs.proto`, its JSON mapping (64-bit
//! numbers are texts); Sentry's event payloads (`breadcrumbs` as a list or below `values`).

use serde_json::{Map, Value};

/// Records of one object that are read; further ones are left out.
pub const PARTS_MAX: usize = 100_000;
/// Frames of a call stack tree that are kept.
const FRAMES_MAX: usize = 32;
/// Lists of a `MetricKit` payload and what their members are.
const DIAGNOSTICS: &[(&str, &str)] = &[
    ("crashDiagnostics", "crash"),
    ("hangDiagnostics", "hang"),
    ("cpuExceptionDiagnostics", "cpu"),
    ("diskWriteExceptionDiagnostics", "disk-write"),
    ("appLaunchDiagnostics", "launch"),
];

/// The records in an object; `None` if it is a record itself.
#[must_use]
pub fn parts(object: &Value) -> Option<Vec<Value>> {
    if let Some(resources) = object.get("resourceLogs").and_then(Value::as_array) {
        return Some(resources.iter().flat_map(of_resource).take(PARTS_MAX).collect());
    }
    if let Some(list) = object.as_array() {
        return Some(list.iter().filter(|o| o.is_object()).take(PARTS_MAX).cloned().collect());
    }
    let diagnostics: Vec<Value> = DIAGNOSTICS.iter().flat_map(|(key, kind)| of_metrickit(object, key, kind)).take(PARTS_MAX).collect();
    if !diagnostics.is_empty() {
        return Some(diagnostics);
    }
    if let Some(list) =
        ["logs", "events", "records"].iter().find_map(|key| object.get(*key)?.as_array().filter(|l| l.iter().any(Value::is_object)))
    {
        return Some(list.iter().filter(|o| o.is_object()).take(PARTS_MAX).cloned().collect());
    }
    let crumbs = object.get("breadcrumbs")?;
    let crumbs = crumbs.as_array().or_else(|| crumbs.get("values")?.as_array())?;
    Some(crumbs.iter().filter(|c| c.is_object()).take(PARTS_MAX).cloned().collect())
}

/// The diagnostics of a `MetricKit` payload, each with the facts of its metadata, the time at which the
/// payload ends, and the frames of the thread that it blames. Source: Apple, `MXDiagnosticPayload`,
/// `MXCallStackTree.jsonRepresentation()`.
fn of_metrickit(payload: &Value, key: &str, kind: &str) -> Vec<Value> {
    let list = payload.get(key).and_then(Value::as_array);
    let one = |diagnostic: &Value| {
        let mut flat = Map::new();
        flat.insert("metrickit".to_owned(), kind.into());
        if let Some(end) = payload.get("timeStampEnd") {
            flat.insert("timestamp".to_owned(), end.clone());
        }
        let meta = diagnostic.get("diagnosticMetaData").and_then(Value::as_object);
        for (key, value) in meta.into_iter().flatten() {
            flat.insert(key.clone(), value.clone());
        }
        flat.insert("frames".to_owned(), frames(diagnostic).into());
        Value::Object(flat)
    };
    list.into_iter().flatten().filter(|d| d.is_object()).map(one).collect()
}

/// Frames of the thread that a call stack tree blames, innermost first.
fn frames(diagnostic: &Value) -> String {
    let stacks = diagnostic.get("callStackTree").and_then(|t| t.get("callStacks")).and_then(Value::as_array);
    let blamed = |s: &&Value| s.get("threadAttributed").and_then(Value::as_bool) == Some(true);
    let stack = stacks.and_then(|all| all.iter().find(blamed).or_else(|| all.first()));
    let mut frame = stack.and_then(|s| s.get("callStackRootFrames")?.get(0));
    let mut text = String::new();
    for number in 0..FRAMES_MAX {
        let Some(here) = frame else { break };
        let name = here.get("binaryName").and_then(Value::as_str).unwrap_or("?");
        let offset = here.get("offsetIntoBinaryTextSegment").and_then(Value::as_u64).unwrap_or(0);
        // As Apple's text reports write a frame without a symbol.
        text.push('\n');
        text.push_str(&[&number.to_string(), " ", name, " 0x0 ", name, "+", &format!("{offset:#x}")].concat());
        frame = here.get("subFrames").and_then(|s| s.get(0));
    }
    text
}

fn of_resource(resource: &Value) -> Vec<Value> {
    let shared = resource.get("resource").and_then(|r| r.get("attributes"));
    let scopes = ["scopeLogs", "instrumentationLibraryLogs"].iter().find_map(|key| resource.get(*key)?.as_array());
    let mut records = Vec::new();
    for scope in scopes.into_iter().flatten() {
        let name = scope.get("scope").and_then(|s| s.get("name"));
        for record in scope.get("logRecords").and_then(Value::as_array).into_iter().flatten() {
            let mut flat = Map::new();
            let time = ["timeUnixNano", "observedTimeUnixNano"].iter().find_map(|k| record.get(*k).filter(|t| !is_zero(t)));
            // The place of a record in the flat object is that of its most specific statement.
            let fixed = [
                ("timestamp", time.cloned()),
                ("severityText", record.get("severityText").cloned()),
                ("event.name", record.get("eventName").cloned()),
                ("logger", name.cloned()),
                ("body", record.get("body").map(plain)),
            ];
            for (key, value) in fixed {
                if let Some(value) = value.filter(|v| v.as_str() != Some("")) {
                    flat.insert(key.to_owned(), value);
                }
            }
            add(&mut flat, record.get("attributes"));
            add(&mut flat, shared);
            records.push(Value::Object(flat));
        }
    }
    records
}

/// Adds attributes whose keys are not taken yet.
fn add(flat: &mut Map<String, Value>, attributes: Option<&Value>) {
    for attribute in attributes.and_then(Value::as_array).into_iter().flatten() {
        if let (Some(key), Some(value)) = (attribute.get("key").and_then(Value::as_str), attribute.get("value")) {
            flat.entry(key).or_insert_with(|| plain(value));
        }
    }
}

/// `AnyValue` -> the value it holds.
fn plain(value: &Value) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|o| o.iter().next()) else { return value.clone() };
    match kind.as_str() {
        "kvlistValue" => {
            let mut map = Map::new();
            add(&mut map, inner.get("values"));
            Value::Object(map)
        }
        "arrayValue" => Value::Array(inner.get("values").and_then(Value::as_array).into_iter().flatten().map(plain).collect()),
        // 64-bit integers are texts in the JSON mapping.
        "intValue" => inner.as_str().and_then(|s| s.parse::<i64>().ok()).map_or_else(|| inner.clone(), Value::from),
        _ => inner.clone(),
    }
}

fn is_zero(time: &Value) -> bool {
    matches!(time.as_str(), Some("0" | "")) || time.as_i64() == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_an_export_request_carry_their_resource() {
        let line = r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.version","value":{"stringValue":"3.5.0"}},{"key":"network.connection.type","value":{"stringValue":"wifi"}}]},"scopeLogs":[{"scope":{"name":"chat"},"logRecords":[{"timeUnixNano":"1783952000000000000","eventName":"message.fail","attributes":[{"key":"message.id","value":{"stringValue":"m-1"}},{"key":"network.connection.type","value":{"stringValue":"cell"}},{"key":"tries","value":{"intValue":"3"}}]},{"timeUnixNano":"0","observedTimeUnixNano":"5","body":{"stringValue":"x"}}]}]}]}"#;
        let found = parts(&serde_json::from_str(line).unwrap()).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0]["service.version"], "3.5.0");
        assert_eq!(found[0]["network.connection.type"], "cell");
        assert_eq!((&found[0]["tries"], &found[0]["event.name"]), (&Value::from(3), &Value::from("message.fail")));
        assert_eq!((&found[1]["timestamp"], &found[1]["body"]), (&Value::from("5"), &Value::from("x")));
    }

    #[test]
    fn diagnostics_carry_their_metadata_and_the_frames_of_the_blamed_thread() {
        let payload = r#"{"timeStampEnd":"2026-11-05 09:40:10","crashDiagnostics":[{"diagnosticMetaData":{"appVersion":"4.8.0"},"callStackTree":{"callStacks":[{"threadAttributed":false},{"threadAttributed":true,"callStackRootFrames":[{"binaryName":"Chat","offsetIntoBinaryTextSegment":6699,"subFrames":[{"binaryName":"UIKitCore","offsetIntoBinaryTextSegment":255}]}]}]}}]}"#;
        let found = parts(&serde_json::from_str(payload).unwrap()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((&found[0]["metrickit"], &found[0]["appVersion"]), (&Value::from("crash"), &Value::from("4.8.0")));
        assert_eq!(found[0]["frames"], "\n0 Chat 0x0 Chat+0x1a2b\n1 UIKitCore 0x0 UIKitCore+0xff");
    }

    #[test]
    fn breadcrumbs_are_records_however_they_are_listed() {
        let count = |text: &str| parts(&serde_json::from_str(text).unwrap()).map(|p| p.len());
        assert_eq!(count(r#"{"breadcrumbs":{"values":[{"message":"a"},{"message":"b"}]}}"#), Some(2));
        assert_eq!(count(r#"{"breadcrumbs":[{"message":"a"},null]}"#), Some(1));
        assert_eq!(count(r#"{"msg":"breadcrumbs"}"#), None);
    }
}
