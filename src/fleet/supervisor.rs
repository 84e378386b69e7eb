//! Requests -> what workers tell, in the order of the requests, each upload with its receipt. Requests come in groups, what
//! was there at once, so that small uploads do not cost more to hand over than to read. A worker that dies, or tells
//! nothing for too long, is replaced; the upload that it had gets a receipt that says so, and the rest of its container is
//! given to the next worker.

use super::request::Request;
use super::wire::Told;
use crate::source::Problem;
use crate::taxonomy::Status;
use anyhow::{Context, bail};
use std::io::{BufReader, BufWriter};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

/// What workers told of one request that waits to be taken.
const TOLD_AHEAD: usize = 4;
/// Workers that a request may cost; the rest of a container that costs more is left out.
const WORKERS_PER_REQUEST: u64 = 16;
/// How long a worker may take to begin.
const START: Duration = Duration::from_mins(1);

/// What comes out of a request.
#[derive(Debug)]
pub enum Outcome {
    /// Rows, encoded.
    Rows(Vec<u8>),
    /// What was wrong.
    Problems(Vec<Problem>),
    /// That nothing more comes of it.
    End,
}

/// An upload that cost a worker.
#[derive(Clone, Copy, Debug)]
pub struct Lost<'a> {
    /// What it was handed over as.
    pub input: &'a str,
    /// Where it was found.
    pub path: &'a str,
    /// How it ended.
    pub status: Status,
    /// Why.
    pub detail: &'a str,
}

/// Keeps workers at work.
pub struct Supervisor<'a> {
    /// Starts a worker: this program with the arguments of one.
    pub command: &'a (dyn Fn() -> anyhow::Result<Command> + Sync),
    /// Workers at a time.
    pub workers: usize,
    /// How long a worker may take for an upload.
    pub timeout: Duration,
    /// Receipts of uploads that cost a worker.
    pub receipt: &'a (dyn Fn(Lost<'_>) -> anyhow::Result<Vec<u8>> + Sync),
}

/// Requests that are asked for together.
type Job = (Vec<Request>, SyncSender<anyhow::Result<Outcome>>);

impl Supervisor<'_> {
    /// Has all requests read; those that come together may be told together, with one end.
    ///
    /// # Errors
    /// A request that cannot be read, what the sink says, or that no worker can be started.
    pub fn run(
        &self,
        requests: impl Iterator<Item = anyhow::Result<Vec<Request>>> + Send,
        sink: &mut dyn FnMut(Outcome) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let workers = self.workers.max(1);
        let (order, ordered) = sync_channel::<anyhow::Result<Receiver<anyhow::Result<Outcome>>>>(workers * 2);
        let (give, jobs) = sync_channel::<Job>(workers);
        let jobs = Mutex::new(jobs);
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| self.attend(&jobs));
            }
            scope.spawn(move || {
                for request in requests {
                    let (tell, told) = sync_channel(TOLD_AHEAD);
                    let request = match request {
                        Ok(request) => request,
                        Err(error) => {
                            let _ = order.send(Err(error));
                            return;
                        }
                    };
                    if order.send(Ok(told)).is_err() || give.send((request, tell)).is_err() {
                        return;
                    }
                }
            });
            let mut all = ordered.into_iter();
            all.try_for_each(|told| told?.into_iter().try_for_each(|outcome| sink(outcome?)))
        })
    }

    /// Works on jobs with one worker after the other.
    fn attend(&self, jobs: &Mutex<Receiver<Job>>) {
        let mut worker = None;
        loop {
            let next = jobs.lock().unwrap_or_else(std::sync::PoisonError::into_inner).recv();
            let Ok((requests, tell)) = next else { break };
            let done = self.see_all_through(requests, &tell, &mut worker);
            // Where nobody listens there is nobody to tell.
            let _ = tell.send(done.map(|()| Outcome::End));
        }
    }

    /// Has requests read together. Those that were not told, because that costs the worker or is too much to be held
    /// together, are asked for one by one, which shows the one that is to blame.
    fn see_all_through(
        &self,
        mut requests: Vec<Request>,
        tell: &SyncSender<anyhow::Result<Outcome>>,
        worker: &mut Option<Worker>,
    ) -> anyhow::Result<()> {
        if requests.len() > 1 {
            let last = requests.len() - 1;
            requests[..last].iter_mut().for_each(|request| request.more = true);
            let mut own = self.worker(worker)?;
            let send = |outcome| tell.send(Ok(outcome)).context("nobody listens");
            let (told, is_well) = own.read_together(&requests, self.timeout, &send)?;
            requests.drain(..told.min(last + 1));
            *worker = is_well.then_some(own);
        }
        requests.into_iter().try_for_each(|request| self.see_through(Request { more: false, ..request }, tell, worker))
    }

    /// The worker that is there, or a new one.
    fn worker(&self, worker: &mut Option<Worker>) -> anyhow::Result<Worker> {
        match worker.take() {
            Some(own) => Ok(own),
            None => Worker::start((self.command)()?),
        }
    }

    /// Has a request read, by as many workers as it costs.
    fn see_through(
        &self,
        mut request: Request,
        tell: &SyncSender<anyhow::Result<Outcome>>,
        worker: &mut Option<Worker>,
    ) -> anyhow::Result<()> {
        let input = request.input.clone();
        let input = input.as_str();
        let send = |outcome| tell.send(Ok(outcome)).context("nobody listens");
        let receipt = |path: &str, status, detail: &str| send(Outcome::Rows((self.receipt)(Lost { input, path, status, detail })?));
        for _ in 0..WORKERS_PER_REQUEST {
            let mut own = self.worker(worker)?;
            let Some(broken) = own.read(&request, self.timeout, &send)? else {
                *worker = Some(own);
                return Ok(());
            };
            let (status, detail) = own.bury(broken.timed_out, self.timeout);
            // Where it broke before or behind all uploads, it would do so again.
            let Some(upload) = broken.upload else { return receipt(request.path(), status, &detail) };
            receipt(&upload, status, &detail)?;
            request.skip += broken.uploads + 1;
        }
        let detail = format!("it cost {WORKERS_PER_REQUEST} workers; what follows in it is left out");
        receipt(request.path(), Status::Quarantined, &detail)
    }
}

/// How far a worker came that broke.
struct Broken {
    /// Uploads of the request that it told.
    uploads: u64,
    /// The upload that it was reading.
    upload: Option<String>,
    /// Whether it was waited for in vain.
    timed_out: bool,
}

/// A worker at work.
struct Worker {
    child: Child,
    stdin: BufWriter<ChildStdin>,
    told: Receiver<anyhow::Result<Told>>,
}

impl Worker {
    fn start(mut command: Command) -> anyhow::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("a worker cannot be started")?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else { bail!("a worker has no pipes") };
        let (tell, told) = sync_channel(TOLD_AHEAD);
        std::thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Some(next) = Told::read(&mut stdout).transpose() {
                let is_last = next.is_err();
                if tell.send(next).is_err() || is_last {
                    return;
                }
            }
        });
        let worker = Self { child, stdin: BufWriter::new(stdin), told };
        if matches!(worker.told.recv_timeout(START), Ok(Ok(Told::Ready))) {
            return Ok(worker);
        }
        let (_, how) = worker.bury(false, START);
        bail!("a worker cannot begin: {how}; its reason stands above")
    }

    /// Has requests read together; how many of them were told, and whether the worker is well.
    fn read_together(
        &mut self,
        requests: &[Request],
        timeout: Duration,
        send: &dyn Fn(Outcome) -> anyhow::Result<()>,
    ) -> anyhow::Result<(usize, bool)> {
        if requests.iter().any(|request| request.write(&mut self.stdin).is_err()) {
            return Ok((0, false));
        }
        let (mut told, mut held) = (0, Vec::new());
        loop {
            match self.told.recv_timeout(timeout) {
                Ok(Ok(Told::Rows(rows))) => held.push(Outcome::Rows(rows)),
                Ok(Ok(Told::Problems(problems))) => held.push(Outcome::Problems(problems)),
                Ok(Ok(Told::Upto(requests))) => {
                    told = usize::try_from(requests)?;
                    held.drain(..).try_for_each(send)?;
                }
                Ok(Ok(Told::Done)) => return Ok((told, true)),
                Ok(Ok(Told::Ready | Told::Begin(_)) | Err(_)) | Err(_) => return Ok((told, false)),
            }
        }
    }

    /// Has a request read; how far it came, where the worker broke over it.
    fn read(
        &mut self,
        request: &Request,
        timeout: Duration,
        send: &dyn Fn(Outcome) -> anyhow::Result<()>,
    ) -> anyhow::Result<Option<Broken>> {
        let mut broken = Broken { uploads: 0, upload: None, timed_out: false };
        if request.write(&mut self.stdin).is_err() {
            return Ok(Some(broken));
        }
        loop {
            match self.told.recv_timeout(timeout) {
                Ok(Ok(Told::Begin(path))) => broken.upload = Some(path),
                Ok(Ok(Told::Rows(rows))) => {
                    // Receipts of what gave no upload have no beginning.
                    broken.uploads += u64::from(broken.upload.take().is_some());
                    send(Outcome::Rows(rows))?;
                }
                Ok(Ok(Told::Problems(problems))) => send(Outcome::Problems(problems))?,
                Ok(Ok(Told::Done)) => return Ok(None),
                Ok(Ok(Told::Ready | Told::Upto(_)) | Err(_)) | Err(RecvTimeoutError::Disconnected) => return Ok(Some(broken)),
                Err(RecvTimeoutError::Timeout) => return Ok(Some(Broken { timed_out: true, ..broken })),
            }
        }
    }

    /// Ends it, and says how it ended.
    fn bury(mut self, timed_out: bool, timeout: Duration) -> (Status, String) {
        if timed_out {
            return (Status::Timeout, format!("it took longer than {} s", timeout.as_secs_f64()));
        }
        // Its pipe is closed: it is about to be gone, unless it closed it alone.
        let patience = std::time::Instant::now();
        let mut ended = self.child.try_wait();
        while matches!(ended, Ok(None)) && patience.elapsed() < Duration::from_secs(2) {
            std::thread::sleep(Duration::from_millis(5));
            ended = self.child.try_wait();
        }
        let how = ended.ok().flatten().map_or_else(|| "without a word".to_owned(), |status| status.to_string());
        (Status::Crashed, format!("the reader ended while it read it: {how}"))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
