//! Block-wise transfers of sessions whose [`BlockMode`] wants them (RFC 7959, RFC 9175 section 3).
//!
//! What a body is made of is the matter of [`crate::block`]; here it is found again by token or by request,
//! its messages are sent, its time runs out, and its memory is counted.
mod answer;
mod ask;
mod client;
mod give;
mod observation;
mod quick;
mod resume;
mod room;
mod serve;
mod store;
mod timeout;

pub(super) use give::refuse;
pub(super) use quick::later_payload;
pub(super) use serve::{Call, Joined};
pub(super) use store::{Kept, TransferId, Transfers};

use super::{Engine, Event, ResourceId, SessionEvent, SessionId};
use crate::block::{BlockMode, Body, LARGEST};
use crate::resource::ResourceKind;
use crate::wire::BlockValue;

impl Engine {
    /// How a session treats large bodies.
    fn block_mode(&self, id: SessionId) -> BlockMode {
        self.sessions.get(id).map(|session| session.block_mode).unwrap_or_default()
    }

    /// The largest size exponent that means something in a session: BERT, if both sides know it (RFC 8323 section 6).
    pub(super) fn largest_szx(&self, id: SessionId) -> u8 {
        if self.knows_bert(id) { BlockValue::BERT } else { LARGEST }
    }

    /// Whether both sides of a session know BERT (RFC 8323 section 6): each says so in its CSM.
    pub fn knows_bert(&self, id: SessionId) -> bool {
        self.sessions.get(id).is_some_and(|session| session.knows_bert(&self.config))
    }

    /// The size exponent that this node wants instead of one that a peer has chosen.
    fn wanted_szx(&self, chosen: u8) -> u8 {
        match self.max_szx() {
            LARGEST => chosen,
            smaller => chosen.min(smaller),
        }
    }

    /// Size exponent of the largest blocks that this node wants.
    pub(super) fn max_szx(&self) -> u8 {
        match self.config.max_block_size {
            0 => LARGEST,
            size => BlockValue::szx_for(size).unwrap_or(0),
        }
    }

    /// A response body is not kept any more. Its owner wants to know if it was not all sent.
    fn release_offered(&mut self, session: SessionId, body: Option<Body>, all_sent: bool) {
        let Some(body) = body else { return };
        let is_of_interest = !all_sent && !body.is_own();
        self.release_body(session, body);
        if is_of_interest {
            self.tell(session, SessionEvent::XmitBlockFail);
        }
    }

    pub(super) fn release_body(&mut self, session: SessionId, body: Body) {
        if !body.is_own() {
            self.bodies -= 1;
            self.events.push_back(Event::BodyReleased { session, ticket: body.ticket() });
        }
    }

    fn is_proxy(&self, resource: ResourceId) -> bool {
        self.resources.get(resource).is_some_and(|it| matches!(it.kind(), ResourceKind::Proxy { .. }))
    }

    /// Whether more messages of a request are under way.
    pub(super) fn is_transferring(&self, session: SessionId, token: &[u8]) -> bool {
        let client = self
            .transfers
            .with_token(&self.sessions, session, token)
            .and_then(|at| self.transfers.client(at));
        client.is_some_and(|client| client.is_under_way())
    }
}
