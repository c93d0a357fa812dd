//! UDP sockets, set up as CoAP needs them.
use crate::interface;
use coap_proto::Address;
use nix::{
    libc::EACCES,
    sys::socket::{getsockopt, setsockopt, sockopt},
};
use socket2::{Domain, SockAddr, Socket, Type};
use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

/// Bytes of datagrams that the system is asked to keep for an endpoint while handlers run. It counts a small
/// datagram as some 800 bytes and gives less where its own limit is lower.
const ENDPOINT_BUFFER: usize = 1 << 20;

/// A UDP socket that never blocks.
#[derive(Debug)]
pub(crate) struct UdpSocket {
    socket: Socket,
    local: SocketAddr,
    kind: Kind,
    cuts_datagrams: AtomicBool,
}

/// How a socket is used.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// For everybody; tells for each datagram the address that it was sent to.
    Endpoint,
    /// For one peer, who is of interest when something goes wrong; hears of ICMP errors.
    Connected(Box<SocketAddr>),
    /// For a group, whose members answer from their own addresses.
    Group,
}

impl UdpSocket {
    /// A server socket. An IPv6 one takes IPv4 too, peers then have mapped addresses (RFC 4291 section
    /// 2.5.5.2).
    pub(crate) fn listen(local: SocketAddr) -> io::Result<Self> {
        let socket = new(local)?;
        // With it the system might choose a port that another such socket has.
        socket.set_reuse_address(local.port() != 0)?;
        match local {
            SocketAddr::V4(_) => setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?,
            // Covers the IPv4 datagrams of a dual-stack socket as well, with mapped addresses.
            SocketAddr::V6(_) => {
                setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
                // Tells besides which of these were broadcast. Without it they are as others.
                let _ = setsockopt(&socket, sockopt::Ipv4PacketInfo, &true);
            }
        }
        // Less room means that more is lost in a burst, no more than that.
        let _ = socket.set_recv_buffer_size(ENDPOINT_BUFFER);
        socket.bind(&local.into())?;
        Self::new(socket, Kind::Endpoint)
    }

    /// A client socket: for one peer, or for a group, if that is what `remote` stands for.
    pub(crate) fn connect(remote: SocketAddr, local: Option<SocketAddr>) -> io::Result<Self> {
        if Address::Ip(remote).is_multicast() {
            return Self::group(remote, local);
        }
        let socket = new(remote)?;
        if let Some(local) = local {
            bind_client(&socket, local)?;
        }
        match socket.connect(&remote.into()) {
            // How the system says that this is the broadcast address of one of its networks.
            Err(error) if error.raw_os_error() == Some(EACCES) && interface::is_broadcast(remote.ip()) => {
                return Self::group(remote, local);
            }
            result => result?,
        }
        let peer = internet(&socket.peer_addr()?)?;
        Self::new(socket, Kind::Connected(peer.into()))
    }

    /// A client socket that takes answers from anybody. Bound at once, so that its port is known.
    fn group(remote: SocketAddr, local: Option<SocketAddr>) -> io::Result<Self> {
        let socket = new(remote)?;
        match (local, remote) {
            (Some(local), _) => bind_client(&socket, local)?,
            (None, SocketAddr::V4(_)) => socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)).into())?,
            (None, SocketAddr::V6(_)) => socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)).into())?,
        }
        socket.set_broadcast(true)?;
        Self::new(socket, Kind::Group)
    }

    fn new(socket: Socket, kind: Kind) -> io::Result<Self> {
        let local = internet(&socket.local_addr()?)?;
        // A system that does not know the option would take no notice of it when something is sent.
        let cuts_datagrams = AtomicBool::new(getsockopt(&socket, sockopt::UdpGsoSegment).is_ok());
        Ok(Self { socket, local, kind, cuts_datagrams })
    }

    /// Whether the system cuts a long datagram into several (UDP_SEGMENT).
    pub(crate) fn cuts_datagrams(&self) -> bool {
        self.cuts_datagrams.load(Relaxed)
    }

    /// It has turned out that it does not.
    pub(crate) fn stop_cutting(&self) {
        self.cuts_datagrams.store(false, Relaxed);
    }

    /// Where it is bound.
    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Its only peer, if it has one.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        match &self.kind {
            Kind::Connected(peer) => Some(**peer),
            Kind::Endpoint | Kind::Group => None,
        }
    }

    /// Whether it was opened for a group.
    pub(crate) fn is_for_group(&self) -> bool {
        self.kind == Kind::Group
    }

    /// Whether each datagram comes with the address that it was sent to.
    pub(crate) fn has_packet_info(&self) -> bool {
        self.kind == Kind::Endpoint
    }

    /// How many networks a datagram to a group may cross (RFC 1112, RFC 3493): 0 to 255.
    pub(crate) fn set_multicast_hops(&self, hops: u32) -> io::Result<()> {
        match self.local {
            SocketAddr::V4(_) => self.socket.set_multicast_ttl_v4(hops),
            SocketAddr::V6(_) => self.socket.set_multicast_hops_v6(hops),
        }
    }

    /// The socket itself, for group membership.
    pub(crate) fn inner(&self) -> &Socket {
        &self.socket
    }
}

impl AsRawFd for UdpSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

impl AsFd for UdpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn new(of: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(of), Type::DGRAM, None)?;
    socket.set_nonblocking(true)?;
    if of.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    Ok(socket)
}

/// A client that wants a certain port gets it although another socket has it, as with libcoap. One that the system
/// chooses is nobody else's, unless somebody asks for it.
fn bind_client(socket: &Socket, local: SocketAddr) -> io::Result<()> {
    // Between sockets that may share their ports the system takes no care when it chooses one.
    socket.set_reuse_address(local.port() != 0)?;
    socket.bind(&local.into())?;
    socket.set_reuse_address(true)
}

fn internet(address: &SockAddr) -> io::Result<SocketAddr> {
    address.as_socket().ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

#[cfg(test)]
mod tests;
