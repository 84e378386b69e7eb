//! Ids of messages -> where they are kept. An id is 16 hex digits, of which the number is kept and not the text: one for
//! every message of a fleet is most of what a report holds. Ids of another form are kept as they are.

use std::collections::HashMap;

/// Hex digits of an id.
const DIGITS: usize = 16;

/// Places by id.
#[derive(Debug, Default)]
pub struct Ids {
    numbers: HashMap<u64, u32>,
    others: HashMap<Box<str>, u32>,
}

impl Ids {
    /// The place of an id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<usize> {
        let place = number(id).map_or_else(|| self.others.get(id), |number| self.numbers.get(&number));
        place.map(|place| *place as usize)
    }

    /// Keeps the place of an id.
    ///
    /// # Panics
    /// At more than 4 billion messages, which do not fit into memory.
    pub fn insert(&mut self, id: &str, place: usize) {
        let place = u32::try_from(place).expect("fewer messages than memory can hold");
        match number(id) {
            Some(number) => self.numbers.insert(number, place),
            None => self.others.insert(id.into(), place),
        };
    }
}

/// The number of an id, where writing it gives the id again.
fn number(id: &str) -> Option<u64> {
    let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    (id.len() == DIGITS && id.bytes().all(is_digit)).then(|| u64::from_str_radix(id, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_every_form_lead_to_their_place_and_to_no_other() {
        let mut ids = Ids::default();
        let all = ["00000000000000ff", "00000000000000FF", "ff", "+0000000000000ff", "e9a470428389cbd3", "", "e9a470428389cbd3x"];
        for (place, id) in all.iter().enumerate() {
            assert_eq!(ids.get(id), None, "{id}");
            ids.insert(id, place);
        }
        let found: Vec<Option<usize>> = all.iter().map(|id| ids.get(id)).collect();
        assert_eq!(found, (0..all.len()).map(Some).collect::<Vec<_>>());
        ids.insert("ff", 40);
        assert_eq!(ids.get("ff"), Some(40));
    }
}
