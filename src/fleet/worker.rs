//! A worker: requests come in on standard input, rows go out on standard output, until standard input ends. It dies with its
//! supervisor and may use no more memory than it was given, so that what an upload can break is this process alone.

use super::encode::Encoder;
use super::request::Request;
use super::wire::Told;
use crate::event::EventRow;
use crate::pipeline::{Hand, Taker};
use crate::profile::Profiles;
use crate::redact::Key;
use crate::settings::Settings;
use crate::source::Problem;
use anyhow::{Context, bail};
use std::io::{BufReader, BufWriter, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Rows that are held back at most before they are told, but for those of the upload that makes them more.
const ROWS_HELD: usize = 4_096;
/// Rows of one request that are held back; one that gives more, such as an archive of many uploads, is told as it is read.
const ROWS_TOGETHER: usize = 65_536;
/// For how long rows are held back, but for the upload that is being read then.
const HELD_FOR: Duration = Duration::from_secs(1);

/// For tests of what happens when a reader breaks: uploads whose path holds a text, and what the worker does on them.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// It ends at once.
    pub crash: Option<String>,
    /// It never comes back.
    pub hang: Option<String>,
    /// How long it takes for each upload at least, that something can happen meanwhile.
    pub delay: Duration,
}

impl Faults {
    fn strike(&self, upload: &str) {
        let is_on = |fault: &Option<String>| fault.as_ref().is_some_and(|text| upload.contains(text.as_str()));
        std::thread::sleep(self.delay);
        if is_on(&self.crash) {
            std::process::abort();
        }
        while is_on(&self.hang) {
            std::thread::park();
        }
    }
}

/// Works until there is nothing more to do.
///
/// # Errors
/// That the supervisor is gone.
pub fn work(settings: &Settings, profiles: &Profiles, key: &Key, encoder: &Encoder, faults: &Faults) -> anyhow::Result<()> {
    let hand = Hand::new(settings, profiles, key);
    let mut input = BufReader::new(std::io::stdin());
    let mut out = BufWriter::new(std::io::stdout());
    Told::Ready.write(&mut out)?;
    out.flush()?;
    while let Some(request) = Request::read(&mut input)? {
        if request.more {
            // All are taken before the first is read, so that nobody waits for the other to listen.
            let mut group = vec![request];
            while group.last().is_some_and(|last| last.more) {
                group.push(Request::read(&mut input)?.context("a group of requests ends in the middle")?);
            }
            let mut held = Held::new(encoder, faults);
            for request in group {
                held.begin_request(&request);
                let read = hand.read(request.collect(&settings.source), 0, &mut held);
                // It is asked for once more by itself, and those behind it.
                if held.is_full {
                    held.forget_request();
                    break;
                }
                held.add(read?, &mut out)?;
            }
            held.tell(&mut out)?;
        } else {
            let (skip, handed_over_as) = (request.skip, request.input.clone());
            let mut telling = Telling { out: &mut out, encoder, input: &handed_over_as, faults };
            let problems = hand.read(request.collect(&settings.source), skip, &mut telling)?;
            Told::Problems(problems).write(&mut out)?;
        }
        Told::Done.write(&mut out)?;
        out.flush()?;
    }
    Ok(())
}

/// What is held back of requests that are asked for together, so that many small uploads are one batch of rows.
struct Held<'a> {
    encoder: &'a Encoder,
    faults: &'a Faults,
    /// What the upload that is being read was handed over as.
    input: Arc<str>,
    rows: Vec<EventRow>,
    /// The same of each row's.
    inputs: Vec<Arc<str>>,
    problems: Vec<Problem>,
    /// Rows of requests that are read in whole.
    whole: usize,
    /// The request that is being read gives too many rows to be held.
    is_full: bool,
    /// Requests of the group that are read.
    done: u64,
    /// When something was told last.
    told: Instant,
}

impl<'a> Held<'a> {
    fn new(encoder: &'a Encoder, faults: &'a Faults) -> Self {
        let (rows, inputs, problems) = (Vec::new(), Vec::new(), Vec::new());
        let (input, told) = (Arc::default(), Instant::now());
        Self { encoder, faults, input, rows, inputs, problems, whole: 0, is_full: false, done: 0, told }
    }

    fn begin_request(&mut self, request: &Request) {
        self.input = request.input.as_str().into();
        self.whole = self.rows.len();
    }

    fn forget_request(&mut self) {
        self.rows.truncate(self.whole);
        self.inputs.truncate(self.whole);
    }

    /// Closes a request; tells what is held back if it is much, or was for long.
    fn add(&mut self, problems: Vec<Problem>, out: &mut impl Write) -> anyhow::Result<()> {
        self.problems.extend(problems);
        self.done += 1;
        if self.rows.len() >= ROWS_HELD || self.told.elapsed() >= HELD_FOR { self.tell(out) } else { Ok(()) }
    }

    fn tell(&mut self, out: &mut impl Write) -> anyhow::Result<()> {
        let inputs: Vec<&str> = self.inputs.iter().map(|input| &**input).collect();
        Told::Rows(self.encoder.rows(&self.rows, &inputs)?).write(out)?;
        self.rows.clear();
        self.inputs.clear();
        Told::Problems(std::mem::take(&mut self.problems)).write(out)?;
        Told::Upto(self.done).write(out)?;
        self.told = Instant::now();
        Ok(out.flush()?)
    }
}

impl Taker for Held<'_> {
    fn begin(&mut self, upload: &str) -> anyhow::Result<()> {
        self.faults.strike(upload);
        Ok(())
    }

    fn take(&mut self, mut rows: Vec<EventRow>) -> anyhow::Result<()> {
        if self.rows.len() - self.whole + rows.len() > ROWS_TOGETHER {
            self.is_full = true;
            bail!("more than {ROWS_TOGETHER} rows cannot be held back");
        }
        self.inputs.resize(self.inputs.len() + rows.len(), Arc::clone(&self.input));
        self.rows.append(&mut rows);
        Ok(())
    }
}

struct Telling<'a, W: Write> {
    out: &'a mut W,
    encoder: &'a Encoder,
    input: &'a str,
    faults: &'a Faults,
}

impl<W: Write> Taker for Telling<'_, W> {
    fn begin(&mut self, upload: &str) -> anyhow::Result<()> {
        Told::Begin(upload.to_owned()).write(self.out)?;
        self.out.flush()?;
        self.faults.strike(upload);
        Ok(())
    }

    fn take(&mut self, rows: Vec<EventRow>) -> anyhow::Result<()> {
        Told::Rows(self.encoder.rows(&rows, &vec![self.input; rows.len()])?).write(self.out)?;
        Ok(self.out.flush()?)
    }
}

/// Ties this process to its supervisor and bounds its memory. Elsewhere than on Linux it ends when its standard input does,
/// and its memory is bounded by the limits of what it reads.
///
/// # Errors
/// That the system refuses.
pub fn tie(memory_bytes: u64) -> anyhow::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
        set_parent_process_death_signal(Some(Signal::KILL)).context("the worker cannot be tied to its supervisor")?;
        let limit = Rlimit { current: Some(memory_bytes), maximum: Some(memory_bytes) };
        setrlimit(Resource::Data, limit).with_context(|| format!("the memory of a worker cannot be limited to {memory_bytes} bytes"))?;
    }
    let _ = memory_bytes;
    Ok(())
}
