//! A server socket.
use super::session::MIN_MTU;
use crate::{Address, wire::Protocol};

/// A server socket: peers that write to it get a session.
#[derive(Debug)]
pub struct Endpoint {
    pub(super) local: Address,
    pub(super) protocol: Protocol,
    pub(super) mtu: usize,
}

impl Endpoint {
    /// Where it listens, as bound.
    pub fn local(&self) -> &Address {
        &self.local
    }
    /// Its transport.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }
    /// Largest datagram (bytes, header included) of sessions to come.
    pub fn mtu(&self) -> usize {
        self.mtu
    }
    /// Changes the largest datagram (bytes, header included, at least 64) of sessions to come.
    pub fn set_mtu(&mut self, mtu: usize) {
        self.mtu = mtu.max(MIN_MTU);
    }
}
