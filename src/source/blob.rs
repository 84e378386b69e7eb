//! Where stored bytes are: what comes in is a path, an open file or memory; what goes out are reads
//! at any offset, by any number of readers at once.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Stored bytes. A path is opened anew by each reader, so that many can be listed without keeping
/// files open; archives and temporary files are opened once.
#[derive(Clone, Debug)]
pub(super) enum Blob {
    /// A file on disk.
    Path(Arc<Path>),
    /// An open file, deleted with its last user if it is a temporary one.
    File(Arc<File>),
    /// Bytes in memory.
    Memory(Arc<[u8]>),
}

impl Blob {
    /// A file on disk.
    pub(super) fn path(path: PathBuf) -> Self {
        Self::Path(path.into())
    }

    /// Opens a path for good, so that its members share one descriptor.
    pub(super) fn open(&self) -> io::Result<Self> {
        match self {
            Self::Path(path) => Ok(Self::File(Arc::new(File::open(path)?))),
            open => Ok(open.clone()),
        }
    }

    /// How many bytes there are.
    pub(super) fn len(&self) -> io::Result<u64> {
        match self {
            Self::Path(path) => Ok(std::fs::metadata(path)?.len()),
            Self::File(file) => Ok(file.metadata()?.len()),
            Self::Memory(bytes) => Ok(bytes.len() as u64),
        }
    }

    /// Reads at an offset, fewer bytes than asked at the end.
    pub(super) fn read_at(&self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        match self {
            Self::Path(path) => file_read_at(&File::open(path)?, out, offset),
            Self::File(file) => file_read_at(file, out, offset),
            Self::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                let n = out.len().min(bytes.len() - start);
                out[..n].copy_from_slice(&bytes[start..start + n]);
                Ok(n)
            }
        }
    }
}

#[cfg(unix)]
fn file_read_at(file: &File, out: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, out, offset)
}

#[cfg(windows)]
fn file_read_at(file: &File, out: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, out, offset)
}

/// A part of a blob as a seekable reader, for the archive crates.
#[derive(Clone, Debug)]
pub(super) struct Window {
    blob: Blob,
    start: u64,
    len: u64,
    position: u64,
}

impl Window {
    /// The `len` bytes from `start`, as far as the blob has them.
    pub(super) fn new(blob: &Blob, start: u64, len: u64) -> io::Result<Self> {
        let blob = blob.open()?;
        let len = len.min(blob.len()?.saturating_sub(start));
        Ok(Self { blob, start, len, position: 0 })
    }

    /// The blob, open.
    pub(super) fn blob(&self) -> &Blob {
        &self.blob
    }

    /// Where the window begins in the blob.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// How long the window is.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Reads as much of `out` as the window has at an offset.
    pub(super) fn fill_at(&self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        let room = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX).min(out.len());
        let mut filled = 0;
        while filled < room {
            match self.blob.read_at(&mut out[filled..room], self.start + offset + filled as u64) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

impl Read for Window {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.len.saturating_sub(self.position)).unwrap_or(usize::MAX).min(out.len());
        let n = self.blob.read_at(&mut out[..room], self.start + self.position)?;
        self.position += n as u64;
        Ok(n)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = target.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "seek before the start"))?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_reads_only_its_own_bytes() {
        let blob = Blob::Memory(b"0123456789".as_slice().into());
        let mut window = Window::new(&blob, 3, 4).expect("memory");
        let mut text = String::new();
        window.read_to_string(&mut text).expect("memory");
        assert_eq!(text, "3456");
        assert_eq!(window.seek(SeekFrom::End(-1)).expect("inside"), 3);
        assert!(window.seek(SeekFrom::End(-9)).is_err());
    }

    #[test]
    fn a_window_past_the_end_is_empty() {
        let blob = Blob::Memory(b"0123".as_slice().into());
        assert_eq!(Window::new(&blob, 9, u64::MAX).expect("memory").len(), 0);
    }
}
