//! What comes in, by message type (RFC 7252 section 4.2, 4.3).
use super::critical::Verdict;
use super::exchange::{Exchange, ExchangeId, Phase, Role};
use super::log::log;
use super::q_block::QBlock;
use super::routing::BATCH;
use super::session::{BASIC_TOKEN_SIZE, HEADER_SIZE, Session};
use super::{
    Engine, Event, Nack, NackReason, Path, Received, SessionEvent, SessionId, SessionType, Via,
    error_response,
};
use crate::Address;
use crate::block::quick::is_stepwise;
use crate::wire::{Code, Datagram, MessageType, OptionFilter, Pdu};
use std::hash::{Hash, Hasher};
use std::time::{Duration, Instant};

/// Empty messages are rejected at most this often: each answer to them could otherwise be turned against a
/// third.
const REJECTION_INTERVAL: Duration = Duration::from_millis(250);
const VERSION: u8 = 1;

impl Engine {
    /// A datagram came in on a socket.
    pub fn handle_datagram(&mut self, now: Instant, via: Via, path: Path, bytes: &[u8]) {
        self.handle_datagrams(now, via, &[Received { path, bytes }]);
    }

    /// Datagrams came in on a socket, in this order. It is as [`Engine::handle_datagram`] for each of them, but
    /// quicker, since their sessions are looked up together.
    pub fn handle_datagrams(&mut self, now: Instant, via: Via, datagrams: &[Received<'_>]) {
        self.advance_clock(now);
        for batch in datagrams.chunks(BATCH) {
            let expected = self.expect(via, batch);
            for (at, Received { path, bytes }) in batch.iter().enumerate() {
                // RFC 7252 section 3: messages of unknown versions are silently ignored.
                if bytes.len() < HEADER_SIZE || bytes[0] >> 6 != VERSION {
                    continue;
                }
                if let Some(id) = self.session_for(via, path, expected.session(at, &self.sessions)) {
                    self.handle_datagram_of(id, bytes);
                }
            }
        }
    }

    /// A datagram of a session came in.
    pub(super) fn handle_datagram_of(&mut self, id: SessionId, bytes: &[u8]) {
        log!(self, Debug, "*  {}: netif: recv {:4} bytes", self.name(id), bytes.len());
        if let Some(session) = self.sessions.get_mut(id) {
            session.allowance.receive(bytes.len());
        }
        match Pdu::decode_udp_in(bytes, || self.spares.take_for(bytes.len())) {
            Ok(pdu) => {
                self.show_in(id, &pdu);
                self.handle_message(id, pdu);
            }
            Err(_) => self.handle_malformed(id, bytes),
        }
        if !self.sessions.touch(id, self.now) {
            self.settle(id);
        }
    }

    /// The network says that a peer cannot be reached (ICMP). `remote` is that peer, when the socket has
    /// several.
    pub fn handle_unreachable(&mut self, now: Instant, via: Via, remote: Option<Address>) {
        let session = match via {
            Via::Session(id) => Some(id),
            Via::Endpoint(endpoint) => remote.and_then(|remote| self.sessions.of_peer(endpoint, &remote)),
        };
        if let Some(id) = session {
            self.disconnect(now, id, NackReason::IcmpIssue);
        }
    }

    /// What a message's duplicates are known by.
    pub(super) fn digest(&self, id: SessionId, pdu: &Pdu) -> u64 {
        let mut state = self.contents.begin();
        let header = u32::from_be_bytes([pdu.kind() as u8, pdu.code().0, 0, 0]) | u32::from(pdu.mid());
        state.write_u64(u64::from(id.slot()) << 32 | u64::from(header));
        // The members of a group share a session.
        if let Some(session) = self.sessions.get(id).filter(|session| session.rare.multicast.is_some()) {
            let mut of_member = state;
            session.remote.hash(&mut of_member);
            return self.contents.end(of_member, pdu.body());
        }
        self.contents.end(state, pdu.body())
    }

    /// Rejects a message, unless it was addressed to a group (RFC 7252 section 8.1) or must not be (section
    /// 4.2).
    pub(super) fn reject(&mut self, id: SessionId, kind: MessageType, mid: u16) {
        let to_group = self.sessions.get(id).is_none_or(Session::was_reached_by_group);
        if !to_group && matches!(kind, MessageType::Con | MessageType::Non) {
            self.send_empty_quietly(id, MessageType::Rst, mid);
        }
    }

    pub(super) fn acknowledge(&mut self, id: SessionId, mid: u16) {
        self.send_empty_quietly(id, MessageType::Ack, mid);
    }

    /// As [`Engine::send_quietly`], for an empty message.
    pub(super) fn send_empty_quietly(&mut self, id: SessionId, kind: MessageType, mid: u16) {
        let memory = self.spares.take();
        self.send_quietly(id, Pdu::new_in(memory, kind, Code::EMPTY, mid, 0));
    }

    /// Sends an answer of the engine's own. That the session ended meanwhile is no error.
    pub(super) fn send_quietly(&mut self, id: SessionId, pdu: Pdu) {
        let mid = pdu.mid();
        if let Err(reason) = self.submit(id, pdu) {
            log!(self, Debug, "cannot send response for mid=0x{mid:04x}: {reason}");
        }
    }

    fn handle_malformed(&mut self, id: SessionId, bytes: &[u8]) {
        self.tell(id, SessionEvent::BadPacket);
        log!(self, Warn, "discard malformed PDU");
        if let Some((kind, _, mid)) = Pdu::decode_udp_header(bytes) {
            self.reject(id, kind, mid);
        }
    }

    fn handle_message(&mut self, id: SessionId, pdu: Pdu) {
        match pdu.kind() {
            MessageType::Ack => {
                if let Some(pdu) = self.handle_ack(id, pdu) {
                    self.reuse_pdu(pdu);
                }
            }
            MessageType::Rst => self.handle_reset(id, pdu),
            MessageType::Con | MessageType::Non if pdu.code().is_empty() => self.handle_empty(id, pdu),
            MessageType::Con | MessageType::Non => self.handle_fresh(id, pdu),
        }
    }

    /// RFC 7252 section 4.2: an acknowledgement that fits no message in flight is ignored. So is a response
    /// that lacks the request's token (section 5.3.2), or comes for what is no request: it is forged. The message comes
    /// back if nobody else has it now.
    fn handle_ack(&mut self, id: SessionId, pdu: Pdu) -> Option<Pdu> {
        let asking = self.answers_question(id, &pdu);
        let code = pdu.code();
        let answers = |sent: &Pdu| sent.code().is_request() && (pdu.token() == sent.token() || asking);
        let fits = |sent: &Pdu| code.is_empty() || code.is_response() && answers(sent);
        let acknowledged = self.in_flight(id, pdu.mid()).filter(|(_, exchange)| fits(&exchange.pdu));
        let Some(exchange) = acknowledged.map(|(at, _)| at).and_then(|at| self.finish_exchange(at)) else {
            log!(self, Debug, "ignored acknowledgement for mid=0x{:04x}", pdu.mid());
            return Some(pdu);
        };
        if self.asks_for_q_block(id, pdu.mid()) {
            self.note_q_block_ack(id, &pdu);
            return Some(pdu);
        }
        match self.check_options(id, &pdu) {
            _ if code.is_empty() && asking => self.learn_nothing(id),
            _ if code.is_empty() => self.note_acknowledgement(id, exchange),
            Verdict::Refused(_) if asking => self.learn_nothing(id),
            Verdict::Refused(_) => self.give_up_bad(exchange),
            _ if asking => self.learn_from_response(id, &pdu),
            _ => {
                self.note_answer(id, pdu.token());
                self.note_response(id, &pdu, true);
                self.deliver_response(id, Some(exchange.pdu), pdu);
                return None;
            }
        }
        Some(pdu)
    }

    /// RFC 7252 section 4.2, 4.3: a reset counts for a confirmable message in flight or for one of the
    /// non-confirmable messages sent last.
    fn handle_reset(&mut self, id: SessionId, pdu: Pdu) {
        let mid = pdu.mid();
        let rejected = self.in_flight(id, mid).map(|(at, _)| at);
        if let Some(exchange) = rejected.and_then(|at| self.finish_exchange(at)) {
            self.handle_rejection(exchange, pdu);
            return;
        }
        let recent = self.sessions.get_mut(id).and_then(|session| session.recent_nons.take(mid));
        if let Some(body) = recent.flatten() {
            self.body_rejected(body);
        }
        if self.notification_rejected(id, mid) || recent.is_some() {
            log!(self, Alert, "got RST for mid=0x{mid:04x}");
            self.tell_nack(Nack { session: id, sent: None, reason: NackReason::Rst, mid });
        } else {
            log!(self, Debug, "ignored reset for mid=0x{mid:04x}");
        }
    }

    /// The peer rejected a confirmable message: for an empty one that is the answer hoped for.
    fn handle_rejection(&mut self, exchange: Exchange, received: Pdu) {
        let (id, mid) = (exchange.session, exchange.pdu.mid());
        if self.answers_question(id, &received) {
            return self.learn_from_reset(id);
        }
        if self.asks_for_q_block(id, mid) {
            return self.learn_q_block(id, QBlock::Denied);
        }
        if exchange.pdu.code().is_empty() {
            if let Some(own) = self.sessions.get_mut(id).and_then(|session| session.rare.own_mut()) {
                own.unanswered_ping = own.unanswered_ping.filter(|ping| *ping != mid);
            }
            self.events.push_back(Event::Pong { session: id, received: Box::new(received) });
            return;
        }
        log!(self, Alert, "got RST for mid=0x{mid:04x}");
        self.notification_failed(&exchange);
        self.payload_failed(&exchange);
        // Who does not want a notification does not want the others of that observation either.
        if exchange.pdu.code().is_response() {
            self.finish_exchanges(id, exchange.pdu.token(), &[Role::Response]);
        }
        self.tell_nack(Nack { session: id, sent: Some(exchange.pdu), reason: NackReason::Rst, mid });
    }

    /// A ping (RFC 7252 section 4.3), or a non-confirmable message that says nothing.
    fn handle_empty(&mut self, id: SessionId, pdu: Pdu) {
        let (kind, mid) = (pdu.kind(), pdu.mid());
        if kind == MessageType::Con {
            self.events.push_back(Event::Ping { session: id, received: Box::new(pdu) });
        }
        log!(self, Debug, "dropped message with invalid code (0.00)");
        let now = self.now;
        let Some(session) = self.sessions.get_mut(id) else { return };
        if session.rejected_at.is_none_or(|at| at + REJECTION_INTERVAL < now) {
            session.rejected_at = Some(now);
            self.reject(id, kind, mid);
        }
    }

    /// A request or a response that is no acknowledgement.
    fn handle_fresh(&mut self, id: SessionId, pdu: Pdu) {
        if is_stepwise(&pdu) && self.continue_offer(id, &pdu) {
            return self.reuse_pdu(pdu);
        }
        let digest = self.digest(id, &pdu);
        if let Some(answer) = self.replies.find(id, digest) {
            let datagram = answer.datagram().map(|bytes| self.spares.copy(bytes));
            self.answer_duplicate(id, pdu.mid(), datagram);
            return self.reuse_pdu(pdu);
        }
        self.handle_checked(id, pdu, digest);
    }

    /// A request or a response that came on a stream: those have no message layer (RFC 8323 section 2).
    pub(super) fn handle_from_stream(&mut self, id: SessionId, pdu: Pdu) {
        self.handle_checked(id, pdu, 0);
    }

    fn handle_checked(&mut self, id: SessionId, mut pdu: Pdu, digest: u64) {
        let forward_only = match self.check_options(id, &pdu) {
            Verdict::Understood => false,
            Verdict::ForwardOnly => true,
            Verdict::Refused(unknown) => return self.refuse_options(id, &pdu, unknown),
        };
        // No limit is below the basic size.
        if pdu.token().len() > BASIC_TOKEN_SIZE && !self.check_long_token(id, &pdu) {
            return;
        }
        if pdu.code().is_request() {
            super::critical::clear_request_more(&mut pdu);
            self.handle_request(id, pdu, digest, forward_only);
        } else if pdu.code().is_response() {
            self.handle_separate_response(id, pdu);
        } else {
            log!(self, Debug, "dropped message with invalid code ({})", pdu.code());
            self.reject(id, pdu.kind(), pdu.mid());
            self.tell(id, SessionEvent::BadPacket);
        }
    }

    fn answer_duplicate(&mut self, id: SessionId, mid: u16, answer: Option<Datagram>) {
        log!(self, Debug, "** {}: mid=0x{mid:04x}: duplicate", self.name(id));
        if let Some(datagram) = answer {
            self.transmit_bytes(id, datagram);
        }
    }

    /// RFC 7252 section 5.4.1.
    fn refuse_options(&mut self, id: SessionId, pdu: &Pdu, unknown: OptionFilter) {
        let to_group = self.sessions.get(id).is_none_or(Session::was_reached_by_group);
        if pdu.code().is_response() && self.is_of_stream(id) {
            // It cannot be rejected, so that nothing else would come of it.
            if let Some(request) = self.transfers.with_token(&self.sessions, id, pdu.token()) {
                self.lose_request(id, request, NackReason::BadResponse);
            }
        } else if pdu.kind() == MessageType::Con && pdu.code().is_request() && !to_group {
            self.send_quietly(id, error_response(pdu, Code::BAD_OPTION, &unknown));
        } else {
            self.reject(id, pdu.kind(), pdu.mid());
        }
        self.tell(id, SessionEvent::BadPacket);
    }

    /// RFC 8974 section 2.2.2: who knows longer tokens says that this one is too long; others reject the
    /// message.
    fn check_long_token(&mut self, id: SessionId, pdu: &Pdu) -> bool {
        if !pdu.code().is_request() {
            return true;
        }
        let Some(session) = self.sessions.get(id) else { return false };
        let limit = match session.kind {
            SessionType::Client if session.stream.is_none() => session.max_token_size(),
            _ => self.config.max_token_size,
        };
        if pdu.token().len() <= limit {
            return true;
        }
        let knows_long_tokens = session.max_token_size() > BASIC_TOKEN_SIZE || session.stream.is_some();
        if knows_long_tokens && !session.was_reached_by_group() {
            self.send_quietly(id, error_response(pdu, Code::BAD_REQUEST, &OptionFilter::EMPTY));
        } else {
            self.reject(id, pdu.kind(), pdu.mid());
        }
        false
    }

    fn in_flight(&self, id: SessionId, mid: u16) -> Option<(ExchangeId, &Exchange)> {
        let at = self.exchange_with_mid(id, mid)?;
        let exchange = self.exchanges.get(at)?;
        (exchange.phase == Phase::InFlight).then_some((at, exchange))
    }

    fn give_up_bad(&mut self, exchange: Exchange) {
        if !exchange.hidden {
            let (session, mid) = (exchange.session, exchange.pdu.mid());
            let reason = NackReason::BadResponse;
            self.tell_nack(Nack { session, sent: Some(exchange.pdu), reason, mid });
        }
    }
}
