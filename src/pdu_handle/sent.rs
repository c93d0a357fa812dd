//! PDUs that were sent, for programs that still look at them.
//!
//! libcoap says that nobody may, but its confirmable messages are there until they are acknowledged, and requests
//! while the handler for their response runs: programs have come to rely on that. So it is here, and not a byte longer.
use super::{Slot, State};
use crate::{
    cell,
    keys::{Key, Kind},
};
use coap_proto::wire::Pdu;
use std::cell::Cell;

/// A copy stays until its slot serves again, and that may take long. Of longer messages (bytes) it is made without the
/// payload, so that those that rest take no more than some megabytes together.
const LONGEST: usize = 8 << 10;

/// Makes a copy of what was sent, if it is still there. Not under a lock.
#[cold]
pub(super) fn recall(slot: &'static Slot) {
    let (session, mid, use_number) = {
        let content = slot.lock();
        (content.held.session, content.held.pdu.mid(), content.use_number)
    };
    let copy = session.and_then(|session| AtHand::copy(session, mid).or_else(|| kept(session, mid)));
    let mut content = slot.lock();
    if let (Some(copy), State::Sent, true) = (copy, content.state, content.use_number == use_number) {
        content.held.pdu = copy;
        content.state = State::Shown;
    }
}

/// What waits in a session for its turn or its acknowledgement.
fn kept(session: Key, mid: u16) -> Option<Pdu> {
    cell::with(Kind::Session, session, |_, state, place| {
        let context = state.context.as_deref()?;
        context.node.engine.kept_message(context.sessions.get(place)?.id, mid).map(copied)
    })?
}

fn copied(pdu: &Pdu) -> Pdu {
    if pdu.len() > LONGEST { pdu.without_payload() } else { pdu.clone() }
}

/// The message of ours that a handler of this thread is told the end of, as long as this lives. It is with the program
/// and no more in the engine.
#[derive(Debug)]
pub(crate) struct AtHand {
    outer: Option<Told>,
}

#[derive(Clone, Copy, Debug)]
struct Told {
    session: Key,
    slot: &'static Slot,
}

thread_local!(static AT_HAND: Cell<Option<Told>> = const { Cell::new(None) });

impl AtHand {
    pub(super) fn new(session: Key, slot: &'static Slot) -> Self {
        Self { outer: AT_HAND.replace(Some(Told { session, slot })) }
    }

    fn copy(session: Key, mid: u16) -> Option<Pdu> {
        let told = AT_HAND.get().filter(|told| told.session == session)?;
        let mut content = told.slot.lock();
        content.held().map(|held| &held.pdu).filter(|pdu| pdu.mid() == mid).map(copied)
    }
}

impl Drop for AtHand {
    fn drop(&mut self) {
        AT_HAND.set(self.outer);
    }
}
