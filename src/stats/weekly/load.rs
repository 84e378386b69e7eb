//! A store -> the facts of its weeks: what comes in are the rows of a week, what goes out are its facts, each upload and
//! message counted once.

use super::cusum::Alarm;
use super::published::{Published, alarms, stand, week_of};
use super::{HISTORY_WEEKS, Point, Targets, Weekly};
use crate::event::EventRow;
use crate::stats::blame::baseline::offset;
use crate::stats::blame::judged::judge;
use crate::stats::blame::verdict::Known;
use crate::stats::facts::Tally;
use crate::stats::known::Known as KnownIssue;
use crate::stats::{Collector, Dimension, Facts};
use crate::store::commit::{Commit, Part, Table};
use crate::store::layout::Store;
use crate::store::once::Weeks;
use crate::store::read::each;
use crate::store::reports;
use crate::store::rollups::rolled_up;
use crate::store::week::Week;
use std::collections::BTreeSet;

/// Selects rows.
pub trait Keeps {
    /// Whether a row is looked at.
    fn keeps(&self, row: &EventRow) -> bool;
}

/// What is asked of a store.
pub struct Ask<'a> {
    /// The store.
    pub store: &'a Store,
    /// Its commits in force.
    pub commits: Vec<Commit>,
    /// Which rows are looked at; receipts always are.
    pub keeps: &'a dyn Keeps,
    /// What was selected, as typed.
    pub selection: Vec<String>,
    /// Dimensions to group by.
    pub by: Vec<Dimension>,
    /// Messages to list one by one.
    pub listed: usize,
    /// Known issues.
    pub issues: Vec<KnownIssue>,
    /// What is known of releases and users.
    pub known: Known<'a>,
    /// Whether emulators count.
    pub with_emulators: bool,
    /// What the team aims at.
    pub targets: Targets,
}

/// Columns that no report needs.
const UNUSED: [&str; 2] = ["steps", "size_bytes"];

impl Ask<'_> {
    /// The report of a week, with what changed since the week before.
    ///
    /// # Errors
    /// A part that cannot be read.
    pub fn report(&self, week: Week) -> anyhow::Result<Facts> {
        self.report_against(week, week.before(1))
    }

    /// The report of a week, with what changed since another one.
    ///
    /// # Errors
    /// A part that cannot be read.
    pub fn report_against(&self, week: Week, last_week: Option<Week>) -> anyhow::Result<Facts> {
        let (mut facts, uploads) = self.week(week)?;
        let last = match last_week {
            Some(last) => Some(self.week(last)?.0).filter(|f| f.messages.attempted > 0),
            None => None,
        };
        let same_rules = last.as_ref().is_none_or(|last| last.scope.rules == facts.scope.rules);
        let published: Vec<Published> = reports::before(self.store, week)?;
        let alarms: Vec<Alarm> = alarms(&facts, &published);
        let of_last_week = published.last().filter(|p| week_of(p) == last_week).cloned();
        if let Some(last) = &of_last_week {
            stand(&mut facts, last);
        }
        let mut history: Vec<Point> = Vec::new();
        for week in (1..HISTORY_WEEKS).rev().filter_map(|back| week.before(back)) {
            let known = last.as_ref().filter(|_| Some(week) == last_week).map(|last| last.messages);
            history.push(Point { week, messages: known.map_or_else(|| self.tally(week), Ok)? });
        }
        history.push(Point { week, messages: facts.messages });
        let changes = last.as_ref().filter(|_| same_rules).map(|last| super::change::changes(&facts, last)).unwrap_or_default();
        let new_slices = last.as_ref().map(|last| new_slices(&facts, last)).unwrap_or_default();
        let judged = [facts.messages.judged(), last.as_ref().map_or(0, |last| last.messages.judged())];
        let unknowns = self.unknowns(Some(week), judged)?;
        let weekly = Weekly {
            week,
            zone: self.store.info.zone.clone(),
            compared: last_week.filter(|_| last.is_some()),
            report_id: self.report_id(week, &uploads, &facts),
            last: last.map(Box::new),
            same_rules,
            history,
            changes,
            unknowns,
            new_slices,
            targets: self.targets,
            published: of_last_week,
            alarms,
        };
        facts.weekly = Some(Box::new(weekly));
        Ok(facts)
    }

    /// The facts of a week and its uploads.
    ///
    /// # Errors
    /// A part that cannot be read.
    pub fn week(&self, week: Week) -> anyhow::Result<(Facts, BTreeSet<String>)> {
        self.period(|w| w == week, beside(week))
    }

    /// The facts of all weeks.
    ///
    /// # Errors
    /// A part that cannot be read.
    pub fn all(&self) -> anyhow::Result<Facts> {
        Ok(self.period(|_| true, |_| false)?.0)
    }

    fn period(&self, own: impl Fn(Week) -> bool + Copy, beside: impl Fn(Week) -> bool) -> anyhow::Result<(Facts, BTreeSet<String>)> {
        let mut collector = Collector::new(self.by.clone(), self.store.zone)
            .with_known(self.issues.clone())
            .with_emulators(self.with_emulators)
            .with_listing(self.listed);
        let columns: Vec<&str> = crate::event::COLUMNS.iter().map(|c| c.name).filter(|c| !UNUSED.contains(c)).collect();
        collector = self.collect(collector, &columns, own, beside)?;
        each(self.store, &self.commits, Table::Uploads, own, &columns, &mut |row, _| {
            collector.add_row(row);
            Ok(())
        })?;
        let uploads = collector.uploads().into_iter().map(str::to_owned).collect();
        let mut facts = collector.finish(&self.known);
        let first = self.commits.first();
        facts.scope.selection.clone_from(&self.selection);
        facts.scope.delayed_after_ms = first.map_or(0, |c| c.delayed_after_ms);
        facts.scope.pending_after_ms = first.map_or(0, |c| c.pending_after_ms);
        facts.scope.redacted = self.store.info.key.is_some();
        Ok((facts, uploads))
    }

    /// Takes the selected rows of weeks, each message once.
    fn collect(
        &self,
        collector: Collector,
        columns: &[&str],
        own: impl Fn(Week) -> bool + Copy,
        beside: impl Fn(Week) -> bool,
    ) -> anyhow::Result<Collector> {
        let mut collector = collector.with_each_message_once();
        let left_out = Weeks { store: self.store, commits: &self.commits, own, beside }.left_out()?;
        each(self.store, &self.commits, Table::Events, own, columns, &mut |row, number| {
            match (self.keeps.keeps(row), left_out.has(number)) {
                (true, false) => collector.add_row(row),
                (true, true) => collector.leave_out(row),
                (false, _) => {}
            }
            Ok(())
        })?;
        Ok(collector)
    }

    /// The messages of a week, counted; of all messages, they are counted once and kept.
    fn tally(&self, week: Week) -> anyhow::Result<Tally> {
        let has_rows = |p: &Part| p.table == Table::Events && p.week() == Some(week);
        if !self.commits.iter().flat_map(|c| &c.parts).any(has_rows) {
            return Ok(Tally::default());
        }
        if !self.selection.is_empty() {
            return self.count(week);
        }
        let rests_on = |w| w == week || beside(week)(w);
        rolled_up(self.store, &self.commits, (week, "counts"), rests_on, || self.count(week))
    }

    fn count(&self, week: Week) -> anyhow::Result<Tally> {
        let columns: Vec<&str> = crate::event::COLUMNS.iter().map(|c| c.name).filter(|c| !UNUSED.contains(c) && *c != "evidence").collect();
        let collector = Collector::new(Vec::new(), self.store.zone);
        Ok(self.collect(collector, &columns, |w| w == week, beside(week))?.into_tally())
    }

    /// Names a report by what it rests on: uploads, rules, options. How the uploads came into the store is no part of it.
    fn report_id(&self, week: Week, uploads: &BTreeSet<String>, facts: &Facts) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(week.to_string().as_bytes());
        for text in uploads.iter().chain(&facts.scope.rules).chain(&self.selection) {
            hasher.update(text.as_bytes()).update(b"\n");
        }
        hasher.update(format!("{} {} {}", facts.scope.delayed_after_ms, facts.scope.pending_after_ms, self.with_emulators).as_bytes());
        hasher.finalize().to_hex()[..12].to_owned()
    }
}

/// The weeks before and after, in which another upload may show the same message.
fn beside(week: Week) -> impl Fn(Week) -> bool {
    move |w| Some(w) == week.before(1) || Some(w) == week.next()
}

/// Slices over the rates of last week: what is new or worse since.
fn new_slices(now: &Facts, last: &Facts) -> Vec<crate::stats::blame::judged::Judged> {
    let mut found = Vec::new();
    for family in &now.blame.counts {
        let mut one = vec![family.clone()];
        if offset(&mut one, &last.blame.counts).is_ok() {
            found.push(judge(&one[0], &Known::default()));
        }
    }
    found.retain(|judged| !judged.slices.is_empty());
    found
}
