//! What an earlier process knew comes back: observers that this one has never heard from, and requests that are to
//! be handled once more.
use super::action::is_registration;
use super::tracked::ObserverName;
use crate::Address;
use crate::engine::{
    Endpoint, EndpointId, Engine, ObserverId, Path, ResourceId, SessionId, SessionState, SessionType,
};
use crate::wire::{BlockValue, Code, Pdu, Protocol, option, uri};
use std::time::Instant;
use thiserror::Error;

/// Why an observation did not come back.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RestoreError {
    /// Sessions of that transport begin with a handshake or a connection, which only the peer can make again.
    #[error("{} sessions do not come back", .0.name())]
    Transport(Protocol),
    /// Nothing listens where the peer had registered.
    #[error("no {} endpoint at {}", .0.name(), .1)]
    NoEndpoint(Protocol, Address),
    /// What was kept is no request that registers.
    #[error("discard malformed PDU")]
    Malformed,
    /// There is no resource of that path.
    #[error("resource '{0}' not defined")]
    NoResource(String),
    /// The resource cannot be observed, or not with that method.
    #[error("resource '{0}' not observable")]
    NotObservable(String),
    /// A limit of [`Config`](crate::engine::Config) is reached.
    #[error("too many observers")]
    TooMany,
}

impl Engine {
    /// A peer observes a resource since before this process began: it will be notified as if it had registered
    /// here. The arguments are those of [`Tracked::ObserverAdded`](super::Tracked::ObserverAdded); the token of
    /// `name` does not count, that of `request` does. An existing session with the peer is used, else one is made.
    ///
    /// # Errors
    /// [`RestoreError`] says what is missing; no session is made then, unless there are only too many observers.
    pub fn restore_observer(
        &mut self,
        now: Instant,
        name: &ObserverName,
        local: Address,
        request: &[u8],
    ) -> Result<ObserverId, RestoreError> {
        self.advance_clock(now);
        if name.protocol != Protocol::Udp {
            return Err(RestoreError::Transport(name.protocol));
        }
        let endpoint = self
            .endpoint_at(name.protocol, &name.listen)
            .ok_or(RestoreError::NoEndpoint(name.protocol, name.listen))?;
        let request = Pdu::decode_udp(request).map_err(|_| RestoreError::Malformed)?;
        if !registers(&request) {
            return Err(RestoreError::Malformed);
        }
        let resource = self.observable(&request)?;
        let path = Path::new(local, name.remote, 0);
        let session = match self.sessions.of_peer(endpoint, &name.remote) {
            Some(session) => session,
            None => self.accept(endpoint, path).ok_or(RestoreError::TooMany)?,
        };
        let restored = self.replace_observer(session, resource, &request, path);
        self.settle(session);
        restored.ok_or(RestoreError::TooMany)
    }

    /// A session to nobody, for requests of an earlier process that the application handles once more. It takes no
    /// messages, and is kept until [`Engine::end_replay`].
    pub fn begin_replay(&mut self, now: Instant, protocol: Protocol) -> SessionId {
        self.advance_clock(now);
        let (local, remote) = (Address::UNSPECIFIED, Address::UNSPECIFIED);
        let mut session = self.new_session(SessionType::Server, protocol, Path::new(local, remote, 0));
        session.state = SessionState::None;
        session.severed = true;
        self.sessions.insert(session)
    }

    /// All such requests were handled: the session ends ([`Event::Closed`](crate::engine::Event::Closed)).
    pub fn end_replay(&mut self, now: Instant, id: SessionId) {
        self.advance_clock(now);
        let is_replay = |id| self.sessions.get(id).is_some_and(|it| it.severed && it.endpoint.is_none());
        if is_replay(id) && self.sessions.get(id).is_some_and(|session| !session.closed) {
            self.end(id);
        }
    }

    fn endpoint_at(&self, protocol: Protocol, listen: &Address) -> Option<EndpointId> {
        let mut endpoints = self.endpoints.iter();
        let listens = |endpoint: &Endpoint| endpoint.protocol() == protocol && endpoint.local() == listen;
        endpoints.find(|(_, endpoint)| listens(endpoint)).map(|(index, _)| EndpointId(index))
    }

    fn observable(&self, request: &Pdu) -> Result<ResourceId, RestoreError> {
        let path = uri::compose_path(request).ok_or(RestoreError::Malformed)?;
        let name = || String::from_utf8_lossy(&path).into_owned();
        let id = self.resources.find(&path).ok_or_else(|| RestoreError::NoResource(name()))?;
        let handles = |id| {
            self.resources.get(id).is_some_and(|it| it.observable && it.methods.contains(request.code()))
        };
        if handles(id) { Ok(id) } else { Err(RestoreError::NotObservable(name())) }
    }
}

/// Whether a request is one that [`Engine::observe`] registers.
fn registers(request: &Pdu) -> bool {
    let block = request.option(option::BLOCK2).and_then(|block| BlockValue::decode(block.value));
    matches!(request.code(), Code::GET | Code::FETCH)
        && is_registration(request)
        && block.is_none_or(|block| block.num == 0)
}
