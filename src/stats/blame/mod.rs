//! Which version is to blame, where failures concentrate, and what to update to: what comes in are counts per
//! combination of levels ([`cells`]), what goes out are a table of versions, slices and an update target.
//!
//! Every claim about a set of messages is one comparison ([`ratio`]): unsent messages seen against those that
//! everybody else would have had with the same mix of everything else ([`poisson`]). [`levels`] makes the table of a
//! dimension, [`slices`] searches combinations, [`dispersion`] says how much more counts scatter than chance.
//! [`assess`] does all of it for messages ([`messages`]) and for days of users ([`days`]).

pub mod assess;
pub mod baseline;
pub mod candidates;
pub mod cells;
pub mod counts;
pub mod days;
pub mod dispersion;
pub mod finding;
pub mod judged;
pub mod levels;
pub mod messages;
pub mod observed;
pub mod order;
pub mod poisson;
pub mod population;
pub mod ratio;
pub mod releases;
pub mod slices;
pub mod stability;
pub mod units;
pub mod verdict;
