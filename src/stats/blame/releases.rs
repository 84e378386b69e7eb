//! What a team says of its releases: `version, released_on, rollout_percent, channel, retired`.

use super::order::{bare, channel, line};
use crate::stats::compare_versions;
use chrono::NaiveDate;
use serde::Deserialize;
use std::cmp::Ordering;

/// A release.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// Its version.
    pub version: String,
    /// When it came out.
    pub released_on: Option<NaiveDate>,
    /// To how many users it is offered.
    pub rollout_percent: Option<f64>,
    /// Its channel.
    pub channel: Option<String>,
    /// Whether it is no longer offered.
    pub retired: bool,
}

/// A line of the table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    version: String,
    #[serde(default)]
    released_on: Option<String>,
    #[serde(default)]
    rollout_percent: Option<f64>,
    #[serde(default)]
    channel: Option<String>,
    #[serde(default)]
    retired: Option<bool>,
}

impl Line {
    fn release(self) -> Result<Release, String> {
        let Self { version, released_on, rollout_percent, channel, retired } = self;
        let date = |text: String| {
            NaiveDate::parse_from_str(&text, "%Y-%m-%d")
                .map_err(|_| format!("{version}: released_on is `{text}`; a date such as 2026-11-28 was expected"))
        };
        let released_on = released_on.map(date).transpose()?;
        if let Some(percent) = rollout_percent.filter(|p| !(0.0..=100.0).contains(p)) {
            return Err(format!("{version}: rollout_percent is {percent}; 0 to 100 was expected"));
        }
        Ok(Release { released_on, rollout_percent, channel, retired: retired.unwrap_or(false), version })
    }
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Releases(Vec<Release>);

impl Releases {
    /// Reads the table.
    ///
    /// # Errors
    /// `line: what is wrong`.
    pub fn read(text: &[u8]) -> Result<Self, String> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
        let mut all: Vec<Release> = Vec::new();
        for line in reader.deserialize() {
            let line: Line = line.map_err(|e| e.to_string())?;
            let release = line.release()?;
            if all.iter().any(|r| r.version == release.version && r.channel == release.channel) {
                return Err(format!("{} is there twice", release.version));
            }
            all.push(release);
        }
        Ok(Self(all))
    }

    /// The release of a version; of one that names its channel, the release of that channel first.
    #[must_use]
    pub fn get(&self, version: &str) -> Option<&Release> {
        let same = || self.0.iter().filter(|r| r.version == bare(version));
        same().find(|r| r.channel.as_deref() == channel(version)).or_else(|| same().next())
    }

    /// Whether a version is being rolled out: not retired, and offered to some but not to all, or the newest of its line.
    #[must_use]
    pub fn is_rolling_out(&self, version: &str) -> bool {
        let Some(release) = self.get(version).filter(|r| !r.retired) else { return false };
        let rivals = || self.0.iter().filter(|r| !r.retired && line(&r.version) == line(&release.version) && r.channel == release.channel);
        let newest = rivals().all(|r| compare_versions(&r.version, &release.version) != Ordering::Greater);
        let offered = release.rollout_percent.unwrap_or(100.0);
        offered > 0.0 && (newest || offered < 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::blame::order::with_channel;

    #[test]
    fn the_newest_and_what_is_offered_to_some_are_being_rolled_out() {
        let table = b"version,released_on,rollout_percent,channel,retired\n3.4.0,2026-09-01,100,,false\n3.5.0,2026-10-01,40,beta,\n3.6.0,,,,\n3.3.0,,,,true\n";
        let releases = Releases::read(table).unwrap();
        let rolling: Vec<bool> = ["3.3.0", "3.4.0", "3.5.0", "3.6.0", "9.9"].iter().map(|v| releases.is_rolling_out(v)).collect();
        // 3.4.0 is the newest of its line.
        assert_eq!(rolling, [false, true, true, true, false]);
        let table = b"version,rollout_percent,channel\n3.4.0,100,store\n3.4.1,100,store\n3.4.0,10,beta\n3.5.0,0,\n";
        let releases = Releases::read(table).unwrap();
        let rolling: Vec<bool> =
            ["3.4.0", &with_channel("3.4.0", Some("beta")), "3.4.1", "3.5.0"].iter().map(|v| releases.is_rolling_out(v)).collect();
        assert_eq!(rolling, [false, true, true, false]);
    }

    #[test]
    fn what_is_no_release_is_refused() {
        assert!(Releases::read(b"version,rollout_percent\n1.0,140\n").unwrap_err().contains("140"));
        assert!(Releases::read(b"version,rolled_out\n1.0,1\n").unwrap_err().contains("rolled_out"));
        assert!(Releases::read(b"version\n1.0\n1.0\n").unwrap_err().contains("twice"));
    }
}
