//! How streams end.
use super::Engine;
use super::connection::{Pause, Stage};
use crate::engine::log::log;
use crate::engine::{NackReason, SessionEvent, SessionId, SessionState, SessionType};
use std::time::Duration;

/// What is written when a stream ends has so long to go out.
const DRAIN_TIME: Duration = Duration::from_secs(5);
/// What came before a goodbye has so long to be answered.
const GOODBYE_TIME: Duration = Duration::from_secs(30);
/// What was written before a client session was released has so long to go out.
const FLUSH_TIME: Duration = Duration::from_secs(30);

impl Engine {
    /// The connection of a session ends: all that waits is lost, and a [`Nack`](crate::engine::Nack) tells of each
    /// message. What is written already still goes out, if the peer is there. The session takes no more messages; one
    /// that was accepted ends as soon as nobody uses it.
    pub(in crate::engine) fn end_stream(&mut self, id: SessionId, reason: NackReason) {
        let Some(session) = self.sessions.get_mut(id).filter(|session| session.is_open()) else { return };
        let state = std::mem::replace(&mut session.state, SessionState::None);
        session.severed = true;
        log!(self, Debug, "***{}: session disconnected ({})", self.name(id), reason.name());
        self.amid(id, |engine| {
            engine.abandon_stream(id, reason);
            match state {
                SessionState::None => {}
                SessionState::Connecting => engine.tell(id, SessionEvent::TcpFailed),
                _ => engine.tell(id, SessionEvent::TcpClosed),
            }
            let is_established = state == SessionState::Established;
            engine.tell(id, if is_established { SessionEvent::Disconnected } else { SessionEvent::Failed });
            engine.close_stream(id);
            engine.part(id);
        });
        self.settle(id);
    }

    fn abandon_stream(&mut self, id: SessionId, reason: NackReason) {
        self.forget_observers(id);
        self.forget_forwards(id);
        self.lose_upstream(id);
        self.forget_asyncs(id);
        self.abandon_exchanges(id, reason);
        self.abandon_transfers(id, reason);
    }

    /// What is written cannot go out any more.
    pub(in crate::engine) fn discard_output(&mut self, id: SessionId) {
        if let Some(connection) = self.connection_mut(id) {
            connection.output.clear();
        }
    }

    /// The connection of a session is gone. Nothing more is said, not even that a WebSocket is closed.
    pub(super) fn lose_stream(&mut self, id: SessionId) {
        if let Some(connection) = self.connection_mut(id) {
            connection.output.clear();
            connection.stage = Stage::Gone;
        }
        self.end_stream(id, NackReason::NotDeliverable);
    }

    /// The peer wants the connection to end, or sends no more. `true`: that waits until all is answered that came
    /// before, and the answers are written (RFC 8323 section 5.5).
    pub(super) fn defers_goodbye(&mut self, id: SessionId) -> bool {
        if !self.owes_answers(id) {
            return false;
        }
        let until = self.now + GOODBYE_TIME;
        if let Some(connection) = self.connection_mut(id) {
            connection.pause = Some(Pause::Goodbye);
            connection.goodbye_by.get_or_insert(until);
        }
        true
    }

    /// Whether something that came is not answered yet, and may still be.
    pub(super) fn owes_answers(&self, id: SessionId) -> bool {
        let Some(session) = self.sessions.get(id) else { return false };
        let Some(connection) = session.stream.as_deref() else { return false };
        let is_late = connection.goodbye_by.is_some_and(|at| at <= self.now);
        let is_at_work =
            session.handed_out > 0 || !session.rare.asyncs.is_empty() || session.rare.forwards_owed > 0;
        !is_late && (is_at_work || !connection.output.is_empty())
    }

    /// Nothing more is said or heard on a stream.
    pub(in crate::engine) fn close_stream(&mut self, id: SessionId) {
        let until = self.now + DRAIN_TIME;
        self.close_websocket(id);
        let Some(session) = self.sessions.get_mut(id) else { return };
        let Some(connection) = session.stream.as_deref_mut() else { return };
        self.streams.note_arrival(connection);
        connection.input.clear();
        self.streams.note_partial(id, connection, false);
        connection.held = Vec::new();
        (connection.pause, connection.partial_since, connection.fate) = (None, None, None);
        connection.stage = match connection.stage {
            Stage::Open if !connection.output.is_empty() => Stage::Draining(until),
            Stage::Draining(until) => Stage::Draining(until),
            Stage::Open | Stage::Connecting | Stage::Gone => Stage::Gone,
        };
        self.streams.make_ready(id, connection);
        self.settle_stream(id);
    }

    /// Nothing is left of a stream.
    pub(in crate::engine) fn drop_stream(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        let Some(connection) = session.stream.as_deref_mut() else { return };
        connection.stage = Stage::Gone;
        connection.input.clear();
        connection.output.clear();
        self.streams.note_arrival(connection);
        self.streams.note_partial(id, connection, false);
        self.settle_stream(id);
    }

    /// Nobody needs a client session any more. `true`: it stays until what was written to its stream has gone out.
    pub(in crate::engine) fn flushes_stream(&mut self, id: SessionId) -> bool {
        let Some(session) = self.sessions.get_mut(id).filter(|session| session.is_open()) else {
            return false;
        };
        let Some(connection) = session.stream.as_deref_mut() else { return false };
        if connection.stage != Stage::Open || connection.output.is_empty() {
            return false;
        }
        if connection.flush_by.is_none() {
            connection.flush_by = Some(self.now + FLUSH_TIME);
            self.streams.arm(id, connection);
        }
        true
    }

    /// A session whose stream has ended and that nobody keeps. `true`: it was accepted, and ends.
    pub(in crate::engine) fn is_over(&self, id: SessionId) -> bool {
        self.sessions.get(id).is_some_and(|session| {
            let was_accepted =
                session.kind != SessionType::Client && (session.stream.is_some() || session.is_secure());
            was_accepted && session.severed && !session.closed && !session.is_held()
        })
    }
}
