//! Where a row comes from: what comes in are rows, what goes out is app, system, version and device as one small
//! number, since all rows of an upload share them, and with the network and the dimensions asked for, a spot.

use super::dimension::Dimension;
use super::names::Names;
use crate::event::EventRow;
use chrono_tz::Tz;

/// What `device_class` calls an emulator.
const EMULATOR: &str = "emulator";

/// Dimensions that every report groups by.
pub const KEPT: &[Dimension] = &[Dimension::App, Dimension::Os, Dimension::Version, Dimension::Device, Dimension::Network];

/// Where rows come from; texts by their number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The app.
    pub app: Option<u32>,
    /// The system.
    pub os: Option<u32>,
    /// The app's version.
    pub version: Option<u32>,
    /// Its channel.
    pub channel: Option<u32>,
    /// Its build.
    pub build: Option<u32>,
    /// Maker and model.
    pub device: Option<u32>,
    /// The system's version.
    pub os_version: Option<u32>,
    /// Whether the device is none.
    pub is_emulator: bool,
}

impl Place {
    /// The place of a row.
    pub fn of(row: &EventRow, names: &mut Names) -> Self {
        let mut level = |dimension: Dimension| dimension.level(row, Tz::UTC).map(|level| names.number(&level));
        Self {
            app: level(Dimension::App),
            os: level(Dimension::Os),
            version: level(Dimension::Version),
            channel: level(Dimension::Channel),
            build: level(Dimension::Build),
            device: level(Dimension::Device),
            os_version: level(Dimension::OsVersion),
            is_emulator: row.device_class.as_deref() == Some(EMULATOR),
        }
    }
}

/// Where a message was tried: all that reports group by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spot {
    /// Number of the place.
    pub place: u32,
    /// Number of the network.
    pub network: Option<u32>,
    /// Levels of the dimensions asked for.
    pub by: Box<[Option<u32>]>,
}

impl Spot {
    /// The level in one of [`KEPT`] or, after these, of the dimensions asked for.
    #[must_use]
    pub fn level(&self, number: usize, names: &Names) -> Option<u32> {
        let place = || names.place(self.place);
        match KEPT.get(number) {
            Some(Dimension::App) => place().app,
            Some(Dimension::Os) => place().os,
            Some(Dimension::Version) => place().version,
            Some(Dimension::Device) => place().device,
            Some(Dimension::Network) => self.network,
            Some(_) => None,
            None => self.by.get(number - KEPT.len()).copied().flatten(),
        }
    }
}

/// How a message went: app, system, version and network, by which latencies are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Route {
    /// The app.
    pub app: Option<u32>,
    /// The system.
    pub os: Option<u32>,
    /// The app's version.
    pub version: Option<u32>,
    /// The network.
    pub network: Option<u32>,
}

impl Route {
    /// The dimensions that a route knows.
    pub const KNOWN: [Dimension; 4] = [Dimension::App, Dimension::Os, Dimension::Version, Dimension::Network];
}

/// The columns that a place rests on.
type Columns<'r> = [Option<&'r str>; 9];

fn columns(row: &EventRow) -> Columns<'_> {
    [
        row.app.as_deref(),
        row.os.as_deref(),
        row.app_version.as_deref(),
        row.channel.as_deref(),
        row.app_build.as_deref(),
        row.device_manufacturer.as_deref(),
        row.device_model.as_deref(),
        row.os_version.as_deref(),
        row.device_class.as_deref(),
    ]
}

/// Numbers the places of rows; that of the row before is remembered.
#[derive(Debug, Default)]
pub struct Places(Option<([Option<String>; 9], u32)>);

impl Places {
    /// The number of the place of a row.
    pub fn number(&mut self, row: &EventRow, names: &mut Names) -> u32 {
        let now = columns(row);
        match &self.0 {
            Some((last, number)) if last.iter().zip(now).all(|(a, b)| a.as_deref() == b) => *number,
            _ => {
                let place = Place::of(row, names);
                let number = names.place_number(place);
                self.0 = Some((now.map(|text| text.map(str::to_owned)), number));
                number
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Kind;

    #[test]
    fn rows_that_differ_in_one_column_come_from_two_places() {
        let (mut names, mut places) = (Names::default(), Places::default());
        let row = EventRow { app: Some("a".into()), app_version: Some("1".into()), ..EventRow::new(Kind::Message) };
        let other = EventRow { device_class: Some(EMULATOR.into()), ..row.clone() };
        let numbers = [&row, &row, &other, &row].map(|r| places.number(r, &mut names));
        assert_eq!(numbers, [0, 0, 1, 0]);
        assert_eq!([0, 1].map(|n| names.place(n).is_emulator), [false, true]);
    }

    #[test]
    fn a_spot_knows_its_levels_by_the_places_of_dimensions() {
        let mut names = Names::default();
        let place = Place { app: Some(10), os: Some(11), version: Some(12), device: Some(13), ..Place::default() };
        let spot = Spot { place: names.place_number(place), network: Some(14), by: Box::new([None, Some(16)]) };
        let levels: Vec<Option<u32>> = (0..8).map(|n| spot.level(n, &names)).collect();
        assert_eq!(levels, [Some(10), Some(11), Some(12), Some(13), Some(14), None, Some(16), None]);
    }
}
