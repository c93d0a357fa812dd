//! How a node comes by a link that it wants: one address after the other.
use super::protocol;
use crate::{
    config::Peer,
    model::PeerId,
    protocol::LinkFailure,
    run::{
        Daemon,
        lookups::{Asker, Found, with_port},
        timers::Timer,
    },
};
use coap_net::ConnectError;
use coap_proto::engine::{Connect, SessionId};
use std::{
    collections::VecDeque,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

/// How long an address of a node has to become a link.
const PATIENCE: Duration = Duration::from_secs(15);

/// What is tried to get a link to a node.
#[derive(Debug)]
pub(super) struct Attempt {
    /// Not tried yet.
    addresses: VecDeque<SocketAddr>,
    /// Why the last one has failed.
    trouble: String,
}

impl Daemon {
    /// The core wants a link to a node.
    pub(in crate::run) fn want_link(&mut self, now: Instant, id: PeerId) {
        let Some(peer) = self.config.peer(&id) else {
            return self.core.link_failed(now, &id, LinkFailure::Unknown);
        };
        if let Some(why) = self.links.backoff.refusal(now, id) {
            let why = LinkFailure::Unreachable(why.to_owned());
            return self.core.link_failed(now, &id, why);
        }
        let mut addresses = VecDeque::new();
        if let Ok(address) = peer.uri.host.parse::<IpAddr>() {
            addresses.push_back(SocketAddr::new(address, peer.uri.port));
        } else if self.look_up(Asker::Link(id), &peer.uri.host).is_none() {
            let why = LinkFailure::Unreachable("too many names are being looked up".to_owned());
            return self.core.link_failed(now, &id, why);
        }
        let is_known = !addresses.is_empty();
        self.links.attempts.insert(id, Attempt { addresses, trouble: String::new() });
        if is_known {
            self.try_link(now, id);
        }
    }

    /// The name of a node was looked up.
    pub(in crate::run) fn peer_found(&mut self, now: Instant, id: PeerId, found: Found) {
        let (Some(attempt), Some(peer)) = (self.links.attempts.get_mut(&id), self.config.peer(&id)) else {
            return;
        };
        match found {
            Ok(addresses) => attempt.addresses = with_port(addresses, peer.uri.port),
            Err(reason) => attempt.trouble = reason,
        }
        self.try_link(now, id);
    }

    /// Tries the next address of a node.
    pub(super) fn try_link(&mut self, now: Instant, id: PeerId) {
        while let Some(attempt) = self.links.attempts.get_mut(&id) {
            let Some(address) = attempt.addresses.pop_front() else {
                let why = std::mem::take(&mut attempt.trouble);
                self.links.attempts.remove(&id);
                self.links.backoff.failed(now, id, &why);
                log::warn!(peer:% = id, why; "no link");
                return self.core.link_failed(now, &id, LinkFailure::Unreachable(why));
            };
            let opened = if self.links.count() >= self.config.limits.links {
                Err("there are too many links".to_owned())
            } else {
                self.connect(now, id, address).map_err(|error| error.to_string())
            };
            match opened {
                Ok(session) => return self.begin_link(now, session, id, address),
                Err(reason) => self.note_trouble(id, format!("{address}: {reason}")),
            }
        }
    }

    pub(super) fn note_trouble(&mut self, id: PeerId, trouble: String) {
        if let Some(attempt) = self.links.attempts.get_mut(&id) {
            attempt.trouble = trouble;
        }
    }

    fn connect(&mut self, now: Instant, id: PeerId, remote: SocketAddr) -> Result<SessionId, ConnectError> {
        let Some(Peer { uri, .. }) = self.config.peer(&id) else {
            return Err(ConnectError::Credentials("it is not configured".to_owned()));
        };
        let to = Connect { local: None, remote: remote.into(), protocol: protocol(uri.scheme) };
        match self.credentials.get(&id) {
            Some(credentials) => self.node.connect_secure(now, to, credentials.clone()),
            None => self.node.connect(now, to),
        }
    }

    /// Whether there are more addresses to try. Then one that needs no handshake is asked whether anybody is there
    /// before tunnels are opened by it: they would be refused with it.
    fn has_others(&self, id: PeerId) -> bool {
        self.links.attempts.get(&id).is_some_and(|attempt| !attempt.addresses.is_empty())
    }

    fn begin_link(&mut self, now: Instant, id: SessionId, peer: PeerId, remote: SocketAddr) {
        let is_established = self.note_session(id, Some(peer), true);
        self.set_up(id, remote);
        if is_established && !(self.has_others(peer) && self.node.engine.ping(now, id).is_some()) {
            self.establish(now, id);
        } else {
            let until = now + PATIENCE;
            self.timers.set(until, Timer::Session(id));
            if let Some(session) = self.links.get_mut(id) {
                session.until = Some(until);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Config, Credentials, Scheme, Uri},
        identity::Identity,
    };

    fn address(last: u8) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, last], 9))
    }

    /// Nobody answers at the first, nor says that nobody is there.
    #[test]
    fn an_address_that_says_nothing_leaves_tunnels_to_the_next() {
        let [ours, theirs] = [(); 2].map(|()| Identity::generate().expect("random numbers"));
        let (now, peer) = (Instant::now(), theirs.peer_id());
        let mut config = Config::new(ours);
        let uri = Uri { scheme: Scheme::Coap, host: "node.example".into(), port: 9 };
        config.peers = vec![Peer { id: peer, uri, credentials: Credentials::None, relay: true }];
        let mut daemon = Daemon::new(config).expect("an event loop");
        daemon.look_up_with(|_| Ok(Vec::new()));
        daemon.want_link(now, peer);
        daemon.peer_found(now, peer, Ok([1, 2, 3].map(address).into()));
        let remotes = |daemon: &Daemon| -> Vec<_> {
            let sessions = daemon.links.sessions.keys();
            sessions.filter_map(|id| daemon.node.engine.session(*id)?.remote().ip()).collect()
        };
        for (round, tried) in [1, 2].into_iter().enumerate() {
            let now = now + PATIENCE * u32::try_from(round).expect("a few");
            daemon.handle_timers(now);
            assert_eq!(remotes(&daemon), [address(tried)]);
            assert_eq!(daemon.core.link_count(), 0, "it is not known whether anybody is there");
        }
        daemon.handle_timers(now + PATIENCE * 2);
        assert_eq!(remotes(&daemon), [address(3)]);
        assert_eq!(daemon.core.link_count(), 1, "there is no other one");
        assert_eq!(daemon.links.backoff.refusal(now + PATIENCE * 2, peer), None);
    }
}
