//! The DTLS channel.
use super::{
    association::{Association, State},
    credentials::Credentials,
    hello::ClientHello,
    record::records,
    seats::Seat,
};
use crate::{
    certificates::{Certificates, PeerChain},
    channel::{Answer, Channel, Event, QuestionId, Version, WriteError},
    failure::Failure,
    psk::PskClient,
    secret::Secret,
};
use std::{sync::Arc, time::Instant};

/// An association over datagrams: a client's, made by [`Dtls::psk_client`] or [`Dtls::client`], or a
/// server's, made by [`super::Listener::admit`].
///
/// A server's can hold a second one for a while: the handshake of the same peer, which has lost the first
/// (RFC 6347 section 4.2.8). The first goes on until the second is done.
#[derive(Debug)]
pub struct Dtls {
    current: Association,
    next: Option<Box<Next>>,
    seat: Option<Seat>,
    /// What the client said first: a datagram that says it again is of the same handshake.
    random: [u8; 32],
    /// The listener knows that the peer of this seat was shown to receive at its address.
    told: bool,
}

/// The association that is to come.
#[derive(Debug)]
struct Next {
    association: Association,
    random: [u8; 32],
}

impl Dtls {
    /// A client that proves itself with a pre-shared key. It has a first datagram to send.
    ///
    /// # Errors
    /// [`Failure`] of the kind [`crate::FailureKind::Internal`].
    pub fn psk_client(psk: Arc<PskClient>, now: Instant) -> Result<Self, Failure> {
        Ok(Self::new(Association::client(Credentials::PskClient(psk), now)?, [0; 32], None))
    }

    /// A client with certificates. It has a first datagram to send.
    ///
    /// # Errors
    /// [`Failure`] of the kind [`crate::FailureKind::Internal`], if [`Certificates::check_dtls_client`] has
    /// some.
    pub fn client(certificates: Arc<Certificates>, now: Instant) -> Result<Self, Failure> {
        Ok(Self::new(Association::client(Credentials::Client(certificates), now)?, [0; 32], None))
    }

    pub(super) fn new(association: Association, random: [u8; 32], seat: Option<Seat>) -> Self {
        Self { current: association, next: None, seat, random, told: false }
    }

    /// Whether the handshake is not done yet.
    pub fn is_handshaking(&self) -> bool {
        matches!(self.current.state(), State::Handshaking | State::Asking(..))
    }

    /// Whether nothing more will come of it. What it has to send can still be fetched.
    pub fn is_over(&self) -> bool {
        self.current.state() == State::Over && self.next.is_none()
    }

    /// Whether `newcomer` of the same peer may take the place of its handshake: whoever forges the peer's
    /// address must not take that of a peer that has shown to be there. An established association is in no
    /// danger.
    pub fn takes(&self, newcomer: &Self) -> bool {
        newcomer.current.is_proven() || !self.is_proven_and_handshaking()
    }

    /// The same peer shakes hands anew: `newcomer` takes over when it is done. One that was under way already
    /// gives way. If this one is not established, it does so at once.
    ///
    /// Returns the seat of what gave way, for [`super::Listener::leave`].
    #[must_use]
    pub fn renew(&mut self, newcomer: Self) -> Option<Seat> {
        let old_seat = self.seat.take();
        self.seat = newcomer.seat;
        self.told = newcomer.told;
        if self.current.state() == State::Established {
            self.next = Some(Box::new(Next { association: newcomer.current, random: newcomer.random }));
        } else {
            self.current = newcomer.current;
            self.random = newcomer.random;
        }
        old_seat
    }

    /// Its handshake has to give way to others. `true`: an association that was established before goes on.
    /// `false`: the channel is to be dropped.
    #[must_use]
    pub fn give_way(&mut self) -> bool {
        self.seat = None;
        self.next = None;
        self.current.state() == State::Established
    }

    /// The identity of the client and its key, if that is what the two prove themselves with, and as soon as
    /// it is known.
    pub fn psk(&self) -> Option<(&[u8], &Secret)> {
        self.current.psk()
    }

    /// The key that was left with the credentials of a server: [`crate::PskServer::with_usual_key`].
    pub fn usual_key(&self) -> Option<&Secret> {
        self.current.usual_key()
    }

    /// The certificate that the peer has shown, and those that vouch for it, judged once more; `None` if it
    /// has shown none.
    pub fn peer_chain(&self) -> Option<PeerChain> {
        self.current.peer_chain()
    }

    /// The identity hint of a server with pre-shared keys: its own, or the one that the client was asked
    /// about.
    pub fn psk_hint(&self) -> Option<&[u8]> {
        self.current.psk_hint()
    }

    /// Who the client of this server says to be, once it has said so; empty without pre-shared keys. It has
    /// proven it when the channel is established.
    pub fn identity(&self) -> &[u8] {
        self.current.identity()
    }

    /// The certificate that the peer has shown, in DER; it has proven it when the channel is established.
    pub fn peer(&self) -> Option<&[u8]> {
        self.current.peer()
    }

    /// Whether it is of this client's current handshake.
    pub(super) fn is_of(&self, hello: &ClientHello<'_>) -> bool {
        *hello.random == self.random || self.next.as_ref().is_some_and(|next| *hello.random == next.random)
    }

    /// Whether a handshake is under way of a peer that was shown to receive at its address.
    pub(super) fn is_proven_and_handshaking(&self) -> bool {
        match &self.next {
            Some(next) => next.association.is_proven(),
            None => self.is_handshaking() && self.current.is_proven(),
        }
    }

    /// Its seat, when the handshake that it counts is over.
    pub(super) fn seat_to_leave(&mut self) -> Option<Seat> {
        if self.is_handshaking() || self.next.is_some() { None } else { self.seat.take() }
    }

    /// Its seat, when the peer has shown to receive what it is sent, for the first time.
    pub(super) fn seat_to_prove(&mut self) -> Option<&mut Seat> {
        let newest = self.next.as_ref().map_or(&self.current, |next| &next.association);
        if self.told || !newest.is_proven() {
            return None;
        }
        self.told = true;
        self.seat.as_mut()
    }

    /// Gives the datagram to one of the two: what is in plain text is of the new handshake, unless it is of
    /// the old one's; what is protected is first tried with the old keys.
    fn input_to_either(&mut self, now: Instant, datagram: &[u8]) {
        let Some(next) = &mut self.next else {
            return self.current.input(now, datagram);
        };
        let is_plain = records(datagram).next().is_some_and(|record| record.epoch == 0);
        if is_plain {
            let is_old = ClientHello::parse(datagram).is_some_and(|hello| *hello.random == self.random);
            return if is_old {
                self.current.input(now, datagram)
            } else {
                next.association.input(now, datagram)
            };
        }
        let unread = self.current.unread();
        self.current.input(now, datagram);
        let was_old = self.current.unread() != unread || self.current.state() == State::Over;
        if !was_old {
            next.association.input(now, datagram);
        }
    }
}

impl Channel for Dtls {
    fn input(&mut self, now: Instant, bytes: &[u8]) {
        self.input_to_either(now, bytes);
    }

    fn output(&mut self, out: &mut Vec<u8>) -> bool {
        if self.current.output(out) {
            return true;
        }
        let sent = self.next.as_mut().is_some_and(|next| next.association.output(out));
        if !sent && self.next.as_ref().is_some_and(|next| next.association.state() == State::Over) {
            self.next = None;
        }
        sent
    }

    fn event(&mut self) -> Option<Event> {
        if let Some(event) = self.current.event() {
            return Some(event);
        }
        let alone = self.current.state() == State::Over;
        let next = self.next.as_mut()?;
        match next.association.event()? {
            Event::Established(version) => {
                if let Some(next) = self.next.take() {
                    self.current = next.association;
                    self.random = next.random;
                }
                Some(if alone { Event::Established(version) } else { Event::Renewed(version) })
            }
            // A second handshake that comes to nothing is nobody's business while the first association is
            // there.
            Event::Failed(_) | Event::Closed if !alone => {
                if !next.association.has_output() {
                    self.next = None;
                }
                None
            }
            event => Some(event),
        }
    }

    fn asks(&self, question: QuestionId) -> bool {
        self.current.asks(question) || self.next.as_ref().is_some_and(|next| next.association.asks(question))
    }

    fn answer(&mut self, now: Instant, question: QuestionId, answer: Answer) {
        if let Some(next) = &mut self.next {
            next.association.answer(now, question, answer.clone());
        }
        self.current.answer(now, question, answer);
    }

    fn read(&mut self, data: &mut Vec<u8>) -> bool {
        self.current.read(data)
    }

    fn write(&mut self, now: Instant, data: &[u8]) -> Result<(), WriteError> {
        self.current.write(now, data)
    }

    fn deadline(&self) -> Option<Instant> {
        let next = self.next.as_ref().and_then(|next| next.association.deadline());
        [self.current.deadline(), next].into_iter().flatten().min()
    }

    fn timeout(&mut self, now: Instant) {
        self.current.timeout(now);
        if let Some(next) = &mut self.next {
            next.association.timeout(now);
        }
    }

    fn close(&mut self, now: Instant) {
        self.current.close(now);
        self.next = None;
    }
}

/// What a channel says of its version, for the log.
impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Dtls12 => "DTLS 1.2",
            Self::Dtls13 => "DTLS 1.3",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        })
    }
}
