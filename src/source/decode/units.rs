//! Containers that are units one after another: a stage and the rules of one container come in;
//! what goes out is the text of every unit that can be read, whatever happened to those around it.
//!
//! Every byte of the input is either part of a unit or told as skipped. Damage reaches to the end
//! of the unit it lies in: what precedes it there is kept, and the next unit is looked for. Where a
//! decoder sees damage late (deflate reads on through garbage), the next unit may already be behind
//! it, so the last [`LOOKBACK_BYTES`] are kept and searched too.

use super::stage::{Input, Notes, Stage};
use super::trial::Trial;

/// How far behind the place where damage was seen the next unit may begin.
pub(in crate::source) const LOOKBACK_BYTES: usize = 256 << 10;
/// How much is searched at a time.
const SCAN_BYTES: usize = 64 << 10;

/// What stands where a unit may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Begin {
    /// A unit: so many bytes of it are taken here, [`Units::step`] gets the rest.
    Unit(usize),
    /// No unit and no damage, but padding, a header or an index: so many bytes are passed over.
    Pass(u64),
    /// Too few bytes to tell: so many are needed.
    Need(usize),
    /// No unit begins here, and why.
    Stranger(&'static str),
}

/// How one step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Step {
    /// There may be more.
    More,
    /// The unit's own end was reached.
    End,
    /// The unit's end was reached, but its checksum is another one: some of it is not as it was.
    Doubt(&'static str),
    /// The bytes are no such data.
    Damaged(&'static str),
    /// The bytes end before the unit does.
    Cut(&'static str),
}

/// What a container tells while a unit begins.
pub(in crate::source) struct Place<'a> {
    /// Where problems go.
    pub(in crate::source) notes: &'a mut Notes,
    /// Offset of the bytes that are looked at.
    pub(in crate::source) offset: u64,
    /// Set where text is missing before this unit.
    pub(in crate::source) lost: &'a mut bool,
}

/// The rules of one container.
pub(in crate::source) trait Units: Send {
    /// So many bytes behind the place of a unit are enough to know that it stands there.
    const LOOK_BYTES: usize;
    /// Text that a step may have decoded and not given where it ends in damage.
    const IN_VAIN_BYTES: usize;

    /// Looks at the place where a unit may begin; `ended` if nothing follows `bytes`, which are
    /// never empty.
    fn begin(&mut self, bytes: &[u8], ended: bool, place: &mut Place<'_>) -> Begin;

    /// Decodes some of `input` into `out`: bytes taken, bytes given, and how it ended. Bytes given
    /// count also where the step ends in damage.
    fn step(&mut self, input: &[u8], ended: bool, out: &mut [u8]) -> (usize, usize, Step);

    /// The first place in `bytes` where a unit stands, and makes ready to begin there. With `proof` a
    /// likely place is not enough: only one that nothing else can look like.
    fn find(&mut self, bytes: &[u8], ended: bool, proof: bool, trial: &mut Trial) -> Option<usize>;

    /// Bytes of the unit that were taken at its beginning and are not decoded.
    fn rest(&self) -> usize {
        0
    }

    /// Whether the bytes of a unit are all taken at its beginning, so that it cannot be left late.
    fn whole(&self) -> bool {
        false
    }

    /// Told once at the end.
    fn finish(&mut self, _notes: &mut Notes) {}
}

enum State {
    Between,
    Inside,
    Ended,
}

/// The stage of one container.
pub(in crate::source) struct Salvage<U> {
    units: U,
    input: Input,
    state: State,
    need: usize,
    /// Bytes to pass over.
    pass: u64,
    /// Where the last unit began.
    unit_start: u64,
    /// The last unit has a wrong checksum.
    doubt: bool,
    /// Text is missing before the next byte.
    lost: bool,
}

impl<U: Units> Salvage<U> {
    /// Decodes what the stage below gives.
    pub(in crate::source) fn new(below: Box<dyn Stage>, units: U) -> Self {
        let input = Input::with_lookback(below, LOOKBACK_BYTES);
        Self { units, input, state: State::Between, need: 1, pass: 0, unit_start: 0, doubt: false, lost: false }
    }

    fn between(&mut self, notes: &mut Notes) {
        let bytes = self.input.fill(self.need, notes);
        let (have, ended) = (bytes.len(), bytes.len() < self.need);
        if self.pass > 0 && have > 0 {
            let n = have.min(usize::try_from(self.pass).unwrap_or(have));
            self.pass -= n as u64;
            return self.input.consume(n);
        }
        if bytes.is_empty() {
            return self.end(notes);
        }
        let offset = self.input.position();
        let begin = self.units.begin(self.input.available(), ended, &mut Place { notes, offset, lost: &mut self.lost });
        match begin {
            Begin::Need(n) if n > have && !ended => self.need = n,
            Begin::Pass(n) if n > 0 => {
                self.need = 1;
                self.pass = n;
            }
            Begin::Unit(n) if n <= have => {
                (self.need, self.doubt, self.unit_start) = (1, false, offset);
                self.input.consume(n);
                self.state = State::Inside;
            }
            Begin::Stranger(reason) => {
                self.need = 1;
                let from = if self.doubt { self.unit_start + 1 } else { offset + 1 };
                self.resync(reason, from, false, notes);
            }
            // A unit that says it needs more than there is, or takes nothing.
            Begin::Need(_) | Begin::Pass(_) | Begin::Unit(_) => {
                self.need = 1;
                self.resync("no unit begins here", offset + 1, false, notes);
            }
        }
    }

    /// Goes on at the next unit from `from` on, and tells what is passed over.
    fn resync(&mut self, reason: &str, from: u64, proof: bool, notes: &mut Notes) {
        self.state = State::Between;
        notes.charge(U::IN_VAIN_BYTES);
        let seen = self.input.position();
        let damage = seen - (self.units.rest() as u64).min(seen);
        self.input.rewind_to(from);
        // Forward where the place itself was refused, or the same refusal would come again.
        self.input.skip_to(from, notes);
        let found = self.search(proof, seen, notes);
        if found {
            let skipped = self.input.position().saturating_sub(damage);
            notes.skipped(damage, skipped, reason);
        } else {
            self.input.skip_to(seen, notes);
            self.input.skip_rest(notes);
            notes.skipped(damage, self.input.position() - damage, reason);
            notes.cut = true;
        }
        self.doubt = false;
        self.lost = true;
    }

    /// Moves to the next place where a unit stands. Before `seen`, where damaged data was decoded, only
    /// proof counts; behind it a likely place is enough.
    fn search(&mut self, proof: bool, seen: u64, notes: &mut Notes) -> bool {
        let want = U::LOOK_BYTES + SCAN_BYTES;
        loop {
            let behind = self.input.position() >= seen;
            let ended = self.input.fill(want, notes).len() < want;
            let mut trial = notes.trial();
            let found = self.units.find(self.input.available(), ended, proof || !behind, &mut trial);
            notes.settle(&trial);
            if let Some(at) = found {
                self.input.consume(at);
                return true;
            }
            if ended && behind {
                return false;
            }
            let have = self.input.available().len();
            let next = self.input.position() + if ended { have } else { have - U::LOOK_BYTES } as u64;
            self.input.skip_to(if behind { next } else { next.min(seen) }, notes);
        }
    }

    fn end(&mut self, notes: &mut Notes) {
        self.state = State::Ended;
        self.units.finish(notes);
        notes.cut |= self.lost;
    }
}

impl<U: Units> Stage for Salvage<U> {
    fn read(&mut self, out: &mut [u8], notes: &mut Notes) -> usize {
        loop {
            match self.state {
                State::Ended => return 0,
                State::Between => {
                    self.between(notes);
                    continue;
                }
                State::Inside => {}
            }
            // A unit that was taken whole has its bytes; reading ahead for it would only cost memory.
            if !self.units.whole() {
                self.input.fill(1, notes);
            }
            let chunk = self.input.available();
            let (taken, given, step) = self.units.step(chunk, chunk.is_empty(), out);
            self.input.consume(taken);
            if given > 0 && std::mem::take(&mut self.lost) {
                notes.gap();
            }
            let back = if self.units.whole() { self.input.position() } else { self.unit_start + 1 };
            match step {
                Step::More => {}
                Step::End => self.state = State::Between,
                Step::Doubt(reason) => {
                    self.state = State::Between;
                    notes.damaged(self.input.position(), reason, "read as it is");
                    (self.doubt, self.lost) = (true, true);
                }
                Step::Damaged(reason) => self.resync(reason, back, false, notes),
                Step::Cut(reason) => self.resync(reason, back, true, notes),
            }
            if given > 0 {
                return given;
            }
        }
    }
}
