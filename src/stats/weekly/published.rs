//! What was said of a week when its report was published: the only memory that later reports have.

use super::Weekly;
use super::cusum::{Alarm, WEEKS_PER_FALSE_ALARM, limit, step};
use crate::stats::blame::finding::Finding;
use crate::stats::blame::verdict::{Action, Remark};
use crate::stats::facts::{Facts, Tally};
use crate::stats::interval::{float, ratio};
use crate::store::week::Week;
use crate::taxonomy::Cause;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name and version of the form.
pub const SCHEMA: &str = "whyunsent.published/1";
/// Expected messages from which a cause has a chart.
const CHART_MIN: f64 = 0.5;

/// A published report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Published {
    /// Name and version of the form.
    pub schema: String,
    /// The week.
    pub week: String,
    /// The report.
    pub report_id: String,
    /// Versions of the rules that judged it.
    pub rules: Vec<String>,
    /// Judged messages.
    pub judged: u64,
    /// Of these, not sent.
    pub unsent: u64,
    /// Messages that a build could have sent, and those that it did not.
    pub eligible: u64,
    /// Those that it did not.
    pub attributable: u64,
    /// Per cause.
    pub causes: BTreeMap<String, PublishedCause>,
    /// What was to be done.
    pub actions: Vec<PublishedAction>,
}

/// A cause of a published week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PublishedCause {
    /// Messages not sent for it.
    pub unsent: u64,
    /// Users hit.
    pub users: u64,
    /// Σ over users of the square of their messages.
    pub squares: u64,
    /// The sum of its chart.
    pub sum: f64,
}

/// A verdict that was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublishedAction {
    /// The app.
    pub app: Option<String>,
    /// Its system.
    pub os: Option<String>,
    /// The version.
    pub version: String,
    /// What to do.
    pub verdict: Action,
    /// Messages of the version that a build could have sent.
    pub attempts: u64,
    /// Those that it did not.
    pub unsent: u64,
    /// Of these, above expectation.
    pub excess: f64,
    /// Share of the version among them.
    pub share: f64,
}

/// Verdicts that ask for something.
#[must_use]
pub const fn asks(verdict: Action) -> bool {
    match verdict {
        Action::Pull | Action::ForceUpdate | Action::DeviceScoped | Action::Update | Action::Retire => true,
        Action::TooLittleData | Action::Confounded | Action::Watch | Action::Ok => false,
    }
}

/// What is to be published of a week. `before` are the published weeks before it, the latest last.
#[must_use]
pub fn publish(facts: &Facts, weekly: &Weekly, before: &[Published]) -> Published {
    let Tally { unsent, eligible, attributable, .. } = facts.messages;
    let charts = charts(facts, before);
    let causes = facts.causes.iter().map(|c| {
        let sum =
            charts.iter().find(|alarm| alarm.cause == c.cause).map_or(0.0, |alarm| if alarm.sum > alarm.limit { 0.0 } else { alarm.sum });
        (c.cause.as_str().to_owned(), PublishedCause { unsent: c.unsent, users: c.users, squares: c.squares, sum })
    });
    Published {
        schema: SCHEMA.to_owned(),
        week: weekly.week.to_string(),
        report_id: weekly.report_id.clone(),
        rules: facts.scope.rules.clone(),
        judged: facts.messages.judged(),
        unsent,
        eligible,
        attributable,
        causes: causes.collect(),
        actions: actions(facts),
    }
}

fn actions(facts: &Facts) -> Vec<PublishedAction> {
    let mut all = Vec::new();
    for judged in &facts.blame.judged {
        let total: f64 = judged.versions.iter().map(|v| v.row.attempts).sum();
        for (version, verdict) in judged.versions.iter().zip(&judged.verdicts).filter(|(_, verdict)| asks(verdict.action)) {
            all.push(PublishedAction {
                app: judged.app.clone(),
                os: judged.os.clone(),
                version: version.version.clone(),
                verdict: verdict.action,
                attempts: whole(version.row.attempts),
                unsent: whole(version.row.unsent),
                excess: verdict.excess,
                share: version.row.attempts / total.max(1.0),
            });
        }
    }
    all
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // counts of messages, never negative
fn whole(value: f64) -> u64 {
    value.max(0.0).round() as u64
}

/// Causes above the limit of their chart.
#[must_use]
pub fn alarms(facts: &Facts, before: &[Published]) -> Vec<Alarm> {
    charts(facts, before).into_iter().filter(|alarm| alarm.sum > alarm.limit).collect()
}

/// The charts of causes after this week. Weeks judged by other rules are no memory.
fn charts(facts: &Facts, before: &[Published]) -> Vec<Alarm> {
    let before: Vec<&Published> = before.iter().filter(|p| p.rules == facts.scope.rules && p.judged > 0).collect();
    let judged: u64 = before.iter().map(|p| p.judged).sum();
    let of = |p: &Published, cause: Cause| p.causes.get(cause.as_str()).copied().unwrap_or_default();
    let mut charts: Vec<(Cause, f64, f64, f64)> = Vec::new();
    for fact in &facts.causes {
        let (unsent, squares) = before.iter().map(|p| of(p, fact.cause)).fold((0, 0), |(n, s), c| (n + c.unsent, s + c.squares));
        // Messages of one user fail together: all counts are in units of what a user fails at a time.
        let scatter = (float(squares + fact.squares) / float((unsent + fact.unsent).max(1))).max(1.0);
        let expected = ratio(unsent, judged) * float(facts.messages.judged()) / scatter;
        if expected >= CHART_MIN {
            let sum = before.last().map_or(0.0, |p| of(p, fact.cause).sum);
            charts.push((fact.cause, sum, float(fact.unsent) / scatter, expected));
        }
    }
    let weeks = WEEKS_PER_FALSE_ALARM * float(charts.len() as u64);
    let chart =
        |(cause, sum, seen, expected)| Alarm { cause, sum: step(sum, seen, expected), limit: limit(expected, weeks), seen, expected };
    charts.into_iter().map(chart).collect()
}

/// Whoever looks every week withdraws every verdict sooner or later by chance. One that was given to stop a version stands
/// until the version is shown to be good.
pub fn stand(facts: &mut Facts, published: &Published) {
    for action in published.actions.iter().filter(|a| matches!(a.verdict, Action::Pull | Action::ForceUpdate)) {
        let family = facts.blame.judged.iter_mut().filter(|j| (&j.app, &j.os) == (&action.app, &action.os));
        for judged in family {
            let found = judged.versions.iter().zip(&mut judged.verdicts).find(|(v, _)| v.version == action.version);
            let Some((_, verdict)) = found.filter(|(version, _)| version.finding != Finding::Ok) else { continue };
            match verdict.action {
                Action::Pull | Action::ForceUpdate | Action::Retire => {}
                Action::TooLittleData | Action::Confounded | Action::DeviceScoped | Action::Update | Action::Watch | Action::Ok => {
                    verdict.action = action.verdict;
                    verdict.remarks.push(Remark::Stands);
                }
            }
        }
    }
}

/// A version that was acted on last week, and how it fares now.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved<'a> {
    /// What was said.
    pub action: &'a PublishedAction,
    /// Its share of attempts now; `None` where it has no messages any more.
    pub share: Option<f64>,
    /// Its attempts and unsent messages now.
    pub now: (u64, u64),
    /// Unsent messages above expectation now.
    pub excess: Option<f64>,
}

/// Whether the actions of last week moved anything.
#[must_use]
pub fn moved<'a>(facts: &Facts, published: &'a Published) -> Vec<Moved<'a>> {
    let of = |action: &'a PublishedAction| {
        let judged = facts.blame.judged.iter().find(|j| (&j.app, &j.os) == (&action.app, &action.os));
        let total: f64 = judged.map_or(0.0, |j| j.versions.iter().map(|v| v.row.attempts).sum());
        let found = judged.and_then(|j| j.versions.iter().zip(&j.verdicts).find(|(v, _)| v.version == action.version));
        Moved {
            action,
            share: found.filter(|_| total > 0.0).map(|(v, _)| v.row.attempts / total),
            now: found.map_or((0, 0), |(v, _)| (whole(v.row.attempts), whole(v.row.unsent))),
            excess: found.map(|(_, verdict)| verdict.excess),
        }
    };
    published.actions.iter().map(of).collect()
}

/// The week of a published report.
#[must_use]
pub fn week_of(published: &Published) -> Option<Week> {
    published.week.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::blame::assess::Blame;
    use crate::stats::blame::cells::Counts;
    use crate::stats::blame::counts::Family;
    use crate::stats::blame::verdict::Known;
    use crate::stats::facts::CauseFact;

    fn facts(unsent: u64) -> Facts {
        let causes = vec![CauseFact {
            cause: Cause::SoftwareStuck,
            unsent,
            delayed: 0,
            users: unsent,
            attributable: unsent,
            clusters: unsent,
            squares: unsent,
            first_version: None,
            samples: Vec::new(),
        }];
        let messages = Tally { attempted: 2_000, sent: 2_000 - unsent, unsent, ..Tally::default() };
        Facts { messages, causes, ..Facts::default() }
    }

    fn weekly() -> Weekly {
        Weekly {
            week: "2026-W47".parse().unwrap(),
            zone: "UTC".into(),
            report_id: "x".into(),
            compared: None,
            last: None,
            same_rules: true,
            history: Vec::new(),
            changes: Vec::new(),
            unknowns: crate::stats::unknowns::Unknowns::default(),
            new_slices: Vec::new(),
            targets: super::super::Targets::default(),
            published: None,
            alarms: Vec::new(),
        }
    }

    #[test]
    fn what_is_a_little_too_frequent_for_long_is_an_alarm_and_one_such_week_is_not() {
        let mut before: Vec<Published> = Vec::new();
        for _ in 0..6 {
            before.push(publish(&facts(20), &weekly(), &before));
        }
        assert!(alarms(&facts(28), &before).is_empty());
        let mut weeks = 0;
        while alarms(&facts(28), &before).is_empty() {
            before.push(publish(&facts(28), &weekly(), &before));
            weeks += 1;
            assert!(weeks < 12, "{:?}", before.last());
        }
        assert!(weeks >= 1);
    }

    #[test]
    fn a_version_that_was_pulled_stays_so_until_it_is_shown_to_be_good() {
        let table = |bad: f64, attempts: f64| {
            let row = |version: &str, attempts: f64, unsent: f64| {
                (vec![version.to_owned(), "d".to_owned()], Counts { attempts, unsent, ..Counts::default() })
            };
            let rows = vec![row("1.0", 20_000.0, 400.0), row("1.1", attempts, (attempts * bad).round()), row("1.2", 20_000.0, 410.0)];
            let family = Family { dimensions: vec!["version".into(), "device".into()], rows, ..Family::default() };
            let mut facts = facts(20);
            facts.blame = Blame::of_counts(&[family], &Known::default());
            facts
        };
        let verdict = |facts: &Facts| {
            let judged = &facts.blame.judged[0];
            let place = judged.versions.iter().position(|v| v.version == "1.1").unwrap();
            (judged.verdicts[place].action, judged.verdicts[place].remarks.contains(&Remark::Stands))
        };
        let first = table(0.08, 5_000.0);
        assert_eq!(verdict(&first), (Action::Pull, false));
        let published = publish(&first, &weekly(), &[]);
        let (mut few, mut good) = (table(0.025, 400.0), table(0.019, 20_000.0));
        stand(&mut few, &published);
        stand(&mut good, &published);
        assert_eq!((verdict(&few), verdict(&good)), ((Action::Pull, true), (Action::Ok, false)));
    }

    #[test]
    fn weeks_judged_by_other_rules_are_no_memory() {
        let mut before = vec![publish(&facts(20), &weekly(), &[])];
        before[0].rules = vec!["other".into()];
        assert!(charts(&facts(200), &before).is_empty());
    }
}
