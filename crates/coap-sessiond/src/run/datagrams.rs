//! Datagrams and their sockets.
//!
//! Those of unreliable tunnels may be lost here, as in a network. Those of reliable tunnels stay in the tunnel until a
//! socket has taken them, and are read from a target only when the tunnel has room.
use super::{
    Daemon,
    listeners::Kind,
    locals::Place,
    sockets::{Readiness, Socket, SocketId},
    streams::Pumped,
};
use crate::protocol::{Core, TunnelId};
use mio::net::UdpSocket;
use nix::errno::Errno;
use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::{Duration, Instant},
};

/// Datagrams read from a socket, and as many written to it, before it is another one's turn.
pub(super) const TURN: usize = 64;
/// When the system has no memory for a datagram, its socket rests: it does not say when it has some again.
const REST: Duration = Duration::from_millis(100);

/// A socket connected to a target: it takes nobody else's datagrams.
#[derive(Debug)]
pub(super) struct TargetSocket {
    pub(super) socket: UdpSocket,
    pub(super) tunnel: TunnelId,
}

/// What became of a datagram for a socket.
enum Outcome {
    Sent,
    /// The system told what became of an earlier one, or was interrupted: this one is still to be sent.
    NotYet,
    /// The socket is full, and will say when it is not.
    Full,
    /// There is no memory.
    NoMemory,
    /// It can never be sent.
    Refused(io::Error),
}

impl From<io::Result<usize>> for Outcome {
    fn from(result: io::Result<usize>) -> Self {
        let error = match result {
            Ok(_) => return Self::Sent,
            Err(error) => error,
        };
        match error.kind() {
            ErrorKind::WouldBlock => Self::Full,
            ErrorKind::Interrupted | ErrorKind::ConnectionRefused => Self::NotYet,
            _ => match error.raw_os_error().map(Errno::from_raw) {
                Some(Errno::ENOBUFS | Errno::ENOMEM) => Self::NoMemory,
                _ => Self::Refused(error),
            },
        }
    }
}

impl TargetSocket {
    /// A socket for the datagrams of a tunnel.
    pub(super) fn connect(tunnel: TunnelId, target: SocketAddr) -> io::Result<Self> {
        let any: SocketAddr = match target {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any)?;
        socket.connect(target)?;
        Ok(Self { socket, tunnel })
    }

    /// Moves datagrams in both directions.
    pub(super) fn pump(
        &self,
        now: Instant,
        readiness: &mut Readiness,
        core: &mut Core,
        buffer: &mut [u8],
    ) -> Pumped {
        let has_more = self.read(now, readiness, core, buffer);
        match write_records(now, readiness, core, self.tunnel, |bytes| self.socket.send(bytes)) {
            Pumped::Done if has_more => Pumped::More,
            written => written,
        }
    }

    /// Gives datagrams to the tunnel. Whether there may be more.
    fn read(&self, now: Instant, readiness: &mut Readiness, core: &mut Core, buffer: &mut [u8]) -> bool {
        for _ in 0..TURN {
            // What a reliable tunnel has no room for waits in the system's buffer.
            if !readiness.readable || !core.has_room_for_datagram(self.tunnel) {
                return false;
            }
            match self.socket.recv(buffer) {
                // What an unreliable one has no room for was counted there.
                Ok(count) => drop(core.local_datagram(now, self.tunnel, &buffer[..count])),
                Err(error) if error.kind() == ErrorKind::WouldBlock => readiness.readable = false,
                // The system reports here what earlier datagrams met; a target that is away for a while comes back.
                Err(_) => {}
            }
        }
        true
    }
}

/// What became of the next datagram of a reliable tunnel.
enum Given {
    /// There is none.
    Nothing,
    /// The socket was asked to take it.
    Tried,
    /// The system has no memory for it.
    NoMemory,
}

/// Gives the next datagram of a reliable tunnel to a socket, which may take it.
fn give_record(
    now: Instant,
    readiness: &mut Readiness,
    core: &mut Core,
    tunnel: TunnelId,
    send: impl Fn(&[u8]) -> io::Result<usize>,
) -> Given {
    let Some(record) = core.readable_record(tunnel) else { return Given::Nothing };
    match Outcome::from(send(&record)) {
        Outcome::Sent => core.record_taken(now, tunnel, true),
        Outcome::NotYet => {}
        Outcome::Full => readiness.writable = false,
        Outcome::NoMemory => return Given::NoMemory,
        Outcome::Refused(error) => {
            log::debug!(length = record.len(), error:%; "a datagram was refused");
            core.record_taken(now, tunnel, false);
        }
    }
    Given::Tried
}

/// Gives datagrams of a reliable tunnel to a socket, as many as it takes.
fn write_records(
    now: Instant,
    readiness: &mut Readiness,
    core: &mut Core,
    tunnel: TunnelId,
    send: impl Fn(&[u8]) -> io::Result<usize>,
) -> Pumped {
    for _ in 0..TURN {
        if !readiness.writable {
            return Pumped::Done;
        }
        match give_record(now, readiness, core, tunnel, &send) {
            Given::Tried => {}
            Given::Nothing => return Pumped::Done,
            Given::NoMemory => return Pumped::Rest,
        }
    }
    Pumped::More
}

impl Daemon {
    /// A datagram of an unreliable tunnel for a local peer or a target.
    pub(super) fn deliver_datagram(&mut self, now: Instant, tunnel: TunnelId, bytes: &[u8]) {
        let sent = match self.locals.place(tunnel) {
            Some(Place::Peer { listener, peer: Some(peer) }) => {
                match self.sockets.listener(listener).map(|listener| &mut listener.kind) {
                    Some(Kind::Udp(entry)) => {
                        entry.peers.heard(&peer);
                        entry.socket.send_to(bytes, peer).map(drop)
                    }
                    _ => Ok(()),
                }
            }
            Some(Place::Peer { peer: None, .. }) => {
                self.dropped += 1; // there is nobody yet
                Ok(())
            }
            Some(Place::Socket(socket)) => match self.sockets.get(socket) {
                Some(Socket::Target(target)) => {
                    // The first attempt may only tell what became of an earlier datagram.
                    let sent = target.socket.send(bytes);
                    sent.or_else(|error| match error.kind() {
                        ErrorKind::ConnectionRefused => target.socket.send(bytes),
                        _ => Err(error),
                    })
                    .map(drop)
                }
                _ => Ok(()),
            },
            Some(Place::Echo) => {
                self.core.local_datagram(now, tunnel, bytes);
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(error) = sent {
            self.dropped += 1;
            log::debug!(ends:% = self.locals.ends(tunnel), error:%; "a datagram was dropped");
        }
    }

    /// A reliable tunnel has datagrams for a local peer: it waits for its turn at the listener's socket.
    pub(super) fn queue_for_peer(&mut self, id: SocketId, tunnel: TunnelId) {
        let Some(Kind::Udp(entry)) = self.sockets.listener(id).map(|listener| &mut listener.kind) else {
            return;
        };
        entry.waiting.push_back(tunnel);
        if entry.waiting.len() > 2 * self.config.limits.udp_peers {
            // Those that have ended are still there, if the socket was full meanwhile.
            entry.waiting.retain(|tunnel| self.core.readable_record(*tunnel).is_some());
        }
        self.sockets.list(id);
    }

    /// Gives datagrams of reliable tunnels to their local peers, one of each tunnel in turn. Whether there may be more
    /// to do.
    pub(super) fn write_to_peers(&mut self, now: Instant, id: SocketId) -> bool {
        for _ in 0..TURN {
            let Some((Socket::Listener(listener), readiness)) = self.sockets.get_mut(id) else {
                return false;
            };
            let Kind::Udp(entry) = &mut listener.kind else { return false };
            if !readiness.writable {
                return false;
            }
            let Some(tunnel) = entry.waiting.pop_front() else { return false };
            let Some(Place::Peer { peer: Some(peer), .. }) = self.locals.place(tunnel) else { continue };
            entry.peers.heard(&peer);
            let send = |bytes: &[u8]| entry.socket.send_to(bytes, peer);
            if let Given::NoMemory = give_record(now, readiness, &mut self.core, tunnel, send) {
                entry.waiting.push_front(tunnel);
                self.rest(now, id);
                return false;
            }
            if self.core.readable_record(tunnel).is_some() {
                entry.waiting.push_back(tunnel);
            }
        }
        true
    }

    /// The system has nothing for a socket now; it is tried again in a while.
    pub(super) fn rest(&mut self, now: Instant, id: SocketId) {
        self.timers.retry(now + REST, id);
    }
}

#[cfg(test)]
mod tests;
