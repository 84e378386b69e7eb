//! Where a message's time went: waiting in the queue or for a network, encrypting, uploading, waiting for the server.
//!
//! Each stretch between two steps counts for the step that it begins with, so that the parts add up to the latency.

use crate::attempt::outcome::Ending;
use crate::attempt::{Attempt, StepSeen};
use crate::event::EventRow;
use crate::session::Session;
use crate::taxonomy::Phase;

/// The parts, µs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Spent {
    queue: i64,
    offline: i64,
    encrypt: i64,
    upload: i64,
    server: i64,
}

/// Fills latency and its parts. A log that shows no try says nothing of where the time went.
pub(super) fn fill(row: &mut EventRow, session: &Session<'_>, attempt: &Attempt<'_>, ending: &Ending) {
    let ms = |us: i64| us / 1_000;
    row.latency_ms = ending.latency_us.map(ms);
    let tried = attempt.steps.iter().any(|s| matches!(s.phase, Phase::Transmit | Phase::Upload | Phase::Encrypt));
    let end = ending.ack.map_or(attempt.steps.len(), |ack| ack + 1);
    let Some(began) = ending.started_us.filter(|_| tried && (ending.ack.is_none() || ending.latency_us.is_some())) else { return };
    let spent = spent(&attempt.steps[..end], began, &|from, to| session.without_network_us(from, to));
    let seen = |phase: Phase| attempt.steps.iter().any(|s| s.phase == phase);
    row.queue_ms = Some(ms(spent.queue));
    row.offline_ms = Some(ms(spent.offline)).filter(|ms| *ms > 0);
    row.encrypt_ms = seen(Phase::Encrypt).then(|| ms(spent.encrypt));
    row.upload_ms = seen(Phase::Upload).then(|| ms(spent.upload));
    row.server_ms = seen(Phase::Transmit).then(|| ms(spent.server));
}

fn spent(steps: &[StepSeen], began_us: i64, offline_us: &dyn Fn(i64, i64) -> i64) -> Spent {
    let mut spent = Spent::default();
    let mut phase = Phase::Enqueue;
    let mut from = began_us;
    for step in steps {
        let Some(at) = step.at else { continue };
        let took = (at - from).max(0);
        match phase {
            Phase::Encrypt => spent.encrypt += took,
            Phase::Upload => spent.upload += took,
            Phase::Transmit => spent.server += took,
            Phase::Enqueue | Phase::Prepare | Phase::Wait | Phase::Retry | Phase::Ack | Phase::Fail | Phase::Withdraw | Phase::Restore => {
                let offline = offline_us(from, from + took).clamp(0, took);
                spent.offline += offline;
                spent.queue += took - offline;
            }
        }
        // What is prepared inside a try is a part of that try.
        if !(phase == Phase::Transmit && step.phase == Phase::Prepare) {
            phase = step.phase;
        }
        from = from.max(at);
    }
    spent
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(all: &[(Phase, i64)]) -> Vec<StepSeen> {
        all.iter().enumerate().map(|(mark, (phase, at))| StepSeen { mark, phase: *phase, at: Some(*at), weak: false }).collect()
    }

    #[test]
    fn the_parts_add_up_to_the_latency() {
        let all = [(Phase::Enqueue, 10), (Phase::Encrypt, 12), (Phase::Transmit, 15), (Phase::Prepare, 16), (Phase::Retry, 25)];
        let all = steps(&[&all[..], &[(Phase::Transmit, 45), (Phase::Ack, 48)]].concat());
        let found = spent(&all, 4, &|from, to| if from == 25 { to - from - 5 } else { 0 });
        assert_eq!(found, Spent { queue: 8 + 5, offline: 15, encrypt: 3, upload: 0, server: 10 + 3 });
        assert_eq!(found.queue + found.offline + found.encrypt + found.server, 48 - 4);
    }
}
