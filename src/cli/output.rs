//! Where output goes: standard output, or a file that appears whole or not at all.

use super::exit::Failure;
use anyhow::Context;
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::NamedTempFile;

/// A place for output.
pub enum Output {
    /// Standard output.
    Stdout,
    /// A file, written beside its place until it is complete.
    File {
        /// Its place.
        path: PathBuf,
        /// What will become it.
        draft: NamedTempFile,
    },
    /// Something that is no ordinary file, such as a pipe or `/dev/null`.
    Device {
        /// Its place.
        path: PathBuf,
        /// It.
        file: File,
    },
}

impl Output {
    /// Opens the place that was asked for; `-` is standard output.
    ///
    /// # Errors
    /// That it cannot be written, and why.
    pub fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path.filter(|p| *p != Path::new("-")) else { return Ok(Self::Stdout) };
        let failed = || format!("cannot write {}", path.display());
        if path.is_dir() {
            anyhow::bail!("cannot write {}: it is a directory", path.display());
        }
        if path.exists() && !path.is_file() {
            let file = File::create(path).with_context(failed)?;
            return Ok(Self::Device { path: path.to_path_buf(), file });
        }
        let dir = path.parent().filter(|d| !d.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Self::File { path: path.to_path_buf(), draft: draft(dir).with_context(failed)? })
    }

    /// Whether it is a terminal.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Stdout) && io::stdout().is_terminal()
    }

    /// Its name, for errors.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Stdout => "standard output".to_owned(),
            Self::File { path, .. } | Self::Device { path, .. } => path.display().to_string(),
        }
    }

    /// A stream to it, and the sign that its reader has gone.
    ///
    /// # Errors
    /// That the file cannot be opened once more.
    pub fn stream(&self) -> anyhow::Result<(Box<dyn Write + Send>, Gone)> {
        let gone = Gone::default();
        let inner: Box<dyn Write + Send> = match self {
            Self::Stdout => Box::new(io::stdout()),
            Self::File { draft, .. } => Box::new(draft.as_file().try_clone()?),
            Self::Device { file, .. } => Box::new(file.try_clone()?),
        };
        Ok((Box::new(Watched { inner, gone: gone.clone() }), gone))
    }

    /// Puts a complete file in its place.
    ///
    /// # Errors
    /// That it cannot be put there.
    pub fn complete(self) -> anyhow::Result<()> {
        if let Self::File { path, draft } = self {
            draft.persist(&path).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    /// Writes a text and completes.
    ///
    /// # Errors
    /// That it cannot be written; a reader that has gone is no error.
    pub fn write_all(self, text: &str) -> Result<(), Failure> {
        let (mut stream, gone) = self.stream()?;
        let written = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
        gone.forgive(written.with_context(|| format!("cannot write {}", self.name())))?;
        drop(stream);
        Ok(self.complete()?)
    }
}

fn draft(dir: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".whyunsent-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
        builder.tempfile_in(dir)
    }
    #[cfg(not(unix))]
    builder.tempfile_in(dir)
}

/// The sign that the reader of a pipe has gone: then everything that it wanted is done.
#[derive(Clone, Debug, Default)]
pub struct Gone(Arc<AtomicBool>);

impl Gone {
    /// Takes an error for success if the reader has gone.
    ///
    /// # Errors
    /// Any other.
    pub fn forgive<T: Default>(&self, result: anyhow::Result<T>) -> anyhow::Result<T> {
        if self.0.load(Ordering::Relaxed) { Ok(T::default()) } else { result }
    }
}

/// A stream that notes when its reader has gone.
struct Watched<W> {
    inner: W,
    gone: Gone,
}

impl<W> Watched<W> {
    fn note<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if result.as_ref().is_err_and(|e| e.kind() == ErrorKind::BrokenPipe) {
            self.gone.0.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl<W: Write> Write for Watched<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.inner.write(bytes);
        self.note(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.inner.flush();
        self.note(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_only_when_it_is_complete() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.csv");
        let output = Output::open(Some(&path)).unwrap();
        output.stream().unwrap().0.write_all(b"half").unwrap();
        drop(output);
        assert!(!path.exists() && std::fs::read_dir(dir.path()).unwrap().next().is_none());
        Output::open(Some(&path)).unwrap().write_all("whole").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "whole");
    }

    #[test]
    fn a_closed_pipe_is_success_and_other_errors_are_not() {
        struct Closed(ErrorKind);
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for (kind, forgiven) in [(ErrorKind::BrokenPipe, true), (ErrorKind::StorageFull, false)] {
            let gone = Gone::default();
            let mut stream = Watched { inner: Closed(kind), gone: gone.clone() };
            let result = stream.write_all(b"x").map_err(anyhow::Error::from);
            assert_eq!(gone.forgive(result).is_ok(), forgiven);
        }
    }
}
