//! Endpoints and sessions: how they come, who keeps them, how they end.
use super::config::is_full;
use super::exchange::{ExchangeId, Phase};
use super::log::log;
use super::session::{BASIC_TOKEN_SIZE, Session, TokenCheck};
use super::{
    Connect, Endpoint, EndpointId, Engine, Event, Nack, NackReason, OpenError, Path, SessionEvent, SessionId,
    SessionState, SessionType,
};
use crate::Address;
use crate::wire::{MessageType, Protocol};
use std::time::Instant;

impl Engine {
    /// Listens: who writes to the endpoint gets a server session; with DTLS, who has shaken hands
    /// ([`Engine::accept_secure`]). `local` is the address as bound, with its port.
    ///
    /// # Errors
    /// None at present.
    pub fn open_endpoint(&mut self, local: Address, protocol: Protocol) -> Result<EndpointId, OpenError> {
        let mtu = self.config.mtu;
        log!(self, Debug, "created {:<4} endpoint {local}", protocol.name());
        Ok(EndpointId(self.endpoints.insert(Endpoint { local, protocol, mtu })))
    }

    /// Stops listening. All server sessions of the endpoint end, also those that are referenced.
    pub fn close_endpoint(&mut self, now: Instant, id: EndpointId) {
        self.advance_clock(now);
        let of_endpoint = |session: &Session| session.endpoint == Some(id) && !session.closed;
        let sessions: Vec<_> =
            self.sessions.ids().filter(|id| self.sessions.get(*id).is_some_and(of_endpoint)).collect();
        for session in sessions {
            self.tell(session, SessionEvent::ServerDeleted);
            self.end(session);
        }
        self.endpoints.remove(id.0);
    }

    /// An endpoint that was not closed.
    pub fn endpoint(&self, id: EndpointId) -> Option<&Endpoint> {
        self.endpoints.get(id.0)
    }

    /// An endpoint that was not closed, to be changed.
    pub fn endpoint_mut(&mut self, id: EndpointId) -> Option<&mut Endpoint> {
        self.endpoints.get_mut(id.0)
    }

    /// Opens a client session. It starts with one reference; over UDP it is established at once, over DTLS
    /// when it is [`secured`](Engine::secured), over a stream when that is connected, secured if it is to be, and the
    /// peer's CSM has come.
    ///
    /// # Errors
    /// [`OpenError::GroupOver`] for a group over anything but UDP, [`OpenError::FamilyMismatch`] if local and peer
    /// address cannot work together.
    pub fn connect(&mut self, now: Instant, to: Connect) -> Result<SessionId, OpenError> {
        self.advance_clock(now);
        if to.protocol != Protocol::Udp && to.remote.is_multicast() {
            return Err(OpenError::GroupOver(to.protocol.name()));
        }
        if let (Some(Address::Ip(local)), Address::Ip(remote)) = (to.local, to.remote)
            && local.is_ipv4() != remote.is_ipv4()
        {
            return Err(OpenError::FamilyMismatch);
        }
        let local = to.local.unwrap_or(Address::UNSPECIFIED);
        let path = Path::new(local, to.remote, 0);
        let mut session = self.new_session(SessionType::Client, to.protocol, path);
        let is_stream = to.protocol.is_reliable();
        if is_stream {
            self.prepare_stream(&mut session);
        } else if to.protocol == Protocol::Dtls {
            session.begin_handshake();
        }
        let rare = session.rare.make_mut();
        (rare.bound, rare.multicast) = (local, to.remote.is_multicast().then(|| to.remote.into()));
        session.refs = 1;
        if self.config.max_token_size > BASIC_TOKEN_SIZE && !is_stream {
            session.token_check = TokenCheck::Unknown;
        }
        let id = self.sessions.insert(session);
        log!(self, Debug, "***{}: session {}: created outgoing session", self.name(id), id.slot());
        if to.protocol == Protocol::Udp {
            log!(self, Debug, "***{}: session connected", self.name(id));
        }
        Ok(id)
    }

    /// A peer writes to an endpoint for the first time. If there are too many idle sessions, the one that has
    /// been silent for longest makes room.
    pub(super) fn accept(&mut self, endpoint: EndpointId, path: Path) -> Option<SessionId> {
        let Endpoint { protocol, mtu, .. } = *self.endpoints.get(endpoint.0)?;
        if protocol != Protocol::Udp {
            return None;
        }
        self.make_room_for_idle();
        let mut session = self.new_session(SessionType::Server, protocol, path);
        session.endpoint = Some(endpoint);
        session.set_mtu(mtu);
        let id = self.sessions.insert(session);
        log!(self, Debug, "***{}: session {}: new incoming session", self.name(id), id.slot());
        self.tell(id, SessionEvent::ServerNew);
        Some(id)
    }

    pub(super) fn new_session(&mut self, kind: SessionType, protocol: Protocol, path: Path) -> Session {
        Session::new((kind, protocol, path), &self.config, self.now, &mut self.random)
    }

    /// A session, until it is forgotten.
    pub fn session(&self, id: SessionId) -> Option<&Session> {
        self.sessions.get(id)
    }

    /// A session, to be changed, until it is forgotten.
    pub fn session_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.sessions.get_mut(id)
    }

    /// The session that is in a place now.
    #[cfg(test)]
    pub(super) fn session_at(&self, slot: u32) -> Option<SessionId> {
        self.sessions.at(slot)
    }

    /// All sessions, also closed ones. Not for the packet path.
    pub fn sessions(&self) -> impl Iterator<Item = SessionId> + '_ {
        self.sessions.ids()
    }

    /// The session with a peer or a group (`coap_session_get_by_peer`): that of a client, else the oldest over a
    /// stream, else one of an endpoint's. `ifindex` must be that of the session. Costs a look-up an endpoint.
    pub fn find_session(&self, remote: &Address, ifindex: u32) -> Option<SessionId> {
        let of_endpoint = |(endpoint, _)| self.sessions.of_peer(EndpointId(endpoint), remote);
        let is_it = |id: &SessionId| self.sessions.get(*id).is_some_and(|it| it.ifindex == ifindex);
        let own_socket = self.sessions.of_remote(remote, ifindex);
        own_socket.or_else(|| self.endpoints.iter().filter_map(of_endpoint).find(is_it))
    }

    /// Whether there is a client session between these addresses already.
    pub fn is_connected(&self, local: &Address, remote: &Address) -> bool {
        self.sessions.has_client(local, remote)
    }

    /// Tells the address that a client session's socket is bound to.
    pub fn set_local(&mut self, id: SessionId, local: Address) {
        if self.sessions.get(id).is_some_and(|session| !session.closed) {
            self.sessions.bind(id, local);
        }
    }

    /// The application takes a reference. `false`: the session is closed.
    pub fn reference(&mut self, id: SessionId) -> bool {
        self.hold(id, |session| session.refs = session.refs.saturating_add(1))
    }

    /// The application gives a reference back. A client session without any ends as soon as no call is in
    /// progress in it and no message of it is under way; a server session falls idle. `false`: there was
    /// none.
    pub fn release(&mut self, now: Instant, id: SessionId) -> bool {
        self.advance_clock(now);
        let Some(session) = self.sessions.get_mut(id).filter(|session| session.refs > 0) else {
            return false;
        };
        session.refs -= 1;
        self.settle(id);
        true
    }

    /// A call that uses the session begins. `false`: the session is closed.
    pub fn pin(&mut self, id: SessionId) -> bool {
        self.hold(id, |session| session.pins += 1)
    }

    /// A call that used the session ended.
    pub fn unpin(&mut self, now: Instant, id: SessionId) {
        self.advance_clock(now);
        if let Some(session) = self.sessions.get_mut(id) {
            session.pins = session.pins.saturating_sub(1);
            self.settle(id);
        }
    }

    /// Makes a server session a client session with one more reference, to send requests to who called here.
    /// `false` if it is none.
    pub fn set_type_client(&mut self, id: SessionId) -> bool {
        let is_server = self.sessions.get(id).is_some_and(|session| session.kind == SessionType::Server);
        is_server
            && self.hold(id, |session| {
                session.refs = session.refs.saturating_add(1);
                session.kind = SessionType::Client;
            })
    }

    /// Makes a client session a server session, to take requests from the server that was called. Its references
    /// stay; without any it is idle. `false` if it is none.
    pub fn set_type_server(&mut self, id: SessionId) -> bool {
        let is_client = self.sessions.get(id).is_some_and(|session| {
            session.kind == SessionType::Client && session.is_open() && session.rare.multicast.is_none()
        });
        is_client && self.hold(id, |session| session.kind = SessionType::Server)
    }

    /// Gives up the peer: all that waits is lost, and a [`Nack`] tells of each confirmable message. A client
    /// session cannot be used any more, nor one over a stream; other server sessions are as new. With
    /// [`NackReason::IcmpIssue`] only the message that was sent first is reported, and nothing is lost.
    pub fn disconnect(&mut self, now: Instant, id: SessionId, reason: NackReason) {
        self.advance_clock(now);
        if !self.sessions.get(id).is_some_and(Session::is_open) {
            return;
        }
        if reason == NackReason::IcmpIssue {
            return self.report_unreachable(id);
        }
        if self.is_of_stream(id) {
            return self.end_stream(id, reason);
        }
        log!(self, Debug, "***{}: session disconnected ({})", self.name(id), reason.name());
        self.amid(id, |engine| {
            engine.forget_observers(id);
            engine.forget_forwards(id);
            engine.lose_upstream(id);
            engine.abandon_exchanges(id, reason);
            engine.abandon_transfers(id, reason);
        });
        if let Some(session) = self.sessions.get_mut(id) {
            session.severed = session.kind == SessionType::Client || session.is_secure();
            if session.is_secure() {
                session.state = SessionState::None;
            }
        }
        self.part(id);
        self.settle(id);
    }

    /// Ends all endpoints and sessions, whoever keeps them. What was sent is forgotten without a word; a
    /// [`Nack`] tells of each confirmable message that was still to be sent.
    pub fn shut_down(&mut self, now: Instant) {
        self.advance_clock(now);
        self.end_all_observations();
        self.end_all_forwards();
        let sessions: Vec<_> = self.sessions.ids().collect();
        for &id in &sessions {
            for phase in [Phase::InFlight, Phase::Leisure] {
                while let Some(exchange) = self.first_exchange(id, phase) {
                    self.take_exchange(exchange);
                }
            }
        }
        let endpoints: Vec<_> = self.endpoints.iter().map(|(index, _)| EndpointId(index)).collect();
        endpoints.into_iter().for_each(|id| self.close_endpoint(now, id));
        for id in sessions {
            if self.sessions.get(id).is_some_and(|session| !session.closed) {
                self.end(id);
            }
        }
    }

    /// Drops what is left of a session after its [`Event::Closed`].
    pub fn forget(&mut self, id: SessionId) {
        if self.sessions.get(id).is_some_and(Session::is_closed) {
            self.drop_stream(id);
            self.sessions.remove(id);
        }
    }

    /// Puts a session where it belongs after what keeps it has changed; perhaps nothing does.
    pub(super) fn settle(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get(id).filter(|session| !session.is_settled()) else { return };
        let is_left = !session.closed && !session.is_held();
        if is_left && session.kind == SessionType::Client {
            if !self.flushes_stream(id) {
                self.end(id);
            }
        } else if is_left && session.severed && self.is_over(id) {
            self.tell(id, SessionEvent::ServerDeleted);
            self.end(id);
        } else {
            self.sessions.settle(id, self.now);
        }
    }

    /// If there are too many idle sessions, the one that has been silent for longest makes room for another.
    pub(super) fn make_room_for_idle(&mut self) {
        if is_full(self.sessions.idle_count(), self.config.max_idle_sessions) {
            self.drop_longest_idle();
        }
    }

    /// Drops the server session that nobody uses and that has been silent for longest.
    pub(super) fn drop_longest_idle(&mut self) {
        self.sessions.pass_over_working();
        if let Some((id, _)) = self.sessions.longest_idle() {
            self.tell(id, SessionEvent::ServerDeleted);
            self.end(id);
        }
    }

    pub(super) fn tell(&mut self, session: SessionId, event: SessionEvent) {
        self.events.push_back(Event::Session { session, event });
    }

    /// The session takes part in nothing any more; the application may still look at it.
    pub(super) fn end(&mut self, id: SessionId) {
        self.amid(id, |engine| engine.part_from_all(id));
        self.sessions.hide(id);
        log!(self, Debug, "***{}: session {}: closed", self.name(id), id.slot());
        if let Some(session) = self.sessions.get_mut(id) {
            session.closed = true;
            self.events.push_back(Event::Closed { session: id });
        }
    }

    fn part_from_all(&mut self, id: SessionId) {
        self.lose_upstream(id);
        self.cancel_observations(id);
        self.forget_observers(id);
        self.forget_forwards(id);
        self.leave_own_upstreams(id);
        self.forget_asyncs(id);
        self.abandon_exchanges(id, NackReason::NotDeliverable);
        self.abandon_transfers(id, NackReason::NotDeliverable);
        self.end_cache_entries(id);
        self.replies.forget(&mut self.sessions, id);
        self.close_stream(id);
        self.part(id);
    }

    /// Takes from a session what keeps it, in several steps. It does not end by itself amid them: what is told of it
    /// would come after its end.
    pub(super) fn amid(&mut self, id: SessionId, steps: impl FnOnce(&mut Self)) {
        let pin = |engine: &mut Self, change: fn(u32) -> u32| {
            if let Some(session) = engine.sessions.get_mut(id) {
                session.pins = change(session.pins);
            }
        };
        pin(self, |pins| pins.saturating_add(1));
        steps(self);
        pin(self, |pins| pins.saturating_sub(1));
    }

    fn hold(&mut self, id: SessionId, change: impl FnOnce(&mut Session)) -> bool {
        let Some(session) = self.sessions.get_mut(id).filter(|session| !session.closed) else { return false };
        change(session);
        self.sessions.settle(id, self.now);
        true
    }

    pub(super) fn abandon_exchanges(&mut self, id: SessionId, reason: NackReason) {
        while let Some(exchange) = self.first_exchange(id, Phase::Delayed) {
            if self.wants(super::Level::Debug) {
                let mid = self.exchanges.get(exchange).map(|exchange| exchange.pdu.mid()).unwrap_or_default();
                log!(self, Debug, "** {}: mid=0x{mid:04x}: not transmitted after disconnect", self.name(id));
            }
            self.abandon(exchange, reason);
        }
        for phase in [Phase::InFlight, Phase::Leisure] {
            while let Some(exchange) = self.first_exchange(id, phase) {
                self.abandon(exchange, reason);
            }
        }
        if let Some(session) = self.sessions.get_mut(id) {
            session.give_up_token_check();
            session.give_up_q_block_check();
        }
    }

    fn first_exchange(&self, id: SessionId, phase: Phase) -> Option<ExchangeId> {
        self.sessions.get(id)?.rare.queues.first(phase)
    }

    fn abandon(&mut self, id: ExchangeId, reason: NackReason) {
        let Some(exchange) = self.take_exchange(id) else { return };
        if exchange.pdu.kind() == MessageType::Con && !exchange.hidden {
            let (session, mid) = (exchange.session, exchange.pdu.mid());
            self.tell_nack(Nack { session, sent: Some(exchange.pdu), reason, mid });
        }
    }

    /// The network cannot tell which message it was; the oldest one is the best guess.
    fn report_unreachable(&mut self, id: SessionId) {
        let first =
            self.first_exchange(id, Phase::InFlight).and_then(|exchange| self.exchanges.get(exchange));
        let sent = first.filter(|exchange| !exchange.hidden).map(|exchange| exchange.pdu.clone());
        let mid = sent.as_ref().map(|pdu| pdu.mid()).unwrap_or_default();
        self.tell_nack(Nack { session: id, sent, reason: NackReason::IcmpIssue, mid });
        log!(self, Debug, "***{}: session issue ({})", self.name(id), NackReason::IcmpIssue.name());
    }
}
