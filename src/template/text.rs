//! The signatures of one template -> its text and its id.
//!
//! Spaces are those of most lines. A variable is shown in the form it has in all lines, such as `<*> ms` or `<*>, <*>`, or
//! as `<*>` where it has several.

use super::lex::{CLOCK, CUT, VARIABLE, tokens};
use super::shape::{ANY, Shape, is_bare_value};
use super::templates::TemplateId;
use std::collections::BTreeMap;

/// What stands for a variable in a text.
pub const VARIABLE_TEXT: &str = "<*>";

/// A signature with its shape and its lines.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// The signature.
    pub signature: &'a str,
    /// Its shape, the words of which are those of all members.
    pub shape: &'a Shape,
    /// Lines.
    pub lines: u64,
}

/// How one word of a template is printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Form {
    /// As in the first member.
    text: Vec<u8>,
    /// Whether it is so in all members.
    differs: bool,
    /// The word alone.
    word: Vec<u8>,
}

impl Form {
    fn add(&mut self, text: Vec<u8>, word: &[u8]) {
        if self.text.is_empty() {
            (self.text, self.word) = (text, word.to_vec());
        } else {
            self.differs |= self.text != text;
        }
    }

    fn bytes(&self) -> &[u8] {
        if self.differs { &self.word } else { &self.text }
    }
}

/// Prints a template from its members: a signature.
pub fn print(members: &[Member<'_>]) -> Vec<u8> {
    let mut forms = vec![Form::default(); members.first().map_or(0, |member| member.shape.words.len())];
    // Of each way to space the words, its lines.
    let mut spacings: BTreeMap<Vec<bool>, u64> = BTreeMap::new();
    for member in members {
        *spacings.entry(read(member, &mut forms)).or_default() += member.lines;
    }
    // The most frequent one, and of several the smallest.
    let spacing = spacings.iter().max_by(|one, other| one.1.cmp(other.1).then(other.0.cmp(one.0))).map(|(spacing, _)| spacing);
    let mut text = Vec::new();
    for (form, has_space) in forms.iter().zip(spacing.into_iter().flatten()) {
        if *has_space {
            text.push(b' ');
        }
        text.extend_from_slice(form.bytes());
    }
    text
}

/// Adds how a member prints each word; returns whether a space comes before it.
fn read(member: &Member<'_>, forms: &mut [Form]) -> Vec<bool> {
    let signature = member.signature.as_bytes();
    let tokens = tokens(signature);
    let has_space = |at: usize| at > 0 && tokens[at - 1].to < tokens[at].from;
    let mut spacing = Vec::with_capacity(forms.len());
    let mut from = 0;
    for ((form, word), end) in forms.iter_mut().zip(&member.shape.words).zip(&member.shape.ends) {
        let end = usize::from(*end).min(tokens.len());
        let mut printed = Vec::new();
        for (at, token) in tokens.iter().enumerate().take(end).skip(from) {
            if at > from && has_space(at) {
                printed.push(b' ');
            }
            match &signature[token.from..token.to] {
                [CLOCK | CUT] => printed.push(VARIABLE),
                text if *word == ANY && (end - from == 1 || is_bare_value(text)) => printed.push(VARIABLE),
                text => printed.extend_from_slice(text),
            }
            // A host and its port.
            if printed.ends_with(&[VARIABLE, b':', VARIABLE]) {
                printed.truncate(printed.len() - 2);
            }
        }
        spacing.push(has_space(from));
        // With a constant, records of a list may be printed that are not in all lines.
        let alone = if *word == ANY { &[VARIABLE][..] } else { tokens.get(from).map_or(&[][..], |token| &signature[token.from..token.to]) };
        form.add(printed, alone);
        from = end;
    }
    spacing
}

/// The id of a printed template: of its words, with neighbouring variables and lists of them as one, so that neither spaces nor
/// the length of a list count.
pub fn id(text: &[u8]) -> TemplateId {
    let mut words: Vec<&[u8]> = Vec::new();
    for token in tokens(text) {
        words.push(&text[token.from..token.to]);
        match words.as_slice() {
            [.., [VARIABLE], [VARIABLE]] => words.truncate(words.len() - 1),
            [.., [VARIABLE], [b',' | b'-' | b'|'], [VARIABLE]] => words.truncate(words.len() - 2),
            _ => {}
        }
    }
    let mut hash = blake3::Hasher::new();
    for word in words {
        hash.update(word);
        // No word holds a zero.
        hash.update(&[0]);
    }
    let mut id = [0; 8];
    hash.finalize_xof().fill(&mut id);
    TemplateId(u64::from_be_bytes(id))
}

/// A printed template for people.
pub fn show(text: &[u8]) -> String {
    String::from_utf8_lossy(text).replace(char::from(VARIABLE), VARIABLE_TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::shape::Words;

    /// The signatures, each with its lines and with `*` for variables, have one shape and this text.
    fn check(signatures: &[(&str, u64)], expected: &str) {
        let mut words = Words::default();
        let signatures: Vec<(String, u64)> = signatures.iter().map(|(text, lines)| (text.replace('*', "\u{1}"), *lines)).collect();
        let shapes: Vec<Shape> = signatures.iter().map(|(signature, _)| words.shape(signature.as_bytes())).collect();
        assert!(shapes.iter().all(|shape| shape.words == shapes[0].words));
        let mut members: Vec<Member> =
            signatures.iter().zip(&shapes).map(|((signature, lines), shape)| Member { signature, shape, lines: *lines }).collect();
        assert_eq!(show(&print(&members)), expected);
        members.reverse();
        assert_eq!(show(&print(&members)), expected);
    }

    #[test]
    fn spaces_are_those_of_most_lines_and_of_the_smallest_if_even() {
        check(&[("a =*,b", 1), ("a=*, b", 2), ("a = *, b", 1)], "a=<*>, b");
        check(&[("a =*", 1), ("a= *", 1)], "a= <*>");
    }

    #[test]
    fn a_form_shared_by_all_lines_is_shown() {
        check(&[("took * ms", 1), ("took * ms", 2)], "took <*> ms");
        check(&[("size *, *", 1)], "size <*>, <*>");
    }

    #[test]
    fn a_form_that_differs_is_a_variable() {
        check(&[("sent * bytes to", 5), ("sent * KB (* bytes) to", 1)], "sent <*> to");
        check(&[("is true", 5), ("is *", 1)], "is <*>");
    }

    #[test]
    fn a_list_of_records_is_shown_whole_if_all_are_as_long() {
        check(&[("peers {a=*}, {a=*}", 1)], "peers {a=<*>}, {a=<*>}");
        check(&[("peers {a=*}, {a=*}", 1), ("peers {a=*}", 1)], "peers {a=<*>}");
    }

    #[test]
    fn ids_depend_on_words_alone() {
        let id = |text: &str| id(text.replace('*', "\u{1}").as_bytes());
        assert_eq!(id("a = *, * b"), id("a=* b"));
        assert_ne!(id("a b"), id("ab"));
        assert_ne!(id("a *"), id("a"));
        assert_ne!(id("took * ms"), id("took *"));
    }
}
