//! Names to addresses while the loop goes on: helper threads wait for the name servers.
use crate::{
    Waker,
    resolve::{Flags, ResolveError, resolve},
};
use coap_proto::engine::Wanted;
use std::{
    collections::VecDeque,
    fmt,
    net::SocketAddr,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

#[cfg(test)]
mod tests;

/// Names of one node that are looked up at a time.
const THREADS: usize = 2;
/// Names that wait for that.
const QUEUE: usize = 256;
/// A thread that has had nothing to do for so long ends.
const IDLE: Duration = Duration::from_secs(10);
/// Only addresses of families that this machine has.
const FLAGS: Flags = nix::libc::AI_ADDRCONFIG;

type Found = Result<Vec<SocketAddr>, ResolveError>;
type Lookup = dyn Fn(&str) -> Found + Send + Sync;

/// What was found for whom.
pub(crate) struct Answer {
    pub(crate) wanted: Wanted,
    pub(crate) found: Found,
}

/// Looks names up for one node. Its threads start with the first name; they end when they are idle, or after the
/// present name when it is dropped.
pub(crate) struct Resolver {
    shared: Arc<Shared>,
    answers: mpsc::Receiver<Answer>,
}

struct Shared {
    jobs: Mutex<Jobs>,
    has_jobs: Condvar,
    lookup: Box<Lookup>,
    done: mpsc::Sender<Answer>,
    waker: Arc<Waker>,
}

#[derive(Default)]
struct Jobs {
    queue: VecDeque<Wanted>,
    threads: usize,
    /// Threads that wait for a name.
    idle: usize,
    closed: bool,
}

impl Resolver {
    /// `waker` calls the loop back when something was found.
    pub(crate) fn new(waker: Arc<Waker>) -> Self {
        Self::with(waker, Box::new(|name| resolve(name, FLAGS)))
    }

    fn with(waker: Arc<Waker>, lookup: Box<Lookup>) -> Self {
        let (done, answers) = mpsc::channel();
        let (jobs, has_jobs) = Default::default();
        Self { shared: Arc::new(Shared { jobs, has_jobs, lookup, done, waker }), answers }
    }

    /// Has the host of a server looked up. `false`: too many wait already, or the system has no thread for it.
    pub(crate) fn ask(&self, wanted: Wanted) -> bool {
        let mut jobs = self.shared.jobs();
        if jobs.queue.len() >= QUEUE {
            return false;
        }
        let needs_thread = jobs.queue.len() >= jobs.idle && jobs.threads < THREADS;
        if needs_thread && self.start_thread() {
            jobs.threads += 1;
        }
        if jobs.threads == 0 {
            return false;
        }
        jobs.queue.push_back(wanted);
        drop(jobs);
        self.shared.has_jobs.notify_one();
        true
    }

    /// What was found since the last call.
    pub(crate) fn poll(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }

    fn start_thread(&self) -> bool {
        let shared = Arc::clone(&self.shared);
        thread::Builder::new().name("coap-resolver".to_owned()).spawn(move || shared.work()).is_ok()
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        let mut jobs = self.shared.jobs();
        jobs.closed = true;
        jobs.queue.clear();
        self.shared.has_jobs.notify_all();
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let jobs = self.shared.jobs();
        write!(out, "Resolver: {} threads, {} names wait", jobs.threads, jobs.queue.len())
    }
}

impl Shared {
    fn work(&self) {
        while let Some(wanted) = self.next_job() {
            let found = (self.lookup)(&String::from_utf8_lossy(&wanted.server.host));
            let answer = Answer { wanted, found };
            // Nobody is there any more after the resolver was dropped; then there is no next job either.
            if self.done.send(answer).is_ok() {
                self.waker.wake();
            }
        }
    }

    /// Waits for a name. `None`: the thread is to end.
    fn next_job(&self) -> Option<Wanted> {
        let mut jobs = self.jobs();
        jobs.idle += 1;
        let wanted = |jobs: &mut Jobs| jobs.queue.is_empty() && !jobs.closed;
        let waited = self.has_jobs.wait_timeout_while(jobs, IDLE, wanted);
        (jobs, _) = waited.unwrap_or_else(PoisonError::into_inner);
        jobs.idle -= 1;
        let job = jobs.queue.pop_front();
        if job.is_none() {
            jobs.threads -= 1;
        }
        job
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
