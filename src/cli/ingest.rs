//! `ingest`: reads logs and adds what is new to a store.

use super::args::{Global, IngestArgs};
use super::exit::{DONE, Failure};
use super::fleet;
use super::output::{Gone, Output};
use super::reading::{Reading, load_profiles, warn};
use super::resolve::resolve;
use crate::fleet::isolate::encoder;
use crate::fleet::supervisor::Supervisor;
use crate::redact::{Door, Key};
use crate::report::View;
use crate::report::number::count;
use crate::store::ingest::{Added, How, Ingest};
use crate::store::layout::Store;
use crate::words::Phrase;

/// Runs the command.
pub fn run(global: &Global, args: &IngestArgs) -> Result<u8, Failure> {
    let root = &args.store;
    if fleet::is_worker() {
        return work(global, args);
    }
    Store::may_be_made(root)?;
    let reading = Reading::for_store(global, &args.read, root, args.isolate)?.looking_around().accounting_for_all();
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
    let mut add = |rows| ingest.add(rows);
    if args.isolate {
        let encoder = encoder()?;
        let (door, rules) = (Door::new(resolved.settings.redact, reading.key.clone()), reading.profiles.version());
        let supervisor = Supervisor {
            command: &fleet::command,
            workers: resolved.settings.jobs,
            timeout: args.workers.timeout(),
            receipt: &|lost| fleet::receipt(&door, &encoder, &rules, lost),
        };
        reading.run_isolated(&supervisor, &mut add)?;
    } else {
        reading.run(&Gone::default(), &mut add)?;
    }
    let added = ingest.finish()?;
    if !global.quiet {
        Output::Stdout.write_all(&said(added, &view))?;
    }
    Ok(DONE)
}

/// A worker of an isolated run.
fn work(global: &Global, args: &IngestArgs) -> Result<u8, Failure> {
    let resolved = resolve(global, &args.read.how, None, None)?;
    fleet::bound(&args.workers, &resolved)?;
    let profiles = load_profiles(resolved.settings.profiles_dir.as_deref())?;
    let redact = resolved.settings.redact;
    let key = if redact { key_of(&args.store, resolved.key_file.as_deref())? } else { Key::new([0; 32]) };
    fleet::serve(&args.workers, &resolved, &profiles, &key, &encoder()?)?;
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
