//! Sessions over DTLS, TLS and secure WebSockets. The engine knows no keys: it sees plaintext, and is told
//! what becomes of the channel beneath.
//!
//! Who has the sockets and the channels does this:
//! * *A client of DTLS* is [`SessionState::Handshake`] from [`Engine::connect`] on; messages wait.
//! * *A server of DTLS*: a peer was admitted ([`Engine::accept_secure`]). [`Engine::handle_datagram`] makes no such
//!   sessions and takes nothing for them.
//! * *A stream* is connected or accepted as any other, and then in [`SessionState::Handshake`].
//! * The handshake is done: [`Engine::secured`]. It was done anew: [`Engine::renewed`]. The channel is over:
//!   [`Engine::insecure`].
//! * Datagrams: [`Engine::handle_plaintext`] for what came, [`Transmit::is_plaintext`] marks what is to be protected. A
//!   session that needs its channel no more is named by [`Engine::poll_goodbye`].
//! * Streams: [`Engine::handle_stream`] and [`Engine::stream`] are plaintext. The channel is closed with the stream.
use super::config::is_full;
use super::log::log;
use super::session::Session;
use super::{
    Endpoint, EndpointId, Engine, NackReason, Path, SessionEvent, SessionId, SessionState, SessionType, Via,
};
#[cfg(doc)]
use super::{Transmit, event::Event};
use crate::Address;
use crate::wire::Protocol;
use std::collections::VecDeque;
use std::time::Instant;

/// Bytes that DTLS adds to a message at most, header of the record included: 13 bytes of header, 8 of
/// explicit nonce, 16 of tag (RFC 6347 section 4.1, RFC 5288). DTLS 1.3 and the suites of CCM with short tags
/// add less.
pub const DTLS_OVERHEAD: usize = 13 + 8 + 16;
/// The longest message that fits into a record of DTLS (RFC 6347 section 4.1.1).
pub(super) const MAX_RECORD: usize = 1 << 14;

/// How far the channel beneath a session is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Security {
    /// There is none: the protocol has none, or its stream is not connected.
    #[default]
    None,
    /// It shakes hands.
    Handshaking,
    /// It carries messages.
    Up,
    /// It is over, and the application does not know yet.
    Lost,
    /// It is over.
    Over,
}

/// How a channel ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityEnd {
    /// One of the two has found something wrong: keys, certificates, messages.
    Failed,
    /// The peer does not answer the handshake.
    TimedOut,
    /// The peer has said goodbye (close_notify).
    Closed,
    /// This node gives it up, without a word: others need its place.
    GaveWay,
}

/// Sessions over datagrams whose channels are to be closed.
#[derive(Debug, Default)]
pub(super) struct Goodbyes(VecDeque<SessionId>);

impl Engine {
    /// A peer's handshake begins at an endpoint of DTLS. Its session is a server's, and takes nothing until
    /// it is [`secured`](Self::secured). `None`: it is not wanted.
    ///
    /// There must be no session of that peer: see [`find_peer`](Self::find_peer). If there are too many idle
    /// sessions when it is secured, the one that has been silent for longest makes room.
    pub fn accept_secure(&mut self, now: Instant, endpoint: EndpointId, path: Path) -> Option<SessionId> {
        self.advance_clock(now);
        let Endpoint { protocol, mtu, .. } = *self.endpoints.get(endpoint.0)?;
        if protocol != Protocol::Dtls || self.sessions.of_peer(endpoint, &path.remote).is_some() {
            return None;
        }
        let mut session = self.new_session(SessionType::Server, protocol, path);
        session.endpoint = Some(endpoint);
        session.set_mtu(mtu);
        session.begin_handshake();
        // A handshake is a proof of the address.
        session.allowance = super::echo::Allowance::verified();
        let id = self.sessions.insert(session);
        log!(self, Debug, "***{}: session {}: new incoming session", self.name(id), id.slot());
        self.tell(id, SessionEvent::ServerNew);
        Some(id)
    }

    /// The handshake beneath a session is done: messages flow, or what comes before them on a stream.
    pub fn secured(&mut self, now: Instant, id: SessionId) {
        self.advance_clock(now);
        let Some(session) = self.sessions.get_mut(id).filter(|session| session.is_open()) else { return };
        if session.security != Security::Handshaking {
            return;
        }
        session.security = Security::Up;
        let is_stream = session.stream.is_some();
        self.sessions.touch(id, self.now);
        let is_accepted = self.sessions.get(id).is_some_and(|session| session.endpoint.is_some());
        let others = self.sessions.idle_count().saturating_sub(1);
        // Not before: who has not proven anything does not drive away who has.
        if !is_stream && is_accepted && is_full(others, self.config.max_idle_sessions) {
            self.drop_longest_idle();
        }
        self.tell(id, SessionEvent::DtlsConnected);
        if is_stream {
            return self.begin_secured_stream(id);
        }
        log!(self, Debug, "***{}: session connected", self.name(id));
        if let Some(session) = self.sessions.get_mut(id) {
            session.state = SessionState::Established;
        }
        self.flush(id);
        self.settle(id);
    }

    /// The peer of a server session has shaken hands anew, and takes part with new keys, perhaps as somebody
    /// else.
    pub fn renewed(&mut self, now: Instant, id: SessionId) {
        self.advance_clock(now);
        if self.sessions.get(id).is_some_and(|session| session.security == Security::Up) {
            self.tell(id, SessionEvent::DtlsRenegotiated);
        }
    }

    /// The channel beneath a session is over, for `reason` (a line for the log). All that waits is lost, and
    /// a [`Nack`](super::Nack) with [`NackReason::TlsFailed`] tells of each confirmable message. The session
    /// takes no more messages; one of a server ends as soon as nobody uses it.
    pub fn insecure(&mut self, now: Instant, id: SessionId, end: SecurityEnd, reason: &str) {
        self.advance_clock(now);
        let Some(session) = self.sessions.get_mut(id) else { return };
        match session.security {
            Security::Handshaking | Security::Up => session.security = Security::Lost,
            // A stream that is not connected yet.
            Security::None if session.protocol.is_secure() => {}
            Security::None | Security::Lost | Security::Over => return,
        }
        let is_stream = session.stream.is_some();
        match end {
            SecurityEnd::Closed | SecurityEnd::GaveWay => log!(self, Debug, "***{}: {reason}", self.name(id)),
            _ => log!(self, Warn, "***{}: {reason}", self.name(id)),
        }
        if end == SecurityEnd::Failed {
            self.tell(id, SessionEvent::DtlsError);
        }
        if is_stream {
            self.discard_output(id);
        }
        self.disconnect(now, id, NackReason::TlsFailed);
    }

    /// What came in a record of DTLS for an established session.
    pub fn handle_plaintext(&mut self, now: Instant, id: SessionId, path: Path, bytes: &[u8]) {
        self.advance_clock(now);
        let is_up = |session: &Session| session.is_open() && session.security == Security::Up;
        if !self.sessions.get(id).is_some_and(|session| is_up(session) && session.stream.is_none()) {
            return;
        }
        self.follow(id, path);
        self.handle_datagram_of(id, bytes);
    }

    /// The session of a peer of a datagram endpoint.
    pub fn find_peer(&self, endpoint: EndpointId, remote: &Address) -> Option<SessionId> {
        self.sessions.of_peer(endpoint, remote)
    }

    /// The socket that carries a session's datagrams, and the addresses for one to the peer.
    pub fn carrier(&self, id: SessionId) -> Option<(Via, Path)> {
        let session = self.sessions.get(id).filter(|session| session.stream.is_none())?;
        Some((session.endpoint.map_or(Via::Session(id), Via::Endpoint), self.way_back(session)))
    }

    /// The next session over datagrams whose channel is to be closed (close_notify), unless that is over
    /// already.
    pub fn poll_goodbye(&mut self) -> Option<SessionId> {
        self.goodbyes.0.pop_front()
    }

    /// A line for the log of who has the channels; `text` is made if lines of that level are asked for.
    pub fn write_log(&mut self, level: super::Level, text: impl FnOnce() -> String) {
        if self.wants(level) {
            self.say(level, text());
        }
    }

    /// A session needs its channel no more.
    pub(super) fn part(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        let before = std::mem::replace(&mut session.security, Security::Over);
        match before {
            Security::Handshaking | Security::Up if session.stream.is_none() => {
                self.goodbyes.0.push_back(id);
            }
            Security::Handshaking | Security::Up | Security::Lost => {}
            Security::None | Security::Over => {
                session.security = before;
                return;
            }
        }
        // Whoever shakes hands from there next is another session.
        self.sessions.forget_peer(id);
        self.tell(id, SessionEvent::DtlsClosed);
    }
}

impl Session {
    /// The channel beneath begins.
    pub(super) fn begin_handshake(&mut self) {
        self.state = SessionState::Handshake;
        self.security = Security::Handshaking;
    }

    /// Whether there is a channel beneath, or was.
    pub(super) fn is_secure(&self) -> bool {
        self.security != Security::None
    }
}
