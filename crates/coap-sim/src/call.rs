//! A request that is being handled.
use coap_proto::{
    block::{Body, Extent, LargeBody, LargeError, Representation},
    engine::{Engine, Forwarded, ResourceId, Route, SessionId},
    wire::{Code, Pdu},
};
use std::{sync::Arc, time::Instant};

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
    /// Where the payload of what was asked belongs in its body.
    pub extent: Extent,
    /// The answer to fill in. With an empty code it means "not yet".
    pub response: &'a mut Pdu,
    /// What the answer does not bear itself.
    pub(crate) body: &'a mut Option<LargeBody>,
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

    /// Answers 2.05 with a body of any length, called `ticket` when it is released.
    ///
    /// # Panics
    /// If it is refused, but for a block that the body does not have.
    pub fn answer_large(&mut self, content: &[u8], ticket: u64, what: &Representation) {
        let body = Body::new(Arc::new(content.to_vec()), ticket);
        self.response.set_code(Code::CONTENT);
        let place = (self.session, Some(self.resource));
        match self.engine.large_response(place, self.request, self.response, body, what) {
            Ok(body) => *self.body = body,
            Err(LargeError::NoSuchBlock) => {}
            Err(error) => panic!("the body is refused: {error}"),
        }
    }

    /// Forwards the request; the response comes by itself.
    pub fn forward(&mut self, route: &Route) {
        let place = (self.session, Some(self.resource));
        let forwarded = self.engine.forward(self.now, place, self.request, self.response, route);
        if let Forwarded::Answered(body) = forwarded {
            *self.body = body;
        }
    }
}

/// A request handler.
pub(crate) type Handler = Box<dyn FnMut(&mut Call<'_>)>;
