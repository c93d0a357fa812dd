//! Which session a datagram belongs to, and which way its answer goes.
use super::session::Session;
use super::sessions::Sessions;
use super::{EndpointId, Engine, Path, Received, SessionId, SessionType, Via};

/// So many datagrams' sessions are looked up together at most.
pub(super) const BATCH: usize = 64;

/// The sessions of a batch of datagrams, as they were before the first of these was handled.
pub(super) struct Expected {
    /// `None` for a single datagram.
    ids: Option<[Option<SessionId>; BATCH]>,
    departures: u64,
}

impl Expected {
    /// The session that a datagram is known to belong to; `None`: it is to be looked up.
    pub(super) fn session(&self, at: usize, sessions: &Sessions) -> Option<SessionId> {
        // A peer's session is its only one until it leaves.
        self.ids.as_ref()?[at].filter(|_| self.departures == sessions.departures())
    }
}

impl Engine {
    /// Looks up the sessions of the peers of an endpoint, at most [`BATCH`] of them, before their datagrams are
    /// handled. Among very many sessions each look-up waits for memory; so they wait at the same time.
    pub(super) fn expect(&self, via: Via, batch: &[Received<'_>]) -> Expected {
        let ids = match (via, batch) {
            (Via::Endpoint(endpoint), [_, _, ..]) => Some(self.sessions.of_peers(endpoint, batch)),
            _ => None,
        };
        Expected { ids, departures: self.sessions.departures() }
    }

    /// The session that a datagram belongs to, `expected` if that is known; a new one for a peer that nobody knows.
    pub(super) fn session_for(
        &mut self,
        via: Via,
        path: &Path,
        expected: Option<SessionId>,
    ) -> Option<SessionId> {
        match via {
            Via::Endpoint(endpoint) => self.server_session(endpoint, path, expected),
            Via::Session(id) => self.client_session(id, path),
        }
    }

    fn server_session(
        &mut self,
        endpoint: EndpointId,
        path: &Path,
        expected: Option<SessionId>,
    ) -> Option<SessionId> {
        let Some(id) = expected.or_else(|| self.sessions.of_peer_again(endpoint, &path.remote)) else {
            return self.accept(endpoint, *path);
        };
        // Only what was protected counts.
        let session = self.sessions.get_mut(id).filter(|session| !session.is_secure())?;
        session.arrive_by(path);
        Some(id)
    }

    /// Who did not get our requests cannot answer them: only members of the group that a session was opened
    /// to may have another address than the session's peer.
    fn client_session(&mut self, id: SessionId, path: &Path) -> Option<SessionId> {
        let takes_it = |session: &&mut Session| session.is_open() && !session.is_secure();
        let session = self.sessions.get_mut(id).filter(takes_it)?;
        if session.rare.multicast.is_some() {
            (session.remote, session.local) = (path.remote, path.local);
            return Some(id);
        }
        (session.remote == path.remote).then_some(id)
    }

    /// The peer's last datagram says where its answers are to come from.
    pub(super) fn follow(&mut self, id: SessionId, path: Path) {
        if let Some(session) = self.sessions.get_mut(id).filter(|session| session.endpoint.is_some()) {
            session.arrive_by(&path);
        }
    }

    /// Addresses for a datagram to the peer. A group address cannot be a source (RFC 7252 section 8): then
    /// the socket chooses.
    #[inline]
    pub(super) fn way_back(&self, session: &Session) -> Path {
        let Some(endpoint) = session.endpoint else {
            let ifindex = if session.kind == SessionType::Client { 0 } else { session.ifindex };
            return Path { ifindex, ..session.path() };
        };
        let mut path = session.path();
        if session.was_reached_by_group()
            && let Some(endpoint) = self.endpoint(endpoint)
        {
            path.broadcast &= path.local == endpoint.local;
            path.local = endpoint.local;
        }
        path
    }
}
