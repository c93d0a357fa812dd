//! TLS on streams: between a socket's bytes and the engine's.
use super::{Channels, client::inside, entry::Channel};
use coap_proto::{
    engine::{Engine, SessionId},
    wire::Protocol,
};
use coap_secure::{Answer, Channel as _, Settings, dtls::ServerCredentials, tls::Tls};
use std::time::Instant;

/// Plaintext protected at a time: what waits for the socket is not much more.
const PIECE: usize = 64 << 10;

impl Channels {
    /// A stream was accepted; it has a channel if the protocol has.
    pub(crate) fn insert_accepted(&mut self, now: Instant, session: SessionId, protocol: Protocol) {
        if let Some(inside) = inside(protocol) {
            let settings = Settings::default();
            self.insert(session, Channel::tls(Tls::server(inside, &settings, now)), None);
            self.settle(session);
        }
    }

    /// What a server of TLS is to show.
    pub(super) fn stream_credentials(&self, credentials: &ServerCredentials) -> Answer {
        let certificates = credentials.certificates.as_ref();
        let credentials = certificates.and_then(|certificates| certificates.tls_server().ok());
        credentials.map_or(Answer::Refuse, Answer::Server)
    }

    /// Bytes came from a stream's socket. There may be something to write then.
    pub(crate) fn receive_stream(
        &mut self,
        now: Instant,
        engine: &mut Engine,
        session: SessionId,
        bytes: &[u8],
    ) {
        let Some(entry) = self.entries.get_mut(&session) else { return };
        entry.channel.common().input(now, bytes);
        self.follow(now, engine, session, None);
    }

    /// What is to be written to a stream's socket, as it leaves: what waits, or the next piece of what the
    /// engine has.
    pub(crate) fn sealed(&mut self, now: Instant, engine: &mut Engine, session: SessionId) -> &[u8] {
        let Some(entry) = self.entries.get_mut(&session) else { return &[] };
        if entry.written == entry.sealed.len()
            && let Some(bytes) = engine.stream(session).filter(|bytes| !bytes.is_empty())
        {
            let bytes = &bytes[..bytes.len().min(PIECE)];
            let (length, written) = (bytes.len(), entry.channel.common().write(now, bytes));
            if written.is_ok() {
                entry.channel.common().output(&mut entry.sealed);
                engine.stream_written(now, session, length);
            }
        }
        self.entries.get(&session).map_or(&[], |entry| &entry.sealed[entry.written..])
    }

    /// So many bytes of [`Channels::sealed`] were written.
    pub(crate) fn sealed_written(&mut self, session: SessionId, written: usize) {
        let Some(entry) = self.entries.get_mut(&session) else { return };
        entry.written += written;
        if entry.written >= entry.sealed.len() {
            entry.written = 0;
            entry.sealed.clear();
            entry.sealed.shrink_to(4096);
        }
    }

    /// The engine's stream is over: says goodbye. What that adds can be fetched before the entry is removed.
    pub(crate) fn close_stream(&mut self, now: Instant, session: SessionId) {
        let Some(entry) = self.entries.get_mut(&session) else { return };
        if let Channel::Tls(tls) = &mut entry.channel {
            tls.close(now);
            tls.output(&mut entry.sealed);
        }
    }

    /// A stream's socket is closed.
    pub(crate) fn remove_stream(&mut self, now: Instant, session: SessionId) {
        self.remove(now, session);
    }

    /// Streams that have got something to write.
    pub(crate) fn take_writable(&mut self) -> Vec<SessionId> {
        std::mem::take(&mut self.writable)
    }
}
