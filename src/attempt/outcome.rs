//! What became of a message: contract "Outcomes", from its steps and the end of the log.

use super::{Attempt, StepSeen};
use crate::taxonomy::{Outcome, Phase};

/// The thresholds and the end of the log.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// An acknowledgement later than this is a delay.
    pub delayed_after_us: i64,
    /// Silence longer than this is a failure.
    pub pending_after_us: i64,
    /// Last instant that the log covers.
    pub log_end_us: Option<i64>,
    /// Whether this app logs its acknowledgements.
    pub logs_acks: bool,
    /// Whether text is proven lost after this message's last statement.
    pub lost_after: bool,
    /// When the message's process died while it was open and nothing healed it: number of the mark.
    pub died: Option<usize>,
    /// Whether the account could not send when the message was made and cannot when the log ends: waiting
    /// heals nothing.
    pub barred: bool,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The outcome; `None`: withdrawn before any failure, an action and no message.
    pub outcome: Option<Outcome>,
    /// Step of its acknowledgement.
    pub ack: Option<usize>,
    /// Step that failed it, for good or in its last try.
    pub failed: Option<usize>,
    /// Whether only silence says so.
    pub silent: bool,
    /// First statement, µs UTC.
    pub started_us: Option<i64>,
    /// Last statement, µs UTC.
    pub ended_us: Option<i64>,
    /// Enqueue to acknowledgement.
    pub latency_us: Option<i64>,
    /// Tries seen.
    pub tries: usize,
    /// Whether text is proven lost after its last statement.
    pub lost_after: bool,
}

/// Judges a message.
#[must_use]
pub fn ending(attempt: &Attempt<'_>, limits: &Limits) -> Ending {
    let steps = &attempt.steps;
    let is = |phase: Phase| move |s: &&(usize, &StepSeen)| s.1.phase == phase;
    let numbered: Vec<(usize, &StepSeen)> = steps.iter().enumerate().collect();
    let fail = numbered.iter().rev().find(is(Phase::Fail)).map(|s| s.0);
    // The app's own acknowledgement is final; the transport's yields to a failure of the message.
    let strong = numbered.iter().find(|s| s.1.phase == Phase::Ack && !s.1.weak).map(|s| s.0);
    let weak = || numbered.iter().find(|s| s.1.phase == Phase::Ack && s.1.weak && !refused(steps, s.0)).map(|s| s.0);
    let ack = strong.or_else(weak);
    let started_us = attempt.began_us();
    let mut ending = Ending {
        outcome: None,
        ack,
        failed: None,
        silent: false,
        started_us,
        ended_us: steps.iter().rev().find_map(|s| s.at),
        latency_us: None,
        tries: tries(steps),
        lost_after: limits.lost_after,
    };
    if let Some(ack) = ack {
        // Where the clock was set in between, nobody knows how long it took.
        let began = started_us.filter(|_| attempt.enqueued_us.is_some() || steps.first().is_some_and(|s| s.at.is_some()));
        ending.latency_us = steps[ack].at.zip(began).map(|(a, s)| a - s).filter(|latency| *latency >= 0);
        let late = ending.latency_us.is_some_and(|l| l > limits.delayed_after_us);
        ending.outcome = Some(if late { Outcome::Delayed } else { Outcome::Sent });
        ending.failed = numbered.iter().take(ack).rev().find(|s| matches!(s.1.phase, Phase::Retry | Phase::Fail)).map(|s| s.0);
        return ending;
    }
    let retry = numbered.iter().rev().find(is(Phase::Retry)).map(|s| s.0);
    ending.failed = fail.max(retry);
    let withdrawn = steps.iter().any(|s| s.phase == Phase::Withdraw);
    if ending.failed.is_some() || limits.died.is_some() {
        ending.outcome = Some(Outcome::Unsent);
        return ending;
    }
    if withdrawn {
        return ending;
    }
    if limits.barred {
        ending.outcome = Some(Outcome::Unsent);
        return ending;
    }
    let quiet = limits.log_end_us.zip(ending.ended_us).is_some_and(|(end, last)| end - last > limits.pending_after_us);
    ending.silent = quiet && limits.logs_acks && !limits.lost_after;
    ending.outcome = Some(if ending.silent { Outcome::Unsent } else { Outcome::Pending });
    ending
}

/// Whether a transport's acknowledgement is void: the message failed after it, or before it within
/// the same try.
fn refused(steps: &[StepSeen], ack: usize) -> bool {
    let fails = |s: &StepSeen| s.phase == Phase::Fail;
    let same_try = steps[..ack].iter().rev().take_while(|s| s.phase != Phase::Transmit).any(fails);
    same_try || steps[ack..].iter().any(fails)
}

/// Tries: the transmissions, or the failures where only those are logged; one at least.
fn tries(steps: &[StepSeen]) -> usize {
    let count = |phase: Phase| steps.iter().filter(|s| s.phase == phase).count();
    if count(Phase::Transmit) > 0 { count(Phase::Transmit) } else { count(Phase::Retry).max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::syntax::StepClass;

    fn attempt(steps: &[(Phase, i64)]) -> Attempt<'static> {
        let steps =
            steps.iter().enumerate().map(|(mark, (phase, s))| StepSeen { mark, phase: *phase, at: Some(s * 1_000_000), weak: false });
        Attempt {
            profiles: vec![0],
            ids: Vec::new(),
            process: "",
            steps: steps.collect(),
            hints: Vec::new(),
            class: StepClass::Message,
            content: None,
            conversation: None,
            logs_acks: None,
            enqueued_us: None,
            is_named_part: false,
        }
    }

    fn limits(end_s: i64) -> Limits {
        Limits {
            delayed_after_us: 5_000_000,
            pending_after_us: 600_000_000,
            log_end_us: Some(end_s * 1_000_000),
            logs_acks: true,
            lost_after: false,
            died: None,
            barred: false,
        }
    }

    fn check(steps: &[(Phase, i64)], end_s: i64, expected: Option<Outcome>) {
        assert_eq!(ending(&attempt(steps), &limits(end_s)).outcome, expected, "{steps:?}");
    }

    #[test]
    fn an_acknowledgement_decides_by_its_delay() {
        check(&[(Phase::Enqueue, 0), (Phase::Ack, 5)], 9, Some(Outcome::Sent));
        check(&[(Phase::Enqueue, 0), (Phase::Retry, 1), (Phase::Ack, 6)], 9, Some(Outcome::Delayed));
        check(&[(Phase::Fail, 0), (Phase::Ack, 1)], 9, Some(Outcome::Sent));
    }

    #[test]
    fn a_failed_try_at_the_end_of_the_log_is_unsent() {
        check(&[(Phase::Enqueue, 0), (Phase::Retry, 1)], 2, Some(Outcome::Unsent));
        check(&[(Phase::Enqueue, 0), (Phase::Fail, 1)], 2, Some(Outcome::Unsent));
    }

    #[test]
    fn waiting_is_pending_until_the_silence_is_long() {
        check(&[(Phase::Enqueue, 0)], 599, Some(Outcome::Pending));
        check(&[(Phase::Enqueue, 0)], 601, Some(Outcome::Unsent));
        let mut silent = limits(601);
        silent.logs_acks = false;
        assert_eq!(ending(&attempt(&[(Phase::Enqueue, 0)]), &silent).outcome, Some(Outcome::Pending));
        silent = limits(601);
        silent.lost_after = true;
        assert_eq!(ending(&attempt(&[(Phase::Enqueue, 0)]), &silent).outcome, Some(Outcome::Pending));
    }

    #[test]
    fn a_message_withdrawn_before_any_failure_is_none() {
        check(&[(Phase::Enqueue, 0), (Phase::Withdraw, 1)], 900, None);
        check(&[(Phase::Enqueue, 0), (Phase::Retry, 1), (Phase::Withdraw, 2)], 9, Some(Outcome::Unsent));
    }
}
