//! When something last happened to each message: those of late are found without a look at all others.

/// Messages that are passed over together.
const STRETCH: usize = 16;

/// Times in µs UTC by the number of a message.
#[derive(Default)]
pub(super) struct Latest {
    each: Vec<i64>,
    /// The latest of every [`STRETCH`] of them.
    of_stretch: Vec<i64>,
}

impl Latest {
    /// None yet, with room for so many.
    pub(super) fn with_capacity(messages: usize) -> Self {
        Latest { each: Vec::with_capacity(messages), of_stretch: Vec::with_capacity(messages / STRETCH) }
    }

    /// Adds a message that nothing happened to.
    pub(super) fn push(&mut self) {
        if self.each.len().is_multiple_of(STRETCH) {
            self.of_stretch.push(i64::MIN);
        }
        self.each.push(i64::MIN);
    }

    /// Notes that something happened to a message.
    pub(super) fn happened(&mut self, message: usize, at_us: i64) {
        for latest in [&mut self.each[message], &mut self.of_stretch[message / STRETCH]] {
            *latest = at_us.max(*latest);
        }
    }

    /// Notes that what happened to one message happened to another.
    pub(super) fn join(&mut self, message: usize, other: usize) {
        self.happened(message, self.each[other]);
    }

    /// Of the last `most` messages those that something happened to since then, the newest first.
    pub(super) fn since(&self, since_us: i64, most: usize) -> impl Iterator<Item = usize> {
        let (len, from) = (self.each.len(), self.each.len().saturating_sub(most));
        let stretches = (from / STRETCH..self.of_stretch.len()).rev().filter(move |stretch| self.of_stretch[*stretch] >= since_us);
        let within = move |stretch: usize| (from.max(stretch * STRETCH)..len.min((stretch + 1) * STRETCH)).rev();
        stretches.flat_map(within).filter(move |message| self.each[*message] >= since_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_of_late_are_found_the_newest_first() {
        for messages in [0, 1, 15, 16, 17, 100] {
            let (mut latest, mut plain) = (Latest::default(), Vec::new());
            for number in 0..messages {
                latest.push();
                plain.push(i64::MIN);
                for (message, at) in [(number / 2, 3 * number), (number, 1_000 - 7 * number)] {
                    latest.happened(message, i64::try_from(at).unwrap());
                    plain[message] = plain[message].max(i64::try_from(at).unwrap());
                }
            }
            for (since, most) in [(i64::MIN, 5), (0, 1_000), (250, 40), (700, 16), (990, 33), (2_000, 100)] {
                let from = plain.len().saturating_sub(most);
                let expected: Vec<usize> = (from..plain.len()).rev().filter(|n| plain[*n] >= since).collect();
                assert_eq!(latest.since(since, most).collect::<Vec<_>>(), expected, "{messages} {since} {most}");
            }
        }
    }
}
