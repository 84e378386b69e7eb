//! Texts, places and spots -> small numbers and back: they repeat in every message and are kept once.

use super::place::{Place, Route, Spot};
use foldhash::fast::RandomState;
use indexmap::{Equivalent, IndexSet};
use std::hash::Hash;

/// What was seen, by number.
#[derive(Debug, Default)]
pub struct Names {
    texts: IndexSet<Box<str>, RandomState>,
    places: IndexSet<Place, RandomState>,
    spots: IndexSet<Spot, RandomState>,
    routes: IndexSet<Route, RandomState>,
    /// The route of each spot.
    route_of: Vec<u32>,
}

impl Names {
    /// The number of a text.
    ///
    /// # Panics
    /// At more than 4 billion distinct texts, which do not fit into memory.
    pub fn number(&mut self, text: &str) -> u32 {
        number(&mut self.texts, text)
    }

    /// The text of a number.
    #[must_use]
    pub fn text(&self, number: u32) -> &str {
        self.texts.get_index(number as usize).map_or("", |t| t)
    }

    /// The number of a place.
    ///
    /// # Panics
    /// At more than 4 billion distinct places, which do not fit into memory.
    pub fn place_number(&mut self, place: Place) -> u32 {
        number(&mut self.places, &place)
    }

    /// The place of a number.
    #[must_use]
    pub fn place(&self, number: u32) -> Place {
        self.places.get_index(number as usize).copied().unwrap_or_default()
    }

    /// All places, in the order of their numbers.
    pub fn places(&self) -> impl ExactSizeIterator<Item = Place> {
        self.places.iter().copied()
    }

    /// The number of a spot.
    ///
    /// # Panics
    /// At more than 4 billion distinct spots, which do not fit into memory.
    pub fn spot_number(&mut self, spot: &Spot) -> u32 {
        let number_of_spot = number(&mut self.spots, spot);
        if self.route_of.len() < self.spots.len() {
            let Place { app, os, version, .. } = self.place(spot.place);
            self.route_of.push(number(&mut self.routes, &Route { app, os, version, network: spot.network }));
        }
        number_of_spot
    }

    /// The number of the route of a spot.
    ///
    /// # Panics
    /// At a number that is none of [`Names::spot_number`].
    #[must_use]
    pub fn route_number(&self, spot: u32) -> u32 {
        self.route_of[spot as usize]
    }

    /// All routes, in the order of their numbers.
    pub fn routes(&self) -> impl ExactSizeIterator<Item = Route> {
        self.routes.iter().copied()
    }

    /// All spots, in the order of their numbers.
    pub fn spots(&self) -> impl ExactSizeIterator<Item = &Spot> {
        self.spots.iter()
    }

    /// The spot of a number.
    ///
    /// # Panics
    /// At a number that is none of [`Names::spot_number`].
    #[must_use]
    pub fn spot(&self, number: u32) -> &Spot {
        &self.spots[number as usize]
    }
}

fn number<T, Q>(all: &mut IndexSet<T, RandomState>, of: &Q) -> u32
where
    T: Hash + Eq,
    Q: ToOwned + Hash + Equivalent<T> + ?Sized,
    Q::Owned: Into<T>,
{
    let place = all.get_index_of(of).unwrap_or_else(|| all.insert_full(of.to_owned().into()).0);
    u32::try_from(place).expect("fewer distinct texts than memory can hold")
}

/// The number of the text that came last: of rows of one upload, most texts are the same.
#[derive(Debug, Default)]
pub struct Recall(Option<(String, u32)>);

impl Recall {
    /// The number of a text.
    pub fn number(&mut self, text: &str, names: &mut Names) -> u32 {
        match &mut self.0 {
            Some((last, number)) if last == text => *number,
            own => {
                let number = names.number(text);
                *own = Some((text.to_owned(), number));
                number
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_number() {
        let (mut names, mut recall) = (Names::default(), Recall::default());
        let (a, b) = (names.number("wifi"), names.number("cell"));
        assert_eq!(names.number("wifi"), a);
        assert_ne!(a, b);
        assert_eq!(names.text(b), "cell");
        assert_eq!(["cell", "cell", "wifi", "cell"].map(|text| recall.number(text, &mut names)), [b, b, a, b]);
        let place = Place { os: Some(a), ..Place::default() };
        let number = names.place_number(place);
        assert_eq!((names.place_number(place), names.place(number)), (number, place));
        let spot = Spot { place: number, network: Some(a), by: Box::default() };
        let number = names.spot_number(&spot);
        assert_eq!((names.spot_number(&spot), names.spot(number)), (number, &spot));
        let other = names.spot_number(&Spot { by: Box::new([Some(b)]), ..spot.clone() });
        assert_eq!((names.route_number(number), names.route_number(other), names.routes().len()), (0, 0, 1));
    }
}
