//! Sending requests and looking at how they ended.
use crate::{
    log::{Ending, Entry, Outcome},
    network::Network,
    node::{NodeId, Peer},
};
use coap_proto::{
    engine::{SendError, SessionEvent},
    wire::{Code, MessageType, Pdu, option::URI_PATH},
};

/// A request that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// From whom and to whom.
    pub peer: Peer,
    /// Its message ID.
    pub mid: u16,
    /// Its token.
    pub token: Vec<u8>,
}

impl Network {
    /// A request that can be changed before it is sent. It has a message ID and a token of its own.
    ///
    /// # Panics
    /// If the session is gone.
    pub fn new_request(&mut self, peer: Peer, kind: MessageType, method: Code, path: &str) -> Pdu {
        let engine = self.engine(peer.node);
        let mid = engine.new_mid(peer.session).expect("the session is alive");
        let token = engine.new_token(peer.session).expect("the session is alive");
        let max_size = engine.session(peer.session).map_or(0, |session| session.max_pdu_size());
        let mut request = Pdu::new(kind, method, mid, max_size);
        request.set_token(token.as_ref()).expect("a token fits");
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            request.add_option(URI_PATH, segment.as_bytes()).expect("the path fits");
        }
        request
    }

    /// Sends a message, without moving time.
    pub fn try_send(&mut self, peer: Peer, message: Pdu) -> Result<Sent, SendError> {
        let (now, token) = (self.now(), message.token().to_vec());
        let mid = self.engine(peer.node).send(now, peer.session, message)?;
        Ok(Sent { peer, mid, token })
    }

    /// Sends a message that must be accepted.
    ///
    /// # Panics
    /// If it is not.
    pub fn send(&mut self, peer: Peer, message: Pdu) -> Sent {
        self.try_send(peer, message).unwrap_or_else(|error| panic!("not sent: {error}"))
    }

    /// Sends a confirmable GET.
    pub fn get(&mut self, peer: Peer, path: &str) -> Sent {
        let request = self.new_request(peer, MessageType::Con, Code::GET, path);
        self.send(peer, request)
    }

    /// Sends a confirmable POST with a payload.
    pub fn post(&mut self, peer: Peer, path: &str, payload: &[u8]) -> Sent {
        let mut request = self.new_request(peer, MessageType::Con, Code::POST, path);
        request.set_payload(payload).expect("the payload fits");
        self.send(peer, request)
    }

    /// Sends a non-confirmable GET.
    pub fn get_non(&mut self, peer: Peer, path: &str) -> Sent {
        let request = self.new_request(peer, MessageType::Non, Code::GET, path);
        self.send(peer, request)
    }

    /// Every response to a request, and every word that there will be none, in order.
    pub fn endings(&self, request: &Sent) -> Vec<Ending> {
        let entries = self.log(request.peer.node).iter();
        let entries = entries.filter(|entry| entry.session == request.peer.session);
        entries.filter_map(|entry| entry.ending_of(&request.token)).collect()
    }

    /// The code of the one response to a request.
    ///
    /// # Panics
    /// If it ended otherwise, or not at all, or more than once.
    pub fn code(&self, request: &Sent) -> Code {
        let endings = self.endings(request);
        match endings.as_slice() {
            [Ending::Response(code, _)] => *code,
            _ => panic!("not one response: {endings:?}"),
        }
    }

    /// The requests for which a handler of a node ran.
    pub fn served(&self, node: NodeId) -> impl Iterator<Item = &Pdu> {
        self.log(node).iter().filter_map(|entry| match &entry.outcome {
            Outcome::Served { request, .. } => Some(request),
            _ => None,
        })
    }

    /// What happened to the sessions of a node.
    pub fn session_events(&self, node: NodeId) -> impl Iterator<Item = SessionEvent> {
        self.log(node).iter().filter_map(|entry| match entry.outcome {
            Outcome::Session(event) => Some(event),
            _ => None,
        })
    }

    /// How often something happened at a node.
    pub fn count(&self, node: NodeId, what: impl Fn(&Entry) -> bool) -> usize {
        self.log(node).iter().filter(|entry| what(entry)).count()
    }
}
