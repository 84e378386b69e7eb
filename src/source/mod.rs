//! Paths come in (files, folders, archives, standard input); what goes out are uploads of documents
//! whose text is decoded while it is read. Nothing here knows what a log says.
//!
//! [`collect`] lists what is there and opens nothing but first bytes. [`open`] turns each of its
//! units into uploads, one after another. [`Document::reader`] gives the text. What cannot be read
//! is handed back as [`Problem`]s; nothing fails. The folder in order of use: `walk` finds files,
//! `member` looks at them by `kind`, `archive` lists members, `part` and `group` decide what is one
//! upload, `document` stacks what `decode` holds, `secrets` are the keys for it, `limits` bounds them all.

mod archive;
mod blob;
mod bundle;
mod decode;
mod document;
mod filter;
mod group;
mod handed;
mod kind;
pub mod limits;
mod member;
mod name;
mod part;
mod problem;
mod secrets;
mod spool;
mod unit;
mod walk;

#[cfg(test)]
mod tests;

pub use bundle::bundle_id;
pub use decode::text::Encoding;
pub use document::{Document, Reader};
pub use group::Probe;
pub use handed::{Content, Handed, handed};
pub use limits::Limits;
pub use problem::{Problem, ProblemKind};
pub use secrets::Secrets;
pub use unit::{Collected, Unit, Upload, collect, open};

use std::sync::Arc;

/// How documents become uploads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// By metadata files, rotation names, crash reports, times and devices.
    #[default]
    Auto,
    /// Each file is an upload.
    File,
    /// Each topmost folder that holds a file is an upload with all that lies below it.
    Dir,
}

/// How paths are read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Globs: if any is given, only documents that match one.
    pub include: Vec<String>,
    /// Globs: nothing that matches one.
    pub exclude: Vec<String>,
    /// How documents become uploads.
    pub grouping: Grouping,
    /// The encoding of every text, instead of the one it is taken for.
    pub encoding: Option<Encoding>,
    /// What encrypted containers are opened with.
    pub secrets: Arc<Secrets>,
    /// What one input may cost.
    pub limits: Limits,
}
