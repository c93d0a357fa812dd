//! Links and the CoAP sessions that they are.
mod attempts;

use super::{Daemon, backoff::Backoff, path_mtu::longest_datagram, setup, timers::Timer};
use crate::{
    config::Scheme,
    model::PeerId,
    protocol::{LinkId, LinkUp, MessageId, Ticket},
};
use attempts::Attempt;
use coap_proto::{
    engine::{FixedPoint, NackReason, Parameters, SessionEvent, SessionId},
    wire::Protocol,
};
use std::{
    collections::HashMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

/// How long the network has to say that nobody is there: a message that was on its way when the peer restarted is
/// repeated meanwhile.
const REFUSAL: Duration = Duration::from_millis(400);
/// Bytes of datagrams that the system keeps for a link's socket until they are read, if it likes.
const RECEIVE_BUFFER: usize = 1 << 20;
/// The longest payload of a message over a stream: a record of TLS takes as much.
const STREAM_PAYLOAD: usize = 16 * 1024;
/// What requests have besides their payload at most: a token of 8 bytes, a path and its number options, the marker.
const OVERHEAD: usize = 26;

/// A session that is a link, or is to become one.
#[derive(Debug)]
pub(super) struct Session {
    /// `None`: it is not established.
    pub(super) link: Option<LinkId>,
    /// Whose it is, as far as known.
    pub(super) peer: Option<PeerId>,
    /// Until when it has to be a link, where that takes a handshake, or an answer.
    until: Option<Instant>,
    /// Whether this node has opened it.
    initiated: bool,
    /// Tokens are the numbers of messages, with this random number on top: where nothing else protects a link, who does
    /// not see it cannot forge responses.
    mask: u64,
    /// Requests that are answered later, and their tokens.
    pub(super) tickets: HashMap<Ticket, Vec<u8>>,
    /// Whether the peer has sent anything that it could only send if it is there.
    has_heard: bool,
    /// Since then the network says that nobody is there, and nothing has come.
    refused_at: Option<Instant>,
    /// What has gone wrong, for people.
    trouble: Option<String>,
}

impl Session {
    /// The token of a message.
    pub(super) fn token(&self, message: MessageId) -> [u8; 8] {
        (u64::from_be_bytes(message.to_bytes()) ^ self.mask).to_be_bytes()
    }

    /// The message with that token.
    pub(super) fn message(&self, token: &[u8]) -> Option<MessageId> {
        let token = u64::from_be_bytes(token.try_into().ok()?);
        MessageId::from_bytes(&(token ^ self.mask).to_be_bytes())
    }
}

/// All links.
#[derive(Debug, Default)]
pub(super) struct Links {
    sessions: HashMap<SessionId, Session>,
    by_link: HashMap<LinkId, SessionId>,
    attempts: HashMap<PeerId, Attempt>,
    backoff: Backoff,
}

impl Links {
    /// The session of a link.
    pub(super) fn session_of(&self, link: LinkId) -> Option<SessionId> {
        self.by_link.get(&link).copied()
    }

    pub(super) fn get(&self, session: SessionId) -> Option<&Session> {
        self.sessions.get(&session)
    }

    pub(super) fn get_mut(&mut self, session: SessionId) -> Option<&mut Session> {
        self.sessions.get_mut(&session)
    }

    /// How many sessions there are, those to be among them.
    pub(super) fn count(&self) -> usize {
        self.sessions.len()
    }
}

impl Daemon {
    /// Whether it is established.
    fn note_session(&mut self, id: SessionId, peer: Option<PeerId>, initiated: bool) -> bool {
        let mut mask = [0; 8];
        // Without random numbers there is no session either.
        let _ = getrandom::fill(&mut mask);
        let session = Session {
            link: None,
            peer,
            until: None,
            initiated,
            mask: u64::from_be_bytes(mask),
            tickets: HashMap::new(),
            has_heard: false,
            refused_at: None,
            trouble: None,
        };
        self.links.sessions.insert(id, session);
        self.node.engine.session(id).is_some_and(|session| session.protocol() == Protocol::Udp)
    }

    /// Sets what sessions of links differ in from others: times (`docs/session-protocol.md`), messages under way,
    /// length of datagrams.
    fn set_up(&mut self, id: SessionId, remote: SocketAddr) {
        let Some(session) = self.node.engine.session_mut(id) else { return };
        if !session.protocol().is_reliable() {
            session.set_mtu(longest_datagram(remote));
            // Sessions of endpoints have none of their own; those have room already. With less more is lost.
            let _ = self.node.set_receive_buffer(id, RECEIVE_BUFFER);
        }
        let Some(session) = self.node.engine.session_mut(id) else { return };
        *session.parameters_mut() = Parameters {
            ack_timeout: fixed_point(setup::settings(&self.config).ack_timeout),
            ack_random_factor: FixedPoint::new(1, 500),
            max_retransmit: 6,
            nstart: 256,
            ..Parameters::default()
        };
    }

    /// The round trips of a link are longer or shorter than was thought.
    pub(super) fn set_ack_timeout(&mut self, link: LinkId, ack_timeout: Duration) {
        let Some(id) = self.links.session_of(link) else { return };
        let Some(session) = self.node.engine.session_mut(id) else { return };
        session.parameters_mut().ack_timeout = fixed_point(ack_timeout);
    }

    /// A session that this node opened can be used.
    pub(super) fn establish(&mut self, now: Instant, id: SessionId) {
        let Some(session) = self.links.get(id).filter(|session| session.link.is_none() && session.initiated)
        else {
            return;
        };
        let Some(peer) = session.peer else { return };
        self.links.attempts.remove(&peer);
        self.tell_link(now, id);
    }

    /// A request came: its session is a link from now on, if it was none. `None`: there are too many.
    pub(super) fn link_of(&mut self, now: Instant, id: SessionId) -> Option<LinkId> {
        if let Some(link) = self.links.get(id).and_then(|session| session.link) {
            return Some(link);
        }
        if self.links.get(id).is_none() {
            if self.links.count() >= self.config.limits.links || !self.node.engine.reference(id) {
                return None;
            }
            let remote = self.node.engine.session(id)?.remote().ip()?;
            let peer = self.peer_of(id);
            self.note_session(id, peer, false);
            self.set_up(id, remote);
        }
        self.tell_link(now, id)
    }

    /// Which node has opened a session, if its key says so.
    fn peer_of(&self, id: SessionId) -> Option<PeerId> {
        let identity = self.node.channel_info(id)?.psk?.identity;
        self.config.server.psk.iter().find(|known| known.identity == identity)?.peer
    }

    fn tell_link(&mut self, now: Instant, id: SessionId) -> Option<LinkId> {
        let known = self.node.engine.session(id)?;
        let is_stream = known.protocol().is_reliable();
        let most = known.max_pdu_size().saturating_sub(OVERHEAD);
        let max_payload = if is_stream { most.min(STREAM_PAYLOAD) } else { most }.max(64);
        let (remote, transport) = (*known.remote(), known.protocol().name());
        let session = self.links.sessions.get_mut(&id)?;
        if let Some(until) = session.until.take() {
            self.timers.cancel(until, Timer::Session(id));
        }
        let (peer, initiated) = (session.peer, session.initiated);
        let link = self.core.link_up(now, LinkUp { peer, initiated, is_stream, max_payload });
        session.link = Some(link);
        self.links.by_link.insert(link, id);
        log::info!(peer = shown(peer), remote:%, transport, initiated, max_payload; "a link is up");
        Some(link)
    }

    /// Something happened to a session.
    pub(super) fn session_event(&mut self, now: Instant, id: SessionId, event: SessionEvent) {
        match event {
            SessionEvent::MessageRetransmitted => {
                if let Some(link) = self.links.get(id).and_then(|session| session.link) {
                    self.core.repeated(now, link);
                }
            }
            SessionEvent::Connected => self.establish(now, id),
            SessionEvent::DtlsConnected => {
                let protocol = self.node.engine.session(id).map(|session| session.protocol());
                if protocol == Some(Protocol::Dtls) {
                    self.establish(now, id);
                }
            }
            SessionEvent::TcpFailed => self.note_session_trouble(id, "it does not accept the connection"),
            SessionEvent::DtlsError => self.note_session_trouble(id, "the handshake has failed"),
            SessionEvent::DtlsClosed
            | SessionEvent::Disconnected
            | SessionEvent::Failed
            | SessionEvent::ServerDeleted => self.session_ended(now, id),
            _ => {}
        }
    }

    /// Something came on a session.
    pub(super) fn heard(&mut self, id: SessionId) {
        let Some(session) = self.links.sessions.get_mut(&id) else { return };
        session.refused_at = None;
        let is_first = !std::mem::replace(&mut session.has_heard, true);
        if let (true, true, Some(peer)) = (is_first, session.initiated, session.peer) {
            self.links.backoff.reached(peer);
        }
    }

    /// The network says that nobody is there (ICMP). Anybody may say so, and it may be late: of a link that has worked
    /// it is believed when it is said again [`REFUSAL`] later and nothing has come meanwhile.
    pub(super) fn refused(&mut self, now: Instant, id: SessionId) {
        let Some(session) = self.links.get_mut(id) else { return };
        let since = *session.refused_at.get_or_insert(now);
        if !session.has_heard || now >= since + REFUSAL {
            self.note_session_trouble(id, "nobody is there");
            self.session_ended(now, id);
        }
    }

    pub(super) fn note_session_trouble(&mut self, id: SessionId, trouble: &str) {
        if let Some(session) = self.links.get_mut(id) {
            session.trouble.get_or_insert_with(|| trouble.to_owned());
        }
    }

    /// A session is over: so is its link, or the attempt to get one.
    pub(super) fn session_ended(&mut self, now: Instant, id: SessionId) {
        let Some(session) = self.links.sessions.remove(&id) else { return };
        if let Some(until) = session.until {
            self.timers.cancel(until, Timer::Session(id));
        }
        let trouble = session.trouble.unwrap_or_else(|| "the session has ended".to_owned());
        match (session.link, session.peer) {
            (Some(link), peer) => {
                log::info!(peer = shown(peer), trouble; "a link was lost");
                self.links.by_link.remove(&link);
                if let (Some(peer), true, false) = (peer, session.initiated, session.has_heard) {
                    self.links.backoff.failed(now, peer, &trouble);
                }
                self.core.link_lost(now, link);
            }
            (None, Some(peer)) if session.initiated => {
                self.note_trouble(peer, trouble);
                self.try_link(now, peer);
            }
            (None, _) => {}
        }
        self.end_session(now, id);
    }

    /// The core needs a link no more.
    pub(super) fn close_link(&mut self, now: Instant, link: LinkId) {
        let Some(id) = self.links.by_link.remove(&link) else { return };
        if let Some(session) = self.links.sessions.remove(&id) {
            log::info!(peer = shown(session.peer); "a link was closed");
            if let (Some(peer), true, false) = (session.peer, session.initiated, session.has_heard) {
                self.links.backoff.failed(now, peer, "it does not answer");
            }
        }
        self.end_session(now, id);
    }

    fn end_session(&mut self, now: Instant, id: SessionId) {
        self.node.engine.release(now, id);
        // What is not answered is not sent again, and who has no reference does not stay until it is idle for long.
        self.node.engine.disconnect(now, id, NackReason::NotDeliverable);
    }

    /// A session has taken too long to become a link.
    pub(super) fn session_timed_out(&mut self, now: Instant, id: SessionId) {
        if self.links.get(id).is_some_and(|session| session.link.is_none()) {
            self.note_session_trouble(id, "it does not answer");
            self.session_ended(now, id);
        }
    }
}

/// What a link goes over.
pub(super) fn protocol(scheme: Scheme) -> Protocol {
    match scheme {
        Scheme::Coap => Protocol::Udp,
        Scheme::Coaps => Protocol::Dtls,
        Scheme::CoapTcp => Protocol::Tcp,
        Scheme::CoapsTcp => Protocol::Tls,
    }
}

fn fixed_point(time: Duration) -> FixedPoint {
    FixedPoint::new(u16::try_from(time.as_secs()).unwrap_or(u16::MAX), time.subsec_millis() as u16)
}

/// A node that may not be known, for the log.
fn shown(peer: Option<PeerId>) -> String {
    peer.map_or("?".to_owned(), |peer| peer.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Config, Credentials, Peer, Uri},
        identity::Identity,
    };

    #[test]
    fn the_session_of_a_link_has_the_time_that_the_core_wants() {
        let [ours, theirs] = [(); 2].map(|()| Identity::generate().expect("random numbers"));
        let (now, peer) = (Instant::now(), theirs.peer_id());
        let mut config = Config::new(ours);
        let uri = Uri { scheme: Scheme::Coap, host: "127.0.0.1".into(), port: 9 };
        config.peers = vec![Peer { id: peer, uri, credentials: Credentials::None, relay: true }];
        let mut daemon = Daemon::new(config).expect("an event loop");
        daemon.want_link(now, peer);
        let (link, session) =
            daemon.links.by_link.iter().next().map(|(link, id)| (*link, *id)).expect("a link");
        let ack_timeout = |daemon: &Daemon| {
            daemon.node.engine.session(session).expect("a session").parameters().ack_timeout.as_duration()
        };
        assert_eq!(ack_timeout(&daemon), Duration::from_millis(500));
        daemon.set_ack_timeout(link, Duration::from_micros(2_345_678));
        assert_eq!(ack_timeout(&daemon), Duration::from_millis(2345));
    }
}
