//! Decoders: stored bytes come in; what goes out is the text in them, and a note of what was wrong.
//!
//! `stage` states the shape they all share. Most containers are units one after another (members,
//! frames, blocks), each of which can be decoded by itself; `units` drives them and is the one place
//! that salvages: behind damage it looks for the next unit and tells which bytes were passed over.
//! `gzip` is the decoder to copy. [`Layer`] is the registry: a container that is not in it does not
//! compile into the rest.

pub(in crate::source) mod bzip2;
pub(in crate::source) mod gzip;
pub(in crate::source) mod inflate;
pub(in crate::source) mod logan;
pub(in crate::source) mod lz4;
pub(in crate::source) mod stage;
pub(in crate::source) mod text;
mod trial;
pub(in crate::source) mod units;
pub(in crate::source) mod xlog;
pub(in crate::source) mod xlog_block;
pub(in crate::source) mod xlog_key;
pub(in crate::source) mod xz;
pub(in crate::source) mod zip_crypt;
pub(in crate::source) mod zst;

use std::sync::Arc;

use super::limits::SALVAGE_TRIAL_BYTES;
use super::secrets::Secrets;
use bzip2::Bzip2;
use gzip::Gzip;
use logan::Logan;
use lz4::Lz4;
use stage::Stage;
use trial::Trial;
use units::{Salvage, Units};
use xlog::Xlog;
use xz::Xz;
use zst::Zstd;

/// A compression or container around a whole document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Layer {
    /// Gzip members.
    Gzip,
    /// Zstandard frames.
    Zstd,
    /// Xz streams of LZMA2 blocks.
    Xz,
    /// Bzip2 streams of blocks.
    Bzip2,
    /// LZ4 frames of blocks.
    Lz4,
    /// Mars xlog blocks.
    Xlog,
    /// Meituan Logan blocks.
    Logan,
}

impl Layer {
    /// Every layer, those first that are told with more certainty.
    pub(in crate::source) const ALL: [Self; 7] = [Self::Xz, Self::Zstd, Self::Lz4, Self::Bzip2, Self::Gzip, Self::Logan, Self::Xlog];

    /// The stage that undoes it.
    pub(in crate::source) fn stage(self, below: Box<dyn Stage>, secrets: &Arc<Secrets>) -> Box<dyn Stage> {
        match self {
            Self::Gzip => Box::new(Salvage::new(below, Gzip::default())),
            Self::Zstd => Box::new(Salvage::new(below, Zstd::default())),
            Self::Xz => Box::new(Salvage::new(below, Xz::default())),
            Self::Bzip2 => Box::new(Salvage::new(below, Bzip2::default())),
            Self::Lz4 => Box::new(Salvage::new(below, Lz4::default())),
            Self::Xlog => Box::new(Salvage::new(below, Xlog::new(Arc::clone(secrets)))),
            Self::Logan => Box::new(Salvage::new(below, Logan::new(Arc::clone(secrets)))),
        }
    }

    /// Where in bytes that begin like nothing known its first unit stands; `ended` if these are all.
    pub(in crate::source) fn find(self, bytes: &[u8], ended: bool) -> Option<usize> {
        let mut trial = Trial::new(SALVAGE_TRIAL_BYTES);
        let trial = &mut trial;
        match self {
            Self::Gzip => Gzip::default().find(bytes, ended, true, trial),
            Self::Zstd => Zstd::default().find(bytes, ended, true, trial),
            Self::Xz => Xz::default().find(bytes, ended, true, trial),
            Self::Bzip2 => Bzip2::default().find(bytes, ended, true, trial),
            Self::Lz4 => Lz4::default().find(bytes, ended, true, trial),
            Self::Xlog => Xlog::new(Arc::default()).find(bytes, ended, true, trial),
            Self::Logan => Logan::new(Arc::default()).find(bytes, ended, true, trial),
        }
    }

    /// Whether its units have no magic number.
    pub(in crate::source) const fn is_weak(self) -> bool {
        match self {
            Self::Xlog | Self::Logan => true,
            Self::Gzip | Self::Zstd | Self::Xz | Self::Bzip2 | Self::Lz4 => false,
        }
    }

    /// What its suffixes are, for names of documents.
    pub(in crate::source) const fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::Gzip => &[".gz", ".gzip"],
            Self::Zstd => &[".zst", ".zstd"],
            Self::Xz => &[".xz"],
            Self::Bzip2 => &[".bz2"],
            Self::Lz4 => &[".lz4"],
            Self::Xlog | Self::Logan => &[],
        }
    }
}
