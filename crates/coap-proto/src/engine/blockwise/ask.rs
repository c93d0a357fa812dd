//! Requests of this node that take more than one message.
use super::answer::LATE;
use super::client::{Blank, Client};
use super::quick::later_payload;
use super::store::{Kind, TransferId};
use crate::block::quick::is_about_body;
use crate::block::{BlockMode, Body, LargeBody, Stride, Upload, block_option, block_option_up_to};
use crate::engine::echo::proof_asked;
use crate::engine::exchange::Role;
use crate::engine::observe::is_registration;
use crate::engine::q_block::fall_back;
use crate::engine::{Engine, Event, Nack, NackReason, Parameters, SendError, SessionEvent, SessionId};
use crate::wire::{BlockValue, Code, MessageType, Pdu, PduError, option, uint};

impl Engine {
    /// A request is about to be sent: what is needed for more messages of it is kept. `Err`: it must not be
    /// sent.
    pub(in crate::engine) fn begin_request(
        &mut self,
        id: SessionId,
        request: &mut Pdu,
        body: Option<LargeBody>,
    ) -> Result<(), SendError> {
        let mode = self.block_mode(id);
        if !mode.has(BlockMode::USE_LIBCOAP) {
            if let Some(LargeBody { body, .. }) = body {
                self.release_body(id, body);
            }
            return Ok(());
        }
        self.tag_request(id, mode, request);
        let registration = self.registration_ended_by(id, request);
        if registration.is_none() {
            self.adapt_to_q_block(id, request);
        } else {
            // The token of each message counts, and so does their order.
            fall_back(request);
        }
        if let Some(old) = self.transfers.with_token(&self.sessions, id, request.token()) {
            self.supersede(id, old);
        }
        let body = match (body, block_option(request, option::Q_BLOCK1)) {
            (Some(body), Ok(Some(block))) => {
                self.keep_quick_upload(id, request, body, block.szx);
                return Ok(());
            }
            (body, _) => body,
        };
        let upload = match (body, block_option_up_to(request, option::BLOCK1, BlockValue::BERT)) {
            (None, _) => None,
            (Some(LargeBody { body, .. }), Ok(Some(block))) => {
                Some(Upload::new(body, Stride::shown(block, request.payload().len())))
            }
            (Some(LargeBody { body, .. }), _) => {
                self.release_body(id, body);
                return Err(SendError::Malformed);
            }
        };
        let is_large = upload.is_some();
        if (is_large || registration.is_some() || self.must_be_kept(id, request))
            && let Some(at) = self.keep_request(id, request.clone(), upload)
        {
            if is_large {
                self.keep_observed(id, at, request);
            }
            if let Some(registration) = registration {
                self.end_as(id, at, request, &registration);
            }
        }
        Ok(())
    }

    /// The request that was about to be sent was not.
    pub(in crate::engine) fn abandon_request(&mut self, id: SessionId, token: &[u8]) {
        if let Some(at) = self.transfers.with_token(&self.sessions, id, token)
            && let Some(body) = self.end_client(at)
        {
            self.release_body(id, body);
        }
    }

    /// The application gives up a request; returns the token of the message that is under way for it.
    pub(in crate::engine) fn cancel_transfer(&mut self, id: SessionId, token: &[u8]) -> Option<Vec<u8>> {
        let at = self.transfers.with_token(&self.sessions, id, token)?;
        let current = self.transfers.client(at)?.token().to_vec();
        if let Some(body) = self.retire(id, at) {
            self.release_body(id, body);
        }
        Some(current)
    }

    /// A confirmable request was acknowledged: its response will come by itself, perhaps in blocks.
    pub(in crate::engine) fn await_response(&mut self, id: SessionId, request: Pdu) {
        let is_known = || self.transfers.with_token(&self.sessions, id, request.token()).is_some();
        if request.code().is_request() && self.block_mode(id).has(BlockMode::USE_LIBCOAP) && !is_known() {
            self.keep_request(id, request, None);
        }
    }

    /// A request has learnt while it waited that blocks of its response may come by themselves.
    pub(in crate::engine) fn await_payloads(&mut self, id: SessionId, request: Pdu) {
        if self.must_be_kept(id, &request) {
            self.await_response(id, request);
        }
    }

    /// A response came by itself before its request was acknowledged: that is still needed if there is more, or if
    /// it is to be sent again with an Echo option.
    pub(in crate::engine) fn await_more(&mut self, id: SessionId, response: &Pdu) {
        let block = block_option_up_to(response, option::BLOCK2, self.largest_szx(id));
        let has_more = matches!(block, Ok(Some(block)) if block.more);
        let has_more = has_more || later_payload(response).is_some();
        let is_needed = has_more && self.block_mode(id).has(BlockMode::USE_LIBCOAP);
        if !is_needed && (proof_asked(response).is_none() || !self.gives_proof(id)) {
            return;
        }
        let waiting = self.exchange_with_token(id, response.token(), Role::Asking);
        let sent = waiting.and_then(|at| self.exchanges.get(at));
        let request = sent.map(|exchange| exchange.pdu.clone()).filter(|request| request.code().is_request());
        if let Some(request) =
            request.filter(|it| self.transfers.with_token(&self.sessions, id, it.token()).is_none())
        {
            self.keep_request(id, request, None);
        }
    }

    /// How many bytes of its bodies have come and gone of a request with that token that takes several messages: more
    /// than before means that the peer is there. 0 for any other.
    pub fn transferred(&self, id: SessionId, token: &[u8]) -> usize {
        let at = self.transfers.with_token(&self.sessions, id, token);
        at.and_then(|at| self.transfers.client(at)).map_or(0, Client::transferred)
    }

    /// The token by which the request that a response answers is known. `None`: this is not the answer to all of
    /// it.
    pub(in crate::engine) fn answered_token(&self, id: SessionId, response: &Pdu) -> Option<Vec<u8>> {
        let at = self.transfers.with_token(&self.sessions, id, response.token());
        match at.and_then(|at| self.transfers.client(at)) {
            // It will be sent again.
            Some(client) if self.gives_proof(id) && client.may_prove(response) => None,
            Some(client) if client.upload.is_some() => {
                (response.code() != Code::CONTINUE).then(|| client.app_token().to_vec())
            }
            Some(client) if at == self.transfers.of_family(id, response.token()) => {
                (!is_about_body(response)).then(|| client.app_token().to_vec())
            }
            Some(client) if client.is_registered_by(response.token()) => Some(client.app_token().to_vec()),
            _ => Some(response.token().to_vec()),
        }
    }

    /// A message will not be answered: if it belongs to a request of several messages, that one will not be
    /// answered.
    pub(in crate::engine) fn tell_nack(&mut self, mut nack: Nack) {
        let id = nack.session;
        let is_request = |sent: &&mut Pdu| sent.code().is_request();
        let is_over = nack.reason != NackReason::IcmpIssue;
        let mut of_notification = false;
        let at = nack.sent.as_mut().filter(is_request).and_then(|sent| {
            let at = self.transfers.with_token(&self.sessions, id, sent.token())?;
            let client = self.transfers.client(at)?;
            // Where the whole request was asked anew, the server knows it by that one's token, or by the one before.
            let asks_for_rest = client.app_token() != sent.token() && !is_registration(sent);
            of_notification = client.is_notified() && asks_for_rest;
            // The application knows the request by the token that it chose.
            let _ = sent.update_token(client.app_token());
            Some(at)
        });
        if of_notification {
            self.events.push_back(Event::Nack(Box::new(nack)));
            if let Some(at) = at.filter(|_| is_over) {
                self.give_up_notification(at);
            }
            return;
        }
        let at = at.or_else(|| self.keep_unanswered(&nack));
        self.note_failure(&nack);
        self.events.push_back(Event::Nack(Box::new(nack)));
        if let Some(at) = at.filter(|_| is_over) {
            self.reject_notifications(at);
            self.give_up_request(id, at);
        }
    }

    /// A request was sent often enough, and may have come: blocks of its response that still come are to be known.
    fn keep_unanswered(&mut self, nack: &Nack) -> Option<TransferId> {
        let speaks = self.sessions.get(nack.session).is_some_and(|session| session.speaks_q_block());
        let is_unanswered = speaks && nack.reason == NackReason::TooManyRetries;
        let sent = nack.sent.as_ref().filter(|sent| is_unanswered && sent.code().is_request())?;
        self.keep_request(nack.session, sent.clone(), None)
    }

    pub(super) fn parameters(&self, id: SessionId) -> Parameters {
        self.sessions.get(id).map(|session| *session.parameters).unwrap_or_default()
    }

    /// Sends the block of the body that is under way, for the first time or again.
    pub(super) fn send_upload(&mut self, at: TransferId) {
        let message = self.new_message(at, |client, blank| client.upload_request(blank));
        self.send_message(at, message);
    }

    /// Asks for the block that is expected next, for the first time or again. `kind` is that of the last
    /// response.
    pub(super) fn send_download(&mut self, at: TransferId, kind: MessageType) {
        let message = self.new_message(at, |client, blank| client.download_request(blank, kind).map(Some));
        self.send_message(at, message);
    }

    /// Sends what is under way once more, with the Echo of the response that asked for it.
    pub(super) fn send_proof(&mut self, at: TransferId, response: &Pdu) {
        let (kind, echo) = (response.kind(), proof_asked(response).unwrap_or_default());
        if self.transfers.client(at).is_some_and(|client| client.quick_upload.is_some()) {
            return self.prove_in_steps(at, echo);
        }
        let message = self.new_message(at, |client, blank| client.proving_request(blank, (kind, echo)));
        self.send_message(at, message);
    }

    /// Sends a body once more, with an Echo, of which blocks are under way that do not wait for each other.
    fn prove_in_steps(&mut self, at: TransferId, echo: &[u8]) {
        self.end_payloads(at);
        let session = self.transfers.get(at).and_then(|transfer| self.sessions.get_mut(transfer.session));
        let Some(tag) = session.map(|session| session.next_request_tag()) else { return };
        if let Some(client) = self.transfers.client_mut(at) {
            client.prove_in_steps(echo, tag);
        }
        self.send_upload(at);
    }

    pub(super) fn send_message(&mut self, at: TransferId, message: Option<(SessionId, Pdu)>) {
        let sent = message.and_then(|(session, pdu)| {
            let is_non = pdu.kind() == MessageType::Non;
            self.submit(session, pdu).ok().map(|_| (session, is_non))
        });
        match sent {
            Some((session, is_non)) => self.wait_for_answer(session, at, is_non),
            None => self.fail(at, NackReason::NotDeliverable),
        }
    }

    /// Gives up a request whose body cannot be sent or received.
    pub(super) fn fail(&mut self, at: TransferId, reason: NackReason) {
        let Some(session) = self.transfers.get(at).map(|transfer| transfer.session) else { return };
        let Some(client) = self.transfers.client(at) else { return };
        let (sent, mid) = (client.request().clone(), client.request().mid());
        if !client.is_uploading() {
            self.tell(session, SessionEvent::PartialBlock);
        }
        let nack = Nack { session, sent: Some(sent), reason, mid };
        self.note_failure(&nack);
        self.reject_notifications(at);
        self.events.push_back(Event::Nack(Box::new(nack)));
        self.give_up_request(session, at);
    }

    /// A request failed.
    fn give_up_request(&mut self, id: SessionId, at: TransferId) {
        if let Some(body) = self.retire(id, at) {
            self.release_body(id, body);
            self.tell(id, SessionEvent::XmitBlockFail);
        }
    }

    /// Nobody waits for the response to a request any more. Where blocks of it may come by themselves, they are not
    /// for the application either. Returns the body that was not sent to its end.
    fn retire(&mut self, id: SessionId, at: TransferId) -> Option<Body> {
        let pushes = self.sessions.get(id).is_some_and(|session| session.speaks_q_block());
        let Some(client) = self.transfers.client_mut(at).filter(|_| pushes) else {
            return self.end_client(at);
        };
        (client.done, client.failed) = (true, true);
        let body = client.take_body();
        self.end_payloads(at);
        self.transfers.set_timer(at, self.now + LATE);
        body
    }

    /// Forgets a request; returns the body that was not sent to its end.
    pub(super) fn end_client(&mut self, at: TransferId) -> Option<Body> {
        let transfer = self.transfers.remove(&mut self.sessions, at)?;
        self.recall_payloads(transfer.session, transfer.in_flight);
        transfer.kind.into_body()
    }

    /// Nobody cares for a request any more: it failed, or its token was used again.
    fn supersede(&mut self, id: SessionId, old: TransferId) {
        if let Some(body) = self.end_client(old) {
            self.release_body(id, body);
            self.tell(id, SessionEvent::XmitBlockFail);
        }
    }

    /// RFC 9175 section 3.
    fn tag_request(&mut self, id: SessionId, mode: BlockMode, request: &mut Pdu) {
        let wanted = !mode.has(BlockMode::NO_PREEMPTIVE_RTAG) && request.code() != Code::DELETE;
        if wanted
            && request.option(option::REQUEST_TAG).is_none()
            && let Some(session) = self.sessions.get_mut(id)
        {
            let tag = session.next_request_tag();
            // A request that has no room for it goes without.
            let _ = request.insert_option(option::REQUEST_TAG, &uint::encode(tag.into()));
        }
    }

    /// Nobody keeps non-confirmable requests otherwise; observers need theirs for as long as they observe.
    fn must_be_kept(&self, id: SessionId, request: &Pdu) -> bool {
        let is_non = request.kind() == MessageType::Non;
        // Blocks may come by themselves.
        let pushes = request.option(option::Q_BLOCK2).is_some();
        (is_registration(request) || is_non || pushes) && self.may_follow(id, request)
    }

    /// Whether more blocks of a response would be asked for: not where one certain block was asked for (man
    /// coap_block: "random access"), and not of a group, whose members each have their own body (RFC 7959
    /// section 2.8).
    pub(super) fn may_follow(&self, id: SessionId, request: &Pdu) -> bool {
        let names_one = |named| matches!(named, Ok(Some(BlockValue { num: 1.., .. })));
        let is_random = names_one(block_option_up_to(request, option::BLOCK2, BlockValue::BERT))
            || names_one(block_option(request, option::Q_BLOCK2));
        let to_group = self.sessions.get(id).is_none_or(|session| session.rare.multicast.is_some());
        !is_random && !to_group
    }

    pub(super) fn keep_request(
        &mut self,
        id: SessionId,
        request: Pdu,
        upload: Option<Upload>,
    ) -> Option<TransferId> {
        self.make_place(id);
        let mode = self.block_mode(id);
        let repeats = mode.has(BlockMode::STATELESS_FETCH) && request.code() == Code::FETCH;
        let (token, is_non) = (request.token().to_vec(), request.kind() == MessageType::Non);
        let client = Client::new(request, upload, mode.has(BlockMode::SINGLE_BODY), repeats);
        let at = self.transfers.insert(&mut self.sessions, id, Kind::Client(Box::new(client)))?;
        self.transfers.add_token(at, &token);
        self.wait_for_answer(id, at, is_non);
        Some(at)
    }

    /// What is not confirmable is sent again, ever more rarely, as long as that can do no harm.
    pub(super) fn wait_for_answer(&mut self, session: SessionId, at: TransferId, is_non: bool) {
        let Some(session) = self.sessions.get(session) else { return };
        let (parameters, is_non) = (&session.parameters, is_non && session.stream.is_none());
        let Some(client) = self.transfers.client(at) else { return };
        let doublings = 1u32.checked_shl(client.retries().into()).unwrap_or(u32::MAX);
        let interval = || parameters.non_receive_timeout.as_duration().saturating_mul(doublings);
        let wait = match &client.upload {
            Some(upload) if is_non && upload.block().more => interval(),
            Some(_) => parameters.max_transmit_wait(),
            None if is_non && !client.download.is_fresh() => interval(),
            None => parameters.exchange_lifetime(),
        };
        self.transfers.set_timer(at, self.now + wait);
    }

    /// A message of a request, with a message ID and a token of its own.
    pub(super) fn new_message(
        &mut self,
        at: TransferId,
        build: impl FnOnce(&mut Client, Blank<'_>) -> Result<Option<Pdu>, PduError>,
    ) -> Option<(SessionId, Pdu)> {
        let session = self.transfers.get(at)?.session;
        let (mid, token) = (self.new_mid(session)?, self.random.u64().to_be_bytes());
        let client = self.transfers.client_mut(at)?;
        let token = client.next_token(token);
        let memory = self.spares.take_for(client.next_length());
        let pdu = build(client, Blank { memory, mid, token: &token }).ok()??;
        client.add_token(token);
        self.transfers.drop_old_tokens(at);
        let ended = self.transfers.client_mut(at)?.note_registration(&pdu);
        if let (Some(ended), Some(session)) = (ended, self.sessions.get_mut(session)) {
            session.rare.make_mut().registrations.make_mut().end(&ended);
        }
        self.transfers.add_token(at, pdu.token());
        Some((session, pdu))
    }
}
