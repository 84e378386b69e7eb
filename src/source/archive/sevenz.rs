//! Members of a 7z archive: a window comes in, entries go out. Its blocks hold many members each, packed
//! together, so all are unpacked here, one behind the other into one spool.
//!
//! A 7z archive says what is in it at its end, so of a cut one nothing can be read.

use std::io::{self, Read};

use sevenz_rust2::{ArchiveReader, Error, Password};

use super::{Entry, Listing};
use crate::source::blob::Window;
use crate::source::decode::stage::Notes;
use crate::source::document::Raw;
use crate::source::limits::{Limits, SEVENZ_MEMORY_KIB};
use crate::source::spool::Spool;

/// Bytes copied at a time.
const STEP_BYTES: usize = 64 << 10;
/// Microseconds from 1601, where Windows begins to count, to 1970.
const WINDOWS_EPOCH_US: i64 = 11_644_473_600_000_000;

/// A member as it is unpacked.
struct Member {
    name: String,
    start: u64,
    len: u64,
    modified_us: Option<i64>,
    /// What is wrong with it.
    problem: Option<String>,
}

/// Lists the members.
pub(super) fn list(window: &Window, limits: &Limits, listing: &mut Listing) {
    let passwords = listing.secrets().passwords.clone();
    let mut tried = unpack(window, "", limits, listing);
    for password in &passwords {
        if !matches!(&tried, Err(Error::PasswordRequired | Error::MaybeBadPassword(_))) {
            break;
        }
        tried = unpack(window, password, limits, listing);
    }
    match tried {
        Ok((spool, members)) => give(spool, members, listing),
        Err(Error::PasswordRequired | Error::MaybeBadPassword(_)) => listing.locked("the archive is encrypted"),
        Err(Error::MaxMemLimited { max_kb, actaul_kb }) => {
            listing.limit(format!("unpacking takes {actaul_kb} KiB of memory, {max_kb} are allowed"));
        }
        Err(error) => listing.unreadable_archive(&format!("7z archive cannot be read: {error}")),
    }
}

/// Unpacks all members with a password.
fn unpack(window: &Window, password: &str, limits: &Limits, listing: &mut Listing) -> Result<(Spool, Vec<Member>), Error> {
    let mut reader = ArchiveReader::new_with_memory_limit(window.clone(), Password::from(password), SEVENZ_MEMORY_KIB)?;
    reader.set_thread_count(1);
    let mut spool = Spool::new(limits.spool_memory_bytes);
    let mut members = Vec::new();
    let mut notes = listing.notes(limits);
    notes.raw_bytes = window.len();
    let max_entries = limits.max_entries;
    let archive = reader.archive();
    let encrypted = (0..archive.files.len()).any(|at| archive.is_file_encrypted(at));
    let mut fatal = None;
    let result = reader.for_each_entries(|entry, from| {
        if entry.is_directory || entry.is_anti_item {
            return Ok(true);
        }
        if members.len() > max_entries {
            return Ok(false);
        }
        let start = spool.len();
        let problem = match copy(from, &mut spool, &mut notes) {
            Ok(problem) => problem,
            Err(error) => {
                fatal = Some(error);
                return Ok(false);
            }
        };
        // A wrong password leaves noise, which shows in the first member.
        if let (Some(error), true, true) = (&problem, encrypted, members.is_empty()) {
            return Err(Error::MaybeBadPassword(io::Error::other(error.to_string())));
        }
        let modified_us = entry.has_last_modified_date.then(|| micros(entry.last_modified_date.into())).flatten();
        let problem = problem.map(|error| format!("cannot be unpacked to its end: {error}"));
        let whole = problem.is_none();
        members.push(Member { name: entry.name.clone(), start, len: spool.len() - start, modified_us, problem });
        // Behind an error the rest of the block is lost; the other blocks are not.
        Ok(whole)
    });
    listing.add(notes.problems);
    match (result, fatal) {
        (_, Some(error)) => Err(Error::Io(error, "temporary file".into())),
        // A wrong password shows in the first member.
        (Err(error @ (Error::PasswordRequired | Error::MaybeBadPassword(_))), _) => Err(error),
        (Err(error), _) if members.is_empty() => Err(error),
        (Err(error), _) => {
            listing.damaged(None, format!("7z archive is damaged: {error}"), "members before the damage are read");
            Ok((spool, members))
        }
        (Ok(()), None) => Ok((spool, members)),
    }
}

fn give(spool: Spool, members: Vec<Member>, listing: &mut Listing) {
    let blob = spool.finish();
    for Member { name, start, len, modified_us, problem } in members {
        let cut = problem.is_some();
        if !listing.has_room(&name) {
            return;
        }
        if let Some(reason) = problem {
            listing.damaged_member(&name, &reason);
        }
        let raw = Raw { start, len: Some(len), cut, ..Raw::whole(blob.clone()) };
        listing.push(Entry { name, raw, modified_us, size: Some(len) });
    }
}

/// Copies a member up to its end, its first error, which is given back, or a limit. Fails only where the
/// temporary file does.
fn copy(from: &mut dyn Read, spool: &mut Spool, notes: &mut Notes) -> io::Result<Option<io::Error>> {
    let mut step = vec![0; STEP_BYTES];
    loop {
        match from.read(&mut step) {
            Ok(0) => return Ok(None),
            Ok(n) => {
                spool.write(&step[..n])?;
                if !notes.charge(n) {
                    return Ok(Some(io::Error::other("a limit was met")));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Ok(Some(error)),
        }
    }
}

/// Microseconds since 1970 from units of 100 ns since 1601.
fn micros(windows: u64) -> Option<i64> {
    i64::try_from(windows / 10).ok().map(|us| us - WINDOWS_EPOCH_US)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_times_are_counted_from_1601() {
        assert_eq!(micros(116_444_736_000_000_000), Some(0));
    }
}
