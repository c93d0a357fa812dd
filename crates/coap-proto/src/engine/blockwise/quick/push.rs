//! Blocks go out: of a request's body, or of a response's.
use crate::block::Body;
use crate::block::LargeBody;
use crate::block::quick::QuickUpload;
use crate::engine::blockwise::client::{Blank, Client};
use crate::engine::blockwise::store::{Kind, TransferId};
use crate::engine::exchange::Exchange;
use crate::engine::{Engine, SendError, SessionEvent, SessionId};
use crate::wire::{Code, MessageType, Pdu, option};
use std::time::Duration;

impl Engine {
    /// A request is about to be sent that has the first block of `body` with Q-Block1.
    pub(in crate::engine::blockwise) fn keep_quick_upload(
        &mut self,
        id: SessionId,
        request: &mut Pdu,
        body: LargeBody,
        szx: u8,
    ) {
        let observes = request.option(option::OBSERVE).is_some();
        if request.kind() == MessageType::Non && request.code() == Code::FETCH && observes {
            // As in libcoap: it would not be known which of its tokens notifications will have.
            request.set_kind(MessageType::Con);
        }
        let Some(at) = self.keep_request(id, request.clone(), None) else {
            return self.release_body(id, body.body);
        };
        let set = (request.kind() == MessageType::Non).then_some(self.parameters(id).max_payloads);
        let family = self.random.u64().to_be_bytes();
        let family = *family.first_chunk().unwrap_or(&Default::default());
        let upload = QuickUpload::new(body.body, szx, set);
        if let Some(client) = self.transfers.client_mut(at) {
            client.begin_quick_upload(upload, family);
        }
        self.transfers.add_family(at, family);
        self.keep_observed(id, at, request);
        self.choose_pause(at);
    }

    /// The request with the first block of a body was handed over.
    pub(in crate::engine) fn begin_quick_upload(&mut self, id: SessionId, token: &[u8], mid: u16) {
        let Some(at) = self.quick_upload(id, token) else { return };
        self.carry(at, id, mid);
        if !self.sessions.get(id).is_some_and(|session| session.awaits_q_block()) {
            self.push(at);
        }
    }

    /// A request that waited for its peer's word on Q-Block has gone out: the rest of its first set follows.
    pub(in crate::engine) fn begin_pushing(&mut self, id: SessionId, token: &[u8]) {
        if let Some(at) = self.quick_upload(id, token) {
            self.push(at);
        }
    }

    /// The peer does not know Q-Block: a request that has not gone out yet goes with Block options, its body block by
    /// block.
    pub(in crate::engine) fn fall_back_to_steps(&mut self, id: SessionId, token: &[u8]) {
        let Some(at) = self.transfers.with_token(&self.sessions, id, token) else { return };
        if let Some(transfer) = self.transfers.get_mut(at) {
            transfer.in_flight.clear();
        }
        if let Some(client) = self.transfers.client_mut(at) {
            client.fall_back();
        }
    }

    /// Draws how long the pauses between sets of a body are.
    pub(in crate::engine::blockwise) fn choose_pause(&mut self, at: TransferId) {
        let Some(session) = self.transfers.get(at).map(|transfer| transfer.session) else { return };
        let parameters = self.parameters(session);
        let shortest = parameters.non_timeout.as_duration();
        let spread = parameters.longest_non_timeout().saturating_sub(shortest);
        let pause = shortest + self.random.part(spread);
        if let Some(transfer) = self.transfers.get_mut(at) {
            transfer.pause = pause;
        }
    }

    /// Sends what may go out by now of a body.
    pub(in crate::engine) fn push(&mut self, at: TransferId) {
        while self.may_push(at) {
            match self.push_one(at) {
                Ok(true) => {}
                Ok(false) => break,
                Err(_) => return self.push_failed(at),
            }
        }
        self.rest(at);
    }

    /// A confirmable message was acknowledged: more blocks of a body may go out, or a response will come by itself.
    pub(in crate::engine) fn note_acknowledgement(&mut self, id: SessionId, exchange: Exchange) {
        match exchange.carries {
            Some(at) => self.push(at),
            None => self.await_response(id, exchange.pdu),
        }
    }

    /// A message that bore a block is on its way no more, for whatever reason.
    pub(in crate::engine) fn payload_ended(&mut self, exchange: &Exchange) {
        let mid = exchange.pdu.mid();
        if let Some(transfer) = exchange.carries.and_then(|at| self.transfers.get_mut(at)) {
            transfer.in_flight.retain(|known| *known != mid);
        }
    }

    /// A confirmable message with a block of a response was not acknowledged, or was rejected: the rest is of no use
    /// (RFC 9177 section 4.4).
    pub(in crate::engine) fn payload_failed(&mut self, exchange: &Exchange) {
        let offer = exchange.carries.filter(|_| exchange.pdu.code().is_response());
        if let Some(at) = offer {
            self.push_failed(at);
        }
    }

    /// The peer rejected a message that is not confirmable: it does not want that body, or does not send it any more
    /// (RFC 9177 section 4.3).
    pub(in crate::engine) fn body_rejected(&mut self, at: TransferId) {
        match self.transfers.get(at).map(|transfer| &transfer.kind) {
            Some(Kind::QuickOffer(..)) => self.push_failed(at),
            Some(Kind::QuickIntake(..)) => self.give_up_quick_intake(at),
            _ => {}
        }
    }

    /// A message that may be rejected belongs to a body.
    pub(in crate::engine::blockwise) fn attach(&mut self, at: TransferId, session: SessionId, mid: u16) {
        if let Some(session) = self.sessions.get_mut(session) {
            session.recent_nons.attach(mid, at);
        }
    }

    /// Messages with blocks of a body that are under way are not repeated any more.
    pub(in crate::engine::blockwise) fn end_payloads(&mut self, at: TransferId) {
        let Some(transfer) = self.transfers.get_mut(at) else { return };
        let (session, mids) = (transfer.session, std::mem::take(&mut transfer.in_flight));
        self.recall_payloads(session, mids);
    }

    /// Messages with these IDs are not repeated any more.
    pub(in crate::engine::blockwise) fn recall_payloads(&mut self, session: SessionId, mids: Vec<u16>) {
        for mid in mids {
            if let Some(exchange) = self.exchange_with_mid(session, mid) {
                self.finish_exchange(exchange);
                self.sessions.leave(session);
            }
        }
    }

    /// The first message with a block is known by its token; others belong to the same body.
    fn quick_upload(&self, id: SessionId, token: &[u8]) -> Option<TransferId> {
        let at = self.transfers.with_token(&self.sessions, id, token)?;
        self.transfers.client(at).filter(|client| client.quick_upload.is_some()).map(|_| at)
    }

    /// NSTART holds confirmable messages back, pauses the others.
    fn may_push(&self, at: TransferId) -> bool {
        let Some(transfer) = self.transfers.get(at) else { return false };
        let window = usize::from(self.parameters(transfer.session).nstart.max(1));
        transfer.in_flight.len() < window
    }

    fn push_one(&mut self, at: TransferId) -> Result<bool, SendError> {
        let Some(transfer) = self.transfers.get(at) else { return Ok(false) };
        let (session, is_offer) = (transfer.session, matches!(transfer.kind, Kind::QuickOffer(..)));
        let pdu = if is_offer { self.next_of_offer(session, at)? } else { self.next_of_upload(session, at)? };
        let Some(pdu) = pdu else { return Ok(false) };
        let observer = pdu.option(option::OBSERVE).filter(|_| is_offer);
        let observer = observer.and_then(|_| self.observers.with_token(session, pdu.token()));
        let mid = self.submit(session, pdu)?;
        if let Some(observer) = observer {
            // A client that has lost its interest may reject any block.
            self.observers.note_mid(observer, mid);
        }
        self.carry(at, session, mid);
        self.attach(at, session, mid);
        Ok(true)
    }

    fn next_of_upload(&mut self, session: SessionId, at: TransferId) -> Result<Option<Pdu>, SendError> {
        let next =
            self.transfers.client_mut(at).and_then(|client| client.quick_upload.as_mut()?.pace().take());
        let Some((block, _)) = next else { return Ok(None) };
        let mid = self.new_mid(session).ok_or(SendError::Closed)?;
        let Some(client) = self.transfers.client_mut(at) else { return Ok(None) };
        let token = client.next_of_family();
        let memory = self.spares.take_for(client.next_length() + block.size());
        let blank = Blank { memory, mid, token: &token };
        let message = client.payload(block, blank).map_err(|_| SendError::Malformed)?;
        if let Some(message) = &message {
            // The server may know it by any of them: all lead here.
            let _ = client.note_registration(message);
        }
        Ok(message)
    }

    fn next_of_offer(&mut self, session: SessionId, at: TransferId) -> Result<Option<Pdu>, SendError> {
        let Some(Kind::QuickOffer(_, offer)) = self.transfers.get_mut(at).map(|it| &mut it.kind) else {
            return Ok(None);
        };
        let (Some(payload), kind) = (offer.take(), offer.kind()) else { return Ok(None) };
        let mid = self.new_mid(session).ok_or(SendError::Closed)?;
        let size = self.sessions.get(session).ok_or(SendError::Closed)?.max_pdu_size();
        let mut pdu = Pdu::new(kind, Code::EMPTY, mid, size);
        match self.transfers.get_mut(at).map(|transfer| &mut transfer.kind) {
            Some(Kind::QuickOffer(_, offer)) => {
                offer.write(payload, &mut pdu, self.now).map_err(|_| SendError::Malformed)?;
                Ok(Some(pdu))
            }
            _ => Ok(None),
        }
    }

    /// A message with a block was handed over: if it is confirmable, the next one waits for its acknowledgement.
    fn carry(&mut self, at: TransferId, session: SessionId, mid: u16) {
        let exchange = self.exchange_with_mid(session, mid).and_then(|it| self.exchanges.get_mut(it));
        if let Some(exchange) = exchange.filter(|exchange| exchange.pdu.kind() == MessageType::Con)
            && let Some(transfer) = self.transfers.get_mut(at)
        {
            exchange.carries = Some(at);
            transfer.in_flight.push(mid);
        }
    }

    /// Nothing more can be sent of a body.
    pub(in crate::engine::blockwise) fn push_failed(&mut self, at: TransferId) {
        if self.transfers.client(at).is_some() {
            return self.fail(at, crate::engine::NackReason::NotDeliverable);
        }
        if let Some((session, body)) = self.end_offer(at) {
            self.release_body(session, body);
            self.tell(session, SessionEvent::XmitBlockFail);
        }
    }

    /// Forgets a response body.
    pub(in crate::engine::blockwise) fn end_offer(&mut self, at: TransferId) -> Option<(SessionId, Body)> {
        let transfer = self.transfers.remove(&mut self.sessions, at)?;
        self.recall_payloads(transfer.session, transfer.in_flight);
        Some((transfer.session, transfer.kind.into_body()?))
    }

    /// Nothing may be sent of a body for now.
    fn rest(&mut self, at: TransferId) {
        let Some(transfer) = self.transfers.get(at) else { return };
        let (parameters, pause) = (self.parameters(transfer.session), transfer.pause);
        // As long as its receiver may ask for missing blocks.
        let asks_until = parameters.non_receive_wait(parameters.non_max_retransmit);
        let busy = parameters.exchange_lifetime();
        let wait = match &transfer.kind {
            _ if !transfer.in_flight.is_empty() => busy,
            Kind::QuickOffer(_, offer) => {
                if offer.all_sent() {
                    asks_until
                } else {
                    pause
                }
            }
            Kind::Client(client) => upload_wait(client, pause, parameters.non_partial_timeout()),
            _ => return,
        };
        self.transfers.set_timer(at, self.now + wait);
        self.transfers.touch(&mut self.sessions, at);
    }
}

/// How long nothing happens, unless the server says something.
fn upload_wait(client: &Client, pause: Duration, last: Duration) -> Duration {
    let all_sent = client.quick_upload.as_ref().is_none_or(QuickUpload::all_sent);
    if all_sent { last } else { pause }
}
