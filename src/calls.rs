//! Requests that a thread waits for (`coap_send_recv`): what becomes of them goes to that thread.
use coap_proto::{block::Extent, engine::SessionId, wire::Pdu};
use std::collections::HashMap;

/// By session and token. There are as many as threads wait.
#[derive(Default)]
pub(crate) struct Calls(HashMap<(SessionId, Box<[u8]>), Option<Outcome>>);

/// What became of a request.
pub(crate) enum Outcome {
    /// It was answered.
    Response(Pdu, Extent),
    /// It will not be answered.
    Failed,
}

impl Calls {
    /// A thread begins to wait. `false`: another one waits for a request of the session with that token.
    pub(crate) fn begin(&mut self, session: SessionId, token: &[u8]) -> bool {
        let call = (session, token.into());
        if self.0.contains_key(&call) {
            return false;
        }
        self.0.insert(call, None);
        true
    }

    /// Whether a thread waits for this, and has not got it yet.
    pub(crate) fn awaits(&self, session: SessionId, token: &[u8]) -> bool {
        // Most programs never wait so.
        !self.0.is_empty() && matches!(self.0.get(&(session, token.into())), Some(None))
    }

    /// Whether a thread need not wait any more.
    pub(crate) fn is_settled(&self, session: SessionId, token: &[u8]) -> bool {
        !self.awaits(session, token)
    }

    /// What a thread waits for has come. `false`: nobody waits for it.
    pub(crate) fn settle(&mut self, session: SessionId, token: &[u8], outcome: Outcome) -> bool {
        let awaited = self.awaits(session, token);
        if awaited {
            self.0.insert((session, token.into()), Some(outcome));
        }
        awaited
    }

    /// A session ends. `false`: nobody waits for anything of it.
    pub(crate) fn fail_all(&mut self, session: SessionId) -> bool {
        let waiting = self.0.iter_mut().filter(|(call, outcome)| call.0 == session && outcome.is_none());
        waiting.map(|(_, outcome)| *outcome = Some(Outcome::Failed)).count() > 0
    }

    /// A thread waits no more. Returns what has come.
    pub(crate) fn end(&mut self, session: SessionId, token: &[u8]) -> Option<Outcome> {
        self.0.remove(&(session, Box::from(token)))?
    }
}
