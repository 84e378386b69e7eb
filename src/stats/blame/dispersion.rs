//! How much more counts scatter than independent messages would: what comes in are cells and what they should have,
//! what goes out is a factor of the variance, at least 1.

use super::candidates::Candidates;
use super::cells::Cells;

/// The median of χ² with one degree of freedom.
const CHI_SQUARED_MEDIAN: f64 = 0.4549;
/// Groups below this expectation are too small for χ².
const EXPECTED_MIN: f64 = 5.0;
/// Fewer groups say nothing.
const GROUPS_MIN: usize = 15;
const BY_GROUPS_MAX: f64 = 25.0;
/// One user with hundreds of retries must not make a finding: the design effect may be as large as that.
const BY_USERS_MAX: f64 = 1_000.0;

/// The greater of what groups and what users show.
#[must_use]
pub fn dispersion(cells: &Cells, candidates: &Candidates, expected: &[f64]) -> f64 {
    by_groups(candidates, expected).max(by_users(cells, expected))
}

/// The median of (O − E)² / (E (1 − E/N)) over groups of one or two conditions: a few true slices do not move it.
fn by_groups(candidates: &Candidates, expected: &[f64]) -> f64 {
    let mut all: Vec<f64> = Vec::new();
    for cuboid in candidates.cuboids.iter().filter(|c| c.dimensions.len() <= 2) {
        let expected = cuboid.sums(expected);
        for (group, e) in expected.into_iter().enumerate() {
            if cuboid.has_enough(group) && e >= EXPECTED_MIN {
                all.push((cuboid.unsent[group] - e).powi(2) / (e * (1.0 - e / cuboid.attempts[group]).max(0.05)));
            }
        }
    }
    if all.len() < GROUPS_MIN {
        return 1.0;
    }
    all.sort_by(f64::total_cmp);
    let middle = all.len() / 2;
    let median = if all.len() % 2 == 1 { all[middle] } else { f64::midpoint(all[middle - 1], all[middle]) };
    (median / CHI_SQUARED_MEDIAN).clamp(1.0, BY_GROUPS_MAX)
}

/// The design effect of messages of one user: `E[K²]/E[K] − μ` over users.
fn by_users(cells: &Cells, expected: &[f64]) -> f64 {
    let (Some(users), Some(squares)) = (&cells.users, &cells.unsent_sq) else { return 1.0 };
    let terms = (0..cells.len()).map(|c| squares[c] - cells.unsent[c] * expected[c] / users[c].max(1e-6));
    (terms.sum::<f64>() / cells.unsent.iter().sum::<f64>().max(1.0)).clamp(1.0, BY_USERS_MAX)
}
