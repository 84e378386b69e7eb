//! Texts and places -> small numbers and back: they repeat in every message and are kept once.

use super::place::Place;
use std::collections::HashMap;

/// The texts and places seen, by number.
#[derive(Debug, Default)]
pub struct Names {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
    place_numbers: HashMap<Place, u32>,
    places: Vec<Place>,
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

    /// The number of a place.
    ///
    /// # Panics
    /// At more than 4 billion distinct places, which do not fit into memory.
    pub fn place_number(&mut self, place: Place) -> u32 {
        let next = u32::try_from(self.places.len()).expect("fewer distinct places than memory can hold");
        let number = *self.place_numbers.entry(place).or_insert(next);
        if number == next {
            self.places.push(place);
        }
        number
    }

    /// The place of a number.
    #[must_use]
    pub fn place(&self, number: u32) -> Place {
        self.places.get(number as usize).copied().unwrap_or_default()
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
        let place = Place { os: Some(a), ..Place::default() };
        let number = names.place_number(place);
        assert_eq!((names.place_number(place), names.place(number)), (number, place));
    }
}
