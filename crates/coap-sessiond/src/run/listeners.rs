//! Local listeners: each connection, and each peer that sends datagrams, gets a tunnel of its own.
use super::{
    Daemon,
    local_peers::LocalPeers,
    locals::Place,
    sockets::{Socket, SocketId},
    streams::Stream,
};
use crate::{
    control::{CreateError, Reply},
    model::{Ends, ListenerRequest, Transport},
    protocol::{Opening, Reason, TunnelId},
};
use mio::{
    event::Source,
    net::{TcpListener, TcpStream, UdpSocket},
};
use socket2::{Domain, SockRef, Type};
use std::{
    collections::{HashSet, VecDeque},
    io::{self, ErrorKind},
    net::SocketAddr,
    time::{Duration, Instant},
};

/// Connections accepted at a listener, and datagrams read there, before it is another one's turn.
const TURN: usize = 64;
/// Connections that the system keeps until they are accepted.
const BACKLOG: i32 = 1024;

/// Told whether a listener was opened.
pub(super) type CreateReply = Reply<Result<crate::model::Listener, CreateError>>;

/// A local listener.
#[derive(Debug)]
pub(super) struct Listener {
    /// `listen` is where it really listens.
    pub(super) request: ListenerRequest,
    pub(super) kind: Kind,
    pub(super) tunnels: HashSet<TunnelId>,
}

#[derive(Debug)]
pub(super) enum Kind {
    Tcp(TcpListener),
    Udp(UdpEntry),
}

/// A socket that local peers send to.
pub(super) struct UdpEntry {
    pub(super) socket: UdpSocket,
    /// They are gone when their tunnels are, at the latest after the idle time; no more than `limits.udp_peers`.
    pub(super) peers: LocalPeers,
    /// Reliable tunnels that have datagrams for their peers, in the order of their turns.
    pub(super) waiting: VecDeque<TunnelId>,
    /// A tunnel for the first peer.
    pub(super) spare: Option<TunnelId>,
    /// Who is told when that is open.
    pub(super) reply: Option<CreateReply>,
}

impl std::fmt::Debug for UdpEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UdpEntry").field("socket", &self.socket).finish_non_exhaustive()
    }
}

impl Listener {
    /// Binds what `request` asks for. Its port is set.
    pub(super) fn bind(mut request: ListenerRequest) -> io::Result<Self> {
        let kind = match request.transport {
            Transport::Tcp => {
                let socket = socket(request.listen, Type::STREAM)?;
                // Without it, a port could not be listened at again for a minute. Where the system chooses the
                // port it might choose one that another such socket has.
                socket.set_reuse_address(request.listen.port() != 0)?;
                socket.bind(&request.listen.into())?;
                socket.listen(BACKLOG)?;
                let listener = TcpListener::from_std(socket.into());
                request.listen = listener.local_addr()?;
                Kind::Tcp(listener)
            }
            Transport::Udp => {
                let socket = socket(request.listen, Type::DGRAM)?;
                socket.bind(&request.listen.into())?;
                let socket = UdpSocket::from_std(socket.into());
                request.listen = socket.local_addr()?;
                let (peers, waiting) = (LocalPeers::default(), VecDeque::new());
                Kind::Udp(UdpEntry { socket, peers, waiting, spare: None, reply: None })
            }
        };
        Ok(Self { request, kind, tunnels: HashSet::new() })
    }

    pub(super) fn source(&mut self) -> &mut dyn Source {
        match &mut self.kind {
            Kind::Tcp(listener) => listener,
            Kind::Udp(entry) => &mut entry.socket,
        }
    }

    /// A tunnel of its ended.
    pub(super) fn forget(&mut self, tunnel: TunnelId, peer: Option<SocketAddr>) {
        self.tunnels.remove(&tunnel);
        if let Kind::Udp(entry) = &mut self.kind {
            match peer {
                Some(peer) if entry.peers.tunnel(&peer) == Some(tunnel) => drop(entry.peers.remove(&peer)),
                _ => {}
            }
            entry.spare = entry.spare.filter(|spare| *spare != tunnel);
        }
    }
}

fn socket(at: SocketAddr, kind: Type) -> io::Result<socket2::Socket> {
    socket2::Socket::new(Domain::for_address(at), kind.nonblocking().cloexec(), None)
}

impl Daemon {
    /// Serves a listener. Whether there may be more to do.
    pub(super) fn serve_listener(&mut self, now: Instant, id: SocketId) -> bool {
        let Some(listener) = self.sockets.listener(id) else { return false };
        match listener.kind {
            Kind::Tcp(_) => self.accept(now, id),
            Kind::Udp(_) => {
                let has_read = self.read_peers(now, id);
                self.write_to_peers(now, id) || has_read
            }
        }
    }

    fn accept(&mut self, now: Instant, id: SocketId) -> bool {
        for _ in 0..TURN {
            let Some((Socket::Listener(listener), readiness)) = self.sockets.get_mut(id) else {
                return false;
            };
            let Kind::Tcp(socket) = &listener.kind else { return false };
            if !readiness.readable {
                return false;
            }
            match socket.accept() {
                Ok((stream, peer)) => self.carry(now, id, stream, peer),
                Err(error) if error.kind() == ErrorKind::WouldBlock => readiness.readable = false,
                Err(error) if is_of_connection(&error) => {}
                Err(error) => {
                    log::warn!(listen:% = listener.request.listen, error:%; "no connection can be accepted");
                    self.rest(now, id);
                    return false;
                }
            }
        }
        true
    }

    /// Opens a tunnel for a connection.
    fn carry(&mut self, now: Instant, id: SocketId, socket: TcpStream, peer: SocketAddr) {
        let Some(tunnel) = self.open_tunnel(now, id, peer) else {
            // It is told at once.
            let _ = SockRef::from(&socket).set_linger(Some(Duration::ZERO));
            return;
        };
        match self.sockets.insert(Socket::Stream(Stream::new(socket, tunnel, false))) {
            Ok(stream) => {
                self.locals.insert(tunnel, Place::Stream(stream), Ends::Peer(peer), Some(id));
                self.sockets.list(stream);
            }
            Err(error) => self.core.close(now, tunnel, Reason::Reset, &error.to_string()),
        }
    }

    /// Begins a tunnel for what came to a listener.
    pub(super) fn open_tunnel(&mut self, now: Instant, id: SocketId, peer: SocketAddr) -> Option<TunnelId> {
        let request = &self.sockets.listener(id)?.request;
        let (transport, listen) = (request.transport, request.listen);
        let path = match self.routes.path(request, &self.config.peers) {
            Ok(path) => path,
            Err(reason) => {
                log::warn!(listen:%, peer:%, reason; "no tunnel was opened");
                return None;
            }
        };
        let (target, capabilities) = (request.target.clone(), request.capabilities);
        match self.core.open(now, &Opening { path, transport, target, capabilities }) {
            Ok(tunnel) => {
                self.sockets.listener(id)?.tunnels.insert(tunnel);
                Some(tunnel)
            }
            Err(reason) => {
                log::warn!(listen:%, peer:%, reason:%; "no tunnel was opened");
                None
            }
        }
    }

    fn read_peers(&mut self, now: Instant, id: SocketId) -> bool {
        for _ in 0..TURN {
            let Some((Socket::Listener(listener), readiness)) = self.sockets.get_mut(id) else {
                return false;
            };
            let Kind::Udp(entry) = &mut listener.kind else { return false };
            if !readiness.readable {
                return false;
            }
            match entry.socket.recv_from(&mut self.buffer) {
                Ok((count, peer)) => {
                    match entry.peers.heard(&peer).or_else(|| self.admit(now, id, peer)) {
                        // What finds no room is dropped, and was counted there: one socket serves many peers, and one
                        // slow tunnel must not hold up the others.
                        Some(tunnel) => {
                            let _ = self.core.local_datagram(now, tunnel, &self.buffer[..count]);
                        }
                        None => self.dropped += 1,
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => readiness.readable = false,
                // The system tells here what became of a datagram to some local peer.
                Err(_) => {}
            }
        }
        true
    }

    /// A local peer sends for the first time: it gets a tunnel of its own.
    fn admit(&mut self, now: Instant, id: SocketId, peer: SocketAddr) -> Option<TunnelId> {
        let Kind::Udp(entry) = &mut self.sockets.listener(id)?.kind else { return None };
        if entry.peers.len() >= self.config.limits.udp_peers {
            if entry.reply.is_some() {
                // Nobody was told of the listener yet, and its first tunnel is not to be ended.
                return None;
            }
            // Most use a port for a question or two, and never come back: who is silent makes room.
            if let Some((silent, tunnel)) = entry.peers.pop_silent() {
                log::debug!(peer:% = silent; "a local peer has made room for another one");
                self.core.close(now, tunnel, Reason::Closed, "");
            }
        }
        let Kind::Udp(entry) = &mut self.sockets.listener(id)?.kind else { return None };
        let place = Place::Peer { listener: id, peer: Some(peer) };
        let tunnel = match entry.spare.take() {
            Some(spare) => {
                self.locals.move_to(spare, place);
                self.locals.set_ends(spare, Ends::Peer(peer));
                // What the target has sent already.
                self.queue_for_peer(id, spare);
                spare
            }
            None => {
                let tunnel = self.open_tunnel(now, id, peer)?;
                self.locals.insert(tunnel, place, Ends::Peer(peer), Some(id));
                tunnel
            }
        };
        if let Kind::Udp(entry) = &mut self.sockets.listener(id)?.kind {
            entry.peers.insert(peer, tunnel);
        }
        Some(tunnel)
    }
}

/// Whether an error of `accept` is about one connection, which is gone.
fn is_of_connection(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, PermissionDenied, TimedOut};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted | PermissionDenied | TimedOut)
}
