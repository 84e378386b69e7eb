//! Ids of messages of logs -> where they are kept. An id is 16 hex digits, of which the number is kept and not the text;
//! ids of another form are kept as they are.

use crate::store::once::stated_number;
use std::collections::HashMap;

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
        let place = stated_number(id).map_or_else(|| self.others.get(id), |number| self.numbers.get(&number));
        place.map(|place| *place as usize)
    }

    /// Keeps the place of an id.
    ///
    /// # Panics
    /// At more than 4 billion messages, which do not fit into memory.
    pub fn insert(&mut self, id: &str, place: usize) {
        let place = u32::try_from(place).expect("fewer messages than memory can hold");
        match stated_number(id) {
            Some(number) => self.numbers.insert(number, place),
            None => self.others.insert(id.into(), place),
        };
    }
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
