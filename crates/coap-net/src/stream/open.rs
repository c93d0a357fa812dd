//! Opening and closing streams.
use super::socket::{Listener, StreamSocket, unspecified};
use crate::{ConnectError, ListenError, Node};
use coap_proto::{
    Address,
    engine::{Connect, EndpointId, SessionId},
    wire::{Protocol, Scheme},
};
use std::time::Instant;

impl Node {
    /// Listens for streams.
    pub(crate) fn listen_stream(
        &mut self,
        local: &Address,
        protocol: Protocol,
    ) -> Result<EndpointId, ListenError> {
        let listener = Listener::new(local)?;
        let id = self.engine.open_endpoint(listener.local(), protocol)?;
        if let Err(error) = self.streams.insert_listener(&self.registry, id, listener) {
            self.engine.close_endpoint(Instant::now(), id);
            return Err(error.into());
        }
        Ok(id)
    }

    /// Opens a client session over a stream, which is then being connected: a turn tells the outcome.
    pub(crate) fn open_stream(&mut self, now: Instant, to: Connect) -> Result<SessionId, ConnectError> {
        if to.local.is_some_and(|local| !local.is_of_family_of(&to.remote)) {
            return Err(ConnectError::FamilyMismatch);
        }
        let remote = with_port(to.remote, to.protocol);
        let (stream, connected) = StreamSocket::connect(&remote, to.local.as_ref())?;
        let local = Some(to.local.unwrap_or_else(|| unspecified(&remote)));
        let id = self.engine.connect(now, Connect { local, remote, ..to })?;
        if let Err(error) =
            self.streams.insert_stream(&self.registry, id, stream, false, to.protocol.is_secure())
        {
            self.engine.release(now, id);
            return Err(error.into());
        }
        if connected {
            // Told by the next turn, as if it had taken longer: the application may have more to set.
            self.streams.connected_already(id);
        }
        Ok(id)
    }

    /// Writes what is left as far as the system takes it, and closes the socket.
    pub(crate) fn close_stream(&mut self, now: Instant, id: SessionId) {
        if let Some(index) = self.streams.of_session(id) {
            // There is no next turn for it.
            self.write_some(now, index, usize::MAX);
            self.close_socket(now, id);
        }
    }
}

/// The peer's address, with the protocol's port if it has none.
pub(crate) fn with_port(remote: Address, protocol: Protocol) -> Address {
    match remote {
        Address::Ip(mut address) if address.port() == 0 => {
            let scheme = Scheme::ALL.into_iter().find(|scheme| scheme.protocol() == Some(protocol));
            address.set_port(scheme.map_or(0, Scheme::default_port));
            address.into()
        }
        remote => remote,
    }
}
