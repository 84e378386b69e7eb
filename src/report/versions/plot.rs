//! A ratio and its interval as a line of characters on a logarithmic scale from a third to three.

/// Characters of a line.
const WIDTH: usize = 15;
/// The greatest ratio on it.
const RATIO_MAX: f64 = 3.0;

/// `·····├──●──┤·|·······`: the interval, the ratio, and where 1 is.
#[must_use]
pub fn interval(ratio: f64, (low, high): (f64, f64)) -> String {
    let mut line = vec!['·'; WIDTH];
    let (from, to) = (place(low), place(high));
    for slot in &mut line[from..=to] {
        *slot = '─';
    }
    line[place(1.0)] = '|';
    line[from] = if low < 1.0 / RATIO_MAX { '◂' } else { '├' };
    line[to] = if high > RATIO_MAX { '▸' } else { '┤' };
    line[place(ratio)] = '●';
    line.into_iter().collect()
}

/// A line without a ratio.
#[must_use]
pub fn nothing() -> String {
    " ".repeat(WIDTH)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // within the line
fn place(ratio: f64) -> usize {
    let share = ratio.clamp(1.0 / RATIO_MAX, RATIO_MAX).ln() / RATIO_MAX.ln();
    (f64::midpoint(share, 1.0) * (WIDTH - 1) as f64).round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_in_the_middle_and_what_leaves_the_line_is_an_arrow() {
        assert_eq!(interval(1.0, (0.8, 1.25)), "······├●┤······");
        assert_eq!(interval(2.0, (1.5, 9.0)), "·······|··├●──▸");
        assert_eq!(interval(0.1, (0.01, 0.5)), "●──┤···|·······");
    }
}
