//! Members of a zip archive: a window comes in, entries go out, without decoding any of them.
//!
//! The central directory at the end says what is there. Where it is missing or damaged (an upload that was
//! cut), or does not say where a member is (bytes were lost or added before it), members are found by
//! their own local headers.
//!
//! Layout: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.9 (data descriptor), 4.4.5
//! (methods), 4.5.3 (zip64 sizes).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::BufReader;

use zip::CompressionMethod;
use zip::unstable::read::ZipIterable;

use super::{Entry, Listing};
use crate::source::blob::Window;
use crate::source::decode::Layer;
use crate::source::decode::stage::{Meter, Notes, pull};
use crate::source::decode::text::Encoding;
use crate::source::decode::zip_crypt::{Lock, Scheme};
use crate::source::document::{Method, Raw};
use crate::source::limits::Limits;

/// Fixed part of a local header.
const LOCAL_BYTES: usize = 30;
/// Bytes looked through at a time for the next signature.
const SCAN_BYTES: usize = 64 << 10;
/// So much of a member is decoded to see whether a password fits.
const TRIAL_BYTES: usize = 64 << 10;
/// Longest name of a member that is found by its local header alone.
const FOUND_NAME_BYTES_MAX: usize = 1_024;
/// Flag bits of a local header.
const FLAG_ENCRYPTED: u16 = 1;
const FLAG_DESCRIPTOR: u16 = 8;
/// The method of members encrypted by AES; the real one stands in their extra field.
const METHOD_AES: u16 = 99;
/// Extra fields: zip64 sizes, AES.
const EXTRA_ZIP64: u16 = 0x0001;
const EXTRA_AES: u16 = 0x9901;
const LOCAL: [u8; 4] = *b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
const DIRECTORY: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";

/// What the directory says of a member.
struct Listed {
    name: String,
    packed: u64,
    size: u64,
    crc: u32,
    method: CompressionMethod,
    modified_us: Option<i64>,
}

/// Members that are not where the directory says.
#[derive(Default)]
struct Misplaced {
    listed: Vec<Option<Listed>>,
    /// By their names as stored.
    by_name: HashMap<Vec<u8>, Vec<usize>>,
    /// By checksum and packed size, where a name is damaged.
    by_content: HashMap<(u32, u64), Vec<usize>>,
}

impl Misplaced {
    fn add(&mut self, name: &[u8], listed: Listed) {
        let number = self.listed.len();
        self.by_name.entry(name.to_vec()).or_default().push(number);
        self.by_content.entry((listed.crc, listed.packed)).or_default().push(number);
        self.listed.push(Some(listed));
    }

    /// Takes away what the directory says of the member whose header this is.
    fn claim(&mut self, local: &Local) -> Option<Listed> {
        // A header that leaves its checksum to what follows the data tells nothing by it.
        let content = if local.crc == 0 { None } else { self.by_content.get_mut(&(local.crc, local.packed)) };
        let numbers = self.by_name.get_mut(&local.name).into_iter().chain(content);
        numbers.flat_map(|numbers| std::iter::from_fn(|| numbers.pop())).find_map(|number| self.listed[number].take())
    }
}

/// Lists the members. The crate's iterator is in its `unstable` module; unlike `ZipArchive` it does not
/// hold the whole central directory in memory, which an upload could make as large as itself.
pub(super) fn list(window: &Window, listing: &mut Listing) {
    let mut placed = HashSet::new();
    let mut misplaced = Misplaced::default();
    let whole = match ZipIterable::try_new(BufReader::new(window.clone()), zip::read::Config::default()) {
        Ok(mut zip) => match list_directory(&mut zip, window, &mut placed, &mut misplaced, listing) {
            Ok(()) => true,
            Err(error) => {
                let reason = format!("central directory is damaged: {error}");
                listing.damaged(None, reason, "members behind the damage found by their own headers");
                false
            }
        },
        Err(error) => {
            let reason = format!("central directory cannot be read: {error}");
            listing.damaged(None, reason, "members found by their own headers");
            false
        }
    };
    if whole && misplaced.listed.is_empty() {
        return;
    }
    follow_headers(window, whole, &placed, &mut misplaced, listing);
    for listed in misplaced.listed.into_iter().flatten() {
        listing.unreadable(&listed.name, "its local header is not where the central directory says, and not elsewhere");
    }
}

fn list_directory(
    zip: &mut ZipIterable<BufReader<Window>>,
    window: &Window,
    placed: &mut HashSet<u64>,
    misplaced: &mut Misplaced,
    listing: &mut Listing,
) -> zip::result::ZipResult<()> {
    let mut again = 0u64;
    for entry in zip.files()? {
        let entry = entry?;
        let name = match std::str::from_utf8(entry.name_raw()) {
            Ok(utf8) => utf8.to_owned(),
            Err(_) => legacy_name(entry.name_raw(), entry.name().ok().map(Cow::into_owned)),
        };
        if entry.is_dir() {
            continue;
        }
        if !listing.has_room(&name) {
            break;
        }
        if entry.is_symlink() {
            listing.skipped(&name, "a symbolic link");
            continue;
        }
        let modified_us = entry
            .last_modified()
            .and_then(|t| micros(t.year().into(), t.month().into(), t.day().into(), t.hour().into(), t.minute().into(), t.second().into()));
        let listed = Listed {
            name,
            packed: entry.compressed_size(),
            size: entry.size(),
            crc: entry.crc32(),
            method: entry.compression(),
            modified_us,
        };
        match Local::read(window, entry.header_start()).filter(|local| local.name == entry.name_raw()) {
            // Names for the same bytes are how a small archive becomes a large one.
            Some(_) if !placed.insert(entry.header_start()) => again += 1,
            Some(local) => give(window, &local, Some(listed), None, listing),
            None => misplaced.add(entry.name_raw(), listed),
        }
    }
    if again > 0 {
        listing.damaged(None, format!("{again} members are named for bytes of another one"), "each is read once");
    }
    Ok(())
}

/// Adds a member at its local header. `end` is where its data ends at the latest, where that is known.
fn give(window: &Window, local: &Local, listed: Option<Listed>, end: Option<u64>, listing: &mut Listing) {
    let name = listed.as_ref().map_or_else(|| local.name(), |listed| listed.name.clone());
    let announced = listed.as_ref().map(|l| l.packed).or((!local.open_size()).then_some(local.packed));
    let room = end.map(|end| end.saturating_sub(local.data_start));
    let packed = match (announced, room) {
        // Headers that follow one another closely and announce much would make few bytes much text.
        (Some(packed), Some(room)) => packed.min(room),
        (Some(packed), None) => packed,
        (None, Some(room)) => room,
        (None, None) => window.len().saturating_sub(local.data_start),
    };
    let crc = listed.as_ref().map(|l| l.crc).or((local.flags & FLAG_DESCRIPTOR == 0).then_some(local.crc));
    let Some(method) = local.method() else {
        let known = "known: stored, deflate, bzip2, zstd, xz";
        let other = listed.map_or_else(|| format!("method {}", local.method), |l| l.method.to_string());
        return listing.unreadable(&name, &format!("compressed by {other}, which is not read ({known})"));
    };
    let mut raw = Raw {
        start: window.start().saturating_add(local.data_start),
        len: Some(packed),
        method,
        // AE-2 leaves the checksum out, since it says something of a short text.
        crc: crc.filter(|crc| local.aes.is_none() || *crc != 0),
        cut: announced.map_or(end.is_none(), |announced| announced > packed),
        ..Raw::whole(window.blob().clone())
    };
    if local.flags & FLAG_ENCRYPTED != 0 {
        let opened = local.scheme(crc).and_then(|scheme| open(window, local, scheme, &raw, listing));
        let Some(lock) = opened else {
            let reason = format!("encrypted, {}", listing.secrets().why_locked());
            return listing.unreadable(&name, &reason);
        };
        raw.lock = Some(lock);
    }
    let (size, modified_us) = listed.map_or((None, None), |l| (Some(l.size), l.modified_us));
    listing.push(Entry { name, raw, modified_us: modified_us.or(local.modified_us()), size });
}

/// The lock that one of the passwords opens, if any does.
fn open(window: &Window, local: &Local, scheme: Scheme, raw: &Raw, listing: &Listing) -> Option<Lock> {
    let mut head = vec![0; scheme.head_bytes()];
    let n = window.fill_at(&mut head, local.data_start).ok()?;
    let secrets = &listing.archive.document.secrets;
    let decodes = |lock: &Lock| {
        let tried = Raw { lock: Some(lock.clone()), ..raw.clone() };
        let Ok(mut stage) = tried.stage(secrets) else { return false };
        let mut notes = Notes::new("", &Limits::default(), Meter::default());
        let mut out = vec![0; TRIAL_BYTES];
        let mut given = 0;
        while given < TRIAL_BYTES {
            match pull(stage.as_mut(), &mut out[given..], &mut notes) {
                0 => break,
                n => given += n,
            }
        }
        notes.problems.is_empty()
    };
    let mut opened: Vec<Lock> = secrets.passwords.iter().filter_map(|p| scheme.open(&head[..n], p)).collect();
    // A damaged member may decode with no password; then the first that seems to fit is as good as any.
    let at = opened.iter().position(decodes).unwrap_or(0);
    (at < opened.len()).then(|| opened.swap_remove(at))
}

/// A name that is not marked as UTF-8 is in the encoding of the machine that packed it: code page
/// 437 by the standard, GBK from a Chinese Windows.
fn legacy_name(name: &[u8], by_standard: Option<String>) -> String {
    let lossy = || String::from_utf8_lossy(name).into_owned();
    let chinese = || encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(name);
    let guessed = (Encoding::of(name) == Encoding::Gb18030).then(chinese).flatten().map(Cow::into_owned);
    guessed.or(by_standard).unwrap_or_else(lossy)
}

/// A local header.
struct Local {
    flags: u16,
    method: u16,
    /// Time and date as DOS wrote them.
    time: [u16; 2],
    crc: u32,
    packed: u64,
    /// Bytes of the key, and the method below the encryption.
    aes: Option<(usize, u16)>,
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
        let aes = field(&extra, EXTRA_AES).and_then(|field| match field {
            [_, _, b'A', b'E', strength @ 1..=3, m0, m1, ..] => Some((8 + 8 * usize::from(*strength), u16::from_le_bytes([*m0, *m1]))),
            _ => None,
        });
        Some(Self {
            flags: u16_at(6),
            method: u16_at(8),
            time: [u16_at(10), u16_at(12)],
            crc: u32_at(14),
            packed,
            aes,
            name: rest,
            data_start: at + (LOCAL_BYTES + name_len + extra_len) as u64,
        })
    }

    /// Its name as text.
    fn name(&self) -> String {
        std::str::from_utf8(&self.name).map_or_else(|_| legacy_name(&self.name, None), str::to_owned)
    }

    /// How the data is packed, if that is read.
    fn method(&self) -> Option<Method> {
        match (self.method, self.aes) {
            (METHOD_AES, Some((_, method))) | (method, _) => method_of(method),
        }
    }

    /// How it is encrypted.
    fn scheme(&self, crc: Option<u32>) -> Option<Scheme> {
        if self.method == METHOD_AES {
            return self.aes.map(|(key_bytes, _)| Scheme::Aes(key_bytes));
        }
        // Where sizes follow behind the data, the time stands in for the checksum.
        let time = self.time[0].to_be_bytes()[0];
        Some(Scheme::Classic([crc.map_or(time, |crc| crc.to_be_bytes()[0]), time]))
    }

    /// Whether its size stands only behind the data.
    fn open_size(&self) -> bool {
        self.flags & FLAG_DESCRIPTOR != 0 && self.packed == 0
    }

    fn modified_us(&self) -> Option<i64> {
        let [time, date] = self.time.map(i64::from);
        micros(1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2)
    }

    /// Whether it can be the header of a member that nothing else speaks of.
    fn is_plausible(&self) -> bool {
        let name = self.name.len() <= FOUND_NAME_BYTES_MAX && self.name.iter().all(|b| *b >= b' ');
        let known = self.method <= METHOD_AES && (self.packed > 0 || self.open_size() || self.crc == 0);
        name && !self.name.is_empty() && known
    }
}

fn method_of(id: u16) -> Option<Method> {
    match id {
        0 => Some(Method::Stored),
        8 => Some(Method::Deflate),
        12 => Some(Method::Layer(Layer::Bzip2)),
        20 | 93 => Some(Method::Layer(Layer::Zstd)),
        95 => Some(Method::Layer(Layer::Xz)),
        _ => None,
    }
}

/// An extra field by its id.
fn field(extra: &[u8], id: u16) -> Option<&[u8]> {
    let mut rest = extra;
    while let [i0, i1, l0, l1, behind @ ..] = rest {
        let field = behind.get(..usize::from(u16::from_le_bytes([*l0, *l1])))?;
        if u16::from_le_bytes([*i0, *i1]) == id {
            return Some(field);
        }
        rest = &behind[field.len()..];
    }
    None
}

/// The compressed size in a zip64 extra field, which stands behind the plain one.
fn zip64_packed(extra: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(*field(extra, EXTRA_ZIP64)?.get(8..)?.first_chunk()?))
}

/// Follows local headers from the beginning of the archive. Where the directory could be read (`whole`), only
/// members that it misplaced are taken, else every one that is not placed yet.
fn follow_headers(window: &Window, whole: bool, placed: &HashSet<u64>, misplaced: &mut Misplaced, listing: &mut Listing) {
    let mut at = 0;
    while let Some((found, signature)) = next_signature(window, at) {
        at = found + 4;
        let Some(local) = (signature == LOCAL).then(|| Local::read(window, found)).flatten() else { continue };
        let listed = if placed.contains(&found) { None } else { misplaced.claim(&local) };
        if listed.is_none() && (whole || !local.is_plausible()) && !placed.contains(&found) {
            continue;
        }
        let packed = listed.as_ref().map(|l| l.packed).or((!local.open_size()).then_some(local.packed));
        // Behind its data another signature stands; else bytes are missing or added inside.
        let announced = packed.map(|packed| local.data_start.saturating_add(packed));
        let behind = announced.filter(|end| *end == window.len() || is_signature(window, *end));
        at = behind.unwrap_or(local.data_start);
        if placed.contains(&found) {
            continue;
        }
        let end = behind.or_else(|| next_signature(window, local.data_start).map(|(next, _)| next));
        if local.name.ends_with(b"/") {
            continue;
        }
        // What the directory lists is counted there.
        if listed.is_none() && !listing.has_room(&local.name()) {
            return;
        }
        give(window, &local, listed, end, listing);
    }
}

/// The first local header in bytes that looks like one.
pub(in crate::source) fn find(bytes: &[u8]) -> Option<usize> {
    let blob = || crate::source::blob::Blob::Memory(bytes.into());
    let mut headers = memchr::memmem::find_iter(bytes, &LOCAL).peekable();
    headers.peek()?;
    let window = Window::new(&blob(), 0, u64::MAX).ok()?;
    headers.find(|at| Local::read(&window, *at as u64).is_some_and(|local| local.is_plausible()))
}

const SIGNATURES: [[u8; 4]; 4] = [LOCAL, DESCRIPTOR, DIRECTORY, END];

/// Whether a header may begin at an offset. No more is read: the ends that a hostile archive announces would make any
/// search from there a search of all of it, once for every member.
fn is_signature(window: &Window, at: u64) -> bool {
    let mut bytes = [0; 4];
    window.fill_at(&mut bytes, at).is_ok_and(|n| n == 4) && SIGNATURES.contains(&bytes)
}

/// The next place at or behind an offset that looks like a header.
fn next_signature(window: &Window, from: u64) -> Option<(u64, [u8; 4])> {
    let mut at = from;
    let mut buffer = vec![0; SCAN_BYTES];
    loop {
        let n = window.fill_at(&mut buffer, at).ok()?;
        let bytes = &buffer[..n];
        for hit in memchr::memmem::find_iter(bytes, b"PK") {
            let Some(signature) = bytes[hit..].first_chunk::<4>() else { break };
            if SIGNATURES.contains(signature) {
                return Some((at + hit as u64, *signature));
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
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 59 {
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
