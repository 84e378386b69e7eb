//! A store -> what its unexplained failures have in common: the neighbourhoods of its weeks, each message once.

use super::{Gathered, Period, Unknowns};
use crate::stats::weekly::load::Ask;
use crate::store::commit::{Part, Table};
use crate::store::once::winners;
use crate::store::read::each;
use crate::store::week::Week;
use std::collections::BTreeSet;

/// Weeks before a week that tell whether a cluster is new.
pub const EARLIER_WEEKS: u64 = 4;

impl Ask<'_> {
    /// What the unexplained failures of a week have in common, and whether it was so in the weeks before; of all weeks
    /// where none is given. `judged`: messages of this week and of the last of which the end is known.
    ///
    /// # Errors
    /// A part that cannot be read.
    pub fn unknowns(&self, week: Option<Week>, judged: [u64; 2]) -> anyhow::Result<Unknowns> {
        let earlier: Vec<Week> = week.into_iter().flat_map(|week| (1..=EARLIER_WEEKS).filter_map(move |n| week.before(n))).collect();
        let period = |w: Week| match week {
            None => Some(Period::Now),
            Some(week) if w == week => Some(Period::Now),
            Some(_) => earlier.iter().position(|e| *e == w).map(|n| if n == 0 { Period::Last } else { Period::Earlier }),
        };
        let is_now = |p: &Part| p.table == Table::Neighbourhoods && p.week().and_then(period) == Some(Period::Now);
        if !self.commits.iter().flat_map(|c| &c.parts).any(is_now) {
            return Ok(Unknowns::default());
        }
        let mut ids: BTreeSet<String> = BTreeSet::new();
        let is_compared = |w: Week| matches!(period(w), Some(Period::Now | Period::Last));
        each(self.store, &self.commits, Table::Neighbourhoods, is_compared, &["kind", "message_id"], &mut |row, _| {
            ids.extend(row.message_id.clone());
            Ok(())
        })?;
        let beside = |w: Week| is_compared(w) || w.before(1).is_some_and(is_compared) || w.next().is_some_and(is_compared);
        let winners = winners(self.store, &self.commits, beside, &ids)?;
        let counts = |id: Option<&String>, bundle: &String| id.and_then(|id| winners.get(id)).is_none_or(|winner| winner == bundle);
        let mut gathered = Gathered::new();
        for wanted in [Period::Now, Period::Last, Period::Earlier] {
            let of_period = |w: Week| period(w) == Some(wanted);
            each(self.store, &self.commits, Table::Neighbourhoods, of_period, &[], &mut |row, _| {
                if self.keeps.keeps(row) && counts(row.message_id.as_ref(), &row.bundle) {
                    gathered.add(row, wanted);
                }
                Ok(())
            })?;
        }
        Ok(gathered.find(judged))
    }
}
