//! Whether a request was sent just now, for handlers that act upon fresh ones only (RFC 9175 section 2.3).
use super::value::Asked;
use crate::engine::{Engine, SessionId};
use crate::wire::{Code, Pdu, PduError, option, uint};
use std::time::{Duration, Instant};

impl Engine {
    /// Makes `response` the question for a fresh request: 4.01 with an Echo option, and nothing else. A client
    /// that knows the option sends its request again with it; then [`Engine::echo_age`] says how old the
    /// question is by then. Nothing is remembered meanwhile.
    ///
    /// Ask before acting: clients repeat requests without asking anybody. Do not ask when the request is a
    /// notification ([`RequestTicket::is_notification`](crate::engine::RequestTicket::is_notification)): it is
    /// as old as its observation, and a 4.01 would end that.
    ///
    /// # Errors
    /// [`PduError`] if it does not fit into the response.
    pub fn ask_for_echo(
        &mut self,
        now: Instant,
        session: SessionId,
        response: &mut Pdu,
    ) -> Result<(), PduError> {
        self.advance_clock(now);
        let Some(asked) = self.asked(session) else { return Ok(()) };
        let value = self.echo_key.make(self.now, asked);
        let numbers: Vec<u16> = response.options().map(|option| option.number).collect();
        for number in numbers {
            response.remove_option(number);
        }
        response.clear_payload();
        response.set_code(Code::UNAUTHORIZED);
        // Nobody is to keep it.
        response.insert_option(option::MAX_AGE, &uint::encode(0))?;
        response.insert_option(option::ECHO, &value).map(drop)
    }

    /// How long ago this engine asked that very peer for the Echo that `request` bears: then or later the
    /// request was sent. `None` if it bears none, or one that was not made here for this peer; such a request
    /// may be of any age. What is fresh enough is for the application to say: no less than a round trip takes.
    ///
    /// The same Echo can be used several times. Who must not act twice upon one request has to remember it, or
    /// its message ID, for as long as it is fresh.
    pub fn echo_age(&mut self, now: Instant, session: SessionId, request: &Pdu) -> Option<Duration> {
        self.advance_clock(now);
        let value = request.option(option::ECHO)?.value;
        self.echo_key.age(self.now, self.asked(session)?, value)
    }

    fn asked(&self, session: SessionId) -> Option<Asked> {
        let session = self.sessions.get(session)?;
        let endpoint = session.endpoint.and_then(|endpoint| self.endpoint(endpoint));
        let bound = endpoint.map_or(session.rare.bound, |endpoint| endpoint.local);
        Some(Asked { remote: session.remote, bound })
    }
}
