//! CoAP over streams: TCP and WebSockets (RFC 8323).
//!
//! Who has the sockets does this with the stream of a session:
//! * A listening socket has a new connection: [`Engine::accept_stream`].
//! * A client session is there ([`Engine::connect`] with such a protocol, [`SessionState::Connecting`]): connect, then
//!   [`Engine::handle_connected`], or [`Engine::handle_stream_end`] if that fails.
//! * Bytes came: [`Engine::handle_stream`]; the stream ended: [`Engine::handle_stream_end`].
//! * After anything that is done with the engine: [`Engine::poll_stream`] names the sessions whose streams need
//!   attention. Of each, write what [`Engine::stream`] shows, as far as the socket takes it, and say so by
//!   [`Engine::stream_written`]; go on when the socket takes more. Close the socket when it shows `None`. Read only
//!   while [`Engine::reads_stream`] says so; that it does again is a reason for `poll_stream` to name the session.
//!
//! At [`Event::Closed`](super::Event::Closed) write what is left as far as the socket takes it at once, and close it.
#[cfg(doc)]
use super::SessionState;
use super::{EndpointId, Engine, Path, SessionId};
use crate::Address;
use std::time::{Duration, Instant};

/// Why a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEnd {
    /// The peer has closed it: there is nothing more to be read.
    Closed,
    /// It broke: reading or writing failed.
    Broken,
    /// It could not be connected.
    Refused,
}

impl Engine {
    /// A connection to a listening endpoint was accepted. Its session has a socket of its own. `None`: it is not
    /// wanted, close it.
    pub fn accept_stream(&mut self, now: Instant, endpoint: EndpointId, path: Path) -> Option<SessionId> {
        let _ = (now, endpoint, path);
        None
    }

    /// The stream of a client session is connected; `local` is its own address.
    pub fn handle_connected(&mut self, now: Instant, id: SessionId, local: Address) {
        let _ = (now, id, local);
    }

    /// Bytes came on a stream, cut anywhere. All of them are taken, whatever [`Engine::reads_stream`] says.
    pub fn handle_stream(&mut self, now: Instant, id: SessionId, bytes: &[u8]) {
        let _ = (now, id, bytes);
    }

    /// A stream ended, or was never there. Its socket can be closed.
    pub fn handle_stream_end(&mut self, now: Instant, id: SessionId, end: StreamEnd) {
        let _ = (now, id, end);
    }

    /// The next session whose stream has bytes to be written, or is to be read again, or to be closed. Each is named
    /// once for each time that this begins.
    pub fn poll_stream(&mut self) -> Option<SessionId> {
        None
    }

    /// What is to be written to a stream, which may be nothing yet. `None`: there is no stream (any more), close the
    /// socket. A session that is closed shows what is left until it is forgotten.
    pub fn stream(&self, id: SessionId) -> Option<&[u8]> {
        let _ = id;
        None
    }

    /// So many bytes of what [`Engine::stream`] shows were written.
    pub fn stream_written(&mut self, now: Instant, id: SessionId, written: usize) {
        let _ = (now, id, written);
    }

    /// Whether the stream is to be read: not while a peer lets its answers pile up.
    pub fn reads_stream(&self, id: SessionId) -> bool {
        let _ = id;
        false
    }

    /// Asks the peer to end the connection, which this node does too when that is sent (RFC 8323 section 5.5): the
    /// peer may connect to `alternative` instead (an authority, as `host:port`), and should wait for `hold_off` (whole
    /// seconds) before it comes back. `false`: the session is not established over a stream.
    pub fn release_stream(
        &mut self,
        now: Instant,
        id: SessionId,
        alternative: Option<&str>,
        hold_off: Option<Duration>,
    ) -> bool {
        let _ = (now, id, alternative, hold_off);
        false
    }

    /// The Host that a client session tells in its WebSocket handshake (`coap_ws_set_host_request`); else the peer's
    /// address. `false`: it is none, or too late, or no host.
    pub fn set_websocket_host(&mut self, id: SessionId, host: &str) -> bool {
        let _ = (id, host);
        false
    }
}
