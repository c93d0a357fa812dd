//! CoAP over streams: TCP and WebSockets (RFC 8323).
//!
//! Who has the sockets does this with the stream of a session:
//! * A listening socket has a new connection: [`Engine::accept_stream`].
//! * A client session is there ([`Engine::connect`] with such a protocol, [`SessionState::Connecting`]): connect, then
//!   [`Engine::handle_connected`], or [`Engine::handle_stream_end`] if that fails.
//! * Bytes came: [`Engine::handle_stream`]; the stream ended: [`Engine::handle_stream_end`]. After
//!   [`StreamEnd::Closed`] there may be answers to be written still; after the other ends the socket can be closed.
//! * After anything that is done with the engine: [`Engine::poll_stream`] names the sessions whose streams need
//!   attention. Of each, write what [`Engine::stream`] shows, as far as the socket takes it, and say so by
//!   [`Engine::stream_written`]; go on when the socket takes more. Close the socket when it shows `None`. Read only
//!   while [`Engine::reads_stream`] says so; that it does again is a reason for `poll_stream` to name the session.
//!
//! At [`Event::Closed`] write what is left as far as the socket takes it at once, and close it.
mod accept;
mod buffer;
mod connection;
mod ending;
mod input;
mod output;
mod signaling;
mod timeout;
mod websocket;

pub(super) use connection::{Connection, Streams};

use super::secure::Security;
use super::{Engine, SessionId};
#[cfg(doc)]
use super::{Event, SessionState};
use connection::Stage;

/// Why a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEnd {
    /// The peer has closed its direction: there is nothing more to be read. It may still want its answers.
    Closed,
    /// It broke: reading or writing failed.
    Broken,
    /// It could not be connected.
    Refused,
}

impl Engine {
    /// The next session whose stream has bytes to be written, or is to be read again, or to be closed. Each is named
    /// once for each time that this begins.
    pub fn poll_stream(&mut self) -> Option<SessionId> {
        if self.events.is_empty() {
            for id in self.streams.begin_round() {
                self.resume_stream(id);
            }
        }
        self.continue_streams();
        while let Some(id) = self.streams.ready.pop_front() {
            // One that ended meanwhile is gone.
            if let Some(connection) = self.connection_mut(id) {
                connection.is_ready = false;
                return Some(id);
            }
        }
        None
    }

    /// What is to be written to a stream, which may be nothing yet. `None`: there is no stream (any more), close the
    /// socket. A session that is closed shows what is left until it is forgotten.
    pub fn stream(&self, id: SessionId) -> Option<&[u8]> {
        let connection = self.connection(id).filter(|connection| connection.stage != Stage::Gone)?;
        Some(connection.output.as_slice())
    }

    /// Whether the stream is to be read: not while a peer lets its answers pile up, or says more
    /// than the application has heard, and not after it has said that it ends.
    pub fn reads_stream(&self, id: SessionId) -> bool {
        self.connection(id)
            .is_some_and(|connection| connection.stage == Stage::Open && connection.pause.is_none())
    }

    /// Whether a session has a stream, or had one.
    pub(super) fn is_of_stream(&self, id: SessionId) -> bool {
        self.connection(id).is_some()
    }

    fn connection(&self, id: SessionId) -> Option<&Connection> {
        self.sessions.get(id)?.stream.as_deref()
    }

    fn connection_mut(&mut self, id: SessionId) -> Option<&mut Connection> {
        self.sessions.get_mut(id)?.stream.as_deref_mut()
    }

    /// Whether a session has a stream that is connected, and nothing has ended it.
    fn is_streaming(&self, id: SessionId) -> bool {
        self.connection(id).is_some_and(|connection| connection.stage == Stage::Open)
    }

    fn is_shaking_hands(&self, id: SessionId) -> bool {
        self.sessions.get(id).is_some_and(|session| session.security == Security::Handshaking)
    }

    /// Applies what a change to a stream means for all of them: its deadline, its memory, who looks at it.
    fn settle_stream(&mut self, id: SessionId) {
        let write_by = self.now.checked_add(self.config.session_timeout);
        let Some(session) = self.sessions.get_mut(id) else { return };
        let Some(connection) = session.stream.as_deref_mut() else { return };
        if connection.output.is_empty() {
            connection.write_by = None;
        } else if connection.write_by.is_none() {
            connection.write_by = write_by;
        }
        self.streams.account(connection);
        self.streams.arm(id, connection);
    }

    /// Looks at input that could not be looked at before, and ends what has to end. Until then it has waited, because
    /// whoever finds such a thing is in the middle of something.
    pub(super) fn continue_streams(&mut self) {
        while let Some(id) = self.streams.resuming.pop_front() {
            let Some(connection) = self.connection_mut(id) else { continue };
            connection.is_resuming = false;
            match connection.fate.take() {
                Some(reason) => self.abort_stream(id, reason),
                None => self.resume_reading(id),
            }
        }
    }

    /// What a session's stream waits for may have come: the application has finished with a message, or something is
    /// answered.
    pub(super) fn encourage_stream(&mut self, id: SessionId) {
        let pause = self.connection(id).and_then(|connection| connection.pause);
        if pause.is_some_and(|pause| self.may_go_on(id, pause)) {
            self.resume_stream(id);
        }
    }

    pub(super) fn resume_stream(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        if let Some(connection) = session.stream.as_deref_mut() {
            self.streams.resume(id, connection);
        }
    }

    /// Dooms a stream: it is aborted at the next opportunity.
    fn doom_stream(&mut self, id: SessionId, reason: &'static str) {
        if let Some(connection) = self.connection_mut(id) {
            connection.fate.get_or_insert(reason);
            self.resume_stream(id);
        }
    }
}
