//! What messages are grouped and selected by: what comes in is a row, what goes out is its level in
//! one dimension, or nothing where the log does not state it.
//!
//! A new dimension is one row of the table below: `--by`, `--where` and the reports then know it.

use crate::event::{EventRow, Micros};
use crate::store::week::Week;
use chrono::{DateTime, Timelike, Utc};
use chrono_tz::Tz;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

macro_rules! dimensions {
    ($($variant:ident = $name:literal, [$($alias:literal),*], |$row:ident, $zone:ident| $level:expr;)+) => {
        /// One way to group messages.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Dimension { $(#[doc = concat!("`", $name, "`")] $variant,)+ }

        impl Dimension {
            /// Every dimension.
            pub const ALL: &'static [Dimension] = &[$(Dimension::$variant,)+];

            /// Its name on the command line and in every output.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Dimension::$variant => $name,)+ }
            }

            /// Other spellings: the names of the columns.
            #[must_use]
            pub const fn aliases(self) -> &'static [&'static str] {
                match self { $(Dimension::$variant => &[$($alias),*],)+ }
            }

            /// The level of a row; days and weeks are those of the zone.
            #[must_use]
            pub fn level(self, row: &EventRow, zone: Tz) -> Option<Cow<'_, str>> {
                match self { $(Dimension::$variant => { let ($row, $zone) = (row, zone); let _ = $zone; $level })+ }
            }
        }
    };
}

dimensions! {
    App = "app", [], |row, zone| borrowed(row.app.as_ref());
    Version = "version", ["app_version"], |row, zone| borrowed(row.app_version.as_ref());
    Build = "build", ["app_build"], |row, zone| borrowed(row.app_build.as_ref());
    Channel = "channel", [], |row, zone| borrowed(row.channel.as_ref());
    Os = "os", [], |row, zone| borrowed(row.os.as_ref());
    OsVersion = "os_version", [], |row, zone| borrowed(row.os_version.as_ref());
    OsBuild = "os_build", [], |row, zone| borrowed(row.os_build.as_ref());
    Device = "device", [], |row, zone| device(row);
    Manufacturer = "manufacturer", ["device_manufacturer"], |row, zone| borrowed(row.device_manufacturer.as_ref());
    Model = "model", ["device_model"], |row, zone| borrowed(row.device_model.as_ref());
    DeviceClass = "device_class", [], |row, zone| borrowed(row.device_class.as_ref());
    Abi = "abi", [], |row, zone| borrowed(row.abi.as_ref());
    Network = "network", ["network_type"], |row, zone| borrowed(row.network_type.as_ref());
    NetworkSubtype = "network_subtype", [], |row, zone| borrowed(row.network_subtype.as_ref());
    Carrier = "carrier", [], |row, zone| borrowed(row.carrier.as_ref());
    Vpn = "vpn", [], |row, zone| row.vpn.map(|on| Cow::Borrowed(if on { "true" } else { "false" }));
    Region = "region", [], |row, zone| borrowed(row.region.as_ref());
    User = "user", [], |row, zone| borrowed(row.user.as_ref());
    Content = "content", [], |row, zone| borrowed(row.content.as_ref());
    Conversation = "conversation", [], |row, zone| borrowed(row.conversation.as_ref());
    Outcome = "outcome", [], |row, zone| row.outcome.map(|o| Cow::Borrowed(o.as_str()));
    Cause = "cause", [], |row, zone| row.cause.map(|c| Cow::Borrowed(c.as_str()));
    Class = "class", [], |row, zone| row.cause.map(|c| Cow::Borrowed(c.as_str().split('.').next().unwrap_or_default()));
    Code = "code", [], |row, zone| borrowed(row.code.as_ref());
    Bundle = "bundle", [], |row, zone| Some(Cow::Borrowed(row.bundle.as_str()));
    Day = "day", [], |row, zone| local(row.started_at, zone).map(|t| Cow::Owned(t.format("%Y-%m-%d").to_string()));
    Week = "week", [], |row, zone| row.started_at.and_then(|at| Week::of(at.0, zone)).map(|week| Cow::Owned(week.to_string()));
    Hour = "hour", [], |row, zone| local(row.started_at, zone).map(|t| Cow::Owned(format!("{:02}", t.hour())));
}

fn borrowed(text: Option<&String>) -> Option<Cow<'_, str>> {
    text.map(|t| Cow::Borrowed(t.as_str()))
}

/// Maker and model, the maker once.
fn device(row: &EventRow) -> Option<Cow<'_, str>> {
    match (row.device_manufacturer.as_deref(), row.device_model.as_deref()) {
        (Some(maker), Some(model)) if !starts_with_word(model, maker) => Some(Cow::Owned(format!("{maker} {model}"))),
        (maker, model) => model.or(maker).map(Cow::Borrowed),
    }
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
}

fn local(at: Option<Micros>, zone: Tz) -> Option<DateTime<Tz>> {
    Some(DateTime::<Utc>::from_timestamp_micros(at?.0)?.with_timezone(&zone))
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Dimension {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = text.trim();
        let known = Self::ALL.iter().copied().find(|d| d.as_str() == wanted || d.aliases().contains(&wanted));
        known.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|d| d.as_str()).collect();
            format!("dimension `{wanted}` is not known (known: {})", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Kind;

    #[test]
    fn names_and_aliases_lead_to_one_dimension_each() {
        let mut names: Vec<&str> =
            Dimension::ALL.iter().flat_map(|d| d.aliases().iter().chain([&d.as_str()]).copied().collect::<Vec<_>>()).collect();
        let before = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(before, names.len());
        assert_eq!("app_version".parse(), Ok(Dimension::Version));
        assert!("colour".parse::<Dimension>().unwrap_err().contains("version"));
    }

    #[test]
    fn a_device_names_its_maker_once() {
        let mut row = EventRow::new(Kind::Message);
        row.device_manufacturer = Some("Xiaomi".into());
        row.device_model = Some("23021RAA2Y".into());
        assert_eq!(Dimension::Device.level(&row, Tz::UTC).as_deref(), Some("Xiaomi 23021RAA2Y"));
        row.device_model = Some("xiaomi 13".into());
        assert_eq!(Dimension::Device.level(&row, Tz::UTC).as_deref(), Some("xiaomi 13"));
        row.device_model = None;
        assert_eq!(Dimension::Device.level(&row, Tz::UTC).as_deref(), Some("Xiaomi"));
    }

    #[test]
    fn weeks_are_iso_weeks_of_the_zone() {
        let mut row = EventRow::new(Kind::Message);
        row.started_at = Some(Micros(1_794_787_200_000_000 - 3_600_000_000));
        assert_eq!(Dimension::Week.level(&row, Tz::UTC).as_deref(), Some("2026-W46"));
        assert_eq!(Dimension::Week.level(&row, Tz::Asia__Shanghai).as_deref(), Some("2026-W47"));
        row.started_at = Some(Micros(i64::MAX));
        assert_eq!(Dimension::Week.level(&row, Tz::UTC), None);
    }
}
