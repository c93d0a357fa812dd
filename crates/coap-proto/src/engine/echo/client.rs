//! Echo options of servers (RFC 9175 section 2.3): what is asked for with a 4.01 is given by the engine, what
//! comes with another response goes into the next request.
use crate::block::BlockMode;
use crate::engine::{Engine, SessionId};
use crate::wire::{Code, Pdu, option};

/// The Echo by which a response asks for its request once more.
pub(in crate::engine) fn proof_asked(response: &Pdu) -> Option<&[u8]> {
    if response.code() != Code::UNAUTHORIZED {
        return None;
    }
    let echo = response.option(option::ECHO)?;
    // One of another length is not understood (RFC 7252 section 5.4.3).
    option::allows_length(option::ECHO, echo.value.len()).then_some(echo.value)
}

impl Engine {
    /// Whether a session does what servers ask for by Echo. Members of a group ask for something else each.
    pub(in crate::engine) fn gives_proof(&self, id: SessionId) -> bool {
        let session = self.sessions.get(id).filter(|session| session.rare.multicast.is_none());
        session.is_some_and(|session| session.block_mode.has(BlockMode::USE_LIBCOAP))
    }

    /// A response came whose request will not be repeated: its Echo goes with the next request.
    pub(in crate::engine) fn keep_echo(&mut self, id: SessionId, response: &Pdu) {
        let is_for_next = response.code().class() == 2 || response.code() == Code::UNAUTHORIZED;
        let Some(echo) = response.option(option::ECHO).filter(|_| is_for_next && self.gives_proof(id)) else {
            return;
        };
        if option::allows_length(option::ECHO, echo.value.len())
            && let Some(session) = self.sessions.get_mut(id)
        {
            session.rare.make_mut().echo = Some(echo.value.into());
        }
    }

    /// A request is about to be sent: it gets the Echo that is kept, unless it has one or has no room.
    pub(in crate::engine) fn add_echo(&mut self, id: SessionId, request: &mut Pdu) {
        let own = self.sessions.get_mut(id).and_then(|session| session.rare.own_mut());
        let kept = own.and_then(|own| own.echo.take_if(|_| request.option(option::ECHO).is_none()));
        if let Some(echo) = kept {
            let _ = request.insert_option(option::ECHO, &echo);
        }
    }
}
