//! Unix domain datagram sockets.
use crate::path::{self, SocketFile};
use coap_proto::{
    Address, UnixPath,
    engine::{Path, Received, Transmit},
};
use std::{
    io,
    os::{
        fd::{AsRawFd, RawFd},
        unix::net::UnixDatagram,
    },
};

/// A Unix domain datagram socket that never blocks, bound to a path.
#[derive(Debug)]
pub(crate) struct UnixSocket {
    socket: UnixDatagram,
    local: UnixPath,
    /// Its only peer, for a client.
    peer: Option<UnixPath>,
    _file: SocketFile,
}

impl UnixSocket {
    /// A server socket.
    pub(crate) fn listen(local: UnixPath) -> io::Result<Self> {
        let (socket, file) = SocketFile::bind(&local, |path| UnixDatagram::bind(path))?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, local, peer: None, _file: file })
    }

    /// A client socket. It needs a path of its own, or the server could not answer.
    pub(crate) fn connect(remote: UnixPath, local: UnixPath) -> io::Result<Self> {
        let socket = Self::listen(local)?;
        socket.socket.connect(path::as_path(&remote))?;
        Ok(Self { peer: Some(remote), ..socket })
    }

    /// Where it is bound.
    pub(crate) fn local(&self) -> UnixPath {
        self.local
    }

    /// Its only peer, if it has one.
    pub(crate) fn peer(&self) -> Option<UnixPath> {
        self.peer
    }

    /// Reads up to `limit` datagrams and says how many came. An error says that the socket is empty
    /// ([`WouldBlock`](io::ErrorKind::WouldBlock)), or why nothing comes. Peers without a path cannot be answered:
    /// theirs are dropped.
    pub(crate) fn receive(
        &self,
        room: &mut [u8],
        limit: usize,
        mut take: impl FnMut(&[Received<'_>]),
    ) -> io::Result<usize> {
        for count in 0..limit {
            match self.socket.recv_from(room) {
                Ok((length, from)) => {
                    let remote = path::address_of(&from);
                    if let Some(remote) = remote.filter(|remote| *remote != Address::Unix(UnixPath::UNNAMED))
                    {
                        let path = Path::new(self.local.into(), remote, 0);
                        take(&[Received { path, bytes: &room[..length] }]);
                    }
                }
                Err(_) if count > 0 => return Ok(count),
                Err(error) => return Err(error),
            }
        }
        Ok(limit)
    }

    /// Sends a datagram.
    pub(crate) fn send(&self, transmit: &Transmit) -> io::Result<()> {
        if self.peer.is_some() {
            return self.socket.send(&transmit.bytes).map(drop);
        }
        let remote = transmit.path.remote.unix().ok_or(io::ErrorKind::InvalidInput)?;
        match self.socket.send_to(&transmit.bytes, path::as_path(remote)) {
            // It is this peer that reads too slowly: what it does not get is lost, and the others do not wait.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            sent => sent.map(drop),
        }
    }
}

impl AsRawFd for UnixSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}
