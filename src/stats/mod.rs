//! Rows -> facts: what comes in are event rows and receipts, upload by upload, what goes out is
//! [`Facts`], the numbers behind every report. Nothing here knows how a number is shown.
//!
//! [`Collector`] takes rows as they stream by, drops what counts twice and counts the rest in lots ([`lot`]);
//! [`table`] groups them; [`interval`] and [`quantile`] hold the arithmetic.
//! What can be grouped, selected and listed by is a row in [`dimension`].

pub mod blame;
mod causes;
pub mod cited;
pub mod collect;
pub mod delay;
pub mod dimension;
pub mod facts;
mod ids;
pub mod incident;
pub mod interval;
pub mod known;
pub mod latency;
pub mod lot;
mod names;
mod place;
pub mod quality;
pub mod quantile;
mod slim;
pub mod table;
pub mod unknowns;
pub mod weekly;

pub use collect::Collector;
pub use dimension::Dimension;
pub use facts::Facts;
pub use table::compare_versions;
