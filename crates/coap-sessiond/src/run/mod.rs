//! The event loop of a node: local sockets and the CoAP node on one side, the session protocol on the other.
//!
//! One thread does all of it. It waits for local sockets, for the CoAP node (one descriptor,
//! [`coap_net::Node::fd`]) and for a waker: commands of the REST interface and names that were looked up come from
//! other threads. Each turn does a bounded amount of work at every socket that has something to do, and looks at no
//! other ones.
mod backoff;
mod commands;
mod datagrams;
mod exchanges;
mod links;
mod listeners;
mod local_peers;
mod locals;
mod lookups;
mod path_mtu;
mod questions;
mod routes;
mod services;
mod setup;
mod signals;
mod sockets;
mod streams;
mod targets;
mod timers;
mod turn;

pub use setup::StartError;
pub use signals::StopSignals;

use crate::{
    config::{Config, Listen},
    control::{self, Command},
    model::PeerId,
    protocol::Core,
};
use coap_net::{
    ClientCredentials, Node,
    resolver::{Found, Resolver},
};
use coap_proto::engine::ResourceId;
use links::Links;
use locals::Locals;
use lookups::Asker;
use mio::{Events, Interest, Poll, Token, Waker, unix::SourceFd};
use routes::Routes;
use sockets::Sockets;
use std::{
    collections::HashMap,
    io,
    os::fd::AsRawFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    time::Instant,
};
use targets::Targets;
use timers::Timers;

/// Names the waker among what is waited for; local sockets have small numbers.
const WAKER: Token = Token(usize::MAX);
/// Names the CoAP node.
const NODE: Token = Token(usize::MAX - 1);
/// Names the signals.
const SIGNALS: Token = Token(usize::MAX - 2);
/// Reports taken from the system at a time; the others come next time.
const EVENTS: usize = 1024;
/// Room for what is read from a socket at once: the longest datagram.
const BUFFER: usize = 64 << 10;

/// A running node.
pub struct Daemon {
    config: Config,
    node: Node,
    core: Core,
    poll: Poll,
    events: Events,
    sockets: Sockets,
    locals: Locals,
    targets: Targets,
    links: Links,
    routes: Routes,
    resolver: Resolver<Asker>,
    timers: Timers,
    credentials: HashMap<PeerId, ClientCredentials>,
    open_resource: ResourceId,
    listens: Vec<Listen>,
    commands: Receiver<Command>,
    sender: control::Sender,
    stopper: Stopper,
    signals: Option<StopSignals>,
    /// Since when it stops.
    stopping: Option<Instant>,
    /// There is something to do without waiting.
    is_busy: bool,
    /// The CoAP node has something to do.
    node_is_ready: bool,
    /// Datagrams that found no room in a socket, or no tunnel.
    dropped: u64,
    buffer: Box<[u8]>,
}

/// Stops a node, from any thread.
#[derive(Clone, Debug)]
pub struct Stopper {
    asked: Arc<AtomicBool>,
    waker: Arc<Waker>,
}

impl Stopper {
    /// Asks the node to stop. Its tunnels end, and their other ends are told.
    pub fn stop(&self) {
        self.asked.store(true, Ordering::Release);
        // Fails only if the node is gone.
        let _ = self.waker.wake();
    }
}

impl Daemon {
    /// A node that listens for other nodes, and waits for [`run`](Self::run).
    ///
    /// # Errors
    /// [`StartError`]
    pub fn new(config: Config) -> Result<Self, StartError> {
        let now = Instant::now();
        let (mut node, open_resource, listens) = setup::node(&config, now)?;
        let credentials = setup::client_credentials(&config)?;
        let seed = coap_net::random::seed().map_err(io::Error::other)?;
        let keyring = Box::new(config.node.identity.clone());
        let core = Core::new(setup::settings(&config), keyring, now, seed);
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let fd = node.fd(now)?;
        poll.registry().register(&mut SourceFd(&fd), NODE, Interest::READABLE)?;
        let registry = poll.registry().try_clone()?;
        let (sender, commands) = control::channel({
            let waker = Arc::clone(&waker);
            move || drop(waker.wake())
        });
        Ok(Self {
            routes: Routes::new(config.node.identity.peer_id()),
            config,
            node,
            core,
            poll,
            events: Events::with_capacity(EVENTS),
            sockets: Sockets::new(registry),
            locals: Locals::default(),
            targets: Targets::default(),
            links: Links::default(),
            resolver: Resolver::new(lookups::LIMITS, 0, {
                let waker = Arc::clone(&waker);
                // Fails only if the loop is gone.
                move || drop(waker.wake())
            }),
            timers: Timers::default(),
            credentials,
            open_resource,
            listens,
            commands,
            sender,
            stopper: Stopper { asked: Arc::default(), waker },
            signals: None,
            stopping: None,
            is_busy: false,
            node_is_ready: true,
            dropped: 0,
            buffer: vec![0; BUFFER].into_boxed_slice(),
        })
    }

    /// Has names looked up by this, and not by the system.
    pub fn look_up_with(&mut self, lookup: impl Fn(&str) -> Found + Send + Sync + 'static) {
        let waker = Arc::clone(&self.stopper.waker);
        self.resolver = Resolver::with_lookup(lookups::LIMITS, lookup, move || drop(waker.wake()));
    }

    /// Who it is.
    pub fn id(&self) -> PeerId {
        self.config.node.identity.peer_id()
    }

    /// What commands are given to.
    pub fn commands(&self) -> control::Sender {
        self.sender.clone()
    }

    /// What stops it.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Where it listens for other nodes, with the ports that it really has.
    pub fn listens(&self) -> &[Listen] {
        &self.listens
    }

    /// Has signals stop it.
    ///
    /// # Errors
    /// The system's.
    pub fn stop_on(&mut self, signals: StopSignals) -> io::Result<()> {
        let fd = signals.as_raw_fd();
        self.poll.registry().register(&mut SourceFd(&fd), SIGNALS, Interest::READABLE)?;
        self.signals = Some(signals);
        Ok(())
    }

    /// Whether it works.
    fn is_ready(&self) -> bool {
        self.stopping.is_none()
    }
}
