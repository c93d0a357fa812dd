//! Names to addresses while a loop goes on: helper threads wait for the name servers.
use crate::resolve::{Flags, ResolveError, resolve};
use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

#[cfg(test)]
mod tests;

/// A thread that has had nothing to do for so long ends.
const IDLE: Duration = Duration::from_secs(10);

/// Addresses in the order in which they are to be tried, port 0; or why there are none.
pub type Found = Result<Vec<SocketAddr>, ResolveError>;
type Lookup = dyn Fn(&str) -> Found + Send + Sync;

/// How much a [`Resolver`] does at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResolverLimits {
    /// Names that are looked up at a time, at least 1. If there are more than one, all but one may be of the urgency
    /// [`Later`](Urgency::Later).
    pub threads: usize,
    /// Names of each urgency that wait for that.
    pub waiting: usize,
}

/// Which names come first. Whoever chooses names of one urgency, however many and slow they are, holds up none of the
/// other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Before all that are not.
    First,
    /// When there is no other, and with one thread less.
    Later,
}

/// A question that waits, or has waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    urgency: Urgency,
    number: u64,
}

/// An answer.
#[derive(Debug)]
pub struct Answer<A> {
    /// Who has asked.
    pub asker: A,
    /// What was found.
    pub found: Found,
}

/// Looks names up. `A` tells who has asked for what. Its threads start with the first name; they end when they are
/// idle, or after the present name when it is dropped.
pub struct Resolver<A> {
    shared: Arc<Shared<A>>,
    answers: mpsc::Receiver<Answer<A>>,
}

struct Question<A> {
    asker: A,
    host: String,
}

struct Shared<A> {
    limits: ResolverLimits,
    jobs: Mutex<Jobs<A>>,
    has_jobs: Condvar,
    lookup: Box<Lookup>,
    done: mpsc::Sender<Answer<A>>,
    wake: Box<dyn Fn() + Send + Sync>,
}

struct Jobs<A> {
    /// In the order in which they are looked up.
    queue: BTreeMap<Ticket, Question<A>>,
    /// How many of each urgency wait.
    waiting: [usize; 2],
    next_number: u64,
    threads: usize,
    /// Threads that wait for a name.
    idle: usize,
    /// Threads that look up a name that could wait.
    patient: usize,
    closed: bool,
}

impl<A: Send + 'static> Resolver<A> {
    /// `flags` are the system's (`AI_*`); `wake` is called, by another thread, when something was found.
    pub fn new(limits: ResolverLimits, flags: Flags, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self::with_lookup(limits, move |name| resolve(name, flags), wake)
    }

    /// The same with another source of addresses than the system's.
    pub fn with_lookup(
        limits: ResolverLimits,
        lookup: impl Fn(&str) -> Found + Send + Sync + 'static,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self::with(limits, Box::new(lookup), Box::new(wake))
    }

    fn with(limits: ResolverLimits, lookup: Box<Lookup>, wake: Box<dyn Fn() + Send + Sync>) -> Self {
        let (done, answers) = mpsc::channel();
        let jobs = Jobs {
            queue: BTreeMap::new(),
            waiting: [0; 2],
            next_number: 0,
            threads: 0,
            idle: 0,
            patient: 0,
            closed: false,
        };
        let (jobs, has_jobs) = (Mutex::new(jobs), Condvar::new());
        Self { shared: Arc::new(Shared { limits, jobs, has_jobs, lookup, done, wake }), answers }
    }

    /// Has a name looked up. `None`: too many wait already, or the system has no thread for it.
    pub fn ask(&self, asker: A, host: &str, urgency: Urgency) -> Option<Ticket> {
        let mut jobs = self.shared.jobs();
        if jobs.waiting[urgency as usize] >= self.shared.limits.waiting {
            return None;
        }
        let needs_thread = jobs.queue.len() >= jobs.idle && jobs.threads < self.shared.limits.threads.max(1);
        if needs_thread && self.start_thread() {
            jobs.threads += 1;
        }
        if jobs.threads == 0 {
            return None;
        }
        let ticket = Ticket { urgency, number: jobs.next_number };
        jobs.next_number += 1;
        jobs.waiting[urgency as usize] += 1;
        jobs.queue.insert(ticket, Question { asker, host: host.to_owned() });
        drop(jobs);
        self.shared.has_jobs.notify_one();
        Some(ticket)
    }

    /// Nobody wants to know any more: what still waits is forgotten. What is being looked up is answered nevertheless.
    pub fn cancel(&self, ticket: Ticket) {
        drop(self.shared.jobs().take(ticket));
    }

    /// What was found since the last call.
    pub fn poll(&self) -> Option<Answer<A>> {
        self.answers.try_recv().ok()
    }

    fn start_thread(&self) -> bool {
        let shared = Arc::clone(&self.shared);
        thread::Builder::new().name("coap-resolver".to_owned()).spawn(move || shared.work()).is_ok()
    }
}

impl<A> Drop for Resolver<A> {
    fn drop(&mut self) {
        let mut jobs = self.shared.jobs();
        jobs.closed = true;
        (jobs.queue, jobs.waiting) = (BTreeMap::new(), [0; 2]);
        self.shared.has_jobs.notify_all();
    }
}

impl<A> fmt::Debug for Resolver<A> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let jobs = self.shared.jobs();
        write!(out, "Resolver: {} threads, {} names wait", jobs.threads, jobs.queue.len())
    }
}

impl<A> Jobs<A> {
    fn take(&mut self, ticket: Ticket) -> Option<Question<A>> {
        let question = self.queue.remove(&ticket)?;
        self.waiting[ticket.urgency as usize] -= 1;
        Some(question)
    }

    /// What may be looked up next.
    fn next(&self, limits: ResolverLimits) -> Option<Ticket> {
        let (ticket, _) = self.queue.first_key_value()?;
        let may_run =
            ticket.urgency == Urgency::First || self.patient < limits.threads.saturating_sub(1).max(1);
        may_run.then_some(*ticket)
    }
}

impl<A> Shared<A> {
    fn work(&self) {
        while let Some((ticket, Question { asker, host })) = self.next_job() {
            let answer = Answer { asker, found: (self.lookup)(&host) };
            if ticket.urgency == Urgency::Later {
                self.jobs().patient -= 1;
            }
            // Nobody is there any more after the resolver was dropped; then there is no next job either.
            if self.done.send(answer).is_ok() {
                (self.wake)();
            }
        }
    }

    /// Waits for a name. `None`: the thread is to end.
    fn next_job(&self) -> Option<(Ticket, Question<A>)> {
        let mut jobs = self.jobs();
        jobs.idle += 1;
        let must_wait = |jobs: &mut Jobs<A>| jobs.next(self.limits).is_none() && !jobs.closed;
        let waited = self.has_jobs.wait_timeout_while(jobs, IDLE, must_wait);
        (jobs, _) = waited.unwrap_or_else(PoisonError::into_inner);
        jobs.idle -= 1;
        let job = jobs.next(self.limits).and_then(|ticket| Some((ticket, jobs.take(ticket)?)));
        match &job {
            Some((Ticket { urgency: Urgency::Later, .. }, _)) => jobs.patient += 1,
            Some(_) => {}
            None => jobs.threads -= 1,
        }
        job
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs<A>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
