//! Datagrams as they were seen on the wire.
use coap_proto::wire::{Code, MessageType, Pdu};
use std::{net::SocketAddr, time::Duration};

/// A datagram that was sent.
#[derive(Clone, Debug)]
pub struct Capture {
    /// When, counted from the start of the network.
    pub at: Duration,
    /// The sender's address.
    pub from: SocketAddr,
    /// Where it was sent; may be a group.
    pub to: SocketAddr,
    /// The datagram.
    pub bytes: Vec<u8>,
    /// What became of it.
    pub fate: Fate,
}

/// What becomes of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// So many copies arrive, all receivers together.
    Carried(usize),
    /// The line lost it.
    Lost,
    /// Nobody has that address.
    Unreachable,
}

impl Capture {
    /// The message in it.
    ///
    /// # Panics
    /// If there is none: engines only send messages.
    pub fn message(&self) -> Pdu {
        Pdu::decode_udp(&self.bytes)
            .unwrap_or_else(|error| panic!("not a message: {error}: {:02x?}", self.bytes))
    }

    /// Type, code and message ID of the message in it.
    ///
    /// # Panics
    /// If it has no header.
    pub fn header(&self) -> (MessageType, Code, u16) {
        Pdu::decode_udp_header(&self.bytes).unwrap_or_else(|| panic!("no header: {:02x?}", self.bytes))
    }
}
