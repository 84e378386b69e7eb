//! Where a row comes from: what comes in are rows, what goes out is app, system, version and device as one small
//! number, since all rows of an upload share them.

use super::dimension::Dimension;
use super::names::Names;
use crate::event::EventRow;
use chrono_tz::Tz;

/// What `device_class` calls an emulator.
const EMULATOR: &str = "emulator";

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
