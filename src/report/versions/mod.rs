//! What is said of versions, slices and updates: what comes in is a [`Blame`], what goes out is a report for people
//! ([`compose`]) and an answer for machines ([`json`]). The reports of `analyze` take their sections from here too.

pub mod concentrated;
pub mod decision;
pub mod json;
mod plot;
pub mod said;
pub mod stability;

use super::Report;
use super::model::{Block, Section};
use super::view::View;
use crate::stats::blame::assess::Blame;
use crate::stats::blame::judged::Judged;
use crate::words::Phrase;

/// The report for people.
#[must_use]
pub fn compose(blame: &Blame, view: &View) -> Report {
    let mut sections: Vec<Section> = Vec::new();
    let all = &blame.judged;
    let (told, silent): (Vec<&Judged>, Vec<&Judged>) = all.iter().partition(|j| all.len() == 1 || said::says_something(j));
    for judged in told {
        if !judged.versions.is_empty() {
            let one = [judged];
            let mut blocks = vec![Block::Lines(decision::lead(judged, view)), Block::Table(decision::versions(&one, view))];
            blocks.extend(decision::worse(&one, view).map(Block::Table));
            blocks.push(Block::Lines(decision::reasons(judged, view)));
            sections.push(Section { id: "versions", title: titled(judged, Phrase::VersionsOf, Phrase::VersionsAll, view), blocks });
        }
        let block = concentrated::slices("slices", &[judged], view).map_or_else(|| line(Phrase::NoSlices, view), Block::Table);
        sections.push(Section { id: "slices", title: titled(judged, Phrase::SlicesOf, Phrase::SlicesAll, view), blocks: vec![block] });
    }
    sections.extend(concentrated::late(blame, view));
    sections.extend(stability::section(blame, view));
    if !silent.is_empty() {
        sections.push(Section { id: "too_little", title: view.say(Phrase::TooLittle, &[]), blocks: vec![said::silent(&silent, view)] });
    }
    sections.push(Section { id: "method", title: view.say(Phrase::HowToRead, &[]), blocks: vec![Block::Lines(method(blame, view))] });
    Report { title: view.say(Phrase::VersionsTitle, &[]), banner: None, sections }
}

/// How the numbers are to be read.
#[must_use]
pub fn method(blame: &Blame, view: &View) -> Vec<String> {
    let dispersion = blame.judged.iter().map(|j| j.dispersion).fold(1.0, f64::max);
    let bias = if blame.has_population { Phrase::ReachSentence } else { Phrase::BiasSentence };
    let mut lines = vec![view.say(bias, &[]), view.say(Phrase::HowCompared, &[])];
    if dispersion > 1.05 {
        lines.push(view.say(Phrase::Scatter, &[("factor", &format!("{dispersion:.2}"))]));
    }
    if blame.emulators > 0 {
        lines.push(view.say(Phrase::EmulatorsLeftOut, &[("n", &super::number::count(blame.emulators))]));
    }
    lines
}

fn line(phrase: Phrase, view: &View) -> Block {
    Block::Lines(vec![view.say(phrase, &[])])
}

fn titled(judged: &Judged, with: Phrase, without: Phrase, view: &View) -> String {
    let name = said::name(judged);
    if name.is_empty() { view.say(without, &[]) } else { view.say(with, &[("app", &name)]) }
}
