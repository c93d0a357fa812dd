//! A request that is being handled.
use coap_proto::{
    engine::{Engine, ResourceId, SessionId},
    wire::{Code, Pdu},
};
use std::time::Instant;

/// What a request handler gets. The engine is at its disposal: it may send, release, disconnect and so on.
#[derive(Debug)]
pub struct Call<'a> {
    /// The node's engine.
    pub engine: &'a mut Engine,
    /// The virtual time.
    pub now: Instant,
    /// From whom the request came.
    pub session: SessionId,
    /// For which resource.
    pub resource: ResourceId,
    /// What was asked.
    pub request: &'a Pdu,
    /// The answer to fill in. With an empty code it means "not yet".
    pub response: &'a mut Pdu,
}

impl Call<'_> {
    /// Answers with a code and a payload (none if empty).
    ///
    /// # Panics
    /// If the payload does not fit.
    pub fn answer(&mut self, code: Code, payload: &[u8]) {
        self.response.set_code(code);
        self.response.set_payload(payload).unwrap_or_else(|error| panic!("the answer does not fit: {error}"));
    }
}

/// A request handler.
pub(crate) type Handler = Box<dyn FnMut(&mut Call<'_>)>;
