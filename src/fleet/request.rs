//! What a worker is asked for: one upload, or a container of several, by the files that it consists of.

use crate::source::{Collected, Content, Handed, Options, handed};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// An upload that is to be read.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Request {
    /// The upload as it was handed over: what its receipts are matched with.
    pub input: String,
    /// What the root of its files is called.
    pub label: String,
    /// Whether several files are stated to be one upload.
    pub one_upload: bool,
    /// Uploads in it that were read by a worker before.
    pub skip: u64,
    /// Whether the next one is asked for together with it.
    pub more: bool,
    /// Its files.
    pub files: Vec<Asked>,
}

/// A file of an upload.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Asked {
    /// Its path below the root.
    pub name: String,
    /// Where it is, where its bytes do not come along.
    pub place: Option<PathBuf>,
    /// When it was last written, in µs since 1970, where known.
    pub modified_us: Option<i64>,
    /// Its bytes; they follow the request on the wire.
    #[serde(skip)]
    pub bytes: Option<Vec<u8>>,
}

impl Request {
    /// The path that stands for it in a receipt of its own.
    #[must_use]
    pub fn path(&self) -> &str {
        match self.files.as_slice() {
            [file] => &file.name,
            _ => &self.input,
        }
    }

    /// The units that it asks for.
    #[must_use]
    pub fn collect(self, options: &Options) -> Collected {
        let content = |file: &mut Asked| match (file.bytes.take(), file.place.take()) {
            (Some(bytes), _) => Content::Bytes(bytes),
            (None, place) => Content::Place(place.unwrap_or_default()),
        };
        let hand = |mut file: Asked| Handed { content: content(&mut file), name: file.name, modified_us: file.modified_us };
        handed(self.files.into_iter().map(hand).collect(), &self.label, self.one_upload, options)
    }
}
