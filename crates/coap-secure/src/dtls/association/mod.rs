//! One DTLS association: dimpl, and what it leaves to us.
mod driver;
mod questions;

use super::{
    credentials::Credentials,
    datagrams::Datagrams,
    hello::ClientHello,
    peek::{CLIENT_KEY_EXCHANGE, Peek, SERVER_KEY_EXCHANGE},
    record::{Framing, HANDSHAKE, fatal, fatal_alert, plain_alert, records},
    stage::Stage,
};
use crate::{
    alert::Alert,
    certificates::{PeerChain, PeerRole},
    channel::{Event, QuestionId, WriteError},
    failure::Failure,
    secret::Secret,
};
use dimpl::{Dtls, ProtocolVersion};
use questions::Asked;
use rustls::pki_types::CertificateDer;
use std::{collections::VecDeque, time::Instant};

/// Datagrams kept while the application thinks; a flight has less.
const MAX_PARKED: usize = 8;
/// Contents of a record (RFC 5246 section 6.2.1).
const MAX_RECORD: usize = 1 << 14;
/// Records per key of DTLS 1.2: dimpl's explicit nonces are 64 random bits, and two that are alike give the
/// key of the authentication away. With so many the chance of that is 2^-17. (DTLS 1.3 counts, and changes
/// keys itself.)
const MAX_RECORDS: u64 = 1 << 24;

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
    /// What a fatal alert in plain text has said to this server. Should the client say nothing more, this is
    /// why.
    heard: Option<Alert>,
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

    /// The server for a client that has come back with `cookie`, in `hello`. `first` is what it began with,
    /// `mtu` the longest datagram that is to be sent while the two shake hands.
    pub(super) fn server12(
        credentials: Credentials,
        mtu: usize,
        now: Instant,
        cookie: [u8; 32],
        first: &[u8],
        hello: &[u8],
    ) -> Result<Self, Failure> {
        let mut this = Self::server(credentials, mtu, now, false)?;
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
    pub(super) fn server13(
        credentials: Credentials,
        mtu: usize,
        now: Instant,
        hello: &[u8],
    ) -> Result<Self, Failure> {
        let mut this = Self::server(credentials, mtu, now, true)?;
        this.timeout(now);
        this.input(now, hello);
        this.proven = false;
        Ok(this)
    }

    fn server(credentials: Credentials, mtu: usize, now: Instant, newest: bool) -> Result<Self, Failure> {
        let peek = match &credentials {
            Credentials::PskServer(_) => Some(Peek::new(CLIENT_KEY_EXCHANGE)),
            _ => None,
        };
        let stage = credentials.stage();
        let dtls = credentials.server(&stage, mtu, now, newest)?;
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
            heard: None,
        }
    }

    pub(super) fn identity(&self) -> &[u8] {
        &self.identity
    }

    pub(super) fn state(&self) -> State {
        self.state
    }

    pub(super) fn input(&mut self, now: Instant, datagram: &[u8]) {
        if self.is_unproven_alert(datagram) {
            return;
        }
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

    /// Whether a server's client, who shakes hands, or somebody else in its name, says in plain text that the
    /// handshake is over (RFC 6347 section 4.1.2.7). It is, when nothing more comes.
    fn is_unproven_alert(&mut self, datagram: &[u8]) -> bool {
        let is_server = matches!(self.credentials, Credentials::PskServer(_) | Credentials::Server(_));
        if !is_server || !matches!(self.state, State::Handshaking | State::Asking(..)) {
            return false;
        }
        let framing = match self.dtls.protocol_version() {
            Some(ProtocolVersion::DTLS1_3) => Framing::Dtls13,
            _ => Framing::Dtls12,
        };
        let Some(alert) = plain_alert(datagram, framing) else { return false };
        self.heard = fatal(alert).or(self.heard);
        true
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
            record.content_type == HANDSHAKE
                && record.epoch == 0
                && matches!(record.contents.first(), Some(&(SERVER_HELLO | HELLO_VERIFY_REQUEST)))
        });
        !self.answered
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

    /// The certificate that the peer has shown.
    pub(super) fn peer(&self) -> Option<&[u8]> {
        self.peer.as_deref()
    }

    /// The certificate of the peer, judged once more.
    pub(super) fn peer_chain(&self) -> Option<PeerChain> {
        let der = CertificateDer::from(self.peer.as_deref()?);
        match &self.credentials {
            Credentials::Client(certificates) => certificates.judge(&der, None, PeerRole::Server).ok(),
            Credentials::Server(certificates) => certificates.judge(&der, None, PeerRole::Client).ok(),
            Credentials::PskClient(_) | Credentials::PskServer(_) => None,
        }
    }
}
