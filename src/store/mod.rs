//! Rows -> frames and files: what comes in are event rows, what goes out are the four row formats.
//!
//! [`frame`] turns rows into Polars frames by the one schema; [`rows`] writes them, one file per
//! format.

pub mod cell;
pub mod frame;
pub mod rows;
pub mod stamp;
