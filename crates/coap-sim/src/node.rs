//! One node of the network.
use crate::{
    call::{Call, Handler},
    log::{Entry, Outcome},
};
use coap_proto::engine::{
    EndpointId, Engine, Event, Nack, RequestEvent, ResourceId, ResponseEvent, SessionId,
};
use coap_proto::wire::{Protocol, display};
use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

/// Where the system would take ports from.
const FIRST_CLIENT_PORT: u16 = 32768;

/// Names a node of a [`Network`](crate::Network).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) usize);

/// A client session, and the node that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    /// The client.
    pub node: NodeId,
    /// Its session.
    pub session: SessionId,
}

/// An engine with its request handlers and what happened to it.
pub(crate) struct Node {
    pub(crate) engine: Engine,
    pub(crate) ip: IpAddr,
    pub(crate) endpoint: EndpointId,
    /// What it listens for besides datagrams.
    pub(crate) listens: HashMap<Protocol, EndpointId>,
    /// Where the client sessions are.
    pub(crate) sockets: HashMap<SessionId, SocketAddr>,
    pub(crate) handlers: HashMap<ResourceId, Handler>,
    pub(crate) log: Vec<Entry>,
    pub(crate) next_port: u16,
    /// Responses are told to be unusable ([`Engine::finish_response`]).
    pub(crate) rejects_responses: bool,
}

impl Node {
    pub(crate) fn new(engine: Engine, ip: IpAddr, endpoint: EndpointId) -> Self {
        Self {
            engine,
            ip,
            endpoint,
            listens: HashMap::new(),
            sockets: HashMap::new(),
            handlers: HashMap::new(),
            log: Vec::new(),
            next_port: FIRST_CLIENT_PORT,
            rejects_responses: false,
        }
    }

    /// Delivers an event to the application. Returns the address that nobody listens on any more, if it was
    /// the end of a session.
    pub(crate) fn deliver(&mut self, now: Instant, at: Duration, event: Event) -> Option<SocketAddr> {
        let mut gone = None;
        let (session, outcome) = match event {
            Event::Request(request) => self.serve(now, request),
            Event::Response(response) => {
                let ResponseEvent { session, sent, received, extent, ticket } = *response;
                self.engine.finish_response(now, ticket, !self.rejects_responses);
                (session, Outcome::Response { sent, received, extent })
            }
            Event::Nack(nack) => {
                let Nack { session, sent, reason, mid } = *nack;
                (session, Outcome::Nack { reason, mid, sent })
            }
            Event::Ping { session, .. } => (session, Outcome::Ping),
            Event::Pong { session, .. } => (session, Outcome::Pong),
            Event::Released { session, received } => (session, Outcome::Released(received.code())),
            Event::Session { session, event } => (session, Outcome::Session(event)),
            Event::Closed { session } => {
                gone = self.sockets.remove(&session);
                self.engine.forget(session);
                (session, Outcome::Closed)
            }
            Event::BodyReleased { session, ticket } => (session, Outcome::BodyReleased(ticket)),
            Event::Shown { pdu, protocol } => {
                display::show(&pdu, protocol, |_| {});
                return None;
            }
            Event::CacheEntryEnded { entry } => {
                self.engine.forget_cache_entry(entry);
                return None;
            }
            Event::Missing(missing) => {
                // Nodes here make no resources.
                self.engine.finish_creation(now, missing.ticket, missing.request);
                return None;
            }
            Event::AsyncEnded { .. } | Event::ForwardEnded { .. } | Event::Tracked(_) | Event::Log { .. } => {
                return None;
            }
        };
        self.log.push(Entry { at, session, outcome });
        gone
    }

    fn serve(&mut self, now: Instant, mut event: Box<RequestEvent>) -> (SessionId, Outcome) {
        let RequestEvent { session, resource, extent, .. } = *event;
        let request = event.request.clone();
        self.engine.pin(session);
        let mut body = None;
        let is_wanted = self.engine.start_handler(&event.ticket);
        if let Some(handler) = self.handlers.get_mut(&resource).filter(|_| is_wanted) {
            let (engine, request, body) = (&mut self.engine, &request, &mut body);
            let response = &mut event.response;
            handler(&mut Call { engine, now, session, resource, request, extent, response, body });
        }
        let answer = event.response.code();
        match body {
            Some(body) => self.engine.finish_request_with_body(now, event, body),
            None => self.engine.finish_request(now, event),
        }
        self.engine.unpin(now, session);
        (session, Outcome::Served { resource, request, extent, answer })
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("ip", &self.ip).field("sockets", &self.sockets).finish_non_exhaustive()
    }
}
