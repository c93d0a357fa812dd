//! Writing datagrams, many with one system call.
mod segments;

use crate::{
    headers::{self, Family, Use},
    receive::BATCH,
    socket::UdpSocket,
};
use coap_proto::engine::Transmit;
use nix::{
    libc,
    sys::socket::{
        ControlMessage, MsgFlags, SockaddrIn, SockaddrIn6, SockaddrStorage, send, sendmmsg, sendmsg,
    },
};
use std::{
    io,
    io::IoSlice,
    net::{IpAddr, SocketAddr},
    os::fd::AsRawFd,
};

/// Sends some of the first of `transmits` and says how many. An error concerns the first of them.
pub(crate) fn send_some(socket: &UdpSocket, transmits: &[Transmit]) -> io::Result<usize> {
    let Some(first) = transmits.first() else { return Ok(0) };
    if transmits.len() == 1 {
        return send_one(socket, first).map(|()| 1);
    }
    // A system call takes one set of control messages for all its datagrams.
    let source = Source::of(socket, first);
    if let Some(run) = segments::run(socket, transmits)
        && let Some(sent) = segments::send(socket, run, &source)
    {
        return sent.map(|()| run.len());
    }
    if socket.peer().is_some() {
        return send_one(socket, first).map(|()| 1);
    }
    let is_alike = |transmit: &Transmit| {
        transmit.path.local == first.path.local && transmit.path.ifindex == first.path.ifindex
    };
    let alike = transmits.iter().take(BATCH).take_while(|transmit| is_alike(transmit)).count();
    let (alike, _) = transmits.split_at(alike);
    match socket.local() {
        SocketAddr::V4(_) => send_alike(socket, alike, &source, |to| match to {
            SocketAddr::V4(to) => Some(SockaddrIn::from(to)),
            SocketAddr::V6(_) => None,
        }),
        SocketAddr::V6(_) => send_alike(socket, alike, &source, |to| match to {
            SocketAddr::V4(_) => None,
            SocketAddr::V6(to) => Some(SockaddrIn6::from(to)),
        }),
    }
}

/// Sends one datagram, from the source address and by the interface of its path where the socket has several.
pub(crate) fn send_one(socket: &UdpSocket, transmit: &Transmit) -> io::Result<()> {
    send_from(socket, transmit, &Source::of(socket, transmit))
}

/// Sends one datagram from an address that the system chooses.
pub(crate) fn send_from_any(socket: &UdpSocket, transmit: &Transmit) -> io::Result<()> {
    send_from(socket, transmit, &Source::Any)
}

fn send_from(socket: &UdpSocket, transmit: &Transmit, source: &Source) -> io::Result<()> {
    let (fd, flags) = (socket.as_raw_fd(), MsgFlags::MSG_DONTWAIT);
    let sent = if socket.peer().is_some() {
        send(fd, &transmit.bytes, flags)
    } else {
        let remote = transmit.path.remote.ip().ok_or(io::ErrorKind::InvalidInput)?;
        let slices = [IoSlice::new(&transmit.bytes)];
        sendmsg(fd, &slices, source.control().as_slice(), flags, Some(&SockaddrStorage::from(remote)))
    };
    sent?;
    Ok(())
}

/// Sends datagrams of one source with one system call. One without an address of the socket's family is
/// refused by the system when its turn comes.
fn send_alike<S: Family>(
    socket: &UdpSocket,
    transmits: &[Transmit],
    source: &Source,
    address: impl Fn(SocketAddr) -> Option<S>,
) -> io::Result<usize> {
    let addresses: Vec<Option<S>> = transmits.iter().map(|t| t.path.remote.ip().and_then(&address)).collect();
    let slices: Vec<[IoSlice<'_>; 1]> = transmits.iter().map(|t| [IoSlice::new(&t.bytes)]).collect();
    let (control, fd) = (source.control(), socket.as_raw_fd());
    let purpose = Use::Writing { info: control.is_some() };
    let (mut headers, flags) = (headers::take::<S>(purpose), MsgFlags::MSG_DONTWAIT);
    let sent = sendmmsg(fd, &mut headers, slices.iter(), addresses, control.as_slice(), flags);
    let sent = sent.map(Iterator::count);
    headers::keep(purpose, headers);
    Ok(sent?)
}

/// Where a datagram is sent from.
enum Source {
    /// The system chooses.
    Any,
    V4(libc::in_pktinfo),
    V6(libc::in6_pktinfo),
}

impl Source {
    fn of(socket: &UdpSocket, transmit: &Transmit) -> Self {
        let path = &transmit.path;
        let Some(local) = path.local.ip().map(|local| local.ip()) else { return Self::Any };
        // Nobody would take what comes from a broadcast address, but the system would send it.
        if !socket.has_packet_info() || local.to_canonical().is_unspecified() || path.is_to_group() {
            return Self::Any;
        }
        match (socket.local(), local) {
            (SocketAddr::V4(_), IpAddr::V4(source)) => Self::V4(libc::in_pktinfo {
                ipi_ifindex: i32::try_from(path.ifindex).unwrap_or(0),
                ipi_spec_dst: libc::in_addr { s_addr: u32::from(source).to_be() },
                ipi_addr: libc::in_addr { s_addr: 0 },
            }),
            (SocketAddr::V6(_), IpAddr::V6(source)) => Self::V6(libc::in6_pktinfo {
                ipi6_addr: libc::in6_addr { s6_addr: source.octets() },
                ipi6_ifindex: path.ifindex,
            }),
            _ => Self::Any,
        }
    }

    fn control(&self) -> Option<ControlMessage<'_>> {
        match self {
            Self::Any => None,
            Self::V4(info) => Some(ControlMessage::Ipv4PacketInfo(info)),
            Self::V6(info) => Some(ControlMessage::Ipv6PacketInfo(info)),
        }
    }
}

#[cfg(test)]
mod tests;
