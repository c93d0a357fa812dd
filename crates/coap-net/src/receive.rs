//! Reading datagrams, many with one system call.
use crate::socket::UdpSocket;
use coap_proto::{
    Address,
    engine::{Path, Received},
};
use nix::{
    cmsg_space, libc,
    sys::socket::{
        ControlMessageOwned, MsgFlags, MultiHeaders, RecvMsg, SockaddrIn, SockaddrIn6, SockaddrLike,
        recvfrom, recvmmsg,
    },
};
use std::{
    fmt, io,
    io::IoSliceMut,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    os::fd::AsRawFd,
};

/// Datagrams a system call.
pub(crate) const BATCH: usize = 64;
/// No UDP datagram is longer.
const LONGEST: usize = 65_536;

/// Room for a batch of datagrams: address space from the first call on, memory only where datagrams have
/// reached.
#[derive(Default)]
pub(crate) struct Receiver {
    room: Vec<u8>,
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

impl Receiver {
    /// Reads up to `limit` datagrams (at most [`BATCH`]), has `take` take those of a system call, and says how many
    /// came; fewer than asked for: the system stopped because nothing was left, or because of an ICMP message; what
    /// comes after that, or the message itself, makes the socket ready again. An error stands for one ICMP message
    /// or for [`WouldBlock`](io::ErrorKind::WouldBlock).
    pub(crate) fn receive(
        &mut self,
        socket: &UdpSocket,
        limit: usize,
        take: impl FnOnce(&[Received<'_>]),
    ) -> io::Result<usize> {
        match (socket.local(), limit) {
            (SocketAddr::V4(_), 1) if !socket.has_packet_info() => {
                self.receive_one::<SockaddrIn>(socket, take)
            }
            (SocketAddr::V6(_), 1) if !socket.has_packet_info() => {
                self.receive_one::<SockaddrIn6>(socket, take)
            }
            (SocketAddr::V4(_), _) => self.receive_many::<SockaddrIn>(socket, limit, take),
            (SocketAddr::V6(_), _) => self.receive_many::<SockaddrIn6>(socket, limit, take),
        }
    }

    /// The room for a batch.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        if self.room.is_empty() {
            // Zeroed by the system when a page is first used; `resize` would touch all of it now.
            self.room = vec![0; BATCH * LONGEST];
        }
        &mut self.room
    }

    /// One datagram, without the address that it was sent to: no arrays have to be set up for it.
    fn receive_one<S>(&mut self, socket: &UdpSocket, take: impl FnOnce(&[Received<'_>])) -> io::Result<usize>
    where
        S: SockaddrLike + Into<Peer>,
    {
        let room = &mut self.room()[..LONGEST];
        let (length, from) = recvfrom::<S>(socket.as_raw_fd(), room)?;
        if let Some(Peer(remote)) = from.map(Into::into) {
            let path = Path { local: socket.local().into(), remote: remote.into(), ifindex: 0 };
            take(&[Received { path, bytes: &room[..length] }]);
        }
        Ok(1)
    }

    fn receive_many<S>(
        &mut self,
        socket: &UdpSocket,
        limit: usize,
        take: impl FnOnce(&[Received<'_>]),
    ) -> io::Result<usize>
    where
        S: SockaddrLike + Copy + Into<Peer>,
    {
        let limit = limit.clamp(1, BATCH);
        let control = socket.has_packet_info().then(|| cmsg_space!(libc::in6_pktinfo));
        // Made anew each time: nix does not restore the room for control messages after a call.
        let mut headers = MultiHeaders::<S>::preallocate(limit, control);
        let mut slices: Vec<[IoSliceMut<'_>; 1]> =
            self.room().chunks_mut(LONGEST).take(limit).map(|room| [IoSliceMut::new(room)]).collect();
        let flags = MsgFlags::MSG_DONTWAIT;
        let received = recvmmsg(socket.as_raw_fd(), &mut headers, slices.iter_mut(), flags, None)?;
        let (mut count, mut datagrams) = (0, Vec::with_capacity(limit));
        for message in received {
            count += 1;
            let Some(path) = path(socket, &message) else { continue };
            datagrams.push(Received { path, bytes: message.iovs().next().unwrap_or_default() });
        }
        take(&datagrams);
        Ok(count)
    }
}

/// The addresses of one datagram.
fn path<S: Copy + Into<Peer>>(socket: &UdpSocket, message: &RecvMsg<'_, '_, S>) -> Option<Path> {
    let Peer(remote) = message.address?.into();
    let mut local = socket.local();
    let mut ifindex = 0;
    for control in message.cmsgs().into_iter().flatten() {
        match control {
            ControlMessageOwned::Ipv4PacketInfo(info) => {
                local.set_ip(IpAddr::V4(Ipv4Addr::from(u32::from_be(info.ipi_addr.s_addr))));
                ifindex = u32::try_from(info.ipi_ifindex).unwrap_or(0);
            }
            ControlMessageOwned::Ipv6PacketInfo(info) => {
                local.set_ip(IpAddr::V6(Ipv6Addr::from(info.ipi6_addr.s6_addr)));
                ifindex = info.ipi6_ifindex;
            }
            _ => {}
        }
    }
    Some(Path { local: Address::Ip(local), remote: Address::Ip(remote), ifindex })
}

/// Where a datagram came from.
struct Peer(SocketAddr);

impl From<SockaddrIn> for Peer {
    fn from(address: SockaddrIn) -> Self {
        Self(SocketAddr::V4(SocketAddrV4::from(address)))
    }
}

impl From<SockaddrIn6> for Peer {
    fn from(address: SockaddrIn6) -> Self {
        Self(SocketAddr::V6(SocketAddrV6::from(address)))
    }
}

#[cfg(test)]
mod tests;
