//! What the application has to know to bring observations back after a restart.
use crate::Address;
use crate::engine::{Engine, Event, ObserverId, ResourceId, SessionId};
use crate::wire::Protocol;

/// Something that lives on over a restart has changed. Told while
/// [`Config::tracking`](crate::engine::Config::tracking) is set, before the handler runs that the change belongs
/// to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tracked {
    /// A peer observes a resource, over UDP. [`Engine::restore_observer`] takes the same facts.
    ObserverAdded {
        /// The observation.
        observer: ObserverId,
        /// Whose it is.
        session: SessionId,
        /// What tells it from others.
        name: ObserverName,
        /// This node's address in the session: notifications leave from there.
        local: Address,
        /// The request that registered, as a datagram. One that came in blocks is whole.
        request: Vec<u8>,
    },
    /// A peer observes no more.
    ObserverRemoved {
        /// The observation.
        observer: ObserverId,
        /// Whose it was.
        session: SessionId,
        /// What told it from others.
        name: ObserverName,
    },
    /// A resource has given out this number (RFC 7641 section 4.4): with a registration, or because it has
    /// changed and the number is a multiple of [`Config::tracking`](crate::engine::Config::tracking).
    Numbered {
        /// The resource's path.
        path: Vec<u8>,
        /// The number, 24 bits.
        number: u32,
    },
    /// A resource was taken out, or another one took its place. Its observers go next.
    ResourceRemoved {
        /// Its path.
        path: Vec<u8>,
    },
}

/// What tells an observation from all others of a node, also after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObserverName {
    /// The transport of the endpoint.
    pub protocol: Protocol,
    /// Where the endpoint listens.
    pub listen: Address,
    /// The peer.
    pub remote: Address,
    /// The token of its request.
    pub token: Vec<u8>,
}

impl Engine {
    /// An observer was added, and its resource's number will be in the response.
    pub(super) fn track_observer(&mut self, id: ObserverId) {
        if self.config.tracking.is_none() {
            return;
        }
        let Some(observer) = self.observers.get(id) else { return };
        let (session, resource, path) = (observer.session, observer.resource, observer.path);
        let (token, mut request) = (observer.request.token().to_vec(), observer.request.clone());
        if let Some(name) = self.observer_name(session, token) {
            let request = request.encode_udp().to_vec();
            // After a restart an address is all that is known.
            let local = if path.broadcast { name.listen } else { path.local };
            self.track(Tracked::ObserverAdded { observer: id, session, name, local, request });
        }
        self.track_number(resource);
    }

    /// An observer was removed.
    pub(super) fn track_removal(&mut self, observer: ObserverId, session: SessionId, token: &[u8]) {
        if self.config.tracking.is_none() {
            return;
        }
        if let Some(name) = self.observer_name(session, token.to_vec()) {
            self.track(Tracked::ObserverRemoved { observer, session, name });
        }
    }

    /// The number of a resource has been counted up.
    pub(super) fn track_change(&mut self, resource: ResourceId) {
        let Some(frequency) = self.config.tracking else { return };
        let number = self.resources.get(resource).map_or(0, |resource| resource.observe_number());
        if number % frequency == 0 {
            self.track_number(resource);
        }
    }

    pub(super) fn track_resource_removal(&mut self, path: &[u8]) {
        if self.config.tracking.is_some() {
            self.track(Tracked::ResourceRemoved { path: path.to_vec() });
        }
    }

    fn track_number(&mut self, resource: ResourceId) {
        if let Some(resource) = self.resources.get(resource) {
            let (path, number) = (resource.path().to_vec(), resource.observe_number());
            self.track(Tracked::Numbered { path, number });
        }
    }

    /// `None` for a session that nothing brings back: one that this node opened, or one that is a connection.
    fn observer_name(&self, session: SessionId, token: Vec<u8>) -> Option<ObserverName> {
        let session = self.sessions.get(session).filter(|session| session.protocol == Protocol::Udp)?;
        let endpoint = self.endpoint(session.endpoint?)?;
        let (protocol, listen) = (endpoint.protocol(), *endpoint.local());
        Some(ObserverName { protocol, listen, remote: session.remote, token })
    }

    fn track(&mut self, change: Tracked) {
        self.events.push_back(Event::Tracked(Box::new(change)));
    }
}
