//! How the REST interface, which has a thread of its own, talks to the event loop.
use crate::{
    model::{Listener, ListenerFilter, ListenerRequest, Transport, TunnelStatus},
    protocol::Held,
};
use std::sync::{
    Arc,
    mpsc::{Receiver, SyncSender, sync_channel},
};
use thiserror::Error;

/// Commands that may wait for the event loop; the REST interface has fewer connections, each with one at a time.
const WAITING: usize = 1024;

/// Called once with the outcome, by the event loop; must not block. Dropped uncalled: the loop has ended.
pub type Reply<T> = Box<dyn FnOnce(T) + Send>;

/// What the event loop is asked for.
pub enum Command {
    /// Open a listener. With UDP the answer comes when the first tunnel is there, or cannot be.
    Create(ListenerRequest, Reply<Result<Listener, CreateError>>),
    /// Which listeners there are.
    List(Transport, Reply<Vec<Listener>>),
    /// Close listeners and end their tunnels. The answer: how many.
    Close(ListenerFilter, Reply<usize>),
    /// Everything that is counted.
    Status(Reply<Status>),
    /// Whether the node works: not while it starts, nor when it stops.
    Ready(Reply<bool>),
}

/// What commands are given to; its clones give them to the same loop.
#[derive(Clone)]
pub struct Sender {
    queue: SyncSender<Command>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

/// Both ends of a queue of commands. `wake` is called after each one, on the thread that gave it, and makes the loop
/// look into the queue (with [`Receiver::try_recv`] until that is empty).
pub fn channel(wake: impl Fn() + Send + Sync + 'static) -> (Sender, Receiver<Command>) {
    let (queue, commands) = sync_channel(WAITING);
    (Sender { queue, wake: Arc::new(wake) }, commands)
}

impl Sender {
    /// Gives a command to the loop, without waiting. If there is no loop any more, or it is 1,024 commands behind, the
    /// command is dropped, and its reply with it.
    pub fn send(&self, command: Command) {
        if self.queue.try_send(command).is_ok() {
            (self.wake)();
        }
    }
}

/// Why a listener was not opened.
#[derive(Debug, Error)]
pub enum CreateError {
    /// Something listens there already: a listener of ours, or another program.
    #[error("the address is in use")]
    InUse,
    /// The system refuses the address.
    #[error("cannot listen there: {0}")]
    Bind(std::io::Error),
    /// There is no such way: an unknown destination or relay, or fewer relays than hops.
    #[error("{0}")]
    NoPath(String),
    /// The first tunnel of a UDP listener could not be opened.
    #[error("the session could not be established: {0}")]
    NotEstablished(String),
}

/// Everything that is counted.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Tunnels that are open, of each role.
    pub tunnels: Vec<TunnelStatus>,
    /// Listeners that are open: for TCP, for UDP.
    pub listeners: (usize, usize),
    /// Links that are up.
    pub links: usize,
    /// Tunnels that were opened since the start: from here, through here or to here.
    pub established: u64,
    /// Of those, tunnels from here.
    pub initiated: u64,
    /// Of those, tunnels to here.
    pub accepted: u64,
    /// Openings that failed, by code of the answer (for example "4.03").
    pub refused: Vec<(String, u64)>,
    /// Tunnels that were ended by an abort, by reason.
    pub aborted: Vec<(String, u64)>,
    /// Datagrams that were too long or found no room.
    pub dropped: u64,
    /// Bytes from local sockets, and to them.
    pub bytes: (u64, u64),
    /// What the protocol holds.
    pub held: Held,
}
