//! `ingest`: reads logs and adds what is new to a store.

use super::args::{Global, IngestArgs};
use super::exit::{DONE, Failure};
use super::output::{Gone, Output};
use super::reading::{Reading, warn};
use crate::redact::Key;
use crate::report::View;
use crate::report::number::count;
use crate::store::ingest::{Added, How, Ingest};
use crate::store::layout::Store;
use crate::words::Phrase;

/// Runs the command.
pub fn run(global: &Global, args: &IngestArgs) -> Result<u8, Failure> {
    let root = &args.store;
    Store::may_be_made(root)?;
    let reading = Reading::for_store(global, &args.read, root)?.looking_around();
    let resolved = &reading.resolved;
    let view = View { lang: resolved.lang, zone: resolved.zone, top: resolved.top };
    let key = Some(&reading.key).filter(|_| resolved.settings.redact);
    let lock = Store::lock(root, || warn(&view.say(Phrase::StoreWaits, &[])))?;
    let store = if Store::is_one(root) { Store::open(root)? } else { Store::create(root, resolved.zone, key)? };
    store.admits(key)?;
    if resolved.zone_is_given && store.zone != resolved.zone {
        warn(&view.say(Phrase::StoreZone, &[("own", store.zone.name()), ("given", resolved.zone.name())]));
    }
    let how = How {
        rejudge: args.rejudge,
        uploads_per_commit: args.commit_every,
        delayed_after_ms: resolved.settings.delayed_after_ms,
        pending_after_ms: resolved.settings.pending_after_ms,
    };
    let mut ingest = Ingest::new(&store, lock, how)?;
    reading.run(&Gone::default(), &mut |rows| ingest.add(rows))?;
    let added = ingest.finish()?;
    if !global.quiet {
        Output::Stdout.write_all(&said(added, &view))?;
    }
    Ok(DONE)
}

/// What the run did, in a sentence or two.
fn said(added: Added, view: &View) -> String {
    let (uploads, events, known, rejudged) = (count(added.uploads), count(added.events), count(added.known), count(added.rejudged));
    let values = [("uploads", uploads.as_str()), ("events", &events), ("known", &known), ("rejudged", &rejudged)];
    let mut said = view.say(Phrase::Ingested, &values);
    for (n, phrase) in [(added.known, Phrase::IngestedKnown), (added.rejudged, Phrase::IngestedAnew)] {
        if n > 0 {
            said.push(' ');
            said.push_str(&view.say(phrase, &values));
        }
    }
    said + "\n"
}

/// The key of a store's pseudonyms: the given one, else that which the store keeps.
pub(super) fn key_of(root: &std::path::Path, key_file: Option<&std::path::Path>) -> Result<Key, Failure> {
    let given = Key::given(key_file).map_err(Failure::usage)?;
    given.map_or_else(|| Key::read_or_create(&Store::key_file(root)).map_err(Failure::usage), Ok)
}
