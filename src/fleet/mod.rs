//! Uploads of a cluster job, or of a store that is filled with care -> their rows and one receipt each, whatever the uploads
//! do to whoever reads them.
//!
//! A supervisor ([`supervisor`]) hands requests ([`request`], made from standard input by [`input`]) to workers, which are
//! processes of this same program ([`worker`]), over a protocol of their own ([`wire`]). A worker that dies or takes too long
//! is replaced, and the upload that it had gets the receipt that it owes. Rows are written as Arrow IPC or NDJSON
//! ([`encode`]), by the one schema that [`schema`] prints for engines. [`isolate`] does the same for a local ingest.

pub mod encode;
pub mod input;
pub mod isolate;
pub mod request;
pub mod schema;
pub mod supervisor;
pub mod wire;
pub mod worker;
