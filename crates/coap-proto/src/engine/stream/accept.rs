//! How streams begin.
use super::connection::{Connection, Stage};
use super::websocket::WebSocket;
use super::{Engine, StreamEnd};
use crate::Address;
use crate::engine::config::is_full;
use crate::engine::log::log;
use crate::engine::session::Session;
use crate::engine::{Endpoint, EndpointId, Path, SessionEvent, SessionId, SessionState, SessionType};
use crate::wire::{Protocol, websocket::frame::Sender};
use std::time::Instant;

impl Engine {
    /// A connection to a listening endpoint was accepted. Its session has a socket of its own. `None`: it is not
    /// wanted, close it.
    ///
    /// If there are too many idle sessions, or too many that are not established, the oldest one makes room.
    pub fn accept_stream(&mut self, now: Instant, endpoint: EndpointId, path: Path) -> Option<SessionId> {
        self.advance_clock(now);
        let Endpoint { protocol, .. } = *self.endpoints.get(endpoint.0)?;
        if !protocol.is_reliable() {
            return None;
        }
        self.make_room_for_newcomer();
        let mut session = self.new_session(SessionType::Server, protocol, path);
        session.endpoint = Some(endpoint);
        session.state = SessionState::Connecting;
        let mut connection = Connection::new(Stage::Open);
        connection.websocket = websocket(protocol, Sender::Client);
        connection.csm_by = self.csm_deadline();
        session.stream = Some(Box::new(connection));
        let id = self.sessions.insert(session);
        if let Some(connection) = self.sessions.get_mut(id).and_then(|session| session.stream.as_deref_mut())
        {
            self.streams.note_newcomer(id, connection);
        }
        log!(self, Debug, "***{}: session {}: new incoming session", self.name(id), id.slot());
        self.tell(id, SessionEvent::TcpConnected);
        self.tell(id, SessionEvent::ServerNew);
        self.begin_stream(id);
        Some(id)
    }

    /// The stream of a client session is connected; `local` is its own address.
    pub fn handle_connected(&mut self, now: Instant, id: SessionId, local: Address) {
        self.advance_clock(now);
        let csm_by = self.csm_deadline();
        let connecting = |connection: &&mut Connection| connection.stage == Stage::Connecting;
        let Some(connection) = self.connection_mut(id).filter(connecting) else { return };
        connection.stage = Stage::Open;
        connection.csm_by = csm_by;
        self.set_local(id, local);
        self.sessions.touch(id, self.now);
        self.tell(id, SessionEvent::TcpConnected);
        self.begin_stream(id);
    }

    /// A stream ended, or was never there. Its socket can be closed, but for [`StreamEnd::Closed`]: then what came
    /// before is answered first, and [`Engine::poll_stream`] names the session when the socket is to be closed.
    pub fn handle_stream_end(&mut self, now: Instant, id: SessionId, end: StreamEnd) {
        self.advance_clock(now);
        let Some(session) = self.sessions.get_mut(id) else { return };
        let Some(connection) = session.stream.as_deref_mut() else { return };
        let was_connecting = connection.stage == Stage::Connecting;
        if end == StreamEnd::Closed && connection.stage == Stage::Open && !session.closed {
            (connection.has_ended, connection.partial_since) = (true, None);
            connection.input.clear();
            if self.defers_goodbye(id) {
                return self.settle_stream(id);
            }
        }
        let Some(session) = self.sessions.get_mut(id) else { return };
        let Some(connection) = session.stream.as_deref_mut() else { return };
        if matches!(connection.stage, Stage::Draining(_) | Stage::Gone) || session.closed {
            connection.output.clear();
            connection.stage = Stage::Gone;
            self.attend_to_stream(id);
            return self.settle_stream(id);
        }
        log!(self, Debug, "***{}: stream ended ({end:?})", self.name(id));
        if was_connecting {
            // This comes before what waits for the stream is given up, and not again after it.
            self.tell(id, SessionEvent::TcpFailed);
            self.set_state(id, SessionState::None);
        }
        self.lose_stream(id);
    }

    /// A client session over a stream is about to be connected.
    pub(in crate::engine) fn prepare_stream(&self, session: &mut Session) {
        session.state = SessionState::Connecting;
        let mut connection = Connection::new(Stage::Connecting);
        connection.websocket = websocket(session.protocol, Sender::Server);
        session.stream = Some(Box::new(connection));
    }

    /// The channel beneath a stream is there.
    pub(in crate::engine) fn begin_secured_stream(&mut self, id: SessionId) {
        let csm_by = self.csm_deadline();
        if let Some(connection) = self.connection_mut(id) {
            connection.csm_by = csm_by;
        }
        self.begin_stream(id);
    }

    /// The first that is said on a stream; but what is to be secured waits for that.
    fn begin_stream(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        let protocol = session.protocol;
        if matches!(protocol, Protocol::Tls | Protocol::Wss) && !session.is_secure() {
            session.begin_handshake();
            if let Some(connection) = session.stream.as_deref_mut() {
                // Its channel has a deadline of its own.
                connection.csm_by = None;
            }
            return self.settle_stream(id);
        }
        match protocol {
            Protocol::Ws | Protocol::Wss => self.open_websocket(id),
            _ => self.send_csm(id),
        }
        self.settle_stream(id);
    }

    fn set_state(&mut self, id: SessionId, state: SessionState) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.state = state;
        }
    }

    fn csm_deadline(&self) -> Option<Instant> {
        let timeout = self.config.csm_timeout;
        if timeout.is_zero() { None } else { self.now.checked_add(timeout) }
    }

    fn make_room_for_newcomer(&mut self) {
        self.make_room_for_idle();
        if !is_full(self.streams.newcomers.len(), self.config.max_handshake_sessions) {
            return;
        }
        if let Some((_, oldest)) = self.streams.newcomers.first_key_value() {
            let oldest = *oldest;
            self.tell(oldest, SessionEvent::ServerDeleted);
            self.end(oldest);
        }
    }
}

/// What a stream has on top that carries this protocol, with that side as its peer.
fn websocket(protocol: Protocol, peer: Sender) -> Option<Box<WebSocket>> {
    matches!(protocol, Protocol::Ws | Protocol::Wss).then(|| Box::new(WebSocket::new(peer)))
}
