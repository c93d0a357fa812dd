//! Floor 2: the protocol as a state machine (RFC 7252 section 4 and 5).
//!
//! Feed an [`Engine`] with `handle_*` and commands; after each of them drain [`Engine::poll_transmit`] and
//! [`Engine::poll_event`], and come back with [`Engine::handle_timeout`] when [`Engine::poll_timeout`] says.
mod config;
mod endpoint;
mod error;
mod event;
mod id;
mod options;
mod parameters;
mod session;
mod token;

pub use config::{Config, Level};
pub use endpoint::Endpoint;
pub use error::{OpenError, SendError};
pub use event::{Event, Nack, NackReason, RequestEvent, RequestTicket, ResponseEvent, SessionEvent};
pub use id::{EndpointId, ResourceId, SessionId};
pub use options::OptionFilter;
pub use parameters::{FixedPoint, Parameters};
pub use session::Session;
pub use token::Token;

use crate::Address;
use crate::resource::Resources;
use crate::wire::{Code, MessageType, Pdu, Protocol};
use std::collections::VecDeque;
use std::time::Instant;
use thunderdome::Arena;

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
}

/// A datagram to send.
#[derive(Clone, Debug)]
pub struct Transmit {
    /// The socket to send it from.
    pub via: Via,
    /// Where to, and with which source address and interface when the socket has several.
    pub path: Path,
    /// The session that it belongs to (for the report of a send error).
    pub session: SessionId,
    /// The datagram.
    pub bytes: Vec<u8>,
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

/// The protocol engine of one node: sessions, endpoints and resources.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    resources: Resources,
    known_options: OptionFilter,
    endpoints: Arena<Endpoint>,
    sessions: Arena<Session>,
    events: VecDeque<Event>,
    transmits: VecDeque<Transmit>,
}
#[allow(unused_variables, missing_docs)] // the signatures first: bodies follow
impl Engine {
    pub fn new(config: Config, now: Instant, seed: [u8; 32]) -> Self {
        Self {
            config,
            resources: Resources::default(),
            known_options: OptionFilter::default(),
            endpoints: Arena::new(),
            sessions: Arena::new(),
            events: VecDeque::new(),
            transmits: VecDeque::new(),
        }
    }
    pub fn config(&self) -> &Config {
        &self.config
    }
    pub fn config_mut(&mut self) -> &mut Config {
        &mut self.config
    }
    pub fn set_log_level(&mut self, level: Level) {
        self.config.log_level = level;
    }
    pub fn resources(&self) -> &Resources {
        &self.resources
    }
    pub fn resources_mut(&mut self) -> &mut Resources {
        &mut self.resources
    }
    pub fn register_option(&mut self, number: u16) {
        self.known_options.insert(number);
    }
    pub fn open_endpoint(&mut self, local: Address, protocol: Protocol) -> Result<EndpointId, OpenError> {
        let mtu = self.config.mtu;
        Ok(EndpointId(self.endpoints.insert(Endpoint { local, protocol, mtu })))
    }
    pub fn close_endpoint(&mut self, now: Instant, id: EndpointId) {
        self.endpoints.remove(id.0);
    }
    pub fn endpoint(&self, id: EndpointId) -> Option<&Endpoint> {
        self.endpoints.get(id.0)
    }
    pub fn endpoint_mut(&mut self, id: EndpointId) -> Option<&mut Endpoint> {
        self.endpoints.get_mut(id.0)
    }
    pub fn connect(&mut self, now: Instant, to: Connect) -> Result<SessionId, OpenError> {
        Ok(SessionId(self.sessions.insert(Session {
            kind: SessionType::Client,
            state: SessionState::Established,
            protocol: to.protocol,
            local: to.local.unwrap_or(Address::UNSPECIFIED),
            remote: to.remote,
            multicast: to.remote.is_multicast().then_some(to.remote),
            ifindex: 0,
            endpoint: None,
            parameters: Parameters::default(),
            mtu: self.config.mtu,
            refs: 1,
            pins: 0,
            max_token_size: 8,
            closed: false,
        })))
    }
    pub fn set_local(&mut self, id: SessionId, local: Address) {
        if let Some(session) = self.sessions.get_mut(id.0) {
            session.local = local;
        }
    }
    pub fn session(&self, id: SessionId) -> Option<&Session> {
        self.sessions.get(id.0)
    }
    pub fn session_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.sessions.get_mut(id.0)
    }
    pub fn session_at(&self, slot: u32) -> Option<SessionId> {
        self.sessions.get_by_slot(slot).map(|(index, _)| SessionId(index))
    }
    pub fn sessions(&self) -> impl Iterator<Item = SessionId> + '_ {
        self.sessions.iter().map(|(index, _)| SessionId(index))
    }
    pub fn find_session(&self, remote: &Address, ifindex: u32) -> Option<SessionId> {
        None
    }
    pub fn reference(&mut self, id: SessionId) -> bool {
        self.session_mut(id).map(|session| session.refs += 1).is_some()
    }
    pub fn release(&mut self, now: Instant, id: SessionId) -> bool {
        false
    }
    pub fn pin(&mut self, id: SessionId) -> bool {
        self.session_mut(id).map(|session| session.pins += 1).is_some()
    }
    pub fn unpin(&mut self, now: Instant, id: SessionId) {}
    pub fn disconnect(&mut self, now: Instant, id: SessionId, reason: NackReason) {}
    pub fn set_type_client(&mut self, id: SessionId) -> bool {
        false
    }
    pub fn forget(&mut self, id: SessionId) {}
    pub fn send(&mut self, now: Instant, id: SessionId, pdu: Pdu) -> Result<u16, SendError> {
        Err(SendError::NotConnected)
    }
    pub fn send_empty(
        &mut self,
        now: Instant,
        id: SessionId,
        kind: MessageType,
        mid: u16,
    ) -> Result<u16, SendError> {
        Err(SendError::NotConnected)
    }
    pub fn new_mid(&mut self, id: SessionId) -> Option<u16> {
        None
    }
    pub fn new_token(&mut self, id: SessionId) -> Option<Token> {
        None
    }
    pub fn init_token(&mut self, id: SessionId, token: &[u8]) {}
    pub fn ping(&mut self, now: Instant, id: SessionId) -> Option<u16> {
        None
    }
    pub fn cancel(&mut self, id: SessionId, mid: u16) -> Option<Pdu> {
        None
    }
    pub fn cancel_token(&mut self, id: SessionId, token: &[u8]) -> usize {
        0
    }
    pub fn finish_request(&mut self, now: Instant, ticket: RequestTicket, request: &Pdu, response: Pdu) {}
    pub fn finish_response(&mut self, now: Instant, id: SessionId, received: &Pdu, accepted: bool) {}
    pub fn handle_datagram(&mut self, now: Instant, via: Via, path: Path, bytes: &[u8]) {}
    pub fn handle_unreachable(&mut self, now: Instant, via: Via, remote: Option<Address>) {}
    pub fn handle_timeout(&mut self, now: Instant) {}
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }
    pub fn pending(&self) -> bool {
        false
    }
}

/// A response to `request` with `code`, made as libcoap makes its error responses.
#[allow(unused_variables)]
pub fn error_response(request: &Pdu, code: Code, unknown: &OptionFilter) -> Pdu {
    request.clone()
}
