//! What `analyze`, `events` and `explain` have in common: paths in, selected rows out, problems told.

use super::args::{Global, ReadArgs, SelectArgs};
use super::exit::Failure;
use super::ingest::key_of;
use super::interrupt;
use super::progress::Bar;
use super::resolve::{Resolved, resolve};
use super::sandbox::{self, Needs};
use super::select::Selection;
use super::{output::Gone, problems};
use crate::event::EventRow;
use crate::fleet::isolate;
use crate::fleet::supervisor::Supervisor;
use crate::pipeline::Covered;
use crate::profile::Profiles;
use crate::redact::{Door, Key};
use crate::source::Collected;
use crate::stats::weekly::load::Keeps;
use crate::taxonomy::{Kind, Status};
use crate::{Summary, analyze};
use anyhow::Context;
use std::io::{Read, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

/// Largest list of paths.
const FILES_FROM_BYTES_MAX: u64 = 1 << 30;

/// A run that is ready to read.
pub struct Reading {
    /// What is in force.
    pub resolved: Resolved,
    /// Which rows are looked at.
    pub selection: Selection,
    /// The profiles in force. The process ends where they would: taking them apart piece by piece gains nothing.
    pub profiles: ManuallyDrop<Profiles>,
    /// The key of pseudonyms.
    pub key: Key,
    paths: Vec<PathBuf>,
    problems: Option<PathBuf>,
    quiet: bool,
    bar: Bar,
}

impl Reading {
    /// Makes ready: configuration, key, paths, profiles and selection; `output` is where the command writes.
    ///
    /// # Errors
    /// Whatever of them is wrong.
    pub fn prepare(
        global: &Global,
        read: &ReadArgs,
        select: &SelectArgs,
        top: Option<usize>,
        output: Option<&Path>,
    ) -> Result<Self, Failure> {
        let resolved = resolve(global, &read.how, top, select.exclude_users.clone())?;
        let (key, warning) = Key::resolve(resolved.key_file.as_deref()).map_err(Failure::usage)?;
        if let Some(warning) = warning.filter(|_| resolved.settings.redact && !global.quiet) {
            warn(&warning);
        }
        let paths = paths(read)?;
        confine(&resolved, read, &paths, output);
        Self::with_key(resolved, key, global, read, (select, paths))
    }

    /// The same for a store, whose key of pseudonyms is used unless one is given; all rows are selected. Workers confine
    /// themselves.
    ///
    /// # Errors
    /// As [`Reading::prepare`].
    pub fn for_store(global: &Global, read: &ReadArgs, root: &Path, by_workers: bool) -> Result<Self, Failure> {
        let resolved = resolve(global, &read.how, None, None)?;
        let key = if resolved.settings.redact { key_of(root, resolved.key_file.as_deref())? } else { Key::new([0; 32]) };
        let paths = paths(read)?;
        if !by_workers {
            confine(&resolved, read, &paths, Some(root));
        }
        Self::with_key(resolved, key, global, read, (&SelectArgs::default(), paths))
    }

    fn with_key(
        resolved: Resolved,
        key: Key,
        global: &Global,
        read: &ReadArgs,
        (select, paths): (&SelectArgs, Vec<PathBuf>),
    ) -> Result<Self, Failure> {
        let profiles = ManuallyDrop::new(load_profiles(resolved.settings.profiles_dir.as_deref())?);
        if !resolved.settings.redact {
            warn("redaction is off: the output holds text of the logs as it is");
        }
        let selection = Selection::new(select, &resolved, &key)?;
        let bar = Bar::new(!global.quiet && !read.no_progress);
        Ok(Self { resolved, selection, paths, profiles, key, problems: read.problems.clone(), quiet: global.quiet, bar })
    }

    /// For reports, which cite lines of lost messages alone.
    #[must_use]
    pub fn citing_losses(mut self) -> Self {
        self.resolved.settings.cites_sent = false;
        self
    }

    /// For what is said of unexplained messages: the records around them are told too.
    #[must_use]
    pub fn looking_around(mut self) -> Self {
        self.resolved.settings.looks_around = true;
        self
    }

    /// For those who count uploads: what gave none has a receipt too.
    #[must_use]
    pub fn accounting_for_all(mut self) -> Self {
        self.resolved.settings.accounts_for_all = true;
        self
    }

    /// Reads, hands the selected rows over and tells the problems.
    ///
    /// # Errors
    /// What the sink says unless its reader has gone; that a signal came; that nothing was readable; with `strict`, that
    /// something was not.
    pub fn run(&self, gone: &Gone, sink: &mut dyn FnMut(Vec<EventRow>) -> anyhow::Result<()>) -> Result<Summary, Failure> {
        let settings = &self.resolved.settings;
        self.read(gone, sink, &|chosen| analyze(&self.paths, settings, &self.profiles, &self.key, &self.bar, chosen))
    }

    /// The same, by workers.
    ///
    /// # Errors
    /// As [`Reading::run`].
    pub fn run_isolated(
        &self,
        supervisor: &Supervisor<'_>,
        sink: &mut dyn FnMut(Vec<EventRow>) -> anyhow::Result<()>,
    ) -> Result<Summary, Failure> {
        let (options, rules) = (&self.resolved.settings.source, self.profiles.version());
        let door = Door::new(self.resolved.settings.redact, self.key.clone());
        let failed = |found: &Collected| {
            let rows = Covered::of(&found.units).receipts(&found.problems, &rules);
            rows.into_iter().map(|row| door.row(row)).collect()
        };
        self.read(&Gone::default(), sink, &|chosen| isolate::analyze(&self.paths, options, supervisor, &failed, &self.bar, chosen))
    }

    fn read(
        &self,
        gone: &Gone,
        sink: &mut dyn FnMut(Vec<EventRow>) -> anyhow::Result<()>,
        reader: &dyn Fn(Sink<'_>) -> anyhow::Result<Summary>,
    ) -> Result<Summary, Failure> {
        interrupt::watch();
        let mut readable = false;
        let result = reader(&mut |mut rows: Vec<EventRow>| {
            readable |= rows.iter().any(is_readable);
            rows.retain(|row| self.selection.keeps(row));
            sink(rows)
        });
        self.end(result, gone, readable)
    }

    /// Tells the problems of a run.
    fn end(&self, result: anyhow::Result<Summary>, gone: &Gone, readable: bool) -> Result<Summary, Failure> {
        self.bar.finish();
        if interrupt::is_stopped() {
            return Err(interrupt::failure());
        }
        let stopped = result.is_err();
        let summary = gone.forgive(result)?;
        if stopped {
            return Ok(summary);
        }
        let door = Door::new(self.resolved.settings.redact, self.key.clone());
        tell(&summary, &door, self.problems.as_deref(), self.quiet)?;
        if !readable {
            return Err(nothing_readable(&summary));
        }
        if self.resolved.settings.strict && summary.files_unreadable > 0 {
            return Err(Failure::unreadable(format!(
                "files that could not be read: {}; --strict makes that an error",
                summary.files_unreadable
            )));
        }
        Ok(summary)
    }
}

/// What takes rows.
type Sink<'a> = &'a mut dyn FnMut(Vec<EventRow>) -> anyhow::Result<()>;

/// The receipt of an upload that could be read.
fn is_readable(row: &EventRow) -> bool {
    row.kind == Kind::Upload && matches!(row.status, Some(Status::Ok | Status::Partial | Status::Unsupported | Status::Quarantined))
}

/// Gives up what reading these inputs and writing this output does not need.
pub fn confine(resolved: &Resolved, read: &ReadArgs, paths: &[PathBuf], output: Option<&Path>) {
    if resolved.sandbox {
        let own = [resolved.settings.profiles_dir.as_deref(), resolved.exclude_users.as_deref()];
        let reads = paths.iter().map(PathBuf::as_path).chain(own.into_iter().flatten()).collect();
        let writes = [output, read.problems.as_deref()].into_iter().flatten().filter(|path| *path != Path::new("-")).collect();
        sandbox::enter(&Needs { reads: Some(reads), writes });
    }
}

/// The door of a command that writes text of logs; warns where it stands open, and of its key.
pub fn door(global: &Global, resolved: &Resolved) -> Result<Door, Failure> {
    let (key, warning) = Key::resolve(resolved.key_file.as_deref()).map_err(Failure::usage)?;
    if !resolved.settings.redact {
        warn("redaction is off: the output holds text of the logs as it is");
    } else if let Some(warning) = warning.filter(|_| !global.quiet) {
        warn(&warning);
    }
    Ok(Door::new(resolved.settings.redact, key))
}

/// Lists problems on standard error and writes them to the file that was asked for.
pub fn tell(summary: &Summary, door: &Door, file: Option<&Path>, quiet: bool) -> Result<(), Failure> {
    let problems = problems::redacted(&summary.problems, door);
    if !quiet {
        problems::list(&problems);
    }
    file.map_or(Ok(()), |path| problems::write(&problems, path))
}

/// That nothing in the input was readable.
pub fn nothing_readable(summary: &Summary) -> Failure {
    let Summary { files_skipped, files_unreadable, .. } = summary;
    Failure::unreadable(format!("nothing readable in the input (unreadable files: {files_unreadable}, skipped by kind: {files_skipped})"))
}

/// The profiles in force.
pub fn load_profiles(dir: Option<&Path>) -> Result<Profiles, Failure> {
    Profiles::load(dir).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure::usage(format!("the profiles are not right:\n{}", lines.join("\n")))
    })
}

/// One line on standard error that asks for nothing.
pub fn note(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// One line on standard error.
pub fn warn(message: &str) {
    let _ = writeln!(std::io::stderr(), "warning: {message}");
}

/// The paths on the command line and those of `--files-from`.
pub fn paths(read: &ReadArgs) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = read.paths.clone();
    if let Some(list) = &read.files_from {
        let bytes = listed(list).with_context(|| format!("cannot read the list of paths {}", list.display()))?;
        paths.extend(split(&bytes, if read.null { b'\0' } else { b'\n' }));
    }
    Ok(paths)
}

fn listed(list: &Path) -> anyhow::Result<Vec<u8>> {
    let source: Box<dyn Read> = if list == Path::new("-") { Box::new(std::io::stdin()) } else { Box::new(std::fs::File::open(list)?) };
    let mut bytes = Vec::new();
    source.take(FILES_FROM_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILES_FROM_BYTES_MAX {
        anyhow::bail!("it is larger than {FILES_FROM_BYTES_MAX} bytes");
    }
    Ok(bytes)
}

fn split(bytes: &[u8], end: u8) -> Vec<PathBuf> {
    let line = |part: &[u8]| if end == b'\n' { part.strip_suffix(b"\r").unwrap_or(part).to_vec() } else { part.to_vec() };
    bytes.split(|b| *b == end).map(line).filter(|part| !part.is_empty()).map(path_of).collect()
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_paths_are_split_by_line_or_nul() {
        assert_eq!(split(b"a b\r\n\nc\n", b'\n'), [PathBuf::from("a b"), PathBuf::from("c")]);
        assert_eq!(split(b"a\nb\0c\0", b'\0'), [PathBuf::from("a\nb"), PathBuf::from("c")]);
    }
}
