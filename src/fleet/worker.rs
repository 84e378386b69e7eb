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
use anyhow::Context;
use std::io::{BufReader, BufWriter, Write};

/// For tests of what happens when a reader breaks: uploads whose path holds a text, and what the worker does on them.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// It ends at once.
    pub crash: Option<String>,
    /// It never comes back.
    pub hang: Option<String>,
    /// How long it takes for each upload at least, that something can happen meanwhile.
    pub delay: std::time::Duration,
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
        let (skip, handed_over_as) = (request.skip, request.input.clone());
        let mut telling = Telling { out: &mut out, encoder, input: &handed_over_as, faults };
        let problems = hand.read(request.collect(&settings.source), skip, &mut telling)?;
        Told::Problems(problems).write(&mut out)?;
        Told::Done.write(&mut out)?;
        out.flush()?;
    }
    Ok(())
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
        Told::Rows(self.encoder.rows(&rows, self.input)?).write(self.out)?;
        Ok(self.out.flush()?)
    }
}

/// Ties this process to its supervisor and bounds its memory. Elsewhere than on Linux it ends when its standard input does,
/// and its memory is bounded by the limits of what it reads.
///
/// # Errors
/// That the system refuses.
pub fn confine(memory_bytes: u64) -> anyhow::Result<()> {
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
