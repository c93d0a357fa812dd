//! How messages leave: at once, after their turn has come, or not at all.
use super::exchange::{Exchange, ExchangeId, Phase, Role};
use super::log::log;
use super::q_block::QBlock;
use super::secure::MAX_RECORD;
use super::session::{HEADER_SIZE, Session, TokenCheck};
use super::token::TokenSource;
use super::{Engine, Level, NackReason, SendError, SessionId, Token, Transmit, Via, hop_limit};
use crate::block::LargeBody;
use crate::wire::{Code, Datagram, MessageType, Pdu};
use std::time::{Duration, Instant};

/// Messages of a client session that wait for their turn: no more message IDs than these exist.
const MAX_DELAYED_CLIENT: usize = 0xffff;
/// Messages of a server session that wait: a peer that stops acknowledging must not make this node hoard.
const MAX_DELAYED_SERVER: usize = 1024;
/// What fits into one IPv4 datagram.
const MAX_DATAGRAM: usize = 65_507;

impl Engine {
    /// Sends a message. Confirmable ones are repeated until they are acknowledged; one that may not go out
    /// yet waits. Returns its message ID.
    ///
    /// # Errors
    /// See [`SendError`]. The message is gone in every case.
    pub fn send(&mut self, now: Instant, id: SessionId, pdu: Pdu) -> Result<u16, SendError> {
        if pdu.code().is_request() {
            return self.send_request(now, id, pdu, None);
        }
        self.begin_sending(now, id)?;
        self.submit(id, pdu)
    }

    /// Sends a request, of which `body` has more than it bears itself.
    pub(super) fn send_request(
        &mut self,
        now: Instant,
        id: SessionId,
        mut pdu: Pdu,
        body: Option<LargeBody>,
    ) -> Result<u16, SendError> {
        self.make_reliable(id, &mut pdu);
        let ready = self.begin_sending(now, id).and_then(|()| self.check_request(id, &pdu));
        let body = match (ready, body) {
            (Err(_), Some(LargeBody { body, .. })) => {
                self.release_body(id, body);
                None
            }
            (_, body) => body,
        };
        ready?;
        self.note_request(id, &pdu);
        let token = pdu.token().to_vec();
        if let Err(reason) = self.begin_request(id, &mut pdu, body) {
            self.request_failed(id, &token);
            return Err(reason);
        }
        let sent = self.submit(id, pdu);
        match sent {
            Ok(mid) => self.begin_quick_upload(id, &token, mid),
            Err(_) => {
                self.request_failed(id, &token);
                self.abandon_request(id, &token);
            }
        }
        sent
    }

    /// Sends an empty message: an acknowledgement or a reset of the peer's message `mid`.
    ///
    /// # Errors
    /// [`SendError::Closed`], [`SendError::NotConnected`]; [`SendError::Malformed`] for other types.
    pub fn send_empty(
        &mut self,
        now: Instant,
        id: SessionId,
        kind: MessageType,
        mid: u16,
    ) -> Result<u16, SendError> {
        self.advance_clock(now);
        if !matches!(kind, MessageType::Ack | MessageType::Rst) {
            return Err(SendError::Malformed);
        }
        self.submit(id, Pdu::new(kind, Code::EMPTY, mid, 0))
    }

    /// Sends an empty confirmable message, which the peer answers with a reset ("CoAP ping", RFC 7252 section
    /// 4.3): see [`Event::Pong`](super::Event::Pong). `None`: another message is in flight, or the session is
    /// not open.
    pub fn ping(&mut self, now: Instant, id: SessionId) -> Option<u16> {
        self.advance_clock(now);
        let session = self.sessions.get(id).filter(|session| session.is_open())?;
        if !session.is_established() {
            return None;
        }
        if session.stream.is_some() {
            return self.ping_stream(id);
        }
        if session.rare.queues.count(Phase::InFlight) > 0 {
            return None;
        }
        let mid = self.new_mid(id)?;
        self.submit(id, Pdu::new(MessageType::Con, Code::EMPTY, mid, 0)).ok()
    }

    /// A message ID that no message of the session has that is under way.
    pub fn new_mid(&mut self, id: SessionId) -> Option<u16> {
        let exchanges = &self.exchanges;
        let session = self.sessions.get_mut(id)?;
        let following = (1..=u16::MAX).map(|step| session.last_mid.wrapping_add(step));
        let queues = &session.rare.queues;
        let mid = { following }.find(|mid| exchanges.with_mid(queues, id, *mid).is_none())?;
        session.last_mid = mid;
        Some(mid)
    }

    /// The exchange of a message of ours that is in flight or delayed.
    pub(super) fn exchange_with_mid(&self, id: SessionId, mid: u16) -> Option<ExchangeId> {
        self.exchanges.with_mid(&self.sessions.get(id)?.rare.queues, id, mid)
    }

    /// A message of ours that waits for its turn or for its acknowledgement, as it was given to the engine or as
    /// the part of it that is under way.
    pub fn kept_message(&self, id: SessionId, mid: u16) -> Option<&Pdu> {
        Some(&self.exchanges.get(self.exchange_with_mid(id, mid)?)?.pdu)
    }

    /// An exchange of a session with that token and role.
    pub(super) fn exchange_with_token(&self, id: SessionId, token: &[u8], role: Role) -> Option<ExchangeId> {
        self.exchanges.with_token(&self.sessions.get(id)?.rare.queues, id, token, role)
    }

    /// A token for a new request.
    pub fn new_token(&mut self, id: SessionId) -> Option<Token> {
        let random = &mut self.random;
        self.sessions.get_mut(id).map(|session| session.rare.make_mut().tokens.next(random))
    }

    /// The session's tokens count up from `token` on, instead of being random.
    pub fn init_token(&mut self, id: SessionId, token: &[u8]) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.rare.make_mut().tokens = TokenSource::counting_from(token);
        }
    }

    /// Gives up a message that waits for its acknowledgement or its turn, without a [`Nack`](super::Nack).
    pub fn cancel(&mut self, id: SessionId, mid: u16) -> Option<Pdu> {
        let exchange = self.exchange_with_mid(id, mid)?;
        let exchange = self.finish_exchange(exchange)?;
        self.cancel_transfer(id, exchange.pdu.token());
        self.settle(id);
        Some(exchange.pdu)
    }

    /// Gives up all messages with that token, and what else belongs to the request that has it, without
    /// [`Nack`](super::Nack)s. Returns how many messages there were.
    pub fn cancel_token(&mut self, id: SessionId, token: &[u8]) -> usize {
        let current = self.cancel_transfer(id, token);
        let count = self.finish_exchanges(id, token, &Role::ALL);
        let count = count + current.map_or(0, |token| self.finish_exchanges(id, &token, &Role::ALL));
        self.request_failed(id, token);
        self.settle(id);
        count
    }

    /// Takes out the exchanges with that token that have one of the `roles`; then whoever waits for their
    /// places may go. Returns how many there were.
    pub(super) fn finish_exchanges(&mut self, id: SessionId, token: &[u8], roles: &[Role]) -> usize {
        let mut count = 0;
        for role in roles {
            while let Some(at) = self.exchange_with_token(id, token, *role) {
                count += usize::from(self.drop_exchange(at).is_some());
            }
        }
        if count > 0 {
            self.flush(id);
        }
        count
    }

    /// Sends what the engine itself or the application has made.
    pub(super) fn submit(&mut self, id: SessionId, mut pdu: Pdu) -> Result<u16, SendError> {
        self.prepare(id, &mut pdu)?;
        self.dispatch(id, pdu)
    }

    /// A stream delivers all messages or none, and the application learns which (RFC 8323 section 2): there, those that
    /// are not confirmable are treated as if they were.
    fn make_reliable(&self, id: SessionId, pdu: &mut Pdu) {
        if pdu.kind() == MessageType::Non && self.is_of_stream(id) {
            pdu.set_kind(MessageType::Con);
        }
    }

    /// Checks a message and completes it.
    pub(super) fn prepare(&mut self, id: SessionId, pdu: &mut Pdu) -> Result<(), SendError> {
        self.make_reliable(id, pdu);
        let mut session = self.sessions.get(id).filter(|session| !session.closed).ok_or(SendError::Closed)?;
        if session.severed {
            return Err(SendError::NotConnected);
        }
        if pdu.kind() == MessageType::Con && session.rare.multicast.is_some() {
            log!(self, Err, "Multicast requests cannot be Confirmable (RFC7252 8.1)");
            return Err(SendError::ConfirmableToGroup);
        }
        if pdu.code() == Code::HOP_LIMIT_REACHED
            && self.config.names_hops
            && let Err(reason) = hop_limit::sign(pdu, &session.local)
        {
            log!(self, Warn, "{reason}");
            return Err(SendError::ProxyLoop);
        }
        if pdu.code().is_request() {
            self.add_echo(id, pdu);
            session = self.sessions.get(id).ok_or(SendError::Closed)?;
        }
        let (length, limit) = match session.stream {
            None if session.is_secure() => (pdu.len() + HEADER_SIZE, MAX_RECORD),
            None => (pdu.len(), MAX_DATAGRAM),
            // What waits for the peer's CSM is looked at again then.
            Some(_) if !session.is_established() => return Ok(()),
            Some(_) => (pdu.len(), session.max_pdu_size()),
        };
        if length > limit {
            return Err(SendError::TooLarge { length, limit });
        }
        Ok(())
    }

    /// Sends a message that is complete, or lets it wait.
    pub(super) fn dispatch(&mut self, id: SessionId, pdu: Pdu) -> Result<u16, SendError> {
        let session = self.sessions.get_mut(id).ok_or(SendError::Closed)?;
        if session.stream.is_some() {
            return self.dispatch_to_stream(id, pdu);
        }
        session.requested |= pdu.code().is_request();
        let mid = pdu.mid();
        // The usual answer waits for nothing.
        if matches!(pdu.kind(), MessageType::Ack | MessageType::Rst) && session.is_established() {
            self.transmit(id, pdu);
            return Ok(mid);
        }
        let is_paced = self.config.non_interval.is_some() && pdu.kind() == MessageType::Non;
        if (pdu.kind() == MessageType::Con || is_paced) && session.is_of_server() {
            self.make_room_for_servers();
        }
        let now = self.now;
        let session = self.sessions.get(id).ok_or(SendError::Closed)?;
        let must_wait = must_wait(session, &pdu, now);
        let keeps = must_wait || pdu.kind() == MessageType::Con;
        if keeps && self.exchanges.with_mid(&session.rare.queues, id, mid).is_some() {
            log!(self, Err, "**  {}: mid=0x{mid:04x}: already in-use - dropped", self.name(id));
            return Err(SendError::MidInUse(mid));
        }
        if must_wait {
            self.delay(id, pdu)?;
        } else if keeps {
            let exchange = self.keep(id, pdu, Phase::InFlight).ok_or(SendError::Closed)?;
            self.transmit_exchange(exchange);
        } else {
            self.transmit(id, pdu);
        }
        Ok(mid)
    }

    /// Takes an exchange out; whoever waits for its place may go. Its session may then have nothing left that
    /// keeps it.
    pub(super) fn finish_exchange(&mut self, id: ExchangeId) -> Option<Exchange> {
        let exchange = self.drop_exchange(id)?;
        self.flush(exchange.session);
        Some(exchange)
    }

    #[inline]
    fn drop_exchange(&mut self, id: ExchangeId) -> Option<Exchange> {
        let exchange = self.take_exchange(id)?;
        let mid = exchange.pdu.mid();
        log!(self, Debug, "** {}: mid=0x{mid:04x}: removed (1)", self.name(exchange.session));
        Some(exchange)
    }

    /// Takes an exchange out.
    pub(super) fn take_exchange(&mut self, id: ExchangeId) -> Option<Exchange> {
        let session = self.exchanges.get(id)?.session;
        let exchange =
            self.exchanges.remove(&mut self.sessions.get_mut(session)?.rare.make_mut().queues, id)?;
        self.exchange_ended(&exchange);
        Some(exchange)
    }

    /// Sends what may go out by now of what waits.
    pub(super) fn flush(&mut self, id: SessionId) {
        while let Some(exchange) = self.next_to_send(id) {
            let Some(session) = self.sessions.get_mut(id) else { return };
            let Some(waiting) = self.exchanges.get(exchange) else { return };
            let (kind, mid) = (waiting.pdu.kind(), waiting.pdu.mid());
            if session.stream.is_some() {
                self.flush_to_stream(id, exchange);
                continue;
            }
            if kind == MessageType::Con {
                self.exchanges.advance(&mut session.rare.make_mut().queues, exchange, Phase::InFlight);
            }
            log!(self, Debug, "** {}: mid=0x{mid:04x}: transmitted after delay", self.name(id));
            if kind == MessageType::Con {
                self.transmit_exchange(exchange);
            } else if let Some(sent) = self.take_exchange(exchange) {
                self.transmit(id, sent.pdu);
            }
        }
        self.pace(id);
    }

    /// Comes back when the first message that waits may go out, if only time keeps it.
    fn pace(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get(id) else { return };
        let Some(first) = session.rare.queues.first(Phase::Delayed) else { return };
        if let Some(at) = session.rare.next_non_at.filter(|at| *at > self.now) {
            self.exchanges.set_timer(first, at);
        }
    }

    /// Sends a message that is in flight, for the first time or again, and waits for its acknowledgement.
    pub(super) fn transmit_exchange(&mut self, id: ExchangeId) {
        let Some(exchange) = self.exchanges.get_mut(id) else { return };
        let (session, first, wait) = (exchange.session, exchange.attempts == 0, exchange.wait());
        let bytes = self.spares.copy(exchange.pdu.encode_udp());
        let wait = if first { wait } else { self.cap_by_keepalive(wait) };
        self.exchanges.set_timer(id, self.now + wait);
        if self.wants(Level::Debug) {
            self.transmit_and_tell(id, session, bytes, wait);
        } else {
            self.transmit_bytes(session, bytes);
        }
    }

    fn transmit_and_tell(&mut self, id: ExchangeId, session: SessionId, bytes: Datagram, wait: Duration) {
        let Some(exchange) = self.exchanges.get(id) else { return };
        let (pdu, attempts) = (exchange.pdu.clone(), exchange.attempts);
        let (name, mid, wait) = (self.name(session), pdu.mid(), wait.as_millis());
        if attempts > 0 {
            log!(self, Debug, "** {name}: mid=0x{mid:04x}: retransmission #{attempts} (next {wait}ms)");
        }
        self.transmit_bytes(session, bytes);
        self.show_in(session, &pdu);
        if attempts == 0 {
            log!(self, Debug, "** {name}: mid=0x{mid:04x}: added to retransmit queue ({wait}ms)");
        }
    }

    /// Sends a message that is not kept.
    pub(super) fn transmit(&mut self, id: SessionId, pdu: Pdu) {
        if pdu.kind() == MessageType::Non
            && let Some(session) = self.sessions.get_mut(id)
        {
            session.recent_nons.note(pdu.mid());
            let next_at = self.config.non_interval.and_then(|interval| self.now.checked_add(interval));
            if session.rare.next_non_at != next_at {
                session.rare.make_mut().next_non_at = next_at;
            }
        }
        let shown = self.wants(Level::Debug).then(|| pdu.clone());
        self.transmit_bytes(id, pdu.into_datagram());
        if let Some(pdu) = shown {
            self.show_in(id, &pdu);
        }
    }

    /// Sends a datagram on a session's socket.
    pub(super) fn transmit_bytes(&mut self, id: SessionId, bytes: Datagram) {
        if !self.spend_allowance(id, bytes.len()) {
            return;
        }
        log!(self, Debug, "*  {}: netif: sent {:4} bytes", self.name(id), bytes.len());
        self.sessions.touch(id, self.now);
        let Some(session) = self.sessions.get(id) else { return };
        let via = session.endpoint.map_or(Via::Session(id), Via::Endpoint);
        let (path, is_plaintext) = (self.way_back(session), session.is_secure());
        self.transmits.push_back(Transmit { via, path, session: Some(id), is_plaintext, bytes });
    }

    /// Keeps a message until its time has come.
    pub(super) fn keep(&mut self, id: SessionId, pdu: Pdu, phase: Phase) -> Option<ExchangeId> {
        let session = self.sessions.get_mut(id)?;
        let wait = session.parameters.first_wait(self.random.u16());
        let mut exchange = Exchange::new(id, pdu, phase, wait);
        exchange.of_server = session.is_of_server() && phase != Phase::Leisure;
        let exchange = self.exchanges.insert(&mut session.rare.make_mut().queues, exchange);
        self.sessions.settle(id, self.now);
        Some(exchange)
    }

    pub(super) fn delay(&mut self, id: SessionId, pdu: Pdu) -> Result<(), SendError> {
        let mid = pdu.mid();
        let Some(session) = self.sessions.get(id) else { return Err(SendError::Closed) };
        let limit = if session.is_of_server() { MAX_DELAYED_SERVER } else { MAX_DELAYED_CLIENT };
        if session.rare.queues.count(Phase::Delayed) >= limit {
            return Err(SendError::QueueFull);
        }
        self.keep(id, pdu, Phase::Delayed).ok_or(SendError::Closed)?;
        self.pace(id);
        log!(self, Debug, "** {}: mid=0x{mid:04x}: delayed", self.name(id));
        Ok(())
    }

    /// All server sessions together keep only so many messages: who can forge sender addresses must not fill
    /// the memory. The oldest one gives way, since a peer that is there acknowledges within a round trip.
    pub(super) fn make_room_for_servers(&mut self) {
        while self.exchanges.of_servers() >= self.config.max_server_messages.max(1) {
            let oldest = self.exchanges.oldest_of_servers();
            let Some(exchange) = oldest.and_then(|at| self.take_exchange(at)) else { return };
            let (id, mid) = (exchange.session, exchange.pdu.mid());
            log!(self, Info, "** {}: mid=0x{mid:04x}: gives way to newer messages", self.name(id));
            self.give_up(exchange, NackReason::NotDeliverable);
        }
    }

    /// The first message that waits, if it may go out.
    fn next_to_send(&self, id: SessionId) -> Option<ExchangeId> {
        let session = self.sessions.get(id)?;
        let first = session.rare.queues.first(Phase::Delayed)?;
        if session.stream.is_some() {
            return session.is_established().then_some(first);
        }
        let may_go = |at: &ExchangeId| {
            self.exchanges.get(*at).is_some_and(|waiting| {
                let is_early = waiting.pdu.kind() == MessageType::Non && is_early(session, self.now);
                !is_early && !must_wait_for_peer(session, &waiting.pdu)
            })
        };
        // A question may have come later than a request that waits for its answer.
        let questions = questions(session).into_iter().flatten();
        let mut questions =
            questions.filter_map(|mid| self.exchanges.with_mid(&session.rare.queues, id, mid));
        let is_delayed =
            |at: &ExchangeId| self.exchanges.get(*at).is_some_and(|it| it.phase == Phase::Delayed);
        Some(first).filter(may_go).or_else(|| questions.find(|at| is_delayed(at) && may_go(at)))
    }

    pub(super) fn begin_sending(&mut self, now: Instant, id: SessionId) -> Result<(), SendError> {
        self.advance_clock(now);
        let session = self.sessions.get_mut(id).filter(|session| !session.closed).ok_or(SendError::Closed)?;
        if session.severed {
            log!(self, Debug, "coap_send: Socket closed");
            return Err(SendError::NotConnected);
        }
        if let Some(group) = session.rare.multicast.as_deref() {
            session.remote = *group;
        }
        self.check_stream(id)
    }

    fn check_request(&mut self, id: SessionId, pdu: &Pdu) -> Result<(), SendError> {
        self.ask_for_long_tokens(id);
        self.ask_for_q_block(id);
        let Some(session) = self.sessions.get(id) else { return Err(SendError::Closed) };
        let (length, limit) = (pdu.token().len(), session.max_token_size());
        if length > limit {
            log!(self, Warn, "coap_send: PDU dropped as token too long ({length} > {limit})");
            return Err(SendError::TokenTooLong { length, limit });
        }
        Ok(())
    }
}

/// Whether a message has to wait. Non-confirmable ones, where they are paced, do not overtake each other.
fn must_wait(session: &Session, pdu: &Pdu, now: Instant) -> bool {
    let is_paced = pdu.kind() == MessageType::Non && session.rare.next_non_at.is_some();
    is_paced && (is_early(session, now) || session.rare.queues.count(Phase::Delayed) > 0)
        || must_wait_for_peer(session, pdu)
}

/// Whether it is too early for a non-confirmable message ([`Config::non_interval`](super::Config::non_interval)).
fn is_early(session: &Session, now: Instant) -> bool {
    session.rare.next_non_at.is_some_and(|at| at > now)
}

/// Whether a message has to wait for a handshake, for NSTART (RFC 7252 section 4.7), or for what the engine asks the
/// peer.
fn must_wait_for_peer(session: &Session, pdu: &Pdu) -> bool {
    if !session.is_established() {
        return true;
    }
    let full = session.rare.queues.count(Phase::InFlight) >= usize::from(session.parameters.nstart);
    match pdu.kind() {
        MessageType::Con => full || pdu.code().is_request() && must_wait_for_answer(session, pdu),
        MessageType::Non => pdu.code().is_request() && must_wait_for_answer(session, pdu),
        MessageType::Ack | MessageType::Rst => false,
    }
}

/// Whether a request has to wait for what the engine asks the peer. Its questions do not wait for each other: both may
/// be in the queue.
fn must_wait_for_answer(session: &Session, request: &Pdu) -> bool {
    let questions = questions(session);
    questions.iter().any(Option::is_some) && !questions.contains(&Some(request.mid()))
}

/// The message IDs of what the engine asks the peer.
fn questions(session: &Session) -> [Option<u16>; 2] {
    let long_tokens = match session.token_check {
        TokenCheck::Asking(mid) => Some(mid),
        _ => None,
    };
    let q_block = match session.q_block {
        QBlock::Asking(mid) => Some(mid),
        _ => None,
    };
    [long_tokens, q_block]
}
