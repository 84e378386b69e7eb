//! Facts -> sections, one file each: what comes in are all facts, what goes out is what people read
//! and the keys that machines read.
//!
//! Every section has the same shape, a [`Part`]: `compose` gives `None` where there is nothing to
//! say. The minimal example to copy is `networks`.

mod budget;
mod by;
mod causes;
mod changes;
mod delays;
mod devices;
mod digest;
mod headline;
mod incidents;
mod known;
mod last_actions;
mod levels;
mod networks;
mod quality;
mod slices;
mod stability;
pub mod unknown;
mod verdicts;
mod versions;

use super::json::Keys;
use super::model::Section;
use super::view::View;
use crate::stats::Facts;

/// A section: how it is composed for people and written for machines.
pub struct Part {
    /// Stable id.
    pub id: &'static str,
    /// For people.
    pub compose: fn(&Facts, &View) -> Option<Section>,
    /// For machines.
    pub json: fn(&Facts) -> Keys,
}

/// All sections, in the order of a report.
pub const SECTIONS: &[Part] = &[
    headline::PART,
    verdicts::PART,
    budget::PART,
    versions::PART,
    causes::PART,
    changes::PART,
    slices::PART,
    devices::PART,
    networks::PART,
    by::PART,
    incidents::PART,
    stability::PART,
    delays::PART,
    unknown::PART,
    digest::PART,
    known::PART,
    last_actions::PART,
    quality::PART,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_no_facts_make_no_panic() {
        let mut ids: Vec<&str> = SECTIONS.iter().map(|p| p.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), SECTIONS.len());
        for part in SECTIONS {
            let section = (part.compose)(&Facts::default(), &View::default());
            assert!(section.is_none_or(|s| s.id == part.id));
            assert!((part.json)(&Facts::default()).iter().all(|(_, text)| serde_json::from_str::<serde_json::Value>(text).is_ok()));
        }
    }
}
