//! One document of an upload: where its bytes are and how they become text. A [`Document`] is cheap
//! and opens nothing; [`Document::reader`] gives its text, and what was wrong with it.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::blob::{Blob, Window};
use super::decode::Layer;
use super::decode::inflate::{Checked, Deflate};
use super::decode::stage::{Base, Meter, Notes, Stage, pull};
use super::decode::text::{Encoding, Text};
use super::decode::zip_crypt::{Decrypt, Lock};
use super::limits::Limits;
use super::problem::Problem;
use super::secrets::Secrets;

/// How the bytes of an archive member are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// As they are.
    Stored,
    /// Raw deflate.
    Deflate,
    /// As a file of one of these would be.
    Layer(Layer),
}

/// Stored bytes of one file or member.
#[derive(Clone, Debug)]
pub(super) struct Raw {
    /// Where they are.
    pub(super) blob: Blob,
    /// First byte.
    pub(super) start: u64,
    /// How many, where an archive says so; else to the end.
    pub(super) len: Option<u64>,
    /// How they are packed.
    pub(super) method: Method,
    /// What opens them, where they are encrypted.
    pub(super) lock: Option<Lock>,
    /// Checksum of what they decode to, where known.
    pub(super) crc: Option<u32>,
    /// Whether its archive ends before it does.
    pub(super) cut: bool,
}

impl Raw {
    /// A whole blob as it is.
    pub(super) fn whole(blob: Blob) -> Self {
        Self { blob, start: 0, len: None, method: Method::Stored, lock: None, crc: None, cut: false }
    }
}

impl Raw {
    /// The bytes as they were before they were packed.
    pub(super) fn stage(&self, secrets: &Arc<Secrets>) -> io::Result<Box<dyn Stage>> {
        let Self { blob, start, len, method, lock, crc, cut } = self;
        let window = Window::new(blob, *start, len.unwrap_or(u64::MAX))?;
        let stored_bytes = len.unwrap_or_else(|| window.len());
        let mut stage: Box<dyn Stage> = Box::new(Base::new(window, *len, *cut));
        if let Some(lock) = lock {
            stage = Box::new(Decrypt::new(stage, lock, stored_bytes));
        }
        stage = match method {
            Method::Stored => stage,
            Method::Deflate => Box::new(Deflate::new(stage)),
            Method::Layer(layer) => layer.stage(stage, secrets),
        };
        Ok(match crc {
            Some(crc) => Box::new(Checked::new(stage, *crc)),
            None => stage,
        })
    }
}

/// One document: a log, a crash report, a metadata file.
#[derive(Clone, Debug)]
pub struct Document {
    /// Name relative to the upload's own root, `/` between parts; without the suffix of a
    /// compression that was undone.
    pub name: String,
    /// What evidence cites: relative to the path given, members as `a.zip!/b.log`; the outer name of
    /// a lone `a.log.gz`.
    pub file: String,
    /// When the file was last written, in µs since 1970, as far as its container knows.
    pub modified_us: Option<i64>,
    /// Size of the text in bytes, where it is known before reading.
    pub size_hint: Option<u64>,
    /// Size of the file or member in bytes as stored, for progress.
    pub stored_bytes: u64,
    /// The encoding of its text before it is decoded.
    pub encoding: Encoding,
    /// Whether it is a crash report by its first bytes (`.ips`, tombstone, thread traces).
    pub crash_report: bool,
    pub(super) raw: Raw,
    pub(super) layers: Vec<Layer>,
    pub(super) mark_bytes: usize,
    pub(super) meter: Meter,
    pub(super) secrets: Arc<Secrets>,
}

impl Document {
    /// Decoded text: compression and containers undone, transcoded to UTF-8, byte-order mark removed. Where
    /// text is lost inside a line, a line end is added ([`Reader::breaks`]).
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened. Whatever happens later ends the text early and is told
    /// by [`Reader::problems`].
    pub fn reader(&self, limits: &Limits) -> io::Result<Reader> {
        self.text(limits, true)
    }

    /// The decoded text to the byte: as [`Document::reader`] gives it, without the line ends that it adds
    /// where text is lost.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened.
    pub fn exact(&self, limits: &Limits) -> io::Result<Reader> {
        self.text(limits, false)
    }

    fn text(&self, limits: &Limits, mend: bool) -> io::Result<Reader> {
        let stage = Box::new(Text::new(self.unpacked()?, self.encoding, self.mark_bytes, mend));
        Ok(Reader::new(stage, Notes::new(&self.file, limits, self.meter.clone())))
    }

    /// The first `n` bytes of the decoded text, fewer if there are no more.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened.
    pub fn head(&self, n: usize, limits: &Limits) -> io::Result<Vec<u8>> {
        let mut reader = self.reader(limits)?;
        Ok(reader.take_up_to(n))
    }

    /// The file on disk, if its bytes are the text as they are.
    #[must_use]
    pub fn plain_path(&self) -> Option<&Path> {
        let as_is = self.layers.is_empty()
            && (self.encoding, self.mark_bytes) == (Encoding::Utf8, 0)
            && self.raw.method == Method::Stored
            && (self.raw.start, self.raw.len) == (0, None);
        match &self.raw.blob {
            Blob::Path(path) if as_is => Some(path),
            _ => None,
        }
    }

    /// The stored bytes with the archive's own compression and every layer undone.
    fn unpacked(&self) -> io::Result<Box<dyn Stage>> {
        let mut stage = self.raw.stage(&self.secrets)?;
        for layer in &self.layers {
            stage = layer.stage(stage, &self.secrets);
        }
        Ok(stage)
    }

    /// The bytes below the text, for what is no text.
    pub(super) fn undecoded(&self, limits: &Limits) -> io::Result<Reader> {
        Ok(Reader::new(self.unpacked()?, Notes::new(&self.file, limits, self.meter.clone())))
    }
}

/// The text of a document.
pub struct Reader {
    stage: Box<dyn Stage>,
    notes: Notes,
    given_bytes: u64,
    losses: Vec<u64>,
    ended: bool,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("given_bytes", &self.given_bytes).finish_non_exhaustive()
    }
}

impl Reader {
    fn new(stage: Box<dyn Stage>, notes: Notes) -> Self {
        Self { stage, notes, given_bytes: 0, losses: Vec::new(), ended: false }
    }

    /// What was found wrong since the last call; all of it once the end is reached.
    pub fn problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.notes.problems)
    }

    /// Whether text is proven to be missing so far: a cut or damaged stream, a gap in the numbering
    /// of xlog blocks, a limit.
    #[must_use]
    pub fn incomplete(&self) -> bool {
        self.notes.cut || !self.losses.is_empty()
    }

    /// Offsets in the decoded text at which text is missing, ascending; that at the end of a cut
    /// stream is known once the end is reached.
    #[must_use]
    pub fn losses(&self) -> &[u64] {
        &self.losses
    }

    /// Offsets in the text given so far of line ends that were added where text is lost, ascending.
    #[must_use]
    pub fn breaks(&self) -> &[u64] {
        &self.notes.breaks
    }

    /// Stage and notes, for spooling.
    pub(super) fn parts(&mut self) -> (&mut dyn Stage, &mut Notes) {
        (self.stage.as_mut(), &mut self.notes)
    }

    /// Reads up to `n` bytes.
    pub(super) fn take_up_to(&mut self, n: usize) -> Vec<u8> {
        let mut head = vec![0; n];
        let mut filled = 0;
        while filled < n {
            match self.next_bytes(&mut head[filled..]) {
                0 => break,
                more => filled += more,
            }
        }
        head.truncate(filled);
        head
    }

    fn next_bytes(&mut self, out: &mut [u8]) -> usize {
        if out.is_empty() || self.ended {
            return 0;
        }
        let n = pull(self.stage.as_mut(), out, &mut self.notes);
        self.ended = n == 0;
        let lost = std::mem::take(&mut self.notes.gap) || (self.ended && self.notes.cut);
        if lost && self.losses.last() != Some(&self.given_bytes) {
            self.losses.push(self.given_bytes);
        }
        self.given_bytes += n as u64;
        n
    }
}

impl Read for Reader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        Ok(self.next_bytes(out))
    }
}
