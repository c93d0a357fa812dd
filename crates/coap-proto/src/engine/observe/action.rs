//! What a request does to an observation (RFC 7641 section 2): the values of Observe in requests.
use crate::wire::{Pdu, option};

/// It begins one, or goes on with it.
pub(in crate::engine) const REGISTER: u64 = 0;
/// It ends one.
pub(in crate::engine) const DEREGISTER: u64 = 1;

/// Whether a request asks to observe.
pub(in crate::engine) fn is_registration(request: &Pdu) -> bool {
    observe(request) == Some(REGISTER)
}

/// Whether a request ends an observation.
pub(in crate::engine) fn is_deregistration(request: &Pdu) -> bool {
    observe(request) == Some(DEREGISTER)
}

fn observe(request: &Pdu) -> Option<u64> {
    request.option(option::OBSERVE)?.uint()
}
