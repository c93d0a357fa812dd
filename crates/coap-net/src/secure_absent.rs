//! Without DTLS and TLS no session has a channel: what stands in for `secure` when the feature `tls` is off.
use coap_proto::{
    engine::{EndpointId, Engine, Path, SessionId, Transmit, Via},
    wire::Protocol,
};
use std::time::Instant;

/// No channels.
#[derive(Debug, Default)]
pub(crate) struct Channels {}

#[allow(clippy::unused_self, reason = "as where there are channels")]
impl Channels {
    /// DTLS and TLS are not there.
    pub(crate) const BUILT_IN: bool = false;

    pub(crate) fn check_server(&self, protocol: Protocol) -> Result<(), String> {
        Err(format!("{} is not built in", protocol.name()))
    }

    pub(crate) fn open_endpoint(&mut self, _: Instant, _: [u8; 32]) {}

    pub(crate) fn close_endpoint(&mut self, _: EndpointId) {}

    pub(crate) fn receive(&mut self, _: Instant, _: &mut Engine, _: Via, _: Path, _: &[u8]) {}

    pub(crate) fn seal(&mut self, _: Instant, _: &mut Engine, _: &Transmit) {}

    pub(crate) fn poll_transmit(&mut self) -> Option<Transmit> {
        None
    }

    pub(crate) fn has_transmits(&self) -> bool {
        false
    }

    pub(crate) fn has_work(&self) -> bool {
        false
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        None
    }

    pub(crate) fn timeout(&mut self, _: Instant, _: &mut Engine) {}

    pub(crate) fn say_goodbyes(&mut self, _: Instant, _: &mut Engine) {}

    pub(crate) fn has(&self, _: SessionId) -> bool {
        false
    }

    pub(crate) fn close_datagrams(&mut self, _: Instant, _: &Engine, _: SessionId) {}

    pub(crate) fn insert_accepted(&mut self, _: Instant, _: SessionId, _: Protocol) {}

    pub(crate) fn receive_stream(&mut self, _: Instant, _: &mut Engine, _: SessionId, _: &[u8]) {}

    pub(crate) fn sealed(&mut self, _: Instant, _: &mut Engine, _: SessionId) -> &[u8] {
        &[]
    }

    pub(crate) fn sealed_written(&mut self, _: SessionId, _: usize) {}

    pub(crate) fn close_stream(&mut self, _: Instant, _: SessionId) {}

    pub(crate) fn remove_stream(&mut self, _: Instant, _: SessionId) {}

    pub(crate) fn take_writable(&mut self) -> Vec<SessionId> {
        Vec::new()
    }
}
