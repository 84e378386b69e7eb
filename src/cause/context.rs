//! Where something happened: a mark comes in, a row with version, device, network and user goes out, as they stood there.
//!
//! They stay the same from one statement of them to the next, and rows are made in order of time: what is said for one is
//! copied for those behind it.

use crate::event::EventRow;
use crate::profile::syntax::AppKind;
use crate::session::device::Device;
use crate::session::{Session, timeline};
use crate::taxonomy::Kind;

/// What stands in for the network where none is stated: the one at the time of the export.
const NETWORK_AT_EXPORT: &str = "network_at_export";

/// What held when in a session, for its rows.
pub struct Contexts<'s> {
    session: &'s Session<'s>,
    /// Marks from which on another value holds, in order.
    turns: Vec<usize>,
}

/// One who makes rows, with what was said last.
pub struct Scribe<'c> {
    contexts: &'c Contexts<'c>,
    said: Option<Said>,
}

/// What holds between two turns, for messages of a profile.
struct Said {
    turn: usize,
    profile: Option<usize>,
    row: EventRow,
    owner: String,
}

impl<'s> Contexts<'s> {
    /// Those of a session.
    #[must_use]
    pub fn of(session: &'s Session<'s>) -> Self {
        let timelines = timeline::NAMES.iter().chain([&NETWORK_AT_EXPORT]).filter_map(|name| session.timelines.get(*name));
        let mut turns: Vec<usize> = timelines.flat_map(timeline::Timeline::turns).collect();
        turns.sort_unstable();
        turns.dedup();
        Contexts { session, turns }
    }

    /// One who has said nothing yet.
    #[must_use]
    pub const fn scribe(&self) -> Scribe<'_> {
        Scribe { contexts: self, said: None }
    }
}

impl Scribe<'_> {
    /// A row of something that happened at a mark, of a profile, that says only where; and what tells its owner from others.
    pub fn row(&mut self, kind: Kind, mark: usize, profile: Option<usize>) -> (EventRow, &str) {
        let Contexts { session, turns } = self.contexts;
        let turn = turns.partition_point(|turn| *turn <= mark);
        let said = self.said.take().filter(|said| (said.turn, said.profile) == (turn, profile));
        let said = self.said.insert(said.unwrap_or_else(|| {
            let mut row = EventRow::new(kind);
            fill(&mut row, session, mark, profile);
            let owner = format!("{:?}|{:?}|{:?}", row.app, row.os, row.user);
            Said { turn, profile, row, owner }
        }));
        let mut row = said.row.clone();
        row.kind = kind;
        if let Some(stated) = session.marks.get(mark).and_then(|mark| mark.version()) {
            row.app_version = Some(stated.to_owned());
        }
        (row, &said.owner)
    }
}

/// Fills the columns that say where something happened, as things stood at a mark, but for what its own line states.
pub(super) fn fill(row: &mut EventRow, session: &Session<'_>, mark: usize, profile: Option<usize>) {
    let value = |name: &str| session.value(name, mark).map(str::to_owned);
    let app = profile.map(|p| &session.profiles.all[p].file.app);
    row.app = value("app").or_else(|| app.filter(|a| matches!(a.kind, AppKind::App)).map(|a| a.name.clone()));
    row.app_version = value("app_version");
    row.app_build = value("app_build");
    row.channel = value("channel");
    row.os = value("os").map(|os| os.to_lowercase()).or_else(|| app.and_then(|a| a.os.clone()));
    let [maker, model, class] = ["device_manufacturer", "device_model", "device_class"].map(|name| session.value(name, mark));
    let device = Device::read(maker, model, class, row.os.as_deref());
    (row.device_manufacturer, row.device_model, row.device_class) = (device.manufacturer, device.model, device.class);
    row.os_version = value("os_version");
    row.os_build = value("os_build");
    row.abi = value("abi");
    row.network_type = Some(network_type(session.value("network", mark).or_else(|| session.value(NETWORK_AT_EXPORT, mark))).to_owned());
    row.network_subtype = value("network_subtype");
    row.carrier = value("carrier");
    row.vpn = value("vpn").map(|v| v == "true" || v == "yes");
    row.region = value("region");
    row.user = value("user");
}

/// The closed set of the contract, from what clients call networks.
pub(super) fn network_type(value: Option<&str>) -> &'static str {
    match value.unwrap_or_default().to_ascii_lowercase().as_str() {
        "wifi" | "wlan" | "wi-fi" => "wifi",
        "cell" | "mobile" | "cellular" | "2g" | "3g" | "4g" | "5g" | "lte" | "nr" => "cell",
        "wired" | "ethernet" => "wired",
        "none" | "unavailable" | "offline" | "no network" => "none",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profiles;
    use crate::session::timeline::{Entry, Source};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_copied_is_what_would_be_said_anew(
            stated in prop::collection::vec((0_usize..3, 0_usize..12, 0_usize..3, any::<bool>()), 0..14),
            asked in prop::collection::vec((0_usize..14, prop::option::of(0_usize..3)), 1..20),
        ) {
            let profiles = Profiles::builtin();
            let mut session = crate::session::assemble(&profiles, Vec::new(), &[("os_version", "14".to_owned())], None);
            for (name, order, value, of_mark) in stated {
                let (name, value) = (["user", "network", NETWORK_AT_EXPORT][name], ["wifi", "none", "x"][value].to_owned());
                let (order, source) = if of_mark { (order, Source::Mark(order)) } else { (0, Source::Header) };
                session.timelines.entry(name.to_owned()).or_default().push(Entry { at: None, order, value, ends: None, source });
            }
            session.timelines.values_mut().for_each(timeline::Timeline::sort);
            let contexts = Contexts::of(&session);
            let mut scribe = contexts.scribe();
            for (mark, profile) in asked {
                let mut anew = EventRow::new(Kind::Message);
                fill(&mut anew, &session, mark, profile);
                let (row, owner) = scribe.row(Kind::Message, mark, profile);
                prop_assert_eq!(row.cells(), anew.cells());
                prop_assert_eq!(owner, format!("{:?}|{:?}|{:?}", anew.app, anew.os, anew.user));
            }
        }
    }
}
