//! Large bodies from the application.
use super::store::{Kind, ServedKey, Side, TransferId};
use crate::block::large::{self, Role, Terms};
use crate::block::quick::{self, QuickOffer};
use crate::block::{BlockMode, Body, LargeBody, LargeError, Offer, Representation, RequestKey};
use crate::engine::session::Session;
use crate::engine::{Engine, RequestEvent, ResourceId, SendError, SessionId};
use crate::wire::{Code, Pdu, option};
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
        let terms = Terms { quick: session.may_speak_q_block(), ..terms };
        // Blocks that every peer takes, as long as it is not known what this one does.
        let (limit, sure) = (request.max_size(), session.max_pdu_size());
        if terms.splits && session.awaits_csm() && (limit == 0 || limit > sure) {
            request.set_max_size(sure);
        }
        let added = large::request(request, body, terms, || session.next_request_tag());
        request.set_max_size(limit);
        added
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
        let terms = Terms { quick: terms.keeps && self.pushes_to(id, request), ..terms };
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
        let contents = &self.contents;
        let etag = || large::etag_of(contents, &body);
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
        if pdu.code().is_request() {
            self.bodies += usize::from(!body.body.is_own());
            return self.send_request(now, id, pdu, Some(body));
        }
        let ready = self.begin_sending(now, id);
        self.send_first_block(id, pdu, body, ready)
    }

    /// Sends a response with the first block of a body, if it may be sent.
    pub(in crate::engine) fn send_first_block(
        &mut self,
        id: SessionId,
        pdu: Pdu,
        body: LargeBody,
        ready: Result<(), SendError>,
    ) -> Result<u16, SendError> {
        self.bodies += usize::from(!body.body.is_own());
        let pushed = if self.block_mode(id).has(BlockMode::USE_LIBCOAP) {
            self.offer(id, &pdu, body)
        } else {
            self.release_body(id, body.body);
            None
        };
        let sent = ready.and_then(|()| self.submit(id, pdu));
        self.push_after(pushed, sent.is_ok());
        sent
    }

    /// As [`Engine::finish_request`], for a response with a block of a large body. From now on the body is
    /// the engine's: [`Event::BodyReleased`](crate::engine::Event::BodyReleased) comes in any case.
    pub fn finish_request_with_body(&mut self, now: Instant, event: Box<RequestEvent>, body: LargeBody) {
        self.advance_clock(now);
        self.bodies += usize::from(!body.body.is_own());
        let session = event.session;
        let pushed = match self.is_too_much(session, &event.response) {
            // Something else will be sent, and the handler will run again.
            true => {
                self.release_body(session, body.body);
                None
            }
            false => self.offer(session, &event.response, body),
        };
        let sent = self.conclude_request(now, event);
        self.push_after(pushed, sent);
        self.settle(session);
    }

    /// Whether the body of a response to `request` may go in blocks that do not wait for each other: the client
    /// knows them, or has not asked for others.
    fn pushes_to(&self, id: SessionId, request: &Pdu) -> bool {
        let knows = |session: &Session| session.speaks_q_block() && !session.was_reached_by_group();
        self.sessions.get(id).is_some_and(knows) && !quick::is_stepwise(request)
    }

    /// The first block of a body was sent, or was not: then the others are of no use.
    fn push_after(&mut self, pushed: Option<TransferId>, sent: bool) {
        match pushed {
            Some(at) if sent => self.push(at),
            Some(at) => self.push_failed(at),
            None => {}
        }
    }

    /// Keeps a response body until its receiver has it, or until it does not seem to want it. `Some`: its blocks do
    /// not wait for each other.
    fn offer(
        &mut self,
        id: SessionId,
        response: &Pdu,
        LargeBody { body, role }: LargeBody,
    ) -> Option<TransferId> {
        let is_open = self.sessions.get(id).is_some_and(|session| session.is_open());
        let (true, 2, Role::Response { resource, key, stale_at }) = (is_open, response.code().class(), role)
        else {
            self.release_body(id, body);
            return None;
        };
        let key = Arc::new(ServedKey { session: id, resource, side: Side::Response, request: key });
        let is_quick = response.option(option::Q_BLOCK2).is_some();
        let offer = match is_quick {
            true => {
                let set = self.parameters(id).max_payloads;
                let offer = QuickOffer::new(body, response, stale_at, set);
                Kind::QuickOffer(Arc::clone(&key), Box::new(offer))
            }
            false => Kind::Offer(Arc::clone(&key), Offer::new(body, response, stale_at)),
        };
        self.keep_offer(&key, offer).filter(|_| is_quick)
    }

    /// Keeps the listing of this node's resources, of which `response` has the first block that was asked for.
    pub(in crate::engine) fn keep_listing(
        &mut self,
        id: SessionId,
        request: &Pdu,
        response: &Pdu,
        body: Body,
    ) {
        if self.block_mode(id).has(BlockMode::STATELESS_BLOCK2) {
            return;
        }
        let (resource, request) = (ResourceId::LISTING, RequestKey::of(request));
        let key = Arc::new(ServedKey { session: id, resource, side: Side::Response, request });
        let offer = Kind::Offer(Arc::clone(&key), Offer::new(body, response, None));
        self.keep_offer(&key, offer);
    }

    /// Keeps a response body instead of the one before that had the same key.
    fn keep_offer(&mut self, key: &ServedKey, offer: Kind) -> Option<TransferId> {
        let id = key.session;
        if let Some(old) =
            self.transfers.served(key).and_then(|at| self.transfers.remove(&mut self.sessions, at))
        {
            let all_sent = matches!(&old.kind, Kind::QuickOffer(_, offer) if offer.all_sent());
            self.recall_payloads(id, old.in_flight);
            self.release_offered(id, old.kind.into_body(), all_sent);
        }
        self.drop_taken(id, key.resource);
        let at = self.transfers.insert(&mut self.sessions, id, offer)?;
        self.transfers.set_timer(at, self.now + self.parameters(id).max_transmit_wait());
        self.choose_pause(at);
        self.make_room_for_offer(at);
        Some(at)
    }

    /// Who asks for another body of a resource seems to have the one before, if the last block of that was sent. It
    /// gives way, if its session has not used any other for longer. One stays: its last answer may have been lost.
    fn drop_taken(&mut self, id: SessionId, resource: ResourceId) {
        let Some(kept) = self.sessions.get(id).map(|session| &session.rare.transfers) else { return };
        let Some(oldest) = kept.first_offer().filter(|_| kept.offers() > 1) else { return };
        let was_taken = |kind: &Kind| match kind {
            Kind::Offer(key, offer) => key.resource == resource && offer.is_complete(),
            _ => false,
        };
        if self.transfers.get(oldest).is_some_and(|transfer| was_taken(&transfer.kind))
            && let Some(transfer) = self.transfers.remove(&mut self.sessions, oldest)
        {
            self.release_offered(id, transfer.kind.into_body(), true);
        }
    }

    fn terms(&self, id: SessionId) -> Result<Terms, LargeError> {
        let session = self.sessions.get(id).filter(|session| !session.closed).ok_or(LargeError::Closed)?;
        let splits = session.block_mode.has(BlockMode::USE_LIBCOAP);
        let keeps = splits && !session.block_mode.has(BlockMode::STATELESS_BLOCK2);
        let knows_bert = session.knows_bert(&self.config);
        Ok(Terms { splits, keeps, max_szx: self.max_szx(), quick: false, knows_bert })
    }
}

/// Says in a response why there is nothing else in it.
pub(in crate::engine) fn refuse(response: &mut Pdu, code: Code, reason: &str) {
    response.set_code(code);
    let reason = if reason.is_empty() { code.phrase().unwrap_or_default() } else { reason };
    // A response without room for a reason goes without.
    let _ = response.set_payload(reason.as_bytes());
}
