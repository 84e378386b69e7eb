//! Every number that bounds what one input may cost; meeting one is reported, never fatal.
//!
//! Nothing comes in; what goes out is [`Limits`] with its defaults as documented constants.

/// Archives and compressed layers inside one another.
pub const MAX_NESTING: usize = 8;
/// Entries read from one archive: what is known of each is held until all are sorted, about 1 KB.
pub const MAX_ENTRIES: usize = 150_000;
/// Entries read from one file on disk, all archives inside one another together.
pub const MAX_ENTRIES_IN_ALL: u64 = 400_000;
/// Bytes of the names of one archive's entries together.
pub const NAMES_BYTES: usize = 16 << 20;
/// Bytes of one name of an archive, as long as a path may be on Linux; the rest of a longer one is left out.
pub const NAME_BYTES: usize = 4_096;
/// Decoded bytes that one file on disk may expand to, all members and layers together.
pub const MAX_EXPANDED_BYTES: u64 = 16 << 30;
/// Decoded bytes per compressed byte, once [`RATIO_FREE_BYTES`] are decoded. Deflate cannot exceed
/// 1032, so this meets only streams of Zstandard and nested layers made to expand.
pub const MAX_RATIO: u64 = 2_000;
/// Decoded bytes before [`MAX_RATIO`] holds.
pub const RATIO_FREE_BYTES: u64 = 64 << 20;
/// Bytes of a member kept in memory when it must be unpacked before it can be read; beyond, a
/// temporary file.
pub const SPOOL_MEMORY_BYTES: usize = 8 << 20;
/// Bytes of one long name or extended header inside an archive.
pub const METADATA_BYTES: u64 = 1 << 20;
/// Bytes of the payload of one xlog block: mars flushes at 150 KiB, so more is a lie.
pub const XLOG_BLOCK_BYTES: usize = 1 << 20;
/// Bytes of the content of one Logan block: its cache holds 150 KiB, so more is a lie.
pub const LOGAN_BLOCK_BYTES: usize = 1 << 20;
/// Bytes of one packed bzip2 block: 900 kB of text that does not compress, and its tables.
pub const BZIP2_BLOCK_BYTES: usize = 2 << 20;
/// Bytes of text of one bzip2 block: 900 kB of runs, each of 5 bytes for 259.
pub const BZIP2_TEXT_BYTES: usize = 48 << 20;
/// Bytes of one packed LZ4 block: those of legacy frames hold 8 MiB of text and grow by one in 255.
pub const LZ4_BLOCK_BYTES: usize = (8 << 20) + (33 << 10);
/// Bytes of the index of one xz stream: 10 bytes or so for each of its blocks.
pub const XZ_INDEX_BYTES: usize = 16 << 20;
/// KiB that a 7z archive may need to be unpacked.
pub const SEVENZ_MEMORY_KIB: usize = 512 << 10;
/// Bytes of unknown data that are looked through for the first unit of a damaged container.
pub const SALVAGE_LOOK_BYTES: usize = 4 << 20;
/// The same for all members of one archive together, shared out among them: looking costs some 10 ns a byte.
pub const SALVAGE_LOOK_ARCHIVE_BYTES: usize = 128 << 20;
/// Bytes that may be decoded to see whether the unit of a container stands in unknown data.
pub const SALVAGE_TRIAL_BYTES: u64 = 64 << 20;
/// Folders below one another.
pub const MAX_DEPTH: usize = 64;

/// What one input may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// See [`MAX_NESTING`].
    pub max_nesting: usize,
    /// See [`MAX_ENTRIES`].
    pub max_entries: usize,
    /// See [`MAX_ENTRIES_IN_ALL`].
    pub max_entries_in_all: u64,
    /// See [`NAMES_BYTES`].
    pub names_bytes: usize,
    /// See [`MAX_EXPANDED_BYTES`].
    pub max_expanded_bytes: u64,
    /// See [`MAX_RATIO`].
    pub max_ratio: u64,
    /// See [`RATIO_FREE_BYTES`].
    pub ratio_free_bytes: u64,
    /// See [`SPOOL_MEMORY_BYTES`].
    pub spool_memory_bytes: usize,
    /// See [`METADATA_BYTES`].
    pub metadata_bytes: u64,
    /// See [`XLOG_BLOCK_BYTES`].
    pub xlog_block_bytes: usize,
    /// See [`MAX_DEPTH`].
    pub max_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_nesting: MAX_NESTING,
            max_entries: MAX_ENTRIES,
            max_entries_in_all: MAX_ENTRIES_IN_ALL,
            names_bytes: NAMES_BYTES,
            max_expanded_bytes: MAX_EXPANDED_BYTES,
            max_ratio: MAX_RATIO,
            ratio_free_bytes: RATIO_FREE_BYTES,
            spool_memory_bytes: SPOOL_MEMORY_BYTES,
            metadata_bytes: METADATA_BYTES,
            xlog_block_bytes: XLOG_BLOCK_BYTES,
            max_depth: MAX_DEPTH,
        }
    }
}
