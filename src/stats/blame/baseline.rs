//! Counts of another period -> what each cell was to be expected to fail then, as the offset of the rate model: slices
//! then mean *new or worse since*.

use super::cells::{Cells, Counts, POOLED};
use super::counts::Family;
use super::poisson::{Ask, Design, Model, fit};
use std::collections::HashMap;

/// Attempts of the fitted rate that are added to a cell's own.
const SHRINK: f64 = 30.0;
/// Greatest spread of levels.
const SPREAD_MAX: f64 = 0.5;
/// Least rate, where nothing failed then.
const RATE_MIN: f64 = 1e-6;

/// Gives the rows of families the offsets of a baseline with the same columns.
///
/// # Errors
/// Which columns differ, or which app and system the baseline does not have.
pub fn offset(families: &mut [Family], baseline: &[Family]) -> Result<(), String> {
    for family in families {
        let Some(before) = baseline.iter().find(|b| (&b.app, &b.os) == (&family.app, &family.os)) else {
            let name: Vec<&str> = [family.app.as_deref(), family.os.as_deref()].into_iter().flatten().collect();
            return Err(format!("the baseline has no rows of {}", name.join(" on ")));
        };
        if before.dimensions != family.dimensions {
            return Err(format!("the baseline has the columns {}, not {}", before.dimensions.join(", "), family.dimensions.join(", ")));
        }
        let before = Before::new(before);
        for (names, counts) in &mut family.rows {
            counts.offset = before.rate(names).max(RATE_MIN).ln();
        }
    }
    Ok(())
}

struct Before<'a> {
    family: &'a Family,
    cells: Cells,
    model: Model,
    /// Counts of each combination, as named.
    own: HashMap<&'a [String], (f64, f64)>,
}

impl<'a> Before<'a> {
    fn new(family: &'a Family) -> Self {
        let cells = Cells::new(&family.dimensions, &family.rows);
        let all: Vec<usize> = (0..cells.dimensions.len()).collect();
        let ask = Ask { spread_max: SPREAD_MAX, em: 2, spreads: None, start: None };
        let model = fit(&cells, Design::new(&cells, &all, &[], &[]), &ask, |_| true);
        let mut own: HashMap<&[String], (f64, f64)> = HashMap::new();
        for (names, Counts { attempts, unsent, .. }) in &family.rows {
            let sums = own.entry(names).or_default();
            sums.0 += attempts;
            sums.1 += unsent;
        }
        Self { family, cells, model, own }
    }

    /// The rate of a combination then, drawn towards what its levels say.
    fn rate(&self, names: &[String]) -> f64 {
        let level = |dimension: usize| {
            let place = self.family.dimensions.iter().position(|d| *d == self.cells.dimensions[dimension])?;
            let levels = &self.cells.levels[dimension];
            let found = levels.binary_search(&names[place]).or_else(|_| levels.binary_search_by(|l| l.as_str().cmp(POOLED)));
            self.model.effect((dimension, u32::try_from(found.ok()?).ok()?))
        };
        let effects: f64 = (0..self.cells.dimensions.len()).filter_map(level).sum();
        let fitted = (self.model.effects[0] + effects).exp().min(0.95);
        let (attempts, unsent) = self.own.get(names).copied().unwrap_or_default();
        (unsent + SHRINK * fitted) / (attempts + SHRINK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::blame::judged::judge;
    use crate::stats::blame::verdict::Known;

    fn table(broken: Option<&str>, seed: u64) -> Family {
        let mut state = seed;
        let mut share = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 32).unwrap_or(0)) / f64::from(u32::MAX)
        };
        let mut rows = Vec::new();
        for device in ["a", "b", "c", "d"] {
            for network in ["wifi", "cell"] {
                // Device b fails four times as often in every week.
                let rate = 0.03 * if device == "b" { 4.0 } else { 1.0 } * if broken == Some(device) { 3.0 } else { 1.0 };
                let unsent = (0..2_000).filter(|_| share() < rate).count();
                #[allow(clippy::cast_precision_loss)]
                rows.push((
                    vec![device.to_owned(), network.to_owned()],
                    Counts { attempts: 2_000.0, unsent: unsent as f64, ..Counts::default() },
                ));
            }
        }
        Family { dimensions: vec!["device".to_owned(), "network".to_owned()], rows, ..Family::default() }
    }

    #[test]
    fn what_was_so_before_is_no_news_and_what_is_new_is() {
        let named = |family: &Family| -> Vec<String> {
            let judged = judge(family, &Known::default());
            judged.slices.iter().flat_map(|s| &s.literals).map(|(d, l)| judged.cells.levels[*d][*l as usize].clone()).collect()
        };
        let mut now = vec![table(Some("d"), 7)];
        let mut before = named(&now[0]);
        before.sort();
        assert_eq!(before, ["b", "d"]);
        offset(&mut now, &[table(None, 3)]).unwrap();
        assert_eq!(named(&now[0]), ["d"]);
    }

    #[test]
    fn a_baseline_with_other_columns_is_refused() {
        let other = Family { dimensions: vec!["device".to_owned()], ..Family::default() };
        assert!(offset(&mut [table(None, 1)], &[other]).unwrap_err().contains("not device, network"));
    }
}
