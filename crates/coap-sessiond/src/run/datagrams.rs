//! UDP sockets of targets.
use super::{Daemon, sockets::Readiness};
use crate::protocol::{Core, TunnelId};
use mio::net::UdpSocket;
use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Instant,
};

/// Datagrams read from a socket before it is another one's turn.
pub(super) const TURN: usize = 64;

/// A socket connected to a target: it takes nobody else's datagrams.
#[derive(Debug)]
pub(super) struct TargetSocket {
    pub(super) socket: UdpSocket,
    pub(super) tunnel: TunnelId,
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

    /// Gives datagrams to the tunnel. Whether there may be more.
    pub(super) fn read(
        &self,
        now: Instant,
        readiness: &mut Readiness,
        core: &mut Core,
        buffer: &mut [u8],
    ) -> bool {
        for _ in 0..TURN {
            if !readiness.readable {
                return false;
            }
            match self.socket.recv(buffer) {
                // What finds no room was counted there.
                Ok(count) => drop(core.local_datagram(now, self.tunnel, &buffer[..count])),
                Err(error) if error.kind() == ErrorKind::WouldBlock => readiness.readable = false,
                // The system reports here what earlier datagrams met; a target that is away for a while comes back.
                Err(_) => {}
            }
        }
        true
    }
}

impl Daemon {
    /// A datagram for a local peer or a target. It may be lost, as in a network.
    pub(super) fn deliver_datagram(&mut self, now: Instant, tunnel: TunnelId, bytes: &[u8]) {
        use super::{listeners::Kind, locals::Place, sockets::Socket};
        let sent = match self.locals.place(tunnel) {
            Some(Place::Peer { listener, peer: Some(peer) }) => match self.sockets.get(listener) {
                Some(Socket::Listener(listener)) => match &listener.kind {
                    Kind::Udp(entry) => entry.socket.send_to(bytes, peer).map(drop),
                    Kind::Tcp(_) => Ok(()),
                },
                _ => Ok(()),
            },
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
            log::debug!(ends = self.locals.ends(tunnel), error:%; "a datagram was dropped");
        }
    }
}
