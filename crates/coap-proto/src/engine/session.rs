//! One session: what this node knows about one peer over one transport.
use super::{EndpointId, Parameters, SessionState, SessionType};
use crate::{Address, wire::Protocol};

/// What this node knows about one peer over one transport.
#[derive(Debug)]
pub struct Session {
    pub(super) kind: SessionType,
    pub(super) state: SessionState,
    pub(super) protocol: Protocol,
    pub(super) local: Address,
    pub(super) remote: Address,
    pub(super) multicast: Option<Address>,
    pub(super) ifindex: u32,
    pub(super) endpoint: Option<EndpointId>,
    pub(super) parameters: Parameters,
    pub(super) mtu: usize,
    pub(super) refs: u32,
    pub(super) pins: u32,
    pub(super) max_token_size: usize,
    pub(super) closed: bool,
}

impl Session {
    /// Client, server, or not known yet.
    pub fn kind(&self) -> SessionType {
        self.kind
    }
    /// How far the session is.
    pub fn state(&self) -> SessionState {
        self.state
    }
    /// Its transport.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }
    /// This node's address.
    pub fn local(&self) -> &Address {
        &self.local
    }
    /// The peer. For a session to a group: the member that answered last, the group again after the next send.
    pub fn remote(&self) -> &Address {
        &self.remote
    }
    /// The group that the session was opened to, if it was one.
    pub fn multicast(&self) -> Option<&Address> {
        self.multicast.as_ref()
    }
    /// Interface that the peer's last datagram came in by; 0 if not known.
    pub fn ifindex(&self) -> u32 {
        self.ifindex
    }
    /// The endpoint that a server session belongs to.
    pub fn endpoint(&self) -> Option<EndpointId> {
        self.endpoint
    }
    /// Transmission parameters.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }
    /// Transmission parameters, to be changed. They hold for messages sent from then on.
    pub fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.parameters
    }
    /// Largest datagram in bytes, header included.
    pub fn mtu(&self) -> usize {
        self.mtu
    }
    /// Changes the largest datagram (bytes, header included).
    pub fn set_mtu(&mut self, mtu: usize) {
        self.mtu = mtu;
    }
    /// Largest token, options and payload together (bytes) that fit into one message.
    pub fn max_pdu_size(&self) -> usize {
        self.mtu.saturating_sub(4)
    }
    /// References held by the application.
    pub fn refs(&self) -> u32 {
        self.refs
    }
    /// References held by calls in progress.
    pub fn pins(&self) -> u32 {
        self.pins
    }
    /// Longest token (bytes) that the session takes and sends.
    pub fn max_token_size(&self) -> usize {
        self.max_token_size
    }
    /// Whether its last event was given out: it takes no more commands.
    pub fn is_closed(&self) -> bool {
        self.closed
    }
    /// `local <-> remote (interface) protocol`, as it stands in log lines.
    pub fn describe(&self) -> String {
        String::new()
    }
}
