//! Times -> RFC 3339 text with six decimals and `Z`: the spelling of every text format.

use chrono::{DateTime, Utc};

/// A time in µs since 1970 UTC; `None` where the calendar ends.
#[must_use]
pub fn rfc3339(us: i64) -> Option<String> {
    let at = DateTime::<Utc>::from_timestamp_micros(us)?;
    Some(at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_six_decimals_and_a_zone() {
        assert_eq!(rfc3339(1_794_844_800_120_000).as_deref(), Some("2026-11-16T16:00:00.120000Z"));
        assert_eq!(rfc3339(i64::MAX), None);
    }
}
