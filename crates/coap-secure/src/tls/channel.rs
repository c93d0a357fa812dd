//! The TLS channel.
use super::{Inside, client_config, verifier};
use crate::{
    alert::Alert,
    certificates::{Certificates, PeerChain, PeerRole},
    channel::{Answer, Channel, Event, Question, QuestionId, Version, WriteError},
    failure::{AlertSeen, Failure, FailureKind},
    settings::Settings,
};
use rustls::{
    AlertDescription, ClientConnection, Connection, Error, ProtocolVersion,
    pki_types::ServerName,
    server::{Accepted, AcceptedAlert, Acceptor},
};
use std::{
    collections::VecDeque,
    io::{Read, Write},
    sync::Arc,
    time::Instant,
};

/// Bytes that are taken from the peer while the application thinks. Who sends more before it is answered is
/// cut off.
const MAX_PARKED: usize = 1 << 16;
/// Room to read into.
const ROOM: usize = 4096;

/// An association over a stream: a client's, made by [`Tls::client`], or a server's, made by [`Tls::server`].
///
/// What [`Channel::read`] gives has no bounds of messages: it is a stream.
#[derive(Debug)]
pub struct Tls {
    state: State,
    certificates: Option<Arc<Certificates>>,
    inside: Inside,
    /// When the handshake has to be done.
    deadline: Option<Instant>,
    sending: Vec<u8>,
    received: Vec<u8>,
    parked: Vec<u8>,
    events: VecDeque<Event>,
}

enum State {
    /// The ClientHello is not complete.
    Accepting(Box<Acceptor>),
    /// The application chooses the credentials.
    Choosing(QuestionId, Box<Accepted>),
    Handshaking(Box<Connection>),
    /// The application looks at the peer's certificate.
    Judging(QuestionId, Box<Connection>),
    Established(Box<Connection>),
    Over,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Accepting(_) => "Accepting",
            Self::Choosing(..) => "Choosing",
            Self::Handshaking(_) => "Handshaking",
            Self::Judging(..) => "Judging",
            Self::Established(_) => "Established",
            Self::Over => "Over",
        })
    }
}

impl Tls {
    /// A client. `name` is told to the server (RFC 6066 section 3); an address or something that is no name
    /// of DNS is not. It has a first message to send.
    ///
    /// # Errors
    /// [`Failure`] of the kind [`FailureKind::Internal`].
    pub fn client(
        certificates: &Arc<Certificates>,
        name: Option<&str>,
        inside: Inside,
        now: Instant,
    ) -> Result<Self, Failure> {
        let name = name.and_then(|name| ServerName::try_from(name.to_owned()).ok());
        let name = name.filter(|name| matches!(name, ServerName::DnsName(_)));
        let config = client_config(certificates, inside, name.is_some()).map_err(internal)?;
        // rustls wants a name to check; ours is not told to anybody, and the application does the checking.
        let name = name.unwrap_or_else(|| ServerName::IpAddress(std::net::Ipv4Addr::UNSPECIFIED.into()));
        let connection = ClientConnection::new(Arc::new(config), name).map_err(internal)?;
        let state = State::Handshaking(unbounded(connection.into()));
        let mut this = Self::new(state, inside, &certificates.settings, now);
        this.certificates = Some(certificates.clone());
        this.flush();
        Ok(this)
    }

    /// A server. It asks for its credentials when it knows which server the client wants.
    pub fn server(inside: Inside, settings: &Settings, now: Instant) -> Self {
        Self::new(State::Accepting(Box::default()), inside, settings, now)
    }

    fn new(state: State, inside: Inside, settings: &Settings, now: Instant) -> Self {
        Self {
            state,
            certificates: None,
            inside,
            deadline: now.checked_add(settings.handshake_timeout),
            sending: Vec::new(),
            received: Vec::new(),
            parked: Vec::new(),
            events: VecDeque::new(),
        }
    }

    /// Whether nothing more will come of it. What it has to send can still be fetched.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Whether the handshake is not done yet.
    pub fn is_handshaking(&self) -> bool {
        !matches!(self.state, State::Established(_) | State::Over)
    }

    fn accept(&mut self, mut bytes: &[u8]) {
        let State::Accepting(acceptor) = &mut self.state else {
            return;
        };
        while !bytes.is_empty() {
            if acceptor.read_tls(&mut bytes).is_err() {
                return self.fail(Failure::new(
                    FailureKind::Protocol,
                    None,
                    "the peer's first message is too long",
                ));
            }
            match acceptor.accept() {
                Ok(None) => {}
                Ok(Some(accepted)) => {
                    let name = accepted.client_hello().server_name().map(str::to_owned);
                    self.parked.extend(bytes);
                    let id = QuestionId::new();
                    self.state = State::Choosing(id, Box::new(accepted));
                    return self.events.push_back(Event::Ask(id, Question::Hello { name }));
                }
                Err((error, alert)) => return self.not_accepted(&error, alert),
            }
        }
    }

    fn not_accepted(&mut self, error: &Error, mut alert: AcceptedAlert) {
        // A vector takes everything.
        let _ = alert.write_all(&mut self.sending);
        self.fail(failure(error));
    }

    fn choose(&mut self, now: Instant, answer: Answer) {
        let State::Choosing(_, accepted) = std::mem::replace(&mut self.state, State::Over) else {
            return;
        };
        let Answer::Server(credentials) = answer else {
            self.put_alert(Alert::UNRECOGNIZED_NAME);
            let reason = "the application knows no such server";
            return self.fail(Failure::sending(
                FailureKind::Authentication,
                Alert::UNRECOGNIZED_NAME,
                reason,
            ));
        };
        match accepted.into_connection(credentials.config(self.inside)) {
            Ok(connection) => {
                self.certificates = Some(credentials.certificates.clone());
                self.state = State::Handshaking(unbounded(connection.into()));
                self.flush();
                let parked = std::mem::take(&mut self.parked);
                self.input(now, &parked);
            }
            Err((error, alert)) => self.not_accepted(&error, alert),
        }
    }

    fn process(&mut self, mut bytes: &[u8]) {
        loop {
            let (State::Handshaking(connection) | State::Established(connection)) = &mut self.state else {
                return self.parked.extend(bytes);
            };
            if bytes.is_empty() {
                return;
            }
            if connection.read_tls(&mut bytes).is_err() {
                return self.fail(Failure::new(
                    FailureKind::Protocol,
                    None,
                    "the peer sends too much at once",
                ));
            }
            let processed = connection.process_new_packets();
            let closed = processed.as_ref().is_ok_and(rustls::IoState::peer_has_closed);
            let mut room = [0; ROOM];
            while let Ok(length @ 1..) = connection.reader().read(&mut room) {
                self.received.extend(&room[..length]);
            }
            self.flush();
            if let Err(error) = processed {
                return self.fail(failure(&error));
            }
            self.establish();
            if closed {
                return self.closed();
            }
        }
    }

    /// The handshake may be done; then the application may have to look at the certificate.
    fn establish(&mut self) {
        let State::Handshaking(connection) = &self.state else {
            return;
        };
        if connection.is_handshaking() {
            return;
        }
        let question = self.question(connection);
        let State::Handshaking(connection) = std::mem::replace(&mut self.state, State::Over) else {
            return;
        };
        match question {
            Ok(None) => self.go_on(connection),
            Ok(Some(question)) => {
                let id = QuestionId::new();
                self.state = State::Judging(id, connection);
                self.events.push_back(Event::Ask(id, question));
            }
            Err(failure) => self.fail(failure),
        }
    }

    /// The certificate that the peer has shown, and those that vouch for it, judged once more; `None` if it
    /// has shown none, or the handshake is not done.
    pub fn peer_chain(&self) -> Option<PeerChain> {
        let State::Established(connection) = &self.state else {
            return None;
        };
        let [leaf, between @ ..] = connection.peer_certificates()? else {
            return None;
        };
        self.certificates.as_ref()?.judge(leaf, Some(between), role_of_peer(connection)).ok()
    }

    fn question(&self, connection: &Connection) -> Result<Option<Question>, Failure> {
        let Some(certificates) = &self.certificates else {
            return Ok(None);
        };
        let policy = &certificates.policy;
        let Some([leaf, between @ ..]) =
            connection.peer_certificates().filter(|_| policy.verify_peer && policy.ask)
        else {
            return Ok(None);
        };
        certificates
            .judge(leaf, Some(between), role_of_peer(connection))
            .map(|chain| Some(Question::Certificate(chain)))
    }

    fn go_on(&mut self, connection: Box<Connection>) {
        let version = match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => Version::Tls12,
            _ => Version::Tls13,
        };
        self.state = State::Established(connection);
        self.deadline = None;
        self.events.push_back(Event::Established(version));
    }

    /// rustls writes no alert that it has not thought of: the peer is told goodbye instead.
    fn judged(&mut self, now: Instant, answer: &Answer) {
        let State::Judging(id, mut connection) = std::mem::replace(&mut self.state, State::Over) else {
            return;
        };
        if !matches!(answer, Answer::Accept) {
            connection.send_close_notify();
            self.state = State::Judging(id, connection);
            self.flush();
            let (kind, alert) = (FailureKind::Authentication, AlertSeen::Sent(Alert::CLOSE_NOTIFY));
            return self.fail(Failure::new(kind, Some(alert), "the application refused the certificate"));
        }
        self.go_on(connection);
        let parked = std::mem::take(&mut self.parked);
        self.input(now, &parked);
    }

    /// What rustls has to send.
    fn flush(&mut self) {
        if let State::Handshaking(connection)
        | State::Judging(_, connection)
        | State::Established(connection) = &mut self.state
        {
            // A vector takes everything.
            while connection.wants_write() && connection.write_tls(&mut self.sending).is_ok() {}
        }
    }

    /// A fatal alert of a server that has not answered yet (RFC 8446 section 6).
    fn put_alert(&mut self, alert: Alert) {
        self.sending.extend([21, 3, 3, 0, 2, 2, alert.0]);
    }

    fn closed(&mut self) {
        if let State::Established(connection) = &mut self.state {
            connection.send_close_notify();
            self.flush();
            self.events.push_back(Event::Closed);
            self.end();
        } else {
            self.fail(Failure::received(Alert::CLOSE_NOTIFY));
        }
    }

    fn fail(&mut self, failure: Failure) {
        self.end();
        self.events.retain(|event| !matches!(event, Event::Ask(..)));
        self.events.push_back(Event::Failed(failure));
    }

    fn end(&mut self) {
        self.state = State::Over;
        self.deadline = None;
        self.parked = Vec::new();
    }
}

impl Channel for Tls {
    fn input(&mut self, _: Instant, bytes: &[u8]) {
        match &self.state {
            State::Over => {}
            State::Accepting(_) => self.accept(bytes),
            State::Choosing(..) | State::Judging(..) => {
                self.parked.extend(bytes);
                if self.parked.len() > MAX_PARKED {
                    self.fail(Failure::new(FailureKind::Protocol, None, "the peer sends too much at once"));
                }
            }
            State::Handshaking(_) | State::Established(_) => self.process(bytes),
        }
    }

    fn output(&mut self, out: &mut Vec<u8>) -> bool {
        if self.sending.is_empty() {
            return false;
        }
        if out.is_empty() {
            std::mem::swap(out, &mut self.sending);
        } else {
            out.append(&mut self.sending);
        }
        true
    }

    fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn asks(&self, question: QuestionId) -> bool {
        matches!(&self.state, State::Choosing(id, _) | State::Judging(id, _) if *id == question)
    }

    fn answer(&mut self, now: Instant, question: QuestionId, answer: Answer) {
        match &self.state {
            State::Choosing(id, _) if *id == question => self.choose(now, answer),
            State::Judging(id, _) if *id == question => self.judged(now, &answer),
            _ => {}
        }
    }

    fn read(&mut self, data: &mut Vec<u8>) -> bool {
        let waits = matches!(self.state, State::Judging(..)) || self.received.is_empty();
        if !waits {
            data.append(&mut self.received);
            self.received = Vec::new();
        }
        !waits
    }

    fn write(&mut self, _: Instant, data: &[u8]) -> Result<(), WriteError> {
        match &mut self.state {
            State::Established(connection) => {
                connection.writer().write_all(data).map_err(|_| WriteError::Closed)?;
                self.flush();
                Ok(())
            }
            State::Over => Err(WriteError::Closed),
            _ => Err(WriteError::NotEstablished),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    fn timeout(&mut self, now: Instant) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.fail(Failure::new(FailureKind::Timeout, None, "the peer does not finish its handshake"));
        }
    }

    fn close(&mut self, _: Instant) {
        match &mut self.state {
            State::Handshaking(connection)
            | State::Judging(_, connection)
            | State::Established(connection) => {
                connection.send_close_notify();
                self.flush();
            }
            State::Choosing(..) => self.put_alert(Alert::USER_CANCELED),
            State::Accepting(_) | State::Over => {}
        }
        self.end();
    }
}

fn role_of_peer(connection: &Connection) -> PeerRole {
    match connection {
        Connection::Client(_) => PeerRole::Server,
        Connection::Server(_) => PeerRole::Client,
    }
}

/// Everything is fetched at once, so rustls need not bound what waits: then it takes all that is written.
fn unbounded(mut connection: Connection) -> Box<Connection> {
    connection.set_buffer_limit(None);
    Box::new(connection)
}

fn failure(error: &Error) -> Failure {
    let reason = match error {
        Error::InvalidCertificate(error) => verifier::words(error),
        error => error.to_string(),
    };
    let (kind, alert) = match error {
        Error::AlertReceived(alert) => return Failure::received(Alert(u8::from(*alert))),
        Error::InvalidCertificate(error) => {
            let alert = Alert(u8::from(AlertDescription::from(error.clone())));
            (FailureKind::Authentication, alert)
        }
        Error::NoCertificatesPresented => (FailureKind::Authentication, Alert::HANDSHAKE_FAILURE),
        Error::PeerIncompatible(_) | Error::NoApplicationProtocol => {
            (FailureKind::NoSharedSuite, Alert::HANDSHAKE_FAILURE)
        }
        Error::DecryptError | Error::PeerMisbehaved(_) => (FailureKind::Protocol, Alert::UNEXPECTED_MESSAGE),
        Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::InvalidMessage(_)
        | Error::PeerSentOversizedRecord => (FailureKind::Protocol, Alert::UNEXPECTED_MESSAGE),
        _ => (FailureKind::Internal, Alert::INTERNAL_ERROR),
    };
    Failure::new(kind, Some(AlertSeen::Sent(alert)), reason)
}

fn internal(reason: impl ToString) -> Failure {
    Failure::new(FailureKind::Internal, None, reason.to_string())
}
