//! Rows -> the lines that a report cites: some of each cause, and messages one by one where they are asked for. The
//! choice is by trust and id, so that no order of rows changes it.

use super::dimension::Dimension;
use super::facts::{Listed, Sample};
use crate::event::{EventRow, Evidence};
use crate::taxonomy::{Cause, Outcome, Role, Trust};
use chrono_tz::Tz;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Candidates for cited lines that are kept per cause, since one may turn out to be of a message that counts elsewhere.
const SAMPLES_KEPT: usize = 16;
/// Cited lines per cause in the facts.
pub const SAMPLES_PER_CAUSE: usize = 2;
/// Characters of a cited line in the facts.
const SAMPLE_CHARS: usize = 240;

/// The surest first, then by id.
type Rank = (Reverse<Trust>, String);

/// Candidates for cited lines per cause, each with the number of its message.
#[derive(Debug, Default)]
pub struct Samples(BTreeMap<Cause, BTreeMap<Rank, (usize, Sample)>>);

impl Samples {
    /// Takes the row of a message with this number.
    pub fn add(&mut self, row: &EventRow, number: usize) {
        if row.outcome != Some(Outcome::Unsent) {
            return;
        }
        let key = || (Reverse(row.trust.unwrap_or(Trust::None)), row.message_id.clone().unwrap_or_else(|| row.bundle.clone()));
        let kept = self.0.entry(row.cause.unwrap_or(Cause::Unknown)).or_default();
        if kept.len() >= SAMPLES_KEPT
            && let Some(((trust, id), _)) = kept.last_key_value()
            && (*trust, id.as_str()) < (Reverse(row.trust.unwrap_or(Trust::None)), row.message_id.as_ref().unwrap_or(&row.bundle))
        {
            return;
        }
        if let Some(sample) = Sample::of(row) {
            kept.insert(key(), (number, sample));
            if kept.len() > SAMPLES_KEPT {
                kept.pop_last();
            }
        }
    }

    /// Drops the lines of a row that another row of the same message replaced.
    pub fn forget(&mut self, number: usize) {
        for kept in self.0.values_mut() {
            kept.retain(|_, (of, _)| *of != number);
        }
    }

    /// The cited lines of a cause: of different messages, and different ones.
    #[must_use]
    pub fn of(&self, cause: Cause) -> Vec<Sample> {
        let mut chosen: Vec<Sample> = Vec::new();
        for (_, sample) in self.0.get(&cause).into_iter().flat_map(BTreeMap::values) {
            if chosen.len() < SAMPLES_PER_CAUSE && chosen.iter().all(|c| c.id != sample.id && c.text != sample.text) {
                chosen.push(sample.clone());
            }
        }
        chosen
    }
}

/// Unsent messages one by one, at most so many: those with the smallest ids.
#[derive(Debug, Default)]
pub struct Listing {
    of_id: BTreeMap<String, Listed>,
    max: usize,
}

impl Listing {
    /// Lists so many.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { of_id: BTreeMap::new(), max }
    }

    /// Takes the row of a message, which replaces an earlier one.
    pub fn add(&mut self, row: &EventRow) {
        let Some(id) = row.message_id.as_ref().filter(|_| self.max > 0) else { return };
        if row.outcome != Some(Outcome::Unsent) {
            self.of_id.remove(id);
            return;
        }
        if self.of_id.len() >= self.max && self.of_id.last_key_value().is_some_and(|(last, _)| last < id) {
            return;
        }
        self.of_id.insert(id.clone(), Listed::of(row));
        if self.of_id.len() > self.max {
            self.of_id.pop_last();
        }
    }

    /// The list.
    #[must_use]
    pub fn finish(self) -> Vec<Listed> {
        self.of_id.into_values().collect()
    }
}

impl Listed {
    /// The listing of an unsent message.
    fn of(row: &EventRow) -> Self {
        let text = |dimension: Dimension| dimension.level(row, Tz::UTC).map(std::borrow::Cow::into_owned);
        let evidence = row.evidence.as_deref().unwrap_or_default();
        Self {
            id: row.message_id.as_deref().unwrap_or_default().chars().take(8).collect(),
            started_us: row.started_at.map(|at| at.0),
            version: text(Dimension::Version),
            device: text(Dimension::Device),
            network: text(Dimension::Network),
            cause: row.cause.unwrap_or(Cause::Unknown),
            quotes: evidence.iter().take(SAMPLES_PER_CAUSE).map(|line| Sample::of_line(row, line)).collect(),
        }
    }
}

impl Sample {
    /// The proving line of a row, else its first.
    #[must_use]
    pub fn of(row: &EventRow) -> Option<Self> {
        let evidence = row.evidence.as_ref()?;
        let line = evidence.iter().find(|e| e.role == Some(Role::Proves)).or(evidence.first())?;
        Some(Self::of_line(row, line))
    }

    fn of_line(row: &EventRow, line: &Evidence) -> Self {
        Self {
            id: row.message_id.as_deref().unwrap_or_default().chars().take(8).collect(),
            bundle_path: row.bundle_path.clone(),
            file: line.file.clone(),
            line: line.line,
            role: line.role,
            text: shortened(&line.text),
        }
    }
}

fn shortened(text: &str) -> String {
    let mut kept: String = text.chars().take(SAMPLE_CHARS).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}
