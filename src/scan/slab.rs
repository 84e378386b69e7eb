//! Slabs: whole lines that start at a record's head, cut from a stream.

use super::RECORD_MAX_BYTES;
use super::head::{continues, head};
use std::cell::RefCell;
use std::io::{self, Read};

/// Bytes that are read at first, where nothing says how many there are.
const FIRST_BYTES: usize = 64 << 10;

thread_local! {
    /// The buffer that a worker keeps for its next document.
    static KEPT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The buffer that this worker kept.
pub fn buffer() -> Vec<u8> {
    KEPT.with_borrow_mut(std::mem::take)
}

/// Keeps a buffer for the next document.
pub fn keep(buffer: Vec<u8>) {
    KEPT.with_borrow_mut(|kept| *kept = buffer);
}

/// Whole lines of a document.
pub struct Slab {
    /// Filled so far; what is behind is what a slab before left there, so that it need not be cleared.
    buffer: Vec<u8>,
    len: usize,
    /// Where they start in the decoded text.
    pub offset: u64,
    /// Whether they start inside a line that the slab before has begun: a line longer than a slab.
    pub mid_line: bool,
}

impl Slab {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.len]
    }

    /// What held them, for the next one.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }
}

/// Cuts a stream into slabs.
pub struct Feed<'r> {
    reader: &'r mut (dyn Read + Send),
    slab_bytes: usize,
    carry: Vec<u8>,
    offset: u64,
    mid_line: bool,
    done: bool,
}

impl<'r> Feed<'r> {
    /// A feed over a reader of slabs of about this size.
    pub fn new(reader: &'r mut (dyn Read + Send), slab_bytes: usize) -> Self {
        Feed { reader, slab_bytes, carry: Vec::new(), offset: 0, mid_line: false, done: false }
    }

    /// Whether all is read.
    pub const fn is_done(&self) -> bool {
        self.done
    }

    /// The next slab, in a buffer that it takes, or `None` at the end.
    pub fn next(&mut self, own: &mut Vec<u8>) -> io::Result<Option<Slab>> {
        if self.done && self.carry.is_empty() {
            return Ok(None);
        }
        let mut buffer = std::mem::take(own);
        let carried = self.carry.len();
        if buffer.len() < carried {
            buffer.resize(carried, 0);
        }
        buffer[..carried].copy_from_slice(&self.carry);
        self.carry.clear();
        let mut len = self.fill(&mut buffer, carried, self.slab_bytes + carried.min(RECORD_MAX_BYTES))?;
        if !self.done {
            let cut = cut(&buffer[..len]);
            if cut > 0 {
                self.carry.extend_from_slice(&buffer[cut..len]);
                len = cut;
            }
        }
        if len == 0 {
            return Ok(None);
        }
        let slab = Slab { offset: self.offset, mid_line: self.mid_line, buffer, len };
        self.offset += len as u64;
        self.mid_line = !slab.bytes().ends_with(b"\n");
        Ok(Some(slab))
    }

    /// Reads behind what is there, up to `target`; how much is there then.
    fn fill(&mut self, buffer: &mut Vec<u8>, mut at: usize, target: usize) -> io::Result<usize> {
        while at < target {
            if at == buffer.len() {
                buffer.resize((at * 4).clamp(FIRST_BYTES, target.max(FIRST_BYTES)), 0);
            }
            let end = buffer.len().min(target);
            match self.reader.read(&mut buffer[at..end]) {
                Ok(0) => {
                    self.done = true;
                    break;
                }
                Ok(n) => at += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.done = true;
                    // What was read is worth more than the error: the caller reports it after.
                    return if at > 0 { Ok(at) } else { Err(e) };
                }
            }
        }
        Ok(at)
    }
}

/// Where to cut: the start of the last record, else the start of the last line, else nowhere.
fn cut(bytes: &[u8]) -> usize {
    let floor = bytes.len().saturating_sub(RECORD_MAX_BYTES);
    let mut end = bytes.len();
    let mut last_line = 0;
    while let Some(newline) = memchr::memrchr(b'\n', &bytes[floor..end]) {
        let start = floor + newline + 1;
        if last_line == 0 {
            last_line = start;
        }
        let line = &bytes[start..];
        let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
        let fresh = head(line, None).is_some_and(|(_, q)| !continues(line, q));
        if fresh && start > 0 {
            return start;
        }
        end = floor + newline;
    }
    last_line
}
