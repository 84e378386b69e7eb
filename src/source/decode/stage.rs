//! The shape all decoders share: bytes of the stage below come in, decoded bytes go out, and what
//! was found wrong goes to [`Notes`]. A stage never fails: damage ends or interrupts its output.
//!
//! [`Base`] reads stored bytes and is the one to copy; [`Input`] is the buffer that decoders look
//! ahead with. A stage that knows that text is missing calls [`Notes::gap`] before it gives the
//! bytes behind the gap, or [`Notes::cut`] when nothing follows.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::trial::Trial;
use crate::source::blob::Window;
use crate::source::limits::Limits;
use crate::source::problem::{Problem, ProblemKind};

/// How much a stage asks of the one below at a time.
const STEP_BYTES: usize = 64 << 10;

/// One step from stored bytes to text.
pub(in crate::source) trait Stage: Send {
    /// Gives up to `out.len()` bytes; 0 is the end.
    fn read(&mut self, out: &mut [u8], notes: &mut Notes) -> usize;

    /// Whether its output can be much more than its input, and so counts against the limits.
    fn expands(&self) -> bool {
        true
    }
}

/// What one file on disk has cost so far.
#[derive(Debug, Default)]
pub(in crate::source) struct Budget {
    /// Decoded bytes, counted once however often they are read.
    bytes: AtomicU64,
    /// Entries of its archives.
    entries: AtomicU64,
}

/// What the readers of one document have already paid into its file's budget.
#[derive(Clone, Debug, Default)]
pub(in crate::source) struct Meter {
    budget: Arc<Budget>,
    paid: Arc<AtomicU64>,
}

impl Meter {
    /// A meter of one more document of the same file.
    pub(in crate::source) fn sibling(&self) -> Self {
        Self { budget: Arc::clone(&self.budget), paid: Arc::default() }
    }

    /// Counts one more entry of an archive; how many the whole file has by now.
    pub(in crate::source) fn count_entry(&self) -> u64 {
        self.budget.entries.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// What the whole file has paid.
    fn paid_in_all(&self) -> u64 {
        self.budget.bytes.load(Ordering::Relaxed)
    }

    /// Pays for having decoded `total` bytes of the document; the sum for the whole file.
    fn pay(&self, total: u64) -> u64 {
        let paid = self.paid.fetch_max(total, Ordering::Relaxed);
        let due = total.saturating_sub(paid);
        self.budget.bytes.fetch_add(due, Ordering::Relaxed) + due
    }
}

/// What the stages of one reader found.
pub(in crate::source) struct Notes {
    file: String,
    limits: Limits,
    meter: Meter,
    expanded_bytes: u64,
    /// Stored bytes read so far.
    pub(in crate::source) raw_bytes: u64,
    /// Problems, in order.
    pub(in crate::source) problems: Vec<Problem>,
    /// Text is missing before the bytes that come next.
    pub(in crate::source) gap: bool,
    /// Text is missing at the end.
    pub(in crate::source) cut: bool,
    /// Offsets in the text of line ends that were added where text is lost.
    pub(in crate::source) breaks: Vec<u64>,
    over: bool,
}

impl Notes {
    /// Notes on a file.
    pub(in crate::source) fn new(file: &str, limits: &Limits, meter: Meter) -> Self {
        Self {
            file: file.to_owned(),
            limits: limits.clone(),
            meter,
            expanded_bytes: 0,
            raw_bytes: 0,
            problems: Vec::new(),
            gap: false,
            cut: false,
            breaks: Vec::new(),
            over: false,
        }
    }

    /// The file these notes are on.
    pub(in crate::source) fn file(&self) -> &str {
        &self.file
    }

    /// The limits in force.
    pub(in crate::source) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Damage at an offset of the stored bytes of the stage that found it.
    pub(in crate::source) fn damaged(&mut self, offset: u64, reason: impl Into<String>, action: &str) {
        let problem = Problem::new(&self.file, ProblemKind::Damaged, reason).at(offset);
        self.problems.push(problem.action(action));
    }

    /// Bytes from an offset on that are not read.
    pub(in crate::source) fn skipped(&mut self, offset: u64, bytes: u64, reason: &str) {
        let action = if bytes == 0 { "read on at what follows".to_owned() } else { format!("{bytes} bytes skipped") };
        let problem = Problem::new(&self.file, ProblemKind::Damaged, reason).at(offset).action(action);
        self.problems.push(Problem { skipped_bytes: Some(bytes), ..problem });
    }

    /// The output ends early.
    pub(in crate::source) fn cut(&mut self, offset: u64, reason: impl Into<String>) {
        self.cut = true;
        self.problems.push(Problem::new(&self.file, ProblemKind::Damaged, reason).at(offset));
    }

    /// Text is missing before the next byte.
    pub(in crate::source) fn gap(&mut self) {
        self.gap = true;
    }

    /// A limit or a refusal by the operating system: the output ends here.
    pub(in crate::source) fn stop(&mut self, kind: ProblemKind, reason: impl Into<String>) {
        self.cut = true;
        let action = "read up to this place";
        self.problems.push(Problem::new(&self.file, kind, reason).at(self.raw_bytes).action(action));
    }

    /// What may be spent on trials: as much as may still be decoded.
    pub(in crate::source) fn trial(&self) -> Trial {
        let Limits { max_expanded_bytes, max_ratio, ratio_free_bytes, .. } = self.limits;
        let by_ratio = ratio_free_bytes.max(self.raw_bytes.saturating_mul(max_ratio)).saturating_sub(self.expanded_bytes);
        Trial::new(if self.over { 0 } else { by_ratio.min(max_expanded_bytes.saturating_sub(self.meter.paid_in_all())) })
    }

    /// Counts what a trial spent.
    pub(in crate::source) fn settle(&mut self, trial: &Trial) {
        self.charge(usize::try_from(trial.spent()).unwrap_or(usize::MAX));
    }

    /// Counts decoded bytes and tells it once they are too many; false from then on.
    pub(in crate::source) fn charge(&mut self, n: usize) -> bool {
        if self.over {
            return false;
        }
        self.expanded_bytes = self.expanded_bytes.saturating_add(n as u64);
        let Limits { max_expanded_bytes, max_ratio, ratio_free_bytes, .. } = self.limits;
        let sum = self.meter.pay(self.expanded_bytes);
        let ratio_met = self.expanded_bytes > ratio_free_bytes && self.expanded_bytes / max_ratio.max(1) > self.raw_bytes;
        if sum > max_expanded_bytes {
            self.over = true;
            self.stop(ProblemKind::Limit, format!("the file expands to more than {max_expanded_bytes} bytes"));
        } else if ratio_met {
            self.over = true;
            self.stop(ProblemKind::Limit, format!("expands to more than {max_ratio} times its stored size"));
        }
        !self.over
    }
}

/// Reads from a stage and counts what it expanded. Once a limit is met every stage seems at its end.
pub(in crate::source) fn pull(stage: &mut dyn Stage, out: &mut [u8], notes: &mut Notes) -> usize {
    if notes.over {
        return 0;
    }
    let n = stage.read(out, notes);
    if n > 0 && stage.expands() {
        notes.charge(n);
    }
    n
}

/// Stored bytes: a window of a blob.
pub(in crate::source) struct Base {
    window: Window,
    /// Bytes the window should have, where that is known.
    expected: Option<u64>,
    /// Whether it is known only that its end is missing.
    cut: bool,
}

impl Base {
    /// Reads a window; a member of an archive knows how long it should be, or that it is cut.
    pub(in crate::source) fn new(window: Window, expected: Option<u64>, cut: bool) -> Self {
        Self { window, expected, cut }
    }
}

impl Stage for Base {
    fn read(&mut self, out: &mut [u8], notes: &mut Notes) -> usize {
        let n = read_some(&mut self.window, out, notes);
        if n == Some(0) && !out.is_empty() {
            let have = self.window.len();
            if let Some(expected) = self.expected.take().filter(|expected| *expected > have) {
                notes.cut(have, format!("{expected} bytes were announced, {have} are there"));
            }
            if std::mem::take(&mut self.cut) {
                notes.cut(have, "its archive ends before it does");
            }
        }
        n.unwrap_or(0)
    }

    fn expands(&self) -> bool {
        false
    }
}

/// Reads once, and counts it; none where the operating system refuses, which is told.
fn read_some(from: &mut impl Read, out: &mut [u8], notes: &mut Notes) -> Option<usize> {
    loop {
        match from.read(out) {
            Ok(n) => {
                notes.raw_bytes += n as u64;
                return Some(n);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                notes.stop(ProblemKind::Unreadable, format!("cannot be read on: {error}"));
                return None;
            }
        }
    }
}

/// Bytes of a stream that cannot be read twice, such as standard input.
pub(in crate::source) struct Stream<R>(pub(in crate::source) R);

impl<R: Read + Send> Stage for Stream<R> {
    fn read(&mut self, out: &mut [u8], notes: &mut Notes) -> usize {
        read_some(&mut self.0, out, notes).unwrap_or(0)
    }

    fn expands(&self) -> bool {
        false
    }
}

/// A stage's output with look-ahead, and some of what was taken already.
pub(in crate::source) struct Input {
    stage: Box<dyn Stage>,
    buffer: Vec<u8>,
    start: usize,
    position: u64,
    lookback: usize,
    ended: bool,
}

impl Input {
    /// Nothing is read yet.
    pub(in crate::source) fn new(stage: Box<dyn Stage>) -> Self {
        Self::with_lookback(stage, 0)
    }

    /// Nothing is read yet; so many taken bytes are kept for [`Input::rewind_to`].
    pub(in crate::source) fn with_lookback(stage: Box<dyn Stage>, lookback: usize) -> Self {
        Self { stage, buffer: Vec::new(), start: 0, position: 0, lookback, ended: false }
    }

    /// Makes at least `need` bytes available, fewer only at the end, and gives all there are.
    pub(in crate::source) fn fill(&mut self, need: usize, notes: &mut Notes) -> &[u8] {
        while self.buffer.len() - self.start < need && !self.ended {
            // Twice as much is let stand, so that each byte is moved once and not at every step.
            if self.start > 2 * self.lookback {
                self.buffer.drain(..self.start - self.lookback);
                self.start = self.lookback;
            }
            let end = self.buffer.len();
            self.buffer.resize(end + STEP_BYTES.max(need - (end - self.start)), 0);
            let n = pull(self.stage.as_mut(), &mut self.buffer[end..], notes);
            self.buffer.truncate(end + n);
            self.ended = n == 0;
        }
        &self.buffer[self.start..]
    }

    /// What is available without reading more.
    pub(in crate::source) fn available(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Takes bytes away that [`Input::fill`] gave.
    pub(in crate::source) fn consume(&mut self, n: usize) {
        debug_assert!(n <= self.buffer.len() - self.start);
        self.start += n;
        self.position += n as u64;
    }

    /// Gives taken bytes back from an offset on, as far as they are kept.
    pub(in crate::source) fn rewind_to(&mut self, offset: u64) {
        let back = self.position.saturating_sub(offset).min(self.start as u64);
        self.start -= usize::try_from(back).unwrap_or(0);
        self.position -= back;
    }

    /// Takes bytes away up to an offset, or to the end.
    pub(in crate::source) fn skip_to(&mut self, offset: u64, notes: &mut Notes) {
        while self.position < offset {
            let have = self.fill(1, notes).len();
            if have == 0 {
                break;
            }
            self.consume(have.min(usize::try_from(offset - self.position).unwrap_or(have)));
        }
    }

    /// Takes all bytes away that are left, and says how many.
    pub(in crate::source) fn skip_rest(&mut self, notes: &mut Notes) -> u64 {
        let from = self.position;
        self.skip_to(u64::MAX, notes);
        self.position - from
    }

    /// How many bytes were taken.
    pub(in crate::source) fn position(&self) -> u64 {
        self.position
    }
}

#[cfg(test)]
pub(in crate::source) mod tests {
    use super::*;
    use crate::source::blob::Blob;

    /// Stored bytes in memory as a stage.
    pub(in crate::source) fn base(bytes: &[u8]) -> Box<dyn Stage> {
        let blob = Blob::Memory(bytes.into());
        Box::new(Base::new(Window::new(&blob, 0, u64::MAX).expect("memory"), None, false))
    }

    /// Everything a stage gives, and its notes.
    pub(in crate::source) fn drain(stage: &mut dyn Stage) -> (Vec<u8>, Notes) {
        let mut notes = Notes::new("a.log", &Limits::default(), Meter::default());
        let mut all = Vec::new();
        let mut out = [0; 777];
        loop {
            match pull(stage, &mut out, &mut notes) {
                0 => return (all, notes),
                n => all.extend_from_slice(&out[..n]),
            }
        }
    }

    #[test]
    fn reading_a_document_twice_pays_once() {
        let first = Meter::default();
        let second = first.sibling();
        assert_eq!(first.pay(10), 10);
        assert_eq!(first.pay(10), 10);
        assert_eq!(second.pay(5), 15);
        assert_eq!(first.pay(12), 17);
    }

    #[test]
    fn a_member_shorter_than_announced_is_cut() {
        let blob = Blob::Memory(b"abc".as_slice().into());
        let mut base = Base::new(Window::new(&blob, 0, 9).expect("memory"), Some(9), false);
        let (bytes, notes) = drain(&mut base);
        assert_eq!(bytes, b"abc");
        assert!(notes.cut && notes.problems[0].reason.contains("9 bytes were announced, 3 are there"));
    }
}
