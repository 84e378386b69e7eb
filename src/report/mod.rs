//! Facts -> reports: what comes in are the numbers of [`crate::stats`], what goes out is text in the
//! form asked for.
//!
//! [`section`] composes what is said, once for all forms; [`render`] writes it, one file per form.
//! [`story`] tells single uploads in the same way. [`model`] is the type between composing and writing. To add a section: one file in `section/`, one row in
//! [`section::SECTIONS`]; it then appears in every form.

pub mod diff;
pub mod help;
pub mod json;
pub mod model;
pub mod number;
pub mod render;
pub mod section;
pub mod story;
pub mod versions;
pub mod view;

pub use model::Report;
pub use render::{Form, Rendering};
pub use view::View;

use crate::stats::Facts;
use crate::words::Phrase;

/// Composes the report of some facts.
#[must_use]
pub fn compose(facts: &Facts, view: &View) -> Report {
    let banner = (!facts.scope.redacted).then(|| view.say(Phrase::RedactionOff, &[]));
    let sections = section::SECTIONS.iter().filter_map(|part| (part.compose)(facts, view)).collect();
    let week = facts.weekly.as_ref().map(|weekly| weekly.week.to_string());
    let title = week.map_or_else(|| view.say(Phrase::Title, &[]), |week| view.say(Phrase::WeeklyTitle, &[("week", &week)]));
    Report { title, banner, sections }
}
