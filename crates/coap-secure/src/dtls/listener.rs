//! What stands before the servers' channels: everything that strangers send goes by here.
use super::{
    association::Association,
    channel::Dtls,
    cookie::Cookies,
    credentials::Credentials,
    hello::{ClientHello, Offer},
    record::{HANDSHAKE, put_alert, put_record},
    seats::{Peer, Seat, Seats},
};
use crate::{
    alert::Alert,
    certificates::Certificates,
    failure::{Failure, FailureKind},
    psk::PskServer,
    secret::Secret,
};
use std::{sync::Arc, time::Instant};

/// Bounds of a [`Listener`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenerSettings {
    /// How many may be shaking hands at a time. Default 100, as libcoap's clients are used to.
    pub max_handshakes: usize,
    /// How many of one network: /24 of IPv4, /56 of IPv6. Default 25.
    pub max_handshakes_of_prefix: usize,
    /// Whether DTLS 1.3 is served, which only those with certificates can be. Until such a client has
    /// answered once, something is kept of it, within the bounds above. Default true.
    pub dtls13: bool,
}

impl Default for ListenerSettings {
    fn default() -> Self {
        Self { max_handshakes: 100, max_handshakes_of_prefix: 25, dtls13: true }
    }
}

/// Who a server is. Clients are served with what they would rather have.
#[derive(Clone, Debug, Default)]
pub struct ServerCredentials {
    /// For those that have a pre-shared key.
    pub psk: Option<Arc<PskServer>>,
    /// For those that want a certificate.
    pub certificates: Option<Arc<Certificates>>,
}

/// Reads the first datagrams of clients. One for all sockets whose handshakes are to be bounded together.
///
/// 1. [`Listener::screen`] sees every datagram of a stranger, and of a peer that has a channel. Clients that
///    have not shown to receive at their address get a cookie; nothing is kept of them.
/// 2. One that has comes out as a [`Hello`], with the name of the server that it wants. The caller chooses
///    credentials, at leisure.
/// 3. [`Listener::admit`] makes the channel, [`Listener::refuse`] says no.
/// 4. [`Listener::settle`] is told after each call to a channel, [`Listener::leave`] when one is dropped.
///
/// `S` is what the caller calls its sockets by.
#[derive(Debug)]
pub struct Listener<S> {
    settings: ListenerSettings,
    cookies: Cookies,
    seats: Seats<S>,
}

/// What is to be done with a datagram.
#[derive(Debug)]
pub enum Screened<S> {
    /// Give it to the channel of its peer.
    Pass,
    /// Nothing.
    Drop,
    /// Send what was written to `out`.
    Reply,
    /// A client is to be admitted or refused.
    Hello(Hello<S>),
}

/// A client that wants to be served.
#[derive(Debug)]
pub struct Hello<S> {
    peer: Peer<S>,
    name: Option<String>,
    offers: Vec<Offer>,
    random: [u8; 32],
    cookie: Option<[u8; 32]>,
    datagram: Vec<u8>,
    /// Its address has a channel already.
    has_channel: bool,
}

/// A new channel.
#[derive(Debug)]
pub struct Admission<S> {
    /// The channel. It has datagrams to send. If the peer has one already, [`Dtls::renew`] that one.
    pub channel: Dtls,
    /// The peer whose handshake has to give way: tell its channel by [`Dtls::give_way`].
    pub gives_way: Option<Peer<S>>,
}

/// Why a client was not admitted.
#[derive(Debug)]
pub enum Refusal {
    /// Too many are shaking hands, and nobody can give way. It will try again.
    Busy,
    /// It would have got DTLS 1.3, and that cannot be with these credentials, or with what it has offered: it
    /// has to prove its address for anything less. Send what was written to `out`.
    Unproven,
    /// The handshake cannot be. Send what was written to `out`, if anything was.
    Failed(Failure),
}

impl Refusal {
    /// What anybody can bring about in somebody else's name is no failure to speak of; what is our own fault is.
    fn of(failure: Failure, is_proven: bool) -> Self {
        let counts = is_proven || failure.kind == FailureKind::Internal;
        if counts { Self::Failed(failure) } else { Self::Unproven }
    }
}

impl<S: Copy> Hello<S> {
    /// Who it is.
    pub fn peer(&self) -> Peer<S> {
        self.peer
    }

    /// The name of the server that it wants: 1 to 253 visible ASCII characters, as they came.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether it has shown that it receives at its address. One that has not wants DTLS 1.3: anybody can have written
    /// that in its name.
    pub fn is_proven(&self) -> bool {
        self.cookie.is_some()
    }

    /// Whether it could be served with DTLS 1.2, too. One that is not proven has to bring a cookie for that, which
    /// [`Listener::refuse`] gives it.
    pub fn offers_dtls12(&self) -> bool {
        self.offers.iter().any(|offer| *offer != Offer::Certificates13)
    }

    /// Whether it could be served with a pre-shared key.
    pub fn offers_psk(&self) -> bool {
        self.offers.contains(&Offer::Psk)
    }

    /// Whether it could be served with a certificate.
    pub fn offers_certificates(&self) -> bool {
        self.offers.iter().any(|offer| *offer != Offer::Psk)
    }
}

impl<S: Copy> Listener<S> {
    /// `secret`: 32 random bytes, for the cookies.
    pub fn new(settings: ListenerSettings, now: Instant, secret: Secret) -> Self {
        Self {
            seats: Seats::new(settings.max_handshakes, settings.max_handshakes_of_prefix),
            cookies: Cookies::new(now, secret),
            settings,
        }
    }

    /// Changes how many may be shaking hands at a time; 0: as by default. Those that do so already go on.
    pub fn set_max_handshakes(&mut self, limit: usize) {
        let limit = if limit == 0 { ListenerSettings::default().max_handshakes } else { limit };
        self.seats.set_limit(limit);
    }

    /// Looks at a datagram from `peer`, whose channel is `channel` if it has one. A reply is appended to
    /// `out`; it is never longer than the datagram.
    pub fn screen(
        &mut self,
        now: Instant,
        peer: Peer<S>,
        datagram: &[u8],
        channel: Option<&Dtls>,
        out: &mut Vec<u8>,
    ) -> Screened<S> {
        let Some(hello) = ClientHello::parse(datagram) else {
            // A piece of a ClientHello is of no use to an established channel, and to a stranger neither.
            let is_known =
                channel.is_some_and(|channel| channel.is_handshaking() || !ClientHello::is_one(datagram));
            return if is_known { Screened::Pass } else { Screened::Drop };
        };
        if channel.is_some_and(|channel| channel.is_of(&hello)) {
            return Screened::Pass;
        }
        let is_newest = self.settings.dtls13
            && hello.cookie.is_empty()
            && hello.is_sound()
            && hello.offers().next() == Some(Offer::Certificates13);
        if is_newest && channel.is_some_and(Dtls::is_proven_and_handshaking) {
            // Who has not proven an address does not disturb who has.
            return Screened::Drop;
        }
        if !is_newest && !self.cookies.is_good(now, peer.address, hello.random, hello.cookie) {
            // An alert could end the handshake of the peer in whose name a stranger has written this.
            let cookie = self.cookies.make(now, peer.address, hello.random);
            put_hello_verify_request(&cookie, hello.record_sequence(), out);
            return Screened::Reply;
        }
        match greet(peer, &hello, datagram, is_newest, channel.is_some()) {
            Ok(hello) => Screened::Hello(hello),
            Err(_) if channel.is_some() => Screened::Drop,
            Err(alert) => {
                put_alert(alert, hello.record_sequence(), out);
                Screened::Reply
            }
        }
    }

    /// Makes the channel of a client, for the server that `credentials` are of. While the two shake hands, its
    /// datagrams have at most `mtu` bytes (64 at least, and no more than the credentials'
    /// [`Settings::mtu`](crate::Settings)). What is to be sent if it cannot be is appended to `out`.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn admit(
        &mut self,
        now: Instant,
        hello: Hello<S>,
        credentials: &ServerCredentials,
        mtu: usize,
        out: &mut Vec<u8>,
    ) -> Result<Admission<S>, Refusal> {
        let proven = hello.is_proven();
        let chosen = choose(&hello, credentials);
        let lacks_proof = !proven && chosen.as_ref().is_none_or(|(offer, _)| *offer != Offer::Certificates13);
        if lacks_proof {
            self.refuse(now, hello, Alert::HANDSHAKE_FAILURE, out);
            return Err(Refusal::Unproven);
        }
        let Some((offer, chosen)) = chosen else {
            let kind = FailureKind::NoSharedSuite;
            let failure = Failure::sending(kind, Alert::HANDSHAKE_FAILURE, "the peer has no suite in common");
            self.refuse(now, hello, Alert::HANDSHAKE_FAILURE, out);
            return Err(Refusal::Failed(failure));
        };
        let (seat, gives_way) = self.seats.take(hello.peer, proven).ok_or(Refusal::Busy)?;
        let made = match (offer, hello.cookie, ClientHello::parse(&hello.datagram)) {
            (Offer::Certificates13, _, _) => Association::server13(chosen, mtu, now, &hello.datagram),
            (_, Some(cookie), Some(parsed)) => {
                let first = parsed.without_cookie();
                Association::server12(chosen, mtu, now, cookie, &first, &hello.datagram)
            }
            _ => return Err(self.give_back(seat)),
        };
        match made {
            Ok(association) if association.has_output() => {
                Ok(Admission { channel: Dtls::new(association, hello.random, Some(seat)), gives_way })
            }
            made => {
                let failure = made.err().unwrap_or_else(unreadable);
                self.seats.leave(seat);
                self.refuse(now, hello, failure.to_send().unwrap_or(Alert::HANDSHAKE_FAILURE), out);
                Err(Refusal::of(failure, proven))
            }
        }
    }

    fn give_back(&mut self, seat: Seat) -> Refusal {
        self.seats.leave(seat);
        Refusal::Busy
    }

    /// Sends a client away, with an alert that is appended to `out`: [`Alert::UNRECOGNIZED_NAME`] if there
    /// is no such server. One that has not proven its address is told to do so instead, and comes again; and
    /// nothing is said where the address has a channel, whose handshake an alert in plain text could end.
    pub fn refuse(&self, now: Instant, hello: Hello<S>, alert: Alert, out: &mut Vec<u8>) {
        let sequence = ClientHello::parse(&hello.datagram).map_or(0, |hello| hello.record_sequence());
        match hello.cookie {
            None => put_hello_verify_request(
                &self.cookies.make(now, hello.peer.address, &hello.random),
                sequence,
                out,
            ),
            Some(_) if hello.has_channel => {}
            Some(_) => put_alert(alert, sequence, out),
        }
    }

    /// Takes note of how far a channel is. Call it after each call to the channel.
    pub fn settle(&mut self, channel: &mut Dtls) {
        if let Some(seat) = channel.seat_to_prove() {
            self.seats.prove(seat);
        }
        if let Some(seat) = channel.seat_to_leave() {
            self.seats.leave(seat);
        }
    }

    /// A channel's handshake has ended in another way: it was dropped, or [`Dtls::renew`] gave its seat back.
    pub fn leave(&mut self, seat: Seat) {
        self.seats.leave(seat);
    }

    /// How many are shaking hands.
    pub fn handshakes(&self) -> usize {
        self.seats.taken()
    }
}

/// What there is to know of a client; the alert for one whose message makes no sense. `has_channel`: its address
/// has one.
fn greet<S: Copy>(
    peer: Peer<S>,
    hello: &ClientHello<'_>,
    datagram: &[u8],
    is_newest: bool,
    has_channel: bool,
) -> Result<Hello<S>, Alert> {
    if !hello.has_version() {
        return Err(Alert::PROTOCOL_VERSION);
    }
    let name = hello.name().map_err(|()| Alert::DECODE_ERROR)?;
    let offers: Vec<_> =
        hello.offers().filter(|offer| is_newest || *offer != Offer::Certificates13).collect();
    if offers.is_empty() {
        return Err(Alert::HANDSHAKE_FAILURE);
    }
    Ok(Hello {
        peer,
        name: name.map(str::to_owned),
        offers,
        random: *hello.random,
        cookie: hello.cookie.try_into().ok().filter(|_| !is_newest),
        datagram: datagram.to_vec(),
        has_channel,
    })
}

/// What the client would rather have, of what there is.
fn choose<S>(hello: &Hello<S>, credentials: &ServerCredentials) -> Option<(Offer, Credentials)> {
    hello.offers.iter().find_map(|offer| match offer {
        Offer::Psk => credentials.psk.clone().map(|psk| (*offer, Credentials::PskServer(psk))),
        Offer::Certificates | Offer::Certificates13 => {
            // Those that do for TLS alone (RSA) leave the client to its other offers.
            let certificates =
                credentials.certificates.clone().filter(|it| it.check_dtls_server().is_ok())?;
            Some((*offer, Credentials::Server(certificates)))
        }
    })
}

fn unreadable() -> Failure {
    Failure::sending(
        FailureKind::Protocol,
        Alert::HANDSHAKE_FAILURE,
        "the peer's first message is unreadable",
    )
}

/// RFC 6347 section 4.2.1: it says DTLS 1.0 whatever will be agreed on, and bears the number of what it
/// answers.
fn put_hello_verify_request(cookie: &[u8; 32], sequence: u64, out: &mut Vec<u8>) {
    const HELLO_VERIFY_REQUEST: u8 = 3;
    const LENGTH: u8 = 2 + 1 + 32;
    let mut message = vec![HELLO_VERIFY_REQUEST, 0, 0, LENGTH, 0, 0, 0, 0, 0, 0, 0, LENGTH];
    message.extend([0xfe, 0xff, 32]);
    message.extend(cookie);
    put_record(HANDSHAKE, 0xfeff, sequence, &message, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        certificates::{Parts, Policy, WallClock},
        psk::Keys,
        settings::Settings,
    };
    use std::{net::SocketAddr, time::SystemTime};

    #[test]
    fn a_stranger_is_no_failure_but_our_own_fault_is() {
        let of = |kind, is_proven| Refusal::of(Failure::new(kind, None, ""), is_proven);
        assert!(matches!(of(FailureKind::Protocol, false), Refusal::Unproven));
        assert!(matches!(of(FailureKind::Protocol, true), Refusal::Failed(_)));
        assert!(matches!(of(FailureKind::Internal, false), Refusal::Failed(_)));
    }

    #[test]
    fn what_dtls_cannot_use_leaves_a_client_to_its_other_offers() {
        let (settings, keys) = (Settings::default(), Keys::Same(Secret::from(&b"secret"[..])));
        let policy = Policy { verify_peer: false, ..Policy::default() };
        let useless =
            Certificates::new(&Parts::default(), policy, WallClock(SystemTime::now), &settings).unwrap();
        assert!(useless.check_dtls_server().is_err());
        let credentials = ServerCredentials {
            psk: Some(Arc::new(PskServer::new(None, keys, &settings).unwrap())),
            certificates: Some(Arc::new(useless)),
        };
        let mut hello = Hello {
            peer: Peer { socket: (), address: SocketAddr::from(([192, 0, 2, 1], 1)) },
            name: None,
            offers: vec![Offer::Certificates13, Offer::Certificates, Offer::Psk],
            random: [0; 32],
            cookie: None,
            datagram: Vec::new(),
            has_channel: false,
        };
        let chosen = |hello: &Hello<()>| choose(hello, &credentials).map(|(offer, _)| offer);
        assert_eq!(chosen(&hello), Some(Offer::Psk));
        hello.offers.pop();
        assert_eq!(chosen(&hello), None);
    }
}
