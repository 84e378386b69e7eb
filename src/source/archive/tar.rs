//! Members of a tar archive: a window comes in, entries go out as places in it.
//!
//! Headers are taken apart by the crate; which block is one is decided here, since the crate ends at the
//! first that is damaged. Layout: POSIX.1-2024, `pax`, "ustar Interchange Format" and "pax Header Block";
//! long names as GNU tar writes them.

use tar::{EntryType, Header, PaxExtensions};

use super::{Entry, Listing};
use crate::source::blob::Window;
use crate::source::document::Raw;

/// Bytes of a block: headers are one, data is padded to whole ones.
const BLOCK_BYTES: usize = 512;
/// Where a header says that it is one.
const MAGIC_AT: usize = 257;
const MAGIC: &[u8] = b"ustar";
/// How far from the place where it should be the next header is looked for in both directions, before all
/// that follows is searched.
const NEAR_BYTES: u64 = 1 << 20;
/// Bytes searched at a time.
const SCAN_BYTES: usize = 256 << 10;

/// What extended headers say about the entry that follows.
#[derive(Default)]
struct Pending {
    name: Option<Vec<u8>>,
    modified_us: Option<i64>,
    size: Option<u64>,
}

/// Lists the members.
pub(super) fn list(window: &Window, metadata_bytes: u64, listing: &mut Listing) {
    let mut pending = Pending::default();
    let mut at = 0;
    // Where the data of the last entry begins.
    let mut data = 0;
    while let Some(block) = block(window, at) {
        if block.iter().all(|b| *b == 0) {
            at += BLOCK_BYTES as u64;
            continue;
        }
        let sound = is_header(&block);
        let header = Header::from_byte_slice(&block);
        if !sound && !is_lenient(window, at, header) {
            let Some(found) = next_header(window, data, at) else {
                let rest = window.len().saturating_sub(at);
                return listing.skipped_bytes(at, rest, "no tar header here or behind it");
            };
            listing.skipped_bytes(at, found.saturating_sub(at), "tar header is damaged, or not where it should be");
            if found < at {
                listing.shorten_last(found - data);
            }
            at = found;
            // It is sound, so the search does not come back here.
            data = at;
            pending = Pending::default();
            continue;
        }
        if !sound {
            listing.damaged(Some(at), "tar header is damaged".to_owned(), "read as far as it makes sense");
        }
        let size = pending.size.take().or_else(|| header.entry_size().ok()).unwrap_or(0);
        data = at + BLOCK_BYTES as u64;
        at = data.saturating_add(size).checked_next_multiple_of(BLOCK_BYTES as u64).unwrap_or(u64::MAX);
        if !entry(window, header, data, size, metadata_bytes, &mut pending, listing) {
            return;
        }
    }
}

/// Takes one entry; false once there are too many.
fn entry(
    window: &Window,
    header: &Header,
    data: u64,
    size: u64,
    metadata_bytes: u64,
    pending: &mut Pending,
    listing: &mut Listing,
) -> bool {
    let kind = header.entry_type();
    if matches!(kind, EntryType::GNULongName | EntryType::XHeader) {
        if size > metadata_bytes {
            listing.limit(format!("a name of {size} bytes, {metadata_bytes} are read at most"));
            return true;
        }
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
        let n = window.fill_at(&mut bytes, data).unwrap_or(0);
        pending.take(kind, &bytes[..n]);
        return true;
    }
    let Pending { name, modified_us, .. } = std::mem::take(pending);
    let name = name.unwrap_or_else(|| header.path_bytes().into_owned());
    let name = String::from_utf8(name).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned());
    if !kind.is_dir() && !listing.has_room(&name) {
        return false;
    }
    match kind {
        EntryType::Regular | EntryType::Continuous if !name.ends_with('/') => {}
        EntryType::Symlink | EntryType::Link => {
            listing.skipped(&name, "a link");
            return true;
        }
        EntryType::GNUSparse => {
            listing.unreadable(&name, "a sparse file, which is not read");
            return true;
        }
        _ => return true,
    }
    let mtime = header.mtime().ok().and_then(|s| i64::try_from(s).ok()?.checked_mul(1_000_000));
    let start = window.start().saturating_add(data);
    let raw = Raw { start, len: Some(size), ..Raw::whole(window.blob().clone()) };
    listing.push(Entry { name, raw, modified_us: modified_us.or(mtime), size: Some(size) });
    true
}

impl Pending {
    fn take(&mut self, kind: EntryType, bytes: &[u8]) {
        if kind == EntryType::GNULongName {
            let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
            self.name = Some(bytes[..end].to_vec());
            return;
        }
        for extension in PaxExtensions::new(bytes).flatten() {
            match extension.key_bytes() {
                b"path" => self.name = Some(extension.value_bytes().to_vec()),
                b"size" => self.size = extension.value().ok().and_then(|v| v.parse().ok()),
                b"mtime" => {
                    let seconds = extension.value().ok().and_then(|v| v.split('.').next()?.parse::<i64>().ok());
                    self.modified_us = seconds.and_then(|s| s.checked_mul(1_000_000));
                }
                _ => {}
            }
        }
    }
}

fn block(window: &Window, at: u64) -> Option<[u8; BLOCK_BYTES]> {
    let mut block = [0; BLOCK_BYTES];
    (window.fill_at(&mut block, at).ok()? == BLOCK_BYTES).then_some(block)
}

/// Whether a block is a header: its checksum, the sum of its bytes with the checksum's own as blanks, holds.
pub(in crate::source) fn is_header(block: &[u8]) -> bool {
    let Some(block) = block.first_chunk::<BLOCK_BYTES>() else { return false };
    let blanked: u32 = block.iter().enumerate().map(|(at, b)| if (148..156).contains(&at) { 32 } else { u32::from(*b) }).sum();
    block[0] != 0 && Header::from_byte_slice(block).cksum().is_ok_and(|sum| sum == blanked)
}

/// Whether a block with a wrong checksum is a header all the same: it says so, and behind the data that it
/// announces the next header or the end stands.
fn is_lenient(window: &Window, at: u64, header: &Header) -> bool {
    let bytes = header.as_bytes();
    let named = bytes[0] != 0 && bytes[MAGIC_AT..].starts_with(MAGIC);
    let Ok(size) = header.entry_size() else { return false };
    let Some(next) = (at + BLOCK_BYTES as u64).checked_add(size).and_then(|n| n.checked_next_multiple_of(BLOCK_BYTES as u64)) else {
        return false;
    };
    named && (next == window.len() || block(window, next).is_some_and(|b| is_header(&b) || b.iter().all(|b| *b == 0)))
}

/// The sound header that is nearest to where one should be, in the data before it or behind it.
fn next_header(window: &Window, data: u64, expected: u64) -> Option<u64> {
    let before = headers(window, data.max(expected.saturating_sub(NEAR_BYTES)), expected).last();
    let near = headers(window, expected, expected.saturating_add(NEAR_BYTES)).next();
    match (before, near) {
        (Some(before), Some(behind)) => Some(if expected - before <= behind - expected { before } else { behind }),
        (found, other) => found.or(other).or_else(|| headers(window, expected + NEAR_BYTES, u64::MAX).next()),
    }
}

/// Sound headers that begin in a range, at any byte.
fn headers(window: &Window, from: u64, until: u64) -> impl Iterator<Item = u64> + '_ {
    // Bytes are read once however many headers stand in them.
    let mut bytes = vec![0; SCAN_BYTES];
    let (mut base, mut filled, mut looked_at) = (from, 0, 0);
    std::iter::from_fn(move || {
        while base + (looked_at as u64) < until {
            if looked_at + BLOCK_BYTES > filled {
                base += looked_at as u64;
                (filled, looked_at) = (window.fill_at(&mut bytes, base).ok()?, 0);
                if filled < BLOCK_BYTES {
                    return None;
                }
            }
            if let Some(found) = find(&bytes[looked_at..filled]).map(|found| looked_at + found) {
                looked_at = found + 1;
                return Some(base + found as u64).filter(|place| *place < until);
            }
            looked_at = filled - BLOCK_BYTES + 1;
        }
        None
    })
}

/// The first sound header in bytes.
pub(in crate::source) fn find(bytes: &[u8]) -> Option<usize> {
    let begins = memchr::memmem::find_iter(bytes, MAGIC).filter_map(|magic| magic.checked_sub(MAGIC_AT));
    begins.into_iter().find(|at| is_header(&bytes[*at..]))
}
