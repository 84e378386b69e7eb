//! A row -> what to do about it, what costs least first.

use super::Upload;
use crate::event::EventRow;
use crate::report::help::Help;
use crate::report::number::duration;
use crate::report::view::View;
use crate::taxonomy::{Cause, Kind, Outcome, Remedy};
use crate::words::{self, Phrase};

/// Steps that are named.
pub const STEPS: usize = 3;

/// What to do about a message or an incident, cheapest first, at most [`STEPS`] sentences.
#[must_use]
pub fn steps(row: &EventRow, upload: &Upload<'_>, help: &Help, view: &View) -> Vec<String> {
    let Some(cause) = row.cause else { return incident(row.kind, view).into_iter().collect() };
    remedies(cause).into_iter().take(STEPS).map(|remedy| sentence(cause, remedy, row, upload, help, view)).collect()
}

/// The remedies that may be named for a cause, cheapest first. An update is named only where the server itself
/// refused the version: that a newer one is better is for the statistics of versions to say.
#[must_use]
pub fn remedies(cause: Cause) -> Vec<Remedy> {
    let mut all: Vec<Remedy> = cause.remedies().to_vec();
    all.retain(|r| *r != Remedy::AppUpdate || cause == Cause::SoftwareOutdated);
    all.sort_by_key(|r| cost(*r));
    all
}

/// What a remedy costs the user: nothing but a look, a tap, a restart, another person, a change of settings, a
/// download, data.
const fn cost(remedy: Remedy) -> u8 {
    match remedy {
        Remedy::NetCheck | Remedy::AcctCheck | Remedy::AppWait => 0,
        Remedy::NetSwitch | Remedy::NetReconnect | Remedy::NetSpeed => 1,
        Remedy::AppRestart | Remedy::AcctDevices | Remedy::AcctRelogin | Remedy::NetOpen => 2,
        Remedy::PermSelf | Remedy::PermOs | Remedy::DevBackground | Remedy::DevStorage | Remedy::AcctSecure => 3,
        Remedy::PeerAsk | Remedy::PermGroup | Remedy::HelpLog => 4,
        // A test comes after the change.
        Remedy::NetIsp | Remedy::AcctAppeal | Remedy::HelpChannel | Remedy::PermTest => 5,
        Remedy::AppUpdate | Remedy::OsUpdate => 6,
        Remedy::AppReinstall => 7,
    }
}

fn sentence(cause: Cause, remedy: Remedy, row: &EventRow, upload: &Upload<'_>, help: &Help, view: &View) -> String {
    match remedy {
        Remedy::PermSelf => help.privacy_path.as_ref().map(|path| view.say(Phrase::PrivacyPath, &[("path", path)])),
        Remedy::NetSpeed => round_trip_ms(upload).map(|ms| view.say(Phrase::RoundTrip, &[("rtt", &duration(ms))])),
        Remedy::HelpChannel => row.code.as_ref().map(|code| view.say(Phrase::QuoteCode, &[("code", code)])),
        Remedy::AcctAppeal => row.until.map(|at| view.say(Phrase::AppealUntil, &[("until", &view.moment(at.0))])),
        Remedy::AppWait => row.retry_after_ms.map(|ms| view.say(Phrase::WaitFor, &[("wait", &duration(ms))])),
        _ => None,
    }
    .unwrap_or_else(|| view.word(words::advice(cause, remedy)))
}

/// The round trip that the log shows: the median over messages that were sent in time.
#[must_use]
pub fn round_trip_ms(upload: &Upload<'_>) -> Option<i64> {
    let mut all: Vec<i64> = upload.messages().filter(|r| r.outcome == Some(Outcome::Sent)).filter_map(|r| r.server_ms).collect();
    let middle = all.len() / 2;
    (!all.is_empty()).then(|| *all.select_nth_unstable(middle).1)
}

/// What to do about an incident that has no cause of its own.
fn incident(kind: Kind, view: &View) -> Option<String> {
    let phrase = match kind {
        Kind::NotificationMissed => Phrase::AllowNotifications,
        Kind::FeatureMissing => Phrase::BackUpFirst,
        Kind::Message
        | Kind::Action
        | Kind::Neighbourhood
        | Kind::Upload
        | Kind::Crash
        | Kind::Anr
        | Kind::Kill
        | Kind::Incompatibility => return None,
    };
    Some(view.say(phrase, &[]))
}

/// The network on which alone messages failed while they went out on another one: that network filters.
#[must_use]
pub fn only_on(upload: &Upload<'_>) -> Option<(String, String)> {
    let network = |r: &EventRow| r.network_type.clone().filter(|n| n != "unknown" && n != "none");
    let is_network = |r: &&EventRow| r.cause.is_some_and(|c| c.class() == crate::taxonomy::Class::Network);
    let failed: Vec<String> =
        upload.messages().filter(|r| r.outcome == Some(Outcome::Unsent)).filter(is_network).filter_map(network).collect();
    let first = failed.first()?.clone();
    let sent: Vec<String> = upload.messages().filter(|r| r.outcome == Some(Outcome::Sent)).filter_map(network).collect();
    let other = sent.iter().find(|n| **n != first)?.clone();
    (failed.iter().all(|n| *n == first) && !sent.contains(&first)).then_some((first, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_something_to_do_and_the_cheapest_comes_first() {
        for cause in Cause::ALL {
            let all = remedies(*cause);
            assert!(!all.is_empty(), "{cause}");
            assert!(all.windows(2).all(|w| cost(w[0]) <= cost(w[1])), "{cause}");
        }
    }

    #[test]
    fn waiting_is_never_the_answer_to_a_bug_and_comes_first_for_the_server() {
        assert!(!remedies(Cause::SoftwareBug).contains(&Remedy::AppWait));
        assert_eq!(remedies(Cause::ServiceError)[0], Remedy::AppWait);
        assert_eq!(remedies(Cause::ServiceRateLimited)[0], Remedy::AppWait);
    }

    #[test]
    fn an_update_is_advised_only_where_the_server_refused_the_version() {
        let updating: Vec<&Cause> = Cause::ALL.iter().filter(|c| remedies(**c).contains(&Remedy::AppUpdate)).collect();
        assert_eq!(updating, [&Cause::SoftwareOutdated]);
    }
}
