//! Paths -> uploads, one after another, for what is not told message by message.

use super::Summary;
use super::detect::probe;
use crate::settings::Settings;
use crate::source::{self, Upload};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Hands over the uploads of paths until the sink breaks off; counts them, and what could not be read.
pub(super) fn each(paths: &[PathBuf], settings: &Settings, sink: &mut dyn FnMut(Upload) -> ControlFlow<()>) -> Summary {
    let collected = source::collect(paths, &settings.source);
    let mut summary = Summary::default();
    summary.add_problems(collected.problems);
    let mut flow = ControlFlow::Continue(());
    for unit in &collected.units {
        let problems = source::open(unit, &settings.source, &|document| probe(document, settings), &mut |upload| {
            if flow.is_continue() {
                summary.uploads += 1;
                flow = sink(upload);
            }
        });
        summary.add_problems(problems);
        if flow.is_break() {
            break;
        }
    }
    summary
}
