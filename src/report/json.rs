//! Facts -> the machine form, `whyunsent.report/1`: one top-level key a line, in the order of the
//! contract, so that reports can be compared line by line.

use super::section::SECTIONS;
use crate::stats::Facts;
use crate::stats::interval::{Rate, Reason};
use serde::Serialize;

/// Name and version of the schema.
pub const SCHEMA: &str = "whyunsent.report/1";

/// The order of top-level keys; others follow in the order of sections.
const ORDER: &[&str] = &[
    "scope",
    "week",
    "input",
    "messages",
    "budget",
    "compare",
    "changes",
    "actions",
    "causes",
    "versions",
    "devices",
    "networks",
    "by",
    "delays",
    "incidents",
    "slices",
    "quality",
];

/// Keys with their JSON text.
pub type Keys = Vec<(&'static str, String)>;

/// The report as JSON.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let mut keys: Keys = SECTIONS.iter().flat_map(|part| (part.json)(facts)).collect();
    keys.sort_by_key(|(key, _)| ORDER.iter().position(|known| known == key).unwrap_or(ORDER.len()));
    let mut text = format!("{{\"schema\":{}", json(SCHEMA));
    for (key, value) in &keys {
        text.push_str(",\n\"");
        text.push_str(key);
        text.push_str("\":");
        text.push_str(value);
    }
    text.push_str("}\n");
    text
}

/// The JSON text of plain data.
///
/// # Panics
/// Never: plain data with text keys always serialises.
#[must_use]
pub fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data with text keys always serialises")
}

/// A rate in JSON: `null` with a reason where there is none.
#[derive(Serialize)]
pub struct JsonRate {
    /// The share.
    pub rate: Option<f64>,
    /// Lower end of the 95 % interval.
    pub rate_lo: Option<f64>,
    /// Upper end.
    pub rate_hi: Option<f64>,
    /// Why there is none.
    pub reason: Option<Reason>,
}

impl From<Rate> for JsonRate {
    fn from(rate: Rate) -> Self {
        Self { rate: rate.value, rate_lo: rate.lo, rate_hi: rate.hi, reason: rate.reason }
    }
}
