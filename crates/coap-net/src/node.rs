//! A CoAP node: an engine and its sockets.
use crate::{
    Budget, ConnectError, Group, GroupError, ListenError, NodeError, Notice, Poller, Turn, Waker,
    datagram::DatagramSocket,
    poller::{ALARM, INTERRUPT, Report, WAKER},
    random,
    receive::Receiver,
    resolver::Resolver,
    secure::Channels,
    socket::UdpSocket,
    stream::{STREAM, Streams, with_port},
    table::Table,
    timer::Alarm,
    unix::UnixSocket,
    upstream,
};
use coap_proto::{
    Address,
    engine::{Config, Connect, EndpointId, Engine, SessionId, Transmit, Via, Wanted},
    wire::Protocol,
};
use mio::{Interest, Registry, Token, unix::SourceFd};
use std::{
    collections::VecDeque,
    fmt, io,
    net::SocketAddr,
    os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd},
    sync::Arc,
    time::{Duration, Instant},
};

/// Decides whether a datagram is really sent.
pub(crate) type Filter = Box<dyn FnMut(&Transmit) -> bool + Send>;

/// One CoAP node: an engine and the sockets that carry its datagrams.
///
/// Commands go to [`engine`](Self::engine) directly; [`flush`](Self::flush) then sends what came of them.
/// Sessions and endpoints are opened and closed here, as they have sockets.
pub struct Node {
    /// The protocol.
    pub engine: Engine,
    /// How much a turn does at most.
    pub budget: Budget,
    pub(crate) table: Table,
    pub(crate) streams: Streams,
    pub(crate) secure: Channels,
    pub(crate) registry: Registry,
    pub(crate) receiver: Receiver,
    pub(crate) notices: VecDeque<Notice>,
    pub(crate) filter: Option<Filter>,
    pub(crate) unsent: bool,
    /// Room for the datagrams that a flush takes from the engine at a time; empty else.
    pub(crate) outgoing: Vec<Transmit>,
    pub(crate) resolver: Resolver<Wanted>,
    poller: Option<Poller>,
    promised: Option<Instant>,
    waker: Arc<Waker>,
    alarm: Option<Alarm>,
}

impl Node {
    /// A node without sockets. `seed` decides everything random in it: see
    /// [`random::seed`].
    ///
    /// # Errors
    /// If the system has no descriptors left.
    pub fn new(config: Config, now: Instant, seed: [u8; 32]) -> Result<Self, NodeError> {
        let (poller, waker, registry) = Poller::new().map_err(NodeError::Poll)?;
        Ok(Self {
            engine: Engine::new(config, now, seed),
            budget: Budget::default(),
            table: Table::default(),
            streams: Streams::default(),
            secure: Channels::default(),
            registry,
            receiver: Receiver::default(),
            notices: VecDeque::new(),
            filter: None,
            unsent: false,
            outgoing: Vec::new(),
            resolver: Resolver::new(upstream::LOOKUPS, nix::libc::AI_ADDRCONFIG, {
                let waker = Arc::clone(&waker);
                move || waker.wake()
            }),
            poller: Some(poller),
            promised: None,
            waker,
            alarm: None,
        })
    }

    /// Listens at `local` (port 0: a free one). An IPv6 endpoint takes IPv4 peers too, unless the system has
    /// no IPv4; they then have mapped addresses. A Unix domain path that a socket has left behind is taken over; its
    /// file is removed when the endpoint closes. DTLS, TLS and secure WebSockets need
    /// `set_server_credentials` before.
    ///
    /// # Errors
    /// If the transport is not built in, nobody could be served with it, or the system refuses the address.
    pub fn listen(
        &mut self,
        local: impl Into<Address>,
        protocol: Protocol,
    ) -> Result<EndpointId, ListenError> {
        let local = local.into();
        if protocol.is_secure() {
            if !Channels::BUILT_IN {
                return Err(ListenError::Unsupported(protocol.name()));
            }
            let checked = self.secure.check_server(protocol);
            checked.map_err(|reason| ListenError::Credentials(protocol.name(), reason))?;
        }
        if protocol.is_reliable() {
            return self.listen_stream(&local, protocol);
        }
        if protocol == Protocol::Dtls && local.ip().is_none() {
            return Err(ListenError::Unsupported("DTLS over Unix domain sockets"));
        }
        let secret = random::seed().map_err(io::Error::other)?;
        let socket = DatagramSocket::listen(&local)?;
        let id = self.engine.open_endpoint(socket.local(), protocol)?;
        if protocol == Protocol::Dtls {
            self.secure.open_endpoint(Instant::now(), secret);
        }
        if let Err(error) = self.table.insert(&self.registry, Via::Endpoint(id), socket, protocol) {
            self.secure.close_endpoint(id);
            self.engine.close_endpoint(Instant::now(), id);
            return Err(error.into());
        }
        Ok(id)
    }

    /// Opens a client session with a socket of its own; to a group or broadcast address, one that takes
    /// answers from anybody. Port 0 of the peer means that of the protocol: 5683, and 80 for WebSockets. Between Unix
    /// domain sockets the session needs a path of its own, whose file is removed when it ends. What is secured is
    /// opened with `connect_secure`.
    ///
    /// # Errors
    /// If the transport is not built in, the addresses do not fit, or the system refuses them.
    pub fn connect(&mut self, now: Instant, to: Connect) -> Result<SessionId, ConnectError> {
        if to.protocol.is_secure() {
            return Err(match Channels::BUILT_IN {
                true => ConnectError::CredentialsRequired(to.protocol.name()),
                false => ConnectError::Unsupported(to.protocol.name()),
            });
        }
        if to.protocol.is_reliable() { self.open_stream(now, to) } else { self.open_datagrams(now, to) }
    }

    /// Opens a client session over datagrams.
    pub(crate) fn open_datagrams(&mut self, now: Instant, to: Connect) -> Result<SessionId, ConnectError> {
        if to.local.is_some_and(|local| !local.is_of_family_of(&to.remote)) {
            return Err(ConnectError::FamilyMismatch);
        }
        let (socket, remote) = match with_port(to.remote, to.protocol) {
            Address::Unix(_) if to.protocol == Protocol::Dtls => {
                return Err(ConnectError::Unsupported("DTLS over Unix domain sockets"));
            }
            Address::Ip(remote) => udp_socket(remote, to.local.and_then(|local| local.ip()))?,
            Address::Unix(remote) => {
                let local = to.local.and_then(|local| local.unix().copied());
                let local = local.ok_or(ConnectError::LocalPathRequired)?;
                (DatagramSocket::Unix(UnixSocket::connect(remote, local)?.into()), to.remote)
            }
        };
        if to.protocol == Protocol::Dtls && socket.udp().is_some_and(UdpSocket::is_for_group) {
            return Err(ConnectError::Unsupported("DTLS to a group"));
        }
        let local = socket.local();
        // A port that the system chose is free.
        if to.local.is_some_and(|local| local.port() != 0) && self.engine.is_connected(&local, &remote) {
            return Err(ConnectError::Duplicate);
        }
        let id = self.engine.connect(now, Connect { local: Some(local), remote, ..to })?;
        self.engine.set_local(id, local);
        if let Some(session) =
            self.engine.session_mut(id).filter(|_| socket.udp().is_some_and(UdpSocket::is_for_group))
        {
            session.set_group();
        }
        if let Err(error) = self.table.insert(&self.registry, Via::Session(id), socket, to.protocol) {
            self.engine.release(now, id);
            return Err(error.into());
        }
        Ok(id)
    }

    /// Closes an endpoint and its server sessions; what is ready to be sent still goes out.
    pub fn close_endpoint(&mut self, now: Instant, id: EndpointId) {
        self.engine.close_endpoint(now, id);
        self.flush(now);
        self.close_datagram_socket(Via::Endpoint(id));
        self.streams.remove_endpoint(&self.registry, id);
        self.secure.close_endpoint(id);
    }

    /// Ends what is left of a session after its [`Closed`](coap_proto::engine::Event::Closed) event: closes
    /// its socket, if it has its own, and lets the engine forget it. What a stream's socket does not take at once is
    /// lost.
    pub fn forget(&mut self, id: SessionId) {
        self.close_stream(Instant::now(), id);
        self.close_channel(id);
        self.close_datagram_socket(Via::Session(id));
        self.engine.forget(id);
    }

    fn close_datagram_socket(&mut self, via: Via) {
        if self.table.remove(&self.registry, via) {
            // Its descriptor may be what a listener waits for.
            self.streams.feed_starved();
        }
    }

    /// Says goodbye to the peer of a session over DTLS, if that was not done yet.
    fn close_channel(&mut self, id: SessionId) {
        if self.secure.has(id) {
            // What the session has to say goes before, and so does the goodbye.
            let now = Instant::now();
            self.flush(now);
            self.secure.close_datagrams(now, &self.engine, id);
            self.flush(now);
        }
    }

    /// Joins groups at every endpoint that can.
    ///
    /// # Errors
    /// If no endpoint could join any of them: the last error.
    pub fn join(&mut self, groups: &[Group]) -> Result<(), GroupError> {
        self.for_endpoints(groups, Group::join)
    }

    /// Leaves groups at every endpoint.
    ///
    /// # Errors
    /// If no endpoint was in any of them: the last error.
    pub fn leave(&mut self, groups: &[Group]) -> Result<(), GroupError> {
        self.for_endpoints(groups, Group::leave)
    }

    /// How many networks the requests of a session to a group may cross: 0 to 255, the system's default is 1.
    ///
    /// # Errors
    /// If it is not a session to a group, or the system refuses the value.
    pub fn set_multicast_hops(&mut self, id: SessionId, hops: u32) -> Result<(), GroupError> {
        let to_group = self.engine.session(id).is_some_and(|session| session.remote().is_multicast());
        let entry =
            self.table.find(Via::Session(id)).filter(|_| to_group).and_then(|index| self.table.get(index));
        let socket = entry.and_then(|entry| entry.socket.udp()).ok_or(GroupError::NotAGroup)?;
        Ok(socket.set_multicast_hops(hops)?)
    }

    /// Has the system keep more bytes of datagrams for a client session's socket until they are read, as endpoints have
    /// it: for sessions whose peers send much. It gives less where its own limit is lower; what finds no room is lost.
    ///
    /// # Errors
    /// If the session has no UDP socket of its own, or the system refuses.
    pub fn set_receive_buffer(&self, id: SessionId, bytes: usize) -> io::Result<()> {
        let entry = self.table.find(Via::Session(id)).and_then(|index| self.table.get(index));
        let socket = entry.and_then(|entry| entry.socket.udp()).ok_or(io::ErrorKind::NotConnected)?;
        socket.inner().set_recv_buffer_size(bytes)
    }

    /// Asks `filter` for every datagram whether it is really sent; what it refuses is lost as in a network.
    pub fn set_filter(&mut self, filter: Option<Filter>) {
        self.filter = filter;
    }

    /// What went wrong with a datagram since the last call, for the log. At most 64 are kept.
    pub fn poll_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// Takes the poller out, to wait in it with nothing of the node borrowed: until `until`, the engine's
    /// next deadline, or not at all if there is work or an event that nobody has polled. `None`: another thread
    /// waits already.
    pub fn take_poller(&mut self, until: Option<Instant>) -> Option<Poller> {
        let mut poller = self.poller.take()?;
        let deadline = if self.is_busy() { Some(Instant::now()) } else { self.deadline() };
        let until = [until, deadline].into_iter().flatten().min();
        self.promised = deadline;
        poller.set_until(until);
        Some(poller)
    }

    /// Puts the poller back and notes what it saw, for the next [`turn`](Self::turn).
    pub fn put_back(&mut self, mut poller: Poller) {
        for (token, report) in poller.reports() {
            self.report(token, report);
        }
        poller.clear();
        self.poller = Some(poller);
    }

    /// The handle to wake the thread that waits, if what it waits for has changed: call it when the node is
    /// unlocked. Ask after every use of the node while several threads share it, when the events have been taken:
    /// those that are left are the waiter's.
    pub fn should_wake(&self) -> Option<Arc<Waker>> {
        if self.poller.is_some() {
            return None;
        }
        let earlier = match (self.deadline(), self.promised) {
            (Some(at), Some(promised)) => at < promised,
            (Some(_), None) => true,
            (None, _) => false,
        };
        (earlier || self.is_busy()).then(|| self.waker())
    }

    /// The handle that wakes the thread that waits for this node, from any thread.
    pub fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.waker)
    }

    /// Has a wait end whenever something is written to `fd`, an eventfd or a pipe: other than the
    /// [`waker`](Self::waker), a signal handler may do that. Nothing is read from it. Asking twice is fine.
    ///
    /// # Errors
    /// If the system cannot wait for it.
    pub fn interrupt_by(&mut self, fd: BorrowedFd<'static>) -> io::Result<()> {
        let mut source = SourceFd(&fd.as_raw_fd());
        match self.registry.register(&mut source, INTERRUPT, Interest::READABLE) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            done => done,
        }
    }

    /// Whether a turn has something to do without waiting: a budget ran out.
    pub fn has_work(&self) -> bool {
        self.unsent || self.table.has_work() || self.streams.has_work()
    }

    /// Whether there is something to do without waiting: for a turn, or for whoever takes events and questions.
    pub fn is_busy(&self) -> bool {
        self.has_work() || self.engine.has_events() || self.secure.has_work()
    }

    /// When a turn has something to do at the latest, besides what comes from outside.
    pub fn deadline(&self) -> Option<Instant> {
        let others = [self.streams.retry_at(), self.secure.deadline()];
        self.engine.poll_timeout().into_iter().chain(others.into_iter().flatten()).min()
    }

    /// The descriptor for an event loop outside: readable when a [`turn`](Self::turn) has something to do,
    /// deadlines and left-over work included. From the first call on the node keeps a timer for it;
    /// [`turn`](Self::turn) and [`flush`](Self::flush) set it, and [`leave_events`](Self::leave_events).
    ///
    /// It is an epoll descriptor: either wait for it to be readable and then run a turn as always, or take
    /// its events and hand them to [`note_event`](Self::note_event).
    ///
    /// # Errors
    /// If the system has no descriptors left for the timer.
    pub fn fd(&mut self, now: Instant) -> io::Result<RawFd> {
        if self.alarm.is_none() {
            self.alarm = Some(Alarm::new(&self.registry)?);
            self.set_alarm(now);
        }
        Ok(self.registry.as_raw_fd())
    }

    /// Notes an event that the program took from [`fd`](Self::fd) with `epoll_wait`: its data as 64-bit
    /// number and its flags (`EPOLLIN` ...).
    pub fn note_event(&mut self, data: u64, flags: u32) {
        const READABLE: u32 = (nix::libc::EPOLLIN | nix::libc::EPOLLPRI) as u32;
        const WRITABLE: u32 = nix::libc::EPOLLOUT as u32;
        const END: u32 = (nix::libc::EPOLLERR | nix::libc::EPOLLHUP | nix::libc::EPOLLRDHUP) as u32;
        let Ok(token) = usize::try_from(data) else { return };
        let has_ended = flags & END != 0;
        let (readable, writable) = (flags & READABLE != 0 || has_ended, flags & WRITABLE != 0 || has_ended);
        self.report(Token(token), Report { readable, writable, has_ended });
    }

    /// Waits up to `timeout` (`None`: for ever) and does a turn: for programs that use a node from one
    /// thread.
    ///
    /// # Errors
    /// If the system cannot wait, or the poller was lost.
    pub fn run_once(&mut self, timeout: Option<Duration>) -> io::Result<Turn> {
        let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut poller = self.take_poller(until).ok_or(io::ErrorKind::NotConnected)?;
        let waited = poller.wait();
        self.put_back(poller);
        waited?;
        Ok(self.turn(Instant::now()))
    }

    /// Has the timer go off for the next deadline, or at once if there is work.
    pub(crate) fn set_alarm(&mut self, now: Instant) {
        if self.alarm.is_none() {
            return;
        }
        let at = if self.has_work() { Some(now) } else { self.deadline() };
        if let Some(alarm) = &mut self.alarm {
            alarm.set(now, at);
        }
    }

    /// Has [`fd`](Self::fd) be readable if there are events or questions: for who does not take all of them after a
    /// turn or a flush, and wants to be called for the others. Turn and flush do not see to it by themselves: most of
    /// the time what they bring is taken at once.
    pub fn leave_events(&mut self, now: Instant) {
        if let Some(alarm) =
            self.alarm.as_mut().filter(|_| self.engine.has_events() || self.secure.has_work())
        {
            alarm.set(now, Some(now));
        }
    }

    fn report(&mut self, token: Token, report: Report) {
        match &mut self.alarm {
            Some(alarm) if token == ALARM => alarm.gone_off(),
            _ if token == INTERRUPT => {}
            _ if token == WAKER => self.waker.arrived(),
            _ if token.0 & STREAM != 0 => self.streams.report(token, report),
            _ => self.table.report(token, report),
        }
    }

    fn for_endpoints(
        &mut self,
        groups: &[Group],
        act: impl Fn(&Group, &UdpSocket) -> io::Result<()>,
    ) -> Result<(), GroupError> {
        let mut result = Err(GroupError::NoEndpoint);
        let endpoints = self.table.iter().filter(|entry| matches!(entry.via, Via::Endpoint(_)));
        for socket in endpoints.filter_map(|entry| entry.socket.udp()) {
            for group in groups {
                match act(group, socket) {
                    Ok(()) => result = Ok(()),
                    Err(error) if result.is_err() => result = Err(error.into()),
                    Err(_) => {}
                }
            }
        }
        result
    }
}

/// A client's UDP socket, and the peer as the system knows it.
fn udp_socket(remote: SocketAddr, local: Option<SocketAddr>) -> io::Result<(DatagramSocket, Address)> {
    let socket = UdpSocket::connect(remote, local)?;
    let peer = socket.peer().unwrap_or(remote);
    Ok((DatagramSocket::Udp(socket), peer.into()))
}

impl AsFd for Node {
    /// The descriptor that [`fd`](Node::fd) gives.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.registry.as_fd()
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("engine", &self.engine)
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}
