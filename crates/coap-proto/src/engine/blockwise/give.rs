//! Large bodies from the application.
use super::store::{Kind, ServedKey, Side};
use crate::block::large::{self, Role, Terms};
use crate::block::{BlockMode, Body, LargeBody, LargeError, Offer, Representation, RequestKey};
use crate::engine::{Engine, RequestTicket, ResourceId, SendError, SessionEvent, SessionId};
use crate::wire::{Code, Pdu, option};
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::{Duration, Instant};

impl Engine {
    /// Puts a body of any length into a request (`coap_add_data_large_request`). `Some`: its first block went
    /// in, and the rest is to be handed over with the request ([`Engine::send_body`]); `None`: the body is no
    /// longer needed.
    ///
    /// # Errors
    /// See [`LargeError`]. The body is no longer needed.
    pub fn large_request(
        &mut self,
        id: SessionId,
        request: &mut Pdu,
        body: Body,
    ) -> Result<Option<LargeBody>, LargeError> {
        let terms = self.terms(id)?;
        let session = self.sessions.get_mut(id).ok_or(LargeError::Closed)?;
        large::request(request, body, terms, || session.next_request_tag())
    }

    /// Puts a body of any length into the response to `request` (`coap_add_data_large_response`), with the
    /// options that describe it. `Some`: one block went in, and the rest is to be handed over with the
    /// response ([`Engine::finish_request_with_body`] or [`Engine::send_body`]); `None`: the body is no
    /// longer needed.
    ///
    /// # Errors
    /// See [`LargeError`]. The body is no longer needed. Unless the response had a payload already, it now
    /// says what went wrong.
    pub fn large_response(
        &mut self,
        (id, resource): (SessionId, Option<ResourceId>),
        request: &Pdu,
        response: &mut Pdu,
        body: Body,
        what: &Representation,
    ) -> Result<Option<LargeBody>, LargeError> {
        let terms = self.terms(id)?;
        self.split_response((id, resource), request, response, body, (Some(what), terms))
    }

    /// As [`Engine::large_response`], for a response that has its options already. It goes in blocks if it must,
    /// also in sessions that else have none.
    pub(in crate::engine) fn large_answer(
        &mut self,
        place: (SessionId, Option<ResourceId>),
        request: &Pdu,
        response: &mut Pdu,
        body: Body,
    ) -> Result<Option<LargeBody>, LargeError> {
        let terms = Terms { splits: true, ..self.terms(place.0)? };
        self.split_response(place, request, response, body, (None, terms))
    }

    fn split_response(
        &mut self,
        (_, resource): (SessionId, Option<ResourceId>),
        request: &Pdu,
        response: &mut Pdu,
        body: Body,
        (what, terms): (Option<&Representation>, Terms),
    ) -> Result<Option<LargeBody>, LargeError> {
        let hasher = &self.hasher;
        // The same content gets the same ETag, whenever it is asked for.
        let etag = || hasher.hash_one(body.bytes()).max(1);
        let split = large::response(request, response, &body, what, (terms, etag))?;
        let Some(resource) = resource.filter(|_| split.keep) else { return Ok(None) };
        let max_age = what.and_then(|what| what.max_age);
        let stale_at = max_age.map(|seconds| self.now + Duration::from_secs(seconds.into()));
        let key = self.response_key(resource, request);
        let role = Role::Response { resource, key, stale_at };
        Ok(Some(LargeBody { body, role }))
    }

    /// By what the requests for more of a response are known. Of what is for a proxy, the application perhaps did
    /// not keep where it was to go.
    fn response_key(&self, resource: ResourceId, request: &Pdu) -> RequestKey {
        let is_proxy = self.is_proxy(resource);
        let says_where =
            || [option::PROXY_URI, option::PROXY_SCHEME].iter().any(|it| request.option(*it).is_some());
        if is_proxy && !says_where() {
            RequestKey::of_method_and_query(request)
        } else {
            RequestKey::of(request)
        }
    }

    /// As [`Engine::send`], for a message with the first block of a large body. From now on the body is the
    /// engine's: [`Event::BodyReleased`](crate::engine::Event::BodyReleased) comes in any case.
    ///
    /// # Errors
    /// See [`SendError`]. The message is gone in every case.
    pub fn send_body(
        &mut self,
        now: Instant,
        id: SessionId,
        pdu: Pdu,
        body: LargeBody,
    ) -> Result<u16, SendError> {
        self.bodies += 1;
        if pdu.code().is_request() {
            return self.send_request(now, id, pdu, Some(body));
        }
        self.advance_clock(now);
        if self.block_mode(id).has(BlockMode::USE_LIBCOAP) {
            self.offer(id, &pdu, body);
        } else {
            self.release_body(id, body.body);
        }
        self.send(now, id, pdu)
    }

    /// As [`Engine::finish_request`], for a response with a block of a large body. From now on the body is
    /// the engine's: [`Event::BodyReleased`](crate::engine::Event::BodyReleased) comes in any case.
    pub fn finish_request_with_body(
        &mut self,
        now: Instant,
        ticket: RequestTicket,
        request: &Pdu,
        response: Pdu,
        body: LargeBody,
    ) {
        self.advance_clock(now);
        self.bodies += 1;
        self.offer(ticket.origin.session, &response, body);
        self.finish_request(now, ticket, request, response);
    }

    /// Keeps a response body until its receiver has it, or until it does not seem to want it.
    fn offer(&mut self, id: SessionId, response: &Pdu, LargeBody { body, role }: LargeBody) {
        let is_open = self.sessions.get(id).is_some_and(|session| session.is_open());
        let (true, 2, Role::Response { resource, key, stale_at }) = (is_open, response.code().class(), role)
        else {
            return self.release_body(id, body);
        };
        let key = Arc::new(ServedKey { session: id, resource, side: Side::Response, request: key });
        if let Some(old) =
            self.transfers.served(&key).and_then(|at| self.transfers.remove(&mut self.sessions, at))
        {
            if let Some(body) = old.kind.into_body() {
                self.release_body(id, body);
            }
            self.tell(id, SessionEvent::XmitBlockFail);
        }
        let offer = Kind::Offer(key, Offer::new(body, response, stale_at));
        if let Some(at) = self.transfers.insert(&mut self.sessions, id, offer) {
            let wait = self.parameters(id).max_transmit_wait();
            self.transfers.set_timer(at, self.now + wait);
            self.make_room_for_offer(at);
        }
    }

    fn terms(&self, id: SessionId) -> Result<Terms, LargeError> {
        let session = self.sessions.get(id).filter(|session| !session.closed).ok_or(LargeError::Closed)?;
        let splits = session.block_mode.has(BlockMode::USE_LIBCOAP);
        let keeps = splits && !session.block_mode.has(BlockMode::STATELESS_BLOCK2);
        Ok(Terms { splits, keeps, max_szx: self.max_szx() })
    }
}

/// Says in a response why there is nothing else in it.
pub(in crate::engine) fn refuse(response: &mut Pdu, code: Code, reason: &str) {
    response.set_code(code);
    let reason = if reason.is_empty() { code.phrase().unwrap_or_default() } else { reason };
    // A response without room for a reason goes without.
    let _ = response.set_payload(reason.as_bytes());
}
