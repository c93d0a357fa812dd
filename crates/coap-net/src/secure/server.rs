//! The server side of DTLS: who is let in, and with which credentials.
use super::{
    Channels, HelloId, SecurityQuestion,
    entry::{Channel, Entry},
    hellos::Waiting,
};
use coap_proto::{
    engine::{Endpoint, EndpointId, Engine, Level, Path, SecurityEnd, SessionId, Transmit, Via},
    wire::Protocol,
};
use coap_secure::{
    Alert, Answer, Channel as _, Secret, WriteError,
    dtls::{Admission, Hello, Listener, ListenerSettings, Peer, Refusal, Screened, ServerCredentials},
};
use std::time::Instant;

impl Channels {
    /// Whether an endpoint of that protocol can serve anybody; why not, if it cannot.
    pub(crate) fn check_server(&self, protocol: Protocol) -> Result<(), String> {
        let ServerCredentials { psk, certificates } = &self.credentials;
        if self.asks_about_names {
            return Ok(());
        }
        match (protocol, certificates) {
            (Protocol::Dtls, _) if psk.is_some() => Ok(()),
            (_, None) => Err("there are no credentials for it".into()),
            (Protocol::Dtls, Some(certificates)) => {
                certificates.check_dtls_server().map_err(|error| error.to_string())
            }
            (_, Some(certificates)) => certificates.tls_server().map(drop).map_err(|error| error.to_string()),
        }
    }

    /// An endpoint of DTLS is open. `secret`: 32 random bytes; those of the first count.
    pub(crate) fn open_endpoint(&mut self, now: Instant, secret: [u8; 32]) {
        self.listener.get_or_insert_with(|| {
            Listener::new(ListenerSettings::default(), now, Secret::from(&secret[..]))
        });
    }

    /// An endpoint is closed, and its sessions are.
    pub(crate) fn close_endpoint(&mut self, endpoint: EndpointId) {
        self.hellos.close_endpoint(endpoint);
    }

    /// A datagram came in on a socket of DTLS.
    pub(crate) fn receive(&mut self, now: Instant, engine: &mut Engine, via: Via, path: Path, bytes: &[u8]) {
        match via {
            // The socket takes datagrams of its peer alone.
            Via::Session(session) => self.input(now, engine, session, path, bytes),
            Via::Endpoint(endpoint) => self.receive_from_anybody(now, engine, endpoint, path, bytes),
        }
    }

    fn input(&mut self, now: Instant, engine: &mut Engine, session: SessionId, path: Path, bytes: &[u8]) {
        let Some(entry) = self.entries.get_mut(&session) else { return };
        entry.channel.common().input(now, bytes);
        self.follow(now, engine, session, Some(path));
    }

    fn receive_from_anybody(
        &mut self,
        now: Instant,
        engine: &mut Engine,
        endpoint: EndpointId,
        path: Path,
        bytes: &[u8],
    ) {
        let Some(address) = path.remote.ip().filter(|_| !path.is_to_group()) else { return };
        let session = engine.find_peer(endpoint, &path.remote);
        let channel = session.and_then(|session| match &self.entries.get(&session)?.channel {
            Channel::Dtls(dtls) => Some(&**dtls),
            Channel::Tls(_) => None,
        });
        let Some(listener) = &mut self.listener else { return };
        let mut reply = Vec::new();
        let peer = Peer { socket: endpoint, address };
        match listener.screen(now, peer, bytes, channel, &mut reply) {
            Screened::Drop => {}
            Screened::Pass => {
                if let Some(session) = session {
                    self.input(now, engine, session, path, bytes);
                }
            }
            Screened::Reply => self.reply(endpoint, path, reply),
            Screened::Hello(hello) => self.greet(now, engine, path, hello),
        }
    }

    fn greet(&mut self, now: Instant, engine: &mut Engine, path: Path, hello: Hello<EndpointId>) {
        if !self.asks_about_names {
            let credentials = self.credentials.clone();
            return self.admit(now, engine, path, hello, &credentials);
        }
        if !hello.is_proven() && hello.offers_dtls12() {
            // It gets a cookie. The application is not troubled by what anybody can have written.
            return self.refuse(now, path, hello);
        }
        let endpoint = hello.peer().socket;
        let (name, is_proven) = (hello.name().map(str::to_owned), hello.is_proven());
        let (offers_psk, offers_certificates) = (hello.offers_psk(), hello.offers_certificates());
        let Some(hello) = self.hellos.put(now, path, hello) else { return };
        self.put_question(SecurityQuestion::Hello {
            hello,
            endpoint,
            protocol: Protocol::Dtls,
            peer: path.remote,
            is_proven,
            name,
            offers_psk,
            offers_certificates,
        });
    }

    /// There is no such server for this client, or not yet.
    fn refuse(&mut self, now: Instant, path: Path, hello: Hello<EndpointId>) {
        let Some(listener) = &self.listener else { return };
        let (endpoint, mut reply) = (hello.peer().socket, Vec::new());
        listener.refuse(now, hello, Alert::UNRECOGNIZED_NAME, &mut reply);
        self.reply(endpoint, path, reply);
    }

    pub(super) fn answer_hello(
        &mut self,
        now: Instant,
        engine: &mut Engine,
        hello: HelloId,
        credentials: Option<ServerCredentials>,
    ) -> bool {
        match (self.hellos.take(hello), credentials) {
            (None, _) => return false,
            (Some(Waiting::Stream(session, question)), credentials) => {
                let answer =
                    credentials.map_or(Answer::Refuse, |credentials| self.stream_credentials(&credentials));
                let Some(entry) = self.entries.get_mut(&session) else { return false };
                entry.channel.common().answer(now, question, answer);
                self.follow(now, engine, session, None);
            }
            (Some(Waiting::Datagrams(path, hello)), Some(credentials)) => {
                self.admit(now, engine, path, *hello, &credentials);
            }
            (Some(Waiting::Datagrams(path, hello)), None) => self.refuse(now, path, *hello),
        }
        true
    }

    /// Makes the channel of a client that has credentials to be served with.
    fn admit(
        &mut self,
        now: Instant,
        engine: &mut Engine,
        path: Path,
        hello: Hello<EndpointId>,
        credentials: &ServerCredentials,
    ) {
        let Some(listener) = &mut self.listener else { return };
        let endpoint = hello.peer().socket;
        listener.set_max_handshakes(engine.config().max_handshake_sessions);
        let mut reply = Vec::new();
        let Some(mtu) = engine.endpoint(endpoint).map(Endpoint::mtu) else { return };
        match listener.admit(now, hello, credentials, mtu, &mut reply) {
            Ok(Admission { channel, gives_way }) => {
                if let Some(peer) = gives_way {
                    self.give_way(now, engine, peer);
                }
                self.welcome(now, engine, endpoint, path, channel);
            }
            Err(Refusal::Busy) => {
                engine.write_log(Level::Debug, || format!("{}: too many handshakes, ignored", path.remote));
            }
            Err(Refusal::Unproven) => self.reply(endpoint, path, reply),
            Err(Refusal::Failed(failure)) => {
                engine.write_log(Level::Info, || format!("{}: {failure}", path.remote));
                self.reply(endpoint, path, reply);
            }
        }
    }

    /// A client has a channel: it is of a new session, or takes over in the one that is there.
    fn welcome(
        &mut self,
        now: Instant,
        engine: &mut Engine,
        endpoint: EndpointId,
        path: Path,
        channel: coap_secure::dtls::Dtls,
    ) {
        let there = engine.find_peer(endpoint, &path.remote);
        if let Some(session) = there
            && let Some(Entry { channel: Channel::Dtls(old), .. }) =
                self.entries.get_mut(&session).map(|entry| &mut **entry)
        {
            if !old.takes(&channel) {
                return self.send_away(now, channel);
            }
            let seat = old.renew(channel);
            if let (Some(seat), Some(listener)) = (seat, &mut self.listener) {
                listener.leave(seat);
            }
            return self.follow(now, engine, session, None);
        }
        match engine.accept_secure(now, endpoint, path) {
            Some(session) => {
                self.insert(session, Channel::dtls(channel), Some(endpoint));
                self.follow(now, engine, session, None);
            }
            None => self.send_away(now, channel),
        }
    }

    /// A client that was admitted is not taken after all. It is told nothing.
    fn send_away(&mut self, now: Instant, mut channel: coap_secure::dtls::Dtls) {
        channel.close(now);
        if let Some(listener) = &mut self.listener {
            listener.settle(&mut channel);
        }
    }

    /// The handshake of a peer is given up for another one's. A session that is established stays so.
    fn give_way(&mut self, now: Instant, engine: &mut Engine, peer: Peer<EndpointId>) {
        let Some(session) = engine.find_peer(peer.socket, &peer.address.into()) else { return };
        let Some(Entry { channel: Channel::Dtls(dtls), .. }) =
            self.entries.get_mut(&session).map(|entry| &mut **entry)
        else {
            return;
        };
        if dtls.give_way() {
            return self.settle(session);
        }
        self.remove(now, session);
        engine.insecure(now, session, SecurityEnd::GaveWay, "its handshake gives way to others");
    }

    /// Sends a datagram, if there is one, to somebody who has no session.
    fn reply(&mut self, endpoint: EndpointId, path: Path, bytes: Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let via = Via::Endpoint(endpoint);
        let bytes = bytes.into();
        self.outgoing.push_back(Transmit { via, path, session: None, is_plaintext: false, bytes });
    }

    /// Protects a message of the engine; it leaves by [`Channels::poll_transmit`].
    pub(crate) fn seal(&mut self, now: Instant, engine: &mut Engine, message: &Transmit) {
        let Some(session) = message.session else { return };
        let Some(entry) = self.entries.get_mut(&session) else { return };
        match entry.channel.common().write(now, &message.bytes) {
            Ok(()) => self.follow(now, engine, session, None),
            Err(WriteError::KeyUsedUp) => {
                self.close_datagrams(now, engine, session);
                engine.insecure(now, session, SecurityEnd::Closed, "the key is used up");
            }
            Err(error) => {
                engine.write_log(Level::Warn, || format!("a message was not sent: {error}"));
            }
        }
    }

    /// Closes the channels of sessions over datagrams that need them no more.
    pub(crate) fn say_goodbyes(&mut self, now: Instant, engine: &mut Engine) {
        while let Some(session) = engine.poll_goodbye() {
            self.close_datagrams(now, engine, session);
        }
    }

    /// Closes the channel of a session over datagrams, if it has one.
    pub(crate) fn close_datagrams(&mut self, now: Instant, engine: &Engine, session: SessionId) {
        let Some(entry) = self.entries.get_mut(&session) else { return };
        if matches!(entry.channel, Channel::Tls(_)) {
            return;
        }
        entry.channel.common().close(now);
        self.collect_output(engine, session);
        self.remove(now, session);
    }
}
