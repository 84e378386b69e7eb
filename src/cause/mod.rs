//! Attempt + session -> verdict: why a message was not sent, with proof.
//!
//! What comes in is an attempt with its ending; what goes out is a [`Verdict`]. An error line is never
//! a verdict: rules are asked only about messages whose life cycle says that they were not
//! acknowledged, and only with what happened while they were open. The order of precedence is the
//! sort key of [`Candidate`], in one place.

pub mod candidate;
pub mod context;
pub mod death;
pub mod incident;
pub mod predicate;
pub mod receipt;
mod reports;
pub mod row;
mod spent;
mod terms;

use crate::attempt::Attempt;
use crate::attempt::outcome::Ending;
use crate::profile::syntax::Rule;
use crate::session::Session;
use crate::session::timeline::Source;
use crate::taxonomy::{Cause, Outcome, Trust};
pub use candidate::Candidate;

/// Why a message was not sent, or was late.
#[derive(Clone, Debug)]
pub struct Verdict<'p> {
    /// The cause; `Unknown` where nothing explains it.
    pub cause: Cause,
    /// How it is tied to the message.
    pub trust: Trust,
    /// The rule.
    pub rule: Option<&'p Rule>,
    /// Number of the mark that proves it.
    pub proof: Option<usize>,
    /// Marks of other rules of the same cause.
    pub support: Vec<usize>,
    /// Other causes that held, best first.
    pub also: Vec<Cause>,
    /// Whether a build can fix it.
    pub attributable: bool,
}

/// Judges an unsent or delayed message.
#[must_use]
pub fn judge<'p>(session: &Session<'p>, attempt: &Attempt<'_>, ending: &Ending, others: &predicate::Others) -> Verdict<'p> {
    let moment = predicate::Moment::new(session, attempt, ending, others);
    let mut found = candidate::collect(&moment);
    if ending.outcome == Some(Outcome::Delayed) {
        // A message that was acknowledged was not killed by what came before.
        found.retain(|c| c.cause != Cause::SoftwareStuck || moment.waited_most());
    }
    candidate::keep_last_failing_try(&mut found);
    candidate::rank(&mut found);
    let Some(best) = found.first() else {
        return Verdict {
            cause: Cause::Unknown,
            trust: Trust::None,
            rule: None,
            proof: None,
            support: Vec::new(),
            also: Vec::new(),
            attributable: false,
        };
    };
    let mut also = Vec::new();
    for rival in &found[1..] {
        if rival.cause != best.cause && !also.contains(&rival.cause) && !rival.generic {
            also.push(rival.cause);
        }
    }
    let blame = best.cause.blame() == crate::taxonomy::Blame::Build;
    Verdict {
        cause: best.cause,
        trust: best.trust,
        rule: Some(best.rule),
        proof: best.proof,
        support: found[1..].iter().filter(|c| c.cause == best.cause).filter_map(|c| c.proof).collect(),
        also,
        attributable: best.rule.attributable.unwrap_or(blame),
    }
}

/// The mark that stated a context value.
#[must_use]
pub const fn proof_of(source: &Source) -> Option<usize> {
    match source {
        Source::Stated | Source::Header => None,
        Source::Mark(mark) => Some(*mark),
    }
}
