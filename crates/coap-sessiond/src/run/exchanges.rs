//! Requests and responses between nodes, as CoAP messages.
use super::Daemon;
use crate::protocol::{LinkId, MessageId, Reply, Request, Ticket};
use coap_proto::{
    engine::{Event, Nack, NackReason, RequestEvent, ResponseEvent, SessionId},
    wire::{Code, MessageType, Pdu, PduError, option, uint},
};
use std::time::{Duration, Instant};

/// Where tunnels are opened.
pub(super) const OPEN: &[u8] = b"open";
/// Where frames go.
pub(super) const FRAMES: &[u8] = b"t";
/// Content-Format of CBOR (RFC 8949).
const CBOR: u64 = 60;
/// No-Response: whatever the answer is, nobody wants it (RFC 7967 section 2.1).
const NOT_AT_ALL: u64 = 26;
/// Where a request says nothing (RFC 8768 section 3).
const HOP_LIMIT: u8 = 16;

impl Daemon {
    /// Sends a request on a link.
    pub(super) fn send(
        &mut self,
        now: Instant,
        link: LinkId,
        message: Option<MessageId>,
        request: Request,
        payload: &[u8],
    ) {
        let Some(session) = self.links.session_of(link) else { return };
        let pdu = self.request(session, message, request, payload);
        let sent = pdu.and_then(|pdu| self.node.engine.send(now, session, pdu).ok());
        if let (None, Some(message)) = (sent, message) {
            self.core.failed(now, link, message);
        }
    }

    fn request(
        &mut self,
        session: SessionId,
        message: Option<MessageId>,
        request: Request,
        payload: &[u8],
    ) -> Option<Pdu> {
        let token = message.and_then(|message| Some(self.links.get(session)?.token(message)));
        let engine = &mut self.node.engine;
        let mid = engine.new_mid(session)?;
        let longest = engine.session(session)?.max_pdu_size();
        let (kind, code) = match request {
            Request::Open { .. } | Request::Frame => (MessageType::Con, Code::POST),
            Request::Datagram => (MessageType::Non, Code::POST),
            Request::KeepAlive => (MessageType::Con, Code::GET),
        };
        let mut pdu = Pdu::new(kind, code, mid, longest);
        let token = token.as_ref().map_or(&[][..], |token| token);
        let built = compose(&mut pdu, token, request, payload);
        built.ok().map(|()| pdu)
    }

    /// Answers a request that was put off.
    pub(super) fn answer(&mut self, now: Instant, link: LinkId, ticket: Ticket, reply: &Reply) {
        let Some(id) = self.links.session_of(link) else { return };
        let Some(token) = self.links.get_mut(id).and_then(|session| session.tickets.remove(&ticket)) else {
            return;
        };
        let engine = &mut self.node.engine;
        let Some(mid) = engine.new_mid(id) else { return };
        let Some(longest) = engine.session(id).map(|session| session.max_pdu_size()) else { return };
        let mut pdu = Pdu::new(MessageType::Con, Code::EMPTY, mid, longest);
        if pdu.set_token(&token).and_then(|()| fill_in(&mut pdu, reply)).is_ok() {
            // If it cannot be sent, the peer gives its opening up after a while.
            let _ = engine.send(now, id, pdu);
        }
    }

    /// Something happened in the engine.
    pub(super) fn take_event(&mut self, now: Instant, event: Event) {
        match event {
            Event::Request(event) => self.take_request(now, event),
            Event::Response(event) => self.take_response(now, *event),
            Event::Nack(nack) => self.take_nack(now, &nack),
            Event::Pong { session, .. } => {
                self.heard(session);
                self.establish(now, session);
            }
            Event::Session { session, event } => self.session_event(now, session, event),
            Event::Closed { session } => {
                self.session_ended(now, session);
                self.node.forget(session);
            }
            Event::Log { level, text } => log::debug!(level:?; "{text}"),
            _ => {}
        }
    }

    fn take_request(&mut self, now: Instant, mut event: Box<RequestEvent>) {
        let RequestEvent { session, resource, request, response, .. } = &mut *event;
        let session = *session;
        self.heard(session);
        let reply = match self.link_of(now, session) {
            None => Some(too_many_links()),
            Some(link) if *resource == self.open_resource => self.take_opening(now, session, link, request),
            Some(link) if request.code() == Code::GET => Some(self.core.keep_alive_request(now, link)),
            Some(link) => Some(self.core.frame_request(now, link, request.payload())),
        };
        // An empty response means that the answer comes later.
        if let Some(reply) = reply
            && fill_in(response, &reply).is_err()
        {
            response.clear_payload();
        }
        self.node.engine.finish_request(now, event);
    }

    fn take_opening(&mut self, now: Instant, id: SessionId, link: LinkId, request: &Pdu) -> Option<Reply> {
        // The engine has counted this node already.
        let hop_limit = request.option(option::HOP_LIMIT).and_then(|limit| limit.uint());
        let hop_limit = hop_limit.map_or(HOP_LIMIT, |limit| u8::try_from(limit + 1).unwrap_or(u8::MAX));
        let ticket = ticket_of(request.token());
        if let Some(session) = self.links.get_mut(id) {
            session.tickets.insert(ticket, request.token().to_vec());
        }
        let reply = self.core.open_request(now, link, hop_limit, request.payload(), ticket);
        if reply.is_some()
            && let Some(session) = self.links.get_mut(id)
        {
            session.tickets.remove(&ticket);
        }
        reply
    }

    fn take_response(&mut self, now: Instant, event: ResponseEvent) {
        let ResponseEvent { session, received, sent, ticket, .. } = event;
        self.heard(session);
        if let Some(known) = self.links.get(session)
            && let Some(link) = known.link
            && let Some(message) = known.message(received.token())
        {
            let seconds = received.option(option::MAX_AGE).and_then(|age| age.uint());
            let max_age = seconds.map(Duration::from_secs);
            let reply = Reply { code: received.code(), payload: received.payload().to_vec(), max_age };
            self.core.response(now, link, message, &reply);
        }
        self.node.engine.finish_response(now, ticket, true);
        self.node.engine.reuse_pdu(received);
        sent.into_iter().for_each(|sent| self.node.engine.reuse_pdu(sent));
    }

    /// A message will not be answered.
    fn take_nack(&mut self, now: Instant, nack: &Nack) {
        let Some(session) = self.links.get(nack.session) else { return };
        // Such errors pass; whether nobody is there is judged elsewhere.
        if nack.reason == NackReason::IcmpIssue {
            return;
        }
        let (Some(link), Some(sent)) = (session.link, &nack.sent) else { return };
        if sent.code().is_request()
            && let Some(message) = session.message(sent.token())
        {
            self.note_session_trouble(nack.session, "it does not answer");
            self.core.failed(now, link, message);
        }
    }
}

fn compose(pdu: &mut Pdu, token: &[u8], request: Request, payload: &[u8]) -> Result<(), PduError> {
    pdu.set_token(token)?;
    match request {
        Request::Open { hop_limit } => {
            pdu.add_option(option::URI_PATH, OPEN)?;
            pdu.add_option(option::CONTENT_FORMAT, &uint::encode(CBOR))?;
            pdu.add_option(option::HOP_LIMIT, &uint::encode(hop_limit.into()))?;
        }
        Request::Frame | Request::KeepAlive => {
            pdu.add_option(option::URI_PATH, FRAMES)?;
        }
        Request::Datagram => {
            pdu.add_option(option::URI_PATH, FRAMES)?;
            pdu.add_option(option::NO_RESPONSE, &uint::encode(NOT_AT_ALL))?;
        }
    }
    pdu.set_payload(payload)
}

/// Makes a response of what the core answers.
fn fill_in(response: &mut Pdu, reply: &Reply) -> Result<(), PduError> {
    response.set_code(reply.code);
    if reply.code == Code::CREATED {
        response.add_option(option::CONTENT_FORMAT, &uint::encode(CBOR))?;
    }
    if let Some(age) = reply.max_age {
        response.add_option(option::MAX_AGE, &uint::encode(age.as_secs()))?;
    }
    response.set_payload(&reply.payload)
}

/// What a request is called among those of its session. Tokens have eight bytes at most; who chooses two that are
/// called the same harms nobody else.
fn ticket_of(token: &[u8]) -> Ticket {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(token).for_each(|(byte, of_token)| *byte = *of_token);
    Ticket(u64::from_be_bytes(bytes))
}

fn too_many_links() -> Reply {
    let max_age = Some(Duration::from_secs(30));
    Reply { code: Code::SERVICE_UNAVAILABLE, payload: b"too many links".to_vec(), max_age }
}
