//! Calls to dimpl, and the beginning and the end that come out of them.
use super::{Association, State};
use crate::{
    alert::Alert,
    channel::{Event, Version},
    dtls::{
        credentials::Credentials,
        error::{self, broken_down},
        record::{put_alert, records},
        stage::{self, Stage},
    },
    failure::{Failure, FailureKind},
};
use dimpl::{Dtls, Output, ProtocolVersion};
use rustls::pki_types::CertificateDer;
use std::time::{Duration, Instant};

/// Records kept until they are read.
const MAX_UNREAD: usize = 64;
/// Room for what dimpl puts out: records that are longer make it ask for more.
const ROOM: usize = 2048;
/// Room while certificates may come. dimpl panics at one that is longer.
const ROOM_FOR_CERTIFICATES: usize = 1 << 16;
/// With a message missing, dimpl 0.9 wants to acknowledge the others of a DTLS 1.3 handshake at once, and
/// again at once, as long as it is missing. It does so now and then.
const PAUSE: Duration = Duration::from_millis(250);
/// dimpl has a deadline always; one so far away is none.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

impl Association {
    /// Calls dimpl and takes everything out that it has.
    pub(super) fn drive(&mut self, now: Instant, call: impl FnOnce(&mut Dtls) -> Result<(), dimpl::Error>) {
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
        let failure = error::failure(error, shared_key);
        let said_so = self.heard.filter(|_| failure.kind == FailureKind::Timeout);
        self.fail(said_so.map_or(failure, Failure::received));
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

    /// The handshake is done, and the application has nothing to say any more.
    pub(super) fn establish(&mut self) {
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

    pub(super) fn fail(&mut self, failure: Failure) {
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
    pub(super) fn send_alert(&mut self, alert: Alert) {
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

    pub(super) fn end(&mut self) {
        self.state = State::Over;
        self.deadline = None;
        self.stage = Stage::default();
        self.parked.clear();
    }
}
