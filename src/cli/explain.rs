//! `explain`: one upload's or message's story, or the reply to it.

use super::analyze::rendering;
use super::args::{ExplainArgs, Global, ReplyTo, SelectArgs, StoryForm};
use super::exit::{DONE, Failure};
use super::output::{Gone, Output};
use super::reading::{Reading, load_profiles};
use super::report::selection;
use super::resolve::{Resolved, resolve};
use super::spelled::{End, moment};
use super::store::key_in;
use crate::event::EventRow;
use crate::profile::Profiles;
use crate::redact::Door;
use crate::report::render::{markdown, terminal};
use crate::report::story::reply::{self, Reader};
use crate::report::story::{self, Teller, Upload};
use crate::report::{Report, View};
use crate::stats::weekly::load::Keeps;
use crate::store::commit::Table;
use crate::store::layout::Store;
use crate::store::read::read;
use crate::taxonomy::{Kind, Outcome};
use crate::words::Phrase;
use std::collections::{BTreeMap, BTreeSet};
use std::mem::ManuallyDrop;
use std::path::Path;

/// Uploads that are told; of more, those in which something went wrong.
const UPLOADS_MAX: usize = 20;

/// Digits of a message's id that name it, as reports cite it.
const ID_DIGITS_MIN: usize = 8;

/// Runs the command.
pub fn run(global: &Global, args: &ExplainArgs) -> Result<u8, Failure> {
    // What began before `--since` is counted for comparison, so it is no filter here.
    let select = SelectArgs { since: None, ..args.select.clone() };
    let (kept, resolved, profiles) = match &args.store {
        Some(root) => of_store(global, args, &select, root)?,
        None => of_logs(global, args, &select)?,
    };
    if args.reply.is_some() && !resolved.settings.redact {
        return Err(Failure::usage("a reply is always redacted; leave --redact off out".to_owned()));
    }
    let since = |text: &String| moment(text, End::First, resolved.zone, chrono::Utc::now()).map_err(Failure::usage);
    let since_us = args.select.since.as_ref().map(since).transpose()?;
    let view = View { lang: args.reply.unwrap_or(resolved.lang), zone: resolved.zone, top: resolved.top };
    let teller = Teller { view: &view, help: &resolved.help, profiles: &profiles, since_us };
    let uploads = kept.finish()?;
    let output = Output::open(args.output.as_deref())?;
    let text = if args.reply.is_some() {
        replies(&uploads, args, &teller)
    } else {
        let report = report(&uploads, &teller, resolved.settings.redact);
        match args.format {
            StoryForm::Table => terminal(&report, &view, rendering(&output, resolved.color)),
            StoryForm::Markdown => markdown(&report, &view),
        }
    };
    output.write_all(&text)?;
    Ok(DONE)
}

fn of_logs(global: &Global, args: &ExplainArgs, select: &SelectArgs) -> Result<(Kept, Resolved, Profiles), Failure> {
    let reading = Reading::prepare(global, &args.read, select, args.top, args.output.as_deref())?;
    let door = Door::new(reading.resolved.settings.redact, reading.key.clone());
    let mut kept = Kept::new(args.message.as_deref(), &door);
    reading.run(&Gone::default(), &mut |rows| {
        kept.add(rows);
        Ok(())
    })?;
    kept.end();
    Ok((kept, reading.resolved, ManuallyDrop::into_inner(reading.profiles)))
}

/// From a store: first which uploads are to be told, by a few columns, then their rows.
fn of_store(global: &Global, args: &ExplainArgs, select: &SelectArgs, root: &Path) -> Result<(Kept, Resolved, Profiles), Failure> {
    let mut resolved = resolve(global, &args.read.how, args.top, select.exclude_users.clone())?;
    let store = Store::open(root)?;
    resolved.zone = store.zone;
    resolved.settings.redact = store.info.key.is_some();
    let profiles = load_profiles(resolved.settings.profiles_dir.as_deref())?;
    let selection = selection(&store, select, &resolved)?;
    let door = Door::new(resolved.settings.redact, key_in(&store, resolved.key_file.as_deref())?);
    let mut kept = Kept::new(args.message.as_deref(), &door);
    let commits = store.commits()?;
    let mut rows_of: BTreeMap<String, Vec<EventRow>> = BTreeMap::new();
    let mut troubled: BTreeSet<String> = BTreeSet::new();
    read(&store, &commits, Table::Events, |_| true, &["bundle", "kind", "key", "message_id", "outcome"], &mut |_, rows| {
        let matters = |row: &EventRow| if kept.wanted.is_some() { kept.is_wanted(row) } else { is_trouble(row) };
        troubled.extend(rows.into_iter().filter(matters).map(|row| row.bundle));
        Ok(())
    })?;
    let seen = troubled.len();
    let told: BTreeSet<String> = troubled.into_iter().take(UPLOADS_MAX).collect();
    for table in [Table::Events, Table::Uploads] {
        read(&store, &commits, table, |_| true, &[], &mut |_, rows| {
            for row in rows.into_iter().filter(|row| told.contains(&row.bundle) && selection.keeps(row)) {
                rows_of.entry(row.bundle.clone()).or_default().push(row);
            }
            Ok(())
        })?;
    }
    for (_, mut rows) in rows_of {
        rows.sort_by_key(|row| (row.kind == Kind::Upload, row.started_at, row.message_id.clone()));
        kept.add(rows);
        kept.end();
    }
    kept.seen = kept.seen.max(seen);
    Ok((kept, resolved, profiles))
}

/// Whether a row is worth telling.
fn is_trouble(row: &EventRow) -> bool {
    match row.kind {
        Kind::Message => matches!(row.outcome, Some(Outcome::Unsent | Outcome::Delayed)),
        Kind::Action | Kind::Neighbourhood | Kind::Upload => false,
        Kind::Crash | Kind::Anr | Kind::Kill | Kind::NotificationMissed | Kind::Incompatibility | Kind::FeatureMissing => true,
    }
}

/// The uploads to tell, with the message that was asked for.
struct Told {
    uploads: Vec<(Vec<EventRow>, Option<EventRow>)>,
    left_out: usize,
}

/// Keeps what is to be told while rows come in, never more than [`UPLOADS_MAX`] uploads of each kind.
struct Kept {
    wanted: Option<Vec<String>>,
    asked: String,
    troubled: Vec<(Vec<EventRow>, Option<EventRow>)>,
    quiet: Vec<(Vec<EventRow>, Option<EventRow>)>,
    seen: usize,
    /// Rows of an upload whose receipt has not come yet.
    open: Vec<EventRow>,
}

impl Kept {
    fn new(message: Option<&str>, door: &Door) -> Self {
        // Rows are redacted: an id as the log writes it is looked for by its pseudonym.
        let names = |id: &str| vec![id.to_owned(), door.pseudonym("m", id)];
        let (troubled, quiet, open) = (Vec::new(), Vec::new(), Vec::new());
        Self { wanted: message.map(names), asked: message.unwrap_or_default().to_owned(), troubled, quiet, seen: 0, open }
    }

    /// Whether a row is the message that was asked for: by its key, its id, or the first digits of its id, as reports cite it.
    fn is_wanted(&self, row: &EventRow) -> bool {
        let wanted = self.wanted.as_deref().unwrap_or_default();
        let is = |id: &Option<String>| id.as_ref().is_some_and(|id| wanted.contains(id));
        let begins = row.message_id.as_ref().is_some_and(|id| self.asked.len() >= ID_DIGITS_MIN && id.starts_with(&self.asked));
        row.kind == Kind::Message && (is(&row.key) || is(&row.message_id) || begins)
    }

    /// Takes rows; those of a large upload come a part at a time.
    fn add(&mut self, rows: Vec<EventRow>) {
        for row in rows {
            let ends = row.kind == Kind::Upload;
            self.open.push(row);
            if ends {
                self.end();
            }
        }
    }

    /// Closes the upload whose rows came last.
    fn end(&mut self) {
        if !self.open.is_empty() {
            let upload = std::mem::take(&mut self.open);
            self.close(upload);
        }
    }

    fn close(&mut self, upload: Vec<EventRow>) {
        let message = self.wanted.as_ref().map(|_| upload.iter().find(|row| self.is_wanted(row)).cloned());
        if matches!(message, Some(None)) {
            return;
        }
        self.seen += 1;
        let list = if upload.iter().any(is_trouble) { &mut self.troubled } else { &mut self.quiet };
        if list.len() < UPLOADS_MAX {
            list.push((upload, message.flatten()));
        }
    }

    fn finish(self) -> Result<Told, Failure> {
        if self.seen == 0 && self.wanted.is_some() {
            return Err(Failure::usage(format!("no message `{}` is in the input; `whyunsent events PATH` lists their keys", self.asked)));
        }
        let uploads = if self.seen > UPLOADS_MAX && !self.troubled.is_empty() {
            self.troubled
        } else {
            let mut all: Vec<_> = self.troubled.into_iter().chain(self.quiet).collect();
            all.truncate(UPLOADS_MAX);
            all
        };
        Ok(Told { left_out: self.seen - uploads.len(), uploads })
    }
}

fn report(told: &Told, teller: &Teller<'_>, redacted: bool) -> Report {
    let view = teller.view;
    let mut sections = Vec::new();
    for (rows, message) in &told.uploads {
        let upload = Upload { rows };
        sections.extend(match message {
            Some(row) => story::one(row, &upload, teller),
            None => story::upload(&upload, teller),
        });
    }
    if told.left_out > 0 {
        let n = crate::report::number::count(told.left_out as u64);
        let line = view.say(Phrase::UploadsLeftOut, &[("n", &n)]);
        let blocks = vec![crate::report::model::Block::Lines(vec![line])];
        sections.push(crate::report::model::Section { id: "more", title: view.say(Phrase::Uploads, &[]), blocks });
    }
    let banner = (!redacted).then(|| view.say(Phrase::RedactionOff, &[]));
    Report { title: view.say(Phrase::ExplainTitle, &[]), banner, sections }
}

fn replies(told: &Told, args: &ExplainArgs, teller: &Teller<'_>) -> String {
    let reader = match args.reader {
        ReplyTo::User => Reader::User,
        ReplyTo::Engineering => Reader::Engineering,
    };
    let mut text = String::new();
    for (rows, message) in &told.uploads {
        let upload = Upload { rows };
        if told.uploads.len() > 1 {
            let path = upload.receipt().map_or("", |r| &r.bundle_path);
            text.extend(["==> ", &crate::redact::printable(path), " <==\n"]);
        }
        text.push_str(&reply::write(&upload, message.as_ref(), reader, teller));
        if told.uploads.len() > 1 {
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Key;

    #[test]
    fn an_upload_whose_rows_come_a_part_at_a_time_is_told_once() {
        let unsent = || {
            let mut row = EventRow::new(Kind::Message);
            row.outcome = Some(Outcome::Unsent);
            row
        };
        let mut kept = Kept::new(None, &Door::new(false, Key::new([0; 32])));
        kept.add(vec![unsent(), unsent()]);
        kept.add(vec![unsent(), EventRow::new(Kind::Upload), unsent()]);
        kept.end();
        let told = kept.finish().unwrap_or_else(|_| panic!("nothing was asked for"));
        assert_eq!(told.uploads.iter().map(|(rows, _)| rows.len()).collect::<Vec<_>>(), [4, 1]);
        assert_eq!(told.left_out, 0);
    }
}
