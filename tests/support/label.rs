//! Labels of uploads: what must come out, and what differs.
#![allow(dead_code)]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use whyunsent::event::EventRow;
use whyunsent::taxonomy::{Kind, Outcome};

/// How many messages of an outcome have each cause.
pub fn causes(rows: &[&EventRow], outcome: Outcome) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for row in rows.iter().filter(|r| r.outcome == Some(outcome)) {
        if let Some(cause) = row.cause {
            *found.entry(cause.as_str().to_owned()).or_insert(0) += 1;
        }
    }
    found
}

/// The counts under a key of a label, zeros left out.
pub fn wanted(label: &Value, key: &str) -> BTreeMap<String, u64> {
    let map = label[key].as_object().into_iter().flatten();
    map.filter_map(|(k, v)| Some((k.clone(), v.as_u64()?))).filter(|(_, n)| *n > 0).collect()
}

/// What a row states, if it does.
type Stated = fn(&EventRow) -> Option<String>;

/// What the label says of version, device and network, against all rows of the upload.
fn context_differences(label: &Value, rows: &[&EventRow]) -> Vec<String> {
    let mut wrong = Vec::new();
    let contexts: [(&str, Stated); 3] = [
        ("app_version", |r| r.app_version.clone()),
        ("device_model", |r| r.device_model.clone()),
        ("network_type", |r| r.network_type.clone()),
    ];
    for (name, value) in contexts {
        if let Some(expected) = label[name].as_str().filter(|e| *e != "unknown")
            && !rows
                .iter()
                .filter_map(|r| value(r))
                .any(|found| !found.is_empty() && (found.contains(expected) || expected.contains(&found)))
        {
            wrong.push(format!("{name}: expected {expected}, found {:?}", rows.iter().filter_map(|r| value(r)).collect::<BTreeSet<_>>()));
        }
    }
    wrong
}

/// What differs from a label, a sentence each.
pub fn differences(label: &Value, rows: &[&EventRow]) -> Vec<String> {
    let messages: Vec<&EventRow> = rows.iter().copied().filter(|r| r.kind == Kind::Message).collect();
    let mut wrong = Vec::new();
    for outcome in Outcome::ALL {
        let found = messages.iter().filter(|r| r.outcome == Some(*outcome)).count() as u64;
        if let Some(expected) = label[outcome.as_str()].as_u64()
            && expected != found
        {
            wrong.push(format!("{outcome}: expected {expected}, found {found}"));
        }
    }
    for (key, outcome) in [("causes", Outcome::Unsent), ("delay_causes", Outcome::Delayed)] {
        let (expected, found) = (wanted(label, key), causes(&messages, outcome));
        if (key == "causes" || !expected.is_empty()) && expected != found {
            wrong.push(format!("{key}: expected {expected:?}, found {found:?}"));
        }
    }
    for (kind, n) in wanted(label, "incidents") {
        let found = rows.iter().filter(|r| r.kind.as_str() == kind).count() as u64;
        if found != n {
            wrong.push(format!("{kind}: expected {n}, found {found}"));
        }
    }
    if label["incidents"].is_object() {
        for row in rows.iter().filter(|r| !matches!(r.kind, Kind::Message | Kind::Action | Kind::Upload)) {
            if label["incidents"].get(row.kind.as_str()).is_none() {
                wrong.push(format!("{}: nobody expected one", row.kind.as_str()));
            }
        }
    }
    wrong.extend(context_differences(label, rows));
    let unsent = messages.iter().filter(|r| matches!(r.outcome, Some(Outcome::Unsent | Outcome::Delayed)));
    let cited: Vec<&str> = unsent.flat_map(|r| r.evidence.iter().flatten()).map(|e| e.text.as_str()).collect();
    let shown: Vec<&str> = rows.iter().flat_map(|r| r.evidence.iter().flatten()).map(|e| e.text.as_str()).collect();
    for text in label["must_cite"].as_array().into_iter().flatten() {
        if !any_of(text).any(|t| shown.iter().any(|c| c.contains(t))) {
            wrong.push(format!("nobody cites {text}"));
        }
    }
    for text in label["must_not_blame"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if cited.iter().any(|c| c.contains(text)) {
            wrong.push(format!("an innocent line is cited: `{text}`"));
        }
    }
    wrong
}

/// One text, or a list of which any will do.
fn any_of(texts: &Value) -> impl Iterator<Item = &str> {
    texts.as_str().into_iter().chain(texts.as_array().into_iter().flatten().filter_map(Value::as_str))
}
