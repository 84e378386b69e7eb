//! A small deterministic random generator: `SplitMix64` (Steele, Lea, Flood, "Fast splittable
//! pseudorandom number generators", OOPSLA 2014).

pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Rng(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// In `0..n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    /// In `from..to`.
    pub fn range(&mut self, from: i64, to: i64) -> i64 {
        from + self.below(to.abs_diff(from)) as i64
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }

    /// True in `per_mille` of 1,000.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// By weight.
    pub fn weighted<'a, T>(&mut self, all: &'a [(u64, T)]) -> &'a T {
        let total: u64 = all.iter().map(|(w, _)| w).sum();
        let mut at = self.below(total);
        for (weight, value) in all {
            if at < *weight {
                return value;
            }
            at -= weight;
        }
        &all[0].1
    }
}
