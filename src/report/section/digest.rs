//! What support may answer: the causes that hit most users, in both languages.

use super::Part;
use super::causes::advice_in;
use crate::report::json::Keys;
use crate::report::model::{Block, Cell, Role, Row, Section, Table};
use crate::report::view::View;
use crate::stats::Facts;
use crate::stats::facts::CauseFact;
use crate::taxonomy::Cause;
use crate::words::{self, Lang, Phrase};

pub(super) const PART: Part = Part { id: "digest", compose, json: |_| Keys::new() };

/// Causes that are answered.
const ANSWERED: usize = 5;

fn compose(facts: &Facts, view: &View) -> Option<Section> {
    let mut causes: Vec<&CauseFact> = facts.causes.iter().filter(|c| c.unsent > 0 && c.cause != Cause::Unknown).collect();
    causes.sort_by(|a, b| (b.users, b.unsent).cmp(&(a.users, a.unsent)).then(a.cause.cmp(&b.cause)));
    causes.truncate(ANSWERED);
    if causes.is_empty() {
        return None;
    }
    let columns = vec![
        view.head("cause", Phrase::Cause, Role::Level),
        view.head("users", Phrase::Users, Role::Number),
        view.head("en", Phrase::AnswerEn, Role::Word),
        view.head("zh", Phrase::AnswerZh, Role::Word),
    ];
    let row = |fact: &&CauseFact| Row {
        cells: vec![
            Cell::Label(view.word(words::label(fact.cause)), fact.cause.as_str().to_owned()),
            Cell::known(fact.users),
            Cell::Text(answer(fact.cause, Lang::En)),
            Cell::Text(answer(fact.cause, Lang::Zh)),
        ],
        stands_out: false,
    };
    let table = Table { id: PART.id, columns, rows: causes.iter().map(row).collect(), shown: ANSWERED };
    let blocks = vec![Block::Table(table), Block::Lines(vec![view.say(Phrase::DigestMeans, &[])])];
    Some(Section { id: PART.id, title: view.say(Phrase::Digest, &[]), blocks })
}

/// What the log shows, and the first thing to do.
fn answer(cause: Cause, lang: Lang) -> String {
    let view = View { lang, ..View::default() };
    let space = if lang == Lang::En { " " } else { "" };
    [view.word(words::meaning(cause)), advice_in(cause, &view).unwrap_or_default()].join(space).trim_end().to_owned()
}
