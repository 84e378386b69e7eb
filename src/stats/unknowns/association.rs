//! Two groups and how many of each have something -> how strongly that tells them apart.

use crate::stats::interval::{float, ratio};
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// How many of each group have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// Of the group.
    pub(super) own: u64,
    /// The group.
    pub(super) own_all: u64,
    /// Of the other group.
    pub(super) other: u64,
    /// The other group.
    pub(super) other_all: u64,
}

impl Table {
    /// Share of the group less share of the other; of an empty group the share is 0.
    pub(super) fn difference(self) -> f64 {
        ratio(self.own, self.own_all.max(1)) - ratio(self.other, self.other_all.max(1))
    }

    fn cells(self) -> [[f64; 2]; 2] {
        let row = |has: u64, all: u64| [float(has), float(all - has)];
        [row(self.own, self.own_all), row(self.other, self.other_all)]
    }

    /// The likelihood-ratio statistic of independence (Sokal and Rohlf, Biometry, 17.4), with Williams' correction.
    pub(super) fn g(self) -> f64 {
        let cells = self.cells();
        let n: f64 = cells.iter().flatten().sum();
        let rows: Vec<f64> = cells.iter().map(|row| row.iter().sum()).collect();
        let columns = [cells[0][0] + cells[1][0], cells[0][1] + cells[1][1]];
        if rows.iter().chain(&columns).any(|sum| *sum <= 0.0) {
            return 0.0;
        }
        let part = |r: usize, c: usize| if cells[r][c] > 0.0 { cells[r][c] * (cells[r][c] * n / (rows[r] * columns[c])).ln() } else { 0.0 };
        let g = 2.0 * (part(0, 0) + part(0, 1) + part(1, 0) + part(1, 1));
        let inverse = |sums: &[f64]| n * sums.iter().map(|sum| 1.0 / sum).sum::<f64>() - 1.0;
        g.max(0.0) / (1.0 + inverse(&rows) * inverse(&columns) / (6.0 * n))
    }

    /// How likely so large a G is where nothing tells the groups apart; 1 where there is nothing to compare with.
    pub(super) fn p(self) -> f64 {
        let g = self.g();
        if g <= 0.0 { 1.0 } else { ChiSquared::new(1.0).map_or(1.0, |chi| chi.sf(g)) }
    }

    /// Pearson's correlation of the two.
    pub(super) fn phi(self) -> f64 {
        let [[a, b], [c, d]] = self.cells();
        let scale = ((a + b) * (c + d) * (a + c) * (b + d)).sqrt();
        if scale > 0.0 { (a * d - b * c) / scale } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_tells_nothing_has_no_g_and_one_that_tells_all_has_phi_one() {
        let even = Table { own: 5, own_all: 10, other: 10, other_all: 20 };
        assert!(even.g().abs() < 1e-9 && even.phi().abs() < 1e-9 && (even.p() - 1.0).abs() < 1e-4);
        let all = Table { own: 10, own_all: 10, other: 0, other_all: 10 };
        assert!((all.phi() - 1.0).abs() < 1e-12 && all.p() < 1e-4 && (all.difference() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn g_is_that_of_the_formula() {
        // 2 Σ O ln(O / E) of [[12, 8], [4, 16]] is 6.904; Williams' q is 1 + (40/20 + 40/20 - 1)(40/16 + 40/24 - 1) / 240.
        let g = Table { own: 12, own_all: 20, other: 4, other_all: 20 }.g();
        assert!((g - 6.904_1 / (1.0 + 3.0 * (2.5 + 5.0 / 3.0 - 1.0) / 240.0)).abs() < 1e-3, "{g}");
    }

    #[test]
    fn without_the_other_group_nothing_is_told() {
        let table = Table { own: 9, own_all: 9, other: 0, other_all: 0 };
        assert_eq!((table.g(), table.phi()), (0.0, 0.0));
        assert!((table.p() - 1.0).abs() < 1e-12);
    }
}
