//! Writing datagrams.
use crate::socket::UdpSocket;
use coap_proto::engine::Transmit;
use nix::{
    libc,
    sys::socket::{ControlMessage, MsgFlags, SockaddrStorage, send, sendmsg},
};
use std::{
    io,
    io::IoSlice,
    net::{IpAddr, SocketAddr},
    os::fd::AsRawFd,
};

/// Sends one datagram, from the source address and by the interface of its path where the socket has several.
pub(crate) fn transmit(socket: &UdpSocket, transmit: &Transmit) -> io::Result<()> {
    let fd = socket.as_raw_fd();
    if socket.peer().is_some() {
        send(fd, &transmit.bytes, MsgFlags::MSG_DONTWAIT)?;
        return Ok(());
    }
    let remote = transmit.path.remote.ip().ok_or(io::ErrorKind::InvalidInput)?;
    let remote = SockaddrStorage::from(remote);
    let slices = [IoSlice::new(&transmit.bytes)];
    let flags = MsgFlags::MSG_DONTWAIT;
    match Source::of(socket, transmit) {
        Source::Any => sendmsg(fd, &slices, &[], flags, Some(&remote))?,
        Source::V4(info) => {
            sendmsg(fd, &slices, &[ControlMessage::Ipv4PacketInfo(&info)], flags, Some(&remote))?
        }
        Source::V6(info) => {
            sendmsg(fd, &slices, &[ControlMessage::Ipv6PacketInfo(&info)], flags, Some(&remote))?
        }
    };
    Ok(())
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
        let plain = local.to_canonical();
        let broadcast = matches!(plain, IpAddr::V4(v4) if v4.is_broadcast());
        if !socket.has_packet_info() || plain.is_unspecified() || plain.is_multicast() || broadcast {
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
}
