//! Numbers, digits and words that are the same for the same seed.

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    pub fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// So many characters of an alphabet.
    pub fn from(&mut self, alphabet: &str, count: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..count).map(|_| self.pick(&letters)).collect()
    }

    pub fn digits(&mut self, count: usize) -> String {
        self.from("0123456789", count)
    }

    /// Lower-case hexadecimal digits, with at least one letter among them where there are eight or more.
    pub fn hex(&mut self, count: usize) -> String {
        let text = self.from("0123456789abcdef", count);
        let lettered = count < 8 || text.bytes().any(|b| b.is_ascii_alphabetic());
        if lettered { text } else { self.hex(count) }
    }

    /// Letters and digits of both cases, as tokens have them.
    pub fn token(&mut self, count: usize) -> String {
        self.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", count)
    }

    /// A word of no language, too long to occur by chance: nothing that a log says by itself.
    pub fn word(&mut self) -> String {
        const HEADS: [&str; 16] = ["b", "br", "d", "dr", "f", "g", "k", "kl", "m", "p", "q", "tr", "v", "vl", "z", "zh"];
        const CORES: [&str; 8] = ["a", "e", "i", "o", "u", "au", "oe", "y"];
        const TAILS: [&str; 6] = ["", "n", "x", "rk", "l", "sk"];
        let mut word = String::new();
        for _ in 0..self.between(4, 5) {
            word.push_str(self.pick(&HEADS));
            word.push_str(self.pick(&CORES));
            word.push_str(self.pick(&TAILS));
        }
        word
    }

    /// A word that begins with a capital.
    pub fn name(&mut self) -> String {
        let word = self.word();
        word[..1].to_uppercase() + &word[1..]
    }
}
