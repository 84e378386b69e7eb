//! Members of a tar archive: a window comes in, entries go out as places in it. Long names (GNU) and
//! extended headers (POSIX pax) are read here and not by the crate, so that their size is limited.

use std::io::Read;

use tar::{Archive, EntryType, PaxExtensions};

use super::archive::{Entry, Listing};
use super::blob::Window;
use super::document::{Method, Raw};

/// What extended headers say about the entry that follows.
#[derive(Default)]
struct Pending {
    name: Option<Vec<u8>>,
    modified_us: Option<i64>,
}

/// Lists the members.
pub(super) fn list(window: &Window, metadata_bytes: u64, listing: &mut Listing) {
    let mut archive = Archive::new(window.clone());
    let entries = match archive.entries_with_seek() {
        Ok(entries) => entries.raw(true),
        Err(error) => return listing.damaged(None, format!("tar cannot be read: {error}"), "left out"),
    };
    let mut pending = Pending::default();
    for entry in entries {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                return listing.damaged(None, format!("tar header is damaged: {error}"), "read up to the damage");
            }
        };
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::GNULongName | EntryType::XHeader) {
            let mut bytes = Vec::new();
            if entry.size() > metadata_bytes {
                let reason = format!("a name of {} bytes, {metadata_bytes} are read at most", entry.size());
                listing.limit(reason);
            } else if entry.read_to_end(&mut bytes).is_ok() {
                pending.take(kind, &bytes);
            }
            continue;
        }
        let Pending { name, modified_us } = std::mem::take(&mut pending);
        let name = name.unwrap_or_else(|| entry.path_bytes().into_owned());
        let name = String::from_utf8(name).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned());
        match kind {
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::Symlink | EntryType::Link => {
                listing.skipped(&name, "a link");
                continue;
            }
            EntryType::GNUSparse => {
                listing.unreadable(&name, "a sparse file, which is not read");
                continue;
            }
            _ => continue,
        }
        if name.ends_with('/') {
            continue;
        }
        let mtime = entry.header().mtime().ok().and_then(|s| i64::try_from(s).ok()?.checked_mul(1_000_000));
        let raw = Raw {
            blob: window.blob().clone(),
            start: window.start().saturating_add(entry.raw_file_position()),
            len: Some(entry.size()),
            method: Method::Stored,
            crc: None,
            cut: false,
        };
        let entry = Entry { name, raw, modified_us: modified_us.or(mtime), size: Some(entry.size()) };
        if !listing.push(entry) {
            return;
        }
    }
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
                b"mtime" => {
                    let seconds = extension.value().ok().and_then(|v| v.split('.').next()?.parse::<i64>().ok());
                    self.modified_us = seconds.and_then(|s| s.checked_mul(1_000_000));
                }
                _ => {}
            }
        }
    }
}
