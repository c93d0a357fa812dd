//! One DTLS association: dimpl, and what it leaves to us.
use super::{
    credentials::Credentials,
    datagrams::Datagrams,
    error::{self, broken_down, internal, refused, unknown_identity},
    hello::ClientHello,
    peek::{CLIENT_KEY_EXCHANGE, Peek, SERVER_KEY_EXCHANGE},
    record::{fatal_alert, put_alert, records},
    stage::{self, Stage},
};
use crate::{
    alert::Alert,
    certificates::{PeerChain, PeerRole},
    channel::{Answer, Event, Question, QuestionId, Version, WriteError},
    failure::Failure,
    psk::{Keys, PskClient, check_key},
    secret::Secret,
};
use dimpl::{Dtls, Output, ProtocolVersion};
use rustls::pki_types::CertificateDer;
use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

/// Datagrams kept while the application thinks; a flight has less.
const MAX_PARKED: usize = 8;
/// Records kept until they are read.
const MAX_UNREAD: usize = 64;
/// Room for what dimpl puts out: records that are longer make it ask for more.
const ROOM: usize = 2048;
/// Room while certificates may come. dimpl panics at one that is longer.
const ROOM_FOR_CERTIFICATES: usize = 1 << 16;
/// Contents of a record (RFC 5246 section 6.2.1).
const MAX_RECORD: usize = 1 << 14;
/// Records per key of DTLS 1.2: dimpl's explicit nonces are 64 random bits, and two that are alike give the
/// key of the authentication away. With so many the chance of that is 2^-17. (DTLS 1.3 counts, and changes
/// keys itself.)
const MAX_RECORDS: u64 = 1 << 24;
/// With a message missing, dimpl 0.9 wants to acknowledge the others of a DTLS 1.3 handshake at once, and
/// again at once, as long as it is missing. It does so now and then.
const PAUSE: Duration = Duration::from_millis(250);
/// dimpl has a deadline always; one so far away is none.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// Where an association is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Handshaking,
    /// The application has to answer first. Nothing goes out.
    Asking(QuestionId, Asked),
    Established,
    /// Nothing more comes; what is to be sent can be fetched.
    Over,
}

/// What the application was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Identity,
    Hint,
    Certificate,
}

#[derive(Debug)]
pub(super) struct Association {
    dtls: Dtls,
    credentials: Credentials,
    stage: Stage,
    state: State,
    /// Looks for the message that says which key is needed.
    peek: Option<Peek>,
    /// Who the client says to be, with a pre-shared key.
    identity: Vec<u8>,
    /// The identity and the key in use, when the handshake is done and the stage is empty.
    psk: Option<Box<(Vec<u8>, Secret)>>,
    /// The peer's certificate, in DER.
    peer: Option<Box<[u8]>>,
    /// The hint that came.
    hint: Option<Vec<u8>>,
    /// dimpl has said that the handshake is done.
    connected: bool,
    sending: Datagrams,
    received: Datagrams,
    parked: Datagrams,
    events: VecDeque<Event>,
    deadline: Option<Instant>,
    /// The number of the last record in plain text.
    plain_sequence: u64,
    written: u64,
    /// The peer was shown to receive at its address.
    proven: bool,
    /// What is to be sent waits until the peer, who is not proven, has sent something again.
    held: bool,
    /// The server has answered this client for the first time.
    answered: bool,
    /// A hint has made it begin again; it does so once.
    restarted: bool,
}

impl Association {
    pub(super) fn client(credentials: Credentials, now: Instant) -> Result<Self, Failure> {
        let peek = match &credentials {
            Credentials::PskClient(psk) => psk.asks.then(|| Peek::new(SERVER_KEY_EXCHANGE)),
            _ => None,
        };
        let stage = credentials.stage();
        let dtls = credentials.client(&stage, now)?;
        let mut this = Self::new(dtls, credentials, stage, peek);
        this.timeout(now);
        Ok(this)
    }

    /// The server for a client that has come back with `cookie`, in `hello`. `first` is what it began with.
    pub(super) fn server12(
        credentials: Credentials,
        now: Instant,
        cookie: [u8; 32],
        first: &[u8],
        hello: &[u8],
    ) -> Result<Self, Failure> {
        let mut this = Self::server(credentials, now, false)?;
        // dimpl gives its cookie, which is the one that the client got from the listener.
        this.stage.cookie = Some(cookie);
        this.timeout(now);
        this.input(now, first);
        this.sending.clear();
        this.input(now, hello);
        this.stage.cookie = None;
        Ok(this)
    }

    /// The server for a client that begins, in `hello`, with DTLS 1.3.
    pub(super) fn server13(credentials: Credentials, now: Instant, hello: &[u8]) -> Result<Self, Failure> {
        let mut this = Self::server(credentials, now, true)?;
        this.timeout(now);
        this.input(now, hello);
        this.proven = false;
        Ok(this)
    }

    fn server(credentials: Credentials, now: Instant, newest: bool) -> Result<Self, Failure> {
        let peek = match &credentials {
            Credentials::PskServer(_) => Some(Peek::new(CLIENT_KEY_EXCHANGE)),
            _ => None,
        };
        let stage = credentials.stage();
        let dtls = credentials.server(&stage, now, newest)?;
        Ok(Self::new(dtls, credentials, stage, peek))
    }

    fn new(dtls: Dtls, credentials: Credentials, stage: Stage, peek: Option<Peek>) -> Self {
        Self {
            dtls,
            credentials,
            stage,
            state: State::Handshaking,
            peek,
            identity: Vec::new(),
            psk: None,
            peer: None,
            hint: None,
            connected: false,
            sending: Datagrams::default(),
            received: Datagrams::default(),
            parked: Datagrams::default(),
            events: VecDeque::new(),
            deadline: None,
            plain_sequence: 0,
            written: 0,
            proven: true,
            held: false,
            answered: false,
            restarted: false,
        }
    }

    pub(super) fn identity(&self) -> &[u8] {
        &self.identity
    }

    pub(super) fn state(&self) -> State {
        self.state
    }

    pub(super) fn input(&mut self, now: Instant, datagram: &[u8]) {
        if let State::Asking(..) = self.state {
            if self.parked.len() < MAX_PARKED {
                self.parked.push(datagram);
            }
            return;
        }
        if self.state == State::Over || self.is_noise(datagram) {
            return;
        }
        let held = if self.held { std::mem::take(&mut self.sending) } else { Datagrams::default() };
        self.take(now, datagram);
        self.held = false;
        self.proven |= self.state != State::Over
            && ClientHello::parse(datagram).is_some_and(|hello| hello.has_retry_cookie());
        if !self.has_output() {
            self.sending = held;
        }
    }

    fn take(&mut self, now: Instant, datagram: &[u8]) {
        let question = self.key_wanted(datagram);
        match question {
            Some(question) => {
                self.parked.push(datagram);
                self.ask(question);
            }
            None if self.state != State::Over => self.drive(now, |dtls| dtls.handle_packet(datagram)),
            None => {}
        }
    }

    /// What comes before the first answer of a server: dimpl takes it for the end of the handshake, or, if
    /// it is left over from one that was begun before, for a part of this one.
    fn is_noise(&mut self, datagram: &[u8]) -> bool {
        if self.answered || !self.dtls.is_active() {
            return false;
        }
        if let Some(alert) = fatal_alert(datagram) {
            self.fail(Failure::received(alert));
        }
        const SERVER_HELLO: u8 = 2;
        const HELLO_VERIFY_REQUEST: u8 = 3;
        self.answered = records(datagram).next().is_some_and(|record| {
            record.content_type == super::record::HANDSHAKE
                && record.epoch == 0
                && matches!(record.contents.first(), Some(&(SERVER_HELLO | HELLO_VERIFY_REQUEST)))
        });
        !self.answered
    }

    /// Whether the datagram brings what a key is looked up by. Sets the key if it is known; what has to be
    /// asked is returned.
    fn key_wanted(&mut self, datagram: &[u8]) -> Option<Question> {
        let found = self.peek.as_mut()?.look(datagram)?;
        self.peek = None;
        let Credentials::PskServer(psk) = &self.credentials else {
            self.hint = Some(found.clone());
            return Some(Question::Hint(found));
        };
        self.identity.clone_from(&found);
        let key = match &psk.keys {
            Keys::Ask => return Some(Question::Identity(found)),
            Keys::Same(key) => Some(key.clone()),
            Keys::Table(table) => table.get(&found).cloned(),
        };
        match key {
            Some(key) => self.stage.psk = Some((found, key)),
            None => self.fail(unknown_identity()),
        }
        None
    }

    fn ask(&mut self, question: Question) {
        let asked = match question {
            Question::Identity(_) => Asked::Identity,
            Question::Hint(_) => Asked::Hint,
            Question::Certificate(_) | Question::Hello { .. } => Asked::Certificate,
        };
        let id = QuestionId::new();
        self.state = State::Asking(id, asked);
        self.events.push_back(Event::Ask(id, question));
    }

    pub(super) fn answer(&mut self, now: Instant, question: QuestionId, answer: Answer) {
        let asked = match self.state {
            State::Asking(id, asked) if id == question => asked,
            _ => return,
        };
        self.state = State::Handshaking;
        match (asked, answer) {
            (Asked::Identity, Answer::Key(key)) if check_key(&key).is_ok() => {
                self.stage.psk = Some((self.identity.clone(), key));
            }
            (Asked::Identity, _) => self.fail(unknown_identity()),
            (Asked::Hint, Answer::Client { identity, key }) => self.use_instead(now, identity, key),
            (Asked::Hint | Asked::Certificate, Answer::Accept) => {}
            (Asked::Hint, _) => self.fail(refused(Alert::HANDSHAKE_FAILURE, "the hint")),
            (Asked::Certificate, _) => self.fail(refused(Alert::BAD_CERTIFICATE, "the certificate")),
        }
        self.after_answer(now);
    }

    /// What waited goes on.
    fn after_answer(&mut self, now: Instant) {
        self.establish();
        let mut datagram = Vec::new();
        let mut waiting = std::mem::take(&mut self.parked);
        while waiting.pop(&mut datagram) {
            self.input(now, &datagram);
            datagram.clear();
        }
    }

    /// Another key, or another identity: dimpl has that one in its configuration, so the handshake begins
    /// again, after an alert that lets the server forget the first one.
    fn use_instead(&mut self, now: Instant, identity: Vec<u8>, key: Secret) {
        let Credentials::PskClient(psk) = &self.credentials else {
            return;
        };
        if identity == psk.identity && check_key(&key).is_ok() {
            self.stage.psk = Some((identity, key));
            return;
        }
        if self.restarted {
            return self.fail(internal("the hint leads from identity to identity"));
        }
        let again = PskClient::new(identity, key, &psk.settings)
            .map_err(internal)
            .and_then(|psk| Self::client(Credentials::PskClient(Arc::new(psk)), now));
        match again {
            Ok(mut again) => {
                let mut datagram = Vec::new();
                put_alert(Alert::HANDSHAKE_FAILURE, self.plain_sequence + 1, &mut datagram);
                let mut sending = Datagrams::default();
                sending.push(&datagram);
                datagram.clear();
                while again.sending.pop(&mut datagram) {
                    sending.push(&datagram);
                    datagram.clear();
                }
                let events = std::mem::take(&mut self.events);
                let hint = self.hint.take();
                *self = Self { sending, events, hint, restarted: true, ..again };
            }
            Err(failure) => self.fail(failure),
        }
    }

    pub(super) fn timeout(&mut self, now: Instant) {
        if self.state == State::Over {
            return;
        }
        if !self.proven {
            // Whoever claims this address is sent no more datagrams than have come from it.
            self.sending.clear();
            self.held = true;
        }
        self.drive(now, |_| Ok(()));
    }

    pub(super) fn write(&mut self, now: Instant, data: &[u8]) -> Result<(), WriteError> {
        match self.state {
            State::Established => {}
            State::Over => return Err(WriteError::Closed),
            State::Handshaking | State::Asking(..) => return Err(WriteError::NotEstablished),
        }
        if data.len() > MAX_RECORD {
            return Err(WriteError::TooLong);
        }
        if self.dtls.protocol_version() == Some(ProtocolVersion::DTLS1_2) {
            if self.written == MAX_RECORDS {
                return Err(WriteError::KeyUsedUp);
            }
            self.written += 1;
        }
        self.drive(now, |dtls| dtls.send_application_data(data).map(drop));
        if self.state == State::Over { Err(WriteError::Closed) } else { Ok(()) }
    }

    pub(super) fn close(&mut self, now: Instant) {
        match self.state {
            State::Established => self.drive(now, Dtls::close),
            State::Handshaking | State::Asking(..) => self.send_alert(Alert::USER_CANCELED),
            State::Over => return,
        }
        self.end();
    }

    pub(super) fn output(&mut self, out: &mut Vec<u8>) -> bool {
        let waits = matches!(self.state, State::Asking(..)) || self.held;
        !waits && self.sending.pop(out)
    }

    pub(super) fn read(&mut self, data: &mut Vec<u8>) -> bool {
        let waits = matches!(self.state, State::Asking(..));
        !waits && self.received.pop(data)
    }

    pub(super) fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The identity and the key in use, as soon as they are known.
    pub(super) fn psk(&self) -> Option<(&[u8], &Secret)> {
        self.stage.psk.as_ref().or(self.psk.as_deref()).map(|(identity, key)| (&identity[..], key))
    }

    /// The key that was left with the credentials of a server.
    pub(super) fn usual_key(&self) -> Option<&Secret> {
        match &self.credentials {
            Credentials::PskServer(psk) => psk.usual_key.as_ref(),
            _ => None,
        }
    }

    /// The hint that was given, or that came.
    pub(super) fn psk_hint(&self) -> Option<&[u8]> {
        match &self.credentials {
            Credentials::PskServer(psk) => psk.hint(),
            Credentials::PskClient(_) => self.hint.as_deref(),
            Credentials::Client(_) | Credentials::Server(_) => None,
        }
    }

    pub(super) fn is_proven(&self) -> bool {
        self.proven
    }

    /// Whether datagrams wait to be fetched.
    pub(super) fn has_output(&self) -> bool {
        self.sending.len() > 0
    }

    /// How many records there are to read.
    pub(super) fn unread(&self) -> usize {
        self.received.len()
    }

    /// Calls dimpl and takes everything out that it has.
    fn drive(&mut self, now: Instant, call: impl FnOnce(&mut Dtls) -> Result<(), dimpl::Error>) {
        let (dtls, stage) = (&mut self.dtls, &self.stage);
        let called = stage::run(stage, || {
            dtls.handle_timeout(now)?;
            call(dtls)
        });
        let drained = if called.is_ok() { self.drain(now) } else { Err(stage::Panicked) };
        match (called, drained) {
            (Ok(Ok(())), Ok(())) => self.establish(),
            (Ok(Err(error)), Ok(())) => self.dimpl_failed(&error),
            _ => self.fail(broken_down()),
        }
    }

    fn dimpl_failed(&mut self, error: &dimpl::Error) {
        let shared_key = matches!(self.credentials, Credentials::PskClient(_) | Credentials::PskServer(_));
        self.fail(error::failure(error, shared_key));
    }

    fn drain(&mut self, now: Instant) -> Result<(), stage::Panicked> {
        let large = self.state == State::Handshaking
            && matches!(self.credentials, Credentials::Client(_) | Credentials::Server(_));
        let mut needed = match large {
            true => Some(ROOM_FOR_CERTIFICATES),
            false => self.drain_into(now, &mut [0; ROOM])?,
        };
        while let Some(length) = needed {
            needed = self.drain_into(now, &mut vec![0; length])?;
        }
        Ok(())
    }

    /// Returns how much room is needed, if it is not enough.
    fn drain_into(&mut self, now: Instant, room: &mut [u8]) -> Result<Option<usize>, stage::Panicked> {
        loop {
            let (dtls, stage) = (&mut self.dtls, &self.stage);
            match stage::run(stage, || dtls.poll_output(room))? {
                Output::Packet(datagram) if self.state != State::Over => {
                    let plain = records(datagram).filter(|record| record.epoch == 0).last();
                    self.plain_sequence = plain.map_or(self.plain_sequence, |record| record.sequence);
                    self.sending.push(datagram);
                }
                Output::ApplicationData(data) if self.received.len() < MAX_UNREAD => self.received.push(data),
                Output::Connected => self.connected = true,
                Output::PeerCert(der) => {
                    let der = CertificateDer::from(der.to_vec());
                    self.judge(&der);
                }
                Output::CloseNotify => {
                    self.establish();
                    self.events.push_back(Event::Closed);
                    self.end();
                }
                Output::BufferTooSmall { needed } => return Ok(Some(needed)),
                Output::Timeout(at) => {
                    let at = if at <= now { now + PAUSE } else { at };
                    let is_near = at.saturating_duration_since(now) < NEVER;
                    self.deadline = (is_near && self.state != State::Over).then_some(at);
                    return Ok(None);
                }
                _ => {}
            }
        }
    }

    fn judge(&mut self, der: &CertificateDer<'_>) {
        let (certificates, role) = match &self.credentials {
            Credentials::Client(certificates) => (certificates, PeerRole::Server),
            Credentials::Server(certificates) => (certificates, PeerRole::Client),
            Credentials::PskClient(_) | Credentials::PskServer(_) => return,
        };
        let asks = certificates.policy.verify_peer && certificates.policy.ask;
        match certificates.judge(der, &[], role) {
            Ok(chain) => {
                self.peer = Some(der.as_ref().into());
                if asks {
                    self.ask(Question::Certificate(chain));
                }
            }
            Err(failure) => self.fail(failure),
        }
    }

    /// The certificate that the peer has shown.
    pub(super) fn peer(&self) -> Option<&[u8]> {
        self.peer.as_deref()
    }

    /// The certificate of the peer, judged once more.
    pub(super) fn peer_chain(&self) -> Option<PeerChain> {
        let der = CertificateDer::from(self.peer.as_deref()?);
        match &self.credentials {
            Credentials::Client(certificates) => certificates.judge(&der, &[], PeerRole::Server).ok(),
            Credentials::Server(certificates) => certificates.judge(&der, &[], PeerRole::Client).ok(),
            Credentials::PskClient(_) | Credentials::PskServer(_) => None,
        }
    }

    /// The handshake is done, and the application has nothing to say any more.
    fn establish(&mut self) {
        if self.state != State::Handshaking || !self.connected {
            return;
        }
        self.state = State::Established;
        self.psk = self.stage.psk.take().map(Box::new);
        self.stage = Stage::default();
        self.peek = None;
        let version = match self.dtls.protocol_version() {
            Some(ProtocolVersion::DTLS1_3) => Version::Dtls13,
            _ => Version::Dtls12,
        };
        self.events.push_back(Event::Established(version));
    }

    fn fail(&mut self, failure: Failure) {
        if self.state == State::Over {
            return;
        }
        self.sending.clear();
        if let Some(alert) = failure.to_send() {
            self.send_alert(alert);
            self.send_protected_goodbye();
        }
        self.end();
        self.events.retain(|event| !matches!(event, Event::Ask(..)));
        self.events.push_back(Event::Failed(failure));
    }

    /// In plain text: peers whose handshake is not done read nothing else. Those that are done drop it.
    fn send_alert(&mut self, alert: Alert) {
        let mut datagram = Vec::new();
        put_alert(alert, self.plain_sequence + 1, &mut datagram);
        self.sending.clear();
        self.sending.push(&datagram);
    }

    /// A client of DTLS 1.3 is done before the server has seen its certificate, and reads nothing in plain text
    /// then. dimpl has no alerts, but can say goodbye; not to an address that is not proven.
    fn send_protected_goodbye(&mut self) {
        let is_server_13 =
            self.dtls.protocol_version() == Some(ProtocolVersion::DTLS1_3) && !self.dtls.is_active();
        if !is_server_13 || !self.proven {
            return;
        }
        let (dtls, stage, sending) = (&mut self.dtls, &self.stage, &mut self.sending);
        let mut room = [0; ROOM];
        // That it breaks down in this is no further harm.
        let _ = stage::run(stage, || {
            if dtls.close().is_err() {
                return;
            }
            loop {
                match dtls.poll_output(&mut room) {
                    Output::Packet(datagram) => sending.push(datagram),
                    Output::Timeout(_) | Output::BufferTooSmall { .. } => return,
                    _ => {}
                }
            }
        });
    }

    fn end(&mut self) {
        self.state = State::Over;
        self.deadline = None;
        self.stage = Stage::default();
        self.parked.clear();
    }
}
