//! Names to addresses while the loop goes on: helper threads wait for the name servers.
use crate::{model::PeerId, protocol::TunnelId};
use coap_net::resolve::resolve;
use mio::Waker;
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

/// Names that are looked up at a time.
const THREADS: usize = 4;
/// Names that wait for that.
const QUEUE: usize = 1024;
/// A thread that has had nothing to do for so long ends.
const IDLE: Duration = Duration::from_secs(10);

/// Who wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// A tunnel that ends here.
    Target(TunnelId),
    /// A link to this node.
    Link(PeerId),
}

/// What was found: addresses with the port that was asked for, or why there are none.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) asker: Asker,
    pub(super) found: Result<VecDeque<SocketAddr>, String>,
}

/// Looks names up. Its threads start with the first name; they end when they are idle, or after the present name when
/// it is dropped.
pub(super) struct Lookups {
    shared: Arc<Shared>,
    answers: mpsc::Receiver<Answer>,
}

struct Question {
    asker: Asker,
    host: String,
    port: u16,
}

struct Shared {
    jobs: Mutex<Jobs>,
    has_jobs: Condvar,
    done: mpsc::Sender<Answer>,
    waker: Arc<Waker>,
}

#[derive(Default)]
struct Jobs {
    queue: VecDeque<Question>,
    threads: usize,
    /// Threads that wait for a name.
    idle: usize,
    closed: bool,
}

impl Lookups {
    /// `waker` ends the loop's wait when something was found.
    pub(super) fn new(waker: Arc<Waker>) -> Self {
        let (done, answers) = mpsc::channel();
        let shared = Shared { jobs: Mutex::default(), has_jobs: Condvar::new(), done, waker };
        Self { shared: Arc::new(shared), answers }
    }

    /// Has a name looked up. `false`: too many wait already, or the system has no thread for it.
    pub(super) fn ask(&self, asker: Asker, host: &str, port: u16) -> bool {
        let mut jobs = self.shared.jobs();
        if jobs.queue.len() >= QUEUE {
            return false;
        }
        if jobs.queue.len() >= jobs.idle && jobs.threads < THREADS && self.start_thread() {
            jobs.threads += 1;
        }
        if jobs.threads == 0 {
            return false;
        }
        jobs.queue.push_back(Question { asker, host: host.to_owned(), port });
        drop(jobs);
        self.shared.has_jobs.notify_one();
        true
    }

    /// What was found since the last call.
    pub(super) fn poll(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }

    fn start_thread(&self) -> bool {
        let shared = Arc::clone(&self.shared);
        thread::Builder::new().name("names".to_owned()).spawn(move || shared.work()).is_ok()
    }
}

impl Drop for Lookups {
    fn drop(&mut self) {
        let mut jobs = self.shared.jobs();
        jobs.closed = true;
        jobs.queue.clear();
        self.shared.has_jobs.notify_all();
    }
}

impl Shared {
    fn work(&self) {
        while let Some(Question { asker, host, port }) = self.next_job() {
            let with_port = |mut address: SocketAddr| {
                address.set_port(port);
                address
            };
            let found = match resolve(&host, 0) {
                Ok(found) if found.is_empty() => Err(format!("{host} has no address")),
                Ok(found) => Ok(found.into_iter().map(with_port).collect()),
                Err(error) => Err(error.to_string()),
            };
            // Nobody is there any more after the loop has ended; then there is no next job either.
            if self.done.send(Answer { asker, found }).is_ok() {
                let _ = self.waker.wake();
            }
        }
    }

    /// Waits for a name. `None`: the thread is to end.
    fn next_job(&self) -> Option<Question> {
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
