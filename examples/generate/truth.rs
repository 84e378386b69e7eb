//! What was made: counts per outcome and cause.

use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub struct Truth {
    pub sent: u64,
    pub delayed: u64,
    pub unsent: u64,
    pub pending: u64,
    pub causes: BTreeMap<String, u64>,
    pub delay_causes: BTreeMap<String, u64>,
    pub incidents: BTreeMap<String, u64>,
}

impl Truth {
    pub fn unsent(&mut self, cause: &str) {
        self.unsent += 1;
        *self.causes.entry(cause.to_owned()).or_default() += 1;
    }

    pub fn delayed(&mut self, cause: &str) {
        self.delayed += 1;
        *self.delay_causes.entry(cause.to_owned()).or_default() += 1;
    }

    pub fn incident(&mut self, kind: &str) {
        *self.incidents.entry(kind.to_owned()).or_default() += 1;
    }

    pub fn add(&mut self, other: &Truth) {
        self.sent += other.sent;
        self.delayed += other.delayed;
        self.unsent += other.unsent;
        self.pending += other.pending;
        for (into, from) in
            [(&mut self.causes, &other.causes), (&mut self.delay_causes, &other.delay_causes), (&mut self.incidents, &other.incidents)]
        {
            for (key, n) in from {
                *into.entry(key.clone()).or_default() += n;
            }
        }
    }

    pub fn to_json(&self) -> Value {
        json!({
            "attempts": self.sent + self.delayed + self.unsent + self.pending,
            "sent": self.sent,
            "delayed": self.delayed,
            "unsent": self.unsent,
            "pending": self.pending,
            "causes": self.causes,
            "delay_causes": self.delay_causes,
            "incidents": self.incidents,
        })
    }
}
