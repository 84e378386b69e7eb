//! tmp
use crate::event::EventRow;
/// k
#[derive(Clone)]
pub struct Key;
/// d
pub struct Door;
impl Door {
    /// n
    pub fn new(_: bool, _: Key) -> Self { Door }
    /// r
    pub fn row(&self, r: EventRow) -> EventRow { r }
}
