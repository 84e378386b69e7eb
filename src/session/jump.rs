//! Clocks that were set back while a log was written: marks of one document in order of lines come in; what goes
//! out is from which mark on order is told by lines and no longer by times.
//!
//! Times also go back where sections or old files stand behind newer ones, and there they are right. So only a
//! message proves it: one that by its lines begins before the place, goes on behind it, and by its times would have
//! gone on before it began.

use crate::profile::Profiles;
use crate::scan::Mark;
use crate::taxonomy::Phase;
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// Threads write a little out of order; what is set back by less changes no order that matters.
const DISORDER_US: i64 = 5_000_000;

/// The first mark behind the place where the clock was set back.
pub(super) fn set_back(profiles: &Profiles, marks: &[Mark]) -> Option<usize> {
    // Most clocks only go forward.
    let goes_back = |latest: &mut i64, now: i64| {
        *latest = (*latest).max(now);
        Some(now < *latest - DISORDER_US)
    };
    if !marks.iter().filter_map(|mark| mark.at).scan(i64::MIN + DISORDER_US, goes_back).any(|back| back) {
        return None;
    }
    let mut begun: HashMap<(&str, &str), (usize, i64), RandomState> = HashMap::default();
    for (index, mark) in marks.iter().enumerate() {
        let (Some(step), Some(now)) = (profiles.step(mark.statement), mark.at) else { continue };
        for (name, value) in mark.captures().filter(|(name, _)| name.starts_with("id_")) {
            match begun.get(&(name, value)) {
                None if step.phase == Phase::Enqueue => {
                    begun.insert((name, value), (index, now));
                }
                Some(&(first, then)) if now < then - DISORDER_US => return deepest(marks, first, index),
                None | Some(_) => {}
            }
        }
    }
    None
}

/// Behind `first` up to `last`: the mark that goes back furthest.
fn deepest(marks: &[Mark], first: usize, last: usize) -> Option<usize> {
    let stamped: Vec<(usize, i64)> = (first..=last).filter_map(|i| Some((i, marks[i].at?))).collect();
    stamped.windows(2).max_by_key(|w| w[0].1 - w[1].1).map(|w| w[1].0)
}
