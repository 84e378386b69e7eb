//! Rows -> frames, files and the store: what comes in are event rows, what goes out are the four row formats, and a
//! directory of Parquet files that reports, Polars, DuckDB, Spark and ClickHouse read.
//!
//! [`frame`] turns rows into Polars frames by the one schema and [`unframe`] back; [`rows`] writes streams, one file per
//! format. A store ([`layout`]) is filled by [`ingest`] with batches ([`batch`]), published by commits ([`commit`]), read by
//! week ([`read`]), each message once ([`once`]), and looked after ([`care`]); one in
//! an object storage is read through copies ([`remote`]).

pub mod batch;
pub mod care;
pub mod cell;
pub mod commit;
pub mod frame;
pub mod ingest;
pub mod layout;
pub mod once;
pub mod read;
pub mod remote;
pub mod reports;
pub mod rollups;
pub mod rows;
pub mod stamp;
pub mod unframe;
pub mod week;
