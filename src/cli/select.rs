//! Which rows to look at: by level, app, time and user.

use super::args::SelectArgs;
use super::exit::Failure;
use super::resolve::Resolved;
use super::spelled::{End, moment};
use crate::event::EventRow;
use crate::redact::Key;
use crate::stats::Dimension;
use crate::stats::weekly::load::Keeps;
use crate::taxonomy::Kind;
use chrono::Utc;
use chrono_tz::Tz;
use std::collections::HashSet;
use std::path::Path;

/// Largest file of users to leave out.
const USERS_BYTES_MAX: u64 = 64 << 20;

/// A selection of rows.
#[derive(Clone, Debug)]
pub struct Selection {
    /// As typed, for the report.
    pub typed: Vec<String>,
    wanted: Vec<(Dimension, Vec<String>)>,
    unwanted: Vec<(Dimension, String)>,
    since_us: Option<i64>,
    until_us: Option<i64>,
    excluded_users: HashSet<String>,
    zone: Tz,
}

impl Selection {
    /// The selection that was typed.
    ///
    /// # Errors
    /// A wrong dimension or time, or a file that cannot be read.
    pub fn new(args: &SelectArgs, resolved: &Resolved, key: &Key) -> Result<Self, Failure> {
        let (zone, now) = (resolved.zone, Utc::now());
        let mut selection = Self {
            typed: Vec::new(),
            wanted: Vec::new(),
            unwanted: Vec::new(),
            since_us: None,
            until_us: None,
            excluded_users: HashSet::new(),
            zone,
        };
        for text in &args.wheres {
            selection.add(text)?;
        }
        for app in &args.app {
            selection.want(Dimension::App, app);
        }
        let time = |text: &String, end| moment(text, end, zone, now).map_err(Failure::usage);
        selection.since_us = args.since.as_ref().map(|t| time(t, End::First)).transpose()?;
        selection.until_us = args.until.as_ref().map(|t| time(t, End::After)).transpose()?;
        if let Some(path) = &resolved.exclude_users {
            selection.excluded_users = users(path, resolved.settings.redact, key)?;
        }
        selection.typed = typed(args, resolved);
        Ok(selection)
    }

    fn add(&mut self, text: &str) -> Result<(), Failure> {
        let (dimension, value) =
            text.split_once('=').ok_or_else(|| Failure::usage(format!("--where `{text}` is not DIM=VALUE or DIM!=VALUE")))?;
        let (dimension, unwanted) = dimension.strip_suffix('!').map_or((dimension, false), |d| (d, true));
        let dimension: Dimension = dimension.parse().map_err(|e| Failure::usage(format!("--where `{text}`: {e}")))?;
        if unwanted {
            self.unwanted.push((dimension, value.to_owned()));
        } else {
            self.want(dimension, value);
        }
        Ok(())
    }

    /// Levels of one dimension are alternatives; dimensions must all fit.
    fn want(&mut self, dimension: Dimension, value: &str) {
        match self.wanted.iter_mut().find(|(d, _)| *d == dimension) {
            Some((_, values)) => values.push(value.to_owned()),
            None => self.wanted.push((dimension, vec![value.to_owned()])),
        }
    }

    fn fits_levels(&self, row: &EventRow) -> bool {
        let level = |d: Dimension| d.level(row, self.zone);
        self.wanted.iter().all(|(d, values)| level(*d).is_some_and(|l| values.iter().any(|v| *v == l)))
            && self.unwanted.iter().all(|(d, value)| level(*d).is_none_or(|l| l != value.as_str()))
    }

    fn fits_time(&self, row: &EventRow) -> bool {
        let at = row.started_at.map(|at| at.0);
        self.since_us.is_none_or(|since| at.is_some_and(|at| at >= since))
            && self.until_us.is_none_or(|until| at.is_some_and(|at| at < until))
    }

    fn fits_user(&self, row: &EventRow) -> bool {
        self.excluded_users.is_empty() || row.user.as_ref().is_none_or(|user| !self.excluded_users.contains(user))
    }
}

impl Keeps for Selection {
    /// Receipts always are looked at, since they tell what was read.
    fn keeps(&self, row: &EventRow) -> bool {
        row.kind == Kind::Upload || (self.fits_levels(row) && self.fits_time(row) && self.fits_user(row))
    }
}

fn typed(args: &SelectArgs, resolved: &Resolved) -> Vec<String> {
    let mut typed = args.wheres.clone();
    typed.extend(args.app.iter().map(|app| format!("app={app}")));
    typed.extend(args.since.iter().map(|since| format!("since {since}")));
    typed.extend(args.until.iter().map(|until| format!("until {until}")));
    typed.extend(resolved.exclude_users.iter().map(|_| "without excluded users".to_owned()));
    typed
}

/// The users of a file, one a line, `#` begins a comment; while redaction is on, also their
/// pseudonyms, since rows carry those.
fn users(path: &Path, redacted: bool, key: &Key) -> Result<HashSet<String>, Failure> {
    let failed = |e: std::io::Error| Failure::usage(format!("{}: cannot read the users to leave out: {e}", path.display()));
    if std::fs::metadata(path).map_err(failed)?.len() > USERS_BYTES_MAX {
        return Err(Failure::usage(format!("{}: larger than {USERS_BYTES_MAX} bytes", path.display())));
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    let door = crate::redact::Door::new(redacted, key.clone());
    Ok(lines.flat_map(|line| [line.to_owned(), door.pseudonym("user", line)]).collect())
}
