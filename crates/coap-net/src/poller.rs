//! Waiting, and being called back from it.
use mio::{Events, Poll, Registry, Token};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Names the alarm among the sockets.
pub(crate) const ALARM: Token = Token(usize::MAX);
/// Names the waker among the sockets.
pub(crate) const WAKER: Token = Token(usize::MAX - 1);
/// Names the descriptor that ends a wait.
pub(crate) const INTERRUPT: Token = Token(usize::MAX - 2);
/// Reports taken from the system at a time; the others come next time.
const EVENTS: usize = 256;

/// What the system says about a socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    /// There may be something to read.
    pub(crate) readable: bool,
    /// It may take something.
    pub(crate) writable: bool,
    /// Behind what there is to read comes the end of a stream, or an error.
    pub(crate) has_ended: bool,
}

/// Waits for a node's sockets.
///
/// It is taken out of the node while a thread waits, so that others can use the node meanwhile, and put back
/// with what it saw. Dropping it leaves the node without: it can no longer wait.
#[derive(Debug)]
pub struct Poller {
    poll: Poll,
    events: Events,
    until: Option<Instant>,
    // The waiter's own: were the last handle dropped right after waking, the wake-up would be lost with it.
    waker: Arc<Waker>,
}

impl Poller {
    /// A poller, the handle that calls back who waits in it, and the registry for its sockets.
    pub(crate) fn new() -> io::Result<(Self, Arc<Waker>, Registry)> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let inner = mio::Waker::new(&registry, WAKER)?;
        let waker = Arc::new(Waker { inner, called: AtomicBool::new(false) });
        let poller =
            Self { poll, events: Events::with_capacity(EVENTS), until: None, waker: Arc::clone(&waker) };
        Ok((poller, waker, registry))
    }

    /// Until when to wait at most; `None`: for ever.
    pub(crate) fn set_until(&mut self, until: Option<Instant>) {
        self.until = until;
    }

    /// Waits until something happens at a socket, the time given to
    /// [`Node::take_poller`](crate::Node::take_poller) or the engine's next deadline has come, or somebody
    /// wakes it. A signal ends the wait too.
    ///
    /// # Errors
    /// The system's, if it cannot wait; not a matter of the network.
    pub fn wait(&mut self) -> io::Result<()> {
        let timeout: Option<Duration> = self.until.map(|at| at.saturating_duration_since(Instant::now()));
        let result = match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                self.events.clear();
                Ok(())
            }
            result => result,
        };
        self.waker.arrived();
        result
    }

    /// What the last wait saw.
    pub(crate) fn reports(&self) -> impl Iterator<Item = (Token, Report)> + '_ {
        self.events.iter().map(|event| {
            let has_ended = event.is_error() || event.is_read_closed();
            let (readable, writable) = (event.is_readable() || has_ended, event.is_writable() || has_ended);
            (event.token(), Report { readable, writable, has_ended })
        })
    }

    /// Forgets what the last wait saw.
    pub(crate) fn clear(&mut self) {
        self.events.clear();
    }
}

/// Calls back a thread that waits in a [`Poller`], from any thread. Calls before it is back count as one.
#[derive(Debug)]
pub struct Waker {
    inner: mio::Waker,
    called: AtomicBool,
}

impl Waker {
    /// Ends the present wait, or the next if nobody waits.
    pub fn wake(&self) {
        if !self.called.swap(true, Ordering::AcqRel) {
            // Fails only if the descriptor is gone, and with it whoever waited.
            let _ = self.inner.wake();
        }
    }

    /// The call has been heard; the next one counts anew.
    pub(crate) fn arrived(&self) {
        self.called.store(false, Ordering::Release);
    }
}
