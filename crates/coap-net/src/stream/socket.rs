//! Stream sockets, set up as CoAP needs them.
use crate::path::{self, SocketFile};
use coap_proto::{Address, UnixPath, engine::Path};
use nix::libc::{EINPROGRESS, MSG_NOSIGNAL};
use socket2::{Domain, SockAddr, Socket, Type};
use std::{
    io::{self, Read},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr},
    os::fd::{AsRawFd, RawFd},
};

/// Connections that the system keeps until they are accepted; its own limit may be lower.
const BACKLOG: i32 = 1024;
/// Bytes that are read and thrown away when a connection is closed.
const LEFTOVER: usize = 64 * 1024;

/// A socket that connections come to.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: Socket,
    local: Address,
    _file: Option<SocketFile>,
}

impl Listener {
    /// Listens at an address. An IPv6 one takes IPv4 too, peers then have mapped addresses (RFC 4291 section 2.5.5.2).
    pub(crate) fn new(local: &Address) -> io::Result<Self> {
        let (socket, file) = match local {
            Address::Ip(local) => {
                let socket = new(Domain::for_address(*local))?;
                socket.set_reuse_address(true)?;
                socket.bind(&(*local).into())?;
                (socket, None)
            }
            Address::Unix(local) => bound_to_file(local).map(|(socket, file)| (socket, Some(file)))?,
        };
        socket.listen(BACKLOG)?;
        let local = address_of(&socket.local_addr()?).unwrap_or(*local);
        Ok(Self { socket, local, _file: file })
    }

    /// Where it listens.
    pub(crate) fn local(&self) -> Address {
        self.local
    }

    /// From now on accepting fails.
    #[cfg(test)]
    pub(crate) fn shut_down(&self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Both)
    }

    /// The next connection, and its addresses. A peer on a Unix domain socket that is not bound has no name.
    pub(crate) fn accept(&self) -> io::Result<(StreamSocket, Path)> {
        let (socket, remote) = self.socket.accept()?;
        socket.set_nonblocking(true)?;
        let local = socket.local_addr().ok().and_then(|local| address_of(&local)).unwrap_or(self.local);
        let remote = address_of(&remote).unwrap_or(Address::Unix(UnixPath::UNNAMED));
        set_up(&socket, &local);
        Ok((StreamSocket { socket, _file: None }, Path::new(local, remote, 0)))
    }
}

impl AsRawFd for Listener {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

/// One connection, which never blocks.
#[derive(Debug)]
pub(crate) struct StreamSocket {
    socket: Socket,
    /// What a client of a Unix domain socket is bound to.
    _file: Option<Box<SocketFile>>,
}

/// How far a connection attempt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// It is not decided: the socket will be reported.
    Underway,
    /// Connected, from this address.
    Connected(Address),
}

impl StreamSocket {
    /// Begins to connect; `local` is what to bind to. Says whether it is connected at once; else the socket will be
    /// reported.
    pub(crate) fn connect(remote: &Address, local: Option<&Address>) -> io::Result<(Self, bool)> {
        let (socket, file, to) = match (remote, local) {
            (Address::Ip(remote), local) => {
                let socket = new(Domain::for_address(*remote))?;
                if let Some(local) = local.and_then(Address::ip) {
                    socket.set_reuse_address(true)?;
                    socket.bind(&local.into())?;
                }
                (socket, None, (*remote).into())
            }
            (Address::Unix(remote), Some(Address::Unix(local))) => {
                let (socket, file) = bound_to_file(local)?;
                (socket, Some(file.into()), SockAddr::unix(path::as_path(remote))?)
            }
            (Address::Unix(remote), _) => (new(Domain::UNIX)?, None, SockAddr::unix(path::as_path(remote))?),
        };
        set_up(&socket, remote);
        let connected = match socket.connect(&to) {
            Err(error) if error.raw_os_error() == Some(EINPROGRESS) => false,
            connected => connected.map(|()| true)?,
        };
        Ok((Self { socket, _file: file }, connected))
    }

    /// How far the attempt to connect is.
    ///
    /// # Errors
    /// Why it has failed.
    pub(crate) fn attempt(&self) -> io::Result<Attempt> {
        if let Some(error) = self.socket.take_error()? {
            return Err(error);
        }
        match self.socket.peer_addr() {
            Ok(_) => {
                let local = address_of(&self.socket.local_addr()?);
                Ok(Attempt::Connected(local.unwrap_or(Address::Unix(UnixPath::UNNAMED))))
            }
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(Attempt::Underway),
            Err(error) => Err(error),
        }
    }

    /// Reads what is there, up to the size of the room; 0: the peer sends no more.
    pub(crate) fn read(&self, room: &mut [u8]) -> io::Result<usize> {
        (&self.socket).read(room)
    }

    /// Writes as many bytes as the system takes. That the peer is gone is an error, not a signal, which would end a C
    /// program.
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.send_with_flags(bytes, MSG_NOSIGNAL)
    }

    /// Says that nothing more will be written, and throws away what was not read: if something is left then, the system
    /// takes back what was written last (RFC 1122 section 4.2.2.13), which may say why the connection is closed.
    pub(crate) fn finish(&self) {
        let _ = self.socket.shutdown(Shutdown::Write);
        let mut room = [0; 4096];
        for _ in 0..LEFTOVER / room.len() {
            if !matches!(self.read(&mut room), Ok(1..)) {
                return;
            }
        }
    }
}

impl AsRawFd for StreamSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

/// The address of all interfaces of that family: what a socket has that is not connected yet.
pub(crate) fn unspecified(of: &Address) -> Address {
    match of {
        Address::Ip(SocketAddr::V4(_)) => SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0).into(),
        Address::Ip(SocketAddr::V6(_)) => SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0).into(),
        Address::Unix(_) => UnixPath::UNNAMED.into(),
    }
}

fn new(domain: Domain) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    if domain == Domain::IPV6 {
        socket.set_only_v6(false)?;
    }
    Ok(socket)
}

fn bound_to_file(path: &UnixPath) -> io::Result<(Socket, SocketFile)> {
    SocketFile::bind(path, |path| {
        let socket = new(Domain::UNIX)?;
        socket.bind(&SockAddr::unix(path)?)?;
        Ok(socket)
    })
}

/// What is written is whole messages, so they leave at once; a peer that is gone is noticed some day.
fn set_up(socket: &Socket, of: &Address) {
    if of.ip().is_some() {
        // It works without, only slower.
        let _ = socket.set_tcp_nodelay(true);
        let _ = socket.set_keepalive(true);
    }
}

fn address_of(address: &SockAddr) -> Option<Address> {
    if let Some(address) = address.as_socket() {
        return Some(address.into());
    }
    path::address_of(&address.as_unix()?)
}
