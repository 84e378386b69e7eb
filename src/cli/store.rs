//! `store`: what is in a store, whether it is whole, and what it shall forget.

use super::args::{Global, HowArgs, StoreArgs, StoreCommand, Switch};
use super::exit::{BREACHED, DONE, Failure};
use super::ingest::key_of;
use super::listing;
use super::output::Output;
use super::resolve::resolve;
use super::spelled::{End, moment};
use crate::redact::{Door, Key};
use crate::report::View;
use crate::report::number::{bytes, count};
use crate::store::care::{self, Forget};
use crate::store::layout::{FORMAT, Store};
use crate::words::Phrase;
use chrono::Utc;
use std::path::Path;

/// The key of an open store, where it has one.
pub(super) fn key_in(store: &Store, key_file: Option<&Path>) -> Result<Key, Failure> {
    let redacted = store.info.key.is_some();
    let key = if redacted { key_of(store.root(), key_file)? } else { Key::new([0; 32]) };
    store.admits(Some(&key).filter(|_| redacted))?;
    Ok(key)
}

/// Runs the command.
pub fn run(global: &Global, args: &StoreArgs) -> Result<u8, Failure> {
    let resolved = resolve(global, &HowArgs::default(), None, None)?;
    let view = View { lang: resolved.lang, zone: resolved.zone, top: resolved.top };
    let say = |text: String| Output::Stdout.write_all(&(text + "\n"));
    let root = &args.command.store().store;
    if let StoreCommand::Init { tz, key_file, redact, .. } = &args.command {
        Store::may_be_made(root)?;
        let key = (*redact == Switch::On).then(|| key_of(root, key_file.as_deref())).transpose()?;
        let zone = tz.unwrap_or(chrono_tz::Tz::UTC);
        let store = if Store::is_one(root) { Store::open(root)? } else { Store::create(root, zone, key.as_ref())? };
        store.admits(key.as_ref())?;
        if tz.is_some_and(|tz| tz != store.zone) {
            return Err(Failure::usage(view.say(Phrase::StoreZone, &[("own", store.zone.name()), ("given", zone.name())])));
        }
        say(view.say(Phrase::StoreMade, &[("store", &root.display().to_string())]))?;
        return Ok(DONE);
    }
    let store = Store::open(root)?;
    match &args.command {
        StoreCommand::Init { .. } => {}
        StoreCommand::Stats { format, .. } => {
            let stats = care::stats(&store.commits()?);
            let row = |(week, s): &(crate::store::week::Week, care::WeekStats)| {
                vec![week.to_string(), count(s.events), count(s.uploads), count(s.neighbourhoods), count(s.parts), bytes(s.bytes)]
            };
            let rows: Vec<Vec<String>> = stats.weeks.iter().map(row).collect();
            listing::print(&["week", "events", "uploads", "neighbourhoods", "parts", "size"], &rows, *format)?;
        }
        StoreCommand::Verify { .. } => {
            let wrong = care::verify(&store)?;
            if wrong.is_empty() {
                say(view.say(Phrase::StoreWhole, &[]))?;
            } else {
                say(wrong.join("\n"))?;
                return Ok(BREACHED);
            }
        }
        StoreCommand::Compact { .. } => {
            let batches = care::compact(&store)?;
            let phrase = if batches > 1 { Phrase::StoreCompacted } else { Phrase::StoreIsOne };
            say(view.say(phrase, &[("n", &count(batches))]))?;
        }
        StoreCommand::Forget { user, before, key_file, .. } => {
            let what = match (user, before) {
                (Some(user), _) => {
                    let key = key_in(&store, key_file.as_deref())?;
                    Forget::User(vec![user.clone(), Door::new(store.info.key.is_some(), key).pseudonym("user", user)])
                }
                (None, Some(before)) => Forget::Before(moment(before, End::First, store.zone, Utc::now()).map_err(Failure::usage)?),
                (None, None) => return Err(Failure::usage("give --user ID or --before DATE")),
            };
            let forgotten = care::forget(&store, &what)?;
            let values = [("events", &*count(forgotten.events)), ("uploads", &*count(forgotten.uploads))];
            say(view.say(Phrase::StoreForgot, &values))?;
        }
        StoreCommand::Upgrade { .. } => say(view.say(Phrase::StoreNewest, &[("format", &FORMAT.to_string())]))?,
    }
    Ok(DONE)
}
