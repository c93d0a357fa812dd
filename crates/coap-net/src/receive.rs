//! Reading datagrams, many with one system call.
use crate::{
    headers::{self, Family, Use},
    socket::UdpSocket,
};
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
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
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
            let path = Path::new(socket.local().into(), remote.into(), 0);
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
        S: Family + Into<Peer>,
    {
        let limit = limit.clamp(1, BATCH);
        if !socket.has_packet_info() || socket.local().is_ipv6() {
            // What an IPv4 datagram has for an IPv6 endpoint needs more room than an IPv6 one leaves.
            let room = socket.has_packet_info().then(|| cmsg_space!(libc::in6_pktinfo, libc::in_pktinfo));
            return self.receive_in(&mut MultiHeaders::<S>::preallocate(limit, room), socket, limit, take).0;
        }
        let mut headers = headers::take::<S>(Use::Reading);
        let (received, all_have_info) = self.receive_in(&mut headers, socket, limit, take);
        if all_have_info {
            headers::keep(Use::Reading, headers);
        }
        received
    }

    /// Says, too, whether all that came had packet info.
    fn receive_in<S>(
        &mut self,
        headers: &mut MultiHeaders<S>,
        socket: &UdpSocket,
        limit: usize,
        take: impl FnOnce(&[Received<'_>]),
    ) -> (io::Result<usize>, bool)
    where
        S: Family + Into<Peer>,
    {
        let mut slices: Vec<[IoSliceMut<'_>; 1]> =
            self.room().chunks_mut(LONGEST).take(limit).map(|room| [IoSliceMut::new(room)]).collect();
        let flags = MsgFlags::MSG_DONTWAIT;
        let received = match recvmmsg(socket.as_raw_fd(), headers, slices.iter_mut(), flags, None) {
            Ok(received) => received,
            Err(error) => return (Err(error.into()), true),
        };
        let (mut count, mut datagrams, mut all_have_info) = (0, Vec::with_capacity(limit), true);
        for message in received {
            count += 1;
            let Some(Peer(remote)) = message.address.map(Into::into) else { continue };
            let (path, has_info) = path(socket.local(), remote, &message);
            all_have_info &= has_info;
            datagrams.push(Received { path, bytes: message.iovs().next().unwrap_or_default() });
        }
        take(&datagrams);
        (Ok(count), all_have_info)
    }
}

/// The addresses of one datagram, and whether packet info told of them.
fn path<S>(mut local: SocketAddr, remote: SocketAddr, message: &RecvMsg<'_, '_, S>) -> (Path, bool) {
    let (mut ifindex, mut broadcast, mut has_info) = (0, false, false);
    for control in message.cmsgs().into_iter().flatten() {
        match control {
            ControlMessageOwned::Ipv4PacketInfo(info) => {
                // An IPv6 endpoint has the mapped address from the other message.
                ifindex = u32::try_from(info.ipi_ifindex).unwrap_or(0);
                (broadcast, has_info) = (is_broadcast(&info), true);
                if let SocketAddr::V4(local) = &mut local {
                    local.set_ip(ip(info.ipi_addr));
                    // Nothing else is asked for here.
                    break;
                }
            }
            ControlMessageOwned::Ipv6PacketInfo(info) => {
                local.set_ip(Ipv6Addr::from(info.ipi6_addr.s6_addr).into());
                (ifindex, has_info) = (info.ipi6_ifindex, true);
            }
            _ => {}
        }
    }
    (Path { broadcast, ..Path::new(Address::Ip(local), Address::Ip(remote), ifindex) }, has_info)
}

/// Whether a datagram reached more than its own address here: then the system names another one to answer from.
fn is_broadcast(info: &libc::in_pktinfo) -> bool {
    let (to, own) = (ip(info.ipi_addr), ip(info.ipi_spec_dst));
    // Interface 0: the system names neither.
    to != own && !to.is_multicast() && info.ipi_ifindex != 0
}

fn ip(address: libc::in_addr) -> Ipv4Addr {
    Ipv4Addr::from(u32::from_be(address.s_addr))
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
