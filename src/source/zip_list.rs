//! Members of a zip archive: a window comes in, entries go out, without decoding any of them. Where
//! the central directory is missing or damaged (an upload that was cut), the local headers are
//! followed instead.
//!
//! Layout: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.9 (data descriptor), 4.5.3
//! (zip64 sizes).

use std::borrow::Cow;
use std::io::BufReader;

use zip::CompressionMethod;
use zip::unstable::read::ZipIterable;

use super::archive::{Entry, Listing};
use super::blob::Window;
use super::document::{Method, Raw};
use super::text::Encoding;

/// Fixed part of a local header.
const LOCAL_BYTES: usize = 30;
/// Bytes looked through at a time for the next signature.
const SCAN_BYTES: usize = 64 << 10;
/// Flag bits of a local header.
const FLAG_ENCRYPTED: u16 = 1;
const FLAG_DESCRIPTOR: u16 = 8;
const LOCAL: [u8; 4] = *b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
const DIRECTORY: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";

/// Lists the members. The crate's iterator is in its `unstable` module; unlike `ZipArchive` it does not
/// hold the whole central directory in memory, which an upload could make as large as itself.
pub(super) fn list(window: &Window, listing: &mut Listing) {
    match ZipIterable::try_new(BufReader::new(window.clone()), zip::read::Config::default()) {
        Ok(mut zip) => {
            if let Err(error) = list_directory(&mut zip, window, listing) {
                listing.damaged(None, format!("central directory is damaged: {error}"), "read up to the damage");
            }
        }
        Err(error) => {
            let reason = format!("central directory cannot be read: {error}");
            listing.damaged(None, reason, "members found by their own headers");
            follow_headers(window, listing);
        }
    }
}

fn list_directory(zip: &mut ZipIterable<BufReader<Window>>, window: &Window, listing: &mut Listing) -> zip::result::ZipResult<()> {
    for entry in zip.files()? {
        let entry = entry?;
        if entry.is_dir() {
            continue;
        }
        let name = match std::str::from_utf8(entry.name_raw()) {
            Ok(utf8) => utf8.to_owned(),
            Err(_) => legacy_name(entry.name_raw(), entry.name().ok().map(Cow::into_owned)),
        };
        if entry.is_symlink() {
            listing.skipped(&name, "a symbolic link");
            continue;
        }
        if entry.encrypted() {
            listing.unreadable(&name, "encrypted, password needed");
            continue;
        }
        let method = match entry.compression() {
            CompressionMethod::Stored => Method::Stored,
            CompressionMethod::Deflated => Method::Deflate,
            CompressionMethod::Zstd => Method::Zstd,
            other => {
                let reason = format!("compressed by {other}, which is not read (known: stored, deflate, zstd)");
                listing.unreadable(&name, &reason);
                continue;
            }
        };
        let Some(header) = Local::read(window, entry.header_start()) else {
            listing.unreadable(&name, "its local header is damaged");
            continue;
        };
        let raw = raw(window, header.data_start, entry.compressed_size(), method, Some(entry.crc32()));
        let modified_us = entry
            .last_modified()
            .and_then(|t| micros(t.year().into(), t.month().into(), t.day().into(), t.hour().into(), t.minute().into(), t.second().into()));
        if !listing.push(Entry { name, raw, modified_us, size: Some(entry.size()) }) {
            break;
        }
    }
    Ok(())
}

/// A name that is not marked as UTF-8 is in the encoding of the machine that packed it: code page
/// 437 by the standard, GBK from a Chinese Windows.
fn legacy_name(name: &[u8], by_standard: Option<String>) -> String {
    let lossy = || String::from_utf8_lossy(name).into_owned();
    let chinese = || encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(name);
    let guessed = (Encoding::of(name) == Encoding::Gb18030).then(chinese).flatten().map(Cow::into_owned);
    guessed.or(by_standard).unwrap_or_else(lossy)
}

fn raw(window: &Window, start: u64, len: u64, method: Method, crc: Option<u32>) -> Raw {
    let start = window.start().saturating_add(start);
    Raw { blob: window.blob().clone(), start, len: Some(len), method, crc, cut: false }
}

/// A local header.
struct Local {
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    name: Vec<u8>,
    data_start: u64,
}

impl Local {
    fn read(window: &Window, at: u64) -> Option<Self> {
        let mut fixed = [0; LOCAL_BYTES];
        if window.fill_at(&mut fixed, at).ok()? < LOCAL_BYTES || fixed[..4] != LOCAL {
            return None;
        }
        let u16_at = |i: usize| u16::from_le_bytes([fixed[i], fixed[i + 1]]);
        let u32_at = |i: usize| u32::from_le_bytes([fixed[i], fixed[i + 1], fixed[i + 2], fixed[i + 3]]);
        let (name_len, extra_len) = (usize::from(u16_at(26)), usize::from(u16_at(28)));
        let mut rest = vec![0; name_len + extra_len];
        if window.fill_at(&mut rest, at + LOCAL_BYTES as u64).ok()? < rest.len() {
            return None;
        }
        let extra = rest.split_off(name_len);
        let packed = match u32_at(18) {
            u32::MAX => zip64_packed(&extra).unwrap_or(u64::from(u32::MAX)),
            packed => packed.into(),
        };
        Some(Self {
            flags: u16_at(6),
            method: u16_at(8),
            crc: u32_at(14),
            packed,
            name: rest,
            data_start: at + (LOCAL_BYTES + name_len + extra_len) as u64,
        })
    }
}

/// The compressed size in a zip64 extra field, which stands behind the plain one.
fn zip64_packed(extra: &[u8]) -> Option<u64> {
    let mut rest = extra;
    while let [i0, i1, l0, l1, behind @ ..] = rest {
        let field = behind.get(..usize::from(u16::from_le_bytes([*l0, *l1])))?;
        if u16::from_le_bytes([*i0, *i1]) == 1 {
            return Some(u64::from_le_bytes(*field.get(8..)?.first_chunk()?));
        }
        rest = &behind[field.len()..];
    }
    None
}

/// Follows local headers from the beginning of the archive.
fn follow_headers(window: &Window, listing: &mut Listing) {
    let mut at = 0;
    while let Some((found, signature)) = next_signature(window, at) {
        if signature == DIRECTORY || signature == END {
            return;
        }
        let Some(header) = (signature == LOCAL).then(|| Local::read(window, found)).flatten() else {
            at = found + 4;
            continue;
        };
        let open_size = header.flags & FLAG_DESCRIPTOR != 0 && header.packed == 0;
        let end = if open_size { next_signature(window, header.data_start) } else { None };
        let cut = open_size && end.is_none();
        let packed = match end {
            Some((end, _)) => end - header.data_start,
            None if open_size => window.len().saturating_sub(header.data_start),
            None => header.packed,
        };
        let crc = (header.flags & FLAG_DESCRIPTOR == 0).then_some(header.crc);
        at = header.data_start.saturating_add(packed);
        let name = std::str::from_utf8(&header.name).map_or_else(|_| legacy_name(&header.name, None), str::to_owned);
        if name.ends_with('/') {
            continue;
        }
        let method = match header.method {
            _ if header.flags & FLAG_ENCRYPTED != 0 => None,
            0 => Some(Method::Stored),
            8 => Some(Method::Deflate),
            93 => Some(Method::Zstd),
            _ => None,
        };
        let Some(method) = method else {
            listing.unreadable(&name, "encrypted, or compressed by a method that is not read");
            continue;
        };
        let raw = Raw { cut, ..raw(window, header.data_start, packed, method, crc) };
        if !listing.push(Entry { name, raw, modified_us: None, size: None }) {
            return;
        }
    }
}

/// The next place at or behind an offset that looks like a header.
fn next_signature(window: &Window, from: u64) -> Option<(u64, [u8; 4])> {
    let mut at = from;
    let mut buffer = vec![0; SCAN_BYTES];
    loop {
        let n = window.fill_at(&mut buffer, at).ok()?;
        let bytes = &buffer[..n];
        for hit in memchr::memmem::find_iter(bytes, b"PK") {
            let signature = *bytes[hit..].first_chunk::<4>()?;
            if [LOCAL, DESCRIPTOR, DIRECTORY, END].contains(&signature) {
                return Some((at + hit as u64, signature));
            }
        }
        if n < SCAN_BYTES {
            return None;
        }
        at += (n - 3) as u64;
    }
}

/// Microseconds since 1970 of a civil time. Zip states no zone; UTC is as good as any.
fn micros(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days from civil, with March as the first month so that the leap day comes last.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day - 719_469;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_times_are_counted_from_1970() {
        assert_eq!(micros(1970, 1, 1, 0, 0, 0), Some(0));
        assert_eq!(micros(2026, 3, 4, 18, 20, 1), Some(1_772_648_401_000_000));
        assert_eq!(micros(2024, 0, 1, 0, 0, 0), None);
    }
}
