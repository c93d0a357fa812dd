//! Who has names looked up. Those of nodes come first, as many tunnels wait for one link; and whoever asks for targets,
//! however many and slow their name servers are, holds up no links.
use super::Daemon;
use crate::{model::PeerId, protocol::TunnelId};
use coap_net::resolver::{Answer, ResolverLimits, Ticket, Urgency};
use std::{collections::VecDeque, net::SocketAddr, time::Instant};

/// Names that are looked up at a time, and names of nodes, and of targets, that wait for that.
pub(super) const LIMITS: ResolverLimits = ResolverLimits { threads: 4, waiting: 1024 };

/// Who wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// A tunnel that ends here.
    Target(TunnelId),
    /// A link to this node.
    Link(PeerId),
}

/// What was found, or why nothing was.
pub(super) type Found = Result<VecDeque<SocketAddr>, String>;

impl Daemon {
    /// Has a name looked up. `None`: too many wait already.
    pub(super) fn look_up(&self, asker: Asker, host: &str) -> Option<Ticket> {
        let urgency = match asker {
            Asker::Target(_) => Urgency::Later,
            Asker::Link(_) => Urgency::First,
        };
        self.resolver.ask(asker, host, urgency)
    }

    /// Takes up what was found.
    pub(super) fn take_answers(&mut self, now: Instant) {
        while let Some(Answer { asker, found }) = self.resolver.poll() {
            let found = match found {
                Ok(found) if found.is_empty() => Err("the name has no address".to_owned()),
                Ok(found) => Ok(found.into()),
                Err(error) => Err(error.to_string()),
            };
            match asker {
                Asker::Target(tunnel) => self.target_found(now, tunnel, found),
                Asker::Link(peer) => self.peer_found(now, peer, found),
            }
        }
    }
}

/// The same with a port.
pub(super) fn with_port(mut addresses: VecDeque<SocketAddr>, port: u16) -> VecDeque<SocketAddr> {
    addresses.iter_mut().for_each(|address| address.set_port(port));
    addresses
}
