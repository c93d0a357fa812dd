//! Bodies of requests that are to come once more (RFC 9175 section 2.3).
use super::store::{Kind, ServedKey, Side};
use crate::block::{Intake, RequestKey};
use crate::engine::{Engine, RequestEvent};
use std::sync::Arc;

impl Engine {
    /// A handler has answered a request by asking for an Echo. If the body came in several blocks, the client sends
    /// the last one once more: the others are kept for it.
    pub(in crate::engine) fn keep_for_proof(&mut self, event: &RequestEvent) {
        let RequestEvent { session, resource, ref request, ref ticket, .. } = *event;
        let key = RequestKey::of(request);
        let key = ServedKey { session, resource, side: Side::Request, request: key };
        let known = self.transfers.served(&key);
        // All of it may come again, in blocks that do not wait for each other.
        if let Some(at) = known
            && self.transfers.get(at).is_some_and(|transfer| matches!(transfer.kind, Kind::Received(_)))
        {
            self.transfers.remove(&mut self.sessions, at);
        }
        let Some(block) = ticket.block1.filter(|block| !block.more && known.is_none()) else { return };
        // A handler that sees blocks has the last one only, and keeps the others itself.
        let Some(others) = request.payload().get(..block.offset()).filter(|others| !others.is_empty()) else {
            return;
        };
        if !self.make_room(session, others.len(), None) {
            return;
        }
        let intake = Kind::Intake(Arc::new(key), Intake::resumed(request, others));
        if let Some(at) = self.transfers.insert(&mut self.sessions, session, intake) {
            let wait = self.parameters(session).exchange_lifetime();
            self.transfers.set_timer(at, self.now + wait);
        }
    }
}
