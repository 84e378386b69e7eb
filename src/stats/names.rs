//! Text -> small numbers and back: levels repeat in every message and are kept once.

use std::collections::HashMap;

/// The texts seen, by number.
#[derive(Debug, Default)]
pub struct Names {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl Names {
    /// The number of a text.
    ///
    /// # Panics
    /// At more than 4 billion distinct texts, which do not fit into memory.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).expect("fewer distinct texts than memory can hold");
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        number
    }

    /// The text of a number.
    #[must_use]
    pub fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", |t| t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_number() {
        let mut names = Names::default();
        let (a, b) = (names.number("wifi"), names.number("cell"));
        assert_eq!(names.number("wifi"), a);
        assert_ne!(a, b);
        assert_eq!(names.text(b), "cell");
    }
}
