//! Block-wise transfers of sessions whose [`BlockMode`] wants them (RFC 7959, RFC 9175 section 3).
//!
//! What a body is made of is the matter of [`crate::block`]; here it is found again by token or by request,
//! its messages are sent, its time runs out, and its memory is counted.
mod answer;
mod ask;
mod client;
mod give;
mod observation;
mod resume;
mod room;
mod serve;
mod store;
mod timeout;

pub(super) use serve::{Call, Joined};
pub(super) use store::{Kept, Transfers};

use super::{Engine, Event, SessionEvent, SessionId};
use crate::block::{BlockMode, Body};
use crate::wire::BlockValue;

impl Engine {
    /// How a session treats large bodies.
    fn block_mode(&self, id: SessionId) -> BlockMode {
        self.sessions.get(id).map(|session| session.block_mode).unwrap_or_default()
    }

    /// Size exponent of the largest blocks that this node wants.
    pub(super) fn max_szx(&self) -> u8 {
        match self.config.max_block_size {
            0 => crate::block::LARGEST,
            size => BlockValue::szx_for(size).unwrap_or(0),
        }
    }

    /// A body was not sent to its end. Only its owner wants to know.
    fn release_unsent(&mut self, session: SessionId, body: Option<Body>) {
        let Some(body) = body.filter(|body| !body.is_own()) else { return };
        self.release_body(session, body);
        self.tell(session, SessionEvent::XmitBlockFail);
    }

    pub(super) fn release_body(&mut self, session: SessionId, body: Body) {
        if !body.is_own() {
            self.bodies -= 1;
            self.events.push_back(Event::BodyReleased { session, ticket: body.ticket() });
        }
    }
}
