//! Signatures -> templates.

use super::lex::CUT;
use super::signature::Clusters;
use super::slot::Slot;
use super::text::{self, Member};
use super::{Level, family, shape};
use foldhash::fast::RandomState;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// The name of a template, the same in all files: 64 bits of BLAKE3 over its words without their spaces. Among a million
/// templates a clash is expected once in 37 million times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateId(pub(super) u64);

/// As 16 hex digits.
impl fmt::Display for TemplateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A kind of message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub id: TemplateId,
    /// Its constant words, with [`super::VARIABLE_TEXT`] for what varies; empty for blank lines.
    pub text: String,
    /// Lines of this kind.
    pub lines: u64,
}

/// The templates of the lines of some clusters.
#[derive(Clone, Debug)]
pub struct Templates {
    all: Vec<Template>,
    /// Of each slot, the place of its template.
    of_slot: Vec<usize>,
    cut_lines: u64,
    level: Option<Level>,
}

impl Templates {
    /// All templates, those of most lines first, and of equally many in the order of their ids.
    #[must_use]
    pub fn all(&self) -> &[Template] {
        &self.all
    }

    /// The template of a line.
    ///
    /// # Panics
    /// At a slot of other clusters.
    #[must_use]
    pub fn of(&self, slot: Slot) -> &Template {
        &self.all[self.place(slot.place())]
    }

    /// The place in [`Templates::all`] of the template of a slot, given by its place.
    ///
    /// # Panics
    /// At a slot of other clusters.
    #[must_use]
    pub fn place(&self, slot: usize) -> usize {
        self.of_slot[slot]
    }

    /// Lines whose template says how they begin only: longer than [`super::SIGNATURE_MAX_BYTES`], or, where there were more than
    /// [`super::SIGNATURES_MAX`] signatures, with one of too common beginnings.
    #[must_use]
    pub fn cut_lines(&self) -> u64 {
        self.cut_lines
    }

    /// Which beginnings were too common, if there were too many signatures.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        self.level
    }
}

impl Clusters {
    /// The templates of the lines added.
    #[must_use]
    pub fn finish(mut self) -> Templates {
        self.settle();
        let signatures: Vec<(Cow<'_, str>, u64)> =
            self.signatures().map(|(signature, lines)| (String::from_utf8_lossy(signature), lines)).collect();
        let mut words = shape::Words::default();
        let mut shapes: Vec<_> = signatures.iter().map(|(signature, _)| words.shape(signature.as_bytes())).collect();
        family::join(&mut shapes, &words);
        let mut by_words: HashMap<&[shape::Word], Vec<usize>, RandomState> = HashMap::default();
        for (place, shape) in shapes.iter().enumerate() {
            by_words.entry(&shape.words).or_default().push(place);
        }
        // Templates that are printed with the same words are one, whatever they were before.
        let mut by_id: BTreeMap<TemplateId, Vec<(Printed, Vec<usize>)>> = BTreeMap::new();
        for places in by_words.into_values() {
            let member = |place: &usize| Member { signature: &signatures[*place].0, shape: &shapes[*place], lines: signatures[*place].1 };
            let members: Vec<Member<'_>> = places.iter().map(member).collect();
            let text = text::print(&members);
            let printed = Printed { lines: members.iter().map(|member| member.lines).sum(), text: text::show(&text) };
            by_id.entry(text::id(&text)).or_default().push((printed, places));
        }
        let mut found: Vec<(Template, Vec<usize>)> = by_id.into_iter().map(|(id, parts)| one(id, parts)).collect();
        // Stable: they come in the order of their ids.
        found.sort_by_key(|(template, _)| std::cmp::Reverse(template.lines));
        let mut template_of = vec![0; shapes.len()];
        for (at, (_, places)) in found.iter().enumerate() {
            for place in places {
                template_of[*place] = at;
            }
        }
        Templates {
            all: found.into_iter().map(|(template, _)| template).collect(),
            of_slot: self.places().map(|place| template_of[place]).collect(),
            cut_lines: self.signatures().filter(|(signature, _)| signature.last() == Some(&CUT)).map(|(_, lines)| lines).sum(),
            level: self.level(),
        }
    }
}

/// A template as part of its lines print it.
struct Printed {
    lines: u64,
    text: String,
}

/// The template of parts with one id: the text is that of most lines, and of several the smallest.
fn one(id: TemplateId, parts: Vec<(Printed, Vec<usize>)>) -> (Template, Vec<usize>) {
    let lines = parts.iter().map(|(printed, _)| printed.lines).sum();
    let best = parts.iter().map(|(printed, _)| printed).max_by(|a, b| a.lines.cmp(&b.lines).then_with(|| b.text.cmp(&a.text)));
    let text = best.map(|printed| printed.text.clone()).unwrap_or_default();
    (Template { id, text, lines }, parts.into_iter().flat_map(|(_, places)| places).collect())
}
