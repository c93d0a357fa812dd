//! Sessions to the servers that requests are forwarded to.
use crate::{
    ConnectError, Node,
    resolver::{Answer, ResolverLimits, Urgency},
};
use coap_proto::engine::{Connect, OpenError, SessionId, UpstreamError, Wanted};
use std::{net::SocketAddr, time::Instant};

/// Names that are looked up for a node.
pub(crate) const LOOKUPS: ResolverLimits = ResolverLimits { threads: 2, waiting: 256 };

impl Node {
    /// Opens the sessions that the engine wants, where an address is known; names are looked up meanwhile.
    pub(crate) fn open_upstreams(&mut self, now: Instant) {
        while let Some(wanted) = self.engine.poll_upstream() {
            if let Some(ip) = wanted.server.literal() {
                let address = SocketAddr::new(ip, wanted.server.port);
                self.open_upstream(now, &wanted, &[address]);
                continue;
            }
            let upstream = wanted.upstream;
            let host = String::from_utf8_lossy(&wanted.server.host).into_owned();
            if wanted.server.host.contains(&0) {
                // The system takes names without NUL only.
                self.engine.upstream_failed(now, upstream, UpstreamError::Unreachable);
            } else if self.resolver.ask(wanted, &host, Urgency::First).is_none() {
                self.engine.upstream_failed(now, upstream, UpstreamError::Busy);
            }
        }
        while let Some(Answer { asker: wanted, found }) = self.resolver.poll() {
            let mut found = found.unwrap_or_default();
            found.iter_mut().for_each(|address| address.set_port(wanted.server.port));
            self.open_upstream(now, &wanted, &found);
        }
    }

    /// Opens a session to the first address that takes one. Over a stream that is the first one that can be tried: if
    /// it refuses later, the others are not tried, and the requests fail with 5.02.
    fn open_upstream(&mut self, now: Instant, wanted: &Wanted, addresses: &[SocketAddr]) {
        let mut reason = UpstreamError::Unreachable;
        for address in addresses {
            match self.connect_upstream(now, wanted, *address) {
                Ok(session) => {
                    if !self.engine.upstream_connected(now, wanted.upstream, session) {
                        self.engine.release(now, session);
                    }
                    return;
                }
                Err(ConnectError::Unsupported(_) | ConnectError::Engine(OpenError::Unsupported(_))) => {
                    reason = UpstreamError::Unsupported;
                }
                Err(_) => {}
            }
        }
        self.engine.upstream_failed(now, wanted.upstream, reason);
    }

    fn connect_upstream(
        &mut self,
        now: Instant,
        wanted: &Wanted,
        remote: SocketAddr,
    ) -> Result<SessionId, ConnectError> {
        let scheme = wanted.server.scheme;
        let protocol = scheme.protocol().ok_or(ConnectError::Unsupported(scheme.name()))?;
        self.connect(now, Connect { local: None, remote: remote.into(), protocol })
    }
}
