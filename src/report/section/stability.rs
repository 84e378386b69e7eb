//! How often the app crashed or hung on a day of a user.

use super::Part;
use crate::report::json::Keys;
use crate::report::model::Section;
use crate::report::versions::stability;
use crate::report::view::View;
use crate::stats::Facts;

pub(super) const PART: Part = Part { id: "stability", compose, json: |_| Keys::new() };

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    stability::section(&facts.blame, view)
}
