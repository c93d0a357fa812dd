//! DTLS and TLS between sockets and engine.
//!
//! * A server gets its credentials by [`Node::set_server_credentials`], a client session by
//!   [`Node::connect_secure`].
//! * What only the application knows comes as a [`SecurityQuestion`] ([`Node::poll_question`]), and is
//!   answered whenever the application is ready ([`Node::answer_hello`], [`Node::answer`]); meanwhile that
//!   handshake waits, and nothing else does.
//! * What becomes of handshakes is told by the engine's events.
//!
//! [`Channels`] does the work. It has no sockets: plaintext of the engine goes in, datagrams to send come
//! out, and the other way round.
mod channels;
mod client;
mod entry;
mod follow;
mod hellos;
mod info;
mod question;
mod server;
mod stream;
#[cfg(test)]
mod tests;

pub(crate) use channels::Channels;
pub use client::ClientCredentials;
pub use info::{ChannelInfo, PskInUse};
pub use question::{HelloId, SecurityQuestion};

use crate::{ConnectError, Node};
use coap_proto::engine::{Connect, SessionId};
use coap_secure::{Answer, QuestionId, Secret, certificates::PeerChain, dtls::ServerCredentials};
use std::time::Instant;

impl Node {
    /// What clients to come are served with: at endpoints of DTLS with pre-shared keys, certificates, or
    /// both, as each client would rather have it; at those of TLS and secure WebSockets with certificates.
    /// Sessions that are there keep what they have.
    pub fn set_server_credentials(&mut self, credentials: ServerCredentials) {
        self.secure.set_credentials(credentials);
    }

    /// Whether the application chooses the credentials for each client, by the name that it calls the server
    /// by (SNI, RFC 6066 section 3): [`SecurityQuestion::Hello`]. Default off.
    pub fn ask_about_names(&mut self, asks: bool) {
        self.secure.ask_about_names(asks);
    }

    /// Opens a client session over DTLS, TLS or secure WebSockets. It is as with [`connect`](Self::connect),
    /// but that the session is in [`SessionState::Handshake`](coap_proto::engine::SessionState::Handshake)
    /// until the two have proven themselves; messages wait until then. Port 0 of the peer means that of the
    /// protocol.
    ///
    /// # Errors
    /// As with [`connect`](Self::connect); [`ConnectError::Credentials`] if the protocol does not work with
    /// these, or the session needs none.
    pub fn connect_secure(
        &mut self,
        now: Instant,
        to: Connect,
        with: ClientCredentials,
    ) -> Result<SessionId, ConnectError> {
        if !to.protocol.is_secure() {
            return Err(ConnectError::Credentials(format!("{} takes none", to.protocol.name())));
        }
        let channel = with.channel(to.protocol, now)?;
        let opened =
            if to.protocol.is_reliable() { self.open_stream(now, to) } else { self.open_datagrams(now, to) };
        let id = opened?;
        self.secure.insert_client(now, &mut self.engine, id, channel);
        Ok(id)
    }

    /// The next question about a handshake, oldest first. Each is given out once. One that nobody answers
    /// ends with its handshake, after
    /// [`Settings::handshake_timeout`](coap_secure::Settings::handshake_timeout).
    pub fn poll_question(&mut self) -> Option<SecurityQuestion> {
        self.secure.poll_question()
    }

    /// Answers [`SecurityQuestion::Hello`]: the credentials of the server that the client wants; `None`:
    /// there is no such server, and the client is told so. Then call [`flush`](Self::flush). `false`: the
    /// question is of no interest any more.
    pub fn answer_hello(
        &mut self,
        now: Instant,
        hello: HelloId,
        credentials: Option<ServerCredentials>,
    ) -> bool {
        self.secure.answer_hello(now, &mut self.engine, hello, credentials)
    }

    /// Answers [`SecurityQuestion::Ask`]. Then call [`flush`](Self::flush). `false`: the question is of no
    /// interest any more.
    pub fn answer(&mut self, now: Instant, session: SessionId, question: QuestionId, answer: Answer) -> bool {
        self.secure.answer(now, &mut self.engine, session, question, answer)
    }

    /// The key that was left with the credentials of the server that a session is of, for an application that is
    /// asked for one: [`PskServer::with_usual_key`](coap_secure::PskServer::with_usual_key).
    pub fn usual_key(&self, session: SessionId) -> Option<&Secret> {
        self.secure.usual_key(session)
    }

    /// What is known of the channel beneath a session; `None`: it has none, or not any more.
    pub fn channel_info(&self, session: SessionId) -> Option<ChannelInfo<'_>> {
        self.secure.info(session)
    }

    /// The certificate that the peer of a session has shown, with those that vouch for it, judged once more;
    /// `None`: it has shown none.
    pub fn peer_chain(&self, session: SessionId) -> Option<PeerChain> {
        self.secure.peer_chain(session)
    }
}
