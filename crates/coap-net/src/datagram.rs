//! Datagram sockets of either family.
use crate::{receive::Receiver, send, socket::UdpSocket, unix::UnixSocket};
use coap_proto::{
    Address,
    engine::{Received, Transmit},
};
use std::{
    io,
    os::fd::{AsRawFd, RawFd},
};

/// A datagram socket that never blocks.
#[derive(Debug)]
pub(crate) enum DatagramSocket {
    Udp(UdpSocket),
    Unix(Box<UnixSocket>),
}

impl DatagramSocket {
    /// A server socket.
    pub(crate) fn listen(local: &Address) -> io::Result<Self> {
        match local {
            Address::Ip(local) => UdpSocket::listen(*local).map(Self::Udp),
            Address::Unix(local) => UnixSocket::listen(*local).map(|socket| Self::Unix(socket.into())),
        }
    }

    /// Where it is bound.
    pub(crate) fn local(&self) -> Address {
        match self {
            Self::Udp(socket) => socket.local().into(),
            Self::Unix(socket) => socket.local().into(),
        }
    }

    /// Its only peer, if it has one.
    pub(crate) fn peer(&self) -> Option<Address> {
        match self {
            Self::Udp(socket) => socket.peer().map(Address::Ip),
            Self::Unix(socket) => socket.peer().map(Address::Unix),
        }
    }

    /// The UDP socket, if it is one: groups are joined there.
    pub(crate) fn udp(&self) -> Option<&UdpSocket> {
        match self {
            Self::Udp(socket) => Some(socket),
            Self::Unix(_) => None,
        }
    }

    /// Reads up to `limit` datagrams: see [`Receiver::receive`].
    pub(crate) fn receive(
        &self,
        receiver: &mut Receiver,
        limit: usize,
        take: impl FnMut(&[Received<'_>]),
    ) -> io::Result<usize> {
        match self {
            Self::Udp(socket) => receiver.receive(socket, limit, take),
            Self::Unix(socket) => socket.receive(receiver.room(), limit, take),
        }
    }

    /// Sends some of the first of `transmits` and says how many. An error concerns the first of them.
    pub(crate) fn send_some(&self, transmits: &[Transmit]) -> io::Result<usize> {
        match (self, transmits) {
            (Self::Udp(socket), _) => send::send_some(socket, transmits),
            (Self::Unix(socket), [first, ..]) => socket.send(first).map(|()| 1),
            (Self::Unix(_), []) => Ok(0),
        }
    }

    /// Sends one datagram.
    pub(crate) fn send_one(&self, transmit: &Transmit) -> io::Result<()> {
        match self {
            Self::Udp(socket) => send::send_one(socket, transmit),
            Self::Unix(socket) => socket.send(transmit),
        }
    }

    /// Sends one datagram from an address that the system chooses.
    pub(crate) fn send_from_any(&self, transmit: &Transmit) -> io::Result<()> {
        match self {
            Self::Udp(socket) => send::send_from_any(socket, transmit),
            Self::Unix(socket) => socket.send(transmit),
        }
    }
}

impl AsRawFd for DatagramSocket {
    fn as_raw_fd(&self) -> RawFd {
        match self {
            Self::Udp(socket) => socket.as_raw_fd(),
            Self::Unix(socket) => socket.as_raw_fd(),
        }
    }
}
