//! Datagrams of one size for one peer leave as one, which the system cuts up (UDP_SEGMENT, Linux 4.18): its way through
//! the network stack, which costs more than anything else about a small datagram, is travelled once.
use super::Source;
use crate::socket::UdpSocket;
use coap_proto::engine::Transmit;
use nix::{
    errno::Errno,
    sys::socket::{ControlMessage, MsgFlags, SockaddrStorage, sendmsg},
};
use std::{
    io::{self, IoSlice},
    os::fd::AsRawFd,
};

/// What one datagram can be cut into. The system's own limit is 64, in older versions.
const MOST: usize = 64;
/// Longer ones may not fit into what the way to the peer takes; cut up, they would not be fragmented.
const LONGEST: usize = 1200;
/// What all of them have together fits into one datagram.
const ROOM: usize = 65_000;

/// The datagrams at the start of `transmits` that can leave as one, if there are several: same way, same size; the last
/// may be shorter.
pub(super) fn run<'a>(socket: &UdpSocket, transmits: &'a [Transmit]) -> Option<&'a [Transmit]> {
    let (first, others) = transmits.split_first()?;
    let size = first.bytes.len();
    if size == 0 || size > LONGEST || !socket.cuts_datagrams() {
        return None;
    }
    let most = MOST.min(ROOM / size) - 1;
    let fits = |it: &&Transmit| it.path == first.path && it.bytes.len() <= size && !it.bytes.is_empty();
    let mut count = 1;
    for transmit in others.iter().take(most).take_while(fits) {
        count += 1;
        if transmit.bytes.len() < size {
            break;
        }
    }
    (count > 1).then(|| transmits.split_at(count).0)
}

/// Sends what [`run`] has found. `None`: this socket, or the way to the peer, does not do it.
pub(super) fn send(socket: &UdpSocket, run: &[Transmit], source: &Source) -> Option<io::Result<()>> {
    let size = u16::try_from(run.first()?.bytes.len()).ok()?;
    let remote = match socket.peer() {
        Some(_) => None,
        None => Some(SockaddrStorage::from(run.first()?.path.remote.ip()?)),
    };
    let slices: Vec<IoSlice<'_>> = run.iter().map(|transmit| IoSlice::new(&transmit.bytes)).collect();
    let segments = ControlMessage::UdpGsoSegments(&size);
    let (fd, flags) = (socket.as_raw_fd(), MsgFlags::MSG_DONTWAIT);
    let sent = match source.control() {
        Some(source) => sendmsg(fd, &slices, &[segments, source], flags, remote.as_ref()),
        None => sendmsg(fd, &slices, &[segments], flags, remote.as_ref()),
    };
    match sent {
        Ok(_) => Some(Ok(())),
        // The way to this peer does not do it (IPsec, say, or an interface without checksums): from now on this socket
        // does without, for whomever.
        Err(Errno::EIO | Errno::EOPNOTSUPP) => {
            socket.stop_cutting();
            None
        }
        // A narrow way, or an address that nothing can be sent from: other peers may fare better.
        Err(Errno::EINVAL | Errno::EMSGSIZE) => {
            if socket.peer().is_some() {
                socket.stop_cutting();
            }
            None
        }
        Err(error) => Some(Err(error.into())),
    }
}
