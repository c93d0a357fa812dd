//! How datagrams and sessions are named towards the sockets.
use super::{EndpointId, SessionId};
use crate::{
    Address,
    wire::{Datagram, Protocol},
};

/// The socket that carries a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// A server socket, shared by its sessions.
    Endpoint(EndpointId),
    /// The socket of one client session.
    Session(SessionId),
}

/// Addresses of one datagram, seen from this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// This node's address: for what came in, the address that it was sent to (which may be a group).
    pub local: Address,
    /// The peer's address.
    pub remote: Address,
    /// Network interface index; 0 if not known.
    pub ifindex: u32,
    /// `local` is the broadcast address of a network, which does not show in it.
    pub broadcast: bool,
}

impl Path {
    /// Addresses as they look.
    pub const fn new(local: Address, remote: Address, ifindex: u32) -> Self {
        Self { local, remote, ifindex, broadcast: false }
    }

    /// Whether it leads to a group: to a multicast or to a broadcast address (RFC 7252 section 8).
    pub fn is_to_group(&self) -> bool {
        self.broadcast || self.local.is_multicast()
    }
}

/// A datagram that came in on a socket.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// Its addresses.
    pub path: Path,
    /// The datagram.
    pub bytes: &'a [u8],
}

/// A datagram to send.
#[derive(Clone, Debug)]
pub struct Transmit {
    /// The socket to send it from.
    pub via: Via,
    /// Where to, and with which source address and interface when the socket has several.
    pub path: Path,
    /// The session that it belongs to (for the report of a send error); what answers strangers has none.
    pub session: Option<SessionId>,
    /// It is to be protected by the session's channel (DTLS) before it leaves.
    pub is_plaintext: bool,
    /// The datagram.
    pub bytes: Datagram,
}

/// Client, server, or not known yet (values are libcoap's `coap_session_type_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SessionType {
    /// This node sends the requests.
    Client = 1,
    /// Created by what a peer sent to an endpoint.
    Server = 2,
    /// A peer that has not proven its address yet (DTLS).
    Hello = 3,
}

/// How far a session is (values are libcoap's `coap_session_state_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SessionState {
    /// Not connected, or disconnected.
    None = 0,
    /// The transport connects.
    Connecting = 1,
    /// (D)TLS negotiates.
    Handshake = 2,
    /// Waiting for the peer's CSM (RFC 8323 section 5.3).
    Csm = 3,
    /// Messages flow.
    Established = 4,
}

/// What a client session is opened with.
#[derive(Clone, Copy, Debug)]
pub struct Connect {
    /// Address to bind to; `None`: the system chooses.
    pub local: Option<Address>,
    /// The peer, or a group.
    pub remote: Address,
    /// Transport.
    pub protocol: Protocol,
}
